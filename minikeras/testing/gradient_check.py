"""Gradients against central finite differences along random directions, to second order."""

import numpy as np

from minikeras import tree
from minikeras.backend.autodiff import GradientTape, plain
from minikeras.backend.xp import to_numpy, xp

_SEED = 20240229


def check_gradients(function, *args, order=2, rtol=1e-5, atol=1e-7, epsilon=1e-5):
    """Assert that the gradients of ``function`` agree with finite differences.

    The outputs are paired with a random tensor ``u``, which makes one number of them, and each
    argument in turn is moved along a random direction. The second order moves the first gradient,
    paired with a random direction as well, along each argument and along ``u``. Everything is
    computed in float64 (complex128), so ``function`` should neither cast to less nor stand near a
    kink.

    Args:
        function: takes the arguments by position; returns a tensor or a structure of tensors, of
            which those without a floating dtype are left out.
        *args: arrays or Python floats to differentiate by. Arguments that are neither (integers,
            booleans, None) are passed on as they are.
        order: 1 or 2.
        rtol, atol: relative and absolute tolerance of each comparison.
        epsilon: length of the step, relative to a direction of about one per element.

    Raises:
        AssertionError: naming the argument, the order and both numbers, where they differ.

    >>> import minikeras as keras
    >>> from minikeras.testing import check_gradients
    >>> check_gradients(lambda x: keras.ops.tanh(x) ** 2, [0.3, -0.8])
    """
    if order not in (1, 2):
        raise ValueError(f"order must be 1 or 2. Received: {order!r}")
    problem = _Problem(function, args)
    tolerances = (rtol, atol, epsilon)
    for seat, gradient in problem.first_gradient().items():
        problem.compare(1, seat, problem.slope, gradient, *tolerances)
    if order == 2:
        for seat, gradient in problem.second_gradient().items():
            problem.compare(2, seat, problem.slope_of_gradient, gradient, *tolerances)


# Where the tensors that the outputs are paired with stand among the arguments.
_COTANGENT = "the output gradient"


class _Problem:
    """A function, the point to differentiate at, and the random directions used."""

    def __init__(self, function, args):
        self.function = function
        self.args = list(map(_as_double, args))
        self.seats = [i for i, a in enumerate(self.args) if _is_inexact(a)]
        if not self.seats:
            raise ValueError(
                "There is nothing to differentiate by: no argument has a floating dtype. "
                f"Received arguments of types {[type(a).__name__ for a in args]}"
            )
        random = np.random.default_rng(_SEED)
        self.point = {i: self.args[i] for i in self.seats}
        outputs = self.outputs(self._values(self.point))
        self.point[_COTANGENT] = [_direction(random, y) for y in outputs]
        self.moves = {i: _direction(random, self.args[i]) for i in self.seats}
        self.moves[_COTANGENT] = [_direction(random, y) for y in outputs]
        self.probes = [_direction(random, self.args[i]) for i in self.seats]

    def outputs(self, values):
        """The outputs with a floating dtype, at ``values`` for the differentiable arguments."""
        args = list(map(_device, self.args))
        for i, value in zip(self.seats, values):
            args[i] = value
        flat = tree.flatten(self.function(*args))
        return [y for y in flat if hasattr(y, "dtype") and y.dtype.kind in "fc"]

    def gradients(self, values, cotangent):
        """The gradients by ``values`` of the outputs, paired with ``cotangent``."""
        with GradientTape(watch_accessed_variables=False) as tape:
            sources = [tape.watch(v) for v in values]
            outputs = self.outputs(sources)
        return tape.gradient(outputs, sources, cotangent, unconnected_gradients="zero")

    def first_gradient(self):
        """The gradient at the point by each argument, by seat."""
        found = self.gradients(self._values(self.point), self._cotangent(self.point))
        return dict(zip(self.seats, found))

    def second_gradient(self):
        """The gradient, by seat, of the first gradient paired with the probes."""
        with GradientTape(watch_accessed_variables=False) as tape:
            sources = [tape.watch(v) for v in self._values(self.point)]
            seeds = [tape.watch(u) for u in self._cotangent(self.point)]
            first = self.gradients(sources, seeds)
        probes = list(map(_device, self.probes))
        second = tape.gradient(first, [*sources, *seeds], probes, unconnected_gradients="zero")
        count = len(sources)
        return {**dict(zip(self.seats, second)), _COTANGENT: second[count:]}

    def slope(self, point):
        """The outputs at ``point``, paired with the cotangent: one number."""
        outputs = [to_numpy(plain(y)) for y in self.outputs(self._values(point))]
        # Infinities do not move (a maximum of nothing); their difference would be NaN.
        outputs = [np.where(np.isinf(y), 0, y) for y in outputs]
        return _paired(outputs, point[_COTANGENT])

    def slope_of_gradient(self, point):
        """The gradients at ``point``, paired with the probes: one number."""
        return _paired(self.gradients(self._values(point), self._cotangent(point)), self.probes)

    def _values(self, point):
        return [_device(point[i]) for i in self.seats]

    def _cotangent(self, point):
        return list(map(_device, point[_COTANGENT]))

    def compare(self, order, seat, measure, gradient, rtol, atol, epsilon):
        """Compare the derivative of ``measure`` along the move at ``seat`` with ``gradient``."""
        ahead = measure(self._moved(seat, epsilon))
        behind = measure(self._moved(seat, -epsilon))
        expected = (ahead - behind) / (2 * epsilon)
        move = self.moves[seat]
        if seat == _COTANGENT:
            found = _paired(gradient, move)
        else:
            found = _paired([gradient], [move])
        # NaN on both sides would hide a mistake, so it counts as a difference.
        if not abs(found - expected) <= atol + rtol * abs(expected):
            where = seat if seat == _COTANGENT else f"argument {seat}"
            kind = {1: "gradient", 2: "second-order gradient"}[order]
            raise AssertionError(
                f"Order {order}: the {kind} of {_name(self.function)} with respect to {where} "
                f"is {found!r} along a random direction, but finite differences give "
                f"{expected!r}"
            )

    def _moved(self, seat, step):
        move = self.moves[seat]
        if seat == _COTANGENT:
            moved = [u + step * m for u, m in zip(self.point[seat], move)]
        else:
            moved = self.point[seat] + step * move
        return {**self.point, seat: moved}


def _as_double(x):
    """A floating argument as a NumPy array of double precision, anything else unchanged."""
    x = plain(x)
    if x is None or isinstance(x, (bool, int, str)):
        return x
    array = to_numpy(x)
    if array.dtype.kind == "f":
        return array.astype("float64")
    return array.astype("complex128") if array.dtype.kind == "c" else array


def _is_inexact(x):
    return isinstance(x, np.ndarray) and x.dtype.kind in "fc"


def _device(x):
    return xp.asarray(x) if isinstance(x, (np.ndarray, np.generic)) else x


def _direction(random, like):
    """Random values in the shape of ``like``, complex where it is complex."""
    values = np.asarray(random.standard_normal(like.shape))
    if like.dtype.kind == "c":
        values = values + 1j * random.standard_normal(like.shape)
    return values


def _paired(tensors, directions):
    """The sum of products, of which the real part counts: as complex gradients are defined."""
    return float(sum(np.sum(np.real(to_numpy(plain(t)) * d)) for t, d in zip(tensors, directions)))


def _name(function):
    return getattr(function, "name", None) or getattr(function, "__name__", repr(function))

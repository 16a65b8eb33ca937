"""Learning rates that fall, or rise and fall, with the step."""

import math

from minikeras import config
from minikeras.backend import autodiff
from minikeras.backend.elementwise import cos, log, maximum, minimum, power, where
from minikeras.backend.indexing import take
from minikeras.backend.logic import ceil, floor
from minikeras.backend.reduction import sum
from minikeras.backend.shaping import stack
from minikeras.backend.xp import np, xp
from minikeras.ops.arguments import tensor
from minikeras.serialization import Configurable


class LearningRateSchedule(Configurable):
    """A learning rate as a function of the step; the base of all schedules.

    A schedule of your own defines ``__call__(step)``, where ``step`` is an integer, an array of
    rank 0 or the variable of an optimizer, and returns a number or an array of rank 0.

    >>> import minikeras as keras
    >>> class Harmonic(keras.optimizers.schedules.LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.5 / (step + 1)
    >>> optimizer = keras.optimizers.SGD(Harmonic())
    >>> float(optimizer.learning_rate)
    0.5
    """

    def __call__(self, step):
        """The learning rate of a step, counted from 0. Subclasses define it."""
        raise TypeError(f"{type(self).__name__} defines no method `__call__(self, step)`")


def _constants(*numbers):
    """The numbers as arrays of rank 0 of the dtype of the first: floatx if it is a float."""
    first = autodiff.plain(numbers[0])
    if hasattr(first, "dtype"):
        dtype = first.dtype
    else:
        dtype = config.floatx() if isinstance(first, float) else "int32"
    return [tensor(autodiff.plain(n), dtype) for n in numbers]


def _check_positive(schedule, argument):
    value = getattr(schedule, argument)
    if value <= 0:
        raise ValueError(
            f"{type(schedule).__name__}: {argument} must be positive. Received: {value!r}"
        )


class ExponentialDecay(LearningRateSchedule):
    """``initial_learning_rate * decay_rate ** (step / decay_steps)``.

    Args:
        initial_learning_rate: a float.
        decay_steps: over how many steps the rate falls by ``decay_rate``.
        decay_rate: a float.
        staircase: whether the exponent is rounded down, so that the rate falls in jumps.
        name: a string.

    >>> import minikeras as keras
    >>> schedule = keras.optimizers.schedules.ExponentialDecay(1.0, 10, 0.5)
    >>> float(schedule(20))
    0.25
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        decay_rate,
        staircase=False,
        name="ExponentialDecay",
    ):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name
        _check_positive(self, "decay_steps")

    def __call__(self, step):
        """The learning rate of a step."""
        initial, period, rate, step = _constants(
            self.initial_learning_rate, self.decay_steps, self.decay_rate, step
        )
        fraction = step / period
        if self.staircase:
            fraction = floor(fraction)
        return initial * power(rate, fraction)


class InverseTimeDecay(LearningRateSchedule):
    """``initial_learning_rate / (1 + decay_rate * step / decay_steps)``.

    Args:
        initial_learning_rate: a float.
        decay_steps: the number of steps that counts as one unit of time.
        decay_rate: a float.
        staircase: whether the time is rounded down, so that the rate falls in jumps.
        name: a string.

    >>> import minikeras as keras
    >>> schedule = keras.optimizers.schedules.InverseTimeDecay(1.0, 10, 0.5)
    >>> float(schedule(20))
    0.5
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        decay_rate,
        staircase=False,
        name="InverseTimeDecay",
    ):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name
        _check_positive(self, "decay_steps")

    def __call__(self, step):
        """The learning rate of a step."""
        initial, period, rate, step = _constants(
            self.initial_learning_rate, self.decay_steps, self.decay_rate, step
        )
        fraction = step / period
        if self.staircase:
            fraction = floor(fraction)
        return initial / (1 + rate * fraction)


class PolynomialDecay(LearningRateSchedule):
    """From ``initial_learning_rate`` to ``end_learning_rate`` along a power of the time left.

    ``(initial - end) * (1 - step / decay_steps) ** power + end``, and ``end`` after that.

    Args:
        initial_learning_rate, end_learning_rate: floats.
        decay_steps: over how many steps the rate falls.
        power: a float; 1 is a straight line.
        cycle: whether to start again, over a longer stretch, where the end is reached: the steps
            are then compared to the next multiple of ``decay_steps``.
        name: a string.

    >>> import minikeras as keras
    >>> schedule = keras.optimizers.schedules.PolynomialDecay(1.0, 10, 0.5)
    >>> float(schedule(5)), float(schedule(50))
    (0.75, 0.5)
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        end_learning_rate=0.0001,
        power=1.0,
        cycle=False,
        name="PolynomialDecay",
    ):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name
        _check_positive(self, "decay_steps")

    def __call__(self, step):
        """The learning rate of a step."""
        initial, end, exponent, period, step = _constants(
            self.initial_learning_rate,
            self.end_learning_rate,
            self.power,
            self.decay_steps,
            step,
        )
        if self.cycle:
            period = period * maximum(ceil(step / period), xp.ones_like(period))
        else:
            step = minimum(step, period)
        return (initial - end) * power(1 - step / period, exponent) + end


class PiecewiseConstantDecay(LearningRateSchedule):
    """One learning rate up to each boundary, and one after the last.

    Args:
        boundaries: steps in rising order.
        values: learning rates, one more than boundaries. ``values[0]`` holds while
            ``step <= boundaries[0]``.
        name: a string.

    Raises:
        ValueError: if the numbers of boundaries and values do not fit.

    >>> import minikeras as keras
    >>> schedule = keras.optimizers.schedules.PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.25])
    >>> [float(schedule(step)) for step in (10, 11, 21)]
    [1.0, 0.5, 0.25]
    """

    def __init__(self, boundaries, values, name="PiecewiseConstant"):
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "PiecewiseConstantDecay needs one value more than boundaries. "
                f"Received: {len(boundaries)} boundaries and {len(values)} values"
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step):
        """The learning rate of a step."""
        values = stack(*_constants(*self.values), axis=0)
        step = autodiff.plain(step)
        step = step if hasattr(step, "dtype") else xp.asarray(step)
        boundaries = np.asarray([float(b) for b in self.boundaries])
        passed = step > xp.asarray(boundaries.astype(step.dtype))
        return take(values, sum(passed, dtype="int32"), axis=0)


class CosineDecay(LearningRateSchedule):
    """Half a period of a cosine, after a straight line up where that is asked for.

    Loshchilov and Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", eq. 5
    without restarts: ``rate * ((1 - alpha) * (1 + cos(pi * step / decay_steps)) / 2 + alpha)``.

    Args:
        initial_learning_rate: where the rate starts.
        decay_steps: over how many steps it falls.
        alpha: the part of the rate that is left in the end.
        name: a string.
        warmup_target: where the straight line leads, and the cosine begins; None for no such line.
        warmup_steps: over how many steps.

    >>> import minikeras as keras
    >>> schedule = keras.optimizers.schedules.CosineDecay(1.0, 10)
    >>> float(schedule(0)), round(float(schedule(5)), 6), float(schedule(10))
    (1.0, 0.5, 0.0)
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        alpha=0.0,
        name="CosineDecay",
        warmup_target=None,
        warmup_steps=0,
    ):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_steps = warmup_steps
        self.warmup_target = warmup_target
        _check_positive(self, "decay_steps")

    def __call__(self, step):
        """The learning rate of a step."""
        initial, period, step, warmup = _constants(
            self.initial_learning_rate, self.decay_steps, step, self.warmup_steps
        )
        if self.warmup_target is None:
            return self._cosine(minimum(step, period) / period, initial)
        _, target = _constants(self.initial_learning_rate, self.warmup_target)
        step = minimum(step, period + warmup)
        decayed = self._cosine((step - warmup) / period, target)
        if self.warmup_steps == 0:
            return decayed
        rising = (target - initial) * (step / warmup) + initial
        return where(step < warmup, rising, decayed)

    def _cosine(self, fraction, rate):
        wave = 0.5 * (1.0 + cos(math.pi * fraction))
        return rate * ((1 - self.alpha) * wave + self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    """Half a period of a cosine, again and again, each lower and longer than the last.

    Loshchilov and Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", eq. 5.

    Args:
        initial_learning_rate: where the rate starts.
        first_decay_steps: the number of steps of the first period.
        t_mul: how many times longer each period is than the one before.
        m_mul: how many times higher each period starts.
        alpha: the part of the rate that is left at the end of a period.
        name: a string.

    >>> import minikeras as keras
    >>> schedule = keras.optimizers.schedules.CosineDecayRestarts(1.0, 10)
    >>> float(schedule(0)), round(float(schedule(5)), 6), float(schedule(10))
    (1.0, 0.5, 1.0)
    """

    def __init__(
        self,
        initial_learning_rate,
        first_decay_steps,
        t_mul=2.0,
        m_mul=1.0,
        alpha=0.0,
        name="SGDRDecay",
    ):
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name
        _check_positive(self, "first_decay_steps")

    def __call__(self, step):
        """The learning rate of a step."""
        initial, period, step, t_mul, m_mul, alpha = _constants(
            self.initial_learning_rate,
            self.first_decay_steps,
            step,
            self.t_mul,
            self.m_mul,
            self.alpha,
        )
        fraction = step / period
        if self.t_mul == 1.0:
            restart = floor(fraction)
            fraction = fraction - restart
        else:
            # The periods before restart i last sum_{j < i} t_mul^j = (1 - t_mul^i) / (1 - t_mul).
            restart = floor(log(1.0 - fraction * (1.0 - t_mul)) / log(t_mul))
            stretch = power(t_mul, restart)
            fraction = (fraction - (1.0 - stretch) / (1.0 - t_mul)) / stretch
        wave = 0.5 * power(m_mul, restart) * (1.0 + cos(math.pi * fraction))
        return initial * ((1 - alpha) * wave + alpha)

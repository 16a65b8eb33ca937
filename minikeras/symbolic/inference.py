"""Shapes and dtypes of outputs, found by running the code on tensors without elements.

An unknown batch has size 0 while the code runs, so nothing is computed however large the layers
are. Other unknown sides take a large odd number, then another: sides of the output that differ
between the two runs are unknown. Code that cannot work on an empty batch (a maximum over it, say)
is run on two small batches instead, and where tensors of one known batch size rule these out, on a
batch of that size; unknown sides that meet each other or a known one take its length.
"""

import contextlib
import threading
import warnings
from typing import NamedTuple

from minikeras import tree
from minikeras.backend import autodiff
from minikeras.backend.dtypes import standardize_dtype
from minikeras.backend.strings import is_strings
from minikeras.backend.variables import StatelessScope
from minikeras.backend.xp import is_array, np, xp
from minikeras.guarded import limits
from minikeras.symbolic.keras_tensor import KerasTensor

# (batch size, length of other unknown sides) of the first and the second run. The lengths lie far
# apart so that they stay different through many halvings.
_EMPTY = ((0, 997), (0, 2111))
_SMALL = ((2, 97), (3, 211))
# For code that reads a certain row (`x[5]`).
_LARGER = ((61, 97), (127, 211))
_EQUAL = ((97, 97), (211, 211))
# For code that takes as many rows of a short table as there are steps.
_FEW = (((2, 5), (3, 7)), ((5, 2), (7, 3)))
_MOST_LENGTHS = 4  # of other tensors that are tried for an unknown side


class _State(threading.local):
    sizes = None  # (batch, side) of the run under way
    has_open_length = False  # whether that run asked for `open_length`
    depth = 0  # of SymbolicScope


_state = _State()


class _WithoutRuntimeWarnings:
    """A context without warnings of empty arrays; several threads may be in it at the same time.

    Filters of warnings belong to the process: the first one in sets its own, the last one out
    restores what was there.
    """

    def __init__(self):
        self.lock = threading.Lock()
        self.depth = 0
        self.context = None

    def __enter__(self):
        with self.lock:
            self.depth += 1
            if self.depth == 1:
                self.context = warnings.catch_warnings()
                self.context.__enter__()
                warnings.simplefilter("ignore", RuntimeWarning)

    def __exit__(self, *error):
        with self.lock:
            self.depth -= 1
            if self.depth == 0:
                self.context.__exit__(*error)


_without_runtime_warnings = _WithoutRuntimeWarnings()


def is_inferring():
    """Whether code runs only for the shapes of its outputs now."""
    return _state.sizes is not None or _state.depth > 0


class SymbolicScope:
    """A context for code that runs only for the shapes of its outputs.

    Losses and metrics that layers add within are not kept. Shapes are inferred in such a scope.

    >>> import minikeras as keras
    >>> with keras.SymbolicScope():
    ...     layer = keras.layers.ActivityRegularization(l2=1.0)
    ...     y = layer(keras.ops.ones((1, 2)))
    >>> layer.losses
    []
    """

    def __enter__(self):
        _state.depth += 1
        return self

    def __exit__(self, *_):
        _state.depth -= 1


def known_shape(shape):
    """``shape`` with the stand-ins for unknown sides turned back into None.

    What a layer builds its weights from, so that a stand-in never becomes the side of a weight.
    """
    shape = tuple(shape)
    if _state.sizes is None:
        return shape
    batch, side = _state.sizes
    return tuple(None if n == side or (i == 0 and n == batch) else n for i, n in enumerate(shape))


def open_length():
    """What stands in, while shapes are inferred, for a length that only the values decide."""
    _state.has_open_length = True
    return _state.sizes[1]


def infer_output(function, args, kwargs):
    """What ``function`` would return, with a `KerasTensor` in place of every array.

    Args:
        function: any function that works on arrays.
        args, kwargs: its arguments, with `KerasTensor`s among them.

    Returns:
        The structure that the function returns. Variables are left as they were.
    """
    inputs = [x for x in tree.flatten((args, kwargs)) if isinstance(x, KerasTensor)]
    has_unknown_batch = any(x.shape and x.shape[0] is None for x in inputs)
    has_unknown_side = any(None in x.shape[1:] for x in inputs)

    def merged(attempt, is_empty=False):
        _state.has_open_length = False
        found = [_run(function, args, kwargs, attempt.first, attempt.met)]
        if attempt.needs_second or _state.has_open_length:
            found.append(_run(function, args, kwargs, attempt.second, attempt.met))
        if is_empty and any(map(_hides_batch, *map(tree.flatten, found))):
            with _tried():  # it may only run on an empty batch
                return merged(_Attempt(*_SMALL))
        return _merge(found, is_empty)

    if has_unknown_batch:
        with _tried():
            return merged(_Attempt(*_EMPTY, needs_second=has_unknown_side), is_empty=True)
        first, *others = _attempts_on_rows(inputs, args, kwargs)
    else:
        # No batch size stands in for anything, so none is taken for unknown.
        sides = ((None, side) for _, side in _SMALL)
        first = _Attempt(*sides, needs_second=has_unknown_side)
        others = _attempts_on_sides(inputs) if has_unknown_side else ()
    try:
        return merged(first)
    except _Final:
        raise
    except Exception:
        for attempt in others:
            with _tried():
                return merged(attempt)
        raise


# Failures that other stand-ins could only make worse.
_Final = (limits.LimitExceeded, MemoryError)


@contextlib.contextmanager
def _tried():
    """A context for an attempt that may fail; there are others."""
    try:
        yield
    except _Final:
        raise
    except Exception:
        return


class _Attempt(NamedTuple):
    """What stands in for unknown sides in the runs of one attempt."""

    first: tuple  # (batch size, length of other unknown sides)
    second: tuple
    needs_second: bool = True
    met: dict = {}  # (identity of a tensor, axis): the known length that its unknown side meets


def _attempts_on_rows(inputs, args, kwargs):
    """The attempts after that on an empty batch, in order."""
    yield _Attempt(*_SMALL)
    known = _known_batches(args, kwargs)
    if len(known) == 1:
        # The unknown batch meets a known one, and can only be as large.
        has_unknown_side = any(None in x.shape[1:] for x in inputs)
        sides = ((*known, side) for _, side in _SMALL)
        yield _Attempt(*sides, needs_second=has_unknown_side)
    else:
        yield _Attempt(*_LARGER)
    # The batch of one tensor meets another unknown side of another.
    yield _Attempt(*_EQUAL)
    yield from _attempts_on_met_sides(inputs)
    for few in _FEW:
        yield _Attempt(*few)


def _attempts_on_sides(inputs):
    """The attempts where no batch is unknown, after the first one."""
    yield from _attempts_on_met_sides(inputs)
    for few in _FEW:
        yield _Attempt(*((None, side) for _, side in few))


def _attempts_on_met_sides(inputs):
    """Unknown sides that are as long as what they meet when shapes are broadcast."""
    lengths = {}
    for x in inputs:
        for axis, length in enumerate(reversed(x.shape)):
            lengths.setdefault(axis, set()).add(length)
    met = {
        (id(x), axis): max(known)
        for x in inputs
        for axis, length in enumerate(x.shape)
        if length is None and len(known := lengths[x.ndim - 1 - axis] - {None, 1}) == 1
    }
    if met:
        yield _Attempt(*_EQUAL, met=met)
    # Or as long as what they are summed over with: in products, that is on another axis.
    for x in inputs:
        known = sorted({n for y in inputs if y is not x for n in y.shape} - {None, 1}, key=str)
        for axis in (axis for axis, n in enumerate(x.shape) if n is None):
            for length in known[:_MOST_LENGTHS]:
                yield _Attempt(*_EQUAL, met={(id(x), axis): length})


def _known_batches(args, kwargs):
    """The known lengths, but for 1, of the first axes of all tensors among the arguments."""
    shapes = [getattr(x, "shape", ()) for x in tree.flatten((args, kwargs))]
    return {shape[0] for shape in shapes if shape} - {None, 1}


def _hides_batch(*leaves):
    """Whether an output of the runs on an empty batch may yet depend on the batch size.

    An empty batch joined with two rows also has two rows; and of two sides without length, one may
    have none whatever the batch is.
    """
    if isinstance(leaves[0], KerasTensor) or not getattr(leaves[0], "shape", ()):
        return False
    empty = [not any(lengths) for lengths in zip(*(leaf.shape for leaf in leaves))]
    return empty.count(True) != 1


def _run(function, args, kwargs, sizes, met):
    batch, side = sizes

    def concrete(x):
        if not isinstance(x, KerasTensor):
            return x
        shape = tuple(
            met.get((id(x), i), side if i else batch) if n is None else n
            for i, n in enumerate(x.shape)
        )
        if x.dtype == "string":
            return np.zeros(shape, str)
        limits.check_transient(shape, np.dtype(x.dtype).itemsize, "a tensor of zeros")
        return xp.zeros(shape, x.dtype)

    args, kwargs = tree.map_structure(concrete, (args, kwargs))
    outer, _state.sizes = _state.sizes, sizes
    try:
        with (
            StatelessScope(),
            autodiff.stop_recording(),
            autodiff.quietly(),
            _without_runtime_warnings,
        ):
            return function(*args, **kwargs)
    finally:
        _state.sizes = outer


def _merge(results, zero_is_unknown):
    def one(*leaves):
        first = leaves[0]
        if isinstance(first, KerasTensor):
            return first
        first = autodiff.plain(first)
        if not is_array(first) and not is_strings(first):
            return first
        shapes = [autodiff.plain(leaf).shape for leaf in leaves]
        if len({len(shape) for shape in shapes}) > 1:
            raise ValueError(f"The rank of an output depends on unknown sides: {shapes}")
        sides = [
            None if len(set(ns)) > 1 or (zero_is_unknown and ns[0] == 0) else ns[0]
            for ns in zip(*shapes)
        ]
        return KerasTensor(sides, dtype=standardize_dtype(first.dtype), record_history=False)

    return tree.map_structure(one, *results)

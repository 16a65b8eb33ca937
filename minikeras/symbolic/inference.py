"""Shapes and dtypes of outputs, found by running the code on tensors without elements.

An unknown batch has size 0 while the code runs, so nothing is computed however large the layers
are. Other unknown sides take a large odd number, then another: sides of the output that differ
between the two runs are unknown. Code that cannot work on an empty batch (a maximum over it, say)
is run on two small batches instead, and where tensors of one known batch size rule these out, on a
batch of that size.
"""

import contextlib
import threading
import warnings

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


class _State(threading.local):
    sizes = None  # (batch, side) of the run under way
    has_open_length = False  # whether that run asked for `open_length`
    depth = 0  # of SymbolicScope


_state = _State()


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

    def runs(choices, needs_two):
        _state.has_open_length = False
        found = [_run(function, args, kwargs, choices[0])]
        if needs_two or _state.has_open_length:
            found.append(_run(function, args, kwargs, choices[1]))
        return found

    if not has_unknown_batch:
        # No batch size stands in for anything, so none is taken for unknown.
        choices = [(None, side) for _, side in _SMALL]
        return _merge(runs(choices, has_unknown_side), False)
    try:
        found = runs(_EMPTY, has_unknown_side)
    except Exception:
        try:
            return _merge(runs(_SMALL, True), False)
        except Exception:
            known = _known_batches(args, kwargs)
            if len(known) != 1:
                with contextlib.suppress(Exception):
                    return _merge(runs(_LARGER, True), False)
                raise
            # The unknown batch meets a known one, and can only be as large.
            choices = [(*known, side) for _, side in _SMALL]
            return _merge(runs(choices, has_unknown_side), False)
    if any(map(_hides_batch, tree.flatten(found[0]))):
        try:
            return _merge(runs(_SMALL, True), False)
        except Exception:  # it can only run on an empty batch, then
            pass
    return _merge(found, True)


def _known_batches(args, kwargs):
    """The known lengths, but for 1, of the first axes of all tensors among the arguments."""
    shapes = [getattr(x, "shape", ()) for x in tree.flatten((args, kwargs))]
    return {shape[0] for shape in shapes if shape} - {None, 1}


def _hides_batch(leaf):
    """Whether an output of the run on an empty batch may yet depend on the batch size.

    None of its sides is 0, but an empty batch joined with two rows also has two rows.
    """
    shape = getattr(leaf, "shape", ())
    return bool(shape) and 0 not in shape and not isinstance(leaf, KerasTensor)


def _run(function, args, kwargs, sizes):
    batch, side = sizes

    def concrete(x):
        if not isinstance(x, KerasTensor):
            return x
        shape = tuple(
            (batch if i == 0 else side) if n is None else n for i, n in enumerate(x.shape)
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
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore", RuntimeWarning)
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

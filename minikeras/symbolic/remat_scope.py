"""RematScope: which layers and ops compute their values again on the way back."""

import math
import threading
from typing import NamedTuple

from minikeras import tree
from minikeras.symbolic.keras_tensor import KerasTensor

_MODES = ("full", "activations", "larger_than", "list_of_layers", None)


class RematMode(NamedTuple):
    """What a `RematScope` says, as the layers made in it keep it."""

    mode: str
    output_size_threshold: int
    layer_names: list


class _State(threading.local):
    modes = ()  # those of the open scopes, outermost first


_state = _State()


class RematScope:
    """A context: layers made in it keep less for the way back, and compute that again (`remat`).

    Args:
        mode: which of the layers: ``"full"`` for all; ``"activations"`` for the activations of
            those that have one; ``"larger_than"`` for those whose outputs have more elements than
            ``output_size_threshold``; ``"list_of_layers"`` for those named in ``layer_names``;
            None for none of them, within another scope.
        output_size_threshold: a number of elements, the batch included.
        layer_names: a list of names of layers.

    Raises:
        ValueError: for another mode.

    >>> import minikeras as keras
    >>> with keras.RematScope(mode="list_of_layers", layer_names=["wide"]):
    ...     wide = keras.layers.Dense(8, activation="relu", name="wide")
    >>> wide(keras.ops.ones((2, 3))).shape
    (2, 8)
    """

    def __init__(self, mode="full", output_size_threshold=1024, layer_names=None):
        if mode not in _MODES:
            raise ValueError(f"mode must be one of {_MODES}. Received: {mode!r}")
        self.mode = mode
        self.output_size_threshold = output_size_threshold
        self.layer_names = layer_names or []

    def __enter__(self):
        mode = RematMode(self.mode, self.output_size_threshold, self.layer_names)
        _state.modes = (*_state.modes, mode)
        return self

    def __exit__(self, *_):
        _state.modes = _state.modes[:-1]


def current_remat_mode():
    """The `RematMode` of the innermost scope; None outside of scopes, and where it says so."""
    found = _state.modes[-1] if _state.modes else None
    return None if found is None or found.mode is None else found


def output_size(operation, args, kwargs):
    """How many elements ``operation`` gives for the arguments, found without computing."""
    symbolic, unknown = tree.map_structure(_symbol, (args, kwargs)), None
    for x in tree.flatten((args, kwargs)):
        if getattr(x, "shape", ()):
            unknown = x.shape[0]
            break
    spec = operation.compute_output_spec(*symbolic[0], **symbolic[1])
    return sum(
        math.prod(unknown if n is None else n for n in x.shape)
        for x in tree.flatten(spec)
        if isinstance(x, KerasTensor)
    )


def _symbol(x):
    """A symbolic tensor of an unknown batch in the place of a tensor."""
    if not hasattr(x, "shape") or not hasattr(x, "dtype") or isinstance(x, KerasTensor):
        return x
    return KerasTensor((None, *x.shape[1:]) if x.shape else (), x.dtype)

"""Inputs that layers state: of `Embedding`, and ``InputLayer(input_shape=(None, 10))``.

The None can only be the batch there: many programs for TensorFlow's Keras state the batch among the
axes of an input; models then took arrays of one axis less than stated, with a warning, and so they
do here. Only inputs stated by the old argument ``input_shape`` are read so.
"""

import functools

from minikeras.layers import Embedding, InputLayer
from minikeras.layers.call_spec import context
from minikeras.legacy.era import era
from minikeras.legacy.warned import warn_user
from minikeras.models import Sequential
from minikeras.models.functional import Functional
from minikeras.symbolic.inference import is_inferring


def install():
    """Let models take arrays, and layers, for which an input of old has one axis too many."""
    InputLayer.__init__ = _noting(InputLayer.__init__)
    Embedding.__init__ = _telling_length(Embedding.__init__)
    Functional._adjusted = _adjusting(Functional._adjusted)
    Sequential.build = _building(Sequential.build)


def _noting(construct):
    @functools.wraps(construct)
    def __init__(self, *args, **kwargs):
        construct(self, *args, **kwargs)
        if "input_shape" in kwargs:
            self._is_input_of_old = True

    return __init__


def _telling_length(construct):
    """``Embedding(..., input_length=10)`` states the inputs of a model, which is built at once."""

    @functools.wraps(construct)
    def __init__(self, *args, **kwargs):
        construct(self, *args, **kwargs)
        length = kwargs.get("input_length")
        if "_input_shape_argument" not in self.__dict__ and (length is not None or era() != 3):
            sides = tuple(length) if isinstance(length, (list, tuple)) else (length,)
            self.__dict__["_input_shape_argument"] = (None, *sides)

    __init__.__legacy_args__ = construct.__legacy_args__
    return __init__


def _may_count_the_batch(layer):
    return getattr(layer, "_is_input_of_old", False) and layer.batch_shape[1:2] == (None,)


def _adjusting(adjusted_today):
    @functools.wraps(adjusted_today)
    def _adjusted(self, value, x):
        layer = x._keras_history.operation
        found = tuple(getattr(value, "shape", ()))
        if _may_count_the_batch(layer) and len(found) == x.ndim - 1:
            rest = x.shape[2:]
            if all(e is None or e == f for e, f in zip(rest, found[1:])):
                _tell(layer)
                return value
        # Models within others took tensors of any number of axes; only data were checked.
        entry = context.entry
        if isinstance(entry, Sequential):
            entry = entry._functional
        if era() != 3 and len(found) != x.ndim and (is_inferring() or entry is not self):
            return value
        return adjusted_today(self, value, x)

    return _adjusted


def _building(build_today):
    @functools.wraps(build_today)
    def build(self, input_shape=None):
        first = self._layers[0] if self._layers else None
        try:
            return build_today(self, input_shape)
        except ValueError:
            if not _may_count_the_batch(first):
                raise
            _tell(first)
            self._layers[0] = InputLayer(batch_shape=first.batch_shape[1:], dtype=first.dtype)
            return build_today(self)

    return build


def _tell(layer):
    shape = layer.batch_shape[1:]
    warn_user(
        f"The None in InputLayer(input_shape={shape}) is taken for the batch. State the input "
        f"without it: keras.Input({shape[1:]})"
    )

"""Defaults that have changed: what a call of an earlier era means by what it leaves out."""

from minikeras.legacy.arguments.values_1 import hard_sigmoid_until_3, initializer

# Class -> {argument: its default}, for eras 1 and 2.
_UP_TO_2 = {
    "AveragePooling1D": {"pool_size": 2},
    "AveragePooling2D": {"pool_size": 2},
    "AveragePooling3D": {"pool_size": 2},
    "GRU": {"reset_after": False},
    "GRUCell": {"reset_after": False},
    "ConvLSTM2D": {"recurrent_activation": hard_sigmoid_until_3},
    "Adagrad": {"learning_rate": 0.01, "initial_accumulator_value": 0.0},
    "Adadelta": {"learning_rate": 1.0},
    "Adamax": {"learning_rate": 0.002},
    "Nadam": {"learning_rate": 0.002},
}
_SQUARE = {"recurrent_initializer": "orthogonal"}
_GATED = {"recurrent_activation": hard_sigmoid_until_3, **_SQUARE}
_EPSILON = {"epsilon": 1e-8}
# For era 1 alone; initializers stand by their names of then.
_IN_1 = {
    "LSTM": _GATED,
    "GRU": _GATED,
    "SimpleRNN": _SQUARE,
    "ConvLSTM2D": _SQUARE,
    "Adam": _EPSILON,
    "Adamax": _EPSILON,
    "Nadam": _EPSILON,
    "RMSprop": _EPSILON,
    "Adagrad": _EPSILON,
    "Adadelta": _EPSILON,
}
_SHAPES = {"input_shape", "batch_input_shape"}
_KERNEL = {"kernel_size"}
CHANGED = frozenset(_UP_TO_2) | frozenset(_IN_1)


def completed(cls_name, args, kwargs, era):
    """The keywords of a call with the defaults of its era, where they differ from today's."""
    if era == 3:
        return kwargs
    found = dict(_UP_TO_2.get(cls_name, ()))
    if era == 1:
        found.update(_IN_1.get(cls_name, ()))
    if args:  # the first argument of the classes concerned
        found.pop("learning_rate", None)
        found.pop("pool_size", None)
    if cls_name == "Embedding" and not _SHAPES & kwargs.keys():
        # A model that begins with it was built at once.
        length = kwargs.get("input_length")
        found["input_shape"] = tuple(length) if isinstance(length, (list, tuple)) else (length,)
    if cls_name.startswith("SeparableConv"):
        # Taken and without effect: the two kernels have settings of their own.
        kwargs = {k: v for k, v in kwargs.items() if not k.startswith("kernel_") or k in _KERNEL}
    for name in found:
        if name.endswith("_initializer"):
            found[name] = initializer(found[name])
    return {**found, **kwargs}

"""Arguments of backend functions by their names in Keras 1."""

import functools

from minikeras.legacy.arguments.values_1 import modern

_OLD = {
    "border_mode": "padding", "dim_ordering": "data_format", "filter_dilation": "dilation_rate",
    "stride": "strides", "dim": "axis", "nb_classes": "num_classes", "std": "stddev",
    "low": "minval", "high": "maxval", "X": "x", "xs": "ops", "variable": "x",
}  # fmt: skip
# Hints for Theano's compiler; shapes are known here.
_HINTS = ("image_shape", "filter_shape", "volume_shape")


def takes_old_names(function):
    """Let a function take the keywords of Keras 1, and its names and codes of data formats."""
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    old = {key: new for key, new in _OLD.items() if new in names and key not in names}

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        for hint in _HINTS:
            kwargs.pop(hint, None)
        if not old.keys().isdisjoint(kwargs):
            kwargs = {old.get(key, key): value for key, value in kwargs.items()}
        if "data_format" in names:
            at = names.index("data_format")
            if len(args) > at:
                args = (*args[:at], modern("data_format", args[at]), *args[at + 1 :])
            elif "data_format" in kwargs:
                kwargs["data_format"] = modern("data_format", kwargs["data_format"])
        return function(*args, **kwargs)

    wrapper.__legacy_args__ = (*names, *old, *_HINTS)
    return wrapper

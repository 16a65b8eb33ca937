"""Metrics as in Keras 2: names of methods and orders of arguments; modules that were functions."""

import functools
import inspect
import sys
import types

from minikeras import optimizers
from minikeras.backend.dtypes import ALLOWED_DTYPES
from minikeras.metrics import Metric

# Keras 2 made metrics of layers: what the constructor of a layer took, theirs took, too.
_OF_LAYERS = ("trainable", "input_shape", "batch_input_shape", "batch_size", "input_dtype")
_OPTIMIZERS = ("SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam")


def install():
    """Let metrics be made, reset and given variables as in Keras 2."""
    Metric.__init__ = _constructor(Metric.__init__)
    Metric.add_weight = _add_weight(Metric.add_weight)
    Metric.reset_states = reset_states
    Metric.__init_subclass__ = classmethod(_note_subclass)
    make_callable("metrics.accuracy", sys.modules["minikeras.metrics.accuracy"].accuracy)
    for name in _OPTIMIZERS:
        make_callable(f"optimizers.{name.lower()}", getattr(optimizers, name))


def _constructor(construct):
    @functools.wraps(construct)
    def __init__(self, *args, **kwargs):
        if args and isinstance(args[0], str) and args[0] not in ALLOWED_DTYPES:
            names = ("name", "dtype")  # the name stood first
            kwargs.update(zip(names, args))
            args = ()
        for name in _OF_LAYERS:  # a metric has no inputs, and its variables are not trained
            kwargs.pop(name, None)
        construct(self, *args, **kwargs)

    __init__.__legacy_args__ = ("name", "dtype", *_OF_LAYERS)
    return __init__


def _add_weight(add_today):
    @functools.wraps(add_today)
    def add_weight(self, *args, **kwargs):
        if args and isinstance(args[0], str):  # the name stood first
            kwargs["name"], args = args[0], args[1:]
        return add_today(self, *args, **kwargs)

    return add_weight


def reset_states(self):
    """The same as `reset_state`, by its name in Keras 2.

    >>> import minikeras as keras
    >>> metric = keras.metrics.Mean()
    >>> metric.update_state([2.0, 4.0])
    >>> metric.reset_states()
    >>> float(metric.result())
    0.0
    """
    for cls in type(self).__mro__:  # the nearest that is no `reset_states` of a class of old
        own = cls.__dict__.get("reset_state")
        if own is not None and own is not cls.__dict__.get("reset_states"):
            return own(self)
    return None


def _note_subclass(cls, **kwargs):
    """A class written for Keras 2 says how it is reset under the name of then."""
    super(Metric, cls).__init_subclass__(**kwargs)
    if "reset_states" in cls.__dict__ and "reset_state" not in cls.__dict__:
        cls.reset_state = cls.__dict__["reset_states"]


# Modules of today whose names were functions or classes


class _CallableModule(types.ModuleType):
    """A module that is called as what had its name: ``keras.optimizers.adam(lr=0.01)``."""

    def __call__(self, *args, **kwargs):
        return self.__dict__["_called"](*args, **kwargs)

    @property
    def __signature__(self):
        called = self.__dict__["_called"]
        if not isinstance(called, type):
            return inspect.signature(called)
        found = inspect.signature(called.__init__)
        return found.replace(parameters=list(found.parameters.values())[1:])

    @property
    def __legacy_args__(self):
        called = self.__dict__["_called"]
        constructor = called.__init__ if isinstance(called, type) else called
        return (*self.__signature__.parameters, *getattr(constructor, "__legacy_args__", ()))


def make_callable(name, called):
    """Let a module of today, by its name below ``minikeras``, be called as ``called``."""
    module = sys.modules[f"minikeras.{name}"]
    module._called = called
    module.__class__ = _CallableModule

"""Constructors of today that also take the arguments of Keras 1 and 2."""

import functools
import inspect
import sys

from minikeras import layers, optimizers
from minikeras.legacy.arguments import calls, defaults
from minikeras.legacy.era import era, is_of_keras_1
from minikeras.legacy.warned import calling_file
from minikeras.symbolic.operation import Operation

_NETWORKS = "minikeras.applications."


def install():
    """Let every class whose arguments have changed take those of old, too."""
    for name in calls.CHANGED | defaults.CHANGED:
        for namespace in (layers, optimizers):
            cls = getattr(namespace, name, None)
            if isinstance(cls, type):
                widen(cls, name)
    _widen_base(layers.Layer)
    Operation.__init__ = _any_name(Operation.__init__)


def widen(cls, name):
    """Let the constructor of a class take the arguments of old, listed under a name."""
    construct, old = cls.__init__, calls.old_names(name)

    @functools.wraps(construct)
    def __init__(self, *args, **kwargs):
        is_ours = sys._getframe(1).f_globals.get("__name__", "").startswith(_NETWORKS)
        if is_ours:  # networks of Keras's are written in the way of today
            construct(self, *args, **kwargs)
            return
        if era() != 3 or not old.isdisjoint(kwargs) or is_of_keras_1(calling_file):
            calls.tell(name, kwargs)
            args, kwargs = calls.translated(name, args, kwargs, era())
            if type(self) is cls and hasattr(self, "_constructor_call"):
                self._constructor_call = args, kwargs
        construct(self, *args, **kwargs)

    __init__.__legacy_args__ = calls.all_names(name)
    if "__signature__" in vars(cls):  # what is stated goes on being told, though more is taken
        first = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        stated = list(vars(cls)["__signature__"].parameters.values())
        __init__.__wrapped__ = _Stated(inspect.Signature([first, *stated]))
        del cls.__signature__
    cls.__init__ = __init__


class _Stated:
    """Stands for a constructor, to tell a signature."""

    def __init__(self, signature):
        self.__signature__ = signature

    def __call__(self, *args, **kwargs):
        raise TypeError("a signature cannot be called")


def _widen_base(cls):
    """`Layer` itself: ``weights`` to begin with, and ``input_dtype``, of which nothing depends."""
    construct = cls.__init__

    @functools.wraps(construct)
    def __init__(self, **kwargs):
        weights = kwargs.pop("weights", None)
        dtype = kwargs.pop("input_dtype", None)
        if dtype is not None and kwargs.get("dtype") is None:
            kwargs["dtype"] = dtype if "float" in str(dtype) else None
        construct(self, **kwargs)
        if weights is not None:
            _set_when_built(self, weights)

    cls.__init__ = __init__


def _any_name(construct):
    """Names such as ``conv1/conv``, which Keras 1 and 2 had in models that they brought along."""

    @functools.wraps(construct)
    def __init__(self, name=None):
        if isinstance(name, str) and "/" in name and era() != 3:
            construct(self, name.replace("/", "_"))
            self.name = name
        else:
            construct(self, name)

    return __init__


def _set_when_built(layer, weights):
    build = layer.build

    def build_and_set(*args, **kwargs):
        build(*args, **kwargs)
        layer.__dict__.pop("build", None)
        layer.set_weights(weights)

    layer.__dict__["build"] = build_and_set

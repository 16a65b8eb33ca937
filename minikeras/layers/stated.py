"""Methods that all layers share, with the parameters that each class gives them.

`Layer.compute_output_shape` and `compute_output_spec` serve every layer, whatever tensors it takes.
Here each class states theirs: the names of the shapes are those of its ``build``, the arguments
those of its ``call``; so `help` and `inspect.signature` tell them.
"""

import functools
import inspect

_NAMES = ("compute_output_shape", "compute_output_spec")


def general(function):
    """Mark a method as one that serves all classes."""
    function.is_general = True
    return function


def is_general(method):
    """Whether a class has not written the method itself."""
    return getattr(method, "is_general", False)


class _Stated:
    """A method of one class: the general function, with a signature of its own."""

    is_general = True

    def __init__(self, function, owner):
        functools.update_wrapper(self, function)
        self._function = function
        self._owner = owner

    @property
    def __signature__(self):
        if self.__name__ == "compute_output_spec":
            return inspect.signature(self._owner.call)
        build = getattr(self._owner.build, "__wrapped__", self._owner.build)
        found = inspect.signature(build)
        names = shape_names(self._owner)
        if list(found.parameters)[1:] == names:
            return found
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return inspect.Signature([inspect.Parameter(n, kind) for n in ("self", *names)])

    def __get__(self, instance, owner):
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args, **kwargs):
        return self._function(*args, **kwargs)


def with_defaults(**defaults):
    """A decorator for a layer of some rank: its signature shows a default for each axis.

    The constructor that all ranks share takes one number for all axes; it means the same.
    """

    def stated(cls):
        found = inspect.signature(cls)
        parameters = [
            p.replace(default=defaults[name]) if name in defaults else p
            for name, p in found.parameters.items()
        ]
        cls.__signature__ = found.replace(parameters=parameters)
        return cls

    return stated


def state_parameters(cls):
    """Give the general methods of a class the parameters that it has for them."""
    if "call" not in cls.__dict__ and "build" not in cls.__dict__:
        return
    for name in _NAMES:
        method = getattr(cls, name)
        if is_general(method):
            setattr(cls, name, _Stated(getattr(method, "_function", method), cls))


def shape_names(cls):
    """The names of the shapes of the tensors that a layer takes, as its ``build`` has them."""
    code = getattr(getattr(cls.build, "__wrapped__", cls.build), "__code__", None)
    names = list(code.co_varnames[1 : code.co_argcount]) if code else []
    return names if names and all(n.endswith("_shape") for n in names) else ["input_shape"]

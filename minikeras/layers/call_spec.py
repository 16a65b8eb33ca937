"""What a layer knows of its own ``call`` and of the call under way around it."""

import contextlib
import dis
import inspect
import threading
import types

from minikeras import tree
from minikeras.backend.autodiff import Tracer, plain
from minikeras.backend.variables import name_scope
from minikeras.backend.xp import ARRAY_TYPES, is_array
from minikeras.symbolic.keras_tensor import KerasTensor

TENSORS = (*ARRAY_TYPES, Tracer, KerasTensor)


class CallSignature:
    """The parameters of a method, as far as calling it needs them.

    Attributes:
        names: the parameters that can be given by position, in order.
        defaults: the default of each parameter that has one.
        takes_any: whether there is a ``**kwargs``.
        works_in_place: whether the code has an operator such as ``*=``.
    """

    def __init__(self, function):
        self.names, self.defaults, self.takes_any = [], {}, False
        self.all_names = set()
        self.takes_more = False
        for p in inspect.signature(function).parameters.values():
            if p.kind is p.VAR_KEYWORD:
                self.takes_any = True
                continue
            if p.kind is p.VAR_POSITIONAL:
                self.takes_more = True
                continue
            self.all_names.add(p.name)
            if p.kind is not p.KEYWORD_ONLY:
                self.names.append(p.name)
            if p.default is not p.empty:
                self.defaults[p.name] = p.default
        if self.names[:1] == ["self"]:
            self.names = self.names[1:]
            self.all_names.discard("self")
        self.has_training = "training" in self.all_names
        self.has_mask = "mask" in self.all_names
        self.mask_names = {n for n in self.all_names if n.endswith("_mask")}
        self.works_in_place = _works_in_place(function)

    def bind(self, args, kwargs):
        """The arguments by name, in order; of surplus positional ones only a first one is kept."""
        bound = dict(zip(self.names or ["inputs"], args))
        bound.update(kwargs)
        return bound


def _works_in_place(function):
    module = getattr(function, "__module__", None) or ""
    if module.startswith("minikeras."):  # none of these changes its arguments
        return False
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and any(
        step.opname.startswith("INPLACE_")
        or (step.opname == "BINARY_OP" and step.argrepr.endswith("="))
        for step in dis.get_instructions(code)
    )


def own_copy(x):
    """A copy of an array, so that code which works in place leaves the caller's as it is."""
    return x.copy() if isinstance(x, ARRAY_TYPES) else x


def scope_of(layer):
    """The scope of names of a layer: one part of the paths of its variables."""
    return name_scope(layer.name.replace("/", "_"))


_signatures = {}


def signature_of(function):
    """The `CallSignature` of a method, computed once for each function."""
    key = getattr(function, "__func__", function)
    known = _signatures.get(key)
    if known is None:
        known = _signatures[key] = CallSignature(key)
    return known


def check_build(layer, build, call):
    """Refuse arguments of ``build``, where it has several, that no argument of ``call`` gives.

    Args:
        layer: for the message.
        build, call: the signatures of the two methods.
    """
    for name in build.names:
        argument = name.removesuffix("_shape")
        is_shape = argument != name
        if name == "self" or name in build.defaults:
            continue
        if is_shape and (argument in call.all_names or call.takes_any):
            continue
        why = f"but `call()` does not have argument `{argument}`"
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r}: `build()` has the argument `{name}`, "
            f"{why if is_shape else 'which does not end in `_shape`'}. Where it has several "
            "arguments, each is the shape of an argument of `call()`, such as `query_shape` for "
            "`query`."
        )


def tensor_arguments(bound):
    """Those of the arguments that are tensors or structures of tensors."""
    return {
        name: value
        for name, value in bound.items()
        if isinstance(value, TENSORS)
        or (
            isinstance(value, (list, tuple, dict))
            and value
            and any(isinstance(leaf, TENSORS) for leaf in tree.flatten(value))
        )
    }


def describe_failure(error, layer, args):
    """Add to an exception which layer it happened in, once."""
    if getattr(error, "_minikeras_noted", False):
        return
    shapes = [tuple(x.shape) for x in tree.flatten(args) if is_array(plain(x))]
    error.add_note(
        f"In {type(layer).__name__}.call of layer {layer.name!r}, with inputs of shapes {shapes}."
    )
    error._minikeras_noted = True


class CallContext(threading.local):
    """The outermost layer call under way in this thread.

    Attributes:
        entry: the layer that was called first, None outside of calls.
        training: the value of ``training`` that inner layers take over.
        arguments: a dict of further arguments that inner layers may take over.
        open: the layers that are called or built now, outermost first.
        building: the lock of all threads under which a call builds its layer.
    """

    building = threading.RLock()

    entry = None
    training = None
    arguments = types.MappingProxyType({})

    def __init__(self):
        self.open = []

    @contextlib.contextmanager
    def within(self, layer):
        """A context in which ``layer`` is open."""
        self.open.append(layer)
        try:
            yield
        finally:
            self.open.pop()


context = CallContext()

"""Operation: what can be called on symbolic tensors; Node: one such call."""

import functools
import inspect

from minikeras import tree
from minikeras.backend.rematerialization import remat
from minikeras.backend.variables import unique_name
from minikeras.symbolic.inference import infer_output
from minikeras.symbolic.keras_tensor import KerasHistory, KerasTensor, any_symbolic
from minikeras.symbolic.names import to_snake_case
from minikeras.symbolic.remat_scope import current_remat_mode, output_size


class Node:
    """One call of an operation on symbolic tensors.

    Attributes:
        operation: what was called.
        args, kwargs: with what, symbolic tensors included.
        input_tensors, output_tensors: the symbolic tensors that went in and came out.
    """

    def __init__(self, operation, args, kwargs, outputs):
        self.operation = operation
        # Copies of lists and dicts: a program may go on to change those that it gave.
        args, kwargs = tree.map_structure(lambda x: x, (args, kwargs))
        self.args = args
        self.kwargs = kwargs
        self.input_tensors = [x for x in tree.flatten((args, kwargs)) if isinstance(x, KerasTensor)]
        leaves = tree.flatten(outputs)
        # Which leaves of a result are tensors of the graph: a layer may also return None.
        self.output_positions = [i for i, x in enumerate(leaves) if isinstance(x, KerasTensor)]
        self.output_tensors = [leaves[i] for i in self.output_positions]
        index = len(operation._inbound_nodes)
        operation._inbound_nodes.append(self)
        for i, x in enumerate(self.output_tensors):
            x._keras_history = KerasHistory(operation, index, i)
        for x in self.input_tensors:
            if x._keras_history is not None:
                x._keras_history.operation._outbound_nodes.append(self)

    @property
    def is_input(self):
        """Whether this is where a graph begins."""
        return not self.input_tensors

    @property
    def parent_nodes(self):
        """The calls that made the inputs, without repetition."""
        parents = []
        for x in self.input_tensors:
            if x._keras_history is not None:
                operation, index, _ = x._keras_history
                node = operation._inbound_nodes[index]
                if node not in parents:
                    parents.append(node)
        return parents


# What a configuration may hold without a method that says how.
_PLAIN = (str, int, float, bool, type(None))


class Operation:
    """Something that can be called on tensors, symbolic ones included, and has a name.

    Args:
        name: a string; made up from the class name if not given.
    """

    def __new__(cls, *args, **kwargs):
        made = super().__new__(cls)
        made._constructor_call = (args, kwargs)
        return made

    def __init__(self, name=None):
        if name is None:
            name = self.automatic_name()
        if not isinstance(name, str) or "/" in name:
            raise ValueError(
                f"{type(self).__name__}: name must be a string and cannot contain character `/`. "
                f"Received: {name!r}"
            )
        self.name = name
        self._inbound_nodes = []
        self._outbound_nodes = []
        self._remat_mode = current_remat_mode()

    def automatic_name(self):
        """A fresh name, for an operation that is given none."""
        return auto_name(type(self).__name__)

    def __call__(self, *args, **kwargs):
        if any_symbolic(args, kwargs):
            return self.symbolic_call(*args, **kwargs)
        is_quantized = getattr(self, "quantization_mode", None) is not None
        call = self.quantized_call if is_quantized else self.call
        if self._remat_mode is not None:
            call = self.rematerialized_call(call, *args, **kwargs)
        return call(*args, **kwargs)

    def rematerialized_call(self, fn, *args, **kwargs):
        """``fn``, under `remat` if the `RematScope` of this operation says so.

        Args:
            fn: the method `call`.
            *args, **kwargs: what it is about to be called with.

        Returns:
            A function to call instead of ``fn``.
        """
        found = self._remat_mode
        if found is None:
            return fn
        is_large = found.mode == "larger_than" and (
            output_size(self, args, kwargs) > found.output_size_threshold
        )
        return remat(fn) if found.mode == "full" or is_large else fn

    def symbolic_call(self, *args, **kwargs):
        """The outputs as symbolic tensors; the call becomes a node of the graph."""
        outputs = self.compute_output_spec(*args, **kwargs)
        outputs = fresh(outputs)
        Node(self, args, kwargs, outputs)
        return outputs

    def compute_output_spec(self, *args, **kwargs):
        """The outputs as symbolic tensors, found by running `call` (see `symbolic.inference`)."""
        return infer_output(self.call, args, kwargs)

    def call(self, *args, **kwargs):
        """What the operation computes; subclasses define it."""
        raise TypeError(f"{type(self).__name__} defines no method `call`")

    def quantized_call(self, *args, **kwargs):
        """The outputs of an operation that is quantized; those that can be define it."""
        raise NotImplementedError(f"{type(self).__name__} {self.name!r} cannot be quantized.")

    def get_config(self):
        """The arguments from which `from_config` makes an equal operation.

        A subclass need not write this method if its constructor takes plain values only.

        Raises:
            NotImplementedError: if it takes anything else.
        """
        config = {"name": self.name}
        is_own = type(self).get_config is not Operation.get_config  # that called this one
        if is_own or type(self).__init__ is Operation.__init__:
            return config
        args, kwargs = self._constructor_call
        bound = inspect.signature(type(self).__init__).bind(self, *args, **kwargs)
        bound.apply_defaults()
        takes_name = False
        for parameter in list(bound.signature.parameters.values())[1:]:
            value = bound.arguments[parameter.name]
            named = {parameter.name: value}
            if parameter.kind is parameter.VAR_KEYWORD:
                takes_name, named = True, value
            is_free = parameter.kind is parameter.VAR_POSITIONAL and value
            if is_free or not all(isinstance(x, _PLAIN) for x in tree.flatten(named)):
                raise NotImplementedError(
                    f"{type(self).__name__} takes more than plain values by name: {named!r}. Write "
                    "a method get_config that returns the arguments of its constructor."
                )
            if parameter.kind is not parameter.VAR_POSITIONAL:
                takes_name = takes_name or parameter.name == "name"
                config.update({k: v for k, v in named.items() if k != "name"})
        return config if takes_name else {k: v for k, v in config.items() if k != "name"}

    @classmethod
    def from_config(cls, config):
        """An operation made from what `get_config` returned."""
        return cls(**config)

    @property
    def input(self):
        """The symbolic inputs of the first call of this operation."""
        return _single(self._first_node("input").input_tensors)

    @property
    def output(self):
        """The symbolic outputs of the first call of this operation."""
        return _single(self._first_node("output").output_tensors)

    def _first_node(self, what):
        if not self._inbound_nodes:
            raise AttributeError(
                f"{self.name!r} was never called on symbolic tensors and thus has no {what}"
            )
        return self._inbound_nodes[0]

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"


def auto_name(class_name):
    """A fresh name for an operation of the class: ``dense``, ``dense_1`` ..."""
    return unique_name(to_snake_case(class_name))


def fresh(outputs):
    """``outputs`` with symbolic tensors that no other call has made."""

    def one(x):
        if isinstance(x, KerasTensor) and x._keras_history is not None:
            return KerasTensor(x.shape, x.dtype)
        return x

    return tree.map_structure(one, outputs)


def _single(values):
    return values[0] if len(values) == 1 else values


class FunctionOperation(Operation):
    """A call of a function of ``keras.ops`` within a graph."""

    def __init__(self, function, name=None):
        super().__init__(name or unique_name(function.__name__))
        self.function = function

    def get_config(self):
        """The name; the arguments of the call are kept beside it (see `models.operation_names`)."""
        return {"name": self.name}

    def call(self, *args, **kwargs):
        """The function itself, on arrays."""
        return self.function(*args, **kwargs)


def op(function):
    """Make ``function`` a public op: on symbolic tensors it becomes a node of the graph.

    The function itself is written for arrays (and tracers, variables, lists, numbers), and never
    sees a symbolic tensor. Public ops therefore call primitives or undecorated helpers.
    """

    @functools.wraps(function)
    def call(*args, **kwargs):
        if any_symbolic(args, kwargs):
            return FunctionOperation(call).symbolic_call(*args, **kwargs)
        return function(*args, **kwargs)

    call.__signature__ = inspect.signature(function)
    return call

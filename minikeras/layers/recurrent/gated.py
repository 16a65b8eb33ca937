"""The base of SimpleRNN, LSTM and GRU: a recurrent layer that makes its cell itself."""

import inspect

from minikeras.layers.input_spec import InputSpec
from minikeras.layers.recurrent.rnn import RNN
from minikeras.symbolic.names import to_snake_case


def of_cell(name):
    """A property of a layer that stands for the attribute ``name`` of its cell."""
    return property(lambda self: getattr(self.cell, name), doc=f"``{name}`` of the cell.")


class GatedRNN(RNN):
    """An `RNN` that makes a cell of ``cell_class`` from those of its arguments that are the cell's.

    Subclasses state all arguments in their constructor and hand them on by name.
    """

    cell_class = None
    config_excludes = frozenset({"cell", "use_cudnn"})
    config_adds = ("activity_regularizer",)

    def __init__(self, **kwargs):
        use_cudnn = kwargs.pop("use_cudnn", "auto")
        own = [*inspect.signature(self.cell_class).parameters, "implementation"]
        arguments = {name: kwargs.pop(name) for name in own if name in kwargs}
        both = {name: kwargs[name] for name in ("dtype", "trainable") if name in kwargs}
        name = to_snake_case(self.cell_class.__name__)
        super().__init__(self.cell_class(**arguments, **both, name=name), **kwargs)
        self.input_spec = InputSpec(ndim=3)
        if use_cudnn not in ("auto", True, False):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: use_cudnn must be 'auto', True or False. "
                f"Received: {use_cudnn!r}"
            )
        self.use_cudnn = use_cudnn

    units = of_cell("units")
    activation = of_cell("activation")
    use_bias = of_cell("use_bias")
    kernel_initializer = of_cell("kernel_initializer")
    recurrent_initializer = of_cell("recurrent_initializer")
    bias_initializer = of_cell("bias_initializer")
    kernel_regularizer = of_cell("kernel_regularizer")
    recurrent_regularizer = of_cell("recurrent_regularizer")
    bias_regularizer = of_cell("bias_regularizer")
    kernel_constraint = of_cell("kernel_constraint")
    recurrent_constraint = of_cell("recurrent_constraint")
    bias_constraint = of_cell("bias_constraint")
    dropout = of_cell("dropout")
    recurrent_dropout = of_cell("recurrent_dropout")
    seed = of_cell("seed")

"""What quantization must know of a weight: its shape, and which axes share a scale."""

import math
import re
import string

from minikeras import ops


class Part:
    """A weight of a layer that is to become integers.

    Args:
        name: the name of its variable; those of scale and zero point begin with it.
        attribute: where the layer keeps the variable.
        shape: the shape of the weight as floats.
        reduced: the axes over which a product sums, which thus share a scale.
        group_axis: which axis of the weight as a matrix falls into groups.
        pack_axis: the axis of that matrix along which two integers of four bits share a byte.
        zero_dtype: the dtype of zero points; None for that of the variables of the layer.
    """

    def __init__(
        self, name, attribute, shape, reduced, group_axis=0, pack_axis=1, zero_dtype="int8"
    ):
        self.name = name
        self.attribute = attribute
        self.shape = tuple(shape)
        self.reduced = tuple(reduced)
        self.group_axis = group_axis
        self.pack_axis = pack_axis
        self.zero_dtype = zero_dtype

    @property
    def matrix_shape(self):
        """The sides of the weight as a matrix: summed over, and left in the output."""
        inner = math.prod(self.shape[i] for i in self.reduced)
        sides = (inner, math.prod(self.shape) // max(inner, 1))
        return sides if self.group_axis == 0 else sides[::-1]

    @property
    def scale_shape(self):
        """The shape in which the scale of eight-bit integers is kept."""
        return tuple(n for i, n in enumerate(self.shape) if i not in self.reduced)

    def kept_scale(self, scale):
        """A scale as it is kept, from one with sides of 1 for the reduced axes."""
        return ops.reshape(scale, self.scale_shape)

    def scale_beside(self, scale):
        """A scale that is kept, in the shape in which it broadcasts beside the weight."""
        return ops.expand_dims(scale, self.reduced)


class EinsumPart(Part):
    """The kernel of an Einstein sum: its scale is kept as it broadcasts beside the output.

    Args:
        equation: ``"abc,cd->abd"``, with an ellipsis or without.
        shape: the shape of the kernel.
        rank: the number of axes of the inputs.
    """

    def __init__(self, equation, shape, rank):
        self.inputs, self.letters, self.outputs = _letters(equation, rank)
        reduced = [i for i, letter in enumerate(self.letters) if letter not in self.outputs]
        super().__init__("kernel", "_kernel", shape, reduced)
        self.input_axes = tuple(i for i, x in enumerate(self.inputs) if x not in self.outputs)

    @property
    def scale_shape(self):
        """The sides of the output, 1 where the kernel has none of them."""
        sides = dict(zip(self.letters, self.shape))
        return tuple(sides.get(letter, 1) for letter in self.outputs)

    def kept_scale(self, scale):
        """A scale as it is kept, from one with sides of 1 for the reduced axes."""
        kept = [i for i, letter in enumerate(self.letters) if letter in self.outputs]
        order = sorted(kept, key=lambda i: self.outputs.index(self.letters[i]))
        return ops.reshape(ops.transpose(scale, [*order, *self.reduced]), self.scale_shape)

    def scale_beside(self, scale):
        """A scale that is kept, in the shape in which it broadcasts beside the kernel."""
        kept = [letter for letter in self.letters if letter in self.outputs]
        by_output = sorted(kept, key=self.outputs.index)
        sides = dict(zip(self.letters, self.shape))
        scale = ops.reshape(scale, [sides[letter] for letter in by_output])
        scale = ops.transpose(scale, [by_output.index(letter) for letter in kept])
        shape = [1 if i in self.reduced else n for i, n in enumerate(self.shape)]
        return ops.reshape(scale, shape)


def _letters(equation, rank):
    """The letters of inputs, kernel and outputs, those that an ellipsis stands for included."""
    inputs, kernel, outputs = re.split(",|->", equation.replace(" ", ""))
    unused = [letter for letter in string.ascii_letters if letter not in equation]
    elided = "".join(unused[: rank - len(inputs.replace("...", ""))])
    return inputs.replace("...", elided), kernel, outputs.replace("...", elided)

"""EinsumDense: a dense layer whose product is written in Einstein's notation."""

import re

from minikeras import activations, constraints, initializers, ops, regularizers
from minikeras.layers.layer import Layer
from minikeras.layers.lora import adaptable_weight
from minikeras.layers.quantized.layer import Quantizable
from minikeras.layers.quantized.part import EinsumPart


class EinsumDense(Quantizable, Layer):
    """``activation(einsum(equation, inputs, kernel) + bias)``.

    Args:
        equation: the letters of the inputs, of the kernel and of the outputs, such as
            ``"abc,cd->abd"``. An ellipsis may stand for leading axes (``"...x,xy->...y"``) or for
            trailing ones (``"abx...,xy->aby..."``).
        output_shape: the lengths of the output axes without the batch and without those that an
            ellipsis stands for; None where the letter tells. An integer stands for one axis.
        activation: a function or its name; None for none.
        bias_axes: the letters of the output axes along which the bias varies; None for no bias.
        kernel_initializer, bias_initializer: how the weights begin.
        kernel_regularizer, bias_regularizer: what losses they add.
        kernel_constraint, bias_constraint: what they are projected by after each update.
        lora_rank, lora_alpha: for low-rank adaptation from the start; see `enable_lora`.
        gptq_unpacked_column_size: how many outputs a kernel has that was quantized by GPTQ; found
            when it is made.
        quantization_config: how the weights of a quantized dtype policy are made.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.EinsumDense("abc,cde->abde", output_shape=(None, 2, 3), bias_axes="de")
    >>> layer(keras.ops.ones((4, 5, 6))).shape
    (4, 5, 2, 3)
    """

    config_adds = ("activity_regularizer",)
    config_omits = frozenset({"gptq_unpacked_column_size"})
    quantization_modes = ("int8", "int4", "float8", "gptq", "awq")
    kernel = adaptable_weight("kernel")
    _zero_point_name = "zero_point"

    def __init__(
        self,
        equation,
        output_shape,
        activation=None,
        bias_axes=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        lora_rank=None,
        lora_alpha=None,
        gptq_unpacked_column_size=None,
        quantization_config=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.equation = equation
        self.partial_output_shape = (
            (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        )
        self.activation = activations.get(activation)
        self.bias_axes = bias_axes
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.gptq_unpacked_column_size = gptq_unpacked_column_size
        self.quantization_config = quantization_config
        self._note_adaptation(lora_rank, lora_alpha)

    def config_value(self, name):
        """The value of the constructor's argument ``name``."""
        return self.partial_output_shape if name == "output_shape" else super().config_value(name)

    def build(self, input_shape):
        """Make the kernel and the bias in the shapes that the equation tells."""
        kernel_shape, bias_shape, self.full_output_shape = analyze_equation(
            self.equation, self.bias_axes, input_shape, self.partial_output_shape
        )
        self._input_rank = len(input_shape)
        self._add_main_weight(kernel_shape, self._initializer_for_axes())
        self.bias = None
        if bias_shape is not None:
            self.bias = self.add_weight(
                name="bias",
                shape=bias_shape,
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

        self._adapt_if_asked()

    def _initializer_for_axes(self):
        """The kernel's initializer, told which axes run over inputs and which over outputs."""
        initializer = self.kernel_initializer
        if not isinstance(initializer, initializers.VarianceScaling):
            return initializer
        if initializer.input_axes is not None:
            return initializer
        _, kernel, outputs = re.findall("[a-zA-Z]+", self.equation)
        config = {
            **initializer.get_config(),
            "seed": initializer.seed,
            "input_axes": [i for i, letter in enumerate(kernel) if letter not in outputs],
            "output_axes": [i for i, letter in enumerate(kernel) if letter in outputs],
        }
        return type(initializer).from_config(config)

    def call(self, inputs, training=None):
        """The outputs, with the axes that the equation names."""
        outputs = self._affine(inputs, training)
        return outputs if self.activation is None else self.activation(outputs)

    def _product(self, inputs, kernel):
        return ops.einsum(self.equation, inputs, kernel)

    def _parts(self):
        return [EinsumPart(self.equation, self._float_shape, self._input_rank)]

    def _input_axes(self):
        return self._parts()[0].input_axes

    def _calibrated_sides(self):
        part = self._parts()[0]
        if part.reduced != tuple(range(len(part.reduced))):
            raise ValueError(
                f"EinsumDense {self.name!r}: calibration needs a kernel whose first axes are those "
                f"that the product sums over. Received: equation={self.equation!r}"
            )
        return part.matrix_shape


def analyze_equation(equation, bias_axes, input_shape, output_shape):
    """The shapes of the kernel, of the bias (or None) and of the output.

    Raises:
        ValueError: if the equation is not of the form that `EinsumDense` describes, or its letters
            do not agree with the shapes.

    >>> analyze_equation("...x,xy->...y", "y", (None, 5, 3), (7,))
    ((3, 7), (7,), (None, 5, 7))
    """
    found = re.fullmatch(
        r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?",
        equation.replace(" ", ""),
    )
    if (
        found is None
        or bool(found[1]) != bool(found[5])
        or bool(found[3]) != bool(found[7])
        or (found[1] and found[3])
    ):
        raise ValueError(
            f"Invalid einsum equation {equation!r}. Expected the form 'ab,bc->ac', "
            "'...ab,bc->...ac' or 'ab...,bc->ac...'"
        )
    leading, inputs, trailing, kernel, outputs = found[1], found[2], found[3], found[4], found[6]
    elided = len(input_shape) - len(inputs)
    if elided < 0 or (elided and not (leading or trailing)):
        raise ValueError(
            f"Equation {equation!r} names {len(inputs)} input axes. Received an input of shape "
            f"{tuple(input_shape)}"
        )
    first = elided if leading else 0
    sizes = dict(zip(inputs, input_shape[first : first + len(inputs)]))
    named = outputs if leading else outputs[1:]  # without an ellipsis in front, the batch is named
    if len(named) != len(output_shape):
        raise ValueError(
            f"Equation {equation!r} names the output axes {named!r}, so output_shape must hold "
            f"{len(named)} lengths. Received: {tuple(output_shape)}"
        )
    for letter, size in zip(named, output_shape):
        known = sizes.get(letter)
        if size is not None and known is not None and size != known:
            raise ValueError(
                f"In equation {equation!r} axis {letter!r} has length {known} in the input and "
                f"{size} in output_shape"
            )
        if size is not None or letter not in sizes:
            sizes[letter] = size
    for letter in kernel:
        if letter not in sizes:
            raise ValueError(
                f"In equation {equation!r} the kernel's axis {letter!r} is in neither the input "
                "nor the output"
            )
    for letter in outputs:
        if letter not in inputs and letter not in kernel:
            raise ValueError(
                f"In equation {equation!r} the output's axis {letter!r} is in neither the input "
                "nor the kernel"
            )
    bias_shape = None
    if bias_axes:
        unknown = [letter for letter in bias_axes if letter not in outputs]
        if unknown:
            raise ValueError(
                f"bias_axes names {unknown}, which are not among the output axes of {equation!r}"
            )
        varying = outputs[min(outputs.index(letter) for letter in bias_axes) :]
        bias_shape = tuple(sizes[letter] if letter in bias_axes else 1 for letter in varying)
        if trailing:
            bias_shape += (1,) * elided
    full = tuple(sizes[letter] for letter in outputs)
    if leading:
        full = (*input_shape[:elided], *full)
    elif trailing:
        full = (*full, *input_shape[len(inputs) :])
    return tuple(sizes[letter] for letter in kernel), bias_shape, full

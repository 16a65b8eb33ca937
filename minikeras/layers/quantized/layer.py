"""What layers that can be quantized share: the methods of Keras, and one way into the modes."""

from minikeras import dtype_policies, ops
from minikeras.backend.autodiff import plain
from minikeras.layers.lora import Adaptable
from minikeras.layers.quantized.calibrated import Awq, Gptq
from minikeras.layers.quantized.float8 import Float8
from minikeras.layers.quantized.int4 import Int4
from minikeras.layers.quantized.int8 import Int8
from minikeras.layers.quantized.part import Part
from minikeras.quantizers.configurations import QuantizationConfig, resolved

_MODES = {mode.name: mode for mode in (Int8(), Int4(), Float8(), Gptq(), Awq())}


class Quantizable(Adaptable):
    """A mixin for layers whose main weight can be kept, or multiplied, in fewer bits.

    A layer states in its class body which modes it has (``quantization_modes``), and describes its
    weights (`_parts`). Its ``call`` takes what it needs from `_affine`.

    A class that inherits from such a layer may compute something else, so it is quantized only if
    it states the modes itself, or with ``type_check=False``.
    """

    quantization_modes = ()
    inputs_quantizer = None
    _zero_point_name = "kernel_zero"

    @property
    def _mode(self):
        """The object that knows the layer's mode of quantization, or None."""
        return _MODES.get(self.quantization_mode)

    def _parts(self):
        """The weights that become integers; the first is the main one."""
        shape = self._float_shape
        return [Part(self.adaptable, f"_{self.adaptable}", shape, range(len(shape) - 1))]

    def _add_main_weight(self, shape, initializer):
        """Make the main weight, or what a mode of quantization has in its place."""
        self._float_shape = tuple(shape)
        mode = self._mode
        if mode is not None:
            self.quantized_build(shape, mode.name, self.quantization_config)
        if mode is None or mode.keeps_floats:
            weight = self._add_adaptable(shape, initializer)
            setattr(self, f"_{self.adaptable}", weight)

    def quantized_build(self, kernel_shape, mode, config=None):
        """Make the variables of a quantized layer.

        Args:
            kernel_shape: the shape of the main weight as floats.
            mode: the name of the mode.
            config: a `keras.quantizers.QuantizationConfig`, or None.
        """
        self._check_mode(mode)
        self._float_shape = tuple(kernel_shape or self._float_shape)
        _MODES[mode].build(self, config)
        self._is_quantized = True

    def quantize(self, mode=None, type_check=True, config=None):
        """Quantize the weights, once and for all.

        Args:
            mode: ``"int8"``, ``"int4"``, ``"float8"``, ``"gptq"`` or ``"awq"``, as far as the
                layer has it.
            type_check: whether classes that inherit from a layer that can be quantized are
                refused.
            config: a `keras.quantizers.QuantizationConfig`; may stand in place of ``mode``.

        Raises:
            NotImplementedError: if the layer has no such mode, or is of a class of your own.
            ValueError: if it is not built, or is quantized already.

        >>> import minikeras as keras
        >>> layer = keras.layers.Dense(2, use_bias=False)
        >>> layer.build((None, 3))
        >>> layer.quantize("int8")
        >>> str(layer.kernel.dtype), layer.kernel_scale.shape, layer.dtype_policy.name
        ('int8', (2,), 'int8_from_float32')
        """
        config = resolved(mode, config)
        mode = config.mode
        described = f"{type(self).__name__} {self.name!r}"
        if type_check and "quantization_modes" not in type(self).__dict__:
            raise NotImplementedError(
                f"{described} inherits from a layer that can be quantized, but may compute "
                "something else. State `quantization_modes` in its class, or pass type_check=False."
            )
        if not self.built:
            raise ValueError(
                f"Cannot quantize a layer that isn't yet built. Build {described} first."
            )
        if getattr(self, "_is_quantized", False):
            raise ValueError(
                f"{described} is already quantized with "
                f"dtype_policy={self._own_dtype_policy.name!r}."
            )
        self._check_mode(mode)
        if mode == "int8" and self.compute_dtype == "float16":
            raise ValueError(
                f"{described} computes in float16, whose range is too small for the mode 'int8'."
            )
        self.quantization_config = config
        _MODES[mode].quantize(self, config)
        self._is_quantized = True
        if self.quantization_mode is None:
            name = _MODES[mode].policy_name(config)
            self.dtype_policy = dtype_policies.get(f"{name}_from_{self._own_dtype_policy.name}")

    def _follow_policy(self, policy):
        mode = policy.quantization_mode
        if mode is None or not self.built or getattr(self, "_is_quantized", False):
            return
        if mode in ("gptq", "awq"):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: Implicitly enabling {mode.upper()} "
                f"quantization by the dtype policy {policy.name!r} is not supported, for it needs "
                f"data. Use `quantize({mode!r}, config=...)`."
            )
        self.quantize(mode)

    def quantized_call(self, *args, **kwargs):
        """The outputs of the quantized layer; `call` gives the same."""
        return self.call(*args, **kwargs)

    def _check_mode(self, mode):
        if mode not in self.quantization_modes:
            raise NotImplementedError(
                "Invalid quantization mode. "
                f"{type(self).__name__} {self.name!r} cannot be quantized in the mode {mode!r}. "
                f"Expected one of {self.quantization_modes}"
            )

    # Computing

    def _product(self, inputs, kernel):
        """What the layer multiplies its inputs by its main weight with."""
        return ops.matmul(inputs, kernel)

    def _chosen_inputs_quantizer(self, config, default):
        """What rounds the inputs of products: that of the configuration if there is one."""
        return QuantizationConfig.activation_quantizer_or_default(config, default)

    def _input_axes(self):
        """The axes of the inputs that share a scale."""
        return -1

    def _affine(self, inputs, training=None):
        """The inputs times the kernel, plus the bias, as the mode of quantization has it."""
        mode = self._mode
        if mode is None:
            outputs, bias = self._product(inputs, self._weight_to_use()), self.bias
        else:
            outputs, bias = mode.product(self, inputs, training), mode.bias(self)
        return outputs if bias is None else ops.add(outputs, bias)

    def _weight_to_use(self):
        mode = self._mode
        return super()._weight_to_use() if mode is None else mode.weight(self)

    # Low-rank adaptation, calibration and files

    def enable_lora(self, rank, lora_alpha=None, a_initializer="he_uniform", b_initializer="zeros"):
        """Freeze the weight and train a low-rank addition to it; see `Adaptable.enable_lora`."""
        if self.quantization_mode in ("gptq", "awq", "float8"):
            raise NotImplementedError(
                f"{type(self).__name__} {self.name!r}: LoRA does not go with the mode of "
                f"quantization {self.quantization_mode!r}."
            )
        super().enable_lora(rank, lora_alpha, a_initializer, b_initializer)

    def _adapted_shape(self):
        return self._float_shape

    def _calibrated_sides(self):
        """The numbers of inputs and outputs of the main weight as a matrix."""
        return self._float_shape

    @property
    def variable_serialization_spec(self):
        """For each mode, and for None, the names of the variables in the order of files."""
        others = [part.attribute for part in self._extra_parts()]
        modes = {name: _MODES[name].variables(self) for name in self.quantization_modes}
        return {None: [self.adaptable, *self._other_variables(), *others], **modes}

    def _extra_parts(self):
        return []

    def _other_variables(self):
        """The names of variables that stay floats and stand behind the main weight."""
        return ["bias"]

    def _stored_variables(self):
        if self.quantization_mode is None:
            return super()._stored_variables()
        names = self.variable_serialization_spec[self.quantization_mode]
        attributes = [f"_{name}" if name == self.adaptable else name for name in names]
        found = [getattr(self, name, None) for name in attributes]
        return [variable for variable in found if variable is not None]

    def _merged(self):
        mode = self._mode
        if mode is None or mode.keeps_floats:
            return super()._merged()
        part = self._parts()[0]
        merged = plain(ops.add(mode.floats(self, part), self._addition()))
        found = mode.compressed(self, part, merged, self.quantization_config)
        return {id(getattr(self, name)): value for name, value in found.items()}

    def load_own_variables(self, store):
        """Set the layer's own variables; see `Adaptable.load_own_variables`."""
        mode = self._mode
        if mode is not None and self.built:
            mode.before_loading(self)
        super().load_own_variables(store)

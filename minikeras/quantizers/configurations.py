"""How a layer or a model is to be quantized."""

from minikeras.quantizers.absolute_maximum import AbsMaxQuantizer
from minikeras.serialization import deserialize_value, serialize_keras_object

MODES = ("int8", "float8", "int4", "gptq", "awq")


class QuantizationConfig:
    """The base of the classes that say how to quantize.

    Args:
        weight_quantizer: what quantizes weights; None for what the layer does by itself.
        activation_quantizer: what quantizes the inputs of products; None to leave them floats.
    """

    def __init__(self, weight_quantizer=None, activation_quantizer=None):
        self.weight_quantizer = weight_quantizer
        self.activation_quantizer = activation_quantizer

    @property
    def mode(self):
        """The name of the mode: ``"int8"`` and the like. Subclasses state it."""
        raise NotImplementedError(
            f"{type(self).__name__} states no mode of quantization. Use one of its subclasses, "
            "such as keras.quantizers.Int8QuantizationConfig."
        )

    def get_config(self):
        """The constructor's arguments as plain values."""
        return {
            "weight_quantizer": serialize_keras_object(self.weight_quantizer),
            "activation_quantizer": serialize_keras_object(self.activation_quantizer),
        }

    @classmethod
    def from_config(cls, config):
        """An object made from what `get_config` returned."""
        return cls(**{key: deserialize_value(value) for key, value in config.items()})

    @staticmethod
    def weight_quantizer_or_default(config, default):
        """The weight quantizer of ``config``, or ``default`` where that has none."""
        stated = None if config is None else config.weight_quantizer
        return default if stated is None else stated

    @staticmethod
    def activation_quantizer_or_default(config, default):
        """The activation quantizer of ``config`` (it may be None), or ``default`` without one."""
        return default if config is None else config.activation_quantizer


class Int8QuantizationConfig(QuantizationConfig):
    """Integers of eight bits.

    Args:
        weight_quantizer: a quantizer of weights; by default an `AbsMaxQuantizer`.
        activation_quantizer: a quantizer of inputs; ``"default"`` is an `AbsMaxQuantizer`, None
            leaves them floats.

    >>> import minikeras as keras
    >>> layer = keras.layers.Dense(4)
    >>> layer.build((None, 8))
    >>> layer.quantize(config=keras.quantizers.Int8QuantizationConfig(activation_quantizer=None))
    >>> str(layer.kernel.dtype)
    'int8'
    """

    mode = "int8"

    def __init__(self, weight_quantizer=None, activation_quantizer="default"):
        if isinstance(activation_quantizer, str) and activation_quantizer == "default":
            activation_quantizer = AbsMaxQuantizer()
        super().__init__(weight_quantizer, activation_quantizer)
        _check_output_dtype(self)


class Int4QuantizationConfig(QuantizationConfig):
    """Integers of four bits, two to a byte.

    Args:
        weight_quantizer: a quantizer of weights with ``value_range=(-8, 7)``; only for
            ``block_size`` None or -1.
        activation_quantizer: a quantizer of inputs, likewise; ``"default"`` and None leave them
            floats.
        block_size: how many inputs share a scale and a zero point. None or -1: all, without a zero
            point.

    >>> import minikeras as keras
    >>> layer = keras.layers.Dense(4)
    >>> layer.build((None, 8))
    >>> layer.quantize(config=keras.quantizers.Int4QuantizationConfig(block_size=2))
    >>> layer.kernel_scale.shape
    (4, 4)
    """

    mode = "int4"

    def __init__(self, weight_quantizer=None, activation_quantizer="default", block_size=128):
        if isinstance(activation_quantizer, str) and activation_quantizer == "default":
            activation_quantizer = None
        super().__init__(weight_quantizer, activation_quantizer)
        if block_size is not None and block_size != -1 and block_size <= 0:
            raise ValueError(
                f"block_size must be None, -1 or a positive integer. Received: {block_size!r}"
            )
        self.block_size = block_size
        is_grouped = block_size is not None and block_size > 0
        if is_grouped and (weight_quantizer is not None or activation_quantizer is not None):
            raise ValueError(
                "Quantizers of your own need one scale for each output: state block_size=None or "
                f"-1. Received: block_size={block_size}"
            )
        _check_output_dtype(self)
        if weight_quantizer is not None and tuple(weight_quantizer.value_range) != (-8, 7):
            raise ValueError(
                "Int4QuantizationConfig needs a weight_quantizer with value_range=(-8, 7). "
                f"Received: value_range={weight_quantizer.value_range}"
            )

    def get_config(self):
        """The constructor's arguments as plain values."""
        return {**super().get_config(), "block_size": self.block_size}

    @classmethod
    def from_config(cls, config):
        """An object made from what `get_config` returned, also before there were blocks."""
        return super().from_config({"block_size": None, **config})


class Float8QuantizationConfig(QuantizationConfig):
    """Products of floats of eight bits, for training.

    >>> import minikeras as keras
    >>> keras.quantizers.Float8QuantizationConfig().mode
    'float8'
    """

    mode = "float8"

    def __init__(self):
        super().__init__(None, None)

    def get_config(self):
        """An empty dict: there is nothing to state."""
        return {}


def _check_output_dtype(config):
    quantizer = config.weight_quantizer
    if quantizer is not None and quantizer.output_dtype != "int8":
        raise ValueError(
            f"{type(config).__name__} needs a weight_quantizer with output_dtype='int8'. "
            f"Received: output_dtype={quantizer.output_dtype!r}"
        )


_DEFAULTS = {
    "int8": Int8QuantizationConfig,
    "int4": Int4QuantizationConfig,
    "float8": Float8QuantizationConfig,
}


def resolved(mode, config):
    """The configuration that a pair of ``mode`` and ``config`` means; either may be None.

    Raises:
        ValueError: if there is no such mode, if the two contradict one another, or if the mode
            needs a configuration and none is given.
    """
    if isinstance(config, str):
        mode, config = config, None
    if mode is not None and mode not in MODES:
        raise ValueError(f"Invalid quantization mode. Received: {mode!r}. Expected one of {MODES}")
    if config is None:
        if mode is None:
            raise ValueError("State how to quantize: by `mode`, such as 'int8', or by `config`.")
        if mode not in _DEFAULTS:
            name = f"{mode.upper()}Config"
            raise ValueError(
                f"The mode {mode!r} needs data to calibrate with: pass config=keras.quantizers."
                f"{name}(dataset, tokenizer)."
            )
        return _DEFAULTS[mode]()
    if not isinstance(config, QuantizationConfig):
        raise ValueError(f"config must be a QuantizationConfig. Received: {config!r}")
    if mode is not None and config.mode != mode:
        raise ValueError(
            f"mode={mode!r} contradicts config, which is for the mode {config.mode!r}."
        )
    if config.mode not in MODES:
        raise ValueError(
            f"Invalid quantization mode. Received: {config.mode!r}. Expected one of {MODES}"
        )
    return config

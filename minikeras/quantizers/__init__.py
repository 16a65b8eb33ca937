"""keras.quantizers: numbers of few bits, and how the weights of layers become such."""

import inspect

from minikeras.quantizers.absolute_maximum import (
    AbsMaxQuantizer,
    Quantizer,
    abs_max_quantize,
    abs_max_quantize_grouped_with_zero_point,
)
from minikeras.quantizers.awq import AWQConfig
from minikeras.quantizers.configurations import (
    Float8QuantizationConfig,
    Int4QuantizationConfig,
    Int8QuantizationConfig,
    QuantizationConfig,
)
from minikeras.quantizers.fake import fake_quant_with_min_max_vars
from minikeras.quantizers.float8 import (
    compute_float8_amax_history,
    compute_float8_scale,
    quantize_and_dequantize,
)
from minikeras.quantizers.gptq import GPTQConfig
from minikeras.quantizers.int4 import pack_int4, unpack_int4
from minikeras.serialization import deserialize_keras_object, serialize_keras_object
from minikeras.symbolic.names import to_snake_case

__all__ = [
    "AWQConfig",
    "AbsMaxQuantizer",
    "Float8QuantizationConfig",
    "GPTQConfig",
    "Int4QuantizationConfig",
    "Int8QuantizationConfig",
    "QuantizationConfig",
    "Quantizer",
    "abs_max_quantize",
    "abs_max_quantize_grouped_with_zero_point",
    "compute_float8_amax_history",
    "compute_float8_scale",
    "deserialize",
    "fake_quant_with_min_max_vars",
    "get",
    "pack_int4",
    "quantize_and_dequantize",
    "serialize",
    "unpack_int4",
]

_CLASSES = {
    cls.__name__: cls
    for cls in (
        Quantizer,
        AbsMaxQuantizer,
        QuantizationConfig,
        Int8QuantizationConfig,
        Int4QuantizationConfig,
        Float8QuantizationConfig,
        GPTQConfig,
        AWQConfig,
    )
}
_TABLE = {**_CLASSES, **{to_snake_case(name): cls for name, cls in _CLASSES.items()}}


def serialize(initializer):
    """The configuration of a quantizer, as a dict of plain values.

    >>> import minikeras as keras
    >>> keras.quantizers.serialize(keras.quantizers.AbsMaxQuantizer())["class_name"]
    'AbsMaxQuantizer'
    """
    return serialize_keras_object(initializer)


def deserialize(config, custom_objects=None):
    """The quantizer that `serialize` made ``config`` of.

    Args:
        config: a dict with ``class_name`` and ``config``.
        custom_objects: a dict from names to classes of your own.
    """
    return deserialize_keras_object(config, module_objects=_TABLE, custom_objects=custom_objects)


def get(identifier, **kwargs):
    """The quantizer that ``identifier`` stands for.

    Args:
        identifier: None, a quantizer, its class, the name of that, or a configuration.
        **kwargs: the arguments for a class or a name.

    Raises:
        ValueError: if there is no such quantizer.

    >>> import minikeras as keras
    >>> keras.quantizers.get("abs_max_quantizer", axis=0).axis
    (0,)
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        return deserialize(identifier)
    found = _TABLE.get(identifier) if isinstance(identifier, str) else identifier
    if inspect.isclass(found):
        return found(**kwargs)
    if callable(found):
        return found
    raise ValueError(
        f"There is no quantizer {identifier!r}. Expected one of {sorted(_CLASSES)}, a quantizer or "
        "its configuration."
    )

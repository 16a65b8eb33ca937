"""keras.dtype_policies: what dtypes layers compute in and keep their variables in."""

from minikeras.backend.dtypes import standardize_dtype
from minikeras.dtype_policies.dtype_policy import (
    DTypePolicy,
    FloatDTypePolicy,
    dtype_policy,
    reset_dtype_policy,
    set_dtype_policy,
)
from minikeras.dtype_policies.policy_map import DTypePolicyMap
from minikeras.dtype_policies.quantized import (
    MODES,
    AWQDTypePolicy,
    GPTQDTypePolicy,
    Int4DTypePolicy,
    QuantizedDTypePolicy,
    QuantizedFloat8DTypePolicy,
    quantized_policy,
)
from minikeras.serialization import deserialize_keras_object, serialize_keras_object

__all__ = [
    "AWQDTypePolicy",
    "DTypePolicy",
    "DTypePolicyMap",
    "FloatDTypePolicy",
    "GPTQDTypePolicy",
    "Int4DTypePolicy",
    "QuantizedDTypePolicy",
    "QuantizedFloat8DTypePolicy",
    "deserialize",
    "dtype_policy",
    "get",
    "reset_dtype_policy",
    "serialize",
    "set_dtype_policy",
]

_CLASSES = {
    cls.__name__: cls
    for cls in (
        DTypePolicy,
        FloatDTypePolicy,
        DTypePolicyMap,
        QuantizedDTypePolicy,
        QuantizedFloat8DTypePolicy,
        Int4DTypePolicy,
        GPTQDTypePolicy,
        AWQDTypePolicy,
    )
}


def serialize(dtype_policy):
    """The configuration of a policy, as a dict of plain values.

    >>> import minikeras as keras
    >>> keras.dtype_policies.serialize(keras.DTypePolicy("float16"))["config"]
    {'name': 'float16'}
    """
    return serialize_keras_object(dtype_policy)


def deserialize(config, custom_objects=None):
    """The policy that `serialize` made ``config`` of.

    Args:
        config: a dict with ``class_name`` and ``config``.
        custom_objects: a dict from names to classes of your own.
    """
    return deserialize_keras_object(config, module_objects=_CLASSES, custom_objects=custom_objects)


def get(identifier):
    """The policy that ``identifier`` stands for.

    Args:
        identifier: None (the global policy), a policy, the name of one, a dtype of NumPy, or a
            configuration.

    Raises:
        ValueError: if there is no such policy.

    >>> import minikeras as keras
    >>> keras.dtype_policies.get("mixed_float16")
    <DTypePolicy "mixed_float16">
    """
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        is_quantized = identifier.startswith(MODES) and identifier != "int8"
        return quantized_policy(identifier) if is_quantized else DTypePolicy(identifier)
    try:
        return DTypePolicy(standardize_dtype(identifier))
    except (TypeError, ValueError):
        raise ValueError(
            "A layer's dtype must be a DTypePolicy, the name of one ('mixed_float16') or a dtype. "
            f"Received: dtype={identifier!r}"
        ) from None

"""DTypePolicy: the dtype a layer computes in and the dtype of its variables; the global policy."""

from minikeras import config
from minikeras.backend import autodiff
from minikeras.backend.dtypes import is_float_dtype, standardize_dtype
from minikeras.backend.xp import asarray, ndarray, to_numpy
from minikeras.symbolic.keras_tensor import KerasTensor

_QUANTIZATIONS = ("int8", "int4", "float8", "gptq", "awq")
_state = {"policy": None}  # None as long as the policy is that of floatx


class DTypePolicy:
    """A pair of dtypes: what a layer computes in, and what its variables are kept in.

    Args:
        name: a dtype name (``"float32"``: both are that dtype) or ``"mixed_float16"`` (computes in
            float16, variables in float32). By default the global policy's name.

    Raises:
        TypeError: if ``name`` is not a string.
        ValueError: if there is no such policy.

    >>> import minikeras as keras
    >>> policy = keras.DTypePolicy("mixed_float16")
    >>> policy.compute_dtype, policy.variable_dtype
    ('float16', 'float32')
    """

    def __init__(self, name=None):
        if name is None:
            name = dtype_policy().name
        self._name = name
        self._compute_dtype, self._variable_dtype = _dtypes_of(name)

    @property
    def name(self):
        """The name from which the policy was made."""
        return self._name

    @property
    def compute_dtype(self):
        """The name of the dtype in which layers compute, and of their outputs."""
        return self._compute_dtype

    @property
    def variable_dtype(self):
        """The name of the dtype of the variables that layers make."""
        return self._variable_dtype

    @property
    def quantization_mode(self):
        """How the weights are quantized; None for floats."""
        return None

    def convert_input(self, x, autocast, dtype):
        """``x`` as a layer with this policy takes it.

        Args:
            x: anything. Arrays, variables and symbolic tensors count as tensors; numbers, lists
                and the rest come back as they are.
            autocast: whether float tensors are cast to ``dtype``. Others never are.
            dtype: a dtype name.

        Returns:
            ``x``, as an array of the backend where it was one of another library.
        """
        if type(x) is not ndarray and type(x) is not autodiff.Tracer:
            if isinstance(x, KerasTensor):
                return x.astype(dtype) if autocast and _differs(x.dtype, dtype) else x
            if isinstance(x, autodiff.Handle):
                x = x.value
            elif hasattr(x, "__array__"):
                x = asarray(to_numpy(x))
            else:
                return x
        if autocast and x.dtype != dtype and _differs(x.dtype, dtype):
            return autodiff.PRIMITIVES["cast"](x, dtype=standardize_dtype(dtype))
        return x

    def get_config(self):
        """The arguments from which `from_config` makes an equal policy."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config):
        """A policy made from what `get_config` returned."""
        return cls(**config)

    def __eq__(self, other):
        kinds = (DTypePolicy, FloatDTypePolicy)
        alike = type(other) in kinds if type(self) in kinds else type(other) is type(self)
        return alike and self._name == other._name

    # As in Keras, policies compare by name and cannot be keys of dicts.
    __hash__ = None

    def __repr__(self):
        return f'<DTypePolicy "{self._name}">'


class FloatDTypePolicy(DTypePolicy):
    """Another name of `DTypePolicy`, with which it compares equal.

    >>> import minikeras as keras
    >>> keras.FloatDTypePolicy("float16") == keras.DTypePolicy("float16")
    True
    """


def _differs(found, dtype):
    return is_float_dtype(found) and standardize_dtype(found) != standardize_dtype(dtype)


def _dtypes_of(name):
    """The compute dtype and the variable dtype that ``name`` stands for."""
    if not isinstance(name, str):
        raise TypeError(
            "Dtype policy: 'name' must be a string such as 'float32' or 'mixed_float16'. "
            f"Received: name={name!r} (a {type(name).__name__})"
        )
    if name == "mixed_float16":
        return "float16", "float32"
    if name in ("bfloat16", "mixed_bfloat16"):
        raise ValueError(
            f"The dtype policy {name!r} is not available: NumPy has no bfloat16. "
            "Use 'mixed_float16', 'float16', 'float32' or 'float64'."
        )
    if "_from_" in name and name.startswith(_QUANTIZATIONS):
        raise ValueError(
            f"{name!r} names the policy of a quantized layer. Make it by "
            f"keras.dtype_policies.get({name!r})."
        )
    try:
        dtype = standardize_dtype(name)
    except ValueError:
        raise ValueError(
            f"Cannot convert {name!r} to a dtype policy. Expected 'mixed_float16' or the name of "
            "a dtype such as 'float32'."
        ) from None
    return dtype, dtype


def dtype_policy():
    """The policy of layers that are made without one: that of floatx until another is set.

    >>> import minikeras as keras
    >>> keras.config.dtype_policy()
    <DTypePolicy "float32">
    """
    return _state["policy"] or DTypePolicy(config.floatx())


def set_dtype_policy(policy):
    """Set the policy of layers that are made without one.

    Args:
        policy: a `DTypePolicy`, or the name of one such as ``"mixed_float16"``.

    Raises:
        ValueError: for anything else.

    >>> import minikeras as keras
    >>> keras.config.set_dtype_policy("mixed_float16")
    >>> keras.layers.Dense(2).compute_dtype
    'float16'

    Until `keras.utils.clear_session` the policy holds, whatever `set_floatx` says:

    >>> keras.utils.clear_session()
    >>> keras.layers.Dense(2).compute_dtype
    'float32'
    """
    if isinstance(policy, str):
        policy = DTypePolicy(policy)
    if not isinstance(policy, DTypePolicy):
        raise ValueError(
            "Invalid `policy` argument: expected a DTypePolicy or the name of one, such as "
            "'mixed_float16'. "
            f"Received: {policy!r} (a {type(policy).__name__})"
        )
    _state["policy"] = policy


def reset_dtype_policy():
    """Let the policy follow floatx again."""
    _state["policy"] = None

"""Names of dtypes, the default dtypes, and Keras's rules for the dtype of a result."""

import functools

import numpy as np

from minikeras import config

FLOAT_TYPES = ("float16", "float32", "float64")
INT_TYPES = ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
COMPLEX_TYPES = ("complex64", "complex128")
ALLOWED_DTYPES = {"bool", "string", *FLOAT_TYPES, *INT_TYPES, *COMPLEX_TYPES}

_PYTHON_TYPES = {bool: "bool", int: "int", float: "float", complex: "complex64", str: "string"}


@functools.lru_cache(maxsize=256)
def _named(dtype):
    if dtype in _PYTHON_TYPES:
        name = _PYTHON_TYPES[dtype]
        return {"int": "int32", "float": config.floatx()}.get(name, name)
    if isinstance(dtype, np.dtype) and dtype.kind in "USTO":
        return "string"  # of whatever width: see `backend/strings.py`
    try:
        name = dtype if dtype == "string" else np.dtype(dtype).name
    except TypeError:
        name = str(dtype)
    if name == "bfloat16":
        raise ValueError(
            "dtype 'bfloat16' is not available: NumPy has no bfloat16. "
            "Use 'float16', 'float32' or 'float64'."
        )
    if name not in ALLOWED_DTYPES:
        raise ValueError(f"Invalid dtype: {dtype!r}. Expected one of {sorted(ALLOWED_DTYPES)}")
    return name


def standardize_dtype(dtype):
    """The name of ``dtype``, given as a name, a NumPy dtype, a Python type or None (floatx).

    Raises:
        ValueError: if there is no such dtype.

    >>> standardize_dtype(None), standardize_dtype(np.int8)
    ('float32', 'int8')
    """
    if dtype is None:
        return config.floatx()
    if dtype is float:
        return config.floatx()
    if dtype is int or (isinstance(dtype, str) and dtype == "int"):
        return "int32"
    return _named(dtype)


def dtype_of(x):
    """The name of the dtype of ``x``; ``"int"``, ``"float"`` or ``"bool"`` for Python numbers.

    Python numbers are weak: they take part in promotion by their kind only.
    """
    kind = type(x)
    if kind in (int, float, bool):
        return "bool" if kind is bool else kind.__name__
    return _named(x.dtype) if hasattr(x, "dtype") else _named(kind)


# Keras promotes along this lattice (that of JAX): each dtype leads to its least common successors.
_LATTICE = {
    "bool": ("int",),
    "int": ("uint8", "int8"),
    "uint8": ("uint16", "int16"),
    "uint16": ("uint32", "int32"),
    "uint32": ("uint64", "int64"),
    "uint64": ("float",),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": ("float",),
    "float": ("float16",),
    "float16": ("float32",),
    "float32": ("float64", "complex64"),
    "float64": ("complex128",),
    "complex64": ("complex128",),
    "complex128": (),
}


@functools.lru_cache(maxsize=64)
def _above(name):
    found = {name}
    for successor in _LATTICE[name]:
        found |= _above(successor)
    return frozenset(found)


@functools.lru_cache(maxsize=4096)
def _joined(names, floatx):
    common = frozenset.intersection(*map(_above, names))
    least = [n for n in common if common <= _above(n)]
    if not least:
        raise ValueError(f"No dtype is common to {sorted(names)}")
    return {"int": "int32", "float": floatx}.get(least[0], least[0])


def result_type(*dtypes):
    """The dtype that Keras gives to the result of an operation on ``dtypes``.

    Args:
        *dtypes: names, NumPy dtypes or Python types; ``int`` and ``float`` (also as strings) are
            weak: they never widen a dtype of their kind.

    >>> result_type("int32", "float16"), result_type("float16", float), result_type(int, float)
    ('float16', 'float16', 'float32')
    """
    names = frozenset(_weak_name(d) for d in dtypes)
    if names == {"int64", "float"} or names == {"int", "float"}:
        return config.floatx()
    return _joined(names, config.floatx())


def _weak_name(dtype):
    if dtype is float or dtype is int:
        return dtype.__name__
    if isinstance(dtype, str) and dtype in ("int", "float"):
        return dtype
    return standardize_dtype(dtype)


def is_float_dtype(dtype):
    """Whether ``dtype`` is a real floating dtype."""
    return standardize_dtype(dtype) in FLOAT_TYPES


def is_int_dtype(dtype):
    """Whether ``dtype`` is an integer dtype (bool is not)."""
    return standardize_dtype(dtype) in INT_TYPES


def default_float(*dtypes):
    """The dtype in which a function that needs floats works on ``dtypes``: int32 gives floatx.

    >>> default_float("int32"), default_float("float64")
    ('float32', 'float64')
    """
    return result_type(*dtypes, float)

"""Integers of four bits, two to a byte."""

from minikeras.backend.dtypes import standardize_dtype
from minikeras.backend.quantization import unpack_nibbles
from minikeras.backend.xp import asarray, np
from minikeras.ops.arguments import on_host, tensor
from minikeras.symbolic.operation import op


def pack_int4(arr, axis=0, dtype="int8"):
    """Integers of four bits packed in pairs along an axis, the first of a pair in the lower half.

    Args:
        arr: integers of dtype ``dtype`` between -8 and 7 (or 0 and 15 without a sign).
        axis: the axis along which two become one; an odd length is filled up by a zero.
        dtype: ``"int8"`` or ``"uint8"``.

    Returns:
        The packed integers, their shape, and the length of the axis before.

    Raises:
        ValueError: for another ``dtype``.
        TypeError: if ``arr`` has another dtype than ``dtype``.

    >>> import minikeras as keras
    >>> packed, shape, length = keras.quantizers.pack_int4(keras.ops.array([1, -2, 7], "int8"))
    >>> packed.tolist(), shape, length
    ([-31, 7], (2,), 3)
    """
    _check_byte(dtype)
    if standardize_dtype(arr.dtype) != dtype:
        raise TypeError(
            f"pack_int4 takes integers of dtype {dtype!r}, as its argument dtype says. "
            f"Received: dtype {standardize_dtype(arr.dtype)}"
        )
    x = np.moveaxis(on_host(arr).view("uint8"), axis, 0)
    length = len(x)
    if length % 2:
        x = np.concatenate([x, np.zeros((1, *x.shape[1:]), "uint8")])
    packed = np.bitwise_or(x[0::2] & 15, np.left_shift(x[1::2] & 15, 4))
    packed = np.ascontiguousarray(np.moveaxis(packed, 0, axis)).view(dtype)
    return asarray(packed), packed.shape, length


@op
def unpack_int4(packed, orig_len, axis=0, dtype="int8"):
    """The integers of four bits that `pack_int4` packed.

    Args:
        packed: packed integers, of dtype int8 or uint8.
        orig_len: the length of the axis before it was packed.
        axis: the axis along which it was packed.
        dtype: ``"int8"`` for integers from -8 to 7, ``"uint8"`` for those from 0 to 15.

    Raises:
        ValueError: for another ``dtype``.
        TypeError: if ``packed`` has another dtype.

    >>> import minikeras as keras
    >>> keras.quantizers.unpack_int4(keras.ops.array([-31, 7], "int8"), 3).tolist()
    [1, -2, 7]
    """
    _check_byte(dtype)
    packed = tensor(packed)
    if standardize_dtype(packed.dtype) not in ("int8", "uint8"):
        raise TypeError(
            "unpack_int4 takes packed integers of dtype int8 or uint8. "
            f"Received: dtype {standardize_dtype(packed.dtype)}"
        )
    axis = axis % len(packed.shape)
    return unpack_nibbles(packed, axis=axis, length=orig_len, signed=dtype == "int8")


def _check_byte(dtype):
    if dtype not in ("int8", "uint8"):
        raise ValueError(f"dtype must be 'int8' or 'uint8'. Received: dtype={dtype!r}")

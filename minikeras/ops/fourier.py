"""keras.ops: discrete Fourier transforms. Complex numbers are pairs (real part, imaginary part)."""

from minikeras.backend import fourier, shaping
from minikeras.backend.elementwise import multiply
from minikeras.backend.indexing import get_item
from minikeras.ops.arguments import floating, promote, tensor
from minikeras.symbolic.operation import op

__all__ = ["fft", "fft2", "ifft2", "irfft", "rfft"]


@op
def fft(x):
    """The Fourier transform along the last axis: the sums of ``x[t] exp(-2 pi i k t / n)``.

    Args:
        x: a pair of floating tensors of the same shape, real and imaginary parts.

    Returns:
        A pair of tensors of that shape.

    Raises:
        ValueError: if ``x`` is no such pair.

    >>> import minikeras as keras
    >>> real, imag = keras.ops.fft((keras.ops.array([1.0, 0.0]), keras.ops.array([0.0, 1.0])))
    >>> real.tolist(), imag.tolist()
    ([1.0, 1.0], [1.0, -1.0])
    """
    return fourier.fourier(*complex_pair(x, "fft", 1), axes=(-1,))


@op
def fft2(x):
    """The Fourier transform along the last two axes.

    Args:
        x: a pair of floating tensors of the same shape, real and imaginary parts.

    Returns:
        A pair of tensors of that shape.

    Raises:
        ValueError: if ``x`` is no such pair, of rank 2 at least.

    >>> import minikeras as keras
    >>> x = keras.ops.ones((2, 3)), keras.ops.zeros((2, 3))
    >>> keras.ops.fft2(x)[0].tolist()
    [[6.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    return fourier.fourier(*complex_pair(x, "fft2", 2), axes=(-2, -1))


@op
def ifft2(x):
    """What `fft2` did, undone.

    Args:
        x: a pair of floating tensors of the same shape, real and imaginary parts.

    Returns:
        A pair of tensors of that shape.

    Raises:
        ValueError: if ``x`` is no such pair, of rank 2 at least.

    >>> import minikeras as keras
    >>> x = keras.ops.array([[4.0, 0.0], [0.0, 0.0]]), keras.ops.zeros((2, 2))
    >>> keras.ops.ifft2(x)[0].tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    real, imag = complex_pair(x, "ifft2", 2)
    share = 1 / max(real.shape[-1] * real.shape[-2], 1)
    sums = fourier.fourier(real, imag, axes=(-2, -1), inverse=True)
    return tuple(multiply(part, share) for part in sums)


@op
def rfft(x, fft_length=None):
    """The Fourier transform of real numbers along the last axis, for frequencies up to a half.

    The others are mirrored: those of frequency k and n - k are conjugate to each other.

    Args:
        x: a tensor ``(..., n)``; integers are treated as floats.
        fft_length: the length to which the last axis is cut or filled up with zeros; None keeps it.

    Returns:
        A pair of tensors ``(..., fft_length // 2 + 1)``, real and imaginary parts.

    >>> import minikeras as keras
    >>> real, imag = keras.ops.rfft([0.0, 1.0, 0.0, 0.0])
    >>> real.tolist(), imag.tolist()
    ([1.0, 0.0, -1.0], [0.0, -1.0, 0.0])
    """
    x = floating(x)
    if not x.shape:
        raise ValueError("rfft: Input should have rank >= 1. Received a tensor of rank 0")
    if fft_length is not None:
        x = fitted(x, _positive(fft_length, "rfft"))
    return fourier.real_fourier(x)


@op
def irfft(x, fft_length=None):
    """What `rfft` did, undone: real numbers from half of their spectrum.

    Args:
        x: a pair of floating tensors ``(..., m)``, real and imaginary parts. They are cut or filled
            up with zeros to ``m = fft_length // 2 + 1``.
        fft_length: the length of the last axis of the result; by default ``2 (m - 1)``. For an odd
            length it must be given.

    Returns:
        A tensor ``(..., fft_length)``.

    Raises:
        ValueError: if ``x`` is no such pair, or the length is not positive.

    >>> import minikeras as keras
    >>> keras.ops.irfft(keras.ops.rfft([1.0, 2.0, 3.0]), fft_length=3).tolist()
    [1.0, 2.0, 3.0]
    """
    real, imag = complex_pair(x, "irfft", 1)
    length = 2 * (real.shape[-1] - 1) if fft_length is None else fft_length
    return inverse(real, imag, _positive(length, "irfft"))


def inverse(real, imag, length):
    """`irfft` on arrays and tracers."""
    parts = (fitted(part, length // 2 + 1) for part in (real, imag))
    return multiply(fourier.half_fourier(*parts, length=length), 1 / length)


def fitted(x, size):
    """The last axis cut, or filled up with zeros at its end, to ``size``."""
    if x.shape[-1] >= size:
        return x if x.shape[-1] == size else get_item(x, index=(Ellipsis, slice(0, size)))
    widths = ((0, 0),) * (len(x.shape) - 1)
    return shaping.pad(x, pad_width=(*widths, (0, size - x.shape[-1])))


def complex_pair(x, what, least_rank):
    """Real and imaginary parts as tensors of one dtype.

    Raises:
        ValueError: if ``x`` is no pair of floating tensors of one shape, or their rank is too low.
    """
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ValueError(
            f"{what}: Input `x` should be a tuple of two tensors, real and imaginary parts. "
            f"Received: {x!r} of type {type(x).__name__}"
        )
    real, imag = map(tensor, x)
    if real.shape != imag.shape:
        raise ValueError(
            f"{what}: real and imaginary parts must have the same shape. "
            f"Received: shapes {tuple(real.shape)} and {tuple(imag.shape)}"
        )
    if len(real.shape) < least_rank:
        raise ValueError(
            f"{what}: Input should have rank >= {least_rank}. Received: shape {tuple(real.shape)}"
        )
    if real.dtype.kind != "f" or imag.dtype.kind != "f":
        raise ValueError(
            f"{what}: real and imaginary parts must be floats. "
            f"Received: dtypes {real.dtype} and {imag.dtype}"
        )
    return promote(real, imag)


def _positive(length, what):
    if length < 1:
        raise ValueError(f"{what}: the length must be positive. Received: {length}")
    return int(length)

"""keras.ops: sequences cut into frames, and how their frequencies change over time."""

import functools

import numpy as np

from minikeras.backend import elementwise, fourier, logic, shaping
from minikeras.backend.elementwise import multiply, square, true_divide
from minikeras.backend.framing import frames, overlap_add
from minikeras.backend.indexing import get_item, take
from minikeras.backend.xp import asarray
from minikeras.ops.arguments import tensor
from minikeras.ops.fourier import complex_pair, inverse
from minikeras.symbolic.operation import op

__all__ = ["extract_sequences", "istft", "stft"]


@op
def extract_sequences(x, sequence_length, sequence_stride):
    """Overlapping pieces along the last axis.

    Args:
        x: a tensor ``(..., size)``.
        sequence_length: the length of a piece.
        sequence_stride: steps from the beginning of a piece to that of the next.

    Returns:
        A tensor ``(..., count, sequence_length)`` of the same dtype, where ``count`` is
        ``1 + (size - sequence_length) // sequence_stride``, or 0 if not even one piece fits.

    Raises:
        ValueError: if a length is not a positive integer.

    >>> import minikeras as keras
    >>> keras.ops.extract_sequences([1, 2, 3, 4, 5, 6], 3, 2).tolist()
    [[1, 2, 3], [3, 4, 5]]
    """
    _check_positive(
        "extract_sequences", sequence_length=sequence_length, sequence_stride=sequence_stride
    )
    x = tensor(x)
    if not x.shape:
        raise ValueError(
            "extract_sequences: Input should have rank >= 1. Received: a tensor of rank 0"
        )
    return frames(x, length=sequence_length, stride=sequence_stride)


@op
def stft(x, sequence_length, sequence_stride, fft_length, window="hann", center=True):
    """The short-time Fourier transform: `rfft` of overlapping pieces along the last axis.

    Args:
        x: a tensor ``(..., size)`` of float32 or float64.
        sequence_length: the length of the window, which lies in the middle of a piece.
        sequence_stride: steps from the beginning of a piece to that of the next.
        fft_length: the length of a piece, not less than ``sequence_length``.
        window: by what a piece is multiplied: ``"hann"``, ``"hamming"`` (both in the form that
            continues periodically), a tensor of length ``sequence_length``, or None for nothing.
        center: whether piece t has its middle at ``t * sequence_stride``, ``x`` being mirrored at
            both ends; otherwise it begins there.

    Returns:
        A pair of tensors ``(..., count, fft_length // 2 + 1)``, real and imaginary parts. Gradients
        flow to ``x`` and to a window that is a tensor.

    Raises:
        TypeError: if ``x`` has another dtype.
        ValueError: if the lengths or the window do not match.

    >>> import minikeras as keras
    >>> real, imag = keras.ops.stft(keras.ops.ones((2, 100)), 16, 8, 16)
    >>> real.shape, imag.shape
    ((2, 13, 9), (2, 13, 9))
    """
    x = tensor(x)
    if x.dtype not in ("float32", "float64"):
        raise TypeError(f"stft: x must be of `float32` or `float64`. Received: dtype {x.dtype}")
    _check_lengths("stft", sequence_length, sequence_stride, fft_length)
    if not x.shape:
        raise ValueError("stft: Input should have rank >= 1. Received: a tensor of rank 0")
    if center:
        x = _mirrored(x, fft_length // 2)
    pieces = frames(x, length=fft_length, stride=sequence_stride)
    if window is not None:
        pieces = multiply(pieces, _window(window, sequence_length, fft_length, x.dtype, "stft"))
    return fourier.real_fourier(pieces)


@op
def istft(
    x,
    sequence_length,
    sequence_stride,
    fft_length,
    length=None,
    window="hann",
    center=True,
):
    """What `stft` did, undone: the sequence that fits a short-time Fourier transform best.

    Pieces are multiplied by the window once more, added up and divided by the sum of the squared
    windows: Griffin and Lim 1984, "Signal estimation from modified short-time Fourier transform",
    equation 6.

    Args:
        x: a pair of floating tensors ``(..., count, fft_length // 2 + 1)``, real and imaginary
            parts.
        sequence_length, sequence_stride, fft_length, window, center: as they were for `stft`.
            Without a window the pieces are averaged where they overlap, times
            ``fft_length / sequence_stride``.
        length: how many steps of the sequence to keep; by default all that `stft` has seen.

    Returns:
        A tensor ``(..., size)``. Gradients flow to ``x`` and to a window that is a tensor.

    Raises:
        ValueError: if ``x`` is no such pair, or the lengths or the window do not match.

    >>> import minikeras as keras
    >>> x = keras.ops.arange(32.0)
    >>> found = keras.ops.istft(keras.ops.stft(x, 8, 4, 8), 8, 4, 8)
    >>> bool(keras.ops.max(keras.ops.abs(found - x)) < 1e-4)
    True
    """
    real, imag = complex_pair(x, "istft", 2)
    _check_lengths("istft", sequence_length, sequence_stride, fft_length)
    pieces = inverse(real, imag, fft_length)
    count = pieces.shape[-2]
    size = fft_length + sequence_stride * (count - 1) if count else 0
    if window is None:
        squares = asarray(np.ones((1, fft_length)), pieces.dtype)
        pieces = multiply(pieces, fft_length / sequence_stride)
    else:
        weights = _window(window, sequence_length, fft_length, pieces.dtype, "istft")
        pieces, squares = multiply(pieces, weights), square(weights)
    squares = shaping.broadcast_to(squares, shape=(count, fft_length))
    total = overlap_add(squares, stride=sequence_stride, size=size)
    total = elementwise.where(logic.greater(total, 1e-10), total, 1)
    found = true_divide(overlap_add(pieces, stride=sequence_stride, size=size), total)
    start = fft_length // 2 if center else 0
    end = size - start if length is None else start + length
    return get_item(found, index=(Ellipsis, slice(start, max(end, start))))


def _mirrored(x, reach):
    """The last axis continued at both ends by ``reach`` steps, backwards."""
    size = x.shape[-1]
    if not reach:
        return x
    if reach >= size:  # there and back again, so by the numbers of the steps
        return take(x, asarray(np.pad(np.arange(size), reach, mode="reflect")), axis=-1)
    before = get_item(x, index=(Ellipsis, slice(reach, 0, -1)))
    after = get_item(x, index=(Ellipsis, slice(-2, -reach - 2, -1)))
    return shaping.concatenate(before, x, after, axis=-1)


def _window(window, length, fft_length, dtype, what):
    """The values of a window, zeros around it, in a tensor of shape ``(fft_length,)``."""
    if isinstance(window, str):
        if window not in _COSINES:
            raise ValueError(
                f"{what}: window must be one of {tuple(_COSINES)}, a tensor or None. "
                f"Received: {window!r}"
            )
        return _named_window(window, length, fft_length, np.dtype(dtype).name)
    values = tensor(window, dtype)
    if tuple(values.shape) != (length,):
        raise ValueError(
            f"{what}: The shape of `window` must be equal to (sequence_length,), that is "
            f"({length},). "
            f"Received: shape {tuple(values.shape)}"
        )
    before = (fft_length - length) // 2
    return shaping.pad(values, pad_width=((before, fft_length - length - before),))


# The constant part of windows of the form c - (1 - c) cos(2 pi t / n).
_COSINES = {"hann": 0.5, "hamming": 0.54}


@functools.lru_cache(maxsize=64)
def _named_window(name, length, fft_length, dtype):
    constant = _COSINES[name]
    values = constant - (1 - constant) * np.cos(2 * np.pi * np.arange(length) / length)
    if length == 1:
        values = np.ones(1)
    before = (fft_length - length) // 2
    return asarray(np.pad(values, (before, fft_length - length - before)), dtype)


def _check_positive(what, **numbers):
    for name, number in numbers.items():
        if not hasattr(number, "__index__") or number < 1:
            raise ValueError(f"{what}: `{name}` must be a positive integer. Received: {number!r}")


def _check_lengths(what, sequence_length, sequence_stride, fft_length):
    _check_positive(
        what,
        sequence_length=sequence_length,
        sequence_stride=sequence_stride,
        fft_length=fft_length,
    )
    if fft_length < sequence_length:
        raise ValueError(
            f"{what}: `fft_length` must equal or exceed sequence_length. "
            f"Received: fft_length={fft_length}, sequence_length={sequence_length}"
        )

"""Fourier transforms of pairs (real part, imaginary part).

None of them is scaled: ``inverse`` says the sign of the exponent only. So each transform is the
gradient of another: that of `fourier` is `fourier` with the other sign, and `real_fourier` and
`half_fourier` differ by how often a frequency counts.
"""

import functools

from minikeras.backend.autodiff import primitive
from minikeras.backend.elementwise import multiply, true_divide
from minikeras.backend.xp import xp


def _joined(real, imag):
    """Complex numbers of single precision at least."""
    z = xp.empty(real.shape, xp.result_type(real.dtype, imag.dtype, "complex64"))
    z.real, z.imag = real, imag
    return z


def _parted(z, dtype):
    """The parts of complex numbers, each in memory of its own."""
    return z.real.astype(dtype), z.imag.astype(dtype)


def _zeros(shape, dtype):
    return xp.zeros(shape, dtype), xp.zeros(shape, dtype)


@functools.lru_cache(maxsize=64)
def _copies(length):
    """How often each frequency of a half spectrum stands in the whole one: 1, 2, 2 ..."""
    count = xp.full((length // 2 + 1,), 2, "int8")
    count[0] = 1
    if length % 2 == 0:
        count[-1] = 1
    return count


@primitive
def fourier(real, imag, *, axes, inverse=False):
    """The sums of ``z[t] exp(-2 pi i k t / n)`` along each of ``axes``.

    Args:
        real, imag: the parts of ``z``.
        axes: a tuple of integers.
        inverse: whether the exponent has the other sign.

    Returns:
        The parts of the sums, shaped like ``z``.
    """
    if not real.size:
        return _zeros(real.shape, real.dtype)
    transform = xp.fft.ifftn if inverse else xp.fft.fftn
    norm = "forward" if inverse else "backward"
    return _parted(transform(_joined(real, imag), axes=axes, norm=norm), real.dtype)


fourier.joint_rule(
    lambda out, real, imag, *, axes, inverse=False: (
        lambda g: fourier(*g, axes=axes, inverse=not inverse)
    )
)


@primitive
def real_fourier(x):
    """The transform of real numbers along the last axis, for frequencies up to a half.

    Args:
        x: ``(..., n)``.

    Returns:
        The parts of it, ``(..., n // 2 + 1)`` each.
    """
    if not x.size:
        return _zeros((*x.shape[:-1], x.shape[-1] // 2 + 1), x.dtype)
    return _parted(xp.fft.rfft(x.astype(xp.result_type(x.dtype, "float32"), copy=False)), x.dtype)


@primitive
def half_fourier(real, imag, *, length):
    """The real numbers of which ``length * (real, imag)`` is the transform for half the spectrum.

    Args:
        real, imag: ``(..., length // 2 + 1)``. What no real numbers can have is left out: the
            imaginary parts at frequency 0 and, for an even length, at the highest one.
        length: of the last axis of the result.
    """
    if not real.size:
        return xp.zeros((*real.shape[:-1], length), real.dtype)
    z = _joined(real, imag)
    z.imag[..., 0] = 0
    if length % 2 == 0:
        z.imag[..., -1] = 0
    return xp.fft.irfft(z, n=length, norm="forward").astype(real.dtype, copy=False)


@real_fourier.rules
def _(out, x):
    length = x.shape[-1]
    copies = _copies(length)

    def way_back(g):
        real, imag = g
        return half_fourier(true_divide(real, copies), true_divide(imag, copies), length=length)

    return way_back


@half_fourier.joint_rule
def _(out, real, imag, *, length):
    copies = _copies(length)
    return lambda g: [multiply(part, copies) for part in real_fourier(g)]

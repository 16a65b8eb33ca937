"""Kernels for the GPU alone, where one CUDA kernel does what takes NumPy's functions many passes.

Each computes the same values as the kernel it stands for. Objects are made once: a new
`ElementwiseKernel` costs a module load. They are made when first used, so that importing this
module needs no CuPy.
"""

import functools

from minikeras.backend.xp import xp

_PHILOX = """
    unsigned int c0 = (unsigned int) i, c1 = (unsigned int) (((unsigned long long) i) >> 32);
    unsigned int c2 = stream, c3 = 0u;
    unsigned int k0 = key[0], k1 = key[1];
    #pragma unroll
    for (int round = 0; round < 10; ++round) {
        unsigned int high0 = __umulhi(0xD2511F53u, c0), low0 = 0xD2511F53u * c0;
        unsigned int high1 = __umulhi(0xCD9E8D57u, c2), low1 = 0xCD9E8D57u * c2;
        c0 = high1 ^ c1 ^ k0;
        c1 = low1;
        c2 = high0 ^ c3 ^ k1;
        c3 = low0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    words[i] = c0;
    words[i + count] = c1;
    words[i + 2 * count] = c2;
    words[i + 3 * count] = c3;
"""


@functools.cache
def _philox_kernel():
    return xp.ElementwiseKernel(
        "raw uint32 key, uint32 stream, int64 count",
        "raw uint32 words",
        _PHILOX,
        "minikeras_philox",
    )


def philox(key, count, stream):
    """The words that `random.philox_on_host` computes, on the device: shape (4, count)."""
    words = xp.empty((4, count), "uint32")
    if count:
        _philox_kernel()(key, stream, count, words, size=count)
    return words

"""Kernels for the GPU alone, where one CUDA kernel does what takes NumPy's functions many passes.

Each computes the same values as the kernel it stands for. Objects are made once: a new
`ElementwiseKernel` costs a module load. They are made when first used, so that importing this
module needs no CuPy.
"""

import functools

from minikeras.backend.xp import xp

_PHILOX = """
    unsigned long long c0 = (unsigned long long) i, c1 = stream, c2 = 0ull, c3 = 0ull;
    unsigned long long k0 = key[0], k1 = key[1];
    #pragma unroll
    for (int round = 0; round < 10; ++round) {
        unsigned long long high0 = __umul64hi(0xD2E7470EE14C6C93ull, c0);
        unsigned long long low0 = 0xD2E7470EE14C6C93ull * c0;
        unsigned long long high1 = __umul64hi(0xCA5A826395121157ull, c2);
        unsigned long long low1 = 0xCA5A826395121157ull * c2;
        c0 = high1 ^ c1 ^ k0;
        c1 = low1;
        c2 = high0 ^ c3 ^ k1;
        c3 = low0;
        k0 += 0x9E3779B97F4A7C15ull;
        k1 += 0xBB67AE8584CAA73Bull;
    }
    words[4 * i] = c0;
    words[4 * i + 1] = c1;
    words[4 * i + 2] = c2;
    words[4 * i + 3] = c3;
"""


@functools.cache
def _philox_kernel():
    return xp.ElementwiseKernel(
        "raw uint32 key, uint64 stream", "raw uint64 words", _PHILOX, "minikeras_philox"
    )


def philox(key, count, stream):
    """The words that `random.philox_on_host` computes, on the device: uint64, flat."""
    words = xp.empty(4 * count, "uint64")
    if count:
        _philox_kernel()(key, stream, words, size=count)
    return words

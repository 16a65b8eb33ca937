"""The array library, bound once at import, and every difference between NumPy and CuPy.

This is the only module of minikeras that knows CuPy. Kernels write ``xp.sum`` and the like for all
that the two libraries share; what they do differently stands here under one name.
"""

import numpy as np

from minikeras import config

ON_GPU = config.backend() == "cupy"

if ON_GPU:
    import cupy as xp
else:
    xp = np

ndarray = xp.ndarray
# NumPy reduces to scalars where CuPy reduces to arrays of rank 0; both count as arrays here.
ARRAY_TYPES = (ndarray, np.generic)


def is_array(x):
    """Whether ``x`` is an array of the backend (or a NumPy scalar)."""
    return isinstance(x, ARRAY_TYPES)


def to_numpy(x):
    """A NumPy array with the values of ``x``; on the GPU this waits for the device."""
    return xp.asnumpy(x) if ON_GPU and isinstance(x, ndarray) else np.asarray(x)


def asarray(x, dtype=None):
    """An array of the backend with the values of ``x``, copied only where that is needed."""
    return xp.asarray(x, dtype=dtype)


def copy_of(x, dtype=None):
    """A fresh array of the backend with the values of ``x``, sharing memory with nothing."""
    return xp.array(x, dtype=dtype, copy=True)


if ON_GPU:
    import cupyx
    import cupyx.scipy.special

    def special(name):
        """The function ``name`` of ``scipy.special``, or of CuPy's equal of it."""
        return getattr(cupyx.scipy.special, name)

    def scatter_add(target, index, values):
        """``target[index] += values`` in place, repeated indices summed."""
        cupyx.scatter_add(target, index, values)

    class quiet:
        """A context in which float warnings are silent; on the GPU there are none."""

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

else:

    def special(name):
        """The function ``name`` of ``scipy.special``, or of CuPy's equal of it."""
        import scipy.special

        return getattr(scipy.special, name)

    def scatter_add(target, index, values):
        """``target[index] += values`` in place, repeated indices summed."""
        np.add.at(target, index, values)

    def quiet():
        """A context in which float warnings are silent, as on every other Keras backend."""
        return np.errstate(all="ignore")

"""The library behind NumPy's matrix products: its kernels for the processor, and its threads.

NumPy's wheels carry OpenBLAS, which picks kernels by the model of the processor. On models newer
than itself it picks those of an old one: on AMD's Zen 5 kernels for AVX2, though the processor has
AVX-512. Measured there, products of float32 matrices ran at 112 GFLOP/s a core, with the kernels
for AVX-512 at 200. So where that is the case it is told to pick again, once, when minikeras is
imported. The last digits of products then differ from before, as they do between processors.

What a user has set (``OPENBLAS_CORETYPE``) stands, and ``MINIKERAS_TUNE_BLAS=0`` leaves all as it
is.
"""

import ctypes
import functools
import os
import pathlib

import numpy as np

_VARIABLE = "OPENBLAS_CORETYPE"
_OLD = {b"Haswell", b"Zen"}  # kernels for AVX2
_NEW = b"SkylakeX"  # kernels for AVX-512, of all processors that have it
_NEEDED = ("AVX512F", "AVX512VL", "AVX512BW", "AVX512DQ")


def use_widest_vectors():
    """Switch OpenBLAS to AVX-512 where it overlooked that; returns whether it was switched."""
    if os.environ.get("MINIKERAS_TUNE_BLAS") == "0" or _VARIABLE in os.environ:
        return False
    library = openblas() if _has_avx512() else None
    if library is None or library.gotoblas_corename() not in _OLD:
        return False
    os.environ[_VARIABLE] = _NEW.decode()
    try:
        _choose_again(library)
        if _multiplies_well():
            return True
    finally:
        del os.environ[_VARIABLE]
    _choose_again(library)
    return False


def _has_avx512():
    try:
        from numpy._core._multiarray_umath import __cpu_features__ as features
    except ImportError:  # not a public place, so it may move
        return False
    return all(features.get(name) for name in _NEEDED)


@functools.cache
def openblas():
    """The library that NumPy's wheel has loaded, or None if there is no such.

    Its ``get_num_threads()`` and ``set_num_threads(n)`` are those of this library.
    """
    folder = pathlib.Path(np.__file__).parent.parent / "numpy.libs"
    for path in folder.glob("libscipy_openblas*.so"):
        try:
            library = ctypes.CDLL(str(path), mode=os.RTLD_NOLOAD | os.RTLD_LAZY)
            library.gotoblas_corename.restype = ctypes.c_char_p
            library.gotoblas_corename.argtypes = ()
            for name in ("gotoblas_dynamic_quit", "gotoblas_dynamic_init"):
                getattr(library, name).argtypes = ()
            library.get_num_threads = library.scipy_openblas_get_num_threads64_
            library.set_num_threads = library.scipy_openblas_set_num_threads64_
        except (OSError, AttributeError):
            continue
        return library
    return None


def _choose_again(library):
    library.gotoblas_dynamic_quit()
    library.gotoblas_dynamic_init()


def _multiplies_well():
    """Whether a product of matrices of small whole numbers is exact."""
    x = np.arange(20 * 70, dtype="float32").reshape(20, 70) % 7
    y = np.arange(70 * 40, dtype="float32").reshape(70, 40) % 5
    exact = x.astype("int64")[:, :, None] * y.astype("int64")[None]
    return all(
        np.array_equal(x.astype(d) @ y.astype(d), exact.sum(axis=1)) for d in ("float32", "float64")
    )

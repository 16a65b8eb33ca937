"""The library behind NumPy's matrix products, found to set its number of threads."""

import ctypes
import functools
import os
import pathlib

import numpy as np


@functools.cache
def openblas():
    """The OpenBLAS that NumPy's wheel has loaded, or None if there is no such.

    Its ``get_num_threads()`` and ``set_num_threads(n)`` are those of this library.
    """
    folder = pathlib.Path(np.__file__).parent.parent / "numpy.libs"
    for path in folder.glob("libscipy_openblas*.so"):
        try:
            library = ctypes.CDLL(str(path), mode=os.RTLD_NOLOAD | os.RTLD_LAZY)
            library.get_num_threads = library.scipy_openblas_get_num_threads64_
            library.set_num_threads = library.scipy_openblas_set_num_threads64_
        except (OSError, AttributeError):
            continue
        return library
    return None


@functools.cache
def has_small_kernels():
    """Whether it has kernels for small products that do not copy their operands."""
    library = openblas()
    try:
        name = library.scipy_openblas_get_corename64_
    except AttributeError:
        return False
    name.restype = ctypes.c_char_p
    return name() in (b"SkylakeX", b"Cooperlake", b"SapphireRapids")

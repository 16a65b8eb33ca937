"""The modules of the double: what real modules hold, as far as there is a double of it."""

import contextlib
import functools
import types

import numpy as np

from tests.strict_cupy import device, functions
from tests.strict_cupy.array import ndarray
from tests.strict_cupy.core import MODULES, NAMES, no_sync, poisoned, synchronize
from tests.strict_cupy.ufuncs import ufunc

_FUNCTIONS = (
    "array", "asarray", "ascontiguousarray", "asfortranarray", "asnumpy", "empty", "empty_like",
    "full", "full_like", "where", "nonzero", "take", "take_along_axis", "put_along_axis", "clip",
    "sort", "argsort", "copyto", "may_share_memory", "shares_memory", "get_array_module", "einsum",
)  # fmt: skip


def _pinned(shape, dtype=float, order="C"):
    return poisoned(shape, dtype, order)


# What cannot be had from NumPy under the same name.
_OWN = {
    "cupy": {
        **{name: getattr(functions, name) for name in _FUNCTIONS},
        "asanyarray": functions.asarray,
        "ndarray": ndarray,
        "ufunc": ufunc,
        "is_available": lambda: True,
        "get_default_memory_pool": lambda: device.POOL,
        "get_default_pinned_memory_pool": lambda: device.POOL,
        "ElementwiseKernel": device.Kernel,
        "ReductionKernel": device.Kernel,
        "RawKernel": device.RawKernel,
        "RawModule": device.RawModule,
        "memoize": lambda for_each_device=False: functools.lru_cache(maxsize=None),
        "infty": np.inf,
        "NaN": np.nan,
    },
    "cupy.cuda": {
        "Stream": device.Stream,
        "Event": device.Event,
        "Device": device.Device,
        "MemoryPool": device.MemoryPool,
        "PinnedMemoryPool": device.MemoryPool,
        "is_available": lambda: True,
        "get_current_stream": lambda device_id=-1: device.NULL_STREAM,
        "get_device_id": lambda: 0,
        "using_allocator": lambda allocator=None: contextlib.nullcontext(),
        "set_allocator": lambda allocator=None: None,
    },
    "cupy.cuda.runtime": {
        "getDeviceCount": lambda: 1,
        "getDevice": lambda: 0,
        "runtimeGetVersion": lambda: 13000,
        "driverGetVersion": lambda: 13000,
        "memGetInfo": lambda: (140 << 30, 140 << 30),
        "deviceSynchronize": lambda: synchronize("deviceSynchronize"),
        "getDeviceProperties": lambda device: {"name": b"strict double", "multiProcessorCount": 1},
    },
    "cupy.random": functions.random_functions(),
    "cupyx": {
        "scatter_add": functions.scatter_add,
        "scatter_max": functions.scatter_max,
        "scatter_min": functions.scatter_min,
        "errstate": device.Errstate,
        "DeviceSynchronized": device.DeviceSynchronized,
        "allow_synchronize": lambda allow: contextlib.nullcontext() if allow else no_sync(),
        "empty_pinned": _pinned,
        "zeros_pinned": lambda shape, dtype=float, order="C": np.zeros(shape, dtype, order),
        "empty_like_pinned": lambda a, dtype=None: _pinned(a.shape, dtype or a.dtype),
        "zeros_like_pinned": lambda a, dtype=None: np.zeros_like(a, dtype),
    },
}


def _numpy_namespace(module):
    """Where NumPy or SciPy keeps what CuPy has in ``module``."""
    if module == "cupyx.scipy.special":
        import scipy.special

        return scipy.special
    return {
        "cupy": np,
        "cupy.linalg": np.linalg,
        "cupy.fft": np.fft,
        "cupy.lib.stride_tricks": np.lib.stride_tricks,
    }.get(module)


_ABSENT = object()


def _member(module, name, facts):
    """The double of ``module.name``, or `_ABSENT` if it has none."""
    if name in _OWN.get(module, ()):
        return _OWN[module][name]
    if module == "cupyx" and name == "rsqrt":
        return ufunc(name, facts, lambda x: 1 / np.sqrt(x), True)
    source = getattr(_numpy_namespace(module), name, _ABSENT)
    if source is _ABSENT:
        return _ABSENT
    if facts["kind"] == "ufunc":
        casts = module != "cupy" or not isinstance(source, np.ufunc)
        return ufunc(name, facts, source, casts)
    if facts["kind"] == "function":
        if module == "cupy.linalg":
            return functions.linalg_function(name, facts["parameters"], source)
        made = functions.function_of(name, facts["parameters"], source)
        return (
            functions.always_device(made)
            if name in ("allclose", "array_equal", "array_equiv")
            else made
        )
    if facts["kind"] in ("class", "value"):
        return source
    return _ABSENT


class _Module(types.ModuleType):
    """A module that tells a name CuPy lacks from one that only the double lacks."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name in NAMES["modules"].get(self.__name__, ()):
            raise AttributeError(
                f"{self.__name__}.{name} exists in CuPy, but tests/strict_cupy.py has no double "
                "of it yet: add one"
            )
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} in CuPy either")


def build():
    """The double's modules by the names under which they are imported; built once."""
    if MODULES:
        return MODULES
    MODULES.update({name: _Module(name) for name in NAMES["modules"]})
    for module_name, names in NAMES["modules"].items():
        module = MODULES[module_name]
        module.__path__ = []
        for name, facts in names.items():
            made = _member(module_name, name, facts)
            if made is not _ABSENT:
                setattr(module, name, made)
    for name, module in MODULES.items():
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(MODULES[parent], child, module)
    MODULES["cupy"].__version__ = NAMES["version"]
    return MODULES

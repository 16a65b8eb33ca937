"""What every part of the double needs: counted waits, arrays unpacked and packed again."""

import contextlib
import inspect
import json
import pathlib

import numpy as np

NAMES = json.loads(pathlib.Path(__file__).with_name("names.json").read_text())
MODULES = {}  # the double's modules by name, once they are built


class Held:
    """What holds a NumPy array as if it were on a device."""

    __slots__ = ("__weakref__", "_a")
    _final = None  # the class ndarray, once it is defined

    @classmethod
    def _of(cls, array):
        self = object.__new__(cls)
        self._a = array
        return self


SCALARS = (bool, int, float, complex, np.generic)


class _Sync:
    count = 0
    forbidden = False


def sync_count():
    """How often the host has waited for the device since the process began."""
    return _Sync.count


@contextlib.contextmanager
def no_sync():
    """A context in which waiting for the device is an error."""
    outer, _Sync.forbidden = _Sync.forbidden, True
    try:
        yield
    finally:
        _Sync.forbidden = outer


def synchronize(what):
    if _Sync.forbidden:
        raise RuntimeError(f"{what} makes the host wait for the device, which is forbidden here")
    _Sync.count += 1


def is_plain_scalar(x):
    return isinstance(x, SCALARS)


def unsupported(x):
    return TypeError(f"Unsupported type {type(x)}")


def bare(x):
    """The NumPy array or scalar behind an operand of a kernel; anything else is refused."""
    if isinstance(x, Held):
        return x._a
    if is_plain_scalar(x):
        return x
    raise unsupported(x)


def bare_argument(x):
    """An argument of a function with the arrays in it unpacked; host arrays are refused."""
    if isinstance(x, Held):
        return x._a
    if isinstance(x, (list, tuple)):
        parts = [bare_argument(part) for part in x]
        return parts if isinstance(x, list) else tuple(parts)
    if isinstance(x, np.ndarray) or (
        hasattr(x, "__array__") and not isinstance(x, (np.generic, np.dtype, type))
    ):
        raise unsupported(x)
    return x


def dressed(x, sources=()):
    """Results of NumPy as CuPy would return them: device arrays of any rank, in C order."""
    if isinstance(x, np.generic):
        return Held._final._of(np.asarray(x))
    if isinstance(x, np.ndarray):
        if x.dtype == object:
            raise TypeError("CuPy has no arrays of dtype object")
        is_view = any(np.may_share_memory(x, source) for source in sources)
        return Held._final._of(x if is_view else np.ascontiguousarray(x).reshape(x.shape))
    if isinstance(x, (tuple, list)) and any(isinstance(p, (np.ndarray, np.generic)) for p in x):
        parts = [dressed(part, sources) for part in x]
        return parts if isinstance(x, list) else tuple(parts)
    return x


def arrays_in(values):
    for x in values:
        if isinstance(x, np.ndarray):
            yield x
        elif isinstance(x, (list, tuple)):
            yield from arrays_in(x)


def compute(function, args, kwargs):
    """``function`` of NumPy on unpacked arguments, its result dressed, without float warnings."""
    out = kwargs.get("out")
    if isinstance(out, Held):
        kwargs["out"] = out._a
    with np.errstate(all="ignore"):
        result = function(*args, **kwargs)
    if isinstance(out, Held):
        return out
    return dressed(result, tuple(arrays_in([*args, *kwargs.values()])))


def poisoned(shape, dtype, order="C"):
    """Memory as the device hands it out: full of whatever breaks a computation most visibly."""
    array = np.empty(shape, dtype, order=order)
    kind = array.dtype.kind
    if kind in "fc":
        array.fill(np.nan)
    elif kind in "iu":
        array.fill(np.iinfo(array.dtype).max - 1)
    else:
        array.fill(True)
    return array


def signature_of(parameters):
    return inspect.signature(eval(f"lambda {parameters}: None"))


def device_array(x):
    """``x``, if it is an array of the device."""
    if not isinstance(x, Held):
        raise unsupported(x)
    return x

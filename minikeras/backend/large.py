"""Elementwise calls on large arrays, shared out over the threads.

A step that is run as it is makes them one by one, and mostly into memory that is touched for the
first time, which costs more than the arithmetic: two threads take half as long. A replay gathers
such calls instead (`minikeras.backend.program.chains`).
"""

import functools
import math

from minikeras.backend import threads
from minikeras.backend.bounds import at_least
from minikeras.backend.program.elementary import UFUNCS
from minikeras.backend.xp import ON_GPU, ndarray, xp

# Elements from which a call is shared out: 0.1 ms, more in fresh memory.
_LEAST = 1 << 18
_LONG = 512  # elements from which an innermost loop is long

# Those whose kernel is a ufunc, and takes `out`; with a number, two of them are another function.
_FUNCTIONS = {name: getattr(xp, name) for name in UFUNCS - {"maximum", "minimum"}}
_FUNCTIONS["relu"] = functools.partial(at_least, number=0)


def function_of(name):
    """What `shared_out` may call in place of the primitive of that name, or None."""
    return None if ON_GPU else _FUNCTIONS.get(name)


def is_large(values):
    """Whether one of the arguments of a call is a large array."""
    return any(type(v) is ndarray and v.size >= _LEAST for v in values)


def shared_out(function, values):
    """What ``function(*values)`` gives, made by several threads; None where it cannot be.

    Args:
        function: from `function_of`.
        values: large arrays of one shape in C order, numbers, and vectors along the last axis.
    """
    large = [v for v in values if type(v) is ndarray and v.size >= _LEAST]
    shape = large[0].shape
    if any(v.shape != shape or not v.flags.c_contiguous for v in large):
        return None
    vectors = [v for v in values if type(v) is ndarray and v.size < _LEAST and v.ndim]
    if any(v.shape != shape[-1:] for v in vectors):
        return None
    form = (-1, _inner(shape)) if vectors else (-1,)
    parts = [_cut(v, form) for v in values]  # a function of a slice for each
    none = slice(0, 0)
    out = xp.empty(shape, function(*[part(none) for part in parts]).dtype)
    target = out.reshape(form)
    most = max(_LEAST * len(target) // out.size, 1)
    threads.run(
        lambda piece: function(*[part(piece) for part in parts], out=target[piece]),
        threads.slices(len(target), most),
    )
    return out


def _cut(v, form):
    """A function that gives the part of an argument that belongs to a slice of rows."""
    if type(v) is not ndarray or not v.ndim:
        return lambda piece: v
    if v.size < _LEAST:
        repeated = xp.tile(v, form[-1] // v.size)
        return lambda piece: repeated
    rows = v.reshape(form)
    return lambda piece: rows[piece]


def _inner(shape):
    """The elements of the last axes that are long together."""
    sizes = [math.prod(shape[i:]) for i in range(len(shape) - 1, 0, -1)]
    return next((n for n in sizes if n >= _LONG), sizes[-1])

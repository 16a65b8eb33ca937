"""The table of functions: the names in files, and what computes them.

A file names a function as ``tf`` exports it, without ``tf.``: ``math.reduce_mean``, ``concat``,
``compat.v1.transpose``. Its arguments have TensorFlow's names. Where names of versions 1 and 2
differ by a prefix alone, the name without it is listed.
"""

import importlib

from minikeras import ops
from minikeras.backend.autodiff import plain
from minikeras.backend.xp import is_array, np, to_numpy
from minikeras.symbolic.inference import is_inferring, open_length
from minikeras.symbolic.keras_tensor import KerasTensor

FUNCTIONS = {}
# Where functions are listed; few files need them.
_MODULES = ("arithmetic", "neural", "randomness", "shaping")
_PREFIXES = ("compat.v1.", "compat.v2.", "raw_ops.")


def tf(*names):
    """A decorator that lists a function under its names in files."""

    def decorate(function):
        FUNCTIONS.update(dict.fromkeys(names, function))
        return function

    return decorate


def found(name):
    """The function with a name in a file, or None if there is none."""
    if not FUNCTIONS:
        for module in _MODULES:
            importlib.import_module(f"minikeras.legacy.tensorflow.{module}")
    if name in FUNCTIONS:  # a few differ between the versions
        return FUNCTIONS[name]
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return FUNCTIONS.get(name)


def is_tensor(x):
    """Whether something is a tensor, symbolic or not, rather than a plain value of a file."""
    return isinstance(x, KerasTensor) or is_array(plain(x))


def constant(value, like=None, dtype=None):
    """A list of numbers of a file as a tensor; TensorFlow gives it the dtype of its partner."""
    if is_tensor(value) or value is None:
        return value
    if isinstance(value, (list, tuple)) and any(is_tensor(v) for v in _leaves(value)):
        return ops.stack([constant(v, like, dtype) for v in value])
    if dtype is None and is_tensor(like):
        dtype = like.dtype
    array = np.asarray(value)
    if dtype is None and array.dtype.kind in "fi":
        dtype = "float32" if array.dtype.kind == "f" else "int32"
    return ops.convert_to_tensor(array, dtype)


def partner(x, other):
    """A plain value beside a tensor: numbers stay numbers, which take the tensor's dtype."""
    return x if is_tensor(x) or not isinstance(x, (list, tuple)) else constant(x, other)


def sizes(values):
    """Lengths as integers, whatever they are given as: a list, a tensor, or a list of tensors."""
    if is_tensor(values):
        if not is_inferring():
            return [int(n) for n in np.ravel(to_numpy(plain(values)))]
        return [open_length()] * int(np.prod(values.shape))
    if isinstance(values, (int, np.integer)):
        return [int(values)]
    return [length for value in values for length in sizes(value)]


def length(value):
    """One length as an integer; None stays None."""
    return value if value is None or isinstance(value, int) else sizes(value)[0]


def known_only(values):
    """Whether lengths are plain numbers, none of them decided by tensors."""
    return not any(is_tensor(v) for v in _leaves(values))


def axes(axis):
    """An axis or several, as ops of today take them."""
    return tuple(axis) if isinstance(axis, list) else axis


def _leaves(values):
    if not isinstance(values, (list, tuple)):
        return [values]
    return [leaf for value in values for leaf in _leaves(value)]

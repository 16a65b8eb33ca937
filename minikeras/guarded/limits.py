"""What reading a file may cost: bytes, counts and depths, checked before anything is allocated."""

import contextlib
import math
import threading

MEBIBYTE = 1 << 20
# A file may ask for this much memory whatever its size, and beyond that for so many times its size.
LEAST_MEMORY, MEMORY_PER_BYTE = 64 * MEBIBYTE, 200
DEFAULTS = {
    "memory": None,  # bytes; None for what the two numbers above give
    "architecture": 4 << 30,  # bytes of weights of a model that is made without a file of weights
    "text": 32 * MEBIBYTE,  # bytes of JSON
    "string": MEBIBYTE,  # characters of one string in JSON
    "values": 1_000_000,  # values in JSON
    "depth": 100,  # lists and objects within one another in JSON
    "elements": 1 << 31,  # of one sample of a symbolic tensor, and of shapes in calls of ops
    "length": 1 << 22,  # other sizes in configurations: frames, paddings, repetitions
    "window": 1 << 16,  # steps of a kernel or pool
    "members": 10_000,  # of a zip file
    "chunks": 1 << 16,  # of an array in HDF5
}
_UNITS = {
    "text": "bytes of JSON", "string": "characters", "values": "values",
    "depth": "lists or objects within one another", "elements": "elements", "members": "members",
    "chunks": "chunks", "length": "elements along an axis", "window": "steps",
}  # fmt: skip
_HELP = "If you trust where the file comes from: with minikeras.guarded.allow({}={}): ..."


class LimitExceeded(ValueError):
    """A file asks for more than it may."""


class _State(threading.local):
    own = {}  # limits that `allow` has set
    budget = None  # that of the file that is being read


_state = _State()


@contextlib.contextmanager
def allow(**limits):
    """A context in which files may cost more, or less.

    Args:
        **limits: ``memory``: bytes that a file may make its reader allocate, all together; by
            default 64 MiB or 200 times its size, whichever is more. ``architecture``: bytes of the
            weights of a model that is made of a configuration alone (4 GiB). ``text``, ``string``,
            ``values``, ``depth``: of JSON, in bytes, characters of one string, values, and lists
            within one another (32 MiB, 1 MiB, 1,000,000, 100). ``elements``: of one sample of a
            symbolic tensor (2,147,483,648). ``length``, ``window``: sizes of frames, paddings,
            repetitions and the like (4,194,304), and steps of kernels and pools (65,536).
            ``members``: files in a zip (10,000). ``chunks``: pieces of an array in HDF5 (65,536).

    Raises:
        TypeError: for a limit that there is not.

    >>> import minikeras as keras
    >>> with keras.guarded.allow(architecture=1000):
    ...     keras.models.model_from_json(
    ...         keras.Sequential([keras.Input((100,)), keras.layers.Dense(100)]).to_json()
    ...     )
    Traceback (most recent call last):
      ...
    minikeras.guarded.limits.LimitExceeded: variable 'kernel' of shape (100, 100) asks for ...
    """
    unknown = sorted(set(limits) - set(DEFAULTS))
    if unknown:
        raise TypeError(f"There are no limits {unknown}. There are: {sorted(DEFAULTS)}")
    outer, _state.own = _state.own, {**_state.own, **limits}
    try:
        yield
    finally:
        _state.own = outer


def limit(name):
    """The limit of that name that is in force now."""
    return _state.own.get(name, DEFAULTS[name])


def check(name, found, what):
    """Raise `LimitExceeded` if ``found`` is more than the limit ``name``.

    Args:
        name: a key of `DEFAULTS`.
        found: a number.
        what: what has so many, for the message.
    """
    most = limit(name)
    if found > most:
        raise LimitExceeded(
            f"{what} has {_shown(found)} {_UNITS[name]}, of which at most {most} are allowed. "
            + _HELP.format(name, _shown(found))
        )


class _Budget:
    """The memory that one file may ask for, and what it has asked for so far."""

    def __init__(self, name, most):
        self.name, self.most, self.spent = name, most, 0

    def take(self, size, what, keep=True):
        if self.spent + size > self.most:
            raise LimitExceeded(
                f"{what} asks for {_bytes(size)} of memory, with {_bytes(self.spent)} taken "
                f"before; the limit is {_bytes(self.most)}. "
                + _HELP.format(self.name, _shown(self.spent + size))
            )
        self.spent += size if keep else 0


@contextlib.contextmanager
def reading(source, size):
    """A context in which a file is read: it has a budget, and damage of any kind is a ValueError.

    Args:
        source: what to call the file in messages.
        size: its bytes.
    """
    memory = limit("memory")
    if memory is None:
        memory = max(LEAST_MEMORY, MEMORY_PER_BYTE * size)
    with _open(_Budget("memory", memory)), plain_errors(source):
        yield


def grow(size):
    """Let the file that is being read cost more, as it goes on in another of ``size`` bytes."""
    if _state.budget is not None and limit("memory") is None:
        _state.budget.most += MEMORY_PER_BYTE * size


@contextlib.contextmanager
def making(source):
    """A context in which a model is made of a configuration; within a file, the file's own."""
    if _state.budget is not None:
        yield
        return
    with _open(_Budget("architecture", limit("architecture"))), plain_errors(source):
        yield


@contextlib.contextmanager
def _open(budget):
    outer, _state.budget = _state.budget, budget
    try:
        yield
    finally:
        _state.budget = outer


@contextlib.contextmanager
def plain_errors(source):
    """A context in which whatever damage leads to is a ValueError, unless it is a TypeError or
    OSError already.
    """
    try:
        yield
    except (ValueError, TypeError, OSError, Warning):
        raise
    except Exception as error:
        raise ValueError(
            f"{source} is damaged, or not what it should be: {type(error).__name__}: {error}"
        ) from error


def is_reading():
    """Whether a file or configuration is being read in this thread."""
    return _state.budget is not None


def take(size, what):
    """Count bytes that are about to be allocated for the file that is being read, if one is.

    Raises:
        LimitExceeded: if it has asked for too much.
    """
    if _state.budget is not None:
        _state.budget.take(size, what)


def take_array(shape, itemsize, what):
    """Like `take`, for an array that is kept."""
    if _state.budget is not None:
        _state.budget.take(_size(shape, itemsize), f"{what} of shape {_shape(shape)}")


def check_transient(shape, itemsize, what):
    """Like `take_array`, for one that is soon let go."""
    if _state.budget is not None:
        size = _size(shape, itemsize)
        _state.budget.take(size, f"{what} of shape {_shape(shape)}", keep=False)


def _size(shape, itemsize):
    # Sides that are no numbers are for others to complain about.
    return math.prod(max(n, 0) for n in shape if isinstance(n, int)) * itemsize


def check_sides(shape, what):
    """Refuse shapes of symbolic tensors, without their batch, that no machine could hold."""
    if _state.budget is not None:
        known = [side for side in shape[1:] if side is not None]
        if math.prod(known) > limit("elements"):
            check("elements", math.prod(known), f"{what} of shape {_shape(shape)}")


def _shape(shape):
    text = str(tuple(shape))
    return text if len(text) < 200 else text[:200] + "...)"


def _shown(number):
    if isinstance(number, int):
        return str(number) if number < 1 << 100 else f"2**{number.bit_length() - 1}"
    return f"{number:.3g}"


def _bytes(number):
    for exponent, unit in ((40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")):
        if number >= 1 << exponent:
            return f"{_shown(number >> exponent)} {unit}"
    return f"{number} bytes"

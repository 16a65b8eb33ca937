"""Seeds: generators that count their draws, and the one that serves where no seed is given."""

import functools
import random as python_random
import threading

from minikeras.backend.dtypes import standardize_dtype
from minikeras.backend.random import next_seed
from minikeras.backend.variables import Variable, name_scope
from minikeras.backend.xp import np, xp
from minikeras.symbolic.operation import auto_name

_LOW = 0xFFFFFFFF
_drawing = threading.RLock()  # no two threads draw the same key
_global = {}  # the generator that serves where no seed is given, once there is one


class SeedGenerator:
    """Gives another key to each draw that it is passed to.

    Its state is a variable of two numbers: the seed, and how many draws were made. Layers that
    hold a generator save it with their weights, so that training goes on with the same numbers.

    Args:
        seed: an integer; by default one from Python's own generator.
        name: a string.
        backend: None or the name of the backend in use: there is one.
        dtype: None or ``"uint32"``, the only dtype of a state.

    Raises:
        ValueError: if an argument is none of these.

    >>> import minikeras as keras
    >>> generator = keras.random.SeedGenerator(7)
    >>> generator.next().tolist(), generator.next().tolist()
    ([7, 0], [7, 1])
    """

    def __init__(self, seed=None, name=None, *, backend=None, dtype=None):
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, (int, np.integer))):
            raise ValueError(f"Argument `seed` must be an integer or None. Received: {seed!r}")
        if backend not in (None, xp.__name__):
            raise ValueError(f"backend must be None or {xp.__name__!r}. Received: {backend!r}")
        if dtype is not None and standardize_dtype(dtype) != "uint32":
            raise ValueError(f"The state of a SeedGenerator is uint32. Received: dtype={dtype!r}")
        self.name = name or auto_name(type(self).__name__)
        self.backend = xp.__name__
        self._initial_seed = seed
        start = default_seed() if seed is None else int(seed) & _LOW
        with name_scope(self.name):
            self.state = Variable(
                xp.asarray([start, 0], dtype="uint32"),
                dtype="uint32",
                trainable=False,
                name="seed_generator_state",
            )

    def next(self, ordered=True):
        """The key of the next draw: a uint32 tensor of shape (2,).

        Args:
            ordered: whether the state counts draws; if not, it moves along the pseudo-random
                sequence that Keras uses in that case.
        """
        with _drawing:
            key = self.state.value
            self.state.assign(next_seed(key) if ordered else (key + 1) * 5387 % 933199)
        return key

    def get_config(self):
        """The arguments that make an equal generator."""
        return {"seed": self._initial_seed, "name": self.name}

    @classmethod
    def from_config(cls, config):
        """A generator made from what `get_config` returned."""
        return cls(**config)


def default_seed():
    """A seed for generators that were given none; it follows Python's own generator."""
    return python_random.randint(1, 10**9)


def global_seed_generator():
    """The generator of all draws without a seed."""
    found = _global.get("generator")
    return found or _global.setdefault("generator", _new_global_generator(None))


def set_global_seed(seed):
    """Start the draws without a seed anew; None takes a seed of Python's own generator."""
    _global["generator"] = _new_global_generator(seed)


def _new_global_generator(seed):
    return SeedGenerator(seed, name="global_seed_generator")


def replace_global_generator(generator):
    """Let ``generator`` serve the draws without a seed; returns the one before, or None."""
    before = _global.pop("generator", None)
    if generator is not None:
        _global["generator"] = generator
    return before


@functools.lru_cache(maxsize=256)
def _constant_key(seed):
    return xp.asarray([seed, 0], dtype="uint32")


def draw_seed(seed):
    """The key of a draw: a uint32 tensor of shape (2,).

    Args:
        seed: an integer, of which the same key is made each time; a `SeedGenerator`; or None for
            the global one.

    Raises:
        ValueError: for anything else.

    >>> draw_seed(3).tolist()
    [3, 0]
    """
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if seed is None:
        return global_seed_generator().next()
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        return _constant_key(int(seed) & _LOW)
    raise ValueError(
        "Argument `seed` must be either an integer, a keras.random.SeedGenerator or None. "
        f"Received: {seed!r} of type {type(seed).__name__}"
    )

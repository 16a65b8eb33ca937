"""One seed for all random numbers of a program."""

import contextlib
import random

import numpy as np

from minikeras.random.seed_generator import replace_global_generator, set_global_seed


def set_random_seed(seed):
    """Seed Python's, NumPy's and this package's generators, so that a program repeats itself.

    Args:
        seed: an integer from 0 to 2**32 - 1.

    >>> import minikeras as keras
    >>> keras.utils.set_random_seed(1)
    >>> x = keras.random.uniform((3,))
    >>> keras.utils.set_random_seed(1)
    >>> bool(keras.ops.all(x == keras.random.uniform((3,))))
    True
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise ValueError(f"seed must be an integer. Received: {seed!r}")
    random.seed(int(seed))
    np.random.seed(seed)
    set_global_seed(int(seed))


@contextlib.contextmanager
def seed_scope(seed):
    """A context in which `set_random_seed` holds; all generators go on behind it as before.

    Args:
        seed: as of `set_random_seed`.
    """
    python, numpy, own = random.getstate(), np.random.get_state(), replace_global_generator(None)
    set_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        replace_global_generator(own)

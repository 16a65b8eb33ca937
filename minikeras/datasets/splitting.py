"""Samples in a random order that a seed decides, in two parts."""

import numpy as np


def orders(seed):
    """NumPy's generator that never changes: a seed gives the orders that Keras gives."""
    return np.random.RandomState(seed)


def shuffled(random, *arrays):
    """Arrays of as many rows, in a random order that is the same for all of them."""
    order = random.permutation(len(arrays[0]))
    return [array[order] for array in arrays]


def split(x, y, test_split):
    """The first samples for training, the last for testing.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``.
    """
    count = int(len(x) * (1 - test_split))
    return (x[:count], y[:count]), (x[count:], y[count:])


def check_share(test_split, with_one=False):
    """Raise a ValueError unless ``test_split`` is a share of the samples."""
    if not (0 <= test_split < 1 or (with_one and test_split == 1)):
        raise ValueError(
            f"test_split must lie between 0 and 1{'' if with_one else ', 1 excluded'}. "
            f"Received: {test_split!r}"
        )

"""California housing: prices of houses in 1990."""

import numpy as np

from minikeras.datasets.splitting import check_share, orders, shuffled, split
from minikeras.datasets.storage import STORAGE
from minikeras.utils.downloads import get_file

_ORIGIN = f"{STORAGE}california_housing.npz"
_SHA256 = "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"
_COUNTS = {"small": 600, "large": None}


def load_data(version="large", path="california_housing.npz", test_split=0.2, seed=113):
    """Prices of houses in 20,640 block groups of California (Pace and Barry 1997).

    The features are, in this order: median income, median age of the houses, rooms per household,
    bedrooms per household, population, people per household, latitude and longitude.

    Args:
        version: ``"large"`` for all samples, ``"small"`` for 600 of them.
        path: the name of the file in the cache, ``~/.keras/datasets``.
        test_split: the share of the samples to test with, from 0 up to but not 1.
        seed: decides the order of the samples, before they are split.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: arrays of floats of shapes ``(n, 8)`` and
        ``(n,)``; prices are medians in dollars.

    Raises:
        OSError: if the file is not in the cache and cannot be downloaded; it says where to put it.
        ValueError: if what was downloaded is another file, for another ``version``, or for a
            ``test_split`` out of bounds.
    """
    if version not in _COUNTS:
        raise ValueError(f"version must be 'small' or 'large'. Received: {version!r}")
    check_share(test_split)
    path = get_file(path, _ORIGIN, file_hash=_SHA256)
    with np.load(path, allow_pickle=False) as file:
        x, y = file["x"], file["y"]
    count = _COUNTS[version]
    return split(*shuffled(orders(seed), x[:count], y[:count]), test_split)

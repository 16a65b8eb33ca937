"""Boston housing: prices of houses in the 1970s."""

import numpy as np

from minikeras.datasets.splitting import check_share, orders, shuffled, split
from minikeras.datasets.storage import STORAGE
from minikeras.utils.downloads import get_file

_ORIGIN = f"{STORAGE}boston_housing.npz"
_SHA256 = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"


def load_data(path="boston_housing.npz", test_split=0.2, seed=113):
    """Prices of houses in 506 suburbs of Boston (Harrison and Rubinfeld 1978).

    One of the 13 features is made of the share of Black residents, on the assumption that it moves
    prices. `keras.datasets.california_housing` with ``version="small"`` takes this one's place.

    Args:
        path: the name of the file in the cache, ``~/.keras/datasets``.
        test_split: the share of the samples to test with, from 0 up to but not 1.
        seed: decides the order of the samples, before they are split.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: float64 arrays of shapes ``(n, 13)`` and ``(n,)``;
        prices are medians in thousands of dollars.

    Raises:
        OSError: if the file is not in the cache and cannot be downloaded; it says where to put it.
        ValueError: if what was downloaded is another file, or for a ``test_split`` out of bounds.
    """
    check_share(test_split)
    path = get_file(path, _ORIGIN, file_hash=_SHA256)
    with np.load(path, allow_pickle=False) as file:
        x, y = file["x"], file["y"]
    return split(*shuffled(orders(seed), x, y), test_split)

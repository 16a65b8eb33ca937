"""CIFAR-10: small color images of ten kinds of things."""

import os

import numpy as np

from minikeras.datasets.cifar import arranged, load_batch
from minikeras.utils.downloads import get_file

_ORIGIN = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
_SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"


def load_data():
    """60,000 color images of 32 by 32 pixels (Krizhevsky 2009, 170 MB).

    The labels are 0 airplane, 1 automobile, 2 bird, 3 cat, 4 deer, 5 dog, 6 frog, 7 horse, 8 ship,
    9 truck.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: uint8 arrays of shapes ``(50000, 32, 32, 3)``,
        ``(50000, 1)``, ``(10000, 32, 32, 3)`` and ``(10000, 1)``; the channels come first where
        ``image_data_format`` says so.

    Raises:
        OSError: if the file is not in the cache and cannot be downloaded; it says where to put it.
        ValueError: if what was downloaded is another file.
    """
    path = get_file("cifar-10-batches-py-target", _ORIGIN, extract=True, file_hash=_SHA256)
    path = os.path.join(path, "cifar-10-batches-py")
    batches = [load_batch(os.path.join(path, f"data_batch_{i}")) for i in range(1, 6)]
    train = (np.concatenate(parts) for parts in zip(*batches))
    test = load_batch(os.path.join(path, "test_batch"))
    return arranged(*train, "uint8"), arranged(*test, "uint8")

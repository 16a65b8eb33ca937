"""CIFAR-100: small color images of a hundred kinds of things."""

import os

from minikeras.datasets.cifar import arranged, load_batch
from minikeras.utils.downloads import get_file

_ORIGIN = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
_SHA256 = "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"


def load_data(label_mode="fine"):
    """60,000 color images of 32 by 32 pixels in 100 classes of 20 groups (Krizhevsky 2009, 170 MB).

    Args:
        label_mode: ``"fine"`` for the 100 classes, ``"coarse"`` for the 20 groups.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: images as uint8 arrays of shapes
        ``(50000, 32, 32, 3)`` and ``(10000, 32, 32, 3)``, labels as int64 arrays of shapes
        ``(50000, 1)`` and ``(10000, 1)``; the channels come first where ``image_data_format`` says
        so.

    Raises:
        OSError: if the file is not in the cache and cannot be downloaded; it says where to put it.
        ValueError: if what was downloaded is another file, or for another ``label_mode``.
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(f"label_mode must be 'fine' or 'coarse'. Received: {label_mode!r}")
    path = get_file("cifar-100-python-target", _ORIGIN, extract=True, file_hash=_SHA256)
    path = os.path.join(path, "cifar-100-python")
    train, test = (
        load_batch(os.path.join(path, name), f"{label_mode}_labels") for name in ("train", "test")
    )
    return arranged(*train, "int64"), arranged(*test, "int64")

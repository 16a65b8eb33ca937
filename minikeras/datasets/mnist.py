"""MNIST: handwritten digits."""

import numpy as np

from minikeras.utils.downloads import get_file

_ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"


def load_data(path="mnist.npz"):
    """70,000 images of handwritten digits (LeCun, Bottou, Bengio and Haffner 1998).

    Args:
        path: the name of the file in the cache, ``~/.keras/datasets``.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: grey images as uint8 arrays of shape
        ``(60000, 28, 28)`` and ``(10000, 28, 28)``, digits as uint8 arrays of shape ``(60000,)``
        and ``(10000,)``.

    Raises:
        OSError: if the file is not in the cache and cannot be downloaded; it says where to put it.
    """
    path = get_file(path, origin=_ORIGIN, file_hash=_SHA256)
    with np.load(path, allow_pickle=False) as file:
        return (file["x_train"], file["y_train"]), (file["x_test"], file["y_test"])

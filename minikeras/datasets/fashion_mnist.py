"""Fashion-MNIST: images of clothes."""

import gzip
import os
import zlib

import numpy as np

from minikeras.datasets.storage import STORAGE
from minikeras.utils.downloads import get_file

_ORIGIN = STORAGE
_FOLDER = os.path.join("datasets", "fashion-mnist")


def load_data():
    """70,000 images of clothes, in the form of MNIST (Xiao, Rasul and Vollgraf 2017, 30 MB).

    The labels are 0 T-shirt or top, 1 trousers, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt,
    7 sneaker, 8 bag, 9 ankle boot.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: grey images as uint8 arrays of shape
        ``(60000, 28, 28)`` and ``(10000, 28, 28)``, labels as uint8 arrays of shape ``(60000,)``
        and ``(10000,)``.

    Raises:
        OSError: if a file is not in the cache and cannot be downloaded; it says where to put it.
        ValueError: if a file is broken; it is removed from the cache.
    """
    return tuple(
        (_read(f"{part}-images-idx3-ubyte.gz", 3), _read(f"{part}-labels-idx1-ubyte.gz", 1))
        for part in ("train", "t10k")
    )


def _read(name, rank):
    """The bytes in a file of the format IDX: a header of big-endian integers, then the values."""
    path = get_file(name, _ORIGIN + name, cache_subdir=_FOLDER)
    try:
        with gzip.open(path) as file:
            content = bytearray(file.read())
        kind, *shape = np.frombuffer(content, ">i4", 1 + rank).tolist()
        if kind != 0x800 + rank:  # unsigned bytes with so many axes
            raise ValueError(f"it begins with {kind:#x}, expected {0x800 + rank:#x}")
        return np.frombuffer(content, "uint8", offset=4 + 4 * rank).reshape(shape)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        # No hash of these files is known, so that a page of a proxy may have come in their place.
        os.remove(path)
        raise ValueError(
            f"{path} was no file of Fashion-MNIST: {error}. It has been removed; the next call "
            "downloads it again."
        ) from error

"""What the CIFAR data sets share: the format of their files."""

import numpy as np

from minikeras import config
from minikeras.datasets.storage import read_pickle


def load_batch(fpath, label_key="labels"):
    """Read one file of a CIFAR data set.

    Nothing in the file is run: what its pickle may name is stated in `minikeras.datasets.storage`.

    Args:
        fpath: the path of the file, a pickle of a dict.
        label_key: the name of the labels in it: ``"labels"`` in CIFAR-10, ``"fine_labels"`` or
            ``"coarse_labels"`` in CIFAR-100.

    Returns:
        ``(images, labels)``: a uint8 array of shape ``(n, 3, 32, 32)``, a list of ``n`` integers.

    Raises:
        ValueError: if the file holds anything else.
    """
    batch = read_pickle(fpath)
    try:
        images, labels = batch["data"], batch[label_key]
        return images.reshape(len(labels), 3, 32, 32), labels
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(
            f"{fpath} must hold a dict with 'data', an array of shape (n, 3072), and "
            f"{label_key!r}, a list of n integers. It does not: {error!r}"
        ) from error


def arranged(images, labels, dtype):
    """Images with their channels where the configuration wants them, labels as a column."""
    if config.image_data_format() == "channels_last":
        images = np.ascontiguousarray(images.transpose(0, 2, 3, 1))
    return images, np.array(labels, dtype).reshape(-1, 1)

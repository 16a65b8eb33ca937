"""What `adapt` goes through: one array, or batches from an iterable."""

import itertools

from minikeras.backend.xp import is_array
from minikeras.training.data.py_dataset import PyDataset


def is_one_array(data, list_is_array=False):
    """Whether ``data`` are all there is, rather than a supply of batches.

    Args:
        data: what a user handed to `adapt`.
        list_is_array: whether a list or tuple counts as an array; otherwise it holds batches.
    """
    if isinstance(data, (list, tuple)):
        return list_is_array
    return is_array(data) or (hasattr(data, "__array__") and hasattr(data, "shape"))


def batches(data, steps=None):
    """The batches that ``data`` yield, at most ``steps`` of them; of a PyDataset the inputs.

    Raises:
        TypeError: if ``data`` cannot be iterated over.
    """
    if not hasattr(data, "__iter__"):
        raise TypeError(
            "adapt takes an array, a list, or something that yields batches (a PyDataset, a "
            f"generator, a tf.data.Dataset). Received: {data!r} of type {type(data).__name__}"
        )
    for batch in itertools.islice(data, steps):
        yield inputs_of(batch) if isinstance(data, PyDataset) else batch


def inputs_of(batch):
    """The inputs of a batch that may be ``(x, y)`` or ``(x, y, sample_weight)``."""
    return batch[0] if isinstance(batch, tuple) else batch

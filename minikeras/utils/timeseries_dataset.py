"""timeseries_dataset_from_array: batches of windows into a series."""

import numpy as np

from minikeras.utils.dataset import Dataset, positive
from minikeras.utils.directories import check_format
from minikeras.utils.stages import Batched, Samples, host_array


class Windows:
    """A source of samples that are windows into a series, with their targets.

    Args:
        data: ``(steps, ...)``.
        targets: ``(steps, ...)``, that of a window at the place where it begins; or None.
        starts: where the windows begin.
        offsets: the places in a window, counted from its beginning.
    """

    def __init__(self, data, targets, starts, offsets):
        self._data = data
        self._targets = targets
        self._starts = starts
        self._offsets = offsets

    def __len__(self):
        return len(self._starts)

    def batch(self, indices):
        """Several windows: ``(windows, steps in a window, ...)``."""
        starts = self._starts[indices]
        windows = self._data[starts[..., None] + self._offsets]
        return windows if self._targets is None else (windows, self._targets[starts])

    sample = batch


def timeseries_dataset_from_array(
    data,
    targets,
    sequence_length,
    sequence_stride=1,
    sampling_rate=1,
    batch_size=128,
    shuffle=False,
    seed=None,
    start_index=None,
    end_index=None,
    format="tf",
):
    """A data set of windows that slide over a series.

    Window ``i`` holds the steps ``start_index + i * sequence_stride + k * sampling_rate`` for
    ``k = 0 ... sequence_length - 1``; windows that would reach past the end are left out. Batches
    are cut from the arrays as they are needed.

    Args:
        data: an array ``(steps, ...)``.
        targets: an array of which row ``t`` is the target of the window that begins at step ``t``;
            None for windows alone.
        sequence_length: steps in a window.
        sequence_stride: steps between the beginnings of windows.
        sampling_rate: steps between the steps in a window.
        batch_size: windows in a batch, or None for single windows.
        shuffle: whether the order of the windows is random.
        seed: an integer that decides the order.
        start_index: the first step to be used.
        end_index: the first step not to be used any more.
        format: ``"tf"`` for a new order in each pass if ``shuffle``, ``"grain"`` for the same one.

    Returns:
        A `keras.utils.PyDataset` of ``(windows, targets)`` or of windows, of shape
        ``(batch, sequence_length, ...)``, in the dtype of the arrays. It has the methods of
        `minikeras.utils.dataset.Dataset`. Random orders are not those of TensorFlow.

    Raises:
        ValueError: if a number is out of its range, or there are too few targets.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> series = np.arange(6)
    >>> data = keras.utils.timeseries_dataset_from_array(series[:-2], series[2:], sequence_length=2)
    >>> [(x.tolist(), y.tolist()) for x, y in data]
    [([[0, 1], [1, 2], [2, 3]], [2, 3, 4])]
    """
    data = host_array(data)
    targets = None if targets is None else host_array(targets)
    _check_range(len(data), start_index, end_index)
    positive(sequence_length, "sequence_length")
    for name, value in (("sampling_rate", sampling_rate), ("sequence_stride", sequence_stride)):
        if positive(value, name) >= len(data):
            raise ValueError(
                f"{name} must be lower than the number of steps, {len(data)}. Received: {value}"
            )
    check_format(format)
    data = data[start_index or 0 : end_index]
    number = len(data) - (sequence_length - 1) * sampling_rate
    if targets is not None:
        number = min(number, len(targets))
        targets = targets[start_index or 0 : end_index]
    starts = np.arange(0, number, sequence_stride)
    if targets is not None and len(starts) and starts[-1] >= len(targets):
        raise ValueError(
            f"There must be a target for each window: the last one begins at step {starts[-1]} "
            f"after start_index. Received: {len(targets)} targets after start_index"
        )
    if shuffle:
        seed = int(np.random.randint(10**6)) if seed is None else seed
        np.random.RandomState(seed).shuffle(starts)
    source = Windows(data, targets, starts, np.arange(sequence_length) * sampling_rate)
    stage = Samples(source, seed if shuffle else None, anew=format == "tf")
    return Dataset(stage if batch_size is None else Batched(stage, positive(batch_size)))


def _check_range(length, start, end):
    if start is not None and not 0 <= start < length:
        raise ValueError(
            f"start_index must lie from 0 to below the number of steps, {length}. Received: {start}"
        )
    if end is not None and not (start or 0) < end <= length:
        raise ValueError(
            f"end_index must lie above start_index ({start or 0}) and be at most the number of "
            f"steps, {length}. Received: {end}"
        )

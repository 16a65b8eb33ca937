"""Columns: anything that holds one entry per sample, read in slices or by index.

A column never copies its source as a whole: a batch is read, then turned into a NumPy array, and
floats of another precision become floatx.
"""

import numpy as np

from minikeras import config
from minikeras.backend import autodiff
from minikeras.backend.autodiff import Handle
from minikeras.backend.strings import bytes_of, texts_of
from minikeras.backend.xp import ON_GPU, ndarray, to_numpy, xp


class Column:
    """A source of rows. This class reads from a NumPy array.

    Args:
        source: the array, whose first axis counts the samples.

    Attributes:
        shape: that of the source.
    """

    def __init__(self, source):
        self.source = source
        self.shape = tuple(source.shape)

    def __len__(self):
        return int(self.shape[0])

    @property
    def in_memory(self):
        """The source if it is an array in memory that costs nothing to look at, else the column."""
        return self.source if type(self.source) is np.ndarray else self

    def read(self, index):
        """The rows at ``index``, a slice or an array of integers, as arrays for the model."""
        if isinstance(index, slice):
            return as_leaf(self.source[index])
        if type(self.source) is np.ndarray:
            return as_leaf(self.source.take(index, axis=0))
        return as_leaf(np.take(self.source, index, axis=0))

    def part(self, start, stop):
        """The rows from ``start`` to ``stop`` as what a user could have handed over."""
        return self.source[start:stop]


class DeviceColumn(Column):
    """Rows of an array on the GPU, which stay there."""

    def read(self, index):
        """The rows at ``index``, as an array on the GPU."""
        rows = self.source[index if isinstance(index, slice) else xp.asarray(index)]
        return _in_floatx(rows)


class FrameColumn(Column):
    """Rows of a pandas DataFrame or Series; those of a Series get a second axis of length 1."""

    def read(self, index):
        """The rows at ``index``, of shape ``(rows, columns)``."""
        rows = as_leaf(self.source.iloc[index].to_numpy())
        return rows[:, None] if rows.ndim == 1 else rows

    def part(self, start, stop):
        """The rows from ``start`` to ``stop`` as a pandas object."""
        return self.source.iloc[start:stop]


class SparseColumn(Column):
    """Rows of a SciPy sparse matrix, made dense batch by batch."""

    def __init__(self, source):
        # Of SciPy's formats this one is made to be sliced by rows.
        super().__init__(source.tocsr())

    def read(self, index):
        """The rows at ``index``, dense."""
        return as_leaf(self.source[index].toarray())


class LazyColumn(Column):
    """Rows of a data set on disk (h5py, zarr and the like) or of any object that can be indexed."""

    def read(self, index):
        """The rows at ``index``; read in rising order, which is what h5py asks for."""
        if isinstance(index, slice):
            return as_leaf(self.source[index])
        rising, places = np.unique(index, return_inverse=True)
        return as_leaf(self.source[rising])[places]

    def part(self, start, stop):
        """The rows from ``start`` to ``stop``, still unread."""
        return Window(self.source, start, stop)


class Window:
    """The rows of an unread data set between two positions.

    Args:
        source: an object with ``shape``, ``dtype`` and ``__getitem__``.
        start, stop: where the window begins and ends.
    """

    def __init__(self, source, start, stop):
        self._source = source
        self._start = start
        self.shape = (stop - start, *source.shape[1:])
        self.dtype = source.dtype

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, index):
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            return self._source[start + self._start : stop + self._start : step]
        return self._source[np.asarray(index) + self._start]


def column_of(x, label):
    """A `Column` that reads from ``x``.

    Args:
        x: an array, or what stands for one.
        label: what to call it in error messages.

    Raises:
        ValueError: if ``x`` holds no rows.
    """
    column = _column_of(x)
    if column is None:
        raise ValueError(
            f"Unrecognized data type: {label} must be an array, a pandas object, a sparse matrix, "
            "a list of numbers or an object with shape, dtype and __getitem__. "
            f"Received: {x!r} of type {type(x).__name__}"
        )
    if not column.shape:
        raise ValueError(
            f"{label} must have one entry per sample along its first axis. Received a scalar: {x!r}"
        )
    return column


def is_column(x):
    """Whether `column_of` can read from ``x``."""
    return _kind_of(x) is not None


def _kind_of(x):
    if isinstance(x, np.ndarray):
        return "numpy"
    if ON_GPU and isinstance(x, ndarray):
        return "device"
    if isinstance(x, (str, bytes, list, tuple, dict)):
        return None
    if hasattr(x, "iloc") and hasattr(x, "to_numpy"):
        return "frame"
    if hasattr(x, "tocsr") and hasattr(x, "toarray"):
        return "sparse"
    if isinstance(x, (Handle, np.generic)) or hasattr(x, "__dlpack__") or hasattr(x, "detach"):
        return "tensor"
    if hasattr(x, "shape") and hasattr(x, "dtype") and hasattr(x, "__getitem__"):
        return "lazy"
    if hasattr(x, "__array__"):
        return "tensor"
    return None


_COLUMNS = {
    "numpy": Column,
    "device": DeviceColumn,
    "frame": FrameColumn,
    "sparse": SparseColumn,
    "lazy": LazyColumn,
}


def _column_of(x):
    if isinstance(x, Column):
        return x
    kind = _kind_of(x)
    if kind == "tensor":
        x = _host_array(x)
        kind = "numpy"
    return None if kind is None else _COLUMNS[kind](x)


def as_leaf(x):
    """``x`` as a NumPy array (on the GPU, an array there stays there), floats in floatx."""
    if not (ON_GPU and isinstance(x, ndarray)):
        x = x if type(x) is np.ndarray else _host_array(x)
        if x.dtype == object:
            x = _typed(x)
    return _in_floatx(x)


def _host_array(x):
    """A NumPy array with the values of any tensor, also of another library."""
    if hasattr(x, "iloc") and hasattr(x, "to_numpy"):
        return x.to_numpy()
    if hasattr(x, "toarray"):
        return x.toarray()
    if hasattr(x, "detach"):
        x = x.detach().cpu()
    return np.asarray(to_numpy(autodiff.plain(x)))


def _in_floatx(x):
    dtype = x.dtype
    if dtype.kind == "f" and dtype != config.floatx():
        return x.astype(config.floatx())
    return x


def _typed(x):
    """An array of Python objects (from a table of mixed columns) as strings or floats."""
    if all(isinstance(value, str) for value in x.flat):
        return x.astype(str)
    if all(isinstance(value, (str, bytes)) for value in x.flat):
        return texts_of(*bytes_of(x))
    try:
        return x.astype(config.floatx())
    except (TypeError, ValueError):
        odd = next(value for value in x.flat if not isinstance(value, (int, float)))
        raise ValueError(
            "The data hold Python objects that are neither all strings nor all numbers, for "
            f"instance {odd!r} of type {type(odd).__name__}. Turn them into numbers first."
        ) from None

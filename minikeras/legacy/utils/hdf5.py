"""Arrays in HDF5 files: `HDF5Matrix`, `H5Dict`, and whole arrays in files of their own."""

import os

import numpy as np

__all__ = ["H5Dict", "HDF5Matrix", "load_array", "save_array"]

_IS_GROUP = "_is_group"
_LARGEST_ATTRIBUTE = 64512  # bytes; HDF5 keeps attributes in the header of their object


class HDF5Matrix:
    """An array in an HDF5 file, of which only what is asked for is read.

    `fit`, `evaluate` and `predict` take it for an array and read it batch by batch.

    Args:
        datapath: the path of the file.
        dataset: the name of the array in it.
        start, end: the part of the array along its first axis; by default all of it.
        normalizer: a function applied to all that is read, or None.

    Attributes:
        data: the data set of h5py.

    >>> import os, tempfile
    >>> import numpy as np
    >>> import minikeras as keras
    >>> from minikeras.legacy.utils.hdf5 import save_array
    >>> path = os.path.join(tempfile.mkdtemp(), "numbers.h5")
    >>> save_array(np.arange(6.0), path)
    >>> x = keras.utils.HDF5Matrix(path, "data", start=2, normalizer=lambda x: x / 2)
    >>> x.shape, x[:2].tolist(), x[3]
    ((4,), [1.0, 1.5], np.float64(2.5))
    """

    # Files that are open, by path.
    refs = {}

    def __init__(self, datapath, dataset, start=0, end=None, normalizer=None):
        path = os.fspath(datapath)
        file = self.refs.get(path)
        if not file:  # none, or one that was closed
            import h5py

            file = self.refs[path] = h5py.File(path, "r")
        self.data = file[dataset]
        self.start = start
        self.end = len(self.data) if end is None else end
        self.normalizer = normalizer
        self._where = path, dataset
        if not 0 <= self.start <= self.end <= len(self.data):
            raise ValueError(
                f"start={start} and end={end} do not lie within the {len(self.data)} entries of "
                f"{dataset!r}"
            )
        first = self._normalized(self.data[:1])
        self._entry_shape, self.dtype = first.shape[1:], first.dtype

    def __reduce__(self):
        """Workers that are processes open the file themselves."""
        return type(self), (*self._where, self.start, self.end, self.normalizer)

    def _normalized(self, values):
        return values if self.normalizer is None else self.normalizer(values)

    def __len__(self):
        return self.end - self.start

    def __getitem__(self, key):
        """What is at an index, a slice, or a list or array of indices, in any order.

        Raises:
            IndexError: beyond the ends.
        """
        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            return self._normalized(self.data[start + self.start : stop + self.start : step])
        key = np.asarray(key)
        if key.dtype == bool:
            key = np.flatnonzero(key)
        if key.size and (key.min() < -len(self) or key.max() >= len(self)):
            raise IndexError(f"There are {len(self)} entries. Received: {key.tolist()}")
        places = np.where(key < 0, key + len(self), key).astype(int) + self.start
        if not places.ndim:
            return self._normalized(self.data[int(places)])
        rising, order = np.unique(places, return_inverse=True)
        return self._normalized(self.data[rising][order])

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self[:], dtype=dtype)

    @property
    def shape(self):
        """The shape of the part, after ``normalizer``."""
        return (len(self), *self._entry_shape)

    @property
    def ndim(self):
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self):
        """The number of values."""
        return int(np.prod(self.shape))


class H5Dict:
    """A group of an HDF5 file, or a dict that stands for one, which is used as a dict.

    Arrays become data sets, other values attributes, and a key that is not there a group of its
    own.

    Args:
        path: the path of a file, an open group of h5py, or a dict.
        mode: ``"r"``, ``"w"`` or ``"a"``, as of h5py.

    Raises:
        TypeError: if ``path`` is none of these.

    >>> import minikeras as keras
    >>> with keras.utils.H5Dict({}) as file:
    ...     file["layers"]["names"] = ["a", "b"]
    ...     file["layers"]["names"], "layers" in file
    (['a', 'b'], True)
    """

    def __init__(self, path, mode="a"):
        import h5py

        self.read_only = mode == "r"
        self._is_file = False
        if isinstance(path, h5py.Group):
            self.data = path
        elif isinstance(path, (str, os.PathLike)):
            self.data, self._is_file = h5py.File(path, mode), True
        elif isinstance(path, dict):
            self.data = path
            if mode == "w":
                path.clear()
            path[_IS_GROUP] = True
        else:
            raise TypeError(
                f"path must be a path, a group of h5py or a dict. Received: {path!r} of type "
                f"{type(path).__name__}"
            )

    @staticmethod
    def is_supported_type(path):
        """Whether `H5Dict` can be made of ``path``."""
        import h5py

        return isinstance(path, (h5py.Group, dict, str, os.PathLike))

    def __setitem__(self, key, value):
        if self.read_only:
            raise ValueError(f"{key!r} cannot be set: the file was opened for reading alone")
        key = _text(key)
        if isinstance(self.data, dict):
            self.data[key] = value
        elif key in self.data:
            raise KeyError(f"{key!r} is there already")
        elif isinstance(value, (np.ndarray, np.generic)):
            self.data.create_dataset(key, data=value)
        elif isinstance(value, (list, tuple)):
            self._set_list(key, value)
        else:
            self.data.attrs[key] = value

    def _set_list(self, key, values):
        """A list as an attribute; as several ones with numbers if it is too large for one."""
        if values and isinstance(values[0], str):
            values = [value.encode() for value in values]
        values = np.asarray(values)
        if values.itemsize > _LARGEST_ATTRIBUTE:
            raise ValueError(
                f"{key!r} holds a value of {values.itemsize} bytes; HDF5 keeps at most "
                f"{_LARGEST_ATTRIBUTE} in an attribute"
            )
        number = -(-values.nbytes // _LARGEST_ATTRIBUTE)
        while any(
            part.nbytes > _LARGEST_ATTRIBUTE for part in np.array_split(values, max(number, 1))
        ):
            number += 1
        if number <= 1:
            self.data.attrs[key] = values
            return
        for i, part in enumerate(np.array_split(values, number)):
            self.data.attrs[f"{key}{i}"] = part

    def __getitem__(self, key):
        import h5py

        key = _text(key)
        if isinstance(self.data, dict):
            found = self.data.get(key)
            if key not in self.data:
                found = self.data[key] = self._new_group(key)
            return H5Dict(found) if isinstance(found, dict) and found.get(_IS_GROUP) else found
        if key in self.data.attrs:
            return _plain(self.data.attrs[key])
        if f"{key}0" in self.data.attrs:
            return self._joined(key)
        found = self.data[key] if key in self.data else self._new_group(key)
        return np.asarray(found) if isinstance(found, h5py.Dataset) else H5Dict(found)

    def _joined(self, key):
        values, i = [], 0
        while f"{key}{i}" in self.data.attrs:
            part = self.data.attrs[f"{key}{i}"]
            values += [_text(value) for value in np.asarray(part).tolist()]
            i += 1
        return values

    def _new_group(self, key):
        if self.read_only:
            raise ValueError(f"{key!r} is not there, and the file was opened for reading alone")
        return {_IS_GROUP: True} if isinstance(self.data, dict) else self.data.create_group(key)

    def __len__(self):
        return len(self.data)

    def __iter__(self):
        return iter(self.data)

    def iter(self):
        """The keys; those of attributes are not among them."""
        return iter(self.data)

    def __contains__(self, key):
        key = _text(key)
        return key in self.data or (not isinstance(self.data, dict) and key in self.data.attrs)

    def __getattr__(self, name):
        """Methods of the group or dict itself, such as ``keys``, ``items`` and ``attrs``."""
        if name == "data":  # while it is being made
            raise AttributeError(name)
        return getattr(self.data, name)

    def get(self, key, default=None):
        """The value of ``key``, or ``default`` if it is not there."""
        return self[key] if key in self else default  # noqa: SIM401

    def update(self, *args):
        """Set the keys of dicts, or of pairs, as ``self[key] = value`` does."""
        for arg in args:
            for key, value in dict(arg).items():
                self[key] = value

    def close(self):
        """Write what is to be written; close the file if it was opened here."""
        if not isinstance(self.data, dict):
            self.data.file.flush()
            if self._is_file:
                self.data.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


def _plain(value):
    """An attribute; texts of fixed length as plain ones."""
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "S":
        return value.tolist()
    return value


def save_array(array, name):
    """Write an array to an HDF5 file of its own, which PyTables reads as well.

    Args:
        array: a NumPy array.
        name: the path of the file, which is written over.

    >>> import os, tempfile
    >>> import numpy as np
    >>> from minikeras.legacy.utils.hdf5 import load_array, save_array
    >>> path = os.path.join(tempfile.mkdtemp(), "numbers.h5")
    >>> save_array(np.arange(3), path)
    >>> load_array(path).tolist()
    [0, 1, 2]
    """
    import h5py

    with h5py.File(name, "w") as file:
        file.create_dataset("data", data=array)


def load_array(name):
    """The array in a file that `save_array` wrote.

    Args:
        name: the path of the file.
    """
    from minikeras.guarded import hdf5

    with hdf5.opened(name) as file:
        return np.asarray(file["data"])

"""Files of data sets that hold Python objects, read so that nothing in them can run.

Lists of unlike lengths are stored in ``.npz`` files as arrays of objects, and the batches of CIFAR
are dicts of bytes and arrays: both are pickles, which by their nature call whatever they name. What
these files name is the class of arrays, the function that makes one, and the class of dtypes. The
reader here admits these names only, and lets them stand for classes of this module that keep what
they are given; arrays are made of that afterwards, of a few dtypes.
"""

import io
import pickle
import zipfile

import numpy as np

# Where the Keras team keeps data sets.
STORAGE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_BYTE_ORDERS = {"|": "", "=": "=", "<": "<", ">": ">"}
_DTYPES = {"O": "O", "O4": "O", "O8": "O"} | {
    code: code for code in ("b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8")
}


def read_pickle(path):
    """The content of a pickle of dicts, lists, texts, bytes, numbers and arrays.

    Args:
        path: the path of the file.

    Returns:
        The object; keys of dicts are texts.

    Raises:
        ValueError: if there is anything else in it, or if it is broken.
    """
    with open(path, "rb") as file:
        return _unpickled(file, path)


def read_npz(path):
    """The arrays in a ``.npz`` file, arrays of lists among them.

    Args:
        path: the path of the file.

    Returns:
        A dict of arrays by name.

    Raises:
        ValueError: if there is anything else in it, or if it is broken.
    """
    arrays = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                arrays[name.removesuffix(".npy")] = _read_npy(archive.read(name), path)
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path} is no .npz file: {error}") from error
    return arrays


def _read_npy(content, path):
    file = io.BytesIO(content)
    header = np.lib.format
    major, _ = header.read_magic(file)
    read_header = header.read_array_header_1_0 if major == 1 else header.read_array_header_2_0
    _, _, dtype = read_header(file)
    if dtype.hasobject:
        return _unpickled(file, path)
    return np.load(io.BytesIO(content), allow_pickle=False)


def _unpickled(file, path):
    # Whatever a forged file makes go wrong, the file is at fault.
    try:
        return _plain(_Unpickler(file, encoding="bytes").load())
    except Exception as error:
        raise ValueError(f"{path} is not as a file of this data set must be: {error}") from error


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in _ADMITTED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is not admitted")
        return _ADMITTED[module, name]


class _StoredArray:
    """What a pickle says of an array."""

    def __init__(self, kind, shape, code):
        self.state = None

    def __setstate__(self, state):
        self.state = state

    def value(self):
        """The array; an error of any kind if what is said of it does not fit together."""
        _, shape, dtype, is_fortran, data = self.state
        dtype, order = dtype.value(), "F" if is_fortran else "C"
        if dtype.hasobject != isinstance(data, list):
            raise ValueError(f"its {dtype} array is stored as {type(data).__name__}")
        if not dtype.hasobject:
            return np.frombuffer(bytearray(data), dtype).reshape(shape, order=order)
        array = np.empty(len(data), dtype)
        for i, item in enumerate(data):
            array[i] = _plain(item)
        return array.reshape(shape, order=order)


class _StoredDtype:
    """What a pickle says of a dtype."""

    def __init__(self, code, align=False, copy=False):
        self.code, self.byte_order = _text(code), "|"

    def __setstate__(self, state):
        self.byte_order = _text(state[1])

    def value(self):
        """The dtype; a KeyError if no data set holds such."""
        return np.dtype(_BYTE_ORDERS[self.byte_order] + _DTYPES[self.code])


_ADMITTED = {
    ("numpy", "ndarray"): object(),  # named as the kind of what is made, never called
    ("numpy", "dtype"): _StoredDtype,
    ("numpy.core.multiarray", "_reconstruct"): _StoredArray,  # of NumPy 1
    ("numpy._core.multiarray", "_reconstruct"): _StoredArray,
}


def _plain(value):
    """Arrays and texts for what stood for them; lists are as they were."""
    if isinstance(value, _StoredArray):
        return value.value()
    if isinstance(value, dict):
        return {_text(key): _plain(item) for key, item in value.items()}
    return value


def _text(value):
    """Python 2 wrote texts as bytes."""
    return value.decode() if isinstance(value, bytes) else value

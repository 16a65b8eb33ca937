"""HDF5 files of which nothing is read but what lies in them: groups, arrays of numbers, attributes.

HDF5 can do much that no file of weights needs: links to other files, arrays whose values lie in
other files or are put together from them, filters that are loaded as plugins, objects with several
names. All of it is refused, and sizes are counted (`guarded.limits`) before anything is allocated.
"""

import contextlib
import math
import mmap
import os
import zlib

import numpy as np

from minikeras.guarded import limits
from minikeras.guarded.hdf5_headers import lengths_of_texts

_KINDS = "fiubcSV"  # of dtypes that an array in a file may have: numbers, fixed strings, raw bytes
_DEFLATE, _SHUFFLE, _FLETCHER32 = 1, 2, 3  # the filters that are undone
_CHECKSUM = 4  # bytes
_HEAP = b"GCOL\x01\x00\x00\x00"  # how a heap of strings begins; its size follows
_HEAD = 16  # bytes in front of a heap, and of each entry


def is_hdf5(path):
    """Whether a file begins as HDF5 files do."""
    try:
        with open(path, "rb") as file:
            return file.read(8) == b"\x89HDF\r\n\x1a\n"
    except (OSError, TypeError):
        return False


@contextlib.contextmanager
def opened(file):
    """The `Group` at the root of an HDF5 file, for as long as it is open.

    Args:
        file: a path, or a file object such as ``io.BytesIO``.

    Raises:
        ValueError: if it is no HDF5 file.
    """
    import h5py

    try:
        handle = h5py.File(file, "r")
    except FileNotFoundError:
        raise
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise ValueError(f"{file!r} is no readable HDF5 file: {error}") from None
    with handle:
        if handle.id.get_create_plist().get_sizes() != (8, 8):  # what the checks here assume
            raise ValueError(
                f"{file!r} is an HDF5 file for other machines: of odd sizes of offsets"
            )
        yield Group(handle, _Shared(file))


def wrapped(handle):
    """The `Group` for an open ``h5py.File``; a `Group` as it is."""
    if isinstance(handle, Group):
        return handle
    file = handle.file
    is_as_on_disk = file.mode == "r" and os.path.isfile(file.filename)
    return Group(handle, _Shared(file.filename if is_as_on_disk else file))


class _Shared:
    """What the groups of one file know together."""

    def __init__(self, file):
        self.file = file
        self.names = {}  # address of an object -> the name it was reached by
        self._longest = None

    def reached(self, member):
        """Note that an object was reached; there is one way to each."""
        import h5py

        address = h5py.h5o.get_info(member.id).addr
        name = self.names.setdefault(address, member.name)
        if name != member.name:
            raise ValueError(
                f"{member.name!r} in the file is the same object as {name!r}; objects with several "
                "names are not read"
            )

    def check_texts(self, handle, name):
        """Check what an attribute of texts of variable length says of them before it is read.

        Returns:
            The bytes of its longest text.

        Raises:
            ValueError: if a text is longer than the file has room for, or lies where none is.
        """
        import h5py

        with self._content() as content:
            if self._longest is None:
                self._longest = _largest_heap(content)
            user_block = handle.file.userblock_size
            address = h5py.h5o.get_info(handle.id).addr + user_block
            lengths = lengths_of_texts(content, address, name)
        longest = max(lengths, default=0)
        if longest > self._longest:
            raise ValueError(
                f"The attribute {name!r} of {handle.name!r} is damaged: it states a text of "
                f"{longest} bytes, for which the file has no place"
            )
        return longest

    @contextlib.contextmanager
    def _content(self):
        """The bytes of the file."""
        if hasattr(self.file, "getbuffer"):
            yield self.file.getvalue()
            return
        if hasattr(self.file, "userblock_size"):  # an open file of h5py, written or in memory
            if self.file.mode != "r":
                self.file.flush()
            yield self.file.id.get_file_image()
            return
        with (
            open(self.file, "rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            yield content


def _largest_heap(content):
    """The bytes of the largest heap of strings in a file; all are checked."""
    largest, at = 0, content.find(_HEAP)
    while at >= 0:
        size = int.from_bytes(content[at + 8 : at + 16], "little")
        size = min(size, len(content) - at)
        _check_heap(content, at, size)
        largest = max(largest, size)
        at = content.find(_HEAP, at + 8)
    return largest


def _check_heap(content, start, size):
    """Refuse a heap with entries of no length, at which HDF5 would stay for ever."""
    at, end = start + _HEAD, start + size
    while at + _HEAD <= end:
        number = int.from_bytes(content[at : at + 2], "little")
        length = int.from_bytes(content[at + 8 : at + 16], "little")
        step = _HEAD + -(-length // 8) * 8 if number else length  # entry 0 is what is free
        if step < _HEAD or step >= 1 << 63:
            raise ValueError(f"A heap of strings in the file, at byte {start}, is damaged")
        at += step


class Group:
    """A group of an HDF5 file: a mapping from names to groups and arrays (`Array`)."""

    def __init__(self, handle, shared):
        self._handle, self._shared = handle, shared
        self._members = {}
        self.name = handle.name
        shared.reached(handle)

    @property
    def attrs(self):
        """The attributes."""
        return Attributes(self._handle, self._shared)

    def keys(self):
        """The names of what is in the group."""
        return list(self._handle)

    def __iter__(self):
        return iter(self.keys())

    def __len__(self):
        return len(self._handle)

    def __contains__(self, key):
        # Unlike that of h5py this opens no file that a link may name.
        if "/" in key:
            return self.get(key) is not None
        return key in self._members or self._link(key) is not None

    def get(self, key, default=None):
        """What ``key`` names, or ``default``; layers of old may be named ``conv1/conv``."""
        parent, _, last = key.rpartition("/")
        if parent:
            group = self.at(parent)
            return default if group is None else group.get(last, default)
        found = self._members.get(key)
        if found is None:
            link = self._link(key)
            if link is None:
                return default
            found = self._members[key] = self._member(key, link)
        return found

    def __getitem__(self, key):
        found = self.get(key)
        if found is None:
            raise KeyError(f"{self.name!r} in the file has no member {key!r}")
        return found

    def at(self, path):
        """What lies at a path of several names, or None if the group has no such."""
        found = self
        for part in path.split("/"):
            found = found.get(part)
            if found is None:
                return None
            if not isinstance(found, Group):
                raise ValueError(f"{found.name!r} in the file is not a group")
        return found

    def _link(self, key):
        if not isinstance(key, str) or key in ("", ".", "..") or "/" in key or "\0" in key:
            raise ValueError(f"{key!r} is no name of anything in an HDF5 file")
        return self._handle.get(key, getlink=True)

    def _member(self, key, link):
        import h5py

        if not isinstance(link, h5py.HardLink):
            raise ValueError(f"{key!r} in the file is a link to somewhere else; it is not followed")
        member = self._handle[key]
        if isinstance(member, h5py.Group):
            return Group(member, self._shared)
        if isinstance(member, h5py.Dataset):
            return Array(member, self._shared)
        raise ValueError(f"{key!r} in the file is neither a group nor an array")


class Array:
    """An array of an HDF5 file, read when its values are asked for."""

    def __init__(self, dataset, shared):
        import h5py

        shared.reached(dataset)
        self._shared = shared
        self._dataset, self.name = dataset, dataset.name
        plist = dataset.id.get_create_plist()
        layout = plist.get_layout()
        if layout == h5py.h5d.VIRTUAL or plist.get_external_count():
            raise ValueError(
                f"{self.name!r} in the file keeps its values in other files; they are not read"
            )
        try:
            self.dtype = dataset.dtype
        except (TypeError, ValueError, KeyError) as error:
            raise ValueError(f"{self.name!r} in the file is no array of numbers: {error}") from None
        if self.dtype.kind not in _KINDS or self.dtype.names or self.dtype.hasobject:
            raise ValueError(
                f"{self.name!r} in the file is no array of numbers; it has dtype {self.dtype}"
            )
        if dataset.shape is None:
            raise ValueError(f"{self.name!r} in the file is empty, without a shape")
        self.shape = dataset.shape
        self._chunks = dataset.chunks if layout == h5py.h5d.CHUNKED else None
        self._filters = ()
        if self._chunks is not None:
            self._find_filters(plist)

    def _find_filters(self, plist):
        filters = [plist.get_filter(i) for i in range(plist.get_nfilters())]
        self._filters = tuple(found[0] for found in filters)
        unknown = [f for f in filters if f[0] not in (_DEFLATE, _SHUFFLE, _FLETCHER32)]
        if unknown or len(set(self._filters)) < len(self._filters):
            names = [f[3].decode("latin-1") or f[0] for f in unknown or filters]
            raise ValueError(
                f"{self.name!r} in the file is packed by {names}; only one gzip and one shuffle "
                "are undone"
            )

    @property
    def ndim(self):
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self):
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self):
        """The bytes of the values in memory."""
        return self.size * self.dtype.itemsize

    @property
    def attrs(self):
        """The attributes."""
        return Attributes(self._dataset, self._shared)

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, index):
        return self._read()[index]

    def __array__(self, dtype=None, copy=None):
        values = self._read()
        return values if dtype is None else values.astype(dtype, copy=False)

    def _read(self):
        what, width = f"array {self.name!r} in the file", self.dtype.itemsize
        if self._chunks is not None:
            limits.check_transient(self._chunks, width, f"a chunk of {what}")
            limits.check("chunks", math.prod(self._counts()), what)
        limits.take_array(self.shape, width, what)
        return self._unpacked() if self._filters else np.asarray(self._dataset[()])

    def _counts(self):
        """The numbers of chunks along the axes."""
        return [-(-n // c) for n, c in zip(self.shape, self._chunks)]

    def _unpacked(self):
        """The values of an array that is stored in packed chunks."""
        chunks = self._chunks
        values = np.full(self.shape, self._dataset.fillvalue, self.dtype)
        for place in np.ndindex(*self._counts()):
            start = tuple(p * c for p, c in zip(place, chunks))
            info = self._dataset.id.get_chunk_info_by_coord(start)
            if info.byte_offset is None:
                continue
            mask, packed = self._dataset.id.read_direct_chunk(start)
            block = np.frombuffer(self._undone(packed, mask), self.dtype).reshape(chunks)
            inside = tuple(slice(a, a + c) for a, c in zip(start, chunks))
            part = values[inside]
            values[inside] = block[tuple(slice(n) for n in part.shape)]
        return values

    def _undone(self, packed, mask):
        """The bytes of one chunk; never more of them than it has."""
        size = math.prod(self._chunks) * self.dtype.itemsize
        for i, number in reversed(list(enumerate(self._filters))):
            if mask >> i & 1:
                continue
            if number == _FLETCHER32:
                packed = packed[:-_CHECKSUM]
            elif number == _DEFLATE:
                unpacker = zlib.decompressobj()
                packed = unpacker.decompress(packed, size + _CHECKSUM + 1)
                if not unpacker.eof:
                    raise ValueError(f"A chunk of {self.name!r} in the file unpacks to too much")
            else:
                width = self.dtype.itemsize
                packed = np.frombuffer(packed, np.uint8).reshape(width, -1).T.tobytes()
        if len(packed) != size:
            raise ValueError(
                f"A chunk of {self.name!r} in the file has {len(packed)} bytes; expected {size}"
            )
        return packed


class Attributes:
    """The attributes of a group or array: strings, numbers, and arrays of them."""

    def __init__(self, handle, shared):
        self._handle, self._shared = handle, shared

    def __contains__(self, name):
        return name in self._handle.attrs

    def __len__(self):
        return len(self._handle.attrs)

    def keys(self):
        """The names of the attributes."""
        return list(self._handle.attrs)

    def items(self):
        """Pairs of a name and a value."""
        return [(name, self[name]) for name in self.keys()]

    def get(self, name, default=None):
        """The value of an attribute, or ``default``."""
        return self[name] if name in self else default  # noqa: SIM401

    def __getitem__(self, name):
        self._check(name)
        return self._handle.attrs[name]

    def _check(self, name):
        import h5py

        what = f"attribute {name!r} of {self._handle.name!r}"
        attribute = h5py.h5a.open(self._handle.id, name.encode("utf-8", "surrogateescape"))
        kind = attribute.get_type()
        is_text = isinstance(kind, h5py.h5t.TypeStringID)
        if not is_text and attribute.dtype.kind not in "fiubc":
            raise ValueError(f"The {what} is neither text nor numbers; it is not read")
        width = kind.get_size()
        if is_text and kind.is_variable_str():
            if self._shared is None:
                raise ValueError(f"The {what} is a string of variable length; it is not read")
            # Many strings may be the same one in the file, but not in memory.
            width += self._shared.check_texts(self._handle, name)
        limits.check_transient(attribute.shape, width, what)

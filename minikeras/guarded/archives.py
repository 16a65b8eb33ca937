"""Zip and tar archives that unpack inside their folder, to a size in proportion to their own."""

import bz2
import contextlib
import gzip
import lzma
import os
import shutil
import tarfile
import zipfile
import zlib

from minikeras.guarded import limits

_DIRECTORY_BYTES = 400  # of the table of a zip file for each member, more than any takes
_ENCRYPTED = 0x1
_PIECE = 1 << 20  # bytes
_PACKERS = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\0", lzma.open))


def inner_path(name, what):
    """The path within a folder that the name of a member of an archive means.

    Raises:
        ValueError: if it leads out of the folder, or somewhere else on another system.
    """
    parts = [part for part in name.removesuffix("/").split("/") if part != "."]
    is_odd = any(
        part in ("", "..") or any(c in part for c in "\\:\0") or part != part.strip()
        for part in parts
    )
    if is_odd or not parts:
        raise ValueError(f"{what} holds a file with an odd path, which is not followed: {name!r}")
    return "/".join(parts)


class _Table:
    """A file object that hands out no more than a bounded piece at a time."""

    def __init__(self, file, most, what):
        self._file, self.most, self._what = file, most, what

    def read(self, size=-1):
        if self.most is not None and size > self.most:
            raise limits.LimitExceeded(
                f"{self._what}: its table of members has {size} bytes in one piece, of which at "
                f"most {self.most} are allowed, or it is damaged"
            )
        return self._file.read(size)

    def __getattr__(self, name):
        return getattr(self._file, name)


class Zip:
    """A zip file that is open, its table checked."""

    def __init__(self, archive, what):
        self._archive, self._what = archive, what
        infos = archive.infolist()
        limits.check("members", len(infos), what)
        self._members = {}
        for info in infos:
            if info.filename in ("", "/", "./"):
                continue
            path = inner_path(info.filename, what)
            if path in self._members:
                raise ValueError(f"{what} holds several files named {path!r}")
            self._members[path] = info
        files = [path for path, info in self._members.items() if not info.is_dir()]
        for path in files:
            above = path
            while "/" in above:
                above = above.rpartition("/")[0]
                if above in self._members and not self._members[above].is_dir():
                    raise ValueError(f"{what} holds {above!r} both as a file and as a folder")
        self.names = files

    def read(self, name):
        """The bytes of a member.

        Raises:
            KeyError: if there is none of that name.
            ValueError: if it is damaged, encrypted or too large.
        """
        with self._opened(name) as file:
            return file.read()

    def unpack(self, folder, prefix=""):
        """Write the members whose names begin with ``prefix`` into a folder."""
        for name in self.names:
            if name.startswith(prefix):
                with self._opened(name) as source:
                    _write(source, folder, name)

    @contextlib.contextmanager
    def _opened(self, name):
        info = self._members[name]
        if info.flag_bits & _ENCRYPTED:
            raise ValueError(f"{self._what}: {name!r} is encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"{self._what}: {name!r} is packed in a way that is not supported")
        limits.take(info.file_size, f"{self._what}: {name!r}")
        try:
            with self._archive.open(info) as file:
                yield file
        except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError) as error:
            raise ValueError(f"{self._what} is damaged: {error}") from None


@contextlib.contextmanager
def opened_zip(path, what=None):
    """The `Zip` at a path, for as long as it is open.

    Raises:
        ValueError: if it is no zip file, holds too many members, several of one name, or members
            whose names lead out of a folder.
    """
    what = what or repr(os.fspath(path))
    with open(path, "rb") as file:
        table = _Table(file, _DIRECTORY_BYTES * limits.limit("members"), what)
        try:
            archive = zipfile.ZipFile(table)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, OverflowError) as error:
            raise ValueError(f"{what} is damaged: {error}") from None
        table.most = None
        with archive:
            yield Zip(archive, what)


def unpack_zip(path, folder):
    """Unpack a zip file into a folder."""
    with limits.reading(repr(path), os.path.getsize(path)), opened_zip(path) as archive:
        archive.unpack(folder)


def unpack_tar(path, folder):
    """Unpack a tar file into a folder.

    Links to files of the archive become copies; all others, and devices, are refused.

    Raises:
        ValueError: for these, for paths out of the folder, and if it unpacks to too much.
    """
    what = repr(path)
    with limits.reading(what, os.path.getsize(path)):
        try:
            with (
                _unpacking(path) as file,
                tarfile.open(fileobj=_Table(file, 2 * _PIECE, what), mode="r:") as archive,
            ):
                for member in archive:
                    _unpack_member(archive, member, folder, what)
        except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise ValueError(f"{what} is damaged: {error}") from None


def _unpacking(path):
    with open(path, "rb") as file:
        start = file.read(6)
    return next((opening for mark, opening in _PACKERS if start.startswith(mark)), open)(path, "rb")


def _unpack_member(archive, member, folder, what):
    if member.isdir():
        if member.name.strip("./"):
            os.makedirs(_inside(folder, inner_path(member.name, what)), exist_ok=True)
        return
    path = inner_path(member.name, what)
    source = member
    if member.issym() or member.islnk():
        source = _target(archive, member, what)
    if not source.isfile():
        raise ValueError(f"{what} holds {member.name!r}, which is neither a file nor a folder")
    limits.take(source.size, f"{what}: {member.name!r}")
    with archive.extractfile(source) as file:
        _write(file, folder, path)


def _target(archive, member, what):
    """The file of the archive that a link means."""
    beside = os.path.dirname(member.name) if member.issym() else ""
    name = os.path.normpath(os.path.join(beside, member.linkname)).replace(os.sep, "/")
    for found in (name, f"./{name}"):
        with contextlib.suppress(KeyError):
            return archive.getmember(found)
    raise ValueError(
        f"{what} holds a link out of it, which is not made: {member.name!r} to {member.linkname!r}"
    )


def _write(source, folder, path):
    target = _inside(folder, path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "wb") as file:
        shutil.copyfileobj(source, file, _PIECE)


def _inside(folder, path):
    """The place of a member, after a look at where links in the folder lead."""
    target = os.path.join(folder, *path.split("/"))
    real = os.path.realpath(folder)
    if os.path.commonpath([real, os.path.realpath(target)]) != real:
        raise ValueError(f"{path!r} would be written outside of {folder!r}, through a link there")
    return target

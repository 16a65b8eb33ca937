"""Zip and tar archives that unpack inside their folder, to a size in proportion to their own."""

import bz2
import contextlib
import gzip
import lzma
import os
import posixpath
import shutil
import tarfile
import zipfile
import zlib

from minikeras.guarded import limits, xz_file

_DIRECTORY_BYTES = 400  # of the table of a zip file for each member, more than any takes
_ENCRYPTED = 0x1
_PIECE = 1 << 20  # bytes
_FORBIDDEN = "\\\0:" if os.name == "nt" else "\\\0"  # in names of files
_PACKERS = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\0", xz_file.opened))


def inner_path(name, what):
    """The path within a folder that the name of a member of an archive means.

    Raises:
        ValueError: if it leads out of the folder, or somewhere else on another system.
    """
    parts = [part for part in name.removesuffix("/").split("/") if part != "."]
    is_odd = any(part in ("", "..") or any(c in part for c in _FORBIDDEN) for part in parts)
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
        self.sizes = {path: self._members[path].file_size for path in files}

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


@contextlib.contextmanager
def opened(path, kind):
    """The `Zip` or `Tar` at a path, read within limits of its own, for as long as it is open.

    Args:
        path: the file.
        kind: ``"zip"`` or ``"tar"``.
    """
    opening = opened_zip if kind == "zip" else _opened_tar
    with limits.reading(repr(path), os.path.getsize(path)), opening(path) as archive:
        yield archive


def is_archive(path, kind):
    """Whether a file is a ``"zip"`` or ``"tar"`` file."""
    if kind == "zip":
        return zipfile.is_zipfile(path)
    try:
        with _unpacking(path) as file:
            _tar(file, repr(path)).close()
    except xz_file.TooLarge:  # which unpacking it tells
        return True
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError, limits.LimitExceeded):
        return False
    return True


class Tar:
    """A tar file that is open, its members checked.

    Links to files of the archive stand for copies; all others, and devices, are refused.
    """

    def __init__(self, archive, what):
        self._archive, self._what = archive, what
        self._sources, self._folders, links = {}, [], []
        for member in archive:
            if member.isdir():
                if member.name.strip("./"):
                    self._folders.append(inner_path(member.name, what))
                continue
            path = inner_path(member.name, what)
            if member.issym() or member.islnk():
                links.append((path, member))
            elif member.isfile():
                self._add(path, member)
            else:
                raise ValueError(f"{what} holds {path!r}, which is neither a file nor a folder")
        for path, member in links:
            self._add(path, self._target(path, member))
        self.sizes = {path: member.size for path, member in self._sources.items()}

    def _add(self, path, member):
        limits.take(member.size, f"{self._what}: {path!r}")
        self._sources[path] = member

    def _target(self, path, member):
        """The file of the archive that a link means."""
        beside = posixpath.dirname(path) if member.issym() else ""
        found = self._sources.get(posixpath.normpath(posixpath.join(beside, member.linkname)))
        if found is None:
            raise ValueError(
                f"{self._what} holds a link to what is no file in it, which is not made: {path!r} "
                f"to {member.linkname!r}"
            )
        return found

    def unpack(self, folder):
        """Write the members into a folder."""
        for path in self._folders:
            os.makedirs(_inside(folder, path), exist_ok=True)
        for path, member in self._sources.items():
            with self._archive.extractfile(member) as source:
                _write(source, folder, path)


@contextlib.contextmanager
def _opened_tar(path):
    what = repr(path)
    try:
        with _unpacking(path) as file, _tar(file, what) as archive:
            yield Tar(archive, what)
    except xz_file.TooLarge as error:
        raise limits.LimitExceeded(str(error)) from None
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise ValueError(f"{what} is damaged: {error}") from None


def _tar(file, what):
    return tarfile.open(fileobj=_Table(file, 2 * _PIECE, what), mode="r:")


def _unpacking(path):
    with open(path, "rb") as file:
        start = file.read(6)
    return next((opening for mark, opening in _PACKERS if start.startswith(mark)), open)(path, "rb")


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

"""get_file: a file from the internet, or from the cache where it already is."""

import contextlib
import hashlib
import os
import posixpath
import tempfile
import urllib.parse
import warnings

from minikeras import config
from minikeras.callbacks.progbar import Progbar
from minikeras.console import show
from minikeras.files import atomic_folder, atomic_path
from minikeras.guarded import archives

_CHUNK = 1 << 16  # bytes
_TIMEOUT = 60  # seconds without an answer


def get_file(
    fname=None,
    origin=None,
    untar=False,
    md5_hash=None,
    file_hash=None,
    cache_subdir="datasets",
    hash_algorithm="auto",
    extract=False,
    archive_format="auto",
    cache_dir=None,
    force_download=False,
):
    """The path of a file that is downloaded unless it is in the cache.

    Args:
        fname: its name in the cache, by default the name in ``origin``.
        origin: the address to download it from.
        untar: the old way to say ``extract=True, archive_format="tar"``.
        md5_hash: the old way to say ``file_hash=..., hash_algorithm="md5"``.
        file_hash: the SHA-256 or MD5 hash of the file in hexadecimal digits; a file in the cache
            with another one is downloaded again.
        cache_subdir: the folder within the cache, or an absolute path.
        hash_algorithm: ``"sha256"``, ``"md5"`` or ``"auto"`` to go by the length of the hash.
        extract: whether the file is an archive to be unpacked.
        archive_format: ``"tar"``, ``"zip"``, a list of these, or ``"auto"`` for both.
        cache_dir: the cache, by default ``KERAS_HOME`` or ``~/.keras``.
        force_download: whether to download even if the file is in the cache.

    Returns:
        The path of the file; with ``extract`` that of the folder it was unpacked to.

    Raises:
        OSError: if the file can be neither found nor downloaded, with the place to put it by hand.
        ValueError: if what was downloaded has another hash, or is an archive with paths or links
            out of it, or one that unpacks to more than `guarded.allow` allows.
    """
    if origin is None:
        raise ValueError("origin must be given: the address to download the file from")
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    hash_algorithm = _algorithm(hash_algorithm, file_hash)
    folder = os.path.join(_cache(cache_dir), cache_subdir)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise type(error)(
            error.errno,
            f"{folder!r} cannot be made to keep files in: {error.strerror}. Set the environment "
            "variable KERAS_HOME, or pass cache_dir, to a folder that may be written",
        ) from error
    path, unpacked = _places(fname, origin, folder, extract or untar)
    is_there = os.path.exists(path) and not force_download
    if is_there and file_hash is not None and hash_of(path, hash_algorithm) != file_hash.lower():
        show(f"{path} has another {hash_algorithm} hash than expected and is downloaded anew.")
        is_there = False
    if not is_there:
        _download(origin, path, file_hash, hash_algorithm)
    if unpacked is None:
        return path
    if not _extract(path, unpacked, "tar" if untar else archive_format):
        warnings.warn(
            f"{path} is no archive of format {archive_format!r}, so it was not unpacked",
            UserWarning,
            stacklevel=2,
        )
    return unpacked


def _cache(cache_dir):
    base = os.path.expanduser(config.home() if cache_dir is None else os.fspath(cache_dir))
    with contextlib.suppress(OSError):
        os.makedirs(base, exist_ok=True)
    if os.access(base, os.W_OK):
        return base
    return os.path.join(tempfile.gettempdir(), ".keras")


def _places(fname, origin, folder, extract):
    """The path of the file, and that of the folder it is unpacked to or None."""
    if fname is not None and os.path.basename(os.fspath(fname)) != os.fspath(fname):
        raise ValueError(
            "fname must be a name without folders: those go to cache_dir and cache_subdir. "
            f"Received: {fname!r}"
        )
    name = os.fspath(fname) if fname else posixpath.basename(urllib.parse.urlsplit(origin).path)
    if not name:
        raise ValueError(f"origin names no file, so fname must be given. Received: {origin!r}")
    path = os.path.join(folder, name)
    if not extract:
        return path, None
    if fname and "." in name:
        return path, os.path.join(folder, f"{name[: name.index('.')]}_extracted")
    return f"{path}_archive", path


def _algorithm(name, file_hash):
    if name not in ("auto", "md5", "sha256"):
        raise ValueError(f"hash_algorithm must be 'auto', 'md5' or 'sha256'. Received: {name!r}")
    if name != "auto":
        return name
    return "sha256" if file_hash is not None and len(file_hash) == 64 else "md5"


def hash_of(path, algorithm):
    """The hash of a file in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _download(origin, path, file_hash, algorithm):
    show(f"Downloading {origin}")
    with atomic_path(path) as temporary:
        try:
            _fetch(origin, temporary)
        except OSError as error:
            raise OSError(
                f"{origin} could not be downloaded: {error}. Without a connection, download it "
                f"elsewhere and put it at {path}"
            ) from error
        found = hash_of(temporary, algorithm)
        if file_hash is not None and found != file_hash.lower():
            raise ValueError(
                f"What was downloaded from {origin} is incomplete or another file: its {algorithm} "
                f"hash is {found}; expected {file_hash}"
            )


def _fetch(origin, path):
    import urllib.request  # slow to import, and most programs download nothing

    with urllib.request.urlopen(origin, timeout=_TIMEOUT) as source, open(path, "wb") as file:
        stated = source.headers.get("Content-Length")
        bar = Progbar(int(stated) if stated else None, unit_name="byte")
        while chunk := source.read(_CHUNK):
            file.write(chunk)
            bar.add(len(chunk))
        if stated and file.tell() < int(stated):
            raise OSError(f"the connection ended after {file.tell()} of {stated} bytes")


def _extract(path, folder, archive_format):
    """Unpack an archive unless that is done. Returns whether it is one of the format."""
    formats = ("tar", "zip") if archive_format == "auto" else archive_format or ()
    formats = (formats,) if isinstance(formats, str) else formats
    for name in formats:
        if name not in ("tar", "zip"):
            raise ValueError(f"archive_format must be 'auto', 'tar' or 'zip'. Received: {name!r}")
        if archives.is_archive(path, name):
            with archives.opened(path, name) as archive:
                if not _is_unpacked(path, folder, archive.sizes):
                    with atomic_folder(folder) as temporary:
                        archive.unpack(temporary)
            return True
    return False


def _is_unpacked(archive, folder, sizes):
    """Whether the folder is younger than the archive and holds its files with these sizes.

    Then it is left alone, so that another process may read it meanwhile.
    """
    if not os.path.isdir(folder) or os.path.getmtime(folder) < os.path.getmtime(archive):
        return False
    paths = {os.path.join(folder, name): size for name, size in sizes.items()}
    return all(os.path.isfile(p) and os.path.getsize(p) == size for p, size in paths.items())

"""Writing files so that a failure at any moment leaves the old file as it was."""

import contextlib
import ctypes
import os
import shutil
import sys
import tempfile


class MissingFileError(FileNotFoundError, ValueError):
    """A file to be read is not there. Keras raises ValueError then, Python FileNotFoundError."""


def check_there(path):
    """Raise `MissingFileError` unless there is a file or folder at ``path``."""
    if not os.path.exists(path):
        raise MissingFileError(f"File not found: {path!r}")


@contextlib.contextmanager
def atomic_path(path):
    """A temporary path beside ``path``; what is written there takes its place at the end.

    The file is flushed to the disk before it is renamed, so that after a crash there is either
    the old content or the new one, whole. On an error the temporary file is removed.

    Raises:
        OSError: if the folder does not exist or cannot be written, with a message that names it.
    """
    path = os.fspath(path)
    folder = os.path.dirname(os.path.abspath(path))
    try:
        handle, temporary = tempfile.mkstemp(
            prefix=f".{os.path.basename(path)}.", suffix=_suffix(path), dir=folder
        )
    except OSError as error:
        raise type(error)(
            error.errno,
            f"Cannot save to {path!r}: {error.strerror}. Choose a folder that exists and may be "
            "written",
        ) from None
    os.close(handle)
    try:
        yield temporary
        _flush(temporary)
        mode = os.stat(path).st_mode if os.path.exists(path) else 0o666 & ~_umask()
        os.chmod(temporary, mode & 0o777)
        os.replace(temporary, path)
        _flush(folder)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.remove(temporary)
        raise


@contextlib.contextmanager
def atomic_folder(path):
    """A temporary folder beside ``path``; it takes its place at the end."""
    path = os.path.abspath(os.fspath(path))
    parent = os.path.dirname(path)
    try:
        temporary = tempfile.mkdtemp(prefix=f".{os.path.basename(path)}.", dir=parent)
    except OSError as error:
        raise type(error)(error.errno, f"Cannot save to {path!r}: {error.strerror}") from None
    try:
        yield temporary
        for name in os.listdir(temporary):
            _flush(os.path.join(temporary, name))
        os.chmod(temporary, 0o777 & ~_umask())
        if not os.path.isdir(path):
            os.replace(temporary, path)
        elif not _exchanged(temporary, path):
            aside = tempfile.mkdtemp(prefix=f".{os.path.basename(path)}.", dir=parent)
            os.replace(path, aside)
            try:
                os.replace(temporary, path)
            except BaseException:
                os.replace(aside, path)
                raise
            temporary = aside
        _flush(parent)
        shutil.rmtree(temporary, ignore_errors=True)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _exchanged(first, second):
    """Let two folders change places in one step; returns whether the system can do that.

    Elsewhere there is a moment without a folder, in which a process may be killed.
    """
    function, *flags = _EXCHANGE.get(sys.platform, (None,))
    if function is None:
        return False
    here = (_CURRENT,) if sys.platform == "linux" else ()
    try:
        exchange = getattr(ctypes.CDLL(None), function)
    except (OSError, AttributeError):
        return False
    return exchange(*here, os.fsencode(first), *here, os.fsencode(second), *flags) == 0


# By system: the function of the C library that renames with flags, and the flag for an exchange.
_EXCHANGE = {"linux": ("renameat2", 2), "darwin": ("renamex_np", 2)}
_CURRENT = -100  # paths are relative to the current folder


def check_free(path, overwrite):
    """Raise FileExistsError if ``path`` exists and may not be replaced."""
    if not overwrite and os.path.exists(path):
        raise FileExistsError(
            f"{os.fspath(path)!r} exists already. Pass overwrite=True to replace it."
        )


def _suffix(path):
    """The extensions of a file name, so that writers that look at them are content."""
    name = os.path.basename(path)
    return name[name.index(".", 1) :] if "." in name[1:] else ""


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _flush(path):
    """Wait until a file or folder is on the disk; systems that cannot sync folders are let be."""
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

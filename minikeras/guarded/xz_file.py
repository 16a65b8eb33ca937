"""Files packed by xz, unpacked with a bounded amount of memory.

A file of some hundred bytes may state a dictionary of 4 GiB, which its reader needs to have.
"""

import io
import lzma

from minikeras.guarded import limits

_MOST_MEMORY = 96 * limits.MEBIBYTE  # xz -9 needs 65
_PIECE = 1 << 16  # bytes that are read at once
_TOO_MUCH = "Memory usage limit"  # how liblzma begins to say it


class TooLarge(limits.LimitExceeded):
    """A file of xz needs more memory to be unpacked than it may."""


def opened(path, mode="rb"):
    """The content of a file of xz, as a file that can be read and in which one can seek.

    Args:
        path: the file.
        mode: ``"rb"``.
    """
    return io.BufferedReader(_Raw(open(path, mode), repr(path)))


class _Raw(io.RawIOBase):
    """The same, that may read less than it is asked for."""

    def __init__(self, file, what):
        self._what, self._file = what, file
        self._memory = max(_MOST_MEMORY, limits.limit("memory") or 0)
        self._rewind()

    def _rewind(self):
        self._file.seek(0)
        self._unpacker, self._at, self._is_over = None, 0, False

    def readable(self):
        """True."""
        return True

    def seekable(self):
        """True."""
        return True

    def tell(self):
        """Where the next byte stands."""
        return self._at

    def seek(self, offset, whence=io.SEEK_SET):
        """Go to a place; to one before by unpacking from the start."""
        if whence == io.SEEK_END:
            raise io.UnsupportedOperation("the end of a packed file is not known")
        target = offset + (self._at if whence == io.SEEK_CUR else 0)
        if target < self._at:
            self._rewind()
        while self._at < target and (piece := self._unpacked(min(_PIECE, target - self._at))):
            self._at += len(piece)
        return self._at

    def readinto(self, buffer):
        """Fill a buffer; returns how many bytes there were, 0 at the end."""
        piece = self._unpacked(len(buffer))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _unpacked(self, most):
        """At most so many bytes; none at the end alone."""
        while not self._is_over:
            packed = b""
            if self._unpacker is None or self._unpacker.eof:  # a file may be of several streams
                packed = (self._unpacker.unused_data if self._unpacker else b"").lstrip(b"\0")
                packed = packed or self._file.read(_PIECE)
                if not packed.lstrip(b"\0"):
                    self._is_over = not packed
                    continue
                self._unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=self._memory)
            elif self._unpacker.needs_input:
                packed = self._file.read(_PIECE)
                if not packed:
                    raise EOFError("the packed file ends too early")
            piece = self._decompressed(packed, most)
            if piece:
                return piece
        return b""

    def _decompressed(self, packed, most):
        try:
            return self._unpacker.decompress(packed, most)
        except lzma.LZMAError as error:
            if str(error).startswith(_TOO_MUCH):
                raise TooLarge(
                    f"{self._what} is packed with a dictionary that needs more memory than "
                    f"{self._memory} bytes. If you trust where the file comes from: with "
                    "minikeras.guarded.allow(memory=...): ..."
                ) from None
            raise

    def close(self):
        """Close the file."""
        self._file.close()
        super().close()

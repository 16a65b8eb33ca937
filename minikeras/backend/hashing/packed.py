"""Byte strings of all lengths in one buffer, from which words are read for all strings at once."""

import numpy as np


class Packed:
    """Byte strings laid end to end.

    Args:
        strings: a list of bytes.

    Attributes:
        starts: where each string begins, int64.
        lengths: how many bytes each has, int64.
    """

    def __init__(self, strings):
        self.lengths = np.fromiter(map(len, strings), np.int64, len(strings))
        self.starts = np.cumsum(self.lengths) - self.lengths
        # Eight more bytes, so that a word can be read at every place, the end included.
        buffer = np.frombuffer(b"".join(strings) + bytes(8), np.uint8)
        self._windows = np.lib.stride_tricks.sliding_window_view(buffer, 8)

    def __len__(self):
        return len(self.lengths)

    def words(self, at):
        """The eight bytes at each place, as little-endian numbers (uint64)."""
        return self._windows[at].view("<u8")[:, 0].astype(np.uint64, copy=False)

    def half_words(self, at):
        """The four bytes at each place, as little-endian numbers (uint64)."""
        return self.words(at) & np.uint64(0xFFFFFFFF)

    def bytes(self, at):
        """The byte at each place (uint64)."""
        return self.words(at) & np.uint64(0xFF)

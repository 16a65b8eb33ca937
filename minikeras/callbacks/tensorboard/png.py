"""PNG pictures of arrays of bytes."""

import struct
import zlib

import numpy as np

_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}  # channels -> grey, red-green-blue, the same with opacity


def png(pixels):
    """The file of a picture.

    Args:
        pixels: a NumPy array ``(height, width, channels)`` of uint8 with 1, 3 or 4 channels.

    >>> png(np.zeros((2, 2, 1), "uint8"))[1:4]
    b'PNG'
    """
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    # Each row begins with a byte that says how it is filtered: not at all.
    rows = np.zeros((height, 1 + width * channels), "uint8")
    rows[:, 1:] = pixels.reshape(height, -1)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

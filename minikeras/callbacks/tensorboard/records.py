"""Event files: a file of records, each framed by its length and by check sums.

A record is its length (8 bytes, little endian), a check sum of these 8 bytes, the data, a check sum
of the data: TensorFlow's format TFRecord. The check sum is CRC-32C (Castagnoli's polynomial),
rotated by 15 bits and moved by a constant: sums of data that hold sums are weak otherwise.
"""

import itertools
import os
import socket
import struct
import time

_POLYNOMIAL = 0x82F63B78  # Castagnoli 1993, with its bits reversed
_files = itertools.count()


def _table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
        table.append(byte)
    return tuple(table)


_TABLE = _table()


def crc32c(data):
    """The CRC-32C of some bytes.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    crc, table = 0xFFFFFFFF, _TABLE
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def masked_crc32c(data):
    """The check sum that a record carries."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(data):
    """``data``, some bytes, as a record."""
    length = struct.pack("<Q", len(data))
    return b"".join(
        (
            length,
            struct.pack("<I", masked_crc32c(length)),
            data,
            struct.pack("<I", masked_crc32c(data)),
        )
    )


def event_file_path(folder):
    """The path of a new event file: TensorBoard knows such files by the middle of their names."""
    now, host = int(time.time()), socket.gethostname()
    name = f"events.out.tfevents.{now}.{host}.{os.getpid()}.{next(_files)}.v2"
    return os.path.join(folder, name)


class RecordFile:
    """A new file of records in ``folder``, which is made if need be."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.path = event_file_path(folder)
        self._file = open(self.path, "xb")  # noqa: SIM115  (closed by `close`)

    def write(self, data):
        """Add a record."""
        self._file.write(record(data))

    def flush(self):
        """Let readers see all that was written."""
        self._file.flush()

    def close(self):
        """Write out what is left; further calls do nothing."""
        self._file.close()

    def __del__(self):
        # A run that was cut off did not get to close its files.
        file = getattr(self, "_file", None)
        if file is not None:
            file.close()

"""Protocol buffers by hand: the fields of a message as bytes, by the numbers of their definitions.

A field is a key, its number times 8 plus a code for how its value is laid out (0 a number of
variable length, 1 eight bytes, 2 a length and so many bytes), and the value. A message is its
fields, one after another.
"""

import struct


def varint(n):
    """A number in as many bytes as it needs, seven bits each; negative ones as 64 bits.

    >>> varint(300).hex()
    'ac02'
    """
    n &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def integer(number, value):
    """An integer, truth value or enumeration."""
    return varint(number << 3) + varint(int(value))


def double(number, value):
    """A number in double precision."""
    return varint(number << 3 | 1) + struct.pack("<d", value)


def block(number, data):
    """Bytes, a string or a message that is bytes already."""
    data = data.encode("utf-8") if isinstance(data, str) else data
    return varint(number << 3 | 2) + varint(len(data)) + data


def entry(number, key, message):
    """An entry of a map from strings to messages."""
    return block(number, block(1, key) + block(2, message))

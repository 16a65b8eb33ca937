"""How long the texts in attributes of HDF5 objects say that they are, from the bytes of the file.

The library of HDF5 asks for the memory of a text of variable length before it looks for the text,
so a damaged or hostile length costs up to 4 GiB. Here the lengths are read first: an attribute lies
in the header of its object, as a message, or in a heap that is searched for it by its name.
"""

import math

_ATTRIBUTE, _CONTINUATION = 0x0C, 0x10  # kinds of messages
_TEXT = 9  # the class of datatypes of variable length
_REFERENCE = 16  # bytes of one text: its length, the address of its heap, its number there
_SHARED = 0x02  # a flag of messages that lie elsewhere
_SHARED_TYPE, _SHARED_SPACE = 0x01, 0x02  # flags of attributes whose parts lie elsewhere
_MOST_BLOCKS = 1000  # of one header


def lengths_of_texts(content, address, name):
    """The lengths that the elements of an attribute state.

    Args:
        content: the bytes of the file, or a map of them.
        address: where the header of the object is.
        name: the name of the attribute.

    Returns:
        A list of integers; for heaps also those of attributes of the same name elsewhere.

    Raises:
        ValueError: if the attribute is not found, so that its lengths are not known.
    """
    name = name.encode("utf-8", "surrogateescape") + b"\0"
    for start, _ in _messages(content, address):
        found = _lengths(content, start, name)
        if found is not None:
            return found
    found, at = [], content.find(name)
    while at >= 0:
        for head in (8, 9):  # bytes in front of the name
            found += _lengths(content, at - head, name) or []
        at = content.find(name, at + 1)
    if not found:
        raise ValueError(f"The attribute {name[:-1]!r} is kept in a way that is not read")
    return found


def _number(content, at, size):
    if at < 0 or at + size > len(content):
        raise ValueError("A header of the file is damaged: it leads out of the file")
    return int.from_bytes(content[at : at + size], "little")


def _messages(content, address):
    """Where the messages on attributes in a header begin, and how many bytes they have."""
    is_first_version = content[address : address + 4] != b"OHDR"
    if is_first_version:
        head = 8
        blocks = [(address + 16, _number(content, address + 8, 4))]
    else:
        flags = _number(content, address + 5, 1)
        head = 6 if flags & 0x04 else 4
        start = address + 6 + 16 * bool(flags & 0x20) + 4 * bool(flags & 0x10)
        width = 1 << (flags & 0x03)
        blocks = [(start + width, _number(content, start, width))]
    for start, size in blocks:  # which grow meanwhile
        at, end = start, min(start + size, len(content))
        while at + head <= end:
            kind = _number(content, at, 2 if is_first_version else 1)
            length = _number(content, at + (2 if is_first_version else 1), 2)
            flags = _number(content, at + (4 if is_first_version else 3), 1)
            at += head
            if kind == _ATTRIBUTE and not flags & _SHARED:
                yield at, length
            elif kind == _CONTINUATION and len(blocks) < _MOST_BLOCKS:
                place, more = _number(content, at, 8), _number(content, at + 8, 8)
                # A later block of the second version begins with its name and ends with a sum.
                blocks.append((place, more) if is_first_version else (place + 4, more - 8))
            at += length


def _lengths(content, start, name):
    """The lengths in an attribute's message at ``start``, or None if it is not such a message."""
    if start < 0 or start + 9 > len(content):
        return None
    version, sizes = content[start], [_number(content, start + i, 2) for i in (2, 4, 6)]
    at = start + (9 if version == 3 else 8)
    if version not in (1, 2, 3) or sizes[0] != len(name) or content[at : at + len(name)] != name:
        return None
    padded = [-(-size // 8) * 8 for size in sizes] if version == 1 else sizes
    datatype, space = at + padded[0], at + padded[0] + padded[1]
    flags = content[start + 1] if version > 1 else 0
    if flags & _SHARED_SPACE:
        raise ValueError(f"The attribute {name[:-1]!r} is kept in a way that is not read")
    if not flags & _SHARED_TYPE and _number(content, datatype, 1) & 0x0F != _TEXT:
        return []
    rank = _number(content, space + 1, 1)
    sides = space + (8 if _number(content, space, 1) == 1 else 4)
    count = math.prod(_number(content, sides + 8 * i, 8) for i in range(rank))
    data = space + padded[2]
    if data + count * _REFERENCE > len(content):
        raise ValueError(f"The attribute {name[:-1]!r} leads out of the file")
    return [_number(content, data + i * _REFERENCE, 4) for i in range(count)]

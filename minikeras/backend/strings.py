"""Strings: NumPy arrays of text on the host, on either backend, and the bytes that they stand for.

No array library computes with strings on a GPU, so arrays of them are always NumPy's: of fixed
width (``U``, ``S``), of variable width (``StringDType``) or of Python objects. Their dtype is
called ``"string"``, as in Keras.
"""

import numpy as np

# Text, bytes, text of variable width, Python objects.
_KINDS = frozenset("USTO")


def is_strings(x):
    """Whether ``x`` is a NumPy array of strings or Python objects.

    >>> is_strings(np.array(["a"])), is_strings(np.array([1]))
    (True, False)
    """
    return isinstance(x, np.ndarray) and x.dtype.kind in _KINDS


def bytes_of(x, name="A layer"):
    """The strings in ``x`` as UTF-8 bytes.

    Args:
        x: a string, bytes, nested lists of them, or an array of strings.
        name: who asks, for the error message.

    Returns:
        A list of all of them in order, and the shape of ``x``.

    Raises:
        ValueError: if something else than strings is among them.

    >>> bytes_of([["a", b"b"]])
    ([b'a', b'b'], (1, 2))
    """
    # An array of objects keeps zero bytes at the end of a string, which arrays of text drop.
    array = x if isinstance(x, np.ndarray) else np.asarray(x, dtype=object)
    flat = array.ravel().tolist()
    try:
        return [s if type(s) is bytes else s.encode() for s in flat], array.shape
    except AttributeError:
        odd = next(s for s in flat if not isinstance(s, (str, bytes)))
        raise ValueError(
            f"{name} expects strings: an array of strings, or (nested) lists of strings of equal "
            f"lengths. Received: {odd!r} of type {type(odd).__name__} among them"
        ) from None


def texts_of(tokens, shape, encoding="utf-8"):
    """An array of text of the given shape from a list of bytes.

    >>> texts_of([b"a", b"b"], (2,)).tolist()
    ['a', 'b']
    """
    return np.array([t.decode(encoding) for t in tokens], dtype=str).reshape(shape)

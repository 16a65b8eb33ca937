"""The era of Keras whose meaning a call has where the eras differ and the call does not tell.

3 is today's. 2 stands for Keras 2.3 and what went before it back to 2.0, 1 for Keras 1.
"""

import contextlib
import contextvars

ERAS = (1, 2, 3)
_everywhere = 3
_here = contextvars.ContextVar("era", default=None)
_files_of_1 = None  # while nobody has stated the era of a program: its files that tell theirs


def era():
    """The era in force.

    >>> import minikeras as keras
    >>> keras.legacy.era()
    3
    """
    return _here.get() or _everywhere


def set_era(number):
    """Put an era in force for the whole program.

    Raises:
        ValueError: unless it is 1, 2 or 3.
    """
    global _everywhere
    _everywhere = _checked(number)


@contextlib.contextmanager
def era_scope(number):
    """A context in which an era is in force, in this thread.

    >>> import minikeras as keras
    >>> with keras.legacy.era_scope(1):
    ...     layer = keras.layers.Dense(4, "uniform", "relu")
    >>> layer.activation.__name__
    'relu'
    """
    token = _here.set(_checked(number))
    try:
        yield
    finally:
        _here.reset(token)


def tell_by_calls():
    """Let a call that only Keras 1 knows tell the era of the other calls in its file."""
    global _files_of_1
    _files_of_1 = set()


def note_keras_1(file):
    """Note a file with a call that only Keras 1 knows."""
    if _files_of_1 is not None:
        _files_of_1.add(file)


def is_of_keras_1(calling_file):
    """Whether the file that ``calling_file()`` names was seen to be written for Keras 1."""
    return bool(_files_of_1) and calling_file() in _files_of_1


def _checked(number):
    if number not in ERAS:
        raise ValueError(f"The eras of Keras are 1, 2 and 3. Received: {number!r}")
    return number

"""Tracebacks that show the user's own lines: frames of minikeras are left out of them.

An exception keeps its message, its notes and its type. ``keras.config`` switches this off and on.
"""

import functools
import os
import types

_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep
_state = {"is_filtering": True}


def enable_traceback_filtering():
    """Leave the frames of minikeras out of tracebacks, as is the default."""
    _state["is_filtering"] = True


def disable_traceback_filtering():
    """Show tracebacks whole, frames of minikeras included."""
    _state["is_filtering"] = False


def is_traceback_filtering_enabled():
    """Whether the frames of minikeras are left out of tracebacks.

    >>> import minikeras as keras
    >>> keras.config.enable_traceback_filtering()
    >>> keras.config.is_traceback_filtering_enabled()
    True
    """
    return _state["is_filtering"]


def hide_own_frames(error):
    """Take the frames of minikeras out of an exception's traceback, if that is what is wanted."""
    if not _state["is_filtering"]:
        return
    places, place = [], error.__traceback__
    while place is not None:
        if not _is_own(place.tb_frame.f_code.co_filename):
            places.append(place)
        place = place.tb_next
    found = None
    for place in reversed(places):
        found = types.TracebackType(found, place.tb_frame, place.tb_lasti, place.tb_lineno)
    error.__traceback__ = found


def _is_own(filename):
    return filename.startswith((_FOLDER, "<program "))


def tidied(function):
    """A method of users whose exceptions show their own lines."""

    @functools.wraps(function)
    def call(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except Exception as error:
            hide_own_frames(error)
            raise

    return call

"""One `DeprecationWarning` a call site, naming the spelling of today."""

import contextlib
import contextvars
import os
import sys
import warnings

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_told = set()
_quiet = contextvars.ContextVar("quiet", default=False)


@contextlib.contextmanager
def untold():
    """A context in which spellings of old are those of a file, of which nobody need be told."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def _call_site():
    """The frame of the nearest caller outside of minikeras, and its level for `warnings.warn`."""
    frame, level = sys._getframe(2), 2
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    return frame, level


def calling_file():
    """The file of the nearest caller outside of minikeras, None if there is none."""
    frame, _ = _call_site()
    return None if frame is None else frame.f_code.co_filename


def warn_user(message):
    """Warn the nearest caller outside of minikeras."""
    warnings.warn(message, UserWarning, stacklevel=_call_site()[1])


def warn_once(old, new):
    """Tell the nearest caller outside of minikeras that ``old`` is spelled ``new`` today."""
    frame, level = _call_site()
    if frame is None or _quiet.get():
        return
    site = frame.f_code.co_filename, frame.f_lineno, old
    if site not in _told:
        _told.add(site)
        warnings.warn(f"{old} is spelled {new} in Keras 3", DeprecationWarning, stacklevel=level)

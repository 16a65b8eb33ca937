"""One `DeprecationWarning` a call site, naming the spelling of today."""

import os
import sys
import warnings

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_told = set()


def warn_once(old, new):
    """Tell the nearest caller outside of minikeras that ``old`` is spelled ``new`` today."""
    frame, level = sys._getframe(1), 2
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    if frame is None:
        return
    site = frame.f_code.co_filename, frame.f_lineno, old
    if site not in _told:
        _told.add(site)
        warnings.warn(f"{old} is spelled {new} in Keras 3", DeprecationWarning, stacklevel=level)

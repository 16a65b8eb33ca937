"""What is shown to the user: text to standard output, wherever that leads, or to a log."""

import os
import sys

_state = {"interactive": True}

# What stands for the characters of bars and tables where the stream cannot show them.
_ASCII = str.maketrans(
    {
        "━": "=",
        "─": "-",
        "│": "|",
        "┃": "|",
        "└": "+",
        "┘": "+",
        "┏": "+",
        "┓": "+",
        "┡": "+",
        "┩": "+",
        "├": "+",
        "┤": "+",
        "┳": "+",
        "╇": "+",
        "┼": "+",
        "┴": "+",
        "…": ".",
    }
)


def enable_interactive_logging():
    """Show progress and messages on standard output, which is the default.

    >>> enable_interactive_logging()
    >>> is_interactive_logging_enabled()
    True
    """
    _state["interactive"] = True


def disable_interactive_logging():
    """Send progress and messages to the logger ``minikeras`` of the module ``logging`` instead."""
    _state["interactive"] = False


def is_interactive_logging_enabled():
    """Whether progress and messages go to standard output rather than to a logger."""
    return _state["interactive"]


def show(message, line_break=True):
    """Show ``message``; a stream that is missing or closed is no error.

    Args:
        message: anything; characters that the stream cannot encode become ASCII ones.
        line_break: whether a line break follows.
    """
    message = str(message)
    if not _state["interactive"]:
        text = message.strip("\n")
        if text:
            import logging

            logging.getLogger("minikeras").info(text)
        return
    if line_break:
        message += "\n"
    stream = sys.stdout
    if stream is None:
        return
    try:
        try:
            stream.write(message)
        except UnicodeEncodeError:
            stream.write(in_ascii(message))
        stream.flush()
    except ValueError:
        if not getattr(stream, "closed", False):
            raise


def in_ascii(text):
    """``text`` with bars and boxes drawn in ASCII and what else is foreign to it as ``?``."""
    return text.translate(_ASCII).encode("ascii", "replace").decode("ascii")


def can_rewrite_line():
    """Whether a line on standard output can be written over: on a terminal, in a notebook."""
    if not _state["interactive"]:
        return False
    stream = sys.stdout
    try:
        if stream is not None and stream.isatty():
            return True
    except (AttributeError, ValueError):
        return False
    return "PYCHARM_HOSTED" in os.environ or (
        "ipykernel" in sys.modules and type(stream).__module__.startswith("ipykernel")
    )

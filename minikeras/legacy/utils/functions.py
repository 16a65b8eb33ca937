"""What ``keras.utils.generic_utils`` held: functions as plain values, and what they take."""

import base64
import binascii
import inspect
import marshal
import types

from minikeras.console import show

__all__ = ["ask_to_proceed_with_overwrite", "func_dump", "func_load", "has_arg"]


def func_dump(func):
    """The code of a function as text, with its defaults and the values that it closes over.

    Args:
        func: a function written in Python.

    Returns:
        ``(code, defaults, closure)``. Only the same version of Python reads the code.

    >>> from minikeras.legacy.utils.functions import func_dump, func_load
    >>> func_load(func_dump(lambda x, y=2: x * y))(21)
    42
    """
    cells = func.__closure__
    closure = None if cells is None else tuple(cell.cell_contents for cell in cells)
    code = base64.encodebytes(marshal.dumps(func.__code__)).decode("ascii")
    return code, func.__defaults__, closure


def func_load(code, defaults=None, closure=None, globs=None):
    """The function that `func_dump` made text of.

    The code may do anything once it is called: load only what you trust.

    Args:
        code: the text, or all that `func_dump` returned.
        defaults: the defaults of the last arguments, or None.
        closure: the values that the function closes over, or cells that hold them, or None.
        globs: the global names that the function sees; by default those of this module.

    Raises:
        ValueError: if the code is none of this version of Python.
    """
    if isinstance(code, (tuple, list)):
        code, defaults, closure = code
    try:
        found = marshal.loads(_raw(code))
    except (ValueError, EOFError, TypeError) as error:
        raise ValueError(
            f"This is no code of a function of this version of Python: {error}"
        ) from None
    if closure is not None:
        closure = tuple(c if isinstance(c, types.CellType) else types.CellType(c) for c in closure)
    return types.FunctionType(
        found, globals() if globs is None else globs, found.co_name,
        None if defaults is None else tuple(defaults), closure,
    )  # fmt: skip


def _raw(code):
    """The bytes of code: Keras 2 wrote them in base 64, Keras 1 each as a character."""
    try:
        return base64.b64decode("".join(code.split()), validate=True)
    except (binascii.Error, ValueError):
        return code.encode("raw_unicode_escape")


def has_arg(fn, name, accept_all=False):
    """Whether a function takes an argument by a keyword.

    Args:
        fn: anything that can be called.
        name: the keyword.
        accept_all: whether ``**kwargs`` counts.

    >>> from minikeras.legacy.utils.functions import has_arg
    >>> has_arg(lambda x, **rest: 0, "y"), has_arg(lambda x, **rest: 0, "y", accept_all=True)
    (False, True)
    """
    parameters = inspect.signature(fn).parameters
    if name in parameters:
        kind = parameters[name].kind
        return kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return accept_all and any(
        parameter.kind == inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()
    )


def ask_to_proceed_with_overwrite(filepath):
    """Ask on the terminal whether a file may be written over.

    Args:
        filepath: what to call it.

    Returns:
        Whether it may.
    """
    answer = ""
    while answer not in ("y", "n"):
        answer = input(f"{filepath} exists. Write over it? [y/n] ").strip().lower()
    if answer == "y":
        show("overwrite=True does so without a question.")
    return answer == "y"

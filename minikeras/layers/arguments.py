"""What constructors of layers do with their arguments."""

import inspect
import operator


def arguments_in(scope, of=None):
    """What a constructor received, by name, out of its ``locals()``; ``**kwargs`` are among it.

    Args:
        scope: ``locals()`` of a constructor that has set no names of its own so far.
        of: a class: only what its constructor takes, too, and ``**kwargs``; by default everything.
    """
    names = scope if of is None else inspect.signature(of).parameters
    special = {"self", "__class__", "kwargs"}
    return {**{n: scope[n] for n in names if n not in special}, **scope["kwargs"]}


def positive_integer(layer, name, value):
    """``value``, an integer of Python or NumPy, as an ``int``.

    Raises:
        ValueError: if it is none, or not positive. ``layer`` and ``name`` are for the message.
    """
    is_integer = hasattr(value, "__index__") and not isinstance(value, bool)
    if not is_integer or operator.index(value) <= 0:
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r}: `{name}` must be a positive integer. "
            f"Received: {value!r}"
        )
    return operator.index(value)

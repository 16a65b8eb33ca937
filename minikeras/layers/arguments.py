"""Handing on the arguments of a constructor to that of the parent class."""

import inspect


def arguments_in(scope, of=None):
    """What a constructor received, by name, out of its ``locals()``; ``**kwargs`` are among it.

    Args:
        scope: ``locals()`` of a constructor that has set no names of its own so far.
        of: a class: only what its constructor takes, too, and ``**kwargs``; by default everything.
    """
    names = scope if of is None else inspect.signature(of).parameters
    special = {"self", "__class__", "kwargs"}
    return {**{n: scope[n] for n in names if n not in special}, **scope["kwargs"]}

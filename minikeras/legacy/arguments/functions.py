"""Functions and methods that also take the arguments of Keras 1, by name and by position."""

import functools

from minikeras.legacy.arguments.values_1 import modern
from minikeras.legacy.era import era
from minikeras.legacy.warned import warn_once


def of_old(order="", renamed=None, defaults=None, ignored=(), also=None):
    """A decorator for a function that takes the arguments of earlier eras as well.

    Args:
        order: the positional arguments of Keras 1 in their order, ``self`` included, by their names
            of then; by default those of today in today's order.
        renamed: a dict from names of then to today's.
        defaults: a dict from today's names to what Keras 1 takes where a call leaves them out.
        also: a dict from names of other versions to those here, of which no warning tells.
        ignored: names of then that say how a thing was computed, not what.

    Returns:
        The decorator. Keywords of then are understood in every era, positions in the era in force.
    """
    order, defaults, also = tuple(order.split()), defaults or {}, also or {}
    renamed = {**(renamed or {}), **also}

    def decorate(function):
        @functools.wraps(function)
        def widened(*args, **kwargs):
            is_first = era() == 1
            if not is_first and not kwargs.keys() & old:
                return function(*args, **kwargs)
            told = {n: renamed[n] for n in kwargs if n in renamed and n not in also}
            if told:
                before, now = (", ".join(f"{n}=" for n in side) for side in zip(*told.items()))
                warn_once(f"{_name(function)}({before})", now)
            kwargs = {n: v for n, v in kwargs.items() if n not in ignored}
            if is_first and order:
                kwargs, args = _by_name(function, order, args, kwargs)
            kwargs = {renamed.get(n, n): v for n, v in kwargs.items()}
            kwargs = {n: modern(n, v) for n, v in kwargs.items()}
            if is_first:
                kwargs = {**defaults, **kwargs}
            return function(*args, **kwargs)

        old = {*renamed, *ignored}
        widened.__legacy_args__ = (*renamed, *ignored, *(n for n in order if n not in renamed))
        return widened

    return decorate


def _name(function):
    return function.__qualname__.removesuffix(".__init__")


def _by_name(function, order, args, kwargs):
    """``(kwargs, args)`` where all but ``self`` stands by the names of then."""
    if len(args) > len(order):
        raise TypeError(
            f"{_name(function)} of Keras 1 takes {len(order)} positional arguments {order}. "
            f"Received: {len(args)}"
        )
    own = 1 if order[0] == "self" else 0
    found = dict(zip(order[own:], args[own:]))
    doubled = found.keys() & kwargs.keys()
    if doubled:
        raise TypeError(f"{_name(function)} received {sorted(doubled)} by position and by keyword")
    return {**found, **kwargs}, args[:own]

"""A constructor's call in the form of Keras 1 or 2, as the call of today."""

import functools

from minikeras.legacy import optimizers, ordering
from minikeras.legacy.arguments import defaults, layers_1, optimizers_1
from minikeras.legacy.arguments.special import special
from minikeras.legacy.arguments.values_1 import activation, modern
from minikeras.legacy.era import is_of_keras_1, note_keras_1
from minikeras.legacy.warned import calling_file, warn_once

_ARGUMENTS = {**layers_1.ARGUMENTS, **optimizers_1.ARGUMENTS}
CHANGED = frozenset(_ARGUMENTS)


@functools.cache
def _parsed(cls_name):
    """The arguments of Keras 1 in order, and ``{old: new}`` with None for special ones."""
    positional, _, keywords = _ARGUMENTS[cls_name].partition("|")
    pairs = [item.partition("=") for item in (positional + keywords).split()]
    names = {old: (new or None) if sign else old for old, sign, new in pairs}
    return tuple(item.partition("=")[0] for item in positional.split()), names


@functools.cache
def old_names(cls_name):
    """The arguments that Keras 1 alone has: one of them tells that a call is of its form."""
    if cls_name not in _ARGUMENTS:
        return frozenset()
    changed = {old for old, new in _parsed(cls_name)[1].items() if new != old}
    return frozenset(changed - _OF_ALL_ERAS)


@functools.cache
def all_names(cls_name):
    """The arguments that a constructor takes in eras 1 and 2 beside those of today."""
    if cls_name not in _ARGUMENTS:
        return _BY_KEYWORD.get(cls_name, ())
    names = _parsed(cls_name)[1]
    return (*names, *(new for new in names.values() if new is not None))


# Arguments of Keras 2 that today's classes take among their ``**kwargs``.
_BY_KEYWORD = {"GRUCell": ("implementation",)}


# Arguments that are still known, or tell nothing.
_OF_ALL_ERAS = {"input_dim", "input_length", "implementation", "clipnorm"}


def is_first_form(cls_name, args, kwargs, era):
    """Whether a call is one of Keras 1: by its keywords, the kinds of its arguments, or the era."""
    if cls_name not in _ARGUMENTS:
        return False
    if not old_names(cls_name).isdisjoint(kwargs):
        note_keras_1(calling_file())
        return True
    if _has_kernel_sides(cls_name, args):
        return era <= 2 or is_of_keras_1(calling_file)
    if _names_sides(cls_name):  # of which Keras 1 wanted all, one by one
        return False
    return era == 1 and len(args) > 1 and cls_name not in _SAME_ORDER


# Positions mean the same in all eras.
_SAME_ORDER = {"Dropout", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D",
               "AveragePooling2D", "AveragePooling3D", "Bidirectional"}  # fmt: skip


def _has_kernel_sides(cls_name, args):
    """Whether the sides of a kernel stand one by one: ``Convolution2D(32, 3, 3)``."""
    count = 3 if cls_name == "Conv3D" else 2
    sides = args[1 : count + 1]
    return _names_sides(cls_name) and len(sides) == count and all(map(_is_side, sides))


def _is_side(value):
    return hasattr(value, "__index__") and not isinstance(value, bool)


def _names_sides(cls_name):
    """Whether Keras 1 had an argument for each side of the kernel."""
    return _parsed(cls_name)[0][1:2] in (("nb_row",), ("kernel_dim1",))


def translated(cls_name, args, kwargs, era):
    """``(args, kwargs)`` of today for a constructor's call of any era.

    Args:
        cls_name: the name of the class today.
        args, kwargs: as they were given.
        era: what decides where the call does not tell.
    """
    if not is_first_form(cls_name, args, kwargs, era):
        if era <= 2:
            if cls_name in optimizers_1.ARGUMENTS:
                kwargs = dict(kwargs)
                optimizers.norm_of_all(kwargs, era)
            args = tuple(activation(value) if isinstance(value, str) else value for value in args)
            kwargs = {
                name: activation(value) if name.endswith("activation") else value
                for name, value in kwargs.items()
            }
        return args, defaults.completed(cls_name, args, kwargs, era)
    order, names = _parsed(cls_name)
    if len(args) > len(order):
        raise TypeError(
            f"{cls_name} of Keras 1 takes {len(order)} positional arguments {order}. "
            f"Received: {len(args)}"
        )
    found = dict(zip(order, args))
    doubled = found.keys() & kwargs.keys()
    if doubled:
        raise TypeError(f"{cls_name} received {sorted(doubled)} by position and by keyword")
    found.update(kwargs)
    if cls_name in optimizers_1.ARGUMENTS:
        optimizers.special(cls_name, found, era)
        before = min(era, 2)  # `lr` and `decay` alone do not tell Keras 1 from Keras 2
    else:
        special(cls_name, found)
        ordering.settle(cls_name, found)
        before = 2 if era == 2 else 1
    renamed = {names.get(old) or old: value for old, value in found.items()}
    result = {name: modern(name, value) for name, value in renamed.items()}
    return (), defaults.completed(cls_name, (), result, before)


def tell(cls_name, kwargs):
    """Name today's spelling of the arguments of a call, once a call site."""
    if cls_name not in _ARGUMENTS:
        return
    names = _parsed(cls_name)[1]
    changed = {old: names[old] for old in kwargs if names.get(old) not in (old, None)}
    if changed:
        old, new = (", ".join(f"{n}=" for n in side) for side in (changed, changed.values()))
        warn_once(f"{cls_name}({old})", new)

"""keras.ops.rearrange: axes reordered, split and joined as a pattern says."""

import math
import re

from minikeras.backend import shaping
from minikeras.backend.xp import xp
from minikeras.ops.arguments import tensor
from minikeras.ops.shaping import has_unknown_side
from minikeras.symbolic.operation import op

__all__ = ["rearrange"]


@op
def rearrange(tensor, pattern, **axes_lengths):
    """The axes of a tensor reordered, split and joined as a pattern of names says.

    The notation is that of einops (Rogozhnikov, "Einops: Clear and Reliable Tensor Manipulations
    with Einstein-like Notation", ICLR 2022).

    Args:
        tensor: a tensor.
        pattern: the axes before and after, as in ``"b (h w) c -> b c h w"``. Names in parentheses
            stand for one axis, the product of theirs; ``1`` for an axis of length 1; ``...`` for
            all axes that have no name.
        **axes_lengths: lengths of axes, where the shape does not tell them.

    Returns:
        A tensor with the axes on the right of the arrow.

    Raises:
        ValueError: if the pattern does not fit the tensor.

    >>> import minikeras as keras
    >>> images = keras.ops.zeros((2, 4, 6, 3))
    >>> keras.ops.rearrange(images, "b (h p) (w q) c -> b h w (p q c)", p=2, q=2).shape
    (2, 2, 3, 12)
    """
    return _rearranged(tensor, pattern, axes_lengths)


def _rearranged(x, pattern, lengths):
    x = tensor(x)
    before, after = _parsed(pattern)
    before, after = _with_names_for_dots(before, after, len(x.shape), pattern)
    names = [name for group in before for name in group]
    wanted = [name for group in after for name in group]
    if len(set(names)) != len(names) or sorted(names) != sorted(wanted):
        raise ValueError(
            "rearrange: every axis must stand once on either side of the arrow. "
            f"Received: pattern={pattern!r}"
        )
    unused = set(lengths) - set(names)
    if unused:
        raise ValueError(
            f"rearrange: the pattern has no axes {sorted(unused)}. Received: pattern={pattern!r}"
        )
    if len(before) != len(x.shape):
        raise ValueError(
            f"rearrange: the pattern {pattern!r} is for {len(before)} axes. "
            f"Received: a tensor of shape {x.shape}"
        )
    sides, is_exact = _sides(x, before, {k: int(n) for k, n in lengths.items()}, pattern)
    shape = tuple(math.prod(sides[name] for name in group) for group in after)
    if not is_exact:
        return xp.zeros(shape, x.dtype)
    x = shaping.reshape(x, shape=tuple(sides[name] for name in names))
    x = shaping.transpose(x, axes=tuple(names.index(name) for name in wanted))
    return shaping.reshape(x, shape=shape)


def _parsed(pattern):
    """The two sides of a pattern: a list of groups each, a group being a list of names."""
    sides = pattern.split("->")
    token = r"\(\s*(?:[A-Za-z_]\w*|1|\.\.\.|\s)*\)|[A-Za-z_]\w*|1|\.\.\."
    if len(sides) != 2 or any(not re.fullmatch(rf"(?:\s*(?:{token}))*\s*", s) for s in sides):
        raise ValueError(
            f"rearrange: expected a pattern like 'b (h w) c -> b c h w'. Received: {pattern!r}"
        )
    return [[_group(text) for text in re.findall(token, side)] for side in sides]


def _group(text):
    """The names in a group; an axis of length 1 has none. Dots outside of parentheses stay dots."""
    if text == "...":
        return text
    return [name for name in re.findall(r"\w+|\.\.\.", text) if name != "1"]


def _with_names_for_dots(before, after, rank, pattern):
    """Both sides with ``...`` replaced by names of its own."""
    has_dots = any("..." in group for group in (*before, *after))
    if has_dots and (before.count("...") != 1 or ["..."] in before):
        raise ValueError(
            "rearrange: '...' must stand on the left, outside of parentheses, too. "
            f"Received: pattern={pattern!r}"
        )
    extra = [f"...{i}" for i in range(rank - len(before) + 1)]

    def expanded(groups):
        result = []
        for group in groups:
            if group == "...":
                result += [[name] for name in extra]
            else:
                result.append([n for name in group for n in (extra if name == "..." else [name])])
        return result

    return expanded(before), expanded(after)


def _sides(x, groups, lengths, pattern):
    """The length of every name, and whether the shape of ``x`` divides evenly into them."""
    sides, is_exact = dict(lengths), True
    for group, n in zip(groups, x.shape):
        open_names = [name for name in group if name not in sides]
        known = math.prod(sides[name] for name in group if name in sides)
        if len(open_names) > 1:
            raise ValueError(
                f"rearrange: give the lengths of all but one of the axes {open_names}, "
                f"e.g. {open_names[0]}=2. Received: pattern={pattern!r}"
            )
        if open_names:
            sides[open_names[0]] = n // known if known else 0
        if math.prod(sides[name] for name in group) != n:
            if not has_unknown_side(x):
                raise ValueError(
                    f"rearrange: an axis of length {n} is not the product of {group} with "
                    f"{ {name: sides[name] for name in group} }. Received: pattern={pattern!r}, "
                    f"shape {x.shape}"
                )
            is_exact = False
    return sides, is_exact

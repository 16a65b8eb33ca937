"""Checks of arguments that layers on images share: factors, ranges of values."""

from minikeras import ops

_NUMBERS = (int, float)


def factor_range(layer, factor, bounds, name="factor"):
    """The lowest and highest factor that are drawn from.

    Args:
        layer: what has the argument, for messages.
        factor: two numbers, or one number f that stands for -f to f within the bounds.
        bounds: the lowest and highest number allowed.
        name: of the argument.
    """
    lowest, highest = bounds
    if isinstance(factor, (tuple, list)) and len(factor) == 2:
        if factor[0] <= highest and factor[1] >= lowest:
            return tuple(sorted(factor))
    elif isinstance(factor, _NUMBERS) and lowest <= factor <= highest:
        return max(-abs(factor), lowest), abs(factor)
    raise ValueError(_message(layer, factor, bounds, name))


def strict_range(layer, factor, bounds, name, from_zero=False, open_below=False):
    """As `factor_range`, where both of two numbers must lie within the bounds.

    One number f stands for -f to f, or for 0 to f.
    """
    lowest, highest = bounds
    is_pair = isinstance(factor, (tuple, list)) and len(factor) == 2
    numbers = tuple(factor) if is_pair else (factor,)
    for number in numbers:
        is_inside = isinstance(number, _NUMBERS) and lowest <= number <= highest
        if not is_inside or (open_below and number == lowest):
            raise ValueError(_message(layer, factor, bounds, name))
    if is_pair:
        return tuple(sorted(factor))
    return (0, factor) if from_zero else (-abs(factor), abs(factor))


def _message(layer, factor, bounds, name):
    return (
        f"{type(layer).__name__} {layer.name!r}: {name} must be a number or two numbers within "
        f"[{bounds[0]}, {bounds[1]}]. Received: {name}={factor!r}"
    )


def checked_value_range(layer, value_range):
    """The lowest and highest value of pixels."""
    if not isinstance(value_range, (tuple, list)) or len(value_range) != 2:
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r}: value_range must hold two numbers, the lowest "
            f"and the highest value of pixels. Received: value_range={value_range!r}"
        )
    return tuple(sorted(value_range))


def checked_choice(layer, name, value, allowed):
    """``value``, which must be one of those allowed."""
    if value not in allowed:
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r}: {name} must be one of {tuple(allowed)}. "
            f"Received: {name}={value!r}"
        )
    return value


def rescaled(x, source, target, dtype):
    """Values of the range ``source`` stretched to the range ``target``."""
    if tuple(source) == tuple(target):
        return x
    parts = (ops.cast(x, dtype) - source[0]) / (source[1] - source[0])
    return parts * (target[1] - target[0]) + target[0]

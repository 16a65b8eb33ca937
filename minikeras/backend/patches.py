"""The elements of windows laid side by side, and their sums back in place."""

import math

from minikeras.backend.autodiff import primitive
from minikeras.backend.windows import overlaps
from minikeras.backend.xp import xp


@primitive
def window_elements(x, *, windows, channels_first=False):
    """The elements of each window in row-major order, zeros where it reaches out of the array.

    Args:
        x: ``(batch, *sides, channels)``, or ``(batch, channels, *sides)`` if ``channels_first``.
        windows: `Windows` over the sides.

    Returns:
        ``(batch, *counts, taps * channels)``, or ``(batch, taps * channels, *counts)``.
    """
    x = xp.moveaxis(x, 1, -1) if channels_first else x
    sides, channels = x.shape[1:-1], x.shape[-1]
    counts = windows.counts(sides)
    out = xp.zeros((x.shape[0], *counts, math.prod(windows.size), channels), x.dtype)
    for tap, (here, there) in enumerate(overlaps(windows, sides)):
        out[(slice(None), *there, tap)] = x[(slice(None), *here)]
    out = out.reshape(x.shape[0], *counts, out.shape[-2] * channels)
    return xp.ascontiguousarray(xp.moveaxis(out, -1, 1)) if channels_first else out


@primitive
def sum_window_elements(g, *, sides, windows, channels_first=False):
    """The gradient of `window_elements`: each element added to its place.

    Args:
        g: elements of windows, as `window_elements` gives them.
        sides: the spatial sides of the array.
        windows, channels_first: as for `window_elements`.

    Returns:
        ``(batch, *sides, channels)``, or ``(batch, channels, *sides)``.
    """
    g = xp.moveaxis(g, 1, -1) if channels_first else g
    taps = math.prod(windows.size)
    channels = g.shape[-1] // taps
    g = g.reshape(*g.shape[:-1], taps, channels)
    out = xp.zeros((g.shape[0], *sides, channels), g.dtype)
    for tap, (here, there) in enumerate(overlaps(windows, tuple(sides))):
        target = out[(slice(None), *here)]
        xp.add(target, g[(slice(None), *there, tap)], out=target)
    return xp.ascontiguousarray(xp.moveaxis(out, -1, 1)) if channels_first else out


def _window_elements_rule(out, x, *, channels_first=False, **how):
    sides = x.shape[2:] if channels_first else x.shape[1:-1]
    return lambda g: sum_window_elements(g, sides=sides, channels_first=channels_first, **how)


window_elements.rules(_window_elements_rule)
sum_window_elements.rules(
    lambda out, g, *, sides, **how: lambda h: window_elements(h, **how),
)

"""Translations of convolutions and of their transposes. ONNX has the channels first."""

import itertools
import math

from minikeras.export.graph import Untranslatable, translates
from minikeras.export.translations.shaping import padded


def to_channels_first(g, name, rank, is_first):
    """The name of a tensor with its channels behind the batch."""
    return name if is_first else g.transpose(name, [0, rank - 1, *range(1, rank - 1)])


def from_channels_first(g, name, rank, is_first):
    """The name of a tensor with its channels where `to_channels_first` found them."""
    return name if is_first else g.transpose(name, [0, *range(2, rank), 1])


def pads_of(windows):
    """The padding of windows in the order of ONNX: all beginnings, then all ends."""
    return [before for before, _ in windows.padding] + [after for _, after in windows.padding]


def trimmed(g, name, windows, dtype):
    """A tensor without what windows leave out at its borders, and the padding that is left."""
    cuts = [(min(b, 0), min(a, 0)) for b, a in windows.padding]
    if any(pair != (0, 0) for pair in cuts):
        name = padded(g, name, [(0, 0), (0, 0), *cuts], 0, dtype)
    return name, [max(n, 0) for n in pads_of(windows)]


@translates("convolution")
def _(g, x, kernel, *, windows, groups=1, channels_first=False):
    name = to_channels_first(g, g.typed(x), x.rank, channels_first)
    name, pads = trimmed(g, name, windows, g.out.dtype)
    weights = g.transpose(g.typed(kernel), _kernel_order(kernel.rank))
    found = g.add(
        "Conv",
        name,
        weights,
        kernel_shape=list(windows.size),
        strides=list(windows.strides),
        dilations=list(windows.dilation),
        pads=pads,
        group=groups,
    )
    return from_channels_first(g, found, x.rank, channels_first)


def _kernel_order(rank):
    """From sizes, channels, filters to filters, channels, sizes."""
    return [rank - 1, rank - 2, *range(rank - 2)]


@translates("convolution_input_gradient")
def _(g, x, kernel, *, sides, windows, groups=1, channels_first=False):
    name = to_channels_first(g, g.typed(x), x.rank, channels_first)
    counts = x.shape[2:] if channels_first else x.shape[1:-1]
    whole = [(n - 1) * s + span for n, s, span in zip(counts, windows.strides, windows.spans)]
    # The padding at the ends is what must go from there for the sides that are asked for.
    ends = [n - before - side for n, (before, _), side in zip(whole, windows.padding, sides)]
    starts = [before for before, _ in windows.padding]
    fits = min(starts + ends, default=0) >= 0
    weights = g.transpose(g.typed(kernel), _kernel_order(kernel.rank))
    found = g.add(
        "ConvTranspose",
        name,
        weights,
        kernel_shape=list(windows.size),
        strides=list(windows.strides),
        dilations=list(windows.dilation),
        pads=starts + ends if fits else [0] * (2 * len(sides)),
        group=groups,
    )
    if not fits:
        widths = [(0, 0), (0, 0), *((-start, -end) for start, end in zip(starts, ends))]
        found = padded(g, found, widths, 0, g.out.dtype)
    return from_channels_first(g, found, x.rank, channels_first)


@translates("window_elements")
def _(g, x, *, windows, channels_first=False):
    if math.prod(windows.size) > 1024:
        raise Untranslatable(f"windows of {windows.size} elements are too large to write out")
    name = to_channels_first(g, g.typed(x), x.rank, channels_first)
    name = padded(g, name, [(0, 0), (0, 0), *windows.padding], 0, g.out.dtype)
    axes = range(2, x.rank)
    counts = g.out.shape[2:] if channels_first else g.out.shape[1:-1]
    taps = []
    for tap in itertools.product(*map(range, windows.size)):
        starts = [place * step for place, step in zip(tap, windows.dilation)]
        stops = [a + (n - 1) * s + 1 for a, n, s in zip(starts, counts, windows.strides)]
        parts = (starts, stops, axes, windows.strides)
        taps.append(g.add("Slice", name, *(g.integers(*part) for part in parts)))
    found = g.add("Concat", *taps, axis=1) if len(taps) > 1 else taps[0]
    return from_channels_first(g, found, x.rank, channels_first)

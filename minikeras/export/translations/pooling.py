"""Translations of pooling."""

from minikeras.export.graph import Untranslatable, translates
from minikeras.export.translations.convolution import (
    from_channels_first,
    pads_of,
    to_channels_first,
)


def _pooled(g, operator, x, windows, is_first, **attributes):
    dtype = x.dtype if x.dtype.kind == "f" else "float32"
    name = to_channels_first(g, g.typed(x, dtype), x.rank, is_first)
    found = g.add(
        operator,
        name,
        kernel_shape=list(windows.size),
        strides=list(windows.strides),
        pads=pads_of(windows),
        **attributes,
    )
    found = from_channels_first(g, found, x.rank, is_first)
    return found if dtype == g.out.dtype else g.cast(found, g.out.dtype)


@translates("max_pool")
def _(g, x, *, windows, channels_first=False):
    return _pooled(g, "MaxPool", x, windows, channels_first, dilations=list(windows.dilation))


@translates("average_pool")
def _(g, x, *, windows, channels_first=False):
    if any(n != 1 for n in windows.dilation):
        raise Untranslatable("its windows are dilated")
    return _pooled(g, "AveragePool", x, windows, channels_first, count_include_pad=0)

"""Convolution and its two gradients: three bilinear primitives that differentiate into one another.

``convolution`` takes an input and a kernel, ``convolution_input_gradient`` the gradient of its
output and the kernel, ``convolution_kernel_gradient`` the input and the gradient of its output.
Each is linear in both arguments, and its two gradients are the other two. So derivatives of all
orders are here, and a transposed convolution is the input gradient.

The arithmetic stands in `dense_convolution`, and in `depthwise` for kernels that see one channel
each: `correlate` for convolutions and `gather` for kernel gradients. An input gradient is a
correlation again, of the output's gradient with the kernel turned round: with strides, one for each
of the places that an element of the input may have between two windows. Where that is slow,
`spread` adds up what each tap gives.

Letters: n images, c channels of the input and f filters (both of a group), t taps.
"""

import functools
import itertools
import math

from minikeras.backend import dense_convolution, depthwise, small_convolution, threads
from minikeras.backend.autodiff import primitive
from minikeras.backend.windows import Windows, moved
from minikeras.backend.xp import ON_GPU, xp


@primitive
def convolution(x, kernel, *, windows, groups=1, channels_first=False):
    """The sums of products of a kernel with the windows of an input (a cross-correlation).

    Args:
        x: ``(batch, *sides, channels)``, or ``(batch, channels, *sides)`` if ``channels_first``.
        kernel: ``(*size, channels // groups, filters)``.
        windows: `Windows` over the sides.
        groups: parts of the channels and of the filters that have nothing to do with each other.

    Returns:
        ``(batch, *counts, filters)``, or ``(batch, filters, *counts)``.
    """
    counts = windows.counts(_sides(x, channels_first))
    dtype = xp.result_type(x, kernel)
    out = _allocated(x, counts, kernel.shape[-1], channels_first, dtype)
    if not x.size or not out.size or not kernel.size:
        out.fill(0)
        return out
    work = _working(dtype)
    kernel = kernel.astype(work, copy=False)
    if groups > 1 and kernel.shape[-2] == 1:
        depthwise.correlate(_last(x, channels_first), kernel, windows, _last(out, channels_first))
        return out

    def one(x, k, y):
        dense_convolution.correlate(x, kernel[..., _part(k, kernel.shape[-1], groups)], windows, y)

    _for_groups(one, groups, _last(x, channels_first), _last(out, channels_first))
    return out


@primitive
def convolution_input_gradient(g, kernel, *, sides, windows, groups=1, channels_first=False):
    """The gradient of `convolution` with respect to its input; also a transposed convolution.

    Args:
        g: the gradient of the output, in the shape of the output.
        kernel: ``(*size, channels // groups, filters)``.
        sides: the spatial sides of the input.
        windows, groups, channels_first: as for `convolution`.

    Returns:
        An array in the shape of the input.
    """
    dtype = xp.result_type(g, kernel)
    channels = kernel.shape[-2] * groups
    out = _allocated(g, sides, channels, channels_first, dtype)
    if not g.size or not out.size or not kernel.size:
        out.fill(0)
        return out
    kernel = kernel.astype(_working(dtype), copy=False)
    dx, g = _last(out, channels_first), _last(g, channels_first)
    depthwise_case = groups > 1 and kernel.shape[-2] == 1
    counts = g.shape[1:-1]
    # Little work is quicker as correlations, unless their results lie apart in all directions.
    is_apart = channels_first and set(windows.strides) != {1}
    work = g.size * math.prod(kernel.shape[:-1])
    is_spread = is_apart or not small_convolution.is_little(work, len(g))
    if (is_spread and not depthwise_case) and dense_convolution.spreads_well(
        windows, len(g), sides, counts, kernel.shape[-2], kernel.shape[-1] // groups
    ):
        spread = lambda g, k, dx: dense_convolution.spread(
            g, kernel[..., _part(k, kernel.shape[-1], groups)], windows, dx
        )
        _for_groups(spread, groups, g, dx)
        return out
    phases = []
    for places, taps, seen in _phases(windows, tuple(sides), counts):
        if taps is None:
            dx[(slice(None), *places)] = 0
        elif depthwise_case:
            _spread_depthwise(g, kernel[taps], seen, dx[(slice(None), *places)])
        else:
            phases.append(((slice(None), *places), taps, seen))

    def one(g, k, dx):
        part = kernel[..., _part(k, kernel.shape[-1], groups)].swapaxes(-1, -2)
        dense_convolution.correlate_all(
            [(g, part[taps], seen, dx[places]) for places, taps, seen in phases]
        )

    if phases:
        _for_groups(one, groups, g, dx)
    return out


def _spread_depthwise(g, kernel, windows, dx):
    multiple = g.shape[-1] // dx.shape[-1]
    if multiple == 1:
        depthwise.correlate(g, kernel, windows, dx)
        return
    products = xp.empty((*dx.shape[:-1], g.shape[-1]), kernel.dtype)
    depthwise.correlate(g, kernel, windows, products)
    dx[...] = products.reshape(*dx.shape, multiple).sum(axis=-1)


@functools.lru_cache(maxsize=512)
def _phases(windows, sides, counts):
    """How to compute an input gradient by correlations of the output's gradient, stride 1.

    Returns:
        A list of ``places, taps, windows``: slices of the input's sides, those of the kernel
        (turned round) that reach these places, and the windows over the output's sides; the last
        two are None where no tap reaches the places.
    """
    axes = [
        [_phase(windows.along(a), phase, side, count) for phase in range(windows.strides[a])]
        for a, (side, count) in enumerate(zip(sides, counts))
    ]
    found = []
    for phases in itertools.product(*axes):
        places, taps, seen = zip(*phases)
        if any(s.stop <= s.start for s in places):
            continue
        if any(t is None for t in taps):
            found.append((places, None, None))
        else:
            found.append((places, taps, Windows(*zip(*seen))))
    return found


def _phase(windows, phase, side, count):
    """`_phases` along one axis: places ``phase``, ``phase + stride``, ...

    Tap i of window o lies at place ``o * stride + i * dilation - before``.
    """
    (size,), (stride,), ((before, _),), (dilation,) = (
        windows.size,
        windows.strides,
        windows.padding,
        windows.dilation,
    )
    places = slice(phase, side, stride)
    number = len(range(phase, side, stride))
    found = [i for i in range(size) if (phase + before - i * dilation) % stride == 0]
    if not found:
        return places, None, None
    first, last, n = found[0], found[-1], len(found)
    step = stride // math.gcd(stride, dilation)
    # From the last tap to the first: an ascending walk over the windows. A slice that ends before
    # the first element has no stop.
    taps = slice(last, first - 1 if first else None, -step)
    start = (phase + before - last * dilation) // stride
    apart = step * dilation // stride if n > 1 else 1
    after = start + number - 1 + (n - 1) * apart + 1 - count
    return places, taps, (n, 1, (-start, after), apart)


@primitive
def convolution_kernel_gradient(x, g, *, windows, groups=1, channels_first=False):
    """The gradient of `convolution` with respect to its kernel.

    Args:
        x: the input.
        g: the gradient of the output, in the shape of the output.
        windows, groups, channels_first: as for `convolution`.

    Returns:
        ``(*windows.size, channels // groups, filters)``.
    """
    axis = 1 if channels_first else -1
    channels, filters = x.shape[axis] // groups, g.shape[axis]
    dtype = xp.result_type(x, g)
    shape = (*windows.size, channels, filters)
    if not x.size or not g.size:
        return xp.zeros(shape, dtype)
    work = _working(dtype)
    x, g = _last(x, channels_first), _last(g, channels_first)
    if groups > 1 and channels == 1:
        return depthwise.gather(x, g, windows, work).reshape(shape).astype(dtype, copy=False)
    if groups == 1:
        found = dense_convolution.gather(x, g, windows, work)
        return found.reshape(shape).astype(dtype, copy=False)
    out = xp.empty((math.prod(windows.size) * channels, filters), dtype)

    def one(x, k, g):
        out[:, _part(k, filters, groups)] = dense_convolution.gather(x, g, windows, work)

    _for_groups(one, groups, x, g)
    return out.reshape(shape)


def _input_of_convolution(out, x, kernel, *, channels_first=False, **how):
    sides = _sides(x, channels_first)
    return lambda g: convolution_input_gradient(
        g, kernel, sides=sides, channels_first=channels_first, **how
    )


def _input_of_kernel_gradient(out, x, g, *, channels_first=False, **how):
    sides = _sides(x, channels_first)
    return lambda h: convolution_input_gradient(
        g, h, sides=sides, channels_first=channels_first, **how
    )


convolution.rules(
    _input_of_convolution,
    lambda out, x, kernel, **how: lambda g: convolution_kernel_gradient(x, g, **how),
)
convolution_input_gradient.rules(
    lambda out, g, kernel, *, sides, **how: lambda h: convolution(h, kernel, **how),
    lambda out, g, kernel, *, sides, **how: lambda h: convolution_kernel_gradient(h, g, **how),
)
convolution_kernel_gradient.rules(
    _input_of_kernel_gradient,
    lambda out, x, g, **how: lambda h: convolution(x, h, **how),
)


def _sides(x, channels_first):
    return x.shape[2:] if channels_first else x.shape[1:-1]


def _allocated(like, sides, channels, channels_first, dtype):
    batch = like.shape[0]
    shape = (batch, channels, *sides) if channels_first else (batch, *sides, channels)
    return xp.empty(shape, dtype)


def _last(x, channels_first):
    """A view of images with the channels last."""
    return moved(x, 1, -1) if channels_first else x


def _part(k, length, groups):
    """The slice of ``length`` channels or filters that belongs to group ``k``."""
    each = length // groups
    return slice(k * each, (k + 1) * each)


def _for_groups(function, groups, x, y):
    """Call ``function`` with the parts of ``x`` and ``y`` of each group, and its number."""
    if groups == 1:
        function(x, 0, y)
        return
    threads.run(
        lambda k: function(
            x[..., _part(k, x.shape[-1], groups)], k, y[..., _part(k, y.shape[-1], groups)]
        ),
        range(groups),
    )


def _working(dtype):
    """The dtype to compute in: NumPy has neither speed nor precision in float16."""
    return dtype if ON_GPU or dtype != "float16" else xp.dtype("float32")

"""Convolution and its two gradients: three bilinear primitives that differentiate into one another.

``convolution`` takes an input and a kernel, ``convolution_input_gradient`` the gradient of its
output and the kernel, ``convolution_kernel_gradient`` the input and the gradient of its output.
Each is linear in both arguments, and its two gradients are the other two. So derivatives of all
orders are here, and a transposed convolution is the input gradient.

The arithmetic runs in blocks of images, or of rows of a large image, whose scratch memory stays in
the cache. Within a block arrays have the form ``(g, n, *sides, c)``, contiguous, padded.

Letters:
    g  groups of channels          n  images (of a block)
    c  channels of the input       f  filters: channels of the output (both per group)
    p  places: images and spatial axes of the output in one
    t  taps: spatial axes of the kernel in one
"""

import math

from minikeras.backend.autodiff import primitive
from minikeras.backend.windows import blocks, interior, sliding, tap_slices
from minikeras.backend.xp import ON_GPU, xp

# A matrix product with fewer places than this stays below its full speed.
_LEAST_PLACES = 256
# Copying windows tap by tap pays where this many elements lie together; place by place elsewhere.
_LEAST_RUN = 8


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
    out = _allocated(xp.zeros, x, counts, kernel.shape[-1], channels_first, dtype)
    if not x.size or not out.size or not kernel.size:
        return out
    if _is_plain_product(windows, groups, channels_first, dtype):
        return xp.matmul(x, kernel.reshape(kernel.shape[-2:]), out=out)
    depthwise = groups > 1 and kernel.shape[-2] == 1
    correlate, groups = (_correlate_depthwise, 1) if depthwise else (_correlate, groups)
    correlate(
        _grouped(x, groups, channels_first),
        kernel.astype(_working(dtype), copy=False),
        windows,
        _grouped(out, groups, channels_first),
    )
    return out


def _correlate(x, kernel, windows, y):
    """Fill ``y`` block by block: windows as rows of a matrix, times the kernel as a matrix."""
    groups, filters = y.shape[0], y.shape[-1]
    matrix = _kernel_matrix(kernel, groups)  # g, t c, f
    columns, products = _Scratch(kernel.dtype), _Scratch(kernel.dtype)
    counts = y.shape[2:-1]
    for images, rows, block in _padded_blocks(x, windows, counts, matrix.shape, kernel.dtype):
        a = _columns(block, windows, columns)  # g, p, t c
        target = y[:, images, rows]
        if target.dtype == a.dtype and target.flags.c_contiguous:
            xp.matmul(a, matrix, out=target.reshape(groups, -1, filters))
        else:
            product = xp.matmul(a, matrix, out=products.take((groups, a.shape[1], filters)))
            target[...] = product.reshape(target.shape)


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
    out = _allocated(xp.zeros, g, sides, channels, channels_first, dtype)
    if not g.size or not out.size or not kernel.size:
        return out
    if _is_plain_product(windows, groups, channels_first, dtype):
        return xp.matmul(g, kernel.reshape(kernel.shape[-2:]).T, out=out)
    depthwise = groups > 1 and kernel.shape[-2] == 1
    spread, groups = (_spread_depthwise, 1) if depthwise else (_spread, groups)
    spread(
        _grouped(g, groups, channels_first),
        kernel.astype(_working(dtype), copy=False),
        windows,
        _grouped(out, groups, channels_first),
    )
    return out


def _spread(g, kernel, windows, dx):
    """Fill ``dx``: per tap, the gradient times a slice of the kernel, added where the tap lies."""
    groups, channels, filters = dx.shape[0], dx.shape[-1], g.shape[-1]
    matrix = _kernel_matrix(kernel, groups).reshape(groups, -1, channels, filters)
    matrix = xp.ascontiguousarray(matrix.transpose(1, 0, 3, 2))  # t, g, f, c
    products = _Scratch(kernel.dtype)
    bytes_per_place = groups * (channels + filters) * kernel.dtype.itemsize
    for block, total in _spread_blocks(g, windows, dx, bytes_per_place, kernel.dtype):
        a = block.reshape(groups, -1, filters)  # g, p, f
        product = products.take((groups, a.shape[1], channels))
        shaped = product.reshape(*block.shape[:-1], channels)
        for tap, place in zip(matrix, tap_slices(windows, block.shape[2:-1])):
            xp.matmul(a, tap, out=product)
            part = total[(slice(None), slice(None), *place)]
            xp.add(part, shaped, out=part)


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
    depthwise = groups > 1 and channels == 1
    gather, groups = (_gather_depthwise, 1) if depthwise else (_gather, groups)
    found = gather(
        _grouped(x, groups, channels_first),
        _grouped(g, groups, channels_first),
        windows,
        _working(dtype),
    )
    return found.reshape(shape).astype(dtype, copy=False)


def _gather(x, g, windows, dtype):
    """Windows as columns of a matrix, times the gradient; summed over the blocks."""
    groups, channels, filters = g.shape[0], x.shape[-1], g.shape[-1]
    taps = math.prod(windows.size)
    columns = _Scratch(dtype)
    counts = g.shape[2:-1]
    total = part = None
    shape = (groups, taps * channels, filters)
    for images, rows, block in _padded_blocks(x, windows, counts, shape, dtype):
        a = _columns(block, windows, columns)  # g, p, t c
        b = g[:, images, rows].astype(dtype, copy=False).reshape(groups, -1, filters)
        if total is None:
            total = xp.matmul(a.swapaxes(1, 2), b)  # g, t c, f
        else:
            part = xp.matmul(a.swapaxes(1, 2), b, out=part)
            total += part
    return total.transpose(1, 0, 2)  # t c, g, f


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


def _correlate_depthwise(x, kernel, windows, y):
    """`_correlate` where each filter sees one channel: multiply and add, tap by tap."""
    counts, filters = y.shape[2:-1], y.shape[-1]
    taps = _tap_rows(kernel, counts[-1])
    totals, products = _Scratch(kernel.dtype), _Scratch(kernel.dtype)
    for images, rows, block in _padded_blocks(x, windows, counts, (1, 4, filters), kernel.dtype):
        block = _repeated(block, filters)
        target = y[:, images, rows]
        is_direct = target.dtype == kernel.dtype and target.flags.c_contiguous
        total = target if is_direct else totals.take(target.shape)
        product = products.take(target.shape)
        for i, place in enumerate(tap_slices(windows, target.shape[2:-1])):
            part = block[(slice(None), slice(None), *place)]
            xp.multiply(part, taps[i], out=product if i else total)
            if i:
                xp.add(total, product, out=total)
        if not is_direct:
            target[...] = total


def _spread_depthwise(g, kernel, windows, dx):
    """`_spread` where each filter sees one channel."""
    filters, channels = g.shape[-1], dx.shape[-1]
    taps = _tap_rows(kernel, g.shape[-2])
    products = _Scratch(kernel.dtype)
    bytes_per_place = 3 * filters * kernel.dtype.itemsize
    multiple = filters // channels
    for block, total in _spread_blocks(g, windows, dx, bytes_per_place, kernel.dtype, multiple):
        product = products.take(block.shape)
        for tap, place in zip(taps, tap_slices(windows, block.shape[2:-1])):
            xp.multiply(block, tap, out=product)
            part = total[(slice(None), slice(None), *place)]
            xp.add(part, product, out=part)


def _gather_depthwise(x, g, windows, dtype):
    """`_gather` where each filter sees one channel."""
    counts, filters = g.shape[2:-1], g.shape[-1]
    length = counts[-1] * filters
    total = xp.zeros((math.prod(windows.size), length), dtype)
    products = _Scratch(dtype)
    for images, rows, block in _padded_blocks(x, windows, counts, (1, 4, filters), dtype):
        block = _repeated(block, filters)
        gradient = g[:, images, rows].astype(dtype, copy=False)
        product = products.take(gradient.shape)
        for i, place in enumerate(tap_slices(windows, gradient.shape[2:-1])):
            xp.multiply(block[(slice(None), slice(None), *place)], gradient, out=product)
            total[i] += product.reshape(-1, length).sum(axis=0)
    return total.reshape(-1, counts[-1], filters).sum(axis=1)  # t, f


def _tap_rows(kernel, count):
    """The kernel of a depthwise convolution, each tap repeated along the last spatial axis.

    So the innermost loop of a product runs over a whole row of an image: ``t, count, f``.
    """
    flat = kernel.reshape(-1, 1, kernel.shape[-1])
    return xp.ascontiguousarray(xp.broadcast_to(flat, (flat.shape[0], count, flat.shape[2])))


def _repeated(block, filters):
    """Each channel as often as there are filters that see it."""
    multiple = filters // block.shape[-1]
    return block if multiple == 1 else xp.repeat(block, multiple, axis=-1)


class _Scratch:
    """Memory that one block after the other uses."""

    def __init__(self, dtype):
        self.dtype = dtype
        self.memory = None

    def take(self, shape):
        """An array of the shape, with any values in it, valid until the next call."""
        size = math.prod(shape)
        if self.memory is None or self.memory.size < size:
            self.memory = xp.empty(size, self.dtype)
        return self.memory[:size].reshape(shape)


def _sides(x, channels_first):
    return x.shape[2:] if channels_first else x.shape[1:-1]


def _allocated(make, like, sides, channels, channels_first, dtype):
    batch = like.shape[0]
    shape = (batch, channels, *sides) if channels_first else (batch, *sides, channels)
    return make(shape, dtype)


def _grouped(x, groups, channels_first):
    """A view of images as ``(groups, batch, *sides, channels of a group)``."""
    if channels_first:
        x = x.reshape(x.shape[0], groups, -1, *x.shape[2:])
        return xp.moveaxis(x, (1, 2), (0, -1))
    return xp.moveaxis(x.reshape(*x.shape[:-1], groups, -1), -2, 0)


def _working(dtype):
    """The dtype to compute in: NumPy has neither speed nor precision in float16."""
    return dtype if ON_GPU or dtype != "float16" else xp.dtype("float32")


def _is_plain_product(windows, groups, channels_first, dtype):
    """Whether the kernel looks at single places, so that a matrix product is all there is."""
    is_plain = windows.is_pointwise and groups == 1 and not channels_first
    return is_plain and _working(dtype) == dtype


def _kernel_matrix(kernel, groups):
    """The kernel as ``(g, t c, f)``."""
    filters = kernel.shape[-1] // groups
    return xp.ascontiguousarray(kernel.reshape(-1, groups, filters).transpose(1, 0, 2))


def _padded_blocks(x, windows, counts, matrix_shape, dtype):
    """Cut the input into blocks, each padded, contiguous along the channels, and in ``dtype``.

    Args:
        x: ``(g, batch, *sides, c)``.
        counts: how many windows there are along each spatial axis.
        matrix_shape: that of the kernel as a matrix, ``(g, t c, f)``: a block's size depends on it.

    Yields:
        ``images, rows, block``: slices of the batch and of the first spatial axis of the output,
        and the part of the input that these outputs see.
    """
    padded, there, here = interior(windows, x.shape[2:-1])
    width = math.prod(counts[1:])
    bytes_per_row = width * matrix_shape[0] * matrix_shape[1] * dtype.itemsize
    stride, span = windows.strides[0], windows.spans[0]
    is_direct = (
        not windows.is_padded
        and x.dtype == dtype
        and (x.strides[-1] == dtype.itemsize or x.shape[-1] == 1)
    )
    buffer, held = None, None
    for images, rows in blocks(
        x.shape[1], counts[0], bytes_per_row, least_rows=-(-_LEAST_PLACES // width)
    ):
        seen = slice(rows.start * stride, (rows.stop - 1) * stride + span)
        if is_direct:
            yield images, rows, x[:, images, seen]
            continue
        if held != images:
            held, number = images, images.stop - images.start
            if buffer is None:
                buffer = xp.zeros((x.shape[0], number, *padded, x.shape[-1]), dtype)
            filled = buffer[:, :number]
            filled[(slice(None), slice(None), *there)] = x[(slice(None), images, *here)]
        yield images, rows, filled[:, :, seen]


def _columns(block, windows, scratch):
    """The windows over a padded block as a matrix ``(g, p, t c)``."""
    groups, channels = block.shape[0], block.shape[-1]
    length = math.prod(windows.size) * channels
    if length == channels and set(windows.strides) == {1}:
        return block.reshape(groups, -1, channels)
    rank = len(windows.size)
    view = sliding(block, windows, 2)  # g, n, *counts, *size, c
    if channels * windows.size[-1] >= _LEAST_RUN:
        columns = scratch.take(view.shape)
        xp.copyto(columns, view)
        return columns.reshape(groups, -1, length)
    order = (0, *range(rank + 2, 2 * rank + 3), *range(1, rank + 2))
    view = view.transpose(order)  # g, *size, c, n, *counts
    columns = scratch.take(view.shape)
    xp.copyto(columns, view)
    return columns.reshape(groups, length, -1).swapaxes(1, 2)


def _spread_blocks(g, windows, dx, bytes_per_place, dtype, multiple=1):
    """Cut the gradient of an output into blocks, and collect what is spread over the input.

    Args:
        g: ``(groups, batch, *counts, f)``.
        dx: ``(groups, batch, *sides, c)``, zeros; filled on the way.
        bytes_per_place: scratch memory that a place of the output takes.
        multiple: how many sums there are per channel of ``dx``, which is their sum.

    Yields:
        ``block, total``: a part of the gradient, and the padded array to add to, which begins with
        the first row that this part's windows see.
    """
    padded, there, here = interior(windows, dx.shape[2:-1])
    counts = g.shape[2:-1]
    width = math.prod(counts[1:])
    is_direct = (
        not windows.is_padded and dx.dtype == dtype and dx.flags.c_contiguous and multiple == 1
    )
    channels = dx.shape[-1] * multiple
    scratch, total = _Scratch(dtype), None
    for images, rows in blocks(g.shape[1], counts[0], width * bytes_per_place):
        if rows.start == 0:
            target = dx[:, images]
            if is_direct:
                total = target
            else:
                total = scratch.take((*target.shape[:2], *padded, channels))
                total.fill(0)
        block = g[:, images, rows].astype(dtype, copy=False)
        yield block, total[:, :, rows.start * windows.strides[0] :]
        if rows.stop == counts[0] and not is_direct:
            found = total[(slice(None), slice(None), *there)]
            if multiple > 1:
                found = found.reshape(*found.shape[:-1], -1, multiple).sum(axis=-1)
            target[(slice(None), slice(None), *here)] = found

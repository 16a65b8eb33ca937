"""Each heavy kernel beside its simple form, over sizes: how long it takes relative to that.

The simple forms are what one writes first: all windows in one matrix and one product, a loop over
taps or time steps, `np.add.at`, the plain reduction. Results are compared as well. Exit code 1 if a
kernel is slower than its simple form by more than the tolerance at any size.
"""

# ruff: noqa: B023 - each function is called before the loop that it stands in goes on

import argparse
import itertools
import sys
import time

import numpy as np
from report import figure, table

from minikeras.backend.autodiff import GradientTape, quietly
from minikeras.backend.convolution import (
    convolution,
    convolution_input_gradient,
    convolution_kernel_gradient,
)
from minikeras.backend.indexing import put
from minikeras.backend.normalization import standardize
from minikeras.backend.pooling import (
    average_pool,
    average_pool_gradient,
    max_pool,
    max_pool_gradient,
    max_pool_taps,
)
from minikeras.backend.recurrence import composed_gru, composed_lstm, gru, lstm
from minikeras.backend.reduction import logsumexp, max, mean, sum, var
from minikeras.backend.windows import Windows

TOLERANCE = 1.1  # times the simple form; below this the clock decides
LEAST = 3e-6  # seconds by which a kernel must be slower: less is the cost of calling a primitive
TURNS = 3
PAUSE = 0.15  # seconds
rng = np.random.default_rng(0)


def random(*shape):
    return rng.normal(size=shape).astype("float32")


# Convolution. Images are (n, side, side, c), kernels (k, k, c, f).
#               n  side   c  k    f  stride
CONVOLUTIONS = [
    (1, 8, 3, 3, 8, 1),
    (1, 28, 1, 5, 32, 1),
    (8, 28, 3, 3, 32, 1),
    (64, 28, 1, 5, 32, 1),
    (64, 14, 32, 5, 64, 1),
    (128, 26, 32, 3, 32, 1),
    (32, 32, 3, 3, 16, 1),
    (32, 32, 16, 3, 16, 1),
    (32, 16, 32, 3, 64, 2),
    (32, 8, 64, 3, 64, 1),
    (32, 16, 64, 1, 128, 1),
    (32, 16, 64, 1, 128, 2),
    (4, 56, 64, 3, 64, 1),
    (8, 7, 256, 3, 256, 1),
    (2, 224, 3, 7, 64, 2),
]


def padded(x, windows):
    return np.pad(x, ((0, 0), *windows.padding, (0, 0)))


def views(x, windows, counts):
    """Per tap, the elements of a padded array that it sees."""
    (k, _), (stride, _), (rows, columns) = windows.size, windows.strides, counts
    for i, j in itertools.product(range(k), range(k)):
        down = slice(i, i + (rows - 1) * stride + 1, stride)
        right = slice(j, j + (columns - 1) * stride + 1, stride)
        yield x[:, down, right]


def columns_of(x, windows):
    """All windows of all images as rows of one matrix, a copy."""
    k, stride = windows.size[0], windows.strides[0]
    view = np.lib.stride_tricks.sliding_window_view(padded(x, windows), (k, k), (1, 2))
    view = view[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3)
    return np.ascontiguousarray(view).reshape(-1, k * k * x.shape[-1])


def simple_convolution(x, kernel, windows):
    counts = windows.counts(x.shape[1:3])
    out = columns_of(x, windows) @ kernel.reshape(-1, kernel.shape[-1])
    return out.reshape(x.shape[0], *counts, -1)


def simple_input_gradient(g, kernel, sides, windows):
    """One product for all taps of all windows, each added where it belongs."""
    c = kernel.shape[2]
    spread = g.reshape(-1, g.shape[-1]) @ kernel.reshape(-1, g.shape[-1]).T
    spread = spread.reshape(*g.shape[:3], -1, c)
    return added_up(spread, sides, windows)


def added_up(spread, sides, windows):
    """The elements of windows, ``(n, *counts, taps, c)``, added at their places."""
    (top, bottom), (left, right) = windows.padding
    height, width = sides
    n, *counts, _, c = spread.shape
    out = np.zeros((n, height + top + bottom, width + left + right, c), spread.dtype)
    for i, view in enumerate(views(out, windows, counts)):
        view += spread[:, :, :, i]
    return out[:, top : top + height, left : left + width]


def simple_kernel_gradient(x, g, windows):
    shape = (*windows.size, x.shape[-1], g.shape[-1])
    return (columns_of(x, windows).T @ g.reshape(-1, g.shape[-1])).reshape(shape)


def convolutions():
    for n, side, c, k, f, stride in CONVOLUTIONS:
        size = f"{n} x {side} x {side} x {c}, {k} x {k} to {f}" + (" by 2" if stride == 2 else "")
        windows = Windows.over((side, side), (k, k), (stride, stride), "same")
        x, kernel = random(n, side, side, c), random(k, k, c, f)
        g = random(n, *windows.counts((side, side)), f)
        sides, how = (side, side), {"windows": windows}
        yield (
            "convolution",
            size,
            lambda: convolution(x, kernel, **how),
            lambda: simple_convolution(x, kernel, **how),
        )
        yield (
            "its input gradient",
            size,
            lambda: convolution_input_gradient(g, kernel, sides=sides, **how),
            lambda: simple_input_gradient(g, kernel, sides, **how),
        )
        yield (
            "its kernel gradient",
            size,
            lambda: convolution_kernel_gradient(x, g, **how),
            lambda: simple_kernel_gradient(x, g, **how),
        )
        if n * side < 1000:
            continue
        first, firsts = np.ascontiguousarray(np.moveaxis(x, -1, 1)), {"channels_first": True}
        yield (
            "convolution, channels first",
            size,
            lambda: convolution(first, kernel, **firsts, **how),
            lambda: np.ascontiguousarray(
                np.moveaxis(simple_convolution(np.moveaxis(first, 1, -1), kernel, **how), -1, 1)
            ),
        )


# Depthwise convolution, 3 x 3. Images are (n, side, side, c).
#            n  side   c  stride
DEPTHWISE = [
    (1, 16, 8, 1),
    (32, 32, 32, 1),
    (32, 32, 64, 2),
    (32, 16, 128, 1),
    (32, 8, 256, 1),
    (4, 112, 32, 1),
]


def simple_depthwise(x, kernel, windows):
    counts = windows.counts(x.shape[1:3])
    out = 0
    for view, tap in zip(views(padded(x, windows), windows, counts), kernel.reshape(9, -1)):
        out = out + view * tap
    return out


def depthwise():
    for n, side, c, stride in DEPTHWISE:
        size = f"{n} x {side} x {side} x {c}" + (" by 2" if stride == 2 else "")
        windows = Windows.over((side, side), (3, 3), (stride, stride), "same")
        x, kernel = random(n, side, side, c), random(3, 3, 1, c)
        counts = windows.counts((side, side))
        g = random(n, *counts, c)
        sides, how = (side, side), {"windows": windows, "groups": c}
        yield (
            "depthwise",
            size,
            lambda: convolution(x, kernel, **how),
            lambda: simple_depthwise(x, kernel, windows),
        )
        yield (
            "its input gradient",
            size,
            lambda: convolution_input_gradient(g, kernel, sides=sides, **how),
            lambda: added_up(g[:, :, :, None] * kernel.reshape(9, c), sides, windows),
        )
        yield (
            "its kernel gradient",
            size,
            lambda: convolution_kernel_gradient(x, g, **how),
            lambda: np.stack(
                [(v * g).sum((0, 1, 2)) for v in views(padded(x, windows), windows, counts)]
            ).reshape(kernel.shape),
        )


# Pooling. Images are (n, side, side, c), windows k x k.
#          n   side   c  k  stride
POOLINGS = [
    (1, 8, 4, 2, 2),
    (32, 28, 32, 2, 2),
    (128, 24, 32, 2, 2),
    (32, 14, 64, 2, 2),
    (32, 32, 64, 3, 2),
    (8, 56, 64, 3, 1),
]


def simple_max_gradient(x, out, g, windows):
    """Each element to the first of its window's places that holds the maximum."""
    dx, free = np.zeros_like(x), np.ones(out.shape, bool)
    counts = out.shape[1:3]
    for view, target in zip(views(x, windows, counts), views(dx, windows, counts)):
        here = free & (view == out)
        target += g * here
        free &= ~here
    return dx


def poolings():
    for n, side, c, k, stride in POOLINGS:
        size = f"{n} x {side} x {side} x {c}, {k} x {k} by {stride}"
        windows = Windows.over((side, side), (k, k), (stride, stride))
        counts, sides, how = windows.counts((side, side)), (side, side), {"windows": windows}
        x, g = random(n, side, side, c), random(n, *counts, c)
        out = max_pool(x, **how)
        taps = lambda: views(x, windows, counts)
        yield (
            "maximum pooling",
            size,
            lambda: max_pool(x, **how),
            lambda: np.max(np.stack(list(taps())), axis=0),
        )
        yield (
            "its gradient",
            size,
            lambda: max_pool_gradient(g, max_pool_taps(x, out, **how), sides=sides, **how),
            lambda: simple_max_gradient(x, out, g, windows),
        )
        yield (
            "average pooling",
            size,
            lambda: average_pool(x, **how),
            lambda: np.mean(np.stack(list(taps())), axis=0),
        )
        shared = lambda: np.repeat((g / k**2)[:, :, :, None], k * k, axis=3)
        yield (
            "its gradient",
            size,
            lambda: average_pool_gradient(g, sides=sides, **how),
            lambda: added_up(shared(), sides, windows),
        )


def simple_put(values, rows, words):
    out = np.zeros((words, values.shape[-1]), values.dtype)
    np.add.at(out, rows, values)
    return out


def embeddings():
    for count, words, width in [
        (8, 100, 4),
        (32, 1000, 16),
        (320, 10000, 32),
        (2048, 10000, 64),
        (2560, 10000, 100),
        (16384, 30000, 128),
    ]:
        rows, values = rng.integers(0, words, count), random(count, width)
        yield (
            "embedding gradient",
            f"{count} of {words} x {width}",
            lambda: put(values, rows, shape=(words, width), axis=0),
            lambda: simple_put(values, rows, words),
        )


def simple_logsumexp(x, axis):
    largest = x.max(axis, keepdims=True)
    return np.log(np.exp(x - largest).sum(axis)) + np.squeeze(largest, axis)


def reductions():
    simple = {
        sum: lambda x, axis: np.sum(x, axis),
        mean: lambda x, axis: np.mean(x, axis),
        max: lambda x, axis: np.max(x, axis),
        var: lambda x, axis: np.var(x, axis),
        logsumexp: simple_logsumexp,
    }
    for shape, axis in [
        ((10, 1), None),
        ((128, 10), 1),
        ((128, 512), 0),
        ((2048, 512), 0),
        ((2048, 64), 1),
        ((32, 16, 16, 64), (0, 1, 2)),
        ((32, 16, 16, 64), (1, 2)),
        ((32, 64, 16, 16), (0, 2, 3)),
        ((1 << 20,), None),
    ]:
        x = random(*shape)
        for primitive, form in simple.items():
            yield (
                primitive.name,
                f"{' x '.join(map(str, shape))} over {'all' if axis is None else axis}",
                lambda: primitive(x, axis=axis),
                lambda: form(x, axis),
            )


def simple_standardize(x, scale, offset, axes, epsilon):
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon) * scale + offset


def normalizations():
    for shape, axes in [
        ((10, 20), (0,)),
        ((32, 64, 64), (2,)),
        ((32, 32, 32, 16), (0, 1, 2)),
        ((32, 8, 8, 256), (0, 1, 2)),
    ]:
        x = random(*shape)
        scale, offset = random(*[1] * (len(shape) - 1), shape[-1]), random(shape[-1])
        offset = offset.reshape(scale.shape)
        how = {"axes": axes, "epsilon": 1e-3}
        yield (
            "standardize",
            f"{' x '.join(map(str, shape))} over {axes}",
            lambda: standardize(x, scale, offset, **how)[0],
            lambda: simple_standardize(x, scale, offset, **how),
        )


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def simple_lstm(x, h, c, kernel, recurrent, bias):
    for row in x:
        i, f, g, o = np.split(row @ kernel + h @ recurrent + bias, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return h


def simple_gru(x, h, kernel, recurrent, bias):
    for row in x:
        z, r, n = np.split(row @ kernel + bias[0], 3, axis=1)
        inner_z, inner_r, inner_n = np.split(h @ recurrent + bias[1], 3, axis=1)
        z = sigmoid(z + inner_z)
        n = np.tanh(n + sigmoid(r + inner_r) * inner_n)
        h = z * h + (1 - z) * n
    return h


def gradients_of(function, arrays, state):
    """The gradients of all arrays by the sum of the last state, which stands at ``state``."""
    with GradientTape() as tape:
        watched = [tape.watch(a) for a in arrays]
        last = function(*watched)[state]
        total = sum(last)
    return tape.gradient(total, watched)[0]


def recurrences():
    """Steps are first: sequences are (steps, batch, features)."""
    for steps, batch, features, units in [
        (1, 1, 4, 4),
        (10, 8, 16, 16),
        (80, 32, 100, 128),
        (80, 32, 100, 64),
        (20, 256, 64, 256),
    ]:
        size = f"{steps} steps of {batch} x {features}, {units} units"
        x, h = random(steps, batch, features), random(batch, units)
        kernel, recurrent = 0.1 * random(features, 4 * units), 0.1 * random(units, 4 * units)
        of_lstm = (x, h, random(batch, units), kernel, recurrent, random(4 * units))
        of_gru = (x, h, kernel[:, units:], recurrent[:, units:], random(2, 3 * units))
        how = {"sequences": False}
        after = {"reset_after": True, "sequences": False}
        yield "LSTM", size, lambda: lstm(*of_lstm, None, **how)[1], lambda: simple_lstm(*of_lstm)
        yield "GRU", size, lambda: gru(*of_gru, None, **after)[1], lambda: simple_gru(*of_gru)
        yield (
            "LSTM and gradient",
            size,
            lambda: gradients_of(lambda *a: lstm(*a, None, **how), of_lstm, 1),
            lambda: gradients_of(lambda *a: composed_lstm(*a, None, **how), of_lstm, 1),
        )
        yield (
            "GRU and gradient",
            size,
            lambda: gradients_of(lambda *a: gru(*a, None, **after), of_gru, 1),
            lambda: gradients_of(lambda *a: composed_gru(*a, None, **after), of_gru, 1),
        )


FAMILIES = {
    family.__name__: family
    for family in (
        convolutions,
        depthwise,
        poolings,
        embeddings,
        reductions,
        normalizations,
        recurrences,
    )
}


def seconds(kernel, simple, budget):
    """The least time that each of two functions takes, run in turns for ``budget`` seconds.

    Before the kernel there is a pause: after a product in the simple form, threads of OpenBLAS go
    on looking for work for a tenth of a second, on a core that the kernel may need.
    """
    functions = kernel, simple
    least = [float("inf")] * len(functions)
    counts = []
    for function in functions:  # how often a call repeats, so that the clock can see it
        function()
        start = time.perf_counter()
        function()
        counts.append(int(2e-4 / (time.perf_counter() - start)) + 1)
    share = budget / len(functions) / TURNS
    for _ in range(TURNS):
        for i, (function, count) in enumerate(zip(functions, counts)):
            time.sleep(0 if function is simple else PAUSE)
            stop = time.perf_counter() + share
            runs = 0
            while runs < 3 or time.perf_counter() < stop:
                runs += 1
                start = time.perf_counter()
                for _ in range(count):
                    function()
                least[i] = min(least[i], (time.perf_counter() - start) / count)
    return least


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--seconds", type=float, default=0.3, help="for each kernel and size")
    parser.add_argument("--tolerance", type=float, default=TOLERANCE)
    parser.add_argument("--markdown", action="store_true")
    arguments = parser.parse_args()

    slower = 0
    for family in arguments.families:
        rows = []
        for name, size, kernel, simple in FAMILIES[family]():
            with quietly():
                np.testing.assert_allclose(kernel(), simple(), rtol=2e-3, atol=2e-3)
                mine, other = seconds(kernel, simple, arguments.seconds)
            is_slower = mine > arguments.tolerance * other and mine > other + LEAST
            slower += is_slower
            ratio = figure(mine / other) + (" !" if is_slower else "  ")
            rows.append([name, size, figure(other * 1000), figure(mine * 1000), ratio])
        head = [family, "size", "simple ms", "kernel ms", "ratio"]
        print(table(head, rows, arguments.markdown), end="\n\n", flush=True)
    print(f"slower than the simple form: {slower}")
    return int(slower > 0)


if __name__ == "__main__":
    sys.exit(main())

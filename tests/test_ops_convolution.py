"""keras.ops convolutions against real Keras: values and gradients by inputs and kernels."""

import itertools

import numpy as np
import pytest

import minikeras as mk
from minikeras.backend import (
    dense_convolution,
    depthwise,
    layouts,
    small_convolution,
    small_products,
)
from minikeras.backend.convolution import (
    convolution,
    convolution_input_gradient,
    convolution_kernel_gradient,
)
from minikeras.backend.windows import Windows
from minikeras.backend.xp import ON_GPU
from tests.support import assert_close, gradients_of, values

SIDES = (7, 5, 4)
SIZE = (3, 2, 1)
TOLERANCES = {"float64": 1e-11, "float32": 2e-5, "float16": 2e-2}
RNG = np.random.default_rng(0)


def inputs_of(rank, channels, data_format, dtype):
    x = RNG.normal(size=(2, *SIDES[:rank], channels))
    if data_format == "channels_first":
        x = np.ascontiguousarray(np.moveaxis(x, -1, 1))
    return x.astype(dtype)


def compare(name, arrays, **arguments):
    """Assert that values and gradients by all arrays equal those of Keras."""
    import jax
    import keras

    ours = lambda *arrays: getattr(mk.ops, name)(*arrays, **arguments)
    theirs = lambda *arrays: getattr(keras.ops, name)(*arrays, **arguments)
    tolerance = TOLERANCES[arrays[0].dtype.name]
    expected, way_back = jax.vjp(theirs, *arrays)
    assert_close(ours(*map(mk.ops.convert_to_tensor, arrays)), expected, tolerance, tolerance)
    direction = RNG.normal(size=expected.shape).astype(expected.dtype)
    weight = mk.ops.convert_to_tensor(direction)
    found = gradients_of(lambda *arrays: mk.ops.sum(ours(*arrays) * weight), *arrays)
    # A gradient by a kernel sums many products, with roundings of its own.
    assert_close(found, way_back(direction), 4 * tolerance, 4 * tolerance)


def conv_case(rank, padding, strides, dilation, groups, data_format, dtype):
    x = inputs_of(rank, 4, data_format, dtype)
    kernel = RNG.normal(size=(*SIZE[:rank], 4 // groups, 8)).astype(dtype)
    compare(
        "conv",
        (x, kernel),
        strides=strides,
        padding=padding,
        dilation_rate=dilation,
        data_format=data_format,
    )


FORMATS = ("channels_last", "channels_first")
STEPS = ((1, 1), (2, 1), (1, 2), (3, 2))
MATRIX = [
    (rank, padding, strides, dilation, groups, data_format, dtype)
    for rank, padding, (strides, dilation), groups, data_format, dtype in itertools.product(
        (1, 2, 3), ("valid", "same"), STEPS, (1, 2, 4), FORMATS, TOLERANCES
    )
]


@pytest.mark.long
@pytest.mark.parametrize("case", MATRIX, ids=str)
def test_conv_equals_keras_in_all_combinations(case):
    conv_case(*case)


@pytest.mark.parametrize("channels", [1, 3])
def test_conv_with_few_channels(channels):
    x = RNG.normal(size=(3, 9, 8, channels)).astype("float32")
    kernel = RNG.normal(size=(3, 2, channels, 4)).astype("float32")
    compare("conv", (x, kernel), padding="same", strides=2)


def use_small_blocks(monkeypatch):
    """Cut the smallest arrays into many blocks, on three threads."""
    layouts.forget()
    for module in (dense_convolution, depthwise):
        monkeypatch.setattr(module, "_BLOCK_BYTES", 500)
    monkeypatch.setattr(dense_convolution, "_LEAST_ROWS", 1)
    monkeypatch.setattr(dense_convolution, "_SPREAD_BYTES", 500)
    monkeypatch.setattr(dense_convolution, "_LEAST_WORK", 1)
    monkeypatch.setattr(small_convolution, "is_little", lambda *_: False)
    monkeypatch.setattr(depthwise, "_LEAST_SHARED", 0)
    monkeypatch.setattr(dense_convolution, "_CHUNK", 3)
    monkeypatch.setattr(small_products, "MOST", 1000)
    monkeypatch.setattr(small_products, "_LEAST_PART", 1)
    monkeypatch.setattr(small_products, "helps", lambda: not ON_GPU)
    monkeypatch.setitem(mk.config._workers, "threads", 3)


@pytest.mark.parametrize("data_format", FORMATS)
def test_conv_in_many_blocks(data_format, monkeypatch):
    use_small_blocks(monkeypatch)
    x = inputs_of(2, 4, data_format, "float64")
    for groups, multiple in ((1, 2), (2, 1), (4, 2)):
        kernel = RNG.normal(size=(3, 2, 4 // groups, 4 * multiple))
        compare("conv", (x, kernel), padding="same", strides=2, data_format=data_format)
        compare("conv", (x, kernel), data_format=data_format, dilation_rate=2)


def test_conv_of_arrays_that_are_not_contiguous():
    x = np.moveaxis(RNG.normal(size=(2, 3, 7, 6)), 1, -1)[:, ::2]
    kernel = RNG.normal(size=(4, 2, 3, 2)).transpose(1, 3, 2, 0)[:, ::-1]
    compare("conv", (x, kernel))


def reference(x, kernel, windows, groups):
    """A convolution as a loop over windows, channels last."""
    counts = windows.counts(x.shape[1:-1])
    pairs = [(max(a, 0), max(b, 0)) for a, b in windows.padding]
    cut = tuple(
        slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape[1:-1], windows.padding)
    )
    x = np.pad(x[(slice(None), *cut)], [(0, 0), *pairs, (0, 0)])
    out = np.zeros((len(x), *counts, kernel.shape[-1]))
    channels, filters = x.shape[-1] // groups, kernel.shape[-1] // groups
    for place in np.ndindex(*counts):
        for tap in np.ndindex(*windows.size):
            at = tuple(
                i * s + j * d for i, s, j, d in zip(place, windows.strides, tap, windows.dilation)
            )
            for k in range(groups):
                seen = x[(slice(None), *at, slice(k * channels, (k + 1) * channels))]
                these = slice(k * filters, (k + 1) * filters)
                out[(slice(None), *place, these)] += seen @ kernel[tap][:, these]
    return out


def random_convolution(rng):
    """Shapes and settings of a convolution that computes something."""
    while True:
        rank = int(rng.integers(1, 4))
        sides, size, strides, dilation = rng.integers(
            [[1], [1], [1], [1]], [[9], [4], [4], [3]], (4, rank)
        ).tolist()
        padding = [tuple(pair) for pair in rng.integers(-1, 3, (rank, 2)).tolist()]
        windows = Windows(tuple(size), tuple(strides), tuple(padding), tuple(dilation))
        if min(windows.counts(sides)) > 0:
            groups = int(rng.choice([1, 1, 2, 3]))
            channels, filters = (rng.integers(1, 3, 2) * groups).tolist()
            if rng.random() < 0.4:
                channels = int(rng.choice([13, 24])) * groups
            return int(rng.integers(1, 6)), sides, windows, groups, channels, filters


@pytest.mark.parametrize("seed", range(40))
def test_every_kind_of_convolution_and_its_gradients(seed, monkeypatch):
    """Against the definition: the gradients are the linear maps that are adjoint to it."""
    rng = np.random.default_rng(seed)
    batch, sides, windows, groups, channels, filters = random_convolution(rng)
    x = rng.normal(size=(batch, *sides, channels))
    kernel = rng.normal(size=(*windows.size, channels // groups, filters))
    expected = reference(x, kernel, windows, groups)
    g = rng.normal(size=expected.shape)
    use_small_blocks(monkeypatch)
    for first in (False, True):
        how = {"windows": windows, "groups": groups, "channels_first": first}
        lay = lambda a, first=first: mk.ops.convert_to_tensor(np.moveaxis(a, -1, 1) if first else a)
        back = lambda a, first=first: np.moveaxis(values(a), 1, -1) if first else values(a)
        kernel_tensor = mk.ops.convert_to_tensor(kernel)
        runs = []
        for threads in (1, 3):
            monkeypatch.setitem(mk.config._workers, "threads", threads)
            runs.append(
                [
                    back(convolution(lay(x), kernel_tensor, **how)),
                    back(convolution_input_gradient(lay(g), kernel_tensor, sides=sides, **how)),
                    values(convolution_kernel_gradient(lay(x), lay(g), **how)),
                ]
            )
        for one, three in zip(*runs):
            np.testing.assert_array_equal(one, three)  # whatever the number of threads
        out, dx, dk = runs[0]
        for spreads in (True, False):  # the ways to compute the gradient by the input
            with monkeypatch.context() as patch:
                patch.setattr(dense_convolution, "spreads_well", lambda *_, s=spreads: s)
                other = convolution_input_gradient(lay(g), kernel_tensor, sides=sides, **how)
            np.testing.assert_allclose(back(other), dx, atol=1e-10)
        np.testing.assert_allclose(out, expected, atol=1e-10)
        # As little work, for which memory is kept; in the end not that of the windows.
        for helps, held in ((True, 1 << 18), (False, 1 << 18), (False, 1 << 18), (True, 0)):
            with monkeypatch.context() as patch:
                patch.setattr(small_convolution, "_MOST_HELD", held)
                patch.setattr(small_convolution, "is_little", lambda *_: True)
                patch.setattr(depthwise, "_LEAST_SHARED", 1 << 20)
                patch.setattr(small_products, "helps", lambda h=helps: h and not ON_GPU)
                if helps:
                    layouts.forget()
                again = convolution(lay(x), kernel_tensor, **how)
                other = convolution_input_gradient(lay(g), kernel_tensor, sides=sides, **how)
            np.testing.assert_allclose(back(again), expected, atol=1e-10)
            np.testing.assert_allclose(back(other), dx, atol=1e-10)
            with monkeypatch.context() as patch:
                patch.setattr(small_convolution, "_MOST_HELD", held)
                patch.setattr(small_convolution, "is_little", lambda *_: True)
                other = convolution_kernel_gradient(lay(x), lay(g), **how)
            np.testing.assert_allclose(values(other), dk, atol=1e-10)
        # <g, conv(x', k')> for random x' and k' is what the gradients say.
        other_x, other_k = rng.normal(size=x.shape), rng.normal(size=kernel.shape)
        np.testing.assert_allclose(
            (dx * other_x).sum(), (g * reference(other_x, kernel, windows, groups)).sum(), atol=1e-9
        )
        np.testing.assert_allclose(
            (dk * other_k).sum(), (g * reference(x, other_k, windows, groups)).sum(), atol=1e-9
        )


DEPTHWISE = [
    (rank, padding, strides, dilation, multiplier, data_format)
    for rank, padding, (strides, dilation), multiplier, data_format in itertools.product(
        (1, 2), ("valid", "same"), STEPS[:3], (1, 3), FORMATS
    )
]


def depthwise_case(rank, padding, strides, dilation, multiplier, data_format):
    x = inputs_of(rank, 4, data_format, "float32")
    kernel = RNG.normal(size=(*SIZE[:rank], 4, multiplier)).astype("float32")
    arguments = {"strides": strides, "padding": padding, "dilation_rate": dilation}
    compare("depthwise_conv", (x, kernel), **arguments, data_format=data_format)


@pytest.mark.long
@pytest.mark.parametrize("case", DEPTHWISE, ids=str)
def test_depthwise_conv_equals_keras_in_all_combinations(case):
    depthwise_case(*case)


TRANSPOSED = [
    (rank, padding, strides, dilation, output_padding, data_format)
    for rank, padding, strides, dilation, output_padding, data_format in itertools.product(
        (1, 2, 3), ("valid", "same"), (1, 2, 3), (1, 2), (None, 0, 1, 2), FORMATS
    )
]


def transposed_case(rank, padding, strides, dilation, output_padding, data_format):
    x = inputs_of(rank, 3, data_format, "float32")
    kernel = RNG.normal(size=(*SIZE[:rank], 2, 3)).astype("float32")
    compare(
        "conv_transpose",
        (x, kernel),
        strides=strides,
        padding=padding,
        output_padding=output_padding,
        dilation_rate=dilation,
        data_format=data_format,
    )


@pytest.mark.long
@pytest.mark.parametrize("case", TRANSPOSED, ids=str)
def test_conv_transpose_equals_keras_in_all_combinations(case):
    transposed_case(*case)


def test_transposed_conv_is_the_gradient_of_conv():
    x, kernel = mk.random.normal((2, 9, 8, 3)), mk.random.normal((3, 2, 3, 4))
    for arguments in ({}, {"strides": 2}, {"padding": "same"}, {"dilation_rate": 2}):
        y = mk.ops.conv(x, kernel, **arguments)
        g = mk.random.normal(y.shape)
        found = mk.ops.conv_transpose(g, kernel, **arguments)
        expected = mk.grad(lambda x, a=arguments, g=g: mk.ops.sum(mk.ops.conv(x, kernel, **a) * g))
        assert_close(found, expected(x)[:, : found.shape[1], : found.shape[2]], 1e-4, 1e-4)


def test_second_order():
    import jax
    import keras

    x, kernel = RNG.normal(size=(1, 5, 4, 2)), RNG.normal(size=(2, 2, 2, 3))

    def energy(ops):
        return lambda x, k: ops.sum(ops.square(ops.conv(x, k, strides=2, padding="same")) ** 2)

    def slope(module, grad, kernel):
        return lambda x: module.ops.sum(grad(energy(module.ops), 1)(x, kernel) ** 2)

    ours_grad = lambda f, argnum: mk.grad(f, argnums=argnum)
    ours = slope(mk, ours_grad, mk.ops.convert_to_tensor(kernel))
    expected = jax.grad(slope(keras, jax.grad, kernel))(x)
    assert_close(gradients_of(ours, x), expected, 1e-9, 1e-9)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_empty_batches(dtype, groups):
    x, kernel = mk.ops.zeros((0, 6, 5, 4), dtype), mk.ops.ones((3, 2, 4 // groups, 4), dtype)
    y = mk.ops.conv(x, kernel, padding="same", strides=2)
    assert y.shape == (0, 3, 3, 4)
    by_x, by_kernel = mk.grad(lambda x, k: mk.ops.sum(mk.ops.conv(x, k)), argnums=(0, 1))(x, kernel)
    assert by_x.shape == x.shape
    assert_close(by_kernel, np.zeros(kernel.shape, dtype))
    assert mk.ops.conv_transpose(x, mk.ops.ones((2, 2, 3, 4), dtype)).shape == (0, 7, 6, 3)


def test_inputs_take_the_dtype_of_the_kernel():
    kernel = mk.ops.ones((2, 2, 1, 1), "float32")
    assert mk.ops.conv([[[[1], [2]], [[3], [4]]]], kernel).tolist() == [[[[10.0]]]]


def test_symbolic_shapes_equal_keras():
    import keras

    for shape, size, arguments in (
        ((None, None, 8, 4), (3, 3, 4, 6), {"strides": 2}),
        ((None, 4, None, 8), (3, 3, 4, 6), {"padding": "same", "data_format": "channels_first"}),
        ((2, None, 4), (3, 4, 6), {"dilation_rate": 3}),
    ):
        ours = mk.ops.conv(mk.KerasTensor(shape), mk.ops.ones(size), **arguments)
        theirs = keras.ops.conv(keras.KerasTensor(shape), np.ones(size, "float32"), **arguments)
        assert ours.shape == theirs.shape


@pytest.mark.parametrize(
    ("x", "kernel", "arguments", "message"),
    [
        ((1, 4, 4, 3), (2, 2, 2, 4), {}, "multiple"),
        ((1, 4, 4, 4), (2, 2, 2, 3), {}, "multiple"),
        ((1, 4, 4, 3), (2, 3, 4), {}, "rank"),
        ((1, 4), (2, 4), {}, "rank"),
        ((1, 4, 4, 3), (5, 2, 3, 4), {}, "does not fit"),
        ((1, 4, 4, 3), (2, 2, 3, 4), {"padding": "full"}, "padding"),
        ((1, 4, 4, 3), (2, 2, 3, 4), {"strides": (1, 2, 3)}, "strides"),
        ((1, 4, 4, 3), (2, 2, 3, 4), {"strides": 0}, "strides"),
        ((1, 4, 4, 3), (2, 2, 3, 4), {"dilation_rate": 1.5}, "dilation_rate"),
        ((1, 4, 4, 3), (2, 2, 3, 4), {"data_format": "NHWC"}, "data_format"),
    ],
)
def test_wrong_arguments_are_explained(x, kernel, arguments, message):
    with pytest.raises(ValueError, match=message):
        mk.ops.conv(mk.ops.ones(x), mk.ops.ones(kernel), **arguments)


def test_wrong_channels_are_explained():
    x = mk.ops.ones((1, 4, 4, 3))
    with pytest.raises(ValueError, match="depthwise_conv"):
        mk.ops.depthwise_conv(x, mk.ops.ones((2, 2, 2, 1)))
    with pytest.raises(ValueError, match="conv_transpose"):
        mk.ops.conv_transpose(x, mk.ops.ones((2, 2, 3, 4)))


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(("images", "strides"), [(1, 1), (1, 2), (3, 1), (2, (2, 1))])
def test_large_kernels_on_few_places(images, strides, data_format, monkeypatch):
    """Rows of the output are products of their own, or one where the kernel is large."""
    monkeypatch.setattr(dense_convolution, "_LARGE_KERNEL", 0)
    x = RNG.normal(size=(images, 9, 7, 8)).astype("float32")
    if data_format == "channels_first":
        x = np.ascontiguousarray(np.moveaxis(x, -1, 1))
    kernel = RNG.normal(size=(3, 3, 8, 6)).astype("float32")
    compare("conv", [x, kernel], strides=strides, padding="same", data_format=data_format)

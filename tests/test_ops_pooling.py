"""keras.ops pooling against real Keras: values and gradients."""

import itertools

import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close, gradients_of, values

RNG = np.random.default_rng(0)
SIDES = (7, 5, 4)
FORMATS = ("channels_last", "channels_first")


def inputs_of(rank, data_format, dtype="float32", with_ties=False):
    x = RNG.normal(size=(2, *SIDES[:rank], 3))
    if with_ties:
        x = RNG.integers(-1, 2, x.shape)
    if data_format == "channels_first":
        x = np.ascontiguousarray(np.moveaxis(x, -1, 1))
    return x.astype(dtype)


def compare(name, x, *args, tolerance=1e-5):
    import jax
    import keras

    ours = lambda x, args=args: getattr(mk.ops, name)(x, *args)
    if not name.startswith("adaptive") and (len(args) == 1 or args[1] is None):
        # Keras on JAX fails where the strides follow from a size that is one integer.
        args = (args[0], args[0], *args[2:])
    theirs = lambda x, args=args: getattr(keras.ops, name)(x, *args)
    expected, way_back = jax.vjp(theirs, x)
    assert_close(ours(mk.ops.convert_to_tensor(x)), expected, tolerance, tolerance)
    direction = RNG.normal(size=expected.shape).astype(x.dtype)
    weight = mk.ops.convert_to_tensor(direction)
    found = gradients_of(lambda x: mk.ops.sum(ours(x) * weight), x)
    assert_close(found, way_back(direction)[0], tolerance, tolerance)


MATRIX = [
    (name, rank, size, strides, padding, data_format, with_ties)
    for name, rank, size, strides, padding, data_format, with_ties in itertools.product(
        ("max_pool", "average_pool"),
        (1, 2),
        (1, 2, 3, 4),
        (None, 1, 2, 3),
        ("valid", "same"),
        FORMATS,
        (False, True),
    )
]


def pooling_case(name, rank, size, strides, padding, data_format, with_ties):
    x = inputs_of(rank, data_format, with_ties=with_ties)
    compare(name, x, size, strides, padding, data_format)


@pytest.mark.long
@pytest.mark.parametrize("case", MATRIX, ids=str)
def test_pooling_equals_keras_in_all_combinations(case):
    pooling_case(*case)


@pytest.mark.parametrize("name", ["max_pool", "average_pool"])
def test_strides_are_the_sizes_by_default(name):
    compare(name, inputs_of(2, "channels_last"), 2)
    compare(name, inputs_of(3, "channels_first", with_ties=True), 2, None, "valid", FORMATS[1])


def test_pooling_in_many_blocks(monkeypatch):
    from minikeras.backend import pooling

    monkeypatch.setattr(pooling, "_BLOCK_BYTES", 1)
    for name in ("max_pool", "average_pool"):
        compare(name, inputs_of(2, "channels_last"), 3, 2, "same")


def test_not_a_number_is_the_largest():
    x = mk.ops.array([[[1.0], [np.nan], [3.0], [4.0]]])
    assert str(mk.ops.max_pool(x, 2)[0, :, 0].tolist()) == "[nan, 4.0]"
    assert str(mk.ops.adaptive_max_pool(x, 2)[0, :, 0].tolist()) == "[nan, 4.0]"


def test_gradient_of_the_maximum_goes_to_its_first_place():
    x = np.ones((1, 4, 4, 1))
    expected = np.zeros((4, 4))
    expected[::2, ::2] = 1
    found = gradients_of(lambda x: mk.ops.sum(mk.ops.max_pool(x, 2)), x)
    assert_close(found[0, :, :, 0], expected)


@pytest.mark.parametrize("size", [16, 17])  # 256 numbers of taps fit into a byte
def test_gradient_reaches_the_last_of_many_taps(size):
    x = np.arange(size * size, dtype="float32").reshape(1, size, size, 1)
    x[0, 0, 0, 0] = -1
    found = gradients_of(lambda x: mk.ops.sum(mk.ops.max_pool(x, size)), x)
    assert_close(found, (x == x.max()).astype("float32"))


@pytest.mark.parametrize("name", ["max_pool", "average_pool"])
def test_second_order(name):
    import jax
    import keras

    x = RNG.normal(size=(1, 5, 4, 2))

    def slope(module, grad):
        pool = getattr(module.ops, name)
        energy = lambda x: module.ops.sum(pool(x, 3, 2, "same") ** 3)
        return lambda x: module.ops.sum(grad(energy)(x) ** 2)

    expected = jax.grad(slope(keras, jax.grad))(x)
    assert_close(gradients_of(slope(mk, mk.grad), x), expected, 1e-9, 1e-9)


@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_gradients_that_are_not_finite_stay_where_they_belong(dtype, strides):
    x = mk.ops.reshape(mk.ops.arange(16, dtype=dtype), (1, 4, 4, 1))

    def energy(x):
        y = mk.ops.max_pool(x, 2, strides)
        return mk.ops.sum(y * mk.ops.convert_to_tensor([np.inf], dtype))

    found = values(mk.grad(energy)(x))[0, :, :, 0]
    expected = np.zeros((4, 4))
    expected[1::2, 1::2] = np.inf
    if strides == 1:
        expected[1:, 1:] = np.inf
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", ["max_pool", "average_pool"])
@pytest.mark.parametrize("data_format", FORMATS)
def test_pooling_in_many_blocks_does_not_depend_on_threads(name, data_format, monkeypatch):
    from minikeras.backend import pooling

    monkeypatch.setattr(pooling, "_BLOCK_BYTES", 500)
    x = mk.ops.convert_to_tensor(RNG.normal(size=(9, 6, 5, 4)).astype("float32"))
    pool = getattr(mk.ops, name)
    energy = lambda x: mk.ops.sum(pool(x, 3, 2, "same", data_format) ** 3)
    runs = []
    for threads in (1, 3):
        monkeypatch.setitem(mk.config._workers, "threads", threads)
        runs.append(values([pool(x, 2, data_format=data_format), mk.grad(energy)(x)]))
    for one, three in zip(*runs):
        np.testing.assert_array_equal(one, three)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_empty_batches(dtype):
    x = mk.ops.zeros((0, 6, 5, 4), dtype)
    for name, args in (
        ("max_pool", (2,)),
        ("average_pool", (3, 2, "same")),
        ("adaptive_max_pool", (3,)),
        ("adaptive_average_pool", (3,)),
    ):
        pool = getattr(mk.ops, name)
        y = pool(x, *args)
        assert y.shape == (0, 3, 2 if name == "max_pool" else 3, 4)
        assert y.dtype == dtype
        assert mk.grad(lambda x, p=pool, a=args: mk.ops.sum(p(x, *a)))(x).shape == x.shape


def test_symbolic_shapes_equal_keras():
    import keras

    for shape, args in (
        ((None, None, 8, 4), ((3, 2), (2, 1))),
        ((None, 4, None, 9), ((2, 2), (2, 2), "same", "channels_first")),
        ((2, None, 4), ((3,), (3,))),
    ):
        theirs = keras.ops.max_pool(keras.KerasTensor(shape), *args)
        assert mk.ops.max_pool(mk.KerasTensor(shape), *args).shape == theirs.shape
    assert mk.ops.adaptive_max_pool(mk.KerasTensor((None, None, 7, 2)), 3).shape == (None, 3, 3, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pool_size": 0}, "pool_size"),
        ({"pool_size": (2, 2, 2)}, "pool_size"),
        ({"pool_size": 2, "strides": (0, 1)}, "strides"),
        ({"pool_size": 2, "padding": "causal"}, "padding"),
        ({"pool_size": 5}, "does not fit"),
    ],
)
def test_wrong_arguments_are_explained(arguments, message):
    with pytest.raises(ValueError, match=message):
        mk.ops.max_pool(mk.ops.ones((1, 4, 4, 3)), **arguments)

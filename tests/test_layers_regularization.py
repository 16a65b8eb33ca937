"""Dropout and noise layers: statistics, seeds, shared masks; configurations against Keras."""

import keras
import numpy as np
import pytest
from scipy import stats

import minikeras as mk
from minikeras import layers
from minikeras.backend.xp import ON_GPU
from tests import strict_cupy
from tests.oracle import layers_regularization
from tests.support import assert_close, values

RNG = np.random.default_rng(0)
FLOATS = lambda *shape: RNG.normal(size=shape).astype("float32")

RANDOM = [
    (row.name.removeprefix("layers."), row.arguments, row.inputs[0].shape)
    for row in layers_regularization.ROWS
]
_label = lambda value: value if isinstance(value, str) else ""


def _called(layer, x, **flags):
    return values(layer(mk.ops.convert_to_tensor(x), **flags))


@pytest.mark.parametrize(("name", "arguments", "shape"), RANDOM, ids=_label)
def test_seeds(name, arguments, shape):
    make = lambda: getattr(layers, name)(**{**arguments, "seed": 5})
    x = FLOATS(*shape)
    one, two = make(), make()
    first = _called(one, x, training=True)
    assert_close(first, _called(two, x, training=True))
    draws = [first] + [_called(one, x, training=True) for _ in range(4)]
    assert any((d != first).any() for d in draws)
    assert values(one.seed_generator.state).tolist() == [5, 5]
    assert first.shape == shape
    assert first.dtype == one.compute_dtype


@pytest.mark.parametrize(("name", "arguments", "shape"), RANDOM, ids=_label)
def test_gradient_uses_the_same_draw(name, arguments, shape):
    x = mk.ops.convert_to_tensor(FLOATS(*shape))
    layer = getattr(layers, name)(**arguments)
    with mk.GradientTape() as tape:
        traced = tape.watch(x)
        y = layer(traced, training=True)
        loss = mk.ops.sum(y * 3.0)
    gradient = values(tape.gradient(loss, traced))
    # All are affine in x, element by element: the slope is that of the draw itself.
    state = values(layer.seed_generator.state)
    layer.seed_generator.state.assign(state - np.array([0, 1], "uint32"))
    zero = values(layer(mk.ops.zeros(shape), training=True))
    layer.seed_generator.state.assign(state - np.array([0, 1], "uint32"))
    one = values(layer(mk.ops.ones(shape), training=True))
    np.testing.assert_allclose(gradient, 3 * (one - zero), rtol=1e-4, atol=1e-5)


def test_dropout_keeps_the_mean_and_scales_what_it_keeps():
    for rate in (0.1, 0.5, 0.75):
        y = _called(layers.Dropout(rate, seed=1), np.ones((200, 500), "float32"), training=True)
        np.testing.assert_allclose(np.unique(y), [0, 1 / (1 - rate)], rtol=1e-6)
        assert stats.binomtest(int((y > 0).sum()), y.size, 1 - rate).pvalue > 1e-3
    assert not _called(layers.Dropout(1.0), np.ones((5, 5), "float32"), training=True).any()


def test_spatial_dropout_drops_whole_maps():
    x = np.ones((8, 4, 4, 6), "float32")
    y = _called(layers.SpatialDropout2D(0.5, seed=2), x, training=True)
    assert (y == y[:, :1, :1]).all()
    assert 10 < (y[:, 0, 0] == 0).sum() < 38
    x = np.ones((8, 6, 4, 4), "float32")
    layer = layers.SpatialDropout2D(0.5, data_format="channels_first", seed=2)
    y = _called(layer, x, training=True)
    assert (y == y[:, :, :1, :1]).all()
    assert len(np.unique(y[:, :, 0, 0])) == 2


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_alpha_dropout_keeps_mean_and_variance(rate):
    x = RNG.normal(size=(500, 400)).astype("float32")
    y = _called(layers.AlphaDropout(rate, seed=1), x, training=True)
    assert abs(y.mean()) < 0.01
    assert abs(y.std() - 1) < 0.01
    _, counts = np.unique(y, return_counts=True)
    assert abs(counts.max() / y.size - rate) < 0.01  # replaced elements are all alike


def test_noise_has_the_stated_distribution():
    x = np.full((300, 100), 2.0, "float32")
    y = _called(layers.GaussianNoise(0.3, seed=1), x, training=True)
    assert stats.kstest(y.ravel(), stats.norm(2, 0.3).cdf).pvalue > 1e-3
    y = _called(layers.GaussianDropout(0.2, seed=1), x, training=True)
    assert stats.kstest(y.ravel(), stats.norm(2, 2 * 0.5).cdf).pvalue > 1e-3


def test_masks_pass_through():
    x = mk.ops.convert_to_tensor(np.array([[1, 2, 0]], "int32"))
    embedded = layers.Embedding(3, 2, mask_zero=True)(x)
    found = layers.Dropout(0.5)(embedded, training=True)
    assert values(
        found._keras_mask if hasattr(found, "_keras_mask") else _mask(found)
    ).tolist() == [[True, True, False]]


def _mask(x):
    from minikeras.backend.masks import get_mask

    return get_mask(x)


def test_patterns_follow_the_global_seed():
    from minikeras.utils.random_seed import set_random_seed

    def draw():
        set_random_seed(3)
        return _called(layers.Dropout(0.5), np.ones((5, 5), "float32"), training=True)

    assert_close(draw(), draw())


def test_the_state_of_a_seed_generator_is_that_of_keras_after_training_steps():
    ours, theirs = layers.Dropout(0.5, seed=9), keras.layers.Dropout(0.5, seed=9)
    for _ in range(3):
        ours(mk.ops.ones((2, 2)), training=True)
        theirs(np.ones((2, 2)), training=True)
    assert_close(ours.variables[0].numpy(), np.asarray(theirs.variables[0]), dtype=False)
    assert ours.variables[0].name == theirs.variables[0].name


@pytest.mark.skipif(not ON_GPU, reason="nothing waits on the host alone")
@pytest.mark.parametrize(("name", "arguments", "shape"), RANDOM, ids=_label)
def test_training_does_not_wait_for_the_device(name, arguments, shape):
    x = mk.ops.convert_to_tensor(FLOATS(*shape))
    layer = getattr(layers, name)(**arguments)
    with strict_cupy.no_sync(), mk.GradientTape() as tape:
        traced = tape.watch(x)
        tape.gradient(mk.ops.sum(layer(traced, training=True)), traced)


def test_mixed_precision():
    for layer in (layers.Dropout(0.5), layers.GaussianNoise(0.5), layers.AlphaDropout(0.5)):
        twin = type(layer)(0.5, dtype="mixed_float16")
        assert _called(twin, FLOATS(3, 4), training=True).dtype == "float16"


def test_wrong_arguments_are_named():
    for call, match in [
        (lambda: layers.Dropout(1.5), "rate"),
        (lambda: layers.Dropout("a"), "rate"),
        (lambda: layers.Dropout(0.5, noise_shape="ab"), "noise_shape"),
        (lambda: layers.Dropout(0.5, noise_shape=(0, 1)), "noise_shape"),
        (
            lambda: layers.Dropout(0.5, noise_shape=(3, 1))(mk.ops.ones((2, 2)), training=True),
            "one",
        ),
        (lambda: layers.AlphaDropout(1.0), "below 1"),
        (lambda: layers.GaussianDropout(1), "below 1"),
        (lambda: layers.GaussianNoise(-1), "stddev"),
        (lambda: layers.SpatialDropout2D(0.5, data_format="nchw"), "data_format"),
        (lambda: layers.SpatialDropout1D(0.5)(mk.ops.ones((2, 2))), "3"),
    ]:
        with pytest.raises(ValueError, match=match):
            call()

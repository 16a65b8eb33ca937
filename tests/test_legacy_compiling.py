"""Adversarial networks of Keras 2: what is trained was settled by `compile`."""

import copy
import pickle

import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy import era_scope
from tests.support import values

layers = mk.layers
RNG = np.random.default_rng(0)
REAL = RNG.normal(1.0, 0.1, size=(16, 4)).astype("float32")
NOISE = RNG.normal(size=(16, 3)).astype("float32")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def _adversaries(optimizer):
    discriminator = mk.Sequential(
        [
            layers.Dense(5, input_dim=4),
            layers.LeakyReLU(alpha=0.2),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    discriminator.compile(loss="binary_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    generator = mk.Sequential([layers.Dense(4, input_dim=3)])
    z = mk.Input((3,))
    discriminator.trainable = False
    combined = mk.Model(z, discriminator(generator(z)))
    combined.compile(loss="binary_crossentropy", optimizer=optimizer)
    return generator, discriminator, combined


def _weights(model):
    return [values(w) for w in model.get_weights()]


def _moved(before, after):
    return [bool(np.abs(a - b).max() > 0) for a, b in zip(before, after)]


@pytest.mark.parametrize("number", [1, 2])
def test_turns_of_adversaries(number):
    with era_scope(number):
        optimizer = mk.optimizers.Adam(lr=0.01, beta_1=0.5)
        generator, discriminator, combined = _adversaries(optimizer)
        for _ in range(2):
            d, g = _weights(discriminator), _weights(generator)
            fake = generator.predict(NOISE)
            discriminator.train_on_batch(REAL, np.ones((16, 1)))
            discriminator.train_on_batch(fake, np.zeros((16, 1)))
            assert all(_moved(d, _weights(discriminator)))
            assert not any(_moved(g, _weights(generator)))
            assert not discriminator.trainable  # what the program set stays
            d = _weights(discriminator)
            combined.train_on_batch(NOISE, np.ones((16, 1)))
            assert not any(_moved(d, _weights(discriminator)))
            assert all(_moved(g, _weights(generator)))
        d = _weights(discriminator)
        discriminator.fit(REAL, np.ones((16, 1)), verbose=0, epochs=1)
        assert all(_moved(d, _weights(discriminator)))


def test_compiling_again_settles_it_again():
    with era_scope(2):
        model = mk.Sequential([layers.Dense(2, input_dim=4), layers.Dense(1)])
        model.compile("sgd", "mse")
        model.layers[0].trainable = False
        before = _weights(model)
        model.fit(REAL, REAL[:, :1], verbose=0)
        assert all(_moved(before, _weights(model)))
        model.compile("sgd", "mse")
        before = _weights(model)
        model.fit(REAL, REAL[:, :1], verbose=0)
        assert _moved(before, _weights(model)) == [False, False, True, True]


def test_today_the_flag_counts_at_once():
    model = mk.Sequential([mk.Input((4,)), layers.Dense(2), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.layers[0].trainable = False
    before = _weights(model)
    model.fit(REAL, REAL[:, :1], verbose=0)
    assert _moved(before, _weights(model)) == [False, False, True, True]


def test_models_that_share_an_optimizer():
    with era_scope(2):
        optimizer = mk.optimizers.SGD(0.1, momentum=0.9)
        models = [mk.Sequential([mk.Input((4,)), layers.Dense(n)]) for n in (1, 2)]
        for model, n in zip(models, (1, 2)):
            model.compile(optimizer, "mse")
            model.fit(REAL, REAL[:, :n], verbose=0)
        assert models[0].optimizer is optimizer and models[1].optimizer is not optimizer
        optimizer.learning_rate = 0.0
        before = _weights(models[1])
        models[1].fit(REAL, REAL[:, :2], verbose=0, epochs=1)
        assert float(values(models[1].optimizer.learning_rate.value)) == 0.0
        assert len(models[1].optimizer.variables) == 4 and len(before) == 2
        models[0].compile(optimizer, "mse")  # again with its own
        assert models[0].optimizer is optimizer


def test_today_models_hold_the_optimizer_that_they_were_given():
    optimizer = mk.optimizers.SGD(0.1)
    models = [mk.Sequential([mk.Input((4,)), layers.Dense(n)]) for n in (1, 2)]
    for model in models:
        model.compile(optimizer, "mse")
        assert model.optimizer is optimizer
        assert pickle.loads(pickle.dumps(model)).optimizer.learning_rate is not None


def test_compiled_models_are_copied():
    with era_scope(2):
        model = mk.Sequential([layers.Dense(2, input_dim=4)])
        model.compile(mk.optimizers.SGD(lr=0.1), "mse")
    assert copy.deepcopy(model).optimizer is not model.optimizer

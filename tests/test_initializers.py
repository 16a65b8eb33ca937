"""keras.initializers: distributions against SciPy, moments and configurations against Keras."""

import keras
import numpy as np
import pytest
from scipy import stats

import minikeras as mk
from minikeras import initializers
from tests.support import assert_close, values

SHAPE = (3, 3, 20, 40)
FAN_IN, FAN_OUT = 180, 360


def _uniform(variance):
    limit = np.sqrt(3 * variance)
    return stats.uniform(-limit, 2 * limit)


def _truncated(variance):
    deviation = np.sqrt(variance) / stats.truncnorm(-2, 2).std()
    return stats.truncnorm(-2, 2, 0, deviation)


# Class name, arguments, the distribution that the paper or the definition states.
DISTRIBUTIONS = [
    ("RandomNormal", {}, stats.norm(0, 0.05)),
    ("RandomNormal", {"mean": 1.0, "stddev": 3.0}, stats.norm(1, 3)),
    ("RandomUniform", {}, stats.uniform(-0.05, 0.1)),
    ("RandomUniform", {"minval": 2.0, "maxval": 5.0}, stats.uniform(2, 3)),
    ("TruncatedNormal", {}, stats.truncnorm(-2, 2, 0, 0.05)),
    ("TruncatedNormal", {"mean": -1.0, "stddev": 2.0}, stats.truncnorm(-2, 2, -1, 2)),
    ("GlorotUniform", {}, _uniform(2 / (FAN_IN + FAN_OUT))),
    ("GlorotNormal", {}, _truncated(2 / (FAN_IN + FAN_OUT))),
    ("HeUniform", {}, _uniform(2 / FAN_IN)),
    ("HeNormal", {}, _truncated(2 / FAN_IN)),
    ("LecunUniform", {}, _uniform(1 / FAN_IN)),
    ("LecunNormal", {}, _truncated(1 / FAN_IN)),
    ("VarianceScaling", {"scale": 3.0, "mode": "fan_out"}, _truncated(3 / FAN_OUT)),
    (
        "VarianceScaling",
        {"mode": "fan_avg", "distribution": "untruncated_normal"},
        stats.norm(0, np.sqrt(2 / (FAN_IN + FAN_OUT))),
    ),
    (
        "VarianceScaling",
        {"distribution": "uniform", "input_axes": (0, 1), "output_axes": (2,)},
        _uniform(1 / 9),
    ),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name, arguments, expected", DISTRIBUTIONS)
def test_distribution(name, arguments, expected, dtype):
    w = getattr(initializers, name)(seed=17, **arguments)(SHAPE, dtype=dtype)
    assert w.shape == SHAPE
    assert w.dtype == dtype
    sample = values(w).ravel().astype(float)
    assert stats.kstest(sample, expected.cdf).pvalue > 1e-3


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (3, 3, 2, 7), (1, 4)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_orthogonal(shape, dtype):
    w = initializers.Orthogonal(gain=2.0, seed=1)(shape, dtype=dtype)
    assert w.dtype == dtype
    matrix = values(w).astype(float).reshape(-1, shape[-1])
    if matrix.shape[0] < matrix.shape[1]:
        matrix = matrix.T
    atol = {"float16": 1e-2, "float32": 1e-5, "float64": 1e-12}[dtype]
    np.testing.assert_allclose(matrix.T @ matrix, 4 * np.eye(matrix.shape[1]), atol=atol)


def test_orthogonal_matrices_are_spread_evenly():
    # The first column of an evenly drawn 2x2 orthogonal matrix has an even angle.
    first = [values(initializers.Orthogonal(seed=s)((2, 2)))[:, 0] for s in range(400)]
    angles = np.arctan2(*np.array(first).T) / (2 * np.pi) % 1
    assert stats.kstest(angles, stats.uniform.cdf).pvalue > 1e-3


NAMES = sorted(
    n
    for n in dir(keras.initializers)
    if isinstance(getattr(keras.initializers, n), type) and n != "Initializer"
)


@pytest.mark.parametrize("name", NAMES)
def test_every_initializer_of_keras_with_its_configuration(name):
    ours, theirs = getattr(initializers, name), getattr(keras.initializers, name)
    assert ours.__name__ == theirs.__name__
    assert ours().get_config() == theirs().get_config()
    assert initializers.serialize(ours()) == keras.initializers.serialize(theirs())
    assert type(initializers.get(name)) is ours
    assert type(initializers.deserialize(keras.initializers.serialize(theirs()))) is ours


def test_identity_keeps_its_gain_in_its_configuration():
    twin = initializers.Identity(3.0).clone()
    assert values(twin((2, 2))).tolist() == [[3, 0], [0, 3]]


def test_seeds():
    fixed = initializers.GlorotUniform(seed=1)
    assert_close(fixed((3, 3)), fixed((3, 3)))
    assert_close(fixed((3, 3)), initializers.GlorotUniform(seed=1)((3, 3)))
    unseeded = initializers.GlorotUniform()
    assert_close(unseeded((3, 3)), unseeded((3, 3)))  # as in Keras 3
    assert (values(unseeded((3, 3))) != values(initializers.GlorotUniform()((3, 3)))).any()
    assert unseeded.get_config()["seed"] is None
    generator = mk.random.SeedGenerator(4)
    counting = initializers.GlorotUniform(seed=generator)
    assert (values(counting((3, 3))) != values(counting((3, 3)))).any()
    assert values(generator.state).tolist() == [4, 2]
    twin = initializers.deserialize(initializers.serialize(counting))
    assert values(twin.seed.state).tolist() == [4, 0]


def test_get():
    assert initializers.get(None) is None
    assert isinstance(initializers.get("he_normal"), initializers.HeNormal)
    assert isinstance(initializers.get(initializers.Zeros), initializers.Zeros)
    assert isinstance(initializers.get({"class_name": "Ones", "config": {}}), initializers.Ones)

    def ramp(shape, dtype=None):
        return mk.ops.reshape(mk.ops.arange(shape[0], dtype=dtype), shape)

    assert initializers.get(ramp) is ramp
    given = initializers.get(np.array([[1.0, 2.0]]))
    assert_close(given((1, 2)), np.array([[1, 2]], "float32"))
    assert_close(initializers.get(mk.ops.ones((2,)))((2,), "float64"), np.ones(2))
    with pytest.raises(ValueError, match=r"`shape` to be \(1, 2\)"):
        given((2, 1))
    with pytest.raises(ValueError, match="he_normal"):
        initializers.get("he_norml")
    with pytest.raises(ValueError, match="initializer"):
        initializers.get(3)


def test_a_variable_takes_an_initializer():
    v = mk.Variable(initializers.Constant(2.0), shape=(2, 3), dtype="float64")
    assert_close(v.numpy(), np.full((2, 3), 2.0))


def test_wrong_arguments_are_named():
    for call, match in [
        (lambda: initializers.VarianceScaling(scale=-1), "scale"),
        (lambda: initializers.VarianceScaling(mode="fan"), "mode"),
        (lambda: initializers.VarianceScaling(distribution="cauchy"), "distribution"),
        (lambda: initializers.GlorotUniform(input_axes=[0]), "output_axes"),
        (lambda: initializers.GlorotUniform(seed="a"), "seed"),
        (lambda: initializers.GlorotUniform()((2, 2), dtype="int32"), "real numbers"),
        (lambda: initializers.Orthogonal()((3,)), "two sides"),
        (lambda: initializers.Identity()((3,)), "two sides"),
        (lambda: initializers.STFT(side="left"), "side"),
        (lambda: initializers.STFT(scaling="loud"), "scaling"),
        (lambda: initializers.STFT(window="glass"), "glass"),
        (lambda: initializers.STFT(window=[1.0, 2.0])((3, 1, 5)), "window"),
    ]:
        with pytest.raises(ValueError, match=match):
            call()

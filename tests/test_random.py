"""keras.random: known answers of the generator, distributions against SciPy, seeds and state."""

import ctypes
import random
import shutil
import subprocess

import numpy as np
import pytest
from scipy import stats

import minikeras as mk
from minikeras.backend import cupy_kernels, random as draws
from minikeras.backend.xp import xp
from minikeras.random.seed_generator import draw_seed, global_seed_generator, set_global_seed
from minikeras.utils.random_seed import set_random_seed
from tests.support import assert_close, values

FULL = 2**64 - 1
# Published with the generator: counter, key, result, the least significant words first.
KNOWN_ANSWERS = [
    (
        [0] * 4,
        [0] * 2,
        [0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B],
    ),
    (
        [FULL] * 4,
        [FULL] * 2,
        [0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0],
    ),
    (
        [0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89],
        [0x452821E638D01377, 0xBE5466CF34E90C6C],
        [0xA528F45403E61D95, 0x38C72DBD566E9788, 0xA5A1610E72FD18B5, 0x57BD43B5E52B7FE6],
    ),
]


def philox(counter, key):
    """Philox4x64-10 in Python's integers, as the paper defines it."""
    (c0, c1, c2, c3), (k0, k1) = counter, key
    for _ in range(10):
        first, second = 0xD2E7470EE14C6C93 * c0, 0xCA5A826395121157 * c2
        c0, c2 = (second >> 64) ^ c1 ^ k0, (first >> 64) ^ c3 ^ k1
        c1, c3 = second & FULL, first & FULL
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) & FULL, (k1 + 0xBB67AE8584CAA73B) & FULL
    return [c0, c1, c2, c3]


@pytest.mark.parametrize("counter, key, expected", KNOWN_ANSWERS)
def test_philox_gives_the_published_words(counter, key, expected):
    assert philox(counter, key) == expected


@pytest.mark.parametrize("stream", [0, 1, 2**40])
@pytest.mark.parametrize("seed, draw", [(0, 0), (2**32 - 1, 5), (17, 2**32 - 1)])
def test_words_are_those_of_philox_at_their_positions(seed, draw, stream):
    found = draws.philox_on_host(np.array([seed, draw], np.uint32), 50_000, stream)
    for place in (0, 1, 2, 999, 24_999, 25_000, 49_999):
        expected = philox((place, stream, 0, 0), (seed, draw))
        assert found[4 * place : 4 * place + 4].tolist() == expected


def test_words_do_not_depend_on_how_many_are_drawn():
    key = np.array([5, 6], np.uint32)
    many = draws.words(key, 300_000)
    assert_close(draws.words(key, 101), many[:101])
    assert len(draws.words(key, 0)) == 0
    assert len(np.unique(many)) > 0.999 * many.size


def test_words_on_the_device_are_those_on_the_host():
    key = np.array([123, 456], np.uint32)
    found = draws.words(xp.asarray(key), 9_001, stream=3)
    assert_close(found, draws.words(key, 9_001, stream=3))


# What CUDA offers and C++ lacks, around the body of an elementwise kernel.
_HARNESS = """
extern "C" void run(const unsigned int *key, unsigned long long stream, long long count,
                    unsigned long long *words) {
    auto __umul64hi = [](unsigned long long a, unsigned long long b) {
        return (unsigned long long) (((unsigned __int128) a * b) >> 64);
    };
    for (long long i = 0; i < count; ++i) {
        %s
    }
}
"""


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
def test_the_cuda_kernel_computes_the_same_words(tmp_path):
    source, library = tmp_path / "philox.cpp", tmp_path / "philox.so"
    source.write_text(_HARNESS % cupy_kernels._PHILOX)
    compiler = ["g++", "-O1", "-shared", "-fPIC", "-Wno-unknown-pragmas", "-o", library, source]
    subprocess.run(compiler, check=True)
    key, found = np.array([2**32 - 1, 12345], np.uint32), np.zeros(12_000, np.uint64)
    ctypes.CDLL(str(library)).run(
        key.ctypes.data_as(ctypes.c_void_p),
        ctypes.c_uint64(2**33),
        ctypes.c_int64(3000),
        found.ctypes.data_as(ctypes.c_void_p),
    )
    assert_close(found, draws.philox_on_host(key, 3000, 2**33))


N = 20_000
# Name, arguments, keyword arguments, distribution function.
CONTINUOUS = [
    ("uniform", (), {}, stats.uniform.cdf),
    ("uniform", (-3.0, 5.0), {}, stats.uniform(-3, 8).cdf),
    ("normal", (), {}, stats.norm.cdf),
    ("normal", (2.0, 0.5), {}, stats.norm(2, 0.5).cdf),
    ("truncated_normal", (1.0, 3.0), {}, stats.truncnorm(-2, 2, 1, 3).cdf),
    ("gamma", (0.1,), {}, stats.gamma(0.1).cdf),
    ("gamma", (0.9,), {}, stats.gamma(0.9).cdf),
    ("gamma", (1.0,), {}, stats.gamma(1.0).cdf),
    ("gamma", (7.5,), {}, stats.gamma(7.5).cdf),
    ("gamma", (900.0,), {}, stats.gamma(900).cdf),
    ("beta", (0.5, 0.5), {}, stats.beta(0.5, 0.5).cdf),
    ("beta", (2.0, 5.0), {}, stats.beta(2, 5).cdf),
    ("beta", (80.0, 3.0), {}, stats.beta(80, 3).cdf),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name, args, kwargs, cdf", CONTINUOUS)
def test_distribution(name, args, kwargs, cdf, dtype):
    x = getattr(mk.random, name)((N // 4, 4), *args, dtype=dtype, seed=11, **kwargs)
    assert x.shape == (N // 4, 4)
    assert x.dtype == dtype
    sample = values(x).ravel().astype(float)
    assert np.isfinite(sample).all()
    assert stats.kstest(sample, cdf).pvalue > 1e-3


@pytest.mark.parametrize("name, args", [("uniform", ()), ("normal", ()), ("gamma", (2.0,))])
def test_float16_is_drawn(name, args):
    x = getattr(mk.random, name)((N,), *args, dtype="float16", seed=1)
    assert x.dtype == "float16"
    wide = getattr(mk.random, name)((N,), *args, dtype="float64", seed=2)
    assert abs(values(x).astype(float).mean() - values(wide).mean()) < 0.05


def test_uniform_floats_fill_the_unit_interval_without_reaching_one():
    for dtype in ("float16", "float32", "float64"):
        x = values(mk.random.uniform((200_000,), dtype=dtype, seed=0))
        assert x.min() >= 0
        assert x.max() < 1
        assert x.max() > 0.999


BINOMIALS = [(1, 0.3), (10, 0.5), (40, 0.02), (1000, 0.9), (7, 0.0), (7, 1.0)]


@pytest.mark.parametrize("count, p", BINOMIALS)
def test_binomial(count, p):
    x = values(mk.random.binomial((N,), count, p, seed=5))
    assert x.dtype == np.float32
    if p in (0.0, 1.0):
        assert (x == count * p).all()
        return
    ks, observed = np.unique(x, return_counts=True)
    expected = stats.binom(count, p).pmf(ks) * N
    frequent = expected >= 8
    observed = np.append(observed[frequent], N - observed[frequent].sum())
    expected = np.append(expected[frequent], N - expected[frequent].sum())
    if expected[-1] < 1:
        observed, expected = observed[:-1], expected[:-1]
        expected *= observed.sum() / expected.sum()
    assert stats.chisquare(observed, expected).pvalue > 1e-3


def test_parameters_broadcast():
    alpha = mk.ops.convert_to_tensor(np.array([0.5, 4.0, 100.0], "float32"))
    x = values(mk.random.gamma((N, 3), alpha, seed=2))
    np.testing.assert_allclose(x.mean(0), [0.5, 4.0, 100.0], rtol=0.05)
    counts = mk.ops.convert_to_tensor(np.array([[3.0], [50.0]], "float32"))
    x = values(mk.random.binomial((2, N), counts, 0.25, seed=2))
    np.testing.assert_allclose(x.mean(1), [0.75, 12.5], rtol=0.05)
    low = mk.ops.convert_to_tensor(np.array([0, 100], "int32"))
    x = values(mk.random.randint((N, 2), low, low + 10, seed=2))
    assert (x.min(0) == [0, 100]).all()
    assert (x.max(0) == [9, 109]).all()


INTEGERS = [
    (0, 10, "int32"),
    (-5, 5, "int8"),
    (0, 7, "uint8"),
    (-(2**31), 2**31 - 1, "int32"),
    (0, 3 * 2**40, "int64"),
]


@pytest.mark.parametrize("low, high, dtype", INTEGERS)
def test_randint(low, high, dtype):
    x = mk.random.randint((N,), low, high, dtype=dtype, seed=4)
    assert x.dtype == dtype
    x = values(x).astype(float)
    assert x.min() >= low
    assert x.max() < high
    u = (x - low + values(mk.random.uniform((N,), seed=1))) / (high - low)
    assert stats.kstest(u, stats.uniform.cdf).pvalue > 1e-3


def test_categorical_follows_the_logits():
    probabilities = np.array([[0.1, 0.2, 0.7], [0.5, 0.0, 0.5]])
    with np.errstate(divide="ignore"):
        logits = mk.ops.convert_to_tensor(np.log(probabilities).astype("float32"))
    x = mk.random.categorical(logits, N, dtype="int64", seed=9)
    assert x.shape == (2, N)
    assert x.dtype == "int64"
    for row, p in zip(values(x), probabilities):
        observed = np.bincount(row, minlength=3)
        assert (observed[p == 0] == 0).all()
        assert stats.chisquare(observed[p > 0], p[p > 0] * N).pvalue > 1e-3


def test_shuffle_is_a_permutation_and_every_order_occurs():
    x = mk.ops.convert_to_tensor(np.arange(24).reshape(4, 6))
    y = values(mk.random.shuffle(x, axis=1, seed=3))
    assert (np.sort(y, axis=1) == np.arange(24).reshape(4, 6)).all()
    assert (y - y[:1] == 6 * np.arange(4)[:, None]).all()  # the same order in each row
    orders = {tuple(values(mk.random.shuffle([0, 1, 2], seed=s)).tolist()) for s in range(80)}
    assert len(orders) == 6


@pytest.mark.parametrize("rate", [0.5, 0.1, 0.01, 0.9, 1 / 3])
def test_dropout_keeps_the_mean(rate):
    x = mk.random.dropout(mk.ops.ones((100, 1000)), rate, seed=6)
    x = values(x)
    kept = x != 0
    np.testing.assert_allclose(x[kept], 1 / (1 - rate), rtol=1e-6)
    share = stats.binomtest(int(kept.sum()), x.size, 1 - rate)
    assert share.pvalue > 1e-3


def test_dropout_patterns():
    x = mk.ops.ones((3, 4, 5))
    y = values(mk.random.dropout(x, 0.5, noise_shape=(None, 1, 5), seed=1))
    assert (y == y[:, :1]).all()
    assert values(mk.random.dropout(x, 1, seed=1)).max() == 0
    assert mk.random.dropout(x, 0, seed=1) is x
    assert mk.random.dropout(mk.ops.ones((3,), "float16"), 0.5, seed=1).dtype == "float16"
    with pytest.raises(ValueError, match="noise_shape"):
        mk.random.dropout(x, 0.5, noise_shape=(3, 2, 5))
    with pytest.raises(ValueError, match="rate"):
        mk.random.dropout(x, 1.5)


def test_gradient_of_dropout_passes_through_the_same_mask():
    x = mk.ops.ones((50,))

    def loss(x):
        return mk.ops.sum(mk.random.dropout(x, 0.4, seed=8) * 3.0)

    gradient = mk.grad(loss)(x)
    assert_close(gradient, 3 * values(mk.random.dropout(x, 0.4, seed=8)))


def test_gradients_flow_through_mean_and_deviation():
    eps = values(mk.random.normal((4,), seed=3))

    def loss(mean, stddev):
        return mk.ops.sum(mk.random.normal((4,), mean, stddev, seed=3))

    mean, stddev = mk.ops.ones(4), mk.ops.ones(4)
    of_mean, of_stddev = mk.grad(loss, argnums=(0, 1))(mean, stddev)
    assert_close(of_mean, np.ones(4, "float32"))
    assert_close(of_stddev, eps)


def test_draws_are_functions_of_the_seed():
    for seed in (0, 7, 2**32 - 1, 2**40 + 7, -1, np.int64(3)):
        assert_close(mk.random.normal((5,), seed=seed), mk.random.normal((5,), seed=seed))
    different = {tuple(values(mk.random.normal((5,), seed=s)).tolist()) for s in range(20)}
    assert len(different) == 20
    for bad in (1.5, "1", True, [1, 2]):
        with pytest.raises(ValueError, match="`seed` must be"):
            mk.random.normal((5,), seed=bad)


def test_draws_of_a_generator_are_independent():
    generator = mk.random.SeedGenerator(3)
    rows = np.stack([values(mk.random.normal((2000,), seed=generator)) for _ in range(30)])
    correlations = np.corrcoef(rows)[np.triu_indices(30, 1)]
    # Of N(0, 1/2000) 435 values lie within 4.5 deviations.
    assert abs(correlations).max() < 4.5 / np.sqrt(2000)
    assert values(generator.state).tolist() == [3, 30]


def test_one_generator_gives_what_its_twin_gives():
    one, two = mk.random.SeedGenerator(3), mk.random.SeedGenerator(3)
    assert_close(mk.random.uniform((3,), seed=one), mk.random.uniform((3,), seed=two))
    config = one.get_config()
    assert config == {"seed": 3, "name": one.name}
    twin = mk.random.SeedGenerator.from_config(config)
    assert values(twin.state).tolist() == [3, 0]
    assert not twin.state.trainable
    assert twin.state.dtype == "uint32"
    assert twin.state.path == f"{one.name}/seed_generator_state"


def test_states_match_keras():
    import keras

    ours, theirs = mk.random.SeedGenerator(5), keras.random.SeedGenerator(5)
    for ordered in (True, False, True, False, False):
        ours.next(ordered)
        theirs.next(ordered)
        assert values(ours.state).tolist() == np.asarray(theirs.state).tolist()
    assert {*ours.get_config()} == {*theirs.get_config()}


def test_draws_in_a_stateless_scope_leave_the_generator_alone():
    generator = mk.random.SeedGenerator(1)
    with mk.StatelessScope() as scope:
        first = mk.random.normal((3,), seed=generator)
        second = mk.random.normal((3,), seed=generator)
        assert values(scope.get_current_value(generator.state)).tolist() == [1, 2]
    assert (values(first) != values(second)).all()
    assert values(generator.state).tolist() == [1, 0]
    assert_close(mk.random.normal((3,), seed=generator), first)


def test_set_random_seed_repeats_everything():
    def draw():
        set_random_seed(42)
        generator = mk.random.SeedGenerator()
        return (
            random.random(),
            np.random.rand(),
            values(mk.random.normal((3,))).tolist(),
            values(mk.random.normal((3,), seed=generator)).tolist(),
        )

    assert draw() == draw()
    with pytest.raises(ValueError, match="integer"):
        set_random_seed("42")


def test_draws_without_a_seed_differ():
    set_global_seed(None)
    assert (values(mk.random.normal((9,))) != values(mk.random.normal((9,)))).any()
    assert values(global_seed_generator().state)[1] == 2
    assert draw_seed(None).shape == (2,)


def test_wrong_arguments_are_named():
    for call, match in [
        (lambda: mk.random.normal((2,), dtype="int32"), "normal draws real numbers"),
        (lambda: mk.random.randint((2,), 0, 3, dtype="float32"), "randint draws integers"),
        (lambda: mk.random.randint((2,), 3, 3), "maxval must exceed minval"),
        (lambda: mk.random.normal((-1,)), "shape must be"),
        (lambda: mk.random.categorical([0.0, 1.0], 2), "logits must have the shape"),
        (lambda: mk.random.SeedGenerator("x"), "`seed` must be an integer"),
        (lambda: mk.random.SeedGenerator(1, backend="torch"), "backend"),
        (lambda: mk.random.SeedGenerator(1, dtype="float32"), "uint32"),
    ]:
        with pytest.raises(ValueError, match=match):
            call()


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (1,), (2, 3, 4)])
def test_shapes(shape):
    for name, args in [
        ("normal", ()),
        ("uniform", ()),
        ("truncated_normal", ()),
        ("gamma", (2.0,)),
        ("beta", (2.0, 3.0)),
        ("binomial", (5, 0.5)),
        ("randint", (0, 3)),
    ]:
        assert getattr(mk.random, name)(shape, *args, seed=0).shape == shape

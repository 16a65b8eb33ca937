"""Models used by several threads at a time: each gets the results that it would get alone.

Names, recorded steps and seeds are shared by all threads of the process. With Python's lock, they
take turns every microsecond here; a Python without it needs no such help.
"""

import itertools
import sys
import threading
import warnings

import numpy as np
import pytest

import minikeras as mk
from minikeras import layers
from minikeras.backend import variables
from minikeras.backend.program import changes
from tests.support import values

THREADS = 6


@pytest.fixture(autouse=True)
def threads_take_turns_often():
    outer = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(outer)


def at_once(work, number=THREADS):
    """What ``work(k)`` returns for each k, called by as many threads, which begin together."""
    gate, found, errors = threading.Barrier(number, timeout=60), [None] * number, []

    def run(k):
        gate.wait()
        try:
            found[k] = work(k)
        except BaseException as error:
            errors.append(error)

    at_work = [threading.Thread(target=run, args=(k,)) for k in range(number)]
    for thread in at_work:
        thread.start()
    for thread in at_work:
        thread.join()
    if errors:
        raise errors[0]
    return found


def dense(seed):
    x = mk.Input((6,))
    y = layers.Dense(8, activation="relu", kernel_initializer=normal(seed))(x)
    y = layers.Dropout(0.2, seed=seed)(layers.BatchNormalization()(y))
    return mk.Model(x, layers.Dense(1, kernel_initializer=normal(seed + 1))(y))


def convolutional(seed):
    parts = [
        layers.Conv2D(3, 2, activation="relu", kernel_initializer=normal(seed)),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(1, kernel_initializer=normal(seed + 1)),
    ]
    return mk.Sequential([mk.Input((6, 6, 2)), *parts])


def recurrent(seed):
    gru = layers.GRU(4, kernel_initializer=normal(seed), recurrent_initializer=normal(seed + 1))
    return mk.Sequential([mk.Input((5, 3)), gru, layers.Dense(1, kernel_initializer=normal(seed))])


def normal(seed):
    return mk.initializers.RandomNormal(stddev=0.2, seed=seed)


@pytest.mark.parametrize("build", [dense, convolutional, recurrent])
def test_each_thread_trains_a_model_of_its_own(build):
    def work(k):
        seed = 10 * (k % 3) + 1
        model = build(seed)
        random = np.random.default_rng(seed)
        x = random.normal(size=(24, *model.inputs[0].shape[1:])).astype("float32")
        y = random.normal(size=(24, 1)).astype("float32")
        model.compile(["adam", "sgd", "rmsprop"][k % 3], "mse", metrics=["mae"])
        history = model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
        return history, model.predict(x, verbose=0), model.evaluate(x, y, verbose=0)

    expected = [work(k) for k in range(3)]
    for k, (history, predicted, evaluated) in enumerate(at_once(work)):
        assert history == expected[k % 3][0]
        np.testing.assert_array_equal(predicted, expected[k % 3][1])
        assert evaluated == expected[k % 3][2]


@pytest.mark.parametrize("is_built", [True, False])
def test_threads_predict_with_a_model_that_they_share(is_built):
    batches = [np.random.default_rng(n).random((n, 6, 6, 2), "float32") for n in (1, 4, 9)]
    for _ in range(4):
        parts = [
            layers.Conv2D(3, 2),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(2),
        ]
        model = mk.Sequential([*([mk.Input((6, 6, 2))] if is_built else []), *parts])

        def work(k, model=model):
            found = []
            for turn in range(6):
                x = batches[(k + turn) % 3]
                found.append((k + turn, model.predict_on_batch(x)))
                found.append((k + turn, model.predict(x, verbose=0)))
            return found

        found = at_once(work)
        assert len(model.weights) == 8
        expected = [model.predict(x, verbose=0) for x in batches]
        for turn, y in itertools.chain(*found):
            np.testing.assert_allclose(values(y), expected[turn % 3], rtol=1e-5, atol=1e-6)


def test_no_two_names_are_the_same():
    given = at_once(lambda k: [variables.unique_name("shared") for _ in range(500)])
    assert len(set(itertools.chain(*given))) == 500 * THREADS


def test_no_two_draws_have_the_same_key():
    generator = mk.random.SeedGenerator(1)
    keys = at_once(lambda k: [tuple(values(generator.next()).tolist()) for _ in range(50)])
    assert sorted(itertools.chain(*keys)) == [(1, n) for n in range(50 * THREADS)]


def test_no_change_of_a_setting_is_overlooked():
    def work(k):
        dropout = layers.Dropout(0.5)
        for turn in range(300):
            before = changes.latest()
            dropout.rate = turn / 300
            assert changes.latest() is not before

    at_once(work)


def test_filters_of_warnings_are_left_as_they_were():
    before = list(warnings.filters)
    x = mk.Input((3,))
    at_once(lambda k: [mk.ops.mean(x, axis=1) for _ in range(20)])
    assert list(warnings.filters) == before

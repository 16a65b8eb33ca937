"""Training on every kind of data: as on plain arrays, and as in Keras."""

import h5py
import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse

import minikeras as mk
from tests.support import assert_close

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 3)).astype("float32")
Y = (X @ np.array([[1.0], [2.0], [-1.0]])).astype("float32")
W = RNG.random(50).astype("float32")
START = [RNG.normal(size=shape).astype("float32") for shape in ((3, 4), (4,), (4, 1), (1,))]


def network(k=mk):
    model = k.Sequential([k.Input((3,)), k.layers.Dense(4, activation="tanh"), k.layers.Dense(1)])
    model.set_weights(START)
    model.compile(k.optimizers.SGD(0.05), "mse", metrics=["mae"])
    return model


def trained(*data, k=mk, **arguments):
    """The weights and the history after training."""
    model = network(k)
    # Keras draws an order of samples more where it does not know all shapes yet.
    model.evaluate(X[:8], Y[:8], verbose=0)
    np.random.seed(1)
    arguments = {"batch_size": 8, "epochs": 2, "verbose": 0, **arguments}
    history = model.fit(*data, **arguments)
    return model.get_weights(), history.history


class Pieces(mk.utils.PyDataset):
    """The data in batches of 8."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.ends = 0

    def __len__(self):
        return 7

    def __getitem__(self, index):
        part = slice(8 * index, 8 * index + 8)
        return X[part], Y[part]

    def on_epoch_end(self):
        self.ends += 1


def pieces(times):
    for _ in range(times):
        yield from Pieces()


SOURCES = {
    "float64": lambda path: ((X.astype("float64"), Y.astype("float64")), {}),
    "lists": lambda path: ((X.tolist(), Y.tolist()), {}),
    "pandas": lambda path: ((pd.DataFrame(X), pd.Series(Y[:, 0])), {}),
    "sparse": lambda path: ((scipy.sparse.csr_array(X), Y), {}),
    "h5py": lambda path: ((h5py.File(path / "x.h5", "w").create_dataset("x", data=X), Y), {}),
    "tensors": lambda path: ((mk.ops.convert_to_tensor(X), mk.ops.convert_to_tensor(Y)), {}),
    "PyDataset": lambda path: ((Pieces(),), {"batch_size": None}),
    "workers": lambda path: ((Pieces(workers=3),), {"batch_size": None}),
    "generator": lambda path: ((pieces(2),), {"batch_size": None, "steps_per_epoch": 7}),
    "list of pairs": lambda path: ((iter(list(pieces(2))),), {"steps_per_epoch": 7}),
}


@pytest.mark.parametrize("name", SOURCES)
def test_all_kinds_of_data_train_alike(name, tmp_path):
    data, arguments = SOURCES[name](tmp_path)
    expected = trained(X, Y, shuffle=False)
    assert_close(trained(*data, shuffle=False, **arguments), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"shuffle": "batch"},
        {"sample_weight": W},
        {"class_weight": {0: 1.0, 1: 2.0, -1: 0.5}},
        {"validation_split": 0.3},
        {"validation_data": (X[:9], Y[:9], W[:9]), "validation_batch_size": 4},
        {"steps_per_epoch": 3},
        {"validation_split": 0.2, "validation_steps": 1, "validation_freq": 2},
        {"initial_epoch": 1},
    ],
    ids=str,
)
def test_training_is_that_of_keras(arguments):
    found, expected = (trained(X, Y, k=k, **arguments) for k in (mk, keras))
    assert_close(found, expected, rtol=1e-4, atol=1e-5, dtype=False)


def test_data_sets_hear_of_every_epoch():
    train, rest = Pieces(), Pieces()
    model = network()
    model.fit(train, epochs=2, validation_data=rest, verbose=0)
    assert (train.ends, rest.ends) == (2, 2)
    model.evaluate(rest, verbose=0)
    model.predict(rest, verbose=0)
    assert rest.ends == 4


def test_evaluation_and_prediction_take_the_same_data(tmp_path):
    model = network()
    expected = model.evaluate(X, Y, batch_size=8, verbose=0)
    outputs = model.predict(X, verbose=0)
    for name in ("lists", "pandas", "h5py", "PyDataset"):
        (path := tmp_path / name).mkdir()
        (x, *y), _ = SOURCES[name](path)
        assert_close(model.evaluate(x, *y, verbose=0), expected, rtol=1e-5)
        assert_close(model.predict(x, verbose=0), outputs)
    assert_close(model.predict(X, batch_size=7, verbose=0, steps=2), outputs[:14])


def test_a_generator_that_ends_early_warns_and_training_goes_on():
    model = network()
    with pytest.warns(UserWarning, match="after 3 of 10 steps"):
        history = model.fit((p for p in list(pieces(1))[:3]), steps_per_epoch=10, verbose=0)
    assert len(history.history["loss"]) == 1


def test_training_ends_with_data_that_can_be_gone_through_once():
    model = network()
    with pytest.warns(UserWarning, match="only once") as caught:
        history = model.fit(pieces(1), epochs=5, verbose=0)
    assert (len(caught), history.epoch) == (1, [0])


def test_several_inputs_and_outputs_by_name():
    def build(k):
        a, b = k.Input((3,), name="a"), k.Input((1,), name="b")
        first = k.layers.Dense(1, name="first", kernel_initializer="ones")(a)
        second = k.layers.Dense(1, name="second", kernel_initializer="ones")(b)
        model = k.Model({"a": a, "b": b}, {"first": first, "second": second})
        model.compile(k.optimizers.SGD(0.1), "mse")
        return model

    results = []
    for k in (mk, keras):
        model = build(k)
        model.evaluate({"b": Y, "a": X}, {"second": Y, "first": Y}, verbose=0)
        np.random.seed(2)
        history = model.fit(
            {"b": Y, "a": X},
            {"second": Y, "first": Y},
            sample_weight=W,
            batch_size=16,
            epochs=2,
            verbose=0,
        )
        results.append((history.history["loss"], model.get_weights()))
    assert_close(results[0], results[1], rtol=1e-4, atol=1e-5, dtype=False)

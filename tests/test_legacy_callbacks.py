"""Callbacks as in Keras 1 and 2: arguments, names in the logs, what they are told of a run."""

import os
import warnings

import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy import era_scope
from tests.support import assert_close, values

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 3)).astype("float32")
Y = np.eye(2, dtype="float32")[RNG.integers(0, 2, 20)]
T = mk.ops.convert_to_tensor
callbacks = mk.callbacks


@pytest.fixture(autouse=True)
def _old_spellings_are_no_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _fitted(*used, epochs=4, era=2, **kwargs):
    mk.utils.set_random_seed(0)
    model = mk.Sequential([mk.layers.Dense(2, activation="softmax", input_dim=3)])
    with era_scope(era):
        model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
        kwargs.setdefault("batch_size", 8)
        history = model.fit(T(X), T(Y), epochs=epochs, verbose=0, callbacks=list(used), **kwargs)
    return model, history


@pytest.mark.parametrize("era, names", [
    (1, ["w00.hdf5", "w02.hdf5"]), (2, ["w01.hdf5", "w03.hdf5"]), (3, ["w01.hdf5", "w03.hdf5"]),
])  # fmt: skip
def test_checkpoints_in_periods(tmp_path, era, names):
    """The names of files counted epochs from 0 in Keras 1."""
    with era_scope(era):
        saver = callbacks.ModelCheckpoint(
            str(tmp_path / "w{epoch:02d}.hdf5"), save_weights_only=True, period=2
        )
    model, _ = _fitted(saver, epochs=5, era=era)
    later = [f"w{int(n[1:3]) + 1:02d}.hdf5" for n in names]
    assert sorted(os.listdir(tmp_path)) == later
    model.load_weights(str(tmp_path / later[-1]))


def test_checkpoints_by_position(tmp_path):
    with era_scope(2):
        saver = callbacks.ModelCheckpoint(
            str(tmp_path / "{epoch}-{val_acc:.0f}.h5"), "val_acc", 0, False, False, "auto", 3
        )
    assert saver.period == 3 and saver.save_freq == "epoch"
    _fitted(saver, validation_data=(T(X), T(Y)))
    (name,) = os.listdir(tmp_path)
    assert name.startswith("3-")
    assert isinstance(mk.models.load_model(str(tmp_path / name)), mk.Sequential)


def test_the_best_by_an_old_name(tmp_path):
    path = str(tmp_path / "best.hdf5")
    saver = callbacks.ModelCheckpoint(path, monitor="acc", save_best_only=True, mode="max")
    _, history = _fitted(saver)
    assert saver.best == max(history.history["accuracy"]) and os.path.exists(path)


def test_names_of_logs():
    _, history = _fitted(
        callbacks.LearningRateScheduler(lambda epoch: 0.1), validation_data=(T(X), T(Y))
    )
    found = history.history
    assert set(found) == {"loss", "accuracy", "val_loss", "val_accuracy", "lr"}
    assert found["acc"] == found["accuracy"] and found["val_acc"] == found["val_accuracy"]
    assert found["learning_rate"] == found["lr"] and np.allclose(found["lr"], 0.1)
    with pytest.raises(KeyError, match="auc"):
        _ = found["auc"]
    _, history = _fitted(callbacks.LearningRateScheduler(lambda epoch: 0.1), era=3)
    assert np.allclose(history.history["learning_rate"], 0.1) and "lr" not in history.history
    _, history = _fitted(era=1)
    assert set(history.history) == {"loss", "acc"}


def test_early_stopping_by_an_old_name():
    stop = callbacks.EarlyStopping(monitor="val_acc", patience=0, min_delta=2.0, mode="max")
    _, history = _fitted(stop, validation_data=(T(X), T(Y)))
    assert len(history.history["loss"]) == 2
    plateau = callbacks.ReduceLROnPlateau(monitor="acc", epsilon=2.0, patience=1, mode="max")
    assert plateau.min_delta == 2.0
    _, history = _fitted(plateau)
    assert history.history["lr"][-1] < history.history["lr"][0]


class Told(callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.sizes, self.told = [], dict(self.params)

    def on_batch_end(self, batch, logs=None):
        self.sizes.append((logs["batch"], logs["size"]))


def test_what_callbacks_are_told():
    told = Told()
    _fitted(told, epochs=1, validation_data=(T(X), T(Y)))
    assert told.sizes == [(0, 8), (1, 8), (2, 4)]
    expected = {"samples": 20, "nb_sample": 20, "batch_size": 8, "epochs": 1, "nb_epoch": 1,
                "do_validation": True}  # fmt: skip
    assert expected.items() <= told.told.items()
    assert {"loss", "accuracy", "val_loss", "val_accuracy"} <= {*told.told["metrics"], "accuracy",
                                                                "val_accuracy"}  # fmt: skip
    _fitted(told, epochs=1, validation_split=0.5)
    assert told.sizes == [(0, 8), (1, 2)] and told.told["samples"] == 10
    quiet = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(set(logs)))
    seen = []
    _fitted(quiet, epochs=1, era=3)
    assert all("size" not in names for names in seen)


def test_base_logger():
    logger = callbacks.BaseLogger(stateful_metrics=["accuracy"])
    _fitted(logger, epochs=1)
    assert logger.seen == 20 and {"loss", "accuracy"} <= set(logger.totals)
    logs = {}
    logger.params["metrics"] = ["loss", "accuracy"]
    logger.on_epoch_end(0, logs)
    assert np.isclose(logs["loss"], logger.totals["loss"] / 20)
    assert logs["accuracy"] == logger.totals["accuracy"]


def test_counting_samples(capsys):
    shown = callbacks.ProgbarLogger(count_mode="samples", stateful_metrics=["accuracy"])
    mk.utils.set_random_seed(0)
    model = mk.Sequential([mk.layers.Dense(2, input_dim=3)])
    model.compile("sgd", "mse")
    model.fit(T(X), T(Y), batch_size=8, verbose=1, callbacks=[shown])
    assert "20/20" in capsys.readouterr().out
    model.fit(T(X), T(Y), batch_size=8, verbose=1)
    assert "3/3" in capsys.readouterr().out
    with pytest.raises(ValueError, match="count_mode"):
        callbacks.ProgbarLogger("epochs")


def test_arguments_of_tensorboard(tmp_path):
    with era_scope(2):
        board = callbacks.TensorBoard(str(tmp_path), 1, None, False, False, True, 2, ["b"])
        with pytest.warns(UserWarning, match="batch_size=.*no effect"):
            callbacks.TensorBoard(str(tmp_path), batch_size=32)
        with pytest.warns(UserWarning, match="write_grads=.*no effect"):
            callbacks.TensorBoard(str(tmp_path), write_grads=True)
    assert (board.histogram_freq, board.write_graph, board.write_images) == (1, False, True)
    assert board.embeddings_freq == 2
    with era_scope(1):
        first = callbacks.TensorBoard(str(tmp_path), 1, False, True)
    assert (first.write_graph, first.write_images) == (False, True)
    model = mk.Sequential(
        [mk.layers.Embedding(5, 2, name=n, input_length=3) if n == "a" else mk.layers.Flatten()
         for n in "af"]
    )  # fmt: skip
    x = mk.Input((3,), dtype="int32")
    joined = mk.layers.Concatenate()(
        [mk.layers.Embedding(5, 2, name="a")(x), mk.layers.Embedding(5, 2, name="b")(x)]
    )
    model = mk.Model(x, mk.layers.Dense(1)(mk.layers.Flatten()(joined)))
    model.compile("sgd", "mse")
    board.embeddings_freq = 1
    model.fit(T(np.zeros((4, 3), "int32")), T(X[:4, :1]), verbose=0, callbacks=[board])
    names = os.listdir(tmp_path)
    assert "b_embeddings.tsv" in names and "a_embeddings.tsv" not in names
    board.on_train_end(_=None)


def test_values_are_those_of_today():
    """What callbacks of old see changes nothing in training."""
    first, _ = _fitted(era=2)
    second, _ = _fitted(callbacks.BaseLogger(), Told(), era=2)
    for a, b in zip(first.get_weights(), second.get_weights()):
        assert_close(a, values(b))

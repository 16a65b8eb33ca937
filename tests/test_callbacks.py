"""Callbacks: hook by hook against real Keras on a stand-in for a model, then in real training."""

import csv
import http.server
import io
import json
import os
import threading
import types

import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras import callbacks
from minikeras.callbacks.callback import HOOKS
from minikeras.callbacks.model_checkpoint import BatchCounter
from tests.support import assert_close

RNG = np.random.default_rng(0)


class Optimizer:
    """A stand-in for an optimizer."""

    def __init__(self, learning_rate=0.1, name="sgd"):
        self.learning_rate = learning_rate
        self.name = name
        self.built = True


class Model:
    """A stand-in for a model: its weights are the number of the epoch, its files hold it."""

    name = "stand-in"
    built = True
    metrics = ()

    def __init__(self, optimizer=None):
        self.optimizer = optimizer or Optimizer()
        self.stop_training = False
        self.weights = 0
        self.saved = []

    def get_weights(self):
        return [self.weights]

    def set_weights(self, weights):
        (self.weights,) = weights

    def save(self, filepath, overwrite=True):
        self.saved.append(("model", os.path.basename(filepath)))
        with open(filepath, "w", encoding="utf-8") as file:
            file.write(str(self.weights))

    def save_weights(self, filepath, overwrite=True):
        self.save(filepath)
        self.saved[-1] = ("weights", os.path.basename(filepath))

    def load_weights(self, filepath):
        with open(filepath, encoding="utf-8") as file:
            text = file.read()
        if not text.isdigit():
            raise OSError("broken")
        self.weights = int(text)


def drive(callback, epochs, model=None, batches=0, first=0):
    """Let ``callback`` see a training with the given logs, one dict an epoch. Returns the model."""
    model = model or Model()
    callback.set_model(model)
    callback.set_params({"verbose": 0, "epochs": len(epochs), "steps": batches})
    callback.on_train_begin()
    for epoch, logs in enumerate(epochs, first):
        callback.on_epoch_begin(epoch)
        for batch in range(batches):
            callback.on_train_batch_begin(batch)
            callback.on_train_batch_end(batch, dict(logs))
        model.weights = epoch + 1
        callback.on_epoch_end(epoch, dict(logs))
        if model.stop_training:
            break
    callback.on_train_end()
    return model


def curves(names=("loss", "val_loss"), epochs=12, seeds=4):
    """Several made-up courses of training."""
    for seed in range(seeds):
        values = np.random.default_rng(seed).random((epochs, len(names))) + np.linspace(
            1, 0, epochs
        ).reshape(-1, 1)
        yield [dict(zip(names, map(float, row))) for row in values.round(1)]


def both(name):
    return getattr(callbacks, name), getattr(keras.callbacks, name)


# EarlyStopping and ReduceLROnPlateau against Keras


EARLY_STOPPING = [
    {},
    {"patience": 2},
    {"patience": 3, "min_delta": 0.3},
    {"monitor": "loss", "patience": 1},
    {"mode": "max", "patience": 2},
    {"mode": "min", "baseline": 1.2, "patience": 3},
    {"mode": "max", "baseline": 1.5, "patience": 2},
    {"restore_best_weights": True, "patience": 2},
    {"restore_best_weights": True, "patience": 20},
    {"restore_best_weights": True, "baseline": 0.0, "patience": 4},
    {"start_from_epoch": 4, "patience": 1, "restore_best_weights": True},
]


@pytest.mark.parametrize("arguments", EARLY_STOPPING, ids=str)
def test_early_stopping_is_that_of_keras(arguments):
    for course in curves():
        seen = []
        for kind in both("EarlyStopping"):
            callback = kind(**arguments)
            model = drive(callback, course)
            state = (callback.best, callback.best_epoch, callback.stopped_epoch, callback.wait)
            seen.append((model.weights, model.stop_training, callback.best_weights, *state))
        assert seen[0] == seen[1]


PLATEAU = [
    {"patience": 1},
    {"patience": 2, "factor": 0.5, "cooldown": 2},
    {"patience": 1, "min_lr": 0.005},
    {"patience": 1, "min_delta": 0.4},
    {"patience": 1, "mode": "max", "monitor": "loss"},
]


@pytest.mark.parametrize("arguments", PLATEAU, ids=str)
def test_reduce_lr_on_plateau_is_that_of_keras(arguments):
    for course in curves():
        seen = []
        for kind in both("ReduceLROnPlateau"):
            callback = kind(**arguments)
            model = drive(callback, course)
            state = callback.wait, callback.cooldown_counter, callback.best
            seen.append((model.optimizer.learning_rate, *state))
        assert seen[0] == pytest.approx(seen[1])


def test_several_optimizers_are_lowered_together():
    parts = [Optimizer(0.1, "a"), Optimizer(0.2, "b")]
    model = Model(types.SimpleNamespace(optimizers=parts))
    logs = {"val_loss": 1.0}
    drive(callbacks.ReduceLROnPlateau(patience=1, factor=0.5), [logs, logs], model)
    assert [part.learning_rate for part in parts] == [0.05, 0.1]


def test_mistakes_of_monitors_are_explained():
    with pytest.warns(UserWarning, match="mode .* is unknown"):
        assert callbacks.EarlyStopping(mode="maximal").mode == "auto"
    with pytest.raises(ValueError, match=r"monitor='speed'.*mode='min' or mode='max'"):
        drive(callbacks.EarlyStopping(monitor="speed"), [{"speed": 1.0}])
    with pytest.warns(UserWarning, match="watches 'val_loss'.*hold: loss"):
        drive(callbacks.EarlyStopping(), [{"loss": 1.0}])
    with pytest.warns(UserWarning, match="watches 'val_loss'"):
        drive(callbacks.ReduceLROnPlateau(), [{"loss": 1.0}])
    with pytest.raises(ValueError, match="less than 1"):
        callbacks.ReduceLROnPlateau(factor=1.0)
    with pytest.raises(TypeError, match="slope"):
        callbacks.ReduceLROnPlateau(slope=1)


def test_nan_is_no_improvement():
    callback = callbacks.EarlyStopping(patience=3)
    drive(callback, [{"val_loss": v} for v in (float("nan"), 2.0, float("nan"), 1.0)])
    assert (callback.best, callback.best_epoch) == (1.0, 3)


DIRECTIONS = {
    "loss": "min",
    "val_loss": "min",
    "decoder_loss": "min",
    "accuracy": "max",
    "val_auc": "max",
    "mean_io_u": "max",
    "top_k_categorical_accuracy": "max",
    "mean_absolute_error": "min",
    "head_recall": "max",
    "huber": "min",
}


@pytest.mark.parametrize("name", DIRECTIONS)
def test_the_direction_is_that_of_the_metric(name):
    model = Model()
    model.metrics = [
        mk.metrics.Mean(name="speed"),
        types.SimpleNamespace(
            name="compile_metrics",
            metrics=[
                mk.metrics.BinaryAccuracy(name="accuracy"),
                mk.metrics.AUC(name="auc"),
                mk.metrics.MeanIoU(3, name="mean_io_u"),
                mk.metrics.TopKCategoricalAccuracy(name="top_k_categorical_accuracy"),
                mk.metrics.MeanAbsoluteError(name="mean_absolute_error"),
                mk.metrics.Recall(name="recall"),
                mk.metrics.MeanMetricWrapper(mk.losses.huber, name="huber"),
            ],
        ),
    ]
    callback = callbacks.EarlyStopping(monitor=name)
    drive(callback, [{name: 1.0}], model)
    assert callback.monitor_op is {"min": np.less, "max": np.greater}[DIRECTIONS[name]]


def test_messages_of_early_stopping(capsys):
    callback = callbacks.EarlyStopping(verbose=1, restore_best_weights=True)
    drive(callback, [{"val_loss": v} for v in (1.0, 0.5, 0.7)])
    assert capsys.readouterr().out == (
        "Epoch 3: early stopping\nGoing back to the weights after the best epoch, 2.\n"
    )


# Learning rates


@pytest.mark.parametrize(
    "schedule",
    [lambda epoch: 0.5 / (epoch + 1), lambda epoch, rate: rate * 0.5, lambda *a: np.float32(0.25)],
)
def test_learning_rate_scheduler_is_that_of_keras(schedule):
    rates = []
    for kind in both("LearningRateScheduler"):
        logs = {"loss": 1.0}
        callback = kind(schedule)
        model = drive(callback, [{}, {}, {}])
        callback.on_epoch_end(3, logs)
        rates.append([model.optimizer.learning_rate, logs["learning_rate"]])
    assert rates[0] == pytest.approx(rates[1])


def test_mistakes_of_schedules_are_explained():
    wrong = [None, "0.1", True, [0.1]]
    while wrong:
        with pytest.raises(ValueError, match="must return a number"):
            drive(callbacks.LearningRateScheduler(lambda epoch: wrong.pop()), [{}])
    with pytest.raises(TypeError, match="inside"):

        def broken(epoch, rate):
            raise TypeError("inside")

        drive(callbacks.LearningRateScheduler(broken), [{}])
    model = Model(types.SimpleNamespace())
    with pytest.raises(ValueError, match="learning rate"):
        drive(callbacks.LearningRateScheduler(lambda epoch, rate: rate), [{}], model)


def test_the_rate_may_be_a_tensor():
    callback = callbacks.LearningRateScheduler(lambda epoch: mk.Variable(0.5).value, verbose=1)
    assert drive(callback, [{}]).optimizer.learning_rate == 0.5


# ModelCheckpoint against Keras


CHECKPOINTS = [
    {"filepath": "{epoch:02d}-{val_loss:.1f}.keras"},
    {"filepath": "best.keras", "save_best_only": True},
    {"filepath": "b.keras", "save_best_only": True, "initial_value_threshold": 1.1},
    {"filepath": "b.keras", "save_best_only": True, "monitor": "loss", "mode": "max"},
    {"filepath": "{epoch}.weights.h5", "save_weights_only": True},
    {"filepath": "old.h5"},
    {"filepath": "{epoch}-{batch}.keras", "save_freq": 3},
    {"filepath": "new/folder/m.keras"},
]


@pytest.mark.parametrize("arguments", CHECKPOINTS, ids=str)
def test_model_checkpoint_is_that_of_keras(arguments, tmp_path):
    for i, course in enumerate(curves(seeds=2)):
        seen = []
        for j, kind in enumerate(both("ModelCheckpoint")):
            folder = tmp_path / f"{i}{j}"
            folder.mkdir()
            path = os.path.join(folder, arguments["filepath"])
            callback = kind(**{**arguments, "filepath": path})
            model = drive(callback, course, batches=5)
            files = {p.name: p.read_text() for p in folder.rglob("*") if p.is_file()}
            seen.append((model.saved, files, callback.best))
        assert seen[0] == seen[1]
        assert seen[0][0]


def test_save_freq_with_several_steps_per_execution():
    counter = BatchCounter(4)
    assert [counter.is_due(batch) for batch in (1, 3, 5, 1, 3, 5)] == [False, True] * 3


def test_save_best_only_after_batches(tmp_path):
    path = tmp_path / "m.keras"
    arguments = {"save_freq": 1, "save_best_only": True, "monitor": "loss"}
    model = drive(callbacks.ModelCheckpoint(path, **arguments), [{"loss": 1.0}], batches=3)
    assert model.saved == [("model", "m.keras")]


def test_messages_of_model_checkpoint(tmp_path, capsys):
    path = tmp_path / "m.keras"
    callback = callbacks.ModelCheckpoint(path, verbose=1, save_best_only=True)
    drive(callback, [{"val_loss": 0.5}, {"val_loss": 0.75}])
    assert capsys.readouterr().out.splitlines() == [
        "",
        f"Epoch 1: val_loss improved from none to 0.50000, saving the model to {path}",
        "",
        "Epoch 2: val_loss did not improve from 0.50000",
    ]


def test_mistakes_of_checkpoints_are_explained(tmp_path):
    make = callbacks.ModelCheckpoint
    for arguments, message in (
        ({"filepath": "a.txt"}, "must end in '.keras'"),
        ({"filepath": "a.keras", "save_weights_only": True}, "must end in '.weights.h5'"),
        ({"filepath": "a.keras", "save_freq": "batch"}, "Unrecognized save_freq"),
        ({"filepath": "a.keras", "save_freq": 0}, "Unrecognized save_freq"),
    ):
        with pytest.raises(ValueError, match=message):
            make(**arguments)
    with pytest.raises(KeyError, match=r"'mae'.*There are: loss, epoch"):
        drive(make(tmp_path / "{mae}.keras"), [{"loss": 1.0}])
    (tmp_path / "folder.keras").mkdir()
    with pytest.raises(IsADirectoryError, match="is a folder"):
        drive(make(tmp_path / "folder.keras"), [{"loss": 1.0}])
    with pytest.warns(UserWarning, match="no number"):
        callback = make(tmp_path / "m.keras", save_best_only=True)
        assert drive(callback, [{"loss": 1.0}]).saved == [("model", "m.keras")]


# Files of logs


@pytest.mark.parametrize("arguments", [{}, {"separator": ";"}, {"append": True}], ids=str)
def test_csv_logger_is_that_of_keras(arguments, tmp_path):
    course = [
        {"loss": 1.5, "accuracy": 0.25},
        {"loss": 0.5, "accuracy": 0.5, "val_loss": 0.75, "val_accuracy": 0.125},
        {"loss": 0.25},
        {"loss": np.array([1.0, 2.0]), "accuracy": "n, a"},
    ]
    texts = []
    for i, kind in enumerate(both("CSVLogger")):
        path = tmp_path / f"{i}.csv"
        for _ in range(2):
            drive(kind(path, **arguments), course)
        texts.append(path.read_text().splitlines())
    assert texts[0] == texts[1]
    rows = list(csv.DictReader(texts[0], delimiter=arguments.get("separator", ",")))
    assert len(rows) == (8 if arguments.get("append") else 4)
    assert rows[0]["val_loss"] == "NA"


# BackupAndRestore


class Cut(callbacks.Callback):
    """Cuts training off at an epoch and batch."""

    def __init__(self, epoch, batch=None):
        super().__init__()
        self._at = epoch, batch
        self._epoch = None

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        if self._at == (epoch, None):
            raise RuntimeError("cut off")

    def on_train_batch_end(self, batch, logs=None):
        if self._at == (self._epoch, batch):
            raise RuntimeError("cut off")


def cut_off(callback, epoch, batch=None, batches=0, model=None):
    both_of_them = callbacks.CallbackList([callback, Cut(epoch, batch)])
    with pytest.raises(RuntimeError, match="cut off"):
        drive(both_of_them, [{}] * 5, batches=batches, model=model)


def restored(callback):
    """The weights and the epoch with which a new run begins."""
    model = Model()
    model.weights = -1
    callback.set_model(model)
    callback.on_train_begin()
    return model.weights, getattr(model, "_initial_epoch", None)


@pytest.mark.parametrize("double", [False, True])
def test_a_run_that_was_cut_off_goes_on(tmp_path, double):
    folder = tmp_path / "backup"
    make = lambda: callbacks.BackupAndRestore(folder, double_checkpoint=double)
    assert restored(make()) == (-1, None)
    cut_off(make(), epoch=3)
    assert restored(make()) == (3, 3)
    assert json.loads((folder / "training_metadata.json").read_text()) == {"epoch": 3, "batch": 0}
    assert sorted(os.listdir(folder))[0] == "latest.weights.h5"
    assert len(os.listdir(folder)) == (4 if double else 2)
    drive(make(), [{}] * 2)
    assert not folder.exists()


def test_backup_within_an_epoch(tmp_path):
    make = lambda: callbacks.BackupAndRestore(tmp_path / "b", save_freq=2)
    cut_off(make(), epoch=2, batch=2, batches=4)
    assert restored(make()) == (2, 2)
    metadata = json.loads((tmp_path / "b" / "training_metadata.json").read_text())
    assert metadata == {"epoch": 2, "batch": 1}


def test_the_backup_before_the_last_helps_if_the_last_is_broken(tmp_path):
    folder = tmp_path / "b"
    cut_off(callbacks.BackupAndRestore(folder), epoch=3)
    (folder / "latest.weights.h5").write_text("broken")
    with pytest.raises(OSError, match="broken"):
        restored(callbacks.BackupAndRestore(folder))
    cut_off_again = callbacks.BackupAndRestore(tmp_path / "c", double_checkpoint=True)
    cut_off(cut_off_again, epoch=3)
    (tmp_path / "c" / "latest.weights.h5").write_text("broken")
    assert restored(cut_off_again) == (2, 2)


def test_the_backup_can_be_kept_and_mistakes_are_explained(tmp_path):
    callback = callbacks.BackupAndRestore(tmp_path / "b", delete_checkpoint=False)
    drive(callback, [{}])
    assert (tmp_path / "b").exists()
    with pytest.raises(ValueError, match="name a folder"):
        callbacks.BackupAndRestore("")
    with pytest.raises(ValueError, match="save_freq"):
        callbacks.BackupAndRestore("b", save_freq=False)
    model = Model()
    model.built = False
    with pytest.raises(ValueError, match="not built"):
        drive(callback, [{}], model)


# SwapEMAWeights


def with_averages():
    """A model whose optimizer holds a variable of 1 with an average of 2."""
    variable, average = mk.Variable([1.0]), mk.Variable([2.0])
    optimizer = types.SimpleNamespace(
        use_ema=True,
        _trainable_variables=[variable],
        _model_variables_moving_average=[average],
    )
    return Model(optimizer), lambda: [float(variable[0]), float(average[0])]


@pytest.mark.parametrize("hook", ["test", "predict"])
def test_averages_stand_in_the_model_while_it_is_evaluated(hook):
    model, held = with_averages()
    callback = callbacks.SwapEMAWeights()
    callback.set_model(model)
    for _ in range(2):
        getattr(callback, f"on_{hook}_begin")()
        assert held() == [2.0, 1.0]
        getattr(callback, f"on_{hook}_end")()
        assert held() == [1.0, 2.0]


def test_averages_stand_in_the_model_between_epochs():
    model, held = with_averages()
    callback = callbacks.SwapEMAWeights(swap_on_epoch=True)
    callback.set_model(model)
    callback.set_params({"epochs": 2})
    callback.on_epoch_begin(0)
    callback.on_test_begin()
    callback.on_test_end()
    assert held() == [1.0, 2.0]
    callback.on_epoch_end(0)
    assert held() == [2.0, 1.0]
    callback.on_epoch_begin(1)
    assert held() == [1.0, 2.0]
    callback.on_epoch_end(1)
    assert held() == [2.0, 2.0]


def test_without_averages_swapping_is_an_error():
    callback = callbacks.SwapEMAWeights()
    callback.set_model(Model())
    with pytest.raises(ValueError, match="use_ema=True"):
        callback.on_test_begin()


# RemoteMonitor, TerminateOnNaN, LambdaCallback, History


@pytest.mark.parametrize("as_json", [False, True])
def test_logs_are_sent_to_a_server(as_json):
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.append((self.path, self.headers["Content-Type"], self.headers["X-Key"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    callback = callbacks.RemoteMonitor(
        f"http://127.0.0.1:{server.server_port}",
        path="/here",
        headers={"X-Key": "k"},
        send_as_json=as_json,
    )
    callback.on_epoch_end(3, {"loss": 0.5, "by_class": np.array([1.0, 2.0])})
    thread.join()
    server.server_close()
    ((path, kind, key, body),) = received
    assert (path, key) == ("/here", "k")
    if as_json:
        assert kind == "application/json"
    else:
        import urllib.parse

        body = urllib.parse.parse_qs(body)["data"][0]
    assert json.loads(body) == {"epoch": 3, "loss": 0.5, "by_class": [1.0, 2.0]}


def test_a_server_out_of_reach_gives_a_warning():
    with pytest.warns(UserWarning, match="Could not reach RemoteMonitor"):
        callbacks.RemoteMonitor("http://127.0.0.1:9").on_epoch_end(0, {})


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), 1.0])
def test_training_ends_at_a_loss_that_is_no_number(loss, capsys):
    model = drive(callbacks.TerminateOnNaN(), [{"loss": loss}, {"loss": 1.0}], batches=1)
    assert model.stop_training == (loss != 1.0)
    assert (model.weights, capsys.readouterr().out == "") == (
        (2, True) if loss == 1 else (1, False)
    )
    if loss != 1.0:
        with pytest.raises(RuntimeError, match="after batch 0"):
            drive(callbacks.TerminateOnNaN(raise_error=True), [{"loss": loss}], batches=1)


def test_hooks_may_call_the_logs_otherwise():
    seen = []

    class Log(callbacks.Callback):
        def on_epoch_end(self, epoch, log):
            seen.append((epoch, log["loss"]))

        def on_train_begin(self, log=None):
            seen.append(log)

    drive(callbacks.CallbackList([Log()]), [{"loss": 1.0}], batches=1)
    assert seen == [{}, (0, 1.0)]


def test_lambda_callback_calls_functions():
    calls = []
    note = lambda name: lambda *args: calls.append((name, *args))
    names = ["on_epoch_end", "on_train_begin", "on_train_batch_end", "on_batch_begin"]
    callback = callbacks.LambdaCallback(**{name: note(name) for name in names})
    drive(callbacks.CallbackList([callback]), [{"loss": 1.0}], batches=1)
    assert calls == [
        ("on_train_begin", {}),
        ("on_batch_begin", 0, {}),
        ("on_train_batch_end", 0, {"loss": 1.0}),
        ("on_epoch_end", 0, {"loss": 1.0}),
    ]
    callback.on_epoch_end(3)
    assert calls[-1] == ("on_epoch_end", 3, None)
    with pytest.raises(TypeError, match="on_coffee"):
        callbacks.LambdaCallback(on_coffee=print)
    assert callbacks.LambdaCallback(note=3).note == 3


def test_history_keeps_the_logs():
    model = Model()
    logs = [{"loss": 1.0}, {"loss": 0.5, "val_loss": 2.0}]
    together = callbacks.CallbackList([], add_history=True, model=model)
    drive(together, logs, model, first=3)
    assert model.history.history == {"loss": [1.0, 0.5], "val_loss": [2.0]}
    assert model.history.epoch == [3, 4]
    assert model.history.params["epochs"] == 2


# CallbackList


class Recorder(callbacks.Callback):
    """Notes which hooks are called with what."""

    def __init__(self, hooks=HOOKS):
        super().__init__()
        self.calls = []
        for hook in hooks:
            setattr(self, hook, self._noting(hook))

    def _noting(self, hook):
        return lambda *args, **kwargs: self.calls.append((hook, *args, *kwargs.values()))


def test_hooks_reach_all_callbacks_in_order():
    first, second = Recorder(), Recorder()
    together = callbacks.CallbackList([first, second])
    for hook in HOOKS:
        at = () if hook.startswith(("on_train_", "on_test_", "on_predict_")) else (4,)
        at = (4,) if "batch" in hook else at
        getattr(together, hook)(*at, {"b": 1, "a": 2})
    assert [call[0] for call in first.calls] == list(HOOKS)
    assert first.calls == second.calls
    assert all(list(call[-1].items()) == [("a", 2.0), ("b", 1.0)] for call in first.calls)


def test_logs_become_python_numbers():
    recorder = Recorder(["on_epoch_end"])
    xp = mk.backend.xp.xp
    logs = {
        "c": xp.asarray(2.5),
        "b": mk.Variable(1.5),
        "a": {"x": 1, "w": np.float32(3)},
        "d": xp.ones((2,)),
        "e": "text",
    }
    callbacks.CallbackList([recorder]).on_epoch_end(0, logs)
    found = recorder.calls[0][-1]
    assert list(found) == ["w", "x", "b", "c", "d", "e"]
    assert [type(v) for v in found.values()] == [float, float, float, float, np.ndarray, str]


def test_what_a_callback_adds_to_the_logs_later_ones_see():
    model = Model()
    together = callbacks.CallbackList(
        [callbacks.LearningRateScheduler(lambda epoch: 0.5)], add_history=True, model=model
    )
    drive(together, [{"loss": 1.0}], model)
    assert model.history.history == {"loss": [1.0], "learning_rate": [0.5]}


def test_hooks_that_do_nothing_are_not_called():
    class Old(callbacks.Callback):
        seen = 0

        def on_batch_end(self, batch, logs=None):
            self.seen += 1

    old = Old()
    together = callbacks.CallbackList([callbacks.Callback(), old])
    assert [len(together._active[h]) for h in ("on_train_batch_begin", "on_train_batch_end")] == [
        0,
        1,
    ]
    together.on_train_batch_end(0)
    assert old.seen == 1


def test_lists_of_callbacks_are_checked():
    nested = callbacks.CallbackList([[Recorder()], Recorder()])
    assert len(nested.callbacks) == 2
    assert len(callbacks.CallbackList(Recorder()).callbacks) == 1
    for wrong in ("progress", callbacks.History, 3):
        with pytest.raises(TypeError, match="must be instances"):
            callbacks.CallbackList([wrong])
    history = callbacks.History()
    assert callbacks.CallbackList([history], add_history=True).callbacks == [history]
    added = callbacks.CallbackList(add_history=True, add_progbar=True).callbacks
    assert [type(c).__name__ for c in added] == ["History", "ProgbarLogger"]


def test_callbacks_know_model_and_params():
    recorder, model = callbacks.Callback(), Model()
    callbacks.CallbackList([recorder], model=model, epochs=3, steps=2, verbose=0)
    assert recorder.model is model
    assert recorder.params == {"epochs": 3, "steps": 2, "verbose": 0}


# ProgbarLogger


def shown(capsys, verbose, epochs=2, steps=2):
    progress = callbacks.ProgbarLogger()
    together = callbacks.CallbackList([progress], epochs=epochs, steps=steps, verbose=verbose)
    together.on_train_begin()
    for epoch in range(epochs):
        together.on_epoch_begin(epoch)
        for batch in range(2):
            together.on_train_batch_end(batch, {"loss": 1.0})
        together.on_test_begin()
        together.on_test_batch_end(0, {"loss": 1.0})
        together.on_test_end({"loss": 1.0})
        together.on_epoch_end(epoch, {"loss": 0.5, "val_loss": 1.0})
    together.on_train_end()
    return capsys.readouterr().out


@pytest.mark.parametrize("verbose", ["auto", 1, 2])
def test_progress_is_shown(capsys, verbose):
    lines = shown(capsys, verbose).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["Epoch", "2/2", "Epoch", "2/2"]
    assert lines[0] == "Epoch 1/2"
    assert all(line.endswith("loss: 0.5000 - val_loss: 1.0000") for line in lines[1::2])


def test_progress_of_one_epoch_and_of_unknown_length(capsys):
    assert shown(capsys, 1, epochs=1).startswith("2/2 ")
    assert [line[:3] for line in shown(capsys, 1, steps=None).splitlines()[1::2]] == ["2/2"] * 2
    assert shown(capsys, 0) == ""


@pytest.mark.parametrize("mode", ["test", "predict"])
def test_progress_of_evaluation(capsys, mode):
    together = callbacks.CallbackList(add_progbar=True, epochs=1, steps=2, verbose=1)
    getattr(together, f"on_{mode}_begin")()
    for batch in range(2):
        getattr(together, f"on_{mode}_batch_end")(batch, {"outputs": np.ones(3)})
    getattr(together, f"on_{mode}_end")({} if mode == "predict" else {"loss": 0.5})
    out = capsys.readouterr().out
    assert out.startswith("2/2 ")
    assert ("loss: 0.5000" in out) == (mode == "test")
    assert "outputs" not in out


def test_numbers_are_read_only_when_they_are_shown(monkeypatch):
    reads = []
    monkeypatch.setattr(
        "minikeras.callbacks.progbar_logger.plain_logs", lambda logs: reads.append(logs) or {}
    )
    monkeypatch.setattr("sys.stdout", io.StringIO())
    together = callbacks.CallbackList(add_progbar=True, epochs=1, steps=1000, verbose=1)
    together.on_epoch_begin(0)
    for batch in range(1000):
        together.on_train_batch_end(batch, {"loss": 1.0})
    assert not reads


# In real training


def network():
    model = mk.Sequential([mk.Input((3,)), mk.layers.Dense(4, "relu"), mk.layers.Dense(1)])
    model.compile(mk.optimizers.SGD(0.1), "mse", metrics=["mae"])
    return model


X = RNG.normal(size=(32, 3)).astype("float32")
Y = (X @ np.array([[1.0], [2.0], [-1.0]])).astype("float32")


def test_all_callbacks_in_one_training(tmp_path):
    mk.utils.set_random_seed(0)
    model = network()
    recorder = Recorder()
    history = model.fit(
        X,
        Y,
        epochs=4,
        batch_size=16,
        verbose=0,
        validation_split=0.25,
        callbacks=[
            callbacks.ModelCheckpoint(tmp_path / "{epoch}.weights.h5", save_weights_only=True),
            callbacks.ModelCheckpoint(tmp_path / "best.keras", save_best_only=True),
            callbacks.CSVLogger(tmp_path / "log.csv"),
            callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5),
            callbacks.EarlyStopping(patience=10, restore_best_weights=True, monitor="val_mae"),
            callbacks.TerminateOnNaN(),
            recorder,
        ],
    )
    assert history is model.history
    assert sorted(history.history) == ["learning_rate", "loss", "mae", "val_loss", "val_mae"]
    np.testing.assert_allclose(history.history["learning_rate"], [0.05, 0.025, 0.0125, 0.00625])
    assert sum(call[0] == "on_train_batch_end" for call in recorder.calls) == 8
    assert (tmp_path / "4.weights.h5").exists()
    with open(tmp_path / "log.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    np.testing.assert_allclose([float(r["val_mae"]) for r in rows], history.history["val_mae"])
    best = mk.saving.load_model(tmp_path / "best.keras")
    lowest = min(history.history["val_loss"])
    assert best.evaluate(X[24:], Y[24:], verbose=0)[0] == pytest.approx(lowest, rel=1e-5)


def test_a_real_run_that_was_cut_off_ends_as_if_it_had_not_been(tmp_path):
    def train(cut=None):
        mk.utils.set_random_seed(0)
        model = network()
        backup = callbacks.BackupAndRestore(tmp_path / "backup")
        arguments = {"epochs": 4, "shuffle": False, "verbose": 0}
        if cut is not None:
            with pytest.raises(RuntimeError, match="cut off"):
                model.fit(X, Y, **arguments, callbacks=[backup, Cut(cut)])
            model = network()
        history = model.fit(X, Y, **arguments, callbacks=[backup])
        return model.get_weights(), history.epoch

    weights, epochs = train()
    resumed, remaining = train(cut=2)
    assert (epochs, remaining) == ([0, 1, 2, 3], [2, 3])
    assert_close(resumed, weights)


def test_moving_averages_in_real_training():
    mk.utils.set_random_seed(0)
    model = network()
    model.compile(mk.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), "mse")
    callback = callbacks.SwapEMAWeights(swap_on_epoch=True)
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[callback])
    averages = model.optimizer._model_variables_moving_average
    assert_close([w.numpy() for w in averages], model.get_weights())


def test_the_direction_of_functions_and_of_names_of_old():
    x, y = np.ones((4, 3)), np.ones((4,))
    model = mk.Sequential([mk.Input((3,)), mk.layers.Dense(2, activation="softmax")])

    def fitted(metric):
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=[metric])
        watch = mk.callbacks.EarlyStopping(monitor=f"val_{metric.__name__}")
        model.fit(x, y, validation_data=(x, y), callbacks=[watch], verbose=0)
        return watch.monitor_op

    def my_acc(y_true, y_pred):
        return mk.ops.mean(y_pred)

    assert fitted(mk.metrics.sparse_categorical_accuracy) is np.greater
    with pytest.raises(ValueError, match="cannot be told"):
        fitted(my_acc)
    with mk.legacy.era_scope(2):
        assert fitted(my_acc) is np.greater

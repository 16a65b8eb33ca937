"""Calls of what trains, keeps and shows models, with a small model whose numbers are fixed.

Each entry is a function of one of the two libraries; what it returns must be the same in both.
"""

import contextlib
import json
import os

import numpy as np

X = np.arange(12, dtype="float32").reshape(4, 3) / 12
Y = X.sum(axis=1, keepdims=True)


def _layers(k):
    ones = {"kernel_initializer": "ones"}
    return [k.layers.Dense(2, name="first", **ones), k.layers.Dense(1, name="second", **ones)]


def _model(k, learning_rate=0.125, optimizer=None):
    model = k.Sequential([k.Input((3,), name="x"), *_layers(k)], name="small")
    optimizer = optimizer or k.optimizers.SGD(learning_rate)
    model.compile(optimizer, "mse", run_eagerly=True)
    return model


def _fitted(k, *callbacks, epochs=3, model=None, **settings):
    """The history of a training with callbacks, which is that of both libraries."""
    model = model or _model(k)
    settings = {"batch_size": 2, "shuffle": False, "verbose": 0, **settings}
    return model.fit(X, Y, epochs=epochs, callbacks=list(callbacks), **settings).history


def _sequential(k):
    model = _model(k)
    found = [model.predict(X, verbose=0), model.evaluate(X, Y, verbose=0)]
    return [found, model.count_params(), model.output_shape, [n.name for n in model.layers]]


def _functional(k):
    x = k.Input((3,), name="x")
    first, second = _layers(k)
    hidden = first(x)
    model = k.Model({"x": x}, {"hidden": hidden, "out": second(hidden)})
    return model({"x": X})


def _subclassed(k):
    class Twice(k.Model):
        def __init__(self):
            super().__init__(name="twice")
            self.first, self.second = _layers(k)

        def call(self, x):
            return self.second(self.first(x)) * 2.0

    model = Twice()
    return [model(X), [w.path for w in model.weights]]


def _cloned(k):
    model = k.models.clone_model(_model(k))
    return [model.get_config() == _model(k).get_config(), model.predict(X, verbose=0)]


def _from_json(k):
    return k.models.model_from_json(_model(k).to_json()).predict(X, verbose=0)


def _saved(k):
    model = _model(k)
    _fitted(k, model=model)
    k.saving.save_model(model, "model.keras")
    again = k.saving.load_model("model.keras")
    return [again.predict(X, verbose=0), again.optimizer.iterations.value]


def _saved_weights(k):
    model, again = _model(k), _model(k)
    _fitted(k, model=model)
    k.saving.save_weights(model, "kept.weights.h5")
    k.saving.load_weights(again, "kept.weights.h5")
    return again.get_weights()


def _edited(k):
    _model(k).save("edited.keras")
    editor = k.saving.KerasFileEditor("edited.keras")
    editor.rename_object("layers/dense", "renamed")
    editor.save("edited.weights.h5")
    return sorted(editor.weights_dict)


def _csv(k):
    _fitted(k, k.callbacks.CSVLogger("log.csv"))
    with open("log.csv") as file:
        header, *rows = file.read().split()
    return [header, [[cell[:5] for cell in row.split(",")] for row in rows]]


def _checkpoints(k):
    path = "{epoch:02d}.weights.h5"
    saves = k.callbacks.ModelCheckpoint(path, save_weights_only=True)
    _fitted(k, saves)
    return sorted(name for name in os.listdir() if name.endswith(".h5"))


def _backup(k):
    class Torn(k.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise InterruptedError

    with contextlib.suppress(InterruptedError):
        _fitted(k, k.callbacks.BackupAndRestore("backup"), Torn())
    model = _model(k)
    history = model.fit(
        X, Y, epochs=3, batch_size=2, shuffle=False, verbose=0,
        callbacks=[k.callbacks.BackupAndRestore("backup")],
    )  # fmt: skip
    return history.epoch


def _own_callback(k):
    seen = []

    class Seeing(k.callbacks.Callback):
        def on_train_begin(self, logs=None):
            seen.append(["begin", self.params["epochs"], self.model.name])

        def on_train_batch_end(self, batch, logs=None):
            seen.append([batch, float(logs["loss"])])

        def on_epoch_end(self, epoch, logs=None):
            seen.append([epoch, sorted(logs)])

    _fitted(k, Seeing(), epochs=2)
    return seen


def _callback_list(k):
    model = _model(k)
    seen = []
    note = k.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append([epoch, logs]))
    callbacks = k.callbacks.CallbackList([note], add_history=True, model=model, epochs=2)
    callbacks.on_train_begin()
    callbacks.on_epoch_begin(0)
    callbacks.on_epoch_end(0, {"loss": 0.5})
    callbacks.on_train_end()
    return [seen, model.history.history, [type(c).__name__ for c in callbacks.callbacks]]


def _early(k):
    stops = k.callbacks.EarlyStopping("loss", patience=1, mode="max", restore_best_weights=True)
    return [len(_fitted(k, stops, epochs=9)["loss"]), stops.stopped_epoch, stops.best_epoch]


def _rates(*makers):
    def call(k):
        return _fitted(k, *(make(k) for make in makers), epochs=4)

    return call


def _ema(k):
    optimizer = k.optimizers.SGD(0.125, use_ema=True, ema_momentum=0.5)
    model = _model(k, optimizer=optimizer)
    _fitted(k, k.callbacks.SwapEMAWeights(swap_on_epoch=True), model=model)
    return model.get_weights()


def _history(k):
    history = k.callbacks.History()
    _fitted(k, history, epochs=2)
    return [history.epoch, history.history]


def _progress(k):
    return _fitted(k, k.callbacks.ProgbarLogger(), epochs=1)


def _infinite(k):
    ends = k.callbacks.TerminateOnNaN()
    model = _model(k)
    model.fit(X * np.nan, Y, epochs=3, batch_size=2, verbose=0, callbacks=[ends])
    return [model.stop_training, len(model.history.epoch)]


def _distilled(k):
    losses = k.distillation.LogitsDistillation(temperature=2.0)
    student = k.distillation.Distiller(_model(k), _model(k), losses, student_loss_weight=0.5)
    student.compile(k.optimizers.SGD(0.1), "mse", run_eagerly=True)
    return [student(X), student.predict(X, verbose=0)]


def _logits(k):
    loss = k.distillation.LogitsDistillation(temperature=3.0)
    return loss.compute_loss(*(k.ops.convert_to_tensor(x) for x in (X, X[::-1])))


def _features(k):
    loss = k.distillation.FeatureDistillation(
        loss="mse", teacher_layer_name="first", student_layer_name="first"
    )
    return loss.compute_loss(*(k.ops.convert_to_tensor(x) for x in (X, X[::-1])))


def _own_distillation(k):
    class Most(k.distillation.DistillationLoss):
        def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
            return k.ops.max(k.ops.abs(teacher_outputs - student_outputs))

    return Most().compute_loss(*(k.ops.convert_to_tensor(x) for x in (X, 2 * X)))


def _map(k):
    """An optimizer for each layer."""
    rules = k.optimizers.OptimizerMap(default_optimizer=k.optimizers.SGD(0.5))
    rules["first"] = k.optimizers.SGD(0.25)
    return [len(rules), [rules[name].learning_rate for name in ("first", "other")]]


def _learned(name):
    """Estimators of scikit-learn around a model; weights are fixed, so that both learn the same."""

    def call(k):
        def make(X, y, loss="mse"):
            outputs = 2 if name == "SKLearnClassifier" else 1
            last = k.layers.Dense(outputs, "softmax" if outputs == 2 else None)
            model = k.Sequential([k.Input((3,)), last])
            model.set_weights([np.arange(3 * outputs).reshape(3, outputs) / 4, np.zeros(outputs)])
            model.compile("sgd", "categorical_crossentropy" if outputs == 2 else loss)
            return model

        estimator = getattr(k.wrappers, name)(
            make, fit_kwargs={"verbose": 0, "shuffle": False, "batch_size": 2}
        )
        targets = np.array([0, 1, 1, 0]) if name == "SKLearnClassifier" else Y[:, 0]
        estimator.fit(X, targets)
        used = "transform" if name == "SKLearnTransformer" else "predict"
        return np.ravel(getattr(estimator, used)(X))

    return call


CALLS = {
    "Sequential": _sequential,
    "Model": _functional,
    "models.clone_model": _cloned,
    "models.model_from_json": _from_json,
    "saving.save_model": _saved,
    "saving.load_model": _saved,
    "saving.save_weights": _saved_weights,
    "saving.load_weights": _saved_weights,
    "saving.KerasFileEditor": _edited,
    "callbacks.Callback": _own_callback,
    "callbacks.CallbackList": _callback_list,
    "callbacks.CSVLogger": _csv,
    "callbacks.ModelCheckpoint": _checkpoints,
    "callbacks.BackupAndRestore": _backup,
    "callbacks.EarlyStopping": _early,
    "callbacks.History": _history,
    "callbacks.LambdaCallback": _callback_list,
    "callbacks.LearningRateScheduler": _rates(
        lambda k: k.callbacks.LearningRateScheduler(lambda epoch, rate: rate / (epoch + 1))
    ),
    "callbacks.ReduceLROnPlateau": _rates(
        lambda k: k.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, mode="max")
    ),
    "callbacks.ProgbarLogger": _progress,
    "callbacks.SwapEMAWeights": _ema,
    "callbacks.TerminateOnNaN": _infinite,
    "distillation.Distiller": _distilled,
    "distillation.DistillationLoss": _own_distillation,
    "distillation.FeatureDistillation": _features,
    "distillation.LogitsDistillation": _logits,
    "optimizers.OptimizerMap": _map,
    **{
        f"wrappers.{name}": _learned(name)
        for name in ("SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer")
    },
}


def _board(k):
    _fitted(k, k.callbacks.TensorBoard("logs"))
    return any(name.startswith("events") for _, _, names in os.walk("logs") for name in names)


def _monitor(k):
    """A server of this machine is told the logs of each epoch."""
    import http.server
    import threading

    told = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        root = f"http://127.0.0.1:{server.server_port}"
        _fitted(k, k.callbacks.RemoteMonitor(root=root, send_as_json=True), epochs=2)
        server.shutdown()
    return [sorted(entry) for entry in told] == [["epoch", "loss"]] * 2


def _exported(k):
    archive = k.export.ExportArchive()
    model = _model(k)
    archive.track(model)
    archive.add_endpoint("serve", model.call, [k.InputSpec(shape=(None, 3), dtype="float32")])
    archive.write_out("archive")
    return sorted(os.listdir("archive")) != []


def _plotted(k):
    k.utils.plot_model(_model(k), "model.svg", show_shapes=True)
    with open("model.svg") as file:
        return "first" in file.read()


def _dotted(k):
    return "first" in k.utils.model_to_dot(_model(k)).to_string()


def _gradients(k):
    x = k.Variable([1.0, 2.0])
    with k.GradientTape() as tape:
        y = k.ops.sum(x * x * x)
    return [float(g) for g in tape.gradient(y, x)] == [3.0, 12.0]


def _differentiated(call, *expected):
    """A function of minikeras that differentiates x ** 3, and what comes out."""

    def check(k):
        x = k.ops.convert_to_tensor([1.0, 2.0])
        found = call(k, lambda x: k.ops.sum(x**3), x)
        return np.allclose(k.ops.convert_to_numpy(found), expected)

    return check


def _steep(k):
    """A sum whose gradient is said to be 7."""
    return k.custom_gradient(lambda x: (k.ops.sum(x), lambda upstream: 7 * k.ops.ones_like(x)))


def _recorded(k):
    squares = k.function(lambda x: k.ops.sum(x * x))
    return [float(squares(k.ops.array([1.0, i]))) for i in range(4)] == [1.0, 2.0, 5.0, 10.0]


KERAS_HAS_NONE = "Keras has nothing of the kind"
ALONE = {
    "callbacks.TensorBoard": ("the oracle needs TensorFlow for it", _board),
    "callbacks.RemoteMonitor": ("the oracle needs the package requests", _monitor),
    "export.ExportArchive": ("the oracle writes SavedModels", _exported),
    "utils.plot_model": ("the oracle needs Graphviz", _plotted),
    "utils.model_to_dot": ("the oracle needs pydot", _dotted),
    "GradientTape": (KERAS_HAS_NONE, _gradients),
    "grad": (KERAS_HAS_NONE, _differentiated(lambda k, f, x: k.grad(f)(x), 3, 12)),
    "value_and_grad": (
        KERAS_HAS_NONE, _differentiated(lambda k, f, x: k.value_and_grad(f)(x)[1], 3, 12),
    ),
    "vjp": (
        KERAS_HAS_NONE,
        _differentiated(lambda k, f, x: k.vjp(f, x)[1](k.ops.array(1.0))[0], 3, 12),
    ),
    "jvp": (KERAS_HAS_NONE, _differentiated(lambda k, f, x: k.jvp(f, (x,), (x,))[1], 27)),
    "hvp": (KERAS_HAS_NONE, _differentiated(lambda k, f, x: k.hvp(f, x, x), 6, 24)),
    "jacobian": (
        KERAS_HAS_NONE,
        _differentiated(lambda k, f, x: k.jacobian(lambda x: x**3)(x), [3, 0], [0, 12]),
    ),
    "custom_gradient": (
        KERAS_HAS_NONE, _differentiated(lambda k, f, x: k.grad(_steep(k))(x), 7, 7),
    ),
    "function": (KERAS_HAS_NONE, _recorded),
    "stop_gradient": (
        KERAS_HAS_NONE,
        _differentiated(lambda k, f, x: k.grad(lambda x: f(k.stop_gradient(x) + x))(x), 12, 48),
    ),
}  # fmt: skip

"""Checks by hand that tf_keras 2 opens what minikeras writes, and goes on from there, and back.

    PYTHONPATH=. KERAS_BACKEND=numpy python tests/golden/keras2_written.py

needs tf_keras 2, TensorFlow and what minikeras needs. For every case of `keras2_layer_cases` and
the files in ``keras2/`` predictions are compared; for every optimizer the state and the losses of
further training. With ``files`` or ``training`` behind its name it checks less.
"""

import os
import sys
import tempfile
import warnings

import numpy as np
import tf_keras

import minikeras
from minikeras.legacy.saving import keras2_json, save_keras2, save_weights_keras2

sys.path.insert(0, os.path.dirname(__file__))
import keras2_layer_cases as cases

warnings.simplefilter("ignore")
FOLDER = tempfile.mkdtemp()
PATH = os.path.join(FOLDER, "x.h5")


def outputs_of(model, inputs):
    found = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    return [np.asarray(y) for y in (found if isinstance(found, (list, tuple)) else [found])]


def difference(first, second):
    assert len(first) == len(second)
    for a, b in zip(first, second):
        assert a.shape == b.shape, (a.shape, b.shape)
    return max(float(np.abs(a - b).max(initial=0)) for a, b in zip(first, second))


def check_layers():
    worst, count = 0.0, 0
    for name, model, shapes in cases.models(minikeras):
        inputs = cases.arrays(name, shapes)
        expected = outputs_of(model, inputs)
        save_keras2(model, PATH)
        theirs = tf_keras.models.load_model(PATH)
        apart = tf_keras.models.model_from_json(keras2_json(model))
        save_weights_keras2(model, PATH)
        apart.load_weights(PATH)
        for found in (theirs, apart):
            off = difference(outputs_of(found, inputs), expected)
            if off > 1e-5:
                print(f"{name}: predictions differ by {off}")
            worst = max(worst, off)
        count += 1
    print(f"{count} kinds of layers: predictions differ by at most {worst:.1e}")


def check_files():
    """What tf_keras wrote, written again here, opens there."""
    folder = os.path.join(os.path.dirname(__file__), "keras2")
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".npz"):
            model = minikeras.models.load_model(os.path.join(folder, name))
            with np.load(os.path.join(folder, f"{name.partition('.')[0]}.npz")) as data:
                inputs = [data[key] for key in sorted(data) if key.startswith("arr_")]
            save_keras2(model, PATH)
            theirs = tf_keras.models.load_model(PATH)
            off = difference(outputs_of(theirs, inputs), outputs_of(model, inputs))
            print(f"{name}: predictions differ by {off:.1e}")


def network(k):
    x = k.Input((6, 3))
    y = k.layers.Bidirectional(k.layers.LSTM(3, return_sequences=True))(x)
    y = k.layers.TimeDistributed(k.layers.Dense(4, "relu", kernel_regularizer="l2"))(y)
    y = k.layers.BatchNormalization()(k.layers.Conv1D(3, 2)(y))
    return k.Model(x, k.layers.Dense(2)(k.layers.GlobalAveragePooling1D()(y)))


OPTIMIZERS = {
    "Adam": {}, "Adam with decay": {"decay": 0.1}, "Adam amsgrad": {"amsgrad": True},
    "SGD": {}, "SGD with momentum": {"momentum": 0.9}, "SGD nesterov": {"momentum": 0.9,
    "nesterov": True, "clipnorm": 1.0}, "RMSprop": {}, "RMSprop centered": {"momentum": 0.5,
    "centered": True}, "Adagrad": {}, "Adadelta": {}, "Adamax": {}, "Nadam": {},
    "Ftrl": {}, "AdamW": {"weight_decay": 0.01}, "Adam averaged": {"use_ema": True,
    "ema_overwrite_frequency": 2}, "SGD with a schedule": {"schedule": True},
}  # fmt: skip


def fitted(model, x, y, epochs):
    history = model.fit(x, y, epochs=epochs, batch_size=4, shuffle=False, verbose=0)
    return np.array(history.history["loss"])


def optimizer_of(k, name, options):
    options = {"learning_rate": 0.01, **options}
    if options.pop("schedule", False):
        options["learning_rate"] = k.optimizers.schedules.ExponentialDecay(0.05, 2, 0.5)
    if k is minikeras:
        with minikeras.legacy.era_scope(2 if name == "Nadam" else 3):
            return getattr(k.optimizers, name.split()[0])(**options)
    late = name in ("AdamW", "Adam averaged")
    home = k.optimizers if late else k.optimizers.legacy
    return getattr(home, name.split()[0])(**options)


def check_training():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 6, 3)).astype("float32"), rng.normal(size=(8, 2)).astype("float32")
    for name, options in OPTIMIZERS.items():
        for first, second in ((minikeras, tf_keras), (tf_keras, minikeras)):
            model = network(first)
            model.compile(optimizer_of(first, name, options), "mse", metrics=["mae"])
            fitted(model, x, y, 3)
            if first is minikeras:
                save_keras2(model, PATH)
            else:
                model.save(PATH, save_format="h5")
            again = second.models.load_model(PATH)
            off = difference(outputs_of(again, [x]), outputs_of(model, [x]))
            losses = fitted(model, x, y, 4), fitted(again, x, y, 4)
            print(
                f"{name}, {first.__name__} -> {second.__name__}: predictions differ by {off:.1e}, "
                f"losses of 4 more epochs by {np.abs(losses[0] - losses[1]).max():.1e}"
            )


if __name__ == "__main__":
    check_files()
    if len(sys.argv) < 2:
        with minikeras.legacy.era_scope(2):
            check_layers()
    if "files" not in sys.argv:
        check_training()

"""Writes ``keras2_nodes.json`` and ``keras2_added.h5``: graphs as tf.keras 2.0 to 2.3 kept them.

    python tests/golden/keras2_nodes.py

needs tf_keras 2 and TensorFlow. Without eager execution tf_keras makes a layer of each node of
TensorFlow's graph (TensorFlowOpLayer), as all models had them then. The functions are those of
`keras2_ops`. ``keras2_added.h5`` has a loss and metrics that were added as tensors.
"""

import json
import os
import pathlib
import tempfile

import h5py
import keras2_ops
import numpy as np
import tensorflow as tf
import tf_keras as keras
from keras2 import OUT

K, layers = keras.backend, keras.layers
JSON = pathlib.Path(__file__).with_suffix(".json")
INPUTS = keras2_ops.INPUTS
# Whole pictures in one op of many nodes, or ops that only files of later versions have.
_LEFT_OUT = ("bicubic",)
MORE = {
    "slices": lambda x: [
        tf.strided_slice(x, [0, 1, 0], [2, 4, 3], [1, 2, 1]),
        x[:, -1],
        x[..., 1:, tf.newaxis],
        x[:, : tf.shape(x)[1] - 1],
        tf.slice(x, [0, 0, 1], [-1, -1, 2]),
    ],
    "batches": lambda x, y: [
        tf.matmul(x, y, adjoint_b=True),
        tf.einsum("bij,bkj->bik", x, y),
        K.batch_dot(x, y, axes=[2, 2]),
    ],
    "selections": lambda x, y: [
        tf.compat.v1.where(x > 0, x, y),
        tf.raw_ops.Select(condition=x[:, 0, 0] > 0, x=x, y=y),
        tf.raw_ops.ClipByValue(t=x, clip_value_min=-0.5, clip_value_max=0.5),
        tf.raw_ops.Add(x=x, y=y),
        tf.raw_ops.Div(x=x, y=y),
        tf.raw_ops.BatchMatMul(x=x, y=tf.transpose(y, [0, 2, 1])),
    ],
    "windows": lambda m: [
        tf.nn.conv2d(m, tf.ones((2, 3, 3, 2)), strides=[1, 2, 1, 1], padding="VALID"),
        tf.nn.depthwise_conv2d(m, tf.ones((2, 2, 3, 2)), [1, 1, 1, 1], "SAME"),
        tf.nn.max_pool2d(m, [2, 1], [1, 1], "SAME"),
        tf.nn.avg_pool2d(m, 3, 1, "VALID"),
        tf.compat.v1.image.resize_bilinear(m, (3, 2), half_pixel_centers=True),
        tf.compat.v1.image.resize_nearest_neighbor(m, (12, 8), half_pixel_centers=True),
    ],
}


def form_of(model):
    """The architecture as it stands in HDF5 files, which have had this form since tf.keras 2.0."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.h5")
        model.save(path)
        with h5py.File(path) as file:
            return json.loads(file.attrs["model_config"])


def case(build):
    names = build.__code__.co_varnames[: build.__code__.co_argcount]
    inputs = [
        keras.Input(INPUTS[n].shape[1:], name=n, dtype="int32" if n == "i" else "float32")
        for n in names
    ]
    model = keras.Model(inputs, build(*inputs))
    with np.errstate(all="ignore"):
        outputs = K.function(model.inputs, model.outputs)([INPUTS[n] for n in names])
    return {
        "form": form_of(model),
        "outputs": [[y.dtype.name, np.asarray(y, "float64").round(6).tolist()] for y in outputs],
    }


def added():
    """A model with a loss and metrics of tensors, of which one needs a layer of its own."""
    x = keras.Input((4,), name="x")
    hidden = layers.Dense(3, "tanh", name="hidden")(x)
    model = keras.Model(x, layers.Dense(2, name="out")(hidden))
    beside = layers.Dense(1, name="beside")(hidden)
    model.add_loss(tf.reduce_mean(tf.square(beside - 1.0)))
    model.add_metric(tf.reduce_sum(tf.abs(beside), axis=-1), name="size", aggregation="mean")
    model.add_metric(K.max(hidden), name="largest", aggregation="mean")
    model.compile(keras.optimizers.legacy.Adam(0.01), "mse", metrics=["mae"])
    return model


def main():
    tf.compat.v1.disable_eager_execution()
    tf.image.rot90 = tf.identity  # it branches by functions, which stand in no file of a model
    cases = {}
    for name, build in {**keras2_ops.CASES, **MORE}.items():
        if name not in _LEFT_OUT:
            cases[name] = case(build)
    text = json.dumps({"inputs": {k: v.tolist() for k, v in INPUTS.items()}, "cases": cases})
    JSON.write_text(text)
    nodes = (layer["config"].get("node_def") for c in cases.values()
             for layer in c["form"]["config"]["layers"])  # fmt: skip
    print(len(text), sorted({node["op"] for node in nodes if node}))

    model, rng = added(), np.random.default_rng(0)
    x, y = rng.normal(size=(8, 4)).astype("float32"), rng.normal(size=(8, 2)).astype("float32")
    model.fit(x, y, batch_size=8, epochs=2, verbose=0)
    model.save(OUT.with_name("keras2_added.h5"))
    scores = model.evaluate(x, y, verbose=0)
    print(model.metrics_names)
    predictions = model.predict(x, verbose=0)
    losses = model.fit(x, y, batch_size=8, epochs=3, verbose=0, shuffle=False).history["loss"]
    arrays = {"x": x, "y": y, "p": predictions, "scores": scores, "losses": losses}
    np.savez_compressed(OUT.with_name("keras2_added.npz"), **arrays)


if __name__ == "__main__":
    main()

"""Writes two more models into ``keras2/``, as `keras2` does: run by hand with tf_keras 2.

    python tests/golden/keras2_more.py

``objects.h5`` was compiled with losses and metrics that are objects, and holds functions of
TensorFlow; ``archive.keras`` is in the format that tf.keras 2.12 and later wrote.
"""

import numpy as np
import tensorflow as tf
import tf_keras as keras
from keras2 import OUT

layers = keras.layers


def objects():
    x = keras.Input((4, 3), name="x")
    y = layers.Dense(5, kernel_initializer="he_normal")(x[:, 1:] * 2.0)
    y = tf.nn.relu(tf.concat([y, tf.reduce_mean(y, axis=1, keepdims=True)], axis=1))
    y = tf.reshape(y, [tf.shape(x)[0], 20])
    model = keras.Model(x, layers.Dense(2)(y) + 1.0)
    rate = keras.optimizers.schedules.ExponentialDecay(0.02, 2, 0.9)
    model.compile(
        keras.optimizers.legacy.Adam(rate, clipvalue=0.5),
        keras.losses.Huber(0.7),
        metrics=["mae", keras.metrics.RootMeanSquaredError(name="rms")],
        weighted_metrics=[],
    )
    return model


def archive():
    x = keras.Input((4, 3), name="x")
    inner = keras.Sequential(
        [layers.Dense(3, input_shape=(3,)), layers.BatchNormalization()], name="inner"
    )
    y = layers.LSTM(3)(layers.TimeDistributed(layers.Dense(3, "hard_sigmoid"))(x))
    model = keras.Model(x, layers.Dense(2)(inner(y) * 2.0 + y))
    model.compile("adam", "mse", metrics=["mae"])
    return model


def main():
    rng = np.random.default_rng(0)
    for name, model in (("objects.h5", objects()), ("archive.keras", archive())):
        x, zeros = rng.normal(size=(4, 4, 3)).astype("float32"), np.zeros((4, 2))
        model.fit(x, zeros, epochs=2, verbose=0)
        model.save(OUT / name)
        predictions = model.predict(x, verbose=0)
        losses = model.fit(x, zeros, epochs=3, verbose=0, shuffle=False).history["loss"]
        np.savez_compressed(OUT / f"{name.split('.')[0]}.npz", x, p0=predictions, losses=losses)


if __name__ == "__main__":
    main()

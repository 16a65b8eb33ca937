"""Writes the files of Keras 2 in ``keras2/``: run by hand where tf_keras 2 and TensorFlow are.

    python tests/golden/keras2.py

Each ``NAME.h5`` is a whole model that was trained for two steps, with the state of its optimizer;
``NAME.npz`` holds inputs (``arr_0`` ...), predictions (``p0`` ...) and the losses of three more
epochs on zeros as targets.
"""

import pathlib

import numpy as np
import tf_keras as keras

OUT = pathlib.Path(__file__).parent / "keras2"
layers = keras.layers
optimizers = keras.optimizers
rng = np.random.default_rng(0)


def stack(*parts):
    return keras.Sequential(list(parts))


def graph():
    left, right = keras.Input((6,), name="left"), keras.Input((6,), name="right")
    shared = layers.Dense(4, name="shared", activation="selu")
    x = keras.Input((4,))
    inner = keras.Model(x, layers.Dense(2, activation="tanh")(x), name="inner")
    a, b = shared(left), shared(right)
    joined = layers.Concatenate()([layers.Subtract()([a, b]), layers.Multiply()([a, b])])
    summed = layers.Average()([inner(a), inner(b)])
    return keras.Model([left, right], [layers.Dense(1)(joined), summed])


def states():
    x = keras.Input((5, 2))
    y, h, c = layers.LSTM(3, return_sequences=True, return_state=True)(x)
    z = layers.LSTM(3)(y, initial_state=[h, c])
    return keras.Model(x, layers.LayerNormalization()(z))


MODELS = {
    "mlp": (
        stack(
            layers.Dense(5, activation="relu", input_shape=(4,), kernel_regularizer="l2"),
            layers.BatchNormalization(momentum=0.9),
            layers.Dense(3, activation="softmax", kernel_constraint="max_norm"),
        ),
        optimizers.Adam(0.01),
    ),
    "conv": (
        stack(
            layers.ZeroPadding2D(1, input_shape=(8, 8, 3)),
            layers.Conv2D(4, 3, strides=2, padding="same", kernel_initializer="he_normal"),
            layers.LeakyReLU(0.1),
            layers.UpSampling2D(2),
            layers.SeparableConv2D(3, 2, depth_multiplier=2),
            layers.PReLU(shared_axes=[1, 2]),
            layers.MaxPooling2D(),
            layers.DepthwiseConv2D(2),
            layers.Conv2DTranspose(2, 3, output_padding=None),
            layers.Cropping2D(1),
            layers.GlobalAveragePooling2D(),
        ),
        optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    ),
    "sequence": (
        stack(
            layers.Embedding(10, 4, input_length=6, mask_zero=True),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.GRU(4, return_sequences=True),
            layers.TimeDistributed(layers.Dense(2)),
            layers.SimpleRNN(3),
        ),
        optimizers.RMSprop(0.01, momentum=0.5),
    ),
    "hard": (
        stack(
            layers.Conv1D(3, 2, input_shape=(6, 2)),
            layers.LSTM(3, recurrent_activation="hard_sigmoid", return_sequences=True),
            layers.GRU(2, reset_after=False, recurrent_activation="hard_sigmoid"),
            layers.RepeatVector(2),
            layers.Flatten(),
            layers.Reshape((2, 2)),
            layers.Permute((2, 1)),
            layers.Activation("hard_sigmoid"),
        ),
        optimizers.legacy.Adam(0.01),
    ),
    "film": (
        stack(
            layers.ConvLSTM2D(2, 2, input_shape=(3, 4, 4, 1), return_sequences=True),
            layers.TimeDistributed(layers.Flatten()),
            layers.RNN([layers.LSTMCell(2), layers.GRUCell(3)]),
        ),
        optimizers.legacy.SGD(0.01, momentum=0.9, decay=0.1),
    ),
    "graph": (graph(), optimizers.Adamax(0.01)),
    "states": (states(), optimizers.legacy.RMSprop(0.01)),
}


def main():
    OUT.mkdir(exist_ok=True)
    for name, (model, optimizer) in MODELS.items():
        model.compile(optimizer, "mse")
        inputs = [
            rng.integers(1, 10, (4, 6))
            if name == "sequence"
            else rng.normal(size=(4, *x.shape[1:])).astype("float32")
            for x in model.inputs
        ]
        x = inputs if len(inputs) > 1 else inputs[0]
        outputs = model.predict(x, verbose=0)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        zeros = [np.zeros_like(y) for y in outputs]
        y = zeros if len(zeros) > 1 else zeros[0]
        model.fit(x, y, epochs=2, verbose=0)
        model.save(OUT / f"{name}.h5", save_format="h5")
        after = model.predict(x, verbose=0)
        after = after if isinstance(after, list) else [after]
        losses = model.fit(x, y, epochs=3, verbose=0, shuffle=False).history["loss"]
        predictions = {f"p{i}": p for i, p in enumerate(after)}
        np.savez_compressed(OUT / f"{name}.npz", *inputs, **predictions, losses=losses)


if __name__ == "__main__":
    main()

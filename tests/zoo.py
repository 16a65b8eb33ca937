"""Small models of many kinds, built by the same code in minikeras and in real Keras."""

import numpy as np


def mlp(k):
    """A multilayer perceptron."""
    return k.Sequential(
        [
            k.Input((12,)),
            k.layers.Dense(16, activation="relu"),
            k.layers.Dense(8, activation="tanh"),
            k.layers.Dense(5, activation="softmax"),
        ]
    )


def lenet_000(k):
    """The LeNet of the Keras2DML guide, small, channels first."""
    first = {"data_format": "channels_first"}
    return k.Sequential(
        [
            k.Input((1, 12, 12)),
            k.layers.Conv2D(4, (5, 5), activation="relu", padding="same", **first),
            k.layers.MaxPooling2D((2, 2), **first),
            k.layers.Conv2D(6, (5, 5), activation="relu", padding="same", **first),
            k.layers.MaxPooling2D((2, 2), **first),
            k.layers.Flatten(**first),
            k.layers.Dense(16, activation="relu"),
            k.layers.Dropout(0.0),
            k.layers.Dense(5, activation="softmax"),
        ]
    )


def lenet_001(k):
    """The LeNet of the BigDL guide, small."""
    return k.Sequential(
        [
            k.Input((12, 12, 1)),
            k.layers.Conv2D(4, (3, 3), padding="valid"),
            k.layers.Activation("relu"),
            k.layers.Conv2D(4, (3, 3)),
            k.layers.Activation("relu"),
            k.layers.MaxPooling2D((2, 2)),
            k.layers.Dropout(0.0),
            k.layers.Flatten(),
            k.layers.Dense(16),
            k.layers.Activation("relu"),
            k.layers.Dense(5),
            k.layers.Activation("softmax"),
        ]
    )


def batch_norm_cnn(k):
    """A residual convolutional network with batch normalization."""
    inputs = k.Input((8, 8, 3))
    x = k.layers.Conv2D(6, 3, padding="same", use_bias=False)(inputs)
    x = k.layers.BatchNormalization()(x)
    x = shortcut = k.layers.ReLU()(x)
    x = k.layers.DepthwiseConv2D(3, padding="same")(x)
    x = k.layers.BatchNormalization(momentum=0.8)(x)
    x = k.layers.Add()([x, shortcut])
    x = k.layers.AveragePooling2D(2)(x)
    x = k.layers.GlobalAveragePooling2D()(x)
    return k.Model(inputs, k.layers.Dense(5, activation="softmax")(x))


def lstm(k):
    """Words to a class through an LSTM."""
    inputs = k.Input((7,), dtype="int32")
    x = k.layers.Embedding(20, 6)(inputs)
    x = k.layers.LSTM(8, return_sequences=True)(x)
    x = k.layers.LSTM(6)(x)
    return k.Model(inputs, k.layers.Dense(5, activation="softmax")(x))


def bidirectional_gru(k):
    """Padded words to a class through a bidirectional GRU with a mask."""
    inputs = k.Input((7,), dtype="int32")
    x = k.layers.Embedding(20, 6, mask_zero=True)(inputs)
    x = k.layers.Bidirectional(k.layers.GRU(5, return_sequences=True))(x)
    x = k.layers.Bidirectional(k.layers.GRU(4))(x)
    return k.Model(inputs, k.layers.Dense(5, activation="softmax")(x))


def transformer(k):
    """One block of self-attention over words."""
    inputs = k.Input((7,), dtype="int32")
    x = k.layers.Embedding(20, 8)(inputs)
    # With the scores asked for, Keras on JAX does not take its kernel that computes in float32.
    attended, _ = k.layers.MultiHeadAttention(2, 4)(x, x, return_attention_scores=True)
    x = k.layers.LayerNormalization()(x + attended)
    hidden = k.layers.Dense(16, activation="gelu")(x)
    x = k.layers.LayerNormalization()(k.layers.Add()([x, k.layers.Dense(8)(hidden)]))
    x = k.layers.GlobalAveragePooling1D()(x)
    return k.Model(inputs, k.layers.Dense(5, activation="softmax")(x))


MODELS = {
    f.__name__: f
    for f in (mlp, lenet_000, lenet_001, batch_norm_cnn, lstm, bidirectional_gru, transformer)
}


def batches(model, count, size=8, seed=0):
    """``count`` batches of random inputs and labels that fit ``model``."""
    rng = np.random.default_rng(seed)
    shape = tuple(model.input_shape)[1:]
    dtype = str(model.inputs[0].dtype)
    for _ in range(count):
        if dtype.startswith("int"):
            x = rng.integers(1, 20, (size, *shape)).astype(dtype)
            lengths = rng.integers(2, shape[0] + 1, size)
            x[np.arange(shape[0]) >= lengths[:, None]] = 0
        else:
            x = rng.normal(size=(size, *shape)).astype(dtype)
        yield x, rng.integers(0, 5, size)

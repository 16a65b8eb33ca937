"""The models that the benchmarks train: what people train on a CPU, and the examples of tutorials.

Each function builds one compiled model from the module that it is given, `minikeras` or `keras`, by
the same calls. `JOBS` says with what data, how large a batch and over how many steps each runs.
"""

from dataclasses import dataclass

import numpy as np

WORDS = 10000  # of a vocabulary
CLASSES = 10


@dataclass(frozen=True)
class Job:
    """A model and how it is trained.

    Attributes:
        build: a function from a module to a compiled model.
        sample: the shape of one input.
        target: what the labels are: "bit", "class", "one_hot", or "input" itself.
        batch: samples of a batch.
        steps: batches of an epoch.
        limit: the most that a training step may take, relative to the best peer; None for no limit.
        tokens: whether inputs are numbers of words, not real numbers.
    """

    build: callable
    sample: tuple
    target: str
    batch: int
    steps: int
    limit: float | None = None
    tokens: bool = False

    def data(self, count):
        """Inputs and labels of ``count`` samples, drawn anew but always the same."""
        rng = np.random.default_rng(0)
        shape = (count, *self.sample)
        if self.tokens:
            x = rng.integers(0, WORDS, shape, dtype="int32")
        else:
            x = rng.random(shape, dtype="float32")
        if self.target == "input":
            return x, x
        if self.target == "bit":
            return x, rng.integers(0, 2, (count, 1)).astype("float32")
        y = rng.integers(0, CLASSES, count)
        return x, np.eye(CLASSES, dtype="float32")[y] if self.target == "one_hot" else y


def perceptron(keras):
    """The first model of seed 003."""
    model = keras.Sequential(
        [
            keras.Input((10,)),
            keras.layers.Dense(20, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def mlp(keras):
    """784-512-512-10, the usual first network for digits."""
    return dense_stack(keras, 784, 512, 2)


def dense_stack(keras, inputs, width, depth):
    """``depth`` layers of ``width`` units, and one that chooses a class."""
    layers = [keras.layers.Dense(width, activation="relu") for _ in range(depth)]
    classes = keras.layers.Dense(CLASSES, activation="softmax")
    model = keras.Sequential([keras.Input((inputs,)), *layers, classes])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def lenet_000(keras):
    """The network of seed 000, with channels last: its images have one channel."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, 5, activation="relu", padding="same"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(64, 5, activation="relu", padding="same"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(512, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(CLASSES, activation="softmax"),
        ]
    )
    # What `SGD(lr=0.01, decay=1e-6)` was in Keras 2.
    rate = keras.optimizers.schedules.InverseTimeDecay(0.01, decay_steps=1, decay_rate=1e-6)
    optimizer = keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)
    model.compile(optimizer, "categorical_crossentropy")
    return model


def lenet_001(keras):
    """The network of seed 001, with channels last."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, 3),
            keras.layers.Activation("relu"),
            keras.layers.Conv2D(32, 3),
            keras.layers.Activation("relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Dropout(0.25),
            keras.layers.Flatten(),
            keras.layers.Dense(128),
            keras.layers.Activation("relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(CLASSES),
            keras.layers.Activation("softmax"),
        ]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def cnn_003(keras):
    """The convolutional network of seed 003."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 3)),
            keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Dropout(0.25),
            keras.layers.Conv2D(64, 3, padding="same", activation="relu"),
            keras.layers.Conv2D(64, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Dropout(0.25),
            keras.layers.Flatten(),
            keras.layers.Dense(512, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(CLASSES, activation="softmax"),
        ]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def sentiment(keras, layer):
    """Words, a recurrent layer over them, and yes or no: the last network of seed 003."""
    model = keras.Sequential(
        [
            keras.Input((80,), dtype="int32"),
            keras.layers.Embedding(WORDS, 100),
            layer,
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def lstm(keras):
    """An LSTM without dropouts."""
    return sentiment(keras, keras.layers.LSTM(128))


def lstm_dropout(keras):
    """The LSTM as seed 003 has it."""
    return sentiment(keras, keras.layers.LSTM(128, dropout=0.2, recurrent_dropout=0.2))


def bigru(keras):
    """A GRU forwards and one backwards."""
    return sentiment(keras, keras.layers.Bidirectional(keras.layers.GRU(64)))


def transformer(keras):
    """One block of an encoder (Vaswani et al. 2017) over 64 words, 64 wide, with 4 heads."""

    class Positions(keras.layers.Layer):
        """Adds a learned vector to each place."""

        def build(self, shape):
            self.table = self.add_weight(shape=tuple(shape[1:]), initializer="uniform")

        def call(self, x):
            return x + self.table

    words = keras.Input((64,), dtype="int32")
    x = Positions()(keras.layers.Embedding(WORDS, 64)(words))
    attended = keras.layers.MultiHeadAttention(4, 16)(x, x)
    x = keras.layers.LayerNormalization()(keras.layers.Add()([x, attended]))
    wide = keras.layers.Dense(256, activation="relu")(x)
    x = keras.layers.Add()([x, keras.layers.Dense(64)(wide)])
    x = keras.layers.GlobalAveragePooling1D()(keras.layers.LayerNormalization()(x))
    model = keras.Model(words, keras.layers.Dense(CLASSES, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def normalized(keras, x, convolution, activate=True):
    """A convolution without bias, batch normalization, and perhaps ReLU."""
    x = keras.layers.BatchNormalization()(convolution(x))
    return keras.layers.ReLU()(x) if activate else x


def resnet(keras):
    """ResNet-20 for images of 32 x 32 (He et al. 2016, section 4.2)."""
    images = keras.Input((32, 32, 3))

    def convolution(filters, size=3, strides=1):
        return keras.layers.Conv2D(filters, size, strides, padding="same", use_bias=False)

    x = normalized(keras, images, convolution(16))
    for filters in (16, 32, 64):
        for block in range(3):
            is_first = block == 0 and filters > 16
            y = normalized(keras, x, convolution(filters, strides=2 if is_first else 1))
            y = normalized(keras, y, convolution(filters), activate=False)
            if is_first:
                x = normalized(keras, x, convolution(filters, 1, 2), activate=False)
            x = keras.layers.ReLU()(keras.layers.Add()([x, y]))
    return image_classifier(keras, images, x)


def mobilenet(keras):
    """The first blocks of MobileNet (Howard et al. 2017), for images of 32 x 32."""
    images = keras.Input((32, 32, 3))
    first = keras.layers.Conv2D(32, 3, padding="same", use_bias=False)
    x = normalized(keras, images, first)
    for filters, strides in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1)):
        depthwise = keras.layers.DepthwiseConv2D(3, strides, padding="same", use_bias=False)
        x = normalized(keras, x, depthwise)
        x = normalized(keras, x, keras.layers.Conv2D(filters, 1, use_bias=False))
    return image_classifier(keras, images, x)


def image_classifier(keras, images, x):
    """The means of the channels, and a class."""
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(images, keras.layers.Dense(CLASSES, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def autoencoder(keras):
    """Images of 28 x 28 pressed into 7 x 7 x 32 and unfolded again."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, 3, activation="relu", padding="same"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(32, 3, activation="relu", padding="same"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2DTranspose(32, 3, 2, activation="relu", padding="same"),
            keras.layers.Conv2DTranspose(32, 3, 2, activation="relu", padding="same"),
            keras.layers.Conv2D(1, 3, activation="sigmoid", padding="same"),
        ]
    )
    model.compile("adam", "binary_crossentropy")
    return model


JOBS = {
    "perceptron": Job(perceptron, (10,), "bit", 10, 300, 0.9),
    "mlp": Job(mlp, (784,), "class", 128, 40, 0.9),
    "lenet_000": Job(lenet_000, (28, 28, 1), "one_hot", 64, 12, 1.0),
    "lenet_001": Job(lenet_001, (28, 28, 1), "one_hot", 128, 10, 1.0),
    "cnn_003": Job(cnn_003, (28, 28, 3), "one_hot", 32, 16, 1.0),
    "lstm": Job(lstm, (80,), "bit", 32, 12, 0.9, tokens=True),
    "lstm_dropout": Job(lstm_dropout, (80,), "bit", 32, 12, 0.9, tokens=True),
    "bigru": Job(bigru, (80,), "bit", 32, 12, 0.9, tokens=True),
    "transformer": Job(transformer, (64,), "class", 32, 16, 0.9, tokens=True),
    "resnet": Job(resnet, (32, 32, 3), "class", 32, 8, 1.3),
    "mobilenet": Job(mobilenet, (32, 32, 3), "class", 32, 12, 1.3),
    "autoencoder": Job(autoencoder, (28, 28, 1), "input", 32, 30, 1.0),
}


def _scaled(width=128, depth=2, batch=32, steps=20):
    return Job(lambda keras: dense_stack(keras, 128, width, depth), (128,), "class", batch, steps)


# One quantity at a time grows; the others stay at the defaults of `_scaled`.
SCALES = {
    "batch": {n: _scaled(batch=n) for n in (1, 8, 64, 512, 4096)},
    "width": {n: _scaled(width=n) for n in (16, 64, 256, 1024, 2048)},
    "depth": {n: _scaled(depth=n) for n in (1, 4, 16, 64)},
    "samples": {n: _scaled(batch=100, steps=n // 100) for n in (100, 1000, 10000, 100000)},
}

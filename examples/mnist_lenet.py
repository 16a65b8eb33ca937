"""The LeNet of the Keras2DML guide on real MNIST digits: train, save, reload, look.

Trains on 4,500 digits, tests on the other 500. Run it with `python examples/mnist_lenet.py`.
"""

import argparse
import math

import numpy as np
from common import OUTPUT, load_digits, save_history

import minikeras as keras
from minikeras.layers import Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D

BATCH = 32


def build_model(steps):
    """Two convolutions and two dense layers, on images with the channels first.

    The learning rate falls to 0 over ``steps`` batches, along half a wave of the cosine.
    """
    keras.config.set_image_data_format("channels_first")
    model = keras.Sequential(
        [
            Input((1, 28, 28)),
            Conv2D(32, kernel_size=(5, 5), activation="relu", padding="same"),
            MaxPooling2D(pool_size=(2, 2)),
            Conv2D(64, (5, 5), activation="relu", padding="same"),
            MaxPooling2D(pool_size=(2, 2)),
            Flatten(),
            Dense(512, activation="relu"),
            Dropout(0.5),
            Dense(10, activation="softmax"),
        ]
    )
    schedule = keras.optimizers.schedules.CosineDecay(0.02, decay_steps=steps)
    model.compile(
        # With few digits to learn from, it helps not to ask for certainty: 0.91 for the right one.
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        optimizer=keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True),
        metrics=["accuracy"],
    )
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=10)
    arguments = parser.parse_args()

    keras.utils.set_random_seed(1)
    (x_train, y_train), (x_test, y_test) = load_digits()
    x_train, x_test = x_train[:, None], x_test[:, None]
    one_hot_train, one_hot_test = (keras.utils.to_categorical(y, 10) for y in (y_train, y_test))

    model = build_model(steps=arguments.epochs * math.ceil(len(x_train) / BATCH))
    model.summary()
    history = model.fit(
        x_train,
        one_hot_train,
        batch_size=BATCH,
        epochs=arguments.epochs,
        validation_data=(x_test, one_hot_test),
    )
    _, accuracy = model.evaluate(x_test, one_hot_test, verbose=0)

    OUTPUT.mkdir(exist_ok=True)
    path = OUTPUT / "mnist_lenet.keras"
    model.save(path)
    predictions = model.predict(x_test, verbose=0)
    reloaded = keras.saving.load_model(path)
    same = np.array_equal(predictions, reloaded.predict(x_test, verbose=0))
    print(f"saved: {path}; the reloaded model predicts {'the same' if same else 'DIFFERENTLY'}")
    save_history(history.history, x_test[:, 0], y_test, predictions, "mnist_lenet.png")
    print(f"accuracy on {len(x_test)} digits that it has not seen: {accuracy:.1%}")


if __name__ == "__main__":
    main()

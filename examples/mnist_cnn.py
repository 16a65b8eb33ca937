"""The LeNet of the BigDL guide (Keras's old mnist_cnn example) on real MNIST digits."""

from common import load_digits, save_history

import minikeras as keras
from minikeras.layers import Activation, Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D


def build_model():
    """Two convolutions, dropout, two dense layers, as in Keras 1.2.2."""
    return keras.Sequential(
        [
            Input((28, 28, 1)),
            Conv2D(32, (3, 3), padding="valid"),
            Activation("relu"),
            Conv2D(32, (3, 3)),
            Activation("relu"),
            MaxPooling2D(pool_size=(2, 2)),
            Dropout(0.25),
            Flatten(),
            Dense(128),
            Activation("relu"),
            Dropout(0.5),
            Dense(10),
            Activation("softmax"),
        ]
    )


def main():
    keras.utils.set_random_seed(1)
    (x_train, y_train), (x_test, y_test) = load_digits()
    x_train, x_test = x_train[..., None], x_test[..., None]
    model = build_model()
    model.compile("adadelta", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.optimizer.learning_rate = 1.0  # the step of Zeiler's paper
    history = model.fit(
        x_train, y_train, batch_size=128, epochs=6, validation_data=(x_test, y_test)
    )
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    predictions = model.predict(x_test, verbose=0)
    save_history(history.history, x_test[..., 0], y_test, predictions, "mnist_cnn.png")
    print(f"accuracy on {len(x_test)} digits that it has not seen: {accuracy:.1%}")


if __name__ == "__main__":
    main()

"""A multilayer perceptron on real MNIST digits, with early stopping."""

from common import load_digits, save_history

import minikeras as keras
from minikeras import layers


def main():
    keras.utils.set_random_seed(0)
    (x_train, y_train), (x_test, y_test) = load_digits()
    model = keras.Sequential(
        [
            layers.Input((28, 28)),
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        x_train,
        y_train,
        batch_size=128,
        epochs=20,
        validation_data=(x_test, y_test),
        callbacks=[keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)],
    )
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    predictions = model.predict(x_test, verbose=0)
    save_history(history.history, x_test, y_test, predictions, "mnist_mlp.png")
    print(f"accuracy on {len(x_test)} digits that it has not seen: {accuracy:.1%}")


if __name__ == "__main__":
    main()

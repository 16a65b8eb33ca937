"""Training without `fit`: a tape, an optimizer, and a loop that you can read to the end."""

import numpy as np
from common import figure, load_digits, save

import minikeras as keras
from minikeras import layers


def main():
    keras.utils.set_random_seed(0)
    (x_train, y_train), (x_test, y_test) = load_digits()
    model = keras.Sequential(
        [
            layers.Input((28, 28)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10),
        ]
    )
    loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.Adam(0.003)
    accuracy = keras.metrics.SparseCategoricalAccuracy()
    losses, steps, accuracies = [], [], []

    for epoch in range(5):
        accuracy.reset_state()
        order = np.random.permutation(len(x_train))
        for start in range(0, len(order), 64):
            batch = order[start : start + 64]
            with keras.GradientTape() as tape:
                scores = model(x_train[batch], training=True)
                loss = loss_function(y_train[batch], scores)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables))
            accuracy.update_state(y_train[batch], scores)
            losses.append(float(loss))
        steps.append(len(losses))
        accuracies.append(float(accuracy.result()))
        print(f"epoch {epoch + 1}: loss {losses[-1]:.3f}, accuracy {accuracies[-1]:.1%}")

    fig, axis = figure(figsize=(7, 3.5))
    axis.plot(losses, linewidth=0.8, label="loss of each batch")
    axis.plot(steps, accuracies, "o-", label="accuracy of each epoch")
    axis.set_xlabel("batch")
    axis.legend()
    save(fig, "custom_training_loop.png")

    accuracy.reset_state()
    accuracy.update_state(y_test, model(x_test))
    print(f"accuracy on {len(x_test)} digits that it has not seen: {float(accuracy.result()):.1%}")


if __name__ == "__main__":
    main()

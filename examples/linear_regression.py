"""A line through noisy points: one dense layer, and how close it comes to the exact solution."""

import numpy as np
from common import figure, save

import minikeras as keras


def main():
    keras.utils.set_random_seed(0)
    x = np.linspace(-1, 1, 200, dtype="float32")[:, None]
    y = 3 * x - 0.5 + np.random.normal(scale=0.3, size=x.shape).astype("float32")

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    history = model.fit(x, y, epochs=30, verbose=0)

    slope, offset = (float(v) for w in model.get_weights() for v in w.ravel())
    exact_slope, exact_offset = np.polyfit(x[:, 0], y[:, 0], 1)
    fig, (left, right) = figure(1, 2, figsize=(10, 4))
    left.plot(history.history["loss"])
    left.set_xlabel("epoch")
    left.set_ylabel("mean squared error")
    right.plot(x, y, ".", alpha=0.4)
    right.plot(x, model.predict(x, verbose=0), "r")
    save(fig, "linear_regression.png")
    print(f"learned:       y = {slope:.3f} x + {offset:.3f}")
    print(f"least squares: y = {exact_slope:.3f} x + {exact_offset:.3f}")


if __name__ == "__main__":
    main()

"""A layer of your own: random Fourier features, with a weight, a configuration and a saved file."""

import math

import numpy as np
from common import OUTPUT, figure, save

import minikeras as keras
from minikeras import ops


@keras.saving.register_keras_serializable("examples")
class FourierFeatures(keras.layers.Layer):
    """Sines and cosines of random directions, with a trained scale (Rahimi and Recht 2007)."""

    def __init__(self, units, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.scale = scale

    def build(self, input_shape):
        self.directions = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer=keras.initializers.RandomNormal(stddev=1.0, seed=7),
            trainable=False,
            name="directions",
        )
        self.bandwidth = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(self.scale), name="bandwidth"
        )

    def call(self, inputs):
        angles = 2 * math.pi * self.bandwidth * ops.matmul(inputs, self.directions)
        return ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)


def main():
    keras.utils.set_random_seed(0)
    x = np.linspace(-1, 1, 400, dtype="float32")[:, None]
    y = np.sign(np.sin(9 * x)) * np.abs(x)
    model = keras.Sequential(
        [keras.Input((1,)), FourierFeatures(64, scale=2.0), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.Adam(0.01), "mse")
    model.fit(x, y, epochs=200, verbose=0)

    OUTPUT.mkdir(exist_ok=True)
    path = OUTPUT / "custom_layer.keras"
    model.save(path)
    reloaded = keras.saving.load_model(path)  # found by its registered name
    predictions = reloaded.predict(x, verbose=0)
    fig, axis = figure(figsize=(7, 4))
    axis.plot(x, y, label="target")
    axis.plot(x, predictions, label="learned")
    axis.legend()
    save(fig, "custom_layer.png")
    print(f"bandwidth learned: {float(reloaded.layers[0].bandwidth):.2f}")
    print(f"mean squared error: {np.mean((predictions - y) ** 2):.4f}")


if __name__ == "__main__":
    main()

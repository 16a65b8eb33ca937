"""An op of your own with its own gradient: rounding that can be trained through.

Rounding has slope zero almost everywhere. The straight-through estimator (Bengio et al. 2013) lets
the gradient pass as if nothing had been rounded, which trains networks with few-bit weights.
"""

import numpy as np
from common import figure, load_digits, save

import minikeras as keras
from minikeras import ops


@keras.custom_gradient
def rounded(x):
    """The nearest integer; on the way back, the identity."""
    return ops.round(x), lambda g: g


class FewBitDense(keras.layers.Layer):
    """A dense layer whose kernel takes one of ``2 * levels + 1`` values."""

    def __init__(self, units, levels, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.levels = levels

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.step = self.add_weight(shape=(), initializer="ones", name="step")

    def quantized(self):
        """The kernel on its grid."""
        grid = ops.absolute(self.step) * 0.1
        return rounded(ops.clip(self.kernel / grid, -self.levels, self.levels)) * grid

    def call(self, inputs):
        return ops.matmul(inputs, self.quantized())


def main():
    (x_train, y_train), (x_test, y_test) = load_digits()
    x_train, x_test = x_train.reshape(-1, 784), x_test.reshape(-1, 784)
    scores = {}
    for levels in (1, 2, 4):
        keras.utils.set_random_seed(0)
        layer = FewBitDense(10, levels)
        model = keras.Sequential([keras.Input((784,)), layer])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss, metrics=["accuracy"])
        model.fit(x_train, y_train, epochs=10, verbose=0)
        scores[levels] = model.evaluate(x_test, y_test, verbose=0)[1]
        values = np.unique(keras.ops.convert_to_numpy(layer.quantized()))
        print(f"{len(values)} values of the kernel: accuracy {scores[levels]:.1%}")
    fig, axis = figure(figsize=(5, 3))
    axis.bar([f"{2 * n + 1} values" for n in scores], list(scores.values()))
    axis.set_ylim(0, 1)
    axis.set_ylabel("accuracy")
    save(fig, "custom_op.png")
    slope = keras.grad(lambda x: rounded(x) ** 2)(1.7).item()
    print(f"slope of rounded(x)**2 at 1.7 is 2 * rounded(1.7) = {slope}")


if __name__ == "__main__":
    main()

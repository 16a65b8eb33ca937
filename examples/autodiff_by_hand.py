"""Derivatives: by hand, by a tape, and of derivatives.

A logistic regression whose gradient is written out with pencil and paper, then taken by
`GradientTape`; Newton's method from Hessians; and a function drawn with three derivatives.
"""

import numpy as np
from common import figure, save

import minikeras as keras
from minikeras import ops


def loss(weights, x, y):
    """The mean negative log-likelihood of labels in {0, 1}."""
    z = ops.matmul(x, weights)
    return ops.mean(ops.softplus(z) - y * z)


def gradient_by_hand(weights, x, y):
    """X^T (sigmoid(X w) - y) / n."""
    p = 1 / (1 + np.exp(-x @ weights))
    return x.T @ (p - y) / len(x)


def main():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    y = (x @ [2.0, -1.0, 0.5] + rng.logistic(size=200) > 0).astype("float64")
    weights = np.zeros(3)

    with keras.GradientTape() as tape:
        watched = tape.watch(ops.array(weights))
        value = loss(watched, ops.array(x), ops.array(y))
    by_tape = keras.ops.convert_to_numpy(tape.gradient(value, watched))
    by_hand = gradient_by_hand(weights, x, y)
    print(f"gradient by hand: {by_hand.round(6)}")
    print(f"gradient by tape: {by_tape.round(6)}")

    slope = keras.grad(loss)
    hessian = keras.jacobian(slope)
    point = ops.array(weights)
    for step in range(6):
        arguments = (point, ops.array(x), ops.array(y))
        g = slope(*arguments)
        size = float(ops.max(ops.absolute(g)))
        print(f"Newton step {step}: loss {float(loss(*arguments)):.6f}, largest slope {size:.1e}")
        point = point - ops.solve(hessian(*arguments), g)

    wave = lambda t: ops.tanh(t) * ops.cos(2 * t)
    t = ops.linspace(-3.0, 3.0, 301)
    fig, axis = figure(figsize=(8, 4))
    curve = wave
    for order in range(4):
        values = keras.ops.convert_to_numpy(curve(t))
        axis.plot(keras.ops.convert_to_numpy(t), values, label=f"derivative {order}")
        total = lambda s, f=curve: ops.sum(f(s))
        curve = keras.grad(total)
    axis.set_ylim(-8, 8)
    axis.legend()
    save(fig, "autodiff_by_hand.png")
    print(f"largest difference between hand and tape: {np.abs(by_hand - by_tape).max():.1e}")


if __name__ == "__main__":
    main()

"""A Wasserstein GAN with gradient penalty (Gulrajani et al. 2017) that learns a ring of points.

The penalty is a function of the critic's gradient, so its own gradient is a second derivative: a
tape inside a tape.
"""

import numpy as np
from common import figure, save

import minikeras as keras
from minikeras import layers, ops

NOISE = 8


def real_points(rng, count):
    """Points around eight centres on a circle."""
    angle = rng.integers(0, 8, count) * (np.pi / 4)
    centres = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return (2 * centres + rng.normal(scale=0.05, size=(count, 2))).astype("float32")


def network(inputs, outputs):
    return keras.Sequential(
        [
            layers.Input((inputs,)),
            layers.Dense(64, activation="leaky_relu"),
            layers.Dense(64, activation="leaky_relu"),
            layers.Dense(outputs),
        ]
    )


def penalty(critic, real, fake, rng):
    """How far the critic's slope is from 1, between real and generated points."""
    mix = rng.uniform(size=(len(real), 1)).astype("float32")
    between = ops.array(mix) * ops.array(real) + (1 - ops.array(mix)) * fake
    with keras.GradientTape() as tape:
        between = tape.watch(between)
        score = ops.sum(critic(between))
    slope = tape.gradient(score, between)
    norm = ops.sqrt(ops.sum(slope * slope, axis=1) + 1e-12)
    return ops.mean((norm - 1) ** 2)


def main(steps=1200, batch=128):
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    generator, critic = network(NOISE, 2), network(2, 1)
    optimizers = [keras.optimizers.Adam(1e-3, beta_1=0.5, beta_2=0.9) for _ in range(2)]
    noise = lambda count: rng.normal(size=(count, NOISE)).astype("float32")
    for step in range(steps):
        for _ in range(3):
            real, fake = real_points(rng, batch), generator(noise(batch))
            with keras.GradientTape() as tape:
                distance = ops.mean(critic(real)) - ops.mean(critic(fake))
                loss = -distance + 10 * penalty(critic, real, fake, rng)
            gradients = tape.gradient(loss, critic.trainable_variables)
            optimizers[0].apply_gradients(zip(gradients, critic.trainable_variables))
        with keras.GradientTape() as tape:
            loss = -ops.mean(critic(generator(noise(batch))))
        gradients = tape.gradient(loss, generator.trainable_variables)
        optimizers[1].apply_gradients(zip(gradients, generator.trainable_variables))
        if step % 400 == 0 or step == steps - 1:
            print(f"step {step}: Wasserstein distance about {float(distance):.3f}")

    made = generator.predict(noise(1000), verbose=0)
    real = real_points(rng, 1000)
    fig, axis = figure(figsize=(5, 5))
    axis.plot(*real.T, ".", alpha=0.3, label="real")
    axis.plot(*made.T, ".", alpha=0.3, label="generated")
    axis.legend()
    save(fig, "wgan_gp.png")
    radius = np.linalg.norm(made, axis=1)
    print(f"mean radius of the generated points: {radius.mean():.2f} (real: 2.00)")


if __name__ == "__main__":
    main()

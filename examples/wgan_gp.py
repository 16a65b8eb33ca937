"""A Wasserstein GAN with gradient penalty (Gulrajani et al. 2017) that learns eight clusters.

The penalty is a function of the critic's gradient, so its own gradient is a second derivative: a
tape inside a tape.
"""

import numpy as np
from common import figure, save

import minikeras as keras
from minikeras import layers, ops

NOISE = 2
# The weight of the penalty: the paper takes 10 for images, its authors 0.1 for such small problems.
PENALTY = 0.1

angles = np.arange(8) * (np.pi / 4)
CENTRES = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def real_points(rng, count):
    """Points around eight centres on a circle."""
    centres = CENTRES[rng.integers(0, 8, count)]
    return (centres + rng.normal(scale=0.05, size=(count, 2))).astype("float32")


def network(inputs, outputs):
    return keras.Sequential(
        [
            layers.Input((inputs,)),
            layers.Dense(128, activation="relu"),
            layers.Dense(128, activation="relu"),
            layers.Dense(128, activation="relu"),
            layers.Dense(outputs),
        ]
    )


def adam(steps):
    """Adam whose learning rate falls to 0 over ``steps``, so that the two players settle."""
    schedule = keras.optimizers.schedules.CosineDecay(1e-3, decay_steps=steps)
    return keras.optimizers.Adam(schedule, beta_1=0.5, beta_2=0.9)


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


def main(steps=2000, batch=128):
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    generator, critic = network(NOISE, 2), network(2, 1)
    for_critic, for_generator = adam(3 * steps), adam(steps)
    noise = lambda count: rng.normal(size=(count, NOISE)).astype("float32")
    for step in range(steps):
        for _ in range(3):
            real, fake = real_points(rng, batch), generator(noise(batch))
            with keras.GradientTape() as tape:
                distance = ops.mean(critic(real)) - ops.mean(critic(fake))
                loss = -distance + PENALTY * penalty(critic, real, fake, rng)
            gradients = tape.gradient(loss, critic.trainable_variables)
            for_critic.apply_gradients(zip(gradients, critic.trainable_variables))
        with keras.GradientTape() as tape:
            loss = -ops.mean(critic(generator(noise(batch))))
        gradients = tape.gradient(loss, generator.trainable_variables)
        for_generator.apply_gradients(zip(gradients, generator.trainable_variables))
        if step % 500 == 0 or step == steps - 1:
            print(f"step {step}: Wasserstein distance about {float(distance):.3f}")

    made = generator.predict(noise(1000), verbose=0)
    real = real_points(rng, 1000)
    distances = np.linalg.norm(made[:, None] - CENTRES, axis=2)
    is_near = distances.min(axis=1) < 0.2
    clusters = np.bincount(distances.argmin(axis=1)[is_near], minlength=8)
    fig, axis = figure(figsize=(5, 5))
    axis.plot(*real.T, ".", alpha=0.3, label="real")
    axis.plot(*made.T, ".", alpha=0.3, markersize=3, label="generated")
    axis.legend(loc="center")
    save(fig, "wgan_gp.png")
    print(f"within 0.2 of a centre: {is_near.mean():.0%}; points per centre: {clusters.tolist()}")


if __name__ == "__main__":
    main()

"""``keras.random``: random tensors, each a function of a seed.

With an integer seed a function gives the same values on every call; a `SeedGenerator` counts its
draws and gives new ones; without a seed the global generator serves, which
`keras.utils.set_random_seed` starts anew. The values are the same on CPU and GPU, and differ from
those that other Keras backends draw from the same seed.
"""

from minikeras.random.distributions import (
    beta,
    binomial,
    categorical,
    dropout,
    gamma,
    normal,
    randint,
    shuffle,
    truncated_normal,
    uniform,
)
from minikeras.random.seed_generator import SeedGenerator

__all__ = [
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "dropout",
    "gamma",
    "normal",
    "randint",
    "shuffle",
    "truncated_normal",
    "uniform",
]

"""Names of old in ``keras.initializers`` and ``keras.initializations``."""

from minikeras.initializers import Ones, RandomNormal, RandomUniform, Zeros

normal, uniform, one, zero = RandomNormal, RandomUniform, Ones, Zeros

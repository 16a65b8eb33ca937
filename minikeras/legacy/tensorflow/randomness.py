"""Random tensors of TensorFlow, drawn anew whenever the model runs."""

from minikeras import ops, random
from minikeras.legacy.tensorflow.table import constant, sizes, tf


@tf("random.normal", "random_normal")
def _normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None, seed_generator=None):
    noise = random.normal(tuple(sizes(shape)), dtype=dtype, seed=seed_generator)
    return ops.add(ops.multiply(noise, constant(stddev)), constant(mean))


@tf("random.truncated_normal")
def _truncated_normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None, seed_generator=None):
    noise = random.truncated_normal(tuple(sizes(shape)), dtype=dtype, seed=seed_generator)
    return ops.add(ops.multiply(noise, constant(stddev)), constant(mean))


@tf("random.uniform", "random_uniform")
def _uniform(shape, minval=0, maxval=None, dtype="float32", seed=None, seed_generator=None):
    maxval = 1 if maxval is None else maxval
    return random.uniform(tuple(sizes(shape)), minval, maxval, dtype=dtype, seed=seed_generator)


@tf("nn.dropout")
def _dropout(x, rate=None, noise_shape=None, seed=None, keep_prob=None, seed_generator=None):
    rate = 1 - keep_prob if rate is None else rate
    shape = None if noise_shape is None else tuple(sizes(noise_shape))
    return random.dropout(x, rate, noise_shape=shape, seed=seed_generator)

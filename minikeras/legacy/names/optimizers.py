"""Names of old in ``keras.optimizers``."""

from minikeras import optimizers
from minikeras.legacy.updates import clip_norm

__all__ = ["clip_norm", "optimizer_from_config"]


def optimizer_from_config(config, custom_objects=None):
    """The optimizer that a dict with ``class_name`` and ``config`` describes.

    >>> import minikeras as keras
    >>> config = {"class_name": "SGD", "config": {"learning_rate": 0.5}}
    >>> float(keras.optimizers.optimizer_from_config(config).learning_rate)
    0.5
    """
    return optimizers.deserialize(config, custom_objects)

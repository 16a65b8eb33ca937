"""Optimizers as in Keras 1 and 2: a learning rate that decays and can still be set."""

import functools

from minikeras import config
from minikeras.backend.autodiff import plain
from minikeras.backend.elementwise import clip
from minikeras.backend.variables import Variable
from minikeras.backend.xp import to_numpy
from minikeras.legacy import formulas, updates
from minikeras.legacy.era import era
from minikeras.optimizers import Optimizer
from minikeras.optimizers.schedules import LearningRateSchedule
from minikeras.serialization import register_keras_serializable


@register_keras_serializable("minikeras.legacy")
class Decay(LearningRateSchedule):
    """``learning_rate / (1 + decay * step)``, as the argument ``decay`` of Keras 1 and 2 had it.

    Unlike other schedules it can be given another learning rate, as callbacks do.

    Args:
        learning_rate: the rate of step 0.
        decay: how fast it falls.

    >>> import minikeras as keras
    >>> from minikeras.legacy.optimizers import Decay
    >>> optimizer = keras.optimizers.SGD(Decay(0.5, decay=1.0))
    >>> optimizer.decay, float(Decay(0.5, decay=1.0)(1))
    (1.0, 0.25)
    """

    def __init__(self, learning_rate, decay):
        self.decay = float(decay)
        self._rate = Variable(learning_rate, dtype=config.floatx(), trainable=False, name="lr")

    def __call__(self, step):
        """The learning rate of a step, counted from 0."""
        return self._rate / (1.0 + self.decay * step)

    def assign(self, learning_rate):
        """Set the rate that decays."""
        self._rate.assign(learning_rate)

    @property
    def learning_rate(self):
        """The rate that decays, as a number."""
        return float(to_numpy(plain(self._rate.array)))


def special(cls_name, found, era):
    """Replace arguments of Keras 1 and 2 that optimizers of today do not have, in place.

    In Keras 1 and 2, though not in ``tf.keras``, ``clipnorm`` was of all gradients taken together.
    """
    decay = found.pop("decay", None)
    if decay:
        rate = found.pop("lr", None)
        rate = found.pop("learning_rate", _RATES.get(cls_name, 0.001)) if rate is None else rate
        found["learning_rate"] = Decay(rate, decay)
    norm_of_all(found, era)
    if found.get("epsilon", 0) is None:
        found["epsilon"] = config.epsilon()


def norm_of_all(found, era):
    """In eras 1 and 2, let ``clipnorm`` be of all gradients taken together, in place."""
    if era <= 2 and found.get("clipnorm") is not None:
        found["global_clipnorm"] = found.pop("clipnorm")


_RATES = {"SGD": 0.01, "Adagrad": 0.01, "Adadelta": 1.0, "Adamax": 0.002, "Nadam": 0.002}


def install():
    """Give optimizers the attributes and methods that they had in Keras 1 and 2."""
    Optimizer.lr = property(_lr, _set_lr, doc="The learning rate, by its name of old.")
    Optimizer.decay = property(_decay, doc="How fast the learning rate falls: 0.0 for not at all.")
    updates.install()
    formulas.install()
    Optimizer.__init__ = _taking_both(Optimizer.__init__)
    Optimizer.from_config = classmethod(_reading_both(Optimizer.from_config.__func__))
    Optimizer._clip_gradients = _clipping_twice(Optimizer._clip_gradients)


# Gradients were clipped by their norm and then, if both were given, by value. ``tf.keras`` did it
# in the other order.


def _are_both(given):
    norms = given.get("clipnorm"), given.get("global_clipnorm")
    return given.get("clipvalue") is not None and any(norm is not None for norm in norms)


def _taking_both(construct):
    @functools.wraps(construct)
    def __init__(self, *args, **kwargs):
        value = kwargs.pop("clipvalue") if era() != 3 and _are_both(kwargs) else None
        construct(self, *args, **kwargs)
        if value is not None:
            self.clipvalue = value

    return __init__


def _reading_both(from_config_today):
    @functools.wraps(from_config_today)
    def from_config(cls, config, custom_objects=None):
        """An optimizer made from what `get_config` returned."""
        if not _are_both(config):
            return from_config_today(cls, config, custom_objects)
        rest = {key: value for key, value in config.items() if key != "clipvalue"}
        made = from_config_today(cls, rest, custom_objects)
        made.clipvalue = config["clipvalue"]
        return made

    return from_config


def _clipping_twice(clip_today):
    @functools.wraps(clip_today)
    def _clip_gradients(self, grads):
        norm = self.clipnorm or self.global_clipnorm
        if not (norm and self.clipvalue):
            return clip_today(self, grads)
        held = lambda found: [clip(g, -self.clipvalue, self.clipvalue) for g in found]
        if self.__dict__.get("_clips_values_first"):
            return clip_today(self, held(grads))
        return held(clip_today(self, grads))

    return _clip_gradients


def _lr(optimizer):
    rate = optimizer._learning_rate
    return rate._rate if isinstance(rate, Decay) else optimizer.learning_rate


def _set_lr(optimizer, value):
    optimizer.learning_rate = value


def _decay(optimizer):
    rate = optimizer._learning_rate
    return rate.decay if isinstance(rate, Decay) else 0.0

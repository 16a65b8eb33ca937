"""Nadam of Keras 1 and 2, whose momentum grows far more slowly than today's."""

from minikeras import optimizers
from minikeras.backend.elementwise import power
from minikeras.backend.xp import xp
from minikeras.legacy.formulas import choosing
from minikeras.serialization import register_keras_serializable


@register_keras_serializable("minikeras.legacy")
class Nadam(optimizers.Nadam):
    """`Nadam` with the momentum schedule ``u_t = beta_1 (1 - 0.96^(schedule_decay t) / 2)``.

    Today's has ``0.96^t``. In eras 1 and 2 `keras.optimizers.Nadam` makes one of these, and so do
    files of that time.

    Args:
        *args, **kwargs: those of `keras.optimizers.Nadam`.
        schedule_decay: how fast the momentum grows.

    >>> import minikeras as keras
    >>> with keras.legacy.era_scope(2):
    ...     optimizer = keras.optimizers.Nadam(learning_rate=0.1)
    >>> optimizer.schedule_decay
    0.004
    """

    def __init__(self, *args, schedule_decay=0.004, **kwargs):
        if len(args) > 4:  # it stood behind epsilon
            schedule_decay, args = args[4], args[:4]
        super().__init__(*args, **kwargs)
        self.schedule_decay = float(schedule_decay)

    def _momentum_at(self, step):
        base = xp.asarray(0.96**self.schedule_decay, dtype=step.dtype)
        return self.beta_1 * (1.0 - 0.5 * power(base, step))


def install():
    """Let calls of `Nadam` in eras 1 and 2, or with an argument of then, make that of then."""
    optimizers.Nadam.__new__ = choosing(optimizers.Nadam, Nadam)

"""Optimizers that computed otherwise in Keras 1 and 2: what is made of them in these eras.

``keras.optimizers.Adagrad(...)`` in era 1 or 2, or with an argument of then, gives the class below,
which is a subclass, of the same name. It keeps its formula in configurations and files.
"""

from minikeras import optimizers
from minikeras.backend.elementwise import sqrt, square
from minikeras.legacy.arguments import calls
from minikeras.legacy.era import era, is_of_keras_1
from minikeras.legacy.warned import calling_file
from minikeras.serialization import register_keras_serializable


def install():
    """Let the classes of today make those of old where the era or an argument tells."""
    for cls, of_old in ((optimizers.Adagrad, Adagrad), (optimizers.RMSprop, RMSprop)):
        cls.__new__ = choosing(cls, of_old)


def choosing(today, of_old):
    """``__new__`` of a class of today that makes that of old where the era or an argument tells."""
    make, only_then = today.__new__, calls.old_names(today.__name__)

    def __new__(cls, *args, **kwargs):
        is_old = era() != 3 or not only_then.isdisjoint(kwargs) or is_of_keras_1(calling_file)
        return make(of_old if cls is today and is_old else cls, *args, **kwargs)

    __new__.__wrapped__ = today.__init__  # who asks for the signature gets the constructor's
    return __new__


@register_keras_serializable("minikeras.legacy")
class Adagrad(optimizers.Adagrad):
    """Adagrad with epsilon beside the root: ``w = w - lr g / (sqrt(a) + epsilon)``.

    >>> import minikeras as keras
    >>> with keras.legacy.era_scope(2):
    ...     optimizer = keras.optimizers.Adagrad()
    >>> optimizer.initial_accumulator_value
    0.0
    """

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable by its gradient."""
        w, g, lr = self._operands(variable, gradient, learning_rate)
        slot = self._accumulators[self._get_variable_index(variable)]
        a = self._value(slot) + square(g)
        self._replace(slot, a)
        self._replace(variable, w - lr * g / (sqrt(a) + self.epsilon))


@register_keras_serializable("minikeras.legacy")
class RMSprop(optimizers.RMSprop):
    """RMSprop with epsilon beside the root: ``w = w - lr g / (sqrt(v) + epsilon)``.

    ``momentum`` and ``centered``, which came with ``tf.keras``, compute as they do today.

    >>> import minikeras as keras
    >>> with keras.legacy.era_scope(2):
    ...     type(keras.optimizers.RMSprop()).__module__
    'minikeras.legacy.formulas'
    """

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable by its gradient."""
        if self.momentum > 0 or self.centered:
            super().update_step(gradient, variable, learning_rate)
            return
        w, g, lr = self._operands(variable, gradient, learning_rate)
        slot = self._velocities[self._get_variable_index(variable)]
        v = self._averaged(slot, square(g), self.rho)
        self._replace(variable, w - lr * g / (sqrt(v) + self.epsilon))

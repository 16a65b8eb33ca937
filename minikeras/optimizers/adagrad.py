"""Adagrad: steps divided by the root of the sum of all squared gradients."""

from minikeras import initializers
from minikeras.backend.elementwise import sqrt, square
from minikeras.optimizers.optimizer import Optimizer


class Adagrad(Optimizer):
    """A step size per weight, smaller the larger its gradients have been.

    Duchi et al. 2011, "Adaptive subgradient methods for online learning and stochastic
    optimization", fig. 1 with diagonal matrices::

        a = a + g^2
        w = w - lr g / sqrt(a + epsilon)

    Args:
        learning_rate: ``lr``; see `Optimizer` for schedules and for all other arguments.
        initial_accumulator_value: where ``a`` starts.
        epsilon: a small number that keeps the division finite.

    >>> import minikeras as keras
    >>> v = keras.Variable(1.0)
    >>> keras.optimizers.Adagrad(learning_rate=0.1).apply([keras.ops.array(2.0)], [v])
    >>> round(float(v), 4)
    0.9012
    """

    def __init__(
        self,
        learning_rate=0.001,
        initial_accumulator_value=0.1,
        epsilon=1e-7,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
        **kwargs,
    ):
        super().__init__(
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            clipnorm=clipnorm,
            clipvalue=clipvalue,
            global_clipnorm=global_clipnorm,
            use_ema=use_ema,
            ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            loss_scale_factor=loss_scale_factor,
            gradient_accumulation_steps=gradient_accumulation_steps,
            name=name,
            **kwargs,
        )
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def build(self, var_list):
        """Make the sums of squares."""
        if self.built:
            return
        super().build(var_list)
        self._accumulators = self.add_optimizer_variables(
            var_list, "accumulator", initializers.Constant(self.initial_accumulator_value)
        )

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable by its gradient."""
        w, g, lr = self._operands(variable, gradient, learning_rate)
        slot = self._accumulators[self._get_variable_index(variable)]
        a = self._value(slot) + square(g)
        self._replace(slot, a)
        self._replace(variable, w - lr * g / sqrt(a + self.epsilon))

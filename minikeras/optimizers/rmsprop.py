"""RMSprop: steps divided by the root of a moving average of squared gradients."""

from minikeras.backend.elementwise import sqrt, square
from minikeras.optimizers.optimizer import Optimizer


class RMSprop(Optimizer):
    """Gradients divided by a moving root mean square of themselves.

    Tieleman and Hinton 2012, "Neural Networks for Machine Learning", lecture 6.5; centered:
    Graves 2013, "Generating sequences with recurrent neural networks", eq. 38-45::

        v = rho v + (1 - rho) g^2
        a = rho a + (1 - rho) g                        (centered)
        step = lr g / sqrt(v [- a^2] + epsilon)
        m = momentum m + step;  w = w - m              (momentum; else w = w - step)

    Args:
        learning_rate: ``lr``; see `Optimizer` for schedules and for all other arguments.
        rho: the part of the old averages in the new ones.
        momentum: the part of the last step in the next.
        epsilon: a small number that keeps the division finite.
        centered: whether to divide by the variance rather than by the mean square.

    >>> import minikeras as keras
    >>> v = keras.Variable(1.0)
    >>> keras.optimizers.RMSprop(learning_rate=0.1).apply([keras.ops.array(2.0)], [v])
    >>> round(float(v), 4)
    0.6838
    """

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.9,
        momentum=0.0,
        epsilon=1e-7,
        centered=False,
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
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def build(self, var_list):
        """Make the averages of squares, and those of momentum and gradients where needed."""
        if self.built:
            return
        super().build(var_list)
        self._velocities = self.add_optimizer_variables(var_list, "velocity")
        self._momentums = self._average_gradients = []
        if self.momentum > 0:
            self._momentums = self.add_optimizer_variables(var_list, "momentum")
        if self.centered:
            self._average_gradients = self.add_optimizer_variables(var_list, "average_gradient")

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable by its gradient."""
        w, g, lr = self._operands(variable, gradient, learning_rate)
        index = self._get_variable_index(variable)
        v = self._averaged(self._velocities[index], square(g), self.rho)
        if self.centered:
            a = self._averaged(self._average_gradients[index], g, self.rho)
            v = v - square(a)
        step = lr * g / sqrt(v + self.epsilon)
        if self.momentum > 0:
            slot = self._momentums[index]
            step = self._value(slot) * self.momentum + step
            self._replace(slot, step)
        self._replace(variable, w - step)

    def _averaged(self, slot, x, rho):
        """Move the average in ``slot`` towards ``x``; returns it."""
        average = self._value(slot) * rho + (1 - rho) * x
        self._replace(slot, average)
        return average

"""Adadelta: steps in the units of the weights."""

from minikeras.backend.elementwise import sqrt, square
from minikeras.optimizers.optimizer import Optimizer


class Adadelta(Optimizer):
    """Gradients scaled by the ratio of root mean squares of past steps and past gradients.

    Zeiler 2012, "ADADELTA: an adaptive learning rate method", algorithm 1, times a learning rate::

        a = rho a + (1 - rho) g^2
        step = sqrt(d + epsilon) g / sqrt(a + epsilon)
        d = rho d + (1 - rho) step^2
        w = w - lr step

    Args:
        learning_rate: ``lr``, 1 in the paper; see `Optimizer` for schedules and for all other
            arguments.
        rho: the part of the old averages in the new ones.
        epsilon: a small number from which the steps start to grow.

    >>> import minikeras as keras
    >>> v = keras.Variable(1.0)
    >>> keras.optimizers.Adadelta(learning_rate=1.0).apply([keras.ops.array(2.0)], [v])
    >>> round(float(v), 4)
    0.9986
    """

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.95,
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
        self.rho = rho
        self.epsilon = epsilon

    def build(self, var_list):
        """Make both averages per variable."""
        if self.built:
            return
        super().build(var_list)
        self._accumulated_grads, self._accumulated_delta_vars = self.add_optimizer_variables(
            var_list, ["accumulated_grad", "accumulated_delta_var"]
        )

    def update_step(self, grad, variable, learning_rate):
        """Update one variable by its gradient."""
        w, g, lr = self._operands(variable, grad, learning_rate)
        rho, epsilon = self.rho, self.epsilon
        index = self._get_variable_index(variable)
        of_grads, of_steps = self._accumulated_grads[index], self._accumulated_delta_vars[index]
        a = self._value(of_grads) * rho + (1 - rho) * square(g)
        d = self._value(of_steps)
        step = sqrt(d + epsilon) * g / sqrt(a + epsilon)
        self._replace(of_grads, a)
        self._replace(of_steps, d * rho + (1 - rho) * square(step))
        self._replace(variable, w - lr * step)

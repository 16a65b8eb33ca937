"""Adamax: Adam with the maximum norm."""

from minikeras.backend.elementwise import absolute, maximum
from minikeras.optimizers.optimizer import Optimizer


class Adamax(Optimizer):
    """`Adam` with the largest gradient, slowly forgotten, in place of the mean square.

    Kingma and Ba 2015, "Adam: a method for stochastic optimization", algorithm 2::

        m = beta_1 m + (1 - beta_1) g
        u = max(beta_2 u, |g|)
        w = w - lr m / ((1 - beta_1^t) (u + epsilon))

    Args:
        learning_rate: ``lr``; see `Optimizer` for schedules and for all other arguments.
        beta_1, beta_2: the parts of the old values in the new ones.
        epsilon: a small number that keeps the division finite.

    >>> import minikeras as keras
    >>> v = keras.Variable(1.0)
    >>> keras.optimizers.Adamax(learning_rate=0.1).apply([keras.ops.array(2.0)], [v])
    >>> round(float(v), 4)
    0.9
    """

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
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
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def build(self, var_list):
        """Make the average and the norm per variable."""
        if self.built:
            return
        super().build(var_list)
        self._m, self._u = self.add_optimizer_variables(var_list, ["momentum", "norm"])

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable by its gradient."""
        w, g, lr = self._operands(variable, gradient, learning_rate)
        correction = 1 - self._power_of(self.beta_1, variable.dtype)
        index = self._get_variable_index(variable)
        m = self._moved(self._m[index], g, 1 - self.beta_1)
        u = maximum(self._value(self._u[index]) * self.beta_2, absolute(g))
        self._replace(self._u[index], u)
        self._replace(variable, w - lr * m / (correction * (u + self.epsilon)))

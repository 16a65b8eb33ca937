"""Adam: steps from moving averages of gradients and of their squares."""

from minikeras.backend.elementwise import maximum, sqrt, square
from minikeras.optimizers.optimizer import Optimizer


class Adam(Optimizer):
    """Moving averages of gradients and of their squares, corrected for their start at zero.

    Kingma and Ba 2015, "Adam: a method for stochastic optimization", algorithm 1, in the order of
    the end of section 2; AMSGrad: Reddi et al. 2018, "On the convergence of Adam and beyond"::

        m = beta_1 m + (1 - beta_1) g
        v = beta_2 v + (1 - beta_2) g^2
        h = max(h, v)                                  (amsgrad; else h = v)
        w = w - lr sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(h) + epsilon)

    Args:
        learning_rate: ``lr``; see `Optimizer` for schedules and for all other arguments.
        beta_1, beta_2: the parts of the old averages in the new ones.
        epsilon: a small number that keeps the division finite; the paper's epsilon hat.
        amsgrad: whether to divide by the largest average so far.

    >>> import minikeras as keras
    >>> v = keras.Variable(1.0)
    >>> keras.optimizers.Adam(learning_rate=0.1).apply([keras.ops.array(2.0)], [v])
    >>> round(float(v), 4)
    0.9
    """

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
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
        self.amsgrad = amsgrad

    def build(self, var_list):
        """Make both averages per variable, and the largest of the second with amsgrad."""
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(
            var_list, ["momentum", "velocity"]
        )
        if self.amsgrad:
            self._velocity_hats = self.add_optimizer_variables(var_list, "velocity_hat")

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable by its gradient."""
        w, g, _ = self._operands(variable, gradient, learning_rate)
        alpha = self._once(self._alpha, learning_rate, variable.dtype)
        index = self._get_variable_index(variable)
        m = self._moved(self._momentums[index], g, 1 - self.beta_1)
        v = self._moved(self._velocities[index], square(g), 1 - self.beta_2)
        if self.amsgrad:
            slot = self._velocity_hats[index]
            v = maximum(self._value(slot), v)
            self._replace(slot, v)
        self._replace(variable, w - m * alpha / (sqrt(v) + self.epsilon))

    def _alpha(self, learning_rate, dtype):
        """The learning rate times the corrections for the start of both averages at zero."""
        correction = sqrt(1 - self._power_of(self.beta_2, dtype))
        lr = self._number(learning_rate, dtype)
        return lr * correction / (1 - self._power_of(self.beta_1, dtype))

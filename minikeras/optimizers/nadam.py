"""Nadam: Adam with Nesterov's momentum."""

from minikeras import config
from minikeras.backend.elementwise import power, sqrt, square
from minikeras.backend.variables import Variable
from minikeras.backend.xp import xp
from minikeras.optimizers.optimizer import Optimizer


class Nadam(Optimizer):
    """`Adam` that looks one step of its momentum ahead.

    Dozat 2016, "Incorporating Nesterov momentum into Adam", algorithm 2, with the momentum
    schedule ``u_t = beta_1 (1 - 0.96^t / 2)`` and the product ``p`` of ``u_1`` to ``u_t``::

        m = beta_1 m + (1 - beta_1) g
        v = beta_2 v + (1 - beta_2) g^2
        n = u_{t+1} m / (1 - p u_{t+1}) + (1 - u_t) g / (1 - p)
        w = w - lr n / (sqrt(v / (1 - beta_2^t)) + epsilon)

    Args:
        learning_rate: ``lr``; see `Optimizer` for schedules and for all other arguments.
        beta_1, beta_2: the parts of the old averages in the new ones.
        epsilon: a small number that keeps the division finite.

    >>> import minikeras as keras
    >>> v = keras.Variable(1.0)
    >>> keras.optimizers.Nadam(learning_rate=0.1).apply([keras.ops.array(2.0)], [v])
    >>> round(float(v), 4)
    0.8937
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
        """Make both averages per variable, and the product of the momentums so far."""
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(
            var_list, ["momentum", "velocity"]
        )
        dtype = var_list[0].dtype if var_list else config.floatx()
        self._u_product = Variable(1.0, dtype=dtype, trainable=False)

    def _momentum_at(self, step):
        return self.beta_1 * (1.0 - 0.5 * power(xp.asarray(0.96, dtype=step.dtype), step))

    def _backend_update_step(self, grads, trainable_variables, learning_rate):
        step = self._local_step(self._u_product.dtype)
        product = self._value(self._u_product)
        self._replace(self._u_product, product * self._momentum_at(step))
        super()._backend_update_step(grads, trainable_variables, learning_rate)

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable by its gradient."""
        w, g, lr = self._operands(variable, gradient, learning_rate)
        dtype = variable.dtype
        step = self._local_step(dtype)
        u, u_next = self._momentum_at(step), self._momentum_at(step + 1)
        product = self._number(self._u_product, dtype)
        remaining, remaining_next = 1 - product, 1 - product * u_next
        correction = 1 - self._power_of(self.beta_2, dtype)
        old_part_1 = 1 - self._number(self.beta_1, dtype)
        old_part_2 = 1 - self._number(self.beta_2, dtype)
        index = self._get_variable_index(variable)
        m = self._moved(self._momentums[index], g, old_part_1)
        v = self._moved(self._velocities[index], square(g), old_part_2)
        n = u_next * m / remaining_next + (1 - u) * g / remaining
        self._replace(variable, w - n * lr / (sqrt(v / correction) + self.epsilon))

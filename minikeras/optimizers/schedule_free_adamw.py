"""ScheduleFreeAdamW: Adam with an average of the weights in place of a schedule."""

from minikeras.backend.elementwise import minimum, sqrt, square
from minikeras.backend.xp import xp
from minikeras.optimizers.optimizer import Optimizer


class ScheduleFreeAdamW(Optimizer):
    """Adam whose steps are averaged, so that the learning rate need not fall.

    Defazio et al. 2024, "The road less scheduled", algorithm 1. The variable holds ``y``, at which
    gradients are taken; ``x`` is the average and ``z`` where the steps go::

        v = beta_2 v + (1 - beta_2) g^2
        x = (y - (1 - beta_1) z) / beta_1
        z = z - lr g / (sqrt(v / (1 - beta_2^t)) + epsilon)
        x = (1 - 1 / t) x + z / t
        y = (1 - beta_1) z + beta_1 x

    Args:
        learning_rate: ``lr``; see `Optimizer` for all other arguments.
        beta_1: the part of the average in ``y``.
        beta_2: the part of the old mean square in the new one.
        epsilon: a small number that keeps the division finite.
        warmup_steps: over how many steps the learning rate rises from 0.

    >>> import minikeras as keras
    >>> v = keras.Variable(1.0)
    >>> optimizer = keras.optimizers.ScheduleFreeAdamW(learning_rate=0.1)
    >>> optimizer.apply([keras.ops.array(2.0)], [v])
    >>> round(float(v), 4)
    0.9
    """

    def __init__(
        self,
        learning_rate=0.0025,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        warmup_steps=0,
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
        self.warmup_steps = warmup_steps

    def build(self, var_list):
        """Make ``z``, which starts at the variable, and the mean square."""
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(
            var_list, ["momentum", "velocity"]
        )
        for z, variable in zip(self._momentums, var_list):
            if z is not None:
                z.assign(self._value(variable))

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable by its gradient."""
        y, g, lr = self._operands(variable, gradient, learning_rate)
        dtype = variable.dtype
        step = self._local_step(dtype)
        if self.warmup_steps > 0:
            lr = lr * minimum(step / self.warmup_steps, xp.asarray(1, dtype=dtype))
        beta_1, beta_2 = self._number(self.beta_1, dtype), self._number(self.beta_2, dtype)
        epsilon = self._number(self.epsilon, dtype)
        correction = 1 - self._power_of(self.beta_2, dtype)
        weight = 1 / step
        index = self._get_variable_index(variable)
        z = self._value(self._momentums[index])
        x = (y - (1 - beta_1) * z) / beta_1
        v = self._moved(self._velocities[index], square(g), 1 - beta_2)
        z = z - lr * g / (sqrt(v / correction) + epsilon)
        self._replace(self._momentums[index], z)
        x = (1 - weight) * x + weight * z
        self._replace(variable, (1 - beta_1) * z + beta_1 * x)

"""Lamb: Adam's direction, in steps as long as the weights of a layer are large."""

from minikeras.backend.elementwise import sqrt, square, where
from minikeras.backend.reduction import sum
from minikeras.backend.xp import xp
from minikeras.optimizers.optimizer import Optimizer


class Lamb(Optimizer):
    """Adam's direction with a step length per variable, for training in large batches.

    You et al. 2020, "Large batch optimization for deep learning: training BERT in 76 minutes",
    algorithm 2, weight decay apart::

        m = beta_1 m + (1 - beta_1) g
        v = beta_2 v + (1 - beta_2) g^2
        r = m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon)
        w = w - lr |w| / |r| r                         (lr r where a norm is 0)

    Args:
        learning_rate: ``lr``; see `Optimizer` for schedules and for all other arguments.
        beta_1, beta_2: the parts of the old averages in the new ones.
        epsilon: a small number that keeps the division finite.

    >>> import minikeras as keras
    >>> v = keras.Variable([3.0, 4.0])
    >>> keras.optimizers.Lamb(learning_rate=0.1).apply([keras.ops.array([2.0, 2.0])], [v])
    >>> [round(x, 4) for x in keras.ops.convert_to_numpy(v).tolist()]
    [2.6464, 3.6464]
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
        """Make both averages per variable."""
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(
            var_list, ["momentum", "velocity"]
        )

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable by its gradient."""
        w, g, lr = self._operands(variable, gradient, learning_rate)
        dtype = variable.dtype
        correction_1 = 1 - self._power_of(self.beta_1, dtype)
        correction_2 = 1 - self._power_of(self.beta_2, dtype)
        index = self._get_variable_index(variable)
        m = self._moved(self._momentums[index], g, 1 - self.beta_1)
        v = self._moved(self._velocities[index], square(g), 1 - self.beta_2)
        r = m / correction_1 / (sqrt(v / correction_2) + self.epsilon)
        w_norm, r_norm = sqrt(sum(square(w))), sqrt(sum(square(r)))
        both = (w_norm > 0) & (r_norm > 0)
        rate = where(both, w_norm / where(both, r_norm, 1), xp.asarray(1, dtype=dtype)) * lr
        self._replace(variable, w - rate * r)

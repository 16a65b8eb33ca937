"""Lion: steps of one size, in the direction of the sign of the momentum."""

from minikeras.backend.logic import sign
from minikeras.optimizers.optimizer import Optimizer


class Lion(Optimizer):
    """The sign of an interpolation between momentum and gradient: one average per weight.

    Chen et al. 2023, "Symbolic discovery of optimization algorithms", program 1::

        w = w - lr sign(beta_1 m + (1 - beta_1) g)
        m = beta_2 m + (1 - beta_2) g

    Args:
        learning_rate: ``lr``, 3 to 10 times smaller than for Adam; see `Optimizer` for schedules
            and for all other arguments.
        beta_1: the part of the momentum in the direction, above 0.
        beta_2: the part of the old momentum in the new one.

    >>> import minikeras as keras
    >>> v = keras.Variable(1.0)
    >>> keras.optimizers.Lion(learning_rate=0.25).apply([keras.ops.array(2.0)], [v])
    >>> float(v)
    0.75
    """

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.99,
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
        if not 0 < beta_1 <= 1:
            raise ValueError(
                "Lion: beta_1 must be above 0 (else the momentum would have no say) and at "
                f"most 1. Received: {beta_1}"
            )
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def build(self, var_list):
        """Make the momentums."""
        if self.built:
            return
        super().build(var_list)
        self._momentums = self.add_optimizer_variables(var_list, "momentum")

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable by its gradient."""
        w, g, lr = self._operands(variable, gradient, learning_rate)
        beta_1 = self._number(self.beta_1, variable.dtype)
        beta_2 = self._number(self.beta_2, variable.dtype)
        slot = self._momentums[self._get_variable_index(variable)]
        m = self._value(slot)
        direction = sign(m * beta_1 + g * (1 - beta_1))
        self._replace(slot, m * beta_2 + g * (1 - beta_2))
        self._replace(variable, w - lr * direction)

"""SGD: gradient descent, with momentum where that is asked for."""

from minikeras.optimizers.optimizer import Optimizer


class SGD(Optimizer):
    """Gradient descent, with momentum (Polyak 1964) or Nesterov's accelerated form of it.

    Without momentum ``w = w - lr g``. With momentum ``mu`` a velocity ``m = mu m - lr g`` is kept,
    and ``w = w + m``; Nesterov's form (Sutskever et al. 2013, "On the importance of initialization
    and momentum in deep learning", eq. 3-4, at the shifted point) is ``w = w + mu m - lr g``.

    Args:
        learning_rate: ``lr``; see `Optimizer` for schedules and for all other arguments.
        momentum: ``mu``, a float between 0 and 1.
        nesterov: whether to use Nesterov's form.

    >>> import minikeras as keras
    >>> v = keras.Variable(1.0)
    >>> keras.optimizers.SGD(learning_rate=0.5).apply([keras.ops.array(1.0)], [v])
    >>> float(v)
    0.5
    """

    def __init__(
        self,
        learning_rate=0.01,
        momentum=0.0,
        nesterov=False,
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
        if isinstance(momentum, bool) or not isinstance(momentum, (int, float)):
            raise ValueError(f"SGD: momentum must be a number. Received: {momentum!r}")
        if not 0 <= momentum <= 1:
            raise ValueError(f"SGD: momentum must lie between 0 and 1. Received: {momentum}")
        self.momentum = momentum
        self.nesterov = nesterov

    def build(self, variables):
        """Make the velocities, unless momentum is 0."""
        if self.built:
            return
        super().build(variables)
        self.momentums = []
        if self.momentum != 0:
            self.momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable by its gradient."""
        w, g, lr = self._operands(variable, gradient, learning_rate)
        step, mu = lr * g, self.momentum
        if mu == 0:
            self._replace(variable, w - step)
            return
        slot = self.momentums[self._get_variable_index(variable)]
        m = self._value(slot) * mu - step
        self._replace(slot, m)
        self._replace(variable, w + (mu * m - step) if self.nesterov else w + m)

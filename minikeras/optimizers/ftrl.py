"""Ftrl: follow the regularized leader, which keeps weights at exactly zero."""

from minikeras import initializers
from minikeras.backend.elementwise import clip, power, square
from minikeras.optimizers.optimizer import Optimizer


class Ftrl(Optimizer):
    """Follow the regularized leader, proximal form: sparse weights for wide linear models.

    McMahan et al. 2013, "Ad click prediction: a view from the trenches", algorithm 1, with the
    power ``-p`` of the learning rate and a shrinkage term::

        a' = a + g^2
        l = l + g + 2 shrinkage w - (a'^p - a^p) / lr w
        w = (clip(l, -l1, l1) - l) / (a'^p / lr + 2 l2 + beta / lr)

    Args:
        learning_rate: ``lr``; see `Optimizer` for schedules and for all other arguments.
        learning_rate_power: ``-p``, at most 0; 0 for a fixed learning rate.
        initial_accumulator_value: where ``a`` starts, at least 0.
        l1_regularization_strength, l2_regularization_strength: ``l1``, ``l2``, at least 0.
        l2_shrinkage_regularization_strength: ``shrinkage``, at least 0: a penalty on the size of
            the weights themselves, where ``l2`` holds back their changes.
        beta: the paper's beta, at least 0.

    Raises:
        ValueError: if one of these bounds does not hold.

    >>> import minikeras as keras
    >>> v = keras.Variable(1.0)
    >>> keras.optimizers.Ftrl(learning_rate=0.1).apply([keras.ops.array(2.0)], [v])
    >>> round(float(v), 4)
    0.7451
    """

    def __init__(
        self,
        learning_rate=0.001,
        learning_rate_power=-0.5,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        l2_shrinkage_regularization_strength=0.0,
        beta=0.0,
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
        if learning_rate_power > 0.0:
            raise ValueError(
                f"Ftrl: learning_rate_power must be at most 0. Received: {learning_rate_power}"
            )
        for argument, value in (
            ("initial_accumulator_value", initial_accumulator_value),
            ("l1_regularization_strength", l1_regularization_strength),
            ("l2_regularization_strength", l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength),
        ):
            if value < 0.0:
                raise ValueError(f"Ftrl: {argument} must be at least 0. Received: {value}")
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def build(self, var_list):
        """Make the sums of squares and the linear terms."""
        if self.built:
            return
        super().build(var_list)
        self._accumulators, self._linears = self.add_optimizer_variables(
            var_list,
            ["accumulator", "linear"],
            [initializers.Constant(self.initial_accumulator_value), "zeros"],
        )

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable by its gradient."""
        w, g, lr = self._operands(variable, gradient, learning_rate)
        exponent = -self.learning_rate_power
        l1 = self.l1_regularization_strength
        l2 = self.l2_regularization_strength + self.beta / (2.0 * lr)
        shrinkage = 2 * self.l2_shrinkage_regularization_strength
        index = self._get_variable_index(variable)
        sums, linears = self._accumulators[index], self._linears[index]
        before = self._value(sums)
        after = before + square(g)
        raised, raised_now = power(before, exponent), power(after, exponent)
        l = self._value(linears) + (g + shrinkage * w - (raised_now - raised) / lr * w)
        self._replace(sums, after)
        self._replace(linears, l)
        self._replace(variable, (clip(l, -l1, l1) - l) / (raised_now / lr + 2 * l2))

"""LossScaleOptimizer: a loss scale that follows what float16 gradients can hold."""

from minikeras import initializers
from minikeras.backend import autodiff
from minikeras.backend.elementwise import cast, where
from minikeras.backend.logic import isfinite
from minikeras.backend.reduction import all
from minikeras.backend.shaping import stack
from minikeras.backend.xp import ON_GPU, xp
from minikeras.optimizers.optimizer import Optimizer
from minikeras.serialization import deserialize_keras_object, serialize_keras_object

# What older versions of Keras wrote into the configuration, to no effect.
_OLD_ARGUMENTS = {
    "weight_decay": None,
    "clipnorm": None,
    "global_clipnorm": None,
    "clipvalue": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


class LossScaleOptimizer(Optimizer):
    """Keeps small gradients of float16 computations from vanishing.

    The loss is multiplied by a scale before gradients are taken (`scale_loss`), and the gradients
    are divided by it before the inner optimizer sees them. A step with a gradient that is not
    finite is skipped and the scale halved; after ``dynamic_growth_steps`` good steps it is doubled
    (Micikevicius et al. 2018, "Mixed precision training", section 3.2).

    Args:
        inner_optimizer: the optimizer that updates the variables.
        initial_scale: the first scale.
        dynamic_growth_steps: after how many good steps in a row the scale is doubled.
        name: a string; made up if not given.
        **kwargs: arguments of `Optimizer` at their defaults, as older files hold them.

    >>> import minikeras as keras
    >>> optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5), 8.0)
    >>> v = keras.Variable(1.0)
    >>> float(optimizer.scale_loss(keras.ops.array(1.0)))
    8.0
    >>> optimizer.apply([keras.ops.array(8.0)], [v])
    >>> float(v)
    0.5
    """

    def __init__(
        self,
        inner_optimizer,
        initial_scale=2.0**15,
        dynamic_growth_steps=2000,
        name=None,
        **kwargs,
    ):
        if not kwargs.pop("dynamic", True):
            raise ValueError(
                "LossScaleOptimizer has no fixed scale (dynamic=False). Set loss_scale_factor of "
                "the inner optimizer and use that alone."
            )
        kwargs.pop("learning_rate", None)
        for argument, default in _OLD_ARGUMENTS.items():
            value = kwargs.pop(argument, default)
            if value != default:
                raise ValueError(
                    f"LossScaleOptimizer does not take {argument}: set it on the inner optimizer. "
                    f"Received: {argument}={value!r}"
                )
        if kwargs:
            raise ValueError(f"LossScaleOptimizer has no arguments {sorted(kwargs)}")
        if not isinstance(inner_optimizer, Optimizer):
            raise ValueError(
                "LossScaleOptimizer: inner_optimizer must be a keras.Optimizer. "
                f"Received: {inner_optimizer!r}"
            )
        super().__init__(learning_rate=0.0, name=name)
        self.inner_optimizer = inner_optimizer
        self.initial_scale = initial_scale
        self.dynamic_growth_steps = dynamic_growth_steps
        # The gradients are divided by the scale here, and must not be again.
        inner_optimizer.loss_scale_factor = None

    def build(self, var_list):
        """Make the scale and the counter of good steps, and build the inner optimizer."""
        if self.built:
            return
        self.step_counter = self.add_variable(
            shape=(), dtype="int32", initializer="zeros", name="step_counter"
        )
        self.dynamic_scale = self.add_variable(
            shape=(),
            dtype="float32",
            initializer=initializers.Constant(self.initial_scale),
            name="dynamic_scale",
        )
        self.inner_optimizer.build(var_list)
        super().build(var_list)

    @property
    def variables(self):
        """The state: iteration, learning rate, counter, scale, then that of the inner optimizer."""
        return [*self._variables, *self.inner_optimizer.variables]

    @property
    def iterations(self):
        """That of the inner optimizer: skipped steps do not count."""
        return self.inner_optimizer.iterations

    @property
    def learning_rate(self):
        """That of the inner optimizer."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        self.inner_optimizer.learning_rate = learning_rate

    def scale_loss(self, loss):
        """The loss times the scale: what to take the gradients of."""
        if not self.built:
            return loss * self.initial_scale
        scale = self._value(self.dynamic_scale)
        return loss * (cast(scale, dtype=loss.dtype) if hasattr(loss, "dtype") else scale)

    def check_finite(self, grads):
        """Whether all gradients are finite, as an array of rank 0."""
        flags = [all(isfinite(autodiff.plain(g))) for g in grads if g is not None]
        return all(stack(*flags, axis=0)) if flags else xp.asarray(True)

    def apply(self, grads, trainable_variables=None):
        """Update variables by the gradients of the scaled loss, unless one is not finite.

        Args:
            grads: one gradient per variable; where it is None the variable keeps its value.
            trainable_variables: the variables; by default those of `build`.
        """
        grads = list(grads)
        if not self.built:
            if trainable_variables is None:
                raise ValueError(
                    f"Optimizer {self.name!r} knows no variables yet. Pass them too, "
                    "apply(grads, variables), or call optimizer.build(variables) first."
                )
            self.build(list(trainable_variables))
        variables = list(trainable_variables or self._trainable_variables)
        with autodiff.stop_recording(), autodiff.quietly():
            is_finite = self.check_finite(grads)
            if ON_GPU or autodiff.recording() is not None:
                self._step_and_select(is_finite, grads, variables)
            elif is_finite:
                self._inner_step(grads, variables)
            counter, scale = self._value(self.step_counter), self._value(self.dynamic_scale)
            grows = is_finite & (counter == self.dynamic_growth_steps - 1)
            counter = where(is_finite & ~grows, counter + 1, 0)
            scale = where(is_finite, where(grows, scale * 2, scale), scale * 0.5)
            self._replace(self.step_counter, cast(counter, dtype="int32"))
            self._replace(self.dynamic_scale, cast(scale, dtype="float32"))

    def _inner_step(self, grads, variables):
        scale = self._value(self.dynamic_scale)
        unscaled = [
            g if g is None or v.overwrite_with_gradient else autodiff.plain(g) / scale
            for g, v in zip(grads, variables)
        ]
        self.inner_optimizer.apply(unscaled, variables)

    def _step_and_select(self, is_finite, grads, variables):
        """Take the step in any case, and take back its results where it should not have been.

        The host never learns which of the two it was, so it need not wait for the device, and the
        step can be recorded.
        """
        touched = [*variables, *self.inner_optimizer.variables]
        before = [self._value(v) for v in touched]
        self._inner_step(grads, variables)
        for variable, old in zip(touched, before):
            self._replace(variable, where(is_finite, self._value(variable), old))

    def finalize_variable_values(self, var_list):
        """Set variables to what the training was for: see `Optimizer`."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def get_config(self):
        """The constructor's arguments as plain values."""
        return {
            "name": self.name,
            "inner_optimizer": serialize_keras_object(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """An optimizer made from what `get_config` returned."""
        config = dict(config)
        inner = deserialize_keras_object(
            config.pop("inner_optimizer"), custom_objects=custom_objects
        )
        return cls(inner, **config)

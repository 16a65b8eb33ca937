"""Optimizer: gradients in, new values of the variables out. What all optimizers share."""

import re
import warnings

from minikeras import config
from minikeras.backend import autodiff
from minikeras.backend.elementwise import cast, clip, maximum, power
from minikeras.backend.program.step import Step
from minikeras.backend.variables import (
    StatelessScope,
    Variable,
    name_scope,
)
from minikeras.backend.xp import np, to_numpy, xp
from minikeras.ops.arguments import tensor
from minikeras.optimizers.clipping import clip_by_global_norm, clip_by_norm
from minikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule
from minikeras.optimizers.state import OptimizerState
from minikeras.serialization import (
    deserialize_keras_object,
    serialize_keras_object,
    serialize_value,
)
from minikeras.symbolic.operation import auto_name


class Optimizer(OptimizerState):
    """What changes variables by their gradients; the base of all optimizers.

    An optimizer of your own defines `update_step`, and `build` if it keeps variables.

    Args:
        learning_rate: a number, a `keras.optimizers.schedules.LearningRateSchedule`, or a function
            without arguments that returns a number.
        weight_decay: before each update a variable loses this part of itself times the learning
            rate; None for none.
        clipnorm: each gradient is scaled down so that its norm is at most this.
        clipvalue: each element of a gradient is held within plus and minus this.
        global_clipnorm: all gradients are scaled down together so that their norm is at most this.
            Only one of the three may be given.
        use_ema: whether to keep a moving average of the variables, which replaces them at the end
            of the training (`finalize_variable_values`).
        ema_momentum: the part of the old average in the new one.
        ema_overwrite_frequency: after every so many steps the average replaces the variables.
        loss_scale_factor: what `scale_loss` multiplies the loss by; gradients are divided by it.
        gradient_accumulation_steps: update once in so many steps, by the mean of the gradients.
        name: a string; made up from the class name if not given.
        **kwargs: only ``decay`` of older versions of Keras, which is ignored with a warning.

    Raises:
        ValueError: if an argument is unknown, or not of the kind told above.

    >>> import minikeras as keras
    >>> class Halfway(keras.Optimizer):
    ...     def update_step(self, gradient, variable, learning_rate):
    ...         self.assign_sub(variable, 0.5 * gradient)
    >>> v = keras.Variable(3.0)
    >>> Halfway(learning_rate=1.0).apply([keras.ops.array(2.0)], [v])
    >>> float(v)
    2.0
    """

    # Where the arguments of the base stand in the configuration: before those of the class.
    _SHARED = (
        "name",
        "learning_rate",
        "weight_decay",
        "clipnorm",
        "global_clipnorm",
        "clipvalue",
        "use_ema",
        "ema_momentum",
        "ema_overwrite_frequency",
        "loss_scale_factor",
        "gradient_accumulation_steps",
    )

    def __init__(
        self,
        learning_rate,
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
        if kwargs.pop("decay", None) is not None:
            warnings.warn(
                "The argument decay is ignored. Pass a schedule as learning_rate instead, such as "
                "keras.optimizers.schedules.InverseTimeDecay.",
                stacklevel=3,
            )
        if kwargs:
            raise ValueError(f"{type(self).__name__} has no arguments {sorted(kwargs)}")
        _check_base_arguments(
            type(self).__name__,
            [clipnorm, clipvalue, global_clipnorm],
            ema=(use_ema, ema_momentum, ema_overwrite_frequency),
            accumulation=gradient_accumulation_steps,
        )
        self.name = auto_name(type(self).__name__) if name is None else name
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.built = False
        self._trainable_variables = []
        self._undecayed = (set(), None)  # ids and name pattern that weight decay passes over
        with name_scope(self.name):
            self._iterations = Variable(
                0,
                dtype="int32",
                trainable=False,
                aggregation="only_first_replica",
                name="iteration",
            )
            self._learning_rate = self._made_learning_rate(learning_rate)

    def _made_learning_rate(self, learning_rate):
        if callable(learning_rate):
            return learning_rate
        if isinstance(learning_rate, bool) or not isinstance(
            learning_rate, (int, float, np.integer, np.floating)
        ):
            raise ValueError(
                f"{type(self).__name__}: learning_rate must be a number, a LearningRateSchedule, "
                f"or a function that returns a number. Received: {learning_rate!r}"
            )
        return Variable(
            float(learning_rate),
            dtype=config.floatx(),
            trainable=False,
            aggregation="only_first_replica",
            name="learning_rate",
        )

    # Variables

    @property
    def iterations(self):
        """The number of updates so far, an integer variable (an array with accumulation)."""
        if self.gradient_accumulation_steps:
            count = self._value(self._iterations)
            return count // self.gradient_accumulation_steps
        return self._iterations

    @property
    def learning_rate(self):
        """The learning rate now: a variable, or what the schedule or function gives.

        It can be set to a number, a schedule or a function.
        """
        rate = self._learning_rate
        if isinstance(rate, LearningRateSchedule):
            return rate(self._iterations)
        return rate() if callable(rate) else rate

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        previous = self._learning_rate
        if callable(learning_rate):
            self._learning_rate = learning_rate
            if isinstance(previous, Variable):
                self._variables = [v for v in self._variables if v is not previous]
        elif hasattr(previous, "assign"):  # a variable, or a schedule that can be set
            previous.assign(learning_rate)
        else:
            raise TypeError(
                "This optimizer was created with a `LearningRateSchedule` or a function as its "
                f"learning rate, which cannot be set to a number. Optimizer: {self.name!r}; "
                f"learning_rate={previous!r}"
            )

    def build(self, variables):
        """Make the state for the variables that are to be trained.

        Args:
            variables: a list of `keras.Variable`.
        """
        variables = list(variables)
        if self.use_ema:
            self._model_variables_moving_average = self.add_optimizer_variables(
                variables, "average"
            )
        if self.gradient_accumulation_steps:
            self._accumulated_gradients = [
                self.add_variable_from_reference(v, name="gradient_accumulator") for v in variables
            ]
        self._trainable_variables = variables
        self.built = True

    # One step

    def apply_gradients(self, grads_and_vars):
        """Update variables by their gradients.

        Args:
            grads_and_vars: pairs of a gradient and a variable.

        Returns:
            The iteration, a variable.
        """
        grads, trainable_variables = zip(*grads_and_vars)
        self.apply(grads, trainable_variables)
        return self._iterations

    def apply(self, grads, trainable_variables=None):
        """Update variables by their gradients.

        Args:
            grads: one gradient per variable; where it is None the variable keeps its value.
            trainable_variables: the variables; by default those of `build`.

        Raises:
            ValueError: if there is no gradient at all, if the numbers of gradients and variables
                differ, or if a variable was not there when the optimizer was built.
        """
        grads = list(grads)
        if not grads:
            return
        if trainable_variables is None:
            if not self.built:
                raise ValueError(
                    f"Optimizer {self.name!r} knows no variables yet. Pass them too, "
                    "apply(grads, variables), or call optimizer.build(variables) first."
                )
            variables = list(self._trainable_variables)
        else:
            variables = list(trainable_variables)
        if len(grads) != len(variables):
            raise ValueError(
                f"Optimizer {self.name!r} needs one gradient per variable. "
                f"Received: {len(grads)} gradients for {len(variables)} variables"
            )
        if not self.built:
            self.build(variables)
        self._check_known(variables)
        with autodiff.stop_recording(), autodiff.quietly():
            grads, variables = _with_gradients(grads, variables)
            step = self.__dict__.setdefault("_step", Step())
            step(lambda grads, _: self._update(grads, variables), grads, [*map(id, variables)])

    def _update(self, grads, variables):
        self._apply(grads, variables)
        self._replace(self._iterations, self._value(self._iterations) + 1)

    def _apply(self, grads, variables):
        grads, variables = self._overwrite_with_gradients(grads, variables)
        if not variables:
            return
        if self.loss_scale_factor is not None:
            grads = [g / self.loss_scale_factor for g in grads]
        if self.gradient_accumulation_steps:
            grads = self._accumulated(grads, variables)
        if grads is not None:
            grads = self._clip_gradients(grads)
            self._apply_weight_decay(variables)
            self.__dict__["_found"] = {}
            try:
                self._backend_update_step(grads, variables, self.learning_rate)
            finally:
                del self.__dict__["_found"]
        if self.use_ema:
            self._average_weights()
        for variable in variables:
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable))

    def _backend_update_step(self, grads, trainable_variables, learning_rate):
        """Update all variables; a class may do here what is done once for all of them."""
        for gradient, variable in zip(grads, trainable_variables):
            self.update_step(gradient, variable, learning_rate)

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable by its gradient. Subclasses define it.

        Args:
            gradient: an array of the shape of the variable.
            variable: a `keras.Variable`.
            learning_rate: a number, an array of rank 0 or a variable.
        """
        raise TypeError(f"{type(self).__name__} defines no method `update_step`")

    def _step_count(self):
        """The iteration as a Python integer: waits for the device, and keeps the step eager."""
        return int(self._value(self._iterations))

    def _accumulated(self, grads, variables):
        """The mean of the gradients gathered, or None where more are to come."""
        steps = self.gradient_accumulation_steps
        is_due = (self._step_count() + 1) % steps == 0
        means = []
        for gradient, variable in zip(grads, variables):
            slot = self._accumulated_gradients[self._get_variable_index(variable)]
            total = self._value(slot) + gradient
            if is_due:
                means.append(total / steps)
                total = xp.zeros(slot.shape, slot.dtype)
            self._replace(slot, total)
        return means if is_due else None

    def _overwrite_with_gradients(self, grads, variables):
        """Set variables that are to take the values of their gradients; return the other pairs."""
        if not any(v.overwrite_with_gradient for v in variables):
            return grads, variables
        others = []
        for gradient, variable in zip(grads, variables):
            if not variable.overwrite_with_gradient:
                others.append((gradient, variable))
            elif not self.gradient_accumulation_steps:
                variable.assign(gradient)
            else:
                slot = self._accumulated_gradients[self._get_variable_index(variable)]
                largest = maximum(gradient, self._value(slot))
                if (self._step_count() + 1) % self.gradient_accumulation_steps == 0:
                    variable.assign(largest)
                    largest = xp.zeros(slot.shape, slot.dtype)
                slot.assign(largest)
        return [g for g, _ in others], [v for _, v in others]

    def _clip_gradients(self, grads):
        if self.clipnorm and self.clipnorm > 0:
            return [clip_by_norm(g, self.clipnorm) for g in grads]
        if self.global_clipnorm and self.global_clipnorm > 0:
            return clip_by_global_norm(grads, self.global_clipnorm)
        if self.clipvalue and self.clipvalue > 0:
            return [clip(g, -self.clipvalue, self.clipvalue) for g in grads]
        return grads

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Name variables that weight decay passes over.

        Args:
            var_list: variables.
            var_names: strings (regular expressions); a variable is excluded if one of them is
                found in its name, as ``"bias"`` in all biases.
        """
        pattern = "|".join(sorted(set(var_names))) if var_names else None
        self._undecayed = ({id(v) for v in var_list or ()}, pattern and re.compile(pattern))

    def _use_weight_decay(self, variable):
        ids, pattern = self._undecayed
        is_named = pattern is not None and pattern.search(variable.name) is not None
        return id(variable) not in ids and not is_named

    def _apply_weight_decay(self, variables):
        if self.weight_decay is not None:
            for variable in variables:
                self._decay(variable, self.weight_decay)

    def _decay(self, variable, weight_decay):
        """Take from a variable its part ``weight_decay`` times the learning rate."""
        if not self._use_weight_decay(variable):
            return
        decay = self._number(weight_decay, variable.dtype)
        rate = self._number(self.learning_rate, variable.dtype)
        w = self._value(variable)
        self._replace(variable, w - w * decay * rate)

    def _average_weights(self):
        """Bring the moving averages up to date, and copy them back where that is due."""
        count = self._number(self.iterations, config.floatx())
        for variable, average in zip(
            self._trainable_variables, self._model_variables_moving_average
        ):
            if average is not None:
                # The first average is the variable itself.
                momentum = cast(count != 0, dtype=variable.dtype) * self.ema_momentum
                moved = self._value(average) * momentum + (1 - momentum) * self._value(variable)
                self._replace(average, moved)
        frequency = self.ema_overwrite_frequency
        if frequency:
            done = self._step_count() // (self.gradient_accumulation_steps or 1)
            if (done + 1) % frequency == 0:
                self._overwrite_with_averages(self._trainable_variables)

    def _overwrite_with_averages(self, variables):
        for variable in variables:
            average = self._model_variables_moving_average[self._get_variable_index(variable)]
            if average is not None:
                variable.assign(self._value(average))

    def finalize_variable_values(self, var_list):
        """Set variables to what the training was for: their averages where ``use_ema`` is on.

        Args:
            var_list: variables that the optimizer was built with.
        """
        if self.use_ema and self.built:
            var_list = list(var_list)
            self._check_known(var_list)
            self._overwrite_with_averages(var_list)

    # What updates are written with

    def _number(self, x, dtype):
        """``x``, a number, a tensor or a variable, as a tensor of rank 0 of the dtype."""
        return tensor(autodiff.plain(x), dtype)

    def _once(self, compute, *args):
        """What ``compute(*args)`` gives, computed once for all variables of an update.

        Args:
            compute: a method of this optimizer.
            *args: names, and objects that are the same for all variables.
        """
        found = self.__dict__.get("_found")
        if found is None:  # somebody else has called `update_step`
            return compute(*args)
        key = (compute.__name__, *(x if type(x) is str else id(x) for x in args))
        if key not in found:
            found[key] = compute(*args), args  # whose numbers no other object takes meanwhile
        return found[key][0]

    def _local_step(self, dtype):
        """The number of this update, from 1 on, as a tensor of rank 0 of the dtype."""
        return self._once(self._counted, dtype)

    def _counted(self, dtype):
        return cast(autodiff.plain(self.iterations) + 1, dtype=dtype)

    def _power_of(self, beta, dtype):
        """``beta`` to the power of the number of this update."""
        return self._once(self._raised, beta, dtype)

    def _raised(self, beta, dtype):
        return power(xp.asarray(beta, dtype=dtype), self._local_step(dtype))

    def _operands(self, variable, gradient, learning_rate):
        """The variable, its gradient and the learning rate as tensors of the variable's dtype."""
        dtype = variable.dtype
        gradient = cast(autodiff.plain(gradient), dtype=dtype)
        return self._value(variable), gradient, self._number(learning_rate, dtype)

    def _moved(self, slot, x, part):
        """Move the average in ``slot`` by a part of its way to ``x``; returns it."""
        average = self._value(slot)
        average = average + (x - average) * part
        self._replace(slot, average)
        return average

    # Stateless use, saving, configuration

    def stateless_apply(self, optimizer_variables, grads, trainable_variables):
        """One step as a pure function: no variable changes.

        Args:
            optimizer_variables: arrays, the state in the order of `variables`.
            grads: one gradient per variable of the model.
            trainable_variables: arrays, the values of the variables of `build`.

        Returns:
            A pair: the new values of the model's variables, and those of the state.
        """
        own = self.variables
        if not self.built:
            raise ValueError(
                f"Optimizer {self.name!r} must be built before stateless_apply: call "
                "optimizer.build(trainable_variables)."
            )
        for what, given, known in (
            ("optimizer_variables", optimizer_variables, own),
            ("trainable_variables", trainable_variables, self._trainable_variables),
        ):
            if len(given) != len(known):
                raise ValueError(
                    f"Optimizer {self.name!r} has {len(known)} {what}. Received: {len(given)}"
                )
        mapping = [
            *zip(self._trainable_variables, trainable_variables),
            *zip(own, optimizer_variables),
        ]
        with StatelessScope(state_mapping=mapping) as scope:
            self.apply(grads)
        return (
            [scope.get_current_value(v) for v in self._trainable_variables],
            [scope.get_current_value(v) for v in own],
        )

    def scale_loss(self, loss):
        """The loss times the loss scale factor: what to take the gradients of."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    is_config_base = True

    def get_config(self):
        """The constructor's arguments as plain values."""
        names = [*self._SHARED, *(n for n in self._config_names() if n not in self._SHARED)]
        return {name: serialize_value(self.config_value(name)) for name in names}

    def config_value(self, name):
        """The value of an argument; of the learning rate the number it is now."""
        if name != "learning_rate":
            return super().config_value(name)
        rate = self._learning_rate
        if isinstance(rate, Variable):
            return float(to_numpy(autodiff.plain(rate.value_in_own_dtype())))
        return serialize_keras_object(rate)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """An optimizer made from what `get_config` returned."""
        return cls(
            **{
                key: deserialize_keras_object(value, custom_objects=custom_objects)
                if isinstance(value, dict)
                else value
                for key, value in config.items()
            }
        )

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name!r}>"


def _with_gradients(grads, variables):
    """The pairs that have a gradient, with plain arrays; a warning names the others."""
    present = [(autodiff.plain(g), v) for g, v in zip(grads, variables) if g is not None]
    if not present:
        raise ValueError(
            "No gradients provided for any variable: all are None. Does the loss depend on the "
            f"variables {[v.path for v in variables]}?"
        )
    if len(present) < len(variables):
        missing = [v.path for g, v in zip(grads, variables) if g is None]
        warnings.warn(
            f"There are no gradients for the variables {missing}: the loss does not depend on "
            "them, so they keep their values. Was a loss passed to `compile`?",
            stacklevel=4,
        )
    return [g for g, _ in present], [v for _, v in present]


def _check_base_arguments(class_name, clips, ema, accumulation):
    if sum(clip is not None for clip in clips) > 1:
        clipnorm, clipvalue, global_clipnorm = clips
        raise ValueError(
            f"{class_name}: Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. "
            f"Received: clipnorm={clipnorm}, clipvalue={clipvalue}, "
            f"global_clipnorm={global_clipnorm}"
        )
    use_ema, momentum, frequency = ema
    if use_ema and not 0 <= momentum <= 1:
        raise ValueError(
            f"{class_name}: ema_momentum must lie between 0 and 1. Received: {momentum!r}"
        )
    if use_ema and frequency and (not isinstance(frequency, int) or frequency < 1):
        raise ValueError(
            f"{class_name}: ema_overwrite_frequency must be a positive integer or None. "
            f"Received: {frequency!r}"
        )
    if accumulation and (not isinstance(accumulation, int) or accumulation < 2):
        raise ValueError(
            f"{class_name}: gradient_accumulation_steps must be an integer of at least 2, or None. "
            f"Received: {accumulation!r}"
        )

"""Updates stated one by one: ``get_updates`` of Keras 1 and 2, and optimizers written by it."""

import functools
import inspect

from minikeras import ops
from minikeras.backend.autodiff import plain
from minikeras.backend.variables import StatelessScope, Variable
from minikeras.backend.xp import to_numpy
from minikeras.legacy.backend.graphs import gradients
from minikeras.legacy.backend.tensors import OwnStep, own_step
from minikeras.optimizers import Optimizer
from minikeras.symbolic.keras_tensor import KerasTensor

# What the constructors of old set themselves, and what stands there until they do.
_SET_BY_CLASSES = ("iterations", "learning_rate", "lr", "decay", "initial_decay", "weights")


def install():
    """Give optimizers the methods of old; let classes that state updates be optimizers."""
    Optimizer.__init__ = _constructor(Optimizer.__init__)
    Optimizer._apply = _apply(Optimizer._apply)
    Optimizer.get_config = _get_config(Optimizer.get_config)
    Optimizer.__init_subclass__ = classmethod(_note_subclass)
    for method in (get_updates, get_gradients, get_weights):
        setattr(Optimizer, method.__name__, method)
    Optimizer._own_updates = None
    Optimizer.weights = property(_weights, doc="The state, as variables.")
    Optimizer.learning_rate = _learning_rate(Optimizer.learning_rate)
    Optimizer.initial_decay = property(lambda self: self.decay, doc="The same as `decay`.")


# Methods of all optimizers


class Applied:
    """The updates of all variables by an optimizer, for `keras.backend.function`.

    Attributes:
        values: the gradients, symbolic or not.
    """

    def __init__(self, apply, grads, variables):
        self._apply, self.values, self._variables = apply, list(grads), list(variables)

    def run(self, grads):
        """Update the variables by the values of their gradients."""
        self._apply([plain(g) for g in grads], self._variables)


def get_updates(self, *args, **kwargs):
    """What one step changes, for the ``updates`` of `keras.backend.function`.

    Args:
        *args, **kwargs: ``loss, params``, or in the order of Keras 1 ``params, constraints, loss``:
            a symbolic tensor, a list of variables and a dict of constraints by variable.

    Returns:
        A list of updates.

    >>> import minikeras as keras
    >>> x, w = keras.backend.placeholder((1,)), keras.backend.variable([3.0])
    >>> loss = keras.ops.sum(x * w)
    >>> updates = keras.optimizers.SGD(0.5).get_updates(loss, [w])
    >>> step = keras.backend.function([x], [loss], updates)
    >>> step([[2.0]])[0].tolist(), keras.backend.get_value(w).tolist()
    (6.0, [2.0])
    """
    is_first = len(args) > 2 or "constraints" in kwargs or isinstance(args[:1] and args[0], list)
    found = dict(zip(("params", "constraints", "loss") if is_first else ("loss", "params"), args))
    found.update(kwargs)
    params = list(found["params"])
    for variable, constraint in dict(found.get("constraints") or {}).items():
        variable.constraint = constraint
    step = own_step()
    if step is not None:
        return _stated(self, params)
    return [Applied(self.apply, _symbolic_gradients(found["loss"], params), params)]


def _symbolic_gradients(loss, params):
    if not isinstance(loss, KerasTensor):
        raise ValueError(
            "get_updates and get_gradients take a loss that is a symbolic tensor, computed from "
            f"keras.Input or keras.backend.placeholder. Received: {loss!r}"
        )
    return gradients(loss, list(params))


def get_gradients(self, loss, params):
    """The gradients of a loss, clipped as the optimizer says.

    Args:
        loss: a symbolic tensor.
        params: a list of variables.

    Returns:
        A list of symbolic tensors; in a step of the optimizer the gradients themselves.
    """
    step = own_step()
    grads = [step.grads[id(v)] for v in params] if step else _symbolic_gradients(loss, params)
    # In classes of old the norm is that of all gradients together.
    together = self.global_clipnorm or (self.clipnorm if self._own_updates else None)
    if together:
        total = 0.0
        for g in grads:
            total = ops.add(total, ops.sum(ops.square(g)))
        norm = ops.sqrt(total)
        grads = [clip_norm(g, together, norm) for g in grads]
    elif self.clipnorm:
        lengths = [ops.sqrt(ops.sum(ops.square(g))) for g in grads]
        grads = [clip_norm(g, self.clipnorm, n) for g, n in zip(grads, lengths)]
    if self.clipvalue:
        grads = [ops.clip(g, -self.clipvalue, self.clipvalue) for g in grads]
    return grads


def clip_norm(g, c, n):
    """A gradient ``g`` made shorter by ``c / n`` if the norm ``n`` is at least ``c``.

    >>> import minikeras as keras
    >>> keras.optimizers.clip_norm(keras.ops.array([3.0, 4.0]), 1.0, 5.0).tolist()
    [0.6000000238418579, 0.800000011920929]
    """
    if c <= 0:
        return g
    return ops.multiply(g, ops.divide(c, ops.maximum(n, c)))


def get_weights(self):
    """The state as arrays of NumPy, in the order of `variables`."""
    return [to_numpy(plain(v.value_in_own_dtype())) for v in self.weights]


# Classes of old


class _Stored:
    """An attribute that a class of old sets; until then it is that of today's optimizers."""

    def __init__(self, name):
        self._name = name
        self._today = getattr(Optimizer, name)

    def __get__(self, optimizer, owner):
        if optimizer is None:
            return self
        stored = optimizer.__dict__.get("_stored", {})
        names = {"lr": ("lr", "learning_rate"), "learning_rate": ("learning_rate", "lr")}
        for name in names.get(self._name, (self._name,)):
            if name in stored:
                return stored[name]
        return self._today.__get__(optimizer, owner)

    def __set__(self, optimizer, value):
        stored = optimizer.__dict__.setdefault("_stored", {})
        before = self.__get__(optimizer, type(optimizer)) if stored else None
        is_number = isinstance(value, (int, float))
        if is_number and isinstance(before, Variable):
            before.assign(value)  # as callbacks do
        else:
            stored[self._name] = value


def _note_subclass(cls, **kwargs):
    """A class that states its updates gets attributes that it may set, and runs them in steps."""
    super(Optimizer, cls).__init_subclass__(**kwargs)
    if "get_updates" in cls.__dict__:
        cls._own_updates = cls.__dict__["get_updates"]
        cls.get_updates = get_updates
        for name in _SET_BY_CLASSES:
            if inspect.getattr_static(cls, name) is inspect.getattr_static(Optimizer, name):
                setattr(cls, name, _Stored(name))


def _constructor(construct):
    """``Optimizer(**kwargs)``: the base of a class of old, which has its own learning rate."""

    @functools.wraps(construct)
    def __init__(self, *args, **kwargs):
        if not args and "learning_rate" not in kwargs:
            if type(self) is not Optimizer and self._own_updates is None:
                raise TypeError(f"{type(self).__name__}: the argument learning_rate is missing")
            args = (0.01,)
        construct(self, *args, **kwargs)

    __init__.__legacy_args__ = ("clipnorm", "clipvalue")
    return __init__


def _get_config(get_config_today):
    @functools.wraps(get_config_today)
    def get_config(self):
        bases = [c for c in type(self).__mro__ if c.__module__.startswith("minikeras.optimizers.")]
        if self._own_updates is None or bases[0] is not Optimizer:
            return get_config_today(self)
        clips = {"clipnorm": self.clipnorm, "clipvalue": self.clipvalue}
        return {name: value for name, value in clips.items() if value is not None}

    return get_config


def _apply(apply_today):
    global _APPLY_TODAY
    _APPLY_TODAY = apply_today

    @functools.wraps(apply_today)
    def _apply(self, grads, variables):
        if self._own_updates is None:
            return apply_today(self, grads, variables)
        self._step_count()  # read on the host: such steps are not recorded
        step = _step_of(self)
        count = self._value(self._iterations)
        step(lambda: _stated(self, variables), variables, grads)
        self._replace(self._iterations, count)  # it is counted up by who called
        for variable in variables:
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable))
        return None

    return _apply


def _step_of(optimizer):
    return optimizer.__dict__.setdefault("_own_step", OwnStep())


def state_of(optimizer):
    """The variables of an optimizer that states its updates, made if no step has made them."""
    variables = optimizer._trainable_variables
    _step_of(optimizer).prepare(lambda: _stated(optimizer, variables), variables)
    return optimizer.weights


def _stated(optimizer, variables):
    """The updates that a class of old states, with its arguments in the order of then.

    Within its method, the same call goes to the class that it inherits from.
    """
    step, classes = own_step(), type(optimizer).__mro__
    levels = [c for c in classes if c.__dict__.get("_own_updates")]
    level = step.levels.get(id(optimizer), 0)
    if level == len(levels):
        return _stated_by_today(optimizer, variables, step)
    own = levels[level].__dict__["_own_updates"]
    if (
        not level and "updates" in optimizer.__dict__
    ):  # some keep those of the first call, which made a graph
        optimizer.updates = []
    names = own.__code__.co_varnames[1 : own.__code__.co_argcount]
    given = {"loss": None, "params": variables, "constraints": {}}
    step.levels[id(optimizer)] = level + 1
    try:
        return own(optimizer, *[given[n] for n in names if n in given])
    finally:
        step.levels[id(optimizer)] = level


_APPLY_TODAY = None


# Optimizers of today within steps of others


def _stated_by_today(optimizer, params, step):
    """The updates of an optimizer of today, as ones that `keras.backend.update` makes.

    One that is asked for several groups of variables keeps the state of each by an optimizer like
    it, with the same count of steps.
    """
    from minikeras import backend  # its functions may be replaced meanwhile

    groups = optimizer.__dict__.setdefault("_groups_of_old", {})
    key = tuple(id(v) for v in params)
    if key not in groups:
        known = {id(v) for v in optimizer._trainable_variables} if optimizer.built else set(key)
        is_first = not groups and known.issuperset(key)
        made = optimizer if is_first else type(optimizer).from_config(optimizer.get_config())
        if not made.built:
            made.build(params)
        groups[key] = made
        made.__dict__["_iterations"] = optimizer._iterations
    member = groups[key]
    optimizer.__dict__["_group_asked"] = member
    if id(optimizer) in step.rates:
        step.rates[id(member)] = step.rates[id(optimizer)]
    with StatelessScope() as scope:
        _APPLY_TODAY(member, [step.grads[id(v)] for v in params], params)
        member._iterations.assign(member._value(member._iterations) + 1)
    return [backend.update(variable, value) for variable, value in scope._values.values()]


def _weights(optimizer):
    return optimizer.__dict__.get("_group_asked", optimizer).variables


def _learning_rate(today):
    """The learning rate; in a step of another optimizer, the one that this one gives it."""

    def get(optimizer):
        step = own_step()
        found = None if step is None else step.rates.get(id(optimizer))
        return today.fget(optimizer) if found is None else found

    def set_(optimizer, value):
        step = own_step()
        if step is None:
            today.fset(optimizer, value)
        elif value is optimizer._learning_rate:
            step.rates.pop(id(optimizer), None)
        else:
            step.rates[id(optimizer)] = value

    return property(get, set_, doc=today.__doc__)

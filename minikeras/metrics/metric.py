"""Metric: a measure that is gathered over many batches, its state kept in variables."""

from minikeras import initializers, tree
from minikeras.backend.program import changes
from minikeras.backend.variables import StatelessScope, Variable, name_scope
from minikeras.backend.xp import xp
from minikeras.losses.loss import computation_dtype
from minikeras.serialization import Configurable
from minikeras.symbolic.operation import auto_name


class Metric(Configurable):
    """A measure gathered over batches. Subclasses define ``update_state`` and ``result``.

    Variables and metrics stored as attributes, also in lists and dicts, belong to the metric.

    Args:
        dtype: the dtype, or dtype policy, to compute in; floatx by default.
        name: a string; made up from the class name if not given.

    >>> import minikeras as keras
    >>> class Largest(keras.metrics.Metric):
    ...     def __init__(self, **kwargs):
    ...         super().__init__(**kwargs)
    ...         self.found = self.add_weight(name="found", initializer="zeros")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         largest = keras.ops.max(keras.ops.abs(y_true - y_pred))
    ...         self.found.assign(keras.ops.maximum(self.found, largest))
    ...     def result(self):
    ...         return self.found.value
    >>> metric = Largest()
    >>> float(metric(keras.ops.array([1.0]), keras.ops.array([3.0])))
    2.0
    """

    def __init__(self, dtype=None, name=None):
        self._held = []  # variables, metrics and containers of such, in the order of their making
        self.name = name or auto_name(type(self).__name__)
        self._dtype = computation_dtype(dtype)

    @property
    def dtype(self):
        """The name of the dtype that the metric is computed in."""
        return self._dtype

    def __setattr__(self, name, value):
        if isinstance(value, (Variable, Metric, list, tuple, dict)) and name != "_held":
            self._hold(value)
        changes.note(self, name, value)
        super().__setattr__(name, value)

    def _hold(self, value):
        held = self.__dict__.get("_held")
        if held is None or any(value is other for other in held):
            return
        leaves = tree.flatten(value)
        if not leaves or any(isinstance(leaf, (Variable, Metric)) for leaf in leaves):
            held.append(value)

    def add_variable(self, shape, initializer, dtype=None, aggregation="sum", name=None):
        """A variable of the metric's state.

        Args:
            shape: a tuple of integers.
            initializer: a name, an initializer, or None for zeros.
            dtype: a dtype; floatx by default.
            aggregation: how replicas would be combined (there is one).
            name: a string.
        """
        self._check_initialized()
        with name_scope(self.name.replace("/", ">")):
            variable = Variable(
                initializers.get("zeros" if initializer is None else initializer),
                shape=tuple(shape),
                dtype=dtype,
                trainable=False,
                aggregation=aggregation,
                synchronization="on_read",
                name=name,
            )
        self._held.append(variable)
        return variable

    def add_weight(self, shape=(), initializer=None, dtype=None, name=None):
        """A variable of the metric's state, a scalar by default; see `add_variable`."""
        return self.add_variable(shape=shape, initializer=initializer, dtype=dtype, name=name)

    @property
    def variables(self):
        """The variables of the state: the metric's own, then those of metrics within it."""
        leaves = tree.flatten(self._held)
        found = [leaf for leaf in leaves if isinstance(leaf, Variable)]
        for leaf in leaves:
            if isinstance(leaf, Metric):
                found.extend(leaf.variables)
        return list({id(variable): variable for variable in found}.values())

    def update_state(self, *args, **kwargs):
        """Take a batch into account; subclasses define it."""
        raise TypeError(f"{type(self).__name__} defines no method update_state; a Metric needs one")

    def result(self):
        """The measure over all batches since the last reset; subclasses define it.

        Returns:
            A scalar, or a dict of scalars by name.
        """
        raise TypeError(f"{type(self).__name__} defines no method result; a Metric needs one")

    def reset_state(self):
        """Set all variables to zero."""
        for variable in self.variables:
            variable.assign(xp.zeros(variable.shape, variable.dtype))

    def __call__(self, *args, **kwargs):
        """Take a batch into account and return the measure over all batches so far."""
        self._check_initialized()
        self.update_state(*args, **kwargs)
        return self.result()

    def stateless_update_state(self, metric_variables, *args, **kwargs):
        """The values of the variables after a batch, the variables themselves left as they are.

        Args:
            metric_variables: values, one for each of ``variables``.
            *args, **kwargs: what `update_state` takes.

        Returns:
            A list of values.

        Raises:
            ValueError: if there are more or fewer values than variables.
        """
        with self._scope(metric_variables) as scope:
            self.update_state(*args, **kwargs)
        return self._values_in(scope)

    def stateless_result(self, metric_variables):
        """What `result` would return if the variables had the values ``metric_variables``.

        Raises:
            ValueError: if there are more or fewer values than variables.
        """
        with self._scope(metric_variables):
            return self.result()

    def stateless_reset_state(self):
        """The values that the variables have after a reset, as a list."""
        with StatelessScope() as scope:
            self.reset_state()
        return self._values_in(scope)

    def _scope(self, values):
        variables = self.variables
        if len(values) != len(variables):
            raise ValueError(
                f"metric_variables must hold one value for each of the {len(variables)} variables "
                f"of {self.name!r} ({[v.name for v in variables]}). Received: {len(values)} values"
            )
        return StatelessScope(state_mapping=list(zip(variables, values)))

    def _values_in(self, scope):
        values = [(v, scope.get_current_value(v)) for v in self.variables]
        return [variable.value if value is None else value for variable, value in values]

    def _check_initialized(self):
        if "_held" not in self.__dict__:
            raise RuntimeError(
                f"{type(self).__name__}.__init__ must call super().__init__() before it makes "
                "variables"
            )

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"

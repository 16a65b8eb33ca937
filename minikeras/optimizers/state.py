"""The state of an optimizer: its variables, how they are made, read, set and saved."""

import re
import warnings

from minikeras import initializers
from minikeras.backend import autodiff
from minikeras.backend.program import changes
from minikeras.backend.variables import Variable, in_stateless_scope, name_scope
from minikeras.backend.xp import np, to_numpy
from minikeras.serialization import Configurable


class OptimizerState(Configurable):
    """The part of an optimizer that holds its variables: settings, and slots per model variable."""

    def __setattr__(self, name, value):
        """Variables set as attributes, also in lists, belong to the optimizer's state."""
        # What a property sets is noted by itself: a learning rate goes to a variable.
        if not isinstance(getattr(type(self), name, None), property):
            changes.note(self, name, value)
        object.__setattr__(self, name, value)
        if name in ("_trainable_variables", "_variables"):
            return
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(item, Variable):
                self._track_variable(item)

    def _track_variable(self, variable):
        known = self.__dict__.setdefault("_variables", [])
        if all(v is not variable for v in known):
            known.append(variable)

    @property
    def variables(self):
        """The state: the iteration, the learning rate (if it is a variable), then the slots."""
        return list(self._variables)

    def add_variable(
        self,
        shape,
        initializer="zeros",
        dtype=None,
        aggregation="none",
        layout=None,
        name=None,
    ):
        """Make a variable that is part of the optimizer's state.

        Args:
            shape: a tuple of integers.
            initializer: an initializer or its name.
            dtype: by default floatx.
            aggregation: see `keras.Variable`.
            layout: only None: there is one device.
            name: a string.
        """
        if layout is not None:
            raise ValueError(f"layout must be None: there is one device. Received: {layout!r}")
        with name_scope(self.name):
            variable = Variable(
                initializers.get(initializer),
                shape=shape,
                dtype=dtype,
                trainable=False,
                aggregation=aggregation,
                name=name,
            )
        self._track_variable(variable)
        return variable

    def add_variable_from_reference(self, reference_variable, name=None, initializer="zeros"):
        """Make a variable of the shape and dtype of a model's variable.

        Args:
            reference_variable: the model's variable.
            name: what stands behind its path in the name of the new one; by default ``"var"``.
            initializer: an initializer or its name.
        """
        path = getattr(reference_variable, "path", None) or reference_variable.name
        return self.add_variable(
            shape=reference_variable.shape,
            initializer=initializer,
            dtype=reference_variable.dtype,
            name=f"{re.sub('[/:]', '_', path)}_{name or 'var'}",
        )

    def add_optimizer_variables(self, trainable_variables, name, initializer="zeros"):
        """Make one variable or several of the shape and dtype of each model variable.

        Args:
            trainable_variables: the model's variables.
            name: what stands behind their paths in the names, or a list: one variable for each.
            initializer: an initializer, or a list of one per name.

        Returns:
            A list of variables, or a tuple of lists, one per name. It holds None for variables
            that are overwritten by their gradients.
        """
        names = [name] if isinstance(name, str) else list(name)
        several = isinstance(initializer, (list, tuple))
        initial = list(initializer) if several else [initializer] * len(names)
        if len(initial) != len(names):
            raise ValueError(
                "As many initializers as names are needed. "
                f"Received: name={name!r}, initializer={initializer!r}"
            )
        made = tuple([] for _ in names)
        for variable in trainable_variables:
            for slots, slot_name, slot_initializer in zip(made, names, initial):
                slots.append(
                    None
                    if variable.overwrite_with_gradient
                    else self.add_variable_from_reference(variable, slot_name, slot_initializer)
                )
        return made[0] if isinstance(name, str) else made

    def _get_variable_index(self, variable):
        """The position of a model variable in lists such as `add_optimizer_variables` makes."""
        return self._positions()[id(variable)]

    def _positions(self):
        """A dict from the id of a model variable to its position."""
        known = self.__dict__.get("_known_positions")
        if known is None or len(known) != len(self._trainable_variables):
            known = {id(v): i for i, v in enumerate(self._trainable_variables)}
            self.__dict__["_known_positions"] = known
        return known

    def __getstate__(self):
        # The ids of variables are those of this process, and of this copy.
        return {k: v for k, v in self.__dict__.items() if k != "_known_positions"}

    def _check_known(self, variables):
        for v in variables:
            if id(v) not in self._positions():
                raise ValueError(
                    f"Optimizer {self.name!r} was built without the variable {v.path!r} of shape "
                    f"{v.shape}. Make a new optimizer for a new set of variables, or build it with "
                    "all of them first: optimizer.build(variables)."
                )

    def assign(self, variable, value):
        """Set a variable of the model or of the optimizer."""
        variable.assign(value)

    def assign_add(self, variable, value):
        """Add to a variable of the model or of the optimizer."""
        variable.assign_add(value)

    def assign_sub(self, variable, value):
        """Subtract from a variable of the model or of the optimizer."""
        variable.assign_sub(value)

    def _value(self, variable):
        """The plain array of a variable of the model or of the optimizer."""
        return autodiff.plain(variable.value_in_own_dtype())

    def _replace(self, variable, value):
        """Set a variable to a fresh tensor. Its old one stays as it is: users may hold that."""
        if in_stateless_scope():
            variable.assign(value)
        else:
            variable.adopt(value)

    def set_weights(self, weights):
        """Set the state.

        Args:
            weights: arrays in the order of `variables`.
        """
        if not self.built:
            raise ValueError(
                f"Optimizer {self.name!r} must be built before set_weights: call "
                "optimizer.build(trainable_variables)."
            )
        variables = self.variables
        if len(weights) != len(variables):
            raise ValueError(
                f"Optimizer {self.name!r} has {len(variables)} variables. "
                f"Received: {len(weights)} arrays"
            )
        for variable, weight in zip(variables, weights):
            variable.assign(weight)

    def save_own_variables(self, store):
        """Write the state into ``store``, a dict, under ``"0"``, ``"1"`` and so on."""
        for i, variable in enumerate(self.variables):
            store[str(i)] = to_numpy(autodiff.plain(variable.value_in_own_dtype()))

    def load_own_variables(self, store):
        """Read what `save_own_variables` wrote; a state of another size is passed over."""
        variables = self.variables
        if len(store.keys()) != len(variables):
            hint = "" if self.built else " It is not built yet: call optimizer.build(variables)."
            warnings.warn(
                f"The saved state of optimizer {self.name!r} is not loaded: it has "
                f"{len(store.keys())} variables, the optimizer {len(variables)}.{hint}",
                stacklevel=2,
            )
            return
        for i, variable in enumerate(variables):
            variable.assign(np.asarray(store[str(i)]))

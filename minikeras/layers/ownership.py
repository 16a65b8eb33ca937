"""What a layer has: weights, variables and metrics of its own and of the layers within it."""

from minikeras.backend import autodiff
from minikeras.backend.variables import Variable
from minikeras.backend.xp import copy_of
from minikeras.layers.tracking import Tracked, unique
from minikeras.metrics.metric import Metric
from minikeras.random import SeedGenerator


class Owner(Tracked):
    """The half of `Layer` that lists, counts, gets, sets and stores what the layer has."""

    # Whether steps that call the layer may be replayed without its Python code.
    supports_jit = True

    def _direct_layers(self):
        return [layer for layer in self.owned(Owner) if layer is not self]

    def _all_layers(self):
        """This layer and all within it, each once."""
        found, pending = {}, [self]
        while pending:
            layer = pending.pop(0)
            if id(layer) not in found:
                found[id(layer)] = layer
                pending.extend(layer._direct_layers())
        return list(found.values())

    def _flatten_layers(self, recursive=True, include_self=True):
        found = self._all_layers() if recursive else [self, *self._direct_layers()]
        return found if include_self else found[1:]

    def _own_weights(self):
        """The layer's own variables, trainable ones first (as they were made)."""
        own = self.owned(Variable)
        return sorted(own, key=lambda v: not getattr(v, "_made_trainable", v.trainable))

    @property
    def weights(self):
        """The variables of the layer and of those within it, without random states and metrics."""
        found = list(self._own_weights())
        for layer in self._direct_layers():
            found.extend(layer.weights)
        return unique(found)

    @property
    def variables(self):
        """All variables, random states included; those of metrics are `metrics_variables`."""
        found = list(self._own_weights())
        for generator in self.owned(SeedGenerator):
            found.append(generator.state)
        for layer in self._direct_layers():
            found.extend(layer.variables)
        return unique(found)

    @property
    def trainable_weights(self):
        """The weights that training changes."""
        if not self.trainable:
            return []
        return [v for v in self.weights if v.trainable]

    @property
    def non_trainable_weights(self):
        """The weights that training leaves alone."""
        if not self.trainable:
            return self.weights
        return [v for v in self.weights if not v.trainable]

    @property
    def trainable_variables(self):
        """The variables that training changes."""
        if not self.trainable:
            return []
        return [v for v in self.variables if v.trainable]

    @property
    def non_trainable_variables(self):
        """The variables that training leaves alone."""
        if not self.trainable:
            return self.variables
        return [v for v in self.variables if not v.trainable]

    @property
    def metrics(self):
        """The metrics of the layer and of those within it."""
        found = []
        for layer in self._all_layers():
            found.extend(layer.owned(Metric))
        return unique(found)

    @property
    def metrics_variables(self):
        """The variables of the metrics."""
        return [v for metric in self.metrics for v in metric.variables]

    @property
    def trainable(self):
        """Whether training changes the weights; setting it sets it for all layers within."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)
        self._train_own_variables(self._trainable)
        for layer in self._direct_layers():
            layer.trainable = value

    def _train_own_variables(self, value):
        """Set whether the layer's own variables, apart from those of layers within, are trained."""
        for variable in self.owned(Variable):
            if not hasattr(variable, "_made_trainable"):
                variable._made_trainable = variable.trainable
            if variable._made_trainable:
                variable.trainable = value

    def count_params(self):
        """The number of values in all weights.

        Raises:
            ValueError: if the layer is not built yet.
        """
        if not self.built:
            raise ValueError(
                f"Layer {self.name!r} has no weights to count yet: it is not built. Call it on "
                "data, or call `build` with the shape of its input."
            )
        return sum(int(v.array.size) for v in self.weights)

    def get_weights(self):
        """Copies of the weights as NumPy arrays."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights):
        """Set the weights from arrays in the order of `get_weights`.

        Raises:
            ValueError: if their number or a shape differs; then no weight is changed.
        """
        own, weights = self.weights, list(weights)
        if len(own) != len(weights):
            raise ValueError(
                f"Layer {self.name!r} has {len(own)} weights; set_weights received {len(weights)}"
            )
        arrays = [v.conformed(w) for v, w in zip(own, weights)]
        for variable, array in zip(own, arrays):
            variable.assign(copy_of(autodiff.plain(array)))

    def save_own_variables(self, store):
        """Put the layer's own variables into ``store``, a dict, under "0", "1" ..."""
        for i, variable in enumerate(self._own_weights()):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store):
        """Set the layer's own variables from what `save_own_variables` stored.

        Raises:
            ValueError: if their number or a shape differs.
        """
        own = self._own_weights()
        if len(store.keys()) != len(own):
            hint = "" if self.built else " The layer is not built, so it has no variables yet."
            raise ValueError(
                f"Layer {self.name!r} has {len(own)} variables, but the file holds "
                f"{len(store.keys())} for it.{hint}"
            )
        arrays = [v.conformed(store[str(i)]) for i, v in enumerate(own)]
        for variable, array in zip(own, arrays):
            variable.assign(array)

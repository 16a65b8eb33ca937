"""What layers report beside their outputs: losses to minimise, numbers for the logs."""

from minikeras import tree
from minikeras.backend import autodiff
from minikeras.backend.variables import get_stateless_scope
from minikeras.metrics import Mean
from minikeras.symbolic.inference import is_inferring
from minikeras.symbolic.keras_tensor import KerasTensor


class Reporting:
    """The part of a layer that adds losses and metrics."""

    def add_metric(self, value, name=None, aggregation="mean"):
        """Report a number that `call` computed, averaged over the batches of an epoch.

        Args:
            value: a tensor, whose mean counts; or what a metric of this layer gave, which reports
                itself.
            name: the key in the logs.
            aggregation: ``"mean"``, or None where ``value`` is the result of a metric.
        """
        if aggregation not in ("mean", None):
            raise ValueError(
                f"Layer {self.name!r}: aggregation must be 'mean' or None. "
                f"Received: {aggregation!r}"
            )
        if name is None:
            raise ValueError(f"Layer {self.name!r}: add_metric needs a name for the logs.")
        if aggregation is None or is_inferring():
            return
        added = self.__dict__.setdefault("_added_metrics", {})
        if name not in added:
            added[name] = Mean(name=name)
            self._tracked[f"add_metric {name}"] = added[name]
        added[name].update_state(autodiff.plain(value))

    def add_loss(self, loss):
        """Add to the loss that training minimises.

        Args:
            loss: a single number (or a list of them) computed from tensors, best within `call`.
        """
        if is_inferring():
            return
        for value in tree.flatten(loss):
            if value is None:
                continue
            if isinstance(value, KerasTensor):
                raise ValueError(
                    f"Layer {self.name!r}: add_loss takes a value, not a symbolic tensor. Call "
                    "add_loss inside the method `call` of a layer."
                )
            scope = get_stateless_scope()
            if scope is not None and scope.collect_losses:
                scope.add_loss(value)
            self._losses.append(value)

    @property
    def losses(self):
        """Losses of the last call (own and of inner layers), then those of regularizers."""
        found = []
        for layer in self._all_layers():
            found.extend(layer._losses)
        for variable in self.trainable_weights:
            if variable.regularizer is not None:
                found.append(variable.regularizer(variable))
        return found

    def _clear_losses(self):
        for layer in self._all_layers():
            if layer._losses:
                layer._losses = []

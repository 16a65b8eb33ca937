"""MultiOptimizer: different optimizers for different variables of a model."""

import re
from collections.abc import MutableMapping

from minikeras.optimizers.loss_scale_optimizer import LossScaleOptimizer
from minikeras.optimizers.optimizer import Optimizer
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


class OptimizerMap(MutableMapping):
    """A dict from paths of variables to optimizers, with one for all other variables.

    Keys are whole paths or regular expressions that match whole paths.

    Args:
        default_optimizer: the optimizer of variables that no key matches.
        optimizer_map: a dict from paths or regular expressions to optimizers.

    >>> import minikeras as keras
    >>> chosen = keras.optimizers.OptimizerMap(keras.optimizers.SGD())
    >>> chosen["encoder/.*"] = keras.optimizers.Adam()
    >>> type(chosen["encoder/kernel"]).__name__, type(chosen["head/kernel"]).__name__
    ('Adam', 'SGD')
    """

    def __init__(self, default_optimizer, optimizer_map=None):
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(
                "OptimizerMap: default_optimizer must be a keras.Optimizer. "
                f"Received: {default_optimizer!r}"
            )
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise TypeError(
                f"OptimizerMap: optimizer_map must be a dict. Received: {optimizer_map!r}"
            )
        self._default_optimizer = default_optimizer
        self._optimizer_map = dict(optimizer_map or {})

    @property
    def default_optimizer(self):
        """The optimizer of variables that no key matches."""
        return self._default_optimizer

    def __getitem__(self, key):
        if key in self._optimizer_map:
            return self._optimizer_map[key]
        found = [pattern for pattern in self._optimizer_map if re.fullmatch(pattern, key)]
        if len(found) > 1:
            raise ValueError(
                f"The variable {key!r} matches several keys of the OptimizerMap: {found}. "
                "Make them narrower, or add the path itself as a key."
            )
        return self._optimizer_map[found[0]] if found else self._default_optimizer

    def __setitem__(self, key, optimizer):
        if key in self._optimizer_map:
            raise ValueError(
                f"The OptimizerMap has {self._optimizer_map[key]!r} for {key!r} already. "
                "Delete that first."
            )
        if not isinstance(key, str):
            raise ValueError(f"A key of an OptimizerMap must be a string. Received: {key!r}")
        if not isinstance(optimizer, Optimizer) or isinstance(
            optimizer, (LossScaleOptimizer, MultiOptimizer)
        ):
            raise ValueError(
                "A value of an OptimizerMap must be a keras.Optimizer, and neither a "
                f"LossScaleOptimizer nor a MultiOptimizer. Received: {optimizer!r}"
            )
        self._optimizer_map[key] = optimizer

    def __delitem__(self, key):
        del self._optimizer_map[key]

    def __len__(self):
        return len(self._optimizer_map)

    def __iter__(self):
        return iter(self._optimizer_map)

    def __call__(self, variable):
        """The optimizer of a variable."""
        return self[variable.path]

    def get_config(self):
        """The arguments from which `from_config` makes an equal map."""
        return {
            "default_optimizer": serialize_keras_object(self._default_optimizer),
            "optimizer_map": serialize_keras_object(self._optimizer_map),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A map made from what `get_config` returned."""
        return cls(
            deserialize_keras_object(config["default_optimizer"], custom_objects=custom_objects),
            deserialize_keras_object(config["optimizer_map"], custom_objects=custom_objects),
        )


class MultiOptimizer(Optimizer):
    """Trains each variable by the optimizer that a map chooses for it.

    Args:
        optimizer_map: an `OptimizerMap`, or a function from a variable to its optimizer.
        loss_scale_factor: what the loss is multiplied by before gradients are taken; it becomes
            that of all inner optimizers.
        name: a string; made up if not given.

    >>> import minikeras as keras
    >>> kernel, bias = keras.Variable(1.0, name="kernel"), keras.Variable(1.0, name="bias")
    >>> optimizer = keras.optimizers.MultiOptimizer(
    ...     keras.optimizers.OptimizerMap(
    ...         keras.optimizers.SGD(0.5), {".*bias": keras.optimizers.SGD(0.25)}
    ...     )
    ... )
    >>> optimizer.apply([keras.ops.array(1.0), keras.ops.array(1.0)], [kernel, bias])
    >>> float(kernel), float(bias)
    (0.5, 0.75)
    """

    def __init__(self, optimizer_map, loss_scale_factor=None, name=None):
        super().__init__(learning_rate=0.0, loss_scale_factor=loss_scale_factor, name=name)
        self.optimizer_map = optimizer_map
        self._inner_optimizers = []
        if isinstance(optimizer_map, OptimizerMap):
            for optimizer in (*optimizer_map.values(), optimizer_map.default_optimizer):
                self._add(optimizer)

    def _add(self, optimizer):
        """The position of an inner optimizer, which is added where it is new."""
        for i, known in enumerate(self._inner_optimizers):
            if known is optimizer:
                return i
        if not isinstance(optimizer, Optimizer) or isinstance(
            optimizer, (LossScaleOptimizer, MultiOptimizer)
        ):
            raise ValueError(
                f"MultiOptimizer {self.name!r} needs a keras.Optimizer for each variable, neither "
                f"a LossScaleOptimizer nor a MultiOptimizer. Received: {optimizer!r}"
            )
        optimizer.loss_scale_factor = self.loss_scale_factor
        self._inner_optimizers.append(optimizer)
        return len(self._inner_optimizers) - 1

    @property
    def optimizers(self):
        """The inner optimizers."""
        return self._inner_optimizers

    @property
    def variables(self):
        """The state: iteration, learning rate, then those of the inner optimizers."""
        inner = [v for optimizer in self._inner_optimizers for v in optimizer.variables]
        return [*self._variables, *inner]

    @property
    def learning_rate(self):
        """There is none: each inner optimizer has its own."""
        raise AttributeError(
            f"MultiOptimizer {self.name!r} has no learning rate of its own: use "
            "optimizer.optimizers[i].learning_rate."
        )

    @learning_rate.setter
    def learning_rate(self, value):
        raise AttributeError(
            f"MultiOptimizer {self.name!r} has no learning rate of its own: set "
            "optimizer.optimizers[i].learning_rate."
        )

    @property
    def loss_scale_factor(self):
        """What the loss is multiplied by; setting it sets that of the inner optimizers."""
        return self._loss_scale_factor

    @loss_scale_factor.setter
    def loss_scale_factor(self, value):
        self._loss_scale_factor = value
        for optimizer in self.__dict__.get("_inner_optimizers", ()):
            optimizer.loss_scale_factor = value

    def build(self, var_list):
        """Choose the optimizer of each variable, and build all of them."""
        if self.built:
            return
        self._chosen = {id(v): self._add(self.optimizer_map(v)) for v in var_list}
        for optimizer, variables in zip(self._inner_optimizers, self._shares(var_list)):
            if variables:
                optimizer.build(variables)
        super().build(var_list)

    def _shares(self, variables):
        """The variables of each inner optimizer."""
        shares = [[] for _ in self._inner_optimizers]
        for variable in variables:
            shares[self._chosen[id(variable)]].append(variable)
        return shares

    def _apply(self, grads, variables):
        gradient_of = {id(v): g for v, g in zip(variables, grads)}
        for optimizer, share in zip(self._inner_optimizers, self._shares(variables)):
            if share:
                optimizer.apply([gradient_of[id(v)] for v in share], share)

    def finalize_variable_values(self, var_list):
        """Let each inner optimizer finish its variables."""
        var_list = list(var_list)
        self._check_known(var_list)
        for optimizer, share in zip(self._inner_optimizers, self._shares(var_list)):
            if share:
                optimizer.finalize_variable_values(share)

    def get_config(self):
        """The constructor's arguments as plain values."""
        return {
            "optimizer_map": serialize_keras_object(self.optimizer_map),
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }

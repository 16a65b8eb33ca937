"""Names with an underscore, and others of the inside of Keras 1 and 2, that programs came to use.

Those are here that say something true: what a model is fed with, its losses as a graph, its layers
by depth, the weights that a layer lists itself.
"""

import functools

from minikeras import tree
from minikeras.backend.variables import Variable
from minikeras.backend.xp import np
from minikeras.layers import Input, Layer
from minikeras.legacy.era import era
from minikeras.legacy.symbolic_losses import added_to, graph_of
from minikeras.models import Model, Sequential
from minikeras.models.functional import Functional
from minikeras.symbolic.keras_tensor import KerasTensor
from minikeras.symbolic.operation import Node, Operation, auto_name
from minikeras.training.trainer import Trainer

_INSIDE = {}  # name -> a function of a model


def install():
    """Give models, layers and symbolic tensors the names that they had inside."""
    for names, getter in (
        ("_feed_inputs", lambda model: list(model.inputs)),
        ("_feed_outputs", lambda model: list(model.outputs)),
        ("_feed_input_names", lambda model: list(model.input_names)),
        ("_feed_output_names", lambda model: list(model.output_names)),
        ("_feed_input_shapes internal_input_shapes", lambda model: _shapes(model.inputs)),
        ("_feed_output_shapes internal_output_shapes", lambda model: _shapes(model.outputs)),
        ("_input_layers input_layers", lambda model: _makers(model.inputs)),
        ("_output_layers output_layers", lambda model: _makers(model.outputs)),
        ("_nodes_by_depth nodes_by_depth", lambda model: _by_depth(model)[0]),
        ("_layers_by_depth layers_by_depth", lambda model: _by_depth(model)[1]),
        ("_is_graph_network", lambda model: _has_graph(model)),
        ("_collected_trainable_weights", lambda model: list(model.trainable_weights)),
        ("stateful_metric_names", lambda model: list(model.metrics_names)[1:]),
        ("total_loss", lambda model: _loss_graph(model)[0]),
        ("targets _feed_targets", lambda model: list(_loss_graph(model)[1])),
        ("sample_weights _feed_sample_weights", lambda model: list(_loss_graph(model)[2])),
        ("metrics_tensors", lambda model: _Told(model, 1, [])),
    ):
        _INSIDE.update(dict.fromkeys(names.split(), getter))
    Model.__getattr__ = _missing
    Trainer.metrics_names = property(_metrics_names(Trainer.metrics_names.fget))
    for name in ("_make_predict_function", "_make_train_function", "_make_test_function"):
        setattr(Model, name, _make_nothing)
    Model._standardize_user_data = _standardize_user_data
    Layer._trainable_weights = property(
        lambda layer: _Weights(layer, layer.trainable_weights, True),
        lambda layer, weights: setattr(layer, "trainable_weights", weights),
    )
    Layer._non_trainable_weights = property(
        lambda layer: _Weights(layer, layer.non_trainable_weights, False),
        lambda layer, weights: setattr(layer, "non_trainable_weights", weights),
    )
    Layer.__getattr__ = _weight_of_1
    KerasTensor._uses_learning_phase = property(_uses_phase)
    Operation.input = property(_input(Operation.input.fget), doc=Operation.input.__doc__)


def _has_graph(model):
    return isinstance(model, Functional) or (isinstance(model, Sequential) and model.built)


def _missing(model, name):
    """What a model has by a name of then; it comes last, so that programs may use the names."""
    if name not in _INSIDE or not (_has_graph(model) or name == "_is_graph_network"):
        return object.__getattribute__(model, name)  # raises the error again
    return _INSIDE[name](model)


def _shapes(tensors):
    return [tuple(x.shape) for x in tensors]


def _makers(tensors):
    return [x._keras_history.operation for x in tensors]


def _by_depth(model):
    """Calls and layers by how far from the outputs they are, two dicts of lists."""
    nodes, layers = {}, {}
    graph = model if isinstance(model, Functional) else model._functional
    depth = dict.fromkeys((id(node) for node in graph._graph.nodes), 0)
    of_layers = {}
    for node in reversed(graph._graph.nodes):
        own = max(depth[id(node)], of_layers.get(id(node.operation), 0))
        depth[id(node)] = of_layers[id(node.operation)] = own
        for parent in node.parent_nodes:
            if id(parent) in depth:
                depth[id(parent)] = max(depth[id(parent)], own + 1)
    for node in graph._graph.nodes:
        nodes.setdefault(depth[id(node)], []).append(node)
    for operation in graph.operations:
        layers.setdefault(of_layers[id(operation)], []).append(operation)
    return nodes, layers


# Losses


class _TotalLoss(Operation):
    """The loss of a compiled model for its outputs, targets and weights of samples."""

    def __init__(self, model):
        super().__init__(name=auto_name("total_loss"))
        self._model = model

    def call(self, *values):
        """The loss: ``values`` are the outputs, then the targets, then the weights."""
        count = len(values) // 3
        outputs, targets, weights = (_single(values[i * count : (i + 1) * count]) for i in range(3))
        return self._model.compute_loss(None, targets, outputs, weights)


def _single(values):
    return values[0] if len(values) == 1 else list(values)


def _loss_graph(model):
    """``(loss, targets, weights)``: symbolic tensors, the same ones each time after `compile`."""
    if not model.compiled:
        raise AttributeError(f"Model {model.name!r} has no loss before it is compiled")
    key = id(model._compile_loss)
    kept = model.__dict__.get("_loss_graph_of_old")
    if kept is None or kept[0] != key:
        targets = [
            Input(batch_shape=(None,) * len(x.shape), name=f"{name}_target")
            for x, name in zip(model.outputs, model.output_names)
        ]
        weights = [Input(batch_shape=(None,), name=f"{n}_weights") for n in model.output_names]
        loss = KerasTensor((), model.outputs[0].dtype, name="total_loss")
        Node(_TotalLoss(model), (*model.outputs, *targets, *weights), {}, [loss])
        kept = model.__dict__["_loss_graph_of_old"] = key, (loss, targets, weights)
    return kept[1]


class _Told(list):
    """Names or tensors of metrics, to which a program adds: one of each makes a metric."""

    def __init__(self, model, kind, values):
        super().__init__(values)
        self._model, self._kind = model, kind

    def append(self, value):
        super().append(value)
        told = self._model.__dict__.setdefault("_metrics_told", ([], []))
        told[self._kind].append(value)
        if told[0] and told[1]:
            self._model.add_metric(told[1].pop(0), name=told[0].pop(0), aggregation="mean")


def _metrics_names(today):
    @functools.wraps(today)
    def metrics_names(self):
        found, graph = today(self), graph_of(self)
        added = [] if graph is None else added_to(graph)[0]
        found += [entry["name"] for entry in added if entry.get("name") not in (None, *found)]
        return found if era() == 3 else _Told(self, 0, found)

    return metrics_names


def _make_nothing(self):
    """Nothing: there is no function to be made before the first batch."""


def _standardize_user_data(self, x, y=None, sample_weight=None, class_weight=None, **kwargs):
    """Inputs, targets and weights as lists of arrays, one for each input or output.

    Args:
        x, y, sample_weight: as of `fit`.
        class_weight, **kwargs: None alone: they are for `fit`.
    """
    if class_weight is not None or any(value is not None for value in kwargs.values()):
        raise ValueError("_standardize_user_data takes x, y and sample_weight alone")
    arrays = [np.asarray(a) for a in tree.flatten(x)]
    targets = [] if y is None else [np.asarray(a) for a in tree.flatten(y)]
    targets = [a[:, None] if a.ndim == 1 else a for a in targets]
    given = tree.flatten(sample_weight) if sample_weight is not None else [None] * len(targets)
    weights = [
        np.ones(len(a), "float32") if w is None else np.asarray(w) for a, w in zip(targets, given)
    ]
    return arrays, targets, weights


# Layers and tensors

_WEIGHTS_OF_1 = {"W": ("kernel", "embeddings"), "b": ("bias",)}


def _weight_of_1(layer, name):
    """A weight by its name in Keras 1: ``layer.W``, ``layer.b``."""
    if name in _WEIGHTS_OF_1 and era() == 1:
        for now in _WEIGHTS_OF_1[name]:
            found = getattr(layer, now, None)
            if isinstance(found, Variable):
                return found
    return object.__getattribute__(layer, name)  # raises the error again


class _Weights(list):
    """Weights of a layer; what is added becomes one of its weights."""

    def __init__(self, layer, weights, is_trainable):
        super().__init__(weights)
        self._layer = layer
        self._name = "trainable_weights" if is_trainable else "non_trainable_weights"

    def append(self, weight):
        self.extend([weight])

    def extend(self, weights):
        super().extend(weights)
        setattr(self._layer, self._name, list(self))

    def __iadd__(self, weights):
        self.extend(weights)
        return self


def _uses_phase(x):
    """Whether something on the way to a symbolic tensor computes something else in training."""
    seen, waiting = set(), [x]
    while waiting:
        history = waiting.pop()._keras_history
        if history is None or id(history.operation) in seen:
            continue
        seen.add(id(history.operation))
        operation = history.operation
        if isinstance(operation, Layer) and operation.uses_learning_phase:
            return True
        waiting.extend(operation._inbound_nodes[history.node_index].input_tensors)
    return False


def _input(today):
    def input(operation):
        found = today(operation)
        if era() != 3 and isinstance(found, list) and not found:  # where a graph begins
            return operation.output
        return found

    return input

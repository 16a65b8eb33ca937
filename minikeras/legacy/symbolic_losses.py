"""Losses that are computed in the graph of a model: ``model.add_loss(tensor)`` of Keras 2.

Also metrics, ``model.add_metric(tensor, name)``, and functions of targets and outputs that use
other tensors of the graph, as the first programs for variational autoencoders did. Losses and
metrics that were added stand in the configuration of a functional model, with the layers that only
they need: tf.keras wrote them as layers ``AddLoss`` and ``AddMetric``.
"""

import functools
import types

from minikeras import ops, tree
from minikeras.layers import Input, Layer
from minikeras.legacy.era import era
from minikeras.legacy.warned import warn_user
from minikeras.models import Sequential
from minikeras.models.functional import Functional, _GraphReader, keeps_functional_constructor
from minikeras.symbolic.graph import Function as Part
from minikeras.symbolic.inference import is_inferring
from minikeras.symbolic.keras_tensor import KerasTensor


def install():
    """Let models take losses and metrics that are symbolic tensors."""
    Layer.add_loss = _add(Layer.add_loss, "losses")
    Layer.add_metric = _add(Layer.add_metric, "metrics")
    Functional.run = _run(Functional.run)
    Functional.__init__ = _adding(Functional.__init__)
    Functional.get_config = _get_config(Functional.get_config)
    Sequential.get_config = _warning(Sequential.get_config)
    layers = Functional.layers  # a property
    Functional.layers = layers.getter(_layers(layers.fget))
    _GraphReader.model = _model(_GraphReader.model)


class _Added:
    """What was added to a model, and the graph that computes it beside the outputs."""

    def __init__(self, model, owner):
        self.model, self.owner = model, owner
        self.losses, self.metrics, self.own_layers = [], [], []
        self.graph = None

    def add(self, kind, tensor, *details):
        """Note a symbolic tensor, and make the graph anew."""
        getattr(self, kind).append((tensor, *details))
        model = self.model
        wanted = [*model.outputs, *(entry[0] for entry in (*self.losses, *self.metrics))]
        self.graph = Part(model.inputs, wanted)
        known = {id(operation) for operation in model.operations}
        self.own_layers = [
            operation for operation in self.graph.operations
            if isinstance(operation, Layer) and id(operation) not in known
        ]  # fmt: skip
        self.owner.layers_of_losses = self.own_layers

    def run(self, values, call):
        """The outputs; what was added is reported on the way."""
        found = self.graph.run(values, call)
        count = len(self.model.outputs)
        added = found[count:]
        if any(isinstance(value, KerasTensor) for value in values):  # a copy of the graph is made
            found[0].__dict__["_added_of_copy"] = [
                {**entry, "tensor": x} for entry, x in zip(added_to(self.model)[0], added)
            ]
            return tree.pack_sequence_as(self.model._outputs_struct, found[:count])
        for value, _ in zip(added, self.losses):
            self.owner.add_loss(ops.mean(value))
        for value, (_, name, aggregation) in zip(added[len(self.losses) :], self.metrics):
            self.owner.add_metric(value, name, aggregation)
        return tree.pack_sequence_as(self.model._outputs_struct, found[:count])


def graph_of(model):
    """The functional model that a model computes, or None."""
    return model.__dict__.get("_functional") if isinstance(model, Sequential) else (
        model if isinstance(model, Functional) else None
    )  # fmt: skip


def _add(add_today, kind):
    @functools.wraps(add_today)
    def add(self, *args, **kwargs):
        given = tree.flatten(args[0] if args else kwargs.get("losses", kwargs.get("loss")))
        if kind == "metrics":
            given = [args[0] if args else kwargs.get("value")]
        graph = graph_of(self)
        if graph is None or not any(isinstance(x, KerasTensor) for x in given):
            return add_today(self, *args, **kwargs)
        added = graph.__dict__.get("_added_of_old")
        if added is None:
            added = graph.__dict__["_added_of_old"] = _Added(graph, self)
        details = ()
        if kind == "metrics":
            names = dict(zip(("name", "aggregation"), args[1:])) | kwargs
            details = names.get("name"), names.get("aggregation") or "mean"
            if details[0] is None:
                raise ValueError("add_metric needs a name for a symbolic tensor")
        for x in given:
            added.add(kind, x, *details)
        return None

    add.__legacy_args__ = ("losses", "loss", "inputs", "value", "name", "aggregation")
    return add


def _run(run_today):
    @functools.wraps(run_today)
    def run(self, values, call=None):
        self.__dict__["_values_of_last_call"] = None if is_inferring() else values
        added = self.__dict__.get("_added_of_old")
        return run_today(self, values, call) if added is None else added.run(values, call)

    return run


def _adding(construct):
    """The copy of a model gets what was added to the model."""

    @functools.wraps(construct)
    def __init__(self, *args, **kwargs):
        construct(self, *args, **kwargs)
        entries = self.outputs[0].__dict__.pop("_added_of_copy", ()) if self.outputs else ()
        _add_all(self, ((entry, entry["tensor"]) for entry in entries))

    return __init__


def _add_all(model, pairs):
    for entry, x in pairs:
        if entry["kind"] == "loss":
            model.add_loss(x)
        else:
            model.add_metric(x, name=entry["name"], aggregation=entry["aggregation"])


# Configurations

ADDED = "added_of_old"  # the key of a configuration that tells what was added


def added_to(model):
    """What was added to a functional model: a list of losses and metrics, and their graph.

    Returns:
        ``(entries, graph)``: dicts with ``kind`` (``"loss"`` or ``"metric"``), ``tensor``, and for
        metrics ``name`` and ``aggregation``; ``([], None)`` if nothing was added.
    """
    added = model.__dict__.get("_added_of_old")
    if added is None:
        return [], None
    names = ("tensor", "name", "aggregation")
    losses = [{"kind": "loss"} | dict(zip(names, entry)) for entry in added.losses]
    metrics = [{"kind": "metric"} | dict(zip(names, entry)) for entry in added.metrics]
    return [*losses, *metrics], added.graph


def _get_config(get_config_today):
    @functools.wraps(get_config_today)
    def get_config(self):
        entries, _ = added_to(self)
        if not entries or not keeps_functional_constructor(type(self)):
            return get_config_today(self)
        outputs = {"outputs": self._outputs_struct, "added": [e["tensor"] for e in entries]}
        whole = Functional(self._inputs_struct, outputs, self.name, trainable=self.trainable)
        config = get_config_today(whole)
        places = config["output_layers"]
        told = [{**e, "tensor": place} for e, place in zip(entries, places["added"])]
        return {**config, "output_layers": places["outputs"], ADDED: told}

    return get_config


def _warning(get_config_today):
    """The configuration of a `Sequential` is a list of layers, which has no place for losses."""

    @functools.wraps(get_config_today)
    def get_config(self):
        graph = self.__dict__.get("_functional")
        if graph is not None and added_to(graph)[0]:
            warn_user(
                f"The losses and metrics that were added to {self.name!r} as tensors have no place "
                "in the configuration of a Sequential. To keep them, make a functional model"
            )
        return get_config_today(self)

    return get_config


def _layers(layers_today):
    def layers(self):
        """The layers of the graph, in Keras's order; those that only losses need at the end."""
        added = self.__dict__.get("_added_of_old")
        if era() != 3 and not (added and added.own_layers):
            return self._layers  # itself: programs take layers off its end
        return layers_today(self) + (list(added.own_layers) if added else [])

    return layers


def _model(model_today):
    @functools.wraps(model_today)
    def model(self, cls):
        entries = self.config.get(ADDED) or ()
        self.config = {key: value for key, value in self.config.items() if key != ADDED}
        made = model_today(self, cls)
        _add_all(made, ((entry, self._at(entry["tensor"])) for entry in entries))
        return made

    return model


# Functions that use tensors of the graph


def closed(loss, model):
    """The losses of `compile`, those that use symbolic tensors made to compute them each time.

    Args:
        loss: what `compile` was given.
        model: the model that is compiled.
    """
    graph = graph_of(model)
    if graph is None:
        return loss
    if isinstance(loss, (list, tuple)):
        found = [_closed(one, graph, i) for i, one in enumerate(loss)]
        return found if any(a is not b for a, b in zip(found, loss)) else loss
    if isinstance(loss, dict):
        names = graph.output_names
        return {
            name: _closed(one, graph, names.index(name)) if name in names else one
            for name, one in loss.items()
        }
    return _closed(loss, graph, 0)


def _uses_symbols(function):
    """Whether a function reads a symbolic tensor from around it."""
    if isinstance(function, functools.partial):
        given = [*function.args, *function.keywords.values()]
        is_given = any(isinstance(value, KerasTensor) for value in given)
        return is_given or _uses_symbols(function.func)
    if not isinstance(function, types.FunctionType):
        return False
    found = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    found += [cell.cell_contents for cell in function.__closure__ or () if not _is_empty(cell)]
    found += [function.__globals__.get(name) for name in function.__code__.co_names]
    return any(isinstance(value, KerasTensor) for value in found)


def _is_empty(cell):
    try:
        return cell.cell_contents is cell
    except ValueError:
        return True


def _closed(function, graph, index):
    if not _uses_symbols(function):
        return function
    parts = {}

    @functools.wraps(function)
    def loss(y_true, y_pred):
        values = graph.__dict__.get("_values_of_last_call")
        if isinstance(y_pred, KerasTensor) or values is None:
            return function(y_true, y_pred)
        key = tuple(y_true.shape[1:]), str(y_true.dtype)
        if key not in parts:
            target = Input(batch_shape=(None, *key[0]), dtype=key[1])
            found = function(target, graph.outputs[index])
            parts[key] = Part([*graph.inputs, target], found)
        return parts[key].run([*values, y_true])

    return loss

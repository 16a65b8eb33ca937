"""The walk over what a model holds, in the order and under the paths of Keras's files.

Attributes are visited by name, those with a leading underscore last; lists and dicts give their
items the names of their classes, numbered. What is met twice counts where it is met first.
"""

import functools

from minikeras.layers.layer import Layer
from minikeras.metrics.metric import Metric
from minikeras.models.functional import Functional
from minikeras.models.model import Model
from minikeras.models.sequential import Sequential
from minikeras.optimizers import Optimizer
from minikeras.symbolic.names import to_snake_case

_SAVED = (Layer, Metric, Optimizer)
_CONTAINERS = (list, tuple, dict, set)
# What the base classes of this package keep for themselves.
_INTERNAL = {
    "_arrived", "_build_shapes", "_functional", "_graph", "_held_before", "_inbound_nodes",
    "_inputs", "_inputs_struct", "_layers", "_losses", "_outbound_nodes", "_outputs",
    "_outputs_struct",
    "_tracked", "input", "input_spec", "inputs", "losses", "metrics", "metrics_variables",
    "operations", "output", "outputs", "variables", "weights",
}  # fmt: skip


@functools.cache
def _reference_names(kind):
    """Names that every object of a kind has; they hold nothing of the subclass."""
    if kind is Layer:
        return frozenset(dir(Layer()))
    if kind is Model:
        return frozenset(set(dir(Model())) - {"layers", "optimizer"})
    return frozenset(dir(kind))


def _kind_of(obj):
    return next(k for k in (Model, Layer, Metric, Optimizer) if isinstance(obj, k))


def walk(obj, path="", skipped=(), aliases=None):
    """Pairs of a path and an object with variables of its own, in Keras's order.

    Args:
        obj: a model.
        path: its path.
        skipped: objects that are left out with all that they hold.
        aliases: None, or a list that is filled meanwhile: for each further path of an object that
            was met already, the pair of that path and the first one.
    """
    yield from _visit(obj, path, {id(one): None for one in skipped}, aliases)


def _visit(obj, path, visited, aliases):
    if id(obj) in visited:
        if aliases is not None and visited[id(obj)] is not None:
            aliases.append((path, visited[id(obj)]))
        return
    visited[id(obj)] = path
    yield path, obj
    names = [n for n in dir(obj) if not n.startswith("__") and n not in _INTERNAL]
    skipped = _reference_names(_kind_of(obj))
    names = sorted((n for n in names if n not in skipped), key=lambda n: (n.startswith("_"), n))
    if isinstance(obj, (Functional, Sequential)):
        names = ["layers", *(n for n in names if n != "layers")]
    for name in names:
        try:
            child = getattr(obj, name)
        except Exception:  # a property that does not apply to this object holds nothing to save
            continue
        inner = f"{path}/{name}" if path else name
        if isinstance(child, _SAVED):
            yield from _visit(child, inner, visited, aliases)
        elif isinstance(child, _CONTAINERS):
            yield from _visit_items(child, inner, visited, aliases, ())


def _visit_items(container, path, visited, aliases, around):
    around = (*around, id(container))
    counts = {}
    items = container.values() if isinstance(container, dict) else container
    for item in list(items):
        if isinstance(item, _SAVED):
            name = to_snake_case(type(item).__name__)
        elif isinstance(item, _CONTAINERS) and id(item) not in around:
            name = "container"
        else:
            continue
        count = counts.get(name, 0)
        counts[name] = count + 1
        inner = f"{path}/{name}" if count == 0 else f"{path}/{name}_{count}"
        if isinstance(item, _SAVED):
            yield from _visit(item, inner, visited, aliases)
        else:
            yield from _visit_items(item, inner, visited, aliases, around)

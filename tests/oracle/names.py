"""What needs a row: every public op and each of its arguments, away from its default."""

import inspect

import numpy as np

NAMESPACES = ("ops", "ops.image", "ops.linalg", "ops.nn", "ops.numpy")


def public_ops(keras):
    """The functions of ``keras.ops`` by identity: for each a list of its names below ``ops``."""
    found = {}
    for namespace in NAMESPACES:
        module = keras
        for part in namespace.split("."):
            module = getattr(module, part)
        prefix = namespace.partition(".")[2]
        for name in sorted(dir(module)):
            value = getattr(module, name)
            if not name.startswith("_") and inspect.isroutine(value):
                full = f"{prefix}.{name}" if prefix == "image" else name
                names = found.setdefault(id(value), [])
                if full not in names:
                    names.append(full)
    return list(found.values())


def untouched(function, calls, aside=("name",)):
    """The parameters with a default that no call gives another value.

    Args:
        function: what is called.
        calls: pairs of positional and named arguments.
        aside: parameters that do not count.
    """
    parameters = inspect.signature(function).parameters
    waiting = {
        name for name, p in parameters.items() if p.default is not p.empty and name not in aside
    }
    for args, kwargs in calls:
        bound = inspect.signature(function).bind_partial(*args, **kwargs).arguments
        waiting -= {
            name
            for name in waiting
            if name in bound and not _is_same(bound[name], parameters[name].default)
        }
    return sorted(waiting)


def _is_same(value, default):
    if isinstance(value, np.ndarray) or isinstance(default, np.ndarray):
        return False
    return type(value) is type(default) and value == default


CLASS_NAMESPACES = (
    "layers", "losses", "metrics", "optimizers.schedules", "optimizers", "initializers",
    "regularizers", "constraints", "activations", "random",
)  # fmt: skip
# In every namespace: objects are made from configurations, which all rows compare.
_BY_CONFIGURATION = {"get", "serialize", "deserialize"}


def public_classes(keras):
    """Classes and functions of these namespaces by identity: for each a list of its names."""
    names = {}
    for namespace in CLASS_NAMESPACES:
        module = keras
        for part in namespace.split("."):
            module = getattr(module, part)
        for name in sorted(dir(module), key=lambda n: (n.lower() == n, n)):
            value = getattr(module, name)
            is_plain = callable(value) and not inspect.ismodule(value)
            if is_plain and not name.startswith("_") and name not in _BY_CONFIGURATION:
                names.setdefault(id(value), []).append(f"{namespace}.{name}")
    return list(names.values())

"""The variables of a model as a tree: nested dicts by the parts of their paths."""

from minikeras.backend.variables import Variable

_FORMATS = ("backend_tensor", "numpy_array")


def state_tree(model, value_format):
    """What `Model.get_state_tree` returns."""
    if value_format not in _FORMATS:
        raise ValueError(f"value_format must be one of {_FORMATS}. Received: {value_format!r}")
    read = (lambda v: v.value) if value_format == "backend_tensor" else (lambda v: v.numpy())
    found = {}
    for kind, variables in _variables(model).items():
        branch = found[kind] = {}
        for path, variable in _by_path(variables).items():
            *parents, name = path.split("/")
            node = branch
            for parent in parents:
                node = node.setdefault(parent, {})
            node[name] = read(variable)
    return found


def set_state_tree(model, tree):
    """What `Model.set_state_tree` does; nothing is set if a path is unknown."""
    kinds = _variables(model)
    changes = []
    for kind, branch in tree.items():
        if kind not in kinds:
            raise ValueError(f"A state tree has the keys {sorted(kinds)}. Received: {kind!r}")
        known = _by_path(kinds[kind])
        for path, value in _leaves(branch):
            if path not in known:
                raise ValueError(
                    f"Model {model.name!r} has no variable {path!r} among its {kind}. It has: "
                    f"{sorted(known)}"
                )
            changes.append((known[path], value))
    for variable, value in changes:
        variable.assign(value)


def _variables(model):
    optimizer = getattr(model, "optimizer", None)
    return {
        "trainable_variables": model.trainable_variables,
        "non_trainable_variables": model.non_trainable_variables,
        "optimizer_variables": optimizer.variables if optimizer is not None else [],
        "metrics_variables": model.metrics_variables,
    }


def _by_path(variables: list[Variable]):
    found = {}
    for variable in variables:
        if variable.path in found:
            raise ValueError(
                f"Two variables have the path {variable.path!r}, so they cannot stand in one state "
                "tree. Give layers and metrics names of their own."
            )
        found[variable.path] = variable
    return found


def _leaves(branch, prefix=""):
    for name, value in branch.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}", value

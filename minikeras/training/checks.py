"""Checks of labels, made on the host before a model is changed by training on them."""

from minikeras import losses, tree
from minikeras.backend.xp import np
from minikeras.training.data import unpack_x_y_sample_weight


def check_targets(model, batch):
    """Raise ValueError where built-in losses would be fed NaN or labels out of range.

    Only labels that count are looked at: those with sample weight 0 may be anything.

    Args:
        model: a compiled model.
        batch: ``(x, y, sample_weight)`` on the host.
    """
    _, y, sample_weight = unpack_x_y_sample_weight(batch)
    if y is None:
        return
    targets = tree.flatten(y)
    functions = model._compile_loss.losses
    if len(functions) != len(targets):
        return
    weights = tree.flatten(sample_weight) if sample_weight is not None else []
    if len(weights) != len(targets):
        weights = [None] * len(targets)
    shapes = _output_shapes(model, len(targets))
    for target, weight, loss, shape in zip(targets, weights, functions, shapes):
        if isinstance(target, np.ndarray) and type(loss).__module__.startswith("minikeras."):
            _check_one(_counted(target, weight), loss, shape)


def _output_shapes(model, count):
    try:
        shapes = [x.shape for x in model.outputs]
    except AttributeError:
        return [None] * count
    return shapes if len(shapes) == count else [None] * count


def _counted(target, weight):
    if isinstance(weight, np.ndarray) and weight.shape[:1] == target.shape[:1]:
        rows = weight.reshape(len(weight), -1).any(axis=1)
        return target if rows.all() else target[rows]
    return target


def _check_one(target, loss, shape):
    if target.dtype.kind == "f" and np.isnan(target).any():
        where = np.argwhere(np.isnan(target))[0]
        raise ValueError(
            f"The targets contain NaN, first at index {tuple(map(int, where))}, so the loss "
            f"{loss.name!r} would be NaN. Remove or fill these samples, or give them sample "
            "weight 0."
        )
    if isinstance(loss, losses.SparseCategoricalCrossentropy) and shape is not None:
        axis = getattr(loss, "axis", -1)
        if shape and shape[axis if axis is not None else -1] is not None:
            losses.check_labels(
                target, shape[axis], ignore_class=getattr(loss, "ignore_class", None)
            )

"""Checks of targets, made on the host before a model is changed by training on them."""

from minikeras.training.data import unpack_x_y_sample_weight


def check_targets(model, batch):
    """Raise ValueError where the compiled losses would be fed NaN or labels out of range.

    Models whose outputs are not known before they are called are checked from the second batch on.

    Args:
        model: a compiled model.
        batch: ``(x, y, sample_weight)`` on the host.
    """
    _, y, _ = unpack_x_y_sample_weight(batch)
    if y is None:
        return
    compiled = model._compile_loss
    if not compiled.built:
        outputs = _symbolic_outputs(model)
        if outputs is None:
            return
        compiled.build(y, outputs)
    compiled.check_targets(y)


def _symbolic_outputs(model):
    """The outputs of the model as symbolic tensors, or None where they are not known."""
    try:
        return model.output
    except (AttributeError, ValueError):
        return None

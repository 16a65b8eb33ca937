"""What losses were divided by in Keras 1 and 2, where samples have weights, masks or activities.

====================  ==================================  ====================  ================
loss                  Keras 1                             Keras 2.3             Keras 3
====================  ==================================  ====================  ================
under weights         by how many are not 0               by how many           by how many
under a mask          by how many are valid               by how many in all    by how many valid
of activities         not divided                         not divided           by the batch
====================  ==================================  ====================  ================

The era in force counts where a model is compiled, and for activities where a layer is made.
"""

import contextvars
import functools
import re

from minikeras import ops
from minikeras.layers import Layer
from minikeras.legacy.era import era
from minikeras.losses import loss as losses
from minikeras.training.compiled import CompiledLoss

_under_way = contextvars.ContextVar("era of the loss", default=3)


def install():
    """Let models and layers that are made in eras 1 and 2 divide as they did then."""
    CompiledLoss.__init__ = _noting(CompiledLoss.__init__)
    CompiledLoss.__call__ = _calling(CompiledLoss.__call__)
    losses.reduce_weighted_values = _reduce(losses.reduce_weighted_values)
    Layer.__init__ = _summing(Layer.__init__)


def _noting(construct):
    @functools.wraps(construct)
    def __init__(self, *args, **kwargs):
        construct(self, *args, **kwargs)
        self.era = era()

    return __init__


def _calling(call_today):
    @functools.wraps(call_today)
    def __call__(self, *args, **kwargs):
        token = _under_way.set(self.era)
        try:
            return call_today(self, *args, **kwargs)
        finally:
            _under_way.reset(token)

    return __call__


def _reduce(reduce_today):
    @functools.wraps(reduce_today)
    def reduce_weighted_values(
        values, sample_weight=None, mask=None, reduction="sum_over_batch_size", dtype=None
    ):
        number = _under_way.get()
        is_plain = sample_weight is None and mask is None
        if number == 3 or is_plain or reduction != "sum_over_batch_size":
            return reduce_today(values, sample_weight, mask, reduction, dtype)
        values = ops.convert_to_tensor(values, dtype=dtype)
        if mask is not None:
            mask = ops.cast(mask, values.dtype)
        if sample_weight is not None:
            sample_weight = ops.convert_to_tensor(sample_weight, dtype=values.dtype)
        weighed = _as_in_1 if number == 1 else _as_in_2
        return ops.mean(weighed(values, sample_weight, mask))

    return reduce_weighted_values


def _as_in_1(values, weights, mask):
    if mask is not None:
        values, mask = losses.squeeze_or_expand_to_same_rank(values, mask)
        values = ops.divide_no_nan(ops.multiply(values, mask), ops.mean(mask))
    if weights is None:
        return values
    rank = len(weights.shape)
    if rank > 1 and weights.shape[-1] == 1 and rank == len(values.shape) + 1:
        weights, rank = ops.squeeze(weights, -1), rank - 1
    if len(values.shape) > rank:  # one weight for all steps of a sample
        values = ops.mean(values, axis=tuple(range(rank, len(values.shape))))
    counted = ops.mean(ops.cast(ops.not_equal(weights, 0), values.dtype))
    return ops.divide_no_nan(ops.multiply(values, weights), counted)


def _as_in_2(values, weights, mask):
    if weights is None:
        weights = mask
    elif mask is not None:
        mask, weights = losses.squeeze_or_expand_to_same_rank(mask, weights)
        missing = len(mask.shape) - len(weights.shape)
        weights = ops.multiply(ops.reshape(weights, (*weights.shape, *[1] * max(missing, 0))), mask)
    values, weights = losses.squeeze_or_expand_to_same_rank(values, weights)
    missing = len(values.shape) - len(weights.shape)
    weights = ops.reshape(weights, (*weights.shape, *[1] * max(missing, 0)))
    return ops.multiply(values, weights)


def _summing(construct):
    @functools.wraps(construct)
    def __init__(self, **kwargs):
        construct(self, **kwargs)
        if era() != 3:
            self.__dict__["_computed"] = functools.partial(_computed, self)

    return __init__


def _computed(layer, *args, **kwargs):
    """`Layer._computed`, where losses of activities are not divided by the size of the batch."""
    regularizer = layer.activity_regularizer
    if regularizer is None:
        return type(layer)._computed(layer, *args, **kwargs)

    def of_batch(output):
        loss = regularizer(output)
        return loss * max(output.shape[0], 1) if output.shape else loss

    layer.__dict__["activity_regularizer"] = of_batch
    try:
        return type(layer)._computed(layer, *args, **kwargs)
    finally:
        layer.__dict__["activity_regularizer"] = regularizer


def settle(model, version):
    """Let a model from a file divide its losses as the Keras that wrote it did.

    That of TensorFlow divides losses of activities by the batch, and from 2.11 on those under a
    mask by how many are valid.

    Args:
        model: the model.
        version: the version that its file states, such as ``"2.2.4-tf"``; None for Keras 1.
    """
    number, is_tensorflow = _numbers(version or "1.0")
    if number < (3,) and not is_tensorflow:
        for layer in model._all_layers():
            layer.__dict__["_computed"] = functools.partial(_computed, layer)
    loss = getattr(model, "_compile_loss", None)
    if loss is not None:
        is_weighed_as_in_1 = number < (2, 3) and not is_tensorflow
        loss.era = 1 if is_weighed_as_in_1 else 2 if number < (2, 11) else 3


def _numbers(version):
    """The first two numbers of a version, and whether it is of TensorFlow's Keras."""
    found = re.match(r"(\d+)(?:\.(\d+))?", str(version))
    if found is None:
        return (2, 3), False
    number = int(found[1]), int(found[2] or 0)
    return number, "tf" in str(version) or (2, 4) <= number < (3,)

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

"""keras.ops of networks: one-hot vectors, cross-entropies and the signal-to-noise ratio."""

import math

from minikeras import config
from minikeras.backend import activations, elementwise, logic, reduction
from minikeras.backend.dtypes import standardize_dtype
from minikeras.backend.label_cost import label_cost
from minikeras.backend.shaping import moveaxis, normal_axis, reshape
from minikeras.backend.xp import xp
from minikeras.ops.arguments import floating, promote_floats, tensor
from minikeras.symbolic.operation import op

__all__ = [
    "binary_crossentropy",
    "categorical_crossentropy",
    "multi_hot",
    "one_hot",
    "psnr",
    "sparse_categorical_crossentropy",
]


def _refuse_sparse(sparse, name):
    if sparse:
        raise ValueError(f"{name}: minikeras has dense tensors only. Received: sparse={sparse}")


@op
def one_hot(x, num_classes, axis=-1, dtype=None, sparse=False):
    """A vector with a single 1 for each integer.

    Args:
        x: integers; those outside of ``[0, num_classes)`` give zeros.
        num_classes: the length of the vectors.
        axis: where the new axis goes.
        dtype: the dtype of the result, floatx by default.
        sparse: only False is possible: tensors are dense.

    >>> import minikeras as keras
    >>> keras.ops.one_hot([0, 2], 3).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    _refuse_sparse(sparse, "one_hot")
    x = tensor(x)
    if x.dtype.kind not in "iu":
        x = elementwise.cast(x, dtype="int32")
    rank = len(x.shape) + 1
    axis = axis % rank
    labels = reshape(x, shape=(*x.shape[:axis], 1, *x.shape[axis:]))
    classes = xp.arange(num_classes).reshape([num_classes if i == axis else 1 for i in range(rank)])
    return elementwise.cast(logic.equal(labels, classes), dtype=standardize_dtype(dtype))


@op
def multi_hot(inputs, num_classes=None, axis=-1, dtype=None, sparse=False, **kwargs):
    """A vector with a 1 for each integer that occurs.

    Args:
        inputs: integers of shape ``(..., n)``; a single number counts as one row.
        num_classes: the length of the vectors.
        axis: where the new axis goes.
        dtype: the dtype of the result, floatx by default.
        sparse: only False is possible: tensors are dense.

    >>> import minikeras as keras
    >>> keras.ops.multi_hot([0, 2, 2], 4).tolist()
    [1.0, 0.0, 1.0, 0.0]
    """
    _refuse_sparse(sparse, "multi_hot")
    num_classes = kwargs.pop("num_tokens", num_classes)
    if kwargs or num_classes is None:
        raise ValueError(
            f"multi_hot needs num_classes. Received: num_classes={num_classes}, and unknown "
            f"arguments {sorted(kwargs)}"
        )
    x = tensor(inputs)
    summed = 1 if len(x.shape) > 1 else 0
    rows = one_hot(x, num_classes, axis=axis, dtype=dtype)
    return reduction.max(rows, axis=summed)


def _log_of_shares(output, axis):
    """The logarithm of ``output`` over its sum."""
    total = reduction.sum(output, axis=axis, keepdims=True)
    return elementwise.log(_held(elementwise.true_divide(output, total)))


def _held(probabilities):
    """Probabilities kept away from 0 and 1, so that their logarithms are finite."""
    epsilon = config.epsilon()
    return elementwise.clip(probabilities, epsilon, 1.0 - epsilon)


def _same_shape(target, output, name):
    if tuple(target.shape) != tuple(output.shape):
        raise ValueError(
            f"{name}: target and output must have the same shape. Received: "
            f"{tuple(target.shape)} and {tuple(output.shape)}"
        )


@op
def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """The cross-entropy of distributions: ``-sum(target * log(output))`` along an axis.

    Args:
        target: probabilities, such as one-hot vectors.
        output: probabilities (normalised to sum 1 first), or with ``from_logits`` any numbers.
        from_logits: whether softmax is still to be applied.
        axis: the axis of the classes.

    Returns:
        A tensor without that axis.

    >>> import minikeras as keras
    >>> round(float(keras.ops.categorical_crossentropy([0.0, 1.0], [0.5, 0.5])), 6)
    0.693147
    """
    target, output = promote_floats(target, output)
    _same_shape(target, output, "categorical_crossentropy")
    if not output.shape:
        raise ValueError("categorical_crossentropy needs an axis of classes. Received: scalars")
    if from_logits:
        return activations.softmax_crossentropy(output, target, axis=axis)
    log_p = _log_of_shares(output, axis)
    return elementwise.negative(reduction.sum(elementwise.multiply(target, log_p), axis=axis))


@op
def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """The cross-entropy of integer labels: ``-log(output[label])``.

    Args:
        target: integers in ``[0, classes)``; a last axis of length 1 is dropped. Other integers
            are no class: their cross-entropy is 0.
        output: probabilities (normalised to sum 1 first), or with ``from_logits`` any numbers.
        from_logits: whether softmax is still to be applied.
        axis: the axis of the classes.

    Returns:
        A tensor of the shape of the labels.

    >>> import minikeras as keras
    >>> round(float(keras.ops.sparse_categorical_crossentropy(1, [0.5, 0.5])), 6)
    0.693147
    """
    target, output = tensor(target), floating(output)
    if len(target.shape) == len(output.shape) and target.shape and target.shape[-1] == 1:
        target = reshape(target, shape=target.shape[:-1])
    if not output.shape:
        raise ValueError("sparse_categorical_crossentropy needs an axis of classes")
    axis = normal_axis(axis, len(output.shape))
    expected = (*output.shape[:axis], *output.shape[axis + 1 :])
    if tuple(target.shape) != expected:
        raise ValueError(
            "sparse_categorical_crossentropy: labels must have the shape of the output without its "
            f"axis {axis}. Received: labels {tuple(target.shape)}, output {tuple(output.shape)}"
        )
    if target.dtype.kind not in "iu":
        target = elementwise.cast(target, dtype="int32")
    output = output if axis == len(expected) else moveaxis(output, axis, -1)
    if from_logits:
        return activations.label_crossentropy(output, target)
    return label_cost(output, target, epsilon=config.epsilon())


@op
def binary_crossentropy(target, output, from_logits=False):
    """The cross-entropy of each element as the probability of a yes.

    Args:
        target: probabilities in [0, 1].
        output: probabilities, or with ``from_logits`` any numbers.
        from_logits: whether the sigmoid is still to be applied.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> [round(v, 6) for v in keras.ops.binary_crossentropy([0.0, 1.0], [0.5, 0.5]).tolist()]
    [0.693147, 0.693147]
    """
    target, output = promote_floats(target, output)
    _same_shape(target, output, "binary_crossentropy")
    if from_logits:
        # -t log(sigmoid(z)) - (1 - t) log(1 - sigmoid(z)) = softplus(z) - t z
        return elementwise.subtract(
            activations.softplus(output), elementwise.multiply(target, output)
        )
    output = _held(output)
    yes_cost = elementwise.multiply(target, elementwise.log(output))
    no = elementwise.subtract(1.0, target)
    no_cost = elementwise.multiply(no, elementwise.log(elementwise.subtract(1.0, output)))
    return elementwise.negative(elementwise.add(yes_cost, no_cost))


@op
def psnr(x1, x2, max_val):
    """The peak signal-to-noise ratio in decibels.

    Args:
        x1, x2: tensors of the same shape.
        max_val: the largest value that is possible.

    >>> import minikeras as keras
    >>> round(float(keras.ops.psnr([0.0], [0.1], max_val=1.0)), 4)
    20.0
    """
    x, y = promote_floats(x1, x2)
    _same_shape(x, y, "psnr")
    error = reduction.mean(elementwise.square(elementwise.subtract(x, y)), axis=None)
    signal = 20 * math.log10(max_val)
    return elementwise.subtract(signal, elementwise.multiply(elementwise.log10(error), 10.0))

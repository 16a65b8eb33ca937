"""Activations, losses, convolutions, pooling, normalization and dropout."""

import functools

from minikeras import activations, config, ops, random
from minikeras.legacy.arguments.values_1 import hard_sigmoid_until_3 as hard_sigmoid
from minikeras.legacy.backend.renamed import takes_old_names
from minikeras.legacy.era import era

__all__ = [
    "asymmetric_spatial_2d_padding", "asymmetric_temporal_padding", "atrous_conv2d",
    "batch_normalization", "bias_add", "binary_crossentropy", "categorical_crossentropy", "conv1d",
    "conv2d", "conv2d_transpose", "conv3d", "conv3d_transpose", "ctc_batch_cost", "ctc_decode",
    "ctc_label_dense_to_sparse", "deconv2d", "depthwise_conv2d", "dropout", "elu", "hard_sigmoid",
    "in_top_k", "l2_normalize", "local_conv1d", "local_conv2d", "normalize_batch_in_training",
    "pool2d", "pool3d", "relu", "resize_images", "resize_volumes", "separable_conv1d",
    "separable_conv2d", "sigmoid", "softmax", "softplus", "softsign",
    "sparse_categorical_crossentropy", "spatial_2d_padding", "spatial_3d_padding", "tanh",
    "temporal_padding",
]  # fmt: skip

sigmoid, tanh, softplus, softsign = ops.sigmoid, ops.tanh, ops.softplus, ops.softsign


def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    """``max(x, 0)``, bent below ``threshold`` and cut off at ``max_value``."""
    return activations.relu(x, negative_slope=alpha, max_value=max_value, threshold=threshold)


def elu(x, alpha=1.0):
    """``x`` above 0, ``alpha * (exp(x) - 1)`` below."""
    return ops.elu(x, alpha)


def softmax(x, axis=-1):
    """Exponentials that sum to 1 along an axis."""
    return ops.softmax(x, axis)


def l2_normalize(x, axis=None):
    """Divided by the root of the sum of squares along an axis, or of all."""
    squares = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return ops.multiply(x, ops.rsqrt(ops.maximum(squares, 1e-12)))


def dropout(x, level, noise_shape=None, seed=None):
    """Elements set to 0 with probability ``level``, the others made larger."""
    return random.dropout(x, level, noise_shape, seed)


# Losses, whose arguments changed places with Keras 2


def _output_first_in_1(function):
    """Let the output stand before the target in era 1; keywords mean the same in all eras."""

    @functools.wraps(function)
    def loss(*args, **kwargs):
        if era() == 1 and args:
            if len(args) > 1:
                args = (args[1], args[0], *args[2:])
            else:
                kwargs["output"], args = args[0], ()
        return function(*args, **kwargs)

    return loss


@_output_first_in_1
def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """The cross-entropy of each sample; in era 1 the output stands first."""
    return ops.categorical_crossentropy(target, output, from_logits, axis)


@_output_first_in_1
def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """The cross-entropy of each sample for integer classes; in era 1 the output stands first."""
    if len(target.shape) == len(output.shape) and target.shape[-1] == 1:
        target = ops.squeeze(target, -1)
    return ops.sparse_categorical_crossentropy(target, output, from_logits, axis)


@_output_first_in_1
def binary_crossentropy(target, output, from_logits=False):
    """The cross-entropy of each element; in era 1 the output stands first."""
    return ops.binary_crossentropy(target, output, from_logits)


def in_top_k(predictions, targets, k):
    """Whether each target is among the ``k`` largest predictions."""
    return ops.in_top_k(ops.cast(targets, "int32"), predictions, k)


def ctc_batch_cost(y_true, y_pred, input_length, label_length):
    """The CTC loss of each sample, ``(batch, 1)``.

    Args:
        y_true: labels ``(batch, length)``.
        y_pred: probabilities ``(batch, time, classes)``; the last class is the blank.
        input_length, label_length: lengths ``(batch, 1)``.
    """
    classes = y_pred.shape[-1]
    logits = ops.log(ops.add(y_pred, config.epsilon()))
    found = ops.ctc_loss(
        ops.cast(y_true, "int32"),
        logits,
        ops.cast(ops.reshape(label_length, (-1,)), "int32"),
        ops.cast(ops.reshape(input_length, (-1,)), "int32"),
        mask_index=classes - 1,
    )
    return ops.expand_dims(found, 1)


def ctc_decode(
    y_pred, input_length, greedy=True, beam_width=100, top_paths=1, merge_repeated=False
):
    """The most probable labels of each sample; the last class is the blank.

    Returns:
        A list of labels ``(batch, length)``, -1 where there are no more, and their scores.
    """
    labels, scores = ops.ctc_decode(
        ops.log(ops.add(y_pred, config.epsilon())),
        ops.cast(input_length, "int32"),
        strategy="greedy" if greedy else "beam_search",
        beam_width=beam_width,
        top_paths=top_paths,
        merge_repeated=True if greedy else merge_repeated,
        mask_index=y_pred.shape[-1] - 1,
    )
    return [labels[i] for i in range(top_paths)], scores


def ctc_label_dense_to_sparse(labels, label_lengths):
    """The labels of all samples one after the other, without what lies beyond their lengths.

    Returns:
        Indices ``(count, 2)`` of sample and position, and the labels ``(count,)``.
    """
    lengths = ops.reshape(label_lengths, (-1, 1))
    inside = ops.less(ops.arange(labels.shape[1]), ops.cast(lengths, "int32"))
    found = ops.nonzero(inside)
    return ops.stack(found, axis=1), labels[found[0], found[1]]


# Convolutions and pooling


@takes_old_names
def conv1d(x, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """A convolution along one axis; ``"causal"`` padding looks back only."""
    if padding == "causal":
        x = temporal_padding(x, (dilation_rate * (kernel.shape[0] - 1), 0))
        padding = "valid"
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


@takes_old_names
def conv2d(x, kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)):
    """A convolution over images."""
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


@takes_old_names
def conv3d(x, kernel, strides=(1, 1, 1), padding="valid", data_format=None,
           dilation_rate=(1, 1, 1)):  # fmt: skip
    """A convolution over volumes."""
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


def atrous_conv2d(x, kernel, rate=1, border_mode="valid", dim_ordering="default",
                  image_shape=None, filter_shape=None):  # fmt: skip
    """A convolution over images with holes; the shapes are found without the hints."""
    return conv2d(x, kernel, (1, 1), border_mode, dim_ordering, rate)


@takes_old_names
def conv2d_transpose(x, kernel, output_shape, strides=(1, 1), padding="valid", data_format=None,
                     dilation_rate=(1, 1)):  # fmt: skip
    """The gradient of a convolution by its input, as an op; kernels ``(rows, cols, out, in)``."""
    return _transposed(x, kernel, output_shape, strides, padding, data_format, dilation_rate)


@takes_old_names
def conv3d_transpose(x, kernel, output_shape, strides=(1, 1, 1), padding="valid",
                     data_format=None):  # fmt: skip
    """As `conv2d_transpose`, over volumes."""
    return _transposed(x, kernel, output_shape, strides, padding, data_format, 1)


def _transposed(x, kernel, output_shape, strides, padding, data_format, dilation_rate):
    rank = len(x.shape) - 2
    first = 2 if config.standardize_data_format(data_format) == "channels_first" else 1
    strides = (strides,) * rank if isinstance(strides, int) else strides
    dilation = (dilation_rate,) * rank if isinstance(dilation_rate, int) else dilation_rate
    extra = []
    for axis in range(rank):
        side, wanted = x.shape[first + axis], output_shape[first + axis]
        length = dilation[axis] * (kernel.shape[axis] - 1) + 1
        least = (side - 1) * strides[axis] + (length if padding == "valid" else 1)
        if padding == "same":
            least += length - 2 * (length // 2) - 1
        extra.append(wanted - least)
    return ops.conv_transpose(
        x, kernel, strides, padding, output_padding=tuple(extra), data_format=data_format,
        dilation_rate=dilation_rate,
    )  # fmt: skip


def deconv2d(x, kernel, output_shape, strides=(1, 1), border_mode="valid", dim_ordering="default",
             image_shape=None, filter_shape=None):  # fmt: skip
    """`conv2d_transpose` by its name in Keras 1, with kernels ``(rows, cols, in, out)``."""
    kernel = ops.transpose(kernel, (0, 1, 3, 2))
    return conv2d_transpose(x, kernel, output_shape, strides, border_mode, dim_ordering)


@takes_old_names
def depthwise_conv2d(x, depthwise_kernel, strides=(1, 1), padding="valid", data_format=None,
                     dilation_rate=(1, 1)):  # fmt: skip
    """A convolution of each channel by itself."""
    return ops.depthwise_conv(x, depthwise_kernel, strides, padding, data_format, dilation_rate)


@takes_old_names
def separable_conv1d(x, depthwise_kernel, pointwise_kernel, strides=1, padding="valid",
                     data_format=None, dilation_rate=1):  # fmt: skip
    """A convolution of each channel by itself, then one that joins the channels."""
    return ops.separable_conv(
        x, depthwise_kernel, pointwise_kernel, strides, padding, data_format, dilation_rate
    )


@takes_old_names
def separable_conv2d(x, depthwise_kernel, pointwise_kernel, strides=(1, 1), padding="valid",
                     data_format=None, dilation_rate=(1, 1)):  # fmt: skip
    """As `separable_conv1d`, over images."""
    return ops.separable_conv(
        x, depthwise_kernel, pointwise_kernel, strides, padding, data_format, dilation_rate
    )


def local_conv1d(inputs, kernel, kernel_size, strides, data_format=None):
    """A convolution along one axis whose kernel differs from place to place.

    Args:
        inputs: ``(batch, length, channels)``.
        kernel: ``(output length, kernel length * channels, filters)``.
        kernel_size, strides: tuples of one number.
        data_format: channels stand last unless it is ``"channels_first"``.
    """
    is_first = config.standardize_data_format(data_format) == "channels_first"
    flat = []
    for i in range(kernel.shape[0]):
        at = slice(i * strides[0], i * strides[0] + kernel_size[0])
        part = inputs[:, :, at] if is_first else inputs[:, at]
        flat.append(ops.reshape(part, (-1, kernel.shape[1])))
    found = ops.matmul(ops.stack(flat), kernel)
    return ops.transpose(found, (1, 2, 0) if is_first else (1, 0, 2))


def local_conv2d(inputs, kernel, kernel_size, strides, output_shape, data_format=None):
    """As `local_conv1d`, over images; kernels ``(rows * cols, r * c * channels, filters)``."""
    is_first = config.standardize_data_format(data_format) == "channels_first"
    rows, cols = output_shape
    flat = []
    for i in range(rows):
        for j in range(cols):
            at = slice(i * strides[0], i * strides[0] + kernel_size[0])
            to = slice(j * strides[1], j * strides[1] + kernel_size[1])
            part = inputs[:, :, at, to] if is_first else inputs[:, at, to]
            flat.append(ops.reshape(part, (-1, kernel.shape[1])))
    found = ops.matmul(ops.stack(flat), kernel)
    found = ops.reshape(found, (rows, cols, -1, kernel.shape[-1]))
    return ops.transpose(found, (2, 3, 0, 1) if is_first else (2, 0, 1, 3))


def _pooled(x, pool_size, strides, padding, data_format, pool_mode):
    if pool_mode not in ("max", "avg"):
        raise ValueError(f"pool_mode must be 'max' or 'avg'. Received: {pool_mode!r}")
    pool = ops.max_pool if pool_mode == "max" else ops.average_pool
    return pool(x, pool_size, strides, padding, data_format)


@takes_old_names
def pool2d(x, pool_size, strides=(1, 1), padding="valid", data_format=None, pool_mode="max"):
    """The largest value, or with ``"avg"`` the mean, of each window of an image."""
    return _pooled(x, pool_size, strides, padding, data_format, pool_mode)


@takes_old_names
def pool3d(x, pool_size, strides=(1, 1, 1), padding="valid", data_format=None, pool_mode="max"):
    """As `pool2d`, over volumes."""
    return _pooled(x, pool_size, strides, padding, data_format, pool_mode)


# Sizes of images


@takes_old_names
def resize_images(x, height_factor, width_factor, data_format, interpolation="nearest"):
    """Images enlarged by whole factors."""
    rows, cols = (2, 3) if data_format == "channels_first" else (1, 2)
    if interpolation == "nearest":
        return ops.repeat(ops.repeat(x, height_factor, rows), width_factor, cols)
    size = x.shape[rows] * height_factor, x.shape[cols] * width_factor
    return ops.image.resize(x, size, interpolation, data_format=data_format)


@takes_old_names
def resize_volumes(x, depth_factor, height_factor, width_factor, data_format):
    """Volumes enlarged by whole factors."""
    first = 2 if data_format == "channels_first" else 1
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), first):
        x = ops.repeat(x, factor, axis)
    return x


def temporal_padding(x, padding=(1, 1)):
    """Zeros before and after the middle axis."""
    padding = (padding, padding) if isinstance(padding, int) else padding
    return ops.pad(x, [(0, 0), tuple(padding), (0, 0)])


def asymmetric_temporal_padding(x, left_pad=1, right_pad=1):
    """`temporal_padding` with each side an argument of its own."""
    return temporal_padding(x, (left_pad, right_pad))


def _padded(x, padding, data_format):
    sides = [(p, p) if isinstance(p, int) else tuple(p) for p in padding]
    is_first = config.standardize_data_format(data_format) == "channels_first"
    return ops.pad(x, [(0, 0), (0, 0), *sides] if is_first else [(0, 0), *sides, (0, 0)])


@takes_old_names
def spatial_2d_padding(x, padding=((1, 1), (1, 1)), data_format=None):
    """Zeros around images."""
    return _padded(x, padding, data_format)


@takes_old_names
def spatial_3d_padding(x, padding=((1, 1), (1, 1), (1, 1)), data_format=None):
    """Zeros around volumes."""
    return _padded(x, padding, data_format)


def asymmetric_spatial_2d_padding(x, top_pad=1, bottom_pad=1, left_pad=1, right_pad=1,
                                  dim_ordering="default"):  # fmt: skip
    """`spatial_2d_padding` with each side an argument of its own."""
    return spatial_2d_padding(x, ((top_pad, bottom_pad), (left_pad, right_pad)), dim_ordering)


def bias_add(x, bias, data_format=None):
    """A bias added to the channels; one of more axes also differs from place to place."""
    if config.standardize_data_format(data_format) == "channels_first" and len(x.shape) > 2:
        if len(bias.shape) == 1:
            bias = ops.reshape(bias, (-1,) + (1,) * (len(x.shape) - 2))
        else:
            bias = ops.moveaxis(bias, -1, 0)
    return ops.add(x, bias)


# Normalization


def batch_normalization(x, mean, var, beta, gamma, axis=-1, epsilon=1e-3):
    """``(x - mean) / sqrt(var + epsilon) * gamma + beta``; None for no beta or gamma."""
    sides = [1] * len(x.shape)
    sides[axis] = -1
    flat = lambda t: None if t is None else ops.reshape(t, (-1,))
    return ops.batch_normalization(
        x, flat(mean), flat(var), axis, offset=flat(beta), scale=flat(gamma), epsilon=epsilon
    )


def normalize_batch_in_training(x, gamma, beta, reduction_axes, epsilon=1e-3):
    """A batch normalized by its own moments, its means and its variances."""
    mean, var = ops.moments(x, reduction_axes)
    kept_mean, kept_var = ops.moments(x, reduction_axes, keepdims=True)
    found = (x - kept_mean) * ops.rsqrt(kept_var + epsilon)
    shape = tuple(kept_mean.shape)
    if gamma is not None:
        found = found * ops.reshape(gamma, shape)
    if beta is not None:
        found = found + ops.reshape(beta, shape)
    return found, mean, var

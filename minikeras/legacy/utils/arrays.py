"""What ``keras.utils.np_utils`` and ``conv_utils`` held: scores, and lengths of convolutions."""

import numpy as np

from minikeras import config
from minikeras.legacy.arguments.functions import of_old
from minikeras.legacy.arguments.values_1 import modern

__all__ = [
    "accuracy",
    "binary_logloss",
    "categorical_probas_to_classes",
    "conv_input_length",
    "conv_output_length",
    "convert_kernel",
    "deconv_length",
    "multiclass_logloss",
    "normalize_padding",
    "normalize_tuple",
    "probas_to_classes",
]

_PADDINGS = ("valid", "same", "causal", "full")


def accuracy(p, y):
    """The share of predictions that are right.

    >>> from minikeras.legacy.utils.arrays import accuracy
    >>> float(accuracy([1, 2, 3, 4], [1, 2, 0, 4]))
    0.75
    """
    return np.mean([found == expected for found, expected in zip(p, y)])


def binary_logloss(p, y):
    """The mean cross-entropy of chances ``p`` with targets ``y`` of 0 and 1.

    >>> from minikeras.legacy.utils.arrays import binary_logloss
    >>> round(float(binary_logloss([0.5, 0.5], [0, 1])), 6)
    0.693147
    """
    p = np.clip(p, 1e-15, 1 - 1e-15)
    total = np.sum(y * np.log(p) + np.subtract(1, y) * np.log1p(-p), axis=0)
    return -total / len(y)


def multiclass_logloss(p, y):
    """The mean cross-entropy of rows of chances with classes that are counted from 1.

    >>> from minikeras.legacy.utils.arrays import multiclass_logloss
    >>> round(float(multiclass_logloss([[0.5, 0.5], [0.0, 1.0]], [1, 2])), 6)
    0.346574
    """
    chances = np.asarray(p)[np.arange(len(y)), np.asarray(y) - 1]
    return -np.mean(np.log(chances))


def probas_to_classes(y_pred):
    """The most probable class of each row; of one column, whether it is above one half.

    >>> import numpy as np
    >>> from minikeras.legacy.utils.arrays import probas_to_classes
    >>> probas_to_classes(np.array([[0.2], [0.8]])).tolist()
    [0, 1]
    """
    if y_pred.ndim > 1 and y_pred.shape[1] > 1:
        return categorical_probas_to_classes(y_pred)
    return (np.reshape(y_pred, len(y_pred)) > 0.5).astype(int)


def categorical_probas_to_classes(p):
    """The most probable class of each row.

    >>> from minikeras.legacy.utils.arrays import categorical_probas_to_classes
    >>> categorical_probas_to_classes([[0.2, 0.8], [0.9, 0.1]]).tolist()
    [1, 0]
    """
    return np.argmax(p, axis=1)


def convert_kernel(kernel, dim_ordering=None):
    """A kernel turned round in space, as Theano and TensorFlow differed.

    Args:
        kernel: an array of three to five axes.
        dim_ordering: ``"th"`` for kernels ``(filters, channels, ...)`` of Keras 1, ``"tf"`` for
            ``(..., channels, filters)``, the default unless the channels are configured to be
            first and the era is that of Keras 1.

    Returns:
        A copy of it.

    Raises:
        ValueError: for another number of axes.

    >>> import numpy as np
    >>> from minikeras.legacy.utils.arrays import convert_kernel
    >>> convert_kernel(np.arange(3).reshape(3, 1, 1))[:, 0, 0].tolist()
    [2, 1, 0]
    """
    from minikeras.legacy.era import era

    kernel = np.asarray(kernel)
    if not 3 <= kernel.ndim <= 5:
        raise ValueError(f"A kernel has 3 to 5 axes. Received shape: {kernel.shape}")
    if dim_ordering is None:
        data_format = config.image_data_format() if era() == 1 else "channels_last"
    else:
        data_format = config.standardize_data_format(modern("data_format", dim_ordering))
    is_last = data_format == "channels_last"
    axes = range(kernel.ndim - 2) if is_last else range(2, kernel.ndim)
    return np.flip(kernel, tuple(axes)).copy()


def _check_padding(padding, allowed):
    if padding not in allowed:
        raise ValueError(f"padding must be one of {allowed}. Received: {padding!r}")


@of_old(renamed={"border_mode": "padding"})
def conv_output_length(input_length, filter_size, padding, stride, dilation=1):
    """The length of the output of a convolution along one axis; None if that of the input is.

    Args:
        input_length: an integer or None.
        filter_size: the length of the kernel.
        padding: ``"valid"``, ``"same"``, ``"causal"`` or ``"full"``.
        stride, dilation: integers.

    >>> from minikeras.legacy.utils.arrays import conv_output_length
    >>> conv_output_length(10, 3, "valid", 2), conv_output_length(10, 3, "same", 1)
    (4, 10)
    """
    _check_padding(padding, _PADDINGS)
    if input_length is None:
        return None
    reach = (filter_size - 1) * dilation
    length = input_length + {"valid": -reach, "full": reach}.get(padding, 0)
    return -(-length // stride)


@of_old(renamed={"border_mode": "padding"})
def conv_input_length(output_length, filter_size, padding, stride):
    """The least length of an input for a length of the output of a convolution.

    Args:
        output_length: an integer or None.
        filter_size: the length of the kernel.
        padding: ``"valid"``, ``"same"`` or ``"full"``.
        stride: an integer.

    >>> from minikeras.legacy.utils.arrays import conv_input_length
    >>> conv_input_length(4, 3, "valid", 2)
    9
    """
    _check_padding(padding, ("valid", "same", "full"))
    if output_length is None:
        return None
    return (output_length - 1) * stride - 2 * _padded(filter_size, padding) + filter_size


def _padded(filter_size, padding):
    return {"valid": 0, "same": filter_size // 2, "full": filter_size - 1}[padding]


def deconv_length(dim_size, stride_size, kernel_size, padding, output_padding, dilation=1):
    """The length of the output of a transposed convolution along one axis.

    Args:
        dim_size: the length of the input, or None.
        stride_size, kernel_size, dilation: integers.
        padding: ``"valid"``, ``"same"`` or ``"full"``.
        output_padding: what is added at one end, or None for the usual length.

    >>> from minikeras.legacy.utils.arrays import deconv_length
    >>> deconv_length(4, 2, 3, "same", None), deconv_length(4, 2, 3, "valid", None)
    (8, 9)
    """
    _check_padding(padding, ("valid", "same", "full"))
    if dim_size is None:
        return None
    size = (kernel_size - 1) * dilation + 1
    if output_padding is not None:
        return (dim_size - 1) * stride_size + size - 2 * _padded(size, padding) + output_padding
    further = {"valid": max(size - stride_size, 0), "same": 0, "full": -(stride_size + size - 2)}
    return dim_size * stride_size + further[padding]


def normalize_tuple(value, n, name):
    """An integer ``n`` times over, or a sequence of ``n`` integers as a tuple.

    Args:
        value: the integer or the sequence.
        n: how many are wanted.
        name: what to call the argument in an error.

    Raises:
        ValueError: if it is neither.

    >>> from minikeras.legacy.utils.arrays import normalize_tuple
    >>> normalize_tuple(3, 2, "strides"), normalize_tuple([1, 2], 2, "strides")
    ((3, 3), (1, 2))
    """
    if isinstance(value, int):
        return (value,) * n
    try:
        values = tuple(value)
        is_right = len(values) == n and all(int(v) == v for v in values)
    except (TypeError, ValueError):
        is_right = False
    if not is_right:
        raise ValueError(f"{name} must be an integer or {n} of them. Received: {value!r}")
    return values


def normalize_padding(value):
    """The name of a padding in lower case.

    Raises:
        ValueError: unless it is ``"valid"``, ``"same"`` or ``"causal"``.

    >>> from minikeras.legacy.utils.arrays import normalize_padding
    >>> normalize_padding("SAME")
    'same'
    """
    padding = value.lower()
    _check_padding(padding, _PADDINGS[:3])
    return padding

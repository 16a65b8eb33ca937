"""AtrousConvolution1D and AtrousConvolution2D: convolutions whose kernels have holes."""

from minikeras.layers import Conv1D, Conv2D
from minikeras.legacy.era import era_scope


def AtrousConvolution1D(*args, atrous_rate=1, **kwargs):
    """A `Conv1D` with ``dilation_rate``, in the form of Keras 1.

    Args:
        *args, **kwargs: ``nb_filter, filter_length, init, activation, weights, border_mode,
            subsample_length, W_regularizer, ...``
        atrous_rate: how far apart the elements of the kernel stand.

    >>> import minikeras as keras
    >>> keras.layers.AtrousConvolution1D(4, 3, atrous_rate=2)(keras.ops.ones((1, 9, 2))).shape
    (1, 5, 4)
    """
    with era_scope(1):
        return Conv1D(*args, dilation_rate=atrous_rate, **kwargs)


def AtrousConvolution2D(*args, atrous_rate=(1, 1), **kwargs):
    """A `Conv2D` with ``dilation_rate``, in the form of Keras 1.

    Args:
        *args, **kwargs: ``nb_filter, nb_row, nb_col, init, activation, weights, border_mode,
            subsample, dim_ordering, W_regularizer, ...``
        atrous_rate: how far apart the elements of the kernel stand.

    >>> import minikeras as keras
    >>> keras.layers.AtrousConvolution2D(4, 3, 3, atrous_rate=2)(keras.ops.ones((1, 9, 9, 2))).shape
    (1, 5, 5, 4)
    """
    with era_scope(1):
        return Conv2D(*args, dilation_rate=atrous_rate, **kwargs)

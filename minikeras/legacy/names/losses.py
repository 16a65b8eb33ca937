"""Names of old in ``keras.losses`` and ``keras.objectives``."""

from minikeras import losses, ops
from minikeras.legacy.era import era

mse = MSE = losses.mean_squared_error
mae = MAE = losses.mean_absolute_error
mape = MAPE = losses.mean_absolute_percentage_error
msle = MSLE = losses.mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence = losses.kl_divergence
logcosh = losses.log_cosh


def cosine_proximity(y_true, y_pred, axis=-1):
    """Minus the cosine of the angle between targets and predictions along an axis.

    In Keras 1 it was divided by the length of the axis, and is so in era 1.

    >>> import minikeras as keras
    >>> x = keras.ops.array([[3.0, 4.0]])
    >>> round(float(keras.losses.cosine_proximity(x, x)[0]), 6)
    -1.0
    """
    found = losses.cosine_similarity(y_true, y_pred, axis=axis)
    return ops.divide(found, y_pred.shape[axis]) if era() == 1 else found


cosine = cosine_proximity


def huber_loss(y_true, y_pred, delta=1.0):
    """Huber's loss, one value a number of the targets, without a mean.

    >>> import minikeras as keras
    >>> keras.losses.huber_loss(keras.ops.array([0.0, 0.0]), keras.ops.array([1.0, 3.0])).tolist()
    [0.5, 2.5]
    """
    error = ops.abs(ops.subtract(y_pred, y_true))
    bent = ops.minimum(error, delta)
    return 0.5 * bent * bent + delta * (error - bent)

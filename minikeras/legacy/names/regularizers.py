"""Names of old in ``keras.regularizers``."""

from minikeras import ops
from minikeras.regularizers import L1L2, Regularizer
from minikeras.serialization import register_keras_serializable

__all__ = [
    "ActivityRegularizer", "EigenvalueRegularizer", "L1L2Regularizer", "WeightRegularizer",
    "activity_l1", "activity_l1l2", "activity_l2", "l1l2",
]  # fmt: skip


class _Named:
    """A configuration as Keras 1 wrote it: the name of the class stands among the arguments."""

    def get_config(self):
        """The name and the arguments."""
        return {"name": type(self).__name__, **super().get_config()}

    @classmethod
    def from_config(cls, config):
        """A regularizer from what `get_config` returned."""
        return cls(**{key: value for key, value in config.items() if key != "name"})


@register_keras_serializable("minikeras.legacy")
class L1L2Regularizer(_Named, L1L2):
    """``l1`` times the sum of absolute values plus ``l2`` times the sum of squares.

    Args:
        l1, l2: numbers of at least 0.

    >>> import minikeras as keras
    >>> keras.regularizers.WeightRegularizer(l2=0.5).get_config()
    {'name': 'L1L2Regularizer', 'l1': 0.0, 'l2': 0.5}
    """


WeightRegularizer = ActivityRegularizer = L1L2Regularizer


@register_keras_serializable("minikeras.legacy")
class EigenvalueRegularizer(_Named, Regularizer):
    """``k`` times the largest singular value of a matrix: the root of that of ``x^T x``.

    It is found by nine steps of the power method from a vector of ones.

    Args:
        k: a number.

    >>> import minikeras as keras
    >>> float(keras.regularizers.EigenvalueRegularizer(0.5)(keras.ops.array([[4.0]])))
    2.0
    """

    def __init__(self, k):
        self.k = k

    def __call__(self, x):
        """The penalty on a matrix."""
        if len(x.shape) != 2:
            raise ValueError(
                f"EigenvalueRegularizer takes matrices. Received: shape {tuple(x.shape)}"
            )
        covariance = ops.matmul(ops.transpose(x), x)
        vector = ops.sum(covariance, axis=1, keepdims=True)
        for _ in range(8):
            vector = ops.matmul(covariance, vector)
        moved = ops.sum(ops.multiply(ops.matmul(covariance, vector), vector))
        return ops.multiply(ops.sqrt(ops.divide(moved, ops.sum(ops.square(vector)))), self.k)


def l1l2(l1=0.01, l2=0.01):
    """A penalty on absolute values and squares.

    >>> import minikeras as keras
    >>> keras.regularizers.l1l2(l1=0.5).l2
    0.01
    """
    return L1L2Regularizer(l1, l2)


activity_l1l2 = l1l2


def activity_l1(l=0.01):
    """A penalty on absolute values of outputs.

    >>> import minikeras as keras
    >>> keras.regularizers.activity_l1(0.5).l1
    0.5
    """
    return L1L2Regularizer(l1=l)


def activity_l2(l=0.01):
    """A penalty on squares of outputs.

    >>> import minikeras as keras
    >>> keras.regularizers.activity_l2(0.5).l2
    0.5
    """
    return L1L2Regularizer(l2=l)

"""Names of old in ``keras.metrics``."""

from minikeras import metrics
from minikeras.legacy.names.losses import (
    KLD,
    MAE,
    MAPE,
    MSE,
    MSLE,
    cosine,
    cosine_proximity,
    kld,
    kullback_leibler_divergence,
    logcosh,
    mae,
    mape,
    mse,
    msle,
)
from minikeras.losses import cosine_similarity

__all__ = [
    "KLD", "MAE", "MAPE", "MSE", "MSLE", "clone_metric", "clone_metrics", "cosine",
    "cosine_proximity", "cosine_similarity", "kld", "kullback_leibler_divergence", "logcosh", "mae",
    "mape", "mse", "msle",
]  # fmt: skip


def clone_metric(metric):
    """A metric of the same configuration, without the state; a function is returned as it is.

    >>> import minikeras as keras
    >>> keras.metrics.clone_metric(keras.metrics.Mean(name="loss")).name
    'loss'
    """
    return (
        type(metric).from_config(metric.get_config())
        if isinstance(metric, metrics.Metric)
        else metric
    )


def clone_metrics(metrics):
    """`clone_metric` of each metric of a list.

    >>> import minikeras as keras
    >>> [m.name for m in keras.metrics.clone_metrics([keras.metrics.Mean("a")])]
    ['a']
    """
    return [clone_metric(metric) for metric in metrics]

"""keras.wrappers: models as estimators of scikit-learn, and estimators in the manner of Caffe."""

from typing import TYPE_CHECKING

from minikeras.lazy import later

if TYPE_CHECKING:
    from minikeras.wrappers.estimator import KerasEstimator as KerasEstimator
    from minikeras.wrappers.sklearn import (
        SKLearnClassifier as SKLearnClassifier,
        SKLearnRegressor as SKLearnRegressor,
        SKLearnTransformer as SKLearnTransformer,
    )

__all__ = ["KerasEstimator", "SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer"]

__getattr__, __dir__, _ = later(
    globals(),
    {
        "wrappers.estimator": "KerasEstimator",
        "wrappers.sklearn": "SKLearnClassifier SKLearnRegressor SKLearnTransformer",
    },
)

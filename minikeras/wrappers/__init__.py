"""keras.wrappers: models as estimators of scikit-learn, and estimators in the manner of Caffe."""

from minikeras.lazy import later

__all__ = ["KerasEstimator", "SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer"]

__getattr__, __dir__ = later(
    globals(),
    {
        "wrappers.estimator": "KerasEstimator",
        "wrappers.sklearn": "SKLearnClassifier SKLearnRegressor SKLearnTransformer",
    },
)

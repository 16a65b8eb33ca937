"""Models as classifiers, regressors and transformers of scikit-learn."""

import copy
import random

import numpy as np

from minikeras.backend.xp import to_numpy
from minikeras.models import Model, clone_model
from minikeras.utils.random_seed import seed_scope


def _bases(*names):
    """Classes of ``sklearn.base``; without scikit-learn an error that says what to install."""
    try:
        from sklearn import base
    except ImportError as error:
        raise ImportError(
            "keras.wrappers needs scikit-learn. Install it with "
            "`pip install 'keras-on-numpy[sklearn]'` or `pip install scikit-learn`."
        ) from error
    return [getattr(base, name) for name in names]


class _Estimator(*_bases("BaseEstimator")):
    """What the three kinds share: making, training and asking the model."""

    def __init__(self, model, warm_start=False, model_kwargs=None, fit_kwargs=None):
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def _fit_seed(self):
        """What all random numbers of a fit follow from; the same in clones, and in each fit."""
        if "_seed" not in self.__dict__:
            self._seed = random.getrandbits(31)
        return self._seed

    def __sklearn_clone__(self):
        """A new estimator with the same settings, not fitted; models are copied."""
        is_model = isinstance(self.model, Model)
        made = type(self)(
            **{
                **self.get_params(deep=False),
                "model": copy.deepcopy(self.model) if is_model else self.model,
                "model_kwargs": copy.deepcopy(self.model_kwargs),
                "fit_kwargs": copy.deepcopy(self.fit_kwargs),
            }
        )
        made._seed = self._fit_seed()
        return made

    @property
    def epoch_(self):
        """The number of epochs trained so far."""
        return self.__dict__.get("_epochs", 0)

    def set_fit_request(self, **kwargs):
        """State which further arguments of `fit` scikit-learn hands on to it.

        Args:
            **kwargs: for each argument True, False, None, or the name under which it is given, as
                told in scikit-learn's guide to the routing of metadata.

        Returns:
            The estimator.

        Raises:
            RuntimeError: unless ``sklearn.set_config(enable_metadata_routing=True)`` is in force.
        """
        import sklearn

        if not sklearn.get_config()["enable_metadata_routing"]:
            raise RuntimeError(
                "set_fit_request works only with metadata routing: call "
                "sklearn.set_config(enable_metadata_routing=True) first"
            )
        request = self._get_metadata_request()
        for name, alias in kwargs.items():
            request.fit.add_request(param=name, alias=alias)
        self._metadata_request = request
        return self

    def fit(self, X, y, **kwargs):
        """Train a model.

        Args:
            X: an array of shape ``(samples, features)`` or with further axes.
            y: targets, one for each sample.
            **kwargs: arguments of `keras.Model.fit`; they go before ``fit_kwargs``.

        Returns:
            The estimator.
        """
        from sklearn.utils.validation import validate_data

        has_columns = getattr(y, "ndim", 1) == 2 and y.shape[1] > 1
        X, y = validate_data(self, X, y, allow_nd=True, multi_output=has_columns)
        goes_on = self.warm_start and "model_" in self.__dict__
        targets = self._targets(y, is_first=not goes_on)
        arguments = {**(self.fit_kwargs or {}), **kwargs}
        if goes_on:
            history = self.model_.fit(X, targets, **arguments)
        else:
            with seed_scope(self._fit_seed()):
                model = _checked(self._new_model(X, targets))
                history = model.fit(X, targets, **arguments)
            self.model_, self._epochs = model, 0
        self.history_ = history
        self._epochs += len(history.epoch)
        return self

    def _new_model(self, X, targets):
        if not isinstance(self.model, Model):
            return self.model(X=X, y=targets, **(self.model_kwargs or {}))
        if self.warm_start:
            return self.model
        model = clone_model(self.model)
        if self.model.compiled and not model.compiled:
            model.compile_from_config(self.model.get_compile_config())
        return model

    def _outputs(self, X):
        """What the fitted model gives for ``X``, as a NumPy array."""
        from sklearn.utils.validation import check_is_fitted, validate_data

        check_is_fitted(self, "model_")
        X = validate_data(self, X, reset=False, allow_nd=True)
        verbose = (self.fit_kwargs or {}).get("verbose", "auto")
        return to_numpy(self.model_.predict(X, verbose=verbose))

    def _targets(self, y, is_first):
        """The targets for the model: a matrix, as scikit-learn's own are often vectors."""
        if is_first:
            self._target_ndim = y.ndim
        return y.reshape(len(y), -1) if y.ndim == 1 else y

    def predict(self, X):
        """What the model says of samples.

        Args:
            X: an array as for `fit`.

        Returns:
            An array with an entry, or a row, for each sample.
        """
        outputs = self._outputs(X)
        return outputs.reshape(-1) if self._target_ndim == 1 else outputs


def _checked(model):
    """A model that can be trained, or an error that says what it lacks."""
    if not isinstance(model, Model):
        raise TypeError(
            "model must be a keras.Model or a function of X and y that returns one. Received: "
            f"{model!r} of type {type(model).__name__}"
        )
    if not (model.compiled and model.loss and model.optimizer):
        raise RuntimeError(
            f"The model {model.name!r} must be compiled with a loss and an optimizer: call "
            "model.compile(optimizer, loss)"
        )
    return model


_ARGUMENTS = """
    Args:
        model: a compiled model, of which each fit trains a copy with new weights; or a function of
            ``X`` and ``y`` (a matrix; of a classifier, one-hot rows), and of ``model_kwargs``, that
            makes and compiles one.
        warm_start: whether a further `fit` goes on where the last one ended. A model that was given
            is then trained itself rather than a copy.
        model_kwargs: a dict of further arguments of that function.
        fit_kwargs: a dict of arguments of `keras.Model.fit`.

    Attributes:
        model_: the model that was trained.
        history_: what `keras.Model.fit` returned last.
        epoch_: how many epochs were trained.

    Random numbers of a fit, first weights and shuffling, follow from a seed that an estimator draws
    from Python's generator and hands on to its clones: fits of it, and folds of a cross-validation,
    all begin alike.
"""


class SKLearnClassifier(*_bases("ClassifierMixin"), _Estimator):
    __doc__ = f"""A model as a classifier of scikit-learn.

    The model needs one output for each class.
{_ARGUMENTS}
        classes_: the classes, sorted.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> def make(X, y, units=8):
    ...     model = keras.Sequential([
    ...         keras.Input(X.shape[1:]), keras.layers.Dense(units, activation="relu"),
    ...         keras.layers.Dense(y.shape[1], activation="softmax")])
    ...     model.compile("adam", "categorical_crossentropy")
    ...     return model
    >>> x, y = np.array([[0.0], [1.0]] * 20), np.array(["low", "high"] * 20)
    >>> classifier = keras.wrappers.SKLearnClassifier(
    ...     make, model_kwargs={{"units": 16}}, fit_kwargs={{"epochs": 100, "verbose": 0}})
    >>> classifier.fit(x, y).predict(x[:2]).tolist()
    ['low', 'high']
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # before it has been trained for long
        return tags

    def decision_function(self, X):
        """The outputs of the model: probabilities or what else its last layer gives.

        Args:
            X: an array as for `fit`.

        Returns:
            An array of shape ``(samples, classes)``, also for two classes.
        """
        return self._outputs(X)

    def predict(self, X):
        """The class with the largest output for each sample.

        Args:
            X: an array as for `fit`.

        Returns:
            An array of classes.
        """
        outputs = self._outputs(X)
        found = self.classes_[outputs.argmax(axis=-1)]
        return found if self._target_ndim == 1 else found[:, None]

    def _targets(self, y, is_first):
        from sklearn.utils.multiclass import check_classification_targets, type_of_target

        check_classification_targets(y)
        kind = type_of_target(y)
        if kind not in ("binary", "multiclass"):
            raise ValueError(f"y must hold one class for each sample. Received: {kind} targets")
        if is_first:
            self._target_ndim = y.ndim
            self.classes_ = np.unique(y)
            if len(self.classes_) == 1:
                raise ValueError(
                    "A classifier cannot be trained on one class. Received: only "
                    f"{self.classes_.tolist()}"
                )
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(
                f"With warm_start the classes must be those of the first fit, {self.classes_}. "
                f"Received: {unknown}"
            )
        numbers = np.searchsorted(self.classes_, y.reshape(-1))
        return np.eye(len(self.classes_))[numbers]


class SKLearnRegressor(*_bases("RegressorMixin"), _Estimator):
    __doc__ = f"""A model as a regressor of scikit-learn.
{_ARGUMENTS}
    >>> import numpy as np
    >>> import minikeras as keras
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile(keras.optimizers.SGD(0.1), "mse")
    >>> x = np.linspace(-1, 1, 40)[:, None]
    >>> regressor = keras.wrappers.SKLearnRegressor(
    ...     model, fit_kwargs={{"epochs": 100, "verbose": 0}})
    >>> round(float(regressor.fit(x, 3 * x[:, 0] + 1).predict([[0.5]])[0]), 2)
    2.5
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # before it has been trained for long
        return tags


class SKLearnTransformer(*_bases("TransformerMixin"), _Estimator):
    __doc__ = f"""A model as a transformer of scikit-learn: its outputs are the new features.
{_ARGUMENTS}
    >>> import numpy as np
    >>> import minikeras as keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    >>> model.compile("sgd", "mse")
    >>> transformer = keras.wrappers.SKLearnTransformer(model, fit_kwargs={{"verbose": 0}})
    >>> transformer.fit_transform(np.ones((4, 3)), np.ones((4, 2))).shape
    (4, 2)
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # outputs have that of the model
        return tags

    def transform(self, X):
        """The outputs of the model for samples.

        Args:
            X: an array as for `fit`.

        Returns:
            An array with a row for each sample.
        """
        return self._outputs(X)

"""keras.wrappers.scikit_learn of Keras 1 and 2: functions that make models, as estimators."""

import inspect

import numpy as np

from minikeras.backend.xp import to_numpy
from minikeras.legacy.utils.functions import has_arg
from minikeras.models import Sequential
from minikeras.utils import to_categorical

__all__ = ["BaseWrapper", "KerasClassifier", "KerasRegressor"]

# Methods of models whose arguments may be given to the constructor.
_METHODS = ("fit", "predict", "predict_classes", "evaluate")


class BaseWrapper:
    """The base of `KerasClassifier` and `KerasRegressor`.

    Args:
        build_fn: a function, or an object that can be called, that makes and compiles a model; or
            None for a subclass that can be called.
        **sk_params: arguments of ``build_fn`` and of `fit`, `predict`, `predict_classes` and
            `evaluate` of models, such as ``epochs`` and ``batch_size``. All of them can be searched
            with scikit-learn's `GridSearchCV`.

    Attributes:
        model: the model, once `fit` has made it.

    Raises:
        ValueError: for an argument that none of these has.
    """

    def __init__(self, build_fn=None, **sk_params):
        self.build_fn = build_fn
        self.sk_params = sk_params
        self.check_params(sk_params)

    def _builder(self):
        """What makes the model."""
        if self.build_fn is None:
            if not callable(self):
                raise ValueError(
                    f"{type(self).__name__} needs build_fn, a function that returns a compiled "
                    "model. Received: build_fn=None"
                )
            return self.__call__
        return self.build_fn

    def check_params(self, params):
        """Check that each of ``params``, a dict, is an argument of something that will take it.

        Raises:
            ValueError: if one is not.
        """
        functions = [getattr(Sequential, name) for name in _METHODS]
        if self.build_fn is not None or callable(self):
            functions.append(self._builder())
        for name in params:
            if not any(_takes(function, name) for function in functions):
                raise ValueError(
                    f"{name} is no argument of build_fn, nor of {', '.join(_METHODS)} of a model"
                )

    def get_params(self, **params):
        """The arguments of the constructor, as scikit-learn asks for them.

        Args:
            **params: ``deep``, which makes no difference: models are no parameters.

        Returns:
            A dict.
        """
        return {**self.sk_params, "build_fn": self.build_fn}

    def set_params(self, **params):
        """Change arguments of the constructor.

        Returns:
            The estimator.
        """
        if "build_fn" in params:
            self.build_fn = params.pop("build_fn")
        self.check_params(params)
        self.sk_params.update(params)
        return self

    def filter_sk_params(self, fn, override=None):
        """Those of the parameters that are arguments of a function.

        Args:
            fn: the function.
            override: a dict that goes before them.

        Returns:
            A dict.
        """
        found = {name: value for name, value in self.sk_params.items() if _takes(fn, name)}
        return {**found, **(override or {})}

    def fit(self, x, y, **kwargs):
        """Make a model and train it.

        Args:
            x: inputs.
            y: targets; classes are made one-hot if the loss is ``"categorical_crossentropy"``.
            **kwargs: arguments of `keras.Model.fit`.

        Returns:
            Its `History`.
        """
        build = self._builder()
        self.model = build(**self.filter_sk_params(build))
        return self.model.fit(x, self._in_form(y), **self.filter_sk_params(Sequential.fit, kwargs))

    def _in_form(self, y):
        """Targets as the loss of the model takes them."""
        loss = getattr(self.model.loss, "__name__", None) or getattr(self.model.loss, "name", None)
        is_one_hot = "categorical_crossentropy" in (loss, self.model.loss)
        return to_categorical(y) if is_one_hot and np.ndim(y) != 2 else y

    def __sklearn_is_fitted__(self):
        return hasattr(self, "model")

    def _tags(self, **kind):
        """The description of an estimator that scikit-learn asks for."""
        from sklearn.utils import InputTags, Tags, TargetTags

        return Tags(
            target_tags=TargetTags(required=True), input_tags=InputTags(three_d_array=True),
            transformer_tags=None, **{"classifier_tags": None, "regressor_tags": None, **kind},
        )  # fmt: skip


def _takes(function, name):
    if not (inspect.isfunction(function) or inspect.ismethod(function)):
        function = function.__call__
    # `nb_epoch` of Keras 1 is understood by `fit`, and not in its signature.
    return has_arg(function, name) or (name == "nb_epoch" and function is Sequential.fit)


class KerasClassifier(BaseWrapper):
    """A classifier for scikit-learn from a function that makes a model.

    Args:
        build_fn, **sk_params: as of `BaseWrapper`.

    Attributes:
        classes_: the classes, sorted.
        n_classes_: their number.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> from minikeras.legacy.scikit_learn import KerasClassifier
    >>> def make(units=8):
    ...     model = keras.Sequential([
    ...         keras.Input((1,)), keras.layers.Dense(units, activation="tanh"),
    ...         keras.layers.Dense(2, activation="softmax")])
    ...     model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    ...     return model
    >>> x, y = np.array([[0.0], [1.0]] * 20), np.array(["low", "high"] * 20)
    >>> classifier = KerasClassifier(make, units=16, epochs=100, verbose=0)
    >>> history = classifier.fit(x, y)
    >>> classifier.predict(x[:2]).tolist(), classifier.score(x, y)
    (['low', 'high'], 1.0)
    """

    _estimator_type = "classifier"

    def __sklearn_tags__(self):
        from sklearn.utils import ClassifierTags

        return self._tags(estimator_type="classifier", classifier_tags=ClassifierTags())

    def fit(self, x, y, sample_weight=None, **kwargs):
        """Make a model and train it.

        Args:
            x: inputs.
            y: a class for each sample, or one-hot rows.
            sample_weight: a weight for each sample, or None.
            **kwargs: arguments of `keras.Model.fit`.

        Returns:
            Its `History`.

        Raises:
            ValueError: if ``y`` has more than two axes.
        """
        y = np.array(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
        elif y.ndim in (1, 2):
            self.classes_, numbers = np.unique(y, return_inverse=True)
            y = numbers.reshape(y.shape)
        else:
            raise ValueError(
                f"y must hold a class for each sample, or one-hot rows. Received shape: {y.shape}"
            )
        self.n_classes_ = len(self.classes_)
        if sample_weight is not None:
            kwargs["sample_weight"] = sample_weight
        return super().fit(x, y, **kwargs)

    def predict(self, x, **kwargs):
        """The most probable class of each sample.

        Args:
            x: inputs.
            **kwargs: arguments of `predict_classes` of models.

        Returns:
            An array of classes; with a second axis of length 1 if the model has one output.
        """
        arguments = self.filter_sk_params(Sequential.predict_classes, kwargs)
        return self.classes_[self.model.predict_classes(x, **arguments)]

    def predict_proba(self, x, **kwargs):
        """The probabilities of the classes.

        Args:
            x: inputs.
            **kwargs: arguments of `keras.Model.predict`.

        Returns:
            An array of shape ``(samples, classes)``; also where the model has one output.
        """
        arguments = self.filter_sk_params(Sequential.predict, kwargs)
        found = to_numpy(self.model.predict(x, **arguments))
        return np.hstack([1 - found, found]) if found.shape[1] == 1 else found

    def score(self, x, y, **kwargs):
        """The accuracy.

        Args:
            x, y: as of `fit`.
            **kwargs: arguments of `keras.Model.evaluate`.

        Raises:
            ValueError: if the model was compiled without the metric ``"accuracy"``.
        """
        y = np.array(y)
        if not (y.ndim == 2 and y.shape[1] > 1):
            y = np.searchsorted(self.classes_, y)
        arguments = self.filter_sk_params(Sequential.evaluate, kwargs)
        found = self.model.evaluate(x, self._in_form(y), **{**arguments, "return_dict": True})
        for name in ("accuracy", "acc"):
            if name in found:
                return found[name]
        raise ValueError(
            "score needs a model that computes the accuracy: compile it with "
            f"metrics=['accuracy']. It computes: {sorted(found)}"
        )


class KerasRegressor(BaseWrapper):
    """A regressor for scikit-learn from a function that makes a model.

    Args:
        build_fn, **sk_params: as of `BaseWrapper`.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> from minikeras.legacy.scikit_learn import KerasRegressor
    >>> def make():
    ...     model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    ...     model.compile(keras.optimizers.SGD(0.1), "mse")
    ...     return model
    >>> x = np.linspace(-1, 1, 40)[:, None]
    >>> regressor = KerasRegressor(make, epochs=100, verbose=0)
    >>> history = regressor.fit(x, 3 * x[:, 0] + 1)
    >>> round(float(regressor.predict(np.array([[0.5], [0.0]]))[0]), 2)
    2.5
    """

    _estimator_type = "regressor"

    def __sklearn_tags__(self):
        from sklearn.utils import RegressorTags

        return self._tags(estimator_type="regressor", regressor_tags=RegressorTags())

    def predict(self, x, **kwargs):
        """What the model predicts.

        Args:
            x: inputs.
            **kwargs: arguments of `keras.Model.predict`.

        Returns:
            An array with a number for each sample.
        """
        found = self.model.predict(x, **self.filter_sk_params(Sequential.predict, kwargs))
        return np.squeeze(to_numpy(found), axis=-1)

    def score(self, x, y, **kwargs):
        """Minus the loss: more is better.

        Args:
            x, y: as of `fit`.
            **kwargs: arguments of `keras.Model.evaluate`.
        """
        arguments = self.filter_sk_params(Sequential.evaluate, kwargs)
        found = self.model.evaluate(x, y, **{**arguments, "return_dict": True})
        return -found["loss"]

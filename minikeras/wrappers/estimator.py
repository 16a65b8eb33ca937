"""KerasEstimator: a model that is trained as Caffe's solvers train, by iterations."""

import json
import math
import os

import numpy as np

from minikeras.backend.autodiff import plain
from minikeras.backend.xp import to_numpy
from minikeras.console import show
from minikeras.files import atomic_folder
from minikeras.guarded.json_text import parsed
from minikeras.models import Model
from minikeras.optimizers.schedules import LearningRateSchedule, deserialize, serialize
from minikeras.saving import load_model
from minikeras.wrappers.policies import policy
from minikeras.wrappers.tables import kind_of
from minikeras.wrappers.targets import Targets

_MODEL, _SETTINGS = "model.keras", "estimator.json"
_NAMES = (
    "batch_size", "max_iter", "lr_policy", "display", "test_iter", "test_interval", "gamma",
    "stepsize", "power",
)  # fmt: skip


class KerasEstimator:
    """A compiled model as an estimator that counts iterations rather than epochs.

    One iteration is one update, on one batch; batches follow one another in the order of the data,
    which begin anew behind their end. It has the interface of Apache SystemML's ``Keras2DML``,
    whose settings are those of Caffe's solvers.

    Args:
        model: a compiled model with one input and one output, which is trained itself.
        batch_size: samples in a batch.
        max_iter: the number of iterations.
        lr_policy: how the learning rate follows from that of the optimizer, ``base_lr``, and the
            iteration ``i``:

            - ``"step"``: ``base_lr * gamma ** floor(i / stepsize)``
            - ``"fixed"``: ``base_lr``
            - ``"exp"``: ``base_lr * gamma ** i``
            - ``"inv"``: ``base_lr * (1 + gamma * i) ** -power``
            - ``"poly"``: ``base_lr * (1 - i / max_iter) ** power``
            - ``"sigmoid"``: ``base_lr / (1 + exp(-gamma * (i - stepsize)))``

            or a schedule of `keras.optimizers.schedules`; None for what the optimizer has.
        display: after how many iterations the loss and the accuracy of a batch are shown; 0 for
            never.
        test_iter: the number of batches, taken from the beginning of the data, that are kept for
            validation.
        test_interval: after how many iterations the loss and the accuracy on them are shown.
        gamma: by default the ``decay`` of the optimizer (Keras 1 and 2), or 0.1 for ``"step"``.
        stepsize: by default ``max_iter``, so that ``"step"`` makes no step.
        power: the exponent of ``"inv"`` and ``"poly"``.

    Attributes:
        history_: a dict for each line shown: the iteration, the learning rate, the loss, and the
            accuracy or what validation gave.
        classes_: the classes, in the order of the outputs; None where numbers are predicted.

    Raises:
        RuntimeError: if the model is not compiled.
        ValueError: if a setting makes no sense.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> from minikeras.wrappers import KerasEstimator
    >>> keras.utils.set_random_seed(0)
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax")])
    >>> model.compile(keras.optimizers.SGD(0.5), "categorical_crossentropy", metrics=["accuracy"])
    >>> x = np.random.default_rng(0).normal(size=(200, 2))
    >>> y = np.where(x[:, 0] > x[:, 1], "right", "left")
    >>> estimator = KerasEstimator(model, batch_size=20, max_iter=100, lr_policy="poly", display=0)
    >>> estimator.fit(x, y).score(x, y) > 0.95
    True
    >>> estimator.predict([[2.0, 0.0]]).tolist()
    ['right']
    """

    def __init__(
        self,
        model,
        batch_size=64,
        max_iter=2000,
        lr_policy="step",
        display=100,
        test_iter=0,
        test_interval=500,
        gamma=None,
        stepsize=None,
        power=1.0,
    ):
        if not (isinstance(model, Model) and model.compiled and model.loss and model.optimizer):
            raise RuntimeError(
                "KerasEstimator needs a model that was compiled with a loss and an optimizer, for "
                "instance model.compile(keras.optimizers.SGD(0.01, momentum=0.95, nesterov=True), "
                f"'categorical_crossentropy'). Received: {model!r}"
            )
        self.model = model
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.lr_policy = lr_policy
        self.display = display
        self.test_iter = test_iter
        self.test_interval = test_interval
        self.gamma = gamma
        self.stepsize = stepsize
        self.power = power
        for name, least in (("batch_size", 1), ("max_iter", 1), ("display", 0), ("test_iter", 0),
                            ("test_interval", 1)):  # fmt: skip
            value = getattr(self, name)
            if not hasattr(value, "__index__") or value < least:
                raise ValueError(f"{name} must be an integer from {least} on. Received: {value!r}")
        self.history_ = []
        self._targets = None
        self._base = _base_rate(_innermost(model.optimizer))
        self._rate(0)  # an unknown policy is an error now

    @property
    def classes_(self):
        """The classes in the order of the outputs, once there are any."""
        return None if self._targets is None else self._targets.classes

    def _rate(self, start):
        """The learning rate as of an iteration of the optimizer; None to leave it as it is."""
        if self.lr_policy is None or isinstance(self.lr_policy, LearningRateSchedule):
            return self.lr_policy
        base_lr, gamma = self._base
        gamma = self.gamma if self.gamma is not None else gamma
        if gamma is None and self.lr_policy == "step":
            gamma = 0.1
        stepsize = self.max_iter if self.stepsize is None else self.stepsize
        return policy(
            self.lr_policy, base_lr, gamma=gamma, stepsize=stepsize, power=self.power,
            max_iter=self.max_iter, start=start,
        )  # fmt: skip

    def _inputs(self, X):
        """Features in the shape of the input: rows of an image's pixels become an image."""
        x = kind_of(X).values(X)
        shape = tuple(self.model.input_shape[1:])
        fits = None not in shape and x.ndim == 2 and len(shape) != 1
        return x.reshape(len(x), *shape) if fits and x.shape[1] == math.prod(shape) else x

    def _parted(self, X, y):
        """Inputs and targets as NumPy arrays."""
        if y is None:
            features, y = kind_of(X).parted(X)
            return self._inputs(features), y
        return self._inputs(X), kind_of(y).values(y)

    def fit(self, X, y=None):
        """Train for ``max_iter`` iterations, from the weights that the model has.

        Args:
            X: features of shape ``(samples, ...)``, an array or a pandas DataFrame; the
                pixels of an image may stand in one row.
            y: targets, one for each sample; one-hot rows, too, for classes. None for a DataFrame
                with a column ``label``.

        Returns:
            The estimator.

        Raises:
            ValueError: if there are too few samples, or other classes than outputs.
        """
        x, y = self._parted(X, y)
        if len(x) != len(y):
            raise ValueError(
                f"X and y must have the same length. Received lengths: {len(x)} and {len(y)}"
            )
        kept = self.test_iter * self.batch_size
        if len(x) <= kept:
            raise ValueError(
                f"Validation takes test_iter * batch_size = {kept} samples, so that none of the "
                f"{len(x)} is left to train on"
            )
        self._targets = Targets(self.model.loss, self.model.output_shape[-1])
        self._targets.fit(y)
        targets = self._targets.encoded(y)
        self.history_ = []
        optimizer = _innermost(self.model.optimizer)
        rate = self._rate(int(to_numpy(optimizer._iterations.value)))
        if rate is not None:
            optimizer.learning_rate = rate
        self._train((x[kept:], targets[kept:]), (x[:kept], targets[:kept]))
        return self

    def _train(self, data, validation):
        inputs, targets = data
        start, rate = 0, None
        for iteration in range(1, self.max_iter + 1):
            batch = slice(start, start + self.batch_size)
            start = batch.stop if batch.stop < len(inputs) else 0
            is_shown = self.display and iteration % self.display == 0
            is_tested = self.test_iter and iteration % self.test_interval == 0
            if is_shown or is_tested:
                rate = float(to_numpy(plain(_innermost(self.model.optimizer).learning_rate)))
            logs = self.model.train_on_batch(inputs[batch], targets[batch], return_dict=True)
            if is_shown:
                self._add_accuracy(logs, inputs[batch], targets[batch])
                self._note(iteration, rate, logs)
            if is_tested:
                logs = self.model.evaluate(
                    *validation, batch_size=self.batch_size, verbose=0, return_dict=True
                )
                self._add_accuracy(logs, *validation)
                self._note(iteration, rate, {f"val_{name}": v for name, v in logs.items()})

    def _add_accuracy(self, logs, inputs, targets):
        """The accuracy of classes where the model was compiled without such a metric."""
        if self._targets.are_classes and not any("acc" in name for name in logs):
            found = self._outputs(inputs)
            right = self._places(found) == self._places_of(targets)
            logs["accuracy"] = float(np.mean(right))

    def _places(self, outputs):
        return self._targets.chances(outputs).argmax(-1)

    def _places_of(self, targets):
        """The places of classes in encoded targets."""
        return targets.argmax(-1) if self._targets.kind == "one-hot" else targets.reshape(-1)

    def _note(self, iteration, rate, logs):
        logs = {name: float(value) for name, value in logs.items()}
        self.history_.append({"iteration": iteration, "learning_rate": rate, **logs})
        figures = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        show(f"iteration {iteration}/{self.max_iter} - {figures}")

    def _outputs(self, inputs):
        found = self.model.predict(inputs, batch_size=self.batch_size, verbose=0)
        return to_numpy(found)

    def _checked_targets(self):
        if self._targets is None:
            raise RuntimeError("The estimator has not been trained: call its method fit first")
        return self._targets

    def predict(self, X):
        """The class of each sample, or the numbers that the model predicts.

        Args:
            X: features as for `fit`.

        Returns:
            An array; a Series, or a DataFrame for several numbers, if ``X`` is of pandas.

        Raises:
            RuntimeError: before `fit`.
        """
        targets, outputs = self._checked_targets(), self._outputs(self._inputs(X))
        if targets.are_classes:
            answer = targets.classes[self._places(outputs)]
        else:
            answer = outputs[:, 0] if outputs.shape[1:] == (1,) else outputs
        names = range(answer.shape[-1])
        return kind_of(X).answered(answer, X, names)

    def predict_proba(self, X):
        """The probabilities of the classes.

        Args:
            X: features as for `fit`.

        Returns:
            An array of shape ``(samples, classes)``; a DataFrame if ``X`` is of pandas.

        Raises:
            RuntimeError: before `fit`.
            ValueError: if the model predicts numbers.
        """
        targets = self._checked_targets()
        if not targets.are_classes:
            raise ValueError(
                "predict_proba is for classes. The loss of the model, "
                f"{self.model.loss!r}, is one of numbers"
            )
        chances = targets.chances(self._outputs(self._inputs(X)))
        return kind_of(X).answered(chances, X, targets.classes)

    def score(self, X, y=None):
        """The accuracy; for numbers the coefficient of determination.

        Args:
            X, y: as of `fit`.

        Returns:
            A float.
        """
        targets = self._checked_targets()
        inputs, y = self._parted(X, y)
        outputs = self._outputs(inputs)
        if targets.are_classes:
            return float(np.mean(self._places(outputs) == targets.numbers(y)))
        y = targets.encoded(y)
        errors, spread = (outputs - y) ** 2, (y - y.mean(0)) ** 2
        return float(np.mean(1 - errors.sum(0) / spread.sum(0)))

    def save(self, path):
        """Write the model, with the state of its optimizer, and the settings to a folder.

        Args:
            path: the folder, which is made, or must be one that an estimator was saved to.

        Raises:
            FileExistsError: if there is something else at ``path``.
        """
        path = os.fspath(path)
        if os.path.exists(path) and not os.path.exists(os.path.join(path, _SETTINGS)):
            raise FileExistsError(
                f"{path!r} exists and holds no estimator. Choose the path of a new folder."
            )
        settings = {name: getattr(self, name) for name in _NAMES}
        if isinstance(self.lr_policy, LearningRateSchedule):
            settings["lr_policy"] = serialize(self.lr_policy)
        classes = self.classes_
        settings["base"] = self._base
        settings["is_fitted"] = self._targets is not None
        settings["classes"] = None if classes is None else classes.tolist()
        with atomic_folder(path) as folder:
            self.model.save(os.path.join(folder, _MODEL))
            with open(os.path.join(folder, _SETTINGS), "w", encoding="utf-8") as file:
                json.dump(settings, file, indent=1)

    @classmethod
    def load(cls, path, custom_objects=None, safe_mode=True):
        """The estimator that `save` wrote to a folder.

        Args:
            path: the folder.
            custom_objects, safe_mode: as of `keras.saving.load_model`.

        Raises:
            ValueError: if it holds no estimator.
        """
        name = os.path.join(path, _SETTINGS)
        with open(name, encoding="utf-8") as file:
            settings = parsed(file.read(), name)
        if not isinstance(settings, dict) or not set(settings) >= {*_NAMES, "base", "is_fitted"}:
            raise ValueError(f"{name!r} holds no settings of an estimator")
        model = load_model(os.path.join(path, _MODEL), custom_objects, safe_mode=safe_mode)
        arguments = {name: settings[name] for name in _NAMES}
        if isinstance(arguments["lr_policy"], dict):
            arguments["lr_policy"] = deserialize(arguments["lr_policy"], custom_objects)
        made = cls(model, **arguments)
        made._base = tuple(settings["base"])
        if settings["is_fitted"]:
            made._targets = Targets(model.loss, model.output_shape[-1])
            classes = settings.get("classes")
            made._targets.classes = None if classes is None else np.array(classes)
        return made


def _innermost(optimizer):
    """The optimizer that updates weights, where one for scaled losses is around it."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def _base_rate(optimizer):
    """``(base_lr, gamma)``: the learning rate of an optimizer, and its decay or None."""
    rate = optimizer._learning_rate
    base = next(
        (getattr(rate, name) for name in ("base_lr", "initial_learning_rate", "learning_rate")
         if isinstance(rate, LearningRateSchedule) and hasattr(rate, name)),
        None,
    )  # fmt: skip
    if base is None:
        base = to_numpy(plain(optimizer.learning_rate))
    return float(base), getattr(rate, "decay", None) or None

"""Methods of models as in Keras 1 and 2: compiling, fitting, generators, predicted classes."""

import functools
import itertools
import types

from minikeras import ops, tree
from minikeras.backend.xp import np, to_numpy
from minikeras.legacy.era import era
from minikeras.legacy.names import metrics as old_metrics
from minikeras.legacy.names.metrics import clone_metrics
from minikeras.legacy.symbolic_losses import closed
from minikeras.legacy.warned import warn_once
from minikeras.metrics import BinaryAccuracy, Metric
from minikeras.training.trainer import Trainer
from minikeras.utils import PyDataset

_COUNTS = {
    "samples_per_epoch": "steps_per_epoch", "nb_epoch": "epochs",
    "nb_val_samples": "validation_steps", "val_samples": "steps",
    "max_q_size": "max_queue_size", "nb_worker": "workers", "pickle_safe": "use_multiprocessing",
}  # fmt: skip
_SAMPLES = {"samples_per_epoch", "nb_val_samples", "val_samples"}
_QUEUE = ("max_queue_size", "workers", "use_multiprocessing")
# In Keras 1 these were the positional arguments behind the generator.
_FIT_1 = (
    "samples_per_epoch", "nb_epoch", "verbose", "callbacks", "validation_data", "nb_val_samples",
    "class_weight", "max_q_size", "nb_worker", "pickle_safe", "initial_epoch",
)  # fmt: skip
_FIT_2 = (
    "steps_per_epoch", "epochs", "verbose", "callbacks", "validation_data", "validation_steps",
    "validation_freq", "class_weight", "max_queue_size", "workers", "use_multiprocessing",
    "shuffle", "initial_epoch",
)  # fmt: skip
_TEST_1 = ("val_samples", "max_q_size", "nb_worker", "pickle_safe")
_EVALUATE_2 = ("steps", "callbacks", *_QUEUE, "verbose")
_PREDICT_2 = ("steps", "callbacks", *_QUEUE, "verbose")


# Metrics that Keras 1 had for a whole batch.
_OF_BATCHES = ("precision", "recall", "fbeta_score", "fmeasure", "fscore", "f1score",
               "matthews_correlation")  # fmt: skip


def install():
    """Give models the methods and arguments of Keras 1 and 2."""
    Trainer.compile = _compile(Trainer.compile)
    Trainer.fit = _fit(Trainer.fit)
    for name in ("evaluate", "predict"):
        setattr(Trainer, name, _tried(getattr(Trainer, name), name))
    for method in (fit_generator, evaluate_generator, predict_generator, predict_classes):
        setattr(Trainer, method.__name__, method)
    Trainer.predict_proba = predict_proba


def _compile(compile_today):
    @functools.wraps(compile_today)
    def compile(self, optimizer="rmsprop", loss=None, *args, **kwargs):
        if args and _are_metrics(args[0]):
            # Before Keras 3 the metrics stood before the weights of the losses.
            kwargs["metrics"] = args[0]
            if len(args) > 1:
                kwargs["loss_weights"] = args[1]
            args = ()
        mode = kwargs.pop("sample_weight_mode", None)
        if mode not in (None, "temporal"):
            raise ValueError(f"sample_weight_mode must be None or 'temporal'. Received: {mode!r}")
        if kwargs.pop("target_tensors", None) is not None:
            raise ValueError(
                "target_tensors is of graphs of TensorFlow. Give the targets to `fit`, or compute "
                "the loss in the model with add_loss"
            )
        if era() != 3:
            for name in ("metrics", "weighted_metrics"):
                if kwargs.get(name):
                    kwargs[name] = _metrics_of_old(_for_each_output(self, kwargs[name]), loss)
        compile_today(self, optimizer, closed(loss, self), *args, **kwargs)

    return compile


def _for_each_output(model, metrics):
    """A flat list of metrics is meant for every output of a model of several."""
    count = len(getattr(model, "outputs", None) or ())
    is_flat = isinstance(metrics, (list, tuple)) and not any(
        isinstance(metric, (list, tuple)) for metric in metrics
    )
    if count < 2 or not is_flat:
        return metrics
    return [clone_metrics(list(metrics)) for _ in range(count)]


def _are_metrics(value):
    """Whether what stands third in a call of `compile` is metrics rather than weights."""
    leaves = value if isinstance(value, (list, tuple)) else [value]
    leaves = value.values() if isinstance(value, dict) else leaves
    return any(isinstance(leaf, (str, Metric, list, tuple)) or callable(leaf) for leaf in leaves)


def _metrics_of_old(metrics, loss):
    """The metrics with the meaning and the names that they had."""
    if isinstance(metrics, dict):
        return {
            key: _metrics_of_old(value, loss.get(key) if isinstance(loss, dict) else loss)
            for key, value in metrics.items()
        }
    if isinstance(metrics, (list, tuple)):
        return [_metrics_of_old(metric, loss) for metric in metrics]
    if era() == 1 and metrics in _OF_BATCHES:
        metrics = getattr(old_metrics, metrics)
    if era() == 1 and isinstance(metrics, types.FunctionType):
        return _over_samples(metrics)
    if metrics not in ("accuracy", "acc"):
        return metrics
    name = "acc" if era() == 1 else metrics
    is_binary = loss == "binary_crossentropy" or "binary_crossentropy" in (
        getattr(loss, "__name__", ""), getattr(loss, "name", "")
    )  # fmt: skip
    return BinaryAccuracy(name=name) if is_binary else name


def _over_samples(measure):
    """A function of a batch that gives one number, so that batches count by their samples."""

    @functools.wraps(measure)
    def over_samples(y_true, y_pred):
        value = measure(y_true, y_pred)
        return value if value.shape else ops.broadcast_to(value, (y_pred.shape[0],))

    return over_samples


def _fit(fit_today):
    @functools.wraps(fit_today)
    def fit(self, *args, **kwargs):
        if "nb_epoch" in kwargs:
            warn_once("fit(nb_epoch=)", "epochs=")
            kwargs["epochs"] = kwargs.pop("nb_epoch")
        elif era() == 1 and "epochs" not in kwargs and len(args) < 4:
            kwargs["epochs"] = 10
        data = args[0] if args else kwargs.get("x")
        _set_queue(data, kwargs)
        given = dict(zip(_FIT_ORDER, args)) | kwargs
        self.__dict__["_run_of_old"] = _run(data, given)
        self.__dict__["_validation_of_old"] = _validation(given)
        return fit_today(self, *args, **kwargs)

    return fit


_FIT_ORDER = ("x", "y", "batch_size", "epochs", "verbose", "callbacks", "validation_split",
              "validation_data")  # fmt: skip


def _run(data, given):
    """What callbacks of old were told of a run: how many samples, and in batches of which size."""
    split = given.get("validation_split") or 0.0
    is_validated = bool(split) or given.get("validation_data") is not None
    leaf = data
    while isinstance(leaf, (list, tuple, dict)) and leaf:
        leaf = next(iter(leaf.values())) if isinstance(leaf, dict) else leaf[0]
    shape = getattr(leaf, "shape", None)
    count = None
    if shape and not given.get("steps_per_epoch"):
        count = int(shape[0] * (1.0 - split)) if given.get("validation_data") is None else shape[0]
    return {
        "samples": count,
        "batch_size": given.get("batch_size") or 32,
        "do_validation": is_validated,
    }


def _validation(given):
    """The arrays for validation, as callbacks had them: inputs, targets, weights; or None."""
    data, split = given.get("validation_data"), given.get("validation_split") or 0.0
    if isinstance(data, (list, tuple)) and len(data) in (2, 3):
        parts = [data[0], data[1], data[2] if len(data) == 3 else None]
    elif data is None and split and given.get("y") is not None:
        parts = [given.get("x"), given["y"], given.get("sample_weight")]
    else:
        return None
    arrays = [[leaf for leaf in tree.flatten(part) if leaf is not None] for part in parts]
    if not all(hasattr(leaf, "shape") for part in arrays for leaf in part):
        return None
    if data is None:
        at = int(len(arrays[0][0]) * (1.0 - split))
        arrays = [[leaf[at:] for leaf in part] for part in arrays]
    weights = arrays[2] or [np.ones(len(leaf), "float32") for leaf in arrays[1]]
    return [*arrays[0], *arrays[1], *weights]


def _tried(today, name):
    @functools.wraps(today)
    def method(self, *args, **kwargs):
        _set_queue(args[0] if args else kwargs.get("x"), kwargs)
        if name == "predict" and era() != 3 and len(args) < 3:
            kwargs.setdefault("verbose", 0)
        return today(self, *args, **kwargs)

    return method


def _set_queue(data, kwargs):
    """Hand the arguments on how data are fetched to the data set; generators have no such thing."""
    given = {name: kwargs.pop(name) for name in _QUEUE if name in kwargs}
    if isinstance(data, PyDataset):
        for name, value in given.items():
            setattr(data, name, value)


def _in_order(args, kwargs, first, second):
    """The arguments by today's names, and which of them count samples rather than batches."""
    is_first = not _COUNTS.keys().isdisjoint(kwargs) or (era() == 1 and args)
    order = first if is_first else second
    if len(args) > len(order):
        raise TypeError(f"expected at most {len(order)} arguments {order}. Received: {len(args)}")
    found = {**dict(zip(order, args)), **kwargs}
    samples = {_COUNTS[name] for name in found if name in _SAMPLES}
    return {_COUNTS.get(name, name): value for name, value in found.items()}, samples


def _in_batches(data, count):
    """``(data, steps)`` for a number of samples: the size of a batch is that of the first."""
    if isinstance(data, PyDataset) or hasattr(data, "__getitem__"):
        first = data[0]
    else:
        data = iter(data)
        first = next(data)
        data = itertools.chain([first], data)
    leaf = first[0] if isinstance(first, (list, tuple)) else first
    while isinstance(leaf, (list, tuple, dict)):
        leaf = next(iter(leaf.values())) if isinstance(leaf, dict) else leaf[0]
    return data, -(-count // len(leaf))


def fit_generator(self, generator, *args, **kwargs):
    """Train on a generator of batches; `fit` does the same.

    Args:
        generator: gives tuples ``(inputs, targets)`` or ``(inputs, targets, sample_weights)``.
        *args, **kwargs: in the order of Keras 2, ``steps_per_epoch, epochs, verbose, callbacks,
            validation_data, validation_steps, validation_freq, class_weight, max_queue_size,
            workers, use_multiprocessing, shuffle, initial_epoch``; or by names of Keras 1, where
            ``samples_per_epoch`` and ``nb_val_samples`` count samples.

    Returns:
        A `History`.
    """
    found, samples = _in_order(args, kwargs, _FIT_1, _FIT_2)
    if "steps_per_epoch" in samples:
        generator, found["steps_per_epoch"] = _in_batches(generator, found["steps_per_epoch"])
    if "validation_steps" in samples and found.get("validation_data") is not None:
        data = found["validation_data"]
        if isinstance(data, (list, tuple)):
            del found["validation_steps"]  # arrays are evaluated whole
        else:
            found["validation_data"], found["validation_steps"] = _in_batches(
                data, found["validation_steps"]
            )
    if found.get("epochs") is None:
        found["epochs"] = 1
    return self.fit(generator, **found)


def evaluate_generator(self, generator, *args, **kwargs):
    """Evaluate on a generator of batches; `evaluate` does the same.

    Args:
        generator: as of `fit_generator`.
        *args, **kwargs: ``steps, callbacks, max_queue_size, workers, use_multiprocessing,
            verbose``, or ``val_samples, max_q_size, nb_worker, pickle_safe`` of Keras 1.

    Returns:
        The loss, or a list of it and the metrics.
    """
    found, samples = _in_order(args, kwargs, _TEST_1, _EVALUATE_2)
    if "steps" in samples:
        generator, found["steps"] = _in_batches(generator, found["steps"])
    found.setdefault("verbose", 0)
    return self.evaluate(generator, **found)


def predict_generator(self, generator, *args, **kwargs):
    """Predict for a generator of batches; `predict` does the same.

    Args:
        generator: gives inputs, or tuples of which the first element is the inputs.
        *args, **kwargs: as of `evaluate_generator`.

    Returns:
        The predictions of all batches; with ``val_samples`` of Keras 1 of so many samples.
    """
    found, samples = _in_order(args, kwargs, _TEST_1, _PREDICT_2)
    count = None
    if "steps" in samples:
        count = found["steps"]
        generator, found["steps"] = _in_batches(generator, count)
    found.setdefault("verbose", 0)
    outputs = self.predict(generator, **found)
    return outputs if count is None else _cut(outputs, count)


def _cut(outputs, count):
    if isinstance(outputs, (list, tuple)):
        return [_cut(output, count) for output in outputs]
    return outputs[:count]


def predict_classes(self, x, batch_size=32, verbose=0):
    """The most probable class of each sample: of one output, whether it is above one half.

    >>> import minikeras as keras
    >>> model = keras.Sequential([keras.layers.Dense(3, "softmax", input_dim=2)])
    >>> model.predict_classes(keras.ops.ones((4, 2))).shape
    (4,)
    """
    chances = np.asarray(to_numpy(self.predict(x, batch_size=batch_size, verbose=verbose)))
    return chances.argmax(-1) if chances.shape[-1] > 1 else (chances > 0.5).astype("int32")


def predict_proba(self, x, batch_size=32, verbose=0):
    """What the model predicts: the same as `predict`, for models whose outputs are probabilities.

    >>> import minikeras as keras
    >>> model = keras.Sequential([keras.layers.Dense(1, "sigmoid", input_dim=2)])
    >>> model.predict_proba(keras.ops.zeros((1, 2))).tolist()
    [[0.5]]
    """
    return self.predict(x, batch_size=batch_size, verbose=verbose)

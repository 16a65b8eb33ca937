"""Weights of samples and of classes by the names of outputs, for models of several."""

import functools

from minikeras import tree
from minikeras.backend.xp import np, to_numpy
from minikeras.training.trainer import Trainer


def install():
    """Let models of several outputs take dicts of weights, as in Keras 1 and 2."""
    for name in ("fit", "train_on_batch", "evaluate", "test_on_batch"):
        setattr(Trainer, name, _method(getattr(Trainer, name)))


def _method(today):
    @functools.wraps(today)
    def method(self, *args, **kwargs):
        given = kwargs.get("sample_weight"), kwargs.get("class_weight")
        names = _names(self) if any(value is not None for value in given) else ()
        y = args[1] if len(args) > 1 else kwargs.get("y")
        if len(names) > 1 and isinstance(y, (list, tuple, dict)):
            _settle(names, y, kwargs)
        return today(self, *args, **kwargs)

    return method


def _names(model):
    """The names of the outputs of a model whose graph is known."""
    return getattr(model, "output_names", None) or ()


def _settle(names, y, kwargs):
    """Put one array of weights for each output in the place of what was given."""
    samples, classes = kwargs.get("sample_weight"), kwargs.get("class_weight")
    each = lambda value: [value.get(name) for name in names] if isinstance(value, dict) else value
    if isinstance(samples, dict) and set(samples) <= set(names):
        samples = each(samples)
    if isinstance(classes, (list, tuple)) or (
        isinstance(classes, dict) and classes and set(classes) <= set(names)
    ):
        targets = each(y)
        samples = list(samples) if isinstance(samples, (list, tuple)) else [samples] * len(names)
        del kwargs["class_weight"]
        samples = [
            weight if table is None else _times(_of_classes(target, table, name), weight)
            for target, table, weight, name in zip(targets, each(classes), samples, names)
        ]
    if samples is not None:
        is_dict = isinstance(y, dict)
        kwargs["sample_weight"] = dict(zip(names, samples)) if is_dict and isinstance(
            samples, list
        ) else samples  # fmt: skip


def _of_classes(target, table, name):
    """The weight of the class of each sample; classes are numbers or one-hot."""
    y = np.asarray(to_numpy(target))
    numbers = y.argmax(-1) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(-1).astype(int)
    missing = set(numbers.tolist()) - set(table)
    if missing:
        raise ValueError(
            f"class_weight of the output {name!r} has no weights for the classes {sorted(missing)}"
        )
    return np.array([table[number] for number in numbers.tolist()], "float32")


def _times(weights, others):
    return weights if others is None else weights * np.asarray(to_numpy(tree.flatten(others)[0]))

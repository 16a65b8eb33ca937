"""Targets of estimators as losses take them, and outputs of models as answers."""

import numpy as np

from minikeras import losses

_ONE_HOT = ("categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge")
_BINARY = ("binary_crossentropy", "binary_focal_crossentropy")


class Targets:
    """What a model learns, told by its loss and the number of its outputs.

    Args:
        loss: the loss that the model was compiled with.
        outputs: the number of its outputs.

    Attributes:
        kind: ``"one-hot"``, ``"sparse"``, ``"binary"`` or ``"numbers"``.
        classes: the classes in the order of the outputs, once `fit` has seen them; None for
            numbers.
    """

    def __init__(self, loss, outputs):
        loss = loss[0] if isinstance(loss, (list, tuple)) and len(loss) == 1 else loss
        if isinstance(loss, (dict, list, tuple)):
            raise ValueError(f"An estimator needs a model with one output. Received losses: {loss}")
        found = losses.get(loss)
        name = getattr(found, "name", None) or getattr(found, "__name__", "")
        self.outputs = outputs
        self.gives_logits = bool(getattr(found, "from_logits", False))
        self.kind = "numbers"
        if name == "sparse_categorical_crossentropy":
            self.kind = "sparse"
        elif name in _ONE_HOT or (name in _BINARY and outputs > 1):
            self.kind = "one-hot"
        elif name in _BINARY:
            self.kind = "binary"
        self.is_normalized = name not in _BINARY
        self.classes = None

    @property
    def are_classes(self):
        """Whether classes are learned rather than numbers."""
        return self.kind != "numbers"

    def fit(self, y):
        """Find the classes.

        Raises:
            ValueError: if there are more or fewer than the model has outputs for.
        """
        if not self.are_classes:
            return
        number = 2 if self.kind == "binary" else self.outputs
        if y.ndim == 2 and y.shape[1] > 1:
            if not (y.sum(-1) == 1).all():
                raise ValueError("Each sample must be of one class. Received rows of several ones")
            self.classes = np.arange(y.shape[1])
        elif y.dtype.kind in "iu" and y.size and y.min() >= 0 and y.max() < number:
            self.classes = np.arange(number)  # some may not occur
        else:
            self.classes = np.unique(y)
        if len(self.classes) != number:
            raise ValueError(
                f"The model has outputs for {number} classes. Received {len(self.classes)} "
                f"classes: {self.classes.tolist()[:10]}"
            )

    def encoded(self, y):
        """Targets in the form that the loss takes.

        Raises:
            ValueError: if there is a class that `fit` has not seen.
        """
        if not self.are_classes:
            return y[:, None] if y.ndim == 1 else y
        if y.ndim == 2 and y.shape[1] > 1 and self.kind == "one-hot":
            return y
        numbers = self.numbers(y)
        if self.kind == "one-hot":
            return np.eye(len(self.classes), dtype="float32")[numbers]
        return numbers[:, None] if self.kind == "binary" else numbers

    def numbers(self, y):
        """The places of classes among all; of one-hot rows, that of the one."""
        if y.ndim == 2 and y.shape[1] > 1:
            return y.argmax(-1)
        y = y.reshape(-1)
        places = np.searchsorted(self.classes, y).clip(max=len(self.classes) - 1)
        odd = self.classes[places] != y
        if odd.any():
            raise ValueError(
                f"Classes are {self.classes.tolist()}. Received: {np.unique(y[odd]).tolist()}"
            )
        return places

    def chances(self, outputs):
        """The probabilities of all classes, a row for each sample."""
        if self.kind == "binary":
            one = _sigmoid(outputs) if self.gives_logits else outputs
            return np.concatenate([1 - one, one], axis=1)
        if not self.gives_logits:
            return outputs
        if not self.is_normalized:
            return _sigmoid(outputs)
        powers = np.exp(outputs - outputs.max(-1, keepdims=True))
        return powers / powers.sum(-1, keepdims=True)


def _sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))

"""Distillation losses: how far what a student gives is from what a teacher gives."""

from minikeras import losses, ops, tree
from minikeras.serialization import Configurable, serialize_value


class DistillationLoss(Configurable):
    """The base of distillation losses: subclasses define `compute_loss`.

    >>> import minikeras as keras
    >>> class Gap(keras.distillation.DistillationLoss):
    ...     def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
    ...         return keras.ops.mean(keras.ops.abs(teacher_outputs - student_outputs))
    >>> float(Gap().compute_loss(keras.ops.ones((2, 3)), keras.ops.zeros((2, 3))))
    1.0
    """

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        """A single number for the outputs of both models; subclasses define it."""
        raise TypeError(f"{type(self).__name__} defines no method `compute_loss`")

    def validate_outputs(self, teacher_outputs, student_outputs):
        """Raise ValueError unless both outputs have the same structure."""
        tree.assert_same_structure(teacher_outputs, student_outputs)

    def validate_model_compatibility(self, teacher, student):
        """Raise ValueError if the loss does not fit the models; here every pair does."""


class _OfOutputs(DistillationLoss):
    """A distillation loss made of a loss for each output, in the attribute ``loss``."""

    def _set_loss(self, loss):
        self.loss = tree.map_structure(losses.get, loss, none_is_leaf=True)
        if all(found is None for found in tree.flatten(self.loss)):
            raise ValueError(
                f"{type(self).__name__}: at least one loss must not be None. Received: {loss!r}"
            )

    def _total(self, apply, teacher_outputs, student_outputs):
        """The sum of ``apply(loss, teacher, student)`` over the outputs that have a loss."""
        found = tree.map_structure(
            lambda loss, t, s: 0.0 if loss is None else apply(loss, t, s),
            self.loss,
            teacher_outputs,
            student_outputs,
        )
        return ops.sum(ops.stack(tree.flatten(found)))

    def get_config(self):
        """The constructor's arguments as plain values."""
        return {**super().get_config(), "loss": serialize_value(self.loss)}

    @classmethod
    def from_config(cls, config):
        """A loss made from what `get_config` returned."""
        return cls(**{**config, "loss": _restored(config["loss"])})


def _restored(form):
    """A loss, or a structure of losses, from its configuration."""
    if isinstance(form, (list, tuple)):
        return [_restored(f) for f in form]
    if isinstance(form, dict) and "class_name" not in form:
        return {key: _restored(f) for key, f in form.items()}
    return None if form is None else losses.deserialize(form)


class LogitsDistillation(_OfOutputs):
    """The loss between the outputs of teacher and student, both divided by a temperature.

    Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural network". With a
    `keras.losses.KLDivergence` the divided logits become probabilities first, and the loss is
    multiplied by the square of the temperature, as there. Every other loss, the function
    ``"kl_divergence"`` of the default included, is applied to the divided outputs as they are;
    that is what Keras does.

    Args:
        temperature: a positive number; a larger one makes more of the smaller outputs.
        loss: a loss or its name; for models with several outputs a structure of them like that of
            the outputs, None for an output that does not count.

    Raises:
        ValueError: if the temperature is not positive, or all losses are None.

    >>> import minikeras as keras
    >>> loss = keras.distillation.LogitsDistillation(2.0, keras.losses.KLDivergence())
    >>> logits = keras.ops.array([[1.0, 2.0]])
    >>> float(loss.compute_loss(logits, logits))
    0.0
    """

    def __init__(self, temperature=3.0, loss="kl_divergence"):
        self._set_loss(loss)
        if isinstance(temperature, bool) or not isinstance(temperature, (int, float)):
            raise ValueError(f"temperature must be a number. Received: {temperature!r}")
        if temperature <= 0:
            raise ValueError(f"temperature must be positive. Received: {temperature!r}")
        self.temperature = temperature

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        """The loss, a single number; further arguments are for subclasses.

        Args:
            teacher_outputs, student_outputs: tensors in the same structure.
        """

        def apply(loss, teacher, student):
            teacher, student = (ops.divide(x, self.temperature) for x in (teacher, student))
            if not isinstance(loss, losses.KLDivergence):
                return ops.mean(loss(teacher, student))
            found = loss(ops.softmax(teacher, axis=-1), ops.softmax(student, axis=-1))
            return ops.mean(found) * self.temperature**2

        return self._total(apply, teacher_outputs, student_outputs)


class FeatureDistillation(_OfOutputs):
    """The loss between what a layer of the teacher and one of the student give.

    Romero et al. 2015, "FitNets: hints for thin deep nets".

    Args:
        loss: a loss or its name, or a structure of them like that of what the layers give, None
            for what does not count.
        teacher_layer_name, student_layer_name: the names of the layers; None for the outputs of
            the models.

    Raises:
        ValueError: if all losses are None.

    >>> import minikeras as keras
    >>> loss = keras.distillation.FeatureDistillation("mse", "dense_1", "dense_2")
    >>> float(loss.compute_loss(keras.ops.ones((2, 3)), keras.ops.zeros((2, 3))))
    1.0
    """

    def __init__(self, loss="mse", teacher_layer_name=None, student_layer_name=None):
        self._set_loss(loss)
        self.teacher_layer_name = teacher_layer_name
        self.student_layer_name = student_layer_name

    def validate_model_compatibility(self, teacher, student):
        """Raise ValueError if a model has no layer of the name, or no graph to find it in."""
        pairs = {
            "teacher": (teacher, self.teacher_layer_name),
            "student": (student, self.student_layer_name),
        }
        if all(name is None for _, name in pairs.values()):
            return
        subclassed = [
            k for k, (model, _) in pairs.items() if getattr(model, "inputs", None) is None
        ]
        if subclassed:
            raise ValueError(
                "FeatureDistillation with names of layers needs functional or sequential models. "
                f"Subclassed: the {' and the '.join(subclassed)}. Leave the names out to compare "
                "the outputs of the models."
            )
        for kind, (model, name) in pairs.items():
            if name is not None:
                try:
                    model.get_layer(name=name)
                except ValueError as error:
                    raise ValueError(f"In the {kind} model: {error}") from None

    def validate_outputs(self, teacher_outputs, student_outputs):
        """Raise ValueError unless both outputs and the losses have the same structure."""
        super().validate_outputs(teacher_outputs, student_outputs)
        try:
            tree.assert_same_structure(self.loss, teacher_outputs)
        except (ValueError, TypeError) as error:
            raise ValueError(
                "The losses of FeatureDistillation do not have the structure of the outputs: "
                f"{error}"
            ) from None

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        """The loss, a single number; further arguments are for subclasses.

        Args:
            teacher_outputs, student_outputs: tensors in the same structure.
        """
        return self._total(
            lambda loss, t, s: ops.mean(loss(t, s)), teacher_outputs, student_outputs
        )

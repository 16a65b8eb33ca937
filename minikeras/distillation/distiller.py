"""Distiller: a model that trains a student by labels and by a teacher."""

from minikeras import losses, metrics, ops, tree
from minikeras.losses import Loss
from minikeras.models import Model
from minikeras.serialization import deserialize_keras_object, serialize_value


class Distiller(Model):
    """Trains a student model to give what the labels say, and what a teacher model gives.

    The loss is ``w`` times the student's loss on the labels plus ``1 - w`` times the sum of the
    distillation losses. Called, it is the student. The teacher is frozen.

    Args:
        teacher: a trained model.
        student: a model with inputs and outputs of the same shapes and dtypes.
        distillation_losses: a `DistillationLoss` or a list of them.
        distillation_loss_weights: what each of a list of them is multiplied by; 1 by default.
        student_loss_weight: ``w``, from 0 to 1.
        name: a string.
        **kwargs: those of `keras.Model`.

    Raises:
        ValueError: if the models do not fit each other or a loss, or an argument is none of these.

    >>> import minikeras as keras
    >>> def network(units):
    ...     return keras.Sequential(
    ...         [keras.Input((4,)), keras.layers.Dense(units), keras.layers.Dense(3)])
    >>> distiller = keras.distillation.Distiller(
    ...     network(16), network(2), keras.distillation.LogitsDistillation(loss="mse"))
    >>> distiller.compile("sgd", "mse")
    >>> history = distiller.fit(keras.ops.ones((8, 4)), keras.ops.ones((8, 3)), verbose=0)
    >>> sorted(history.history)
    ['distillation_loss', 'loss', 'student_loss', 'total_loss']
    """

    def __init__(
        self,
        teacher,
        student,
        distillation_losses,
        distillation_loss_weights=None,
        student_loss_weight=0.5,
        name="distiller",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        _check_models(teacher, student)
        is_number = isinstance(student_loss_weight, (int, float))
        if not is_number or not 0 <= student_loss_weight <= 1:
            raise ValueError(
                "student_loss_weight must be a number from 0 to 1. "
                f"Received: {student_loss_weight!r}"
            )
        if distillation_losses is None:
            raise ValueError(
                "distillation_losses must be a keras.distillation.DistillationLoss or a list of "
                "them. Received: None"
            )
        if not isinstance(distillation_losses, (list, tuple)):
            distillation_losses, distillation_loss_weights = [distillation_losses], None
        if distillation_loss_weights is None:
            distillation_loss_weights = [1.0] * len(distillation_losses)
        if len(distillation_loss_weights) != len(distillation_losses):
            raise ValueError(
                f"There are {len(distillation_losses)} distillation_losses. Received "
                f"{len(distillation_loss_weights)} distillation_loss_weights"
            )
        for loss in distillation_losses:
            loss.validate_model_compatibility(teacher, student)
        self.teacher = teacher
        self.student = student
        self.distillation_losses = list(distillation_losses)
        self.distillation_loss_weights = list(distillation_loss_weights)
        self.student_loss_weight = student_loss_weight
        self._teacher_features = _with_features(teacher, self._layer_names("teacher"))
        self._student_features = _with_features(student, self._layer_names("student"))
        self.teacher.trainable = False
        self.student_loss_tracker = metrics.Mean(name="student_loss")
        self.distillation_loss_tracker = metrics.Mean(name="distillation_loss")
        self.total_loss_tracker = metrics.Mean(name="total_loss")
        self._student_loss = None

    def _layer_names(self, kind):
        names = (getattr(x, f"{kind}_layer_name", None) for x in self.distillation_losses)
        return list(dict.fromkeys(n for n in names if n))

    def compile(self, optimizer="adam", loss=None, metrics=None, **kwargs):
        """State how the student is trained.

        Args:
            optimizer: an optimizer or its name.
            loss: the student's loss on the labels, or a structure of losses like its outputs.
            metrics: a list of metrics of the student's outputs.
            **kwargs: further arguments of `keras.Model.compile`.
        """
        if loss is None:
            raise ValueError("Distiller.compile needs the student's loss. Received: loss=None")
        if metrics is not None and not isinstance(metrics, (list, tuple)):
            raise ValueError(f"metrics must be a list. Received: {metrics!r}")
        self._student_loss = tree.map_structure(losses.get, loss)
        super().compile(optimizer=optimizer, loss=None, metrics=metrics, **kwargs)

    def get_compile_config(self):
        """The arguments of `compile` as plain values; empty if it was not called."""
        config = super().get_compile_config()
        return {**config, "loss": serialize_value(self._student_loss)} if config else config

    def compile_from_config(self, config):
        """Compile with what `get_compile_config` returned."""
        if not config:
            return
        self.compile(**deserialize_keras_object(config))
        if self.optimizer is not None and self.built:
            self.optimizer.build(self.trainable_variables)

    def call(self, inputs, training=None, **kwargs):
        """What the student gives."""
        return self.student(inputs, training=training, **kwargs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The combined loss; its parts are tracked as metrics.

        Args:
            x: the inputs.
            y: the labels; without them the distillation losses alone count.
            y_pred: what the student gave.
            sample_weight: a weight for each sample of the student's loss on the labels.
            training: whether this is a training step.
        """
        if y_pred is None:
            y_pred = self(x, training=training)
        student_loss = distillation_loss = 0.0
        if self.student_loss_weight > 0 and y is not None:
            student_loss = self._loss_on_labels(y, y_pred, sample_weight)
        if self.student_loss_weight < 1:
            distillation_loss = self._loss_on_teacher(x, y_pred, training)
        total = ops.add(
            ops.multiply(self.student_loss_weight, student_loss),
            ops.multiply(1.0 - self.student_loss_weight, distillation_loss),
        )
        self.student_loss_tracker.update_state(student_loss)
        self.distillation_loss_tracker.update_state(distillation_loss)
        self.total_loss_tracker.update_state(total)
        return total

    def _loss_on_labels(self, y, y_pred, sample_weight):
        def one(loss, y, y_pred):
            if sample_weight is None:
                return ops.mean(loss(y, y_pred))
            weighted = loss if isinstance(loss, Loss) else losses.LossFunctionWrapper(loss)
            return ops.mean(weighted(y, y_pred, sample_weight))

        return sum(tree.flatten(tree.map_structure(one, self._student_loss, y, y_pred)))

    def _loss_on_teacher(self, x, y_pred, training):
        of_teacher = _features(self._teacher_features, self.teacher, x)
        of_student = {"final_output": y_pred}
        if self._student_features is not None:
            of_student = self._student_features(x, training=training)
        total = 0.0
        for loss, weight in zip(self.distillation_losses, self.distillation_loss_weights):
            if getattr(loss, "teacher_layer_name", None) is None:
                pair = of_teacher["final_output"], y_pred
            else:
                student_name = loss.student_layer_name or "final_output"
                pair = of_teacher[loss.teacher_layer_name], of_student[student_name]
            loss.validate_outputs(*pair)
            found = loss.compute_loss(*pair)
            if getattr(found, "shape", ()) != ():
                raise ValueError(
                    f"{type(loss).__name__}.compute_loss must give a single number. Received an "
                    f"array of shape {tuple(found.shape)}"
                )
            total = ops.add(total, ops.multiply(weight, found))
        return total


def _features(extractor, model, x):
    """The outputs of some layers of ``model`` by name, its own under ``final_output``."""
    if extractor is not None:
        return extractor(x, training=False)
    return {"final_output": model(x, training=False)}


def _with_features(model, layer_names):
    """A model that gives the outputs of ``model`` and of some of its layers; None for no layers."""
    if not layer_names:
        return None
    outputs = {name: model.get_layer(name=name).output for name in layer_names}
    is_single = len(model.outputs) == 1
    outputs["final_output"] = model.outputs[0] if is_single else model.output
    inputs = model.inputs[0] if len(model.inputs) == 1 else model.input
    return Model(inputs, outputs, name=f"{model.name}_multi_feature_extractor")


def _check_models(teacher, student):
    """Raise ValueError unless both are models with inputs and outputs alike."""
    for kind, model in (("teacher", teacher), ("student", student)):
        if not isinstance(model, Model):
            raise ValueError(f"The {kind} must be a keras.Model. Received: {model!r}")
    for what in ("inputs", "outputs"):
        ours, theirs = (getattr(model, what, None) for model in (teacher, student))
        if ours is None or theirs is None:
            continue
        if len(ours) != len(theirs):
            raise ValueError(
                f"Teacher and student have {len(ours)} and {len(theirs)} {what}; the numbers must "
                "be the same"
            )
        for t, s in zip(ours, theirs):
            _check_alike(t, s, what.removesuffix("s"))


def _check_alike(of_teacher, of_student, what):
    shapes = tuple(of_teacher.shape), tuple(of_student.shape)
    if len(shapes[0]) != len(shapes[1]):
        raise ValueError(
            f"Teacher and student {what} shapes have different numbers of axes: "
            f"{shapes[0]} and {shapes[1]}"
        )
    if any(None not in sides and sides[0] != sides[1] for sides in zip(*shapes)):
        raise ValueError(
            f"Teacher and student {what} shapes do not match: {shapes[0]} and {shapes[1]}"
        )
    if of_teacher.dtype != of_student.dtype:
        raise ValueError(
            f"Teacher and student {what} dtypes must match. Received: {of_teacher.dtype} and "
            f"{of_student.dtype}"
        )

"""keras.distillation beside real Keras: losses, training from the same weights, files."""

import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close, values

RNG = np.random.default_rng(0)
X = RNG.normal(size=(16, 5)).astype("float32")
Y = RNG.integers(0, 3, 16)


def models(k):
    def network(units, name):
        return k.Sequential(
            [
                k.Input((5,)),
                k.layers.Dense(units, activation="tanh", name=f"{name}_hidden"),
                k.layers.Dense(4, name=f"{name}_features"),
                k.layers.Dense(3, name=f"{name}_logits"),
            ],
            name=name,
        )

    return network(8, "teacher"), network(4, "student")


def features(k, loss="mse"):
    return k.distillation.FeatureDistillation(loss, "teacher_features", "student_features")


LOSSES = {
    "default": lambda k: k.distillation.LogitsDistillation(),
    "divergence": lambda k: k.distillation.LogitsDistillation(2.0, k.losses.KLDivergence()),
    "crossentropy": lambda k: k.distillation.LogitsDistillation(
        4.0, k.losses.CategoricalCrossentropy(from_logits=True)
    ),
    "features": lambda k: features(k),
    "several": lambda k: [features(k, "mae"), k.distillation.LogitsDistillation(2.0, "mse")],
}


def distiller(k, losses, weights, **settings):
    teacher, student = models(k)
    found = k.distillation.Distiller(teacher, student, losses(k), **settings)
    teacher.set_weights(weights[0])
    student.set_weights(weights[1])
    found.compile(
        k.optimizers.SGD(0.1),
        k.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["sparse_categorical_accuracy"],
    )
    return found


def initial_weights():
    return [[v.numpy() for v in model.weights] for model in models(mk)]


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("part", [0.3, 0.0])
@pytest.mark.filterwarnings("ignore:There are no gradients:UserWarning")
def test_training_is_that_of_keras(name, part):
    import keras

    weights, found = initial_weights(), []
    settings = {"student_loss_weight": part}
    if name == "several":
        settings["distillation_loss_weights"] = [0.5, 2.0]
    for k in (mk, keras):
        model = distiller(k, LOSSES[name], weights, **settings)
        history = model.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
        scores = model.evaluate(X, Y, verbose=0, return_dict=True)
        outputs = model.predict(X, verbose=0)
        found.append((history, scores, outputs, model.student.get_weights()))
        assert not model.teacher.trainable
        assert_close(model.teacher.get_weights(), weights[0])
    ours, theirs = found
    assert sorted(ours[0]) == sorted(theirs[0])
    for key in theirs[0]:
        np.testing.assert_allclose(ours[0][key], theirs[0][key], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(ours[1][key], theirs[1][key], rtol=1e-4, atol=1e-5)
    # Adam divides small gradients by their size, and so makes much of how they were rounded.
    assert_close(ours[2:], theirs[2:], 1e-4, 5e-5)


def test_losses_of_structures_are_those_of_keras():
    import keras

    teacher = [RNG.normal(size=(4, 3)).astype("float32") for _ in range(2)]
    student = [RNG.normal(size=(4, 3)).astype("float32") for _ in range(2)]
    for name in ("LogitsDistillation", "FeatureDistillation"):
        found = [
            getattr(k.distillation, name)(loss=["mse", None]).compute_loss(
                [k.ops.convert_to_tensor(x) for x in teacher],
                [k.ops.convert_to_tensor(x) for x in student],
            )
            for k in (mk, keras)
        ]
        assert_close(*found, dtype=False)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_have_configurations(name):
    losses = LOSSES[name](mk)
    for loss in losses if isinstance(losses, list) else [losses]:
        twin = type(loss).from_config(loss.get_config())
        assert twin.get_config() == loss.get_config()
        form = mk.saving.serialize_keras_object(loss)
        assert form["module"] == "keras.distillation"
        assert type(mk.saving.deserialize_keras_object(form)) is type(loss)
    several = mk.distillation.LogitsDistillation(loss=["mse", None])
    twin = type(several).from_config(several.get_config())
    assert twin.loss == [mk.losses.mean_squared_error, None]


def test_a_distiller_is_saved_and_loaded(tmp_path):
    model = distiller(mk, LOSSES["several"], initial_weights())
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "distiller.keras")
    twin = mk.saving.load_model(tmp_path / "distiller.keras")
    assert twin.compiled and twin.student_loss_weight == 0.5
    assert_close(twin.predict(X, verbose=0), model.predict(X, verbose=0))
    for a, b in zip(twin.evaluate(X, Y, verbose=0), model.evaluate(X, Y, verbose=0)):
        assert a == pytest.approx(b, rel=1e-5)


def test_sample_weights_count_for_the_labels():
    weights = initial_weights()
    model = distiller(mk, LOSSES["default"], weights, student_loss_weight=1.0)
    halved = model.evaluate(X, Y, sample_weight=np.full(16, 0.5, "float32"), verbose=0)
    whole = model.evaluate(X, Y, verbose=0)
    assert halved[0] == pytest.approx(whole[0] / 2, rel=1e-5)


def test_subclassed_models_and_single_calls():
    class Student(mk.Model):
        def __init__(self):
            super().__init__()
            self.dense = mk.layers.Dense(3)

        def call(self, inputs, training=None):
            return self.dense(inputs)

    teacher, _ = models(mk)
    model = mk.distillation.Distiller(
        teacher, Student(), mk.distillation.LogitsDistillation(loss="mse")
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(X, Y, verbose=0)
    x = mk.ops.convert_to_tensor(X)
    assert_close(model(x), model.student(x))
    assert np.isfinite(values(model.compute_loss(x, mk.ops.convert_to_tensor(Y))))


def _with(**settings):
    teacher, student = models(mk)
    loss = mk.distillation.LogitsDistillation()
    arguments = {"teacher": teacher, "student": student, "distillation_losses": loss}
    return mk.distillation.Distiller(**{**arguments, **settings})


def _other(shape, units, dtype="float32"):
    return mk.Sequential([mk.Input(shape), mk.layers.Dense(units, dtype=dtype)])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: _with(teacher=3), "teacher must be a keras.Model"),
        (lambda: _with(student=_other((6,), 3)), "input shapes do not match"),
        (lambda: _with(student=_other((5,), 2)), "output shapes do not match"),
        (lambda: _with(student=_other((4, 5), 3)), "numbers of axes"),
        (lambda: _with(student=_other((5,), 3, "float16")), "dtypes must match"),
        (lambda: _with(student_loss_weight=2), "from 0 to 1"),
        (lambda: _with(student_loss_weight="a"), "from 0 to 1"),
        (lambda: _with(distillation_losses=None), "DistillationLoss"),
        (
            lambda: _with(
                distillation_losses=[mk.distillation.LogitsDistillation()],
                distillation_loss_weights=[1, 2],
            ),
            "2 distillation_loss_weights",
        ),
        (lambda: _with().compile("sgd"), "loss=None"),
        (lambda: _with().compile("sgd", "mse", metrics="mae"), "must be a list"),
        (lambda: mk.distillation.LogitsDistillation(0), "positive"),
        (lambda: mk.distillation.LogitsDistillation("a"), "number"),
        (lambda: mk.distillation.LogitsDistillation(loss=None), "at least one"),
        (lambda: mk.distillation.FeatureDistillation(loss=[None]), "at least one"),
        (
            lambda: _with(distillation_losses=mk.distillation.FeatureDistillation("mse", "a")),
            "In the teacher model",
        ),
        (
            lambda: mk.distillation.FeatureDistillation(["mse"]).validate_outputs(1, 1),
            "structure",
        ),
    ],
)
def test_mistakes_are_explained(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_a_loss_must_be_a_single_number():
    class Whole(mk.distillation.DistillationLoss):
        def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
            return teacher_outputs - student_outputs

    model = _with(distillation_losses=Whole())
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="single number"):
        model.evaluate(X, Y, verbose=0)
    with pytest.raises(TypeError, match="compute_loss"):
        mk.distillation.DistillationLoss().compute_loss(1, 2)

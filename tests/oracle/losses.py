"""Rows of losses, and of loss functions, with their runner."""

import inspect

import jax
import keras
import numpy as np

import minikeras as mk
from minikeras import losses
from tests.oracle.class_row import found, row, tensors
from tests.oracle.record import comparing
from tests.support import assert_close

random = np.random.default_rng(7)


def probabilities(*shape):
    x = random.uniform(0.05, 1.0, shape)
    return (x / x.sum(-1, keepdims=True)).astype("float32")


def unit(x):
    return (x / np.linalg.norm(x, axis=-1, keepdims=True)).astype("float32")


LABELS = random.integers(0, 3, (4, 5)).astype("int32")
REAL, OTHER = (random.normal(size=(4, 5, 3)).astype("float32") for _ in range(2))
POSITIVE = random.uniform(0.1, 3.0, (4, 5, 3)).astype("float32")
BITS = random.integers(0, 2, (4, 5, 3)).astype("float32")
SHARES = random.uniform(0.02, 0.98, (4, 5, 3)).astype("float32")
PROBS, PROBS_2 = probabilities(4, 5, 3), probabilities(4, 5, 3)
HOT = np.eye(3, dtype="float32")[LABELS]
VOID = np.where(random.random((4, 5)) < 0.3, -1, LABELS)
EMBEDDED = unit(random.normal(size=(6, 4)))
CLASSES = np.array([0, 1, 0, 2, 1, 0])
WORDS = np.array([[1, 2, 0], [2, 2, 0], [1, 0, 0]])
LOGITS = {"from_logits": True, "label_smoothing": 0.2}
BALANCED = {"apply_class_balancing": True, "alpha": 0.4, "gamma": 1.5, **LOGITS}
FOCAL = {"alpha": [0.2, 0.3, 0.5], "gamma": 1.0, **LOGITS}
NO_INNER_AXIS = "Keras refuses it on JAX: tests/test_losses.py::test_classes_on_an_inner_axis"

CLASSES_OF_LOSSES = [
    row("losses.MeanSquaredError", REAL, OTHER),
    row("losses.MeanAbsoluteError", REAL, OTHER),
    row("losses.MeanAbsolutePercentageError", REAL, OTHER),
    row("losses.MeanSquaredLogarithmicError", POSITIVE, SHARES),
    row("losses.CosineSimilarity", REAL, OTHER),
    row("losses.CosineSimilarity", REAL, OTHER, axis=1),
    row("losses.Huber", REAL, OTHER),
    row("losses.Huber", REAL, OTHER, delta=0.3),
    row("losses.LogCosh", REAL, OTHER),
    row("losses.KLDivergence", PROBS, PROBS_2),
    row("losses.Poisson", POSITIVE, SHARES),
    row("losses.BinaryCrossentropy", BITS, SHARES),
    row("losses.BinaryCrossentropy", BITS, OTHER, **LOGITS),
    row("losses.BinaryCrossentropy", BITS, SHARES, axis=1),
    row("losses.BinaryFocalCrossentropy", BITS, SHARES),
    row("losses.BinaryFocalCrossentropy", BITS, OTHER, **BALANCED),
    row("losses.BinaryFocalCrossentropy", BITS, SHARES, label_smoothing=0.1, axis=1),
    row("losses.CategoricalCrossentropy", HOT, PROBS),
    row("losses.CategoricalCrossentropy", HOT, OTHER, **LOGITS),
    row("losses.CategoricalCrossentropy", HOT, SHARES, axis=1),
    row("losses.CategoricalFocalCrossentropy", HOT, PROBS),
    row("losses.CategoricalFocalCrossentropy", HOT, OTHER, **FOCAL),
    row("losses.CategoricalFocalCrossentropy", HOT, SHARES, axis=1),
    row("losses.SparseCategoricalCrossentropy", LABELS, PROBS),
    row("losses.SparseCategoricalCrossentropy", LABELS[..., None], PROBS),
    row("losses.SparseCategoricalCrossentropy", LABELS, OTHER, from_logits=True),
    row("losses.SparseCategoricalCrossentropy", VOID, PROBS, ignore_class=-1),
    row("losses.SparseCategoricalCrossentropy", LABELS, OTHER, ignore_class=2, from_logits=True),
    row("losses.Hinge", BITS, OTHER),
    row("losses.Hinge", 2 * BITS - 1, OTHER),
    row("losses.SquaredHinge", BITS, OTHER),
    row("losses.CategoricalHinge", HOT, OTHER),
    row("losses.Dice", BITS, SHARES),
    row("losses.Dice", BITS, SHARES, axis=(1, 2)),
    row("losses.Tversky", BITS, SHARES, alpha=0.3, beta=0.8),
    row("losses.Tversky", BITS, SHARES, axis=(1, 2)),
    row("losses.Circle", CLASSES, EMBEDDED),
    row("losses.Circle", CLASSES, EMBEDDED, gamma=4.0, margin=0.2, remove_diagonal=False),
    row("losses.CategoricalGeneralizedCrossEntropy", LABELS[:, 0], PROBS[:, 0]),
    row("losses.CategoricalGeneralizedCrossEntropy", LABELS[:, 0], PROBS[:, 0], q=0.8),
    row("losses.CTC", WORDS, OTHER[:3]),
    *(
        row(f"losses.{name}", PROBS, PROBS_2, dtype=dtype)
        for name in ("MeanSquaredError", "CategoricalCrossentropy", "Poisson")
        for dtype in ("float16", "float64")
    ),
]

FUNCTIONS = [
    row("losses.mean_squared_error", REAL, OTHER),
    row("losses.mean_absolute_error", REAL, OTHER),
    row("losses.mean_absolute_percentage_error", REAL, OTHER),
    row("losses.mean_squared_logarithmic_error", POSITIVE, SHARES),
    row("losses.cosine_similarity", REAL, OTHER, axis=0),
    row("losses.huber", REAL, OTHER, delta=2.0),
    row("losses.log_cosh", REAL, 30 * OTHER),
    row("losses.kl_divergence", BITS, SHARES),
    row("losses.poisson", POSITIVE, SHARES),
    row("losses.binary_crossentropy", BITS, BITS),
    row("losses.binary_crossentropy", BITS, OTHER, axis=1, **LOGITS),
    row("losses.binary_focal_crossentropy", BITS, SHARES, gamma=0.0),
    row("losses.binary_focal_crossentropy", BITS, OTHER, axis=1, **BALANCED),
    row("losses.categorical_crossentropy", HOT, HOT),
    row("losses.categorical_crossentropy", HOT, OTHER, axis=1, **LOGITS),
    row("losses.categorical_focal_crossentropy", HOT, SHARES, axis=1),
    row("losses.categorical_focal_crossentropy", HOT, OTHER, **FOCAL),
    row("losses.sparse_categorical_crossentropy", LABELS, PROBS),
    row("losses.sparse_categorical_crossentropy", LABELS, PROBS, ignore_class=1),
    row("losses.sparse_categorical_crossentropy", LABELS, OTHER, from_logits=True),
    row("losses.hinge", BITS, OTHER),
    row("losses.squared_hinge", -1 + 2 * BITS, OTHER),
    row("losses.categorical_hinge", HOT, OTHER),
    row("losses.dice", BITS, SHARES, axis=(0, 2)),
    row("losses.tversky", BITS, SHARES, alpha=0.9, beta=0.3, axis=1),
    row(
        "losses.circle", CLASSES, EMBEDDED, ref_labels=CLASSES[:4], ref_embeddings=EMBEDDED[:4]
    ),
    row("losses.circle", CLASSES, EMBEDDED, remove_diagonal=False, gamma=4.0, margin=0.2),
    row("losses.categorical_generalized_cross_entropy", LABELS[0], PROBS[0], q=0.3),
    row("losses.ctc", np.array([[1, 2, 0], [1, 1, 2], [2, 0, 0], [1, 2, 1]]), OTHER),
]  # fmt: skip

ROWS = [*CLASSES_OF_LOSSES, *FUNCTIONS]
ELSEWHERE = {"losses.Loss": "tests/test_losses.py::test_a_loss_of_ones_own"}
UNGIVEN = {
    ("losses.SparseCategoricalCrossentropy", "axis"): NO_INNER_AXIS,
    ("losses.sparse_categorical_crossentropy", "axis"): NO_INNER_AXIS,
    **{
        (row.name, "reduction"): "each row is compared with every reduction"
        for row in CLASSES_OF_LOSSES
    },
}


def compare(row):
    """Assert that a loss gives the same in both libraries."""
    if not inspect.isclass(found(mk, row.name)):
        _compare_function(row)
        return
    _compare_values(row)
    _compare_gradients(row)
    _compare_configurations(row)


def _both(row, **more):
    return [found(library, row.name)(**row.arguments, **more) for library in (mk, keras)]


def _tolerances(row):
    rtol = 3e-3 if row.arguments.get("dtype") == "float16" else 2e-5
    return {"rtol": rtol, "atol": rtol / 10}


def _compare_values(row):
    plain, oracle = _both(row, reduction="none")
    per_sample = oracle(*row.inputs)
    with comparing(row.name, "values"):
        assert_close(plain(*tensors(row.inputs)), per_sample, **_tolerances(row))
        drawn = np.random.default_rng(1).uniform(0.1, 2.0, per_sample.shape)
        weights = drawn.astype("float32")
        for reduction in ("sum", "sum_over_batch_size", "mean_with_sample_weight"):
            ours, theirs = _both(row, reduction=reduction)
            assert ours.dtype == theirs.dtype
            for more in ((), (weights,)):
                assert_close(
                    ours(*tensors((*row.inputs, *more))),
                    theirs(*row.inputs, *more),
                    **_tolerances(row),
                )


def _compare_gradients(row):
    ours, theirs = _both(row)
    y_true, y_pred = row.inputs
    gradient = mk.grad(lambda p: ours(tensors(y_true), p))(tensors(y_pred))
    expected = jax.grad(lambda p: theirs(y_true, p))(y_pred)
    rtol = 5 * _tolerances(row)["rtol"]
    with comparing(row.name, "gradients"):
        assert_close(gradient, expected, rtol=rtol, atol=rtol / 50)


def _compare_configurations(row):
    arguments = row.arguments
    ours, theirs = _both(row, reduction="sum", name="own")
    # Keras forgets these, so its losses come back with the defaults.
    forgotten = {
        key: arguments[key]
        for key in arguments
        if key in ("axis", "delta") and key not in theirs.get_config()
    }
    # A dtype other than the usual one comes back here, and is forgotten there.
    dtype = {"dtype": arguments["dtype"]} if "dtype" in arguments else {}
    expected = {**theirs.get_config(), **forgotten, **dtype}
    with comparing(row.name, "configuration"):
        assert ours.get_config() == expected
        form = losses.serialize(ours)
        assert form == {**keras.losses.serialize(theirs), "config": expected}
        twin = losses.deserialize(form)
        assert type(twin) is type(ours)
        assert twin.get_config() == ours.get_config()
        inputs = tensors(row.inputs)
        assert_close(twin(*inputs), ours(*inputs))
        assert found(mk, row.name)().name == found(keras, row.name)().name


def _compare_function(row):
    ours, theirs = found(mk, row.name), found(keras, row.name)
    # In 64 bit mode integer labels, and lists of weights, make some losses float64 there.
    same_dtype = "sparse" not in row.name and "alpha" not in row.arguments
    with comparing(row.name, "values"):
        assert_close(
            ours(*tensors(row.inputs), **tensors(row.arguments)),
            theirs(*row.inputs, **row.arguments),
            rtol=2e-5, atol=2e-6, dtype=same_dtype,
        )  # fmt: skip
    name = row.name.removeprefix("losses.")
    assert losses.get(name) is ours or name.startswith("categorical_generalized")

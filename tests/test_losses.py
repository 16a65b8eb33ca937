"""Losses against those of Keras: values, reductions, weights, masks, gradients, configurations."""

import jax
import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras import losses, ops
from minikeras.backend.masks import set_mask
from minikeras.losses.loss import REDUCTIONS, check_labels, computation_dtype
from tests.support import assert_close, values

rng = np.random.default_rng(7)


def probabilities(*shape):
    x = rng.uniform(0.05, 1.0, shape)
    return (x / x.sum(-1, keepdims=True)).astype("float32")


def one_hot(labels, n):
    return np.eye(n, dtype="float32")[labels]


def unit(x):
    return (x / np.linalg.norm(x, axis=-1, keepdims=True)).astype("float32")


LABELS = rng.integers(0, 3, (4, 5)).astype("int32")
REAL = rng.normal(size=(4, 5, 3)).astype("float32")
OTHER = rng.normal(size=(4, 5, 3)).astype("float32")
POSITIVE = rng.uniform(0.1, 3.0, (4, 5, 3)).astype("float32")
BITS = rng.integers(0, 2, (4, 5, 3)).astype("float32")
SHARES = rng.uniform(0.02, 0.98, (4, 5, 3)).astype("float32")
PROBS, PROBS_2 = probabilities(4, 5, 3), probabilities(4, 5, 3)
HOT = one_hot(LABELS, 3)
VOID = np.where(rng.random((4, 5)) < 0.3, -1, LABELS)
EMBEDDED = unit(rng.normal(size=(6, 4)))
CLASSES = np.array([0, 1, 0, 2, 1, 0])

# Class, arguments, targets, predictions.
ROWS = [
    ("MeanSquaredError", {}, REAL, OTHER),
    ("MeanAbsoluteError", {}, REAL, OTHER),
    ("MeanAbsolutePercentageError", {}, REAL, OTHER),
    ("MeanSquaredLogarithmicError", {}, POSITIVE, SHARES),
    ("CosineSimilarity", {}, REAL, OTHER),
    ("CosineSimilarity", {"axis": 1}, REAL, OTHER),
    ("Huber", {}, REAL, OTHER),
    ("Huber", {"delta": 0.3}, REAL, OTHER),
    ("LogCosh", {}, REAL, OTHER),
    ("KLDivergence", {}, PROBS, PROBS_2),
    ("Poisson", {}, POSITIVE, SHARES),
    ("BinaryCrossentropy", {}, BITS, SHARES),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, BITS, OTHER),
    ("BinaryCrossentropy", {"axis": 1}, BITS, SHARES),
    ("BinaryFocalCrossentropy", {}, BITS, SHARES),
    (
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "alpha": 0.4, "gamma": 1.5, "from_logits": True},
        BITS,
        OTHER,
    ),
    ("BinaryFocalCrossentropy", {"label_smoothing": 0.1, "axis": 1}, BITS, SHARES),
    ("CategoricalCrossentropy", {}, HOT, PROBS),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, HOT, OTHER),
    ("CategoricalCrossentropy", {"axis": 1}, HOT, SHARES),
    ("CategoricalFocalCrossentropy", {}, HOT, PROBS),
    (
        "CategoricalFocalCrossentropy",
        {"alpha": [0.2, 0.3, 0.5], "gamma": 1.0, "from_logits": True, "label_smoothing": 0.1},
        HOT,
        OTHER,
    ),
    ("SparseCategoricalCrossentropy", {}, LABELS, PROBS),
    ("SparseCategoricalCrossentropy", {}, LABELS[..., None], PROBS),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS, OTHER),
    ("SparseCategoricalCrossentropy", {"ignore_class": -1}, VOID, PROBS),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2, "from_logits": True}, LABELS, OTHER),
    ("Hinge", {}, BITS, OTHER),
    ("Hinge", {}, 2 * BITS - 1, OTHER),
    ("SquaredHinge", {}, BITS, OTHER),
    ("CategoricalHinge", {}, HOT, OTHER),
    ("Dice", {}, BITS, SHARES),
    ("Dice", {"axis": (1, 2)}, BITS, SHARES),
    ("Tversky", {"alpha": 0.3, "beta": 0.8}, BITS, SHARES),
    ("Tversky", {"axis": (1, 2)}, BITS, SHARES),
    ("Circle", {}, CLASSES, EMBEDDED),
    ("Circle", {"gamma": 4.0, "margin": 0.2, "remove_diagonal": False}, CLASSES, EMBEDDED),
    ("CategoricalGeneralizedCrossEntropy", {}, LABELS[:, 0], PROBS[:, 0]),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.8}, LABELS[:, 0], PROBS[:, 0]),
    ("CTC", {}, np.array([[1, 2, 0], [2, 2, 0], [1, 0, 0]]), OTHER[:3]),
]
IDS = [f"{i}-{row[0]}" for i, row in enumerate(ROWS)]


def both(kind, **arguments):
    return getattr(losses, kind)(**arguments), getattr(keras.losses, kind)(**arguments)


def tensors(*arrays):
    return [None if a is None else ops.convert_to_tensor(a) for a in arrays]


@pytest.mark.parametrize("name, arguments, y_true, y_pred", ROWS, ids=IDS)
def test_values_of_each_loss(name, arguments, y_true, y_pred):
    plain, oracle = both(name, **arguments, reduction="none")
    per_sample = oracle(y_true, y_pred)
    assert_close(plain(*tensors(y_true, y_pred)), per_sample, rtol=2e-5, atol=2e-6)
    weights = rng.uniform(0.1, 2.0, per_sample.shape).astype("float32")
    for reduction in ("sum", "sum_over_batch_size", "mean_with_sample_weight"):
        ours, theirs = both(name, **arguments, reduction=reduction)
        for weight in (None, weights):
            assert_close(
                ours(*tensors(y_true, y_pred, weight)),
                theirs(y_true, y_pred, weight),
                rtol=2e-5,
                atol=2e-6,
            )


@pytest.mark.parametrize("name, arguments, y_true, y_pred", ROWS, ids=IDS)
def test_gradient_of_each_loss(name, arguments, y_true, y_pred):
    ours, theirs = both(name, **arguments)
    found = mk.grad(lambda p: ours(*tensors(y_true), p))(*tensors(y_pred))
    expected = jax.grad(lambda p: theirs(y_true, p))(y_pred)
    assert_close(found, expected, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("name, arguments, y_true, y_pred", ROWS, ids=IDS)
def test_configuration_of_each_loss(name, arguments, y_true, y_pred):
    ours, theirs = both(name, **arguments, reduction="sum", name="own")
    # Keras forgets these, so its losses come back with the defaults.
    forgotten = {
        key: arguments[key]
        for key in arguments
        if key in ("axis", "delta") and key not in theirs.get_config()
    }
    expected = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in {**theirs.get_config(), **forgotten}.items()
    }
    assert ours.get_config() == expected
    form = losses.serialize(ours)
    assert form == {**keras.losses.serialize(theirs), "config": expected}
    twin = losses.deserialize(form)
    assert type(twin) is type(ours)
    assert twin.get_config() == ours.get_config()
    assert_close(twin(*tensors(y_true, y_pred)), ours(*tensors(y_true, y_pred)))
    assert both(name)[0].name == both(name)[1].name


@pytest.mark.parametrize("dtype", ["float16", "float64"])
@pytest.mark.parametrize("name", ["MeanSquaredError", "CategoricalCrossentropy", "Poisson"])
def test_dtype_of_a_loss(name, dtype):
    ours, theirs = both(name, dtype=dtype)
    assert ours.dtype == theirs.dtype == dtype
    assert_close(
        ours(*tensors(PROBS, PROBS_2)), theirs(PROBS, PROBS_2), rtol=3e-3 if "16" in dtype else 1e-6
    )
    assert losses.deserialize(losses.serialize(ours)).dtype == dtype


def test_dtype_may_be_a_policy():
    assert computation_dtype("mixed_float16") == "float16"
    assert losses.Huber(dtype="mixed_float16").dtype == "float16"
    assert computation_dtype(np.dtype("float64")) == "float64"


FUNCTIONS = [
    ("mean_squared_error", {}, REAL, OTHER),
    ("mean_absolute_error", {}, REAL, OTHER),
    ("mean_absolute_percentage_error", {}, REAL, OTHER),
    ("mean_squared_logarithmic_error", {}, POSITIVE, SHARES),
    ("cosine_similarity", {"axis": 0}, REAL, OTHER),
    ("huber", {"delta": 2.0}, REAL, OTHER),
    ("log_cosh", {}, REAL, 30 * OTHER),
    ("kl_divergence", {}, BITS, SHARES),
    ("poisson", {}, POSITIVE, SHARES),
    ("binary_crossentropy", {}, BITS, BITS),
    ("binary_focal_crossentropy", {"gamma": 0.0}, BITS, SHARES),
    ("categorical_crossentropy", {}, HOT, HOT),
    ("categorical_focal_crossentropy", {"axis": 1}, HOT, SHARES),
    ("sparse_categorical_crossentropy", {}, LABELS, PROBS),
    ("sparse_categorical_crossentropy", {"ignore_class": 1}, LABELS, PROBS),
    ("hinge", {}, BITS, OTHER),
    ("squared_hinge", {}, -1 + 2 * BITS, OTHER),
    ("categorical_hinge", {}, HOT, OTHER),
    ("dice", {"axis": (0, 2)}, BITS, SHARES),
    ("tversky", {"alpha": 0.9, "axis": 1}, BITS, SHARES),
    ("circle", {"ref_labels": CLASSES[:4], "ref_embeddings": EMBEDDED[:4]}, CLASSES, EMBEDDED),
    ("categorical_generalized_cross_entropy", {"q": 0.3}, LABELS[0], PROBS[0]),
    ("ctc", {}, np.array([[1, 2, 0], [1, 1, 2], [2, 0, 0], [1, 2, 1]]), OTHER),
]


@pytest.mark.parametrize("name, arguments, y_true, y_pred", FUNCTIONS)
def test_functions(name, arguments, y_true, y_pred):
    ours, theirs = getattr(losses, name), getattr(keras.losses, name)
    converted = {k: ops.convert_to_tensor(v) if hasattr(v, "shape") else v
                 for k, v in arguments.items()}  # fmt: skip
    found = ours(*tensors(y_true, y_pred), **converted)
    # In JAX's 64 bit mode integer labels make the sparse crossentropy float64.
    same_dtype = not name.startswith("sparse")
    expected = theirs(y_true, y_pred, **arguments)
    assert_close(found, expected, rtol=2e-5, atol=2e-6, dtype=same_dtype)
    assert losses.get(name) is ours or name.startswith("categorical_generalized")


VALUES = {
    "vector": rng.normal(size=(4,)).astype("float32"),
    "matrix": rng.normal(size=(4, 3)).astype("float32"),
    "column": rng.normal(size=(4, 1)).astype("float32"),
    "cube": rng.normal(size=(4, 3, 2)).astype("float32"),
    "scalar": np.float32(2.5),
    "empty": np.zeros((0,), "float32"),
}
WEIGHT_SHAPES = {
    "vector": [(), (4,), (4, 1)],
    "matrix": [(), (4, 1), (4, 3), (4, 3, 1), (3,)],
    "column": [(), (4,), (4, 1)],
    "cube": [(), (4, 1, 1), (4, 3, 1), (4, 3, 2), (4, 3, 2, 1)],
    "scalar": [()],
    "empty": [(), (0,)],
}


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_reductions_with_weights_of_all_ranks(kind, reduction):
    from keras.src.losses.loss import reduce_weighted_values as expected

    from minikeras.losses.loss import reduce_weighted_values

    (found,) = tensors(VALUES[kind])
    for shape in [None, *WEIGHT_SHAPES[kind]]:
        weight = None if shape is None else rng.uniform(0, 2, shape).astype("float32")
        assert_close(
            reduce_weighted_values(found, *tensors(weight), reduction=reduction),
            expected(VALUES[kind], weight, reduction=reduction),
        )


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight_shape", [None, (4,), (4, 1), (4, 5)])
@pytest.mark.parametrize("mask", ["some", "all", "none"])
def test_masks(reduction, weight_shape, mask):
    mask = {
        "some": rng.random((4, 5)) < 0.6,
        "all": np.ones((4, 5), bool),
        "none": np.zeros((4, 5), bool),
    }[mask]
    weight = None if weight_shape is None else rng.uniform(0, 2, weight_shape).astype("float32")
    if weight_shape == (4,):
        weight = np.broadcast_to(weight[:, None], (4, 5))
    ours, theirs = both("MeanSquaredError", reduction=reduction)
    target, y_pred, expected_pred = *tensors(REAL, OTHER), keras.ops.array(OTHER)
    set_mask(y_pred, ops.convert_to_tensor(mask))
    expected_pred._keras_mask = keras.ops.array(mask)
    found = ours(target, y_pred, *tensors(weight))
    assert_close(found, theirs(REAL, expected_pred, weight))


def test_mask_of_predictions_joins_that_of_the_loss():
    ours, theirs = both("SparseCategoricalCrossentropy", ignore_class=-1)
    mask = rng.random((4, 5)) < 0.5
    labels, y_pred, expected_pred = *tensors(VOID, PROBS), keras.ops.array(PROBS)
    set_mask(y_pred, ops.convert_to_tensor(mask))
    expected_pred._keras_mask = keras.ops.array(mask)
    assert_close(ours(labels, y_pred), theirs(VOID, expected_pred))


def test_ranks_are_brought_together():
    for shape_true, shape_pred in [((4,), (4, 1)), ((4, 1), (4,)), ((4, 3), (4, 3, 1))]:
        y_true = rng.normal(size=shape_true).astype("float32")
        y_pred = rng.normal(size=shape_pred).astype("float32")
        ours, theirs = both("MeanAbsoluteError", reduction="none")
        assert_close(ours(*tensors(y_true, y_pred)), theirs(y_true, y_pred))
        function = keras.losses.mean_squared_error(y_true, y_pred)
        assert_close(losses.mean_squared_error(*tensors(y_true, y_pred)), function)


def test_empty_batches_have_loss_zero():
    for name in ("MeanSquaredError", "CategoricalCrossentropy"):
        found = getattr(losses, name)()(ops.zeros((0, 3)), ops.zeros((0, 3)))
        assert values(found).shape in ((), (0,))
        assert not np.isnan(values(found)).any()


def test_structures_of_targets_reach_the_function():
    def gap(y_true, y_pred, scale=1.0):
        difference = y_true["a"] - y_pred["a"]
        return scale * (difference[:, 0] + y_true["b"][0][:, 0] - y_pred["b"][0][:, 0])

    y_true = {"a": VALUES["vector"], "b": [VALUES["column"]]}
    y_pred = {"a": VALUES["column"] * 2, "b": [VALUES["column"] + 1]}
    ours = losses.LossFunctionWrapper(gap, name="gap", scale=2.0)
    from keras.src.losses.losses import LossFunctionWrapper

    theirs = LossFunctionWrapper(gap, name="gap", scale=2.0)
    converted = mk.tree.map_structure(ops.convert_to_tensor, [y_true, y_pred])
    assert_close(ours(*converted), theirs(y_true, y_pred))
    with pytest.raises(ValueError, match="differ in form"):
        ours(converted[0], {"a": converted[1]["a"]})


def test_names_are_those_of_keras():
    from keras.src.losses import ALL_OBJECTS_DICT

    for name, expected in ALL_OBJECTS_DICT.items():
        found = losses.TABLE[name]
        assert found.__name__ == expected.__name__
        if isinstance(found, type) and name not in ("Loss", "LossFunctionWrapper"):
            assert type(losses.get(name)) is found
    for name in losses.TABLE:
        assert hasattr(keras.losses, losses.TABLE[name].__name__) or name == "LossFunctionWrapper"


def test_get():
    assert losses.get(None) is None
    assert losses.get(losses.huber) is losses.huber
    assert isinstance(losses.get(losses.Huber), losses.Huber)
    instance = losses.Hinge()
    assert losses.get(instance) is instance
    form = {"class_name": "CategoricalCrossentropy", "config": {"from_logits": True}}
    assert losses.get(form).from_logits is True
    assert losses.deserialize("mse") is losses.mean_squared_error
    assert losses.deserialize("own", custom_objects={"own": losses.huber}) is losses.huber
    assert losses.deserialize(losses.serialize(losses.huber)) is losses.huber
    with pytest.raises(ValueError, match=r"Unknown loss: 'mean_sqared_error'.*mean_squared_error"):
        losses.get("mean_sqared_error")
    with pytest.raises(ValueError, match="Could not interpret loss"):
        losses.get(3)


def test_a_loss_of_ones_own():
    class Scaled(losses.Loss):
        def __init__(self, scale, **kwargs):
            super().__init__(**kwargs)
            self.scale = scale

        def call(self, y_true, y_pred):
            return self.scale * ops.mean(ops.abs(y_true - y_pred), axis=-1)

    loss = Scaled(2.0, reduction="sum")
    assert loss.name == "scaled"
    assert loss.get_config() == {"scale": 2.0, "name": "scaled", "reduction": "sum"}
    twin = Scaled.from_config(loss.get_config())
    assert_close(twin([[1.0]], [[3.0]]), np.float32(4.0))
    wrapped = losses.LossFunctionWrapper(losses.huber, name="own", delta=0.5)
    assert wrapped.get_config()["delta"] == 0.5
    twin = losses.LossFunctionWrapper.from_config(wrapped.get_config())
    assert twin.fn is losses.huber
    assert_close(twin([[0.0]], [[1.0]]), np.float32(0.375))
    with pytest.raises(TypeError, match="defines no method call"):
        losses.Loss()([[1.0]], [[1.0]])


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"reduction must be one of.*'average'"):
        losses.MeanSquaredError(reduction="average")
    with pytest.raises(ValueError, match="q must lie between 0 and 1"):
        losses.CategoricalGeneralizedCrossEntropy(q=1.0)
    with pytest.raises(ValueError, match="axis must be an integer"):
        losses.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]], axis=True)
    with pytest.warns(SyntaxWarning, match="with one class"):
        losses.categorical_crossentropy([[1.0]], [[0.5]])
    with pytest.raises(ValueError, match=r"ctc expects labels of shape"):
        losses.ctc([1, 2], ops.zeros((1, 2, 3)))


def test_check_labels():
    check_labels(np.array([[0], [2]]), 3)
    check_labels(np.array([0.0, 2.0]), 3)
    check_labels(np.array([], int), 3)
    check_labels(np.array([0, 255]), 3, ignore_class=255)
    for wrong, shown in [([0, 3], "3"), ([-1, 0], "-1"), ([0.5, 1.0], "0.5"), ([-3, 7], "7")]:
        with pytest.raises(ValueError, match=rf"y holds the label {shown}; with 3 classes, labels"):
            check_labels(np.array(wrong), 3, name="y")

    with pytest.raises(ValueError, match=r"y_true contains NaN, first at index \(0, 1\)"):
        check_labels(np.array([[0.0, np.nan]]), 3)


def test_classes_on_an_inner_axis():
    """Keras refuses this on JAX; its own result with the axis moved is the oracle."""
    expected = keras.losses.SparseCategoricalCrossentropy()(LABELS, PROBS)
    loss = losses.SparseCategoricalCrossentropy(axis=1)
    assert_close(loss(*tensors(LABELS, np.moveaxis(PROBS, -1, 1))), expected)


def test_symbolic_tensors():
    found = losses.mean_squared_error(mk.KerasTensor((None, 3)), mk.KerasTensor((None, 3)))
    assert found.shape == (None,)

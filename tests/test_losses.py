"""Losses against those of Keras: values, reductions, weights, masks, gradients, configurations."""

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


def both(kind, **arguments):
    return getattr(losses, kind)(**arguments), getattr(keras.losses, kind)(**arguments)


def tensors(*arrays):
    return [None if a is None else ops.convert_to_tensor(a) for a in arrays]


def test_dtype_may_be_a_policy():
    assert computation_dtype("mixed_float16") == "float16"
    assert losses.Huber(dtype="mixed_float16").dtype == "float16"
    assert computation_dtype(np.dtype("float64")) == "float64"


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
    with pytest.raises(ValueError, match="same nested structure"):
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
    with pytest.raises(ValueError, match=r"Expected one of.*'average'"):
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

"""Branches within Merge of Keras 1: first layers of Sequential models, masks, configurations."""

import warnings

import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy import era_scope
from tests.support import assert_close, values

layers = mk.layers
RNG = np.random.default_rng(0)
A, B = (RNG.normal(size=(8, n)).astype("float32") for n in (3, 5))
T = mk.ops.convert_to_tensor


@pytest.fixture(autouse=True)
def _old_spellings_are_no_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _branch(size, units=4):
    return mk.Sequential([layers.Dense(output_dim=units, input_dim=size)])


def test_branches_at_the_beginning(tmp_path):
    with era_scope(1):
        left, right = _branch(3), _branch(5)
        model = mk.Sequential()
        model.add(layers.Merge([left, right], mode="concat"))
        model.add(layers.Dense(2, activation="softmax"))
        model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
        y = np.eye(2, dtype="float32")[RNG.integers(0, 2, 8)]
        history = model.fit([A, B], y, nb_epoch=3, verbose=0)
    assert len(history.history["loss"]) == 3
    assert len(model.trainable_weights) == 6 and len(model.layers) == 2
    assert model.output_shape == (None, 2) and len(model.inputs) == 2
    joined = np.concatenate([values(left(T(A))), values(right(T(B)))], -1)
    expected = values(model.layers[1](T(joined)))
    assert_close(model.predict([A, B], verbose=0), expected, rtol=1e-5, atol=1e-6)
    again = mk.Sequential.from_config(model.get_config())
    again.set_weights(model.get_weights())
    assert_close(again.predict([A, B], verbose=0), expected, rtol=1e-5, atol=1e-6)
    model.save(tmp_path / "m.keras")
    loaded = mk.models.load_model(tmp_path / "m.keras")
    assert_close(loaded.predict([A, B], verbose=0), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("mode", ["sum", "mul", "ave", "max", "concat", "dot", "cos"])
def test_modes_of_branches(mode):
    left, right = _branch(3), _branch(5)
    axes = {"dot_axes": 1} if mode in ("dot", "cos") else {}
    model = mk.Sequential([layers.Merge([left, right], mode=mode, **axes)])
    tensors = [left(T(A)), right(T(B))]
    assert_close(
        model.predict([A, B], verbose=0), values(layers.merge(tensors, mode=mode, **axes)),
        rtol=1e-5, atol=1e-6,
    )  # fmt: skip


def test_functions_of_branches():
    left, right = _branch(3), _branch(5)
    mode = lambda xs: xs[0] - xs[1]
    model = mk.Sequential([layers.merge([left, right], mode=mode, output_shape=(4,))])
    expected = values(left(T(A))) - values(right(T(B)))
    assert_close(model.predict([A, B], verbose=0), expected, atol=1e-6)
    shape = lambda shapes: shapes[0]
    found = layers.merge([T(A), T(A)], mode=mode, output_shape=shape)
    assert not values(found).any()
    with pytest.raises(ValueError, match="output_shape says"):
        layers.merge([T(A), T(A)], mode=mode, output_shape=(7,))


def test_branches_that_share_an_input_or_are_merged_again():
    x = mk.Input((3,))
    one, two = layers.Dense(4), layers.Dense(4)
    one(x), two(x)
    merged = layers.Merge([one, two], mode="sum")
    model = mk.Sequential([merged, layers.Dense(1)])
    assert model.inputs == [x]
    assert_close(
        mk.Model(x, merged(merged.inputs)).predict(A, verbose=0), values(one(T(A)) + two(T(A))),
        rtol=1e-5, atol=1e-6,
    )  # fmt: skip
    inner = mk.Sequential([layers.Merge([_branch(3), _branch(5)], mode="sum")])
    outer = mk.Sequential([layers.Merge([inner, _branch(3)], mode="mul"), layers.Dense(2)])
    assert values(outer.predict([A, B, A], verbose=0)).shape == (8, 2)
    with pytest.raises(ValueError, match="layers of a graph for branches"):
        merged.get_config()


def test_other_outputs_of_branches():
    x = mk.Input((3,))
    both = mk.Model(x, [layers.Dense(4, name="a")(x), layers.Dense(4, name="b")(x)])
    merged = layers.Merge([both, both], mode="concat", tensor_indices=[1, 0])
    found = mk.Sequential([merged]).predict(A, verbose=0)
    a, b = (values(y) for y in both(T(A)))
    assert_close(found, np.concatenate([b, a], -1), rtol=1e-5, atol=1e-6)


MASKS = np.array([[1, 1, 0], [1, 1, 1]], "bool"), np.array([[1, 0, 1], [1, 1, 1]], "bool")
WIDE = [np.repeat(m[..., None], 2, -1) for m in MASKS]


@pytest.mark.parametrize(
    "mode, expected",
    [("sum", MASKS[0] & MASKS[1]), ("ave", MASKS[0] & MASKS[1]), ("mul", MASKS[0] & MASKS[1]),
     ("concat", MASKS[0] & MASKS[1]), ("max", None), ("dot", None)],
)  # fmt: skip
def test_masks(mode, expected):
    numbers = [np.where(m, 1, 0) for m in MASKS]
    tensors = [layers.Embedding(3, 2, mask_zero=True)(T(x)) for x in numbers]
    axes = {"dot_axes": 2} if mode == "dot" else {}
    found = layers.Merge(mode=mode, **axes).compute_mask(tensors, [T(m) for m in MASKS])
    assert found is None if expected is None else (values(found) == expected).all()


def test_masks_of_branches():
    make = lambda: mk.Sequential([layers.Embedding(3, 2, mask_zero=True, input_length=3)])
    model = mk.Sequential([layers.Merge([make(), make()], mode="sum"), layers.LSTM(2)])
    numbers = np.array([[1, 2, 0]])
    whole = values(model.predict([numbers, numbers], verbose=0))
    cut = values(model.layers[1](model.layers[0]([T(numbers), T(numbers)])[:, :2]))
    assert_close(whole, cut, atol=1e-6)


def test_masks_of_functions():
    first = lambda masks: masks[0]
    layer = layers.Merge(mode=lambda xs: xs[0], output_mask=first)
    assert values(layer.compute_mask([T(A), T(A)], [T(MASKS[0]), None])).tolist() == (
        MASKS[0].tolist()
    )
    one_missing = layers.Merge(mode="concat").compute_mask(
        [T(np.ones((2, 3, 2), "float32"))] * 2, [T(MASKS[0]), None]
    )
    assert (values(one_missing) == MASKS[0]).all()


def test_what_cannot_be_merged():
    for wrong, message in (
        ([_branch(3)], "at least two"), ([1, 2], "a branch is"),
        ([layers.Dense(2), layers.Dense(2)], "a branch is"),
        ([mk.Sequential([layers.Dense(2)])] * 2, "not built|never called|a branch is"),
    ):  # fmt: skip
        with pytest.raises((ValueError, AttributeError), match=message):
            layers.Merge(wrong)


def test_a_configuration_of_keras_1():
    config = {
        "name": "merge_1", "mode": "concat", "mode_type": "raw", "concat_axis": -1,
        "dot_axes": -1, "output_shape": None, "output_shape_type": "raw", "output_mask": None,
        "output_mask_type": "raw", "arguments": {},
    }  # fmt: skip
    layer = layers.Merge.from_config(config)
    assert layer.name == "merge_1" and layer([T(A), T(B)]).shape == (8, 8)
    with pytest.raises(ValueError, match="Python code"):
        layers.Merge.from_config({**config, "mode": ["code", None, None], "mode_type": "lambda"})


def test_embeddings_state_the_inputs_of_a_model():
    model = mk.Sequential([layers.Embedding(9, 4, input_length=3), layers.Flatten()])
    assert model.output_shape == (None, 12)
    table = RNG.normal(size=(9, 4)).astype("float32")
    model.layers[0].set_weights([table])
    x = np.array([[1, 2, 8]])
    assert_close(model.predict(x, verbose=0), table[x].reshape(1, 12))
    with era_scope(2):
        model = mk.Sequential([layers.Embedding(9, 4), layers.GlobalAveragePooling1D()])
        two = mk.Sequential([layers.Embedding(9, 4, input_length=(2, None))])
    assert model.input_shape == (None, None) and two.output_shape == (None, 2, None, 4)
    assert not mk.Sequential([layers.Embedding(9, 4), layers.Flatten()]).built

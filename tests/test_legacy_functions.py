"""Functions of TensorFlow in graphs of Keras 2 (TFOpLambda, SlicingOpLambda) become ops."""

import json
import pathlib

import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy.tensorflow.calls import TensorFlowFunction
from tests.support import assert_close

_GOLDEN = json.loads((pathlib.Path(__file__).parent / "golden" / "keras2_ops.json").read_text())
INPUTS = {
    name: np.array(value, "int32" if name == "i" else "float32")
    for name, value in _GOLDEN["inputs"].items()
}
CASES = _GOLDEN["cases"]
# TensorFlow looks the cubic kernel up in a table.
TOLERANCE = {"bicubic": 1e-3}


def _predicted(model):
    inputs = [INPUTS[name] for name in model.input_names]
    outputs = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    return outputs if isinstance(outputs, list) else [outputs]


def _made(case):
    return mk.models.model_from_json(json.dumps(CASES[case]["form"]))


def _check(case, outputs):
    places = CASES[case]["form"]["config"]["output_layers"]
    for y, place, (_, expected) in zip(outputs, places, CASES[case]["outputs"], strict=True):
        tolerance = TOLERANCE.get(case, 1e-5)
        try:
            assert_close(y, np.array(expected), tolerance, tolerance, dtype=False)
        except AssertionError as error:
            raise AssertionError(f"{case}: {place[0]}: {error}") from None


@pytest.mark.parametrize("case", CASES)
def test_predictions_are_those_of_keras_2(case):
    model = _made(case)
    _check(case, _predicted(model))


@pytest.mark.parametrize("case", ["operators", "unknown_sizes", "gathering", "items"])
def test_such_models_are_saved_in_todays_format(case, tmp_path):
    model = _made(case)
    model.save(tmp_path / "model.keras")
    _check(case, _predicted(mk.models.load_model(tmp_path / "model.keras")))


def _of_tensorflow(model):
    return [layer.function for layer in model.layers if isinstance(layer, TensorFlowFunction)]


@pytest.mark.parametrize("case", CASES)
def test_ops_say_it_where_they_can(case):
    """Only sizes that differ from batch to batch need a layer of their own."""
    model = _made(case)
    if case in ("unknown_sizes", "choices"):
        assert set(_of_tensorflow(model)) <= {
            "shape", "__operators__.getitem", "ones", "zeros", "fill", "tile", "broadcast_to",
            "cast", "where", "ones_like", "math.subtract", "math.greater", "reshape", "rank",
            "size", "concat",
        }  # fmt: skip
    else:
        assert _of_tensorflow(model) == []


def test_the_names_of_outputs_are_kept():
    model = _made("operators")
    assert model.output_names[:3] == [
        "tf.__operators__.add",
        "tf.math.subtract",
        "tf.math.multiply",
    ]


def _graph(function, **arguments):
    layers = [
        {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
         "config": {"batch_input_shape": [None, None, 3], "dtype": "float32", "name": "x"}},
        {"class_name": "TFOpLambda", "name": "f", "inbound_nodes": [["x", 0, 0, arguments]],
         "config": {"name": "f", "trainable": True, "dtype": "float32", "function": function}},
    ]  # fmt: skip
    config = {"layers": layers, "input_layers": ["x", 0, 0], "output_layers": ["f", 0, 0]}
    form = {"class_name": "Functional", "config": {"name": "m", **config}}
    return json.dumps({**form, "keras_version": "2.15.0"})


def test_noise_is_drawn_when_the_model_runs():
    model = mk.models.model_from_json(_graph("nn.dropout", rate=0.5))
    x = np.ones((4, 50, 3), "float32")
    first, second = (model.predict(x, verbose=0) for _ in range(2))
    assert set(np.unique(first)) == {0.0, 2.0} and (first != second).any()


def test_gradients_pass_through():
    model = mk.models.model_from_json(_graph("math.reduce_sum", axis=[1, 2]))
    inner = mk.Sequential([mk.Input((None, 3)), mk.layers.Dense(3), model])
    inner.compile("sgd", "mse")
    before = inner.get_weights()[0]
    inner.fit(np.ones((2, 5, 3), "float32"), np.ones((2,), "float32"), verbose=0)
    assert (inner.get_weights()[0] != before).any()


def test_functions_without_a_counterpart_are_named():
    with pytest.raises(ValueError, match=r"tf\.strings\.lower"):
        mk.models.model_from_json(_graph("strings.lower"))
    with pytest.raises(ValueError, match="layer 'f': boolean_mask"):
        mk.models.model_from_json(_graph("boolean_mask", mask=[True]))

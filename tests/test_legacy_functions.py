"""Functions and nodes of TensorFlow in graphs of Keras 2 become ops.

They stand in files as TFOpLambda and SlicingOpLambda, and before tf.keras 2.4 as TensorFlowOpLayer.
"""

import json
import pathlib

import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy.tensorflow import nodes, table
from minikeras.legacy.tensorflow.calls import TensorFlowFunction
from tests.support import assert_close

_FOLDER = pathlib.Path(__file__).parent / "golden"
_GOLDEN = json.loads((_FOLDER / "keras2_ops.json").read_text())
INPUTS = {
    name: np.array(value, "int32" if name == "i" else "float32")
    for name, value in _GOLDEN["inputs"].items()
}
CASES = _GOLDEN["cases"]
# The same functions, and a few more, as nodes of a graph.
OF_NODES = json.loads((_FOLDER / "keras2_nodes.json").read_text())["cases"]
# TensorFlow looks the cubic kernel up in a table.
TOLERANCE = {"bicubic": 1e-3}


def _predicted(model):
    inputs = [INPUTS[name] for name in model.input_names]
    outputs = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    return outputs if isinstance(outputs, list) else [outputs]


def _made(case, cases=CASES):
    return mk.models.model_from_json(json.dumps(cases[case]["form"]))


def _check(case, outputs, cases=CASES):
    places = cases[case]["form"]["config"]["output_layers"]
    for y, place, (_, expected) in zip(outputs, places, cases[case]["outputs"], strict=True):
        tolerance = TOLERANCE.get(case, 1e-5)
        try:
            assert_close(y, np.array(expected), tolerance, tolerance, dtype=False)
        except AssertionError as error:
            raise AssertionError(f"{case}: {place[0]}: {error}") from None


@pytest.mark.parametrize("case", CASES)
def test_predictions_are_those_of_keras_2(case):
    model = _made(case)
    _check(case, _predicted(model))


@pytest.mark.parametrize("case", OF_NODES)
def test_nodes_compute_what_they_did(case):
    _check(case, _predicted(_made(case, OF_NODES)), OF_NODES)


@pytest.mark.parametrize("case", ["operators", "items", "gathering"])
def test_models_of_nodes_are_saved_in_todays_format(case, tmp_path):
    model = _made(case, OF_NODES)
    assert {type(layer).__name__ for layer in model.layers} <= {"InputLayer", "TensorFlowFunction"}
    model.save(tmp_path / "model.keras")
    _check(case, _predicted(mk.models.load_model(tmp_path / "model.keras")), OF_NODES)


def test_all_functions_of_nodes_are_there():
    texts = [text.split()[0] for text in nodes._OTHERS.values()]
    for family, text in nodes._OF_ONE.items():
        texts += [nodes._function_of(family, word)[1] for word in text.split()]
    pairs = f"{nodes._OF_TWO} {nodes._REDUCTIONS}"
    texts += [nodes._function_of("math", word)[1] for word in pairs.split()]
    assert [name for name in texts if table.found(name) is None] == []


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


def _node(op, inputs=("x",), constants=None, **attributes):
    node = {"name": "f", "op": op, "input": list(inputs), "attr": attributes}
    own = {"name": "f", "trainable": True, "dtype": "float32", "node_def": node}
    layers = [
        {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
         "config": {"batch_input_shape": [None, 4, 4, 3], "dtype": "float32", "name": "x"}},
        {"class_name": "TensorFlowOpLayer", "name": "tf_op_layer_f",
         "inbound_nodes": [[[name, 0, 0, {}] for name in inputs]],
         "config": {**own, "constants": constants or {}}},
    ]  # fmt: skip
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["tf_op_layer_f", 0, 0]]}
    form = {"class_name": "Model", "config": {"name": "m", "layers": layers, **ends}}
    return json.dumps({**form, "keras_version": "2.2.4-tf"})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (_node("ParseTensor"), r"Unknown class 'tf\.raw_ops\.ParseTensor' \(of 'tf_op_layer_f'\)"),
        (_node("Reshape", constants={"1": ["a"]}), "operand is not of numbers"),
        (_node("Reshape", constants={"b": [1]}), "node Reshape of layer 'tf_op_layer_f'"),
        (_node("Mean"), "node Mean of layer 'tf_op_layer_f'"),
        (_node("Split", constants={"0": 1}, num_split={"i": "one"}), "node Split"),
        (_node("Relu", ("x", "x")), "node Relu|layer 'tf_op_layer_f'"),
        (_node("ResizeBilinear", constants={"1": [2, 2]}), "half_pixel_centers"),
        (_node("Div", constants={"1": 2}, T={"type": "DT_INT32"}), "whole numbers"),
        (_node("Conv2D", constants={"1": [[[[1.0]]]]}, padding={"s": "RVhQTElDSVQ="}), "padding"),
        (_node("MatrixDiagV3", constants=dict.fromkeys("1234", 2)), "main diagonal"),
        (_node("Cast", DstT={"type": "DT_STRING"}), "DT_STRING"),
    ],
)
def test_nodes_that_are_not_understood(given, message):
    with pytest.raises(ValueError, match=message):
        mk.models.model_from_json(given)


def test_names_of_nodes_may_have_slashes():
    text = _node("Neg").replace("tf_op_layer_f", "tf_op_layer_a/b")
    x = np.ones((1, 4, 4, 3), "float32")
    assert_close(mk.models.model_from_json(text).predict(x, verbose=0), -x)


def test_numbers_with_their_dtypes():
    """The last versions of tf.keras wrote operands so."""
    number = {"class_name": "__numpy__", "config": {"value": 2.0, "dtype": "float32"}}
    model = mk.models.model_from_json(_node("Mul", constants={"0": number}))
    x = np.ones((1, 4, 4, 3), "float32")
    assert_close(model.predict(x, verbose=0), 2 * x)


def test_conditions_choose_rows_in_version_1_alone():
    x = mk.ops.convert_to_tensor(np.arange(6.0).reshape(2, 3))
    rows = table.found("compat.v1.where")(mk.ops.convert_to_tensor([True, False]), x, -x)
    assert_close(rows, np.array([[0.0, 1, 2], [-3, -4, -5]]), dtype=False)
    parts = table.found("where")(mk.ops.convert_to_tensor([True, False, True]), x, -x)
    assert_close(parts, np.array([[0.0, -1, 2], [3, -4, 5]]), dtype=False)


# Costs

_MANY = 1 << 29


def _chain(*nodes, sides=(None, 40_000)):
    """A graph in which each node takes what the one before gives."""
    first = {"batch_input_shape": sides, "dtype": "float32", "name": "x"}
    layers = [{"class_name": "InputLayer", "name": "x", "inbound_nodes": [], "config": first}]
    before = "x"
    for number, (op, constants, attributes) in enumerate(nodes):
        name = f"n{number}"
        node = {"name": name, "op": op, "attr": attributes}
        config = {"name": name, "node_def": node, "constants": constants}
        inputs = [[[before, 0, 0, {}]]]
        layers.append({"class_name": "TensorFlowOpLayer", "name": name, "config": config,
                       "inbound_nodes": inputs})  # fmt: skip
        before = name
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [[before, 0, 0]]}
    form = {"class_name": "Model", "config": {"name": "m", "layers": layers, **ends}}
    return json.dumps({**form, "keras_version": "2.2.4-tf"})


_SIZE = [
    ("Shape", {}, {}),
    ("StridedSlice", {"1": [1], "2": [2], "3": [1]}, {"shrink_axis_mask": {"i": "1"}}),
]
_COSTLY = {
    "range": [*_SIZE, ("Mul", {"1": 1000}, {}), ("Range", {"0": 0, "2": 1}, {})],
    "fill": [*_SIZE, ("Pack", {"1": 40_000}, {}), ("Fill", {"1": 1.0}, {})],
    "tile": [("Tile", {"1": [1, _MANY]}, {})],
    "pad": [("Pad", {"1": [[_MANY, 0], [0, 0]]}, {})],
    "diag": [("MatrixDiag", {}, {})],
    "one_hot": [*_SIZE, ("Mul", {"1": 1000}, {}), ("OneHot", {"0": [1], "2": 1.0, "3": 0.0}, {})],
    "where": [*_SIZE, ("Greater", {"1": 0}, {}),
              ("SelectV2", {"1": [[1.0]] * 30_000, "2": [1.0] * 30_000}, {})],
    "windows": [("LRN", {}, {"depth_radius": {"i": "10000000"}})],
    "parts": [("Unpack", {}, {"axis": {"i": "1"}, "num": {"i": "40000"}})],
    "halves": [("Split", {"0": 1}, {"num_split": {"i": "40000"}})],
}  # fmt: skip


@pytest.mark.parametrize("case", _COSTLY)
def test_calls_that_would_cost_too_much_are_refused(case):
    with pytest.raises(mk.guarded.LimitExceeded, match="of which at most"):
        mk.models.model_from_json(_chain(*_COSTLY[case]))


def test_squares_and_names():
    text = _graph("eye", num_rows=30_000, name=["x", 0, 0])
    with pytest.raises(ValueError, match="no tensor"):
        mk.models.model_from_json(text)
    with mk.guarded.allow(members=50_000):
        halves = mk.models.model_from_json(_chain(*_COSTLY["halves"]))
    assert halves.output_shape == (None, 1)

"""Core and merging layers against real Keras: outputs, gradients, shapes, masks, configurations."""

import keras
import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close, compare_layers, values

RNG = np.random.default_rng(0)
FLOATS = lambda *shape: RNG.normal(size=shape).astype("float32")
INTS = lambda *shape: RNG.integers(0, 7, shape).astype("int32")

REGULARIZED = {"kernel_regularizer": "l2", "bias_regularizer": "l1"}

SINGLE = [
    ("Dense", {"units": 4}, FLOATS(2, 3)),
    ("Dense", {"units": 4, "activation": "relu", "use_bias": False}, FLOATS(2, 5, 3)),
    ("Dense", {"units": 4, "activation": "tanh", "kernel_initializer": "he_normal"}, FLOATS(2, 3)),
    ("Dense", {"units": 2, "activity_regularizer": "l2", **REGULARIZED}, FLOATS(2, 3)),
    ("Dense", {"units": 2, "kernel_constraint": "max_norm"}, FLOATS(2, 3)),
    ("Dense", {"units": 2, "bias_constraint": "non_neg"}, FLOATS(2, 3)),
    ("Dense", {"units": 2, "dtype": "float64"}, FLOATS(2, 3)),
    ("Dense", {"units": 2, "dtype": "mixed_float16"}, FLOATS(2, 3)),
    ("EinsumDense", {"equation": "ab,bc->ac", "output_shape": 4, "bias_axes": "c"}, FLOATS(2, 3)),
    (
        "EinsumDense",
        {"equation": "abc,cde->abde", "output_shape": (None, 2, 3), "bias_axes": "de"},
        FLOATS(2, 4, 5),
    ),
    (
        "EinsumDense",
        {"equation": "...x,xy->...y", "output_shape": 6, "bias_axes": "y", "activation": "relu"},
        FLOATS(2, 4, 5),
    ),
    (
        "EinsumDense",
        {"equation": "abx...,xy->aby...", "output_shape": (None, 6), "bias_axes": "y"},
        FLOATS(2, 4, 5, 3),
    ),
    ("EinsumDense", {"equation": "abc,dc->abd", "output_shape": (4, 7)}, FLOATS(2, 4, 5)),
    ("Embedding", {"input_dim": 7, "output_dim": 3}, INTS(2, 4)),
    ("Embedding", {"input_dim": 7, "output_dim": 3, "mask_zero": True}, INTS(2, 4)),
    (
        "Embedding",
        {"input_dim": 7, "output_dim": 3, "embeddings_regularizer": "l2",
         "embeddings_constraint": "unit_norm", "embeddings_initializer": "ones"},
        INTS(2, 4),
    ),
    ("Identity", {}, FLOATS(2, 3)),
    ("Masking", {}, np.array([[[1.0, 0.0], [0.0, 0.0]]], "float32")),
    ("Masking", {"mask_value": 2.0}, np.array([[[1.0, 2.0], [2.0, 2.0]]], "float32")),
]  # fmt: skip

PAIR = [FLOATS(2, 3), FLOATS(2, 3)]
TRIPLE = [FLOATS(2, 4, 3) for _ in range(3)]
UNEVEN = [FLOATS(2, 3), FLOATS(2, 4, 3)]
SEVERAL = [
    *(
        (name, {}, PAIR)
        for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
    ),
    *((name, {}, TRIPLE) for name in ("Add", "Multiply", "Average", "Maximum", "Minimum")),
    *((name, {}, UNEVEN) for name in ("Add", "Multiply", "Average")),
    ("Add", {}, [FLOATS(2, 1, 3), FLOATS(2, 4, 1)]),
    ("Concatenate", {}, PAIR),
    ("Concatenate", {"axis": 1}, [FLOATS(2, 3, 4), FLOATS(2, 5, 4)]),
    ("Dot", {"axes": 1}, PAIR),
    ("Dot", {"axes": 1, "normalize": True}, PAIR),
    ("Dot", {"axes": (2, 1)}, [FLOATS(2, 4, 3), FLOATS(2, 3, 5)]),
    ("Dot", {"axes": (1, 2)}, [FLOATS(2, 3), FLOATS(2, 5, 3)]),
    ("Dot", {"axes": -1}, [FLOATS(2, 4, 3), FLOATS(2, 5, 3)]),
]


@pytest.mark.parametrize(
    ("name", "arguments", "inputs"), SINGLE, ids=lambda v: v if isinstance(v, str) else ""
)
def test_layer_equals_keras(name, arguments, inputs):
    tolerance = 2e-3 if arguments.get("dtype") == "mixed_float16" else 1e-5
    compare_layers(name, arguments, inputs, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    ("name", "arguments", "inputs"), SEVERAL, ids=lambda v: v if isinstance(v, str) else ""
)
def test_merging_layer_equals_keras(name, arguments, inputs):
    compare_layers(name, arguments, inputs)


@pytest.mark.parametrize(
    "name", ["add", "subtract", "multiply", "average", "maximum", "minimum", "concatenate", "dot"]
)
def test_function_equals_its_layer(name):
    assert_close(
        getattr(mk.layers, name)([mk.ops.array(x) for x in PAIR]), getattr(keras.layers, name)(PAIR)
    )


def test_masks_of_merged_inputs():
    a, b = (
        np.array([[[1.0], [0.0], [2.0]]], "float32"),
        np.array([[[0.0], [0.0], [3.0]]], "float32"),
    )
    for merge in ("Add", "Concatenate"):
        found = {}
        for library in (mk, keras):
            masked = [library.layers.Masking()(library.ops.convert_to_tensor(x)) for x in (a, b)]
            masks = [
                library.ops.any(
                    library.ops.not_equal(library.ops.convert_to_tensor(x), 0.0), axis=-1
                )
                for x in (a, b)
            ]
            layer = getattr(library.layers, merge)(
                **({"axis": 1} if merge == "Concatenate" else {})
            )
            found[library.__name__] = layer.compute_mask(masked, masks)
        assert_close(found["minikeras"], found["keras"])


def test_embedding_gradient_sums_repeated_rows():
    layer = mk.layers.Embedding(5, 2)
    x = mk.ops.array([[1, 1, 3]])
    layer(x)
    with mk.GradientTape() as tape:
        total = mk.ops.sum(layer(x))
    assert values(tape.gradient(total, layer.embeddings)).tolist() == [
        [0, 0], [2, 2], [0, 0], [1, 1], [0, 0],
    ]  # fmt: skip


def test_embedding_takes_initial_weights():
    table = FLOATS(5, 2)
    layer = mk.layers.Embedding(5, 2, weights=[table])
    assert_close(layer(mk.ops.array([4, 0])), table[[4, 0]])
    assert "weights" not in layer.get_config()


class TestLambda:
    def test_runs_a_function_with_arguments(self):
        layer = mk.layers.Lambda(lambda x, factor: x * factor, arguments={"factor": 3})
        assert values(layer(mk.ops.array([1.0, 2.0]))).tolist() == [3.0, 6.0]

    def test_shape_is_found_or_stated(self):
        x = mk.Input((4,))
        assert mk.layers.Lambda(lambda x: mk.ops.sum(x, axis=-1, keepdims=True))(x).shape == (
            None,
            1,
        )
        assert mk.layers.Lambda(lambda x: x, output_shape=(7,))(x).shape == (None, 7)

    def test_function_sees_training_and_mask(self):
        layer = mk.layers.Lambda(lambda x, training: x + (1.0 if training else 0.0))
        assert values(layer(mk.ops.array([0.0]), training=True)).tolist() == [1.0]
        assert values(layer(mk.ops.array([0.0]), training=False)).tolist() == [0.0]

    def test_code_in_a_configuration_is_refused_unless_allowed(self):
        config = mk.layers.Lambda(lambda x: x * 2, name="doubled").get_config()
        with pytest.raises(ValueError, match="safe_mode=False"):
            mk.layers.Lambda.from_config(config)
        layer = mk.layers.Lambda.from_config(config, safe_mode=False)
        assert values(layer(mk.ops.array([3.0]))).tolist() == [6.0]


def test_equations_that_make_no_sense_are_refused():
    for equation, shape in (("ab,bc", 3), ("ab,bc->ad", 3), ("ab,xc->ac", 3), ("...a,ab->b", 3)):
        with pytest.raises(ValueError, match="quation"):
            mk.layers.EinsumDense(equation, shape)(mk.ops.ones((2, 3)))

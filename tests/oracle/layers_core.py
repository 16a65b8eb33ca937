"""Rows of core layers, merging layers and activation layers."""

import numpy as np

from tests.oracle import layers
from tests.oracle.class_row import row
from tests.oracle.layers import floats, weights_of

draw = floats()
integers = np.random.default_rng(0).integers
INTS = integers(0, 7, (2, 4)).astype("int32")
FLAT, CUBE = draw(2, 3), draw(2, 4, 5)

DENSE = [
    row("layers.Dense", FLAT, units=4),
    row("layers.Dense", draw(2, 5, 3), units=4, activation="relu", use_bias=False),
    row("layers.Dense", FLAT, units=4, activation="tanh"),
    row("layers.Dense", FLAT, units=2, activity_regularizer="l2", **weights_of("kernel", "bias")),
    row("layers.Dense", FLAT.astype("float64"), units=2, dtype="float64").within(1e-6),
    row("layers.Dense", FLAT, units=2, dtype="mixed_float16"),
    row("layers.Dense", FLAT, units=2, trainable=False),
    row("layers.EinsumDense", FLAT, equation="ab,bc->ac", output_shape=4, bias_axes="c"),
    row(
        "layers.EinsumDense", CUBE, equation="abc,cde->abde", output_shape=(None, 2, 3),
        bias_axes="de", **weights_of("kernel", "bias"),
    ),
    row(
        "layers.EinsumDense", CUBE, equation="...x,xy->...y", output_shape=6, bias_axes="y",
        activation="relu",
    ),
    row(
        "layers.EinsumDense", draw(2, 4, 5, 3), equation="abx...,xy->aby...",
        output_shape=(None, 6), bias_axes="y",
    ),
    row("layers.EinsumDense", CUBE, equation="abc,dc->abd", output_shape=(4, 7)),
    row(
        "layers.EinsumDense", FLAT, equation="ab,bc->ac", output_shape=4, dtype="mixed_float16"
    ),
    row("layers.Embedding", INTS, input_dim=7, output_dim=3),
    row("layers.Embedding", INTS, input_dim=7, output_dim=3, mask_zero=True),
    row("layers.Embedding", INTS, input_dim=7, output_dim=3, **weights_of("embeddings")),
    row("layers.Embedding", INTS, input_dim=7, output_dim=3, weights=[draw(7, 3)]),
    row("layers.Embedding", INTS, input_dim=7, output_dim=3, dtype="mixed_float16"),
    row("layers.ReversibleEmbedding", INTS, input_dim=7, output_dim=3),
    row("layers.ReversibleEmbedding", CUBE, input_dim=7, output_dim=5).called(reverse=True),
    row(
        "layers.ReversibleEmbedding", CUBE, input_dim=7, output_dim=5, tie_weights=False,
        logit_soft_cap=0.5, **weights_of("embeddings"),
    ).called(reverse=True),
    row(
        "layers.ReversibleEmbedding", CUBE, input_dim=7, output_dim=5, mask_zero=True,
        reverse_dtype="float64",
    ).called(reverse=True),
    row("layers.Identity", FLAT),
    row("layers.Identity", [FLAT, CUBE]),
    row("layers.Masking", np.array([[[1.0, 0.0], [0.0, 0.0]]], "float32")),
    row("layers.Masking", np.array([[[1.0, 2.0], [2.0, 2.0]]], "float32"), mask_value=2.0),
]  # fmt: skip

PAIR, TRIPLE = [draw(2, 3), draw(2, 3)], [draw(2, 4, 3) for _ in range(3)]
UNEVEN = [draw(2, 3), draw(2, 4, 3)]
SUMS = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
MERGING = [
    *(row(f"layers.{name}", PAIR) for name in SUMS),
    *(row(f"layers.{name}", TRIPLE) for name in SUMS if name != "Subtract"),
    *(row(f"layers.{name}", UNEVEN) for name in ("Add", "Multiply", "Average")),
    row("layers.Add", [draw(2, 1, 3), draw(2, 4, 1)]),
    row("layers.Add", PAIR, dtype="mixed_float16"),
    row("layers.Multiply", [x.astype("float64") for x in PAIR], dtype="float64").within(1e-6),
    row("layers.Concatenate", PAIR),
    row("layers.Concatenate", [draw(2, 3, 4), draw(2, 5, 4)], axis=1),
    row("layers.Dot", PAIR, axes=1),
    row("layers.Dot", PAIR, axes=1, normalize=True),
    row("layers.Dot", [draw(2, 4, 3), draw(2, 3, 5)], axes=(2, 1)),
    row("layers.Dot", [draw(2, 3), draw(2, 5, 3)], axes=(1, 2)),
    row("layers.Dot", [draw(2, 4, 3), draw(2, 5, 3)], axes=-1),
]

X = 2 * draw(4, 3, 5)
KEPT = np.broadcast_to(np.array([True, True, False, True, False]), X.shape).copy()
ACTIVATIONS = [
    row("layers.Activation", X, activation="tanh"),
    row("layers.Activation", X, activation="softmax"),
    row("layers.Activation", X, activation="gelu", dtype="mixed_float16"),
    row("layers.ReLU", X),
    row("layers.ReLU", X, max_value=1.0, negative_slope=0.1, threshold=0.2),
    row("layers.LeakyReLU", X),
    row("layers.LeakyReLU", X, negative_slope=0.7),
    row("layers.PReLU", X, alpha_initializer="ones"),
    row("layers.PReLU", X, shared_axes=[1], alpha_regularizer="l2", alpha_constraint="non_neg"),
    row("layers.ELU", X),
    row("layers.ELU", X, alpha=0.5),
    row("layers.Softmax", X),
    row("layers.Softmax", X, axis=1),
    row("layers.Softmax", X, axis=[1, 2]),
    row("layers.Softmax", X).called(mask=KEPT),
    row("layers.Softmax", X, dtype="mixed_float16").called(mask=KEPT),
    row("layers.ActivityRegularization", draw(3, 4)),
    row("layers.ActivityRegularization", draw(3, 4), l1=0.3),
    row("layers.ActivityRegularization", draw(3, 4), l1=0.1, l2=0.2),
]

ROWS = [*DENSE, *MERGING, *ACTIVATIONS]
_OTHER = "an object of another library: tests/test_complete.py says why"
ELSEWHERE = {
    "layers.Layer": "tests/test_core_api.py",
    "layers.Wrapper": "tests/test_core_api.py",
    "layers.Lambda": "tests/test_layers_core.py::TestLambda",
    "layers.Input": "tests/test_core_api.py",
    "layers.InputLayer": "tests/test_core_api.py",
    "layers.InputSpec": "tests/test_core_api.py",
    "layers.FlaxLayer": _OTHER,
    "layers.JaxLayer": _OTHER,
    "layers.TFSMLayer": _OTHER,
    "layers.TorchModuleWrapper": _OTHER,
}
UNGIVEN = {
    ("layers.Dense", "lora_rank"): "tests/test_lora.py",
    ("layers.Dense", "lora_alpha"): "tests/test_lora.py",
    ("layers.Dense", "quantization_config"): "tests/test_quantization.py",
    ("layers.EinsumDense", "lora_rank"): "tests/test_lora.py",
    ("layers.EinsumDense", "lora_alpha"): "tests/test_lora.py",
    ("layers.EinsumDense", "quantization_config"): "tests/test_quantization.py",
    ("layers.EinsumDense", "gptq_unpacked_column_size"): "tests/test_quantization.py",
    ("layers.Embedding", "lora_rank"): "tests/test_lora.py",
    ("layers.Embedding", "lora_alpha"): "tests/test_lora.py",
    ("layers.Embedding", "quantization_config"): "tests/test_quantization.py",
}
compare = layers.compare

"""Normalization layers against real Keras."""

import numpy as np
import pytest

from tests.support import compare_layers

RNG = np.random.default_rng(0)
FLOATS = lambda *shape: RNG.normal(size=shape).astype("float32")
WEIGHTED = {"beta_regularizer": "l2", "gamma_regularizer": "l1", "gamma_constraint": "non_neg"}

CASES = [
    ("BatchNormalization", {}, FLOATS(4, 3)),
    ("BatchNormalization", {"momentum": 0.5, "epsilon": 0.1}, FLOATS(4, 5, 3)),
    ("BatchNormalization", {"axis": 1, "center": False}, FLOATS(4, 3, 5)),
    ("BatchNormalization", {"axis": -2, "scale": False}, FLOATS(2, 3, 4, 5)),
    ("BatchNormalization", {"moving_mean_initializer": "ones", **WEIGHTED}, FLOATS(4, 3)),
    ("BatchNormalization", {"renorm": True, "renorm_momentum": 0.5}, FLOATS(4, 3)),
    (
        "BatchNormalization",
        {
            "renorm": True,
            "renorm_clipping": {"rmax": 1.5, "rmin": 0.3, "dmax": 0.5},
            "scale": False,
        },
        FLOATS(4, 3),
    ),
    ("BatchNormalization", {"trainable": False}, FLOATS(4, 3)),
    ("BatchNormalization", {"dtype": "mixed_float16"}, FLOATS(4, 3)),
    ("LayerNormalization", {}, FLOATS(4, 3)),
    ("LayerNormalization", {"axis": [1, 2], "epsilon": 0.1, "scale": False}, FLOATS(4, 3, 5)),
    (
        "LayerNormalization",
        {"axis": 1, "center": False, "gamma_regularizer": "l2"},
        FLOATS(4, 3, 5),
    ),
    ("LayerNormalization", {"dtype": "float64"}, FLOATS(4, 3)),
    ("RMSNormalization", {}, FLOATS(4, 3)),
    ("RMSNormalization", {"axis": [1, 2], "epsilon": 0.1}, FLOATS(4, 3, 5)),
]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    ("name", "arguments", "inputs"), CASES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_layer_equals_keras(name, arguments, inputs, training):
    tolerance = 5e-3 if arguments.get("dtype") == "mixed_float16" else 2e-5
    compare_layers(name, arguments, inputs, training, rtol=tolerance, atol=tolerance)


def test_masked_steps_do_not_enter_the_statistics():
    mask = np.array([[True, True, False], [True, False, False]])
    compare_layers("BatchNormalization", {}, FLOATS(2, 3, 4), training=True, call={"mask": mask})

"""Core and merging layers against real Keras: outputs, gradients, shapes, masks, configurations."""

import keras
import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close, values

RNG = np.random.default_rng(0)
FLOATS = lambda *shape: RNG.normal(size=shape).astype("float32")


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


@pytest.mark.parametrize(
    "equation, output_shape, input_shape, fan_in",
    [
        ("abc,cde->abde", (None, 8, 16), (None, 10, 32), 32),
        ("abde,dec->abc", (None, 32), (None, 10, 8, 16), 128),
        ("abc,bcd->abd", (4, 16), (None, 4, 32), 32),
        ("...x,xy->...y", (70,), (None, 50), 50),
    ],
)
def test_kernels_of_equations_begin_at_the_scale_of_their_inputs(
    equation, output_shape, input_shape, fan_in
):
    deviations = []
    for k in (mk, keras):
        layer = k.layers.EinsumDense(equation, output_shape, kernel_initializer="lecun_normal")
        layer.build(input_shape)
        deviations.append(float(np.std(values(layer.get_weights()[0]))))
        assert layer.get_config()["kernel_initializer"]["config"]["input_axes"] is None
    np.testing.assert_allclose(deviations, fan_in**-0.5, rtol=0.1)

"""Merging layers on masked inputs, against real Keras."""

import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras.backend.masks import get_mask
from tests.support import assert_close, values

RANDOM = np.random.default_rng(5)
STEPS = RANDOM.normal(size=(3, 2, 5, 4)).astype("float32")
STEPS[RANDOM.random((3, 2, 5)) < 0.4] = 0.0


def both(name, masked, **arguments):
    """What a merging layer of either package makes of three inputs, some of them masked."""
    for api in (mk, keras):
        mask = api.layers.Masking()
        tensors = [api.ops.convert_to_tensor(x) for x in STEPS]
        yield getattr(api.layers, name)(**arguments)(
            [mask(x) if i in masked else x for i, x in enumerate(tensors)]
        )


@pytest.mark.parametrize("masked", [(), (0,), (1,), (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("name", ["Add", "Average", "Multiply", "Maximum", "Minimum"])
def test_masked_steps(name, masked):
    ours, theirs = both(name, masked)
    assert_close(ours, np.asarray(theirs))
    mask, expected = get_mask(ours), getattr(theirs, "_keras_mask", None)
    assert (mask is None) == (expected is None)
    if mask is not None:
        assert values(mask).tolist() == np.asarray(expected).tolist()


def test_masks_of_inputs_of_fewer_axes():
    mask = mk.layers.Masking()
    few = mask(mk.ops.convert_to_tensor(np.array([[1.0, 2.0], [0.0, 0.0]], "float32")))
    many = mk.ops.convert_to_tensor(np.full((2, 3, 2), 5.0, "float32"))
    found = values(mk.layers.Maximum()([few, many - 4.5]))
    assert found[:, 0].tolist() == [[1.0, 2.0], [0.5, 0.5]]
    assert (found == found[:, :1]).all()


@pytest.mark.parametrize("api", [mk, keras], ids=["minikeras", "keras"])
@pytest.mark.parametrize("name", ["Add", "Concatenate"])
def test_masks_must_go_with_the_inputs(api, name):
    layer = getattr(api.layers, name)()
    inputs = [api.Input((4, 5)), api.Input((4, 5))]
    with pytest.raises(ValueError, match="`mask` should be a list"):
        layer.compute_mask(inputs, np.ones((2, 4)))
    with pytest.raises(ValueError, match="`inputs` should be a list"):
        layer.compute_mask(inputs[0], [None, None])
    with pytest.raises(ValueError, match="should have the same length"):
        layer.compute_mask(inputs, [None])

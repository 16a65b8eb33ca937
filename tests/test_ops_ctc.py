"""The loss and the decoders of connectionist temporal classification against Keras."""

import itertools

import jax
import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras import ops
from tests.support import assert_close, values

rng = np.random.default_rng(5)
LOGITS = rng.normal(size=(4, 6, 4)).astype("float32") * 2
TARGET = np.array([[1, 2, 3], [1, 1, 0], [2, 0, 0], [3, 1, 3]], "int32")
LABELS, STEPS = np.array([3, 2, 1, 3], "int32"), np.array([6, 4, 6, 5], "int32")


def tensors(*arrays):
    return [ops.convert_to_tensor(x) for x in arrays]


def test_loss_and_gradient():
    expected = keras.ops.ctc_loss(TARGET, LOGITS, LABELS, STEPS)
    assert_close(ops.ctc_loss(*tensors(TARGET, LOGITS, LABELS, STEPS)), expected)
    target, logits, labels, steps = tensors(TARGET, LOGITS, LABELS, STEPS)
    slope = mk.grad(lambda x: ops.sum(ops.ctc_loss(target, x, labels, steps)))(logits)
    wanted = jax.grad(lambda x: keras.ops.sum(keras.ops.ctc_loss(TARGET, x, LABELS, STEPS)))(LOGITS)
    assert_close(slope, wanted, rtol=1e-4, atol=1e-5)


def test_loss_by_enumeration():
    """The probability of labels is that of all alignments that collapse to them."""
    logits = rng.normal(size=(1, 4, 3))
    p = np.exp(logits[0]) / np.exp(logits[0]).sum(-1, keepdims=True)
    found = {}
    for alignment in itertools.product(range(3), repeat=4):
        labels = tuple(k for k, _ in itertools.groupby(alignment) if k)
        share = np.prod([p[t, k] for t, k in enumerate(alignment)])
        found[labels] = found.get(labels, 0.0) + share
    for labels, probability in found.items():
        target = np.zeros((1, 4), "int32")
        target[0, : len(labels)] = labels
        loss = ops.ctc_loss(*tensors(target, logits, np.array([len(labels)]), np.array([4])))
        assert_close(ops.exp(-loss), np.array([probability]), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_dtypes(dtype):
    logits = LOGITS.astype(dtype)
    expected = keras.ops.ctc_loss(TARGET, logits, LABELS, STEPS)
    found = ops.ctc_loss(*tensors(TARGET, logits, LABELS, STEPS))
    assert_close(found, expected, rtol=1e-4, dtype=False)
    # Keras computes this in float32 at most.
    assert found.dtype == {"float16": "float32"}.get(dtype, dtype)


def test_another_blank_and_no_labels():
    target = np.array([[0, 1, 3], [3, 3, 3], [1, 3, 3], [2, 0, 2]], "int32")
    lengths = np.array([2, 0, 1, 3], "int32")
    expected = keras.ops.ctc_loss(target, LOGITS, lengths, STEPS, mask_index=3)
    found = ops.ctc_loss(*tensors(target, LOGITS, lengths, STEPS), mask_index=3)
    assert_close(found, expected, rtol=1e-5)


def test_labels_that_do_not_fit_have_a_large_finite_loss():
    target, logits, labels, steps = tensors([[1, 1, 1]], LOGITS[:1, :2], [3], [2])
    assert 5e4 < float(ops.ctc_loss(target, logits, labels, steps)[0]) < np.inf
    slope = mk.grad(lambda x: ops.sum(ops.ctc_loss(target, x, labels, steps)))(logits)
    assert np.isfinite(values(slope)).all()


def test_symbolic():
    shapes = [((None, 3), "int32"), ((None, 6, 4), "float32"), ((None,), "int32")]
    target, logits, lengths = (mk.KerasTensor(shape, dtype) for shape, dtype in shapes)
    assert ops.ctc_loss(target, logits, lengths, lengths).shape == (None,)


@pytest.mark.parametrize("merge_repeated", [True, False])
@pytest.mark.parametrize("mask_index", [0, 2, None])
def test_greedy_decoding(merge_repeated, mask_index):
    settings = {"merge_repeated": merge_repeated, "mask_index": mask_index}
    expected = keras.ops.ctc_decode(LOGITS, STEPS, **settings)
    found = ops.ctc_decode(*tensors(LOGITS, STEPS), **settings)
    assert_close(found[0], expected[0], dtype=False)
    assert_close(found[1], expected[1])


@pytest.mark.filterwarnings("ignore:scatter inputs have incompatible types:FutureWarning")
@pytest.mark.parametrize("beam_width, top_paths, mask_index", [(20, 3, 0), (3, 2, 1), (1, 1, None)])
def test_beam_search(beam_width, top_paths, mask_index):
    settings = {"strategy": "beam_search", "beam_width": beam_width, "top_paths": top_paths}
    expected = keras.ops.ctc_decode(LOGITS, STEPS, mask_index=mask_index, **settings)
    found = ops.ctc_decode(*tensors(LOGITS, STEPS), mask_index=mask_index, **settings)
    assert_close(found[0], expected[0], dtype=False)
    assert_close(found[1], expected[1], rtol=1e-4)


def test_unknown_strategy():
    with pytest.raises(ValueError, match="must be 'greedy' or 'beam_search'"):
        ops.ctc_decode(*tensors(LOGITS, STEPS), strategy="best")

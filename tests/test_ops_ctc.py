"""The loss of connectionist temporal classification against its definition, and its limits."""

import itertools

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


def test_a_label_of_the_class_of_the_blank_is_a_label():
    logits = np.random.default_rng(3).normal(size=(2, 6, 3)).astype("float32")
    for target, lengths in (([[1, 2, 0, 1], [1, 2, 0, 0]], [3, 4]), ([[0, 1], [1, 0]], [2, 2])):
        arguments = [np.array(target), logits, np.array(lengths), np.array([6, 5])]
        assert_close(ops.ctc_loss(*tensors(*arguments)), keras.ops.ctc_loss(*arguments), rtol=1e-5)


def test_labels_that_do_not_fit_have_a_large_finite_loss():
    target, logits, labels, steps = tensors([[1, 1, 1]], LOGITS[:1, :2], [3], [2])
    assert 5e4 < float(ops.ctc_loss(target, logits, labels, steps)[0]) < np.inf
    slope = mk.grad(lambda x: ops.sum(ops.ctc_loss(target, x, labels, steps)))(logits)
    assert np.isfinite(values(slope)).all()


def test_unknown_strategy():
    with pytest.raises(ValueError, match="Expected 'greedy' or 'beam_search'"):
        ops.ctc_decode(*tensors(LOGITS, STEPS), strategy="best")

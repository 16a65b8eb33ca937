"""Random models: eager steps, replayed steps and real Keras agree."""

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

import minikeras as mk
from tests.support import values

ACTIVATIONS = ["relu", "tanh", "sigmoid", "elu", "softplus", "gelu", "swish", "leaky_relu"]


def images(draw):
    """Layers for images of 6x6x2, as functions of a module, and what follows them."""
    rows = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["conv", "depthwise", "separable", "norm", "pool", "act"]))
        activation = draw(st.sampled_from(ACTIVATIONS))
        size = draw(st.integers(1, 3))
        if kind == "conv":
            arguments = {"strides": draw(st.integers(1, 2)), "activation": activation}
            rows.append(("Conv2D", (draw(st.integers(1, 4)), size), arguments))
        elif kind == "depthwise":
            rows.append(("DepthwiseConv2D", (size,), {"activation": activation}))
        elif kind == "separable":
            rows.append(("SeparableConv2D", (3, size), {"activation": activation}))
        elif kind == "norm":
            name = draw(st.sampled_from(["BatchNormalization", "LayerNormalization"]))
            rows.append((name, (), {}))
        elif kind == "pool":
            name = draw(st.sampled_from(["MaxPooling2D", "AveragePooling2D"]))
            rows.append((name, (2,), {"strides": 1}))
        else:
            rows.append(("Activation", (activation,), {}))
    for row in rows:
        if row[0] not in ("BatchNormalization", "LayerNormalization", "Activation"):
            row[2]["padding"] = "same"
    name = draw(st.sampled_from(["Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D"]))
    return [*rows, (name, (), {})]


def series(draw):
    """Layers for series of 5 steps of 3 numbers."""
    name = draw(st.sampled_from(["SimpleRNN", "LSTM", "GRU", "Conv1D"]))
    if name == "Conv1D":
        return [(name, (4, 2), {"padding": "causal"}), ("GlobalMaxPooling1D", (), {})]
    again = draw(st.booleans())
    first = [(name, (4,), {"return_sequences": True})] if again else []
    return [*first, (name, (3,), {"go_backwards": draw(st.booleans())})]


def vectors(draw):
    """Layers for vectors of 4 numbers."""
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        arguments = {"activation": draw(st.sampled_from(ACTIVATIONS))}
        arguments["use_bias"] = draw(st.booleans())
        rows.append(("Dense", (draw(st.integers(1, 5)),), arguments))
        if draw(st.booleans()):
            rows.append(("BatchNormalization", (), {}))
    return rows


KINDS = {images: (6, 6, 2), series: (5, 3), vectors: (4,)}


@st.composite
def models(draw):
    """The shape of an input, rows of layers, and the name and arguments of an optimizer."""
    kind = draw(st.sampled_from(list(KINDS)))
    rows = kind(draw)
    optimizer = draw(st.sampled_from(["SGD", "Adam", "RMSprop", "Adagrad"]))
    is_regularized = draw(st.booleans())
    last = {"kernel_regularizer": "l2"} if is_regularized else {}
    return KINDS[kind], [*rows, ("Dense", (2,), last)], optimizer


def built(k, model, eager):
    shape, rows, optimizer = model
    layers = [getattr(k.layers, name)(*args, **kwargs) for name, args, kwargs in rows]
    found = k.Sequential([k.Input(shape), *layers])
    found.compile(getattr(k.optimizers, optimizer)(0.01), "mse", run_eagerly=eager)
    return found


def trained(model, weights, x, y, k=mk, eager=False):
    found = built(k, model, eager)
    if weights is not None:
        found.set_weights(weights)
    weights = found.get_weights()
    losses = [float(found.train_on_batch(x, y)) for _ in range(5)]
    return found, losses, weights


def agree(model, batch):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, *model[0])).astype("float32")
    y = rng.normal(size=(batch, 2)).astype("float32")
    keras.utils.set_random_seed(0)
    _, expected, weights = trained(model, None, x, y, keras)
    replayed, found, _ = trained(model, weights, x, y)
    eager, found_eagerly, _ = trained(model, weights, x, y, eager=True)
    (plan,) = (plan for _, plan in replayed._steps["train"].plans())
    assert plan.reason is None and plan.replay is not None
    assert found == found_eagerly
    for a, b in zip(replayed.get_weights(), eager.get_weights()):
        np.testing.assert_array_equal(values(a), values(b))
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-5)


QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]
# Every example compiles a model for the oracle, which is too slow for shrinking.
ONCE = [Phase.generate]


@settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=QUIET, phases=ONCE)
@given(models(), st.integers(1, 5))
def test_random_models_agree(model, batch):
    agree(model, batch)


@pytest.mark.long
@settings(max_examples=40, deadline=None, suppress_health_check=QUIET, phases=ONCE)
@given(models(), st.integers(1, 5))
def test_many_random_models_agree(model, batch):
    agree(model, batch)

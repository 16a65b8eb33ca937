"""Low-rank adaptation against Keras, and ReversibleEmbedding."""

import keras
import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close, compare_layers, values

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

random = np.random.default_rng(0)
INDICES = random.integers(0, 7, (3, 4)).astype("int32")


def floats(*shape):
    return random.normal(size=shape).astype("float32")


CASES = {
    "Dense": ({"units": 4, "activation": "tanh", "kernel_regularizer": "l2"}, floats(3, 5)),
    "EinsumDense": (
        {"equation": "abc,cde->abde", "output_shape": (None, 2, 3), "bias_axes": "de"},
        floats(2, 3, 5),
    ),
    "Embedding": ({"input_dim": 7, "output_dim": 4}, INDICES),
    "ReversibleEmbedding": ({"input_dim": 7, "output_dim": 4}, INDICES),
    "Conv1D": ({"filters": 4, "kernel_size": 3}, floats(2, 6, 3)),
    "Conv2D": ({"filters": 4, "kernel_size": 2, "strides": 2}, floats(2, 6, 5, 3)),
    "Conv3D": ({"filters": 2, "kernel_size": 2, "padding": "same"}, floats(1, 3, 4, 3, 2)),
}


def pair(name, **more):
    arguments, x = CASES[name]
    ours, theirs = (
        getattr(p.layers, name)(**arguments, **more, name="adapted") for p in (mk, keras)
    )
    ours(x)
    theirs(x)
    return ours, theirs, x


def assert_same_weights(ours, theirs):
    for kind in ("weights", "trainable_weights", "non_trainable_weights"):
        found, expected = getattr(ours, kind), getattr(theirs, kind)
        assert [(w.name, w.shape, str(w.dtype)) for w in found] == [
            (w.name, tuple(w.shape), w.dtype) for w in expected
        ]


@pytest.mark.parametrize("name", CASES)
def test_enabled_like_keras(name):
    ours, theirs, x = pair(name)
    ours.set_weights(theirs.get_weights())
    before = values(ours(x))
    for one in (ours, theirs):
        one.enable_lora(2, lora_alpha=3)
    assert_same_weights(ours, theirs)
    assert_close(ours(x), before)
    ours.set_weights(theirs.get_weights())
    for w in (ours, theirs):
        w = getattr(w, f"lora_{w_name(name)}_b")
        w.assign(np.full(w.shape, 0.25, "float32"))
    assert_close(ours(x), np.asarray(theirs(x)), rtol=1e-4, atol=1e-5)
    found, expected = ours.get_config(), theirs.get_config()
    assert [found[k] for k in ("lora_rank", "lora_alpha")] == [2, 3]
    assert [expected[k] for k in ("lora_rank", "lora_alpha")] == [2, 3]
    store, their_store = {}, {}
    ours.save_own_variables(store)
    theirs.save_own_variables(their_store)
    assert list(store) == list(their_store)
    for key, value in store.items():
        assert_close(value, np.asarray(their_store[key]), rtol=1e-4, atol=1e-5)


def w_name(name):
    return "embeddings" if "Embedding" in name else "kernel"


@pytest.mark.parametrize("name", ["Dense", "EinsumDense", "Embedding", "Conv2D"])
def test_from_the_start_like_keras(name):
    ours, theirs, x = pair(name, lora_rank=2, lora_alpha=2)
    assert_same_weights(ours, theirs)
    twin = type(ours).from_config(ours.get_config())
    twin(x)
    assert twin.lora_enabled and twin.lora_rank == 2


@pytest.mark.parametrize("name", ["Dense", "Conv1D", "Embedding"])
def test_gradients_like_keras(name):
    import jax

    ours, theirs, x = pair(name)
    for one in (ours, theirs):
        one.enable_lora(2)
    b = getattr(theirs, f"lora_{w_name(name)}_b")
    b.assign(np.full(b.shape, 0.25, "float32"))
    ours.set_weights(theirs.get_weights())
    with mk.GradientTape() as tape:
        total = mk.ops.sum(mk.ops.square(ours(x)))
    found = tape.gradient(total, ours.trainable_weights)

    def loss(trainable):
        outputs, _ = theirs.stateless_call(
            trainable, [v.value for v in theirs.non_trainable_variables], x
        )
        return (outputs**2).sum()

    expected = jax.grad(loss)([v.value for v in theirs.trainable_variables])
    assert_close(found, [np.asarray(g) for g in expected], rtol=1e-4, atol=1e-4)


def test_training_changes_the_addition_alone_and_files_hold_the_sum(tmp_path):
    model = mk.Sequential([mk.Input((5,)), mk.layers.Dense(4), mk.layers.Dense(1)])
    model.layers[0].enable_lora(2)
    model.compile("adam", "mse")
    x, y = floats(16, 5), floats(16, 1)
    frozen = values(model.layers[0]._kernel.value)
    losses = model.fit(x, y, epochs=6, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert_close(model.layers[0]._kernel.value, frozen)
    path = str(tmp_path / "adapted.keras")
    model.save(path)
    expected = values(model(x))
    loaded = mk.models.load_model(path)
    assert_close(loaded(x), expected, rtol=1e-4, atol=1e-5)
    assert not values(loaded.layers[0].lora_kernel_b.value).any()
    # What was loaded can be trained further, for `A` keeps its values.
    assert values(loaded.layers[0].lora_kernel_a.value).any()
    theirs = keras.models.load_model(path)
    assert_close(np.asarray(theirs(x)), expected, rtol=1e-4, atol=1e-5)


def test_mixed_precision():
    layer = mk.layers.Dense(4, dtype="mixed_float16", lora_rank=2)
    assert layer(floats(2, 3)).dtype == "float16"
    assert layer.kernel.dtype == "float16" and layer._kernel.dtype == "float32"


def test_errors():
    layer = mk.layers.Dense(2, kernel_constraint="non_neg")
    layer.build((None, 3))
    with pytest.raises(ValueError, match="constraint"):
        layer.enable_lora(2)
    layer = mk.layers.Dense(2)
    with pytest.raises(ValueError, match=r"isn.t yet built"):
        layer.enable_lora(2)
    with pytest.raises(AttributeError, match="has no 'kernel' yet"):
        _ = layer.kernel
    layer.build((None, 3))
    with pytest.raises(ValueError, match="`rank` must be a positive integer"):
        layer.enable_lora(0)
    layer.enable_lora(1)
    with pytest.raises(ValueError, match="once"):
        layer.enable_lora(1)


REVERSIBLE = [
    {},
    {"tie_weights": False},
    {"logit_soft_cap": 0.5, "embeddings_regularizer": "l2"},
    {"reverse_dtype": "float64", "tie_weights": False},
]


@pytest.mark.parametrize("arguments", REVERSIBLE)
@pytest.mark.parametrize("reverse", [False, True])
def test_reversible_embedding_like_keras(arguments, reverse):
    arguments = {"input_dim": 7, "output_dim": 4, "embeddings_initializer": "normal", **arguments}
    x = floats(2, 3, 4) if reverse else INDICES
    ours, theirs = (
        p.layers.ReversibleEmbedding(**arguments, name="reversible") for p in (mk, keras)
    )
    theirs.build()
    ours.build()
    ours.set_weights(theirs.get_weights())
    assert_close(ours(x, reverse=reverse), np.asarray(theirs(x, reverse=reverse)), dtype=False)
    ignored = {"dtype", "embeddings_initializer", "embeddings_regularizer"}
    found, expected = (
        {k: v for k, v in one.get_config().items() if k not in ignored} for one in (ours, theirs)
    )
    assert found == expected
    if not reverse and "reverse_dtype" not in arguments and "tie_weights" not in arguments:
        compare_layers("ReversibleEmbedding", arguments, x)
    spec = ours(mk.KerasTensor((None, *x.shape[1:]), x.dtype.name), reverse=reverse)
    assert spec.shape == (None, *values(ours(x, reverse=reverse)).shape[1:])


def test_reversible_embedding_masks():
    layer = mk.layers.ReversibleEmbedding(7, 4, mask_zero=True)
    vectors = layer(mk.ops.array([[0, 1, 2]]))
    from minikeras.backend.masks import get_mask

    assert values(get_mask(vectors)).tolist() == [[False, True, True]]
    assert layer(vectors, reverse=True).shape == (1, 3, 7)

"""What a layer of one's own may ask of its base. Each test runs on real Keras, too."""

import copy
import gc
import subprocess
import sys
import weakref

import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras.backend.masks import get_mask, set_mask
from minikeras.legacy.era import era_scope
from tests.support import assert_close, values

both = pytest.mark.parametrize("api", [mk, keras], ids=["minikeras", "keras"])


def ones(api, *shape, dtype="float32"):
    return api.ops.ones(shape, dtype=dtype)


@both
@pytest.mark.parametrize(
    ("name", "arguments"),
    [("ReLU", {}), ("MaxPooling1D", {}), ("Dropout", {"rate": 0.5}), ("UnitNormalization", {})],
)
def test_a_build_of_ones_own_in_a_layer_without_weights(api, name, arguments):
    class Scaled(getattr(api.layers, name)):
        def build(self, input_shape):
            self.scale = self.add_weight(name="scale", shape=(), initializer="ones")

        def call(self, inputs):
            return self.scale * super().call(inputs)

    assert getattr(api.layers, name)(**arguments).built
    layer = Scaled(**arguments)
    assert not layer.built
    layer(ones(api, 2, 4, 3))
    assert len(layer.weights) == 1


@both
def test_variables_of_metrics_stand_apart(api):
    class Measured(api.layers.Layer):
        def __init__(self):
            super().__init__()
            self.metric = api.metrics.MeanSquaredError()
            self.inner = api.layers.Dense(2)

        def build(self, input_shape):
            self.inner.build(input_shape)

        def call(self, inputs):
            return self.inner(inputs)

    layer = Measured()
    layer.build((1, 3))
    assert len(layer.variables) == len(layer.trainable_variables) == 2
    assert len(layer.metrics_variables) == 2


@both
def test_variables_say_the_dtype_they_are_read_in(api):
    found = []

    class Scale(api.layers.Layer):
        def build(self, input_shape):
            self.a = self.add_weight(name="a", shape=())
            self.b = self.add_weight(name="b", shape=(), autocast=False)
            self.n = self.add_weight(name="n", shape=(), dtype="int32", trainable=False)

        def call(self, inputs):
            found.append([str(v.dtype) for v in (self.a, self.b, self.n)])
            return inputs

    layer = Scale(dtype="mixed_float16")
    layer(ones(api, 2))
    assert found[-1] == ["float16", "float32", "int32"]
    assert str(layer.a.dtype) == "float32"


@both
def test_outputs_are_inferred_in_the_compute_dtype(api):
    layer = api.layers.PReLU(dtype="mixed_float16")
    found = layer.compute_output_spec(api.KerasTensor((2, 3), dtype="float16"))
    assert found.dtype == "float16"


def test_a_cast_keeps_the_mask():
    class Masked(mk.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.supports_masking = True

        def call(self, inputs, mask=None):
            assert mask is not None
            set_mask(inputs, None)  # as some layers do with what they hand on
            return inputs

    x = mk.ops.ones((2, 3))
    set_mask(x, mk.ops.array([True, False]))
    for dtype in ("float16", "float32"):
        assert values(get_mask(Masked(dtype=dtype)(x))).tolist() == [True, False]
        set_mask(x, mk.ops.array([True, False]))


def test_a_mask_that_is_given_goes_with_the_output():
    layer = mk.layers.Activation("relu")
    mask = mk.ops.array([[True, False]])

    class Passing(mk.layers.Layer):
        def __init__(self):
            super().__init__()
            self.supports_masking = True

        def call(self, inputs, mask=None):
            return layer(inputs)

    out = Passing()(mk.ops.ones((1, 2, 3)), mask=mask)
    assert values(get_mask(out)).tolist() == [[True, False]]


@both
def test_weights_made_later_have_the_whole_path(api):
    class Outer(api.layers.Layer):
        def __init__(self):
            super().__init__(name="outer")
            self.dense = api.layers.Dense(4, name="dense")

        def build(self, input_shape):
            self.dense.build(input_shape)

        def call(self, inputs):
            return self.dense(inputs)

    layer = Outer()
    layer.build((None, 8))
    layer.dense.enable_lora(2)
    assert layer.dense.path == "outer/dense"
    assert layer.dense.lora_kernel_a.path == "outer/dense/lora_kernel_a"


@both
def test_policies_by_path(api):
    policies = api.dtype_policies.DTypePolicyMap("float32")
    policies["outer/dense"] = "mixed_float16"

    class Outer(api.layers.Layer):
        def __init__(self):
            super().__init__(name="outer", dtype=policies)
            self.dense = api.layers.Dense(4, name="dense", dtype=policies)
            self.other = api.layers.Dense(4, name="other", dtype=policies)

        def call(self, inputs):
            return self.dense(inputs), self.other(inputs)

    layer = Outer()
    first, second = layer(ones(api, 2, 3))
    assert (str(first.dtype), str(second.dtype)) == ("float16", "float32")
    assert (layer.dense.compute_dtype, layer.other.compute_dtype) == ("float16", "float32")
    layer.other.dtype_policy = "float64"
    assert policies["outer/other"].name == layer.other.compute_dtype == "float64"


@both
@pytest.mark.parametrize(("mode", "number"), [("int8", 3), ("int4", 5), ("float8", 8)])
def test_a_quantized_policy_quantizes(api, mode, number):
    layer = api.layers.Dense(2)
    layer.build((None, 2))
    layer.dtype_policy = f"{mode}_from_float32"
    assert layer.quantization_mode == mode
    assert len(layer.variables) == number
    with pytest.raises(ValueError, match="is already quantized with dtype_policy="):
        layer.quantize(mode)


@both
def test_policies_that_need_data(api):
    layer = api.layers.Dense(2)
    layer.build((None, 2))
    with pytest.raises(ValueError, match="Implicitly enabling GPTQ quantization"):
        layer.dtype_policy = "gptq/4/-1_from_float32"


@both
def test_shapes_of_an_unbuilt_layer_that_holds_unknown_classes(api):
    class Cell(api.layers.Layer):
        state_size = 3

        def build(self, input_shape):
            self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], 3))

        def call(self, inputs, states):
            state = api.ops.matmul(inputs, self.kernel) + states[0]
            return state, [state]

    layer = api.layers.RNN(Cell(), return_sequences=True)
    assert tuple(layer.compute_output_shape((2, 5, 4))) == (2, 5, 3)


@both
@pytest.mark.filterwarnings("ignore:You are saving a model that has not yet been built")
def test_an_embedding_built_without_a_shape_can_be_loaded(api, tmp_path):
    layer = api.layers.Embedding(5, 2)
    layer.build()
    assert layer.get_build_config() == {"shapes_dict": {}}
    model = api.Sequential([layer])
    model.save(tmp_path / "model.keras")
    loaded = api.models.load_model(tmp_path / "model.keras")
    x = np.array([[1, 4]])
    assert_close(values(loaded(x)), values(model(x)))
    layer.build_from_config(None)


@both
def test_symbolic_tensors_in_lists(api):
    a, b = api.Input((2,)), api.Input((2,))
    assert [a, b].index(b) == 1
    assert a not in [b]
    assert len({a, b}) == 2


def _with_build(build, call):
    return lambda api: type("Own", (api.layers.Layer,), {"build": build, "call": call})()


@both
@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            _with_build(lambda self, foo_shape, bar: None, lambda self, foo, bar: foo),
            "argument `bar`, which does not end in `_shape`",
        ),
        (
            _with_build(lambda self, foo_shape, baz_shape: None, lambda self, foo, bar: foo),
            r"`baz_shape`, but `call\(\)` does not have argument `baz`",
        ),
        (
            _with_build(
                lambda self, foo_shape: None,
                lambda self, foo, bar: self.add_weight(name="w", shape=()) * foo,
            ),
            "cannot add new elements of state",
        ),
    ],
)
def test_layers_that_cannot_be_built(api, layer, message):
    with pytest.raises(ValueError, match=message):
        layer(api)(ones(api, 2, 3), ones(api, 2, 3))


@both
@pytest.mark.parametrize("value", ["yes", 1, None])
def test_trainable_is_a_boolean(api, value):
    with pytest.raises(ValueError, match="to be a boolean"):
        api.layers.Dense(2, trainable=value)


@both
def test_what_a_bare_layer_does_not_have(api):
    layer = api.layers.Layer()
    layer.built = True
    with pytest.raises(NotImplementedError, match="does not have a `call` method implemented"):
        layer.call(None)
    with pytest.raises(NotImplementedError, match="does not have a `quantize` method implemented"):
        layer.quantize("int8")


@both
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shape": (2,), "batch_shape": (1, 2)}, "cannot pass both `shape` and `batch_shape`"),
        ({"batch_size": 1, "batch_shape": (1, 2)}, "cannot pass both `batch_size`"),
        ({}, "pass a `shape` argument"),
        ({"input_tensor": np.zeros(2)}, "Argument `input_tensor` must be a KerasTensor"),
        ({"shape": (2, 4)}, "cannot provide an incompatible `shape`"),
        ({"batch_shape": (2, 4)}, "cannot provide an incompatible `batch_shape`"),
        ({"batch_size": 5}, "cannot provide an incompatible `batch_size`"),
        ({"dtype": "float16"}, "cannot provide an incompatible `dtype`"),
        ({"sparse": True}, "cannot provide an incompatible `sparse`"),
    ],
)
def test_inputs_that_contradict_themselves(api, arguments, message):
    if "incompatible" in message:
        arguments = {**arguments, "input_tensor": api.KerasTensor((2, 3))}
    with pytest.raises(ValueError, match=message):
        api.layers.InputLayer(**arguments)


@both
def test_an_input_from_a_tensor(api):
    tensor = api.KerasTensor((2, 3), dtype="float16")
    layer = api.layers.InputLayer(
        shape=(3,), batch_size=2, dtype="float16", input_tensor=tensor, sparse=False
    )
    assert layer.output is tensor
    assert tuple(layer.batch_shape) == (2, 3)
    with pytest.warns(UserWarning, match="`input_shape` is deprecated"):
        api.layers.InputLayer(input_shape=(3,))


@both
@pytest.mark.parametrize("value", [3.7, "3", None, True, -1, 0])
def test_sizes_of_embeddings(api, value):
    with pytest.raises(ValueError, match="`input_dim` must be a positive integer"):
        api.layers.Embedding(value, 2)


@both
def test_weights_are_made_in_their_own_dtype(api):
    layer = api.layers.SpectralNormalization(api.layers.Dense(3), dtype="mixed_float16")
    layer(ones(api, 2, 4))
    assert [str(w.dtype) for w in layer.weights] == ["float32"] * len(layer.weights)


@both
def test_a_layer_that_computes_masks_supports_masking(api):
    class Plain(api.layers.Layer):
        def call(self, inputs):
            return inputs

    class Masking(Plain):
        def compute_mask(self, inputs, mask=None):
            return mask

    found = [make().supports_masking for make in (Plain, Masking)]
    assert [*found, api.layers.Pipeline([]).supports_masking] == [False, True, False]


@both
def test_configurations_keep_tuples(api):
    def config(name, *arguments):
        return getattr(api.layers, name)(*arguments).get_config()

    assert config("Conv2D", 3, 2)["kernel_size"] == (2, 2)
    assert config("AdaptiveMaxPooling2D", 2)["output_size"] == (2, 2)
    assert config("ZeroPadding2D", 2)["padding"] == ((2, 2), (2, 2))
    assert config("EinsumDense", "ab,bc->ac", 3)["output_shape"] == (3,)
    assert config("RandAugment")["value_range"] == (0, 255)


@both
def test_indices_in_half_precision(api):
    layer = api.layers.Embedding(5000, 2, dtype="mixed_float16")
    layer.build()
    found = values(layer(np.array([[4097.0]], "float32")))
    assert found.dtype == "float16"
    assert found[0, 0].tolist() == values(layer.get_weights()[0])[4097].astype("float16").tolist()


@both
def test_shapes_of_bins_before_they_are_learned(api):
    layer = api.layers.Discretization(num_bins=4, output_mode="one_hot")
    assert tuple(layer.compute_output_shape((None, 3, 1))) == (None, 3, 4)
    with pytest.raises(ValueError, match=r"You need .* call .*adapt"):
        layer(np.ones((2, 1)))


@both
@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda l: l.MultiHeadAttention(2, 2, output_shape=8.0), ValueError, "`output_shape`"),
        (lambda l: l.AdditiveAttention()(np.ones((1, 2, 2))), ValueError, "called on a list"),
        (lambda l: l.Attention()([np.ones((1, 2, 2))] * 4), ValueError, "length 2 or 3"),
        (lambda l: l.Permute((1, 3)), ValueError, "Invalid permutation .*dims"),
        (lambda l: l.RepeatVector(0), ValueError, "should be a positive integer"),
        (lambda l: l.CategoryEncoding(None), ValueError, "must be set to use this layer"),
        (lambda l: l.Normalization(mean=1.0), ValueError, "both `mean` and `variance` must be set"),
    ],
)
def test_refusals(api, make, error, message):
    with pytest.raises(error, match=message):
        make(api.layers)


@both
def test_a_layer_without_build_is_built_when_that_is_called(api):
    class Plain(api.layers.Layer):
        def call(self, inputs):
            return inputs

    layer = Plain()
    names = set(dir(layer))
    layer.build((2, 3))
    assert layer.built
    assert layer.get_build_config() == {"input_shape": (2, 3)}
    assert set(dir(layer)) == names
    with pytest.raises(ValueError, match="Unrecognized keyword arguments"):
        api.layers.Dense(2, unit=3)


@both
def test_a_shape_that_was_found_does_not_bind(api):
    model = api.Sequential([api.layers.GlobalMaxPooling1D(), api.layers.Dense(2)])
    lengths = [5, 3, 5]

    def batches():
        for n in lengths:
            yield (np.ones((2, n, 4), "float32"),)

    assert model.predict(batches(), steps=3, verbose=0).shape == (6, 2)
    assert api.Sequential([api.layers.Flatten()])(ones(api, 2, 3, 4)).shape == (2, 12)
    model.compile("sgd", "mse")
    for n in lengths:
        model.train_on_batch(np.ones((2, n, 4), "float32"), np.ones((2, 2), "float32"))


class _Counted:
    """Makes layers that hand on, or take over, an argument of the outermost call."""

    def __init__(self, api):
        class Inner(api.layers.Layer):
            def __init__(self):
                super().__init__()
                self._register_call_context_args("mode")

            def call(self, inputs, mode=None):
                return inputs + (1.0 if mode else 0.0)

        class Outer(api.layers.Layer):
            def __init__(self, inner):
                super().__init__()
                self.inner = inner

            def call(self, inputs):
                return self.inner(inputs)

        class Deaf(api.layers.Layer):
            def call(self, inputs, mode=None):
                return inputs + (1.0 if mode else 0.0)

        self.inner, self.outer, self.deaf = Inner, Outer, Deaf


@both
def test_arguments_of_the_call_around(api):
    make = _Counted(api)
    layer = make.outer(make.outer(make.inner()))
    layer._register_call_context_args("mode")
    assert set(layer._call_context_args) == {"training", "mode"}
    x = np.zeros((1, 1), "float32")
    assert float(layer(x, mode=True)[0, 0]) == 1
    assert float(layer(x)[0, 0]) == 0
    deaf = make.outer(make.deaf())
    deaf._register_call_context_args("mode")
    assert float(deaf(x, mode=True)[0, 0]) == 0
    with pytest.raises(RuntimeError, match="after the layer has been called"):
        deaf._register_call_context_args("other")


@both
def test_arguments_of_the_call_around_models(api):
    make = _Counted(api)
    x = np.zeros((1, 1), "float32")
    sequential = api.Sequential([api.layers.Identity(), make.outer(make.inner())])
    start = api.Input((1,))
    functional = api.Model(start, make.outer(make.inner())(api.layers.Identity()(start)))
    for model in (sequential, functional):
        model._register_call_context_args("mode")
        assert float(model(x, mode=True)[0, 0]) == 1
        assert float(model(x)[0, 0]) == 0


@both
@pytest.mark.parametrize("wants_scores", [False, True])
def test_attention_of_ones_own(api, wants_scores):
    class Own(api.layers.MultiHeadAttention):
        def call(self, query, value):
            found, _ = self._compute_attention(
                self._query_dense(query),
                self._key_dense(value),
                self._value_dense(value),
                attention_mask=api.ops.ones((1, 5, 5), dtype="bool"),
                return_attention_scores=wants_scores,
                use_causal_mask=True,
            )
            return self._output_dense(found)

    x = np.random.default_rng(0).normal(size=(2, 5, 8)).astype("float32")
    own = Own(2, 4)
    own.build((2, 5, 8), (2, 5, 8))
    plain = api.layers.MultiHeadAttention(2, 4)
    plain.build((2, 5, 8), (2, 5, 8))
    plain.set_weights(own.get_weights())
    assert plain.query_dense is plain._query_dense
    assert_close(values(own(x, x)), values(plain(x, x, use_causal_mask=True)), rtol=1e-4)


def test_masks_that_are_left_when_python_ends():
    code = (
        "import minikeras as mk, sys\n"
        "from minikeras.backend import masks\n"
        "sys.kept = mk.layers.Masking()(mk.ops.ones((1, 2, 3)))\n"
        "masks._table_of_old, masks._table = masks._table, None\n"
        "del sys.kept\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert found.returncode == 0
    assert "Exception" not in found.stderr


def rows_added(api, slices, count=8):
    """A layer with a row for each of so many steps, of which a call takes the first ones."""

    def build(self, input_shape):
        shape = (count, input_shape[-1])
        self.table = self.add_weight(name="table", shape=shape, initializer="ones")

    def call(self, x):
        return x + slices(api, self.table, api.ops.shape(x)[1])

    return type("Rows", (api.layers.Layer,), {"build": build, "call": call})()


@both
@pytest.mark.parametrize(
    "slices",
    [
        lambda api, table, steps: table[:steps],
        lambda api, table, steps: api.ops.take(table, api.ops.arange(steps), axis=0),
    ],
    ids=["slice", "take"],
)
def test_fewer_rows_than_an_unknown_side_may_have(api, slices):
    layer = rows_added(api, slices)
    x = api.Input((8, 3))
    model = api.Model(x, layer(x))
    assert_close(model(ones(api, 2, 8, 3)), np.full((2, 8, 3), 2.0, "float32"))


@pytest.mark.parametrize("count", [3, 8])
@pytest.mark.parametrize("batch", [None, 2])
def test_a_short_table_for_an_unknown_number_of_steps(batch, count):
    """In Keras the number of steps is None in such a `call`, and code on None passes there."""

    def block(api, table, steps):
        return api.ops.slice(table, (0, 0), (steps, 4))

    x = mk.Input(batch_shape=(batch, None, 4))
    model = mk.Model(x, rows_added(mk, block, count)(x))
    assert model.output_shape == (batch, None, 4)
    assert_close(model(ones(mk, 2, count, 4)), np.full((2, count, 4), 2.0, "float32"))


@both
def test_attention_of_ones_own_with_projections_of_its_own(api):
    class Unbiased(api.layers.MultiHeadAttention):
        def build(self, query_shape, value_shape, key_shape=None):
            self._use_bias = False
            for name in ("query", "key", "value"):
                depth = self._value_dim if name == "value" else self._key_dim
                layer = api.layers.EinsumDense(
                    "abc,cde->abde",
                    output_shape=(None, self._num_heads, depth),
                    bias_axes="de" if self._use_bias else None,
                    name=name,
                    **self._get_common_kwargs_for_sublayer(),
                )
                layer.build(query_shape)
                setattr(self, f"_{name}_dense", layer)
            self._gate_dense = None
            self._build_attention(4)
            self._output_dense = api.layers.Dense(query_shape[-1], name="attention_output")
            self.built = True

        def call(self, query, value, key=None, attention_mask=None):
            queries, keys, values = (
                layer(x)
                for layer, x in (
                    (self._query_dense, query),
                    (self._key_dense, value),
                    (self._value_dense, value),
                )
            )
            scores = api.ops.einsum(self._dot_product_equation, keys, queries)
            weights = self._masked_softmax(scores, attention_mask)
            mixed = api.ops.einsum(self._combine_equation, weights, values)
            return self._output_dense(api.ops.reshape(mixed, (2, -1, 8)))

    layer = Unbiased(2, 4, kernel_initializer="ones", name="own")
    mask = np.tril(np.ones((1, 5, 5), bool))
    x = np.linspace(0, 1, 30, dtype="float32").reshape(2, 5, 3)
    y = layer(api.ops.convert_to_tensor(x), api.ops.convert_to_tensor(x), attention_mask=mask)
    assert [w.path for w in layer.weights[:3]] == [
        f"own/{name}/kernel" for name in ("query", "key", "value")
    ]
    # All kernels are ones, so the first step, which sees itself alone, is the sum of its numbers.
    first = values(layer._value_dense(api.ops.convert_to_tensor(x)))[:, 0].reshape(2, 8)
    kernel, bias = (values(w) for w in layer._output_dense.get_weights())
    assert_close(values(y)[:, 0], first @ kernel + bias, 1e-4)


@both
def test_a_name_for_messages_is_taken(api):
    config = {"class_name": "L2", "module": "keras.regularizers", "config": {"l2": 0.5}}
    made = api.saving.deserialize_keras_object(config, printable_module_name="regularizers")
    assert float(made.l2) == 0.5


@both
def test_a_layer_may_refuse_to_be_recorded(api):
    counts = []

    class Counting(api.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.supports_jit = False

        def call(self, x):
            counts.append(len(counts))
            return x

    def made(**how):
        model = api.Sequential([api.Input((2,)), Counting(), api.layers.Dense(1)])
        model.compile("sgd", "mse", **how)
        return model

    assert api.layers.Dense(1).supports_jit
    model = made()
    assert not model.jit_compile
    with pytest.warns(UserWarning, match="doesn't support `jit_compile=True`"):
        assert not made(jit_compile=True).jit_compile
    with pytest.warns(UserWarning, match="doesn't support `jit_compile=True`"):
        model.jit_compile = True
    assert not model.jit_compile
    if api is mk:
        del counts[:]
        model.fit(np.ones((24, 2), "float32"), np.ones((24, 1)), batch_size=4, verbose=0)
        assert len(counts) >= 6


@both
def test_layers_that_a_functional_subclass_held_before_its_graph_come_first(api, tmp_path):
    """Which is the order of weights in lists of them, and of the optimizer's in files."""

    class Backbone(api.Model):
        def __init__(self):
            x = api.Input((2,))
            self.last = api.layers.Dense(1, name="last")
            self.blocks = [api.layers.Dense(3, name="b0"), api.layers.Dense(3, name="b1")]
            first = api.layers.Dense(2, name="first")
            y = self.blocks[1](self.blocks[0](first(x)))
            super().__init__(x, self.last(y))
            self.beside = api.layers.Dense(4, name="beside")
            self.beside.build((None, 2))

    model = Backbone()
    names = [w.path.split("/")[-2] for w in model.weights if w.name == "kernel"]
    assert names == ["last", "b0", "b1", "first", "beside"]
    assert [layer.name for layer in model.layers[1:]] == ["first", "b0", "b1", "last"]
    model.save_weights(tmp_path / "b.weights.h5")
    other = Backbone()
    other.load_weights(tmp_path / "b.weights.h5")
    assert_close(other.get_weights(), [values(w.value) for w in model.weights])


def layers_in_lists(api):
    """A model whose layers are appended to lists and dicts after other attributes were set."""
    dense = lambda name: api.layers.Dense(2, name=name)

    class Branches(api.Model):
        def __init__(self):
            super().__init__()
            self.wide, self.named, self.deep = [], {}, []
            self.first = dense("first")
            for i in range(2):
                self.wide.append(dense(f"wide{i}"))
                self.deep.append([dense(f"deep{i}")])
            self.named["x"] = dense("named")
            self.last = dense("last")
            later = dense("later")
            self.pair = (dense("one"), later)
            self.wide.append(dense("wide2"))
            self.first = dense("instead")

        def call(self, x):
            layers = [
                self.first,
                *self.wide,
                *(d for (d,) in self.deep),
                self.named["x"],
                self.last,
            ]
            for layer in (*layers, *self.pair):
                x = layer(x)
            return x

    model = Branches()
    model(np.zeros((1, 2), "float32"))
    return model


ARRIVED = ["wide0", "deep0", "wide1", "deep1", "named", "last", "one", "later", "wide2", "instead"]


@both
def test_weights_stand_in_the_order_in_which_their_layers_came(api):
    model = layers_in_lists(api)
    # Keras keeps what an attribute held before it was set anew.
    assert [layer.name for layer in model.layers if layer.name != "first"] == ARRIVED
    names = [v.path.split("/")[-2] for v in model.weights[::2]]
    assert [name for name in names if name != "first"] == ARRIVED


def test_copies_keep_the_order_of_weights():
    model = layers_in_lists(mk)
    twin = copy.deepcopy(model)
    twin.wide.append(mk.layers.Dense(2, name="more"))
    assert [layer.name for layer in twin.layers] == [*ARRIVED, "more"]
    assert [layer.name for layer in model.layers] == ARRIVED


def test_keras_2_has_the_layers_of_a_list_at_the_place_of_the_list():
    with era_scope(2):
        names = [layer.name for layer in layers_in_lists(mk).layers]
    # As tf_keras 2.21 orders them.
    assert names == [
        "wide0", "wide1", "wide2", "named", "deep0", "deep1", "last", "one", "later", "instead",
    ]  # fmt: skip


def test_a_layer_that_is_given_up_is_not_kept():
    model = layers_in_lists(mk)
    given_up = weakref.ref(model.last)
    model.last = None
    gc.collect()
    assert given_up() is None
    assert [layer.name for layer in model.layers] == [name for name in ARRIVED if name != "last"]

"""Processes: steps that several of them make together give what one gives alone."""

import math
import multiprocessing
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import minikeras as mk
from minikeras.backend import standardization
from minikeras.backend.program import replay, replicas, sections, sharing
from minikeras.backend.xp import ON_GPU
from tests.support import values
from tests.zoo import MODELS, batches

pytestmark = pytest.mark.skipif(
    ON_GPU or sys.platform != "linux", reason="processes are forked on Linux, with NumPy"
)
layers, ops = mk.layers, mk.ops
BATCH = 12


@pytest.fixture(autouse=True)
def small_steps_are_shared_out(monkeypatch):
    """From the fourth step on; in float64, so that only rounding differs, and little."""
    monkeypatch.setattr(sharing, "_LEAST", 0)
    monkeypatch.setattr(sharing, "_LEAST_BEFORE", 1)
    monkeypatch.setattr(sharing, "_MOST_LEFT", math.inf)
    monkeypatch.setitem(mk.config._workers, "processes", None)
    mk.config.set_floatx("float64")
    yield
    assert multiprocessing.active_children() == []


def outcome(model, history):
    """The history of a model and all its variables, those of its metrics and optimizer too."""
    found = [v for metric in model.metrics for v in metric.variables]
    found += [*model.variables, *model.optimizer.variables]
    logs = history if isinstance(history, dict) else history.history
    return {**logs, **{f"{i} {v.path}": values(v.array) for i, v in enumerate(found)}}


def is_shared(model, kind="train"):
    return any(plan.sharing is not None for _, plan in model._steps[kind].plans())


def trained(build, number, data, train=None, **arguments):
    """A model after some steps that so many processes made, and its `outcome`.

    Args:
        build: gives a model that is compiled; it is called with a random seed of its own.
        data: x, y and perhaps sample weights, or a function that gives them for the model.
        train: what to do instead of one call of `fit`, a function of the model and the data.
    """
    mk.utils.clear_session()
    mk.utils.set_random_seed(3)
    mk.config.set_num_processes(number)
    model = build()
    data = data(model) if callable(data) else data
    if train is not None:
        return model, outcome(model, train(model, data))
    arguments = {"epochs": 2, "batch_size": BATCH, "verbose": 0, **arguments}
    return model, outcome(model, model.fit(*data[:2], **weighted(data), **arguments))


def weighted(data):
    return {"sample_weight": data[2]} if len(data) > 2 else {}


def assert_same(found, expected, rtol=1e-9, atol=1e-12):
    assert list(found) == list(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol, atol, err_msg=name)


def compare(build, data, train=None, numbers=(2, 3), shared=True, rtol=1e-9, **arguments):
    """Assert that a model learns the same in several processes, or alone where it must."""
    model, expected = trained(build, 1, data, train, **arguments)
    assert not is_shared(model)
    for number in numbers:
        model, found = trained(build, number, data, train, **arguments)
        assert is_shared(model) == shared
        assert_same(found, expected, rtol)
    return model


def compiled(model, loss="mse", optimizer=None, **arguments):
    model.compile(optimizer or mk.optimizers.SGD(0.1, momentum=0.9), loss, **arguments)
    return model


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def words(count, length, seed=0):
    """Indices of words, padded with 0."""
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 20, (count, length)).astype("int32")
    x[np.arange(length) >= rng.integers(2, length + 1, count)[:, None]] = 0
    return x


def dense():
    """A small model for what has nothing to do with layers."""
    stack = [mk.Input((3,)), layers.Dense(4, activation="tanh"), layers.Dense(2)]
    return compiled(mk.Sequential(stack), metrics=["mae"])


X, Y = numbers(6 * BATCH, 3), numbers(6 * BATCH, 2, seed=1)


# Models


@pytest.mark.parametrize("name", MODELS)
def test_models_learn_the_same(name):
    def build():
        loss = "sparse_categorical_crossentropy"
        return compiled(MODELS[name](mk), loss, metrics=["accuracy"])

    def data(model):
        return tuple(map(np.concatenate, zip(*batches(model, 6, BATCH))))

    compare(build, data)


def convnet(first):
    return [
        mk.Input((3, 9, 8) if first else (9, 8, 3)),
        layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
        layers.BatchNormalization(),
        layers.SpatialDropout2D(0.3),
        layers.Conv2D(4, 3, groups=2),
        layers.MaxPooling2D(2, padding="same"),
        layers.SeparableConv2D(6, 2, padding="same", activation="elu"),
        layers.Conv2DTranspose(3, 2, strides=2),
        layers.GroupNormalization(3, axis=1 if first else -1),
        layers.AveragePooling2D(2, strides=1),
        layers.GlobalMaxPooling2D(),
        layers.Dense(2),
    ]


def normalized(**how):
    return [mk.Input((5, 3)), layers.Dense(4), layers.BatchNormalization(**how), layers.Flatten()]


def recurrent(layer, **how):
    return [
        mk.Input((7,), dtype="int32"),
        layers.Embedding(20, 6, mask_zero=True),
        layer(5, return_sequences=True, **how),
        layer(4, **how),
        layers.Dense(2),
    ]


DROPPED = {"dropout": 0.3, "recurrent_dropout": 0.2}
STACKS = {
    "convolutions": lambda: convnet(first=False),
    "batch normalization": normalized,
    "normalization without scale": lambda: normalized(scale=False),
    "normalization without offset": lambda: normalized(center=False),
    "normalization without either": lambda: normalized(scale=False, center=False),
    "normalization of axis 1": lambda: normalized(axis=1),
    "normalization of the data": lambda: [
        mk.Input((5, 3)),
        layers.BatchNormalization(),
        layers.Dense(4),
        layers.Flatten(),
    ],
    "simple rnn": lambda: recurrent(layers.SimpleRNN),
    "simple rnn with dropout": lambda: recurrent(layers.SimpleRNN, **DROPPED),
    "gru": lambda: recurrent(layers.GRU),
    "gru of another kind": lambda: recurrent(layers.GRU, reset_after=False),
    "gru with dropout": lambda: recurrent(layers.GRU, **DROPPED),
    "lstm": lambda: recurrent(layers.LSTM),
    "lstm with dropout": lambda: recurrent(layers.LSTM, **DROPPED),
    "lstm backwards": lambda: recurrent(layers.LSTM, go_backwards=True, unit_forget_bias=False),
    "embedding": lambda: [
        mk.Input((7,), dtype="int32"),
        layers.Embedding(20, 6, mask_zero=True),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True), merge_mode="sum"),
        layers.Bidirectional(layers.GRU(4), merge_mode="concat"),
        layers.Dropout(0.4),
        layers.Dense(3, kernel_regularizer="l2", kernel_constraint="max_norm"),
    ],
    "volumes": lambda: [
        mk.Input((4, 5, 4, 2)),
        layers.Conv3D(3, 2, padding="same"),
        layers.BatchNormalization(),
        layers.PReLU(shared_axes=[1, 2, 3]),
        layers.MaxPooling3D(2),
        layers.Flatten(),
    ],
    "images": lambda: [
        mk.Input((6, 6, 2)),
        layers.Rescaling(0.5),
        layers.RandomFlip(),
        layers.RandomContrast(0.2),
        layers.ZeroPadding2D(1),
        layers.SpectralNormalization(layers.Conv2D(4, 3)),
        layers.UpSampling2D(2, interpolation="bilinear"),
        layers.DepthwiseConv2D(3, strides=2),
        layers.Resizing(3, 4),
        layers.LayerNormalization(axis=[1, 2, 3]),
        layers.Permute((3, 1, 2)),
        layers.Reshape((-1, 4)),
        layers.EinsumDense("abc,bcd->ad", (3,)),
        layers.RepeatVector(2),
        layers.GlobalMaxPooling1D(),
    ],
    "series": lambda: [
        mk.Input((6, 4)),
        layers.RNN([layers.LSTMCell(3), layers.GRUCell(4)], return_sequences=True),
        layers.Conv1DTranspose(3, 2),
        layers.Softmax(axis=1),
        layers.AveragePooling1D(2),
        layers.UpSampling1D(2),
        layers.RMSNormalization(),
    ],
    "random layers": lambda: [
        mk.Input((5, 3)),
        layers.GaussianNoise(0.3),
        layers.GaussianDropout(0.2),
        layers.AlphaDropout(0.2),
        layers.Conv1D(4, 2, dilation_rate=2, padding="causal"),
        layers.LayerNormalization(),
        layers.ActivityRegularization(l2=0.01),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.UnitNormalization(),
        layers.Dense(3),
    ],
}


@pytest.mark.parametrize("name", STACKS)
def test_stacks_of_layers_learn_the_same(name):
    def data(model):
        shape, rows = model.input_shape[1:], 6 * BATCH
        is_words = str(model.inputs[0].dtype) == "int32"
        x = words(rows, *shape) if is_words else numbers(rows, *shape)
        return x, numbers(rows, *model.output_shape[1:], seed=1)

    compare(lambda: compiled(mk.Sequential(STACKS[name]()), metrics=["mae"]), data)


def test_channels_first():
    mk.config.set_image_data_format("channels_first")
    data = numbers(6 * BATCH, 3, 9, 8), numbers(6 * BATCH, 2, seed=1)
    compare(lambda: compiled(mk.Sequential(convnet(first=True))), data)


@pytest.mark.parametrize("mask", [True, False])
def test_attention(mask):
    def build():
        x = mk.Input((7,), dtype="int32")
        y = layers.Embedding(20, 8, mask_zero=mask)(x)
        y = layers.MultiHeadAttention(2, 4, dropout=0.2)(y, y, use_causal_mask=True)
        y = layers.Attention(score_mode="concat")([y, y])
        if not mask:
            y = layers.GroupQueryAttention(4, 4, 2)(y, y)
            y = layers.AdditiveAttention()([y, y])
            y = layers.TimeDistributed(layers.Dense(4))(y)
        y = layers.GlobalAveragePooling1D()(y)
        return compiled(mk.Model(x, layers.Dense(3)(y)))

    compare(build, (words(6 * BATCH, 7), numbers(6 * BATCH, 3)))


def test_several_inputs_and_outputs():
    def build():
        a, b = mk.Input((3,), name="a"), mk.Input((4, 2), name="b")
        y = layers.Concatenate()([layers.Dense(4)(a), layers.Flatten()(b)])
        y = layers.BatchNormalization()(y)
        outputs = {
            "first": layers.Dense(2, name="first")(y),
            "second": layers.Dense(5, activation="softmax", name="second")(y),
        }
        return compiled(
            mk.Model([a, b], outputs),
            {"first": "mae", "second": "sparse_categorical_crossentropy"},
            loss_weights={"first": 2.0, "second": 0.5},
            metrics={"second": ["accuracy", mk.metrics.SparseTopKCategoricalAccuracy(2)]},
            weighted_metrics={"first": ["mse"]},
        )

    rows = 6 * BATCH
    x = [numbers(rows, 3), numbers(rows, 4, 2)]
    rng = np.random.default_rng(2)
    y = {"first": numbers(rows, 2, seed=4), "second": rng.integers(0, 5, rows)}
    compare(build, (x, y))
    weights = {"first": rng.uniform(size=rows), "second": rng.integers(0, 3, rows) + 0.0}
    compare(build, (x, y, weights), numbers=[2])


@pytest.mark.parametrize("weights", ["of samples", "of classes"])
def test_weights_of_samples(weights):
    def build():
        stack = [mk.Input((3,)), layers.Dense(8, "relu"), layers.Dense(5, "softmax")]
        how = {"metrics": ["accuracy"], "weighted_metrics": ["accuracy"]}
        return compiled(mk.Sequential(stack), "sparse_categorical_crossentropy", **how)

    rng = np.random.default_rng(2)
    data = [numbers(6 * BATCH, 3), rng.integers(0, 5, 6 * BATCH)]
    if weights == "of samples":
        compare(build, [*data, rng.uniform(size=6 * BATCH)])
    else:
        compare(build, data, class_weight={0: 0.5, 1: 2.0, 2: 0.0, 3: 1.0, 4: 3.0})


LOSSES = {
    "binary_crossentropy": ("sigmoid", lambda rng, rows: rng.integers(0, 2, (rows, 4)) + 0.0),
    "categorical_crossentropy": ("softmax", lambda rng, rows: np.eye(4)[rng.integers(0, 4, rows)]),
    "categorical_hinge": (None, lambda rng, rows: np.eye(4)[rng.integers(0, 4, rows)]),
    "cosine_similarity": (None, lambda rng, rows: rng.normal(size=(rows, 4))),
    "huber": (None, lambda rng, rows: rng.normal(size=(rows, 4))),
    "kl_divergence": ("softmax", lambda rng, rows: np.eye(4)[rng.integers(0, 4, rows)]),
    "log_cosh": (None, lambda rng, rows: rng.normal(size=(rows, 4))),
    "poisson": ("softplus", lambda rng, rows: rng.integers(0, 4, (rows, 4)) + 0.0),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_losses(loss):
    activation, labels = LOSSES[loss]
    y = labels(np.random.default_rng(2), 6 * BATCH)
    stack = lambda: [mk.Input((3,)), layers.Dense(8, "gelu"), layers.Dense(4, activation)]
    compare(lambda: compiled(mk.Sequential(stack()), loss), (X, y), numbers=[3])


def test_mixed_precision_of_16_bits():
    """Half the digits go into each product, and sums of parts are rounded in another way."""

    def build():
        mk.mixed_precision.set_global_policy("mixed_float16")
        stack = [mk.Input((3,)), layers.Dense(8, "relu"), layers.BatchNormalization()]
        stack += [layers.Dense(2, dtype="float32")]
        return compiled(mk.Sequential(stack), optimizer=mk.optimizers.SGD(0.01))

    mk.config.set_floatx("float32")
    model, expected = trained(build, 1, (X, Y))
    for number in (2, 3):
        model, found = trained(build, number, (X, Y))
        assert is_shared(model)
        assert_same(found, expected, rtol=2e-2, atol=2e-3)


@pytest.mark.parametrize(
    "name",
    [
        "batch_norm_cnn",
        "transformer",
        "convolutions",
        "batch normalization",
        "normalization without scale",
        "normalization without either",
        "normalization of axis 1",
        "gru with dropout",
    ],
)
def test_large_models(name, monkeypatch):
    """Kernels work in blocks there, and sections of a process's share in parts."""
    for threshold in ("_LEAST", "_PART", "_LEAST_ROWS"):
        monkeypatch.setattr(sections, threshold, 1)
    monkeypatch.setattr(sections, "_LEAST_OF_CALL", 0)
    monkeypatch.setattr(sections, "_MOST_PARTS", 2)
    monkeypatch.setattr(standardization, "_MANY", 1)
    (test_models_learn_the_same if name in MODELS else test_stacks_of_layers_learn_the_same)(name)


# Models that one process trains


class Mixing(layers.Layer):
    """Lets samples see each other."""

    def __init__(self, mix):
        super().__init__()
        self.mix = mix

    def call(self, x):
        return x + 0.1 * self.mix(x)


@pytest.mark.parametrize(
    "mix",
    [
        lambda x: ops.flip(x, axis=0),
        lambda x: ops.roll(x, 1, axis=0),
        lambda x: ops.cumsum(x, axis=0),
        lambda x: ops.max(x, axis=0),
        lambda x: x[::-1],
        lambda x: ops.sort(x, axis=0),
        lambda x: ops.softmax(x, axis=0),
        lambda x: ops.concatenate([x[6:], x[:6]], axis=0),
        lambda x: ops.reshape(ops.transpose(ops.reshape(x, (2, -1, 4)), (1, 0, 2)), (-1, 4)),
    ],
    ids=["flip", "roll", "cumsum", "max", "index", "sort", "softmax", "concatenate", "reshape"],
)
def test_a_layer_that_mixes_samples_is_trained_alone(mix):
    stack = lambda: [mk.Input((3,)), layers.Dense(4), Mixing(mix), layers.Dense(2)]
    compare(lambda: compiled(mk.Sequential(stack())), (X, Y), numbers=[2], shared=False)


@pytest.mark.parametrize(
    "mix",
    [
        lambda x: ops.mean(x, axis=0),
        lambda x: ops.sum(ops.square(x), axis=0, keepdims=True),
        lambda x: ops.matmul(ops.matmul(x, ops.transpose(x)), x),
        lambda x: ops.var(x, axis=0),
        lambda x: ops.einsum("bi,bj->ij", x, x)[0],
        lambda x: ops.std(x) * ops.mean(x),
    ],
    ids=["mean", "sum", "product", "variance", "einsum", "everything"],
)
def test_a_layer_that_sums_over_samples_is_right(mix):
    """It may be shared out, or not: what counts are the numbers."""
    stack = lambda: [mk.Input((3,)), layers.Dense(4), Mixing(mix), layers.Dense(2)]
    build = lambda: compiled(mk.Sequential(stack()), optimizer=mk.optimizers.SGD(0.01))
    _, expected = trained(build, 1, (X, Y))
    for number in (2, 3):
        assert_same(trained(build, number, (X, Y))[1], expected)


def test_states_that_are_kept_for_each_sample_are_made_alone():
    stack = lambda: [mk.Input((5, 3), batch_size=BATCH), layers.LSTM(4, stateful=True)]
    data = numbers(6 * BATCH, 5, 3), numbers(6 * BATCH, 4)
    compare(lambda: compiled(mk.Sequential(stack())), data, numbers=[2], shared=False)


@pytest.mark.parametrize(("size", "numbers"), [(11, [2, 3]), (13, [3]), (7, [2]), (1, [2])])
def test_a_batch_that_cannot_be_cut_is_made_alone(size, numbers):
    data = X[: 6 * size], Y[: 6 * size]
    compare(dense, data, numbers=numbers, shared=False, batch_size=size)


def test_fewer_processes_where_the_batch_allows_no_more():
    model = compare(dense, (X[:60], Y[:60]), numbers=[3], batch_size=10)
    assert "among 2 processes" in model._steps["train"].plans()[0][1].sharing


def test_strings_are_read_by_one_process():
    def build():
        x = mk.Input((1,), dtype="string")
        table = layers.StringLookup(vocabulary=["a", "b", "c"])
        return compiled(
            mk.Model(x, layers.Dense(2)(layers.Flatten()(layers.Embedding(5, 3)(table(x)))))
        )

    x = np.array(list("abcd") * 18).reshape(-1, 1)
    compare(build, (x, Y), numbers=[2], shared=False)


# What happens between steps


class Between(mk.callbacks.Callback):
    """Does something once, before a batch of an epoch."""

    def __init__(self, function, batch=4, epoch=1):
        super().__init__()
        self.function, self.place, self.epoch = function, (epoch, batch), -1

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == self.place:
            self.function(self.model)


def set_weights(model):
    model.set_weights([0.5 * w + 0.01 for w in model.get_weights()])


def assign_momentum(model):
    for variable in model.optimizer.variables:
        if "momentum" in variable.path:
            variable.assign(variable * 0.3)


def assign_one_element(model):
    kernel = model.layers[0].kernel
    kernel.assign(ops.slice_update(kernel, (0, 0), ops.ones((1, 1), "float64")))


def freeze(model):
    model.layers[0].trainable = False


def reset(model):
    model.reset_metrics()


def halve_the_rate(model):
    model.optimizer.learning_rate = 0.5 * float(model.optimizer.learning_rate)


def train_on_another_batch(model):
    model.train_on_batch(X[:5], Y[:5])
    model.train_on_batch(X[:BATCH], Y[:BATCH])


def evaluate(model):
    for _ in range(6):
        model.evaluate(X[:20], Y[:20], batch_size=5, verbose=0)
        model.predict(X[:20], batch_size=10, verbose=0)


def fit_again(model):
    model.fit(X[:50], Y[:50], epochs=3, batch_size=BATCH, verbose=0)


def train_another_model(model):
    other = mk.Sequential([mk.Input((3,)), layers.Dense(2, kernel_initializer="zeros")])
    compiled(other).fit(X, Y, batch_size=8, epochs=2, verbose=0)


@pytest.mark.parametrize(
    "function",
    [
        set_weights,
        assign_momentum,
        assign_one_element,
        freeze,
        reset,
        halve_the_rate,
        train_on_another_batch,
        evaluate,
        fit_again,
        train_another_model,
    ],
)
def test_what_callbacks_change_reaches_all_processes(function):
    def train(model, data):
        callbacks = [Between(function), Between(function, batch=2, epoch=2)]
        return model.fit(*data, epochs=4, batch_size=BATCH, verbose=0, callbacks=callbacks)

    compare(dense, (X, Y), train)


def test_schedules_of_the_learning_rate():
    halve = lambda: mk.callbacks.LearningRateScheduler(lambda epoch, rate: rate / (1 + epoch))
    fit = lambda model, data: model.fit(
        *data, epochs=3, batch_size=BATCH, verbose=0, callbacks=[halve()]
    )
    compare(dense, (X, Y), fit)
    rate = mk.optimizers.schedules.ExponentialDecay(0.1, 4, 0.7)
    stack = lambda: [mk.Input((3,)), layers.Dense(2)]
    compare(lambda: compiled(mk.Sequential(stack()), optimizer=mk.optimizers.SGD(rate)), (X, Y))


def test_steps_are_not_recorded_anew_for_a_rate_that_changes():
    recorded = []

    class Rates(mk.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            self.model.optimizer.learning_rate = 0.1 / (batch + 1)

        def on_train_batch_end(self, batch, logs=None):
            recorded.append(self.model._steps["train"].plans()[0][1].attempts)

    def train(model, data):
        return model.fit(*data, epochs=2, batch_size=BATCH, verbose=0, callbacks=[Rates()])

    compare(dense, (X, Y), train)
    assert max(recorded) == 3  # the first makes the state of the optimizer


@pytest.mark.parametrize("count", [6 * BATCH - 5, 6 * BATCH - 4, 6 * BATCH + 1])
def test_a_last_smaller_batch(count):
    data = numbers(count, 3), numbers(count, 2, seed=1)
    compare(dense, data, epochs=7)


def test_validation_and_what_follows_from_it(tmp_path):
    """A test step sums over samples too, so it is shared out as well."""
    held = numbers(4 * BATCH + 3, 3, seed=5), numbers(4 * BATCH + 3, 2, seed=6)

    def train(model, data):
        path = str(tmp_path / "best.weights.h5")
        callbacks = [
            mk.callbacks.ModelCheckpoint(
                path, "val_loss", save_best_only=True, save_weights_only=True
            ),
            mk.callbacks.EarlyStopping("val_loss", patience=1, restore_best_weights=True),
            mk.callbacks.ReduceLROnPlateau("val_loss", patience=1, min_delta=1.0),
        ]
        arguments = {"batch_size": BATCH, "verbose": 0, "validation_data": held}
        history = model.fit(*data, epochs=8, callbacks=callbacks, **arguments).history
        assert is_shared(model, "test") == (mk.config.num_processes() > 1)
        model.load_weights(path)
        return {**history, "again": model.evaluate(*held, verbose=0)}

    compare(dense, (X, Y), train)


def test_several_steps_at_a_time():
    def build():
        stack = [mk.Input((3,)), layers.Dense(4, "tanh"), layers.Dropout(0.3), layers.Dense(2)]
        return compiled(mk.Sequential(stack), steps_per_execution=4)

    compare(build, (X, Y))


def test_generators_and_shuffled_data():
    def train(model, data):
        x, y = data
        batches = ((x[i : i + BATCH], y[i : i + BATCH]) for i in range(0, len(x), BATCH))
        first = model.fit(batches, verbose=0).history
        second = model.fit(x, y, shuffle=True, epochs=3, batch_size=BATCH, verbose=0).history
        return {f"{i} {k}": v for i, h in enumerate((first, second)) for k, v in h.items()}

    compare(dense, (X, Y), train)


class Batches(mk.utils.PyDataset):
    def __len__(self):
        return 6

    def __getitem__(self, i):
        here = slice(i * BATCH, (i + 1) * BATCH)
        return X[here], Y[here]


@pytest.mark.parametrize("how", [{}, {"use_multiprocessing": True}], ids=["threads", "processes"])
def test_workers_that_read_data(how):
    def train(model, data):
        return model.fit(Batches(workers=2, **how), shuffle=False, verbose=0)

    compare(dense, None, train, numbers=[2])


OPTIMIZERS = {
    "accumulation": lambda: mk.optimizers.SGD(0.1, gradient_accumulation_steps=3),
    "moving average": lambda: mk.optimizers.SGD(0.1, use_ema=True),
    "moving average at times": lambda: mk.optimizers.SGD(
        0.1, use_ema=True, ema_overwrite_frequency=5
    ),
    "clipped norm": lambda: mk.optimizers.SGD(0.1, clipnorm=0.1),
    "clipped global norm": lambda: mk.optimizers.SGD(0.1, global_clipnorm=0.1),
    "clipped values": lambda: mk.optimizers.SGD(0.1, clipvalue=0.05),
    "nesterov": lambda: mk.optimizers.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "loss scale": lambda: mk.optimizers.LossScaleOptimizer(mk.optimizers.SGD(0.1)),
    "rmsprop": lambda: mk.optimizers.RMSprop(0.01, centered=True),
    "adam": lambda: mk.optimizers.Adam(0.01, amsgrad=True),
    "lion": lambda: mk.optimizers.Lion(0.01),
    "muon": lambda: mk.optimizers.Muon(0.01),
    "adafactor": lambda: mk.optimizers.Adafactor(0.01),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(name):
    stack = lambda: [mk.Input((3,)), layers.Dense(4, "tanh"), layers.Dense(2)]
    build = lambda: compiled(mk.Sequential(stack()), optimizer=OPTIMIZERS[name]())
    # These look at the number of the step, so that it is not replayed at all.
    shared = name not in ("accumulation", "moving average at times")
    compare(build, (X, Y), shared=shared)


# Processes come and go


def fitted(model, *callbacks, **arguments):
    arguments = {"epochs": 3, "batch_size": BATCH, "verbose": 0, **arguments}
    return model.fit(X, Y, callbacks=list(callbacks), **arguments)


def assert_good_as_new(model):
    """No process is left, and the model can be used and trained in several again."""
    assert multiprocessing.active_children() == []
    assert np.isfinite(model.predict(X, verbose=0)).all()
    seen = []
    fitted(model, Between(lambda _: seen.extend(multiprocessing.active_children()), batch=5))
    assert len(seen) == mk.config.num_processes() - 1
    assert multiprocessing.active_children() == []


def test_processes_live_as_long_as_fit():
    mk.config.set_num_processes(3)
    model, seen = dense(), []
    fitted(model, Between(lambda _: seen.append(multiprocessing.active_children()), batch=5))
    assert len(seen[0]) == 2
    assert all(process.daemon for process in seen[0])
    assert_good_as_new(model)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_exception_in_a_callback_ends_them(error):
    def fail(_):
        assert multiprocessing.active_children()
        raise error("from a callback")

    mk.config.set_num_processes(2)
    model = dense()
    with pytest.raises(error, match="from a callback"):
        fitted(model, Between(fail))
    assert_good_as_new(model)


@pytest.mark.parametrize("processes", [2, 3])
def test_a_process_that_is_killed_is_reported(processes):
    def kill(_):
        os.kill(multiprocessing.active_children()[-1].pid, signal.SIGKILL)

    mk.config.set_num_processes(processes)
    model = dense()
    with pytest.raises(RuntimeError, match="set_num_processes") as caught:
        fitted(model, Between(kill))
    assert "-9" in str(caught.value)
    assert_good_as_new(model)


def embedded():
    stack = [mk.Input((2,), dtype="int32"), layers.Embedding(4, 3, name="words"), layers.Flatten()]
    return compiled(mk.Sequential([*stack, layers.Dense(2)]))


@pytest.mark.parametrize("row", [0, 5, BATCH - 1])
def test_an_exception_in_the_share_of_one_process_is_raised(row):
    x, y = np.zeros((9 * BATCH, 2), "int32"), np.zeros((9 * BATCH, 2))
    bad = x.copy()
    bad[7 * BATCH + row] = 9
    mk.config.set_num_processes(3)
    model = embedded()
    with pytest.raises(IndexError) as caught:
        model.fit(bad, y, batch_size=BATCH, shuffle=False, verbose=0)
    assert is_shared(model)
    assert any("words" in note for note in caught.value.__notes__)
    assert multiprocessing.active_children() == []
    model.fit(x, y, batch_size=BATCH, verbose=0)


@pytest.mark.parametrize("row", [0, BATCH - 1], ids=["the first process", "another"])
def test_after_a_step_that_failed_training_goes_on_in_one_process(row):
    x, y = np.zeros((9 * BATCH, 2), "int32"), np.zeros((9 * BATCH, 2))
    bad = x[:BATCH].copy()
    bad[row] = 9

    def fail(model):
        with pytest.raises(IndexError):
            model.train_on_batch(bad, y[:BATCH])

    def train(model, data):
        callbacks = [Between(fail)]
        return model.fit(*data, epochs=3, batch_size=BATCH, verbose=0, callbacks=callbacks)

    compare(embedded, (x, y), train)


class Unsendable(Exception):
    """Cannot be made of what pickle keeps of it."""

    def __init__(self, message, more):
        super().__init__(message)
        self.more = more


@pytest.mark.parametrize("more", [1, lambda: 1], ids=["not unpickled", "not pickled"])
def test_an_exception_that_cannot_be_sent_is_told_of(more, monkeypatch):
    all_reduce = replicas.Meeting.all_reduce

    def fail(self, *parts):
        if self.replicas.index:
            raise Unsendable("too hot", more)
        return all_reduce(self, *parts)

    monkeypatch.setattr(replicas.Meeting, "all_reduce", fail)
    mk.config.set_num_processes(2)
    with pytest.raises(RuntimeError, match=r"Unsendable.*too hot"):
        fitted(dense())


def refuse(*_):
    raise BlockingIOError("Resource temporarily unavailable")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_serve", lambda self, index, errors: os._exit(1)),
        ("_serve", lambda self, index, errors: time.sleep(60)),
        ("_serve", lambda self, index, errors: errors.send(MemoryError())),
        ("_fork", refuse),
        ("_share_memory", refuse),
    ],
    ids=["ends", "hangs", "fails", "no process", "no memory"],
)
def test_where_no_process_answers_one_is_enough(name, value, monkeypatch):
    def train(model, data):
        with monkeypatch.context() as changed:
            changed.setattr(replicas, "_START", 0.3)
            changed.setattr(replicas.Replicas, name, value)
            return fitted(model)

    compare(dense, (X, Y), train, shared=False)
    assert replay.watchers == []
    assert_good_as_new(dense())


PREAMBLE = """
import math, multiprocessing, os, signal, sys, threading, time
import numpy as np
import minikeras as mk
from minikeras.backend.program import sharing

sharing._LEAST, sharing._LEAST_BEFORE, sharing._MOST_LEFT = 0, 1, math.inf
mk.config.set_num_processes(3)
X, Y = np.ones((72, 3)), np.ones((72, 2))

def dense():
    model = mk.Sequential([mk.Input((3,)), mk.layers.Dense(4), mk.layers.Dense(2)])
    model.compile("sgd", "mse")
    return model

def fit(model, function=None, **arguments):
    call = lambda batch, logs: batch == 5 and function and function()
    callbacks = [mk.callbacks.LambdaCallback(on_train_batch_end=call)]
    arguments = {"batch_size": 12, "epochs": 2, "verbose": 0, **arguments}
    return model.fit(X, Y, callbacks=callbacks, **arguments)

def is_shared(model):
    return any(plan.sharing is not None for _, plan in model._steps["train"].plans())
"""


def started(program):
    """A Python process of its own, in a session of its own, that runs a program."""
    return subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + program],
        env={**os.environ, "KERAS_BACKEND": "numpy", "PYTHONPATH": os.getcwd()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def printed(program):
    """What a program prints, which must end well and without a word of complaint."""
    process = started(program)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    return out


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("send", ["os.kill(os.getpid()", "os.killpg(0"])
def test_a_real_interrupt_ends_fit_and_the_processes(send):
    """That of a terminal goes to all processes of the group."""
    found = printed(
        f"""
timers = []
def interrupt_soon():
    if not timers:
        timers.append(threading.Timer(0.1, lambda: {send}, signal.SIGINT)))
        timers[0].start()
model = dense()
for _ in range(3):
    try:
        fit(model, interrupt_soon, epochs=10**6)
    except KeyboardInterrupt:
        print(is_shared(model), multiprocessing.active_children())
        timers.clear()
fit(model)
print("ended", multiprocessing.active_children())
"""
    )
    assert found == "True []\n" * 3 + "ended []\n"


@pytest.mark.parametrize("where", ["between steps", "in a step"])
def test_the_processes_end_when_the_first_is_killed(where):
    at_once = "lambda: (tell(), time.sleep(60))" if where == "between steps" else "tell"
    process = started(
        f"""
def tell():
    if multiprocessing.active_children():
        print(*[child.pid for child in multiprocessing.active_children()], flush=True)
fit(dense(), {at_once}, epochs=10**6)
"""
    )
    pids = [int(pid) for pid in process.stdout.readline().split()]
    assert len(pids) == 2
    assert all(map(is_running, pids))
    process.kill()
    end = time.monotonic() + 10
    while any(map(is_running, pids)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(map(is_running, pids))
    process.communicate(timeout=10)


# Where fit is called from


def test_fit_in_a_daemonic_process_is_made_by_one():
    found = printed(
        """
def work():
    model = dense()
    fit(model)
    print("worked", is_shared(model), flush=True)
process = multiprocessing.get_context("fork").Process(target=work, daemon=True)
process.start()
process.join()
process = multiprocessing.get_context("fork").Process(target=work)
process.start()
process.join()
"""
    )
    assert found == "worked False\nworked True\n"


def test_fit_in_threads():
    """One, then two at the same time, each with processes of its own."""
    found = printed(
        """
def work(found):
    mk.utils.set_random_seed(1)
    model = dense()
    fit(model, epochs=60)
    found.append((is_shared(model), [w.tolist() for w in model.get_weights()]))

expected, found = [], []
work(expected)
for count in (1, 2, 2, 3):
    threads = [threading.Thread(target=work, args=(found,)) for _ in range(count)]
    for thread in threads:
        thread.start()
        time.sleep(0.02)
    for thread in threads:
        thread.join()
print(expected[0][0], found[0][0], len(found), multiprocessing.active_children())
"""
    )
    # Beside others that compute, a step may be left to one process.
    assert found == "True True 8 []\n"


def test_a_fork_beside_products_of_another_thread_never_hangs():
    found = printed(
        """
is_over = threading.Event()

def multiply():
    a = np.ones((700, 700), "float32")
    while not is_over.is_set():
        a @ a

thread = threading.Thread(target=multiply)
thread.start()
model = dense()
for _ in range(8):
    fit(model)
is_over.set()
thread.join()
print(multiprocessing.active_children())
"""
    )
    assert found == "[]\n"


def test_two_threads_that_train_one_model():
    found = printed(
        """
model = dense()
fit(model)
threads = [threading.Thread(target=fit, args=(model,), kwargs={"epochs": 20}) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(all(np.isfinite(w).all() for w in model.get_weights()), multiprocessing.active_children())
"""
    )
    assert found == "True []\n"


def test_what_was_printed_before_is_printed_once():
    assert printed("print('before', end=' ')\nfit(dense())\nprint('after')") == "before after\n"


@pytest.mark.parametrize("late", [0, 1, 2])
def test_processes_that_are_ahead_change_nothing_for_one_that_is_late(late, monkeypatch):
    """Behind each meeting, so that the others are as far ahead as they ever are."""
    let_write = replicas.Replicas.let_write

    def be_late(self):
        let_write(self)
        if self.index == late:
            time.sleep(0.005)

    def train(model, data):
        callbacks = [Between(set_weights, batch=2), Between(set_weights, batch=3)]
        return model.fit(*data, epochs=2, batch_size=BATCH, callbacks=callbacks, verbose=0)

    monkeypatch.setattr(replicas.Replicas, "let_write", be_late)
    data = numbers(6 * BATCH, 5, 3), numbers(6 * BATCH, 20, seed=1)
    stack = lambda: [*normalized(), layers.Dropout(0.3)]
    compare(lambda: compiled(mk.Sequential(stack())), data, train, numbers=[3])


# Settings


def test_one_process_forks_none(monkeypatch):
    monkeypatch.setattr(replicas.Replicas, "start", lambda self, replay: pytest.fail("forks"))
    model, _ = trained(dense, 1, (X, Y))
    assert not is_shared(model)


def test_steps_outside_of_fit_are_made_by_one(monkeypatch):
    monkeypatch.setattr(replicas.Replicas, "start", lambda self, replay: pytest.fail("forks"))
    mk.config.set_num_processes(2)
    model = dense()
    for _ in range(9):
        model.train_on_batch(X[:BATCH], Y[:BATCH])
        model.test_on_batch(X[:BATCH], Y[:BATCH])
    model.evaluate(X, Y, batch_size=BATCH, verbose=0)
    model.predict(X, batch_size=BATCH, verbose=0)
    assert not is_shared(model)


def test_small_steps_are_not_worth_it(monkeypatch):
    monkeypatch.undo()
    mk.config.set_num_processes(2)
    try:
        model = dense()
        fitted(model)
        assert not is_shared(model)
    finally:
        mk.config.set_num_processes(None)


def test_where_too_much_is_to_be_added_up_one_is_enough(monkeypatch):
    monkeypatch.setattr(sharing, "_OF_SUM", 1 << 20)
    monkeypatch.setattr(sharing, "_MOST_LEFT", 0.83)
    compare(dense, (X, Y), numbers=[2], shared=False)


def test_large_steps_are_worth_it(monkeypatch):
    """With the limits as they are, but for how long a training must have taken."""
    monkeypatch.undo()
    monkeypatch.setattr(sharing, "_LEAST_BEFORE", 1)
    monkeypatch.setitem(mk.config._workers, "processes", None)
    mk.config.set_floatx("float32")

    def build():
        stack = [mk.Input((512,)), layers.Dense(512, "relu"), layers.Dense(512), layers.Dense(1)]
        return compiled(mk.Sequential(stack), optimizer=mk.optimizers.SGD(0.001))

    data = numbers(6 * 1024, 512).astype("float32"), numbers(6 * 1024, 1).astype("float32")
    model, expected = trained(build, 1, data, batch_size=1024, epochs=1)
    assert not is_shared(model)
    model, found = trained(build, 2, data, batch_size=1024, epochs=1)
    assert is_shared(model)
    assert_same(found, expected, rtol=1e-3, atol=1e-5)


def test_whoever_watches_replays_is_told_while_others_go():
    before, behind, watchers = [], [], replay.watchers

    def leave(_):
        watchers.remove(leave)

    watchers += [before.append, leave, behind.append]
    try:
        model = dense()
        for _ in range(6):
            model.train_on_batch(X, Y)
        assert before
        assert behind == before
    finally:
        watchers.remove(before.append)
        watchers.remove(behind.append)


def test_steps_run_eagerly_are_made_by_one():
    mk.config.set_num_processes(2)
    model = mk.Sequential([mk.Input((3,)), layers.Dense(2)])
    model.compile("sgd", "mse", run_eagerly=True)
    seen = []
    fitted(model, Between(lambda _: seen.append(multiprocessing.active_children())))
    assert seen == [[]]


def test_what_is_shared_out_is_explained(capsys):
    mk.config.set_num_processes(3)
    model = dense()
    fitted(model)
    model.explain_step()
    expected = "shared out in `fit` after 1 steps, among 3 processes that meet 1 times a step"
    assert expected in capsys.readouterr().out
    mk.config.set_num_processes(1)
    fitted(model)
    model.explain_step()
    assert "shared out" not in capsys.readouterr().out


def test_the_number_of_processes_can_be_set():
    assert mk.config.num_processes() == mk.config.num_threads()
    mk.config.set_num_processes(5)
    assert mk.config.num_processes() == 5
    mk.config.set_num_processes(None)
    assert mk.config.num_processes() == mk.config.num_threads()


@pytest.mark.parametrize("number", [0, -1, 1.5, True, "2"])
def test_the_number_of_processes_must_be_positive(number):
    with pytest.raises(ValueError, match="num_processes must be a positive integer or None"):
        mk.config.set_num_processes(number)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [("1", "1"), ("5", "5"), ("", "3"), ("many", "MINIKERAS_NUM_PROCESSES"), ("0", "'0'")],
)
def test_the_environment_states_the_number(stated, expected):
    program = "import minikeras as mk; print(mk.config.num_processes())"
    environment = {"MINIKERAS_NUM_PROCESSES": stated, "MINIKERAS_NUM_THREADS": "3"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "KERAS_BACKEND": "numpy", "PYTHONPATH": os.getcwd(), **environment},
        capture_output=True,
        text=True,
    )
    assert expected in (done.stdout if done.returncode == 0 else done.stderr)


# What is left behind


def test_many_fits_leave_nothing_behind():
    found = printed(
        """
import gc
def state():
    gc.collect()
    with open("/proc/self/statm") as file:
        memory = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    with open("/proc/self/maps") as file:
        maps = len(file.readlines())
    return len(os.listdir("/proc/self/fd")), threading.active_count(), maps, memory

X = np.ones((72, 3000))
model = mk.Sequential([mk.Input((3000,)), mk.layers.Dense(100), mk.layers.Dense(2)])
model.compile("sgd", "mse")
for i in range(40):
    if i == 10:
        before = state()
    fit(model)
assert is_shared(model) and not multiprocessing.active_children()
fds, threads, maps, memory = (b - a for a, b in zip(before, state()))
print(fds, threads, maps < 10, memory < 8e6)
"""
    )
    assert found == "0 0 True True\n"

"""Every kind of layer of Keras 1 from files put together by the rules of its source.

Keras 1.2.2 cannot be installed any more. Each row has a configuration with all the keys that it
wrote, the arrays in its order and shapes, and what the layer computed: by NumPy, or by a layer of
today that is given the arrays as today has them (these are compared with real Keras elsewhere).
"""

import json

import h5py
import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close, values

RNG = np.random.default_rng(7)


def A(*shape):
    return RNG.normal(size=shape).astype("float32")


REGULAR = dict.fromkeys(
    ("W_regularizer", "b_regularizer", "activity_regularizer", "W_constraint", "b_constraint")
)
DENSE = dict(init="glorot_uniform", activation="linear", bias=True, **REGULAR)
CONV_1D = dict(**DENSE, border_mode="valid", input_dim=3, input_length=None)
CONV = dict(**DENSE, border_mode="valid", dim_ordering="tf")
RNN = dict(
    init="glorot_uniform", inner_init="orthogonal", activation="tanh", W_regularizer=None,
    U_regularizer=None, b_regularizer=None, dropout_W=0.0, dropout_U=0.0, return_sequences=False,
    go_backwards=False, stateful=False, unroll=False, consume_less="cpu", input_length=None,
)  # fmt: skip
SEPARABLE = dict(
    init="uniform", activation="linear", border_mode="valid", subsample=[1, 1], depth_multiplier=2,
    dim_ordering="tf", depthwise_regularizer=None, pointwise_regularizer=None, b_regularizer=None,
    activity_regularizer=None, depthwise_constraint=None, pointwise_constraint=None,
    b_constraint=None, bias=True,
)  # fmt: skip


def today(layer, *arrays):
    """What a layer of today computes with arrays."""

    def compute(x):
        layer.build(x.shape)
        layer.set_weights(list(arrays))
        return np.asarray(values(layer(mk.ops.convert_to_tensor(x))))

    return compute


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def hard(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def simple_rnn(x, w, u, b, backwards=False):
    h, found = np.zeros((len(x), len(u)), "float32"), []
    steps = range(x.shape[1])
    for t in reversed(steps) if backwards else steps:
        h = np.tanh(x[:, t] @ w + h @ u + b)
        found.append(h)
    return np.stack(found[::-1] if backwards else found, 1)


def conv_lstm(x, gates):
    """Gates i, c, f, o with arrays of their own, ``same`` padding, hard sigmoids."""
    h = c = np.zeros((*x.shape[:1], *x.shape[2:4], 3), "float32")

    def conv(x, kernel):
        return today(mk.layers.Conv2D(3, 2, padding="same", use_bias=False), kernel)(x)

    for t in range(x.shape[1]):
        z = {g: conv(x[:, t], w) + conv(h, u) + b for g, (w, u, b) in gates.items()}
        c = hard(z["f"]) * c + hard(z["i"]) * np.tanh(z["c"])
        h = hard(z["o"]) * np.tanh(c)
    return h


L = mk.layers
k1, k2, k3, b3, b4 = A(3, 1, 3, 4), A(3, 3, 2, 4), A(2, 2, 2, 2, 3), A(3), A(4)
deconv, depth, point = A(3, 3, 2, 3), A(3, 3, 2, 2), A(1, 1, 4, 3)
w53, maxout, maxout_b, table = A(5, 3), A(4, 5, 3), A(4, 3), A(6, 3)
W, carry, b5, c5 = A(5, 5), A(5, 5), A(5), A(5)
w32, u22, b2 = A(3, 2), A(2, 2), A(2)
back = A(3, 2), A(2, 2), A(2)
bn = A(5), A(5), A(5), abs(A(5)) + 0.5
tl, al, tr, ar = A(5), A(5), abs(A(5)), A(5)
lc1, lc1b, lc2, lc2b = A(4, 9, 2), A(4, 2), A(9, 18, 2), A(3, 3, 2)
film = {g: (A(2, 2, 2, 3), A(2, 2, 3, 3), A(3)) for g in "icfo"}
inner_rnn = {"class_name": "SimpleRNN", "config": dict(
    name="r", trainable=True, output_dim=2, input_dim=3, **{**RNN, "return_sequences": True}
)}  # fmt: skip
inner_dense = {"class_name": "Dense", "config": dict(
    name="d", trainable=True, output_dim=3, input_dim=None, **DENSE)}  # fmt: skip


def srelu(x):
    right = tl + abs(tr)
    y = np.where(x >= right, right + ar * (x - right), x)
    return np.where(x <= tl, tl + al * (x - tl), y)


def local1(x):
    rows = [x[:, i : i + 3].reshape(len(x), -1) @ lc1[i] + lc1b[i] for i in range(4)]
    return np.stack(rows, 1)


ROWS = {
    "Convolution1D": (
        dict(CONV_1D, nb_filter=4, filter_length=3, subsample_length=1, border_mode="same"),
        (6, 3), [k1, b4],
        today(L.Conv1D(4, 3, padding="same"), k1[:, 0], b4)),
    "AtrousConvolution1D": (
        dict(CONV_1D, nb_filter=4, filter_length=3, subsample_length=1, atrous_rate=2),
        (9, 3), [k1, b4],
        today(L.Conv1D(4, 3, dilation_rate=2), k1[:, 0], b4)),
    "Convolution2D": (
        dict(CONV, nb_filter=4, nb_row=3, nb_col=3, subsample=[2, 2], activation="relu"),
        (7, 7, 2), [k2, b4], today(L.Conv2D(4, 3, 2, activation="relu"), k2, b4)),
    "AtrousConvolution2D": (
        dict(CONV, nb_filter=4, nb_row=3, nb_col=3, subsample=[1, 1], atrous_rate=[2, 2]),
        (9, 9, 2), [k2, b4], today(L.Conv2D(4, 3, dilation_rate=2), k2, b4)),
    "Convolution3D": (
        dict(CONV, nb_filter=3, kernel_dim1=2, kernel_dim2=2, kernel_dim3=2, subsample=[1, 1, 1]),
        (4, 4, 4, 2), [k3, b3], today(L.Conv3D(3, 2), k3, b3)),
    "Deconvolution2D": (
        dict(CONV, nb_filter=3, nb_row=3, nb_col=3, subsample=[1, 1],
             output_shape=[None, 7, 7, 3]), (5, 5, 2), [deconv, b3],
        today(L.Conv2DTranspose(3, 3), deconv.transpose(0, 1, 3, 2), b3)),
    "SeparableConvolution2D": (
        dict(SEPARABLE, nb_filter=3, nb_row=3, nb_col=3), (6, 6, 2), [depth, point, b3],
        today(L.SeparableConv2D(3, 3, depth_multiplier=2), depth, point, b3)),
    "Dense": (dict(DENSE, output_dim=3, input_dim=5, activation="hard_sigmoid"), (5,), [w53, b3],
              lambda x: hard(x @ w53 + b3)),
    "TimeDistributedDense": (
        dict(DENSE, output_dim=3, input_dim=5, input_length=4), (4, 5), [w53, b3],
        lambda x: x @ w53 + b3),
    "TimeDistributed": (dict(layer=inner_dense), (4, 5), [w53, b3], lambda x: x @ w53 + b3),
    "MaxoutDense": (
        {k: v for k, v in dict(DENSE, output_dim=3, nb_feature=4, input_dim=5).items()
         if k != "activation"}, (5,), [maxout, maxout_b],
        lambda x: (np.einsum("bi,fio->bfo", x, maxout) + maxout_b).max(1)),
    "Highway": (
        dict(DENSE, transform_bias=-2, input_dim=5, activation="tanh"), (5,), [W, carry, b5, c5],
        lambda x: sigmoid(x @ carry + c5) * np.tanh(x @ W + b5)
        + (1 - sigmoid(x @ carry + c5)) * x),
    "Embedding": (
        dict(input_dim=6, output_dim=3, init="uniform", input_length=4, mask_zero=False,
             activity_regularizer=None, W_regularizer=None, W_constraint=None, dropout=0.0),
        (4,), [table], lambda x: table[x.astype(int)]),
    "SimpleRNN": (dict(RNN, output_dim=2, input_dim=3), (4, 3), [w32, u22, b2],
                  lambda x: simple_rnn(x, w32, u22, b2)[:, -1]),
    "Bidirectional": (
        dict(layer=inner_rnn, merge_mode="concat"), (4, 3), [w32, u22, b2, *back],
        lambda x: np.concatenate(
            [simple_rnn(x, w32, u22, b2), simple_rnn(x, *back, backwards=True)], -1)),
    "ConvLSTM2D": (
        {**{k: v for k, v in RNN.items() if k not in ("unroll", "consume_less", "input_length")},
         **dict(nb_filter=3, nb_row=2, nb_col=2, forget_bias_init="one", border_mode="same",
                inner_activation="hard_sigmoid", dim_ordering="tf", subsample=[1, 1])},
        (3, 5, 5, 2), [w for g in "icfo" for w in film[g]], lambda x: conv_lstm(x, film)),
    "BatchNormalization": (
        dict(epsilon=0.01, mode=0, axis=-1, gamma_regularizer=None, beta_regularizer=None,
             momentum=0.9), (5,), list(bn),
        lambda x: (x - bn[2]) / np.sqrt(bn[3] + 0.01) * bn[0] + bn[1]),
    "PReLU": (dict(init="zero", shared_axes=None), (5,), [al],
              lambda x: np.where(x > 0, x, al * x)),
    "ELU": (dict(alpha=0.5), (5,), [], lambda x: np.where(x > 0, x, 0.5 * np.expm1(x))),
    "LeakyReLU": (dict(alpha=0.2), (5,), [], lambda x: np.where(x > 0, x, 0.2 * x)),
    "ThresholdedReLU": (dict(theta=0.5), (5,), [], lambda x: np.where(x > 0.5, x, 0)),
    "SReLU": (
        dict(t_left_init="zero", a_left_init="glorot_uniform", t_right_init="glorot_uniform",
             a_right_init="one", shared_axes=None), (5,), [tl, al, tr, ar], srelu),
    "ParametricSoftplus": (
        dict(alpha_init=0.2, beta_init=5.0, shared_axes=None), (5,), [al, tr],
        lambda x: np.log1p(np.exp(tr * x)) * al),
    "LocallyConnected1D": (
        dict(DENSE, nb_filter=2, filter_length=3, border_mode="valid", subsample_length=1,
             input_dim=3, input_length=6), (6, 3), [lc1, lc1b], local1),
    "LocallyConnected2D": (
        dict(CONV, nb_filter=2, nb_row=3, nb_col=3, subsample=[1, 1]), (5, 5, 2), [lc2, lc2b],
        today(L.LocallyConnected2D(2, 3), lc2, lc2b)),
    "MaxPooling1D": (dict(pool_length=2, stride=2, border_mode="valid"), (6, 3), [],
                     lambda x: x.reshape(2, 3, 2, 3).max(2)),
    "AveragePooling2D": (
        dict(pool_size=[2, 2], strides=[2, 2], border_mode="valid", dim_ordering="tf"),
        (4, 6, 2), [], lambda x: x.reshape(2, 2, 2, 3, 2, 2).mean((2, 4))),
    "MaxPooling3D": (
        dict(pool_size=[2, 2, 2], strides=[2, 2, 2], border_mode="valid", dim_ordering="tf"),
        (2, 2, 4, 2), [], lambda x: x.reshape(2, 2, 2, 2, 2, 2).max((1, 2, 4))[:, None, None]),
    "GlobalAveragePooling2D": (dict(dim_ordering="tf"), (4, 4, 2), [], lambda x: x.mean((1, 2))),
    "GlobalMaxPooling1D": ({}, (4, 2), [], lambda x: x.max(1)),
    "ZeroPadding1D": (dict(padding=1), (4, 2), [], lambda x: np.pad(x, [(0, 0), (1, 1), (0, 0)])),
    "ZeroPadding2D": (
        dict(padding=[1, 2], dim_ordering="tf"), (4, 4, 2), [],
        lambda x: np.pad(x, [(0, 0), (1, 1), (2, 2), (0, 0)])),
    "UpSampling1D": (dict(length=2), (4, 2), [], lambda x: x.repeat(2, 1)),
    "UpSampling2D": (dict(size=[2, 3], dim_ordering="tf"), (4, 4, 2), [],
                     lambda x: x.repeat(2, 1).repeat(3, 2)),
    "Cropping1D": (dict(cropping=[1, 0]), (4, 2), [], lambda x: x[:, 1:]),
    "Cropping2D": (dict(cropping=[[1, 1], [0, 1]], dim_ordering="tf"), (4, 4, 2), [],
                   lambda x: x[:, 1:-1, :-1]),
    "Dropout": (dict(p=0.5), (4,), [], lambda x: x),
    "SpatialDropout1D": (dict(p=0.5), (4, 2), [], lambda x: x),
    "SpatialDropout2D": (dict(p=0.5, dim_ordering="tf"), (4, 4, 2), [], lambda x: x),
    "GaussianNoise": (dict(sigma=0.1), (4,), [], lambda x: x),
    "GaussianDropout": (dict(p=0.1), (4,), [], lambda x: x),
    "Activation": (dict(activation="softplus"), (4,), [], lambda x: np.log1p(np.exp(x))),
    "ActivityRegularization": (dict(l1=0.1, l2=0.2), (4,), [], lambda x: x),
    "Masking": (dict(mask_value=0.0), (4, 3), [], lambda x: x),
    "Reshape": (dict(target_shape=[2, 2]), (4,), [], lambda x: x.reshape(-1, 2, 2)),
    "Permute": (dict(dims=[2, 1]), (4, 3), [], lambda x: x.transpose(0, 2, 1)),
    "Flatten": ({}, (4, 3), [], lambda x: x.reshape(len(x), -1)),
    "RepeatVector": (dict(n=3), (4,), [], lambda x: x[:, None].repeat(3, 1)),
}  # fmt: skip


def write(path, layers, **attributes):
    """A file of weights of Keras 1: for each layer its arrays, or dicts of them by name."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array([name.encode() for name in layers])
        file.attrs.update(attributes)
        for name, arrays in layers.items():
            group = file.create_group(name)
            names = [f"{name}_{i}" for i in range(len(arrays))]
            group.attrs["weight_names"] = np.array([n.encode() for n in names])
            for n, array in zip(names, arrays):
                group[n] = array


def loaded(path, class_name, config, shape, arrays):
    config = dict(
        config, name="layer_1", trainable=True, batch_input_shape=[None, *shape],
        input_dtype="float32",
    )  # fmt: skip
    layer = {"class_name": class_name, "config": config}
    form = {"class_name": "Sequential", "keras_version": "1.2.2", "config": [layer]}
    model = mk.models.model_from_json(json.dumps(form))
    write(path, {"layer_1": arrays})
    model.load_weights(path)
    return model


@pytest.mark.parametrize("class_name", ROWS)
def test_layers_of_keras_1(class_name, tmp_path):
    config, shape, arrays, expected = ROWS[class_name]
    model = loaded(tmp_path / "w.h5", class_name, config, shape, arrays)
    x = RNG.normal(size=(2, *shape)).astype("float32")
    if class_name == "Embedding":
        x = RNG.integers(0, 6, (2, *shape)).astype("int32")
    assert_close(model.predict(x, verbose=0), expected(x), 1e-5, 1e-5, dtype=False)


FIRST = {
    "Convolution2D": (dict(CONV, nb_filter=4, nb_row=3, nb_col=2, subsample=[1, 1]), (2, 7, 6),
                      lambda k: k.transpose(3, 2, 0, 1), (3, 2, 2, 4),
                      lambda: mk.layers.Conv2D(4, (3, 2))),
    "Convolution3D": (dict(CONV, nb_filter=3, kernel_dim1=2, kernel_dim2=3, kernel_dim3=2,
                           subsample=[1, 1, 1]), (2, 4, 4, 4), lambda k: k.transpose(4, 3, 0, 1, 2),
                      (2, 3, 2, 2, 3), lambda: mk.layers.Conv3D(3, (2, 3, 2))),
}  # fmt: skip


@pytest.mark.parametrize("class_name", FIRST)
@pytest.mark.parametrize("backend", ["tensorflow", "theano"])
def test_channels_first_and_kernels_of_theano(class_name, backend, tmp_path):
    """Keras 1 stored kernels with the filters first; Theano turned them over (2.x says so)."""
    config, shape, stored, kernel_shape, layer = FIRST[class_name]
    kernel, bias = A(*kernel_shape), A(kernel_shape[-1])
    x = RNG.normal(size=(2, *shape)).astype("float32")
    order = (0, *range(2, x.ndim), 1)
    expected = today(layer(), kernel, bias)(np.ascontiguousarray(x.transpose(order)))
    model = loaded(
        tmp_path / "w.h5", class_name, dict(config, dim_ordering="th"), shape,
        [stored(kernel), bias],
    )  # fmt: skip
    if backend == "theano":
        flipped = kernel[(slice(None, None, -1),) * (kernel.ndim - 2)]
        write(tmp_path / "w.h5", {"layer_1": [flipped, bias]}, keras_version="2.2.4",
              backend="theano")  # fmt: skip
        model.load_weights(tmp_path / "w.h5")
    if mk.backend.backend() == "numpy":
        found = np.asarray(values(model.predict(x, verbose=0)))
        assert_close(found.transpose(order), expected, 1e-4, 1e-5)
    assert_close(model.get_weights()[0], kernel, 0, 0)


MODES = {
    "sum": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "ave": lambda a, b: (a + b) / 2,
    "max": np.maximum,
    "concat": lambda a, b: np.concatenate([a, b], -1),
    "dot": lambda a, b: (a * b).sum(-1, keepdims=True),
    "cos": lambda a, b: ((a * b).sum(-1, keepdims=True)
                         / np.linalg.norm(a, axis=-1, keepdims=True)
                         / np.linalg.norm(b, axis=-1, keepdims=True))[:, None],
}  # fmt: skip


def merge_config(mode, **more):
    return dict(
        name="merge_1", mode=mode, mode_type="raw", concat_axis=-1, dot_axes=-1, output_shape=None,
        output_shape_type="raw", output_mask=None, output_mask_type="raw", arguments={}, **more,
    )  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_merge_in_a_graph(mode):
    def entry(class_name, name, inbound, **config):
        return {"class_name": class_name, "name": name, "inbound_nodes": inbound,
                "config": dict(config, name=name)}  # fmt: skip

    inputs = [
        entry("InputLayer", n, [], batch_input_shape=[None, 3], input_dtype="float32",
              sparse=False) for n in ("input_1", "input_2")
    ]  # fmt: skip
    calls = [[["input_1", 0, 0], ["input_2", 0, 0]]]
    merge = {**entry("Merge", "merge_1", calls), "config": merge_config(mode)}
    form = {
        "class_name": "Model", "keras_version": "1.2.2",
        "config": {"name": "model_1", "layers": [*inputs, merge],
                   "input_layers": [["input_1", 0, 0], ["input_2", 0, 0]],
                   "output_layers": [["merge_1", 0, 0]]},
    }  # fmt: skip
    model = mk.models.model_from_json(json.dumps(form))
    a, b = A(2, 3), A(2, 3)
    assert_close(model.predict([a, b], verbose=0), MODES[mode](a, b), 1e-5, 1e-5)


def test_merge_of_branches_in_a_stack(tmp_path):
    """A Merge that begins a Sequential holds its branches, whose layers are listed one by one."""

    def branch(name):
        config = dict(DENSE, name=name, output_dim=2, input_dim=3, trainable=True,
                      batch_input_shape=[None, 3], input_dtype="float32")  # fmt: skip
        return {"class_name": "Sequential", "config": [{"class_name": "Dense", "config": config}]}

    merge = merge_config("concat", layers=[branch("dense_1"), branch("dense_2")])
    last = dict(DENSE, name="dense_3", output_dim=1, input_dim=None, trainable=True)
    form = {
        "class_name": "Sequential", "keras_version": "1.2.2",
        "config": [{"class_name": "Merge", "config": merge},
                   {"class_name": "Dense", "config": last}],
    }  # fmt: skip
    model = mk.models.model_from_json(json.dumps(form))
    arrays = [A(3, 2), A(2), A(3, 2), A(2), A(4, 1), A(1)]
    write(tmp_path / "w.h5", {"dense_1": arrays[:2], "dense_2": arrays[2:4], "merge_1": [],
                              "dense_3": arrays[4:]})  # fmt: skip
    model.load_weights(tmp_path / "w.h5")
    a, b = A(2, 3), A(2, 3)
    joined = np.concatenate([a @ arrays[0] + arrays[1], b @ arrays[2] + arrays[3]], -1)
    expected = joined @ arrays[4] + arrays[5]
    assert_close(model.predict([a, b], verbose=0), expected, 1e-5, 1e-5)


def test_files_of_before_1_0_number_layers_and_arrays(tmp_path):
    model = mk.Sequential(
        [mk.Input((3,)), mk.layers.Dense(2), mk.layers.Activation("relu"),
         mk.layers.BatchNormalization()]
    )  # fmt: skip
    arrays = [A(3, 2), A(2), A(2), A(2), A(2), abs(A(2))]
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.attrs["nb_layers"] = 3
        for i, owned in enumerate((arrays[:2], [], arrays[2:])):
            group = file.create_group(f"layer_{i}")
            group.attrs["nb_params"] = len(owned)
            for j, array in enumerate(owned):
                group[f"param_{j}"] = array
    model.load_weights(tmp_path / "w.h5")
    assert_close(model.get_weights(), arrays, 0, 0)
    with h5py.File(tmp_path / "w.h5", "a") as file:
        file.attrs["nb_layers"] = 10**9
    with pytest.raises(ValueError, match="nb_layers"):
        model.load_weights(tmp_path / "w.h5")


def test_layers_of_cudnn_within_wrappers(tmp_path):
    """Both directions of a CuDNNLSTM of Keras 2, whose biases and kernels lie as cuDNN's do."""
    size, units = 2, 3
    plain = mk.Sequential([mk.Input((4, size)), mk.layers.Bidirectional(mk.layers.LSTM(units))])
    arrays = [A(*w.shape) for w in plain.get_weights()]
    plain.set_weights(arrays)

    def of_cudnn(kernel, recurrent, bias):
        kernel = np.concatenate(
            [k.T.reshape(size, units) for k in np.split(kernel, 4, axis=1)], axis=1
        )
        recurrent = np.concatenate([k.T for k in np.split(recurrent, 4, axis=1)], axis=1)
        other = A(*bias.shape)
        return [kernel, recurrent, np.concatenate([other, bias - other])]

    inner = {"class_name": "CuDNNLSTM", "config": {"name": "c", "units": units}}
    config = {"name": "b", "layer": inner, "merge_mode": "concat",
              "batch_input_shape": [None, 4, size]}  # fmt: skip
    form = {
        "class_name": "Sequential",
        "keras_version": "2.3.1",
        "config": {"name": "s", "layers": [{"class_name": "Bidirectional", "config": config}]},
    }
    model = mk.models.model_from_json(json.dumps(form))
    write(tmp_path / "w.h5", {"b": [*of_cudnn(*arrays[:3]), *of_cudnn(*arrays[3:])]},
          keras_version="2.3.1", backend="tensorflow")  # fmt: skip
    model.load_weights(tmp_path / "w.h5")
    x = A(2, 4, size)
    assert_close(model.predict(x, verbose=0), plain.predict(x, verbose=0), 1e-5, 1e-5)

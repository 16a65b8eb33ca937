"""A model for each kind of layer that Keras 2 had, made with whichever Keras is given.

Rows are ``name: (function of a Keras that returns a layer or what it computes, shapes of inputs)``.
A shape that begins with ``"int"`` is of integers below 5.
"""

import numpy as np


def rows(k):
    """The rows, with the layers of the Keras ``k``."""
    L = k.layers
    S = lambda *parts: lambda x: _applied(parts, x)
    seq, pic, film, row = (6, 3), (6, 7, 2), (3, 5, 5, 2), (5,)
    one = {
        "activation": (L.Activation("softsign"), row),
        "activity": (L.ActivityRegularization(0.1, 0.2), row),
        "average_pooling1d": (L.AveragePooling1D(2, padding="same"), seq),
        "average_pooling2d": (L.AveragePooling2D((2, 3), 1, "same"), pic),
        "average_pooling3d": (L.AveragePooling3D(2), (4, 4, 4, 2)),
        "batch_normalization": (L.BatchNormalization(axis=1, epsilon=0.01, scale=False), pic),
        "bidirectional_sum": (L.Bidirectional(L.GRU(3), merge_mode="sum"), seq),
        "bidirectional_all": (L.Bidirectional(L.LSTM(2, return_sequences=True)), seq),
        "bidirectional_two": (
            L.Bidirectional(L.LSTM(2), backward_layer=L.LSTM(2, "relu", go_backwards=True)), seq
        ),
        "bidirectional_none": (L.Bidirectional(L.SimpleRNN(2), merge_mode=None), seq),
        "category_encoding": (L.CategoryEncoding(5, output_mode="multi_hot"), ("int", 4)),
        "center_crop": (L.CenterCrop(4, 3), pic),
        "conv1d": (L.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="elu"), seq),
        "conv2d": (L.Conv2D(4, (3, 2), (2, 1), "same", use_bias=False), pic),
        "conv2d_groups": (L.Conv2D(4, 3, groups=2), pic),
        "conv3d": (L.Conv3D(2, 2, dilation_rate=(1, 2, 1)), (4, 5, 4, 2)),
        "conv1d_transpose": (L.Conv1DTranspose(2, 3, 2, "same"), seq),
        "conv2d_transpose": (L.Conv2DTranspose(3, 3, strides=2, output_padding=1), pic),
        "conv3d_transpose": (L.Conv3DTranspose(2, 2, strides=2), (2, 3, 2, 2)),
        "conv_lstm1d": (L.ConvLSTM1D(2, 2, return_sequences=True), (3, 5, 2)),
        "conv_lstm2d": (L.ConvLSTM2D(2, 2, padding="same"), film),
        "conv_lstm3d": (L.ConvLSTM3D(1, 2), (2, 3, 3, 3, 1)),
        "cropping1d": (L.Cropping1D((1, 2)), seq),
        "cropping2d": (L.Cropping2D(((1, 0), (2, 1))), pic),
        "cropping3d": (L.Cropping3D(1), (4, 4, 5, 2)),
        "dense": (
            L.Dense(4, "tanh", kernel_regularizer=k.regularizers.l1_l2(0.1, 0.2),
                    bias_constraint="non_neg", kernel_initializer="he_uniform"), row
        ),
        "dense_of_sequence": (L.Dense(2, bias_initializer="ones"), seq),
        "depthwise_conv1d": (L.DepthwiseConv1D(2, depth_multiplier=2), seq),
        "depthwise_conv2d": (L.DepthwiseConv2D(3, padding="same", depth_multiplier=2), pic),
        "discretization": (L.Discretization([-1.0, 0.0, 1.0]), row),
        "dropout": (L.Dropout(0.3), row),
        "alpha_dropout": (L.AlphaDropout(0.3), row),
        "elu": (L.ELU(0.5), row),
        "einsum_dense": (L.EinsumDense("abc,cd->abd", (None, 4), bias_axes="d"), seq),
        "embedding": (L.Embedding(5, 3), ("int", 4)),
        "flatten": (L.Flatten(), pic),
        "gaussian_dropout": (L.GaussianDropout(0.3), row),
        "gaussian_noise": (L.GaussianNoise(0.3), row),
        "global_average1d": (L.GlobalAveragePooling1D(), seq),
        "global_average2d": (L.GlobalAveragePooling2D(keepdims=True), pic),
        "global_average3d": (L.GlobalAveragePooling3D(), film),
        "global_max1d": (L.GlobalMaxPooling1D(), seq),
        "global_max2d": (L.GlobalMaxPooling2D(), pic),
        "global_max3d": (L.GlobalMaxPooling3D(), film),
        "group_normalization": (L.GroupNormalization(2), pic),
        "gru": (L.GRU(3, recurrent_activation="hard_sigmoid", go_backwards=True), seq),
        "gru_before": (L.GRU(3, reset_after=False, return_sequences=True), seq),
        "gru_plain": (L.GRU(3, use_bias=False), seq),
        "layer_normalization": (L.LayerNormalization(), seq),
        "layer_normalization_axes": (L.LayerNormalization(axis=[1, 2], center=False), seq),
        "leaky_relu": (L.LeakyReLU(0.2), row),
        "lstm": (L.LSTM(3, unroll=True, unit_forget_bias=False), seq),
        "lstm_hard": (L.LSTM(3, recurrent_activation="hard_sigmoid"), seq),
        "masking": (L.Masking(0.5), seq),
        "max_pooling1d": (L.MaxPooling1D(3, 2), seq),
        "max_pooling2d": (L.MaxPooling2D(2, padding="same"), pic),
        "max_pooling3d": (L.MaxPooling3D(2), (4, 4, 4, 2)),
        "p_re_lu": (L.PReLU(shared_axes=[1], alpha_initializer="he_normal"), seq),
        "permute": (L.Permute((3, 1, 2)), pic),
        "re_lu": (L.ReLU(1.0, 0.1, 0.2), row),
        "repeat_vector": (L.RepeatVector(3), row),
        "rescaling": (L.Rescaling(0.5, 1.0), pic),
        "reshape": (L.Reshape((-1, 2)), pic),
        "resizing": (L.Resizing(4, 9), pic),
        "rnn_of_cells": (L.RNN([L.LSTMCell(2), L.GRUCell(3), L.SimpleRNNCell(2)]), seq),
        "rnn_of_cell": (L.RNN(L.GRUCell(2, reset_after=False), return_sequences=True), seq),
        "separable_conv1d": (L.SeparableConv1D(3, 2, depth_multiplier=2), seq),
        "separable_conv2d": (L.SeparableConv2D(3, 2, padding="same", activation="relu"), pic),
        "simple_rnn": (L.SimpleRNN(3, "relu", return_sequences=True), seq),
        "softmax": (L.Softmax(axis=1), seq),
        "spatial_dropout1d": (L.SpatialDropout1D(0.3), seq),
        "spatial_dropout2d": (L.SpatialDropout2D(0.3), pic),
        "spatial_dropout3d": (L.SpatialDropout3D(0.3), film),
        "thresholded_relu": (L.ThresholdedReLU(0.4), row),
        "time_distributed": (L.TimeDistributed(L.Conv2D(2, 2)), film),
        "unit_normalization": (L.UnitNormalization(), seq),
        "up_sampling1d": (L.UpSampling1D(2), seq),
        "up_sampling2d": (L.UpSampling2D((2, 3), interpolation="bilinear"), pic),
        "up_sampling3d": (L.UpSampling3D(2), (2, 2, 2, 1)),
        "zero_padding1d": (L.ZeroPadding1D((1, 2)), seq),
        "zero_padding2d": (L.ZeroPadding2D(((1, 0), (2, 1))), pic),
        "zero_padding3d": (L.ZeroPadding3D(1), (2, 2, 2, 1)),
        "normalization": (L.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 4.0, 2.0]), seq),
        "locally1d": (L.LocallyConnected1D(2, 3), seq),
        "locally2d": (L.LocallyConnected2D(2, (2, 3)), pic),
    }  # fmt: skip
    found = {name: (layer, (shape,)) for name, (layer, shape) in one.items()}
    two = (seq, seq)
    for name, layer in {
        "add": L.Add(), "average": L.Average(), "concatenate": L.Concatenate(1),
        "dot": L.Dot(2), "dot_normal": L.Dot((1, 1), normalize=True), "maximum": L.Maximum(),
        "minimum": L.Minimum(), "multiply": L.Multiply(), "subtract": L.Subtract(),
        "attention": L.Attention(use_scale=True),
        "attention_concat": L.Attention(score_mode="concat"),
        "additive_attention": L.AdditiveAttention(),
    }.items():  # fmt: skip
        found[name] = (lambda a, b, layer=layer: layer([a, b]), two)
    heads = L.MultiHeadAttention(2, 3, value_dim=2)
    found["multi_head_attention"] = (lambda a, b: heads(a, b), two)
    states = L.LSTM(3, return_sequences=True, return_state=True), L.LSTM(3)

    def passed_on(x):
        y, h, c = states[0](x)
        return states[1](y, initial_state=[h, c])

    found["states"] = (passed_on, (seq,))
    shared = L.Dense(3, name="shared")
    found["shared"] = (lambda a, b: L.Add()([shared(a), shared(b), a]), two)
    start = k.Input((3,), name="within")
    inner = k.Model(
        start, [L.Dense(2, name="one")(start), L.Dense(2, name="two")(start)], name="in"
    )
    stack = k.Sequential([k.Input((2,)), L.Dense(2), L.BatchNormalization()], name="stack")

    def nested(a, b):
        p, q = inner(a)
        r, s = inner(b)
        return [stack(p), stack(L.Add()([q, r])), s]

    found["nested"] = (nested, ((3,), (3,)))
    found["masked"] = (
        S(L.Embedding(5, 3, mask_zero=True), L.LSTM(2, return_sequences=True),
          L.TimeDistributed(L.Dense(2)), L.Bidirectional(L.GRU(2))), (("int", 4),)
    )  # fmt: skip
    cells = L.RNN(L.LSTMCell(2), return_sequences=True, return_state=True)
    found["states_out"] = (lambda x: list(cells(x)), (seq,))
    return found


def _applied(parts, x):
    for part in parts:
        x = part(x)
    return x


def models(k, names=None):
    """Pairs of a name and a model, whose weights are random numbers that depend on the name."""
    for name, (build, shapes) in rows(k).items():
        if names is None or name in names:
            inputs = [
                k.Input(s[1:], dtype="int32") if s[0] == "int" else k.Input(s) for s in shapes
            ]
            model = k.Model(inputs if len(inputs) > 1 else inputs[0], build(*inputs))
            rng = np.random.default_rng(len(name))
            model.set_weights(
                [
                    rng.uniform(0.1, 1.0, w.shape).round(3).astype(w.dtype)
                    if w.dtype.kind == "f"
                    else w
                    for w in model.get_weights()
                ]
            )
            yield name, model, shapes


def arrays(name, shapes):
    """Inputs for a model: three samples."""
    rng = np.random.default_rng(100 + len(name))
    return [
        rng.integers(0, 5, (3, *s[1:])).astype("int32")
        if s[0] == "int"
        else rng.uniform(-1, 1, (3, *s)).round(2).astype("float32")
        for s in shapes
    ]

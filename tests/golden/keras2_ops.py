"""Writes ``keras2_ops.json``: functions of TensorFlow in graphs of Keras 2. Run by hand.

    python tests/golden/keras2_ops.py

needs tf_keras 2 and TensorFlow. Each case has the architecture as tf_keras writes it into files and
what the model predicts for the inputs, which are stored once.
"""

import json
import pathlib

import numpy as np
import tensorflow as tf
import tf_keras as keras

OUT = pathlib.Path(__file__).with_suffix(".json")
K = keras.backend
rng = np.random.default_rng(0)
INPUTS = {
    "x": rng.uniform(-2, 2, (2, 4, 3)).round(2),
    "y": rng.uniform(-2, 2, (2, 4, 3)).round(2),
    "p": rng.uniform(0.1, 0.9, (2, 4, 3)).round(2),
    "i": rng.integers(0, 4, (2, 5)),
    "m": rng.uniform(0, 1, (2, 6, 4, 3)).round(2),
}
i32 = tf.int32
CASES = {
    # operators
    "operators": lambda x, y: [x + y, 2.0 - x, x * y, 1.0 / y, -x, abs(x), x**2.0, 2.0**x],
    "divisions": lambda x, y: [x // y, x % y, x / 3.0, tf.math.floormod(x, 2.0)],
    "comparisons": lambda x, y: [
        tf.cast(c, "float32")
        for c in (x > y, x >= 0.5, x < y, x <= y, tf.equal(x, y), tf.not_equal(x, y))
    ],
    "logic": lambda x, y: [
        tf.cast(c, tf.float32)
        for c in (
            tf.logical_and(x > 0, y > 0),
            (x > 0) | (y > 0),
            ~(x > 0),
            tf.math.logical_xor(x > 0, y > 0),
        )
    ],
    "pairs": lambda x, y: [
        tf.maximum(x, y),
        tf.minimum(x, 0.5),
        tf.math.squared_difference(x, y),
        tf.math.atan2(x, y),
        tf.math.divide_no_nan(x, tf.nn.relu(y)),
        tf.math.xlogy(tf.nn.relu(x), 2.0),
        tf.math.multiply_no_nan(x, y),
        tf.pow(x, 3),
        tf.truediv(x, y),
        tf.divide(x, y),
        tf.add(x, y),
        tf.subtract(x, y),
        tf.multiply(x, 3.0),
        tf.math.floordiv(x, y),
        tf.math.xdivy(x, y),
    ],
    "constants": lambda x, y: [
        x * tf.constant([1.0, 2.0, 3.0]),
        x + np.array([[0.5], [1.0], [1.5], [2.0]], "float32"),
        tf.constant(2.0) * y,
    ],
    # elementwise
    "elementwise": lambda x: [
        tf.exp(x),
        tf.sin(x),
        tf.cos(x),
        tf.tan(x),
        tf.sinh(x),
        tf.cosh(x),
        tf.tanh(x),
        tf.sqrt(abs(x)),
        tf.square(x),
        tf.abs(x),
        tf.sign(x),
        tf.round(x),
        tf.floor(x),
        tf.math.ceil(x),
        tf.math.rint(x),
        tf.negative(x),
        tf.math.reciprocal(x),
        tf.math.reciprocal_no_nan(x),
        tf.sigmoid(x),
        tf.math.softplus(x),
        tf.math.erf(x),
        tf.math.erfc(x),
        tf.math.expm1(x),
        tf.atan(x),
        tf.asinh(x),
        tf.math.log_sigmoid(x),
        tf.identity(x),
        tf.stop_gradient(x),
    ],
    "of_positive": lambda p: [
        tf.math.log(p),
        tf.math.log1p(p),
        tf.math.rsqrt(p),
        tf.asin(p),
        tf.acos(p),
        tf.atanh(p),
        tf.acosh(p + 1.0),
        tf.math.erfinv(p),
        tf.cast(tf.math.is_nan(p), "float32"),
        tf.cast(tf.math.is_finite(p), "float32"),
        tf.cast(tf.math.is_inf(p), "float32"),
    ],
    "activations": lambda x: [
        tf.nn.relu(x),
        tf.nn.relu6(x),
        tf.nn.elu(x),
        tf.nn.selu(x),
        tf.nn.gelu(x),
        tf.nn.gelu(x, approximate=True),
        tf.nn.silu(x),
        tf.nn.swish(x),
        tf.nn.softsign(x),
        tf.nn.leaky_relu(x),
        tf.nn.leaky_relu(x, alpha=0.1),
        tf.nn.softmax(x),
        tf.nn.softmax(x, axis=1),
        tf.nn.log_softmax(x),
        tf.nn.l2_normalize(x, axis=-1),
        tf.nn.crelu(x),
        tf.nn.tanh(x),
        tf.nn.sigmoid(x),
        tf.nn.softplus(x),
    ],
    "keras_activations": lambda x: [
        keras.activations.relu(x, max_value=1.0),
        keras.activations.softmax(x),
        K.softsign(x),
        K.hard_sigmoid(x),
        keras.activations.swish(x),
        keras.activations.mish(x),
        keras.activations.exponential(x),
        K.elu(x, 0.5),
        K.relu(x, 0.2, 1.5, 0.1),
    ],
    # reductions
    "reductions": lambda x: [
        tf.reduce_sum(x, axis=1),
        tf.reduce_mean(x, [1, 2]),
        tf.reduce_max(x, -1, keepdims=True),
        tf.reduce_min(x, 2),
        tf.reduce_prod(x, axis=1),
        tf.math.reduce_std(x, 1),
        tf.math.reduce_variance(x, 1),
        tf.reduce_logsumexp(x, 1),
        tf.math.reduce_euclidean_norm(x, 1),
        tf.norm(x, axis=-1),
        tf.norm(x, ord=1, axis=1, keepdims=True),
        tf.cast(tf.reduce_any(x > 1.5, 1), "float32"),
        tf.cast(tf.reduce_all(x > -1.5, 1), "float32"),
        tf.cast(tf.math.count_nonzero(x > 0, 1), "float32"),
        tf.math.cumsum(x, axis=1),
        tf.math.cumprod(x, 1),
        tf.cumsum(x, 1, exclusive=True),
        tf.cumsum(x, 1, reverse=True),
    ],
    "reductions_of_keras": lambda x: [
        K.mean(x, axis=1),
        K.sum(x, axis=-1, keepdims=True),
        K.max(x, 1),
        K.min(x, 2),
        K.std(x, 1),
        K.var(x, 1),
        K.prod(x, 1),
        K.l2_normalize(x, 2),
        K.abs(x),
        K.square(x),
        K.clip(x, -1, 1),
        K.sqrt(x),
        K.exp(x),
        K.sign(x),
        K.round(x),
        K.pow(x, 2),
        K.cumsum(x, 1),
    ],
    "positions": lambda x: [
        tf.cast(tf.argmax(x, axis=-1), "float32"),
        tf.cast(tf.argmin(x, 1), "float32"),
        tf.sort(x, axis=1),
        tf.sort(x, direction="DESCENDING"),
        tf.cast(tf.argsort(x, axis=1), "float32"),
        tf.math.top_k(x, 2)[0],
        tf.cast(tf.nn.top_k(x, k=2).indices, "float32"),
    ],
    # shapes
    "shapes": lambda x, y: [
        tf.reshape(x, (-1, 12)),
        tf.transpose(x, [0, 2, 1]),
        tf.transpose(y, perm=(0, 2, 1)),
        tf.expand_dims(x, 1),
        tf.expand_dims(x, axis=-1),
        tf.squeeze(tf.expand_dims(x, 1), 1),
        tf.squeeze(tf.expand_dims(x, 1), axis=[1]),
        tf.tile(x, [1, 2, 1]),
        tf.concat([x, y], axis=-1),
        tf.concat([x, y], 1),
        tf.stack([x, y])[0],
        tf.stack([x, y], axis=-1),
        tf.reverse(x, [1]),
        tf.roll(x, 1, 1),
        tf.roll(x, shift=[1, 2], axis=[1, 2]),
        tf.repeat(x, 2, axis=1),
        tf.pad(x, [[0, 0], [1, 2], [0, 1]]),
        tf.pad(x, ((0, 0), (1, 1), (0, 0)), "REFLECT"),
        tf.pad(x, [[0, 0], [1, 1], [0, 0]], constant_values=3.0),
        tf.broadcast_to(x[:, :1], [2, 4, 3]),
        tf.zeros_like(x),
        tf.ones_like(x),
        tf.ensure_shape(x, (None, 4, 3)),
        tf.cast(x, "int32"),
        tf.cast(x, tf.float64),
        tf.slice(x, [0, 1, 0], [-1, 2, 3]),
    ],
    "parts": lambda x: [
        *tf.split(x, 2, axis=1),
        *tf.split(x, [1, 2], -1),
        *tf.unstack(x, axis=2),
        *tf.unstack(x, num=4, axis=1),
    ],
    "keras_shapes": lambda x, y: [
        K.reshape(x, (-1, 4, 3)),
        K.permute_dimensions(x, (0, 2, 1)),
        K.concatenate([x, y]),
        K.stack([x, y], axis=1),
        K.expand_dims(x),
        K.squeeze(K.expand_dims(x, 1), 1),
        K.repeat_elements(x, 2, 1),
        K.batch_flatten(x),
        K.tile(x, (1, 1, 2)),
        K.reverse(x, 1),
        K.zeros_like(x),
        K.ones_like(x),
        K.temporal_padding(x),
        K.cast(x, "float64"),
        K.repeat(x[:, 0], 3),
    ],
    "items": lambda x: [
        x[:, 0],
        x[:, 1:3],
        x[..., 0],
        x[:, ::2],
        x[:, ::-1],
        x[:, None, :, 1],
        x[:, -1, :],
        x[..., tf.newaxis],
        x[:, 1:-1, 1:],
        x[0:1],
    ],
    "unknown_sizes": lambda x, y: [
        tf.reshape(x, [tf.shape(x)[0], 12]),
        x[:, tf.shape(y)[1] - 3 :],
        tf.reshape(x, (tf.shape(x)[0], tf.shape(x)[1] * tf.shape(x)[2])),
        tf.reshape(x, tf.shape(y)),
        tf.zeros((tf.shape(x)[0], 2)) + x[:, 0, :2],
        tf.tile(y[:1], [tf.shape(x)[0], 1, 1]),
        tf.ones(tf.shape(x)),
        tf.fill([tf.shape(x)[0], 3], 2.0),
        tf.broadcast_to(y[:1], tf.shape(x)),
        tf.cast(tf.range(tf.shape(x)[1]), "float32") + y[:, :, 0],
        tf.cast(tf.shape(x), "float32")[1] * x,
        tf.cast(tf.size(x), "float32") * x,
        x[:, : tf.rank(x)],
        tf.reshape(x, tf.concat([tf.shape(x)[:1], [3, 4]], 0)),
        tf.reshape(x, tf.stack([tf.shape(x)[0], -1])),
        K.reshape(x, (K.shape(x)[0], 12)),
        K.batch_flatten(x),
        tf.reduce_sum(x, 0) / tf.cast(tf.shape(x)[0], tf.float32),
        tf.reshape(x, [tf.shape(x)[0], -1, 3]),
    ],
    # choices
    "choices": lambda x, y: [
        tf.where(x > 0, x, y),
        tf.where(x > 0, x, tf.zeros_like(x)),
        tf.where(x > y, 1.0, -1.0) * x,
        tf.clip_by_value(x, -1.0, 1.0),
        tf.clip_by_value(x, clip_value_min=0.0, clip_value_max=0.5),
        tf.clip_by_norm(x, 1.5, axes=[1]),
        K.switch(x > 0, x, y),
    ],
    "gathering": lambda x, i: [
        tf.gather(x, [0, 2], axis=1),
        tf.gather(x, tf.cast(i[:, :2], i32), axis=1, batch_dims=1),
        tf.one_hot(tf.cast(i, i32), 5),
        tf.one_hot(tf.cast(i, "uint8"), depth=4, on_value=2.0, off_value=-1.0),
        tf.gather(tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]), tf.cast(i, i32)),
        tf.gather_nd(x, tf.cast(i[:, :1], i32), batch_dims=1),
        tf.cast(tf.sequence_mask(tf.cast(i, i32), 4), "float32"),
        K.one_hot(K.cast(i, "int32"), 4),
        tf.nn.embedding_lookup(tf.constant([[1.0], [2.0], [3.0], [4.0]]), tf.cast(i, i32)),
    ],
    # products
    "products": lambda x, y: [
        x @ tf.transpose(y, [0, 2, 1]),
        tf.matmul(x, y, transpose_b=True),
        tf.matmul(x, y, transpose_a=True),
        tf.linalg.matmul(x, tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])),
        tf.tensordot(x, tf.constant([[1.0], [2.0], [3.0]]), axes=1),
        K.batch_dot(x, y, axes=2),
        K.dot(x, tf.constant([[1.0], [2.0], [3.0]])),
        tf.linalg.matvec(x, y[:, 0]),
        tf.linalg.diag_part(tf.matmul(x, y, transpose_b=True)),
        tf.linalg.band_part(x, 1, 0),
        tf.linalg.diag(x[:, 0]),
        tf.linalg.trace(tf.matmul(x, y, transpose_b=True)),
        tf.linalg.cross(x, y),
        tf.math.l2_normalize(x, -1),
        tf.add_n([x, y, x]),
        tf.linalg.inv(tf.matmul(x, y, transpose_a=True) + tf.eye(3) * 9.0),
    ],
    # pictures
    "pictures": lambda m: [
        tf.image.resize(m, (8, 6)),
        tf.image.resize(m, [3, 2], method="nearest"),
        tf.image.flip_left_right(m),
        tf.image.flip_up_down(m),
        tf.image.rgb_to_grayscale(m),
        tf.image.grayscale_to_rgb(m[..., :1]),
        tf.nn.max_pool2d(m, 2, 2, "VALID"),
        tf.nn.avg_pool2d(m, ksize=2, strides=2, padding="SAME"),
        tf.nn.depth_to_space(tf.concat([m, m[..., :1]], -1), 2),
        tf.nn.space_to_depth(m, 2),
        tf.image.crop_to_bounding_box(m, 1, 1, 3, 2),
        tf.image.central_crop(m, 0.5),
        tf.image.rot90(m),
        tf.image.per_image_standardization(m),
        tf.image.adjust_brightness(m, 0.1),
        tf.image.adjust_contrast(m, 1.5),
        tf.image.transpose(m),
        tf.image.pad_to_bounding_box(m, 1, 0, 8, 5),
        tf.nn.bias_add(m, tf.constant([1.0, 2.0, 3.0])),
        tf.nn.conv2d(m, tf.ones((2, 2, 3, 2)), strides=1, padding="SAME"),
        tf.nn.local_response_normalization(m),
        tf.image.total_variation(m),
        K.resize_images(m, 2, 2, "channels_last"),
        K.spatial_2d_padding(m),
        K.pool2d(m, (2, 2), pool_mode="avg"),
        tf.reduce_mean(m, axis=[1, 2]),
        tf.image.rgb_to_hsv(m),
        tf.image.resize(m, tf.shape(m)[1:3] * 2),
    ],
    # TensorFlow looks the cubic kernel up in a table of 1024 entries.
    "bicubic": lambda m: [tf.image.resize(m, (7, 9), method="bicubic")],
    "losses": lambda p, x, y: [
        tf.nn.softmax_cross_entropy_with_logits(labels=p, logits=x),
        tf.nn.sigmoid_cross_entropy_with_logits(p, x),
        keras.losses.mse(x, y),
        keras.losses.binary_crossentropy(p, p),
        keras.losses.cosine_similarity(x, y),
        tf.nn.moments(x, axes=[1])[0],
        tf.nn.moments(x, [1])[1],
        tf.nn.batch_normalization(
            x, tf.constant([0.1, 0.2, 0.3]), tf.constant([1.0, 2.0, 3.0]), None, None, 0.001
        ),
    ],
}


def main():
    cases = {}
    for case, build in CASES.items():
        names = build.__code__.co_varnames[: build.__code__.co_argcount]
        inputs = [
            keras.Input(INPUTS[n].shape[1:], name=n, dtype="int32" if n == "i" else "float32")
            for n in names
        ]
        model = keras.Model(inputs, build(*inputs))
        with np.errstate(all="ignore"):
            outputs = model.predict([INPUTS[n] for n in names], verbose=0)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        cases[case] = {
            "form": json.loads(model.to_json()),
            "outputs": [
                [y.dtype.name, np.asarray(y, "float64").round(6).tolist()] for y in outputs
            ],
        }
    text = json.dumps({"inputs": {k: v.tolist() for k, v in INPUTS.items()}, "cases": cases})
    OUT.write_text(text)
    used = {
        l["config"]["function"]
        for c in cases.values()
        for l in c["form"]["config"]["layers"]
        if "function" in l["config"]
    }
    print(len(text), sorted(used - {None}))


if __name__ == "__main__":
    main()

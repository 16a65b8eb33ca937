"""Activations, convolutions, losses and pictures of TensorFlow, by ops of today."""

from minikeras import ops
from minikeras.backend.xp import np
from minikeras.legacy.tensorflow.shaping import _getitem, index_all
from minikeras.legacy.tensorflow.table import constant, length, sizes, tf

_FORMATS = ("NCHW", "NCW", "NCDHW", "channels_first")

# Activations


@tf("nn.elu")
def _elu(features):
    return ops.elu(features)


@tf("nn.gelu")
def _gelu(features, approximate=False):
    return ops.gelu(features, approximate=approximate)


@tf("nn.leaky_relu")
def _leaky_relu(features, alpha=0.2):
    return ops.leaky_relu(features, negative_slope=alpha)


@tf("nn.crelu")
def _crelu(features, axis=-1):
    return ops.relu(ops.concatenate([features, ops.negative(features)], axis=axis))


@tf("nn.softmax")
def _softmax(logits, axis=None, dim=None):
    return ops.softmax(logits, axis=_axis(axis, dim))


@tf("nn.log_softmax")
def _log_softmax(logits, axis=None, dim=None):
    return ops.log_softmax(logits, axis=_axis(axis, dim))


def _axis(axis, dim):
    return next((a for a in (axis, dim) if a is not None), -1)


@tf("nn.silu", "nn.swish")
def _silu(features, beta=1.0):
    if beta == 1.0:
        return ops.silu(features)
    return ops.multiply(features, ops.sigmoid(ops.multiply(features, beta)))


# Convolutions and pools


def _format(data_format):
    return "channels_first" if data_format in _FORMATS else "channels_last"


def _window(values, rank, data_format):
    """The entries of a window or of strides that belong to the spatial axes."""
    values = sizes(values if values is not None else 1)
    if len(values) == rank + 2:
        values = values[2:] if data_format in _FORMATS else values[1:-1]
    return tuple(values * rank if len(values) == 1 else values)


def _convolution(rank):
    def function(
        input,
        filters=None,
        strides=1,
        padding="VALID",
        data_format=None,
        dilations=None,
        filter=None,
        use_cudnn_on_gpu=True,
        stride=None,
    ):
        kernel = constant(filters if filter is None else filter, input)
        return ops.conv(
            input,
            kernel,
            strides=_window(strides if stride is None else stride, rank, data_format),
            padding=padding.lower(),
            data_format=_format(data_format),
            dilation_rate=_window(dilations, rank, data_format),
        )

    tf(f"nn.conv{rank}d")(function)


def _pool(rank, kind, op):
    def function(input, ksize, strides=None, padding="VALID", data_format=None):
        return op(
            input,
            _window(ksize, rank, data_format),
            strides=_window(ksize if strides is None else strides, rank, data_format),
            padding=padding.lower(),
            data_format=_format(data_format),
        )

    tf(f"nn.{kind}_pool{rank}d", *([f"nn.{kind}_pool"] if rank == 2 else []))(function)


for _rank in (1, 2, 3):
    _convolution(_rank)
    _pool(_rank, "max", ops.max_pool)
    _pool(_rank, "avg", ops.average_pool)


@tf("nn.depthwise_conv2d")
def _depthwise_conv2d(input, filter, strides, padding, data_format=None, dilations=None, rate=None):
    return ops.depthwise_conv(
        input,
        constant(filter, input),
        strides=_window(strides, 2, data_format),
        padding=padding.lower(),
        data_format=_format(data_format),
        dilation_rate=_window(dilations if rate is None else rate, 2, data_format),
    )


@tf("nn.bias_add")
def _bias_add(value, bias, data_format=None):
    bias = constant(bias, value)
    if data_format in _FORMATS:
        bias = ops.reshape(bias, (-1, *[1] * (len(value.shape) - 2)))
    return ops.add(value, bias)


@tf("nn.depth_to_space")
def _depth_to_space(input, block_size, data_format="NHWC"):
    return ops.depth_to_space(input, block_size, data_format=_format(data_format))


@tf("nn.space_to_depth")
def _space_to_depth(input, block_size, data_format="NHWC"):
    return ops.space_to_depth(input, block_size, data_format=_format(data_format))


@tf("nn.local_response_normalization", "nn.lrn")
def _local_response_normalization(input, depth_radius=5, bias=1, alpha=1, beta=0.5):
    width = [(0, 0)] * (len(input.shape) - 1) + [(depth_radius, depth_radius)]
    squares, depth = ops.pad(ops.square(input), width), input.shape[-1]
    around = squares[..., :depth]
    for i in range(1, 2 * depth_radius + 1):
        around = ops.add(around, squares[..., i : i + depth])
    scale = ops.power(ops.add(ops.multiply(around, alpha), bias), beta)
    return ops.divide(input, scale)


@tf("nn.batch_normalization")
def _batch_normalization(x, mean, variance, offset, scale, variance_epsilon):
    factor = ops.rsqrt(ops.add(constant(variance, x), variance_epsilon))
    factor = factor if scale is None else ops.multiply(factor, constant(scale, x))
    found = ops.multiply(ops.subtract(x, constant(mean, x)), factor)
    return found if offset is None else ops.add(found, constant(offset, x))


@tf("nn.moments")
def _moments(x, axes, shift=None, keepdims=False, keep_dims=None):
    return ops.moments(x, tuple(sizes(axes)), keepdims=bool(keepdims or keep_dims))


# Losses


@tf("nn.softmax_cross_entropy_with_logits", "nn.softmax_cross_entropy_with_logits_v2")
def _softmax_cross_entropy(labels, logits, axis=-1, dim=None):
    axis = axis if dim is None else dim
    labels = constant(labels, logits)
    return ops.negative(ops.sum(ops.multiply(labels, ops.log_softmax(logits, axis)), axis=axis))


@tf("nn.sparse_softmax_cross_entropy_with_logits")
def _sparse_softmax_cross_entropy(labels, logits):
    return ops.sparse_categorical_crossentropy(constant(labels), logits, from_logits=True)


@tf("nn.sigmoid_cross_entropy_with_logits")
def _sigmoid_cross_entropy(labels=None, logits=None):
    labels = constant(labels, logits)
    log_odds = ops.softplus(ops.negative(ops.abs(logits)))
    return ops.add(ops.subtract(ops.relu(logits), ops.multiply(logits, labels)), log_odds)


@tf("keras.backend.binary_crossentropy")
def _binary_crossentropy(target, output, from_logits=False):
    return ops.binary_crossentropy(constant(target, output), output, from_logits=from_logits)


@tf("keras.backend.categorical_crossentropy")
def _categorical_crossentropy(target, output, from_logits=False, axis=-1):
    return ops.categorical_crossentropy(
        constant(target, output), output, from_logits=from_logits, axis=axis
    )


@tf("keras.backend.sparse_categorical_crossentropy")
def _sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1, ignore_class=None):
    if ignore_class is not None:
        raise ValueError("sparse_categorical_crossentropy with ignore_class has no counterpart")
    return ops.sparse_categorical_crossentropy(
        constant(target), output, from_logits=from_logits, axis=axis
    )


@tf("nn.l2_loss")
def _l2_loss(t):
    return ops.divide(ops.sum(ops.square(t)), 2)


# Pictures

_METHODS = {"bilinear": "bilinear", "nearest": "nearest", "bicubic": "bicubic",
            "lanczos3": "lanczos3", "lanczos5": "lanczos5"}  # fmt: skip


@tf("image.resize")
def _resize(images, size, method="bilinear", preserve_aspect_ratio=False, antialias=False):
    method = {0: "bilinear", 1: "nearest", 2: "bicubic"}.get(method, method)
    if method not in _METHODS or preserve_aspect_ratio:
        raise ValueError(
            f"image.resize with method={method!r}, preserve_aspect_ratio={preserve_aspect_ratio} "
            "has no counterpart"
        )
    return ops.image.resize(
        images, tuple(sizes(size)), interpolation=method, antialias=antialias,
        data_format="channels_last",
    )  # fmt: skip


@tf("image.flip_left_right")
def _flip_left_right(image):
    return ops.flip(image, -2)


@tf("image.flip_up_down")
def _flip_up_down(image):
    return ops.flip(image, -3)


@tf("image.transpose")
def _transpose(image):
    return ops.swapaxes(image, -3, -2)


@tf("image.rot90")
def _rot90(image, k=1):
    return ops.rot90(image, k=k, axes=(-3, -2))


@tf("image.rgb_to_grayscale")
def _rgb_to_grayscale(images):
    return ops.image.rgb_to_grayscale(images, data_format="channels_last")


@tf("image.grayscale_to_rgb")
def _grayscale_to_rgb(images):
    return ops.repeat(images, 3, axis=-1)


@tf("image.rgb_to_hsv")
def _rgb_to_hsv(images):
    return ops.image.rgb_to_hsv(images, data_format="channels_last")


@tf("image.hsv_to_rgb")
def _hsv_to_rgb(images):
    return ops.image.hsv_to_rgb(images, data_format="channels_last")


@tf("image.adjust_brightness")
def _adjust_brightness(image, delta):
    return ops.add(image, delta)


@tf("image.adjust_contrast")
def _adjust_contrast(images, contrast_factor):
    mean = ops.mean(images, axis=(-3, -2), keepdims=True)
    return ops.add(ops.multiply(ops.subtract(images, mean), contrast_factor), mean)


@tf("image.adjust_gamma")
def _adjust_gamma(image, gamma=1, gain=1):
    return ops.multiply(ops.power(image, gamma), gain)


@tf("image.adjust_saturation")
def _adjust_saturation(image, saturation_factor):
    hsv = _rgb_to_hsv(image)
    strength = ops.clip(ops.multiply(hsv[..., 1:2], saturation_factor), 0, 1)
    return _hsv_to_rgb(ops.concatenate([hsv[..., :1], strength, hsv[..., 2:]], axis=-1))


@tf("image.adjust_hue")
def _adjust_hue(image, delta):
    hsv = _rgb_to_hsv(image)
    hue = ops.mod(ops.add(hsv[..., :1], delta), 1.0)
    return _hsv_to_rgb(ops.concatenate([hue, hsv[..., 1:]], axis=-1))


@tf("image.per_image_standardization")
def _per_image_standardization(image):
    mean = ops.mean(image, axis=(-3, -2, -1), keepdims=True)
    deviation = ops.std(image, axis=(-3, -2, -1), keepdims=True)
    least = float(np.prod(image.shape[-3:])) ** -0.5
    return ops.divide(ops.subtract(image, mean), ops.maximum(deviation, least))


def _cut(image, top, height, left, width):
    spec = [{"class_name": "__ellipsis__"}, (top, height), (left, width), index_all()]
    return _getitem(
        image,
        [
            {"start": s[0], "stop": s[0] + s[1], "step": None} if isinstance(s, tuple) else s
            for s in spec
        ],
    )


@tf("image.crop_to_bounding_box")
def _crop_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    places = (offset_height, target_height, offset_width, target_width)
    return _cut(image, *(length(n) for n in places))


@tf("image.pad_to_bounding_box")
def _pad_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    bottom = target_height - offset_height - image.shape[-3]
    right = target_width - offset_width - image.shape[-2]
    width = [(0, 0)] * (len(image.shape) - 3)
    return ops.pad(image, [*width, (offset_height, bottom), (offset_width, right), (0, 0)])


@tf("image.central_crop")
def _central_crop(image, central_fraction):
    places = []
    for side in image.shape[-3:-1]:
        start = int((side - side * central_fraction) / 2)
        places += [start, side - 2 * start]
    return _cut(image, *places)


@tf("image.convert_image_dtype")
def _convert_image_dtype(image, dtype, saturate=False):
    if "float" not in dtype or "float" not in str(image.dtype):
        raise ValueError("image.convert_image_dtype is there from floats to floats alone")
    return ops.cast(image, dtype)

"""MobileNet version 2: bottlenecks turned inside out (Sandler and others 2018)."""

import dataclasses

from minikeras import layers
from minikeras.applications.building import (
    STORAGE,
    Request,
    WeightsFile,
    channel_axis,
    classifier,
    documented,
    finished,
    image_input,
    image_shape,
    padding_before_stride,
    pooled,
    rounded,
)
from minikeras.applications.imagenet_utils import decode_predictions, preprocessing
from minikeras.applications.mobilenet import need_known, rows_of_weights, trained_size

__all__ = ["MobileNetV2", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing("tf")

# For each run of blocks: filters, stride of the first, number of blocks.
_RUNS = ((16, 1, 1), (24, 2, 2), (32, 2, 3), (64, 2, 4), (96, 1, 3), (160, 2, 3), (320, 1, 1))
_EXPANSION = 6  # of the channels within a block; the first block has none
_SIZES = (96, 128, 160, 192, 224)  # sides of the images that there are weights for
_ALPHAS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)


@documented
def MobileNetV2(
    input_shape=None,
    alpha=1.0,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name=None,
):
    """MobileNet version 2 with 3.5 million weights, or fewer or more by ``alpha``.

    Images go through `keras.applications.mobilenet_v2.preprocess_input` first. There are weights
    for sides of 96, 128, 160, 192 and 224 and ``alpha`` 0.35, 0.5, 0.75, 1, 1.3 and 1.4. Source:
    "MobileNetV2: Inverted Residuals and Linear Bottlenecks", arXiv:1801.04381.
    """
    request = Request(
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
    )
    known = input_shape
    if known is None and input_tensor is not None:
        known = input_tensor.shape[1:]
    shape = image_shape(request, trained_size(known, _SIZES), 32)
    need_known(request, "alpha", alpha, _ALPHAS)
    rows = rows_of_weights(request, shape, _SIZES)
    image = image_input(request, shape=shape)
    x = layers.Conv2D(
        rounded(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="Conv1"
    )(image)
    x = layers.ReLU(6.0, name="Conv1_relu")(_normalized(x, "bn_Conv1"))
    number = 0
    for filters, first_stride, count in _RUNS:
        for i in range(count):
            x = _block(x, rounded(int(filters * alpha)), first_stride if i == 0 else 1, number)
            number += 1
    last = rounded(1280 * alpha) if alpha > 1.0 else 1280
    x = layers.Conv2D(last, 1, use_bias=False, name="Conv_1")(x)
    x = layers.ReLU(6.0, name="out_relu")(_normalized(x, "Conv_1_bn"))
    if include_top:
        x = classifier(x, request, pool=None)
    else:
        x = pooled(x, request, is_named=False)
    request = dataclasses.replace(request, name=name or f"mobilenetv2_{alpha:0.2f}_{rows}")
    start = f"{STORAGE}mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels"
    start = f"{start}_{float(alpha)}_{rows}"
    files = WeightsFile(f"{start}.h5"), WeightsFile(f"{start}_no_top.h5")
    return finished(request, image, x, files)


def _normalized(x, name):
    return layers.BatchNormalization(
        axis=channel_axis(-1), epsilon=1e-3, momentum=0.999, name=name
    )(x)


def _block(inputs, filters, stride, number):
    """1x1 convolution to more channels, 3x3 depthwise, 1x1 to few, and the input if that fits."""
    x, channels = inputs, inputs.shape[channel_axis(-1)]
    prefix = f"block_{number}_" if number else "expanded_conv_"
    if number:
        x = layers.Conv2D(
            _EXPANSION * channels, 1, padding="same", use_bias=False, name=f"{prefix}expand"
        )(x)
        x = layers.ReLU(6.0, name=f"{prefix}expand_relu")(_normalized(x, f"{prefix}expand_BN"))
    if stride == 2:
        x = layers.ZeroPadding2D(padding_before_stride(x, 3), name=f"{prefix}pad")(x)
    x = layers.DepthwiseConv2D(
        3,
        strides=stride,
        padding="same" if stride == 1 else "valid",
        use_bias=False,
        name=f"{prefix}depthwise",
    )(x)
    x = layers.ReLU(6.0, name=f"{prefix}depthwise_relu")(_normalized(x, f"{prefix}depthwise_BN"))
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"{prefix}project")(x)
    x = _normalized(x, f"{prefix}project_BN")
    if stride == 1 and channels == filters:
        x = layers.Add(name=f"{prefix}add")([inputs, x])
    return x

"""EfficientNet version 2: plain convolutions in the first stages (Tan and Le 2021)."""

import math

from minikeras import initializers, layers
from minikeras.applications.building import (
    STORAGE,
    Request,
    WeightsFile,
    channel_axis,
    classifier,
    documented,
    finished,
    image_input,
    pooled,
    rounded,
)
from minikeras.applications.efficientnet import (
    DROP_CONNECT,
    activated,
    added,
    convolution,
    convolution_initializer,
    dense_initializer,
    expanded,
    projected,
    squeezed_and_excited,
)
from minikeras.applications.imagenet_utils import decode_predictions, preprocessing

__all__ = [
    "EfficientNetV2B0",
    "EfficientNetV2B1",
    "EfficientNetV2B2",
    "EfficientNetV2B3",
    "EfficientNetV2L",
    "EfficientNetV2M",
    "EfficientNetV2S",
    "decode_predictions",
    "preprocess_input",
]

preprocess_input = preprocessing(None)

# For each stage: blocks, filters, factor of channels within blocks, first stride, and whether
# blocks are fused: a plain 3x3 convolution in place of a 1x1 and a depthwise one, and no
# squeeze-and-excite.
_B = (
    (1, 16, 1, 1, True),
    (2, 32, 4, 2, True),
    (2, 48, 4, 2, True),
    (3, 96, 4, 2, False),
    (5, 112, 6, 1, False),
    (8, 192, 6, 2, False),
)
_S = (
    (2, 24, 1, 1, True),
    (4, 48, 4, 2, True),
    (4, 64, 4, 2, True),
    (6, 128, 4, 2, False),
    (9, 160, 6, 1, False),
    (15, 256, 6, 2, False),
)
_M = (
    (3, 24, 1, 1, True),
    (5, 48, 4, 2, True),
    (5, 80, 4, 2, True),
    (7, 160, 4, 2, False),
    (14, 176, 6, 1, False),
    (18, 304, 6, 2, False),
    (5, 512, 6, 1, False),
)
_L = (
    (4, 32, 1, 1, True),
    (7, 64, 4, 2, True),
    (7, 96, 4, 2, True),
    (10, 192, 4, 2, False),
    (19, 224, 6, 1, False),
    (25, 384, 6, 2, False),
    (7, 640, 6, 1, False),
)
# By name: stages, filters of the first convolution, factors of width and depth, side of images,
# hashes of the weights.
_VARIANTS = {
    "b0": (
        _B,
        32,
        1.0,
        1.0,
        224,
        ("21ecbf6da12460d5c40bb2f29ceb2188", "893217f2bb855e2983157299931e43ff"),
    ),
    "b1": (
        _B,
        32,
        1.0,
        1.1,
        240,
        ("069f0534ff22adf035c89e2d9547a9dc", "0e80663031ca32d657f9caa404b6ec37"),
    ),
    "b2": (
        _B,
        32,
        1.1,
        1.2,
        260,
        ("424e49f28180edbde1e94797771950a7", "1dfe2e7a5d45b6632553a8961ea609eb"),
    ),
    "b3": (
        _B,
        32,
        1.2,
        1.4,
        300,
        ("1f1fc43bd98a6e4fd8fdfd551e02c7a0", "f6abf7b5849ac99a89b50dd3fd532856"),
    ),
    "s": (
        _S,
        24,
        1.0,
        1.0,
        384,
        ("e1d88a8495beba45748fedd0cecbe016", "af0682fb74e8c54910f2d4393339c070"),
    ),
    "m": (
        _M,
        24,
        1.0,
        1.0,
        480,
        ("a3bf6aa3276309f4fc6a34aa114c95cd", "1b8dc055df72dde80d614482840fe342"),
    ),
    "l": (
        _L,
        32,
        1.0,
        1.0,
        480,
        ("27e6d408b53c7ebc868fefa357689935", "b0b66b5c863aef5b46e8608fe1711615"),
    ),
}
_BATCH_NORMALIZATION = {"momentum": 0.9}
_DROPOUT = 0.2


@documented
def EfficientNetV2B0(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="efficientnetv2-b0",
):
    """EfficientNet version 2 B0 for images of 224x224, with 7.2 million weights.

    Images have values from 0 to 255; the network scales them unless told not to. Source:
    "EfficientNetV2: Smaller Models and Faster Training", arXiv:2104.00298.
    """
    return _efficientnet("b0", **locals())


@documented
def EfficientNetV2B1(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="efficientnetv2-b1",
):
    """EfficientNet version 2 B1 for images of 240x240, with 8.2 million weights.

    Images have values from 0 to 255; the network scales them unless told not to. Source:
    "EfficientNetV2: Smaller Models and Faster Training", arXiv:2104.00298.
    """
    return _efficientnet("b1", **locals())


@documented
def EfficientNetV2B2(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="efficientnetv2-b2",
):
    """EfficientNet version 2 B2 for images of 260x260, with 10.2 million weights.

    Images have values from 0 to 255; the network scales them unless told not to. Source:
    "EfficientNetV2: Smaller Models and Faster Training", arXiv:2104.00298.
    """
    return _efficientnet("b2", **locals())


@documented
def EfficientNetV2B3(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="efficientnetv2-b3",
):
    """EfficientNet version 2 B3 for images of 300x300, with 14.5 million weights.

    Images have values from 0 to 255; the network scales them unless told not to. Source:
    "EfficientNetV2: Smaller Models and Faster Training", arXiv:2104.00298.
    """
    return _efficientnet("b3", **locals())


@documented
def EfficientNetV2S(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="efficientnetv2-s",
):
    """EfficientNet version 2 S for images of 384x384, with 21.6 million weights.

    Images have values from 0 to 255; the network scales them unless told not to. Source:
    "EfficientNetV2: Smaller Models and Faster Training", arXiv:2104.00298.
    """
    return _efficientnet("s", **locals())


@documented
def EfficientNetV2M(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="efficientnetv2-m",
):
    """EfficientNet version 2 M for images of 480x480, with 54.4 million weights.

    Images have values from 0 to 255; the network scales them unless told not to. Source:
    "EfficientNetV2: Smaller Models and Faster Training", arXiv:2104.00298.
    """
    return _efficientnet("m", **locals())


@documented
def EfficientNetV2L(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="efficientnetv2-l",
):
    """EfficientNet version 2 L for images of 480x480, with 119 million weights.

    Images have values from 0 to 255; the network scales them unless told not to. Source:
    "EfficientNetV2: Smaller Models and Faster Training", arXiv:2104.00298.
    """
    return _efficientnet("l", **locals())


def _efficientnet(variant, include_preprocessing, **arguments):
    request = Request(**arguments)
    stages, filters, width, depth, size, hashes = _VARIANTS[variant]
    image = x = image_input(request, size)
    if include_preprocessing:
        x = _scaled(x, variant)
    filters = _rounded(filters * width)
    x = convolution(x, filters, 3, "stem_conv", strides=2)
    x = activated(x, "stem_", **_BATCH_NORMALIZATION)
    total = sum(stage[0] for stage in stages)
    number = 0
    for i, (count, outputs, expansion, stride, is_fused) in enumerate(stages):
        for j in range(math.ceil(depth * count)):
            x = (_fused_block if is_fused else _block)(
                x,
                _rounded(outputs * width),
                expansion,
                stride if j == 0 else 1,
                DROP_CONNECT * number / total,
                f"block{i + 1}{chr(ord('a') + j)}_",
            )
            number += 1
    x = convolution(x, _rounded(1280 * width), 1, "top_conv")
    x = activated(x, "top_", **_BATCH_NORMALIZATION)
    if request.include_top:
        x = classifier(
            x,
            request,
            _DROPOUT,
            kernel_initializer=dense_initializer(),
            bias_initializer=initializers.Constant(0.0),
        )
    else:
        x = pooled(x, request, is_named=True)
    start = f"{STORAGE}efficientnet_v2/efficientnetv2-{variant}"
    files = WeightsFile(f"{start}.h5", hashes[0]), WeightsFile(f"{start}_notop.h5", hashes[1])
    return finished(request, image, x, files)


def _scaled(x, variant):
    """Pixels from 0 to 255 as the weights of the variant expect them."""
    if not variant.startswith("b") or x.shape[channel_axis()] != 3:
        return layers.Rescaling(1.0 / 128.0, offset=-1)(x)
    x = layers.Rescaling(1.0 / 255)(x)
    return layers.Normalization(
        mean=[0.485, 0.456, 0.406],
        variance=[0.229**2, 0.224**2, 0.225**2],
        axis=channel_axis(),
    )(x)


def _rounded(filters):
    return rounded(filters, lowest=0.0)


def _block(x, filters, expansion, stride, rate, name):
    """1x1 convolution to more channels, depthwise 3x3, squeeze-and-excite, 1x1 to few channels."""
    channels = x.shape[channel_axis()]
    y = expanded(x, channels * expansion, name, **_BATCH_NORMALIZATION)
    y = layers.DepthwiseConv2D(
        3,
        strides=stride,
        padding="same",
        use_bias=False,
        depthwise_initializer=convolution_initializer(),
        name=f"{name}dwconv2",
    )(y)
    y = activated(y, name, **_BATCH_NORMALIZATION)
    y = squeezed_and_excited(y, channels, name)
    y = projected(y, filters, name, **_BATCH_NORMALIZATION)
    return added(x, y, rate, name) if stride == 1 and channels == filters else y


def _fused_block(x, filters, expansion, stride, rate, name):
    """3x3 convolution to more channels, 1x1 to few; one 3x3 convolution if there are no more."""
    channels = x.shape[channel_axis()]
    if expansion > 1:
        y = expanded(x, channels * expansion, name, 3, stride, **_BATCH_NORMALIZATION)
        y = projected(y, filters, name, **_BATCH_NORMALIZATION)
    else:
        y = projected(x, filters, name, 3, stride, **_BATCH_NORMALIZATION)
        y = layers.Activation("swish", name=f"{name}project_activation")(y)
    return added(x, y, rate, name) if stride == 1 and channels == filters else y

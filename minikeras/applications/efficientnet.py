"""EfficientNet: depth, width and size of images grow together (Tan and Le 2019).

Its blocks, but for where they pad, are those of `minikeras.applications.efficientnet_v2`, too.
"""

import math

from minikeras import initializers, layers
from minikeras.applications.building import (
    Request,
    WeightsFile,
    channel_axis,
    classifier,
    documented,
    finished,
    image_input,
    padding_before_stride,
    pooled,
    rounded,
)
from minikeras.applications.imagenet_utils import decode_predictions, preprocessing

__all__ = [
    "EfficientNetB0",
    "EfficientNetB1",
    "EfficientNetB2",
    "EfficientNetB3",
    "EfficientNetB4",
    "EfficientNetB5",
    "EfficientNetB6",
    "EfficientNetB7",
    "decode_predictions",
    "preprocess_input",
]

preprocess_input = preprocessing(None)

_STORAGE = "https://storage.googleapis.com/keras-applications/"
# For each stage: kernel size, blocks, filters, factor of channels within blocks, first stride.
_STAGES = (
    (3, 1, 16, 1, 1),
    (3, 2, 24, 6, 2),
    (5, 2, 40, 6, 2),
    (3, 3, 80, 6, 2),
    (5, 3, 112, 6, 1),
    (5, 4, 192, 6, 2),
    (3, 1, 320, 6, 1),
)
# By name: factors of width and depth, side of images, dropout, hashes of the weights.
_VARIANTS = {
    "b0": (
        1.0,
        1.0,
        224,
        0.2,
        ("902e53a9f72be733fc0bcb005b3ebbac", "50bc09e76180e00e4465e1a485ddc09d"),
    ),
    "b1": (
        1.0,
        1.1,
        240,
        0.2,
        ("1d254153d4ab51201f1646940f018540", "74c4e6b3e1f6a1eea24c589628592432"),
    ),
    "b2": (
        1.1,
        1.2,
        260,
        0.3,
        ("b15cce36ff4dcbd00b6dd88e7857a6ad", "111f8e2ac8aa800a7a99e3239f7bfb39"),
    ),
    "b3": (
        1.2,
        1.4,
        300,
        0.3,
        ("ffd1fdc53d0ce67064dc6a9c7960ede0", "af6d107764bb5b1abb91932881670226"),
    ),
    "b4": (
        1.4,
        1.8,
        380,
        0.4,
        ("18c95ad55216b8f92d7e70b3a046e2fc", "ebc24e6d6c33eaebbd558eafbeedf1ba"),
    ),
    "b5": (
        1.6,
        2.2,
        456,
        0.4,
        ("ace28f2a6363774853a83a0b21b9421a", "38879255a25d3c92d5e44e04ae6cec6f"),
    ),
    "b6": (
        1.8,
        2.6,
        528,
        0.5,
        ("165f6e37dce68623721b423839de8be5", "9ecce42647a20130c1f39a5d4cb75743"),
    ),
    "b7": (
        2.0,
        3.1,
        600,
        0.5,
        ("8c03f828fec3ef71311cd463b6759d99", "cbcfe4450ddf6f3ad90b1b398090fe4a"),
    ),
}
DROP_CONNECT = 0.2  # how often the last block is left out in training; the first one never
_DEVIATIONS = (0.229, 0.224, 0.225)  # of red, green, blue over ImageNet


@documented
def EfficientNetB0(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="efficientnetb0",
):
    """EfficientNet B0 for images of 224x224, with 5.3 million weights.

    Images have values from 0 to 255; the network scales them. Source: "EfficientNet: Rethinking
    Model Scaling for Convolutional Neural Networks", arXiv:1905.11946.
    """
    return _efficientnet("b0", Request(**locals()))


@documented
def EfficientNetB1(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="efficientnetb1",
):
    """EfficientNet B1 for images of 240x240, with 7.9 million weights.

    Images have values from 0 to 255; the network scales them. Source: "EfficientNet: Rethinking
    Model Scaling for Convolutional Neural Networks", arXiv:1905.11946.
    """
    return _efficientnet("b1", Request(**locals()))


@documented
def EfficientNetB2(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="efficientnetb2",
):
    """EfficientNet B2 for images of 260x260, with 9.2 million weights.

    Images have values from 0 to 255; the network scales them. Source: "EfficientNet: Rethinking
    Model Scaling for Convolutional Neural Networks", arXiv:1905.11946.
    """
    return _efficientnet("b2", Request(**locals()))


@documented
def EfficientNetB3(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="efficientnetb3",
):
    """EfficientNet B3 for images of 300x300, with 12.3 million weights.

    Images have values from 0 to 255; the network scales them. Source: "EfficientNet: Rethinking
    Model Scaling for Convolutional Neural Networks", arXiv:1905.11946.
    """
    return _efficientnet("b3", Request(**locals()))


@documented
def EfficientNetB4(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="efficientnetb4",
):
    """EfficientNet B4 for images of 380x380, with 19.5 million weights.

    Images have values from 0 to 255; the network scales them. Source: "EfficientNet: Rethinking
    Model Scaling for Convolutional Neural Networks", arXiv:1905.11946.
    """
    return _efficientnet("b4", Request(**locals()))


@documented
def EfficientNetB5(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="efficientnetb5",
):
    """EfficientNet B5 for images of 456x456, with 30.6 million weights.

    Images have values from 0 to 255; the network scales them. Source: "EfficientNet: Rethinking
    Model Scaling for Convolutional Neural Networks", arXiv:1905.11946.
    """
    return _efficientnet("b5", Request(**locals()))


@documented
def EfficientNetB6(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="efficientnetb6",
):
    """EfficientNet B6 for images of 528x528, with 43.3 million weights.

    Images have values from 0 to 255; the network scales them. Source: "EfficientNet: Rethinking
    Model Scaling for Convolutional Neural Networks", arXiv:1905.11946.
    """
    return _efficientnet("b6", Request(**locals()))


@documented
def EfficientNetB7(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="efficientnetb7",
):
    """EfficientNet B7 for images of 600x600, with 66.7 million weights.

    Images have values from 0 to 255; the network scales them. Source: "EfficientNet: Rethinking
    Model Scaling for Convolutional Neural Networks", arXiv:1905.11946.
    """
    return _efficientnet("b7", Request(**locals()))


def _efficientnet(variant, request):
    width, depth, size, dropout, hashes = _VARIANTS[variant]
    image = image_input(request, size)
    x = layers.Rescaling(1.0 / 255.0)(image)
    x = layers.Normalization(axis=channel_axis())(x)
    if request.is_pretrained:
        # The weights were found with the roots of the deviations in place of the deviations.
        x = layers.Rescaling([1.0 / math.sqrt(deviation) for deviation in _DEVIATIONS])(x)
    x = layers.ZeroPadding2D(padding_before_stride(x, 3), name="stem_conv_pad")(x)
    filters = rounded(32 * width)
    x = convolution(x, filters, 3, "stem_conv", strides=2, padding="valid")
    x = activated(x, "stem_")
    counts = [math.ceil(depth * stage[1]) for stage in _STAGES]
    number = 0
    for i, ((kernel, _, outputs, expansion, stride), count) in enumerate(zip(_STAGES, counts)):
        for j in range(count):
            name = f"block{i + 1}{chr(ord('a') + j)}_"
            rate = DROP_CONNECT * number / sum(counts)
            outputs_here = rounded(outputs * width)
            strides = stride if j == 0 else 1
            y = expanded(x, filters * expansion, name) if expansion > 1 else x
            y = _depthwise(y, kernel, strides, name)
            y = squeezed_and_excited(y, filters, name)
            y = projected(y, outputs_here, name)
            x = added(x, y, rate, name) if strides == 1 and filters == outputs_here else y
            filters = outputs_here
            number += 1
    x = activated(convolution(x, rounded(1280 * width), 1, "top_conv"), "top_")
    if request.include_top:
        x = classifier(x, request, dropout, kernel_initializer=dense_initializer())
    else:
        x = pooled(x, request, is_named=True)
    start = f"{_STORAGE}efficientnet{variant}"
    files = WeightsFile(f"{start}.h5", hashes[0]), WeightsFile(f"{start}_notop.h5", hashes[1])
    return finished(request, image, x, files)


def _depthwise(x, kernel_size, strides, name):
    if strides == 2:
        x = layers.ZeroPadding2D(padding_before_stride(x, kernel_size), name=f"{name}dwconv_pad")(x)
    x = layers.DepthwiseConv2D(
        kernel_size,
        strides=strides,
        padding="valid" if strides == 2 else "same",
        use_bias=False,
        depthwise_initializer=convolution_initializer(),
        name=f"{name}dwconv",
    )(x)
    return activated(x, name)


def convolution_initializer():
    """How kernels of convolutions begin."""
    return initializers.VarianceScaling(2.0, mode="fan_out", distribution="truncated_normal")


def dense_initializer():
    """How the kernel of the classifier begins."""
    return initializers.VarianceScaling(1.0 / 3.0, mode="fan_out", distribution="uniform")


def convolution(x, filters, kernel_size, name, strides=1, padding="same"):
    """A convolution without biases."""
    return layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding=padding,
        use_bias=False,
        kernel_initializer=convolution_initializer(),
        name=name,
    )(x)


def normalized(x, name, **options):
    """Batch normalization; ``options`` are those in which the versions differ."""
    return layers.BatchNormalization(axis=channel_axis(), name=f"{name}bn", **options)(x)


def activated(x, name, **options):
    """Batch normalization and swish."""
    return layers.Activation("swish", name=f"{name}activation")(normalized(x, name, **options))


def expanded(x, filters, name, kernel_size=1, strides=1, **options):
    """More channels, for what a block does in between."""
    x = convolution(x, filters, kernel_size, f"{name}expand_conv", strides)
    return activated(x, f"{name}expand_", **options)


def projected(x, filters, name, kernel_size=1, strides=1, **options):
    """The channels that a block gives."""
    x = convolution(x, filters, kernel_size, f"{name}project_conv", strides)
    return normalized(x, f"{name}project_", **options)


def squeezed_and_excited(x, inputs, name):
    """Each channel times a number between 0 and 1 that its and the others' means decide.

    ``inputs`` is the number of channels of the block's input, a quarter of which are in between.
    """
    filters = x.shape[channel_axis()]
    shape = (1, 1, filters) if channel_axis() == 3 else (filters, 1, 1)
    y = layers.GlobalAveragePooling2D(name=f"{name}se_squeeze")(x)
    y = layers.Reshape(shape, name=f"{name}se_reshape")(y)
    steps = (("reduce", max(1, int(inputs * 0.25)), "swish"), ("expand", filters, "sigmoid"))
    for step, n, activation in steps:
        y = layers.Conv2D(
            n,
            1,
            padding="same",
            activation=activation,
            kernel_initializer=convolution_initializer(),
            name=f"{name}se_{step}",
        )(y)
    return layers.Multiply(name=f"{name}se_excite")([x, y])


def added(x, y, rate, name):
    """``x + y``, where in training ``y`` is left out for some samples (stochastic depth)."""
    if rate > 0:
        y = layers.Dropout(rate, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(y)
    return layers.Add(name=f"{name}add")([y, x])

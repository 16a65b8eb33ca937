"""MobileNet version 3: squeeze-and-excite and hard swish (Howard and others 2019)."""

from minikeras import config, layers
from minikeras.applications.building import (
    STORAGE,
    Request,
    WeightsFile,
    activation_asked,
    channel_axis,
    documented,
    finished,
    image_input,
    padding_before_stride,
    pooled,
    rounded,
    rows_and_columns,
)
from minikeras.applications.imagenet_utils import decode_predictions, preprocessing
from minikeras.applications.mobilenet import need_known, rows_of_weights

__all__ = ["MobileNetV3Large", "MobileNetV3Small", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing(None)

_LEAST = 32  # the smallest side of images
# For each block: the factor of channels within it, filters, kernel size, stride, whether there is
# squeeze-and-excite, and whether the activation is hard swish. Minimalistic networks have neither
# of these two, and kernels of 3x3 only.
_SMALL = (
    (1, 16, 3, 2, True, False),
    (72.0 / 16, 24, 3, 2, False, False),
    (88.0 / 24, 24, 3, 1, False, False),
    (4, 40, 5, 2, True, True),
    (6, 40, 5, 1, True, True),
    (6, 40, 5, 1, True, True),
    (3, 48, 5, 1, True, True),
    (3, 48, 5, 1, True, True),
    (6, 96, 5, 2, True, True),
    (6, 96, 5, 1, True, True),
    (6, 96, 5, 1, True, True),
)
_LARGE = (
    (1, 16, 3, 1, False, False),
    (4, 24, 3, 2, False, False),
    (3, 24, 3, 1, False, False),
    (3, 40, 5, 2, True, False),
    (3, 40, 5, 1, True, False),
    (3, 40, 5, 1, True, False),
    (6, 80, 3, 2, False, True),
    (2.5, 80, 3, 1, False, True),
    (2.3, 80, 3, 1, False, True),
    (2.3, 80, 3, 1, False, True),
    (6, 112, 3, 1, True, True),
    (6, 112, 3, 1, True, True),
    (6, 160, 5, 2, True, True),
    (6, 160, 5, 1, True, True),
    (6, 160, 5, 1, True, True),
)
# By size: the blocks, and the number of filters before the classifier.
_SIZES = {"small": (_SMALL, 1024), "large": (_LARGE, 1280)}
_HASHES = {
    "large_224_0.75_float": (
        "765b44a33ad4005b3ac83185abf1d0eb",
        "40af19a13ebea4e2ee0c676887f69a2e",
    ),
    "large_224_1.0_float": (
        "59e551e166be033d707958cf9e29a6a7",
        "07fb09a5933dd0c8eaafa16978110389",
    ),
    "large_minimalistic_224_1.0_float": (
        "675e7b876c45c57e9e63e6d90a36599c",
        "ec5221f64a2f6d1ef965a614bdae7973",
    ),
    "small_224_0.75_float": (
        "cb65d4e5be93758266aa0a7f2c6708b7",
        "ebdb5cc8e0b497cd13a7c275d475c819",
    ),
    "small_224_1.0_float": (
        "8768d4c2e7dee89b9d02b2d03d65d862",
        "d3e8ec802a04aa4fc771ee12a9a9b836",
    ),
    "small_minimalistic_224_1.0_float": (
        "99cd97fb2fcdad2bf028eb838de69e37",
        "cde8136e733e811080d9fcd8a252f7e4",
    ),
}


@documented
def MobileNetV3Small(
    input_shape=None,
    alpha=1.0,
    minimalistic=False,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    classes=1000,
    pooling=None,
    dropout_rate=0.2,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="MobileNetV3Small",
):
    """The small MobileNet version 3 with 2.6 million weights, or fewer or more by ``alpha``.

    Images have values from 0 to 255. There are weights for sides of 224 and ``alpha`` 0.75 and 1,
    minimalistic ones for 1. Source: "Searching for MobileNetV3", arXiv:1905.02244.
    """
    return _mobilenet("small", **locals())


@documented
def MobileNetV3Large(
    input_shape=None,
    alpha=1.0,
    minimalistic=False,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    classes=1000,
    pooling=None,
    dropout_rate=0.2,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="MobileNetV3Large",
):
    """The large MobileNet version 3 with 5.5 million weights, or fewer or more by ``alpha``.

    Images have values from 0 to 255. There are weights for sides of 224 and ``alpha`` 0.75 and 1,
    minimalistic ones for 1. Source: "Searching for MobileNetV3", arXiv:1905.02244.
    """
    return _mobilenet("large", **locals())


def _mobilenet(size, alpha, minimalistic, dropout_rate, include_preprocessing, **arguments):
    request = Request(**arguments)
    blocks, last_filters = _SIZES[size]
    shape = _image_shape(request)
    need_known(request, "alpha", alpha, (1.0,) if minimalistic else (0.75, 1.0))
    rows_of_weights(request, shape, (224,))
    image = x = image_input(request, shape=shape)
    activation = _relu if minimalistic else _hard_swish
    if include_preprocessing:
        x = layers.Rescaling(1.0 / 127.5, offset=-1.0)(x)
    x = layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False, name="conv")(x)
    x = activation(_normalized(x, "conv_bn"))
    for i, (expansion, filters, kernel, stride, squeezes, is_hard) in enumerate(blocks):
        x = _block(
            x,
            expansion,
            rounded(filters * alpha),
            3 if minimalistic else kernel,
            stride,
            squeezes and not minimalistic,
            activation if is_hard else _relu,
            f"expanded_conv_{i}_" if i else "expanded_conv_",
        )
    wide = rounded(x.shape[channel_axis()] * 6)
    x = layers.Conv2D(wide, 1, padding="same", use_bias=False, name="conv_1")(x)
    x = activation(_normalized(x, "conv_1_bn"))
    if request.include_top:
        if alpha > 1.0:
            last_filters = rounded(last_filters * alpha)
        x = layers.GlobalAveragePooling2D(keepdims=True)(x)
        x = layers.Conv2D(last_filters, 1, padding="same", name="conv_2")(x)
        x = activation(x)
        if dropout_rate > 0:
            x = layers.Dropout(dropout_rate)(x)
        x = layers.Conv2D(request.classes, 1, padding="same", name="logits")(x)
        x = layers.Flatten()(x)
        x = layers.Activation(activation_asked(request), name="predictions")(x)
    else:
        x = pooled(x, request, is_named=True)
    if not request.is_pretrained:
        return finished(request, image, x, None)
    variant = f"{size}{'_minimalistic' if minimalistic else ''}_224_{float(alpha)}_float"
    return finished(request, image, x, _files(variant))


def _files(variant):
    start = f"{STORAGE}mobilenet_v3/weights_mobilenet_v3_{variant}"
    with_top, without_top = _HASHES[variant]
    return WeightsFile(f"{start}.h5", with_top), WeightsFile(f"{start}_no_top_v2.h5", without_top)


def _image_shape(request):
    """The shape of the images: any size will do, with the classifier as well."""
    shape = request.input_shape
    if shape is None and request.input_tensor is not None:
        shape = tuple(request.input_tensor.shape[1:])
    if shape is None:
        is_last = config.image_data_format() == "channels_last"
        return (None, None, 3) if is_last else (3, None, None)
    if len(shape) != 3:
        raise ValueError(
            f"input_shape must have three sides, without the batch. Received: input_shape={shape}"
        )
    if any(side is not None and side < _LEAST for side in rows_and_columns(shape)):
        raise ValueError(
            f"Images must be at least {_LEAST}x{_LEAST} for this network. "
            f"Received: input_shape={shape}"
        )
    return tuple(shape)


def _relu(x):
    return layers.ReLU()(x)


def _hard_swish(x):
    return layers.Activation("hard_swish")(x)


def _normalized(x, name):
    return layers.BatchNormalization(
        axis=channel_axis(-1), epsilon=1e-3, momentum=0.999, name=name
    )(x)


def _block(inputs, expansion, filters, kernel, stride, squeezes, activation, prefix):
    """An inverted bottleneck; the first one of the network does not expand."""
    x, channels = inputs, inputs.shape[channel_axis()]
    expanded = rounded(channels * expansion)
    if prefix != "expanded_conv_":
        x = layers.Conv2D(expanded, 1, padding="same", use_bias=False, name=f"{prefix}expand")(x)
        x = activation(_normalized(x, f"{prefix}expand_bn"))
    if stride == 2:
        x = layers.ZeroPadding2D(padding_before_stride(x, kernel), name=f"{prefix}depthwise_pad")(x)
    x = layers.DepthwiseConv2D(
        kernel,
        strides=stride,
        padding="same" if stride == 1 else "valid",
        use_bias=False,
        name=f"{prefix}depthwise",
    )(x)
    x = activation(_normalized(x, f"{prefix}depthwise_bn"))
    if squeezes:
        x = _squeezed_and_excited(x, expanded, f"{prefix}squeeze_excite_")
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"{prefix}project")(x)
    x = _normalized(x, f"{prefix}project_bn")
    if stride == 1 and channels == filters:
        x = layers.Add(name=f"{prefix}add")([inputs, x])
    return x


def _squeezed_and_excited(inputs, filters, prefix):
    """Each channel times a number between 0 and 1 that its and the others' means decide."""
    x = layers.GlobalAveragePooling2D(keepdims=True, name=f"{prefix}avg_pool")(inputs)
    x = layers.Conv2D(rounded(filters * 0.25), 1, padding="same", name=f"{prefix}conv")(x)
    x = layers.ReLU(name=f"{prefix}relu")(x)
    x = layers.Conv2D(filters, 1, padding="same", name=f"{prefix}conv_1")(x)
    x = layers.ReLU(6.0)(x + 3.0) * (1.0 / 6.0)  # the hard sigmoid, as Keras writes it to files
    return layers.Multiply(name=f"{prefix}mul")([inputs, x])

"""NASNet: cells that were found by a search (Zoph, Vasudevan, Shlens and Le 2017).

Each cell takes the outputs of the two cells before it, ``x`` and, earlier, ``p``.
"""

from minikeras import layers
from minikeras.applications.building import (
    STORAGE,
    Request,
    WeightsFile,
    classifier,
    documented,
    finished,
    image_input,
    need_channels_last,
    padding_before_stride,
    pooled,
)
from minikeras.applications.imagenet_utils import decode_predictions, preprocessing

__all__ = ["NASNetLarge", "NASNetMobile", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing("tf")

# By name: the side of images; filters of the first convolution; filters after the last cell;
# cells of each kind; whether the cell after a reduction sees the input of the last cell before
# it, not of the reduction; hashes of the weights.
_VARIANTS = {
    "mobile": (
        224,
        32,
        1056,
        4,
        False,
        ("020fb642bf7360b370c678b08e0adf61", "1ed92395b5b598bdda52abe5c0dbfd63"),
    ),
    "large": (
        331,
        96,
        4032,
        6,
        True,
        ("11577c9a518f0070763c2b964a382f17", "d81d89dc07e6e56530c4e77faddd61b5"),
    ),
}


@documented
def NASNetMobile(
    input_shape=None,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="nasnet_mobile",
):
    """The small NASNet with 5.3 million weights; channels last only.

    Images of 224x224 go through `keras.applications.nasnet.preprocess_input` first. Source:
    "Learning Transferable Architectures for Scalable Image Recognition", arXiv:1707.07012.
    """
    if not include_top and input_shape is None and input_tensor is None:
        input_shape = (224, 224, 3)
    return _nasnet("mobile", Request(**locals()))


@documented
def NASNetLarge(
    input_shape=None,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="nasnet_large",
):
    """The large NASNet with 88.9 million weights; channels last only.

    Images of 331x331 go through `keras.applications.nasnet.preprocess_input` first. Source:
    "Learning Transferable Architectures for Scalable Image Recognition", arXiv:1707.07012.
    """
    return _nasnet("large", Request(**locals()))


def _nasnet(variant, request):
    need_channels_last("NASNet")
    size, stem_filters, last_filters, count, skips, hashes = _VARIANTS[variant]
    if request.is_pretrained and None in (request.input_shape or ()):
        raise ValueError(
            "With weights='imagenet' all sides of input_shape must be stated for NASNet. "
            f"Received: input_shape={request.input_shape}"
        )
    image = image_input(request, size)
    filters = last_filters // 24
    x = layers.Conv2D(
        stem_filters,
        3,
        strides=2,
        use_bias=False,
        kernel_initializer="he_normal",
        name="stem_conv1",
    )(image)
    x = _normalized(x, "stem_bn1")
    x, p = _reduction_cell(x, None, filters // 4, "stem_1", follows_reduction=False), x
    x, p = _reduction_cell(x, p, filters // 2, "stem_2", follows_reduction=True), x
    for level in range(3):
        width = filters * 2**level
        if level:
            reduced = _reduction_cell(x, p, width, f"reduce_{level * count}", False)
            x, p = reduced, p if skips else x
        for i in range(count):
            number = level * count + i + (level > 0)
            x, p = _normal_cell(x, p, width, number, follows_reduction=i == 0), x
    x = layers.Activation("relu")(x)
    if request.include_top:
        x = classifier(x, request, pool=None)
    else:
        x = pooled(x, request, is_named=False)
    start, kept = f"{STORAGE}nasnet/NASNet-{variant}", f"nasnet_{variant}"
    files = (
        WeightsFile(f"{start}.h5", hashes[0], f"{kept}.h5"),
        WeightsFile(f"{start}-no-top.h5", hashes[1], f"{kept}_no_top.h5"),
    )
    return finished(request, image, x, files)


def _normal_cell(x, p, filters, number, follows_reduction):
    """The cell that keeps the sides."""
    p = _adjusted(p, filters, number, follows_reduction)
    h = _projected(x, filters, f"normal_conv_1_{number}", f"normal_bn_1_{number}")

    def separable(inputs, size, place):
        return _separable(inputs, filters, size, f"normal_{place}_{number}")

    def average(inputs, place):
        name = f"normal_{place}_{number}"
        return layers.AveragePooling2D(3, strides=1, padding="same", name=name)(inputs)

    def add(i, a, b):
        return layers.Add(name=f"normal_add_{i}_{number}")([a, b])

    parts = [
        p,
        add(1, separable(h, 5, "left1"), separable(p, 3, "right1")),
        add(2, separable(p, 5, "left2"), separable(p, 3, "right2")),
        add(3, average(h, "left3"), p),
        add(4, average(p, "left4"), average(p, "right4")),
        add(5, separable(h, 3, "left5"), h),
    ]
    return layers.Concatenate(axis=-1, name=f"normal_concat_{number}")(parts)


def _reduction_cell(x, p, filters, number, follows_reduction):
    """The cell that halves the sides."""
    p = x if p is None else _adjusted(p, filters, number, follows_reduction)
    h = _projected(x, filters, f"reduction_conv_1_{number}", f"reduction_bn_1_{number}")
    padded = layers.ZeroPadding2D(padding_before_stride(h, 3), name=f"reduction_pad_1_{number}")(h)

    def separable(inputs, size, place, strides=2):
        return _separable(inputs, filters, size, f"reduction_{place}_{number}", strides)

    def pool(kind, inputs, place, strides=2, padding="valid"):
        name = f"reduction_{place}_{number}"
        return kind(3, strides=strides, padding=padding, name=name)(inputs)

    def add(name, a, b):
        return layers.Add(name=name and f"reduction_{name}_{number}")([a, b])

    one = add("add_1", separable(h, 5, "left1"), separable(p, 7, "right1"))
    maximum = pool(layers.MaxPooling2D, padded, "left2")
    two = add("add_2", maximum, separable(p, 7, "right2"))
    mean = pool(layers.AveragePooling2D, padded, "left3")
    three = add("add3", mean, separable(p, 5, "right3"))
    four = add(None, two, pool(layers.AveragePooling2D, one, "left4", 1, "same"))
    five = add("add4", separable(one, 3, "left4", 1), pool(layers.MaxPooling2D, padded, "right5"))
    name = f"reduction_concat_{number}"
    return layers.Concatenate(axis=-1, name=name)([two, three, four, five])


def _adjusted(p, filters, number, is_larger):
    """``p`` with the sides and the number of channels that the cell needs."""
    if is_larger:
        return _halved(p, filters, number)
    if p.shape[-1] == filters:
        return p
    return _projected(p, filters, f"adjust_conv_projection_{number}", f"adjust_bn_{number}")


def _halved(p, filters, number):
    """Every other pixel, and beside it every other one of the picture moved by a pixel."""
    p = layers.Activation("relu", name=f"adjust_relu_1_{number}")(p)
    moved = layers.ZeroPadding2D(((0, 1), (0, 1)))(p)
    moved = layers.Cropping2D(((1, 0), (1, 0)))(moved)
    parts = []
    for i, part in enumerate((p, moved), 1):
        part = layers.AveragePooling2D(1, strides=2, name=f"adjust_avg_pool_{i}_{number}")(part)
        part = _pointwise(part, filters // 2, f"adjust_conv_{i}_{number}")
        parts.append(part)
    return _normalized(layers.Concatenate(axis=-1)(parts), f"adjust_bn_{number}")


def _projected(x, filters, name, normalization_name):
    """The positive part, brought to a number of channels and normalized."""
    x = _pointwise(layers.Activation("relu")(x), filters, name)
    return _normalized(x, normalization_name)


def _pointwise(x, filters, name):
    return layers.Conv2D(
        filters, 1, padding="same", use_bias=False, kernel_initializer="he_normal", name=name
    )(x)


def _separable(x, filters, size, name, strides=1):
    """Two separable convolutions, each of the positive part and then normalized."""
    x = layers.Activation("relu")(x)
    if strides == 2:
        padding = padding_before_stride(x, size)
        x = layers.ZeroPadding2D(padding, name=f"separable_conv_1_pad_{name}")(x)
    x = layers.SeparableConv2D(
        filters,
        size,
        strides=strides,
        padding="valid" if strides == 2 else "same",
        use_bias=False,
        name=f"separable_conv_1_{name}",
    )(x)
    x = layers.Activation("relu")(_normalized(x, f"separable_conv_1_bn_{name}"))
    x = layers.SeparableConv2D(
        filters, size, padding="same", use_bias=False, name=f"separable_conv_2_{name}"
    )(x)
    return _normalized(x, f"separable_conv_2_bn_{name}")


def _normalized(x, name):
    return layers.BatchNormalization(momentum=0.9997, epsilon=1e-3, name=name)(x)

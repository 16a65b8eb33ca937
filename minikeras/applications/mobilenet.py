"""MobileNet: depthwise convolutions, then 1x1 ones (Howard and others 2017)."""

import dataclasses
import warnings

from minikeras import layers
from minikeras.applications.building import (
    STORAGE,
    Request,
    WeightsFile,
    activation_asked,
    channel_axis,
    documented,
    finished,
    image_input,
    image_shape,
    pooled,
    rows_and_columns,
)
from minikeras.applications.imagenet_utils import decode_predictions, preprocessing

__all__ = ["MobileNet", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing("tf")

# For each block: filters, stride.
_BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1),
    (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip
_SIZES = (128, 160, 192, 224)  # sides of the images that there are weights for
_ALPHAS = {0.25: "2_5", 0.5: "5_0", 0.75: "7_5", 1.0: "1_0"}  # and how their files call them


@documented
def MobileNet(
    input_shape=None,
    alpha=1.0,
    depth_multiplier=1,
    dropout=1e-3,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name=None,
):
    """MobileNet with 4.3 million weights, or fewer or more by ``alpha``.

    Images go through `keras.applications.mobilenet.preprocess_input` first. There are weights for
    sides of 128, 160, 192 and 224 and ``alpha`` 0.25, 0.5, 0.75 and 1. Source: "MobileNets:
    Efficient Convolutional Neural Networks for Mobile Vision Applications", arXiv:1704.04861.

    >>> import minikeras as keras
    >>> model = keras.applications.MobileNet((32, 32, 3), alpha=0.25, weights=None, classes=10)
    >>> model.name, model.output_shape
    ('mobilenet_0.25_32', (None, 10))
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
    shape = image_shape(request, trained_size(input_shape, _SIZES), 32)
    need_known(request, "alpha", alpha, _ALPHAS)
    need_known(request, "depth_multiplier", depth_multiplier, (1,))
    rows = rows_of_weights(request, shape, _SIZES)
    image = image_input(request, shape=shape)
    x = layers.Conv2D(int(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="conv1")(
        image
    )
    x = _activated(x, "conv1")
    for i, (filters, stride) in enumerate(_BLOCKS, 1):
        x = _block(x, int(filters * alpha), stride, depth_multiplier, i)
    if include_top:
        x = layers.GlobalAveragePooling2D(keepdims=True)(x)
        x = layers.Dropout(dropout, name="dropout")(x)
        x = layers.Conv2D(classes, 1, padding="same", name="conv_preds")(x)
        x = layers.Reshape((classes,), name="reshape_2")(x)
        activation = activation_asked(request)
        x = layers.Activation(activation, name="predictions")(x)
    else:
        x = pooled(x, request, is_named=False)
    request = dataclasses.replace(request, name=name or f"mobilenet_{alpha:0.2f}_{rows}")
    return finished(request, image, x, _files(alpha, rows) if request.is_pretrained else None)


def _files(alpha, rows):
    start = f"{STORAGE}mobilenet/mobilenet_{_ALPHAS[alpha]}_{rows}_tf"
    return WeightsFile(f"{start}.h5"), WeightsFile(f"{start}_no_top.h5")


def _block(x, filters, stride, depth_multiplier, number):
    if stride == 2:
        x = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{number}")(x)
    x = layers.DepthwiseConv2D(
        3,
        strides=stride,
        padding="same" if stride == 1 else "valid",
        depth_multiplier=depth_multiplier,
        use_bias=False,
        name=f"conv_dw_{number}",
    )(x)
    x = _activated(x, f"conv_dw_{number}")
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"conv_pw_{number}")(x)
    return _activated(x, f"conv_pw_{number}")


def _activated(x, name):
    x = layers.BatchNormalization(axis=channel_axis(-1), name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x)


def trained_size(shape, sizes):
    """The side of the images that weights were trained on which suit an image shape best."""
    if shape is not None and len(shape) == 3:
        rows, columns = rows_and_columns(shape)
        if rows == columns and rows in sizes:
            return rows
    return 224


def rows_of_weights(request, shape, sizes):
    """The side of the images for the name of the model and of its weights."""
    rows, columns = rows_and_columns(shape)
    if request.is_pretrained and (rows != columns or rows not in sizes):
        warnings.warn(
            f"There are weights for square images with sides {sizes}; for images of {rows}x"
            f"{columns} those for 224x224 are loaded",
            stacklevel=3,
        )
        return 224
    return rows


def need_known(request, name, value, known):
    """Raise ValueError if there are no pretrained weights for an argument's value."""
    if request.is_pretrained and value not in known:
        raise ValueError(
            f"weights='imagenet' are there for {name} in {list(known)}. Received: {name}={value}"
        )

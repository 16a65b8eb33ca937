"""Xception: Inception carried through to separable convolutions (Chollet 2016)."""

from minikeras import layers
from minikeras.applications.building import (
    Request,
    channel_axis,
    classifier,
    documented,
    finished,
    image_input,
    pooled,
    tf_kernels,
)
from minikeras.applications.imagenet_utils import decode_predictions, preprocessing

__all__ = ["Xception", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing("tf")

_HASHES = ("0a58e3b7378bc2990ea3b43d5981f1f6", "b0042744bf5b25fce3cb969f33bebb97")
# Blocks that halve the sides: number, and the filters of their two separable convolutions.
_ENTRY = ((2, (128, 128)), (3, (256, 256)), (4, (728, 728)))
_MIDDLE = range(5, 13)  # blocks that add three separable convolutions to their input
_EXIT = (13, (728, 1024))


@documented
def Xception(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="xception",
):
    """Xception with 22.9 million weights.

    Images of 299x299 go through `keras.applications.xception.preprocess_input` first. Source:
    "Xception: Deep Learning with Depthwise Separable Convolutions", arXiv:1610.02357.
    """
    request = Request(**locals())
    image = x = image_input(request, size=299, least=71)
    for i, (filters, stride) in enumerate(((32, 2), (64, 1)), 1):
        convolution = f"block1_conv{i}"
        x = layers.Conv2D(filters, 3, strides=stride, use_bias=False, name=convolution)(x)
        x = _normalized(x, f"{convolution}_bn")
        x = layers.Activation("relu", name=f"{convolution}_act")(x)
    for number, filters in _ENTRY:
        x = _halved(x, number, filters)
    for number in _MIDDLE:
        shortcut = x
        for i in (1, 2, 3):
            x = _activated(x, f"block{number}_sepconv{i}")
            x = _separable(x, 728, f"block{number}_sepconv{i}")
        x = layers.Add()([x, shortcut])
    x = _halved(x, *_EXIT)
    for i, filters in enumerate((1536, 2048), 1):
        x = _separable(x, filters, f"block14_sepconv{i}")
        x = _activated(x, f"block14_sepconv{i}")
    if include_top:
        x = classifier(x, request)
    else:
        x = pooled(x, request, is_named=False)
    return finished(request, image, x, tf_kernels("xception", "xception", *_HASHES))


def _halved(x, number, filters):
    """Two separable convolutions and a pooling, beside a 1x1 convolution of stride 2."""
    shortcut = layers.Conv2D(filters[-1], 1, strides=2, padding="same", use_bias=False)(x)
    shortcut = _normalized(shortcut, None)
    for i, n in enumerate(filters, 1):
        name = f"block{number}_sepconv{i}"
        if number > 2 or i > 1:  # what block 1 gives is activated already
            x = _activated(x, name)
        x = _separable(x, n, name)
    x = layers.MaxPooling2D(3, strides=2, padding="same", name=f"block{number}_pool")(x)
    return layers.Add()([x, shortcut])


def _separable(x, filters, name):
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return _normalized(x, f"{name}_bn")


def _activated(x, name):
    return layers.Activation("relu", name=f"{name}_act")(x)


def _normalized(x, name):
    return layers.BatchNormalization(axis=channel_axis(-1), name=name)(x)

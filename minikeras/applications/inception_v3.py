"""Inception version 3: convolutions of several sizes side by side (Szegedy and others 2015).

A block is a tuple of branches, a branch a tuple of steps: a convolution ``(filters, rows,
columns)``, or with stride 2 and no padding ``(filters, rows, columns, 2)``; a pooling; or a `Fork`.
"""

import collections

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

__all__ = ["InceptionV3", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing("tf")

AVERAGE, MAXIMUM = "average of 3x3", "maximum of 3x3 with stride 2"
# Two convolutions of the same input, joined again in a layer of that name.
Fork = collections.namedtuple("Fork", ["name", "left", "right"])

_HASHES = ("9a0d58056eeedaa3f26cb7ebd46da564", "bcbd6486424b2319ff4ef7d526e38f63")


def _small(pool):
    return (
        ((64, 1, 1),),
        ((48, 1, 1), (64, 5, 5)),
        ((64, 1, 1), (96, 3, 3), (96, 3, 3)),
        (AVERAGE, (pool, 1, 1)),
    )


def _sevens(n):
    """Convolutions of 7x7 as products of 1x7 and 7x1, with ``n`` filters within."""
    return (
        ((192, 1, 1),),
        ((n, 1, 1), (n, 1, 7), (192, 7, 1)),
        ((n, 1, 1), (n, 7, 1), (n, 1, 7), (n, 7, 1), (192, 1, 7)),
        (AVERAGE, (192, 1, 1)),
    )


def _wide(fork):
    return (
        ((320, 1, 1),),
        ((384, 1, 1), Fork(fork, (384, 1, 3), (384, 3, 1))),
        ((448, 1, 1), (384, 3, 3), Fork(None, (384, 1, 3), (384, 3, 1))),
        (AVERAGE, (192, 1, 1)),
    )


_BLOCKS = {
    "mixed0": _small(32),
    "mixed1": _small(64),
    "mixed2": _small(64),
    "mixed3": (((384, 3, 3, 2),), ((64, 1, 1), (96, 3, 3), (96, 3, 3, 2)), (MAXIMUM,)),
    "mixed4": _sevens(128),
    "mixed5": _sevens(160),
    "mixed6": _sevens(160),
    "mixed7": _sevens(192),
    "mixed8": (
        ((192, 1, 1), (320, 3, 3, 2)),
        ((192, 1, 1), (192, 1, 7), (192, 7, 1), (192, 3, 3, 2)),
        (MAXIMUM,),
    ),
    "mixed9": _wide("mixed9_0"),
    "mixed10": _wide("mixed9_1"),
}


@documented
def InceptionV3(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="inception_v3",
):
    """Inception version 3 with 23.9 million weights.

    Images of 299x299 go through `keras.applications.inception_v3.preprocess_input` first. Source:
    "Rethinking the Inception Architecture for Computer Vision", arXiv:1512.00567.
    """
    request = Request(**locals())
    image = image_input(request, size=299, least=75)
    x = stem(image)
    for block, branches in _BLOCKS.items():
        x = mixed(x, branches, block)
    if include_top:
        x = classifier(x, request)
    else:
        x = pooled(x, request, is_named=False)
    return finished(request, image, x, tf_kernels("inception_v3", "inception_v3", *_HASHES))


def stem(x):
    """The layers before the first block, which Inception-ResNet has as well."""
    x = convolution(x, 32, (3, 3), strides=2, padding="valid")
    x = convolution(x, 32, (3, 3), padding="valid")
    x = convolution(x, 64, (3, 3))
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = convolution(x, 80, (1, 1), padding="valid")
    x = convolution(x, 192, (3, 3), padding="valid")
    return layers.MaxPooling2D(3, strides=2)(x)


def mixed(x, branches, name):
    """The channels of all branches, one after the other, in a layer of that name."""
    return joined([_branch(x, steps) for steps in branches], name)


def joined(parts, name):
    """The channels of all parts, one after the other."""
    return layers.Concatenate(axis=channel_axis(), name=name)(parts)


def _branch(x, steps):
    for step in steps:
        if step is AVERAGE:
            x = layers.AveragePooling2D(3, strides=1, padding="same")(x)
        elif step is MAXIMUM:
            x = layers.MaxPooling2D(3, strides=2)(x)
        elif isinstance(step, Fork):
            parts = [convolution(x, n, tuple(kernel)) for n, *kernel in (step.left, step.right)]
            x = joined(parts, step.name)
        elif len(step) == 4:
            x = convolution(x, step[0], step[1:3], strides=step[3], padding="valid")
        else:
            x = convolution(x, step[0], step[1:])
    return x


def convolution(x, filters, kernel_size, strides=1, padding="same", name=None):
    """A convolution, batch normalization without a factor, and the positive part."""

    def named(suffix):
        return None if name is None else f"{name}{suffix}"

    x = layers.Conv2D(
        filters, kernel_size, strides=strides, padding=padding, use_bias=False, name=name
    )(x)
    x = layers.BatchNormalization(axis=channel_axis(), scale=False, name=named("_bn"))(x)
    return layers.Activation("relu", name=named("_ac"))(x)

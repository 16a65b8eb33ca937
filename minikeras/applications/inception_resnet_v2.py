"""Inception-ResNet version 2: Inception's blocks as residuals (Szegedy and others 2016)."""

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
from minikeras.applications.inception_v3 import AVERAGE, MAXIMUM, convolution, mixed, stem
from minikeras.layers.layer import Layer

__all__ = ["InceptionResNetV2", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing("tf")

_HASHES = ("e693bd0210a403b3192acc6073ad2e96", "d19885ff4a710c122648d3b5c3b684e4")
# Branches are written as in `minikeras.applications.inception_v3`.
_FIRST = (
    ((96, 1, 1),),
    ((48, 1, 1), (64, 5, 5)),
    ((64, 1, 1), (96, 3, 3), (96, 3, 3)),
    (AVERAGE, (64, 1, 1)),
)
_RESIDUALS = {
    "block35": (
        ((32, 1, 1),),
        ((32, 1, 1), (32, 3, 3)),
        ((32, 1, 1), (48, 3, 3), (64, 3, 3)),
    ),
    "block17": (((192, 1, 1),), ((128, 1, 1), (160, 1, 7), (192, 7, 1))),
    "block8": (((192, 1, 1),), ((192, 1, 1), (224, 1, 3), (256, 3, 1))),
}
_REDUCTIONS = {
    "mixed_6a": (((384, 3, 3, 2),), ((256, 1, 1), (256, 3, 3), (384, 3, 3, 2)), (MAXIMUM,)),
    "mixed_7a": (
        ((256, 1, 1), (384, 3, 3, 2)),
        ((256, 1, 1), (288, 3, 3, 2)),
        ((256, 1, 1), (288, 3, 3), (320, 3, 3, 2)),
        (MAXIMUM,),
    ),
}
# Runs of residual blocks: kind, number, factor of the residual, and the reduction that follows.
_RUNS = (
    ("block35", 10, 0.17, "mixed_6a"),
    ("block17", 20, 0.1, "mixed_7a"),
    ("block8", 9, 0.2, None),
)


@documented
def InceptionResNetV2(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="inception_resnet_v2",
):
    """Inception-ResNet version 2 with 55.9 million weights.

    Images of 299x299 go through `keras.applications.inception_resnet_v2.preprocess_input` first.
    Source: "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning",
    arXiv:1602.07261.
    """
    request = Request(**locals())
    image = image_input(request, size=299, least=75)
    x = mixed(stem(image), _FIRST, "mixed_5b")
    for kind, count, scale, reduction in _RUNS:
        for i in range(1, count + 1):
            x = layers.Activation("relu", name=f"{kind}_{i}_ac")(_residual(x, kind, i, scale))
        if reduction is not None:
            x = mixed(x, _REDUCTIONS[reduction], reduction)
    x = _residual(x, "block8", 10, 1.0)
    x = convolution(x, 1536, (1, 1), name="conv_7b")
    if include_top:
        x = classifier(x, request)
    else:
        x = pooled(x, request, is_named=False)
    files = tf_kernels("inception_resnet_v2", "inception_resnet_v2", *_HASHES)
    return finished(request, image, x, files)


def _residual(x, kind, number, scale):
    name = f"{kind}_{number}"
    parts = mixed(x, _RESIDUALS[kind], f"{name}_mixed")
    channels = x.shape[channel_axis()]
    change = layers.Conv2D(channels, 1, padding="same", name=f"{name}_conv")(parts)
    return CustomScaleLayer(scale)([x, change])


class CustomScaleLayer(Layer):
    """Its first input plus its second times a number; the name is that of Keras in files.

    Args:
        scale: the number.
        **kwargs: those of `Layer`.
    """

    def __init__(self, scale, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale
        self.built = True

    def call(self, inputs):
        """The sum, for two tensors of the same shape."""
        x, change = inputs
        return x + change * self.scale

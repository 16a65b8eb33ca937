"""ResNet version 2: normalization before convolution (He, Zhang, Ren and Sun 2016)."""

from minikeras import layers
from minikeras.applications.building import Request, documented, tf_kernels
from minikeras.applications.imagenet_utils import decode_predictions, preprocessing
from minikeras.applications.resnet import DEPTHS, normalized, residual_network

__all__ = ["ResNet50V2", "ResNet101V2", "ResNet152V2", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing("tf")

_HASHES = {
    50: ("3ef43a0b657b3be2300d5770ece849e0", "fac2f116257151a9d068a22e544a4917"),
    101: ("6343647c601c52e1368623803854d971", "c0ed64b8031c3730f411d2eb4eea35b5"),
    152: ("a49b44d1979771252814e80f8ec446f9", "ed17cf2e0169df9d443503ef94b23b33"),
}


@documented
def ResNet50V2(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="resnet50v2",
):
    """ResNet version 2 with 50 layers and 25.6 million weights.

    Images of 224x224 go through `keras.applications.resnet_v2.preprocess_input` first. Source:
    "Identity Mappings in Deep Residual Networks", arXiv:1603.05027.
    """
    return _resnet(50, Request(**locals()))


@documented
def ResNet101V2(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="resnet101v2",
):
    """ResNet version 2 with 101 layers and 44.7 million weights.

    Images of 224x224 go through `keras.applications.resnet_v2.preprocess_input` first. Source:
    "Identity Mappings in Deep Residual Networks", arXiv:1603.05027.
    """
    return _resnet(101, Request(**locals()))


@documented
def ResNet152V2(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="resnet152v2",
):
    """ResNet version 2 with 152 layers and 60.4 million weights.

    Images of 224x224 go through `keras.applications.resnet_v2.preprocess_input` first. Source:
    "Identity Mappings in Deep Residual Networks", arXiv:1603.05027.
    """
    return _resnet(152, Request(**locals()))


def _resnet(depth, request):
    files = tf_kernels("resnet", f"resnet{depth}v2", *_HASHES[depth])
    return residual_network(request, DEPTHS[depth], _stage, files, normalizes_first=True)


def _stage(x, filters, depth, is_first, is_last, name):
    """Blocks of version 2; the last one halves the sides, except in the last stage."""
    for i in range(1, depth + 1):
        stride = 2 if i == depth and not is_last else 1
        x = _block(x, filters, stride, i == 1, f"{name}_block{i}")
    return x


def _block(x, filters, stride, projects, name):
    """A bottleneck whose convolutions come after normalization and activation."""
    active = normalized(x, f"{name}_preact_bn", f"{name}_preact_relu")
    shortcut = x
    if projects:
        shortcut = layers.Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(active)
    elif stride > 1:
        shortcut = layers.MaxPooling2D(1, strides=stride)(x)
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_1_conv")(active)
    x = normalized(x, f"{name}_1_bn", f"{name}_1_relu")
    x = layers.ZeroPadding2D(1, name=f"{name}_2_pad")(x)
    x = layers.Conv2D(filters, 3, strides=stride, use_bias=False, name=f"{name}_2_conv")(x)
    x = normalized(x, f"{name}_2_bn", f"{name}_2_relu")
    x = layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    return layers.Add(name=f"{name}_out")([shortcut, x])

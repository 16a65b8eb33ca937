"""ResNet: blocks that add to what goes into them (He, Zhang, Ren and Sun 2015).

Version 2, in which blocks begin with the normalization, is in `minikeras.applications.resnet_v2`;
it shares the frame of both, `residual_network`, which stands here.
"""

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

__all__ = ["ResNet50", "ResNet101", "ResNet152", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing("caffe")

_FILTERS = (64, 128, 256, 512)
# By the number of layers: how many blocks there are for each number of filters.
DEPTHS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
_HASHES = {
    50: ("2cb95161c43110f7111970584f804107", "4d473c1dd8becc155b73f8504c6f6626"),
    101: ("f1aeb4b969a6efcfb50fad2f0c20cfc5", "88cf7a10940856eca736dc7b7e228a21"),
    152: ("100835be76be38e30d865e96f2aaae62", "ee4c566cf9a93f14d82f913c2dc6dd0c"),
}


@documented
def ResNet50(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="resnet50",
):
    """ResNet with 50 layers and 25.6 million weights.

    Images of 224x224 go through `keras.applications.resnet.preprocess_input` first. Source:
    "Deep Residual Learning for Image Recognition", arXiv:1512.03385.
    """
    return _resnet(50, Request(**locals()))


@documented
def ResNet101(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="resnet101",
):
    """ResNet with 101 layers and 44.7 million weights.

    Images of 224x224 go through `keras.applications.resnet.preprocess_input` first. Source:
    "Deep Residual Learning for Image Recognition", arXiv:1512.03385.
    """
    return _resnet(101, Request(**locals()))


@documented
def ResNet152(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="resnet152",
):
    """ResNet with 152 layers and 60.4 million weights.

    Images of 224x224 go through `keras.applications.resnet.preprocess_input` first. Source:
    "Deep Residual Learning for Image Recognition", arXiv:1512.03385.
    """
    return _resnet(152, Request(**locals()))


def _resnet(depth, request):
    files = tf_kernels("resnet", f"resnet{depth}", *_HASHES[depth])
    return residual_network(request, DEPTHS[depth], _stage, files, normalizes_first=False)


def residual_network(request, depths, stage, files, normalizes_first):
    """A network of four stages of residual blocks.

    Args:
        request: a `Request`.
        depths: the number of blocks of each stage.
        stage: a function of ``(x, filters, depth, is_first, is_last, name)``.
        files: the pretrained weights.
        normalizes_first: whether blocks begin with a normalization; then the first convolution has
            none of its own, and one follows after all blocks.
    """
    image = image_input(request, size=224)
    x = layers.ZeroPadding2D(3, name="conv1_pad")(image)
    x = layers.Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    if not normalizes_first:
        x = normalized(x, "conv1_bn", "conv1_relu")
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for i, (filters, depth) in enumerate(zip(_FILTERS, depths)):
        x = stage(x, filters, depth, i == 0, i == len(depths) - 1, f"conv{i + 2}")
    if normalizes_first:
        x = normalized(x, "post_bn", "post_relu")
    if request.include_top:
        x = classifier(x, request)
    else:
        x = pooled(x, request, is_named=True)
    return finished(request, image, x, files)


def normalized(x, name, activation_name=None):
    """Batch normalization, and the positive part of it where a name for that is given."""
    x = layers.BatchNormalization(axis=channel_axis(), epsilon=1.001e-5, name=name)(x)
    return x if activation_name is None else layers.Activation("relu", name=activation_name)(x)


def _stage(x, filters, depth, is_first, is_last, name):
    """Blocks of version 1; the first one halves the sides, except in the first stage."""
    for i in range(1, depth + 1):
        stride = 2 if i == 1 and not is_first else 1
        x = _block(x, filters, stride, i == 1, f"{name}_block{i}")
    return x


def _block(x, filters, stride, projects, name):
    """A bottleneck: 1x1, 3x3 and 1x1 convolutions beside the identity or a projection."""
    shortcut = x
    if projects:
        shortcut = layers.Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(x)
        shortcut = normalized(shortcut, f"{name}_0_bn")
    x = layers.Conv2D(filters, 1, strides=stride, name=f"{name}_1_conv")(x)
    x = normalized(x, f"{name}_1_bn", f"{name}_1_relu")
    x = layers.Conv2D(filters, 3, padding="same", name=f"{name}_2_conv")(x)
    x = normalized(x, f"{name}_2_bn", f"{name}_2_relu")
    x = layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    x = normalized(x, f"{name}_3_bn")
    x = layers.Add(name=f"{name}_add")([shortcut, x])
    return layers.Activation("relu", name=f"{name}_out")(x)

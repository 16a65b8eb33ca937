"""DenseNet: every layer sees all features before it (Huang and others 2016)."""

from minikeras import layers
from minikeras.applications.building import (
    Request,
    classifier,
    documented,
    finished,
    image_input,
    need_channels_last,
    pooled,
    tf_kernels,
)
from minikeras.applications.imagenet_utils import decode_predictions, preprocessing
from minikeras.applications.resnet import normalized

__all__ = ["DenseNet121", "DenseNet169", "DenseNet201", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing("torch")

_GROWTH = 32  # the features that each layer adds
# By name: the number of layers of each dense block, and the hashes of the weights.
_VARIANTS = {
    "densenet121": (
        (6, 12, 24, 16),
        ("9d60b8095a5708f2dcce2bca79d332c7", "30ee3e1110167f948a6b9946edeeb738"),
    ),
    "densenet169": (
        (6, 12, 32, 32),
        ("d699b8f76981ab1b30698df4c175e90b", "b8c4d4c20dd625c148057b9ff1c1176b"),
    ),
    "densenet201": (
        (6, 12, 48, 32),
        ("1ceb130c1ea1b78c3bf6114dbdfd8807", "c13680b51ded0fb44dff2d8f86ac8bb1"),
    ),
}


@documented
def DenseNet121(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="densenet121",
):
    """DenseNet with 121 layers and 8.1 million weights; channels last only.

    Images of 224x224 go through `keras.applications.densenet.preprocess_input` first. Source:
    "Densely Connected Convolutional Networks", arXiv:1608.06993.
    """
    return _densenet("densenet121", Request(**locals()))


@documented
def DenseNet169(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="densenet169",
):
    """DenseNet with 169 layers and 14.3 million weights; channels last only.

    Images of 224x224 go through `keras.applications.densenet.preprocess_input` first. Source:
    "Densely Connected Convolutional Networks", arXiv:1608.06993.
    """
    return _densenet("densenet169", Request(**locals()))


@documented
def DenseNet201(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="densenet201",
):
    """DenseNet with 201 layers and 20.2 million weights; channels last only.

    Images of 224x224 go through `keras.applications.densenet.preprocess_input` first. Source:
    "Densely Connected Convolutional Networks", arXiv:1608.06993.
    """
    return _densenet("densenet201", Request(**locals()))


def _densenet(variant, request):
    need_channels_last("DenseNet")
    depths, hashes = _VARIANTS[variant]
    image = image_input(request, size=224)
    x = layers.ZeroPadding2D(3)(image)
    x = layers.Conv2D(64, 7, strides=2, use_bias=False, name="conv1_conv")(x)
    x = normalized(x, "conv1_bn", "conv1_relu")
    x = layers.ZeroPadding2D(1)(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)
    for i, depth in enumerate(depths, 2):
        for j in range(1, depth + 1):
            x = _grown(x, f"conv{i}_block{j}")
        if i <= len(depths):
            x = _halved(x, f"pool{i}")
    x = normalized(x, "bn", "relu")
    x = classifier(x, request) if request.include_top else pooled(x, request, is_named=True)
    return finished(request, image, x, tf_kernels("densenet", variant, *hashes))


def _grown(x, name):
    """``x`` with new features behind it, computed from all of it."""
    new = normalized(x, f"{name}_0_bn", f"{name}_0_relu")
    new = layers.Conv2D(4 * _GROWTH, 1, use_bias=False, name=f"{name}_1_conv")(new)
    new = normalized(new, f"{name}_1_bn", f"{name}_1_relu")
    new = layers.Conv2D(_GROWTH, 3, padding="same", use_bias=False, name=f"{name}_2_conv")(new)
    return layers.Concatenate(axis=3, name=f"{name}_concat")([x, new])


def _halved(x, name):
    """The transition between blocks: half the features, half the sides."""
    x = normalized(x, f"{name}_bn", f"{name}_relu")
    x = layers.Conv2D(x.shape[-1] // 2, 1, use_bias=False, name=f"{name}_conv")(x)
    return layers.AveragePooling2D(2, strides=2, name=f"{name}_pool")(x)

"""VGG: 3x3 convolutions, one after the other, in five blocks (Simonyan and Zisserman 2014)."""

from minikeras import layers
from minikeras.applications.building import (
    Request,
    activation_asked,
    documented,
    finished,
    image_input,
    pooled,
    tf_kernels,
)
from minikeras.applications.imagenet_utils import decode_predictions, preprocessing

__all__ = ["VGG16", "VGG19", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing("caffe")

_FILTERS = (64, 128, 256, 512, 512)
# By name: the number of convolutions of each block, and the hashes of the weights.
_VARIANTS = {
    "vgg16": (
        (2, 2, 3, 3, 3),
        ("64373286793e3c8b2b4e3219cbf3544b", "6d6bbae143d832006294945121d1f1fc"),
    ),
    "vgg19": (
        (2, 2, 4, 4, 4),
        ("cbe5617147190e668d6c5d5026f83318", "253f8cb515780f3b799900260a226db6"),
    ),
}


@documented
def VGG16(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="vgg16",
):
    """VGG with 16 layers with weights: 138 million of them, 124 million in the classifier.

    Images of 224x224 go through `keras.applications.vgg16.preprocess_input` first. Source:
    "Very Deep Convolutional Networks for Large-Scale Image Recognition", arXiv:1409.1556.

    >>> import minikeras as keras
    >>> model = keras.applications.VGG16(False, weights=None, input_shape=(32, 32, 3))
    >>> model.output_shape, model.count_params()
    ((None, 1, 1, 512), 14714688)
    """
    return _vgg("vgg16", Request(**locals()))


@documented
def VGG19(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="vgg19",
):
    """VGG with 19 layers with weights: 144 million of them, 124 million in the classifier.

    Images of 224x224 go through `keras.applications.vgg19.preprocess_input` first. Source:
    "Very Deep Convolutional Networks for Large-Scale Image Recognition", arXiv:1409.1556.
    """
    return _vgg("vgg19", Request(**locals()))


def _vgg(variant, request):
    depths, hashes = _VARIANTS[variant]
    image = x = image_input(request, size=224)
    for block, (depth, filters) in enumerate(zip(depths, _FILTERS), 1):
        for i in range(1, depth + 1):
            name = f"block{block}_conv{i}"
            x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=name)(x)
        x = layers.MaxPooling2D(2, strides=2, name=f"block{block}_pool")(x)
    if request.include_top:
        x = layers.Flatten(name="flatten")(x)
        for name in ("fc1", "fc2"):
            x = layers.Dense(4096, activation="relu", name=name)(x)
        activation = activation_asked(request)
        x = layers.Dense(request.classes, activation=activation, name="predictions")(x)
    else:
        x = pooled(x, request, is_named=False)
    return finished(request, image, x, tf_kernels(variant, variant, *hashes))

"""ConvNeXt: a ResNet with what transformers taught (Liu and others 2022)."""

from minikeras import initializers, layers
from minikeras.applications.building import (
    STORAGE,
    Request,
    WeightsFile,
    activation_asked,
    documented,
    finished,
    image_input,
    need_channels_last,
    pooled,
)
from minikeras.applications.imagenet_utils import decode_predictions, preprocessing
from minikeras.layers.layer import Layer
from minikeras.models.sequential import Sequential

__all__ = [
    "ConvNeXtBase",
    "ConvNeXtLarge",
    "ConvNeXtSmall",
    "ConvNeXtTiny",
    "ConvNeXtXLarge",
    "decode_predictions",
    "preprocess_input",
]

preprocess_input = preprocessing(None)

_EPSILON = 1e-6  # of layer normalization
_FIRST_SCALE = 1e-6  # what blocks are multiplied by at first
# Of red, green, blue over ImageNet, for pixels from 0 to 255.
_MEANS = [0.485 * 255, 0.456 * 255, 0.406 * 255]
_VARIANCES = [(0.229 * 255) ** 2, (0.224 * 255) ** 2, (0.225 * 255) ** 2]
# By name: the blocks of each stage, their channels, and the hashes of the weights.
_VARIANTS = {
    "convnext_tiny": (
        (3, 3, 9, 3),
        (96, 192, 384, 768),
        (
            "8ae6e78ce2933352b1ef4008e6dd2f17bc40771563877d156bc6426c7cf503ff",
            "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
        ),
    ),
    "convnext_small": (
        (3, 3, 27, 3),
        (96, 192, 384, 768),
        (
            "ce1277d8f1ee5a0ef0e171469089c18f5233860ceaf9b168049cb9263fd7483c",
            "6fc8009faa2f00c1c1dfce59feea9b0745eb260a7dd11bee65c8e20843da6eab",
        ),
    ),
    "convnext_base": (
        (3, 3, 27, 3),
        (128, 256, 512, 1024),
        (
            "52cbb006d3dadd03f6e095a8ca1aca47aecdd75acb4bc74bce1f5c695d0086e6",
            "40a20c5548a5e9202f69735ecc06c990e6b7c9d2de39f0361e27baeb24cb7c45",
        ),
    ),
    "convnext_large": (
        (3, 3, 27, 3),
        (192, 384, 768, 1536),
        (
            "070c5ed9ed289581e477741d3b34beffa920db8cf590899d6d2c67fba2a198a6",
            "96f02b6f0753d4f543261bc9d09bed650f24dd6bc02ddde3066135b63d23a1cd",
        ),
    ),
    "convnext_xlarge": (
        (3, 3, 27, 3),
        (256, 512, 1024, 2048),
        (
            "c1f5ccab661354fc3a79a10fa99af82f0fbf10ec65cb894a3ae0815f17a889ee",
            "de3f8a54174130e0cecdc71583354753d557fcf1f4487331558e2a16ba0cfe05",
        ),
    ),
}


@documented
def ConvNeXtTiny(
    include_top=True,
    include_preprocessing=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="convnext_tiny",
):
    """ConvNeXt Tiny with 28.6 million weights; channels last only.

    Images of 224x224 have values from 0 to 255; the network scales them unless told not to.
    Source: "A ConvNet for the 2020s", arXiv:2201.03545.
    """
    return _convnext("convnext_tiny", **locals())


@documented
def ConvNeXtSmall(
    include_top=True,
    include_preprocessing=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="convnext_small",
):
    """ConvNeXt Small with 50.2 million weights; channels last only.

    Images of 224x224 have values from 0 to 255; the network scales them unless told not to.
    Source: "A ConvNet for the 2020s", arXiv:2201.03545.
    """
    return _convnext("convnext_small", **locals())


@documented
def ConvNeXtBase(
    include_top=True,
    include_preprocessing=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="convnext_base",
):
    """ConvNeXt Base with 88.6 million weights; channels last only.

    Images of 224x224 have values from 0 to 255; the network scales them unless told not to.
    Source: "A ConvNet for the 2020s", arXiv:2201.03545.
    """
    return _convnext("convnext_base", **locals())


@documented
def ConvNeXtLarge(
    include_top=True,
    include_preprocessing=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="convnext_large",
):
    """ConvNeXt Large with 198 million weights; channels last only.

    Images of 224x224 have values from 0 to 255; the network scales them unless told not to.
    Source: "A ConvNet for the 2020s", arXiv:2201.03545.
    """
    return _convnext("convnext_large", **locals())


@documented
def ConvNeXtXLarge(
    include_top=True,
    include_preprocessing=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="convnext_xlarge",
):
    """ConvNeXt XLarge with 350 million weights; channels last only.

    Images of 224x224 have values from 0 to 255; the network scales them unless told not to.
    Source: "A ConvNet for the 2020s", arXiv:2201.03545.
    """
    return _convnext("convnext_xlarge", **locals())


def _convnext(variant, include_preprocessing, **arguments):
    need_channels_last("ConvNeXt")
    request = Request(**arguments)
    depths, channels, hashes = _VARIANTS[variant]
    name = request.name or variant
    image = x = image_input(request, size=224)
    if include_preprocessing and x.shape[-1] == 3:
        scaling = f"{name}_prestem_normalization"
        x = layers.Normalization(mean=_MEANS, variance=_VARIANCES, name=scaling)(x)
    for i, (depth, width) in enumerate(zip(depths, channels)):
        x = (_downsampling(width, i - 1, name) if i else _stem(width, name))(x)
        for j in range(depth):
            x = _block(x, width, f"{name}_stage_{i}_block_{j}")
    if request.include_top:
        activation = activation_asked(request)
        x = layers.GlobalAveragePooling2D(name=f"{name}_head_gap")(x)
        x = _normalization(f"{name}_head_layernorm")(x)
        x = layers.Dense(request.classes, activation=activation, name=f"{name}_head_dense")(x)
    else:
        x = _normalization(None)(pooled(x, request, is_named=False))
    start = f"{STORAGE}convnext/{variant}"
    files = WeightsFile(f"{start}.h5", hashes[0]), WeightsFile(f"{start}_notop.h5", hashes[1])
    return finished(request, image, x, files, single_input=True)


def _normalization(name):
    return layers.LayerNormalization(epsilon=_EPSILON, name=name)


def _stem(filters, name):
    """Patches of 4x4 pixels."""
    patches = layers.Conv2D(filters, 4, strides=4, name=f"{name}_stem_conv")
    return Sequential([patches, _normalization(f"{name}_stem_layernorm")], name=f"{name}_stem")


def _downsampling(filters, number, name):
    """Half the sides, before a stage."""
    halving = layers.Conv2D(filters, 2, strides=2, name=f"{name}_downsampling_conv_{number}")
    return Sequential(
        [_normalization(f"{name}_downsampling_layernorm_{number}"), halving],
        name=f"{name}_downsampling_block_{number}",
    )


def _block(inputs, width, name):
    """A 7x7 depthwise convolution, and two dense layers for each position, added to the input."""
    x = layers.Conv2D(width, 7, padding="same", groups=width, name=f"{name}_depthwise_conv")(inputs)
    x = _normalization(f"{name}_layernorm")(x)
    x = layers.Dense(4 * width, name=f"{name}_pointwise_conv_1")(x)
    x = layers.Activation("gelu", name=f"{name}_gelu")(x)
    x = layers.Dense(width, name=f"{name}_pointwise_conv_2")(x)
    x = LayerScale(_FIRST_SCALE, width, name=f"{name}_layer_scale")(x)
    x = layers.Activation("linear", name=f"{name}_identity")(x)
    return inputs + x


class LayerScale(Layer):
    """Each channel times a weight of its own; the name is that of Keras in files.

    Args:
        init_values: what the weights begin with.
        projection_dim: the number of channels.
        **kwargs: those of `Layer`.
    """

    def __init__(self, init_values, projection_dim, **kwargs):
        super().__init__(**kwargs)
        self.init_values = init_values
        self.projection_dim = projection_dim

    def build(self, input_shape):
        """Make one weight per channel."""
        self.gamma = self.add_weight(
            name="gamma",
            shape=(self.projection_dim,),
            initializer=initializers.Constant(self.init_values),
        )

    def call(self, inputs):
        """The scaled inputs, for channels in the last axis."""
        return inputs * self.gamma

"""What all networks of the zoo have in common: arguments, input shapes, classifiers, weights."""

import dataclasses
import inspect
import os
import textwrap
import warnings

from minikeras import activations, config, layers
from minikeras.models.functional import Functional
from minikeras.symbolic.keras_tensor import KerasTensor
from minikeras.utils.downloads import get_file
from minikeras.utils.session import get_source_inputs

STORAGE = "https://storage.googleapis.com/tensorflow/keras-applications/"
IMAGENET_CLASSES = 1000

# What the arguments mean, for the documentation of each function that has them.
ARGUMENTS = {
    "input_shape": "the shape of an image, without the batch, in the data format of "
    "`keras.config.image_data_format()`; by default that of the pretrained weights, or any size "
    "without a classifier.",
    "alpha": "a factor on the number of filters of every layer.",
    "depth_multiplier": "the number of outputs per channel of depthwise convolutions.",
    "dropout": "the rate of dropout before the classifier.",
    "dropout_rate": "the rate of dropout before the classifier.",
    "minimalistic": "whether to do without squeeze-and-excite, 5x5 kernels and hard swish, "
    "which some devices are slow at.",
    "include_top": "whether to end in the classifier; without it, in features.",
    "include_preprocessing": "whether the network begins with scaling pixels from 0 to 255.",
    "weights": '``"imagenet"`` for pretrained ones, downloaded once to ``models`` in the cache '
    "(``KERAS_HOME`` or ``~/.keras``); the path of a file of weights; or None for random ones.",
    "input_tensor": "a symbolic tensor to compute from instead of a new input.",
    "pooling": '``"avg"`` or ``"max"`` over all positions of the features, where there is no '
    "classifier; None leaves them as they are.",
    "classes": "the number of classes of the classifier; pretrained ones have 1000.",
    "classifier_activation": "the activation of the classifier; None gives logits.",
    "name": "the name of the model.",
}


def documented(function):
    """Add what its arguments mean to the docstring of a function of the zoo."""
    lines = [inspect.getdoc(function) or "", "", "Args:"]
    for name in inspect.signature(function).parameters:
        lines += textwrap.wrap(
            f"{name}: {ARGUMENTS[name]}", 96, initial_indent=" " * 4, subsequent_indent=" " * 8
        )
    lines += ["", "Returns:", "    A functional `Model`.", "", "Raises:"]
    lines += ["    ValueError: if arguments do not fit together, or weights not to the network."]
    function.__doc__ = "\n".join(lines)
    return function


@dataclasses.dataclass
class Request:
    """What is asked of a network: the arguments that all functions of the zoo have.

    Raises:
        ValueError: for weights that are not there, or that the rest does not fit.
    """

    include_top: bool
    weights: str | os.PathLike | None
    input_tensor: KerasTensor | None
    input_shape: tuple | None
    pooling: str | None
    classes: int
    classifier_activation: object
    name: str | None

    def __post_init__(self):
        if not (self.weights in ("imagenet", None) or os.path.exists(self.weights)):
            raise ValueError(
                "weights must be 'imagenet', None for random ones, or the path of a file that is "
                f"there. Received: weights={self.weights!r}"
            )
        if self.pooling not in (None, "avg", "max"):
            raise ValueError(
                f"pooling must be None, 'avg' or 'max'. Received: pooling={self.pooling!r}"
            )
        if self.input_tensor is not None and not isinstance(self.input_tensor, KerasTensor):
            raise ValueError(
                "input_tensor must be a symbolic tensor, as keras.Input gives. "
                f"Received: {type(self.input_tensor).__name__}"
            )
        if self.is_pretrained and self.include_top and self.classes != IMAGENET_CLASSES:
            raise ValueError(
                f"The classifier of weights='imagenet' has {IMAGENET_CLASSES} classes. For "
                "others, begin with include_top=False and add a classifier of your own. "
                f"Received: classes={self.classes}"
            )

    @property
    def is_pretrained(self):
        """Whether the weights are those that the zoo offers."""
        return self.weights == "imagenet"


def channel_axis(last=3):
    """The axis of the channels; ``last`` is what to call it where that is the last one."""
    return last if config.image_data_format() == "channels_last" else 1


def need_channels_last(family):
    """Raise ValueError if images have their channels first, which the family does not know."""
    if config.image_data_format() == "channels_first":
        raise ValueError(
            f"{family} takes images with the channels last only. Call "
            "keras.config.set_image_data_format('channels_last') first."
        )


def rows_and_columns(shape):
    """The two sides of an image shape without the batch."""
    return tuple(shape[:2] if config.image_data_format() == "channels_last" else shape[1:])


def image_shape(request, size, least):
    """The shape of the images, without the batch, found from what was asked.

    Args:
        request: a `Request`.
        size: the side of the square images that the weights were trained on.
        least: the smallest side that the network can take.

    Raises:
        ValueError: if the shape asked for is not possible.
    """
    is_last = config.image_data_format() == "channels_last"

    def shaped(rows, columns, channels=3):
        return (rows, columns, channels) if is_last else (channels, rows, columns)

    asked = None if request.input_shape is None else tuple(request.input_shape)
    if request.is_pretrained and request.include_top:
        if asked not in (None, shaped(size, size)):
            raise ValueError(
                f"With weights='imagenet' and include_top=True, input_shape must be "
                f"{shaped(size, size)}. Received: input_shape={asked}"
            )
        return shaped(size, size)
    if asked is None:
        return shaped(size, size) if request.include_top else shaped(None, None)
    if len(asked) != 3:
        raise ValueError(
            f"input_shape must have three sides, without the batch. Received: input_shape={asked}"
        )
    channels = asked[-1] if is_last else asked[0]
    if request.is_pretrained and channels != 3:
        raise ValueError(
            f"weights='imagenet' are for images with 3 channels. Received: input_shape={asked} "
            f"in the data format {config.image_data_format()!r}"
        )
    if channels not in (1, 3):
        warnings.warn(
            f"Images usually have 1 or 3 channels. Received: input_shape={asked} in the data "
            f"format {config.image_data_format()!r}",
            stacklevel=4,
        )
    sides = rows_and_columns(asked)
    if any(side is not None and side < least for side in sides):
        raise ValueError(
            f"Images must be at least {least}x{least} for this network. "
            f"Received: input_shape={asked}"
        )
    if request.include_top and None in asked:
        raise ValueError(
            "With include_top=True all sides of input_shape must be stated. "
            f"Received: input_shape={asked}"
        )
    return asked


def image_input(request, size=None, least=32, shape=None):
    """The symbolic images from which the network computes; arguments as for `image_shape`.

    Raises:
        ValueError: if both an input tensor and an input shape are given, and they differ.
    """
    if shape is None:
        shape = image_shape(request, size, least)
    given = request.input_tensor
    if given is None:
        return layers.Input(shape=shape)
    found = tuple(given.shape[1:])
    if len(found) != 3 or (
        request.input_shape is not None
        and any(None not in (a, b) and a != b for a, b in zip(shape, found))
    ):
        raise ValueError(
            f"input_tensor must have the shape (batch, *{shape}). Received: an input_tensor of "
            f"shape {tuple(given.shape)}, input_shape={request.input_shape}"
        )
    return given


def classifier(x, request, dropout=0.0, pool="avg_pool", **options):
    """The mean over all positions and a dense layer, as most networks end."""
    x = layers.GlobalAveragePooling2D(name=pool)(x)
    if dropout > 0:
        x = layers.Dropout(dropout, name="top_dropout")(x)
    activation = activation_asked(request)
    return layers.Dense(request.classes, activation=activation, name="predictions", **options)(x)


def activation_asked(request):
    """The activation of the classifier.

    Raises:
        ValueError: for one other than softmax and None where weights are loaded.
    """
    asked = request.classifier_activation
    allowed = (activations.softmax, activations.linear)
    if request.weights is not None and activations.get(asked) not in allowed:
        raise ValueError(
            "With weights that are loaded, classifier_activation must be 'softmax' or None. "
            f"Received: classifier_activation={asked!r}"
        )
    return asked


def pooled(x, request, is_named):
    """The features, pooled as asked, in layers with names of their own or numbered ones."""
    if request.pooling == "avg":
        return layers.GlobalAveragePooling2D(name="avg_pool" if is_named else None)(x)
    if request.pooling == "max":
        return layers.GlobalMaxPooling2D(name="max_pool" if is_named else None)(x)
    return x


def finished(request, image, x, files, single_input=False):
    """The model from ``image`` to ``x`` with its weights loaded.

    Args:
        request: a `Request`.
        image: the symbolic images.
        x: what is computed from them.
        files: the pretrained weights with and without classifier, as `WeightsFile`s.
        single_input: whether the inputs found behind an ``input_tensor`` are a tensor, no list.
    """
    inputs = image
    if request.input_tensor is not None:
        inputs = get_source_inputs(request.input_tensor)
        inputs = inputs[0] if single_input else inputs
    model = Functional(inputs, x, name=request.name)
    if request.is_pretrained:
        model.load_weights(files[0 if request.include_top else 1].path())
    elif request.weights is not None:
        model.load_weights(request.weights)
    return model


@dataclasses.dataclass(frozen=True)
class WeightsFile:
    """A file of pretrained weights: its address, its hash, and its name in the cache."""

    origin: str
    file_hash: str | None = None
    name: str | None = None

    def path(self):
        """Where it is, after downloading it if need be.

        Raises:
            OSError: if it can be neither found nor downloaded; it says where to put it.
        """
        name = self.name or self.origin.rpartition("/")[2]
        return get_file(name, self.origin, cache_subdir="models", file_hash=self.file_hash)


def tf_kernels(folder, variant, with_top, without_top):
    """The two files of most networks, by their hashes."""
    start = f"{STORAGE}{folder}/{variant}_weights_tf_dim_ordering_tf_kernels"
    return WeightsFile(f"{start}.h5", with_top), WeightsFile(f"{start}_notop.h5", without_top)


def rounded(filters, lowest=0.9):
    """The multiple of 8 nearest to a number of filters, 8 at least.

    ``lowest`` is the part of the number that must remain; less is rounded up.
    """
    nearest = max(8, int(filters + 4) // 8 * 8)
    return nearest if nearest >= lowest * filters else nearest + 8


def padding_before_stride(x, kernel_size):
    """The padding with which a convolution of stride 2 without padding of its own halves ``x``.

    As TensorFlow pads ``"same"``: more behind than before where a side is even.
    """
    half = kernel_size // 2
    rows, columns = rows_and_columns(x.shape[1:])
    if rows is None:
        return (half - 1, half), (half - 1, half)
    return tuple((half - 1 + side % 2, half) for side in (rows, columns))

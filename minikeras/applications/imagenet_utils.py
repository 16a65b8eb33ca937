"""keras.applications.imagenet_utils: pixels as networks expect them, and names of classes."""

import functools
import json

import numpy as np

from minikeras import config, ops
from minikeras.backend.dtypes import is_float_dtype
from minikeras.backend.xp import ON_GPU
from minikeras.utils.downloads import get_file

_CLASS_INDEX = (
    "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
)
_CLASS_INDEX_HASH = "c2c37ea517e94d9795004a39431a14cb"
_CLASSES = 1000
# Means and standard deviations of ImageNet by channel: blue, green, red from 0 to 255 in
# "caffe"; red, green, blue from 0 to 1 in "torch".
_CAFFE_MEAN = (103.939, 116.779, 123.68)
_TORCH_MEAN, _TORCH_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def preprocess_input(x, data_format=None, mode="caffe"):
    """Images scaled as a network expects them.

    Args:
        x: images with 3 channels and values from 0 to 255, of rank 3 or 4: an array or a symbolic
            tensor. It is left as it is.
        data_format: ``"channels_last"`` or ``"channels_first"``, by default
            `keras.config.image_data_format()`.
        mode: ``"caffe"``: red and blue change places, and the means of ImageNet are subtracted;
            ``"tf"``: from -1 to 1; ``"torch"``: from 0 to 1, then the means subtracted and divided
            by the standard deviations of ImageNet.

    Returns:
        Images in the float dtype of ``x``, or floatx if it has integers; a NumPy array for one.

    Raises:
        ValueError: for an unknown mode or data format.

    >>> import minikeras as keras
    >>> import numpy as np
    >>> pixel = np.array([[[0, 127.5, 255]]])
    >>> keras.applications.imagenet_utils.preprocess_input(pixel, mode="tf").tolist()
    [[[-1.0, 0.0, 1.0]]]
    """
    if mode not in ("caffe", "tf", "torch"):
        raise ValueError(f"mode must be 'caffe', 'tf' or 'torch'. Received: mode={mode!r}")
    is_last = _checked(data_format) == "channels_last"
    # Arrays of NumPy are prepared on the host, also where tensors live on a GPU.
    on_host = ON_GPU and isinstance(x, np.ndarray)
    if not on_host and not hasattr(x, "dtype"):
        x = ops.convert_to_tensor(x)
    dtype = x.dtype if is_float_dtype(x.dtype) else config.floatx()

    def constant(numbers):
        numbers = np.asarray(numbers, dtype)
        if not is_last:
            numbers = numbers.reshape(3, 1, 1)
        return numbers if on_host else ops.convert_to_tensor(numbers)

    arithmetic = np if on_host else ops
    if x.dtype != dtype:
        x = x.astype(dtype) if on_host else ops.cast(x, dtype)
    if mode == "tf":
        return arithmetic.subtract(arithmetic.divide(x, 127.5), 1.0)
    if mode == "caffe":
        swapped = arithmetic.flip(x, axis=-1 if is_last else -3)
        return arithmetic.subtract(swapped, constant(_CAFFE_MEAN))
    centred = arithmetic.subtract(arithmetic.divide(x, 255.0), constant(_TORCH_MEAN))
    return arithmetic.divide(centred, constant(_TORCH_DEVIATION))


def preprocessing(mode):
    """The function ``preprocess_input`` of a network; ``mode`` None: it scales pixels itself."""

    def preprocess_input(x, data_format=None):
        if mode is not None:
            return _preprocess(x, data_format, mode)
        _checked(data_format)
        return x

    does = {
        "caffe": "Images from 0 to 255 with red and blue changed and ImageNet's means subtracted.",
        "tf": "Images from 0 to 255 scaled to -1 to 1.",
        "torch": "Images from 0 to 255, centred and scaled by ImageNet's means and deviations.",
        None: "The images as they are: the network scales pixels from 0 to 255 itself.",
    }[mode]
    preprocess_input.__doc__ = (
        f"{does}\n\nArgs:\n    x: images of rank 3 or 4, an array or a symbolic tensor.\n"
        '    data_format: ``"channels_last"`` or ``"channels_first"``, by default the global one.\n'
    )
    return preprocess_input


_preprocess = preprocess_input


def decode_predictions(preds, top=5):
    """The most likely classes of ImageNet for each image, with their names.

    Args:
        preds: probabilities of shape ``(batch, 1000)``.
        top: how many classes of each to give.

    Returns:
        For each image a list of ``(WordNet id, name, probability)``, the most likely first.

    Raises:
        ValueError: for another shape.
        OSError: if the list of classes is not in the cache and cannot be downloaded; it says where
            to put it.
    """
    shape = tuple(getattr(preds, "shape", ()))
    if len(shape) != 2 or shape[1] != _CLASSES:
        raise ValueError(
            f"Predictions of {_CLASSES} classes for a batch of images must have the shape (batch, "
            f"{_CLASSES}). Received: shape {shape}"
        )
    names = _class_names()
    found = []
    for probabilities in ops.convert_to_numpy(preds):
        order = np.argsort(-probabilities, kind="stable")[:top]
        found.append([(*names[i], probabilities[i]) for i in order])
    return found


@functools.cache
def _class_names():
    """Pairs of a WordNet id and a name, by class."""
    path = get_file(
        "imagenet_class_index.json",
        _CLASS_INDEX,
        cache_subdir="models",
        file_hash=_CLASS_INDEX_HASH,
    )
    with open(path, encoding="utf-8") as file:
        index = json.load(file)
    return [tuple(index[str(i)]) for i in range(_CLASSES)]


def _checked(data_format):
    if data_format is None:
        return config.image_data_format()
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError(
            "data_format must be 'channels_last' or 'channels_first'. "
            f"Received: data_format={data_format!r}"
        )
    return data_format

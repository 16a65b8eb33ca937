"""Messages of event files: events, tensors and summaries of the kinds that TensorBoard shows.

A value of a summary is a tensor and the name of the plugin that is to show it, as TensorFlow 2
writes it. The numbers of fields are those of TensorFlow's event.proto, summary.proto, tensor.proto.
"""

import time

import numpy as np

from minikeras.callbacks.tensorboard.png import png
from minikeras.callbacks.tensorboard.protobuf import block, double, integer

FILE_VERSION = "brain.Event:2"
_DTYPES = {"float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int64": 9}
_STRING = 7
# What a plugin makes of a tensor: DataClass of summary.proto.
_SCALAR, _TENSOR, _BLOBS = 1, 2, 3
MOST_IMAGES = 3
BUCKETS = 30


def shape_message(shape):
    """TensorShapeProto of the lengths of the axes, None for one that is not known."""
    return b"".join(block(2, integer(1, -1 if n is None else n)) for n in shape)


def tensor(array):
    """TensorProto of a NumPy array of numbers."""
    array = np.asarray(array)
    parts = (
        integer(1, _DTYPES[array.dtype.name]),
        block(2, shape_message(array.shape)),
        block(4, array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()),
    )
    return b"".join(parts)


def string_tensor(strings):
    """TensorProto of a string, or of a list of strings or bytes."""
    if isinstance(strings, str):
        return integer(1, _STRING) + block(2, b"") + block(8, strings)
    shape = block(2, shape_message((len(strings),)))
    return integer(1, _STRING) + shape + b"".join(block(8, s) for s in strings)


def value(tag, content, plugin, data_class=None, plugin_data=b""):
    """Value of a Summary: a tensor under a tag, and which plugin shows it."""
    metadata = block(1, block(1, plugin) + (block(2, plugin_data) if plugin_data else b""))
    if data_class is not None:
        metadata += integer(4, data_class)
    return block(1, tag) + block(8, content) + block(9, metadata)


def scalar(tag, number):
    """The value that the page of scalars shows."""
    return value(tag, tensor(np.float32(number)), "scalars", _SCALAR)


def text(tag, string):
    """The value that the page of texts shows; Markdown."""
    return value(tag, string_tensor(string), "text", _TENSOR)


def keras_model(tag, json):
    """The value that the page of graphs shows as a conceptual graph: a model's JSON."""
    return value(tag, string_tensor(json), "graph_keras_model", plugin_data=b"1")


def histogram(tag, values, buckets=BUCKETS):
    """The value that the pages of histograms and distributions show."""
    return value(tag, tensor(counted(values, buckets)), "histograms", _TENSOR)


def counted(values, buckets=BUCKETS):
    """How many of the values lie where.

    Returns:
        ``(buckets, 3)``: from, to, how many. Where all are the same, the last row counts them.

    >>> counted(np.array([0.0, 1.0, 4.0]), buckets=2).tolist()
    [[0.0, 2.0, 2.0], [2.0, 4.0, 1.0]]
    """
    values = np.asarray(values, "float64").ravel()
    values = values[np.isfinite(values)]
    if not values.size:
        return np.zeros((buckets, 3))
    low, high = values.min(), values.max()
    if low == high:
        rows = np.full((buckets, 3), low)
        rows[:, 2] = 0
        rows[-1, 2] = values.size
        return rows
    numbers, edges = np.histogram(values, buckets, (low, high))
    return np.stack([edges[:-1], edges[1:], numbers], axis=1)


def images(tag, pictures, most=MOST_IMAGES):
    """The value that the page of images shows.

    Args:
        tag: a name.
        pictures: ``(number, height, width, channels)``: bytes, or floats from 0 to 1.
        most: only so many are kept.
    """
    pictures = np.asarray(pictures)
    number, height, width, _ = pictures.shape
    if pictures.dtype != np.uint8:
        pictures = np.clip(np.nan_to_num(pictures.astype("float64")) * 255.5, 0, 255)
        pictures = pictures.astype("uint8")
    files = [png(pictures[i]) for i in range(min(number, most))]
    return value(tag, string_tensor([str(width), str(height), *files]), "images", _BLOBS)


def event(step=0, summary_values=(), file_version=None, graph=None):
    """Event: values of a summary, or a graph, or the first of a file, at the present time."""
    parts = [double(1, time.time()), integer(2, step)]
    if file_version is not None:
        parts.append(block(3, file_version))
    if graph is not None:
        parts.append(block(4, graph))
    if summary_values:
        parts.append(block(5, b"".join(block(1, v) for v in summary_values)))
    return b"".join(parts)

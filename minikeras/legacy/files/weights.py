"""Arrays of Keras 1, of Theano and of cuDNN as the weights of today's layers.

Every function takes the arrays of one layer in the order of the file and returns them in the order,
shapes and orientation of today. Shapes tell what has to be done wherever they can.
"""

from minikeras import layers
from minikeras.backend.xp import np
from minikeras.legacy.layers.merge import Merge
from minikeras.models import Model
from minikeras.saving import legacy_weights_file

_CONVOLUTIONS = (
    layers.Conv1D, layers.Conv2D, layers.Conv3D, layers.Conv2DTranspose, layers.ConvLSTM2D
)  # fmt: skip


def install():
    """Let files of weights be converted as they are read."""
    legacy_weights_file.CONVERTERS.append(converted)
    legacy_weights_file.PARTS.append(_branches)


def _branches(layer):
    """The layers of the branches that a Merge of Keras 1 holds, which files list one by one."""
    if not isinstance(layer, Merge) or not layer.branches:
        return None
    found = []
    for branch in layer.branches:
        found += branch.layers if isinstance(branch, Model) else [branch]
    return found


def converted(layer, arrays, version, backend):
    """The arrays of a file for a layer as that layer has them.

    Args:
        layer: a layer that is built.
        arrays: the arrays in the order of the file.
        version: the version of Keras that wrote them; None for Keras 1, which did not say.
        backend: the name of its backend, or None.
    """
    if isinstance(layer, Model):
        return _of_parts(layer.layers, arrays, version, backend)
    if isinstance(layer, layers.Bidirectional):
        return _of_parts([layer.forward_layer, layer.backward_layer], arrays, version, backend)
    if isinstance(layer, layers.Wrapper):
        return converted(layer.layer, arrays, version, backend)
    if version is None or version.startswith("1."):
        arrays = _of_keras_1(layer, arrays)
    arrays = _of_cudnn(layer, arrays)
    return _of_theano(layer, arrays) if backend == "theano" else arrays


def _of_parts(parts, arrays, version, backend):
    """The arrays of layers within another, if they stand layer by layer; else as they are."""
    found, at = [], 0
    parts = [part for part in parts if part.weights]
    for part in parts:
        count = _count_in_file(part, len(arrays) - at, parts)
        found += converted(part, arrays[at : at + count], version, backend)
        at += count
    return found if at == len(arrays) else arrays


def _count_in_file(part, left, parts):
    """How many arrays a part has: gates of Keras 1 had arrays of their own."""
    if sum(len(p.weights) for p in parts) < left and isinstance(part, (layers.LSTM, layers.GRU)):
        return 12 if isinstance(part, layers.LSTM) else 9
    return len(part.weights)


# Keras 1


def _of_keras_1(layer, arrays):
    if isinstance(layer, (layers.LSTM, layers.ConvLSTM2D)) and len(arrays) == 12:
        arrays = _joined(arrays, (0, 6, 3, 9), (1, 7, 4, 10), (2, 8, 5, 11))
        if isinstance(layer, layers.ConvLSTM2D) and layer.data_format == "channels_first":
            arrays = [a.transpose(2, 3, 1, 0) if a.ndim == 4 else a for a in arrays]
        return arrays
    if isinstance(layer, layers.GRU) and len(arrays) == 9:
        return _joined(arrays, (0, 3, 6), (1, 4, 7), (2, 5, 8))
    if isinstance(layer, layers.Conv1D):
        return [_kernel_of_one_axis(layer, arrays[0]), *arrays[1:]]
    is_first = getattr(layer, "data_format", None) == "channels_first"
    if isinstance(layer, layers.Conv2DTranspose):
        return [arrays[0].transpose(*((2, 3, 0, 1) if is_first else (0, 1, 3, 2))), *arrays[1:]]
    if is_first and isinstance(layer, (layers.Conv2D, layers.SeparableConv2D)):
        return [a.transpose(2, 3, 1, 0) if a.ndim == 4 else a for a in arrays]
    if is_first and isinstance(layer, layers.Conv3D):
        return [arrays[0].transpose(2, 3, 4, 1, 0), *arrays[1:]]
    return arrays


def _joined(arrays, *groups):
    """Arrays of gates as one, in the order of the gates today; along filters for convolutions."""
    return [np.concatenate([arrays[i] for i in group], axis=_gate_axis(arrays[group[0]]))
            for group in groups]  # fmt: skip


def _gate_axis(array):
    return -1 if array.ndim < 4 else 3


def _kernel_of_one_axis(layer, kernel):
    """A kernel that was a picture of width 1, or before Keras 1.1 had its filters first."""
    if kernel.ndim != 4:
        return kernel
    if kernel.shape[:2] != (layer.kernel_size[0], 1) or kernel.shape[3] != layer.filters:
        kernel = kernel.transpose(2, 3, 1, 0)
    return kernel[:, 0]


# cuDNN


def _of_cudnn(layer, arrays):
    """Kernels of cuDNN's layers lie transposed, gate by gate, and have two biases."""
    if not isinstance(layer, (layers.LSTM, layers.GRU)) or len(arrays) != 3:
        return arrays
    kernel, recurrent, bias = arrays
    gates = 4 if isinstance(layer, layers.LSTM) else 3
    if bias.shape != (2 * gates * layer.units,):
        return arrays
    kernel = _by_gate(kernel, gates, lambda k: k.T.reshape(k.shape, order="F"))
    recurrent = _by_gate(recurrent, gates, lambda k: k.T)
    halves = bias.reshape(2, -1)
    return [kernel, recurrent, halves.sum(axis=0) if gates == 4 else halves]


def _by_gate(kernel, gates, change):
    return np.concatenate([change(k) for k in np.split(kernel, gates, axis=1)], axis=1)


# Theano


def _of_theano(layer, arrays):
    """Theano turned kernels over, as mathematicians do; nobody else does."""
    if not isinstance(layer, _CONVOLUTIONS):
        return arrays
    return [a[(slice(None, None, -1),) * (a.ndim - 2)] if a.ndim > 2 else a for a in arrays]

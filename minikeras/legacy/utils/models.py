"""What ``keras.utils.layer_utils`` and ``multi_gpu_utils`` held: parameters, kernels, copies."""

import warnings

import numpy as np

from minikeras import layers as all_layers, models
from minikeras.backend.xp import to_numpy
from minikeras.console import show
from minikeras.legacy.arguments.functions import of_old
from minikeras.legacy.utils.arrays import convert_kernel
from minikeras.models import Model, summary as summaries, table
from minikeras.serialization import deserialize_keras_object

__all__ = [
    "convert_all_kernels_in_model",
    "convert_dense_weights_data_format",
    "count_params",
    "count_total_params",
    "layer_from_config",
    "multi_gpu_model",
    "plot",
    "print_summary",
]

_CONVOLUTIONS = (
    all_layers.Conv1D, all_layers.Conv2D, all_layers.Conv3D, all_layers.Conv2DTranspose,
)  # fmt: skip


def count_params(weights):
    """The number of values in variables, each counted once.

    >>> import minikeras as keras
    >>> from minikeras.legacy.utils.models import count_params
    >>> layer = keras.layers.Dense(2, input_dim=3)
    >>> layer.build((None, 3))
    >>> count_params(layer.weights)
    8
    """
    return sum(int(np.prod(w.shape)) for w in {id(w): w for w in weights}.values())


def count_total_params(layers, layer_set=None):
    """The numbers of values that are trained and that are not, in layers and models.

    Args:
        layers: a list of layers.
        layer_set: a set of layers that are left out, to which all counted ones are added.

    >>> import minikeras as keras
    >>> from minikeras.legacy.utils.models import count_total_params
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.BatchNormalization()])
    >>> count_total_params(model.layers)
    (6, 6)
    """
    layer_set = set() if layer_set is None else layer_set
    trained = fixed = 0
    for layer in layers:
        if layer in layer_set:
            continue
        layer_set.add(layer)
        if isinstance(layer, Model):
            more = count_total_params(layer.layers, layer_set)
        else:
            more = count_params(layer.trainable_weights), count_params(layer.non_trainable_weights)
        trained, fixed = trained + more[0], fixed + more[1]
    return trained, fixed


def layer_from_config(config, custom_objects=None):
    """A layer or model from ``{"class_name": ..., "config": ...}``.

    Args:
        config: such a dict; arguments of Keras 1 and 2 are understood.
        custom_objects: a dict from names to classes and functions of your own.

    >>> from minikeras.legacy.utils.models import layer_from_config
    >>> layer_from_config({"class_name": "Dense", "config": {"units": 4}}).units
    4
    """
    name = config["class_name"]
    name = {"Container": "Model"}.get(name, name)
    known = {name: getattr(models if hasattr(models, name) else all_layers, name, None)}
    return deserialize_keras_object(
        {**config, "class_name": name}, custom_objects, module_objects=known
    )


@of_old("layers relevant_nodes line_length positions", {"layers": "model"})
def print_summary(model, line_length=None, positions=None, print_fn=None, relevant_nodes=None):
    """Print a table of the layers of a model.

    Args:
        model: a model; a list of layers as in Keras 1.
        line_length: the width of the table in characters.
        positions: where the columns end: parts of the width, or characters if the last is above 1.
        print_fn: a function that takes the text; by default it goes to standard output.
        relevant_nodes: for a list of layers, the keys ``"<name>_ib-<number>"`` of the calls whose
            inputs are listed; by default all calls.

    >>> import minikeras as keras
    >>> keras.utils.print_summary(
    ...     keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="d")]), 50,
    ...     print_fn=lambda text: print(text.count("d (Dense)")))
    1
    """
    if not isinstance(model, (list, tuple)):
        model.summary(line_length=line_length, positions=positions, print_fn=print_fn)
        return
    rows = table.Table(
        ["Layer (type)", "Output Shape", "Param #", "Connected to"],
        summaries._column_widths(positions or [0.33, 0.55, 0.67, 1.0], line_length or 100),
        ["left", "left", "right", "left"],
    )
    for layer in model:
        shape = str(getattr(layer, "output_shape", "multiple"))
        name = f"{layer.name} ({type(layer).__name__})"
        inputs = "\n".join(_inputs_of(layer, relevant_nodes))
        rows.add_row(name, shape, str(layer.count_params()), inputs)
    trained, fixed = count_total_params(model)
    text = "\n".join(
        [
            rows.draw(),
            f" Total params: {trained + fixed:,}",
            f" Trainable params: {trained:,}",
            f" Non-trainable params: {fixed:,}",
        ]
    )
    (print_fn or show)(text)


def _inputs_of(layer, relevant_nodes):
    """``name[call][output]`` for each tensor that the calls of a layer took."""
    for i, node in enumerate(layer._inbound_nodes):
        if not relevant_nodes or f"{layer.name}_ib-{i}" in relevant_nodes:
            for history in (x._keras_history for x in node.input_tensors):
                yield f"{history.operation.name}[{history.node_index}][{history.tensor_index}]"


def convert_all_kernels_in_model(model):
    """Turn the kernels of all convolutions round: weights of Theano for TensorFlow and back.

    Args:
        model: a model, whose weights are changed.

    >>> import minikeras as keras
    >>> model = keras.Sequential([keras.Input((4, 1)), keras.layers.Conv1D(1, 2)])
    >>> before = model.get_weights()[0]
    >>> keras.utils.convert_all_kernels_in_model(model)
    >>> bool((model.get_weights()[0] == before[::-1]).all())
    True
    """
    for layer in model.layers:
        if isinstance(layer, _CONVOLUTIONS):
            kernel = np.asarray(to_numpy(layer.kernel.value))
            layer.kernel.assign(convert_kernel(kernel, "tf"))


def convert_dense_weights_data_format(
    dense, previous_feature_map_shape, target_data_format="channels_first"
):
    """Reorder the inputs of a `Dense` behind a `Flatten` whose pictures change their data format.

    Args:
        dense: the layer, whose weights are changed.
        previous_feature_map_shape: the shape of the pictures that are flattened, in the new format.
        target_data_format: the new format.

    Raises:
        ValueError: for an unknown format.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> from minikeras.legacy.utils.models import convert_dense_weights_data_format
    >>> dense = keras.layers.Dense(1, use_bias=False)
    >>> dense.build((None, 4))
    >>> dense.set_weights([np.arange(4.0).reshape(4, 1)])
    >>> convert_dense_weights_data_format(dense, (2, 1, 2))
    >>> dense.get_weights()[0][:, 0].tolist()
    [0.0, 2.0, 1.0, 3.0]
    """
    if target_data_format not in ("channels_first", "channels_last"):
        raise ValueError(
            "target_data_format must be 'channels_first' or 'channels_last'. Received: "
            f"{target_data_format!r}"
        )
    kernel, *rest = dense.get_weights()
    a, b, c = previous_feature_map_shape
    units = kernel.shape[1]
    if target_data_format == "channels_first":  # (a, b, c) is (channels, height, width)
        moved = np.moveaxis(kernel.reshape(b, c, a, units), 2, 0)
    else:
        moved = np.moveaxis(kernel.reshape(c, a, b, units), 0, 2)
    dense.set_weights([moved.reshape(kernel.shape), *rest])


def multi_gpu_model(model, gpus=None, cpu_merge=True, cpu_relocation=False):
    """The model itself, with a warning: all is computed on one device here.

    In Keras 2 each batch was cut into as many parts as there were devices, and the outputs were
    joined: but for batch normalization, which then saw smaller batches, the numbers are the same.

    Args:
        model: a model.
        gpus: the number of devices, or a list of their numbers; at least two.
        cpu_merge, cpu_relocation: where the outputs were joined and the weights lay.

    Raises:
        ValueError: for fewer than two devices, which need no such call.
    """
    number = len(gpus) if isinstance(gpus, (list, tuple)) else gpus
    if number is not None and number < 2:
        raise ValueError(f"multi_gpu_model is for two or more devices. Received: gpus={gpus!r}")
    warnings.warn(
        "minikeras computes on one device: multi_gpu_model returns the model as it is, and "
        f"gpus={gpus!r}, cpu_merge={cpu_merge} and cpu_relocation={cpu_relocation} change nothing",
        UserWarning,
        stacklevel=2,
    )
    return model


def plot(model, to_file="model.png", show_shapes=False, show_layer_names=True):
    """Draw a model to a file; `keras.utils.plot_model` of today.

    Args:
        model: a model.
        to_file: the path of the picture.
        show_shapes: whether boxes show the shapes.
        show_layer_names: whether they show the names of the layers.
    """
    from minikeras.utils import plot_model

    plot_model(model, to_file=to_file, show_shapes=show_shapes, show_layer_names=show_layer_names)

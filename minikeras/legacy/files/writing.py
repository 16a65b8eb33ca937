"""Files that Keras 2 opens: HDF5 of whole models and of weights; and ``.h5`` of Keras 3."""

import json
import os

from minikeras import layers
from minikeras.backend.autodiff import plain
from minikeras.backend.xp import np, to_numpy
from minikeras.files import atomic_path, check_free
from minikeras.legacy.files.form_of_2 import VERSION, form_of_2, json_of_2
from minikeras.legacy.files.training_of_2 import optimizer_arrays, training_config_of_2
from minikeras.models import Model
from minikeras.saving.hdf5_output import written
from minikeras.serialization import serialize_keras_object, sharing_scope
from minikeras.version import KERAS_VERSION

# More than this does not fit into one attribute of an HDF5 file.
_MOST_BYTES = 64512
_SPENT = ("module", "registered_name", "build_config", "compile_config", "shared_object_id")


def keras2_json(model, **kwargs):
    """The architecture of a model as JSON that Keras 2 reads.

    Args:
        model: a `Sequential` or functional model.
        **kwargs: for ``json.dumps``.

    Raises:
        ValueError: for layers and settings that Keras 2 did not have.

    >>> import json
    >>> import minikeras as keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="last")])
    >>> form = json.loads(keras.legacy.saving.keras2_json(model))
    >>> form["config"]["layers"][0]["config"]["batch_input_shape"]
    [None, 3]
    """
    return json.dumps(json_of_2(model), **kwargs)


def save_keras2(model, filepath, overwrite=True, include_optimizer=True):
    """Save a model as Keras 2 did: architecture, weights and training in one HDF5 file.

    Keras 2.3 and every tf.keras 2 open it with ``load_model``, and so does `load_model` here.

    Args:
        model: a `Sequential` or functional model that is built.
        filepath: any path.
        overwrite: whether an existing file is replaced; if not, it is an error.
        include_optimizer: whether to save how it is compiled and the state of its optimizer.

    Raises:
        ValueError: for layers, settings and optimizers that Keras 2 did not have.
        FileExistsError: if the file exists and ``overwrite`` is False.
    """
    check_free(filepath, overwrite)
    texts = {"model_config": json.dumps(form_of_2(model))}
    is_trained = include_optimizer and model.compiled and model.optimizer is not None
    if is_trained:
        texts["training_config"] = json.dumps(training_config_of_2(model))
    arrays = []
    if is_trained and model.optimizer.built:
        known = {id(v): name for layer in model.layers for v, name in named_weights(layer)}
        trained = [known.get(id(v), v.path) for v in model.optimizer._trainable_variables]
        arrays = optimizer_arrays(model.optimizer, trained)
    _write_model(filepath, model, texts, arrays, VERSION, "tensorflow")


def save_weights_keras2(model, filepath, overwrite=True):
    """Save the weights of a model as Keras 2 did: an HDF5 file with a group for each layer.

    Args:
        model: a model that is built.
        filepath: any path.
        overwrite: whether an existing file is replaced; if not, it is an error.
    """
    check_free(filepath, overwrite)
    with atomic_path(filepath) as temporary, written(temporary) as file:
        _write_weights(file, model, VERSION, "tensorflow")


def save_h5(model, filepath, overwrite=True, include_optimizer=True):
    """Save a model as ``.h5`` in the way of Keras 3: its configurations in the layout of Keras 2.

    Real Keras 3 opens such a file, but for models with ops and some that are compiled. Folders on
    the way to it are made, as Keras does for this format.

    Args:
        model, filepath, overwrite, include_optimizer: as of `save_keras2`.
    """
    check_free(filepath, overwrite)
    os.makedirs(os.path.dirname(os.path.abspath(filepath)), exist_ok=True)
    with sharing_scope():
        form = serialize_keras_object(model)
    texts = {"model_config": json.dumps(_without_modules(form))}
    arrays = []
    if include_optimizer and model.compiled and model.optimizer is not None:
        config = model.get_compile_config()
        config["optimizer_config"] = config.pop("optimizer")
        texts["training_config"] = json.dumps(
            {key: _without_names(value) for key, value in config.items()}
        )
        if model.optimizer.built:
            arrays = [(v.path, _array(v)) for v in model.optimizer.variables]
    _write_model(filepath, model, texts, arrays, KERAS_VERSION, "numpy")


def _without_modules(form):
    """A model's form without what its layers say of their modules, as this format has it."""
    found = {key: value for key, value in form.items() if key not in _SPENT}
    # Classes of users are known by the names that they are registered under.
    found["class_name"] = form.get("registered_name") or form["class_name"]
    config = found["config"]
    if "layers" in config:
        found["config"] = {**config, "layers": [_without_modules(f) for f in config["layers"]]}
    return found


def _without_names(value):
    if isinstance(value, list):
        return [_without_names(v) for v in value]
    if not isinstance(value, dict):
        return value
    if "class_name" not in value:
        return {key: _without_names(v) for key, v in value.items()}
    if value["class_name"] == "function":
        return value["config"]
    return {k: v for k, v in value.items() if k not in _SPENT}


def _write_model(filepath, model, texts, arrays, version, backend):
    with atomic_path(filepath) as temporary, written(temporary) as file:
        file.attrs["keras_version"] = version.encode()
        file.attrs["backend"] = backend.encode()
        for name, text in texts.items():
            file.attrs[name] = text.encode()
        _write_weights(file.create_group("model_weights"), model, version, backend)
        if arrays:
            _write_arrays(file.create_group("optimizer_weights"), arrays)


def _write_weights(group, model, version, backend):
    is_modern = version == KERAS_VERSION
    if not model.built and not is_modern:
        raise ValueError(
            f"Model {model.name!r} has no weights yet: call it, or `build` it, before saving"
        )
    _write_strings(group, "layer_names", [layer.name for layer in model.layers])
    group.attrs["backend"] = backend.encode()
    group.attrs["keras_version"] = version.encode()
    for layer in model.layers:
        pairs = [(_file_name(name, is_modern), _array(v)) for v, name in named_weights(layer)]
        _write_arrays(group.create_group(layer.name), pairs)
    own = [(_file_name(v.name, is_modern), _array(v)) for v in model._own_weights()]
    _write_arrays(group.create_group("top_level_model_weights"), own)


def _file_name(name, is_modern):
    return name if is_modern else f"{name}:0"


def named_weights(layer):
    """Pairs of a weight of a layer and its name in files, trained ones first, as Keras 2 has it."""
    pairs, taken = [], set()
    is_depthwise = isinstance(layer, (layers.DepthwiseConv1D, layers.DepthwiseConv2D))
    for variable in [*layer.trainable_weights, *layer.non_trainable_weights]:
        parts = variable.path.split("/")
        if layer.name in parts[:-1]:
            parts = parts[parts.index(layer.name) + isinstance(layer, Model) :]
        parts = [part for part in parts if not part.startswith("conv_lstm_cell")]
        if is_depthwise and parts[-1] == "kernel":
            parts[-1] = "depthwise_kernel"
        name, number = "/".join(parts), 1
        while name in taken:
            name, number = "/".join(parts) + f"_{number}", number + 1
        taken.add(name)
        pairs.append((variable, name))
    return pairs


def _array(variable):
    return to_numpy(plain(variable.array))


def _write_arrays(group, pairs):
    _write_strings(group, "weight_names", [name for name, _ in pairs])
    for name, array in pairs:
        group.create_dataset(name, data=array)


def _write_strings(group, name, strings):
    """An attribute that is a list of strings; one that is too long is spread over several."""
    items = [string.encode() for string in strings]
    array = np.array(items)
    too_long = [item for item in items if len(item) > _MOST_BYTES]
    if too_long:
        raise ValueError(f"The name {too_long[0][:40]!r}... is too long for an HDF5 file")
    count = 1
    while any(part.nbytes > _MOST_BYTES for part in np.array_split(array, count)):
        count += 1
    if count == 1:
        group.attrs[name] = array
        return
    for number, part in enumerate(np.array_split(array, count)):
        group.attrs[f"{name}{number}"] = part

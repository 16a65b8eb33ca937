"""Methods of models that write and read files, as Keras 1 and 2 had them.

In eras 1 and 2 they write what Keras 2 opens, whatever a file is called; only names that end in
``.keras`` mean today's format.
"""

import functools
import os

from minikeras.backend.variables import get_uid
from minikeras.layers import Layer
from minikeras.legacy.era import era
from minikeras.models import Functional, Model
from minikeras.saving import model_file
from minikeras.symbolic.names import to_snake_case

_HDF5 = (".h5", ".hdf5")
# Names of classes in Keras 1, where they were others; elsewhere underscores are left out.
_NAMES_1 = {
    "conv1d": "convolution1d", "conv2d": "convolution2d", "conv3d": "convolution3d",
    "conv2d_transpose": "deconvolution2d", "separable_conv2d": "separableconvolution2d",
}  # fmt: skip


def install():
    """Give models the methods of then, and let saving write HDF5 files of whole models."""
    model_file.OTHER_WRITERS.append((_is_ours, _write))
    Model.save = _save(Model.save)
    Model.save_weights = _save_weights(Model.save_weights)
    Model.load_weights = _load_weights(Model.load_weights)
    Model.to_json = _to_json(Model.to_json)
    Model.to_yaml = to_yaml
    Layer.automatic_name = _automatic_name(Layer.automatic_name)


def _is_ours(filepath):
    if era() != 3:
        return not filepath.endswith(".keras")
    return filepath.endswith(_HDF5) and not filepath.endswith(".weights.h5")


def _write(model, filepath, overwrite, include_optimizer):
    from minikeras.legacy.files import writing

    write = writing.save_h5 if era() == 3 else writing.save_keras2
    write(model, filepath, overwrite, include_optimizer)


def _checked(save_format):
    if save_format not in (None, "h5", "hdf5", "keras"):
        raise ValueError(
            f"save_format={save_format!r} is of TensorFlow. Models are saved as .keras and .h5"
        )


def _save(save_today):
    @functools.wraps(save_today)
    def save(self, filepath, overwrite=True, zipped=None, **kwargs):
        _checked(kwargs.pop("save_format", None))
        if era() != 3 and isinstance(zipped, bool):  # the position of include_optimizer then
            kwargs["include_optimizer"], zipped = zipped, None
        return save_today(self, filepath, overwrite, zipped, **kwargs)

    return save


def _save_weights(save_today):
    @functools.wraps(save_today)
    def save_weights(self, filepath, overwrite=True, max_shard_size=None, save_format=None):
        _checked(save_format)
        if era() == 3 or max_shard_size is not None:
            return save_today(self, filepath, overwrite, max_shard_size)
        from minikeras.legacy.files import writing

        return writing.save_weights_keras2(self, os.fspath(filepath), overwrite)

    return save_weights


def _load_weights(load_today):
    @functools.wraps(load_today)
    def load_weights(self, filepath, *args, **kwargs):
        if era() == 3:
            return load_today(self, filepath, *args, **kwargs)
        names = ("by_name", "skip_mismatch", "reshape")
        if len(args) > len(names):
            raise TypeError(f"load_weights takes a path and {names}. Received: {args}")
        return load_today(self, filepath, **dict(zip(names, args)), **kwargs)

    return load_weights


def _to_json(to_json_today):
    @functools.wraps(to_json_today)
    def to_json(self, **kwargs):
        if era() == 3:
            return to_json_today(self, **kwargs)
        from minikeras.legacy.files import writing

        return writing.keras2_json(self, **kwargs)

    return to_json


def to_yaml(self, **kwargs):
    """The architecture as YAML, in the form of Keras 2; keyword arguments go to ``yaml.safe_dump``.

    It needs PyYAML: ``pip install 'keras-on-numpy[yaml]'``.
    """
    from minikeras.legacy.files.text import yaml_of

    return yaml_of(self, **kwargs)


def _automatic_name(name_today):
    """Names count from 1 in eras 1 and 2; in Keras 1 they had no underscores within."""

    @functools.wraps(name_today)
    def automatic_name(self):
        if era() == 3:
            return name_today(self)
        name = "Model" if isinstance(self, Functional) else type(self).__name__
        prefix = {"input_layer": "input"}.get(to_snake_case(name), to_snake_case(name))
        if era() == 1:
            prefix = _NAMES_1.get(prefix, prefix.replace("_", ""))
        return f"{prefix}_{get_uid(prefix)}"

    return automatic_name

"""Pieces that hostile files are made of: configurations, zip, HDF5 and tar files."""

import base64
import io
import json
import marshal
import tarfile
import zipfile
import zlib

import h5py
import numpy as np


def evil():
    """Code that leaves a trace where it is run."""
    import os

    os.system("touch pwned")


CODE = base64.b64encode(marshal.dumps(evil.__code__)).decode("ascii")


def form(class_name, module="keras.layers", /, **config):
    """An object as Keras 3 writes it."""
    return {
        "module": module, "class_name": class_name, "config": config, "registered_name": None,
    }  # fmt: skip


def function(name, module="builtins"):
    """A function as Keras 3 writes it."""
    return {
        "module": module, "class_name": "function", "config": name, "registered_name": "function",
    }  # fmt: skip


def code(*_):
    """A lambda as Keras 3 writes it."""
    return {"class_name": "__lambda__", "config": {"value": [CODE, None, None]}}


def input_layer(shape, name="x", dtype="float32"):
    """An input layer within a model."""
    found = form("InputLayer", batch_shape=shape, dtype=dtype, name=name)
    return {**found, "name": name, "inbound_nodes": []}


def sequential(*layers, shape=(None, 4), **more):
    """A Sequential model."""
    first = form("InputLayer", batch_shape=shape, dtype=more.pop("dtype", "float32"), name="x")
    return {**form("Sequential", "keras", name="model", layers=[first, *layers]), **more}


def place(name, node=0, output=0):
    """A symbolic tensor within a graph."""
    config = {"shape": [None, 4], "dtype": "float32", "keras_history": [name, node, output]}
    return {"class_name": "__keras_tensor__", "config": config}


def node(layer, *args, **kwargs):
    """A layer of a graph with one call."""
    name = layer["config"].get("name", "y")
    call = {"args": list(args), "kwargs": kwargs}
    return {**layer, "name": name, "inbound_nodes": [call]}


def graph(*layers, shape=(None, 4), outputs="y"):
    """A Functional model with the input ``x``."""
    return form(
        "Functional", "keras.src.models.functional", name="model", trainable=True,
        layers=[input_layer(shape), *layers],
        input_layers=[["x", 0, 0]], output_layers=[[outputs, 0, 0]],
    )  # fmt: skip


def dense(units=2, **config):
    """A Dense layer."""
    return form("Dense", name=config.pop("name", "dense"), units=units, **config)


def hdf5(fill=None):
    """The bytes of an HDF5 file that ``fill`` writes to."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        if fill is not None:
            fill(file)
    return content.getvalue()


def weights(file):
    """The weights of `dense` for 4 inputs."""
    group = file.create_group("layers/dense/vars")
    group["0"], group["1"] = np.zeros((4, 2), "float32"), np.zeros(2, "float32")


def keras_file(config, weights=weights, members=(), pack=zipfile.ZIP_STORED, version="3.15.1"):
    """The bytes of a ``.keras`` file.

    Args:
        config: plain values, or text.
        weights: bytes, or what fills the HDF5 file.
        members: pairs of a name and bytes.
        pack: how members are packed.
        version: that of Keras.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", pack) as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": version}))
        archive.writestr("config.json", config if isinstance(config, str) else json.dumps(config))
        stored = weights if isinstance(weights, bytes) else hdf5(weights)
        archive.writestr("model.weights.h5", stored)
        for name, data in members:
            archive.writestr(name, data)
    return content.getvalue()


def old_form(class_name, /, **config):
    """An object as Keras 1 and 2 write it."""
    return {"class_name": class_name, "config": config}


def old_sequential(*layers, **first):
    """A Sequential model of Keras 2."""
    first = {"batch_input_shape": [None, 4], **first}
    start, *others = layers
    start = {**start, "config": {**start["config"], **first}}
    return old_form("Sequential", name="model", layers=[start, *others])


def old_file(config=None, fill=None, version="2.3.1"):
    """The bytes of a whole-model HDF5 file of Keras 2."""

    def write(file):
        file.attrs["keras_version"], file.attrs["backend"] = version, "tensorflow"
        if config is not None:
            file.attrs["model_config"] = json.dumps(config)
        (fill or old_weights)(file)

    return hdf5(write)


def old_weights(file):
    """The weights of `dense` for 4 inputs, as Keras 2 lays them out."""
    group = file.create_group("model_weights")
    group.attrs["layer_names"] = [b"dense"]
    layer = group.create_group("dense")
    layer.attrs["weight_names"] = [b"dense/kernel:0", b"dense/bias:0"]
    layer["dense/kernel:0"] = np.zeros((4, 2), "float32")
    layer["dense/bias:0"] = np.zeros(2, "float32")


def tar(*members, mode="w"):
    """The bytes of a tar file.

    Args:
        *members: triples of a name, a type of `tarfile` or None, and the target of a link or bytes.
        mode: ``"w"``, ``"w:gz"`` or ``"w:xz"``.
    """
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode=mode) as archive:
        for name, kind, data in members:
            info = tarfile.TarInfo(name)
            if kind is None:
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
            else:
                info.type, info.linkname = kind, data
                archive.addfile(info)
    return content.getvalue()


def with_dictionary(content, size):
    """A file of xz whose first block states another size of the dictionary, from 0 to 40."""
    content, start = bytearray(content), 12  # behind the head of the stream
    end = start + (content[start] + 1) * 4 - 4
    content[start + 4] = size  # behind flags, the number of the filter and that of its bytes
    content[end : end + 4] = zlib.crc32(content[start:end]).to_bytes(4, "little")
    return bytes(content)


def zipped(*members, pack=zipfile.ZIP_DEFLATED):
    """The bytes of a zip file of pairs of a name and bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", pack) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, pack)
    return content.getvalue()

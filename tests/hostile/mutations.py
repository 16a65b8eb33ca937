"""Real files, and changes to them that follow from a number: to bytes, JSON, HDF5, zip members."""

import copy
import functools
import io
import json
import pathlib
import random
import tempfile
import zipfile

import h5py
import numpy as np
from hypothesis import strategies as st

import minikeras as mk

_GOLDEN = pathlib.Path(__file__).parent.parent / "golden" / "keras2"
_ODD_VALUES = [
    None, True, -1, 0, 1, 3, 2**31, 2**63, 10**12, 1e300, float("nan"), float("inf"), "", "relu",
    "x" * 1000, "../x", "\0", "\ud800", [], {}, [None], [[[]]], [2, 2], [10**9, 10**9], {"a": 1},
    {"class_name": "Dense", "config": {}}, {"class_name": "__tuple__", "config": {"value": [1]}},
    {"class_name": "__numpy__", "config": {"value": [1.0], "dtype": "float32"}},
    {"class_name": "function", "config": "relu"}, {"class_name": "__lambda__", "config": {}},
    {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}},
]  # fmt: skip


def _plain():
    x = mk.Input((6, 6, 1), name="x")
    y = mk.layers.Conv2D(2, 3, activation="relu", name="conv")(x)
    y = mk.layers.BatchNormalization(name="norm")(y)
    y = mk.ops.reshape(y, (-1, 8, 4)) * 2.0
    y = mk.layers.Bidirectional(mk.layers.LSTM(2), name="rnn")(y)
    z = mk.layers.Dropout(0.5, name="drop")(mk.layers.Dense(4, kernel_regularizer="l2")(y))
    model = mk.Model(x, mk.layers.Add(name="add")([y, z]))
    model.compile(mk.optimizers.Adam(mk.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)),
                  "mse", metrics=["mae"])  # fmt: skip
    model.optimizer.build(model.trainable_variables)
    return model


def _text():
    lookup = mk.layers.TextVectorization(max_tokens=20, output_sequence_length=4)
    lookup.adapt(["a few words", "a few more"])
    inner = mk.Sequential([mk.Input((4,)), mk.layers.Embedding(20, 3), mk.layers.Flatten()])
    head = mk.layers.Dense(2, activation="softmax")
    return mk.Sequential([mk.Input((1,), dtype="string"), lookup, inner, head])


@functools.cache
def real_files():
    """Contents by names of files, with the code that loads each."""
    found = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for label, model in (("plain", _plain()), ("text", _text())):
            model.save(folder / "model.keras")
            found[f"{label}.keras"] = (folder / "model.keras").read_bytes()
            found[f"{label}.json"] = model.to_json().encode()
        _small().save_weights(folder / "model.weights.h5")
        found["small.weights.h5"] = (folder / "model.weights.h5").read_bytes()
    for path in sorted(_GOLDEN.glob("*.h5")):
        if path.stat().st_size < 200_000:
            found[f"old_{path.name}"] = path.read_bytes()
    return found


def _small():
    return mk.Sequential([mk.Input((4,)), mk.layers.Dense(2, name="dense")])


def code_for(name):
    """The code that loads a file of such a name."""
    if name.endswith(".json"):
        return 'k.models.model_from_json(open("file", "rb").read().decode("utf-8", "replace"))'
    if name.endswith(".weights.h5"):
        return (
            'import os\nos.rename("file", "file.weights.h5")\n'
            "m = k.Sequential([k.Input((4,)), k.layers.Dense(2, name='dense')])\n"
            'm.load_weights("file.weights.h5")\nk.saving.KerasFileEditor("file.weights.h5")'
        )
    return 'k.saving.load_model("file")'


# Bytes


def changed_bytes(chance, content):
    """``content`` with bytes changed, cut out, cut off or put in."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        at = chance.randint(0, max(len(changed) - 1, 0))
        kind = chance.choice(["set", "flip", "cut", "end", "copy", "ones", "number"])
        length = chance.randint(1, 64)
        if kind == "set":
            changed[at : at + 1] = bytes([chance.randint(0, 255)])
        elif kind == "flip" and changed:
            changed[at] ^= 1 << chance.randint(0, 7)
        elif kind == "cut":
            del changed[at : at + length]
        elif kind == "end":
            del changed[at:]
        elif kind == "copy":
            changed[at:at] = changed[at : at + length]
        elif kind == "ones":
            changed[at : at + length] = b"\xff" * length
        else:
            width = chance.choice([2, 4, 8])
            number = chance.randint(0, 256**width - 1)
            changed[at : at + width] = number.to_bytes(width, "little")
    return bytes(changed)


# JSON


def _places(value, found):
    """All (container, key) within parsed JSON."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(items):
        found.append((value, key))
        if isinstance(item, (dict, list)):
            _places(item, found)
    return found


def changed_json(chance, text):
    """JSON text with some values replaced, left out, repeated or exchanged."""
    value = json.loads(text)
    for _ in range(chance.randint(1, 4)):
        places = _places(value, [])
        if not places:
            break
        holder, key = places[chance.randint(0, len(places) - 1)]
        kind = chance.choice(["odd", "odd", "odd", "drop", "repeat", "other"])
        if kind == "odd":
            holder[key] = copy.deepcopy(chance.choice(_ODD_VALUES))
        elif kind == "drop":
            del holder[key]
        elif kind == "repeat" and isinstance(holder, list):
            holder.insert(key, holder[key])
        else:
            other, place = places[chance.randint(0, len(places) - 1)]
            holder[key] = json.loads(json.dumps(other[place]))
    return json.dumps(value)


# HDF5


def changed_hdf5(chance, content):
    """An HDF5 file with objects or attributes changed."""
    file_object = io.BytesIO(content)
    with h5py.File(file_object, "r+") as file:
        for _ in range(chance.randint(1, 3)):
            names = [""]
            file.visit(names.append)
            name = names[chance.randint(0, len(names) - 1)]
            _change(chance, file, file[name] if name else file, name, names)
    return file_object.getvalue()


def _change(chance, file, node, name, names):
    kind = chance.choice(["drop", "replace", "link", "attribute", "attribute", "json"])
    if kind in ("drop", "replace", "link") and name:
        del file[name]
        if kind == "replace":
            shape = chance.choice([(), (0,), (2,), (4, 2), (1 << 20, 1 << 10)])
            dtype = chance.choice(["f4", "f8", "i1", "S3", "c8", "bool"])
            file.create_dataset(name, shape, dtype)
        elif kind == "link":
            other = names[chance.randint(0, len(names) - 1)] or "/"
            links = [h5py.SoftLink(other), h5py.ExternalLink("secret.h5", "/"), file.get(other)]
            file[name] = chance.choice([x for x in links if x is not None])
        return
    attributes = list(node.attrs) or list(file.attrs)
    node = node if list(node.attrs) else file
    if not attributes:
        return
    key = chance.choice(attributes)
    value = node.attrs[key]
    text = value.decode() if isinstance(value, bytes) else value
    if kind == "json" and isinstance(text, str) and text[:1] in ("{", "["):
        node.attrs[key] = changed_json(chance, text)
        return
    odd = ["", "x", b"\xff", 3, 1.5, [1, 2], ["a", "b"], np.zeros((3, 3)), h5py.Empty("f4"),
           np.array([b"dense"]), np.array([], "S1"), None]  # fmt: skip
    chosen = chance.choice(odd)
    if chosen is None:
        del node.attrs[key]
    else:
        node.attrs[key] = chosen


# Zip


def changed_zip(chance, content):
    """A zip file with the content, name or packing of members changed."""
    members = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            members[name] = archive.read(name)
    names = list(members)
    name = chance.choice([n for n in names if n != "metadata.json"])
    kind = chance.choice(["content", "content", "content", "drop", "name", "swap"])
    if kind == "content":
        members[name] = changed_member(chance, name, members[name])
    elif kind == "drop":
        del members[name]
    elif kind == "name":
        odd = ["../x", "/x", "assets/x", "a\\b", "config.json/x", "x/", "C:/x", "\ud7ff"]
        members[chance.choice(odd)] = members.pop(name)
    else:
        members[name] = members[chance.choice(names)]
    packed = io.BytesIO()
    method = chance.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
    with zipfile.ZipFile(packed, "w", method) as archive:
        for key, data in members.items():
            archive.writestr(key, data)
    return packed.getvalue()


def changed_member(chance, name, content):
    """Changes that fit a file of such a name, or to any bytes of it."""
    if chance.randint(0, 2) == 0:
        return changed_bytes(chance, content)
    if name.endswith(".json"):
        return changed_json(chance, content.decode()).encode("utf-8", "replace")
    if name.endswith(".h5"):
        return changed_hdf5(chance, content)
    if name.endswith(".keras"):
        return changed_zip(chance, content)
    return changed_bytes(chance, content)


class Damaged:
    """A real file, and the number of the changes to it."""

    def __init__(self, name, number):
        self.name, self.number = name, number

    def __repr__(self):
        return f"Damaged({self.name!r}, {self.number})"

    @property
    def content(self):
        """The bytes of the changed file."""
        chance = random.Random(f"{self.name} {self.number}")
        return changed_member(chance, self.name, real_files()[self.name])


def damaged_files():
    """A strategy for real files with changes."""
    names = st.deferred(lambda: st.sampled_from(sorted(real_files())))
    return st.builds(Damaged, names, st.integers(0, 1 << 32))

"""What real Keras on TensorFlow makes of small files and arrays, for tests/test_data_sets.py.

Run by hand where Keras, TensorFlow and Pillow are installed, from the root of the repository:
``KERAS_BACKEND=tensorflow python -m tests.golden.data_sets``. It writes data_sets.json beside it.
"""

import contextlib
import io
import json
import os
import pathlib
import tempfile
import wave

import numpy as np

STORED = pathlib.Path(__file__).with_suffix(".json")

PICTURES = {
    "ant/a.png": (6, 9, 3),
    "ant/b.PNG": (5, 4, 3),
    "ant/deep/c.bmp": (7, 3, 3),
    "bee/a.png": (4, 8, 4),
    "bee/z.gif": (6, 6, 1),
    "cow/d.png": (8, 5, 1),
    "cow/e.jpg": (16, 16, 3),
    "cow/notes.txt": None,
}
SOUNDS = {"high/a.wav": (5, 1), "high/b.wav": (2, 1), "low/c.wav": (7, 1)}
TEXTS = {
    "bad/1.txt": "dull",
    "bad/2.txt": "não gostei",
    "good/1.txt": "a joy",
    "good/2.txt": "",
    "good/more/3.txt": "two\nlines\n",
}

IMAGE_ROWS = [
    *(
        {"interpolation": name}
        for name in (
            ["bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5"]
            + ["gaussian", "mitchellcubic"]
        )
    ),
    {"crop_to_aspect_ratio": True},
    {"crop_to_aspect_ratio": True, "interpolation": "nearest"},
    {"pad_to_aspect_ratio": True},
    {"pad_to_aspect_ratio": True, "interpolation": "area"},
    {"pad_to_aspect_ratio": True, "interpolation": "nearest"},
    {"image_size": [2, 5], "label_mode": "categorical"},
    {"image_size": 3, "label_mode": None},
    {"data_format": "channels_first", "batch_size": 3},
    {"data_format": "channels_first", "crop_to_aspect_ratio": True},
    {"batch_size": None, "class_names": ["cow", "ant"], "label_mode": "binary"},
    {"labels": [3, 1, 1, 0, 0, 1, 3], "label_mode": "categorical"},
    {"labels": None},
    {"folder": "colors", "color_mode": "grayscale"},
    {"folder": "colors", "color_mode": "rgb"},
    {"folder": "colors", "color_mode": "rgba"},
]
ORDER_ROWS = [
    {"seed": 3},
    {"seed": 1337, "class_names": ["cow", "bee"]},
    {"seed": 5, "validation_split": 0.3, "subset": "training"},
    {"seed": 5, "validation_split": 0.3, "subset": "validation"},
    {"seed": 5, "validation_split": 0.5, "subset": "both"},
    {"shuffle": False, "validation_split": 0.3, "subset": "both"},
    {"seed": 2, "labels": None},
    {"shuffle": False, "follow_links": True},
    {"shuffle": False, "follow_links": False},
]
TEXT_ROWS = [
    {},
    {"max_length": 3},
    {"label_mode": "binary", "batch_size": 2},
    {"label_mode": None, "batch_size": None},
]
AUDIO_ROWS = [
    {},
    {"output_sequence_length": 4, "label_mode": "categorical"},
    {"batch_size": 2, "class_names": ["low", "high"]},
    {"batch_size": None, "label_mode": "binary"},
    {"ragged": True},
]
SERIES_ROWS = [
    {"sequence_length": 3},
    {"sequence_length": 3, "sequence_stride": 2, "batch_size": 2},
    {"sequence_length": 3, "sampling_rate": 3, "start_index": 2, "end_index": 18},
    {"sequence_length": 4, "targets": "same", "batch_size": 5},
    {"sequence_length": 2, "targets": "short", "sequence_stride": 3},
    {"sequence_length": 2, "targets": "same", "start_index": 4, "end_index": 9, "batch_size": None},
    {"sequence_length": 1, "end_index": 5},
    {"sequence_length": 19, "sampling_rate": 2},
]
SPLIT_ROWS = [
    {"data": "array", "left_size": 0.6},
    {"data": "array", "left_size": 3, "right_size": 2},
    {"data": "array", "right_size": 0.25},
    {"data": "tuple", "left_size": 4, "shuffle": True, "seed": 7},
    {"data": "list", "right_size": 4, "left_size": 0.2},
]


def make_pictures(folder):
    """Write the pictures: gradients and noise, no two alike."""
    from PIL import Image

    for number, (name, shape) in enumerate(PICTURES.items()):
        path = _place(folder, name)
        if shape is None:
            path.write_text("no picture")
            continue
        pixels = np.random.default_rng(number).integers(0, 256, shape, dtype="uint8")
        if name.endswith("jpg"):
            # Smooth and gray, so that decoders agree to a level or so.
            rise = np.arange(0, 256, 16, dtype="uint8")
            pixels = np.repeat(np.add.outer(rise // 2, rise // 2)[:, :, None], 3, 2)
        Image.fromarray(pixels[:, :, 0] if shape[2] == 1 else pixels).save(path)


def make_colors(folder):
    """Write one picture in each of several modes."""
    from PIL import Image

    noise = np.random.default_rng(0).integers(0, 2**16, (4, 3, 4), dtype="uint16")
    bytes_ = (noise >> 8).astype("uint8")
    few = Image.fromarray(bytes_[:, :, 0]).quantize(8)
    # As long as can be: in files of fewer bits TensorFlow takes 15 for the opaque alpha.
    few.putpalette(np.resize(bytes_, 768).tolist())
    for name, picture in (
        ("deep", Image.fromarray(noise[:, :, 0])),
        ("gray", Image.fromarray(bytes_[:, :, 0])),
        ("gray_alpha", Image.fromarray(bytes_).convert("LA")),
        ("palette", few),
        ("rgb", Image.fromarray(bytes_[:, :, :3])),
        ("rgba", Image.fromarray(bytes_)),
    ):
        picture.save(_place(folder, f"all/{name}.png"))


def make_texts(folder):
    """Write the texts."""
    for name, text in TEXTS.items():
        _place(folder, name).write_bytes(text.encode())


def make_sounds(folder):
    """Write the sounds, of 16 bits."""
    for number, (name, (length, channels)) in enumerate(SOUNDS.items()):
        values = np.random.default_rng(number).integers(-(2**15), 2**15, (length, channels))
        with wave.open(str(_place(folder, name)), "wb") as sound:
            sound.setparams((channels, 2, 8000, 0, "NONE", ""))
            sound.writeframes(values.astype("<i2").tobytes())


def _place(folder, name):
    path = pathlib.Path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def series(row):
    """The data and the targets of a row for time series."""
    data = np.arange(40, dtype="float32").reshape(20, 2)
    targets = {"same": np.arange(20) * 10, "short": np.arange(7) * 10}.get(row.get("targets"))
    return data if row["sequence_length"] < 19 else np.arange(40), targets


def to_split(row):
    """The data of a row for splitting."""
    x, y = np.arange(10) * 2, np.arange(20, dtype="float32").reshape(10, 2)
    return {"array": y, "tuple": (x, y), "list": [x, y]}[row["data"]]


def plain(x):
    """A structure of tensors as JSON holds it: values and dtypes of all arrays."""
    if isinstance(x, (tuple, list)):
        return [plain(part) for part in x]
    if hasattr(x, "to_list"):  # ragged, as TensorFlow has it
        return {"dtype": x.dtype.name, "values": x.to_list()}
    x = np.asarray(x)
    if x.dtype == object and x.size and x.ndim and isinstance(x[0], np.ndarray):
        return {"dtype": x[0].dtype.name, "values": [part.tolist() for part in x]}
    if x.dtype.kind in "OS":
        return {"dtype": "bytes", "values": _texts(x.tolist())}
    if x.dtype.kind == "f":
        x = np.round(x, 6 if abs(x).max(initial=0) <= 1 else 2)
    return {"dtype": x.dtype.name, "values": _short(x.tolist())}


def _texts(x):
    return [_texts(part) for part in x] if isinstance(x, list) else x.decode("latin-1")


def _short(x):
    if isinstance(x, list):
        return [_short(part) for part in x]
    return int(x) if x == int(x) else round(x, 6)


def results(utils):
    """What the functions of ``utils`` make of all rows."""
    found = {"images": [], "orders": [], "texts": [], "sounds": [], "series": [], "splits": []}
    with tempfile.TemporaryDirectory() as folder:
        make_pictures(os.path.join(folder, "pictures"))
        make_colors(os.path.join(folder, "colors"))
        make_texts(os.path.join(folder, "texts"))
        make_sounds(os.path.join(folder, "sounds"))
        make_pictures(os.path.join(folder, "elsewhere"))
        os.symlink(
            os.path.join(folder, "elsewhere", "bee"), os.path.join(folder, "pictures/ant/link")
        )
        pictures = os.path.join(folder, "pictures")
        for row in IMAGE_ROWS:
            row = {"image_size": [4, 3], "shuffle": False, "verbose": False, **row}
            path = os.path.join(folder, row.pop("folder", "pictures"))
            data = utils.image_dataset_from_directory(path, **row)
            found["images"].append({"names": data.class_names, "batches": plain(list(data))})
        for row in ORDER_ROWS:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                data = utils.image_dataset_from_directory(pictures, image_size=[2, 2], **row)
            parts = data if isinstance(data, list) else [data]
            paths = [[os.path.relpath(p, pictures) for p in part.file_paths] for part in parts]
            found["orders"].append({"paths": paths, "printed": printed.getvalue()})
        for kind, function, rows in (
            ("texts", utils.text_dataset_from_directory, TEXT_ROWS),
            ("sounds", utils.audio_dataset_from_directory, AUDIO_ROWS),
        ):
            for row in rows:
                path = os.path.join(folder, kind)
                data = function(path, shuffle=False, verbose=False, **row)
                found[kind].append({"names": data.class_names, "batches": plain(list(data))})
    for row in SERIES_ROWS:
        data, targets = series(row)
        rest = {key: value for key, value in row.items() if key != "targets"}
        made = utils.timeseries_dataset_from_array(data, targets, **rest)
        found["series"].append(plain(list(made)))
    for row in SPLIT_ROWS:
        rest = {key: value for key, value in row.items() if key != "data"}
        parts = utils.split_dataset(to_split(row), **rest)
        found["splits"].append([plain(list(part)) for part in parts])
    return found


if __name__ == "__main__":
    import keras

    rows = [
        f"{json.dumps(kind)}: [\n" + ",\n".join(json.dumps(one) for one in many) + "\n]"
        for kind, many in results(keras.utils).items()
    ]
    STORED.write_text("{" + ",\n".join(rows) + "}\n", encoding="utf-8")

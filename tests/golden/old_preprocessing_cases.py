"""What is asked of keras.preprocessing of each era; each case is a function of its modules."""

import os
import random

import numpy as np

PICTURE = np.random.RandomState(0).randint(0, 256, (8, 7, 3)).astype("float32")
PICTURES = np.random.RandomState(1).randint(0, 256, (5, 6, 6, 3)).astype("float32")
TEXTS = ["The cat sat on the mat.", "The dog; the LOG!", "A cat and a dog\tsat"]
LAST = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}

# Settings of ImageDataGenerator; era 1 knows those of _FIRST alone.
SETTINGS = {
    "none": {},
    "rotation": {"rotation_range": 40},
    "shift": {"width_shift_range": 0.3, "height_shift_range": 0.2},
    "shear": {"shear_range": 0.4},
    "zoom": {"zoom_range": 0.4},
    "zoom_range": {"zoom_range": [0.5, 0.9], "fill_mode": "constant", "cval": 7.0},
    "channel_shift": {"channel_shift_range": 60.0},
    "flips": {"horizontal_flip": True, "vertical_flip": True},
    "one_flip": {"horizontal_flip": True},
    "all": {
        "rotation_range": 30, "width_shift_range": 0.2, "height_shift_range": 0.2,
        "shear_range": 0.2, "zoom_range": 0.2, "channel_shift_range": 20.0,
        "horizontal_flip": True, "vertical_flip": True, "fill_mode": "reflect", "rescale": 1 / 255,
    },
    "wrap": {"rotation_range": 90, "fill_mode": "wrap"},
    "featurewise": {"featurewise_center": True, "featurewise_std_normalization": True},
    "samplewise": {"samplewise_center": True, "samplewise_std_normalization": True},
    "whitening": {"zca_whitening": True, "featurewise_center": True},
}  # fmt: skip
LATER = {
    "shift_in_pixels": {"width_shift_range": 3, "height_shift_range": 2.5},
    "shift_from_list": {"width_shift_range": [-2, 1, 2], "height_shift_range": [0.1, 0.4]},
    "brightness": {"brightness_range": (0.4, 1.6)},
    "cubic": {"rotation_range": 40, "interpolation_order": 3},
    "epsilon": {"zca_whitening": True, "featurewise_center": True, "zca_epsilon": 0.1},
    "rescaled": {"featurewise_center": True, "rescale": 1 / 255, "shear_range": 20},
    "function": {"preprocessing_function": lambda x: x * 2, "rotation_range": 9},
}


def _batches(image, settings, **kwargs):
    generator = image.ImageDataGenerator(**settings)
    needs_fit = any(name.startswith(("featurewise", "zca")) for name in settings)
    if needs_fit:
        generator.fit(PICTURES, augment="shear_range" in settings, rounds=2, seed=5)
    batches = generator.flow(PICTURES, np.arange(5), batch_size=2, seed=3, **kwargs)
    found = [next(batches) for _ in range(4)]
    return [x for x, _ in found], [y for _, y in found]


def _first_channels(image, settings, name):
    generator = image.ImageDataGenerator(**settings, **{name[0]: name[1]})
    x = np.moveaxis(PICTURES, -1, 1)
    return next(generator.flow(x, batch_size=3, seed=2))


def _function(image, name, *args, **kwargs):
    np.random.seed(4)
    return getattr(image, name)(PICTURE, *args, **LAST, **kwargs)


def write_folders(folder):
    """Pictures of two classes below ``folder``, some in a folder of their own."""
    from PIL import Image

    rng = np.random.RandomState(6)
    for name in ("b/2.png", "a/1.png", "a/0.png", "a/deep/9.bmp", "b/1.png", "b/0.png", "a/no.txt"):
        path = os.path.join(folder, *name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if name.endswith("txt"):
            open(path, "w").close()
        else:
            Image.fromarray(rng.randint(0, 256, (5, 6, 3)).astype("uint8")).save(path)
    return folder


def _from_directory(image, folder, settings=None, subset=None, **kwargs):
    generator = image.ImageDataGenerator(**(settings or {}))
    kwargs = {"target_size": (4, 5), "batch_size": 4, "seed": 8, **kwargs}
    if subset:
        kwargs["subset"] = subset
    batches = generator.flow_from_directory(folder, **kwargs)
    return [next(batches) for _ in range(2)]


def _from_frame(image, folder, **kwargs):
    import pandas

    rows = [("a/0.png", "x", ["x"], 1.0), ("a/1.png", "y", ["x", "y"], 2.0),
            ("b/0.png", "x", ("y",), 3.0), ("b/9.png", "y", ["y"], 4.0),
            ("b/1.png", "y", ["y"], 5.0)]  # fmt: skip
    frame = pandas.DataFrame(rows, columns=["filename", "class", "classes", "weight"])
    generator = image.ImageDataGenerator(validation_split=0.5, rotation_range=20)
    batches = generator.flow_from_dataframe(
        frame, folder, target_size=(4, 4), batch_size=3, seed=9, **kwargs
    )
    return [next(batches) for _ in range(2)]


def _skipgrams(sequence, **kwargs):
    random.seed(12)
    return sequence.skipgrams([1, 2, 0, 3, 4, 1], 9, **kwargs)


def _tokenizer(text, first, **kwargs):
    tokenizer = text.Tokenizer(**kwargs)
    tokenizer.fit_on_texts(TEXTS)
    sequences = tokenizer.texts_to_sequences([*TEXTS, "a zebra sat"])
    modes = [tokenizer.sequences_to_matrix(s, m) for m in ("binary", "count", "freq", "tfidf")
             for s in (sequences,)]  # fmt: skip
    tokenizer.fit_on_sequences(sequences)
    found = [repr(sequences), repr(list(tokenizer.word_index.items())), *modes]
    found += [tokenizer.sequences_to_matrix(sequences, "tfidf"), tokenizer.document_count]
    if not first:
        found.append(repr(tokenizer.sequences_to_texts(sequences)))
        found.append(repr(sorted(tokenizer.get_config())))
    return found


def _windows(sequence, **kwargs):
    data = np.arange(40.0).reshape(20, 2)
    np.random.seed(3)
    windows = sequence.TimeseriesGenerator(data, np.arange(20), length=4, batch_size=3, **kwargs)
    return [len(windows), *(part for i in range(len(windows)) for part in windows[i])]


def cases(era, image, sequence, text, folder):
    """Pairs of a name and a function without arguments."""
    found = {}
    known = SETTINGS if era == 1 else {**SETTINGS, **LATER}
    ordering = ("dim_ordering", "th") if era == 1 else ("data_format", "channels_first")
    for name, settings in known.items():
        found[f"flow/{name}"] = lambda s=settings: _batches(image, s)
    found["flow/in order"] = lambda: _batches(image, SETTINGS["all"], shuffle=False)
    for name in ("all", "samplewise"):
        found[f"channels first/{name}"] = lambda n=name: _first_channels(
            image, SETTINGS[n], ordering
        )
    for name, args in (
        ("random_rotation", (50,)), ("random_shift", (0.3, 0.4)), ("random_shear", (0.6,)),
        ("random_zoom", ((0.5, 1.5),)), ("random_zoom", ((1, 1),)),
    ):  # fmt: skip
        found[f"{name}{args}"] = lambda n=name, a=args: _function(image, n, *a)
    found["folders"] = lambda: _from_directory(image, folder)
    found["folders, varied"] = lambda: _from_directory(image, folder, SETTINGS["all"])
    found["folders, gray"] = lambda: _from_directory(
        image, folder, color_mode="grayscale", class_mode="binary", shuffle=False
    )
    for key in ({}, {"negative_samples": 0.0, "window_size": 1}, {"categorical": True},
                {"sampling_table": np.linspace(0, 1, 9), "shuffle": False}):  # fmt: skip
        found[f"skipgrams{sorted(key)}"] = lambda k=key: _skipgrams(sequence, **k)
    found["make_sampling_table"] = lambda: sequence.make_sampling_table(50, 1e-3)
    found["tokenizer"] = lambda: _tokenizer(text, era == 1)
    found["words"] = lambda: repr([text.text_to_word_sequence(t) for t in TEXTS])
    if era == 1:
        found["few words"] = lambda: _tokenizer(text, True, nb_words=4)
        found["characters"] = lambda: _tokenizer(text, True, char_level=True)
    else:
        found.update(_later(image, sequence, text, folder))
    return found


def _later(image, sequence, text, folder):
    """Cases that Keras 1 does not know."""
    split = {"validation_split": 0.4}
    found = {
        "brightness": lambda: image.apply_brightness_shift(PICTURE, 0.7),
        "brightness, dark": lambda: image.apply_brightness_shift(PICTURE - 300, 1.3),
        "channel shift": lambda: image.apply_channel_shift(PICTURE, 20, channel_axis=2),
        "affine": lambda: image.apply_affine_transform(
            PICTURE, 20, 1, 2, 10, 0.9, 1.2, **LAST, fill_mode="constant", cval=3.0, order=2
        ),
        "seeded windows": lambda: _windows(sequence, shuffle=True),
        "windows": lambda: _windows(sequence, sampling_rate=2, stride=2, reverse=True),
        "some windows": lambda: _windows(sequence, start_index=3, end_index=12),
        "md5": lambda: repr(text.hashing_trick(TEXTS[0], 50, "md5")),
        "a long mark": lambda: repr(text.text_to_word_sequence(TEXTS[0], split=" - ")),
        "unknown words": lambda: _tokenizer(text, False, num_words=5, oov_token="?"),
        "characters": lambda: _tokenizer(text, False, char_level=True, lower=False),
    }
    for subset in ("training", "validation"):
        found[f"folders, {subset}"] = lambda s=subset: _from_directory(
            image, folder, split, subset=s, class_mode="sparse"
        )
        found[f"frame, {subset}"] = lambda s=subset: _from_frame(image, folder, subset=s)
        found[f"flow/{subset}"] = lambda s=subset: [
            next(image.ImageDataGenerator(**split).flow(PICTURES, seed=1, subset=s))
        ]
    found["folders, input"] = lambda: _from_directory(image, folder, class_mode="input")
    for key in (
        {"y_col": "classes"}, {"class_mode": "sparse", "weight_col": "weight"},
        {"class_mode": "binary", "shuffle": False}, {"class_mode": "raw", "y_col": "weight"},
        {"class_mode": "multi_output", "y_col": ["weight", "weight"]}, {"classes": ["y"]},
        {"y_col": "classes", "classes": ["x"]}, {"class_mode": "input"}, {"class_mode": None},
    ):  # fmt: skip
        found[f"frame{sorted(map(str, key.items()))}"] = lambda k=key: _from_frame(
            image, folder, **k
        )
    found["flow/weights"] = lambda: next(
        image.ImageDataGenerator().flow(
            (PICTURES, np.arange(5)), np.arange(5), sample_weight=np.arange(5) / 2, seed=1
        )
    )
    return found


def leaves(x):
    """The arrays, texts and numbers of a result, in order."""
    if isinstance(x, (list, tuple)):
        return [leaf for part in x for leaf in leaves(part)]
    return [np.asarray(x)]

"""Calls of functions that compute without a model: utils, tree, boxes, quantizers, pictures.

Each entry is a function of one of the two libraries; what it returns must be the same in both.
"""

import os

import numpy as np

NESTED = {"b": [1, (2, 3)], "a": {"x": 4}}
BOXES = np.array([[1.0, 2.0, 5.0, 8.0], [0.0, 0.0, 4.0, 4.0]], "float32")
OTHERS = np.array([[2.0, 2.0, 6.0, 8.0], [0.0, 1.0, 4.0, 3.0]], "float32")
PICTURE = np.arange(4 * 6 * 3, dtype="uint8").reshape(4, 6, 3) * 3
SERIES = np.arange(10.0)


def _tensor(k, x):
    return k.ops.convert_to_tensor(x)


def _tree_same(name):
    """`assert_same_structure` and its like: what they let through and what they refuse."""

    def call(k):
        check, found = getattr(k.tree, name), []
        for other in ({"b": [5, (6, 7)], "a": {"x": 8}}, {"b": [5], "a": {"x": 8}}):
            try:
                check(NESTED, other)
                found.append("same")
            except (ValueError, TypeError):
                found.append("different")
        return found

    return call


def _map_to_none(k):
    drop = lambda x: k.tree.MAP_TO_NONE if x == 2 else None
    return k.tree.traverse(drop, [1, [2, 3]])


def _traverse(k):
    seen = []
    k.tree.traverse(lambda x: seen.append(str(x)), NESTED)
    doubled = k.tree.traverse(lambda x: 2 * x if isinstance(x, int) else None, NESTED, False)
    return [seen, doubled]


def _bounding_boxes(name, *args, **settings):
    def call(k):
        return getattr(k.utils.bounding_boxes, name)(*(_tensor(k, a) for a in args), **settings)

    return call


def _labelled(k):
    return {"boxes": _tensor(k, BOXES[None]), "labels": _tensor(k, np.array([[1, 2]], "int32"))}


def _set_random_seed(k):
    import random

    k.utils.set_random_seed(3)
    return [random.random(), np.random.rand(2), k.random.normal((3,)).shape]


def _get_file(k):
    with open("served.txt", "w") as file:
        file.write("words")
    os.mkdir("cache")
    origin = "file://" + os.path.abspath("served.txt")
    path = k.utils.get_file("kept.txt", origin, cache_dir=os.path.abspath("cache"))
    with open(path) as file:
        return [os.path.relpath(path), file.read()]


def _save_img(k):
    k.utils.save_img("saved.png", PICTURE)
    return k.utils.img_to_array(k.utils.load_img("saved.png"))


def _progbar(k):
    bar = k.utils.Progbar(3, verbose=0, stateful_metrics=["b"])
    bar.update(1, [("a", 1.0), ("b", 2.0)])
    bar.add(1, [("a", 3.0), ("b", 5.0)])
    bar.update(3, finalize=True)
    return bar.target


def _config(k):
    config = k.utils.Config(learning_rate=0.1, sizes=[1, 2])
    config.steps = 5
    with open("config.json", "w") as file:
        file.write(config.to_json())
    again = k.utils.Config(**config.as_dict())
    again.freeze()
    return [config.to_json(), again.steps, again.frozen, len(again), "steps" in again]


def _py_dataset(k):
    class Halves(k.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return np.full((2, 3), index, "float32"), np.full((2, 1), 3.0 * index, "float32")

    model = k.Sequential([k.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse", run_eagerly=True)
    return [model.evaluate(Halves(workers=1), verbose=0), model.predict(Halves(), verbose=0)]


def _source_inputs(k):
    x, y = k.Input((2,), name="x"), k.Input((2,), name="y")
    return [t.name for t in k.utils.get_source_inputs(k.layers.Add()([x, y]) * 2.0)]


def _clear_session(k):
    k.utils.clear_session()
    first = k.layers.Dense(1).name
    k.utils.clear_session()
    return [first, k.layers.Dense(1).name]


def _registered(k):
    @k.saving.register_keras_serializable(package="tests", name="Thing")
    class Thing:
        def get_config(self):
            return {"size": 3}

        @classmethod
        def from_config(cls, config):
            return cls(**config)

        def __init__(self, size):
            self.size = size

    config = k.saving.serialize_keras_object(Thing(3))
    again = k.saving.deserialize_keras_object(config)
    found = [
        k.saving.get_registered_name(Thing),
        k.saving.get_registered_object("tests>Thing") is Thing,
        "tests>Thing" in k.saving.get_custom_objects(),
        config["registered_name"],
        again.size,
    ]
    del k.saving.get_custom_objects()["tests>Thing"]
    return found


def _object_scope(k):
    class Twice(k.layers.Layer):
        def call(self, x):
            return 2 * x

    config = {"class_name": "Twice", "config": {"name": "t"}}
    with k.saving.CustomObjectScope({"Twice": Twice}):
        inside = k.layers.deserialize(config)(np.ones((1, 2)))
    try:
        k.layers.deserialize(config)
    except (TypeError, ValueError):
        return [inside, "unknown"]


def _legacy_object(k):
    of = k.legacy.saving
    config = of.serialize_keras_object(k.regularizers.L2(0.5))
    objects = {"L2": k.regularizers.L2}
    return [config, of.deserialize_keras_object(config, module_objects=objects)(np.ones(2))]


def _float8(name):
    def call(k):
        history = _tensor(k, np.array([3.0, 1.0, 2.0], "float32"))
        x = _tensor(k, np.array([-4.0, 1.0], "float32"))
        if name == "compute_float8_amax_history":
            return k.quantizers.compute_float8_amax_history(x, history)
        scale = _tensor(k, np.array(1.0, "float32"))
        if name == "compute_float8_scale":
            return k.quantizers.compute_float8_scale(_tensor(k, np.float32(4.0)), scale, 448.0)
        return k.quantizers.quantize_and_dequantize(x, scale, "float8_e4m3fn", "float32")

    return call


def _packed(k):
    packed, shape, rows = k.quantizers.pack_int4(_tensor(k, np.array([[1], [-3], [7]], "int8")))
    return [packed, shape, rows, k.quantizers.unpack_int4(packed, rows)]


def _quantization_config(name, *args, **settings):
    def call(k):
        config = getattr(k.quantizers, name)(*args, **settings)
        return [config.mode, type(config).from_config(config.get_config()).mode]

    return call


def _vectorize(k):
    at_most = k.ops.vectorize(lambda x, y: k.ops.minimum(x, y), signature="(n),()->(n)")
    return at_most(_tensor(k, np.ones((2, 3)) * 2.0), _tensor(k, np.array([1.0, 5.0])))


def _custom_gradient(k):
    @k.ops.custom_gradient
    def doubled(x):
        return x * 2.0, lambda *args, upstream=None: args[0] if upstream is None else upstream

    return doubled(_tensor(k, np.array([1.0, 2.0])))


def _eigenvalues(name):
    def call(k):
        x = _tensor(k, np.array([[2.0, 1.0], [1.0, 3.0]]))
        w, v = getattr(k.ops, name)(x)
        found = k.ops.matmul(k.ops.cast(x, v.dtype), v) - v * w
        return [np.sort(np.real(_numpy(k, w))), k.ops.max(k.ops.abs(found)) < 1e-9]

    return call


def _numpy(k, x):
    return k.ops.convert_to_numpy(x)


def _qr(k):
    x = _tensor(k, np.array([[2.0, 1.0], [1.0, 3.0], [0.0, 1.0]]))
    q, r = k.ops.qr(x)
    return [q.shape, k.ops.abs(r), k.ops.matmul(q, r)]


def _elastic(k):
    moved = k.ops.image.elastic_transform(_tensor(k, np.ones((1, 4, 4, 1), "float32")), seed=1)
    return moved.shape


def _masked(name):
    def call(k):
        masks = (np.arange(24).reshape(1, 4, 6, 1) % 3).astype("int32")
        return k.visualization.draw_segmentation_masks(PICTURE[None], masks, num_classes=3).shape

    return call


CALLS = {
    "tree.flatten": lambda k: k.tree.flatten(NESTED),
    "tree.flatten_with_path": lambda k: k.tree.flatten_with_path(NESTED),
    "tree.is_nested": lambda k: [k.tree.is_nested(x) for x in (NESTED, (), 1, "ab", None)],
    "tree.lists_to_tuples": lambda k: k.tree.lists_to_tuples(NESTED),
    "tree.map_shape_structure": lambda k: k.tree.map_shape_structure(
        lambda s: len(s), {"a": (2, 3), "b": [(1,), (4, 5, None)]}
    ),
    "tree.map_structure": lambda k: k.tree.map_structure(lambda x, y: x - y, NESTED, NESTED),
    "tree.map_structure_up_to": lambda k: k.tree.map_structure_up_to(
        {"a": 0, "b": 0}, lambda x: str(x), NESTED
    ),
    "tree.pack_sequence_as": lambda k: k.tree.pack_sequence_as(NESTED, [9, 8, 7, 6]),
    "tree.traverse": _traverse,
    "tree.MAP_TO_NONE": _map_to_none,
    "tree.assert_same_paths": _tree_same("assert_same_paths"),
    "tree.assert_same_structure": _tree_same("assert_same_structure"),
    "utils.bounding_boxes.affine_transform": _bounding_boxes(
        "affine_transform", BOXES[None], np.array([30.0]), np.array([1.0]), np.array([0.0]),
        np.array([1.0]), np.array([0.0]), np.array([0.0]), height=10, width=10,
    ),
    "utils.bounding_boxes.clip_to_image_size": lambda k: (
        k.utils.bounding_boxes.clip_to_image_size(_labelled(k), height=6, width=4)
    ),
    "utils.bounding_boxes.compute_ciou": _bounding_boxes(
        "compute_ciou", BOXES, OTHERS, bounding_box_format="xyxy"
    ),
    "utils.bounding_boxes.compute_iou": _bounding_boxes(
        "compute_iou", BOXES, OTHERS, bounding_box_format="xyxy"
    ),
    "utils.bounding_boxes.convert_format": _bounding_boxes(
        "convert_format", BOXES, source="xyxy", target="center_xywh"
    ),
    "utils.bounding_boxes.crop": _bounding_boxes(
        "crop", BOXES, top=1, left=1, height=5, width=5
    ),
    "utils.bounding_boxes.pad": _bounding_boxes(
        "pad", BOXES, top=2, left=1
    ),
    "utils.bounding_boxes.encode_box_to_deltas": _bounding_boxes(
        "encode_box_to_deltas", OTHERS, BOXES, anchor_format="xyxy", box_format="xyxy"
    ),
    "utils.bounding_boxes.decode_deltas_to_boxes": _bounding_boxes(
        "decode_deltas_to_boxes", OTHERS, BOXES / 10, anchor_format="xyxy", box_format="xyxy"
    ),
    "utils.Config": _config,
    "utils.Progbar": _progbar,
    "utils.PyDataset": _py_dataset,
    "utils.array_to_img": lambda k: np.asarray(k.utils.array_to_img(PICTURE, scale=False)),
    "utils.img_to_array": lambda k: k.utils.img_to_array(k.utils.array_to_img(PICTURE)),
    "utils.load_img": _save_img,
    "utils.save_img": _save_img,
    "utils.get_file": _get_file,
    "utils.get_source_inputs": _source_inputs,
    "utils.clear_session": _clear_session,
    "utils.normalize": lambda k: k.utils.normalize(np.array([[3.0, 4.0], [0.0, 2.0]]), axis=1),
    "utils.pack_x_y_sample_weight": lambda k: [
        k.utils.pack_x_y_sample_weight(1, 2), k.utils.pack_x_y_sample_weight(1, 2, 3)
    ],
    "utils.unpack_x_y_sample_weight": lambda k: [
        k.utils.unpack_x_y_sample_weight(data) for data in ((1,), (1, 2), (1, 2, 3))
    ],
    "utils.pad_sequences": lambda k: k.utils.pad_sequences(
        [[1], [2, 3, 4]], maxlen=2, padding="post", value=9
    ),
    "utils.to_categorical": lambda k: k.utils.to_categorical([0, 2, 1], num_classes=4),
    "utils.set_random_seed": _set_random_seed,
    "saving.register_keras_serializable": _registered,
    "saving.get_registered_name": _registered,
    "saving.get_registered_object": _registered,
    "saving.get_custom_objects": _registered,
    "saving.serialize_keras_object": lambda k: k.saving.serialize_keras_object(
        {"a": k.regularizers.L1(0.5), "b": (1, None, "text"), "c": np.float32(2)}
    ),
    "saving.deserialize_keras_object": lambda k: k.saving.deserialize_keras_object(
        {"class_name": "L1", "module": "keras.regularizers", "config": {"l1": 0.25}}
    )(_tensor(k, np.ones(4))),
    "saving.CustomObjectScope": _object_scope,
    "legacy.saving.serialize_keras_object": _legacy_object,
    "legacy.saving.deserialize_keras_object": _legacy_object,
    "quantizers.AbsMaxQuantizer": lambda k: (
        k.quantizers.AbsMaxQuantizer(axis=0)(_tensor(k, BOXES / 7))
    ),
    "quantizers.abs_max_quantize": lambda k: (
        k.quantizers.abs_max_quantize(_tensor(k, BOXES / 7), axis=-1)
    ),
    "quantizers.abs_max_quantize_grouped_with_zero_point": lambda k: (
        k.quantizers.abs_max_quantize_grouped_with_zero_point(_tensor(k, BOXES.T / 7), 2)
    ),
    "quantizers.fake_quant_with_min_max_vars": lambda k: (
        k.quantizers.fake_quant_with_min_max_vars(_tensor(k, BOXES), 0.5, 6.0)
    ),
    **{f"quantizers.{name}": _float8(name) for name in (
        "compute_float8_amax_history", "compute_float8_scale", "quantize_and_dequantize",
    )},
    "quantizers.pack_int4": _packed,
    "quantizers.unpack_int4": _packed,
    "quantizers.QuantizationConfig": lambda k: issubclass(
        k.quantizers.Int8QuantizationConfig, k.quantizers.QuantizationConfig
    ),
    "quantizers.Int8QuantizationConfig": _quantization_config("Int8QuantizationConfig"),
    "quantizers.Int4QuantizationConfig": _quantization_config(
        "Int4QuantizationConfig", block_size=16
    ),
    "quantizers.Float8QuantizationConfig": _quantization_config("Float8QuantizationConfig"),
    "quantizers.GPTQConfig": lambda k: (
        k.quantizers.GPTQConfig([np.ones((1, 2))], str.split, weight_bits=8).get_config()
    ),
    "quantizers.AWQConfig": lambda k: (
        k.quantizers.AWQConfig([np.ones((1, 2))], str.split, num_samples=4).get_config()
    ),
    "ops.vectorize": _vectorize,
    "ops.custom_gradient": _custom_gradient,
    "ops.eig": _eigenvalues("eig"),
    "ops.eigh": _eigenvalues("eigh"),
    "ops.qr": _qr,
    "ops.empty": lambda k: k.ops.empty((2, 3), "int32").shape,
    "ops.empty_like": lambda k: k.ops.empty_like(_tensor(k, BOXES)).shape,
    "ops.image.elastic_transform": _elastic,
    "visualization.draw_segmentation_masks": _masked("draw_segmentation_masks"),
}  # fmt: skip


def _folder_of_pictures(k):
    for label in ("cats", "dogs"):
        os.makedirs(f"pictures/{label}", exist_ok=True)
        for i in range(3):
            k.utils.save_img(f"pictures/{label}/{i}.png", PICTURE)
    data = k.utils.image_dataset_from_directory(
        "pictures", image_size=(4, 6), batch_size=4, shuffle=False, verbose=False
    )
    images, labels = next(iter(data))
    return data.class_names == ["cats", "dogs"] and [
        list(images.shape), [int(n) for n in labels]
    ] == [[4, 4, 6, 3], [0, 0, 0, 1]]  # fmt: skip


def _folder_of_texts(k):
    for label in ("bad", "good"):
        os.makedirs(f"texts/{label}", exist_ok=True)
        with open(f"texts/{label}/1.txt", "w") as file:
            file.write(f"a {label} film")
    data = k.utils.text_dataset_from_directory("texts", shuffle=False, verbose=False)
    texts, labels = next(iter(data))
    return list(texts) == [b"a bad film", b"a good film"] and [int(n) for n in labels] == [0, 1]


def _folder_of_sounds(k):
    import wave

    os.makedirs("sounds/low", exist_ok=True)
    with wave.open("sounds/low/1.wav", "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(np.arange(0, 8000, 1000, dtype="<i2").tobytes())
    data = k.utils.audio_dataset_from_directory("sounds", shuffle=False, verbose=False)
    sounds, _ = next(iter(data))
    return np.allclose(np.ravel(sounds), np.arange(8) * 1000 / 2**15)


def _series(k):
    data = k.utils.timeseries_dataset_from_array(SERIES, SERIES[3:], 3, batch_size=2)
    windows, targets = next(iter(data))
    return [np.asarray(windows).tolist(), np.asarray(targets).tolist()] == [
        [[0, 1, 2], [1, 2, 3]], [3, 4]
    ]  # fmt: skip


def _split(k):
    left, right = k.utils.split_dataset(SERIES, left_size=0.7)
    return [float(x) for x in left] == list(range(7)) and [float(x) for x in right] == [7, 8, 9]


def _feature_space(k):
    space = k.utils.FeatureSpace(
        {"age": k.utils.FeatureSpace.float(), "city": "string_categorical"}, output_mode="concat"
    )
    rows = {"age": [1.0, 2.0, 3.0], "city": ["a", "b", "a"]}
    space.adapt([{name: column[i] for name, column in rows.items()} for i in range(3)])
    return space({"age": 2.0, "city": "a"}).shape[-1] == 4


def _boxes_drawn(k):
    boxes = {"boxes": BOXES[None] / 2, "labels": np.array([[0, 1]])}
    drawn = k.visualization.draw_bounding_boxes(PICTURE[None], boxes, "xyxy", line_thickness=1)
    return drawn.shape == (1, 4, 6, 3) and not np.array_equal(drawn[0], PICTURE)


def _gallery(name):
    def call(k):
        images = np.stack([PICTURE, PICTURE])
        settings = {"rows": 1, "cols": 2, "path": "gallery.png", "value_range": (0, 255)}
        if name == "plot_bounding_box_gallery":
            settings["y_true"] = {"boxes": np.stack([BOXES, BOXES]) / 2, "labels": np.ones((2, 2))}
            settings["bounding_box_format"] = "xyxy"
        if name == "plot_segmentation_mask_gallery":
            settings["y_true"] = (np.arange(48).reshape(2, 4, 6, 1) % 3).astype("int32")
            settings["num_classes"] = 3
            del settings["rows"], settings["cols"]
        getattr(k.visualization, name)(images, **settings)
        return os.path.getsize("gallery.png") > 100

    return call


NEEDS_TENSORFLOW = "the oracle needs TensorFlow for it"
ALONE = {
    "utils.image_dataset_from_directory": (NEEDS_TENSORFLOW, _folder_of_pictures),
    "utils.text_dataset_from_directory": (NEEDS_TENSORFLOW, _folder_of_texts),
    "utils.audio_dataset_from_directory": (NEEDS_TENSORFLOW, _folder_of_sounds),
    "utils.timeseries_dataset_from_array": (NEEDS_TENSORFLOW, _series),
    "utils.split_dataset": (NEEDS_TENSORFLOW, _split),
    "utils.FeatureSpace": (NEEDS_TENSORFLOW, _feature_space),
    "visualization.draw_bounding_boxes": ("the oracle needs OpenCV for it", _boxes_drawn),
    **{
        f"visualization.{name}": ("the oracle leaves out pictures of a gallery", _gallery(name))
        for name in (
            "plot_bounding_box_gallery", "plot_image_gallery", "plot_segmentation_mask_gallery",
        )
    },
}  # fmt: skip

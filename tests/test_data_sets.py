"""Pictures, texts, sounds and series as data sets; pictures as arrays; splitting; wav files.

What real Keras makes of the same files with TensorFlow is stored in tests/golden/data_sets.json.
"""

import io
import json
import pathlib
import pickle
import struct
import sys
import threading
import wave

import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras.preprocessing import image
from minikeras.utils import dataset as data_set, resampling, stages, wav
from tests.golden import data_sets as golden
from tests.support import assert_close, values

RNG = np.random.default_rng(0)
STORED = json.loads(golden.STORED.read_text(encoding="utf-8"))
ROWS = {
    "images": golden.IMAGE_ROWS,
    "orders": golden.ORDER_ROWS,
    "texts": golden.TEXT_ROWS,
    "sounds": golden.AUDIO_ROWS,
    "series": golden.SERIES_ROWS,
    "splits": golden.SPLIT_ROWS,
}


@pytest.fixture(scope="module")
def found():
    return golden.results(mk.utils)


@pytest.fixture
def pictures(tmp_path):
    golden.make_pictures(tmp_path)
    return tmp_path


@pytest.fixture
def texts(tmp_path):
    golden.make_texts(tmp_path)
    return tmp_path


# Against real Keras


@pytest.mark.parametrize(
    ("kind", "place"), [(kind, i) for kind, rows in ROWS.items() for i in range(len(rows))]
)
def test_it_is_what_keras_makes(found, kind, place):
    # Decoders of JPEG, and of gray values, differ by a level.
    assert_alike(found[kind][place], STORED[kind][place], 1.4 if kind == "images" else 1e-6)


def assert_alike(actual, expected, atol):
    if isinstance(expected, list):
        assert len(actual) == len(expected)
        for a, e in zip(actual, expected):
            assert_alike(a, e, atol)
    elif not isinstance(expected, dict):
        if isinstance(expected, float):
            assert actual == pytest.approx(expected, abs=atol)
        elif isinstance(expected, int):
            assert abs(actual - expected) <= atol
        else:
            assert actual == expected
    else:
        for key in expected:
            assert_alike(actual[key], expected[key], atol)


def test_pixels_of_lossless_pictures_are_exact(found):
    for name in (0, 1, 3, 12):
        ours = np.array(found["images"][name]["batches"][0][0]["values"])
        theirs = np.array(STORED["images"][name]["batches"][0][0]["values"])
        assert np.abs(ours - theirs)[:-1].max() < 0.011


def test_orders_of_shuffled_data_sets(pictures):
    data = mk.utils.image_dataset_from_directory(pictures, image_size=4, seed=3, verbose=False)
    plain = mk.utils.image_dataset_from_directory(pictures, image_size=4, shuffle=False)
    known = {values(x).tobytes(): y for x, y in plain.unbatch()}
    first, second = ([(x.tobytes(), y) for x, y in data.unbatch()] for _ in range(2))
    assert [x for x, _ in first] != [x for x, _ in second]
    assert dict(first) == dict(second) == known
    again = mk.utils.image_dataset_from_directory(pictures, image_size=4, seed=3, verbose=False)
    assert [x.tobytes() for x, _ in again.unbatch()] == [x for x, _ in first]


def test_grain_keeps_the_order_and_gives_strings(texts):
    data = mk.utils.text_dataset_from_directory(texts, format="grain", seed=1, max_length=4)
    first, second = list(data), list(data)
    assert first[0][0] == second[0][0]
    assert sorted(first[0][0]) == ["", "a jo", "dull", "não ", "two\n"]


def test_grain_adds_borders_before_resizing(pictures):
    data = mk.utils.image_dataset_from_directory(
        pictures, format="grain", image_size=(4, 4), pad_to_aspect_ratio=True, shuffle=False
    )
    x = next(iter(data))[0][0]
    pixels = mk.utils.img_to_array(mk.utils.load_img(pictures / "ant/a.png"))
    expected = keras.ops.image.resize(pixels, (4, 4), pad_to_aspect_ratio=True)
    assert_close(x, np.asarray(expected), atol=1e-3)


@pytest.mark.parametrize("new_side", [1, 3, 7, 20])
@pytest.mark.parametrize("method", ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"])
def test_resampling_is_that_of_the_op(method, new_side):
    x = RNG.uniform(0, 255, (7, 9, 3)).astype("float32")
    expected = keras.ops.image.resize(x, (new_side, 4), interpolation=method)
    found = resampling.resized(x, (new_side, 4), method)
    np.testing.assert_allclose(found, np.asarray(expected), atol=2e-3)


@pytest.mark.parametrize("method", resampling.METHODS)
def test_a_plain_picture_stays_plain(method):
    x = np.full((5, 8, 1), 200, dtype="uint8")
    found = resampling.resized(x, (9, 3), method)
    np.testing.assert_allclose(found, np.full((9, 3, 1), 200.0), rtol=1e-6)


# Folders


def test_what_is_found_is_shown(pictures, capsys):
    mk.utils.image_dataset_from_directory(pictures, labels=None)
    mk.utils.image_dataset_from_directory(
        pictures, validation_split=0.3, subset="both", seed=1, verbose=True
    )
    mk.utils.image_dataset_from_directory(pictures, verbose=False)
    assert capsys.readouterr().out == (
        "Found 7 files.\nFound 7 files belonging to 3 classes.\n"
        "Using 5 files for training.\nUsing 2 files for validation.\n"
    )


def test_the_parts_share_no_file(texts):
    train, test = mk.utils.text_dataset_from_directory(
        texts, validation_split=0.4, subset="both", seed=9
    )
    same = mk.utils.text_dataset_from_directory(
        texts, validation_split=0.4, subset="validation", seed=9
    )
    assert (len(train.file_paths), len(test.file_paths)) == (3, 2)
    assert not set(train.file_paths) & set(test.file_paths)
    assert same.file_paths == test.file_paths
    assert train.class_names == test.class_names == ["bad", "good"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": "guessed"}, "labels must be 'inferred'"),
        ({"labels": [1, 2]}, "2 labels for 7 files"),
        ({"labels": [0] * 7, "class_names": ["ant"]}, "needs labels='inferred'"),
        ({"label_mode": "onehot"}, "label_mode must be one of"),
        ({"label_mode": "binary"}, "exactly 2 classes"),
        ({"class_names": ["ant", "dog"]}, "must be names of folders"),
        ({"color_mode": "cmyk"}, "color_mode must be one of"),
        ({"image_size": (3,)}, "image_size must be"),
        ({"interpolation": "sharp"}, "interpolation must be one of"),
        ({"format": "torch"}, "format must be one of"),
        ({"batch_size": 0}, "batch_size must be an integer"),
        ({"validation_split": 0.2}, "go together"),
        ({"subset": "both"}, "go together"),
        ({"validation_split": 0.2, "subset": "test"}, "subset must be one of"),
        ({"validation_split": 2, "subset": "both"}, "between 0 and 1"),
        ({"validation_split": 0.2, "subset": "both"}, "needs a seed"),
        ({"validation_split": 0.1, "subset": "both", "seed": 1}, "No validation image files"),
        ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, "Only one of"),
    ],
)
def test_unfit_arguments_are_errors(pictures, arguments, message):
    with pytest.raises(ValueError, match=message):
        mk.utils.image_dataset_from_directory(pictures, verbose=False, **arguments)


def test_folders_without_files_are_errors(tmp_path):
    with pytest.raises(ValueError, match=r"No audio files found .* end in \.wav"):
        mk.utils.audio_dataset_from_directory(tmp_path, labels=None)


def test_a_broken_file_is_named(pictures):
    (pictures / "ant" / "a.png").write_bytes(b"no picture")
    data = mk.utils.image_dataset_from_directory(pictures, verbose=False)
    with pytest.raises(ValueError, match=r"a\.png' cannot be read as a picture"):
        list(data)


def test_files_are_read_batch_by_batch(pictures, monkeypatch):
    from minikeras.utils import image_dataset

    opened = []
    pixels = image_dataset._pixels
    monkeypatch.setattr(
        image_dataset, "_pixels", lambda path, mode: opened.append(path) or pixels(path, mode)
    )
    data = mk.utils.image_dataset_from_directory(pictures, batch_size=2, verbose=False)
    assert (opened, len(data)) == ([], 4)
    list(data.take(1))
    assert len(opened) == 2
    data.workers = 1
    next(iter(data.skip(3)))
    assert len(opened) == 3


# In training


def test_training_on_pictures(pictures):
    mk.utils.set_random_seed(0)
    train, test = mk.utils.image_dataset_from_directory(
        pictures,
        image_size=(8, 8),
        batch_size=2,
        label_mode="categorical",
        validation_split=0.3,
        subset="both",
        seed=4,
        verbose=False,
    )
    model = mk.Sequential(
        [
            mk.layers.Rescaling(1 / 255),
            mk.layers.Flatten(),
            mk.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(train, validation_data=test, epochs=3, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]
    logs = model.evaluate(test, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(history.history["val_loss"][-1], rel=1e-4)
    assert values(model.predict(test, verbose=0)).shape == (2, 3)


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_fit_keeps_the_order_whatever_the_workers(workers):
    x = np.arange(40, dtype="float32")[:, None]
    data = mk.utils.timeseries_dataset_from_array(x, None, sequence_length=1, batch_size=4)
    data.workers = workers
    seen = []

    class Model(mk.Model):
        def test_step(self, batch):
            seen.append(float(values(batch)[0, 0, 0]))
            return {}

        def train_step(self, batch):
            return self.test_step(batch)

    model = Model()
    model.compile(run_eagerly=True)
    model.fit(data, epochs=2, verbose=0)
    model.evaluate(data, verbose=0)
    assert seen == [float(i) for i in range(0, 40, 4)] * 3


def test_endless_and_uncounted_data_sets_in_training():
    x = np.arange(12, dtype="float32")[:, None]
    data = data_set.Dataset.from_tensor_slices((x, x)).batch(3)
    model = mk.Sequential([mk.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(data.repeat(), steps_per_epoch=5, epochs=2, verbose=0)
    assert int(values(model.optimizer.iterations)) == 10
    model.fit(data.filter(lambda x, y: x.max() > 3), epochs=2, verbose=0)
    assert int(values(model.optimizer.iterations)) == 16


def test_processes_read_ahead(texts):
    data = mk.utils.text_dataset_from_directory(texts, batch_size=2, shuffle=False, verbose=False)
    expected = [x.tolist() for x, _ in data]
    data.use_multiprocessing, data.workers = True, 2
    for _ in range(2):  # the second time must not fork this process, which has threads
        assert [x.tolist() for x, _ in data] == expected


def test_each_process_knows_the_pass(texts):
    data = mk.utils.text_dataset_from_directory(texts, batch_size=1, seed=1, verbose=False)
    for _ in range(3):
        passed = [x.tolist() for x, _ in data]
        twin = pickle.loads(pickle.dumps(data))
        assert [twin[i][0].tolist() for i in range(len(twin))] == passed
        assert [data[i][0].tolist() for i in range(len(data))] == passed


# Sounds


def _header(kind, channels, bits, extra=b""):
    width = bits // 8
    body = struct.pack("<HHIIHH", kind, channels, 8000, 8000 * width, channels * width, bits)
    return body + extra


def _file(header, data):
    parts = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    for name, body in ((b"fmt ", header), (b"data", data)):
        parts += name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
    return io.BytesIO(b"RIFF" + struct.pack("<I", len(parts) + 4) + b"WAVE" + parts)


_EXTENSION = struct.pack("<HHI", 22, 24, 3) + struct.pack("<H", 1) + b"\0" * 14


@pytest.mark.parametrize(
    ("header", "data", "expected"),
    [
        (_header(1, 1, 8), bytes([0, 128, 255]), [-1, 0, 127 / 128]),
        (_header(1, 1, 16), struct.pack("<3h", -(2**15), 0, 2**14), [-1, 0, 0.5]),
        (_header(1, 1, 24), b"\0\0\x80\0\0\x40\xff\xff\xff", [-1, 0.5, -(2.0**-23)]),
        (_header(1, 1, 32), struct.pack("<2i", -(2**31), 2**29), [-1, 0.25]),
        (_header(3, 1, 32), struct.pack("<2f", 0.3, -2.0), [np.float32(0.3), -2]),
        (_header(3, 1, 64), struct.pack("<d", 0.25), [0.25]),
        (_header(0xFFFE, 1, 24, _EXTENSION), b"\0\0\x20", [0.25]),
    ],
)
def test_wav_files(header, data, expected):
    samples, rate = wav.read_wav(_file(header, data))
    assert (samples.dtype, rate) == ("float32", 8000)
    np.testing.assert_array_equal(samples, np.array(expected, "float32")[:, None])


def test_wav_files_with_channels_and_torn_ends():
    samples, _ = wav.read_wav(_file(_header(1, 2, 16), struct.pack("<5h", 0, 2**14, 2, 3, 9)))
    assert samples.shape == (2, 2)
    assert samples[0].tolist() == [0.0, 0.5]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (io.BytesIO(b"RIFF"), "cut off"),
        (io.BytesIO(b"RIFX0000WAVE"), "no WAV file"),
        (io.BytesIO(b"RIFF0000WAVE"), "no samples"),
        (_file(_header(6, 1, 8), b"1"), "Received: format 6 with 8 bits"),
    ],
)
def test_what_is_no_wav_file(file, message):
    with pytest.raises(ValueError, match=message):
        wav.read_wav(file)


def test_sounds_of_another_rate(tmp_path):
    time = np.arange(1600) / 16000
    for name, rate in (("a.wav", 16000), ("b.wav", 8000)):
        with wave.open(str(tmp_path / name), "wb") as sound:
            sound.setparams((1, 2, rate, 0, "NONE", ""))
            tone = np.sin(2 * np.pi * 440 * time[: rate // 10] * 16000 / rate)
            sound.writeframes((tone * 2**14).astype("<i2").tobytes())
    data = mk.utils.audio_dataset_from_directory(
        tmp_path, labels=None, sampling_rate=8000, shuffle=False
    )
    (x,) = data
    assert x.shape == (2, 800, 1)
    np.testing.assert_allclose(x[0, 50:-50], x[1, 50:-50], atol=0.01)
    cut = mk.utils.audio_dataset_from_directory(
        tmp_path, labels=None, sampling_rate=8000, shuffle=False, output_sequence_length=500
    )
    assert next(iter(cut)).shape == (2, 500, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ragged": True, "output_sequence_length": 3}, "only one is possible"),
        ({"sampling_rate": 2.5}, "sampling_rate must be an integer"),
        ({"output_sequence_length": 0}, "output_sequence_length must be an integer"),
    ],
)
def test_unfit_arguments_for_sounds(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        mk.utils.audio_dataset_from_directory(tmp_path, **arguments)


# Series


def test_shuffled_series():
    x = np.arange(50)
    data = mk.utils.timeseries_dataset_from_array(
        x, x * 2, sequence_length=3, shuffle=True, seed=1, batch_size=7
    )
    passes = [[np.concatenate(parts) for parts in zip(*data)] for _ in range(2)]
    for windows, targets in passes:
        np.testing.assert_array_equal(windows, windows[:, :1] + np.arange(3))
        np.testing.assert_array_equal(targets, 2 * windows[:, 0])
        assert sorted(windows[:, 0]) == list(range(48))
    assert passes[0][1].tolist() != passes[1][1].tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start_index": -1}, "start_index must lie"),
        ({"start_index": 10}, "start_index must lie"),
        ({"end_index": 11}, "end_index must lie"),
        ({"start_index": 4, "end_index": 4}, "end_index must lie"),
        ({"sampling_rate": 0}, "sampling_rate must be an integer"),
        ({"sampling_rate": 10}, "sampling_rate must be lower"),
        ({"sequence_stride": 10}, "sequence_stride must be lower"),
        ({"sequence_length": 0}, "sequence_length must be an integer"),
        ({"targets": np.arange(3), "start_index": 2}, "a target for each window"),
        ({"format": "list"}, "format must be one of"),
    ],
)
def test_unfit_arguments_for_series(arguments, message):
    arguments = {"targets": None, "sequence_length": 2, **arguments}
    with pytest.raises(ValueError, match=message):
        mk.utils.timeseries_dataset_from_array(np.arange(10), **arguments)


# The methods of data sets


def numbers(count=10):
    return data_set.Dataset.from_tensor_slices(np.arange(count))


def listed(data):
    return [x.tolist() for x in data]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (numbers(3), [0, 1, 2]),
        (numbers(5).batch(2), [[0, 1], [2, 3], [4]]),
        (numbers(5).batch(2, drop_remainder=True), [[0, 1], [2, 3]]),
        (numbers(5).batch(2).batch(2, drop_remainder=True), [[[0, 1], [2, 3]]]),
        (numbers(5).batch(2).unbatch(), [0, 1, 2, 3, 4]),
        (numbers(5).batch(2, drop_remainder=True).unbatch(), [0, 1, 2, 3]),
        (numbers(3).map(lambda x: x * x).batch(2), [[0, 1], [4]]),
        (numbers(4).batch(3).map(lambda x: x + 1).unbatch(), [1, 2, 3, 4]),
        (numbers().take(3), [0, 1, 2]),
        (numbers(3).take(-1), [0, 1, 2]),
        (numbers(3).take(9), [0, 1, 2]),
        (numbers(5).skip(3), [3, 4]),
        (numbers(5).skip(-1), []),
        (numbers(5).skip(1).take(2), [1, 2]),
        (numbers(2).repeat(3), [0, 1, 0, 1, 0, 1]),
        (numbers(2).repeat(0), []),
        (numbers(2).repeat().take(5), [0, 1, 0, 1, 0]),
        (numbers(6).filter(lambda x: x % 2 == 0), [0, 2, 4]),
        (numbers(6).filter(lambda x: x % 2 == 0).batch(2), [[0, 2], [4]]),
        (numbers(2).concatenate(numbers(1)), [0, 1, 0]),
        (numbers(5).batch(2).prefetch(2), [[0, 1], [2, 3], [4]]),
        (numbers(5).batch(2).prefetch(-1).cache(), [[0, 1], [2, 3], [4]]),
        (numbers(300).map(lambda x: -x, num_parallel_calls=3).take(3), [0, -1, -2]),
        (numbers(0), []),
        (numbers(0).repeat(), []),
        (numbers(4).batch(2).filter(lambda x: x[0] > 0).unbatch().map(lambda x: x * 2), [4, 6]),
    ],
)
def test_methods(data, expected):
    for _ in range(2):
        assert listed(data) == expected
    size = data.cardinality()
    if size == -2:
        assert data.num_batches is None
        with pytest.raises(TypeError, match="unknown"):
            len(data)
    else:
        assert size == len(data) == data.num_batches == len(expected)
    assert [x.tolist() for x in data.as_numpy_iterator()] == expected
    assert [data[i].tolist() for i in range(len(expected))] == expected
    with pytest.raises(IndexError):
        data[len(expected)]


def test_shuffling():
    data = numbers(100).shuffle(100, seed=3)
    first, second = listed(data), listed(data)
    assert first != second
    assert sorted(first) == sorted(second) == list(range(100))
    assert listed(numbers(100).shuffle(100, seed=3)) == first
    fixed = numbers(100).shuffle(seed=3, reshuffle_each_iteration=False)
    assert listed(fixed) == listed(fixed) != list(range(100))
    near = listed(numbers(100).shuffle(5, seed=0))
    assert sorted(near) == list(range(100))
    assert all(number < place + 5 for place, number in enumerate(near))
    assert listed(numbers(5).shuffle(1)) == [0, 1, 2, 3, 4]
    repeated = listed(numbers(20).shuffle(20, seed=1).repeat(2))
    assert sorted(repeated[:20]) == list(range(20))
    assert repeated[:20] != repeated[20:]


def test_a_data_set_made_of_another_goes_on_with_its_orders():
    data = numbers(100).shuffle(100, seed=3)
    assert listed(data.take(3)) != listed(data.take(3))


def test_shuffling_without_a_seed_follows_the_global_one():
    mk.utils.set_random_seed(5)
    first = listed(numbers(50).shuffle(50))
    mk.utils.set_random_seed(5)
    assert listed(numbers(50).shuffle(50)) == first


def test_a_cache_makes_each_element_once():
    made = []
    data = numbers(6).map(lambda x: made.append(int(x)) or x).batch(2)
    cached = data.shuffle(3, seed=0).cache()
    list(cached.take(1))
    first = listed(cached)
    assert (listed(cached), sorted(made)) == (first, list(range(6)))
    with pytest.raises(ValueError, match="read-only"):
        next(iter(cached))[0] = 1
    filtered = numbers(6).filter(lambda x: made.append(7) or x > 3).cache()
    assert listed(filtered) == listed(filtered) == [4, 5]
    assert (made.count(7), len(filtered)) == (6, 2)


def test_a_shuffled_cache_has_new_orders():
    data = numbers(50).cache().shuffle(50, seed=1)
    assert listed(data) != listed(data)


def test_prefetching_makes_elements_in_the_background():
    third = threading.Event()

    def seen(x):
        if x == 2:
            third.set()
        return x

    iterator = iter(numbers(9).map(seen).prefetch(3))
    assert (int(next(iterator)), third.wait(10)) == (0, True)
    assert [int(x) for x in iterator] == list(range(1, 9))


@pytest.mark.parametrize("settings", [{"workers": 1}, {"workers": 4}])
def test_errors_in_functions_come_through(settings):
    data = numbers(9).map(lambda x: 1 // (3 - x)).prefetch(2)
    data.workers = settings["workers"]
    with pytest.raises((ZeroDivisionError, FloatingPointError, RuntimeWarning)):
        list(data)


def test_structures():
    arrays = {"a": np.arange(4), "b": [b"w", b"x", b"y", b"z"]}
    data = data_set.Dataset.from_tensor_slices((arrays, [1.0, 2.0, 3.0, 4.0]))
    x, y = next(iter(data.batch(3)))
    assert (x["a"].tolist(), x["b"].tolist()) == ([0, 1, 2], [b"w", b"x", b"y"])
    assert (y.dtype, y.tolist()) == ("float32", [1, 2, 3])
    last = list(data.map(lambda x, y: {"c": x["b"], "d": (y, 7)}).batch(3).unbatch())[-1]
    assert (last["c"], float(last["d"][0]), int(last["d"][1])) == (b"z", 4.0, 7)


def test_elements_of_unlike_shapes_make_no_batch():
    data = numbers(3).map(lambda x: np.zeros(int(x))).batch(2)
    with pytest.raises(ValueError, match=r"one shape.*\(0,\), \(1,\)"):
        list(data)


def test_layers_in_map():
    layer = mk.layers.Rescaling(2.0)
    data = numbers(4).batch(2).map(lambda x: layer(x))
    assert [x.tolist() for x in data.as_numpy_iterator()] == [[0, 2], [4, 6]]
    assert [x.tolist() for x in data.unbatch().batch(4)] == [[0, 2, 4, 6]]


def test_adapting_to_a_data_set(texts):
    data = mk.utils.text_dataset_from_directory(texts, verbose=False)
    layer = mk.layers.TextVectorization()
    layer.adapt(data.map(lambda x, y: x))
    assert set(layer.get_vocabulary()) > {"dull", "não", "joy"}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda d: d.batch(0), "batch_size must be"),
        (lambda d: d.take(-2), "at least 0"),
        (lambda d: d.repeat(1.5), "at least 0"),
        (lambda d: d.shuffle(0), "buffer_size must be"),
        (lambda d: d.repeat().shuffle(), "needs a buffer_size"),
        (lambda d: list(d.map(lambda x: (np.zeros(2), np.zeros(3))).unbatch()), "one length"),
        (lambda d: d.from_tensor_slices((np.zeros(2), np.zeros(3))), "same number of samples"),
    ],
)
def test_unfit_arguments_of_methods(make, message):
    with pytest.raises(ValueError, match=message):
        make(numbers())


def test_an_endless_data_set():
    data = numbers(3).repeat().batch(2)
    assert (data.cardinality(), data.num_batches, bool(data)) == (-1, None, True)
    assert data[4].tolist() == [2, 0]
    with pytest.raises(TypeError, match="no end"):
        len(data)


# Splitting


class Pairs(mk.utils.PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        start = 3 * index
        return np.arange(start, start + 3), np.arange(start, start + 3) * 2


def test_splitting_a_py_dataset():
    left, right = mk.utils.split_dataset(Pairs(workers=2), left_size=0.75)
    assert [(x.tolist(), y.tolist()) for x, y in left][-1] == ([6, 7, 8], [12, 14, 16])
    assert [(x.tolist(), y.tolist()) for x, y in right] == [([9, 10, 11], [18, 20, 22])]
    assert right.workers == 2


def test_splitting_a_folder(pictures):
    data = mk.utils.image_dataset_from_directory(
        pictures, image_size=4, batch_size=2, shuffle=False, verbose=False
    )
    for whole in (data, data.map(lambda x, y: (x, y))):
        left, right = mk.utils.split_dataset(whole, left_size=5)
        assert ([len(y) for _, y in left], [len(y) for _, y in right]) == ([2, 2, 1], [2])
        assert left.class_names == ["ant", "bee", "cow"]
        found = np.concatenate([x for x, _ in left] + [x for x, _ in right])
        np.testing.assert_array_equal(found, np.concatenate([x for x, _ in data]))
    single, _ = mk.utils.split_dataset(data.unbatch(), right_size=1)
    assert len(single) == 6


@pytest.mark.parametrize("name", [None, "numpy", "tensorflow", "torch"])
def test_splitting_dicts_lists_and_iterables(name):
    rows = {"x": np.arange(4), "y": [1.0, 2.0, 3.0, 4.0]}
    left, _ = mk.utils.split_dataset(rows, left_size=2, preferred_backend=name)
    assert [(int(e["x"]), float(e["y"])) for e in left] == [(0, 1), (1, 2)]
    left, right = mk.utils.split_dataset([5, 6, 7], right_size=1)
    assert (listed(left), listed(right)) == ([5, 6], [7])

    class Indexed:  # as data sets of torch are
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return np.array([index]), index

    left, right = mk.utils.split_dataset(Indexed(), left_size=3, shuffle=True, seed=1)
    assert sorted(int(i) for _, i in [*left, *right]) == [0, 1, 2, 3]
    assert next(iter(left.batch(2)))[0].shape == (2, 1)
    left, right = mk.utils.split_dataset(((i, -i) for i in range(5)), left_size=0.4)
    assert list(right) == [(2, -2), (3, -3), (4, -4)]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "needs left_size or right_size"),
        ({"left_size": 10}, ValueError, "from 1 to 9"),
        ({"left_size": 0.0}, ValueError, "between 0 and 1"),
        ({"right_size": 1.0}, ValueError, "between 0 and 1"),
        ({"right_size": "1"}, TypeError, "must be an integer"),
        ({"left_size": 6, "right_size": 5}, ValueError, "not exceed"),
        ({"left_size": 0.01}, ValueError, "none may be empty"),
        ({"left_size": 2, "preferred_backend": "mxnet"}, ValueError, "preferred_backend"),
        ({"left_size": 2, "dataset": 7}, TypeError, "split_dataset takes"),
        ({"left_size": 2, "dataset": []}, ValueError, "nothing to split"),
    ],
)
def test_unfit_arguments_for_splitting(arguments, error, message):
    with pytest.raises(error, match=message):
        mk.utils.split_dataset(**{"dataset": np.arange(10), **arguments})


# Pictures and arrays


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("data_format", [None, "channels_first"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_array_to_img_and_back(channels, data_format, scale):
    shape = (channels, 5, 6) if data_format else (5, 6, channels)
    x = RNG.uniform(0, 255, shape)
    ours = mk.utils.array_to_img(x, data_format, scale)
    theirs = keras.utils.array_to_img(x, data_format, scale)
    assert (ours.mode, ours.size, ours.tobytes()) == (theirs.mode, theirs.size, theirs.tobytes())
    for dtype in (None, "uint8"):
        assert_close(
            image.img_to_array(ours, data_format, dtype),
            keras.utils.img_to_array(theirs, data_format, dtype),
        )


def test_array_to_img_of_other_arrays():
    deep = mk.utils.array_to_img(np.array([[[1], [70000]]]), scale=False)
    assert (deep.mode, deep.getpixel((1, 0))) == ("I", 70000)
    plain = mk.utils.array_to_img(mk.ops.full((2, 2, 3), 7), dtype="int32")
    assert plain.getpixel((0, 0)) == (0, 0, 0)
    for x, message in ((np.zeros((2, 2)), "3 axes"), (np.zeros((2, 2, 2)), "1, 3 or 4")):
        with pytest.raises(ValueError, match=message):
            mk.utils.array_to_img(x)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.gif"])
@pytest.mark.parametrize("color_mode", ["rgb", "rgba", "grayscale"])
def test_load_img_is_that_of_keras(tmp_path, name, color_mode):
    mk.utils.save_img(tmp_path / name, RNG.uniform(size=(7, 9, 3)))
    for settings in (
        {},
        {"target_size": (4, 5)},
        {"target_size": (4, 5), "keep_aspect_ratio": True, "interpolation": "bilinear"},
        {"target_size": (12, 5), "keep_aspect_ratio": True, "interpolation": "lanczos"},
        {"target_size": (3, 3), "interpolation": "box"},
    ):
        ours = mk.utils.load_img(tmp_path / name, color_mode, **settings)
        theirs = keras.utils.load_img(tmp_path / name, color_mode, **settings)
        assert (ours.mode, ours.tobytes()) == (theirs.mode, theirs.tobytes())


def test_save_img(tmp_path):
    x = RNG.uniform(0, 255, (4, 5, 4))
    with pytest.warns(UserWarning, match="no transparency"):
        mk.utils.save_img(str(tmp_path / "a.jpg"), x, quality=90)
    assert mk.utils.load_img(str(tmp_path / "a.jpg")).mode == "RGB"
    mk.utils.save_img(tmp_path / "b.bin", x, scale=False, file_format="PNG")
    found = mk.utils.img_to_array(mk.utils.load_img(tmp_path / "b.bin", "rgba"))
    np.testing.assert_array_equal(found, np.floor(x))
    with open(tmp_path / "a.jpg", "rb") as file:
        assert mk.utils.load_img(file).size == (5, 4)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: mk.utils.load_img(io.BytesIO(), "cmyk"), ValueError, "color_mode"),
        (lambda: mk.utils.load_img(io.BytesIO(), interpolation="x"), ValueError, "interpolation"),
        (lambda: mk.utils.load_img(7), TypeError, "path must be"),
        (lambda: mk.utils.save_img(io.BytesIO(), np.ones((2, 2, 1))), ValueError, "file_format"),
        (lambda: mk.utils.img_to_array(np.ones(2)), ValueError, "2 or 3 axes"),
        (lambda: image.smart_resize(np.ones((2, 2)), (1, 1)), ValueError, "3 axes"),
        (lambda: image.smart_resize(np.ones((2, 2, 1)), (1,)), ValueError, "size must be"),
        (lambda: image.smart_resize(np.ones((2, 2, 1)), (1, 1), y=1), TypeError, "arguments"),
    ],
)
def test_unfit_arguments_for_pictures(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_without_pillow_the_error_names_the_extra(monkeypatch, pictures):
    monkeypatch.setitem(sys.modules, "PIL", None)
    for call in (
        lambda: mk.utils.array_to_img(np.ones((2, 2, 1))),
        lambda: mk.utils.load_img("a.png"),
        lambda: mk.utils.image_dataset_from_directory(pictures),
    ):
        with pytest.raises(ImportError, match=r"keras-on-numpy\[image\]"):
            call()
    text = (pathlib.Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert 'image = ["pillow' in text


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest", "lanczos3"])
@pytest.mark.parametrize("batch", [(), (2,)])
def test_smart_resize_is_that_of_keras(batch, interpolation, data_format):
    x = RNG.uniform(0, 255, (*batch, 9, 7, 3)).astype("float32")
    if data_format == "channels_first":
        x = np.moveaxis(x, -1, -3)
    for size in ((4, 4), (10, 3), (3, 12)):
        ours = image.smart_resize(x, size, interpolation, data_format)
        theirs = keras.preprocessing.image.smart_resize(x, size, interpolation, data_format)
        assert isinstance(ours, np.ndarray)
        assert_close(ours, theirs, atol=1e-3)
    tensor = image.smart_resize(mk.ops.convert_to_tensor(x), (4, 4), data_format=data_format)
    assert_close(tensor, image.smart_resize(x, (4, 4), data_format=data_format))


def test_smart_resize_by_another_module():
    x = RNG.uniform(size=(4, 6, 1)).astype("float32")
    found = image.smart_resize(x, (2, 2), backend_module=keras.ops)
    assert_close(np.asarray(found), image.smart_resize(x, (2, 2)))


def test_stages_say_what_they_lack():
    with pytest.raises(TypeError, match="promises"):
        stages.Stage().promises((0,))

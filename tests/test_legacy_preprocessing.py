"""keras.preprocessing of Keras 1 and 2 gives the numbers that it gave then."""

import pathlib
import pickle
import subprocess
import sys

import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy.preprocessing import image, sequence, text
from minikeras.training.data.py_dataset import _context
from minikeras.utils.random_seed import seed_scope
from tests.golden import old_preprocessing_cases as cases
from tests.support import assert_close

_context()  # before Keras starts pools, which settles how processes start in all tests
GOLDEN = pathlib.Path(__file__).parent / "golden"
rng = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _same_random_numbers():
    """In each run; and other tests have none of them."""
    with seed_scope(0):
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return cases.write_folders(str(tmp_path_factory.mktemp("pictures")))


def _check(found, expected, name):
    found = cases.leaves(found)
    assert len(found) == len(expected)
    for a, e in zip(found, expected):
        assert a.shape == e.shape
        if e.dtype.kind in "fiub":
            # Whitening divides by singular values, some of which are 0 but for rounding.
            tolerance = 2e-3 if "whitening" in name or "epsilon" in name else 1e-5
            scale = max(1.0, float(np.abs(e).max(initial=0)))
            np.testing.assert_allclose(a, e, rtol=tolerance, atol=tolerance * scale)
            assert a.dtype == e.dtype or (a.dtype.kind, e.dtype.kind) == ("f", "f")
        else:
            assert a.tolist() == e.tolist()


def _golden(era):
    found = {}
    with np.load(GOLDEN / f"old_preprocessing_{era}.npz") as arrays:
        for key in arrays:
            name, _, place = key.rpartition("|")
            found.setdefault(name, {})[int(place)] = arrays[key]
    return {name: [parts[i] for i in range(len(parts))] for name, parts in found.items()}


ROWS = [(era, name) for era in (1, 2) for name in _golden(era)]


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("era, name", ROWS)
def test_numbers_of_then(era, name, folder):
    modules = image, sequence, text
    with mk.legacy.era_scope(era):
        found = cases.cases(era, *modules, folder)[name]()
    _check(found, _golden(era)[name], name)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", _golden(2))
def test_numbers_of_today(name, folder):
    """Keras 3 still carries what became of these modules in TensorFlow's Keras."""
    import keras
    from keras.src.legacy.preprocessing import (
        image as theirs,
        sequence as their_sequence,
        text as their_text,
    )

    assert keras.__version__.startswith("3.")
    expected = cases.cases(2, theirs, their_sequence, their_text, folder)[name]()
    found = cases.cases(2, image, sequence, text, folder)[name]()
    _check(found, cases.leaves(expected), name)


def _model():
    layers = mk.layers
    return mk.Sequential(
        [mk.Input((6, 6, 3)), layers.Flatten(), layers.Dense(2, activation="softmax")]
    )


def _compiled():
    model = _model()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_a_model_trains_on_varied_pictures(folder):
    generator = image.ImageDataGenerator(
        rotation_range=10, rescale=1 / 255, validation_split=0.4, horizontal_flip=True
    )
    flow = {"target_size": (6, 6), "batch_size": 2, "class_mode": "sparse", "seed": 1}
    train = generator.flow_from_directory(folder, subset="training", **flow)
    other = generator.flow_from_directory(folder, subset="validation", **flow)
    model = _compiled()
    history = model.fit(train, validation_data=other, epochs=2, verbose=0)
    assert len(history.history["loss"]) == len(history.history["val_loss"]) == 2
    with mk.legacy.era_scope(2):
        model.fit_generator(train, steps_per_epoch=len(train), epochs=1, verbose=0)
        assert model.predict_generator(other, steps=1).shape == (2, 2)
        assert len(model.evaluate_generator(other)) == 2
    with mk.legacy.era_scope(1):
        batches = image.ImageDataGenerator().flow(cases.PICTURES, np.arange(5) % 2, 2)
        model.fit_generator(batches, samples_per_epoch=5, nb_epoch=1, verbose=0)


def test_workers_prepare_pictures():
    generator = image.ImageDataGenerator(rotation_range=10)
    batches = generator.flow(cases.PICTURES, np.arange(5) % 2, batch_size=2, seed=1)
    next(batches)
    again = pickle.loads(pickle.dumps(batches))
    assert again.total_batches_seen == 1 and len(again) == 3
    assert_close(next(again), next(batches))
    batches.workers, batches.max_queue_size = 2, 4
    _compiled().fit(batches, epochs=2, verbose=0)


def test_pictures_that_were_made_are_written(tmp_path, folder):
    generator = image.ImageDataGenerator(rotation_range=10)
    flow = {"save_to_dir": str(tmp_path), "save_prefix": "made", "batch_size": 3}
    next(generator.flow(cases.PICTURES, **flow))
    next(generator.flow_from_directory(folder, save_format="jpeg", **flow))
    names = sorted(path.suffix for path in tmp_path.glob("made_*"))
    assert names == [".jpeg"] * 3 + [".png"] * 3
    assert len(mk.preprocessing.image.list_pictures(str(tmp_path), "png|gif")) == 3


def test_settings_that_need_others_are_set():
    with pytest.warns(UserWarning, match="featurewise_center=True"):
        generator = image.ImageDataGenerator(featurewise_std_normalization=True)
    assert generator.featurewise_center
    with pytest.warns(UserWarning, match="call its method fit first"):
        generator.standardize(cases.PICTURES[0])
    before = cases.PICTURES.copy()
    generator.fit(cases.PICTURES)
    generator.standardize(cases.PICTURES[0])
    assert_close(cases.PICTURES, before)


REFUSED = [
    (lambda: image.ImageDataGenerator(zoom_range=(1, 2, 3)), "zoom_range"),
    (lambda: image.ImageDataGenerator(brightness_range=0.3), "brightness_range"),
    (lambda: image.ImageDataGenerator(validation_split=2), "validation_split"),
    (lambda: image.ImageDataGenerator(data_format="last"), "data_format"),
    (lambda: image.ImageDataGenerator().fit(np.ones((4, 4, 3))), r"\(4, 4, 3\)"),
    (lambda: image.ImageDataGenerator().flow(np.ones((4, 4))), r"\(4, 4\)"),
    (lambda: image.ImageDataGenerator().flow(cases.PICTURES, np.ones(3)), "same length"),
    (lambda: image.ImageDataGenerator().flow(cases.PICTURES, subset="test"), "subset"),
    (lambda: image.random_zoom(cases.PICTURE, 0.5), "zoom_range"),
    (lambda: image.random_brightness(cases.PICTURE, 0.5), "brightness_range"),
    (lambda: image.apply_affine_transform(cases.PICTURE, 3, col_axis=2), "three axes"),
    (lambda: image.DirectoryIterator(".", None, class_mode="odd"), "class_mode"),
    (lambda: image.DirectoryIterator(".", None, color_mode="cmyk"), "color_mode"),
    (lambda: text.hashing_trick("a", 5, "sha"), "hash_function"),
    (lambda: text.Tokenizer().sequences_to_matrix([[1]]), "num_words"),
    (lambda: text.Tokenizer(5).sequences_to_matrix([[1]], "tfidf"), "fit_on_texts"),
    (lambda: text.Tokenizer(5).sequences_to_matrix([[1]], "best"), "mode"),
    (lambda: sequence.TimeseriesGenerator([1, 2], [1], 1), "same length"),
    (lambda: sequence.TimeseriesGenerator([1, 2], [1, 2], 5), "No window"),
]


@pytest.mark.parametrize("call, words", REFUSED)
def test_what_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_tables_are_checked(folder):
    import pandas

    frame = pandas.DataFrame({"filename": ["a/0.png", "a/none.png"], "class": ["x", "y"], "n": 1.0})
    make = image.ImageDataGenerator().flow_from_dataframe
    with pytest.warns(UserWarning, match="1 names in the column 'filename'"):
        assert make(frame, folder).samples == 1
    assert make(frame, folder, validate_filenames=False, class_mode="raw", y_col="n").samples == 2
    for kwargs, words in (
        ({"x_col": "n"}, "names of files"), ({"y_col": "n"}, "str or list or tuple"),
        ({"class_mode": "sparse", "y_col": "n"}, "type str"), ({"weight_col": "class"}, "numbers"),
        ({"class_mode": "multi_output"}, "list of columns"),
    ):  # fmt: skip
        with pytest.raises(TypeError, match=words):
            make(frame, folder, **kwargs)
    with pytest.raises(ValueError, match="two classes"):
        make(frame, folder, class_mode="binary", classes=["x"])


def test_json_goes_both_ways():
    from keras.src.legacy.preprocessing import text as theirs

    ours = text.Tokenizer(num_words=6, oov_token="?")
    ours.fit_on_texts(cases.TEXTS)
    other = theirs.Tokenizer(num_words=6, oov_token="?")
    other.fit_on_texts(cases.TEXTS)
    for made in (
        text.tokenizer_from_json(other.to_json()),
        theirs.tokenizer_from_json(ours.to_json()),
    ):
        assert made.texts_to_sequences(cases.TEXTS) == ours.texts_to_sequences(cases.TEXTS)
        assert_close(
            made.texts_to_matrix(cases.TEXTS, "tfidf"), ours.texts_to_matrix(cases.TEXTS, "tfidf")
        )
    windows = sequence.TimeseriesGenerator(
        np.arange(9), np.arange(9), 3, batch_size=2, reverse=True
    )
    again = sequence.timeseries_generator_from_json(windows.to_json(indent=1))
    assert again.get_config() == windows.get_config()
    assert_close([*again], [*windows])
    with pytest.raises(ValueError, match="analyzer"):
        text.Tokenizer(analyzer=str.split).to_json()


def test_words_as_an_analyzer_finds_them():
    tokenizer = text.Tokenizer(analyzer=lambda t: t.split("-"))
    tokenizer.fit_on_texts(["a-b-a", ["b", "C"]])
    assert tokenizer.word_index == {"a": 1, "b": 2, "c": 3}
    assert text.one_hot(input_text="a-b", n=9, analyzer=lambda t: ["x"]) == text.one_hot("x", 9)


def test_functions_of_today_take_old_arguments(tmp_path):
    path = str(tmp_path / "p.png")
    picture = np.full((4, 6, 3), 100.0)
    picture[0] = 200
    mk.utils.save_img(path, picture, scale=False)
    load = mk.preprocessing.image.load_img
    assert load is mk.utils.load_img
    assert load(path, True).mode == load(path, grayscale=True).mode == "L"
    assert load(path, False, (2, 3)).size == load(path, target_size=(2, 3)).size == (3, 2)
    assert load(path, True, (2, 3)).size == (3, 2) and load(path, True, (2, 3)).mode == "L"
    assert load(path, False, "rgba", (2, 3)).mode == load(path, "rgba").mode == "RGBA"
    with pytest.warns(DeprecationWarning, match="data_format"):
        assert mk.utils.img_to_array(load(path), dim_ordering="th").shape == (3, 4, 6)
    with mk.legacy.era_scope(1):
        assert mk.utils.img_to_array(load(path), "th").shape == (3, 4, 6)
        # Only values below 0 were raised; today the least becomes 0.
        old = np.asarray(mk.utils.array_to_img(picture, "tf"))
    assert np.unique(old).tolist() == [127, 255]
    assert np.unique(np.asarray(mk.utils.array_to_img(picture))).tolist() == [0, 255]


SCRIPT = """
import minikeras
minikeras.alias(era={era})
from keras.preprocessing.image import ImageDataGenerator, load_img, img_to_array, flip_axis
from keras.preprocessing import image, sequence, text
from keras.preprocessing.sequence import pad_sequences, skipgrams
from keras.preprocessing.text import Tokenizer, one_hot
assert image.ImageDataGenerator is ImageDataGenerator
generator = ImageDataGenerator({argument})
print(generator.data_format, generator._era, Tokenizer({words}=7).num_words)
"""


@pytest.mark.parametrize("era, argument, words", [
    (1, "dim_ordering='th'", "nb_words"), (2, "data_format='channels_first'", "num_words")
])  # fmt: skip
def test_scripts_find_it(era, argument, words):
    script = SCRIPT.format(era=era, argument=argument, words=words)
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True,
        cwd=pathlib.Path(mk.__file__).parents[1], timeout=100,
    )  # fmt: skip
    assert found.stdout.split() == ["channels_first", str(era), "7"], found.stderr

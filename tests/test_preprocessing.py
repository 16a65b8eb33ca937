"""Layers of data against real Keras on TensorFlow: what it answered stands in tests/golden."""

import shutil
import zipfile

import h5py
import numpy as np
import pytest

import minikeras as mk
from tests.golden import preprocessing_cases as cases
from tests.oracle.layers_data import GOLDEN, GOLDEN_FOLDER, adapted, same, tensor
from tests.support import assert_close, values

# Within models


def text_model():
    layer = mk.layers.TextVectorization(max_tokens=12, output_sequence_length=4, name="vectors")
    layer.adapt(cases.TEXTS)
    return mk.Sequential(
        [
            mk.Input((1,), dtype="string"),
            layer,
            mk.layers.Embedding(12, 3),
            mk.layers.Flatten(),
            mk.layers.Dense(2),
        ]
    )


STRING_FORMS = {
    "text": lambda texts: np.array(texts),
    "bytes": lambda texts: np.char.encode(np.array(texts), "utf-8"),
    "objects": lambda texts: np.array(texts, object),
    "bytes objects": lambda texts: np.array([[t.encode() for t in row] for row in texts], object),
    "lists": lambda texts: texts,
}


@pytest.mark.parametrize("form", STRING_FORMS)
def test_a_model_takes_strings_in_all_forms(form):
    model = text_model()
    texts = [[t] for t in cases.MORE_TEXTS]
    expected = model(np.array(texts))
    x = STRING_FORMS[form](texts)
    assert_close(model(x), expected)
    np.testing.assert_allclose(model.predict(x, verbose=0, batch_size=2), values(expected), 1e-5)


def test_fit_on_strings_trains_what_stands_behind_them():
    model = text_model()
    assert model.input_shape == (None, 1)
    assert model.output_shape == (None, 2)
    model.compile("adam", "mse")
    rng = np.random.default_rng(0)
    x = np.array([[t] for t in cases.TEXTS] * 4)
    y = rng.normal(size=(len(x), 2)).astype("float32")
    before = model.evaluate(x, y, verbose=0)
    history = model.fit(x, y, batch_size=5, epochs=20, validation_split=0.2, verbose=0).history
    assert model.evaluate(x, y, verbose=0) < before
    assert len(history["val_loss"]) == 20
    model.fit(x.astype(object), y, batch_size=8, verbose=0)


def test_a_model_of_several_kinds_of_inputs():
    kind = mk.Input((1,), dtype="string", name="kind")
    number = mk.Input((1,), dtype="int64", name="number")
    lookup = mk.layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot")
    crossed = mk.layers.HashedCrossing(5, output_mode="one_hot")([kind, number])
    joined = mk.layers.Concatenate()([mk.ops.cast(lookup(kind), "float32"), crossed])
    assert joined.shape == (None, 8)
    model = mk.Model({"kind": kind, "number": number}, mk.layers.Dense(1)(joined))
    model.compile("sgd", "mse")
    x = {"kind": np.array([["a"], ["b"], ["c"]]), "number": np.array([[1], [2], [3]])}
    model.fit(x, np.zeros((3, 1), "float32"), verbose=0)
    assert model.predict(x, verbose=0).shape == (3, 1)


def test_preprocessing_layers_in_a_row_without_an_input():
    lookup = mk.layers.StringLookup(vocabulary=["a", "b"])
    model = mk.Sequential([lookup, mk.layers.CategoryEncoding(3), mk.layers.Dense(2)])
    assert model(np.array([["a", "c"], ["b", "b"]])).shape == (2, 2)
    assert model.input_shape == (None, 2)


def test_numeric_layers_are_recorded():
    model = mk.Sequential(
        [
            mk.Input((2,)),
            mk.layers.Normalization(mean=[1.0, 2.0], variance=[4.0, 9.0]),
            mk.layers.Discretization([-1.0, 0.0, 1.0], output_mode="multi_hot"),
            mk.layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(12, 2)).astype("float32")
    model.fit(x, x[:, :1], batch_size=4, epochs=2, verbose=0)
    lines = []
    model.explain_step(print_fn=lines.append)
    assert "replayed" in "\n".join(lines)


def test_an_adapted_normalization_shows_in_recorded_steps():
    layer = mk.layers.Normalization()
    model = mk.Sequential([mk.Input((2,)), layer])
    x = np.array([[1.0, 2.0], [3.0, 6.0]], "float32")
    for _ in range(4):
        assert_close(model.predict(x, verbose=0), x)
    layer.adapt(x)
    for _ in range(4):
        assert_close(model.predict(x, verbose=0), np.array([[-1, -1], [1, 1]], "float32"))


SHAPES = [
    ("StringLookup", {"vocabulary": ["a"]}, (None, 3), (None, 3), "int64"),
    ("StringLookup", {"vocabulary": ["a"], "output_mode": "multi_hot"}, (None, 3), (None, 2), None),
    ("StringLookup", {"vocabulary": ["a"], "output_mode": "one_hot"}, (4, 1), (4, 2), None),
    ("StringLookup", {"vocabulary": ["a"], "num_oov_indices": 0}, (2, 3), (2, 3), "int64"),
    ("StringLookup", {"vocabulary": ["a"], "invert": True}, (2, 3), (2, 3), "string"),
    ("StringLookup", {"output_mode": "count"}, (None, 3), (None, None), None),
    ("IntegerLookup", {"vocabulary": [5]}, (None,), (None,), "int64"),
    ("IntegerLookup", {"vocabulary": [5], "invert": True}, (None, 2), (None, 2), "int64"),
    ("TextVectorization", {"vocabulary": ["a"]}, (None, 1), (None, None), "int64"),
    ("TextVectorization", {"vocabulary": ["a"]}, (None,), (None, None), "int64"),
    ("TextVectorization", {"output_sequence_length": 7}, (None, 1), (None, 7), "int64"),
    ("TextVectorization", {"output_mode": "multi_hot", "max_tokens": 9, "pad_to_max_tokens": True},
     (None, 1), (None, 9), None),
    ("TextVectorization", {"vocabulary": ["a"], "split": None}, (None, 4), (None, 4), "int64"),
    ("Hashing", {"num_bins": 4}, (None, 3), (None, 3), "int64"),
    ("Hashing", {"num_bins": 4, "output_mode": "one_hot"}, (None, 1), (None, 4), "float32"),
    ("Hashing", {"num_bins": 4, "output_mode": "count"}, (None, 3), (None, 4), "float32"),
    ("CategoryEncoding", {"num_tokens": 4}, (None, 3), (None, 4), "float32"),
    ("CategoryEncoding", {"num_tokens": 4, "output_mode": "one_hot"}, (None, 3), (None, 3, 4),
     "float32"),
    ("Discretization", {"bin_boundaries": [0.0]}, (None, 3), (None, 3), "int32"),
    ("Discretization", {"bin_boundaries": [0.0], "output_mode": "count"}, (None, 3), (None, 2),
     "float32"),
    ("Normalization", {}, (None, 3), (None, 3), "float32"),
    ("Normalization", {"dtype": "float64"}, (None, 3), (None, 3), "float64"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "shape", "expected", "dtype"), SHAPES)
def test_shapes_and_dtypes_are_found_without_data(name, arguments, shape, expected, dtype):
    layer = getattr(mk.layers, name)(**arguments)
    kind = {"StringLookup": "string", "TextVectorization": "string", "Hashing": "string"}.get(name)
    kind = "int64" if arguments.get("invert") else kind or "float32"
    kind = "int64" if name in ("IntegerLookup", "CategoryEncoding") else kind
    found = layer(mk.Input(batch_shape=shape, dtype=kind))
    assert found.shape == expected
    assert dtype is None or found.dtype == dtype
    assert layer.compute_output_shape(shape) == expected
    twin = type(layer).from_config(layer.get_config())
    assert twin.compute_output_shape(shape) == expected


def test_shapes_of_crosses():
    layer = mk.layers.HashedCrossing(5, output_mode="one_hot")
    assert layer.compute_output_shape([(None, 1), (None, 1)]) == (None, 5)
    assert mk.layers.HashedCrossing(5).compute_output_shape([(None, 1), (None, 1)]) == (None, 1)


@pytest.mark.parametrize("rows", [0, 1])
def test_small_batches(rows):
    x = np.array([["a", "b"]] * rows).reshape(rows, 2)
    for layer, width in (
        (mk.layers.StringLookup(vocabulary=["a"], output_mode="multi_hot"), 2),
        (mk.layers.Hashing(4, output_mode="count"), 4),
        (mk.layers.TextVectorization(vocabulary=["a"], split=None), 2),
    ):
        assert layer(x).shape == (rows, width)
    layer = mk.layers.TextVectorization(vocabulary=["a"], output_sequence_length=3)
    assert layer(x[:, :1]).shape == (rows, 3)


# Learning


class Words(mk.utils.PyDataset):
    """Batches of words with labels, of which only the words count."""

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return np.array(cases.DOCUMENTS[2 * index : 2 * index + 2]), np.zeros(2)


def test_adapt_takes_every_supply_of_batches():
    expected = adapted(cases.CASES["string documents"]).get_vocabulary()
    parts = [cases.DOCUMENTS[:2], cases.DOCUMENTS[2:]]
    supplies = [
        cases.DOCUMENTS,
        np.array(cases.DOCUMENTS),
        np.array(cases.DOCUMENTS, object),
        (np.array(part) for part in parts),
        (part for part in parts),
        iter([np.array(d) for d in cases.DOCUMENTS]),
        Words(),
    ]
    for supply in supplies:
        layer = mk.layers.StringLookup()
        layer.adapt(supply)
        assert layer.get_vocabulary() == expected


def test_steps_end_an_endless_supply():
    def endless():
        while True:
            yield np.array(["a", "b"])

    layer = mk.layers.StringLookup()
    layer.adapt(endless(), steps=3)
    assert layer.get_vocabulary() == ["[UNK]", "b", "a"]
    bins = mk.layers.Discretization(num_bins=2)
    bins.adapt((np.array([1.0, 2.0]) for _ in iter(int, 1)), steps=2)
    assert len(bins.bin_boundaries) == 1


def test_what_was_learned_before_is_forgotten():
    layer = mk.layers.StringLookup()
    layer.adapt(["a", "a", "b"])
    layer.adapt(["c"])
    assert layer.get_vocabulary() == ["[UNK]", "c"]
    bins = mk.layers.Discretization(num_bins=2)
    bins.adapt(np.array([1.0, 2.0]))
    bins.adapt(np.array([5.0, 6.0]))
    assert bins.bin_boundaries == [5.0]
    normal = mk.layers.Normalization(axis=None)
    for _ in range(2):
        normal.adapt(np.array([[1.0, 3.0]]))
    assert float(normal.adapt_mean.numpy()) == 2.0


def test_states_are_updated_batch_by_batch():
    layer = mk.layers.TextVectorization()
    for batch in (["a b", "a"], ["c a"]):
        layer.update_state(batch)
    layer.finalize_state()
    assert layer.get_vocabulary() == ["", "[UNK]", "a", "c", "b"]
    layer.reset_state()
    layer.finalize_state()  # nothing was counted since
    assert layer.get_vocabulary() == ["", "[UNK]", "a", "c", "b"]


def test_a_batch_size_changes_nothing():
    one, other = (mk.layers.TextVectorization(output_mode="tf_idf") for _ in range(2))
    one.adapt(cases.TEXTS)
    other.adapt(cases.TEXTS, batch_size=3)
    assert one.get_vocabulary() == other.get_vocabulary()
    assert_close(one(cases.MORE_TEXTS), other(cases.MORE_TEXTS))


def test_normalization_of_pairs_and_of_data_sets():
    class Numbers(mk.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return np.array([[1.0, 2.0], [3.0, 5.0]]) * (index + 1), np.zeros(2)

    expected = np.array([[1.0, 2.0], [3.0, 5.0], [2.0, 4.0], [6.0, 10.0]])
    parts = [(expected[:2], 0), (expected[2:], 1)]
    for supply in (Numbers(), parts, iter(parts), expected, mk.ops.convert_to_tensor(expected)):
        layer = mk.layers.Normalization()
        layer.adapt(supply)
        assert_close(layer.adapt_mean, expected.mean(0).astype("float32"))
        assert_close(layer.adapt_variance, expected.var(0).astype("float32"))


# Vocabularies


def test_vocabularies_of_all_kinds(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("b\r\na\nété\n", encoding="utf-8")
    for vocabulary in (["b", "a", "été"], ("b", "a", "été"), np.array(["b", "a", "été"]), str(path),
                       path):  # fmt: skip
        layer = mk.layers.StringLookup(vocabulary=vocabulary)
        assert layer.get_vocabulary() == ["[UNK]", "b", "a", "été"]
        assert layer.get_vocabulary(include_special_tokens=False) == ["b", "a", "été"]
        assert values(layer(["a", "x"])).tolist() == [2, 0]
    numbers = tmp_path / "numbers.txt"
    numbers.write_text("7\n-3")
    for vocabulary in ([7, -3], np.array([7, -3]), mk.ops.convert_to_tensor([7, -3]), str(numbers)):
        assert mk.layers.IntegerLookup(vocabulary=vocabulary).get_vocabulary() == [-1, 7, -3]


def test_a_vocabulary_in_another_encoding():
    layer = mk.layers.StringLookup(vocabulary=["été".encode("latin-1")], encoding="latin-1")
    assert layer.get_vocabulary() == ["[UNK]", "été"]
    assert values(layer(np.array(["été".encode("latin-1")], object))).tolist() == [1]


def test_integers_of_another_dtype():
    layer = mk.layers.IntegerLookup(vocabulary=[5, 7], vocabulary_dtype="int32", invert=True)
    assert_close(layer([[1, 0]]), np.array([[5, -1]], "int32"))


def test_functions_standardize_and_split():
    layer = mk.layers.TextVectorization(
        standardize=lambda texts: np.char.upper(texts),
        split=lambda texts: [t.split("-") for t in texts.tolist()],
        vocabulary=["A", "B"],
    )
    assert values(layer(["a-b-c", "b"])).tolist() == [[2, 3, 1], [3, 0, 0]]
    pairs = mk.layers.TextVectorization(
        split=lambda texts: np.stack([texts, texts], -1), vocabulary=["a"]
    )
    assert values(pairs(["a", "x"])).tolist() == [[2, 2], [1, 1]]


ERRORS = [
    (lambda: mk.layers.StringLookup(vocabulary=["a", "a"]), ValueError, "once"),
    (lambda: mk.layers.StringLookup(vocabulary=["a", ""], mask_token=""), ValueError, "mask_token"),
    (lambda: mk.layers.StringLookup(vocabulary=["a", "b"], max_tokens=2), ValueError, "max_tokens"),
    (lambda: mk.layers.StringLookup(vocabulary=[]), ValueError, "empty"),
    (lambda: mk.layers.StringLookup(vocabulary=[3]), ValueError, "strings"),
    (lambda: mk.layers.StringLookup(vocabulary="/no/such"), ValueError, "/no/such"),
    (lambda: mk.layers.StringLookup(sparse=True, output_mode="count"), ValueError, "dense"),
    (lambda: mk.layers.StringLookup(output_mode="fish"), ValueError, "output_mode"),
    (lambda: mk.layers.StringLookup(invert=True, output_mode="count"), ValueError, "invert"),
    (lambda: mk.layers.StringLookup(vocabulary=["a"], output_mode="tf_idf"), ValueError, "idf"),
    (lambda: mk.layers.StringLookup(vocabulary=["a"], num_oov_indices=0)(["b"]), ValueError, "'b'"),
    (lambda: mk.layers.StringLookup(vocabulary=["a"])([1]), ValueError, "expects strings"),
    (lambda: mk.layers.StringLookup(vocabulary=["a"]).adapt(["b"]), ValueError, "nothing to learn"),
    (lambda: mk.layers.StringLookup(output_mode="count")(["a"]), RuntimeError, "adapt"),
    (lambda: mk.layers.IntegerLookup()([1]), RuntimeError, "adapt"),
    (lambda: mk.layers.TextVectorization()(["a"]), RuntimeError, "adapt"),
    (lambda: mk.layers.StringLookup(fish=3), ValueError, "fish"),
    (lambda: mk.layers.IntegerLookup(vocabulary=[1])(["b"]), ValueError, "StringLookup"),
    (lambda: mk.layers.IntegerLookup(salt=3), ValueError, "farmhash"),
    (lambda: mk.layers.IntegerLookup(oov_method="fish"), ValueError, "oov_method"),
    (lambda: mk.layers.IntegerLookup(max_tokens=1), ValueError, "max_tokens"),
    (lambda: mk.layers.TextVectorization(ragged=True), ValueError, "dense"),
    (lambda: mk.layers.TextVectorization(ngrams=[1]), ValueError, "ngrams"),
    (lambda: mk.layers.TextVectorization(split="fish"), ValueError, "split"),
    (lambda: mk.layers.TextVectorization(vocabulary=["a"])([["a", "b"]]), ValueError, "shape"),
    (lambda: mk.layers.TextVectorization(output_mode="count", output_sequence_length=3),
     ValueError, "sequence_length"),
    (lambda: mk.layers.Hashing(0), ValueError, "num_bins"),
    (lambda: mk.layers.Hashing(3, salt=[1]), ValueError, "salt"),
    (lambda: mk.layers.Hashing(3, dtype="float32"), ValueError, "int32"),
    (lambda: mk.layers.HashedCrossing(3)(["a"]), ValueError, "two"),
    (lambda: mk.layers.HashedCrossing(3)([[1.5], [2.5]]), ValueError, "float"),
    (lambda: mk.layers.HashedCrossing(3)([["a"], ["b", "c"]]), ValueError, "shape"),
    (lambda: mk.layers.CategoryEncoding(), ValueError, "num_tokens"),
    (lambda: mk.layers.CategoryEncoding(3)([0], count_weights=[1.0]), ValueError, "count_weights"),
    (lambda: mk.layers.Discretization(), ValueError, "num_bins"),
    (lambda: mk.layers.Discretization(num_bins=3)([1.0]), ValueError, "adapt"),
    (lambda: mk.layers.Discretization([1.0]).adapt(np.ones(3)), ValueError, "num_bins"),
    (lambda: mk.layers.Normalization(mean=1.0), ValueError, "variance"),
    (lambda: mk.layers.Normalization(mean=[[1.0]], variance=[[1.0]]), ValueError, "axes"),
    (lambda: mk.layers.Normalization(axis=3)(np.ones((2, 2))), ValueError, "axis"),
    (lambda: mk.layers.Normalization().adapt([]), ValueError, "empty iterable"),
    (lambda: mk.layers.Normalization().adapt(3), TypeError, "adapt"),
]  # fmt: skip


@pytest.mark.parametrize("index", range(len(ERRORS)))
def test_mistakes_are_told(index):
    make, error, message = ERRORS[index]
    with pytest.raises(error, match=message):
        make()


def test_the_size_of_encodings_cannot_change():
    layer = mk.layers.StringLookup(output_mode="count")
    layer.adapt(["a", "b"])
    with pytest.raises(RuntimeError, match="size of the vocabulary"):
        layer.set_vocabulary(["c"])
    assert layer.get_vocabulary() == ["[UNK]", "b", "a"]


# Files


def test_a_file_of_keras_predicts_the_same():
    for name in ("mixed", "words"):
        model = mk.saving.load_model(GOLDEN_FOLDER / f"preprocessing_{name}.keras")
        if name == "mixed":
            data = mixed_data()
            found = model([data[key] for key in ("text", "kind", "number", "size")])
        else:
            found = model(np.array([[t] for t in cases.MORE_TEXTS]))
        same(found, GOLDEN["models"][name])


def mixed_data():
    return {
        "text": np.array(["foo bar", "bar baz baz", "qux"]),
        "kind": np.array([["a"], ["b"], ["a"]]),
        "number": np.array([[4], [9], [4]]),
        "size": np.array([[1.0, 2.0], [3.0, 5.0], [0.0, 9.0]], "float32"),
    }


@pytest.mark.parametrize("name", ["mixed", "words"])
def test_a_file_written_again_has_the_members_that_keras_wrote(name, tmp_path):
    written_again(GOLDEN_FOLDER / f"preprocessing_{name}.keras", tmp_path / "again.keras")


def written_again(original, copy):
    """Assert that a loaded and saved file has the same vocabularies and places of arrays."""
    mk.saving.load_model(original).save(copy)
    assert members(copy) == members(original)


def members(path):
    arrays = []

    def note(key, item):
        if isinstance(item, h5py.Dataset):
            arrays.append((key, item.shape))

    with zipfile.ZipFile(path) as archive:
        texts = {n: archive.read(n) for n in archive.namelist() if n.startswith("assets/")}
        with archive.open("model.weights.h5") as stored, h5py.File(stored) as file:
            file.visititems(note)
    return texts, sorted(arrays)


def test_models_are_saved_with_what_their_layers_know(tmp_path):
    model = text_model()
    x = np.array([[t] for t in cases.MORE_TEXTS])
    (tmp_path / "folder").mkdir()
    model.save(tmp_path / "model.keras")
    model.save(tmp_path / "folder", zipped=False)
    for path in ("model.keras", "folder"):
        loaded = mk.saving.load_model(tmp_path / path)
        assert_close(loaded(x), model(x))
        assert loaded.layers[0].get_vocabulary() == model.layers[0].get_vocabulary()


@pytest.mark.parametrize(
    "name",
    ["string tf_idf padded", "string vocabulary", "string tf_idf given padded", "integer mask",
     "text tf_idf", "string mask", "text vocabulary", "normal", "normal given rows",
     "bins learned"],
)  # fmt: skip
def test_a_layer_in_a_file_answers_as_before(name, tmp_path):
    case = cases.CASES[name]
    layer = adapted(case)
    x = tensor(case["inputs"])
    dtype = x.dtype.name if x.dtype.kind in "if" else "string"
    model = mk.Sequential([mk.Input(x.shape[1:], dtype=dtype), layer])
    expected = values(model(x))
    model.save(tmp_path / "model.keras")
    assert_close(mk.saving.load_model(tmp_path / "model.keras")(x), expected)


def test_a_file_cannot_have_other_files_read(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("a\nb")
    layer = mk.layers.StringLookup(vocabulary=str(path))
    config = {**layer.get_config(), "vocabulary": str(path)}
    with pytest.raises(ValueError, match="safe_mode"):
        mk.layers.StringLookup.from_config(config)
    form = {**mk.saving.serialize_keras_object(layer), "config": config}
    with pytest.raises(ValueError, match="safe_mode"):
        mk.saving.deserialize_keras_object(form)
    loaded = mk.saving.deserialize_keras_object(form, safe_mode=False)
    assert loaded.get_vocabulary() == ["[UNK]", "a", "b"]


def test_a_file_cannot_write_outside_its_folder(tmp_path):
    model = text_model()
    model.save(tmp_path / "model.keras")
    shutil.copy(tmp_path / "model.keras", tmp_path / "bad.keras")
    with zipfile.ZipFile(tmp_path / "bad.keras", "a") as archive:
        archive.writestr("assets/../../outside.txt", "x")
    with pytest.raises(ValueError, match="odd path"):
        mk.saving.load_model(tmp_path / "bad.keras")


def test_clones_keep_given_vocabularies():
    layer = mk.layers.StringLookup(vocabulary=["a", "b"])
    model = mk.Sequential([mk.Input((1,), dtype="string"), layer, mk.layers.Embedding(3, 2)])
    clone = mk.models.clone_model(model)
    assert clone.layers[0].get_vocabulary() == ["[UNK]", "a", "b"]


def test_a_symbolic_input_of_the_wrong_kind_is_told():
    with pytest.raises(ValueError, match="StringLookup"):
        mk.layers.IntegerLookup(vocabulary=[1])(mk.Input((2,), dtype="string"))
    with pytest.raises(ValueError, match="strings"):
        mk.layers.StringLookup(vocabulary=["a"])(mk.Input(batch_shape=(2, 2), dtype="int64"))

"""keras.utils: one-hot rows, padding, normalising, cached files; MNIST from the cache."""

import hashlib
import http.server
import io
import os
import tarfile
import threading
import zipfile

import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras import utils
from minikeras.datasets import mnist
from tests.support import assert_close

RNG = np.random.default_rng(0)


# One-hot rows


@pytest.mark.parametrize(
    ("x", "classes"),
    [
        ([0, 2, 1], None),
        ([0, 2, 1], 5),
        ([[0], [2]], None),
        ([[0, 1], [2, 0]], 3),
        (3, 4),
        (np.array([1.0, 0.0]), None),
        (np.array([], dtype="int32"), 3),
        (np.arange(6).reshape(2, 3, 1), None),
    ],
)
def test_to_categorical_is_that_of_keras(x, classes):
    assert_close(utils.to_categorical(x, classes), keras.utils.to_categorical(x, classes))


def test_to_categorical_of_tensors():
    x = mk.backend.xp.xp.asarray([1, 0])
    assert_close(utils.to_categorical(x, 2), np.array([[0.0, 1.0], [1.0, 0.0]]), dtype=False)


@pytest.mark.parametrize(
    ("x", "classes", "message"),
    [([0, 3], 3, "from 0 to 3"), ([-1], 3, "from -1 to -1"), ([], None, "empty")],
)
def test_classes_out_of_range_are_an_error(x, classes, message):
    with pytest.raises(ValueError, match=message):
        utils.to_categorical(x, classes)


@pytest.mark.parametrize("order", [1, 2, 3, np.inf])
@pytest.mark.parametrize("axis", [-1, 1])
def test_normalize_is_that_of_keras(axis, order):
    x = RNG.normal(size=(3, 4))
    x[1] = 0
    assert_close(utils.normalize(x, axis, order), keras.utils.normalize(x, axis, order))


def test_normalize_along_the_first_axis():
    x = RNG.normal(size=(3, 4))
    norms = np.linalg.norm(utils.normalize(x, axis=0), axis=0)
    np.testing.assert_allclose(norms, 1)


# Padding


SEQUENCES = [[1], [2, 3], [4, 5, 6], []]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"maxlen": 2},
        {"maxlen": 5, "padding": "post"},
        {"maxlen": 2, "truncating": "post"},
        {"value": -1.5, "dtype": "float32"},
        {"value": 9, "dtype": "int8", "padding": "post", "truncating": "post", "maxlen": 2},
    ],
)
def test_pad_sequences_is_that_of_keras(arguments):
    expected = keras.utils.pad_sequences(SEQUENCES, **arguments)
    assert_close(utils.pad_sequences(SEQUENCES, **arguments), expected)


def test_pad_sequences_of_arrays_and_strings():
    arrays = [RNG.normal(size=(n, 2)) for n in (1, 3)]
    expected = keras.utils.pad_sequences(arrays, dtype="float64")
    assert_close(utils.pad_sequences(arrays, dtype="float64"), expected)
    found = utils.pad_sequences([["a"], ["b", "c"]], dtype=object, value="?")
    assert found.tolist() == [["?", "a"], ["b", "c"]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sequences": [1, 2]}, "position 0: 1"),
        ({"sequences": iter([])}, "list of sequences"),
        ({"sequences": [[1]], "padding": "left"}, "'left'"),
        ({"sequences": [[1]], "truncating": "left"}, "'left'"),
        ({"sequences": [[1]], "value": "x"}, "dtype=object"),
        ({"sequences": [np.ones((1, 2)), np.ones((1, 3))]}, "position 1"),
    ],
)
def test_mistakes_in_padding_are_explained(arguments, message):
    with pytest.raises(ValueError, match=message):
        utils.pad_sequences(**arguments)


# Files


@pytest.fixture
def server(tmp_path):
    """A web server on this machine: a folder whose files it serves, its address, its log."""
    folder = tmp_path / "served"
    folder.mkdir()
    log = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args):
            log.append(self.path)

    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{served.server_port}", log
    served.shutdown()
    served.server_close()
    thread.join()


def test_a_file_is_downloaded_once(server, tmp_path):
    folder, address, log = server
    (folder / "data.bin").write_bytes(b"content" * 20000)
    cache = tmp_path / "cache"
    for _ in range(2):
        path = utils.get_file(origin=f"{address}/data.bin?version=1", cache_dir=cache)
        assert path == str(cache / "datasets" / "data.bin")
        with open(path, "rb") as file:
            assert file.read() == b"content" * 20000
    assert len(log) == 1
    utils.get_file(origin=f"{address}/data.bin", cache_dir=cache, force_download=True)
    assert len(log) == 2
    assert os.listdir(cache / "datasets") == ["data.bin"]


def test_hashes_are_checked(server, tmp_path):
    folder, address, log = server
    (folder / "a").write_bytes(b"right")
    arguments = {"fname": "a", "origin": f"{address}/a", "cache_dir": tmp_path / "cache"}
    sha256, md5 = hashlib.sha256(b"right").hexdigest(), hashlib.md5(b"right").hexdigest()
    path = utils.get_file(**arguments, file_hash=sha256)
    with open(path, "wb") as file:
        file.write(b"wrong")
    utils.get_file(**arguments, file_hash=md5.upper())
    utils.get_file(**arguments, md5_hash=md5)
    utils.get_file(**arguments, file_hash=sha256, hash_algorithm="sha256")
    assert len(log) == 2
    (folder / "b").write_bytes(b"wrong")
    with pytest.raises(ValueError, match=f"expected {sha256}"):
        utils.get_file(**{**arguments, "fname": "b", "origin": f"{address}/b"}, file_hash=sha256)
    assert os.listdir(tmp_path / "cache" / "datasets") == ["a"]


def test_without_a_connection_the_place_for_the_file_is_named(tmp_path):
    origin = "http://127.0.0.1:9/thing.npz"
    with pytest.raises(OSError, match=r"put it at .*models.thing\.npz"):
        utils.get_file(origin=origin, cache_dir=tmp_path, cache_subdir="models")
    assert not os.listdir(tmp_path / "models")


def test_a_missing_file_on_the_server_is_an_error(server, tmp_path):
    with pytest.raises(OSError, match="404"):
        utils.get_file(origin=f"{server[1]}/nothing", cache_dir=tmp_path)


def archive_of(kind):
    data = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("inner/file.txt", "text")
    else:
        with tarfile.open(fileobj=data, mode="w:gz") as archive:
            info = tarfile.TarInfo("inner/file.txt")
            info.size = 4
            archive.addfile(info, io.BytesIO(b"text"))
    return data.getvalue()


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
@pytest.mark.parametrize(
    ("fname", "folder", "archive"),
    [
        ("things", "things", "things_archive"),
        ("things.zip", "things_extracted", "things.zip"),
        (None, "source", "source_archive"),
    ],
)
def test_archives_are_unpacked_where_keras_does(server, tmp_path, kind, fname, folder, archive):
    (server[0] / "source").write_bytes(archive_of(kind))
    arguments = {"fname": fname, "origin": f"{server[1]}/source", "extract": True}
    found = utils.get_file(**arguments, cache_dir=tmp_path / "ours")
    assert found == str(tmp_path / "ours" / "datasets" / folder)
    with open(os.path.join(found, "inner", "file.txt")) as file:
        assert file.read() == "text"
    assert sorted(os.listdir(tmp_path / "ours" / "datasets")) == sorted([folder, archive])


def test_what_is_no_archive_is_not_unpacked(server, tmp_path):
    (server[0] / "plain").write_bytes(b"text")
    arguments = {"origin": f"{server[1]}/plain", "cache_dir": tmp_path, "extract": True}
    with pytest.warns(UserWarning, match="no archive"):
        utils.get_file(**arguments)
    (server[0] / "plain").write_bytes(archive_of("zip"))
    with pytest.warns(UserWarning, match="no archive"):
        utils.get_file(**arguments, untar=True, force_download=True)


def test_an_archive_does_not_write_outside_of_its_folder(server, tmp_path):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        info = tarfile.TarInfo("../../escaped.txt")
        archive.addfile(info, io.BytesIO(b""))
    (server[0] / "bad").write_bytes(data.getvalue())
    with pytest.raises(ValueError, match="odd path"):
        utils.get_file(origin=f"{server[1]}/bad", cache_dir=tmp_path, extract=True)
    assert not list(tmp_path.rglob("escaped.txt"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "origin must be given"),
        ({"origin": "http://host/"}, "fname must be given"),
        ({"origin": "http://host/a", "fname": "x/a"}, "without folders"),
        ({"origin": "http://host/a", "hash_algorithm": "crc"}, "'crc'"),
    ],
)
def test_mistakes_are_explained(arguments, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        utils.get_file(**arguments, cache_dir=tmp_path)


def test_the_cache_lies_in_keras_home(server):
    (server[0] / "x").write_bytes(b"x")
    path = utils.get_file(origin=f"{server[1]}/x")
    assert path == os.path.join(os.environ["KERAS_HOME"], "datasets", "x")


# MNIST


def test_mnist_is_read_from_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "datasets").mkdir()
    arrays = {
        "x_train": RNG.integers(0, 256, (6, 28, 28), dtype="uint8"),
        "y_train": np.arange(6, dtype="uint8"),
        "x_test": RNG.integers(0, 256, (2, 28, 28), dtype="uint8"),
        "y_test": np.arange(2, dtype="uint8"),
    }
    path = tmp_path / "datasets" / "mnist.npz"
    np.savez(path, **arrays)
    monkeypatch.setattr(mnist, "_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    found = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    assert_close(found, arrays)


def test_mnist_without_a_connection_says_which_file_to_put_where(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(mnist, "_ORIGIN", "http://127.0.0.1:9/mnist.npz")
    with pytest.raises(OSError, match=r"mnist\.npz.*put it at .*datasets.mnist\.npz"):
        mnist.load_data()


# Config, sessions, graphs


def test_a_config_is_a_dict_with_attributes():
    for kind in (utils.Config, keras.utils.Config):
        config = kind(b=1)
        config.a = 2
        config["c"] = 3
        config.update({"d": 4}, e=5)
        assert (config.pop("e"), config.get("e"), config.get("e", 0)) == (5, None, 0)
        del config["d"]
        assert ("a" in config, "d" in config, len(config)) == (True, False, 3)
        assert list(config) == ["a", "b", "c"]
        assert config.as_dict() == {"b": 1, "a": 2, "c": 3}
        assert config.to_json() == '{"b": 1, "a": 2, "c": 3}'
        assert list(config.items()) == list(zip(config.keys(), config.values()))
        config.freeze()
        assert config.frozen
        for change in (
            lambda config=config: setattr(config, "a", 1),
            lambda config=config: config.pop("a"),
            lambda config=config: config.update(a=1),
            lambda config=config: config.__delitem__("a"),
        ):
            with pytest.raises(ValueError, match="frozen"):
                change()
        config.unfreeze()
        config.a = 1
        with pytest.raises(AttributeError, match=r"aa|Did you mean"):
            _ = config.aa


def test_config_protects_its_own_methods():
    with pytest.raises(AttributeError, match="part of Config"):
        utils.Config().keys = 1


def test_clear_session_starts_names_anew():
    utils.clear_session()
    assert [mk.layers.Dense(1).name for _ in range(2)] == ["dense", "dense_1"]
    utils.clear_session()
    assert mk.layers.Dense(1).name == "dense"


def test_source_inputs_are_those_of_keras():
    positions = []
    for k in (mk, keras):
        a, b, c = (k.Input((2,)) for _ in range(3))
        y = k.layers.Add()([k.layers.Dense(2)(c), b * c])
        found = k.utils.get_source_inputs(y + a)
        positions.append([[x is i for i in (a, b, c)].index(True) for x in found])
        assert k.utils.get_source_inputs(a)[0] is a
    assert positions[0] == positions[1]

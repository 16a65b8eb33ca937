"""keras.datasets: what each loader reads, asks for and refuses.

Small files of the form of the real ones are served on loopback; real Keras reads the same ones.
"""

import errno
import gzip
import hashlib
import http.server
import importlib
import io
import json
import os
import pathlib
import pickle
import struct
import tarfile
import tempfile
import threading

import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras.datasets import cifar, storage
from minikeras.guarded import archives
from tests.support import assert_close

RNG = np.random.default_rng(0)
MODULES = (
    "boston_housing",
    "california_housing",
    "cifar10",
    "cifar100",
    "fashion_mnist",
    "imdb",
    "mnist",
    "reuters",
)


# Small files


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def lists(count, longest=30, words=50):
    found = np.empty(count, object)
    for i in range(count):
        found[i] = RNG.integers(1, words, RNG.integers(1, longest)).tolist()
    return found


class OfPython2(pickle._Pickler):
    """Writes pickles as Python 2 and NumPy 1 did: texts are bytes, names are those of old."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_global(self, obj, name=None):
        name = name or obj.__qualname__
        module = "numpy.core.multiarray" if name == "_reconstruct" else obj.__module__
        self.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())
        self.memoize(obj)

    def save_bytes(self, obj):
        self.write(pickle.BINSTRING + struct.pack("<i", len(obj)) + obj)
        self.memoize(obj)

    def save_str(self, obj):
        self.save_bytes(obj.encode())

    dispatch[type] = save_global
    dispatch[type(np.empty(0).__reduce__()[0])] = save_global
    dispatch[bytes] = save_bytes
    dispatch[str] = save_str


def batch(count, **labels):
    content = {
        "batch_label": "a batch",
        **{name: RNG.integers(0, end, count).tolist() for name, end in labels.items()},
        "data": RNG.integers(0, 256, (count, 3072), dtype="uint8"),
        "filenames": ["a.png"] * count,
    }
    file = io.BytesIO()
    OfPython2(file, 2).dump(content)
    return file.getvalue()


def tar(**files):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def idx(shape):
    kind = 0x800 + len(shape)
    content = struct.pack(f">{1 + len(shape)}i", kind, *shape)
    return gzip.compress(content + RNG.integers(0, 10, shape, dtype="uint8").tobytes())


def clothes():
    return {
        f"{part}-{name}-ubyte.gz": idx((count, *rest))
        for part, count in (("train", 5), ("t10k", 2))
        for name, rest in (("images-idx3", (28, 28)), ("labels-idx1", ()))
    }


def one_of_each():
    """The files of all data sets by name."""
    ten = {f"data_batch_{i}": batch(1, labels=10) for i in range(1, 6)}
    hundred = {"fine_labels": 100, "coarse_labels": 20}
    prices = npz(x=RNG.normal(size=(33, 13)), y=RNG.normal(size=33))
    many = npz(x=RNG.normal(size=(620, 8)).astype("float32"), y=RNG.normal(size=620))
    return {
        "boston_housing.npz": prices,
        "california_housing.npz": many,
        "cifar-10-python.tar.gz": tar(
            **{f"cifar-10-batches-py/{k}": v for k, v in ten.items()},
            **{"cifar-10-batches-py/test_batch": batch(3, labels=10)},
        ),
        "cifar-100-python.tar.gz": tar(
            **{
                f"cifar-100-python/{k}": batch(n, **hundred) for k, n in (("train", 4), ("test", 2))
            },
        ),
        **clothes(),
        "imdb.npz": npz(
            x_train=lists(20),
            y_train=RNG.integers(0, 2, 20),
            x_test=lists(15),
            y_test=RNG.integers(0, 2, 15),
        ),
        "imdb_word_index.json": json.dumps({"the": 1, "café": 2}).encode(),
        "mnist.npz": npz(
            x_train=RNG.integers(0, 256, (6, 28, 28), dtype="uint8"),
            y_train=np.arange(6, dtype="uint8"),
            x_test=RNG.integers(0, 256, (2, 28, 28), dtype="uint8"),
            y_test=np.arange(2, dtype="uint8"),
        ),
        "reuters.npz": npz(x=lists(40), y=RNG.integers(0, 46, 40)),
        "reuters_word_index.json": json.dumps({"the": 1, "oil": 2}).encode(),
    }


class Server:
    """A web server on this machine; ``files`` are what it has, ``log`` what it was asked for."""

    def __init__(self):
        self.files, self.log, self.cut = one_of_each(), [], False
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rpartition("/")[2]
                owner.log.append(name)
                if name not in owner.files:
                    self.send_error(404)
                    return
                content = owner.files[name]
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if owner.cut else content)

            def log_message(self, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_port}/"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    def hash(self, name, algorithm):
        return hashlib.new(algorithm, self.files[name]).hexdigest()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "datasets"


@pytest.fixture
def server(monkeypatch, cache):
    found = Server()
    for name in MODULES:
        point_to(found, getattr(mk.datasets, name), monkeypatch)
    yield found
    found.close()


def point_to(server, module, monkeypatch):
    """Let a module load from ``server``."""
    for origin, hashed, algorithm in (
        ("_ORIGIN", "_SHA256", "sha256"),
        ("_INDEX_ORIGIN", "_INDEX_MD5", "md5"),
    ):
        if hasattr(module, origin):
            file = getattr(module, origin).rpartition("/")[2]
            monkeypatch.setattr(module, origin, server.address + file)
            if file:
                monkeypatch.setattr(module, hashed, server.hash(file, algorithm))


@pytest.fixture
def oracle(monkeypatch):
    """Real Keras's function of a name, which reads the files that minikeras has in its cache."""

    def function(module, name):
        theirs = importlib.import_module(f"keras.src.datasets.{module}")

        def get_file(fname, origin, extract=False, cache_subdir="datasets", **_):
            return os.path.join(os.environ["KERAS_HOME"], cache_subdir, fname)

        monkeypatch.setattr(theirs, "get_file", get_file)
        return getattr(theirs, name)

    return function


# Against real Keras


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("boston_housing", {}),
        ("boston_housing", {"test_split": 0.35, "seed": 4}),
        ("boston_housing", {"test_split": 0}),
        ("california_housing", {}),
        ("california_housing", {"version": "small", "test_split": 0.5, "seed": 1}),
        ("cifar100", {}),
        ("cifar100", {"label_mode": "coarse"}),
        ("fashion_mnist", {}),
        ("mnist", {}),
    ],
)
def test_arrays_are_those_of_keras(server, oracle, module, arguments):
    found = getattr(mk.datasets, module).load_data(**arguments)
    assert_close(found, oracle(module, "load_data")(**arguments), 0, 0)
    assert all(part.flags.writeable for pair in found for part in pair)


@pytest.fixture(params=["channels_last", "channels_first"])
def _data_format(request):
    for library in (mk, keras):
        library.config.set_image_data_format(request.param)
    yield
    keras.config.set_image_data_format("channels_last")


@pytest.mark.usefixtures("_data_format")
def test_cifar_images_are_those_of_keras(server, oracle):
    (x_train, y_train), test = mk.datasets.cifar10.load_data()
    (x_expected, y_expected), test_expected = oracle("cifar10", "load_data")()
    assert_close(test, test_expected, 0, 0)
    # Keras takes each of its five files for 10,000 images, here all alike.
    assert_close((x_train, y_train), (x_expected[::10000], y_expected[::10000]), 0, 0)
    assert x_train.flags.c_contiguous
    (x_train, _), _ = mk.datasets.cifar100.load_data()
    assert_close(x_train, oracle("cifar100", "load_data")()[0][0], 0, 0)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"num_words": 20},
        {"num_words": 30, "skip_top": 5, "seed": 7},
        {"maxlen": 12},
        {"maxlen": 0, "num_words": 0},
        {"start_char": None},
        {"start_char": None, "index_from": 0},
        {"start_char": 0, "index_from": 10, "oov_char": 7, "num_words": 25},
        {"oov_char": None, "num_words": 20, "skip_top": 6},
    ],
)
def test_texts_are_those_of_keras(server, oracle, arguments):
    for module, more in (("imdb", {}), ("reuters", {}), ("reuters", {"test_split": 0.5})):
        found = getattr(mk.datasets, module).load_data(**arguments, **more)
        expected = oracle(module, "load_data")(**arguments, **more)
        for (x, y), (x_expected, y_expected) in zip(found, expected):
            assert x.dtype == object
            assert x.tolist() == x_expected.tolist()
            assert_close(y, y_expected, 0, 0)
            assert {type(w) for text in x for w in text} <= {int}


def test_texts_of_one_length_are_lists(server, monkeypatch):
    texts = np.empty(4, object)
    texts[:] = [[1, 2], [3, 4], [5, 6], [7, 8]]
    server.files["reuters.npz"] = npz(x=texts, y=np.arange(4))
    monkeypatch.setattr(mk.datasets.reuters, "_SHA256", server.hash("reuters.npz", "sha256"))
    (x, _), _ = mk.datasets.reuters.load_data()
    assert (x.shape, type(x[0])) == ((3,), list)


def test_words_are_those_of_keras(server, oracle):
    for module in ("imdb", "reuters"):
        found = getattr(mk.datasets, module).get_word_index()
        assert found == oracle(module, "get_word_index")()
        assert found["the"] == 1
    names = mk.datasets.reuters.get_label_names()
    assert names == keras.datasets.reuters.get_label_names()
    assert len(names) == 46


def test_the_same_files_are_asked_for(monkeypatch):
    class Asked(Exception):
        pass

    def get_file(fname, origin, extract=False, file_hash=None):
        asked.append((fname, origin, extract, file_hash))
        raise Asked

    found = []
    monkeypatch.setattr("minikeras.datasets.sequences.get_file", get_file)
    for package in ("minikeras.datasets", "keras.src.datasets"):
        asked = []
        for name in sorted({*MODULES} - {"fashion_mnist"}):
            module = importlib.import_module(f"{package}.{name}")
            monkeypatch.setattr(module, "get_file", get_file)
            for function in ("load_data", "get_word_index"):
                if hasattr(module, function):
                    with pytest.raises(Asked):
                        getattr(module, function)()
        found.append(asked)
    assert found[0] == found[1]
    assert len(found[0]) == 9


def test_the_same_files_of_clothes_are_asked_for(server, oracle, cache, monkeypatch):
    mk.datasets.fashion_mnist.load_data()
    load, asked = oracle("fashion_mnist", "load_data"), []
    theirs = importlib.import_module("keras.src.datasets.fashion_mnist")
    find = theirs.get_file
    monkeypatch.setattr(
        theirs, "get_file", lambda name, origin, **kw: asked.append(origin) or find(name, "", **kw)
    )
    load()
    assert sorted(asked) == sorted(storage.STORAGE + name for name in server.log)
    assert sorted(os.listdir(cache / "fashion-mnist")) == sorted(server.log)


# Downloads


@pytest.mark.parametrize("module", MODULES)
def test_files_are_downloaded_once(server, module):
    loaded = [getattr(mk.datasets, module).load_data() for _ in range(2)]
    assert len(server.log) == (4 if module == "fashion_mnist" else 1)
    for first, second in zip(*loaded):
        for one, other in zip(first, second):
            assert np.array_equal(one, other)


@pytest.mark.parametrize("module", MODULES)
def test_without_a_connection_the_place_for_the_file_is_named(cache, monkeypatch, module):
    monkeypatch.setattr("urllib.request.urlopen", no_network)
    with pytest.raises(OSError, match=r"Without a connection, .* put it at ") as error:
        getattr(mk.datasets, module).load_data()
    place = pathlib.Path(str(error.value).rpartition("put it at ")[2])
    assert cache in place.parents
    assert left_over(cache) == []


@pytest.mark.parametrize("module", ["imdb", "reuters"])
def test_without_a_connection_the_place_for_the_words_is_named(cache, monkeypatch, module):
    monkeypatch.setattr("urllib.request.urlopen", no_network)
    with pytest.raises(OSError, match=rf"put it at .*{module}_word_index\.json"):
        getattr(mk.datasets, module).get_word_index()


def no_network(*args, **kwargs):
    raise OSError("Name or service not known")


def left_over(folder):
    return sorted(str(path) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("module", MODULES)
def test_broken_downloads_leave_nothing(server, cache, module):
    load = getattr(mk.datasets, module).load_data
    server.cut = True
    with pytest.raises(OSError, match="connection ended after"):
        load()
    assert left_over(cache) == []
    server.cut = False
    load()


@pytest.mark.parametrize("module", MODULES)
def test_other_files_leave_nothing(server, cache, module):
    load = getattr(mk.datasets, module).load_data
    right = dict(server.files)
    server.files = dict.fromkeys(right, b"<html>Please log in</html>")
    with pytest.raises(ValueError, match=r"another file|was no file of Fashion-MNIST"):
        load()
    assert left_over(cache) == []
    server.files = {}
    with pytest.raises(OSError, match="404"):
        load()
    assert left_over(cache) == []
    server.files = right
    load()


def test_a_file_in_the_cache_with_another_hash_is_downloaded_anew(server, cache, capsys):
    cache.mkdir(parents=True)
    (cache / "mnist.npz").write_bytes(b"half")
    mk.datasets.mnist.load_data()
    assert "another sha256 hash" in capsys.readouterr().out
    (cache / "mnist.npz").write_bytes(b"half")
    server.files = {}
    with pytest.raises(OSError, match="put it at"):
        mk.datasets.mnist.load_data()


def test_interrupted_unpacking_is_done_again(server, cache):
    expected = mk.datasets.cifar100.load_data()
    train = cache / "cifar-100-python-target" / "cifar-100-python" / "train"
    content = train.read_bytes()
    for break_it in (lambda: train.write_bytes(content[:-1]), train.unlink):
        break_it()
        assert_close(mk.datasets.cifar100.load_data(), expected, 0, 0)
        assert train.read_bytes() == content
    assert server.log == ["cifar-100-python.tar.gz"]


def test_what_is_unpacked_is_left_alone(server, cache, monkeypatch):
    mk.datasets.cifar100.load_data()
    monkeypatch.setattr(archives.Tar, "unpack", None)
    mk.datasets.cifar100.load_data()
    # A younger archive may hold other files of these sizes.
    os.utime(cache / "cifar-100-python-target_archive", (2**33, 2**33))
    with pytest.raises(TypeError):
        mk.datasets.cifar100.load_data()


def test_unpacking_that_is_interrupted_leaves_nothing(server, cache, monkeypatch):
    def unpack_half(self, folder):
        pathlib.Path(folder, "cifar-100-python").mkdir()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(archives.Tar, "unpack", unpack_half)
        mk.datasets.cifar100.load_data()
    assert os.listdir(cache) == ["cifar-100-python-target_archive"]
    mk.datasets.cifar100.load_data()


@pytest.mark.parametrize("module", MODULES)
def test_a_cache_that_may_not_be_written_gives_way_to_the_temporary_folder(
    server, cache, tmp_path, monkeypatch, module
):
    access = os.access
    monkeypatch.setattr(
        os, "access", lambda path, *a: str(path) != str(cache.parent) and access(path, *a)
    )
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "elsewhere"))
    (tmp_path / "elsewhere").mkdir()
    getattr(mk.datasets, module).load_data()
    assert left_over(cache) == []
    assert left_over(tmp_path / "elsewhere" / ".keras" / "datasets")
    server.files = {}
    getattr(mk.datasets, module).load_data()


@pytest.mark.parametrize("module", MODULES)
def test_a_cache_that_cannot_be_made_is_an_error(server, cache, module):
    cache.parent.mkdir()
    cache.write_text("a file")
    with pytest.raises(OSError, match=r"datasets.* cannot be made .* KERAS_HOME"):
        getattr(mk.datasets, module).load_data()
    assert server.log == []


@pytest.mark.parametrize("module", MODULES)
def test_a_full_disk_leaves_nothing(server, cache, monkeypatch, module):
    class Full(io.FileIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def full(path, mode="r", *args, **kwargs):
        return Full(path, mode) if mode == "wb" else open(path, mode, *args, **kwargs)

    load = getattr(mk.datasets, module).load_data
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        module = importlib.import_module("minikeras.utils.downloads")
        patch.setattr(module, "open", full, raising=False)
        load()
    assert left_over(cache) == []
    load()


@pytest.mark.parametrize("module", ["imdb", "reuters"])
def test_lists_of_words_are_downloaded_whole_or_not_at_all(server, cache, module):
    load = getattr(mk.datasets, module).get_word_index
    server.cut = True
    with pytest.raises(OSError, match="connection ended after"):
        load()
    server.cut = False
    right = dict(server.files)
    server.files = dict.fromkeys(right, b"<html>Please log in</html>")
    with pytest.raises(ValueError, match="another file"):
        load()
    assert left_over(cache) == []
    server.files = right
    assert load()["the"] == 1


# Arguments


@pytest.mark.parametrize(
    ("module", "arguments", "error", "message"),
    [
        ("boston_housing", {"test_split": 1}, ValueError, "test_split must lie between"),
        ("california_housing", {"test_split": -0.1}, ValueError, "test_split must lie between"),
        ("california_housing", {"version": "medium"}, ValueError, "version must be"),
        ("reuters", {"test_split": 1.1}, ValueError, "test_split must lie between"),
        ("cifar100", {"label_mode": "labels"}, ValueError, "label_mode must be"),
        ("imdb", {"maxlen": 1}, ValueError, "maxlen=1 leaves nothing"),
        ("reuters", {"maxlen": 1}, ValueError, "maxlen=1 leaves nothing"),
        ("imdb", {"words": 3}, TypeError, r"no arguments \['words'\]"),
    ],
)
def test_unfit_arguments_are_errors(server, module, arguments, error, message):
    with pytest.raises(error, match=message):
        getattr(mk.datasets, module).load_data(**arguments)


def test_all_texts_to_test_with(server):
    (x_train, _), (x_test, _) = mk.datasets.reuters.load_data(test_split=1)
    assert (len(x_train), len(x_test)) == (0, 40)


# Pickles


class Calls:
    """Pickled, it asks for a call of a function when it is read."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def _of_objects(item):
    array = np.empty(1, object)
    array[0] = item
    return array


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (Calls(os.mkdir, "made"), r"asks for (posix|nt)\.mkdir"),
        (Calls(eval, "1"), r"builtins\.eval"),
        (Calls(getattr, "", "join"), "getattr"),
        (Calls(np.load, "file"), r"numpy\.load"),
        (Calls(np.ndarray, (3,)), "not callable"),
        (np.float64(3), "scalar"),
        (Calls(np.dtype, "V8"), None),
    ],
)
def test_pickles_that_name_anything_else_are_refused(tmp_path, monkeypatch, item, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.npz").write_bytes(npz(x=_of_objects([1, item])))
    (tmp_path / "batch").write_bytes(pickle.dumps({"data": item, "labels": [1]}, 3))
    if message is None:  # a dtype alone is nothing that could run
        assert not isinstance(storage.read_npz("a.npz")["x"][0][1], np.dtype)
    else:
        with pytest.raises(ValueError, match=message):
            storage.read_npz("a.npz")
        with pytest.raises(ValueError, match=message):
            storage.read_pickle("batch")
    with pytest.raises(ValueError, match=r"not as a file|must hold"):
        cifar.load_batch("batch")
    assert sorted(os.listdir()) == ["a.npz", "batch"]


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(3, dtype=">i2"),
        np.array([True, False]),
        np.zeros((0, 3), "float32"),
        np.array([[None, {"a": 1}], [[2], "b"]], object),
        _of_objects(np.arange(3)),
    ],
)
def test_arrays_in_pickles(tmp_path, array):
    (tmp_path / "a").write_bytes(pickle.dumps({b"x": array}, 3))
    found = storage.read_pickle(tmp_path / "a")["x"]
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert str(found.tolist()) == str(array.tolist())
    (tmp_path / "b.npz").write_bytes(npz(x=array, y=np.arange(2)))
    arrays = storage.read_npz(tmp_path / "b.npz")
    assert str(arrays["x"].tolist()) == str(array.tolist())
    assert arrays["y"].tolist() == [0, 1]


@pytest.mark.parametrize(
    "state",
    [
        (1, (1,), np.dtype("O"), False, b"\0" * 8),
        (1, (1,), np.dtype("i8"), False, [1]),
        (1, (2,), np.dtype("i8"), False, b"\0" * 8),
        (1, (1,), np.dtype("V8"), False, b"\0" * 8),
        (1, (1,), np.dtype("U2"), False, b"\0" * 8),
        (1, (1,), "O", False, [1]),
        None,
    ],
)
def test_arrays_whose_parts_do_not_fit_are_refused(tmp_path, state):
    class Forged:
        def __reduce__(self):
            return (*np.empty(0).__reduce__()[:2], state) if state else np.empty(0).__reduce__()[:2]

    (tmp_path / "a").write_bytes(pickle.dumps(Forged(), 3))
    with pytest.raises(ValueError, match="is not as a file of this data set must be"):
        storage.read_pickle(tmp_path / "a")


@pytest.mark.parametrize("content", [b"", b"\x80", b"no pickle", b"\x80\x02]q"])
def test_broken_pickles_are_errors(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    for read in (storage.read_pickle, cifar.load_batch):
        with pytest.raises(ValueError, match=r"a is not as a file"):
            read(tmp_path / "a")
    with pytest.raises(ValueError, match=r"no \.npz file"):
        storage.read_npz(tmp_path / "a")


@pytest.mark.parametrize(
    "content", [{}, {"data": 3, "labels": [1]}, {"data": np.zeros(5), "labels": [1]}, [1]]
)
def test_batches_without_images_are_errors(tmp_path, content):
    (tmp_path / "a").write_bytes(pickle.dumps(content, 3))
    with pytest.raises(ValueError, match=r"must hold a dict with 'data'"):
        cifar.load_batch(tmp_path / "a")

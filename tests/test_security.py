"""Hostile files are refused, at little cost, and nothing else is opened, run or left behind."""

import collections
import contextlib
import ctypes
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tarfile

import h5py
import numpy as np
import pytest

import minikeras as mk
from minikeras.guarded import limits
from tests.hostile.cases import CASES
from tests.hostile.compose import tar
from tests.support import assert_close

SECRETS = ("secret.txt", "secret.bin", "secret.h5", "secret.weights.h5")
SECONDS, MEGABYTES = 1.0, 200
_OPENED = 0x20  # IN_OPEN

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="each case has a process of its own"
)


class Watch:
    """The names of the files that any process opens in folders, HDF5's library included."""

    def __init__(self, folders):
        self._number = {}
        if sys.platform != "linux":
            return
        library = ctypes.CDLL(None, use_errno=True)
        self._handle = library.inotify_init1(os.O_NONBLOCK)
        for i, folder in enumerate(folders):
            self._number[library.inotify_add_watch(self._handle, os.fsencode(folder), _OPENED)] = i

    def close(self):
        """Stop watching; returns pairs of the number of a folder and a name."""
        if not self._number:
            return set()
        content = b""
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(self._handle, 1 << 16):
                content += piece
        os.close(self._handle)
        found, at = set(), 0
        while at < len(content):
            watched, _, _, length = struct.unpack_from("iIII", content, at)
            name = content[at + 16 : at + 16 + length].rstrip(b"\0").decode()
            found.add((self._number[watched], name))
            at += 16 + length
        return found


def tree_of(folder):
    """The files and folders below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def prepared(folder, files):
    """Write the files of a case, and those that must not be opened."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "secret.txt").write_text("a\nb\n")
    (folder / "secret.bin").write_bytes(bytes(100))
    for name in SECRETS[2:]:
        with h5py.File(folder / name, "w") as file:
            file["0"] = np.zeros((4, 2), "float32")
            file["model_weights/dense/dense/kernel:0"] = np.zeros((4, 2), "float32")


class Probe:
    """A process that loads files under observation (see `tests.hostile.probe`)."""

    def __init__(self):
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        environment = {**os.environ, "KERAS_BACKEND": "numpy", "PYTHONPATH": root}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.probe"], text=True, env=environment, cwd=root,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def ask(self, folder, code):
        """What happens when the code runs in the folder."""
        case = {"folder": str(folder), "code": code, "secrets": SECRETS}
        print(json.dumps(case), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What came of each case."""
    root = tmp_path_factory.mktemp("hostile")
    found = {}
    folders = [root / str(i) / "a" / "here" for i in range(len(CASES))]
    for folder, case in zip(folders, CASES):
        prepared(folder, case.files())
    watch = Watch(folders)
    before = [tree_of(root / str(i)) for i in range(len(CASES))]
    with Probe() as probe:
        results = [probe.ask(folder, case.code) for folder, case in zip(folders, CASES)]
    opened = watch.close()
    for i, outcome in enumerate(results):
        folder = root / str(i)
        outcome["opened"] = {name for number, name in opened if number == i}
        made = [p for p in tree_of(folder) if p not in before[i]]
        outcome["left"] = [p for p in made if p not in ("a/here/tmp",)]
        found[CASES[i].name] = outcome
    return found


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_it_is_refused(case, outcomes):
    found = outcomes[case.name]
    assert found["error"] in (case.error, "LimitExceeded"), found
    assert "ValueError" in found["family"]
    assert re.search(case.message, found["message"]), found["message"]
    assert len(found["message"]) < 2000
    assert found["events"] == []
    assert not found["opened"] & set(SECRETS)
    assert found["left"] == []
    assert found["seconds"] < SECONDS
    assert found["megabytes"] < MEGABYTES


def test_names_of_cases_differ():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


def test_the_probe_notices_what_it_must(tmp_path):
    """What is forbidden shows where it happens: the tests above would fail."""
    codes = [
        'open("/etc/passwd").close()',
        'open("secret.txt").close()',
        'import os\nos.system("true")',
        "import socket\nsocket.socket()",
        "exec(\"1\")",
        "import marshal\nmarshal.loads(marshal.dumps(1))",
        "x = b'x' * (300 << 20)",
    ]  # fmt: skip
    found = []
    with Probe() as probe:
        for i, code in enumerate(codes):
            prepared(tmp_path / str(i), {})
            found.append(probe.ask(tmp_path / str(i), code))
    *found, large = found
    assert all(outcome["events"] for outcome in found)
    assert large["megabytes"] > MEGABYTES
    watch = Watch([tmp_path / "0", tmp_path / "1"])
    h5py.File(tmp_path / "1" / "secret.h5", "r").close()
    assert watch.close() == {(1, "secret.h5")} or sys.platform != "linux"


def test_the_page_lists_the_cases():
    page = pathlib.Path(__file__).parent.parent / "docs" / "security.md"
    rows = re.findall(r"^\| (CVE-[\d-]+) \|.*\| (\d+) \|$", page.read_text("utf-8"), re.MULTILINE)
    counts = collections.Counter(c.about for c in CASES if c.about.startswith("CVE-"))
    assert {name: int(count) for name, count in rows} == counts


def test_the_page_lists_the_limits():
    page = pathlib.Path(__file__).parent.parent / "docs" / "security.md"
    rows = re.findall(r"^\| `(\w+)` \|", page.read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(limits.DEFAULTS)


@pytest.mark.parametrize("name", ["..", ".", "..\\..\\evil", "C:evil", "a b\nc", "con"])
def test_names_of_layers_are_no_paths(name, tmp_path, monkeypatch):
    home = tmp_path / "a" / "b"
    home.mkdir(parents=True)
    monkeypatch.chdir(home)
    lookup = mk.layers.StringLookup(name=name)
    lookup.adapt(["x", "y"])
    layers = [mk.Input((1,), dtype="string"), lookup, mk.layers.Embedding(3, 2, name=f"{name}2")]
    model = mk.Sequential([*layers, mk.layers.Flatten()])
    model.compile("sgd", "mse")
    model.save("model.keras")
    model.save("folder", zipped=False)
    for path in ("model.keras", "folder"):
        assert mk.saving.load_model(path).layers[0].get_vocabulary() == lookup.get_vocabulary()
    board = mk.callbacks.TensorBoard(str(home / "logs"), embeddings_freq=1, write_graph=False)
    model.fit(np.array([["x"]]), np.zeros((1, 2)), callbacks=[board], verbose=0)
    assert {path.name for path in tmp_path.iterdir()} == {"a"}
    assert {path.name for path in home.parent.iterdir()} == {"b"}
    assert {path.name for path in home.iterdir()} == {"model.keras", "folder", "logs"}


def test_links_within_a_folder_are_not_followed(tmp_path):
    lookup = mk.layers.StringLookup()
    lookup.adapt(["x", "y"])
    model = mk.Sequential([mk.Input((1,), dtype="string"), lookup])
    for name in ("config.json", "assets", "assets/layers/string_lookup/vocabulary.txt"):
        folder = tmp_path / name.replace("/", "_")
        model.save(folder, zipped=False)
        (folder / name).rename(tmp_path / "elsewhere")
        (folder / name).symlink_to(tmp_path / "elsewhere")
        with pytest.raises(ValueError, match="link to somewhere else"):
            mk.saving.load_model(folder)
        (folder / name).unlink()
        (tmp_path / "elsewhere").rename(folder / name)
        mk.saving.load_model(folder)


def test_nothing_in_a_file_can_allow_code():
    with limits.reading("a file", 1), pytest.raises(RuntimeError, match="Nothing in a file"):
        mk.config.enable_unsafe_deserialization()


def test_limits_can_be_raised(tmp_path):
    model = mk.Sequential([mk.Input((200,)), mk.layers.Dense(100_000)])
    text = model.to_json()
    with mk.guarded.allow(architecture=1 << 20), pytest.raises(mk.guarded.LimitExceeded) as caught:
        mk.models.model_from_json(text)
    assert "architecture=" in str(caught.value)
    assert mk.models.model_from_json(text).count_params() == model.count_params()
    with pytest.raises(TypeError, match="no limits"), mk.guarded.allow(memroy=1):
        pass


def test_links_in_archives_become_copies(tmp_path):
    content = tar(
        ("./top/", tarfile.DIRTYPE, ""), ("./top/a.txt", None, b"text"),
        ("./top/soft", tarfile.SYMTYPE, "a.txt"), ("./hard", tarfile.LNKTYPE, "./top/a.txt"),
        ("./top/up", tarfile.SYMTYPE, "../hard"), mode="w:gz",
    )  # fmt: skip
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "a.tgz").write_bytes(content)
    found = mk.utils.get_file(
        fname="a.tgz", origin="http://nowhere.invalid/a.tgz", extract=True, cache_dir=tmp_path,
        cache_subdir="cache",
    )  # fmt: skip
    texts = {p.relative_to(found).as_posix(): p for p in pathlib.Path(found).rglob("*")}
    for name in ("top/a.txt", "top/soft", "hard"):
        assert texts[name].read_text() == "text"
        assert not texts[name].is_symlink()


def test_packed_arrays_are_read(tmp_path):
    """Files that were packed afterwards, as by h5repack."""
    model = mk.Sequential([mk.Input((30,)), mk.layers.Dense(40)])
    model.save_weights(tmp_path / "plain.weights.h5")
    with (
        h5py.File(tmp_path / "plain.weights.h5") as plain,
        h5py.File(tmp_path / "packed.weights.h5", "w") as packed,
    ):
        for name in ("0", "1"):
            values = plain[f"layers/dense/vars/{name}"][()]
            packed.create_dataset(
                f"layers/dense/vars/{name}", data=values, chunks=(7,) * values.ndim,
                compression="gzip", shuffle=True, fletcher32=True,
            )  # fmt: skip
    twin = mk.Sequential([mk.Input((30,)), mk.layers.Dense(40)])
    twin.load_weights(tmp_path / "packed.weights.h5")
    assert_close(twin.get_weights(), model.get_weights(), 0, 0)

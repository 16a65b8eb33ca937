"""Readers of YAML, xz and texts in HDF5: what they read is what other readers read."""

import io
import lzma
import struct
import tarfile

import h5py
import numpy as np
import pytest
import yaml

from minikeras.guarded import allow, archives, hdf5, limits, xz_file, yaml_text
from tests.hostile.compose import with_dictionary

YAMLS = [
    "a: 1\nb: [x, 2.5, 1e3, .inf, null, ~, true, off, 0x1F, 0o17, 1_000, '5', \"5\"]\n",
    "- &one {k: [1, 2]}\n- *one\n- {again: *one, 'y': n}\n",
    "? 1\n: a\n? null\n: b\n",
    "text: |\n  two\n  lines\nfolded: >\n  one\n  line\n",
    "t: !!python/tuple [1, 2]\ns: !!str 5\ni: !!int '7'\nf: !!float 1\n",
    "190:20:30\n",
    "",
]


@pytest.mark.parametrize("text", YAMLS)
def test_yaml_as_pyyaml_reads_it(text):
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor(
        "tag:yaml.org,2002:python/tuple",
        lambda loader, node: tuple(loader.construct_sequence(node)),
    )
    assert yaml_text.parsed(text, "x") == yaml.load(text, Loader=Loader)


@pytest.mark.parametrize(
    "text", ["a: 2001-01-01\n", "!!binary aGVsbG8=\n", "!own {a: 1}\n", "[1", "a: b: c"]
)
def test_other_yaml_is_refused(text):
    with pytest.raises(ValueError, match=r"plain values|damaged"):
        yaml_text.parsed(text, "x")


def _content(size):
    return np.random.default_rng(0).integers(0, 9, size, "u1").tobytes()


def test_xz_files_of_several_streams(tmp_path):
    parts = [_content(300_000), b"", _content(10)]
    packed = b"".join(lzma.compress(p) + b"\0" * 8 for p in parts)
    (tmp_path / "a.xz").write_bytes(packed)
    content = b"".join(parts)
    with xz_file.opened(tmp_path / "a.xz") as file:
        assert file.read() == content
    with xz_file.opened(tmp_path / "a.xz") as file:
        for at in (0, 299_990, 5, 300_005, 70_000, 400_000):
            file.seek(at)
            assert file.read(20) == content[at : at + 20]
    (tmp_path / "b.xz").write_bytes(lzma.compress(content)[:-30])
    with xz_file.opened(tmp_path / "b.xz") as file, pytest.raises((EOFError, lzma.LZMAError)):
        file.read()


@pytest.mark.parametrize("preset", [0, 6, 9])
def test_archives_of_all_presets_are_unpacked(preset, tmp_path):
    with tarfile.open(tmp_path / "a.tar.xz", "w:xz", preset=preset) as archive:
        info = tarfile.TarInfo("in/a.bin")
        info.size = 200_000
        archive.addfile(info, io.BytesIO(_content(200_000)))
    assert archives.is_archive(tmp_path / "a.tar.xz", "tar")
    with archives.opened(tmp_path / "a.tar.xz", "tar") as archive:
        archive.unpack(tmp_path)
    assert (tmp_path / "in" / "a.bin").read_bytes() == _content(200_000)


def test_dictionaries_may_be_allowed(tmp_path):
    path = tmp_path / "a.xz"
    path.write_bytes(with_dictionary(lzma.compress(b"x" * 1000), 28))  # 64 MiB
    with xz_file.opened(path) as file:
        assert file.read() == b"x" * 1000
    path.write_bytes(with_dictionary(lzma.compress(b"x" * 1000), 30))  # 128 MiB
    with xz_file.opened(path) as file, pytest.raises(xz_file.TooLarge, match="dictionary"):
        file.read()
    with allow(memory=200 << 20), xz_file.opened(path) as file:
        assert file.read() == b"x" * 1000


FORMS = [{}, {"libver": "latest"}, {"track_order": True}, {"userblock_size": 512}]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [3, 40])  # many attributes lie in a heap
def test_texts_in_hdf5_of_all_forms(form, count):
    content = io.BytesIO()
    texts = {f"text {i}": "letters " * (i + 1) for i in range(count)}
    texts |= {"bytes": b"abc" * 50, "empty": "", "ä": "ö", "list": ["aa", "b" * 50, ""]}
    with h5py.File(content, "w", **form) as file:
        for owner in (file, file.create_group("g"), file.create_dataset("d", data=[1.0])):
            for name, text in texts.items():
                owner.attrs[name] = text
    with (
        limits.reading("x", len(content.getvalue())),
        hdf5.opened(io.BytesIO(content.getvalue())) as file,
    ):
        for owner in (file, file["g"], file["d"]):
            for name, text in texts.items():
                found = owner.attrs[name]
                found = (
                    found.encode() if isinstance(text, bytes) and isinstance(found, str) else found
                )
                assert (found.tolist() if isinstance(text, list) else found) == text


@pytest.mark.parametrize("way", ["written", "in memory", "of an object", "read"])
def test_texts_in_files_that_are_open(way, tmp_path):
    content, settings = io.BytesIO(), {}
    settings = {"driver": "core", "backing_store": False} if way == "in memory" else {}
    place = content if way == "of an object" else tmp_path / "a.h5"
    file = h5py.File(place, "w", **settings)
    file.attrs["text"] = "letters " * 100
    if way in ("of an object", "read"):
        file.close()
        file = h5py.File(place, "r")
    with file:
        assert hdf5.wrapped(file).attrs["text"] == "letters " * 100


@pytest.mark.parametrize("form", FORMS[:2])
def test_texts_of_a_type_with_a_name(form):
    """The type of an attribute may lie elsewhere in the file; the lengths are checked anyway."""
    content = io.BytesIO()
    with h5py.File(content, "w", **form) as file:
        file["type"] = np.dtype(h5py.string_dtype())
        file.attrs.create("text", "letters " * 100, dtype=file["type"])
    damaged = bytearray(content.getvalue())
    with hdf5.opened(io.BytesIO(bytes(damaged))) as file:
        assert file.attrs["text"] == "letters " * 100
    heap = damaged.index(b"GCOL")
    at = damaged.index(struct.pack("<IQ", 800, heap))
    damaged[at : at + 4] = struct.pack("<I", 3 << 28)
    if not form:  # the later form has sums of its headers
        message = "has no place"
        opened = hdf5.opened(io.BytesIO(bytes(damaged)))
        with opened as file, pytest.raises(ValueError, match=message):
            file.attrs["text"]

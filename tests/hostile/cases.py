"""The hostile files: what each is, the advisory behind it, how it is loaded, what is answered.

Advisories are named by what they are about, since several kinds of file may belong to one.
"""

import dataclasses
import io
import json
import re
import struct
import tarfile
import zipfile
import zlib

import h5py
import numpy as np

from tests.hostile.compose import (
    CODE,
    code,
    dense,
    form,
    function,
    graph,
    hdf5,
    keras_file,
    node,
    old_file,
    old_form,
    old_sequential,
    old_weights,
    place,
    sequential,
    tar,
    weights,
    with_dictionary,
    zipped,
)  # fmt: skip

LOAD = 'k.saving.load_model("model.keras")'
LOAD_OLD = 'k.saving.load_model("model.h5")'
MODEL = "m = k.Sequential([k.Input((4,)), k.layers.Dense(2, name='dense')])\n"
WEIGHTS = MODEL + 'm.load_weights("model.weights.h5")'
OLD_WEIGHTS = MODEL + 'm.load_weights("model.h5")'
ARRAYS = 'k.saving.arrays.read_arrays("model.weights.h5")'
EDIT = 'k.saving.KerasFileEditor("model.weights.h5")'
JSON = 'k.models.model_from_json(open("model.json").read())'
UNPACK = 'k.utils.get_file(fname="a.bin", origin="http://nowhere.invalid/a.bin", extract=True, '
UNPACK += 'cache_dir=".", cache_subdir="cache")'


@dataclasses.dataclass
class Case:
    """A hostile file.

    ``files`` are bytes by their names in the folder where ``code`` runs; ``message`` is a regular
    expression for the ValueError that it must lead to; ``error`` is its class. Files whose names
    begin with ``secret`` lie in the folder as well, and must not be opened.
    """

    name: str
    about: str
    files: object  # a function that returns a dict
    code: str
    message: str
    error: str = "ValueError"


CASES = []


def case(name, about, code, message, error="ValueError", file="model.keras"):
    """A decorator for a function that returns the bytes of a file, or a dict of several files."""

    def decorate(make):
        def files():
            made = make()
            return made if isinstance(made, dict) else {file: made}

        CASES.append(Case(name, about, files, code, message, error))
        return make

    return decorate


def configured(name, about, config, message, error="ValueError", **more):
    """A ``.keras`` file with a configuration."""
    case(name, about, LOAD, message, error)(lambda: keras_file(config, **more))


def old(name, about, config, message, **more):
    """A whole-model HDF5 file of Keras 2 with a configuration."""
    case(name, about, LOAD_OLD, message, file="model.h5")(lambda: old_file(config, **more))


def architecture(name, about, config, message, error="ValueError"):
    """JSON alone."""
    text = config if isinstance(config, str) else json.dumps(config)
    case(name, about, JSON, message, error, file="model.json")(lambda: text.encode())


# Code in a file

_RUN = "holds Python code"
_VALUES = "values, of which at most"
_YAML = b"!!python/object/apply:os.system ['touch pwned']\n"
case("yaml", "CVE-2021-37678", 'k.saving.load_model("model.yaml")', "no .keras file",
     file="model.yaml")(lambda: _YAML)  # fmt: skip
architecture("yaml_as_json", "CVE-2021-37678", _YAML.decode(), "not valid JSON")


def _laughs():
    """Lists of lists of the same, nine times at each of twelve levels."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for i in range(1, 12):
        lines.append(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]")
    return "\n".join(lines).encode()


def _merged():
    """Dicts that take in those before them, nine times at each of twelve levels."""
    lines = ["a0: &a0 {x: 1}"]
    for i in range(1, 12):
        lines.append(f"a{i}: &a{i}\n  <<: [{', '.join([f'*a{i - 1}'] * 9)}]")
    return "\n".join(lines).encode()


_YAMLS = {
    "object": (_YAML, "plain values"),
    "name": (b"!!python/name:os.system\n", "plain values"),
    "class": (b"class_name: !!python/object/new:os.system [touch x]\nconfig: {}\n", "plain"),
    "many": (_laughs(), _VALUES),
    "cycle": (b"class_name: &a [*a]\nconfig: {}\n", "which is no value"),
    "merged": (_merged(), "more than plain values: .*merge"),
    "brackets": (b"[" * 1_000_000, "lists or objects within one another"),
    "dashes": (b"- " * 1_000_000, "lists or objects within one another"),
    "keys": (b"? " * 1_000_000, "lists or objects within one another"),
    "number": (b"1:" * 1_000_000 + b"1", "a number of 2000001 letters"),
    "long": (b"[" + b"a, " * 5_000_000 + b"a]", _VALUES),
    "keys that are lists": (b"? [a]\n: b\n", "keys are no plain values"),
}  # fmt: skip
for _name, (_text, _message) in _YAMLS.items():
    case(f"yaml {_name}", "CVE-2021-37678",
         'k.models.model_from_yaml(open("model.yaml").read())', _message,
         file="model.yaml")(lambda text=_text: text)  # fmt: skip
configured("lambda", "CVE-2024-3660", sequential(form("Lambda", function=code())), _RUN)
configured("lambda_as_activation", "CVE-2024-3660", sequential(dense(activation=code())), _RUN)
_shaped = form("Lambda", function=function("relu"), output_shape=code())
configured("lambda_as_shape", "CVE-2024-3660", sequential(_shaped), _RUN)
configured("lambda_as_initializer", "CVE-2024-3660",
           sequential(dense(kernel_initializer=code())), _RUN)  # fmt: skip
_compiled = sequential(dense(), compile_config={"optimizer": "sgd", "loss": code()})
configured("lambda_as_loss", "CVE-2024-3660", _compiled, _RUN)
configured("lambda_in_a_call", "CVE-2024-3660",
           graph(node(dense(name="y"), place("x"), training=code())), _RUN)  # fmt: skip
architecture("lambda_in_json", "CVE-2024-3660", sequential(form("Lambda", function=code())), _RUN)
_OLD_LAMBDA = old_form("Lambda", name="dense", function=[CODE, None, None],
                       function_type="lambda", arguments={})  # fmt: skip
old("lambda_in_hdf5", "CVE-2025-9905", old_sequential(_OLD_LAMBDA), _RUN)
old("lambda_in_hdf5_of_keras_1", "CVE-2025-9905", old_sequential(_OLD_LAMBDA), _RUN,
    version="1.2.2")  # fmt: skip
old("lambda_in_hdf5_of_keras_3", "CVE-2025-9905", sequential(form("Lambda", function=code())),
    _RUN, version="3.15.1")  # fmt: skip
configured("lambda_in_keras_of_2", "CVE-2025-9905", old_sequential(_OLD_LAMBDA), _RUN,
           version="2.15.0")  # fmt: skip
architecture("lambda_in_old_json", "CVE-2025-9905", old_sequential(_OLD_LAMBDA), _RUN)
for _call in (
    "k.layers.Lambda.from_config(c['config'])",
    "k.layers.deserialize(c)",
    "k.saving.deserialize_keras_object(c)",
    "k.Sequential.from_config({'name': 'm', 'layers': [c]})",
    "k.Model.from_config({'name': 'm', 'layers': [c], 'input_layers': [], 'output_layers': []})",
    "k.models.clone_model(k.Sequential([k.Input((4,)), k.layers.Lambda(lambda x: x)]))",
):
    case(f"unset_safe_mode {_call[:28]}", "CVE-2026-12481",
         "import json\nc = json.load(open('c.json'))\n" + _call, _RUN, file="c.json")(
        lambda: json.dumps(form("Lambda", function=code())).encode()
    )  # fmt: skip

# Functions and classes that a file names

_NAMED = "Unknown (class|function)"


def _layer_of(name, module):
    return sequential(form("Lambda", function=function(name, module), arguments={"a": "touch p"}))


for _name, _module, _about in (
    ("system", "os", "CVE-2025-1550"),
    ("eval", "builtins", "CVE-2025-1550"),
    ("run", "subprocess", "CVE-2025-1550"),
    ("get_file", "keras.utils", "CVE-2025-8747"),
    ("load_model", "keras.models", "CVE-2025-9906"),
    ("enable_unsafe_deserialization", "keras.config", "CVE-2025-9906"),
    ("deserialize_keras_object", "keras.saving", "CVE-2025-9906"),
    ("set_backend", "keras.config", "CVE-2025-9906"),
    ("TFSMLayer", "keras.layers", "CVE-2026-1462"),
):
    configured(f"function {_name}", _about, _layer_of(_name, _module), _NAMED)
for _name, _module, _about in (
    ("Popen", "subprocess", "CVE-2025-1550"),
    ("Popen", "keras.src.utils.io_utils", "CVE-2025-1550"),
    ("KerasFileEditor", "keras.saving", "CVE-2025-1550"),
    ("ModuleType", "minikeras.lazy", "CVE-2025-1550"),
    ("_StoredOperation", "minikeras.models.operation_names", "CVE-2025-1550"),
    ("TorchModuleWrapper", "keras.layers", "CVE-2025-49655"),
    ("TFSMLayer", "keras.layers", "CVE-2026-1462"),
):
    _bomb = form(_name, _module, args=["touch", "pwned"], filepath="secret", module="gASV")
    configured(f"class {_name} of {_module}", _about, sequential(_bomb), _NAMED)
configured("a function as a class", "CVE-2025-1550",
           sequential(form("relu", "keras.activations")), _NAMED)  # fmt: skip
configured("unsafe before the layer", "CVE-2025-9906",
           sequential(form("Lambda", function=function("enable_unsafe_deserialization"),
                           name="a"), form("Lambda", function=code())), _NAMED)  # fmt: skip
old("old function by module", "CVE-2025-1550",
    old_sequential(old_form("Lambda", name="dense", function="system", function_type="function",
                            module="os", arguments={})), _NAMED)  # fmt: skip
old("old function of TensorFlow", "CVE-2025-1550",
    old_sequential(dense_old := old_form("Dense", name="dense", units=2),
                   old_form("TFOpLambda", name="t", function="io.read_file")),
    "read_file|TFOpLambda")  # fmt: skip
configured("a loop for ever", "class of CVE-2025-1550",
           graph(node(form("WhileLoop", "keras.src.ops.core", name="y", cond=function("abs"),
                           body=function("abs")), place("x"))), "while_loop")  # fmt: skip

# Other files that a file names

for _class in ("StringLookup", "IntegerLookup", "TextVectorization"):
    for _path in ("secret.txt", "/etc/passwd", "http://169.254.169.254/latest/meta-data"):
        configured(
            f"vocabulary {_class} {_path[:8]}", "CVE-2025-12058",
            sequential(form(_class, name="dense", vocabulary=_path), shape=(None, 1),
                       dtype="int64" if _class == "IntegerLookup" else "string"),
            "asks for a file to be read",
        )  # fmt: skip


def _elsewhere(kind):
    """What fills an HDF5 file with a weight that lies in another file."""

    def fill(file, inside="layers/dense/vars"):
        group = file.create_group(inside)
        group["1"] = np.zeros(2, "float32")
        if kind == "external":
            group.create_dataset("0", (4, 2), "f4", external=[("secret.bin", 0, 32)])
        elif kind == "absolute":
            group.create_dataset("0", (4, 2), "f4", external=[("/etc/passwd", 0, 32)])
        elif kind == "virtual":
            layout = h5py.VirtualLayout((4, 2), "f4")
            layout[:] = h5py.VirtualSource("secret.h5", "0", (4, 2))
            group.create_virtual_dataset("0", layout)
        elif kind == "endless":
            layout = h5py.VirtualLayout((4, 2), "f4", maxshape=(None, 2))
            source = h5py.VirtualSource("secret.h5", "0", (4, 2), maxshape=(None, 2))
            layout[h5py.h5s.UNLIMITED and slice(None)] = source[:]
            group.create_virtual_dataset("0", layout)
        elif kind == "link":
            group["0"] = h5py.ExternalLink("secret.h5", "/0")
        else:
            group["0"] = h5py.SoftLink("/layers/dense/vars/1")

    return fill


_KINDS = {
    "external": "values in other files", "absolute": "values in other files",
    "virtual": "values in other files", "endless": "values in other files",
    "link": "a link to somewhere else", "soft": "a link to somewhere else",
}  # fmt: skip
for _kind, _message in _KINDS.items():
    _fill = _elsewhere(_kind)
    configured(f"hdf5 {_kind} in .keras", "CVE-2026-1669", sequential(dense()), _message,
               weights=_fill)  # fmt: skip
    configured(f"hdf5 {_kind} in .keras of 2", "CVE-2026-1669", old_sequential(dense_old), _message,
               weights=_fill, version="2.15.0")  # fmt: skip
    for _code in (WEIGHTS, EDIT, ARRAYS):
        case(f"hdf5 {_kind} in .weights.h5 {_code[:12]}", "CVE-2026-1669", _code, _message,
             file="model.weights.h5")(lambda fill=_fill: hdf5(fill))  # fmt: skip


def _old_elsewhere(kind, fill):
    def write(file):
        if kind == "dataset":
            old_weights(file)
            del file["model_weights/dense/dense"]
            fill(file, "model_weights/dense/dense")
            group = file["model_weights/dense/dense"]
            group.move("1", "bias:0")
            group.move("0", "kernel:0")
        elif kind == "group":
            file["model_weights"] = h5py.ExternalLink("secret.h5", "/model_weights")
        else:
            old_weights(file)
            del file["model_weights/dense"]
            file["model_weights/dense"] = h5py.ExternalLink("secret.h5", "/model_weights/dense")

    return write


for _kind, _message in _KINDS.items():
    for _way, _code in (("model", LOAD_OLD), ("weights", OLD_WEIGHTS)):
        _fill = _old_elsewhere("dataset", _elsewhere(_kind))
        case(f"old hdf5 {_kind} {_way}", "CVE-2026-1669", _code, _message, file="model.h5")(
            lambda fill=_fill: old_file(old_sequential(dense_old), fill)
        )
for _part in ("group", "layer"):
    for _way, _code in (("model", LOAD_OLD), ("weights", OLD_WEIGHTS)):
        _fill = _old_elsewhere(_part, None)
        case(f"old hdf5 linked {_part} {_way}", "CVE-2026-1669", _code, _KINDS["link"],
             file="model.h5")(
            lambda fill=_fill: old_file(old_sequential(dense_old), fill))  # fmt: skip


@case("shards elsewhere", "CVE-2026-1669", MODEL + 'm.load_weights("model.weights.json")',
      "in another folder")  # fmt: skip
def _():
    index = {"metadata": {}, "weight_map": {"/layers/dense/vars": "../secret.weights.h5"}}
    return {"model.weights.json": json.dumps(index).encode()}


# Paths

for _bad in ("../../../pwned", "/tmp/pwned", "a/../../pwned"):
    configured(f"layer named {_bad}", "CVE-2026-12479", sequential(dense(name=_bad)), "['`]/['`]")
_VOCABULARY = form("StringLookup", name="dense")
for _bad in ("assets/../../pwned", "/pwned", "assets/./../pwned", "assets\\..\\..\\pwned"):
    configured(f"member {_bad}", "CVE-2026-12479",
               sequential(_VOCABULARY, shape=(None, 1), dtype="string"), "odd path",
               members=[(_bad, b"x")])  # fmt: skip


def unpacked(name, about, message, make):
    """An archive that lies in the cache and is unpacked."""
    case(name, about, UNPACK, message)(lambda: {"cache/a.bin": make()})


for _bad in ("../pwned", "../../pwned", "/tmp/pwned", "a/../../pwned"):
    unpacked(f"tar {_bad}", "CVE-2024-55459", "odd path", lambda b=_bad: tar((b, None, b"x")))
    unpacked(f"zip {_bad}", "CVE-2024-55459", "odd path", lambda b=_bad: zipped((b, b"x")))
unpacked("tar.gz outside", "CVE-2024-55459", "odd path",
         lambda: tar(("../pwned", None, b"x"), mode="w:gz"))  # fmt: skip
unpacked("tar symlink", "CVE-2025-12060", "a link to what is no file in it",
         lambda: tar(("a", tarfile.SYMTYPE, ".."), ("a/pwned", None, b"x")))  # fmt: skip
unpacked("tar symlink chain", "CVE-2025-12638", "a link to what is no file in it",
         lambda: tar(("d" * 200, tarfile.DIRTYPE, ""), ("a", tarfile.SYMTYPE, "d" * 200 + "/.."),
                     ("b", tarfile.SYMTYPE, "a/.."), ("b/pwned", None, b"x")))  # fmt: skip
unpacked("tar hard link", "CVE-2025-12060", "a link to what is no file in it",
         lambda: tar(("a", tarfile.LNKTYPE, "../../secret.txt")))  # fmt: skip
unpacked("tar absolute link", "CVE-2025-12060", "a link to what is no file in it",
         lambda: tar(("a", tarfile.SYMTYPE, "/etc/passwd")))  # fmt: skip
unpacked("tar.xz with a large dictionary", "class of CVE-2026-0897", "a dictionary that needs",
         lambda: with_dictionary(tar(("a", None, b"x"), mode="w:xz"), 40))  # fmt: skip
unpacked("tar device", "CVE-2025-12060", "neither a file nor a folder",
         lambda: tar(("a", tarfile.CHRTYPE, "")))  # fmt: skip


# Memory

_SIZE = "(asks for|of which at most)"


def _shape(**how):
    def fill(file, inside="layers/dense/vars"):
        group = file.create_group(inside)
        group.create_dataset("0", **how)
        group["1"] = np.zeros(2, "float32")

    return fill


_HUGE = {
    "contiguous": {"shape": (1 << 20, 1 << 20), "dtype": "f4"},
    "chunked": {"shape": (1 << 20, 1 << 20), "dtype": "f4", "chunks": (1024, 1024)},
    "large chunk": {"shape": (1 << 14, 1 << 14), "dtype": "f4", "chunks": (1 << 14, 1 << 14),
                    "compression": "gzip"},
    "many chunks": {"shape": (1 << 23,), "dtype": "i1", "chunks": (1,)},
}  # fmt: skip
for _kind, _how in _HUGE.items():
    configured(f"shape {_kind} in .keras", "CVE-2026-0897", sequential(dense()),
               "has shape|" + _SIZE, weights=_shape(**_how))  # fmt: skip
    for _way, _code in (("edited", EDIT), ("alone", ARRAYS)):
        case(f"shape {_kind} {_way}", "CVE-2026-0897", _code, _SIZE, "LimitExceeded",
             "model.weights.h5")(lambda how=_how: hdf5(_shape(**how)))  # fmt: skip
    case(f"shape {_kind} as state", "CVE-2026-0897",
         MODEL + 'm.compile("adam", "mse")\nm.optimizer.build(m.trainable_variables)\n'
         'm.load_weights("model.weights.h5")', _SIZE, file="model.weights.h5")(
        lambda how=_how: hdf5(lambda f: (weights(f), _state(f, how))))  # fmt: skip


def _state(file, how):
    group = file.create_group("optimizer/vars")
    for i in range(6):
        group.create_dataset(str(i), **how)


def _squeezed(file):
    group = file.create_group("layers/dense/vars")
    bomb = zlib.compress(bytes(200 << 20), 9)
    dataset = group.create_dataset("0", (4, 2), "f4", chunks=(4, 2), compression="gzip")
    dataset.id.write_direct_chunk((0, 0), bomb)
    group["1"] = np.zeros(2, "float32")


configured("a chunk that unpacks to more", "CVE-2026-0897", sequential(dense()), "too much",
           weights=_squeezed)  # fmt: skip


@case("a filter from a plugin", "class of CVE-2026-1669", WEIGHTS, "is packed by",
      file="model.weights.h5")  # fmt: skip
def _():
    def fill(file):
        group = file.create_group("layers/dense/vars")
        group.create_dataset("0", (4, 2), "f4", compression="lzf")
        group["1"] = np.zeros(2, "float32")

    return hdf5(fill).replace(b"\x00\x7d", b"\x33\x01")


def _cycle(file):
    weights(file)
    file["layers/dense/vars/again"] = file["layers"]


case("a group within itself", "class of CVE-2026-1669", EDIT, "same object",
     file="model.weights.h5")(lambda: hdf5(_cycle))  # fmt: skip


@case("one string many times", "CVE-2026-0897", OLD_WEIGHTS, _SIZE, file="model.h5")
def _():
    content = hdf5(_many_strings)
    heaps = [found.start() for found in re.finditer(b"GCOL", content)]
    (long,) = [heap for heap in heaps if content[heap:].find(b"y" * 1000) in range(100)]
    # All elements of the list come to refer to the one long string: its length, address, number.
    for heap in heaps:
        short = re.escape(struct.pack("<IQ", 1, heap)) + b"...."
        content = re.sub(short, struct.pack("<IQI", 1 << 20, long, 1), content, flags=re.DOTALL)
    return content


def _many_strings(file):
    group = file.create_group("model_weights")
    file.attrs.create("long", "y" * (1 << 20), dtype=h5py.string_dtype())
    group.attrs.create("layer_names", np.array(["s"] * 3000, object), dtype=h5py.string_dtype())


@case("a heap without an end", "class of CVE-2026-0897", LOAD_OLD, "heap of strings",
      file="model.h5")  # fmt: skip
def _():
    content = bytearray(old_file(old_sequential(dense_old)))
    heap = content.index(b"GCOL")
    content[heap + 16 : heap + 32] = bytes(16)  # its first entry: free, and of no length
    return bytes(content)


@case("a text that is not there", "class of CVE-2026-0897", LOAD_OLD, "for which the file has no",
      file="model.h5")  # fmt: skip
def _():
    content = bytearray(old_file(old_sequential(dense_old)))
    with h5py.File(io.BytesIO(bytes(content))) as file:
        length = len(file.attrs["model_config"])
    heaps = [found.start() for found in re.finditer(b"GCOL", content)]
    (at,) = [at for heap in heaps if (at := content.find(struct.pack("<IQ", length, heap))) >= 0]
    content[at : at + 4] = struct.pack("<I", 3 << 30)
    return bytes(content)


@case("references", "class of CVE-2026-1669", OLD_WEIGHTS, "neither text nor numbers",
      file="model.h5")  # fmt: skip
def _():
    def fill(file):
        old_weights(file)
        group = file["model_weights"]
        del group.attrs["layer_names"]
        group.attrs.create("layer_names", [group.ref], dtype=h5py.ref_dtype)

    return old_file(None, fill)


configured("zip bomb in config.json", "CVE-2026-0897", " " * (200 << 20), _SIZE, "LimitExceeded",
           pack=zipfile.ZIP_DEFLATED)  # fmt: skip
configured("zip bomb in the weights", "CVE-2026-0897", sequential(dense()), _SIZE, "LimitExceeded",
           weights=bytes(200 << 20), pack=zipfile.ZIP_DEFLATED)  # fmt: skip
configured("zip bomb in assets", "CVE-2026-0897",
           sequential(_VOCABULARY, shape=(None, 1), dtype="string"), _SIZE, "LimitExceeded",
           members=[("assets/layers/string_lookup/vocabulary.txt", bytes(200 << 20))],
           pack=zipfile.ZIP_DEFLATED)  # fmt: skip
unpacked("zip bomb unpacked", "CVE-2026-0897", _SIZE, lambda: zipped(("a", bytes(200 << 20))))
unpacked("tar bomb", "CVE-2026-0897", _SIZE,
         lambda: tar(("a", None, bytes(200 << 20)), mode="w:gz"))  # fmt: skip


@case("very many members", "CVE-2026-0897", LOAD, "table of members|20000 members")
def _():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for i in range(20_000):
            archive.writestr(zipfile.ZipInfo(f"a{i}"), b"")
    return content.getvalue()


@case("two members of one name", "class of CVE-2026-0897", LOAD, "several files named")
def _():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return keras_file(sequential(dense()), members=[("config.json", b"{}")])


_BIG = 10**12
_LIMIT = "LimitExceeded"
for _name, _layer in {
    "Dense": dense(_BIG),
    "Dense, a little less": dense(10**8),
    "EinsumDense": form("EinsumDense", equation="ab,bc->ac", output_shape=_BIG),
    "PReLU": form("Sequential", "keras", name="s", layers=[form("PReLU")]),
    "Conv1D": form("Sequential", "keras", name="s", layers=[
        form("Reshape", target_shape=[2, 2]), form("Conv1D", filters=_BIG, kernel_size=2)]),
    "MultiHeadAttention": form("Sequential", "keras", name="s", layers=[
        form("RepeatVector", n=3), form("LSTM", units=_BIG)]),
}.items():  # fmt: skip
    if _name != "PReLU":
        configured(f"units {_name}", "CVE-2026-0897", sequential(_layer), _SIZE)
configured("Embedding", "CVE-2026-0897",
           sequential(form("Embedding", input_dim=_BIG, output_dim=8)), _SIZE)  # fmt: skip
configured("input of a giant shape", "CVE-2026-0897",
           sequential(form("Flatten"), shape=(None, 10**6, 10**6)), _SIZE, _LIMIT)  # fmt: skip
configured("input of many samples", "CVE-2026-0897",
           sequential(dense(), shape=(10**9, 4)), _SIZE, _LIMIT)  # fmt: skip
configured("RepeatVector", "CVE-2026-0897", sequential(form("RepeatVector", n=_BIG)), _SIZE)
old("units in an old file", "CVE-2026-0897",
    old_sequential(old_form("Dense", name="dense", units=_BIG)), _SIZE)  # fmt: skip
configured("units in a .keras of 2", "CVE-2026-0897",
           old_sequential(old_form("Dense", name="dense", units=_BIG)), _SIZE,
           version="2.15.0")  # fmt: skip
architecture("units in JSON", "CVE-2026-0897", sequential(dense(_BIG)), _SIZE)
architecture("units in old JSON", "CVE-2026-0897",
             old_sequential(old_form("Dense", name="dense", units=_BIG)), _SIZE)  # fmt: skip
for _name, _config, _more in (
    ("Repeat", {"repeats": _BIG, "axis": 1}, ()),
    ("Linspace", {"num": _BIG}, (1.0,)),
    ("OneHot", {"num_classes": _BIG}, ()),
    ("Tile", {"repeats": [1, _BIG]}, ()),
    ("Pad", {"pad_width": [[0, 0], [0, _BIG]]}, ()),
    ("BroadcastTo", {"shape": [10**6, 10**6, 4]}, ()),
):
    configured(f"op {_name}", "CVE-2026-0897",
               graph(node(form(_name, "keras.src.ops.numpy", name="y", **_config),
                          place("x"), *_more)), _SIZE)  # fmt: skip
for _name, _config in (
    ("AveragePooling1D", {"pool_size": 10**9, "padding": "same"}),
    ("ZeroPadding1D", {"padding": [10**9, 0]}),
    ("STFTSpectrogram", {"fft_length": 10**9}),
    ("RepeatVector", {"n": 10**8}),
):
    _layers = [form("Reshape", target_shape=[4, 1]), form(_name, **_config)]
    _layers = _layers[1:] if _name in ("RepeatVector", "STFTSpectrogram") else _layers
    configured(f"size of {_name}", "CVE-2026-0897", sequential(*_layers), _SIZE, _LIMIT)
configured("op without an input", "CVE-2026-0897",
           graph(node(form("Arange", "keras.src.ops.numpy", name="y"), 0, _BIG, 1)),
           "has no input")  # fmt: skip
for _dtype in ("(500000000,)f8", "U500000000", "O", "V500000000"):
    _array = {"class_name": "__numpy__", "config": {"value": [0], "dtype": _dtype}}
    _layer = form("Lambda", function=function("relu"), arguments={"a": _array})
    configured(f"array of dtype {_dtype}", "CVE-2026-0897", sequential(_layer),
               "cannot be of dtype")  # fmt: skip

# Depth, length, cycles


def _nested(depth):
    found = dense()
    for _ in range(depth):
        found = form("TimeDistributed", layer=found)
    return found


def _models(depth):
    found = dense()
    for _ in range(depth):
        found = form("Sequential", "keras", name="s", layers=[found])
    return found


configured("JSON of a great depth", "recursion", "[" * 100_000 + "]" * 100_000,
           "within one another", _LIMIT)  # fmt: skip
configured("objects of a great depth", "recursion", '{"a":' * 100_000 + "1" + "}" * 100_000,
           "within one another", _LIMIT)  # fmt: skip
configured(
    "wrappers within wrappers", "recursion", sequential(_nested(200)), "within one another", _LIMIT
)
configured(
    "models within models", "recursion", sequential(_models(200)), "within one another", _LIMIT
)
architecture(
    "JSON alone of a great depth", "recursion", "[" * 100_000, "within one another", _LIMIT
)
configured(
    "a giant string", "length", sequential(dense(name="d" * (2 << 20))), "characters", _LIMIT
)
configured("giant text", "length", '"' + "x" * (40 << 20) + '"', "bytes of JSON", _LIMIT)
configured("very many values", "length", "[" + "0," * 2_000_000 + "0]", "values", _LIMIT)
configured("a number of many digits", "length", '{"class_name": ' + "9" * 100_000 + "}",
           "not valid JSON")  # fmt: skip
configured("a cycle of layers", "recursion",
           graph(node(dense(name="y"), place("z")), node(dense(name="z"), place("y"))),
           "cannot be rebuilt")  # fmt: skip
configured("a layer that feeds itself", "recursion", graph(node(dense(name="y"), place("y"))),
           "cannot be rebuilt")  # fmt: skip
configured("no model", "form", [1, 2], "describes no model")
configured("no configuration", "form", {"class_name": "Dense", "config": None}, "damaged|Unknown")
case("no zip", "form", LOAD, "no .keras file")(lambda: b"PK\x03\x04" + bytes(100))
case("no HDF5", "form", WEIGHTS, "no readable HDF5", file="model.weights.h5")(lambda: bytes(1000))

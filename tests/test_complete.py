"""Every public name of Keras is there, has the parameters of Keras, and occurs in the tests."""

import functools
import importlib
import inspect
import pathlib
import re

import pytest

import minikeras as mk
from tests.test_oracle_classes import ROWS

NAMESPACES = [
    "",
    "activations",
    "applications",
    "applications.convnext",
    "applications.densenet",
    "applications.efficientnet",
    "applications.efficientnet_v2",
    "applications.imagenet_utils",
    "applications.inception_resnet_v2",
    "applications.inception_v3",
    "applications.mobilenet",
    "applications.mobilenet_v2",
    "applications.mobilenet_v3",
    "applications.nasnet",
    "applications.resnet",
    "applications.resnet50",
    "applications.resnet_v2",
    "applications.vgg16",
    "applications.vgg19",
    "applications.xception",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets.boston_housing",
    "datasets.california_housing",
    "datasets.cifar10",
    "datasets.cifar100",
    "datasets.fashion_mnist",
    "datasets.imdb",
    "datasets.mnist",
    "datasets.reuters",
    "distillation",
    "distribution",
    "dtype_policies",
    "export",
    "initializers",
    "layers",
    "legacy.saving",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "ops",
    "ops.image",
    "ops.linalg",
    "ops.nn",
    "ops.numpy",
    "optimizers",
    "optimizers.schedules",
    "quantizers",
    "random",
    "regularizers",
    "saving",
    "tree",
    "utils",
    "utils.bounding_boxes",
    "utils.legacy",
    "visualization",
    "wrappers",
]
# Names that minikeras leaves out, and why.
LEFT_OUT = {
    "FlaxLayer": "wraps a Flax module",
    "JaxLayer": "wraps a function of JAX",
    "OrbaxCheckpoint": "writes checkpoints of JAX",
    "TFSMLayer": "runs a SavedModel of TensorFlow",
    "TorchModuleWrapper": "wraps a module of torch",
    "is_nnx_enabled": "says whether JAX's NNX is in use",
}


def public(module):
    """The public functions and classes of a module of Keras."""
    for name in sorted(dir(module)):
        value = getattr(module, name)
        if not name.startswith("_") and callable(value) and not inspect.ismodule(value):
            yield name


def module_of(package, namespace):
    full = ".".join(filter(None, (package, namespace)))
    return importlib.import_module(full)


PAIRS = [(n, name) for n in NAMESPACES for name in public(module_of("keras", n))]


@functools.cache
def words_of_tests():
    folder = pathlib.Path(__file__).parent
    texts = (p.read_text("utf-8") for p in folder.rglob("*.py") if p.name != "test_complete.py")
    return frozenset(re.findall(r"\w+", "\n".join(texts)))


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_name_is_there(namespace):
    ours = mk
    for part in filter(None, namespace.split(".")):
        ours = getattr(ours, part)
    missing = [
        name
        for name in public(module_of("keras", namespace))
        if name not in LEFT_OUT and not hasattr(ours, name)
    ]
    assert not missing


def ours(namespace, name):
    """What minikeras has under a name of Keras."""
    found = mk
    for part in (*filter(None, namespace.split(".")), name):
        found = getattr(found, part)
    return found


THERE = [(n, name) for n, name in PAIRS if name not in LEFT_OUT]


def test_names_of_one_thing_are_names_of_one_thing():
    """Aliases in Keras are aliases here."""
    groups = {}
    for namespace, name in THERE:
        theirs = getattr(module_of("keras", namespace), name)
        groups.setdefault(id(theirs), []).append((namespace, name))
    different = [
        group for group in groups.values() if len({id(ours(*member)) for member in group}) > 1
    ]
    # The functions of `config` for the dtype policy call those of a higher level.
    assert [g for g in different if not g[0][1].endswith("dtype_policy")] == []


def test_every_name_occurs_in_the_tests():
    """Under one of its names at the least."""
    words = words_of_tests() | {row.name.rpartition(".")[2] for row, _ in ROWS}
    seen = {id(ours(n, name)) for n, name in THERE if name in words}
    assert not sorted(f"{n}.{name}" for n, name in THERE if id(ours(n, name)) not in seen)


def test_what_is_left_out_is_not_there():
    names = {name for _, name in PAIRS}
    assert set(LEFT_OUT) <= names

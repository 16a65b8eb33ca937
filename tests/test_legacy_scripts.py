"""Programs written for Keras, run unchanged: names, modules of old, the command line."""

import importlib
import io
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

import minikeras as mk
from minikeras.legacy import modules
from tests.support import assert_close, values

ROOT = pathlib.Path(mk.__file__).parents[1]


def _run(*words, cwd, **environment):
    return subprocess.run(
        [sys.executable, *words], cwd=cwd, capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), "KERAS_BACKEND": "numpy", **environment},
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(modules.MODULES))
def test_modules_of_old_are_imported(name):
    module = importlib.import_module(f"minikeras.{name}")
    parent, _, short = f"minikeras.{name}".rpartition(".")
    assert getattr(importlib.import_module(parent), short) is module


PLACES = [
    ("layers.core", "Dense", "layers"),
    ("layers.convolutional", "Convolution2D", "layers"),
    ("layers.recurrent", "LSTM", "layers"),
    ("layers.normalization", "BatchNormalization", "layers"),
    ("layers.advanced_activations", "PReLU", "layers"),
    ("engine.topology", "Layer", "layers"),
    ("engine", "Model", "models"),
    ("objectives", "categorical_crossentropy", "losses"),
    ("utils.np_utils", "to_categorical", "utils"),
    ("utils.data_utils", "get_file", "utils"),
    ("initializations", "RandomUniform", "initializers"),
]


@pytest.mark.parametrize("place, name, today", PLACES)
def test_names_stood_elsewhere(place, name, today):
    found = getattr(importlib.import_module(f"minikeras.{place}"), name)
    assert found is getattr(getattr(mk, today), name)


def test_names_that_are_gone():
    assert mk.constraints.maxnorm is mk.constraints.MaxNorm
    assert mk.losses.kld is mk.losses.kl_divergence
    assert mk.layers.Deconvolution2D is mk.layers.Conv2DTranspose
    assert mk.initializers.normal is mk.initializers.RandomNormal
    assert mk.models.Input is mk.Input
    with pytest.raises(AttributeError, match="no attribute 'Danse'"):
        mk.layers.Danse  # noqa: B018
    with pytest.raises(ImportError):
        importlib.import_module("minikeras.layers.klayers")


SCRIPT = """
import sys
import numpy as np
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation, Flatten
from keras.layers import Convolution2D, MaxPooling2D
from keras.layers.convolutional import *
from keras.optimizers import SGD
from keras.utils import np_utils
from keras import backend as K
from tensorflow.keras.layers import Dense as TFDense
import tf_keras

assert TFDense is Dense and tf_keras.layers.Dense is Dense
model = Sequential()
model.add(Convolution2D(4, 3, 3, border_mode='valid', input_shape=(8, 8, 1)))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(10))
model.add(Activation('softmax'))
sgd = SGD(lr=0.01, decay=1e-6, momentum=0.9, nesterov=True)
model.compile(loss='categorical_crossentropy', optimizer=sgd, metrics=['accuracy'])
y = np_utils.to_categorical(np.arange(20) % 10, 10)
history = model.fit(np.random.rand(20, 8, 8, 1), y, nb_epoch=2, batch_size=10, verbose=0)
print(sys.argv[1:], sorted(history.history), model.layers[0].kernel_size)
"""


@pytest.mark.parametrize("era, accuracy", [("1", "acc"), ("2", "accuracy")])
def test_a_script_of_old(era, accuracy, tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    found = _run("-m", "minikeras", "--era", era, "script.py", "a", "--b", cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == f"['a', '--b'] ['{accuracy}', 'loss'] (3, 3)"


def test_a_module_of_old(tmp_path):
    (tmp_path / "program.py").write_text("import keras, sys\nprint(keras.__name__, sys.argv[1:])")
    found = _run("-m", "minikeras", "-m", "program", "x", cwd=tmp_path, PYTHONPATH=f"{ROOT}:.")
    assert found.stdout.split() == ["minikeras", "['x']"], found.stderr


def test_tensorflow_itself_is_not_there(tmp_path):
    (tmp_path / "s.py").write_text("import tensorflow as tf\ntf.keras.Input((1,))\ntf.Session()")
    found = _run("-m", "minikeras", "s.py", cwd=tmp_path)
    assert found.returncode == 1
    assert "tensorflow.Session is of tensorflow itself" in found.stderr and "s.py" in found.stderr


def test_the_command_line_explains_itself(tmp_path):
    assert "--era" in _run("-m", "minikeras", "--help", cwd=tmp_path).stdout
    assert _run("-m", "minikeras", cwd=tmp_path).returncode == 2
    assert _run("-m", "minikeras", "--era", "7", "x.py", cwd=tmp_path).returncode == 2


def test_without_its_folder_todays_keras_works(tmp_path):
    package = tmp_path / "minikeras"
    shutil.copytree(
        ROOT / "minikeras", package, ignore=shutil.ignore_patterns("__pycache__", "legacy")
    )
    shutil.copy(ROOT / "minikeras" / "utils" / "legacy.py", package / "utils" / "legacy.py")
    shutil.copy(ROOT / "minikeras" / "optimizers" / "legacy.py", package / "optimizers")
    (tmp_path / "modern.py").write_text(
        "import minikeras as keras, numpy as np\n"
        "model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])\n"
        "model.compile('adam', 'mse', metrics=['mae'])\n"
        "model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)\n"
        "model.save('m.keras')\n"
        "keras.models.load_model('m.keras')\n"
        "assert not hasattr(keras, 'alias') and not hasattr(model, 'predict_classes')\n"
    )
    found = _run("modern.py", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert found.returncode == 0, found.stderr


def test_names_are_looked_for_without_errors():
    for module in (mk.layers, mk.layers.pooling, mk.layers.core, mk.backend, mk):
        assert not hasattr(module, "no_such_name")
    assert mk.legacy.era() == 3


SOURCES = [
    ("saving.saving_lib", "save_model"),
    ("saving", "register_keras_serializable"),
    ("backend", "get_keras_mask"),
    ("backend.common.keras_tensor", "any_symbolic_tensors"),
    ("losses.losses", "LossFunctionWrapper"),
    ("layers.core.dense", "Dense"),
    ("models.functional", "Functional"),
    ("ops.numpy", "einsum"),
    ("utils.naming", "auto_name"),
]


@pytest.mark.parametrize(("module", "name"), SOURCES)
def test_names_are_found_where_keras_3_has_its_sources(module, name):
    assert callable(getattr(importlib.import_module(f"minikeras.src.{module}"), name))


def test_sources_that_keras_does_not_have_are_not_there():
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("minikeras.src.layers.no_such_module")
    with pytest.raises(ImportError):
        from minikeras.src.layers import NoSuchLayer  # noqa: F401
    names = importlib.import_module("minikeras.src.ops").__all__
    assert "matmul" in names and "arguments" not in names


def test_models_go_through_open_files():
    library = importlib.import_module("minikeras.src.saving.saving_lib")
    model, file = mk.Sequential([mk.Input((2,)), mk.layers.Dense(3)]), io.BytesIO()
    library.save_model(model, file)
    file.seek(0)
    twin, x = library.load_model(file), mk.ops.ones((1, 2))
    assert_close(twin(x), values(model(x)))


def test_programs_find_the_version_of_the_era(tmp_path):
    (tmp_path / "s.py").write_text(
        "import keras, tensorflow as tf\n"
        "print(keras.__version__, tf.keras.__version__, tf.__version__)\n"
        "print(keras.version() if hasattr(keras, 'version') else '')\n"
    )
    for era, version in ((), "3.15.1"), (("--era", "2"), "2.3.1"), (("--era", "1"), "1.2.2"):
        found = _run("-m", "minikeras", *era, "s.py", cwd=tmp_path).stdout.split()
        assert found[:2] == [version] * 2 and found[3] == version


def test_decorators_of_keras_2_leave_functions_as_they_are():
    interfaces = importlib.import_module("minikeras.legacy.interfaces")
    assert interfaces.legacy_get_updates_support(len) is len
    assert interfaces.generate_legacy_interface(allowed_positional_args=["x"])(len) is len

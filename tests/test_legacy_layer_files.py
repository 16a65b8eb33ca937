"""Every kind of layer in files of Keras 2: read as tf_keras wrote them, and written again."""

import json
import pathlib

import h5py
import numpy as np
import pytest

import minikeras as mk
from tests.golden import keras2_layer_cases as cases
from tests.support import assert_close

CASES = json.loads((pathlib.Path(__file__).parent / "golden" / "keras2_layers.json").read_text())
SHAPES = {name: shapes for name, (_, shapes) in cases.rows(mk).items()}


def _write(path, weights):
    """The file that tf_keras wrote: a group for each layer."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array([layer.encode() for layer, _ in weights])
        file.attrs["keras_version"], file.attrs["backend"] = "2.21.0", "tensorflow"
        for layer, arrays in weights:
            group = file.create_group(layer)
            group.attrs["weight_names"] = np.array([name.encode() for name, _ in arrays])
            for name, array in arrays:
                group[name] = np.array(array, "float32")


def _loaded(name, folder):
    case = CASES[name]
    model = mk.models.model_from_json(json.dumps(case["form"]))
    _write(folder / "weights.h5", case["weights"])
    model.load_weights(folder / "weights.h5")
    return model


def _check(model, name):
    inputs = cases.arrays(name, SHAPES[name])
    outputs = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    for found, expected in zip(outputs, CASES[name]["outputs"], strict=True):
        assert_close(found, np.array(expected), 1e-5, 1e-5, dtype=False)


@pytest.mark.parametrize("name", CASES)
def test_files_of_keras_2_predict_what_they_did(name, tmp_path):
    _check(_loaded(name, tmp_path), name)


@pytest.mark.parametrize("name", CASES)
def test_what_is_written_reads_the_same(name, tmp_path):
    model = _loaded(name, tmp_path)
    mk.legacy.saving.save_keras2(model, tmp_path / "whole.h5")
    _check(mk.models.load_model(tmp_path / "whole.h5"), name)

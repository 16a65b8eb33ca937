"""Writes ``keras2_layers.json``: every kind of layer, by tf_keras 2.

    python tests/golden/keras2_layers.py

For each case of `keras2_layer_cases`: the architecture, the outputs for its inputs, and what is in
the file of weights that tf_keras writes: for each layer the names of its arrays and the arrays.
"""

import json
import os
import pathlib
import sys

import h5py
import numpy as np
import tf_keras as keras

sys.path.insert(0, os.path.dirname(__file__))
import keras2_layer_cases as cases

OUT = pathlib.Path(__file__).parent


def decimals(dataset):
    return np.asarray(dataset[()], "float64").round(3).tolist()


def main():
    found = {}
    for name, model, shapes in cases.models(keras):
        outputs = model.predict(cases.arrays(name, shapes), verbose=0)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        model.save_weights("part.h5", save_format="h5")
        with h5py.File("part.h5") as part:
            weights = [
                [layer, [[w, decimals(part[layer][w])] for w in part[layer].attrs["weight_names"]]]
                for layer in part.attrs["layer_names"]
            ]
        os.remove("part.h5")
        found[name] = {
            "form": json.loads(model.to_json()),
            "outputs": [np.asarray(y, "float64").round(6).tolist() for y in outputs],
            "weights": weights,
        }
    (OUT / "keras2_layers.json").write_text(json.dumps(found))
    print(len(found), "cases")


if __name__ == "__main__":
    main()

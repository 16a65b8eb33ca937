"""Writes preprocessing.json and .keras files: what real Keras on TensorFlow makes of the cases.

KERAS_BACKEND=tensorflow python tests/golden/preprocessing.py          # write them anew
KERAS_BACKEND=tensorflow python tests/golden/preprocessing.py FOLDER   # read files of minikeras
"""

import json
import pathlib
import sys

import keras
import numpy as np
import tensorflow as tf

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import preprocessing_cases as cases

HERE = pathlib.Path(__file__).parent


def plain(x):
    """Tensors as nested lists, bytes as text, and their dtype."""
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, tf.RaggedTensor):
        return {"ragged": x.to_list()}
    x = tf.convert_to_tensor(x)
    values = x.numpy()
    if x.dtype == tf.string:
        values = np.vectorize(lambda b: b.decode(), otypes=[object])(values)
    return {"dtype": x.dtype.name, "shape": list(x.shape), "values": values.tolist()}


def array(x):
    """A tensor as a user would pass it."""
    return tf.constant(x, dtype="int64") if _is_int(x) else tf.constant(x)


def _is_int(x):
    while isinstance(x, list):
        x = x[0]
    return isinstance(x, int)


def learn(layer, case):
    """Adapt a layer to the data of its case."""
    if case["adapt"] is not None:
        layer.adapt(np.array(case["adapt"], object if _is_text(case["adapt"]) else None))
    elif case["batches"] is not None:
        layer.adapt(array(b) for b in case["batches"])


def _is_text(x):
    while isinstance(x, list):
        x = x[0]
    return isinstance(x, str)


def answer(case):
    """What the layer of a case computes, and what it knows afterwards."""
    layer = getattr(keras.layers, case["layer"])(**case["arguments"], name="layer")
    learn(layer, case)
    inputs = case["inputs"]
    inputs = [array(x) for x in inputs] if case["layer"] == "HashedCrossing" else array(inputs)
    call = {k: array(v) for k, v in case["call"].items()}
    found = {"outputs": plain(layer(inputs, **call))}
    form = keras.saving.serialize_keras_object(layer)
    found["config"] = json.loads(json.dumps(form["config"]))
    if hasattr(layer, "get_vocabulary"):
        found["vocabulary"] = [v if isinstance(v, str) else int(v) for v in layer.get_vocabulary()]
    return found


def answers():
    """What all cases give; an exception is noted by its class."""
    found = {}
    for name, case in cases.CASES.items():
        try:
            found[name] = answer(case)
        except Exception as error:
            found[name] = {"error": type(error).__name__, "message": str(error)[:300]}
            print(name, found[name])
    return found


def spaces():
    """What feature spaces make of rows and of a single row."""
    found = {}
    for name, arguments in cases.SPACES.items():
        space = keras.utils.FeatureSpace(**arguments, name=name)
        space.adapt({k: np.array(v) for k, v in cases.DATA.items()})
        one = {k: v[0] for k, v in cases.ROWS.items()}
        found[name] = {
            "rows": plain(space({k: tf.constant(v) for k, v in cases.ROWS.items()})),
            "one": plain(space({k: tf.constant(v) for k, v in one.items()})),
        }
        space.save(HERE / f"preprocessing_space_{name}.keras")
    return found


def models():
    """A model with several inputs, and a sequential one, saved; and what they predict."""
    keras.utils.set_random_seed(0)
    text = keras.Input((), dtype="string", name="text")
    kind = keras.Input((1,), dtype="string", name="kind")
    number = keras.Input((1,), dtype="int64", name="number")
    size = keras.Input((2,), name="size")
    layers = {
        "text": keras.layers.TextVectorization(output_mode="tf_idf", name="vectors"),
        "kind": keras.layers.StringLookup(output_mode="one_hot", name="kinds"),
        "number": keras.layers.IntegerLookup(output_mode="one_hot", name="numbers"),
        "size": keras.layers.Normalization(name="sizes"),
    }
    data = model_data()
    for name, layer in layers.items():
        layer.adapt(data[name])
    bins = keras.layers.Discretization(num_bins=3, output_mode="multi_hot", name="bins")
    bins.adapt(data["size"])
    parts = [layers[x.name](x) for x in (text, kind, number, size)]
    parts.append(keras.layers.Hashing(5, output_mode="one_hot", name="hashes")(kind))
    crossed = keras.layers.HashedCrossing(7, output_mode="one_hot", name="crossed")([kind, number])
    parts += [crossed, bins(size)]
    parts = [keras.ops.cast(p, "float32") for p in parts]
    joined = keras.layers.Concatenate()(parts)
    model = keras.Model([text, kind, number, size], keras.layers.Dense(2)(joined), name="mixed")
    model.save(HERE / "preprocessing_mixed.keras")
    vectors = keras.layers.TextVectorization(max_tokens=12, ngrams=2, output_sequence_length=5)
    vectors.adapt(cases.TEXTS)
    words = keras.Sequential(
        [
            keras.Input((1,), dtype="string"), vectors, keras.layers.Embedding(12, 3),
            keras.layers.Flatten(), keras.layers.Dense(2),
        ],
        name="words",
    )  # fmt: skip
    words.save(HERE / "preprocessing_words.keras")
    texts = tf.constant([[t] for t in cases.MORE_TEXTS])
    return {
        "mixed": plain(model([tf.constant(data[x.name]) for x in model.inputs])),
        "words": plain(words(texts)),
    }


def model_data():
    """The data that the model of several inputs learns from and is called on."""
    return {
        "text": np.array(["foo bar", "bar baz baz", "qux"]),
        "kind": np.array([["a"], ["b"], ["a"]]),
        "number": np.array([[4], [9], [4]]),
        "size": np.array([[1.0, 2.0], [3.0, 5.0], [0.0, 9.0]], "float32"),
    }


def read(folder):
    """Compare predictions of files that minikeras wrote with those that it noted beside them."""
    noted = json.loads((folder / "expected.json").read_text())
    for name, expected in noted.items():
        model = keras.models.load_model(folder / f"{name}.keras")
        if name.startswith("space"):
            found = model({k: tf.constant(v) for k, v in cases.ROWS.items()})
        elif name == "mixed":
            found = model([tf.constant(v) for v in model_data().values()])
        else:
            found = model(tf.constant([[t] for t in cases.MORE_TEXTS]))
        found = found if isinstance(found, dict) else {"": found}
        for key, value in found.items():
            values = expected[key] if key else expected
            np.testing.assert_allclose(value.numpy(), values, rtol=1e-5, atol=1e-6)
        print(name, "agrees")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        read(pathlib.Path(sys.argv[1]))
    else:
        golden = {"cases": answers(), "spaces": spaces(), "models": models()}
        text = json.dumps(golden, ensure_ascii=True, separators=(",", ":"))
        (HERE / "preprocessing.json").write_text(text + "\n")

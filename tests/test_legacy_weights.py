"""Files of weights in the layout of Keras 1 and 2, written by real Keras or by hand."""

import warnings

import h5py
import keras
import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close


def nested(k, trainable=True):
    """A model in a model, with normalization, whose order of weights depends on what is frozen."""
    inner = k.Sequential(
        [
            k.Input((5, 5, 2)),
            k.layers.Conv2D(3, 2, name="conv"),
            k.layers.BatchNormalization(name="bn_1"),
            k.layers.BatchNormalization(name="bn_2"),
        ],
        name="inner",
    )
    inner.trainable = trainable
    return k.Sequential(
        [
            k.Input((5, 5, 2)),
            inner,
            k.layers.Flatten(),
            k.layers.Normalization(name="scaled"),
            k.layers.Dense(2, name="head"),
        ],
        name="outer",
    )


def randomized(model):
    rng = np.random.default_rng(0)
    model.set_weights(
        [
            rng.uniform(0.5, 2, w.shape).astype(w.dtype) if w.dtype.kind == "f" else w
            for w in model.get_weights()
        ]
    )
    for layer in model.layers:
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
    return model


def write(model, path, group=None):
    """What ``model.save_weights(path)`` wrote before Keras 3; ``group`` as in a whole model."""
    from keras.src.legacy.saving import legacy_h5_format

    with h5py.File(path, "w") as file:
        home = file if group is None else file.create_group(group)
        legacy_h5_format.save_weights_to_hdf5_group(home, model)


def plain(path, layers, **attributes):
    """A file by hand: ``layers`` is a dict of dicts of arrays."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in layers]
        for name, arrays in layers.items():
            group = file.create_group(name)
            group.attrs["weight_names"] = [key.encode() for key in arrays]
            for key, array in arrays.items():
                group.create_dataset(key, data=array)
        file.attrs.update(attributes)
    return path


def dense(units=2, name="d"):
    return mk.Sequential([mk.Input((3,)), mk.layers.Dense(units, name=name)])


KERNEL, BIAS = np.arange(6.0, dtype="float32").reshape(3, 2), np.ones(2, "float32")


@pytest.mark.parametrize("group", [None, "model_weights"], ids=["weights", "whole model"])
@pytest.mark.parametrize("name", ["x.h5", "x.hdf5", "x.weights.h5"])
def test_files_of_real_keras_load(name, group, tmp_path):
    theirs = randomized(nested(keras))
    write(theirs, tmp_path / name, group)
    ours = nested(mk)
    ours.load_weights(tmp_path / name)
    assert_close(ours.get_weights(), theirs.get_weights(), 0, 0)
    x = np.random.default_rng(1).normal(size=(2, 5, 5, 2)).astype("float32")
    assert_close(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), 1e-5)


def test_whole_models_of_real_keras_give_their_weights(tmp_path):
    theirs = randomized(nested(keras))
    theirs.compile("adam", "mse")
    with warnings.catch_warnings(action="ignore"):  # Keras calls the format old
        theirs.save(tmp_path / "model.h5")
    ours = nested(mk)
    ours.load_weights(tmp_path / "model.h5")
    assert_close(ours.get_weights(), theirs.get_weights(), 0, 0)


@pytest.mark.parametrize("was_trainable", [True, False])
@pytest.mark.parametrize("is_trainable", [True, False])
def test_what_was_frozen_does_not_matter(was_trainable, is_trainable, tmp_path):
    theirs = randomized(nested(keras, was_trainable))
    write(theirs, tmp_path / "x.h5")
    ours = nested(mk, is_trainable)
    ours.load_weights(tmp_path / "x.h5")
    assert_close(ours.get_weights(), theirs.get_weights(), 0, 0)


def test_layers_are_found_by_name(tmp_path):
    theirs = randomized(nested(keras))
    write(theirs, tmp_path / "x.h5")
    ours = mk.Sequential(
        [
            mk.Input((48,)),
            mk.layers.Dense(2, name="head"),
            mk.layers.Dense(2, name="new", kernel_initializer="ones"),
        ]
    )
    with pytest.raises(ValueError, match=r"3 layers.*2 layers.*by_name"):
        ours.load_weights(tmp_path / "x.h5")
    ours.load_weights(tmp_path / "x.h5", by_name=True)
    assert_close(ours.get_layer("head").get_weights(), theirs.get_layer("head").get_weights(), 0, 0)
    assert_close(ours.get_layer("new").get_weights()[0], np.ones((2, 2), "float32"), 0, 0)


def test_what_does_not_fit_can_be_skipped(tmp_path):
    path = plain(tmp_path / "x.h5", {"d": {"d/kernel:0": KERNEL, "d/bias:0": BIAS}})
    model = dense(3)
    before = model.get_weights()
    for by_name in (False, True):
        with pytest.raises(ValueError, match=r"layer 'd'.*'kernel' has shape \(3, 3\).*\(3, 2\)"):
            model.load_weights(path, by_name=by_name)
        with pytest.warns(UserWarning, match="left as it was"):
            model.load_weights(path, by_name=by_name, skip_mismatch=True)
    assert_close(model.get_weights(), before, 0, 0)
    counted = plain(tmp_path / "y.h5", {"d": {"kernel": KERNEL}})
    with pytest.raises(ValueError, match="1 weights for layer 'd', which has 2"):
        dense().load_weights(counted, by_name=True)
    with pytest.warns(UserWarning, match="left as it was"):
        dense().load_weights(counted, by_name=True, skip_mismatch=True)


@pytest.mark.parametrize("dtype", ["float16", "float64", "int32"])
def test_numbers_of_other_dtypes_are_converted(dtype, tmp_path):
    path = plain(tmp_path / "x.h5", {"d": {"kernel": KERNEL.astype(dtype), "bias": BIAS}})
    model = dense()
    model.load_weights(path)
    assert_close(model.get_weights(), [KERNEL, BIAS], 0, 0)


def test_long_lists_of_names_are_spread_over_attributes(tmp_path):
    path = plain(tmp_path / "x.h5", {"d": {"kernel": KERNEL, "bias": BIAS}, "e": {}})
    with h5py.File(path, "a") as file:
        del file.attrs["layer_names"]
        file.attrs["layer_names0"], file.attrs["layer_names1"] = ["d"], [b"e"]
    model = dense()
    model.load_weights(path)
    assert_close(model.get_weights(), [KERNEL, BIAS], 0, 0)


class TestNothingIsChangedByAFileThat:
    @pytest.fixture(autouse=True)
    def _unchanged(self):
        self.model = mk.Sequential(
            [mk.Input((3,)), mk.layers.Dense(2, name="d"), mk.layers.Dense(2, name="e")]
        )
        before = self.model.get_weights()
        yield
        assert_close(self.model.get_weights(), before, 0, 0)

    def file(self, folder):
        good = {"kernel": KERNEL, "bias": BIAS}
        return plain(folder / "x.h5", {"d": good, "e": {"kernel": np.eye(2), "bias": BIAS}})

    def refuses(self, path, message, **options):
        with pytest.raises(ValueError, match=message):
            self.model.load_weights(path, **options)

    def test_has_another_shape_at_the_end(self, tmp_path):
        good = {"kernel": KERNEL, "bias": BIAS}
        path = plain(tmp_path / "x.h5", {"d": good, "e": good})
        self.refuses(path, "layer 'e'")

    @pytest.mark.parametrize("kind", ["soft", "external"])
    @pytest.mark.parametrize("place", ["e", "e/kernel"])
    def test_has_links(self, kind, place, tmp_path):
        path = self.file(tmp_path)
        other = plain(tmp_path / "other.h5", {"e": {"kernel": np.eye(2), "bias": BIAS}})
        target = place if kind == "external" else "d" if place == "e" else "d/bias"
        link = h5py.ExternalLink(other, target) if kind == "external" else h5py.SoftLink(target)
        with h5py.File(path, "a") as file:
            del file[place]
            file[place] = link
        self.refuses(path, "link")

    def test_links_to_its_weights(self, tmp_path):
        self.file(tmp_path)
        with h5py.File(tmp_path / "y.h5", "w") as file:
            file["model_weights"] = h5py.ExternalLink(tmp_path / "x.h5", "/")
        self.refuses(tmp_path / "y.h5", "link")

    def test_keeps_values_in_other_files(self, tmp_path):
        path = self.file(tmp_path)
        layout = h5py.VirtualLayout((2, 2), "float32")
        layout[:] = h5py.VirtualSource(tmp_path / "z.h5", "z", (2, 2))
        with h5py.File(path, "a") as file:
            del file["e/kernel"]
            file["e"].create_virtual_dataset("kernel", layout)
        self.refuses(path, "other files")

    def test_lacks_what_it_lists(self, tmp_path):
        path = self.file(tmp_path)
        with h5py.File(path, "a") as file:
            del file["e/bias"]
        self.refuses(path, "no member 'bias'")

    @pytest.mark.parametrize(
        ("value", "message"),
        [([b"d/nothing"], "no member"), ([3.0], "no list of strings"), ([b"\xff"], "no list of")],
    )
    def test_has_strange_names(self, value, message, tmp_path):
        path = self.file(tmp_path)
        with h5py.File(path, "a") as file:
            file["e"].attrs["weight_names"] = value
        self.refuses(path, message)

    def test_has_groups_or_strings_for_arrays(self, tmp_path):
        path = self.file(tmp_path)
        with h5py.File(path, "a") as file:
            del file["e/bias"]
            file["e"].create_group("bias")
        self.refuses(path, "no array of numbers")
        with h5py.File(path, "a") as file:
            del file["e/bias"]
            file["e/bias"] = ["a", "b"]
        self.refuses(path, "no array of numbers")

    def test_breaks_off(self, tmp_path, monkeypatch):
        path = self.file(tmp_path)
        read, seen = h5py.Dataset.__getitem__, []

        def breaking(dataset, key):
            seen.append(dataset.name)
            if len(seen) == 3:
                raise OSError("the disk is gone")
            return read(dataset, key)

        monkeypatch.setattr(h5py.Dataset, "__getitem__", breaking)
        with pytest.raises(OSError, match="disk"):
            self.model.load_weights(path)

    def test_is_of_another_layout(self, tmp_path):
        self.refuses(self.file(tmp_path), "objects_to_skip", objects_to_skip=[self.model.layers[0]])


def test_variables_of_the_model_itself(tmp_path):
    def made(k):
        class Scaled(k.Model):
            def __init__(self):
                super().__init__()
                self.head = k.layers.Dense(2, name="head")
                self.factor = self.add_weight(name="factor", shape=(2,), initializer="ones")

            def call(self, x):
                return self.head(x) * self.factor

        model = Scaled()
        model(k.ops.ones((1, 3)))
        return model

    theirs = randomized(made(keras))
    write(theirs, tmp_path / "x.h5")
    ours = made(mk)
    ours.load_weights(tmp_path / "x.h5")
    assert_close(ours.get_weights(), theirs.get_weights(), 0, 0)
    with pytest.raises(ValueError, match="itself"):
        wider = made(mk)
        wider.extra = wider.add_weight(name="extra", shape=())
        wider.load_weights(tmp_path / "x.h5")

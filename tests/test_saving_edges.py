"""Files and configurations at the edges: unbuilt models, aliases, cycles, no modules, mistakes."""

import keras
import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close

BOTH = pytest.mark.parametrize("library", [keras, mk], ids=["keras", "minikeras"])
# JAX's arrays have no way of saying how they are copied.
COPIES = pytest.mark.filterwarnings("ignore:__array__ implementation")


def graph(library):
    x = library.Input((3,), name="x")
    return library.Model(x, library.layers.Dense(2, name="d")(x))


def chain(library):
    return library.Sequential([library.Input((3,), name="x"), library.layers.Dense(2, name="d")])


@BOTH
@pytest.mark.parametrize("make", [graph, chain])
def test_layers_without_a_module_are_those_of_keras(library, make):
    model = make(library)
    config = model.get_config()
    for form in config["layers"]:
        del form["module"], form["registered_name"]
    again = type(model).from_config(config)
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    assert again.output_shape == (None, 2)


DENSE = {"class_name": "Dense", "module": "keras.layers", "config": {"units": 1}}
MISTAKES = {
    "a class without a module": ({"class_name": "Dense", "config": {"units": 1}}, TypeError),
    "an unknown class": ({**DENSE, "module": "nowhere", "class_name": "Strange"}, TypeError),
    "a list for a configuration": ({**DENSE, "config": [1, 2]}, TypeError),
    "a text for a configuration": ({**DENSE, "config": "units"}, TypeError),
    "a registered name": ({**DENSE, "registered_name": "mine>Dense"}, ValueError),
}


@BOTH
@pytest.mark.parametrize("case", MISTAKES)
def test_kinds_of_errors(library, case):
    config, error = MISTAKES[case]
    with pytest.raises(error):
        library.saving.deserialize_keras_object(config)


@BOTH
def test_unbuilt_models(library, tmp_path):
    model = library.Sequential([library.layers.Dense(2, name="d")])
    with pytest.raises(ValueError, match="has not yet been built"):
        model.save_weights(tmp_path / "m.weights.h5")
    with pytest.warns(UserWarning, match="has not yet been built"):
        model.save(tmp_path / "m.keras")
    model.save(tmp_path / "m.h5")
    for name in ("m.keras", "m.h5"):
        again = library.saving.load_model(tmp_path / name)
        assert not again.built
        assert [layer.name for layer in again.layers] == ["d"]
        assert again(np.ones((1, 3), "float32")).shape == (1, 2)


def aliased(library, name, alias):
    """A model with a layer, and perhaps a property that gives it under another name."""

    class Block(library.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = library.layers.Dense(3)

        def call(self, x):
            return self.inner(x)

    def init(self):
        library.Model.__init__(self)
        setattr(self, name, Block())

    def call(self, x):
        return getattr(self, name)(x)

    members = {"__init__": init, "call": call}
    if alias:
        members[alias] = property(lambda self: getattr(self, name))
    model = type("Aliased", (library.Model,), members)()
    model(np.ones((2, 2), "float32"))
    return model


@COPIES
@BOTH
def test_weights_are_found_under_a_property_of_their_old_name(library, tmp_path):
    old, new = aliased(library, "block", None), aliased(library, "a_block", "block")
    old.save_weights(tmp_path / "old.weights.h5")
    new.load_weights(tmp_path / "old.weights.h5")
    assert_close(new.get_weights(), old.get_weights())


def test_weights_are_not_found_under_names_of_others(tmp_path):
    old, new = aliased(mk, "block", None), aliased(mk, "a_block", "other")
    old.save_weights(tmp_path / "old.weights.h5")
    with pytest.raises(ValueError, match="do not fit, at 'a_block"):
        new.load_weights(tmp_path / "old.weights.h5")


@COPIES
@BOTH
def test_lists_that_hold_themselves(library, tmp_path):
    class Cyclic(library.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.blocks = [library.layers.Dense(2)]
            self.blocks.append(self.blocks)

        def call(self, x):
            return self.blocks[0](x)

    model, again = Cyclic(), Cyclic()
    x = np.ones((1, 3), "float32")
    model(x), again(x)
    model.save_weights(tmp_path / "c.weights.h5")
    again.load_weights(tmp_path / "c.weights.h5")
    assert_close(again.get_weights(), model.get_weights())

"""The networks of the zoo against real Keras's: layers, weights by file, predictions, arguments."""

import contextlib
import functools
import hashlib
import http.server
import json
import re
import threading

import h5py
import keras
import numpy as np
import pytest
from keras.src import applications as theirs_src
from keras.src.applications import (
    convnext as their_convnext,
    densenet as their_densenet,
    efficientnet as their_efficientnet,
    efficientnet_v2 as their_efficientnet_v2,
    nasnet as their_nasnet,
    resnet as their_resnet,
)
from keras.src.initializers import random_initializers

import minikeras as mk
from minikeras import applications
from minikeras.applications import building, imagenet_utils
from tests.support import assert_close, serialized, values

# The numbers of weights that real Keras counts, with its classifier.
COUNTS = {
    "ConvNeXtBase": 88591464,
    "ConvNeXtLarge": 197767336,
    "ConvNeXtSmall": 50223688,
    "ConvNeXtTiny": 28589128,
    "ConvNeXtXLarge": 350196968,
    "DenseNet121": 8062504,
    "DenseNet169": 14307880,
    "DenseNet201": 20242984,
    "EfficientNetB0": 5330571,
    "EfficientNetB1": 7856239,
    "EfficientNetB2": 9177569,
    "EfficientNetB3": 12320535,
    "EfficientNetB4": 19466823,
    "EfficientNetB5": 30562527,
    "EfficientNetB6": 43265143,
    "EfficientNetB7": 66658687,
    "EfficientNetV2B0": 7200312,
    "EfficientNetV2B1": 8212124,
    "EfficientNetV2B2": 10178374,
    "EfficientNetV2B3": 14467622,
    "EfficientNetV2L": 119027848,
    "EfficientNetV2M": 54431388,
    "EfficientNetV2S": 21612360,
    "InceptionResNetV2": 55873736,
    "InceptionV3": 23851784,
    "MobileNet": 4253864,
    "MobileNetV2": 3538984,
    "MobileNetV3Large": 5507432,
    "MobileNetV3Small": 2554968,
    "NASNetLarge": 88949818,
    "NASNetMobile": 5326716,
    "ResNet101": 44707176,
    "ResNet101V2": 44675560,
    "ResNet152": 60419944,
    "ResNet152V2": 60380648,
    "ResNet50": 25636712,
    "ResNet50V2": 25613800,
    "VGG16": 138357544,
    "VGG19": 143667240,
    "Xception": 22910480,
}
COUNTED_ALWAYS = {
    "DenseNet121", "DenseNet169", "DenseNet201", "InceptionResNetV2", "InceptionV3", "MobileNet",
    "ResNet50", "VGG16", "VGG19", "Xception",
}  # fmt: skip
CHANNELS_LAST_ONLY = ("ConvNeXt", "DenseNet", "NASNet")
MODULES = [
    "convnext", "densenet", "efficientnet", "efficientnet_v2", "inception_resnet_v2",
    "inception_v3", "mobilenet", "mobilenet_v2", "mobilenet_v3", "nasnet", "resnet", "resnet50",
    "resnet_v2", "vgg16", "vgg19", "xception",
]  # fmt: skip


class Quick:
    """In place of a module of random functions: zeros, for JAX compiles anew for each shape."""

    def __getattr__(self, name):
        if name not in ("normal", "truncated_normal", "uniform"):
            return getattr(their_random, name)
        return lambda shape, *args, **kwargs: np.zeros(shape, "float32")


their_random = random_initializers.random


@pytest.fixture(autouse=True)
def _quick_beginnings(monkeypatch):
    monkeypatch.setattr(random_initializers, "random", Quick())


class Thinner:
    """In place of a module of layers: those with few of the filters that are asked for."""

    KEPT = re.compile(r"predictions|block\d+_\d+_conv")  # what the shape of others decides

    def __init__(self, layers):
        self.layers = layers

    def __getattr__(self, name):
        made = getattr(self.layers, name)
        if name not in ("Conv2D", "SeparableConv2D", "Dense"):
            return made

        def thin(filters, *args, **kwargs):
            is_kept = self.KEPT.search(kwargs.get("name") or "")
            return made(filters if is_kept else max(2, filters // 32), *args, **kwargs)

        return thin


def thinned(monkeypatch, *modules):
    """The functions of both packages, making networks with few filters."""
    for module in modules:
        for package in (applications, theirs_src):
            home = getattr(package, module, None)
            if home is None:  # what Keras has in several modules
                continue
            monkeypatch.setattr(home, "layers", Thinner(home.layers))
    return {}


def _resnet(monkeypatch, stack, name, preact):
    depths = (2, 2, 3, 2)
    monkeypatch.setitem(applications.resnet.DEPTHS, 50, depths)
    first, last = ({"stride1": 1}, {}) if not preact else ({}, {"stride1": 1})

    def stacks(x):
        for i, (filters, depth) in enumerate(zip((64, 128, 256, 512), depths)):
            options = first if i == 0 else last if i == 3 else {}
            x = stack(x, filters, depth, name=f"conv{i + 2}", **options)
        return x

    return functools.partial(their_resnet.ResNet, stacks, preact, True, name=name)


def _patched(monkeypatch, module, variant, state, theirs, **options):
    """Ours with other numbers in the table of a family; Keras's general function for the same."""
    table = module._VARIANTS
    monkeypatch.setitem(table, variant, (*state, *table[variant][len(state) :]))
    return functools.partial(theirs, **options)


# By name of the public function: arguments of both, and what makes Keras's, if not the function
# of that name.
SMALL = {
    "VGG16": ({}, lambda m: thinned_vgg(m)),
    "ResNet50": (
        {},
        lambda m: _resnet(m, their_resnet.stack_residual_blocks_v1, "resnet50", False),
    ),
    "ResNet50V2": (
        {},
        lambda m: _resnet(m, their_resnet.stack_residual_blocks_v2, "resnet50v2", True),
    ),
    "DenseNet121": (
        {},
        lambda m: _patched(
            m,
            applications.densenet,
            "densenet121",
            [(1, 2, 2, 1)],
            their_densenet.DenseNet,
            blocks=[1, 2, 2, 1],
            name="densenet121",
        ),
    ),
    "MobileNet": ({"alpha": 0.25, "depth_multiplier": 2, "dropout": 0.1}, None),
    "MobileNetV2": ({"alpha": 0.35}, None),
    "MobileNetV3Small": ({"alpha": 0.5, "dropout_rate": 0}, None),
    "MobileNetV3Large": (
        {"alpha": 1.1, "minimalistic": True, "include_preprocessing": False},
        None,
    ),
    "InceptionV3": ({"input_shape": (75, 80, 3)}, lambda m: thinned(m, "inception_v3")),
    "InceptionResNetV2": (
        {"input_shape": (75, 75, 3)},
        lambda m: thinned(m, "inception_v3", "inception_resnet_v2"),
    ),
    "Xception": ({"input_shape": (71, 71, 3)}, lambda m: thinned(m, "xception")),
    "EfficientNetB0": (
        {},
        lambda m: _patched(
            m,
            applications.efficientnet,
            "b0",
            [0.3, 0.6],
            their_efficientnet.EfficientNet,
            width_coefficient=0.3,
            depth_coefficient=0.6,
            default_size=224,
            name="efficientnetb0",
        ),
    ),
    "EfficientNetV2B0": (
        {},
        lambda m: _patched(
            m,
            applications.efficientnet_v2,
            "b0",
            [applications.efficientnet_v2._B, 32, 0.3, 0.4],
            their_efficientnet_v2.EfficientNetV2,
            width_coefficient=0.3,
            depth_coefficient=0.4,
            default_size=224,
            name="efficientnetv2-b0",
        ),
    ),
    "EfficientNetV2S": (
        {},
        lambda m: _patched(
            m,
            applications.efficientnet_v2,
            "s",
            [applications.efficientnet_v2._S, 24, 0.3, 0.2],
            their_efficientnet_v2.EfficientNetV2,
            width_coefficient=0.3,
            depth_coefficient=0.2,
            default_size=384,
            name="efficientnetv2-s",
        ),
    ),
    "ConvNeXtTiny": (
        {},
        lambda m: _patched(
            m,
            applications.convnext,
            "convnext_tiny",
            [(1, 1, 2, 1), (8, 12, 16, 24)],
            their_convnext.ConvNeXt,
            depths=[1, 1, 2, 1],
            projection_dims=[8, 12, 16, 24],
            name="convnext_tiny",
        ),
    ),
    "NASNetMobile": (
        {"input_shape": (33, 32, 3)},
        lambda m: _patched(
            m,
            applications.nasnet,
            "mobile",
            [224, 4, 96, 2],
            their_nasnet.NASNet,
            penultimate_filters=96,
            num_blocks=2,
            stem_block_filters=4,
            skip_reduction=False,
            name="nasnet_mobile",
        ),
    ),
    "NASNetLarge": (
        {"input_shape": (32, 32, 3)},
        lambda m: _patched(
            m,
            applications.nasnet,
            "large",
            [331, 4, 96, 1],
            their_nasnet.NASNet,
            penultimate_filters=96,
            num_blocks=1,
            stem_block_filters=4,
            skip_reduction=True,
            name="nasnet_large",
        ),
    ),
}


def thinned_vgg(monkeypatch):
    monkeypatch.setattr(applications.vgg, "layers", Thinner(mk.layers))
    monkeypatch.setattr(theirs_src.vgg16, "layers", Thinner(keras.src.layers))


def small_ours(name, monkeypatch, **arguments):
    """A small network of a family."""
    return _small(name, monkeypatch, arguments)[0]()


def small_pair(name, monkeypatch, **arguments):
    """A small network of a family, ours and Keras's."""
    return [make() for make in _small(name, monkeypatch, arguments)]


def _small(name, monkeypatch, arguments):
    own, makes = SMALL[name]
    their_function = (makes and makes(monkeypatch)) or getattr(keras.applications, name)
    arguments = {"input_shape": (32, 32, 3), "weights": None, "classes": 5, **own, **arguments}
    if mk.config.image_data_format() == "channels_first":
        rows, columns, channels = arguments["input_shape"]
        arguments["input_shape"] = (channels, rows, columns)

    def make(package, function):
        package.utils.clear_session()
        return function(**arguments)

    return (
        functools.partial(make, mk, getattr(applications, name)),
        functools.partial(make, keras, their_function),
    )


def randomize(model):
    """Weights with which all layers matter and numbers stay moderate."""
    rng = np.random.default_rng(0)
    drawn = []
    for w in model.weights:
        shape = tuple(w.shape)
        if "kernel" in w.name:
            is_depthwise = re.search("depthwise_|depthwise/|dw", w.path)
            fan_in = np.prod(shape[:2] if is_depthwise else shape[:-1])
            drawn.append(rng.normal(size=shape) * np.sqrt(1.5 / fan_in))
        elif w.name in ("gamma", "moving_variance", "variance") or w.name.startswith("variable"):
            drawn.append(rng.uniform(0.7, 1.3, shape))
        else:
            drawn.append(rng.normal(size=shape) * 0.1)
    drawn = [d.astype(w.dtype) for d, w in zip(drawn, model.weights)]
    model.set_weights(drawn)


def write_legacy(model, path):
    """A file of weights as before Keras 3, the layout of the zoo."""
    from keras.src.legacy.saving import legacy_h5_format

    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


def comparable(config):
    """A configuration without what Keras writes for nothing."""
    if isinstance(config, dict):
        left_out = {"shared_object_id", "quantization_config", "build_config"}
        return {
            key: comparable(value)
            for key, value in config.items()
            if key not in left_out and (key, value) not in (("mask", None), ("training", False))
        }
    if isinstance(config, list):
        return [comparable(value) for value in config]
    return float(np.float32(config)) if isinstance(config, float) else config


def their_config(model):
    return json.loads(json.dumps(keras.saving.serialize_keras_object(model)))["config"]


def assert_same_config(ours, theirs):
    found, expected = comparable(serialized(ours)), comparable(their_config(theirs))
    for layer, their_layer in zip(found["layers"], expected["layers"]):
        assert layer == their_layer
    assert found == expected


def images(model, batch=2):
    shape = [32 if side is None else side for side in model.input_shape[1:]]
    return np.random.default_rng(1).uniform(-1, 1, (batch, *shape)).astype("float32")


def predictions(theirs, x):
    """What real Keras predicts; compiled as a whole, which is quicker than layer by layer."""
    import jax

    def run(trainable, others, x):
        return theirs.stateless_call(trainable, others, x, training=False)[0]

    trainable = [v.value for v in theirs.trainable_variables]
    others = [v.value for v in theirs.non_trainable_variables]
    return values(jax.jit(run)(trainable, others, x))


# Those that take JAX long to compile, though their layers are compared always.
SLOW = [
    "EfficientNetV2B0", "EfficientNetV2S", "InceptionResNetV2", "MobileNetV3Large", "NASNetMobile",
    "ResNet50V2",
]  # fmt: skip


@pytest.mark.parametrize("name", SMALL)
def test_networks_are_those_of_keras(name, monkeypatch, tmp_path):
    ours, theirs = small_pair(name, monkeypatch, classifier_activation=None)
    assert ours.name == theirs.name
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    assert [w.shape for w in ours.weights] == [tuple(w.shape) for w in theirs.weights]
    # What Keras does not name has a number there.
    their_names = [re.sub(r"variable(_\d+)?", "gamma", w.name) for w in theirs.weights]
    assert [w.name for w in ours.weights] == their_names
    assert_same_config(ours, theirs)
    randomize(theirs)
    theirs.save_weights(tmp_path / "new.weights.h5")
    write_legacy(theirs, tmp_path / "old.h5")
    for path in (tmp_path / "new.weights.h5", tmp_path / "old.h5"):
        ours.set_weights([np.zeros_like(w) for w in ours.get_weights()])
        ours.load_weights(path)
        assert_close(ours.get_weights(), theirs.get_weights(), 0, 0)
    if name not in SLOW:
        assert_same_predictions(ours, theirs)


@pytest.mark.long
@pytest.mark.parametrize("name", SLOW)
def test_slow_networks_predict_what_keras_predicts(name, monkeypatch):
    ours, theirs = small_pair(name, monkeypatch, classifier_activation=None)
    randomize(theirs)
    ours.set_weights(theirs.get_weights())
    assert_same_predictions(ours, theirs)


def assert_same_predictions(ours, theirs):
    x = images(ours)
    expected = predictions(theirs, x)
    assert np.ptp(expected) > 1e-3
    assert_close(ours.predict(x, verbose=0), expected, 1e-4, 1e-4 * np.abs(expected).max())


CHANNELS_FIRST = [n for n in SMALL if not n.startswith(CHANNELS_LAST_ONLY)]


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.long] * (n in SLOW)) for n in CHANNELS_FIRST],
)
def test_channels_may_come_first(name, monkeypatch):
    # The classifier of VGG sees all positions in another order.
    options = {"include_top": name != "VGG16", "pooling": "max"}
    with monkeypatch.context() as m:
        last = small_ours(name, m, **options)
    mk.config.set_image_data_format("channels_first")
    ours = small_ours(name, monkeypatch, **options)
    randomize(ours)
    last.set_weights(ours.get_weights())
    x = images(last)
    expected = last.predict(x, verbose=0)
    found = ours.predict(np.moveaxis(x, -1, 1), verbose=0)
    assert_close(found, expected, 1e-4, 1e-4 * np.abs(expected).max())


@pytest.mark.parametrize(
    "name",
    [
        n if n in ("VGG16", "EfficientNetB0") else pytest.param(n, marks=pytest.mark.long)
        for n in CHANNELS_FIRST
    ],
)
def test_configurations_with_the_channels_first_are_those_of_keras(name, monkeypatch):
    mk.config.set_image_data_format("channels_first")
    keras.config.set_image_data_format("channels_first")
    try:
        assert_same_config(*small_pair(name, monkeypatch))
    finally:
        keras.config.set_image_data_format("channels_last")


@pytest.mark.parametrize("name", ["ConvNeXtTiny", "DenseNet121", "NASNetMobile"])
def test_channels_first_is_refused_where_keras_refuses_it(name):
    mk.config.set_image_data_format("channels_first")
    with pytest.raises(ValueError, match="channels last"):
        getattr(applications, name)(weights=None)


@pytest.fixture
def no_numbers(monkeypatch):
    """Weights begin with zeros, so that even large networks are made quickly."""
    from minikeras.initializers import random as ours

    for cls in vars(ours).values():
        if isinstance(cls, type) and "__call__" in vars(cls):
            monkeypatch.setattr(
                cls, "__call__", lambda self, shape, dtype=None, **_: np.zeros(shape, dtype)
            )


@pytest.mark.parametrize(
    "name",
    [n if n in COUNTED_ALWAYS else pytest.param(n, marks=pytest.mark.long) for n in sorted(COUNTS)],
)
def test_numbers_of_weights(name, no_numbers):
    model = getattr(applications, name)(weights=None)
    assert model.count_params() == COUNTS[name]
    assert model.output_shape == (None, 1000)


def test_all_networks_are_counted():
    names = {n for n in dir(keras.applications) if n[0].isupper()}
    assert names == set(COUNTS) == {n for n in applications.__all__ if n[0].isupper()}


@pytest.mark.parametrize(
    ("name", "pooling"),
    [
        ("MobileNet", None),
        ("MobileNet", "avg"),
        ("MobileNetV3Small", "max"),
        ("ConvNeXtTiny", "avg"),
        pytest.param("VGG16", "max", marks=pytest.mark.long),
        pytest.param("EfficientNetB0", "max", marks=pytest.mark.long),
        pytest.param("NASNetMobile", "avg", marks=pytest.mark.long),
    ],
)
def test_networks_without_classifier(name, pooling, monkeypatch):
    ours, theirs = small_pair(name, monkeypatch, include_top=False, pooling=pooling)
    assert_same_config(ours, theirs)
    assert ours.output_shape == theirs.output_shape
    randomize(theirs)
    ours.set_weights(theirs.get_weights())
    x = images(ours)
    expected = predictions(theirs, x)
    assert_close(ours.predict(x, verbose=0), expected, 1e-4, 1e-4 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("MobileNet", {"include_top": False}),
        pytest.param(
            "MobileNet",
            {"include_top": False, "input_shape": (None, 40, 3)},
            marks=pytest.mark.long,
        ),
        pytest.param("MobileNetV2", {"include_top": False}, marks=pytest.mark.long),
        ("MobileNetV2", {"include_top": True, "input_shape": (96, 96, 1)}),
        pytest.param("MobileNetV3Small", {"include_top": True}, marks=pytest.mark.long),
        ("MobileNetV3Small", {"include_top": True, "input_shape": (64, 48, 4)}),
        pytest.param(
            "EfficientNetB0",
            {"include_top": True, "input_shape": (32, 32, 1)},
            marks=pytest.mark.long,
        ),
        ("EfficientNetV2B0", {"include_top": False, "input_shape": (32, 32, 1)}),
        pytest.param("EfficientNetV2B0", {"include_preprocessing": False}, marks=pytest.mark.long),
        ("ConvNeXtTiny", {"input_shape": (32, 32, 1)}),
        pytest.param(
            "ConvNeXtTiny",
            {"include_preprocessing": False, "include_top": False},
            marks=pytest.mark.long,
        ),
    ],
)
def test_shapes_and_names_follow_from_arguments(name, options, monkeypatch):
    ours, theirs = small_pair(name, monkeypatch, **{"input_shape": None, **options})
    assert (ours.name, ours.input_shape) == (theirs.name, theirs.input_shape)
    assert_same_config(ours, theirs)


@pytest.mark.parametrize(
    ("name", "input_shape"),
    [
        ("MobileNet", None),
        ("MobileNetV2", (32, 48, 3)),
        ("ConvNeXtTiny", (32, 48, 3)),
        pytest.param("MobileNetV2", None, marks=pytest.mark.long),
        pytest.param("MobileNetV3Small", None, marks=pytest.mark.long),
        pytest.param("MobileNetV3Small", (32, 48, 3), marks=pytest.mark.long),
    ],
)
def test_networks_compute_from_a_given_tensor(name, input_shape, monkeypatch):
    own, makes = SMALL[name]
    their_function = (makes and makes(monkeypatch)) or getattr(keras.applications, name)
    made = []
    for package, function in ((mk, getattr(applications, name)), (keras, their_function)):
        package.utils.clear_session()
        image = package.Input((16, 24, 3))
        x = package.layers.UpSampling2D(name="larger")(image)
        arguments = {**own, "input_tensor": x, "input_shape": input_shape, "include_top": False}
        made.append((function(weights=None, **arguments), image))
    (ours, image), (theirs, _) = made
    assert ours.layers[1].name == "larger"
    assert_same_config(ours, theirs)
    assert ours.input is image if name == "ConvNeXtTiny" else ours.input[0] is image


def small(name="MobileNet", **arguments):
    arguments = {"input_shape": (32, 32, 3), "weights": None, "alpha": 0.25, **arguments}
    return getattr(applications, name)(**arguments)


@pytest.mark.parametrize(
    ("message", "name", "arguments"),
    [
        ("weights must be", "MobileNet", {"weights": "somewhere.h5"}),
        ("1000 classes", "MobileNet", {"weights": "imagenet", "classes": 10}),
        ("pooling must be", "MobileNet", {"pooling": "mean"}),
        ("symbolic tensor", "MobileNet", {"input_tensor": np.zeros((1, 32, 32, 3))}),
        ("at least 32x32", "MobileNet", {"input_shape": (31, 32, 3)}),
        ("at least 32x32", "MobileNetV3Small", {"input_shape": (32, 31, 3)}),
        ("at least 71x71", "Xception", {"input_shape": (70, 71, 3)}),
        ("at least 75x75", "InceptionV3", {"input_shape": (75, 74, 3)}),
        ("three sides", "MobileNet", {"input_shape": (32, 32)}),
        ("three sides", "MobileNetV2", {"input_shape": (1, 32, 32, 3)}),
        ("three sides", "MobileNetV3Small", {"input_shape": (32, 32)}),
        ("must be stated", "MobileNet", {"input_shape": (None, 32, 3)}),
        ("must be stated", "NASNetLarge", {"input_shape": (None, 32, 3), "weights": "imagenet"}),
        (r"\(224, 224, 3\)", "VGG16", {"input_shape": (32, 32, 3), "weights": "imagenet"}),
        (
            "3 channels",
            "VGG16",
            {"input_shape": (32, 32, 1), "weights": "imagenet", "include_top": False},
        ),
        (r"alpha in \[0.25", "MobileNet", {"input_shape": None, "weights": "imagenet", "alpha": 3}),
        (
            "depth_multiplier",
            "MobileNet",
            {"input_shape": None, "weights": "imagenet", "depth_multiplier": 2},
        ),
        (
            "alpha in",
            "MobileNetV3Large",
            {"weights": "imagenet", "alpha": 0.75, "minimalistic": True},
        ),
        (
            "classifier_activation must be",
            "MobileNet",
            {"input_shape": None, "weights": "imagenet", "classifier_activation": "relu"},
        ),
    ],
)
def test_arguments_that_do_not_fit_are_refused(message, name, arguments):
    with pytest.raises(ValueError, match=message):
        getattr(applications, name)(**{"weights": None, **arguments})


def test_an_input_tensor_of_another_shape_is_refused():
    for tensor in (mk.Input((40, 32, 3)), mk.Input((3,))):
        with pytest.raises(ValueError, match="input_tensor must have the shape"):
            small(input_tensor=tensor)


def test_strange_numbers_of_channels_are_told():
    with pytest.warns(UserWarning, match="1 or 3 channels"):
        small(input_shape=(32, 32, 4))


class Anything:
    """Stands for layers, tensors and numbers, so that functions of the zoo run through quickly."""

    def _self(self, *args, **kwargs):
        return self

    def __getitem__(self, key):
        return (self,) * (3 if key.stop is None else 2) if isinstance(key, slice) else self

    __iter__ = None
    __call__ = __getattr__ = __add__ = __radd__ = __sub__ = __rsub__ = _self
    __mul__ = __rmul__ = __mod__ = __floordiv__ = __truediv__ = _self
    __eq__ = __ge__ = __le__ = lambda self, other: True
    __ne__ = __lt__ = __gt__ = lambda self, other: False
    __int__ = __index__ = lambda self: 8
    __hash__ = object.__hash__


def asked_files(monkeypatch, name, arguments, their_module):
    """What both packages ask `get_file` for: name, address, folder, hash."""
    asked = []

    def get_file(name, origin, cache_subdir=None, file_hash=None):
        asked.append((name, origin, cache_subdir, file_hash))
        return name

    monkeypatch.setattr(building, "get_file", get_file)
    monkeypatch.setattr(building, "Functional", Anything())
    for module in vars(applications).values():
        if hasattr(module, "Request"):
            monkeypatch.setattr(module, "layers", Anything())
            if hasattr(module, "Sequential"):
                monkeypatch.setattr(module, "Sequential", Anything())
    monkeypatch.setattr(building, "layers", Anything())
    monkeypatch.setattr(applications.inception_resnet_v2, "CustomScaleLayer", Anything())
    monkeypatch.setattr(applications.convnext, "LayerScale", Anything())
    getattr(applications, name)(weights="imagenet", **arguments)
    for module in {their_module, "resnet"}:
        home = getattr(theirs_src, module)
        for part in ("layers", "Functional", "CustomScaleLayer", "LayerScale", "Sequential"):
            if hasattr(home, part):
                monkeypatch.setattr(home, part, Anything())
    monkeypatch.setattr(keras.src.utils.file_utils, "get_file", get_file)
    getattr(keras.applications, name)(weights="imagenet", **arguments)
    return asked


def their_module(name):
    return getattr(keras.applications, name).__module__.rpartition(".")[2]


FILES = [
    *((name, {}) for name in sorted(COUNTS)),
    ("MobileNet", {"alpha": 0.25, "input_shape": (128, 128, 3)}),
    ("MobileNet", {"alpha": 0.5, "input_shape": (160, 160, 3)}),
    ("MobileNet", {"alpha": 0.75, "input_shape": (192, 192, 3)}),
    ("MobileNetV2", {"alpha": 1.4}),
    ("MobileNetV2", {"alpha": 0.35, "input_shape": (96, 96, 3)}),
    ("MobileNetV3Large", {"alpha": 0.75}),
    ("MobileNetV3Large", {"minimalistic": True}),
    ("MobileNetV3Small", {"alpha": 0.75}),
    ("MobileNetV3Small", {"minimalistic": True}),
]


@pytest.mark.filterwarnings("ignore:There are weights for square:UserWarning")
@pytest.mark.filterwarnings("ignore:`input_shape` is undefined:UserWarning")
@pytest.mark.parametrize("include_top", [True, False])
@pytest.mark.parametrize(("name", "arguments"), FILES)
def test_files_of_weights_are_those_of_keras(name, arguments, include_top, monkeypatch):
    arguments = {**arguments, "include_top": include_top}
    ours, theirs = asked_files(monkeypatch, name, arguments, their_module(name))
    assert ours == theirs
    assert ours[2] == "models"


def test_a_file_of_weights_may_be_given(monkeypatch, tmp_path):
    _, theirs = small_pair("MobileNet", monkeypatch)
    randomize(theirs)
    new, old = tmp_path / "new.weights.h5", tmp_path / "old.h5"
    theirs.save_weights(new)
    write_legacy(theirs, old)
    for path in (new, old, str(old)):
        loaded = applications.MobileNet(
            (32, 32, 3), 0.25, 2, weights=path, classes=5, classifier_activation=None
        )
        assert_close(loaded.get_weights(), theirs.get_weights(), 0, 0)
    with pytest.raises(ValueError, match="classifier_activation"):
        applications.MobileNet(
            (32, 32, 3), 0.25, 2, weights=path, classes=5, classifier_activation="tanh"
        )


def served(folder, monkeypatch):
    """A server on loopback of the files in a folder, closed at the end of the test."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    monkeypatch.setattr(handler.func, "log_message", lambda *args: None)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}/"


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.setattr(mk.config, "home", lambda: str(tmp_path / "cache"))
    return tmp_path / "cache" / "models"


def test_pretrained_weights_are_downloaded_once(cache, monkeypatch, tmp_path, capsys):
    _, theirs = small_pair("MobileNet", monkeypatch, depth_multiplier=1, classes=1000)
    randomize(theirs)
    name = "mobilenet_2_5_128_tf.h5"
    (tmp_path / "mobilenet").mkdir()
    write_legacy(theirs, tmp_path / "mobilenet" / name)
    server, address = served(tmp_path, monkeypatch)
    with contextlib.closing(server.socket):
        monkeypatch.setattr(applications.mobilenet, "STORAGE", address)
        made = applications.MobileNet((128, 128, 3), 0.25)
        server.shutdown()
    again = applications.MobileNet((128, 128, 3), 0.25, name="again")
    assert (cache / name).exists()
    for model in (made, again):
        assert_close(model.get_weights(), theirs.get_weights(), 0, 0)
    (cache / name).unlink()
    with pytest.raises(OSError, match=name):
        applications.MobileNet((128, 128, 3), 0.25)


def test_weights_for_other_sizes_are_those_for_224(cache, monkeypatch):
    asked = []
    monkeypatch.setattr(building, "get_file", lambda name, *_, **__: asked.append(name))
    monkeypatch.setattr(building.Functional, "load_weights", lambda *_: None)
    with pytest.warns(UserWarning, match="those for 224x224"):
        model = applications.MobileNet((100, 64, 3), 0.25, include_top=False)
    assert asked == ["mobilenet_2_5_224_tf_no_top.h5"]
    assert model.name == "mobilenet_0.25_224"


@pytest.mark.parametrize("rank", [3, 4])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first", None])
@pytest.mark.parametrize("dtype", ["uint8", "int32", "float16", "float32", "float64"])
def test_arrays_are_preprocessed(dtype, data_format, rank):
    channels_first = data_format == "channels_first"
    shape = ((2,) if rank == 4 else ()) + ((3, 4, 5) if channels_first else (4, 5, 3))
    x = np.random.default_rng(0).integers(0, 256, shape).astype(dtype)
    for mode in ("caffe", "tf", "torch"):
        before = x.copy()
        found = imagenet_utils.preprocess_input(x, data_format, mode)
        expected = keras.applications.imagenet_utils.preprocess_input(x.copy(), data_format, mode)
        assert isinstance(found, np.ndarray)
        tolerance = 2e-3 if dtype == "float16" else 1e-6
        assert_close(found, expected, tolerance, 100 * tolerance)
        tensor = mk.ops.convert_to_tensor(x)
        tensors = imagenet_utils.preprocess_input(tensor, data_format, mode)
        assert_close(tensors, expected, tolerance, 100 * tolerance)
        np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_symbolic_images_are_preprocessed(dtype, mode, data_format, tmp_path):
    shape = (3, 4, 5) if data_format == "channels_first" else (4, 5, 3)
    x = np.random.default_rng(0).integers(0, 256, (2, *shape)).astype(dtype)
    image = mk.Input(shape, dtype=dtype)
    model = mk.Model(image, imagenet_utils.preprocess_input(image, data_format, mode))
    expected = keras.applications.imagenet_utils.preprocess_input(x.copy(), data_format, mode)
    assert_close(model.predict(x, verbose=0), expected, 1e-5, 1e-4)
    model.save(tmp_path / "model.keras")
    loaded = mk.saving.load_model(tmp_path / "model.keras")
    assert_close(loaded.predict(x, verbose=0), expected, 1e-5, 1e-4)


@pytest.mark.parametrize("module", MODULES)
def test_each_family_has_its_way_to_preprocess(module):
    ours, theirs = getattr(applications, module), getattr(keras.applications, module)
    x = np.random.default_rng(0).uniform(0, 255, (2, 3, 3, 3)).astype("float32")
    for data_format in (None, "channels_first"):
        expected = theirs.preprocess_input(x.copy(), data_format=data_format)
        assert_close(ours.preprocess_input(x, data_format=data_format), expected, 1e-5, 1e-5)
    assert ours.decode_predictions is imagenet_utils.decode_predictions
    assert "Args:" in ours.preprocess_input.__doc__
    with pytest.raises(ValueError, match="data_format"):
        ours.preprocess_input(x, data_format="channels_middle")


def test_preprocessing_takes_known_modes_only():
    with pytest.raises(ValueError, match="mode must be"):
        imagenet_utils.preprocess_input(np.zeros((2, 2, 3)), mode="jax")
    assert imagenet_utils.preprocess_input([[[255.0, 0.0, 127.5]]], mode="tf").shape == (1, 1, 3)


@pytest.fixture
def class_index(cache, monkeypatch, tmp_path):
    """A list of classes that is served on loopback in place of that of ImageNet."""
    index = {str(i): [f"n{i:08d}", f"class {i}"] for i in range(1000)}
    path = tmp_path / "imagenet_class_index.json"
    path.write_text(json.dumps(index))
    server, address = served(tmp_path, monkeypatch)
    monkeypatch.setattr(imagenet_utils, "_CLASS_INDEX", address + path.name)
    monkeypatch.setattr(
        imagenet_utils, "_CLASS_INDEX_HASH", hashlib.md5(path.read_bytes()).hexdigest()
    )
    imagenet_utils._class_names.cache_clear()
    yield index
    imagenet_utils._class_names.cache_clear()
    server.shutdown()
    server.server_close()


def test_predictions_are_decoded(class_index, monkeypatch, cache):
    p = np.random.default_rng(0).uniform(size=(3, 1000)).astype("float32")
    monkeypatch.setattr(keras.src.applications.imagenet_utils, "CLASS_INDEX", class_index)
    for top in (1, 5, 1000):
        found = applications.vgg16.decode_predictions(mk.ops.convert_to_tensor(p), top=top)
        assert found == keras.applications.vgg16.decode_predictions(p, top=top)
    assert imagenet_utils.decode_predictions(p) == imagenet_utils.decode_predictions(p, 5)
    assert (cache / "imagenet_class_index.json").exists()


def test_predictions_that_are_none_are_refused():
    for p in (np.zeros((2, 999)), np.zeros(1000), [0.5]):
        with pytest.raises(ValueError, match=r"\(batch, 1000\)"):
            imagenet_utils.decode_predictions(p)


def test_the_list_of_classes_is_that_of_keras():
    from keras.src.applications import imagenet_utils as theirs

    assert theirs.CLASS_INDEX_PATH == imagenet_utils._CLASS_INDEX
    # The hash stands within a function of Keras.
    assert imagenet_utils._CLASS_INDEX_HASH in theirs.decode_predictions.__code__.co_consts


def test_a_network_is_tuned_to_other_classes():
    mk.utils.set_random_seed(0)
    base = small(include_top=False, pooling="avg")
    randomize(base)
    base.trainable = False
    images = mk.Input((32, 32, 3))
    x = applications.mobilenet.preprocess_input(images)
    x = base(x, training=False)
    model = mk.Model(images, mk.layers.Dense(2, activation="softmax")(x))
    rng = np.random.default_rng(0)
    y = np.arange(32) % 2
    x = rng.uniform(0, 255, (32, 32, 32, 3)) * (0.3 + 0.7 * y[:, None, None, None])
    assert len(model.trainable_weights) == 2
    frozen = base.get_weights()
    model.compile(mk.optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["accuracy"])
    losses = model.fit(x, y, epochs=6, batch_size=16, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert_close(base.get_weights(), frozen, 0, 0)
    base.trainable = True
    model.compile(mk.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=1, batch_size=16, verbose=0)
    changed = [not np.array_equal(a, b) for a, b in zip(base.get_weights(), frozen)]
    assert sum(changed) >= len(base.trainable_weights) * 0.9


@pytest.mark.parametrize(
    "name",
    [
        "ConvNeXtTiny",
        pytest.param("MobileNetV3Small", marks=pytest.mark.long),
        pytest.param("InceptionResNetV2", marks=pytest.mark.long),
    ],
)
def test_whole_models_go_both_ways(name, monkeypatch, tmp_path):
    """Layers of the zoo's own have the names of Keras in files, too."""
    ours, theirs = small_pair(name, monkeypatch)
    x = images(ours)
    randomize(theirs)
    theirs.save(tmp_path / "theirs.keras")
    loaded = mk.saving.load_model(tmp_path / "theirs.keras")
    expected = predictions(theirs, x)
    assert_close(loaded.predict(x, verbose=0), expected, 1e-4, 1e-4)
    ours.set_weights(theirs.get_weights())
    ours.save(tmp_path / "ours.keras")
    loaded = keras.saving.load_model(tmp_path / "ours.keras")
    assert_close(predictions(loaded, x), expected, 1e-5, 1e-5)
    again = mk.saving.load_model(tmp_path / "ours.keras")
    assert_close(again.predict(x, verbose=0), expected, 1e-4, 1e-4)


def test_the_scaling_layer_has_the_name_of_keras_in_files(tmp_path):
    from keras.src.applications.inception_resnet_v2 import CustomScaleLayer as Theirs

    from minikeras.applications.inception_resnet_v2 import CustomScaleLayer as Ours

    x = np.ones((2, 3), "float32")
    for package, layer in ((mk, Ours), (keras, Theirs)):
        a = package.Input((3,))
        model = package.Model(a, layer(0.5)([a, a]))
        path = tmp_path / f"{package.__name__}.keras"
        model.save(path)
        for reader in (mk, keras):
            loaded = reader.saving.load_model(path)
            assert_close(loaded.predict(x, verbose=0), 1.5 * x)


def test_the_namespace_is_imported_on_use():
    import subprocess
    import sys

    code = (
        "import sys, minikeras; assert 'minikeras.applications' not in sys.modules; "
        "assert 'applications' in dir(minikeras); minikeras.applications.VGG16"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="nothing"):
        getattr(mk, "nothing")  # noqa: B009

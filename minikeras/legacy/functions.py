"""Functions of today that also take the arguments of Keras 1 and 2."""

import functools
import sys

import numpy as np

from minikeras import (
    activations,
    backend,
    config,
    constraints,
    metrics,
    ops,
    optimizers,
    preprocessing,
    regularizers,
    saving,
    utils,
)
from minikeras.callbacks.progbar import Progbar
from minikeras.layers.recurrent import simple_rnn
from minikeras.lazy import when_imported
from minikeras.legacy.arguments.functions import of_old
from minikeras.legacy.arguments.values_1 import hard_sigmoid_until_3
from minikeras.legacy.era import era
from minikeras.legacy.warned import warn_once
from minikeras.utils import images

# Where each function stands under its name.
_PICTURES = (images, preprocessing.image, utils)


def install():
    """Put the widened functions in the place of today's."""
    ordering = {"dim_ordering": "data_format"}
    for name, widen, places in (
        ("array_to_img", _array_to_img, _PICTURES),
        ("img_to_array", of_old("img dim_ordering", ordering), _PICTURES),
        ("load_img", _load_img, _PICTURES),
        ("normalize", of_old("a axis order", {"a": "x"}), (utils,)),
        ("to_categorical", _to_categorical, (utils,)),
        ("get_source_inputs", _get_source_inputs, (utils,)),
        ("serialize_keras_object", of_old(renamed={"instance": "obj"}), (utils, saving)),
    ):
        widened = widen(getattr(places[0], name))
        for place in places:
            setattr(place, name, widened)
    for name, old in (("set_epsilon", "e"), ("set_floatx", "floatx")):
        widened = of_old(also={old: "value"})(getattr(config, name))
        for place in (backend, config):
            setattr(place, name, widened)
    _install_relu()
    _put(activations, "hard_sigmoid", _hard_sigmoid(activations.hard_sigmoid))
    _put(activations, "get", _get_activation(activations.get))
    _put(metrics, "binary_accuracy", _of_samples(metrics.binary_accuracy))
    _install_regularizers()
    _install_constraints()
    _put(optimizers, "get", _get(optimizers.get))
    widened = of_old(also={"name": "config"})(activations.deserialize)
    _put(activations, "deserialize", widened)
    when_imported("minikeras.applications", _widen_applications)
    when_imported("minikeras.datasets.reuters", _widen_reuters)
    Progbar.__init__ = _progbar(Progbar.__init__)
    Progbar.update = _update(Progbar.update)


def _put(package, name, widened):
    """Let a package have what was widened, and that of its modules which it comes from."""
    setattr(package, name, widened)
    if widened.__module__.startswith(f"{package.__name__}."):
        setattr(sys.modules[widened.__module__], name, widened)


def _hard_sigmoid(today):
    """In eras 1 and 2 it was steeper."""

    @functools.wraps(today)
    def hard_sigmoid(x):
        return today(x) if era() == 3 else hard_sigmoid_until_3(x)

    activations.TABLE["hard_sigmoid"] = hard_sigmoid
    return hard_sigmoid


def _get_activation(today):
    @functools.wraps(today)
    def get(identifier):
        if identifier == "hard_sigmoid" and era() != 3:
            return hard_sigmoid_until_3
        return today(identifier)

    return get


def _of_samples(today):
    """In eras 1 and 2 a metric was a mean for each sample, not a value for each output."""

    @functools.wraps(today)
    def binary_accuracy(y_true, y_pred, threshold=0.5):
        found = today(y_true, y_pred, threshold)
        return found if era() == 3 or not found.shape else ops.mean(found, axis=-1)

    return binary_accuracy


def _install_relu():
    """Let `relu` take ``alpha``; wherever today's function was known, this one is."""
    today = activations.relu
    relu = of_old("x alpha max_value", {"alpha": "negative_slope"})(today)
    activations.TABLE["relu"] = relu
    _put(activations, "relu", relu)
    simple_rnn._FUSED[relu] = simple_rnn._FUSED[today]


def _get(today):
    """``get(identifier, kwargs)`` of Keras 1: arguments of what a name stands for."""

    @functools.wraps(today)
    def get(identifier, kwargs=None):
        if kwargs and isinstance(identifier, str):
            identifier = type(today(identifier))(**kwargs)
        return today(identifier)

    get.__legacy_args__ = ("kwargs",)
    return get


def _install_regularizers():
    for cls, name in ((regularizers.L1, "l1"), (regularizers.L2, "l2")):
        cls.__init__ = of_old(f"self {name}", also={"l": name})(cls.__init__)
    regularizers.Regularizer.set_layer = set_layer
    regularizers.Regularizer.set_param = set_param
    _put(regularizers, "get", _get(regularizers.get))
    vars(regularizers).pop("l1_l2", None)
    regularizers.__getattr__ = _by_era(regularizers.__getattr__)
    regularizers.TABLE.update(
        l1_l2=l1_l2, l1l2=l1_l2, activity_l1l2=l1_l2, activity_l1=regularizers.L1,
        activity_l2=regularizers.L2,
    )  # fmt: skip


def _by_era(others):
    """``keras.regularizers.l1_l2``: today the same as `L1L2`; what `others` know goes to them."""

    def find(name):
        if name == "l1_l2":
            return regularizers.L1L2 if era() == 3 else l1_l2
        return others(name)

    return find


def set_layer(self, _):
    """Nothing: regularizers have not known their layers since Keras 1.2."""
    warn_once("regularizer.set_layer", "nothing: it does nothing")


def set_param(self, _):
    """Nothing: regularizers have not known their weights since Keras 1.2."""
    warn_once("regularizer.set_param", "nothing: it does nothing")


class l1_l2(regularizers.L1L2):
    """`L1L2`, which in eras 1 and 2 had other defaults under this name: 0.01 for both.

    Args:
        l1, l2: numbers of at least 0.

    >>> import minikeras as keras
    >>> with keras.legacy.era_scope(2):
    ...     keras.regularizers.l1_l2(l1=0.5).l2
    0.01
    """

    def __new__(cls, l1=None, l2=None):  # pyright: ignore[reportInconsistentConstructor]
        """A regularizer of the class `L1L2`."""
        default = 0.0 if era() == 3 else 0.01
        return regularizers.L1L2(default if l1 is None else l1, default if l2 is None else l2)


def _install_constraints():
    """``MaxNorm(m=2)``, ``MinMaxNorm(low=0)``, and a call by ``p=``."""
    for cls, old in (
        (constraints.MaxNorm, {"m": "max_value"}),
        (constraints.MinMaxNorm, {"low": "min_value", "high": "max_value"}),
    ):
        cls.__init__ = of_old(renamed=old)(cls.__init__)
        for name, now in old.items():
            doc = f"The same as `{now}`."
            setattr(cls, name, property(lambda self, now=now: getattr(self, now), doc=doc))
    for cls in (constraints.Constraint, *constraints.Constraint.__subclasses__()):
        cls.__call__ = of_old(also={"p": "w"})(cls.__call__)
    _put(constraints, "get", _get(constraints.get))
    constraints.TABLE.update(
        maxnorm=constraints.MaxNorm, nonneg=constraints.NonNeg, unitnorm=constraints.UnitNorm
    )


def _widen_reuters(module):
    module.load_data = of_old(renamed={"nb_words": "num_words"})(module.load_data)


def _widen_applications(applications):
    """Networks that had Keras's first way of scaling pixels let one choose another."""
    utils = applications.imagenet_utils
    scaled = utils.preprocess_input
    utils.preprocess_input = of_old("x dim_ordering", {"dim_ordering": "data_format"})(scaled)
    for name in ("resnet50", "vgg16", "vgg19"):
        module = getattr(applications, name)
        module.preprocess_input = _preprocess_input(module.preprocess_input, scaled)
    applications.resnet.preprocess_input = applications.resnet50.preprocess_input


def _preprocess_input(today, scaled):
    @of_old("x dim_ordering", {"dim_ordering": "data_format"})
    @functools.wraps(today)
    def preprocess_input(x, data_format=None, mode=None):
        return today(x, data_format) if mode is None else scaled(x, data_format, mode)

    preprocess_input.__legacy_args__ = ("dim_ordering", "data_format", "mode")
    return preprocess_input


def _array_to_img(today):
    @of_old("x dim_ordering scale", {"dim_ordering": "data_format"})
    @functools.wraps(today)
    def array_to_img(x, data_format=None, scale=True, dtype=None):
        if scale and era() != 3:  # 0 stayed black
            from minikeras.legacy.preprocessing.affine import stretched

            x, scale = stretched(x), False
        return today(x, data_format, scale, dtype)

    return array_to_img


def _load_img(today):
    """With ``grayscale`` as the second argument, and in Keras 1 the size behind it."""

    @functools.wraps(today)
    def load_img(path, *args, **kwargs):
        is_gray = kwargs.pop("grayscale", None)
        if args and isinstance(args[0], (bool, np.bool_)):
            is_gray, args = args[0], args[1:]
            if args and not isinstance(args[0], str):
                args = ("rgb", *args)
        if is_gray:
            kwargs["color_mode"], args = "grayscale", args[1:] and ("grayscale", *args[1:])
            if args:
                del kwargs["color_mode"]
        return today(path, *args, **kwargs)

    load_img.__legacy_args__ = ("grayscale", "color_mode", "target_size", "interpolation")
    return load_img


def _to_categorical(today):
    @of_old("y nb_classes", {"y": "x", "nb_classes": "num_classes"})
    @functools.wraps(today)
    def to_categorical(x, num_classes=None, dtype=None):
        rows = today(x, num_classes)
        if dtype is None and era() == 2:
            dtype = "float32"
        return rows if dtype is None else rows.astype(dtype)

    to_categorical.__legacy_args__ = ("y", "nb_classes", "dtype")
    return to_categorical


def _get_source_inputs(today):
    @functools.wraps(today)
    def get_source_inputs(tensor, layer=None, node_index=None):
        if layer is None:
            return today(tensor)
        outputs = layer.get_output_at(node_index or 0)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        found = {id(x): x for output in outputs for x in today(output)}
        return list(found.values())

    get_source_inputs.__legacy_args__ = ("layer", "node_index")
    return get_source_inputs


def _progbar(today):
    @functools.wraps(today)
    def __init__(self, target, width=None, *args, **kwargs):
        if width is None:
            width = 20 if era() == 3 else 30
        today(self, target, width, *args, **kwargs)

    return __init__


def _update(today):
    """With ``force`` of Keras 1: show it now, however short the time since the last update."""

    @functools.wraps(today)
    def update(self, current, values=None, finalize=None, **kwargs):
        force = kwargs.pop("force", False)
        if era() == 1 and finalize is not None:
            force, finalize = finalize, None
        if force:
            self._last_shown = None
        today(self, current, values, finalize, **kwargs)

    update.__legacy_args__ = ("force",)
    return update

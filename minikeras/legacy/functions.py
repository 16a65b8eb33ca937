"""Functions of today that also take the arguments of Keras 1 and 2."""

import functools

import numpy as np

from minikeras import preprocessing, saving, utils
from minikeras.callbacks.progbar import Progbar
from minikeras.legacy.arguments.functions import of_old
from minikeras.legacy.era import era
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
    Progbar.__init__ = _progbar(Progbar.__init__)
    Progbar.update = _update(Progbar.update)


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

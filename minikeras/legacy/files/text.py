"""Architectures as YAML and as plain values, which Keras 1 and 2 also read and wrote."""

from minikeras.guarded import json_text, yaml_text
from minikeras.legacy.files.form_of_2 import json_of_2
from minikeras.legacy.files.models import model_from_old_form


def yaml_of(model, **kwargs):
    """The architecture of a model as YAML, in the form of Keras 2."""
    return yaml_text.imported().safe_dump(json_of_2(model), **kwargs)


def model_from_yaml(yaml_string, custom_objects=None):
    """A model with the architecture that ``to_yaml`` of Keras 1 or 2 returned, and new weights.

    Args:
        yaml_string: the text. Nothing in it is run: only plain values are read.
        custom_objects: a dict from names to classes and functions of your own.

    Raises:
        ValueError: if the text holds anything else, or describes no model.
        ImportError: if PyYAML is not there: ``pip install 'keras-on-numpy[yaml]'``.

    >>> import minikeras as keras
    >>> text = '''
    ... class_name: Sequential
    ... config:
    ... - class_name: Dense
    ...   config: {name: last, units: 2, batch_input_shape: [null, 3]}
    ... keras_version: 2.2.2
    ... '''
    >>> keras.models.model_from_yaml(text).output_shape
    (None, 2)
    """
    what = "The YAML"
    form = yaml_text.parsed(yaml_string, what)
    if not isinstance(form, dict):
        raise ValueError(f"{what} describes no model. Received: {str(form)[:80]!r}")
    json_text.check(form, what)
    return model_from_old_form(form, custom_objects)


def model_from_config(config, custom_objects=None):
    """A model from its configuration as plain values, and new weights.

    Args:
        config: ``{"class_name": ..., "config": ...}``, of any version of Keras.
        custom_objects: a dict from names to classes and functions of your own.

    Raises:
        TypeError: for a list, which is a configuration of a `Sequential` of Keras 1.

    >>> import json
    >>> import minikeras as keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    >>> keras.models.model_from_config(json.loads(model.to_json())).output_shape
    (None, 2)
    """
    if isinstance(config, list):
        raise TypeError(
            "model_from_config takes a dict with class_name and config. For the configuration of "
            "a Sequential use Sequential.from_config"
        )
    return model_from_old_form(config, custom_objects)

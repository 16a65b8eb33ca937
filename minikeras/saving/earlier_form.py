"""Objects as plain values in the form that Keras wrote before version 3.

A function is its name; an object is a dict of its class name and its configuration. Nothing tells
the module that a class comes from, so the reader states which classes there are.
"""

import inspect

from minikeras.serialization import (
    CustomObjectScope,
    get_registered_name,
    get_registered_object,
)


def serialize_keras_object(instance):
    """An object with ``get_config``, or a function, as plain values; None stays None.

    Raises:
        ValueError: for what is neither.

    >>> import minikeras as keras
    >>> keras.legacy.saving.serialize_keras_object(keras.activations.relu)
    'relu'
    >>> keras.legacy.saving.serialize_keras_object(keras.regularizers.L1(0.5))
    {'class_name': 'L1', 'config': {'l1': 0.5}}
    """
    if instance is None:
        return None
    instance = inspect.unwrap(instance) if inspect.isfunction(instance) else instance
    if hasattr(instance, "get_config") and not inspect.isclass(instance):
        config = {key: _value(item) for key, item in instance.get_config().items()}
        return {"class_name": get_registered_name(type(instance)), "config": config}
    if hasattr(instance, "__name__"):
        return get_registered_name(instance)
    raise ValueError(f"An object without get_config cannot be serialized. Received: {instance!r}")


def _value(item):
    if isinstance(item, (str, int, float, bool, type(None), list, tuple, dict)):
        return item
    try:
        return serialize_keras_object(item)
    except ValueError:
        return item


def deserialize_keras_object(
    identifier, module_objects=None, custom_objects=None, printable_module_name="object"
):
    """The object that `serialize_keras_object` made ``identifier`` of.

    Args:
        identifier: plain values, a name, or an object, which stays as it is.
        module_objects: a dict from names to the classes and functions that there are.
        custom_objects: a dict of more of them, looked at first.
        printable_module_name: what to call such an object in errors.

    Raises:
        ValueError: for names that are not known, and for values of another form.

    >>> import minikeras as keras
    >>> keras.legacy.saving.deserialize_keras_object(
    ...     {"class_name": "L1", "config": {"l1": 0.5}}, module_objects=vars(keras.regularizers)
    ... ).get_config()["l1"]
    0.5
    """
    if identifier is None:
        return None
    with CustomObjectScope(custom_objects or {}):
        if isinstance(identifier, dict):
            if "class_name" not in identifier or "config" not in identifier:
                raise ValueError(
                    f"The form of a {printable_module_name} has the keys class_name and config. "
                    f"Received: {identifier!r}"
                )
            cls = _known(identifier["class_name"], module_objects, printable_module_name)
            config = identifier["config"]
            return cls.from_config(config) if hasattr(cls, "from_config") else cls(**config)
        if isinstance(identifier, str):
            found = _known(identifier, module_objects, printable_module_name)
            return found() if inspect.isclass(found) else found
    if callable(identifier):
        return identifier
    raise ValueError(f"Not the form of a {printable_module_name}. Received: {identifier!r}")


def _known(name, module_objects, kind):
    found = get_registered_object(name, module_objects=module_objects)
    if found is None:
        raise ValueError(
            f"Unknown {kind}: {name!r}. Give it in custom_objects, or register it with "
            "keras.saving.register_keras_serializable."
        )
    return found

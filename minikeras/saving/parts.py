"""What a stored model is made of, and which parts of it are not known here: nothing is made."""

from typing import NamedTuple

from minikeras import activations, serialization
from minikeras.serialization import CustomObjectScope, get_registered_object

# Forms that stand for plain values.
_PLAIN = ("__bytes__", "__ellipsis__", "__slice__", "__numpy__", "__tensor__", "__tuple__",
          "__lambda__", "__keras_tensor__", "__typespec__", "TensorShape", "TypeSpec")  # fmt: skip

_MOST = 12  # parts that a message names, of which there are seldom more than a few
_LONGEST = 60  # letters of a name in a message


class Part(NamedTuple):
    """A class or function that a file names and that is not known.

    Attributes:
        kind: ``"class"`` or ``"function"``.
        name: what to call it in ``custom_objects``.
        layers: the names of the layers that need it.
    """

    kind: str
    name: str
    layers: tuple


def unknown_parts(form, custom_objects=None):
    """The classes and functions that a configuration names and that are not known.

    Args:
        form: plain values in the form of Keras 3.
        custom_objects: a dict from names to classes and functions of your own.

    Returns:
        A list of `Part`. What a class of your own holds is not looked into: it reads it itself.

    >>> import minikeras as keras
    >>> from minikeras.saving.parts import unknown_parts
    >>> form = keras.saving.serialize_keras_object(keras.layers.Dense(1, name="last"))
    >>> unknown_parts({**form, "class_name": "Denser"})
    [Part(kind='class', name='Denser', layers=('last',))]
    """
    found = {}
    with CustomObjectScope(custom_objects or {}):
        _visit(form, None, found)
    return [Part(kind, name, tuple(layers)) for (kind, name), layers in found.items()]


def check_known(form, custom_objects=None, source="the configuration"):
    """Raise one error that names all parts that are not known.

    Raises:
        ValueError: if there are some, with how to pass them.
    """
    parts = unknown_parts(form, custom_objects)
    if not parts:
        return
    described = [
        f"{kind} {_short(name)}" + (f" (of {_list(map(_short, layers), 4)})" if layers else "")
        for kind, name, layers in parts
    ]
    given = _list((f"{_short(name)}: ..." for _, name, _ in parts), _MOST)
    raise ValueError(
        f"Unknown {_list(described, _MOST)} in {source}. If they are your own, pass "
        f"custom_objects={{{given}}}, "
        "or register them with @keras.saving.register_keras_serializable(). The weights can be "
        "read without them: keras.saving.arrays.read_arrays(path)."
    )


def _short(name):
    return repr(name if len(str(name)) <= _LONGEST else f"{str(name)[:_LONGEST]}...")


def _list(words, most):
    words = list(words)
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def _visit(value, layer, found):
    if isinstance(value, (list, tuple)):
        for item in value:
            _visit(item, layer, found)
        return
    if not isinstance(value, dict):
        return
    if "class_name" not in value or "config" not in value:
        for key, item in value.items():
            _visit_entry(key, item, layer, found)
        return
    _visit_object(value, layer, found)


def _visit_object(form, layer, found):
    class_name, config = form["class_name"], form["config"]
    if class_name in _PLAIN:
        return
    is_function = class_name == "function"
    if not is_function and isinstance(config, dict) and isinstance(config.get("name"), str):
        layer = config["name"]
    if not _is_known(form, is_function):
        kind, name = ("function", config) if is_function else ("class", class_name)
        names = found.setdefault((kind, name), [])
        if layer is not None and layer not in names:
            names.append(layer)
        return
    if is_function or get_registered_object(form.get("registered_name") or class_name):
        return
    for key, item in config.items() if isinstance(config, dict) else ():
        _visit_entry(key, item, layer, found)
    for key in ("compile_config", "inbound_nodes"):
        _visit(form.get(key), None, found)


def _visit_entry(key, value, layer, found):
    if key.endswith("activation") and isinstance(value, str):
        try:
            activations.get(value)
        except ValueError:
            found.setdefault(("function", value), []).append(layer)
    else:
        _visit(value, layer, found)


def _is_known(form, is_function):
    try:
        if is_function:
            serialization._function_from(form, None)
        else:
            serialization._class_from(form, None)
    except ValueError as error:  # other errors come again, when the model is made
        return not str(error).startswith("Unknown ")
    except TypeError:
        return True
    return True

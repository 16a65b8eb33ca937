"""Configurations: from an object to a dict of plain values, and back.

An object's configuration is read from its constructor's signature: each argument is stored on the
object under its own name (`Configurable`). The dicts are those of Keras 3 (module, class_name,
config, registered_name), so files are exchanged with it in both directions. Nothing of a file is
run when it is read, unless ``safe_mode=False`` allows it.
"""

import importlib
import inspect
import marshal
import re
import threading
import types

import numpy as np

from minikeras.backend import autodiff
from minikeras.backend.xp import is_array, to_numpy
from minikeras.guarded import limits, sizes

# Modules of Keras where classes of minikeras stand when written to a file: longest prefix first.
_KERAS_MODULES = (
    ("minikeras.optimizers.schedules", "keras.optimizers.schedules"),
    ("minikeras.models.functional", "keras.src.models.functional"),
    ("minikeras.symbolic.graph", "keras"),
    ("minikeras.dtype_policies.policy_map", "keras.dtype_policies"),
    ("minikeras.dtype_policies.quantized", "keras.dtype_policies"),
    ("minikeras.quantizers", "keras.quantizers"),
    ("minikeras.dtype_policies", "keras"),
    ("minikeras.models", "keras"),
    ("minikeras.layers.layer", "keras"),
    (
        "minikeras.layers.preprocessing.feature_space",
        "keras.src.layers.preprocessing.feature_space",
    ),
    ("minikeras.applications.convnext", "keras.src.applications.convnext"),
    (
        "minikeras.applications.inception_resnet_v2",
        "keras.src.applications.inception_resnet_v2",
    ),
    ("minikeras.layers", "keras.layers"),
    ("minikeras.utils", "keras.utils"),
    ("minikeras.initializers", "keras.initializers"),
    ("minikeras.regularizers", "keras.regularizers"),
    ("minikeras.constraints", "keras.constraints"),
    ("minikeras.activations", "keras.activations"),
    ("minikeras.losses", "keras.losses"),
    ("minikeras.metrics", "keras.metrics"),
    ("minikeras.optimizers", "keras.optimizers"),
    ("minikeras.callbacks", "keras.callbacks"),
    ("minikeras.distillation", "keras.distillation"),
    ("minikeras.random", "keras.random"),
)
# Classes that Keras exports, and so writes to files, under another name than their own.
_PUBLIC_NAMES = {"GroupedQueryAttention": "GroupQueryAttention"}
_ACTIVATIONS = ("minikeras.activations.functions", "minikeras.ops.activations")
# The modules in which classes and functions of files are looked for. There are no others.
_CLASS_MODULES = (
    "", "applications.convnext", "applications.inception_resnet_v2", "constraints", "distillation",
    "dtype_policies", "dtype_policies.policy_map", "dtype_policies.quantized", "initializers",
    "layers", "layers.preprocessing.feature_space", "losses", "metrics", "models", "optimizers",
    "optimizers.schedules", "quantizers", "random", "regularizers", "utils",
)  # fmt: skip
_FUNCTION_MODULES = ("activations", "losses", "metrics", "ops")
# Functions of these modules that are no function of tensors.
_NO_FUNCTIONS_OF_TENSORS = {
    "deserialize", "deserialize_keras_object", "get", "lookup", "serialize",
    "serialize_keras_object", "to_snake_case",
}  # fmt: skip
# What numbers of an array in a configuration may be.
_ARRAY_KINDS = "fiubcSU"


class _State(threading.local):
    custom = ()  # dicts of custom objects, innermost last
    unsafe = None  # whether code in configurations may be loaded; None where nobody said so
    shared = None  # shared_object_id -> object, while a file is read
    writing = None  # id(object) -> shared_object_id, while a file is written


_state = _State()
_names = {}  # class or function -> registered name
_global_custom_objects = {}  # registered names, and those that users put there


def register_keras_serializable(package="Custom", name=None):
    """A decorator that makes a class or function known to saved files as ``package>name``.

    Args:
        package: a string that keeps names of different projects apart.
        name: by default the name of the class or function.

    Raises:
        ValueError: if a class has no ``get_config``.

    >>> import minikeras as keras
    >>> @keras.saving.register_keras_serializable("docs")
    ... def double(x):
    ...     return x * 2
    >>> keras.saving.get_registered_name(double)
    'docs>double'
    """

    def decorate(target):
        registered_name = f"{package}>{name or target.__name__}"
        if inspect.isclass(target) and not hasattr(target, "get_config"):
            raise ValueError(
                f"Cannot register a class that does not have a get_config method. Got: {target}"
            )
        _global_custom_objects[registered_name] = target
        _names[target] = registered_name
        return target

    return decorate


def get_registered_name(obj):
    """The name under which ``obj`` (a class or function) is registered, else its own name."""
    return _names.get(obj, obj.__name__)


def get_registered_object(name, custom_objects=None, module_objects=None):
    """The class or function known as ``name``: custom, registered or of ``module_objects``."""
    for table in (custom_objects or {}, *reversed(_state.custom), _global_custom_objects):
        if name in table:
            return table[name]
    return (module_objects or {}).get(name)


def get_custom_objects():
    """The dict of custom objects that holds everywhere; change it to add some."""
    return _global_custom_objects


class CustomObjectScope:
    """A context in which names in configurations mean the given classes and functions.

    >>> import minikeras as keras
    >>> with keras.saving.CustomObjectScope({"twice": lambda x: x * 2}):
    ...     keras.activations.get("twice")(3)
    6
    """

    def __init__(self, custom_objects):
        self.custom_objects = dict(custom_objects or {})

    def __enter__(self):
        self._outer = _state.custom
        _state.custom = (*_state.custom, self.custom_objects)
        return self

    def __exit__(self, *_):
        _state.custom = self._outer


custom_object_scope = CustomObjectScope


class _Setting:
    """A context that holds one thread-local setting at a value."""

    def __init__(self, name, value):
        self.name, self.value = name, value

    def __enter__(self):
        self._outer = getattr(_state, self.name)
        setattr(_state, self.name, self.value)

    def __exit__(self, *_):
        setattr(_state, self.name, self._outer)


def unsafe_scope(allowed=True):
    """A context in which code inside configurations (lambdas) may be loaded."""
    return _Setting("unsafe", allowed)


def enable_unsafe_deserialization():
    """Allow code inside configurations to be loaded, in this thread from now on.

    Raises:
        RuntimeError: while a file is read: whoever loads it decides, not the file.
    """
    if limits.is_reading():
        raise RuntimeError("Nothing in a file can allow code in files to be loaded")
    _state.unsafe = True


def allows_unsafe():
    """Whether code inside configurations may be loaded, and files that they name be read."""
    return bool(_state.unsafe)


def sharing_scope():
    """A context in which an object that occurs twice is written once and read as one object."""
    if _state.shared is not None:
        return _Setting("shared", _state.shared)
    _state.writing = {}
    return _Setting("shared", {})


class Configurable:
    """Something whose configuration is its constructor's arguments, each stored under its name.

    Subclasses need not write ``get_config``; those that do, and call ``super().get_config()``, get
    the arguments of their parents from it.
    """

    # Arguments that are left out of the configuration while they are None.
    config_omits = frozenset()

    def __new__(cls, *args, **kwargs):
        made = super().__new__(cls)
        made._constructor_call = (args, kwargs)
        return made

    def get_config(self):
        """The constructor's arguments as plain values."""
        return {
            name: serialize_value(value)
            for name in self._config_names()
            if not ((value := self.config_value(name)) is None and name in self.config_omits)
        }

    def config_value(self, name):
        """The value of the constructor's argument ``name``."""
        if hasattr(self, name):
            return getattr(self, name)
        args, kwargs = self._constructor_call
        try:
            bound = inspect.signature(type(self).__init__).bind(self, *args, **kwargs)
        except TypeError:
            bound = None
        if bound is not None:
            bound.apply_defaults()
            extra = next(
                (
                    bound.arguments.get(p.name, {})
                    for p in bound.signature.parameters.values()
                    if p.kind is p.VAR_KEYWORD
                ),
                {},
            )
            for found in (bound.arguments, extra):
                if name in found:
                    return found[name]
        raise ValueError(
            f"{type(self).__name__} does not store its constructor's argument {name!r}. Store it "
            f"(`self.{name} = {name}`), or write a method get_config."
        )

    def _config_names(self):
        return _constructor_names(type(self))

    @classmethod
    def from_config(cls, config):
        """An object made from what `get_config` returned."""
        return cls(**{key: deserialize_value(value) for key, value in config.items()})


_constructor_names_cache = {}


def _constructor_names(cls):
    """The arguments that make up the configuration: parents' first, as far as **kwargs carry."""
    known = _constructor_names_cache.get(cls)
    if known is not None:
        return known
    names = []
    for owner in cls.__mro__:
        if "__init__" not in owner.__dict__ or owner in (object, Configurable):
            continue
        states_own = "get_config" in owner.__dict__
        parameters = list(inspect.signature(owner.__init__).parameters.values())[1:]
        if not states_own:
            own = [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
            names = [n for n in own if n not in names] + names if owner is not cls else own
            if not any(p.kind is p.VAR_KEYWORD for p in parameters):
                break
    _constructor_names_cache[cls] = names
    return names


def serialize_value(value):
    """``value`` as it stands in a configuration; built-in activations become their names."""
    if isinstance(value, types.FunctionType) and value.__module__ in _ACTIVATIONS:
        return value.__name__
    return serialize_keras_object(value)


def deserialize_value(value):
    """What `serialize_value` made a plain value of, where that can be told."""
    return deserialize_keras_object(value) if isinstance(value, (dict, list, tuple)) else value


def keras_module_of(cls):
    """The module under which Keras knows a class of minikeras, or None if it is not ours."""
    for ours, theirs in _KERAS_MODULES:
        if cls.__module__ == ours or cls.__module__.startswith(ours + "."):
            return theirs
    return None


def serialize_keras_object(obj):
    """``obj`` as plain values that JSON can hold.

    Args:
        obj: an object with ``get_config``, a function, an array, or plain values in lists, tuples
            and dicts.

    Raises:
        ValueError: if there is no such form.

    >>> import minikeras as keras
    >>> keras.saving.serialize_keras_object(keras.initializers.Zeros())["class_name"]
    'Zeros'
    """
    if obj is None or isinstance(obj, (str, bool)):
        return obj
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, (int, float)):
        return obj
    if isinstance(obj, dict):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    if isinstance(obj, (list, tuple)):  # JSON has lists only; a configuration keeps the kind
        found = [serialize_keras_object(value) for value in obj]
        return tuple(found) if isinstance(obj, tuple) else found
    for kind, form in _FORMS:
        if isinstance(obj, kind):
            return form(obj)
    if hasattr(obj, "_keras_history") and hasattr(obj, "record_history"):
        return _wrap("__keras_tensor__", _tensor_config(obj))
    if is_array(autodiff.plain(obj)):
        return _wrap("__tensor__", _array_config(to_numpy(autodiff.plain(obj))))
    if hasattr(obj, "get_config"):
        return _shared(obj, _object_form(obj))
    if callable(obj) and hasattr(obj, "__name__"):
        return _function_form(obj)
    raise ValueError(
        f"A {type(obj).__name__} cannot be written to a configuration: it has no get_config. "
        f"Received: {obj!r}"
    )


def _wrap(class_name, config):
    return {"class_name": class_name, "config": config}


def _array_config(array):
    return {"value": array.tolist(), "dtype": array.dtype.name}


def _tensor_config(x):
    history = x._keras_history
    history = [history.operation.name, history.node_index, history.tensor_index]
    return {"shape": list(x.shape), "dtype": x.dtype, "keras_history": history}


def _shared(obj, form):
    """``form``, marked if the object was written before in this file."""
    if _state.shared is not None:
        if id(obj) in _state.writing:
            form["shared_object_id"] = _state.writing[id(obj)][0]
        else:
            _state.writing[id(obj)] = (id(obj), obj)
    return form


_FORMS = (
    (bytes, lambda b: _wrap("__bytes__", {"value": b.decode("latin-1")})),
    (type(...), lambda _: _wrap("__ellipsis__", {})),
    (
        slice,
        lambda s: _wrap(
            "__slice__",
            {name: serialize_keras_object(getattr(s, name)) for name in ("start", "stop", "step")},
        ),
    ),
    (np.dtype, lambda d: d.name),
    (np.ndarray, lambda a: _wrap("__numpy__", _array_config(a))),
)


def _object_form(obj):
    cls = type(obj)
    module, class_name = keras_module_of(cls), cls.__name__
    if module is None:
        registered_name = get_registered_name(cls)
        module = None if cls.__module__ in ("__main__", "builtins") else cls.__module__
    else:
        registered_name = cls.__name__ if module.startswith("keras.src") else None
        class_name = _PUBLIC_NAMES.get(class_name, class_name)
    form = {
        "module": module,
        "class_name": class_name,
        "config": {key: serialize_value(value) for key, value in obj.get_config().items()},
        "registered_name": registered_name,
    }
    for key in ("build_config", "compile_config"):
        getter = getattr(obj, f"get_{key}", None)
        if getter is not None:
            found = getter()
            if found is not None:
                form[key] = {k: serialize_value(v) for k, v in found.items()}
    return form


def _function_form(function):
    if isinstance(function, types.FunctionType) and function.__name__ == "<lambda>":
        return _wrap("__lambda__", {"value": _lambda_code(function)})
    return {
        "module": "builtins",
        "class_name": "function",
        "config": get_registered_name(function),
        "registered_name": "function",
    }


# How a Lambda layer calls what is stored of a lambda.
LAMBDA_PARTS = ("code", "defaults", "closure")


def _lambda_code(function):
    import base64

    code = base64.b64encode(marshal.dumps(function.__code__)).decode("ascii")
    cells = function.__closure__
    return [
        code,
        serialize_keras_object(function.__defaults__),
        None if cells is None else [serialize_keras_object(c.cell_contents) for c in cells],
    ]


def _lambda_from(value):
    if not _state.unsafe:
        raise ValueError(
            "The file holds Python code (a lambda, as of a Lambda layer): to load it would be "
            "arbitrary code execution. If you trust its source, load it with safe_mode=False."
        )
    value = value[0] if isinstance(value, list) and isinstance(value[0], dict) else value
    if isinstance(value, dict):  # of a Lambda layer
        value = [value[key] for key in LAMBDA_PARTS]
    import base64

    code, defaults, closure = value
    cells = (
        None if closure is None else tuple(types.CellType(deserialize_value(c)) for c in closure)
    )
    defaults = None if defaults is None else tuple(map(deserialize_value, defaults))
    try:
        code = marshal.loads(base64.b64decode(code))
    except (ValueError, EOFError, TypeError) as error:
        raise ValueError(
            "The lambda in the file was written by another version of Python and cannot be "
            f"loaded by this one ({error})."
        ) from None
    return types.FunctionType(code, globals(), "<lambda>", defaults, cells)


def deserialize_keras_object(config, custom_objects=None, safe_mode=True, **kwargs):
    """What `serialize_keras_object` made ``config`` of.

    Args:
        config: plain values.
        custom_objects: a dict from names to classes and functions of your own.
        safe_mode: whether to refuse configurations that hold code. What was said for a whole file,
            or by ``enable_unsafe_deserialization``, goes before it.

    Raises:
        ValueError: for an unknown class or function, with the names that come close.
        TypeError: if a class is found that is not meant to be made from a file.

    >>> import minikeras as keras
    >>> form = keras.saving.serialize_keras_object(keras.initializers.Constant(2.0))
    >>> keras.saving.deserialize_keras_object(form).value
    2.0
    """
    module_objects = kwargs.pop("module_objects", None)
    kwargs.pop("printable_module_name", None)  # of messages in Keras 2; ours name the class
    if kwargs:
        raise TypeError(f"deserialize_keras_object has no arguments {sorted(kwargs)}")
    if _state.unsafe is None:
        with unsafe_scope(safe_mode is False), limits.making("The configuration"):
            return deserialize_keras_object(
                config, custom_objects=custom_objects, module_objects=module_objects
            )
    if custom_objects:
        with CustomObjectScope(custom_objects):
            return deserialize_keras_object(config, module_objects=module_objects)
    if isinstance(config, (list, tuple)):
        found = [deserialize_keras_object(c, module_objects=module_objects) for c in config]
        return tuple(found) if isinstance(config, tuple) else found
    if isinstance(config, str) and module_objects is not None:
        found = get_registered_object(config, module_objects=module_objects)
        if found is None:
            return config
        return found() if inspect.isclass(found) else found
    if not isinstance(config, dict):
        return config
    if "class_name" not in config or "config" not in config:
        return {key: deserialize_keras_object(value) for key, value in config.items()}
    return _object_from(config, module_objects)


def deserialize_layer(form, custom_objects=None):
    """A layer of a model's configuration, where the module of Keras's own layers may be left out.

    Args:
        form: what `serialize_keras_object` makes of a layer, or ``{"class_name", "config"}``.
        custom_objects: a dict from names to classes and functions of your own.
    """
    if isinstance(form, dict) and "module" not in form:
        form = {**form, "module": "keras.layers"}
    return deserialize_keras_object(form, custom_objects=custom_objects)


def _array_from(config):
    if not re.fullmatch(r"[<>|=]?[a-zA-Z]+\d{0,3}", config["dtype"]):
        raise ValueError(f"An array in a configuration cannot be of dtype {config['dtype']!r}")
    dtype = np.dtype(config["dtype"])
    if dtype.kind not in _ARRAY_KINDS:
        raise ValueError(f"An array in a configuration cannot be of dtype {config['dtype']!r}")
    if dtype.kind in "SU":
        dtype = np.dtype(dtype.kind)  # as wide as the values are
    return np.array(config["value"], dtype=dtype)


_READERS = {
    "__bytes__": lambda c: c["value"].encode("latin-1"),
    "__ellipsis__": lambda c: ...,
    "__slice__": lambda c: slice(*(deserialize_value(c[k]) for k in ("start", "stop", "step"))),
    "__numpy__": lambda c: _array_from(c),
    "__tensor__": lambda c: autodiff.xp.asarray(_array_from(c)),
    "__tuple__": lambda c: tuple(deserialize_value(c["value"])),
    "__lambda__": lambda c: _lambda_from(c.get("value", c)),
}


def _object_from(form, module_objects):
    class_name, config = form["class_name"], form["config"]
    if class_name in _READERS:
        return _READERS[class_name](config)
    if class_name == "function":
        return _function_from(form, module_objects)
    identity = form.get("shared_object_id")
    if identity is not None and _state.shared is not None and identity in _state.shared:
        return _state.shared[identity]
    cls = _class_from(form, module_objects)
    if cls.__module__.startswith("minikeras.layers.") and isinstance(config, dict):
        sizes.check_layer(config, class_name)
    if not isinstance(config, (dict, list)) or (
        isinstance(config, list) and cls.__module__.startswith("minikeras.layers.")
    ):
        raise TypeError(
            f"Expected 'config' to be a dict for {class_name}. Received: {type(config).__name__}"
        )
    made = cls.from_config(config)
    build_config, compile_config = form.get("build_config"), form.get("compile_config")
    if build_config and not getattr(made, "built", True):
        made.build_from_config(build_config)
    if compile_config and hasattr(made, "compile_from_config"):
        made.compile_from_config(compile_config)
    if identity is not None and _state.shared is not None:
        _state.shared[identity] = made
    return made


def _function_from(form, module_objects):
    name = form["config"]
    if not isinstance(name, str):
        raise ValueError(f"The name of a function is a string. Received: {name!r}")
    found = _named(form, name, module_objects) or _registered_function(name)
    if found is not None:
        return found
    for module in _FUNCTION_MODULES:
        found = getattr(importlib.import_module(f"minikeras.{module}"), name, None)
        if inspect.isfunction(found) and _is_of_tensors(name, found):
            return found
    raise _unknown("function", name, form.get("module"))


def _registered_function(name):
    """The function registered by that name in whichever package, as Keras 3.6 wrote it; or None."""
    found = [
        target
        for key, target in _global_custom_objects.items()
        if key.rpartition(">")[2] == name and inspect.isfunction(target)
    ]
    return found[0] if len(found) == 1 else None


def _is_of_tensors(name, function):
    return (
        not name.startswith("_")
        and name not in _NO_FUNCTIONS_OF_TENSORS
        and function.__module__.startswith("minikeras.")
    )


def _class_from(form, module_objects):
    class_name = form["class_name"]
    found = _named(form, class_name, module_objects)
    if found is None:
        found = _public_class(form.get("module"), class_name)
        registered = form.get("registered_name")
        if found is not None and registered and registered not in (class_name, found.__name__):
            raise ValueError(
                f"registered_name={registered!r} is for a class of your own, but {class_name!r} "
                f"resolved to a Keras built-in: {found}. Register the class, or leave out the "
                "registered_name"
            )
    if found is None:
        raise _unknown("class", class_name, form.get("module"))
    return _checked(found, class_name)


def _named(form, name, module_objects):
    """What is known under the registered name of a form or else under ``name``, or None."""
    for key in (form.get("registered_name"), name):
        found = get_registered_object(key, module_objects=module_objects) if key else None
        if found is not None:
            return found
    return None


def _public_class(module, class_name):
    """The class that Keras exports as ``module.class_name``, if minikeras has it."""
    if not isinstance(module, str) or not isinstance(class_name, str):
        return None
    if module.split(".")[0] not in ("keras", "tf_keras", "minikeras"):
        return None
    parts = [p for p in module.split(".")[1:] if p != "src"]
    if parts[:1] == ["ops"]:
        from minikeras.models.operation_names import operation_class

        return operation_class(class_name)
    candidates = [".".join(parts[:n]) for n in range(len(parts), -1, -1)]
    for candidate in [*candidates, "layers", "models", "dtype_policies"]:
        if candidate not in _CLASS_MODULES or class_name.startswith("_"):
            continue
        home = importlib.import_module(".".join(filter(None, ("minikeras", candidate))))
        found = getattr(home, class_name, None)
        if inspect.isclass(found) and found.__module__.startswith("minikeras."):
            return found
    return None


def _checked(found, class_name):
    if inspect.isclass(found) and hasattr(found, "from_config"):
        return found
    raise TypeError(
        f"{class_name!r} in the configuration means {found!r}, which is not a class with "
        "from_config"
    )


class _Unknown(ValueError, TypeError):
    """A class or function that nobody knows: a TypeError in Keras."""


def _unknown(kind, name, module):
    return _Unknown(
        f"Unknown {kind} {name!r} (module {module!r}) in the configuration. If it is your own, "
        "register it with @keras.saving.register_keras_serializable() or pass "
        f"custom_objects={{{name!r}: ...}}."
    )


def lookup(identifier, family, table):
    """The object that ``identifier`` stands for, as the ``get`` functions of Keras find it.

    Args:
        identifier: None, a name, a configuration, a class, or the object itself.
        family: what is sought, in words for the message ("loss").
        table: a dict from names to classes and functions.

    Returns:
        None for None; a class is instantiated; a function is returned as it is.

    Raises:
        ValueError: if a name is unknown, with the names that come close.
    """
    if identifier is None:
        return None
    if isinstance(identifier, (str, dict)):
        found = deserialize_keras_object(identifier, module_objects=table)
        if isinstance(found, str):  # names that are not known come back
            import difflib

            close = difflib.get_close_matches(identifier, [str(key) for key in table], n=3)
            hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
            raise ValueError(
                f"Unknown {family}: {identifier!r}.{hint} Pass one of {sorted(table)}, an object "
                "or a function; your own classes are found by name within "
                "keras.saving.custom_object_scope."
            )
        return found
    if inspect.isclass(identifier):
        return identifier()
    if callable(identifier) or hasattr(identifier, "get_config"):
        return identifier
    raise ValueError(
        f"Could not interpret {family} identifier of type {type(identifier).__name__}: "
        f"{identifier!r}"
    )

"""Where things were in Keras 1 and 2: modules of old, names of old, and ``keras`` as an alias.

A module of old is a view: it finds each name in the modules of today that it is listed with, or
among the names of old. Nothing is imported before it is asked for.
"""

import importlib
import importlib.machinery
import importlib.util
import sys
import types

from minikeras.lazy import complete, when_imported
from minikeras.legacy.era import era as era_in_force, set_era
from minikeras.version import KERAS_VERSION, __version__, version

ROOT = "minikeras"
_LAYERS = ("layers",)
_ENGINE = ("", "layers", "models", "legacy.names.engine")
# Module of old, below the root -> the modules in which its names are looked for, in order.
MODULES = {
    "backend.common": ("backend", "legacy.names.backend"),
    "backend.load_backend": ("backend", "legacy.names.backend"),
    "backend.tensorflow_backend": ("backend", "legacy.names.backend"),
    "backend.theano_backend": ("backend", "legacy.names.backend"),
    "callbacks.callbacks": ("callbacks", "legacy.names.callbacks"),
    "callbacks.tensorboard_v1": ("callbacks",),
    "callbacks.tensorboard_v2": ("callbacks",),
    "engine": _ENGINE,
    "engine.base_layer": _ENGINE,
    "engine.input_layer": _ENGINE,
    "engine.network": _ENGINE,
    "engine.saving": ("models", "saving", "legacy.names.models", "legacy.names.engine_saving"),
    "engine.sequential": ("models",),
    "engine.topology": _ENGINE,
    "engine.training": ("models", "legacy.names.training"),
    "initializations": ("legacy.names.initializations", "initializers"),
    "layers.advanced_activations": _LAYERS,
    "layers.convolutional": _LAYERS,
    "layers.convolutional_recurrent": _LAYERS,
    "layers.core": _LAYERS,
    "layers.cudnn_recurrent": _LAYERS,
    "layers.embeddings": _LAYERS,
    "layers.local": _LAYERS,
    "layers.merge": _LAYERS,
    "layers.noise": _LAYERS,
    "layers.normalization": _LAYERS,
    "layers.pooling": _LAYERS,
    "layers.recurrent": _LAYERS,
    "layers.wrappers": _LAYERS,
    "legacy.interfaces": ("legacy.names.interfaces",),
    "legacy.layers": _LAYERS,
    "objectives": ("losses", "legacy.names.losses"),
    "preprocessing.image": ("legacy.preprocessing.image",),
    "preprocessing.sequence": ("legacy.preprocessing.sequence",),
    "preprocessing.text": ("legacy.preprocessing.text",),
    "utils.conv_utils": ("legacy.names.utils",),
    "utils.data_utils": ("utils", "legacy.names.utils"),
    "utils.generic_utils": ("utils", "legacy.names.utils"),
    "utils.io_utils": ("utils", "legacy.names.utils"),
    "utils.layer_utils": ("utils", "legacy.names.utils"),
    "utils.multi_gpu_utils": ("legacy.names.utils",),
    "utils.np_utils": ("utils", "legacy.names.utils"),
    "utils.training_utils": ("utils", "legacy.names.utils"),
    "utils.vis_utils": ("utils",),
    "utils.visualize_util": ("utils", "legacy.names.utils"),
    "wrappers.scikit_learn": ("legacy.scikit_learn",),
}  # fmt: skip
# Modules of today that also answer to names of old, listed in `legacy.names.<module>`.
WITH_OLD_NAMES = (
    "", "activations", "backend", "callbacks", "constraints", "initializers", "layers", "losses",
    "metrics", "models", "optimizers", "preprocessing", "regularizers", "utils",
)  # fmt: skip


def install():
    """Let modules of today answer to names of old, and modules of old be imported."""
    for name in dict.fromkeys((*WITH_OLD_NAMES, *MODULES)):  # some of MODULES are those of today
        when_imported(f"{ROOT}.{name}" if name else ROOT, _answer_to_old_names)
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
        sys.meta_path.append(_SourceFinder())


def _answer_to_old_names(module):
    full = module.__name__
    name = full.removeprefix(ROOT).removeprefix(".")
    own = module.__dict__.get("__getattr__")

    def find(attribute):
        if own is not None:
            try:
                return own(attribute)
            except AttributeError as error:
                if error.name != attribute:
                    raise
        # Names of old are those of what is widened by then.
        if not attribute.startswith("__") and complete():
            child = f"{name}.{attribute}" if name else attribute
            if child in MODULES:
                return importlib.import_module(f"{ROOT}.{child}")
            for place in (*MODULES.get(name, ()), f"legacy.names.{name or 'top'}"):
                found = _look(place, attribute)
                if found is not None:
                    return found
        raise AttributeError(f"module {full!r} has no attribute {attribute!r}", name=attribute)

    module.__getattr__ = find


def _look(place, attribute):
    """What a module has under a name, or None; modules of names of old need not exist."""
    full = f"{ROOT}.{place}" if place else ROOT
    module = sys.modules.get(full)
    if module is None:
        if not _is_there(full):
            return None
        module = importlib.import_module(full)
    found = module.__dict__.get(attribute)
    if found is None and "__getattr__" in module.__dict__ and not place.startswith("legacy."):
        found = getattr(module, attribute, None)
    return found


def _is_there(full):
    try:
        return importlib.util.find_spec(full) is not None
    except ModuleNotFoundError:  # its parent is no package
        return False


class _OldModule(types.ModuleType):
    """A module of old: its names are those of the modules of today that it is listed with."""

    def __getattr__(self, attribute):
        if attribute == "__all__":
            return sorted({n for place in self._places() for n in _public(place)})
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        complete()
        name = self.__name__.removeprefix(f"{ROOT}.")
        if f"{name}.{attribute}" in MODULES:
            return importlib.import_module(f"{self.__name__}.{attribute}")
        for place in self._places():
            found = _look(place, attribute)
            if found is not None:
                return found
        raise AttributeError(f"module {self.__name__!r} has no attribute {attribute!r}")

    def __call__(self, *args, **kwargs):
        """`keras.layers.merge` was a function in Keras 1 and a module in Keras 2."""
        parent, _, name = self.__name__.removeprefix(f"{ROOT}.").rpartition(".")
        found = _look(f"legacy.names.{parent}", name)
        if found is None:
            raise TypeError(f"the module {self.__name__!r} cannot be called")
        return found(*args, **kwargs)

    def _places(self):
        return MODULES[self.__name__.removeprefix(f"{ROOT}.")]


def _public(place):
    full = f"{ROOT}.{place}" if place else ROOT
    if not _is_there(full):
        return []
    names = vars(importlib.import_module(full))
    return names.get("__all__") or [n for n in names if not n.startswith("_")]


class _Finder:
    """Imports modules of old by their names below ``minikeras``."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname.removeprefix(f"{ROOT}.") not in MODULES or not fullname.startswith(ROOT):
            return None
        is_package = any(m.startswith(fullname.removeprefix(f"{ROOT}.") + ".") for m in MODULES)
        return importlib.machinery.ModuleSpec(fullname, self, is_package=is_package)

    def create_module(self, spec):
        return _OldModule(spec.name, f"Names that stood in keras.{spec.name[len(ROOT) + 1 :]}.")

    def exec_module(self, module):
        """A view needs no filling."""


class _SourceModule(types.ModuleType):
    """A module below ``keras.src``: public names, and `legacy.names.source`."""

    def __getattr__(self, attribute):
        if attribute == "__all__":
            found = _public(self.__name__.partition(_SOURCE)[2].partition(".")[0])
            return [name for name in found if not isinstance(getattr(self, name, sys), _MODULE)]
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        complete()
        full = f"{self.__name__}.{attribute}"
        if _is_of_source(full):
            return importlib.import_module(full)
        for place in ("legacy.names.source", *self._places()):
            found = _look(place, attribute)
            if found is not None and not isinstance(found, _MODULE):
                return found
        raise AttributeError(f"module {self.__name__!r} has no attribute {attribute!r}")

    def _places(self):
        """Modules of today that may have the name: those of the same path, its parents, all."""
        path = self.__name__.removeprefix(f"{ROOT}.src").strip(".")
        while path:
            if path.partition(".")[0] not in _INNER:
                yield path
            path = path.rpartition(".")[0]
        yield from ("", *_PUBLIC)


_MODULE = types.ModuleType
_SOURCE = f"{ROOT}.src."
# Packages whose inside is laid out differently here than in Keras.
_INNER = ("backend", "trainers", "legacy", "export")
_PUBLIC = (
    "layers", "ops", "models", "losses", "metrics", "optimizers", "optimizers.schedules",
    "callbacks", "initializers", "regularizers", "constraints", "activations", "utils", "saving",
    "random", "tree", "dtype_policies", "quantizers", "config", "backend", "distillation", "export",
)  # fmt: skip


def _is_of_source(full):
    """Whether Keras 3 has a module or package of this name below ``keras.src``."""
    path = full.removeprefix(f"{ROOT}.src").strip(".")
    package, _, module = path.rpartition(".")
    from minikeras.legacy import source_modules

    packages = source_modules.MODULES
    return path in packages or module in packages.get(package, "").split()


class _SourceFinder:
    """Imports what stands below ``minikeras.src``."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname != _SOURCE[:-1] and not fullname.startswith(_SOURCE):
            return None
        if not _is_of_source(fullname):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        return _SourceModule(spec.name, "A view of public names, where Keras 3 has its sources.")

    def exec_module(self, module):
        """A view needs no filling."""


# `keras` as an alias
# The versions that programs find in `keras.__version__` and `tensorflow.__version__`, by era.
VERSIONS = {1: "1.2.2", 2: "2.3.1", 3: KERAS_VERSION}
TENSORFLOW_VERSIONS = {1: "1.2.0", 2: "2.3.0", 3: "2.20.0"}

ALIASES = ("keras", "tensorflow.keras", "tf_keras", "tensorflow.python.keras")


def alias(era=None, names=ALIASES):
    """Let ``import keras``, ``from tensorflow.keras import ...`` and the like give minikeras.

    Args:
        era: 1, 2 or 3: what ambiguous calls mean from now on; unchanged by default.
        names: the names that stand for minikeras.

    Modules that were imported under these names before stay as they are. ``keras.__version__`` is
    that of the Keras of the era, which programs ask for; `minikeras.version` has minikeras's own.

    >>> import minikeras
    >>> minikeras.alias(names=("old_keras",))
    >>> from old_keras.layers.core import Dense
    >>> Dense is minikeras.layers.Dense
    True
    """
    if era is not None:
        set_era(era)
    known = next((f for f in sys.meta_path if isinstance(f, _Alias)), None)
    if known is None:
        known = _Alias()
        sys.meta_path.insert(0, known)
    known.names.update(names)
    if "keras" in names:
        root = sys.modules[ROOT]
        root.__version__ = VERSIONS[era_in_force()]
        root.version = lambda: root.__version__


def unalias():
    """Take back what `alias` did; modules that a program holds stay as they are.

    >>> import minikeras
    >>> minikeras.alias(names=("old_keras",))
    >>> import old_keras
    >>> minikeras.legacy.unalias()
    >>> import importlib.util
    >>> importlib.util.find_spec("old_keras") is None
    True
    """
    names = _aliases()
    sys.meta_path[:] = [f for f in sys.meta_path if not isinstance(f, _Alias)]
    for full, module in list(sys.modules.items()):
        is_named = any(f"{full}.".startswith(f"{name}.") for name in names)
        is_of_alias = is_named and module.__name__.partition(".")[0] == ROOT
        if is_of_alias or isinstance(module, _Absent):
            del sys.modules[full]
    root = sys.modules[ROOT]
    root.__version__, root.version = __version__, version


def _aliases():
    return {name for finder in sys.meta_path if isinstance(finder, _Alias) for name in finder.names}


class _Alias:
    """Imports minikeras's modules under other names: the same module objects."""

    def __init__(self):
        self.names = set()

    def find_spec(self, fullname, path=None, target=None):
        if self._target(fullname) is not None or self._is_parent(fullname):
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def _target(self, fullname):
        """The name of the module of minikeras that ``fullname`` stands for, or None."""
        for name in self.names:
            if fullname == name or fullname.startswith(name + "."):
                target = ROOT + fullname[len(name) :]
                try:
                    return target if importlib.util.find_spec(target) is not None else None
                except ModuleNotFoundError:
                    return None
        return None

    def _is_parent(self, fullname):
        """Whether it is a package that only holds a name that stands for minikeras."""
        return any(name.startswith(fullname + ".") for name in self.names)

    def create_module(self, spec):
        target = self._target(spec.name)
        if target is not None:
            module = importlib.import_module(target)
            spec.loader_state = module.__spec__
            return module
        return _Absent(spec.name)

    def exec_module(self, module):
        """The module was made by its own loader; only its own description is put back."""
        state = getattr(module.__spec__, "loader_state", None)
        if isinstance(state, importlib.machinery.ModuleSpec):
            module.__spec__ = state


class _Absent(types.ModuleType):
    """Stands for TensorFlow while only its part ``keras`` is asked for."""

    __path__ = []

    def __getattr__(self, attribute):
        if attribute == "__version__" and self.__name__ == "tensorflow":
            return TENSORFLOW_VERSIONS[era_in_force()]
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        if any(f"{name}.".startswith(f"{self.__name__}.{attribute}.") for name in _aliases()):
            return importlib.import_module(f"{self.__name__}.{attribute}")
        raise AttributeError(
            f"{self.__name__}.{attribute} is of {self.__name__.partition('.')[0]} itself, which "
            "does not lie beneath minikeras: only its part `keras` is here"
        )

"""A row of a class: one object, what it is called with, and how that is compared."""

import dataclasses

import numpy as np

from minikeras import tree


@dataclasses.dataclass(frozen=True)
class ClassRow:
    """An object of a public class with its call, or the call of a public function.

    Made by `row`. What ``inputs`` are is up to the runner of the namespace: the inputs of a layer,
    targets and predictions of a loss, the shape that an initializer fills.
    """

    name: str
    inputs: tuple
    arguments: dict
    call: dict = dataclasses.field(default_factory=dict)
    tolerance: float | None = None
    left_out: tuple = ()
    reason: str = ""

    def called(self, **call):
        """With further named arguments of the call: ``training=True``, masks, initial states."""
        return dataclasses.replace(self, call={**self.call, **call})

    def within(self, tolerance):
        """With another tolerance, relative and absolute."""
        return dataclasses.replace(self, tolerance=tolerance)

    def without(self, *aspects, reason):
        """But for these aspects; the reason says why Keras has none that is right."""
        return dataclasses.replace(self, left_out=aspects, reason=reason)

    @property
    def namespace(self):
        """``"layers"`` of ``"layers.Dense"``."""
        return self.name.rpartition(".")[0]

    @property
    def label(self):
        """A short name for the listing of tests."""
        settings = (f"{k}={v}" for k, v in self.arguments.items() if len(str(v)) < 16)
        return ",".join((self.name, *settings, *self.call))


def row(name, /, *inputs, **arguments):
    """``keras.<name>(**arguments)`` called with ``inputs``; for functions it is one call."""
    return ClassRow(name, inputs, arguments)


@dataclasses.dataclass(frozen=True)
class Made:
    """An object among the arguments that each library makes of its own class."""

    name: str
    args: tuple
    kwargs: dict


def made(name, /, *args, **kwargs):
    """What ``keras.<name>(*args, **kwargs)`` gives in either library."""
    return Made(name, args, kwargs)


@dataclasses.dataclass(frozen=True)
class OfLibrary:
    """A thing among the arguments that each library has under the same name."""

    name: str


def of_library(name):
    """``keras.<name>`` of either library."""
    return OfLibrary(name)


def built(structure, library):
    """The arguments as a library takes them: everything `made` is made."""
    if isinstance(structure, Made):
        args, kwargs = built((structure.args, structure.kwargs), library)
        return found(library, structure.name)(*args, **kwargs)
    if isinstance(structure, OfLibrary):
        return found(library, structure.name)
    if isinstance(structure, dict):
        return {k: built(v, library) for k, v in structure.items()}
    if type(structure) in (list, tuple):
        return type(structure)(built(v, library) for v in structure)
    return structure


def found(library, name):
    """The thing with a dotted name below the library."""
    for part in name.split("."):
        library = getattr(library, part)
    return library


def tensors(structure):
    """The structure with tensors of minikeras for the arrays of NumPy."""
    from minikeras import ops

    return tree.map_structure(
        lambda x: ops.convert_to_tensor(x) if isinstance(x, np.ndarray) else x, structure
    )

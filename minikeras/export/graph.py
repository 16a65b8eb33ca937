"""Graph: an ONNX graph under construction, and how calls are translated into its nodes.

A translation is a function of the graph, the call (a `forward.Site`) and the arguments of the call:
tensors as `Value`, other arguments as they are, settings by name. It adds nodes and returns the
name of its result, or a tuple of names. Families of translations stand in files of their own; each
is entered into one table by the name of its primitive.
"""

from typing import NamedTuple

from minikeras.backend.program.program import Ref
from minikeras.backend.xp import np, to_numpy
from minikeras.export.forward import Counting, Filled, Size

TRANSLATIONS = {}  # name of a primitive -> its translation
_AXES_WERE_ATTRIBUTES = ("ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd")


def translates(*names):
    """A decorator that enters a translation into the table, for one or several primitives."""

    def enter(function):
        for name in names:
            TRANSLATIONS[name] = function
        return function

    return enter


class Value(NamedTuple):
    """A tensor of the graph."""

    name: str
    shape: tuple  # of integers and `Size`
    dtype: np.dtype

    @property
    def rank(self):
        """The number of axes."""
        return len(self.shape)


class Out(NamedTuple):
    """What is known of a result beforehand."""

    shape: tuple
    dtype: np.dtype


class Graph:
    """Nodes and initializers; the methods that translations add them with.

    Args:
        onnx: the package.
        translations: a dict from names of primitives to their translations.
        opset: the version of the operators.
    """

    def __init__(self, onnx, translations, opset):
        self.onnx = onnx
        self._opset = opset
        self._translations = translations
        self.nodes = []
        self.initializers = {}  # name -> array
        self.values = {}  # slot -> Value
        self.outs = ()  # `Out` of each result of the call that is translated
        self._batch_of = None  # an input whose first side is the batch
        self._layer = None
        self._names = set()
        self._constants = {}  # contents of a constant -> its name
        self._sizes = {}  # Size -> name of an array of that one number

    @property
    def out(self):
        """What is known of the first result of the call that is translated."""
        return self.outs[0]

    def unique(self, wish):
        """``wish``, or with a number behind it if there is such a name already."""
        name, n = wish, 0
        while name in self._names:
            n += 1
            name = f"{wish}_{n}"
        self._names.add(name)
        return name

    # Tensors

    def add(self, operator, *inputs, outputs=1, **attributes):
        """Add a node; returns the name of its output, or a list of names.

        Args:
            operator: the name of the operator.
            *inputs: names, `Value`s, arrays of NumPy; None for one that is left out.
            outputs: how many there are.
            **attributes: those of the operator.
        """
        place = f"{self._layer}/{operator}" if self._layer else operator
        names = [self.unique(f"{place}:{i}" if i else place) for i in range(outputs)]
        given = [self._input(x) for x in inputs]
        if self._opset < 18:
            given, attributes = self._of_before_18(operator, given, attributes)
        node = self.onnx.helper.make_node(operator, given, names, name=names[0], **attributes)
        self.nodes.append(node)
        return names[0] if outputs == 1 else names

    def _of_before_18(self, operator, given, attributes):
        """Inputs and attributes of an operator as they were before version 18."""
        if operator.startswith("Bitwise"):
            raise Untranslatable(
                f"the operator {operator} is of version 18. Received: opset_version={self._opset}"
            )
        if operator in _AXES_WERE_ATTRIBUTES:
            given, axes = given[:1], self.initializers[given[1]]
            attributes = {**attributes, "axes": axes.tolist()}
        return given, attributes

    def _input(self, x):
        if x is None:
            return ""
        if isinstance(x, Value):
            return x.name
        return x if isinstance(x, str) else self.constant(x)

    def constant(self, array):
        """The name of an initializer with the values of an array."""
        array = np.asarray(array)
        key = (array.shape, array.dtype.str, array.tobytes())
        if key not in self._constants:
            name = self._constants[key] = self.unique(f"constant_{len(self._constants)}")
            self.initializers[name] = array
        return self._constants[key]

    def integers(self, *numbers):
        """The name of an array of integers, such as axes."""
        return self.constant(np.array(numbers, "int64"))

    def cast(self, name, dtype):
        """The name of a tensor in another dtype."""
        kind = self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.add("Cast", name, to=kind)

    def typed(self, x, dtype=None):
        """The name of an argument, a `Value` or a number, in a dtype: by default the result's."""
        dtype = np.dtype(self.out.dtype if dtype is None else dtype)
        if not isinstance(x, Value):
            return self.constant(np.asarray(x, dtype))
        return x.name if x.dtype == dtype else self.cast(x.name, dtype)

    # Shapes

    def size(self, n):
        """The name of an array of one number: an integer or a `Size`."""
        if type(n) is not Size:
            return self.integers(n)
        if n not in self._sizes:
            name = self.add("Shape", self._batch_of, start=0, end=1)
            if n.factor != 1:
                name = self.add("Mul", name, self.integers(n.factor))
            if n.offset != 0:
                name = self.add("Add", name, self.integers(n.offset))
            self._sizes[n] = name
        return self._sizes[n]

    def shape(self, sides):
        """The name of an array of the given sides, integers and `Size`s."""
        if not any(type(n) is Size for n in sides):
            return self.integers(*sides)
        return self.add("Concat", *map(self.size, sides), axis=0)

    def reshape(self, x, sides):
        """The name of ``x`` in another shape."""
        sides = list(sides)
        opened = [i for i, n in enumerate(sides) if type(n) is Size]
        if len(opened) == 1 and -1 not in sides:
            sides[opened[0]] = -1
        return self.add("Reshape", x, self.shape(sides))

    def transpose(self, x, axes):
        """The name of ``x`` with its axes in another order."""
        axes = list(axes)
        if axes == list(range(len(axes))):
            return x.name if isinstance(x, Value) else x
        return self.add("Transpose", x, perm=axes)

    def cut(self, x, axis, start, stop, step=1):
        """The name of ``x[start:stop:step]`` along one axis."""
        parts = (self.size(n) for n in (start, stop))
        return self.add("Slice", x, *parts, self.integers(axis), self.integers(step))

    # Calls

    def enter_inputs(self, forward, specs, names):
        """Let there be the inputs of a forward pass."""
        for slot, spec, name in zip(forward.inputs, specs, names):
            name = self.unique(name)
            self.values[slot] = Value(name, forward.shapes[slot], forward.dtypes[slot])
            if spec.shape[:1] == (None,) and self._batch_of is None:
                self._batch_of = name

    def enter_variables(self, forward):
        """Let there be the variables that a forward pass reads, as initializers by their paths."""
        for variable, slot in forward.reads:
            name = self.unique(variable.path)
            self.initializers[name] = to_numpy(variable.array)
            self.values[slot] = Value(name, forward.shapes[slot], forward.dtypes[slot])

    def value(self, x):
        """An argument of a call as translations see it."""
        if type(x) is Ref:
            return self.values[x.slot]
        if isinstance(x, np.ndarray):
            return Value(self.constant(x), x.shape, x.dtype)
        if type(x) is Filled:
            name = self.add("Expand", x.values, self.shape(x.shape))
            return Value(name, x.shape, x.values.dtype)
        if type(x) is Counting:
            stop = next(n for n in x.shape if type(n) is Size)
            ends = (np.int64(0), self.add("Squeeze", self.size(stop)), np.int64(1))
            name = self.cast(self.add("Range", *ends), x.dtype)
            return Value(self.reshape(name, x.shape), x.shape, x.dtype)
        return x

    def translate(self, forward, site):
        """Add the nodes for one call.

        Raises:
            ValueError: if there are none for its primitive, or for such arguments.
        """
        self._layer = site.layer
        self.outs = [
            None if s is None else Out(forward.shapes[s], forward.dtypes[s]) for s in site.outs
        ]
        translation = self._translations.get(site.name)
        if translation is None:
            raise ValueError(f"{site.place} cannot be exported: ONNX has no counterpart for it")
        try:
            names = translation(self, *map(self.value, site.args), **site.settings)
        except Untranslatable as error:
            raise ValueError(f"{site.place} cannot be exported: {error}") from None
        names = names if isinstance(names, tuple) else (names,)
        for slot, name, out in zip(site.outs, names, self.outs):
            if slot is not None and name is not None:
                self.values[slot] = Value(name, *out)


class Untranslatable(ValueError):
    """Raised by a translation for arguments that ONNX has no counterpart for."""


def axes_of(axis, rank):
    """Axes counted from the front, a list, for an axis, several, or None for all."""
    if axis is None:
        return list(range(rank))
    given = axis if isinstance(axis, (tuple, list)) else (axis,)
    return [a % rank for a in given]

"""KerasTensor: a tensor that has a shape and a dtype but no values yet."""

from typing import NamedTuple

from minikeras import tree
from minikeras.backend.dtypes import standardize_dtype
from minikeras.backend.operand import LogicalOperand
from minikeras.backend.variables import unique_name
from minikeras.guarded import limits


class KerasHistory(NamedTuple):
    """Where a symbolic tensor comes from: which output of which call of which operation."""

    operation: object
    node_index: int
    tensor_index: int


class KerasTensor(LogicalOperand):
    """A placeholder for a tensor, from which models are built.

    Args:
        shape: a tuple of integers, with None for sides that are not known yet.
        dtype: a dtype name.
        sparse: whether the tensor is sparse; only False is possible here.
        ragged: whether the tensor is ragged; only False is possible here.
        record_history: whether operations on it are recorded.
        name: a string; made up if not given.

    >>> import minikeras as keras
    >>> x = keras.KerasTensor((None, 3))
    >>> (keras.ops.sum(x, axis=1) + 1).shape
    (None,)
    """

    def __init__(
        self,
        shape,
        dtype="float32",
        sparse=False,
        ragged=False,
        record_history=True,
        name=None,
        **kwargs,
    ):
        if kwargs:
            raise TypeError(f"KerasTensor has no arguments {sorted(kwargs)}")
        if sparse or ragged:
            raise ValueError(
                "minikeras has dense tensors only. "
                f"Received: sparse={sparse}, ragged={ragged} for KerasTensor {name!r}"
            )
        self._shape = standardize_shape(shape)
        limits.check_sides(self._shape, "a symbolic tensor")
        self._dtype = standardize_dtype(dtype)
        self.sparse = False
        self.ragged = False
        self.name = name or unique_name("keras_tensor")
        self.record_history = record_history
        self._keras_history = None
        self._keras_mask = None

    @property
    def shape(self):
        """The shape, with None for unknown sides."""
        return self._shape

    @property
    def dtype(self):
        """The name of the dtype."""
        return self._dtype

    def reshape(self, newshape):
        """The tensor in another shape."""
        return super().reshape(newshape)

    def _refuse(self, what, error=ValueError):
        return error(
            f"A KerasTensor doesn't have any actual numerical value, so {what}. It is a "
            "placeholder used while a model is being built: use layers and functions of keras.ops "
            "on it, and a Layer of your own for anything else."
        )

    def __array__(self, dtype=None, copy=None):
        raise self._refuse("it cannot be converted to a NumPy array")

    def __float__(self):
        raise self._refuse("it cannot be converted to a Python number")

    def __int__(self):
        raise self._refuse("it cannot be converted to a Python number")

    def __index__(self):
        raise self._refuse("it cannot be converted to a Python number")

    def __eq__(self, other):
        # As in Keras, so that lists of tensors can be searched; `keras.ops.equal` compares values.
        return self is other if isinstance(other, KerasTensor) else super().__eq__(other)

    __hash__ = object.__hash__

    def __bool__(self):
        raise self._refuse("it cannot be used as a boolean", TypeError)

    def __iter__(self):
        raise self._refuse("iterating over it is not possible", NotImplementedError)

    @property
    def __len__(self):
        # Programs ask `hasattr(x, "__len__")` to tell one tensor from a list of them.
        raise self._refuse("it has no len()", _NoLength)

    def __repr__(self):
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"


class _NoLength(AttributeError, TypeError):
    """What `len` raises, and what `hasattr` takes for an attribute that is not there."""


def standardize_shape(shape):
    """``shape`` as a tuple of non-negative integers and None.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(shape, int) or shape is None or not hasattr(shape, "__iter__"):
        raise ValueError(f"A shape is a tuple of integers and None. Received: {shape!r}")
    sides = []
    for side in shape:
        if side is None:
            sides.append(None)
        elif hasattr(side, "__index__") and not isinstance(side, bool) and int(side) >= 0:
            sides.append(int(side))
        else:
            raise ValueError(
                f"A shape consists of non-negative integers and None. Received: {tuple(shape)!r}"
            )
    return tuple(sides)


def is_keras_tensor(x):
    """Whether ``x`` is a `KerasTensor`.

    >>> is_keras_tensor(KerasTensor((2, 3)))
    True
    """
    return isinstance(x, KerasTensor)


def any_symbolic(args, kwargs):
    """Whether a `KerasTensor` is among the arguments of a call, in nested structures too."""
    for x in args:
        if isinstance(x, KerasTensor) or (type(x) in _CONTAINERS and _holds_symbolic(x)):
            return True
    if kwargs:
        for x in kwargs.values():
            if isinstance(x, KerasTensor) or (type(x) in _CONTAINERS and _holds_symbolic(x)):
                return True
    return False


_CONTAINERS = {list, tuple, dict}


def _holds_symbolic(structure):
    return any(isinstance(leaf, KerasTensor) for leaf in tree.flatten(structure))

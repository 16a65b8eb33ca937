"""Variables: the arrays that a model owns and changes, with the scopes that govern their use."""

import sys
import threading

from minikeras import config
from minikeras.backend import autodiff
from minikeras.backend.autodiff import Handle, Tracer
from minikeras.backend.dtypes import is_float_dtype, standardize_dtype
from minikeras.backend.operand import LogicalOperand
from minikeras.backend.xp import copy_of, ndarray, np, to_numpy, xp
from minikeras.guarded import limits


class _State(threading.local):
    names = ()  # the open name scopes, outermost first
    stateless = None  # the innermost StatelessScope
    compute_dtype = None  # that of the innermost AutocastScope


_state = _State()
_counts = {}
_counting = threading.Lock()


def unique_name(prefix):
    """``prefix``, or with ``_1``, ``_2`` ... if it was given before since `reset_names`."""
    count = get_uid(prefix) - 1
    return prefix if count == 0 else f"{prefix}_{count}"


def get_uid(prefix=""):
    """A number that no earlier call returned for ``prefix``, from 1 on, since `reset_names`.

    >>> import minikeras as keras
    >>> keras.backend.get_uid("example"), keras.backend.get_uid("example")
    (1, 2)
    """
    with _counting:
        count = _counts[prefix] = _counts.get(prefix, 0) + 1
    return count


def reset_names():
    """Start numbering names anew."""
    _counts.clear()


def current_path():
    """The open name scopes, joined: where in a model the code is that runs now."""
    return "/".join(_state.names)


class name_scope:
    """A context that puts ``name/`` before the paths of the variables made in it.

    >>> import minikeras as keras
    >>> with keras.name_scope("encoder"):
    ...     v = keras.Variable(0.0, name="scale")
    >>> v.path
    'encoder/scale'
    """

    def __init__(self, name, **kwargs):
        if kwargs:
            raise TypeError(f"name_scope takes only a name. Received: {sorted(kwargs)}")
        if not isinstance(name, str) or "/" in name:
            raise ValueError(f"Argument `name` must be a string without '/'. Received: {name!r}")
        self.name = name

    def __enter__(self):
        self._outer = _state.names
        _state.names = (*_state.names, self.name)
        return self

    def __exit__(self, *_):
        _state.names = self._outer


class AutocastScope:
    """A context in which float variables are read in another dtype (mixed precision)."""

    def __init__(self, dtype):
        self.dtype = dtype

    def __enter__(self):
        self._outer = _state.compute_dtype
        _state.compute_dtype = self.dtype

    def __exit__(self, *_):
        _state.compute_dtype = self._outer


class StatelessScope:
    """A context in which no variable changes: new values are kept in the scope instead.

    Args:
        state_mapping: pairs of a variable and the value that it is to have in the scope.
        collect_losses: whether losses that layers add are kept in ``losses``.
        initialize_variables: accepted for Keras's sake, which puts initialization off in a scope
            where it is False; here a variable always has its value from the start.

    >>> import minikeras as keras
    >>> v = keras.Variable(1.0)
    >>> with keras.StatelessScope([(v, keras.ops.array(5.0))]) as scope:
    ...     v.assign(v + 1.0)
    array(6., dtype=float32)
    >>> float(v), float(scope.get_current_value(v))
    (1.0, 6.0)
    """

    def __init__(self, state_mapping=None, collect_losses=False, initialize_variables=True):
        self.collect_losses = collect_losses
        self.initialize_variables = initialize_variables
        self.losses = []
        self._values = {}
        for variable, value in state_mapping or ():
            if not isinstance(variable, Variable):
                raise ValueError(
                    "state_mapping must hold pairs of a keras.Variable and a value. "
                    f"Received: {variable!r}"
                )
            self.add_update((variable, variable.conformed(value)))

    def __enter__(self):
        self._outer = _state.stateless
        _state.stateless = self
        return self

    def __exit__(self, *_):
        _state.stateless = self._outer

    def add_loss(self, loss):
        """Keep a loss that a layer added."""
        self.losses.append(loss)

    def add_update(self, update):
        """Keep a new value: ``update`` is a pair of a variable and its value."""
        variable, value = update
        self._values[id(variable)] = (variable, value)

    def get_current_value(self, variable):
        """The value of ``variable`` in this scope, or None if the scope has none of its own."""
        held = self._values.get(id(variable))
        return None if held is None else held[1]


def get_stateless_scope():
    """The innermost open `StatelessScope`, or None."""
    return _state.stateless


def reading_dtype():
    """The dtype in which float variables are read now where that is not their own, or None."""
    return _state.compute_dtype


def in_stateless_scope():
    """Whether a `StatelessScope` is open."""
    return _state.stateless is not None


def _function_or_none(name, value):
    if value is not None and not callable(value):
        raise ValueError(
            f"Invalid value for attribute `{name}` of a variable: expected a function or None. "
            f"Received: {value!r}"
        )
    return value


def _own(box, dtype):
    """The value in a list of one as an array of a variable: itself if nobody else holds it."""
    count, value = _references(box)
    is_whole = type(value) is ndarray and value.base is None and value.dtype == dtype
    if is_whole and count <= _REFERENCES_OF_NOBODY:
        return value
    return copy_of(autodiff.plain(value), dtype)


def _references(box):
    """How many references there are to what is in a list of one; the thing itself."""
    value = box.pop()
    return sys.getrefcount(value), value


_REFERENCES_OF_NOBODY = _references([xp.empty(1)])[0]  # which differs between versions of Python


def _own_dtype(value):
    """The dtype of a value as it stands; of Python numbers Keras's default dtypes."""
    if hasattr(value, "dtype"):
        return value.dtype
    found = xp.asarray(value).dtype
    return {"f": config.floatx(), "i": "int32", "c": "complex64"}.get(found.kind, found)


class Variable(Handle, LogicalOperand):
    """An array that can be changed, with a name, and followed by gradient tapes.

    Args:
        initializer: an array, a number, a function of ``(shape, dtype)`` that gives an array, or
            the name of an initializer.
        shape: required where ``initializer`` is a function or a name.
        dtype: by default that of the array given; of Python numbers int32, floatx or bool, and
            floatx where ``initializer`` is a function.
        trainable: whether optimizers change it and tapes follow it by themselves.
        autocast: whether mixed precision may read it in the compute dtype.
        aggregation: how replicas would be combined; kept for Keras's sake, there is one replica.
        synchronization: when replicas would be synchronised; likewise.
        name: a string without ``/``; made up if not given.
        layout: how it would be spread over devices; only None, there is one device.

    >>> import minikeras as keras
    >>> v = keras.Variable([1.0, 2.0], name="v")
    >>> v.assign_add([1.0, 1.0])
    array([2., 3.], dtype=float32)
    """

    __array_priority__ = 1000

    def __init__(
        self,
        initializer,
        shape=None,
        dtype=None,
        trainable=True,
        autocast=True,
        aggregation="none",
        synchronization="auto",
        name=None,
        layout=None,
        **kwargs,
    ):
        if kwargs:
            raise TypeError(f"Variable has no arguments {sorted(kwargs)}")
        if layout is not None:
            raise ValueError(
                f"Variable {name!r}: minikeras computes on one device, so layout must be None. "
                f"Received: {layout!r}"
            )
        if name is not None and (not isinstance(name, str) or "/" in name):
            raise ValueError(f"Argument `name` must be a string without '/'. Received: {name!r}")
        if aggregation not in (None, "none", "mean", "sum", "only_first_replica"):
            raise ValueError(
                "aggregation must be one of None, 'none', 'mean', 'sum', 'only_first_replica'. "
                f"Received: {aggregation!r}"
            )
        self.name = name or unique_name("variable")
        self.path = "/".join((*_state.names, self.name))
        self.trainable = bool(trainable)
        self.autocast = bool(autocast)
        self.aggregation = aggregation or "none"
        self.synchronization = synchronization
        self._regularizer = None
        self._constraint = None
        self._overwrite_with_gradient = False
        if isinstance(initializer, str):
            from minikeras import initializers

            initializer = initializers.get(initializer)
        if callable(initializer):
            if shape is None:
                raise ValueError(
                    "When creating a Variable from an initializer, the `shape` must be given. "
                    f"Received: initializer={initializer!r}, shape=None"
                )
            self._dtype = standardize_dtype(dtype)
            if limits.is_reading():
                itemsize = np.dtype(self._dtype).itemsize
                limits.take_array(shape, itemsize, f"variable {self.name!r}")
            self.array = _own([initializer(tuple(shape), dtype=self._dtype)], self._dtype)
        else:
            value = autodiff.plain(initializer)
            self._dtype = standardize_dtype(_own_dtype(value) if dtype is None else dtype)
            self.array = copy_of(value, self._dtype)
        if shape is not None and tuple(shape) != self.array.shape:
            raise ValueError(
                f"The initial value of variable {self.path!r} has shape {self.array.shape}; "
                f"expected {tuple(shape)}"
            )
        self.initializer = initializer if callable(initializer) else None

    @property
    def regularizer(self):
        """A function of the value that gives a loss, or None."""
        return self._regularizer

    @regularizer.setter
    def regularizer(self, function):
        self._regularizer = _function_or_none("regularizer", function)

    @property
    def constraint(self):
        """A function of the value that gives the one to take after each step, or None."""
        return self._constraint

    @constraint.setter
    def constraint(self, function):
        self._constraint = _function_or_none("constraint", function)

    @property
    def overwrite_with_gradient(self):
        """Whether optimizers set the variable to its gradient."""
        return self._overwrite_with_gradient

    @overwrite_with_gradient.setter
    def overwrite_with_gradient(self, value):
        if not isinstance(value, bool):
            raise TypeError(f"overwrite_with_gradient must be a boolean. Received: {value!r}")
        self._overwrite_with_gradient = value

    @property
    def dtype(self):
        """The name of its dtype, or in an `AutocastScope` of the one that it is read in."""
        target = _state.compute_dtype
        is_cast = target is not None and self.autocast and is_float_dtype(self._dtype)
        return target if is_cast else self._dtype

    @property
    def value(self):
        """The array to compute with: under a tape a tracer, under autocast in another dtype."""
        found = None
        if _state.stateless is not None:
            found = _state.stateless.get_current_value(self)
        if found is None:
            found = autodiff.read_variable(self)
        target = _state.compute_dtype
        is_cast = target is not None and self.autocast and target != self._dtype
        if is_cast and is_float_dtype(self._dtype):
            return autodiff.PRIMITIVES["cast"](found, dtype=target)
        return found

    def conformed(self, value):
        """``value`` in the dtype of this variable, its shape checked.

        Raises:
            ValueError: if the shape differs.
        """
        if isinstance(value, Handle):
            value = value.value
        # A data set of a file states its shape; it is read only if that is right.
        is_wrong = tuple(getattr(value, "shape", self.shape)) != self.shape
        if not is_wrong and not isinstance(value, (Tracer, ndarray)):
            value = xp.asarray(np.asarray(value))
            is_wrong = value.shape != self.shape
        if is_wrong:
            raise ValueError(
                f"Variable {self.path!r} has shape {self.shape}; it cannot be assigned a value of "
                f"shape {tuple(value.shape)}"
            )
        if value.dtype != self._dtype:
            value = autodiff.PRIMITIVES["cast"](value, dtype=self._dtype)
        return value

    def assign(self, value):
        """Set the value; its shape must be that of the variable. Returns the new value."""
        given, value = value, self.conformed(value)
        if _state.stateless is not None:
            _state.stateless.add_update((self, value))
            return value
        if autodiff.recording() is not None:
            autodiff.recording().write(self, value)
        array = _array_of(value)
        # The variable's array is shared with nothing that the caller could change.
        self.array = copy_of(array) if array is _array_of(given) else xp.asarray(array)
        return value

    def adopt(self, array):
        """Set the value to a fresh array of the right shape and dtype, which nobody else holds."""
        if autodiff.recording() is not None:
            autodiff.recording().write(self, array)
        self.array = _array_of(array)

    def assign_add(self, value):
        """Add ``value``. Returns the new value."""
        return self.assign(self.value_in_own_dtype() + autodiff.plain(value_of(value)))

    def assign_sub(self, value):
        """Subtract ``value``. Returns the new value."""
        return self.assign(self.value_in_own_dtype() - autodiff.plain(value_of(value)))

    def value_in_own_dtype(self):
        """The plain array, or its value in the open `StatelessScope`, never autocast."""
        if _state.stateless is not None:
            found = _state.stateless.get_current_value(self)
            if found is not None:
                return found
        return autodiff.read_plain(self)

    def numpy(self):
        """A copy of the value as a NumPy array."""
        return to_numpy(autodiff.concrete(self.value_in_own_dtype())).copy()

    @property
    def shape(self):
        """The shape, a tuple of integers."""
        return self.array.shape

    def __array__(self, dtype=None, copy=None):
        array = self.numpy()
        return array if dtype is None else array.astype(dtype, copy=False)

    def __float__(self):
        return float(plain_number(self))

    def __int__(self):
        return int(plain_number(self))

    def __bool__(self):
        return bool(plain_number(self))

    def __index__(self):
        return plain_number(self).item().__index__()

    def __len__(self):
        return len(self.array)

    def __iter__(self):
        return (self[i] for i in range(len(self.array)))

    def __deepcopy__(self, memo):
        twin = object.__new__(type(self))
        memo[id(self)] = twin
        twin.__dict__.update(self.__dict__)
        twin.array = copy_of(self.array)
        return twin

    def __repr__(self):
        return (
            f"<Variable path={self.path}, shape={self.shape}, dtype={self._dtype}, "
            f"value={to_numpy(self.array)}>"
        )


def value_of(x):
    """What to compute with for ``x``: the value of a variable, an array for a list."""
    if isinstance(x, Handle):
        return x.value
    if isinstance(x, (list, tuple)):
        return xp.asarray(x)
    return x


def _array_of(x):
    """The array behind ``x``, a variable, a tracer or an array, for the engine's own use."""
    if isinstance(x, Handle):
        x = x.value
    return x.value if type(x) is Tracer else x


def plain_number(variable):
    """The plain array of a variable, for conversion to a Python number."""
    return autodiff.concrete(variable.value_in_own_dtype())

"""Variables, constants, values and types."""

from minikeras import config, initializers, ops, random
from minikeras.backend.autodiff import plain
from minikeras.backend.dtypes import standardize_dtype
from minikeras.backend.variables import Variable, name_scope
from minikeras.backend.xp import asarray, np, to_numpy
from minikeras.layers import Input
from minikeras.legacy.backend.renamed import takes_old_names
from minikeras.symbolic.keras_tensor import KerasTensor

__all__ = [
    "batch_get_value", "batch_set_value", "cast", "cast_to_floatx", "constant", "count_params",
    "dtype", "eval", "eye", "get_uid", "get_value", "get_variable_shape", "identity",
    "image_dim_ordering", "int_shape", "is_placeholder", "is_sparse", "is_symbolic", "is_tensor",
    "is_variable", "name_scope", "ndim", "normalize_data_format", "ones", "ones_like",
    "placeholder", "print_tensor", "random_binomial", "random_normal", "random_normal_variable",
    "random_uniform", "random_uniform_variable", "reset_uids", "set_image_dim_ordering",
    "set_value", "shape", "size", "stop_gradient", "to_dense", "truncated_normal", "update",
    "update_add", "update_sub", "variable", "zeros", "zeros_like",
]  # fmt: skip
_uids = {}
_steps = []  # of optimizers, under way


def variable(value, dtype=None, name=None, constraint=None):
    """A variable with a value to begin with.

    Within `get_updates` of an optimizer of the user's own the variables of the first step are kept.

    >>> import minikeras as keras
    >>> keras.backend.get_value(keras.backend.variable([1.0, 2.0])).tolist()
    [1.0, 2.0]
    """
    dtype = dtype or config.floatx()
    kept = _steps[-1].kept() if _steps else None
    if kept is not None:
        return kept
    found = Variable(ops.cast(value, dtype), dtype=dtype, name=name)
    found.constraint = constraint
    if _steps:
        _steps[-1].variables.append(found)
    return found


def constant(value, dtype=None, shape=None, name=None):
    """A tensor of a value, repeated to fill a shape if one is given."""
    found = ops.cast(ops.convert_to_tensor(value), dtype or config.floatx())
    return found if shape is None else ops.broadcast_to(found, shape)


def placeholder(shape=None, ndim=None, dtype=None, sparse=False, name=None):
    """A symbolic tensor; its shape includes the batch, None for unknown sides."""
    if shape is None:
        if ndim is None:
            raise ValueError("placeholder needs a shape, or at least ndim")
        shape = (None,) * ndim
    return Input(batch_shape=tuple(shape), dtype=dtype, sparse=sparse, name=name)


def is_placeholder(x):
    """Whether ``x`` is a symbolic tensor that stands for an input."""
    history = getattr(x, "_keras_history", None)
    return history is not None and type(history.operation).__name__ == "InputLayer"


def is_symbolic(x):
    """Whether ``x`` is a symbolic tensor."""
    return isinstance(x, KerasTensor)


def is_variable(x):
    """Whether ``x`` is a variable."""
    return isinstance(x, Variable)


def is_tensor(x):
    """Whether ``x`` is a tensor, symbolic or not, or a variable."""
    return isinstance(x, (KerasTensor, Variable)) or ops.is_tensor(x)


def is_sparse(tensor):
    """Whether a tensor is sparse: none is."""
    return bool(getattr(tensor, "sparse", False))


def to_dense(tensor):
    """A sparse matrix of SciPy as a tensor; other tensors as they are."""
    return ops.convert_to_tensor(tensor.toarray()) if hasattr(tensor, "toarray") else tensor


def eval(x):
    """The value of a tensor or variable as an array of NumPy.

    Raises:
        ValueError: for a symbolic tensor, which has no value.
    """
    if isinstance(x, KerasTensor):
        raise ValueError(f"{x!r} has no value; run it with keras.backend.function")
    return np.asarray(to_numpy(plain(x.array if isinstance(x, Variable) else x)))


get_value = eval


@takes_old_names
def batch_get_value(ops):
    """The values of variables, a list of arrays of NumPy."""
    return [eval(x) for x in ops]


def set_value(x, value):
    """Set a variable to an array or number."""
    x.assign(asarray(value))


def batch_set_value(tuples):
    """Set variables to values, given as pairs."""
    for x, value in tuples:
        set_value(x, value)


def update(x, new_x):
    """Set a variable to a tensor, and return it; of a symbolic tensor a pair for `function`.

    Within `get_updates` of an optimizer of the user's own all updates are made at the end.
    """
    return (x, new_x) if _steps or isinstance(new_x, KerasTensor) else x.assign(new_x)


def own_step():
    """The step under way of an optimizer that states its updates, or None."""
    return _steps[-1] if _steps else None


class OwnStep:
    """A step of an optimizer that states its updates as Keras 1 and 2 had it.

    Such a method made variables and updates once, for a graph. Here it runs at each step: the
    variables that it made the first time are given to it again in the same order, and its updates
    are carried out together, so that all of them are computed from the values before.
    """

    def __init__(self):
        self.variables = []
        self._is_first, self._next = True, 0
        self.grads = {}  # id of a variable -> its gradient
        self.rates = {}  # id of an optimizer -> the learning rate that another gives it
        self.levels = {}  # id of an optimizer -> how many of its classes are stating updates

    def kept(self):
        """The variable that stood here in the first step; None in the first step."""
        if self._is_first:
            return None
        self._next += 1
        return self.variables[self._next - 1]

    def __call__(self, states_updates, variables, grads):
        """Run a function that returns updates for gradients of variables, and make them."""
        for update in self._stated(states_updates, variables, grads):
            if isinstance(update, tuple):
                update[0].assign(update[1])
            elif not isinstance(update, Variable):
                update.run(update.values)

    def prepare(self, states_updates, variables):
        """Let the function make its variables, as in the first step, without a step."""
        if self._is_first:
            self._stated(states_updates, variables, [ops.zeros_like(v) for v in variables])

    def _stated(self, states_updates, variables, grads):
        self._next = 0
        self.grads, self.rates = {id(v): g for v, g in zip(variables, grads)}, {}
        _steps.append(self)
        try:
            updates = states_updates()
        finally:
            _steps.pop()
        self._is_first = False
        return updates


def update_add(x, increment):
    """Add a tensor to a variable; see `update`."""
    return update(x, ops.add(x, increment))


def update_sub(x, decrement):
    """Subtract a tensor from a variable; see `update`."""
    return update(x, ops.subtract(x, decrement))


class Sides(tuple):
    """The sides of a symbolic tensor, of which some are not known yet.

    Attributes:
        of: the symbolic tensor.
    """

    def as_tensor(self):
        """The sides as a symbolic tensor, which is computed when a graph runs."""
        from minikeras.legacy.tensorflow.calls import TensorFlowFunction

        return TensorFlowFunction("shape")(self.of)


def shape(x):
    """The sides of a tensor; `cast` makes a tensor of them, also where some are not known yet.

    >>> import minikeras as keras
    >>> x = keras.Input((None, 3))
    >>> count = keras.backend.prod(keras.backend.cast(keras.backend.shape(x), "float32"))
    >>> float(keras.backend.function([x], [count])([keras.ops.ones((2, 4, 3))])[0])
    24.0
    """
    found = ops.shape(x)
    if isinstance(x, KerasTensor) and None in found:
        found = Sides(found)
        found.of = x
    return found


def int_shape(x):
    """The sides of a tensor, None for those of symbolic tensors that are not known."""
    found = getattr(x, "shape", None)
    return None if found is None else tuple(found)


get_variable_shape = int_shape


def ndim(x):
    """The number of axes."""
    return len(x.shape)


def size(x, name=None):
    """The number of values."""
    return ops.size(x)


def count_params(x):
    """The number of values of a variable or tensor of known shape."""
    return int(np.prod(x.shape))


def dtype(x):
    """The name of the dtype of a tensor."""
    return standardize_dtype(x.dtype)


def cast(x, dtype):
    """A tensor of another dtype."""
    return ops.cast(x.as_tensor() if isinstance(x, Sides) else x, dtype)


def cast_to_floatx(x):
    """An array as one of the default float type."""
    return eval(ops.cast(x, config.floatx())) if not is_tensor(x) else ops.cast(x, config.floatx())


def identity(x, name=None):
    """A tensor of the same values."""
    return ops.multiply(x, 1)


def stop_gradient(variables):
    """Tensors of the same values that no gradient passes through; a list of them for a list."""
    if isinstance(variables, (list, tuple)):
        return [ops.stop_gradient(x) for x in variables]
    return ops.stop_gradient(variables)


def zeros(shape, dtype=None, name=None):
    """A variable of zeros."""
    return variable(ops.zeros(shape), dtype, name)


def ones(shape, dtype=None, name=None):
    """A variable of ones."""
    return variable(ops.ones(shape), dtype, name)


def eye(size, dtype=None, name=None):
    """A variable that is an identity matrix; ``size`` is a number or a pair of sides."""
    sides = size if isinstance(size, (list, tuple)) else (size, size)
    return variable(ops.eye(*sides), dtype, name)


def zeros_like(x, dtype=None, name=None):
    """Zeros of the shape of a tensor."""
    return ops.zeros_like(x, dtype=dtype)


def ones_like(x, dtype=None, name=None):
    """Ones of the shape of a tensor."""
    return ops.ones_like(x, dtype=dtype)


def print_tensor(x, message=""):
    """Print a tensor with a message before it, and return it."""
    print(message, x)
    return x


def get_uid(prefix=""):
    """A number that has not been given out for a prefix before, from 1."""
    _uids[prefix] = _uids.get(prefix, 0) + 1
    return _uids[prefix]


def reset_uids():
    """Let `get_uid` count from 1 again."""
    _uids.clear()


def normalize_data_format(value):
    """A data format, that of the configuration for None.

    Raises:
        ValueError: for anything but ``"channels_last"`` and ``"channels_first"``.
    """
    return config.standardize_data_format(value)


_ORDERINGS = {"channels_last": "tf", "channels_first": "th"}


def image_dim_ordering():
    """The data format of the configuration in the words of Keras 1: ``"tf"`` or ``"th"``."""
    return _ORDERINGS[config.image_data_format()]


def set_image_dim_ordering(dim_ordering):
    """Set the data format in the words of Keras 1."""
    names = {short: name for name, short in _ORDERINGS.items()}
    if dim_ordering not in names:
        raise ValueError(f"dim_ordering must be 'tf' or 'th'. Received: {dim_ordering!r}")
    config.set_image_data_format(names[dim_ordering])


# Random numbers


@takes_old_names
def random_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Numbers of a normal distribution."""
    return random.normal(shape, mean, stddev, dtype, seed)


@takes_old_names
def random_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Numbers of a uniform distribution."""
    return random.uniform(shape, minval, maxval, dtype, seed)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Numbers of a normal distribution, none farther than two standard deviations off."""
    return random.truncated_normal(shape, mean, stddev, dtype, seed)


def random_binomial(shape, p=0.0, dtype=None, seed=None):
    """Ones with probability ``p``, else zeros."""
    drawn = random.uniform(shape, seed=seed)
    return ops.cast(ops.less_equal(drawn, p), dtype or config.floatx())


def random_uniform_variable(shape, low, high, dtype=None, name=None, seed=None):
    """A variable of numbers of a uniform distribution."""
    values = initializers.RandomUniform(low, high, seed)(shape, dtype)
    return Variable(values, name=name)


def random_normal_variable(shape, mean, scale, dtype=None, name=None, seed=None):
    """A variable of numbers of a normal distribution."""
    values = initializers.RandomNormal(mean, scale, seed)(shape, dtype)
    return Variable(values, name=name)

"""Arithmetic, comparisons, reductions, sorting and products of TensorFlow, by ops of today."""

from minikeras import ops
from minikeras.legacy.tensorflow.table import FUNCTIONS, axes, constant, is_tensor, partner, tf

_OF_ONE = {
    "math": "abs acos=arccos acosh=arccosh asin=arcsin asinh=arcsinh atan=arctan atanh=arctanh "
    "ceil conj cos cosh erf erfc erfinv exp expm1 floor imag is_finite=isfinite is_inf=isinf "
    "is_nan=isnan log log1p log_sigmoid logical_not negative real reciprocal rint=round round "
    "rsqrt sigmoid sign sin sinh softplus sqrt square tan tanh",
    "nn": "relu relu6 selu silu swish=silu softsign sigmoid tanh softplus",
    "bitwise": "invert=bitwise_invert",
    "linalg": "det inv cholesky",
}
_OF_TWO = {
    "math": "add add_v2=add subtract multiply divide=true_divide truediv=true_divide "
    "floordiv=floor_divide floor_div=floor_divide floormod=mod mod pow=power maximum minimum "
    "greater greater_equal less less_equal equal not_equal logical_and logical_or logical_xor "
    "atan2=arctan2 divide_no_nan",
    "__operators__": "add eq=equal ne=not_equal",
    "bitwise": "bitwise_and bitwise_or bitwise_xor left_shift right_shift",
    "linalg": "cross solve",
}
_REDUCTIONS = (
    "reduce_sum=sum reduce_mean=mean reduce_max=max reduce_min=min reduce_prod=prod reduce_any=any "
    "reduce_all=all reduce_std=std reduce_variance=var reduce_logsumexp=logsumexp count_nonzero"
)


def _pairs(text):
    return [(old, new or old) for old, _, new in (word.partition("=") for word in text.split())]


def _names(family, name):
    """The names of a function, that at the top and the one in its family."""
    return (f"{family}.{name}", name) if not family.startswith("_") else (f"{family}.{name}",)


def _of_one(op):
    def function(x, adjoint=False):
        return op(_turned(x, adjoint))

    return function


def _of_two(op):
    def function(first, *rest, adjoint=False, **by_name):  # names differ: y, x, b, rhs
        (second,) = (*rest, *by_name.values())
        first = _turned(first, adjoint)
        return op(partner(first, second), partner(second, first))

    return function


def _reduction(op):
    def function(input_tensor, axis=None, keepdims=False):
        axis = axes(axis)
        if op is ops.count_nonzero:
            counted = op(input_tensor, axis=axis)
            return ops.expand_dims(counted, axis) if keepdims else counted
        return op(input_tensor, axis=axis, keepdims=bool(keepdims))

    return function


def _fill():
    for family, text in _OF_ONE.items():
        for old, new in _pairs(text):
            FUNCTIONS.update(dict.fromkeys(_names(family, old), _of_one(getattr(ops, new))))
    for family, text in _OF_TWO.items():
        for old, new in _pairs(text):
            FUNCTIONS.update(dict.fromkeys(_names(family, old), _of_two(getattr(ops, new))))
    for old, new in _pairs(_REDUCTIONS):
        FUNCTIONS.update(dict.fromkeys(_names("math", old), _reduction(getattr(ops, new))))


_fill()


@tf("identity", "convert_to_tensor", "grad_pass_through")
def _identity(x, dtype=None):
    x = constant(x)
    return ops.cast(x, dtype) if dtype else x


@tf("identity_n")
def _identity_n(inputs):
    return [constant(x) for x in inputs]


@tf("stop_gradient")
def _stop_gradient(x):
    return ops.stop_gradient(x)


@tf("math.reciprocal_no_nan")
def _reciprocal_no_nan(x):
    return ops.divide_no_nan(ops.ones_like(x), x)


@tf("math.multiply_no_nan")
def _multiply_no_nan(x, y):
    return ops.where(ops.equal(y, 0), ops.zeros_like(x), ops.multiply(x, y))


@tf("math.squared_difference")
def _squared_difference(x, y):
    return ops.square(ops.subtract(partner(x, y), partner(y, x)))


@tf("math.xlogy")
def _xlogy(x, y):
    is_zero = ops.equal(x, 0)
    return ops.where(is_zero, ops.zeros_like(x), ops.multiply(x, ops.log(constant(y, x))))


@tf("math.xdivy")
def _xdivy(x, y):
    return ops.where(ops.equal(x, 0), ops.zeros_like(x), ops.divide(x, partner(y, x)))


@tf("math.add_n", "math.accumulate_n", "add_n")
def _add_n(inputs):
    total = inputs[0]
    for x in inputs[1:]:
        total = ops.add(total, x)
    return total


@tf("clip_by_value")
def _clip_by_value(t, clip_value_min, clip_value_max):
    low, high = partner(clip_value_min, t), partner(clip_value_max, t)
    return ops.minimum(ops.maximum(t, low), high) if _vary(low, high) else ops.clip(t, low, high)


def _vary(*limits):
    return any(getattr(limit, "shape", ()) != () for limit in limits)


@tf("clip_by_norm")
def _clip_by_norm(t, clip_norm, axes=None):
    size = _euclidean(t, None if axes is None else tuple(axes), True)
    return ops.multiply(t, ops.divide(clip_norm, ops.maximum(size, clip_norm)))


def _euclidean(x, axis, keepdims):
    return ops.sqrt(ops.sum(ops.square(x), axis=axis, keepdims=keepdims))


@tf("math.reduce_euclidean_norm")
def _reduce_euclidean_norm(input_tensor, axis=None, keepdims=False):
    return _euclidean(input_tensor, axes(axis), keepdims)


@tf("norm", "linalg.norm")
def _norm(tensor, ord="euclidean", axis=None, keepdims=None, keep_dims=None):
    axis, keepdims = axes(axis), bool(keepdims or keep_dims)
    if ord == "euclidean" or (ord == 2 and not isinstance(axis, tuple)):
        return _euclidean(tensor, axis, keepdims)
    return ops.norm(tensor, ord=ord, axis=axis, keepdims=keepdims)


@tf("math.l2_normalize", "nn.l2_normalize", "linalg.l2_normalize")
def _l2_normalize(x, axis=None, epsilon=1e-12, dim=None):
    total = ops.sum(ops.square(x), axis=axes(axis if dim is None else dim), keepdims=True)
    return ops.multiply(x, ops.rsqrt(ops.maximum(total, epsilon)))


@tf("math.cumsum", "cumsum")
def _cumsum(x, axis=0, exclusive=False, reverse=False):
    found = ops.flip(x, axis) if reverse else x
    found = ops.subtract(ops.cumsum(found, axis), found) if exclusive else ops.cumsum(found, axis)
    return ops.flip(found, axis) if reverse else found


@tf("math.cumprod", "cumprod")
def _cumprod(x, axis=0, exclusive=False, reverse=False):
    if exclusive:
        raise ValueError("cumprod with exclusive=True has no counterpart")
    return ops.flip(ops.cumprod(ops.flip(x, axis), axis), axis) if reverse else ops.cumprod(x, axis)


# Positions and order


@tf("math.argmax", "argmax")
def _argmax(input, axis=None, output_type=None, dimension=None):
    return ops.argmax(input, axis=_first(axis, dimension))


@tf("math.argmin", "argmin")
def _argmin(input, axis=None, output_type=None, dimension=None):
    return ops.argmin(input, axis=_first(axis, dimension))


def _first(axis, dimension):
    return next((a for a in (axis, dimension) if a is not None), 0)


@tf("sort")
def _sort(values, axis=-1, direction="ASCENDING"):
    found = ops.sort(values, axis)
    return found if direction == "ASCENDING" else ops.flip(found, axis)


@tf("argsort")
def _argsort(values, axis=-1, direction="ASCENDING", stable=False):
    return ops.argsort(values if direction == "ASCENDING" else ops.negative(values), axis)


@tf("math.top_k", "nn.top_k")
def _top_k(input, k=1, sorted=True, index_type="int32"):
    return ops.top_k(input, k, sorted=sorted)


@tf("searchsorted")
def _searchsorted(sorted_sequence, values, side="left", out_type="int32"):
    return ops.searchsorted(constant(sorted_sequence), constant(values), side=side)


# Products


def _turned(x, *flags):
    return ops.swapaxes(x, -1, -2) if any(flags) else x


@tf("linalg.matmul", "matmul", "__operators__.matmul", "sparse.sparse_dense_matmul")
def _matmul(
    a,
    b,
    transpose_a=False,
    transpose_b=False,
    adjoint_a=False,
    adjoint_b=False,
    a_is_sparse=False,
    b_is_sparse=False,
    output_type=None,
):
    a, b = constant(a, b), constant(b, a)
    return ops.matmul(_turned(a, transpose_a, adjoint_a), _turned(b, transpose_b, adjoint_b))


@tf("linalg.matvec")
def _matvec(a, b, transpose_a=False, adjoint_a=False, a_is_sparse=False, b_is_sparse=False):
    a, b = constant(a, b), constant(b, a)
    product = ops.matmul(_turned(a, transpose_a, adjoint_a), ops.expand_dims(b, -1))
    return ops.squeeze(product, -1)


@tf("einsum", "linalg.einsum")
def _einsum(equation, *inputs):
    first = next((x for x in inputs if is_tensor(x)), None)
    return ops.einsum(equation, *(constant(x, first) for x in inputs))


@tf("tensordot", "linalg.tensordot")
def _tensordot(a, b, axes):
    return ops.tensordot(constant(a, b), constant(b, a), axes=axes)


@tf("linalg.diag_part")
def _diag_part(input, k=0):
    return ops.diagonal(input, offset=k, axis1=-2, axis2=-1)


@tf("linalg.diag")
def _diag(diagonal):
    size = diagonal.shape[-1]
    return ops.multiply(ops.expand_dims(diagonal, -1), ops.eye(size, dtype=diagonal.dtype))


@tf("linalg.trace")
def _trace(x):
    return ops.trace(x, axis1=-2, axis2=-1)


@tf("linalg.band_part")
def _band_part(input, num_lower, num_upper):
    found = input if num_upper < 0 else ops.tril(input, num_upper)
    return found if num_lower < 0 else ops.triu(found, -num_lower)

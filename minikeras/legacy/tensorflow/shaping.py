"""Shapes, parts, choices and indices of TensorFlow, by ops of today."""

from minikeras import ops
from minikeras.backend.dtypes import standardize_dtype
from minikeras.backend.xp import np
from minikeras.legacy.tensorflow.table import (
    constant,
    is_tensor,
    known_only,
    length,
    partner,
    sizes,
    tf,
)
from minikeras.symbolic.inference import is_inferring, open_length

# Sizes as values


@tf("shape", "shape_v2")
def _shape(input, out_type="int32"):
    return ops.convert_to_tensor(np.array(input.shape, standardize_dtype(out_type)))


@tf("size")
def _size(input, out_type="int32"):
    return ops.convert_to_tensor(np.array(np.prod(input.shape), standardize_dtype(out_type)))


@tf("rank")
def _rank(input):
    return ops.convert_to_tensor(np.array(len(input.shape), "int32"))


@tf("range")
def _range(start, limit=None, delta=1, dtype=None):
    start, limit = (0, start) if limit is None else (start, limit)
    plain = all(isinstance(v, (int, float)) for v in (start, limit, delta))
    if not plain:
        start, limit, delta = (length(v) for v in (start, limit, delta))
        limit = open_length() + start if is_inferring() else limit
    return ops.arange(start, limit, delta, dtype=dtype)


def _filled(shape, value, dtype):
    return ops.full(tuple(sizes(shape)), value, dtype=dtype)


@tf("zeros")
def _zeros(shape, dtype="float32", layout=None):
    return _filled(shape, 0, dtype or "float32")


@tf("ones")
def _ones(shape, dtype="float32", layout=None):
    return _filled(shape, 1, dtype or "float32")


@tf("fill")
def _fill(dims, value, layout=None):
    value = constant(value)
    return ops.broadcast_to(value, tuple(sizes(dims)))


@tf("eye", "linalg.eye")
def _eye(num_rows, num_columns=None, batch_shape=None, dtype="float32"):
    found = ops.eye(length(num_rows), length(num_columns), dtype=dtype)
    if batch_shape is None:
        return found
    return ops.broadcast_to(found, (*sizes(batch_shape), *found.shape))


@tf("zeros_like")
def _zeros_like(input, dtype=None, optimize=True):
    return ops.zeros_like(input, dtype=dtype)


@tf("ones_like")
def _ones_like(input, dtype=None, optimize=True):
    return ops.ones_like(input, dtype=dtype)


# Shapes


@tf("reshape")
def _reshape(tensor, shape):
    wanted = sizes(shape)
    if is_inferring() and not known_only(shape):
        wanted = [open_length() if n == -1 else n for n in wanted]
        return ops.zeros(wanted, dtype=tensor.dtype)
    return ops.reshape(tensor, tuple(wanted))


@tf("ensure_shape")
def _ensure_shape(x, shape):
    return x


@tf("keras.backend.batch_flatten")
def _batch_flatten(x):
    rest = x.shape[1:]
    return ops.reshape(x, (-1, int(np.prod(rest)) if None not in rest else -1))


@tf("transpose", "linalg.matrix_transpose", "linalg.adjoint")
def _transpose(a, perm=None, conjugate=False):
    return ops.transpose(a, None if perm is None else tuple(sizes(perm)))


@tf("expand_dims")
def _expand_dims(input, axis=None, dim=None):
    return ops.expand_dims(input, axis if dim is None else dim)


@tf("squeeze")
def _squeeze(input, axis=None, squeeze_dims=None):
    axis = squeeze_dims if axis is None else axis
    return ops.squeeze(input, tuple(axis) if isinstance(axis, list) and axis else axis or None)


@tf("tile")
def _tile(input, multiples):
    times = sizes(multiples)
    if is_inferring() and not known_only(multiples):
        shape = [open_length() if n > 1 else side for n, side in zip(times, input.shape)]
        return ops.zeros(shape, dtype=input.dtype)
    return ops.tile(input, tuple(times))


@tf("broadcast_to")
def _broadcast_to(input, shape):
    wanted = sizes(shape)
    if is_inferring() and not known_only(shape):
        return ops.zeros(wanted, dtype=input.dtype)
    return ops.broadcast_to(constant(input), tuple(wanted))


@tf("concat")
def _concat(values, axis=0):
    first = next((v for v in values if is_tensor(v)), None)
    return ops.concatenate([constant(v, first) for v in values], axis=length(axis))


@tf("stack")
def _stack(values, axis=0):
    first = next((v for v in values if is_tensor(v)), None)
    return ops.stack([constant(v, first) for v in values], axis=axis)


@tf("unstack")
def _unstack(value, num=None, axis=0):
    return list(ops.unstack(value, num=num, axis=axis))


@tf("split")
def _split(value, num_or_size_splits, axis=0, num=None):
    parts = num_or_size_splits
    if isinstance(parts, list):
        if -1 in parts:
            rest = value.shape[axis] - sum(n for n in parts if n != -1)
            parts = [rest if n == -1 else n for n in parts]
        parts = np.cumsum(parts)[:-1].tolist()
    return list(ops.split(value, parts, axis=axis))


@tf("reverse", "reverse_v2")
def _reverse(tensor, axis):
    for one in sizes(axis):
        tensor = ops.flip(tensor, one)
    return tensor


@tf("roll")
def _roll(input, shift, axis):
    shift, axis = sizes(shift), sizes(axis)
    return ops.roll(input, tuple(shift), axis=tuple(axis))


@tf("repeat")
def _repeat(input, repeats, axis=None):
    return ops.repeat(input, repeats, axis=axis)


@tf("pad")
def _pad(tensor, paddings, mode="CONSTANT", constant_values=0):
    mode = mode.lower()
    width = tuple(tuple(pair) for pair in paddings)
    if mode == "constant":
        return ops.pad(tensor, width, "constant", constant_values=constant_values)
    return ops.pad(tensor, width, mode)


@tf("cast", "saturate_cast", "dtypes.cast", "dtypes.saturate_cast")
def _cast(x, dtype):
    return ops.cast(constant(x), dtype)


@tf("meshgrid")
def _meshgrid(*args, indexing="xy"):
    return list(ops.meshgrid(*(constant(a) for a in args), indexing=indexing))


# Parts


def index(spec):
    """An index of Python from the form that files give it."""
    if isinstance(spec, dict) and "start" in spec:
        return slice(*(length(spec[key]) for key in ("start", "stop", "step")))
    if isinstance(spec, dict):
        return Ellipsis
    if is_tensor(spec):
        if spec.dtype == "bool":
            raise ValueError("An index that is a mask has no counterpart")
        return length(spec)
    return spec


def _is_open(spec):
    """Whether tensors decide where a slice begins or ends."""
    return isinstance(spec, dict) and any(is_tensor(v) for v in spec.values())


@tf("__operators__.getitem")
def _getitem(x, slice_spec):
    spec = slice_spec if isinstance(slice_spec, list) else [slice_spec]
    if not is_inferring():
        return x[tuple(index(s) for s in spec)]
    # Slices between tensors have any length; numbers that tensors hold are valid positions.
    wide = [{"start": None, "stop": None, "step": None} if _is_open(s) else s for s in spec]
    wide = [0 if is_tensor(s) else s for s in wide]
    found = x[tuple(index(s) for s in wide)]
    kept = [s for s in wide if not isinstance(s, int)]
    shape = list(found.shape)
    cut = next((i for i, s in enumerate(kept) if index(s) is Ellipsis), len(kept))
    marks = [i if i < cut else i - len(kept) for i, s in enumerate(spec) if _is_open(s)]
    for i in marks:
        shape[i] = open_length()
    return ops.zeros(shape, dtype=found.dtype) if marks else found


@tf("slice")
def _slice(input_, begin, size):
    def end(start, count):
        if known_only([count]) and length(count) == -1:
            return None
        return length(start) + length(count)

    pairs = list(zip(_entries(begin), _entries(size)))
    spec = [{"start": start, "stop": end(start, n), "step": None} for start, n in pairs]
    return _getitem(input_, spec)


def _entries(values):
    if is_tensor(values):
        return [values[i] for i in range(values.shape[0])]
    return list(values)


def index_all():
    """The slice that takes everything."""
    return {"start": None, "stop": None, "step": None}


@tf("strided_slice")
def _strided_slice(
    input_,
    begin,
    end,
    strides=None,
    begin_mask=0,
    end_mask=0,
    ellipsis_mask=0,
    new_axis_mask=0,
    shrink_axis_mask=0,
    var=None,
):
    def part(i, start, stop, step):
        bit = 1 << i
        if ellipsis_mask & bit:
            return {"class_name": "__ellipsis__"}
        if new_axis_mask & bit:
            return None
        if shrink_axis_mask & bit:
            return start
        start, stop = (None if begin_mask & bit else start), (None if end_mask & bit else stop)
        return {"start": start, "stop": stop, "step": step}

    steps = _entries(strides) if strides is not None else [1] * len(_entries(begin))
    rows = zip(_entries(begin), _entries(end), steps)
    return _getitem(input_, [part(i, *row) for i, row in enumerate(rows)])


# Choices and indices


@tf("where", "where_v2")
def _where(condition, x=None, y=None):
    if x is None:
        raise ValueError("where without values (the positions of True) has no counterpart")
    like = x if is_tensor(x) else y if is_tensor(y) else None
    x, y = (partner(v, like) for v in (x, y))
    return ops.where(condition, x, y)


@tf("compat.v1.where")
def _where_of_1(condition, x=None, y=None):
    rank = len(getattr(x, "shape", ()))
    if len(condition.shape) == 1 and rank > 1:  # version 1 chose whole rows
        condition = ops.reshape(condition, (-1, *[1] * (rank - 1)))
    return _where(condition, x, y)


@tf("boolean_mask")
def _boolean_mask(tensor, mask, name=None, axis=None):
    raise ValueError("boolean_mask has no counterpart: its result has a shape that values decide")


@tf("one_hot")
def _one_hot(indices, depth, on_value=None, off_value=None, axis=None, dtype=None):
    found = ops.one_hot(
        ops.cast(indices, "int32"), length(depth), axis=-1 if axis is None else axis,
        dtype=dtype or "float32",
    )  # fmt: skip
    if on_value in (None, 1) and off_value in (None, 0):
        return found
    on, off = (1 if on_value is None else on_value), (off_value or 0)
    return ops.add(ops.multiply(found, on - off), off)


@tf("sequence_mask")
def _sequence_mask(lengths, maxlen=None, dtype="bool"):
    if maxlen is None:
        raise ValueError("sequence_mask without maxlen has a shape that values decide")
    steps = ops.arange(length(maxlen), dtype=lengths.dtype)
    return ops.cast(ops.less(steps, ops.expand_dims(lengths, -1)), dtype)


@tf("gather", "gather_v2")
def _gather(params, indices, validate_indices=None, axis=None, batch_dims=0):
    params, indices = constant(params), constant(indices)
    axis = (batch_dims or 0) if axis is None else length(axis)
    axis = axis + len(params.shape) if axis < 0 else axis
    if not batch_dims:
        return ops.take(params, ops.cast(indices, "int32"), axis=axis)
    if axis != batch_dims or batch_dims != 1:
        raise ValueError("gather with batch_dims is there for batch_dims=1 and axis=1 alone")
    rest = params.shape[2:]
    flat = ops.reshape(ops.cast(indices, "int32"), (-1, _product(indices.shape[1:])))
    for _ in rest:
        flat = ops.expand_dims(flat, -1)
    taken = ops.take_along_axis(params, flat, axis=1)
    return ops.reshape(taken, (-1, *indices.shape[1:], *rest)) if len(indices.shape) != 2 else taken


def _product(shape):
    return -1 if None in shape else int(np.prod(shape))


@tf("gather_nd")
def _gather_nd(params, indices, batch_dims=0, bad_indices_policy=""):
    indices = ops.cast(constant(indices), "int32")
    depth, sides = indices.shape[-1], params.shape[batch_dims:]
    if batch_dims not in (0, 1):
        raise ValueError("gather_nd is there for batch_dims 0 and 1 alone")
    strides = [int(np.prod(sides[i + 1 : depth])) for i in range(depth)]
    flat = ops.sum(ops.multiply(indices, constant(strides, indices)), axis=-1)
    lead = () if not batch_dims else (params.shape[0] or -1,)
    count = _product(sides[:depth])
    joined = ops.reshape(params, (*lead, count, *sides[depth:]))
    return _gather(joined, flat, axis=batch_dims, batch_dims=batch_dims)


@tf("nn.embedding_lookup")
def _embedding_lookup(params, ids, partition_strategy="mod", max_norm=None, validate_indices=True):
    if max_norm is not None:
        raise ValueError("embedding_lookup with max_norm has no counterpart")
    return _gather(params, ids, axis=0)


def _segments(name):
    op = getattr(ops, f"segment_{name}")

    def function(data, segment_ids, num_segments=None):
        return op(data, segment_ids, num_segments)

    tf(f"math.segment_{name}", f"math.unsorted_segment_{name}")(function)


for _name in ("sum", "max", "min", "prod"):
    _segments(_name)

"""keras.ops: conditions, loops, and functions mapped over tensors.

The functions that these take are called as Python calls them, so gradients flow through what they
compute. On symbolic tensors the whole of it is one node of the graph.
"""

import builtins
import functools
import itertools
import math
import re

from minikeras import tree
from minikeras.backend import shaping
from minikeras.backend.autodiff import plain
from minikeras.backend.indexing import get_item
from minikeras.backend.shaping import normal_axis
from minikeras.backend.xp import np, to_numpy, xp
from minikeras.ops.arguments import on_host, tensor
from minikeras.symbolic.inference import is_inferring
from minikeras.symbolic.operation import op

__all__ = [
    "associative_scan",
    "cond",
    "fori_loop",
    "map",
    "scan",
    "switch",
    "vectorize",
    "vectorized_map",
    "while_loop",
]

_map = builtins.map  # the public op of this name hides Python's


@op
def cond(pred, true_fn, false_fn):
    """What one of two functions returns, depending on ``pred``.

    Args:
        pred: a boolean, or a tensor with one element.
        true_fn, false_fn: functions without arguments. Only one is called; both are when shapes
            are inferred for a symbolic ``pred``, and then they must agree in them.

    >>> import minikeras as keras
    >>> x = keras.ops.array(3.0)
    >>> float(keras.ops.cond(x > 2, lambda: x + 1, lambda: x - 1))
    4.0
    """
    if not is_inferring():
        return true_fn() if _truth(pred) else false_fn()
    yes, no = true_fn(), false_fn()
    traits = [[_traits(leaf) for leaf in tree.flatten(result)] for result in (yes, no)]
    if traits[0] != traits[1]:
        raise ValueError(
            "cond: true_fn and false_fn must return tensors of the same shapes and dtypes. "
            f"Received: {traits[0]} and {traits[1]}"
        )
    return yes


def _truth(x):
    x = plain(x)
    return bool(to_numpy(x)) if hasattr(x, "dtype") else bool(x)


def _traits(x):
    return (tuple(x.shape), str(x.dtype)) if hasattr(x, "shape") else type(x).__name__


@op
def switch(index, branches, *operands):
    """What one of several functions returns.

    Args:
        index: which function; an integer, held within the range of ``branches``.
        branches: a list of functions.
        *operands: the arguments that the function is called with.

    >>> import minikeras as keras
    >>> float(keras.ops.switch(1, [lambda x: x, lambda x: 10 * x], keras.ops.array(2.0)))
    20.0
    """
    branches = list(branches)
    if not branches:
        raise ValueError("switch needs at least one function in branches. Received: none")
    which = min(max(int(on_host(index)), 0), len(branches) - 1)
    return branches[which](*operands)


def _tensors(structure):
    return tree.map_structure(tensor, structure)


@op
def while_loop(cond, body, loop_vars, maximum_iterations=None):
    """Repeat ``body`` as long as ``cond`` holds.

    Args:
        cond: takes the loop variables, returns a boolean.
        body: takes the loop variables, returns their new values in the same form.
        loop_vars: the first values; of a tuple or list every element becomes one argument.
        maximum_iterations: after how many times to stop in any case.

    Returns:
        The last values, in the form of ``loop_vars``.

    >>> import minikeras as keras
    >>> [int(v) for v in keras.ops.while_loop(
    ...     lambda i, total: i < 4, lambda i, total: (i + 1, total + i), (0, 0))]
    [4, 6]
    """
    is_several = isinstance(loop_vars, (list, tuple))
    values = _tensors(tuple(loop_vars) if is_several else (loop_vars,))
    done = 0
    while maximum_iterations is None or done < maximum_iterations:
        # While shapes are inferred the values mean nothing; once shows what there is to see.
        if done >= 1 if is_inferring() else not _truth(cond(*values)):
            break
        found = body(*values)
        found = tuple(found) if isinstance(found, (list, tuple)) and is_several else (found,)
        if len(found) != len(values):
            raise ValueError(
                "while_loop: body must return as many values as there are loop variables. "
                f"Received: {len(found)} values for {len(values)} loop variables"
            )
        values = _tensors(found)
        done += 1
    if not is_several:
        return values[0]
    return list(values) if isinstance(loop_vars, list) else values


@op
def fori_loop(lower, upper, body_fun, init_val):
    """Repeat ``value = body_fun(i, value)`` for i from ``lower`` up to, but without, ``upper``.

    Args:
        lower, upper: integers.
        body_fun: takes i and the value, returns the new value.
        init_val: the first value: a tensor or a nested structure.

    Returns:
        The last value.

    >>> import minikeras as keras
    >>> int(keras.ops.fori_loop(0, 4, lambda i, total: total + i, 0))
    6
    """
    lower, upper = int(on_host(lower)), int(on_host(upper))
    if is_inferring():
        lower, upper = 0, 1
    value = _tensors(init_val)
    for i in range(lower, upper):
        value = body_fun(i, value)
    return value


def _length(name, xs, axis=0):
    """The length along ``axis`` that all leaves of ``xs`` have."""
    lengths = {x.shape[axis] if x.shape else None for x in tree.flatten(xs)}
    if len(lengths) != 1 or None in lengths:
        raise ValueError(
            f"{name}: all tensors must have the same length along axis {axis}. "
            f"Received: shapes {[x.shape for x in tree.flatten(xs)]}"
        )
    return lengths.pop()


def _slices(xs, length):
    """The slices of a structure of tensors along their first axes, one structure for each."""
    # Taken apart all at once, so that the way back is one stack instead of a sum per slice.
    columns = [shaping.unstack(x, axis=0) for x in tree.flatten(xs)]
    return [tree.pack_sequence_as(xs, [c[i] for c in columns]) for i in range(length)]


def _any_slice(xs):
    """A slice of zeros, to find what a function returns for one."""
    return tree.map_structure(lambda x: xp.zeros(x.shape[1:], x.dtype), xs)


def _stacked(results):
    """A list of structures of tensors as one structure of stacked tensors."""

    def one(*leaves):
        return None if leaves[0] is None else shaping.stack(*_map(tensor, leaves), axis=0)

    return tree.map_structure(one, *results)


def _repeated(result, length):
    """Zeros in the form of ``length`` results stacked."""

    def one(leaf):
        if leaf is None:
            return None
        leaf = tensor(leaf)
        return xp.zeros((length, *leaf.shape), leaf.dtype)

    return tree.map_structure(one, result)


@op
def scan(f, init, xs=None, length=None, reverse=False, unroll=1):
    """Carry a value through a function along the first axis of tensors, and collect its outputs.

    Args:
        f: takes the carried value and a slice of ``xs``, returns the new carried value and an
            output.
        init: the first carried value: a tensor or a nested structure.
        xs: a tensor or a nested structure of tensors, or None for no input but the carried value.
        length: how many steps; needed if ``xs`` is None.
        reverse: whether to go from the last slice to the first. The outputs stay at the places of
            their inputs.
        unroll: a positive integer or a boolean: how many steps a compiler may put into one. There
            is none, so nothing depends on it.

    Returns:
        The last carried value, and the outputs stacked along a new first axis.

    >>> import minikeras as keras
    >>> last, sums = keras.ops.scan(
    ...     lambda total, x: (total + x, total + x), keras.ops.array(0), keras.ops.array([1, 2, 3]))
    >>> int(last), sums.tolist()
    (6, [1, 3, 6])
    """
    if not callable(f):
        raise TypeError(f"scan: `f` should be a callable. Received: {f!r}")
    if not isinstance(unroll, bool) and (not isinstance(unroll, int) or unroll < 1):
        raise ValueError(
            f"scan: unroll must be a positive integer or a boolean. Received: {unroll!r}"
        )
    if xs is None and length is None:
        raise ValueError("scan: one of xs and length must be given. Received neither")
    carry, xs = _tensors(init), None if xs is None else _tensors(xs)
    count = int(length) if xs is None else _length("scan", xs)
    if length is not None and int(length) != count:
        raise ValueError(f"scan: xs has length {count}. Received: length={length}")
    if is_inferring() or not count:
        after, y = f(carry, None if xs is None else _any_slice(xs))
        return (after if count else carry), _repeated(y, count)
    inputs = [None] * count if xs is None else _slices(xs, count)
    outputs = []
    for x in reversed(inputs) if reverse else inputs:
        carry, y = f(carry, x)
        outputs.append(y)
    return carry, _stacked(outputs[::-1] if reverse else outputs)


@op
def map(f, xs):
    """A function applied to every slice along the first axis, the results stacked.

    Args:
        f: takes a slice of ``xs``, returns a tensor or a nested structure.
        xs: a tensor, or a nested structure of tensors with equally long first axes.

    >>> import minikeras as keras
    >>> keras.ops.map(lambda row: keras.ops.sum(row), keras.ops.array([[1, 2], [3, 4]])).tolist()
    [3, 7]
    """
    return _mapped("map", f, xs)


def _mapped(name, f, xs):
    xs = _tensors(xs)
    count = _length(name, xs)
    if is_inferring() or not count:
        return _repeated(f(_any_slice(xs)), count)
    return _stacked([f(x) for x in _slices(xs, count)])


@op
def vectorized_map(function, elements):
    """A function applied to every slice along the first axis, the results stacked.

    Args:
        function: takes a slice of ``elements`` (a structure, if that is one), returns a tensor or
            a nested structure.
        elements: a tensor, or a nested structure of tensors with equally long first axes.

    >>> import minikeras as keras
    >>> keras.ops.vectorized_map(lambda x: 2 * x, keras.ops.array([1, 2])).tolist()
    [2, 4]
    """
    return _mapped("vectorized_map", function, elements)


@op
def associative_scan(f, elems, reverse=False, axis=0):
    """All results of combining the first n slices with an associative function.

    Takes about 2 log2(n) calls of ``f``, each for many slices at once: Blelloch, "Prefix Sums and
    Their Applications" (1990).

    Args:
        f: takes two structures of tensors and combines them slice by slice along ``axis``;
            ``f(a, f(b, c))`` must equal ``f(f(a, b), c)``.
        elems: a tensor, or a nested structure of tensors equally long along ``axis``.
        reverse: whether to combine from the last slice to the first.
        axis: the axis to scan.

    Returns:
        A structure in the form of ``elems``.

    >>> import minikeras as keras
    >>> keras.ops.associative_scan(lambda a, b: a + b, keras.ops.array([1, 2, 3, 4])).tolist()
    [1, 3, 6, 10]
    """
    if not callable(f):
        raise TypeError(f"associative_scan: f must be a function. Received: {f!r}")
    elems = _tensors(elems)
    flat = tree.flatten(elems)
    axis = normal_axis(int(axis), len(flat[0].shape))
    _length("associative_scan", elems, axis)
    if reverse:
        flat = [shaping.flip(x, axis=axis) for x in flat]

    def combine(a, b):
        packed = (tree.pack_sequence_as(elems, part) for part in (a, b))
        return list(_map(tensor, tree.flatten(f(*packed))))

    flat = _prefixes(combine, flat, axis)
    if reverse:
        flat = [shaping.flip(x, axis=axis) for x in flat]
    return tree.pack_sequence_as(elems, flat)


def _prefixes(combine, xs, axis):
    """The scan of a list of tensors: neighbours are combined, the half as many are scanned."""
    length = xs[0].shape[axis]
    if length < 2:
        return xs

    def part(xs, *bounds):
        index = (*[slice(None)] * axis, slice(*bounds))
        return [get_item(x, index=index) for x in xs]

    odd = _prefixes(combine, combine(part(xs, 0, length - 1, 2), part(xs, 1, None, 2)), axis)
    rest = part(xs, 2, None, 2)
    if rest[0].shape[axis]:
        rest = combine(part(odd, 0, rest[0].shape[axis]), rest)
    even = [shaping.concatenate(a, b, axis=axis) for a, b in zip(part(xs, 0, 1), rest)]
    return [_interleaved(a, b, axis) for a, b in zip(even, odd)]


def _interleaved(even, odd, axis):
    """The slices of two tensors in turn; ``even`` may have one more."""
    count = odd.shape[axis]
    lead, trail = odd.shape[:axis], odd.shape[axis + 1 :]
    index = (*[slice(None)] * axis, slice(count))
    pairs = shaping.stack(get_item(even, index=index), odd, axis=axis + 1)
    joined = shaping.reshape(pairs, shape=(*lead, 2 * count, *trail))
    if even.shape[axis] == count:
        return joined
    last = get_item(even, index=(*[slice(None)] * axis, slice(count, None)))
    return shaping.concatenate(joined, last, axis=axis)


def vectorize(pyfunc, *, excluded=None, signature=None):
    """A function of small tensors made into one of larger tensors, by calling it many times.

    Args:
        pyfunc: takes tensors of the ranks that ``signature`` says, numbers if there is none.
        excluded: positions and names of arguments that are handed on as they are.
        signature: the axes of the arguments and results, as in ``"(m,n),(n)->(m)"``.

    Returns:
        A function of tensors with further axes in front, which are broadcast.

    >>> import minikeras as keras
    >>> larger = keras.ops.vectorize(lambda a, b: a if a > b else b)
    >>> larger(keras.ops.array([1, 5, 3]), 2).tolist()
    [2, 5, 3]
    """
    if not callable(pyfunc):
        raise TypeError(f"vectorize: pyfunc must be a function. Received: {pyfunc!r}")
    excluded = frozenset(excluded or ())
    core = None if signature is None else _core_axes(signature)

    @functools.wraps(pyfunc)
    def vectorized(*args, **kwargs):
        named = set(kwargs) - excluded
        if named:
            raise TypeError(
                "vectorize: arguments given by name are handed on as they are, and must be "
                f"listed in excluded. Received: {sorted(named)}"
            )
        places = [i for i in range(len(args)) if i not in excluded]
        xs = [tensor(args[i]) for i in places]

        def call(parts):
            filled = list(args)
            for i, part in zip(places, parts):
                filled[i] = part
            return pyfunc(*filled, **kwargs)

        return _vectorized_call(call, xs, core)

    return op(vectorized)


def _core_axes(signature):
    """The axis names of each argument in a signature such as ``"(m,n),(n)->(m)"``."""
    group = r"\(\s*(?:\w+\s*(?:,\s*\w+\s*)*)?\)"
    groups = rf"{group}(?:\s*,\s*{group})*"
    if not re.fullmatch(rf"\s*{groups}\s*->\s*{groups}\s*", signature):
        raise ValueError(
            f"vectorize: not a signature: {signature!r}. Expected one like '(m,n),(n)->(m)'"
        )
    return [re.findall(r"\w+", g) for g in re.findall(group, signature.split("->")[0])]


def _vectorized_call(call, xs, core):
    if core is None:
        core = [[] for _ in xs]
    if len(core) != len(xs):
        raise ValueError(f"vectorize: the signature has {len(core)} arguments. Received: {len(xs)}")
    sides, leads = {}, []
    for x, names in zip(xs, core):
        rank = len(x.shape) - len(names)
        if rank < 0:
            raise ValueError(
                f"vectorize: an argument needs at least {len(names)} axes {names}. "
                f"Received: shape {x.shape}"
            )
        for name, n in zip(names, x.shape[rank:]):
            if sides.setdefault(name, n) != n:
                raise ValueError(
                    f"vectorize: axis {name!r} has lengths {sides[name]} and {n} in the arguments"
                )
        leads.append(x.shape[:rank])
    lead = np.broadcast_shapes(*leads)
    if not lead:
        return call(xs)
    xs = [
        shaping.broadcast_to(_aligned(x, own, len(lead)), shape=(*lead, *x.shape[len(own) :]))
        for x, own in zip(xs, leads)
    ]
    count = math.prod(lead)
    flat = [shaping.reshape(x, shape=(count, *x.shape[len(lead) :])) for x in xs]
    if is_inferring() or not count:
        result = _repeated(call(_any_slice(flat)), count)
    else:
        result = _stacked([call(parts) for parts in _slices(flat, count)])
    return tree.map_structure(lambda y: shaping.reshape(y, shape=(*lead, *y.shape[1:])), result)


def _aligned(x, own, rank):
    """``x`` with axes of length 1 put before its leading axes ``own``, up to ``rank`` of them."""
    missing = rank - len(own)
    return shaping.reshape(x, shape=(*itertools.repeat(1, missing), *x.shape))

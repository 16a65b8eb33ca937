"""Products that sum over axes: matmul and einsum, with the lowering of einsum to matmul.

Glossary of einsum: an operand is described by one letter per axis; letters that the output lacks are
summed over. B: letters of both operands and the output (batch), C: of both but not the output
(contracted), L and R: of the left or right operand and the output.
"""

import math

from minikeras.backend.autodiff import primitive
from minikeras.backend.elementwise import multiply
from minikeras.backend.indexing import HOLE, get_item
from minikeras.backend.reduction import sum as sum_over
from minikeras.backend.shaping import broadcast_to, reshape, transpose
from minikeras.backend.xp import xp


def _swapped(x):
    """The last two axes exchanged; a view."""
    rank = len(x.shape)
    return transpose(x, axes=(*range(rank - 2), rank - 1, rank - 2))


@primitive
def matmul(x, y):
    """Matrix product over the last two axes: (..., n, k) @ (..., k, m) -> (..., n, m)."""
    if y.ndim == 2 and x.ndim > 2:
        # One product of matrices is faster than a stack of small ones.
        flat = xp.matmul(x.reshape(math.prod(x.shape[:-1]), x.shape[-1]), y)
        return flat.reshape(*x.shape[:-1], y.shape[1])
    return xp.matmul(x, y)


def _matmul_right(out, x, y):
    if len(y.shape) == 2 and len(x.shape) > 2:
        rows, k, m = math.prod(x.shape[:-1]), x.shape[-1], y.shape[1]

        def back(g):
            flat = reshape(x, shape=(rows, k))
            return matmul(transpose(flat, axes=(1, 0)), reshape(g, shape=(rows, m)))

        return back
    return lambda g: matmul(_swapped(x), g)


matmul.rules(
    lambda out, x, y: lambda g: matmul(g, _swapped(y)),
    _matmul_right,
)


def parse_einsum(subscripts, shapes):
    """The letters of each operand and of the output, ellipses written out as capital letters.

    Raises:
        ValueError: if the subscripts do not fit the operands.
    """
    text = subscripts.replace(" ", "")
    inputs, arrow, output = text.partition("->")
    operands = inputs.split(",")
    if len(operands) != len(shapes):
        raise ValueError(
            f"einsum: {subscripts!r} describes {len(operands)} operands. Received: {len(shapes)}"
        )
    if not arrow:
        letters = sorted(set(inputs) - set(",."))
        output = "".join(c for c in letters if inputs.count(c) == 1)
        output = ("..." if "..." in inputs else "") + output
    free = [c for c in _LETTERS if c not in text]
    lengths = [len(shape) - len(op.replace("...", "")) for op, shape in zip(operands, shapes)]
    widest = max((n for op, n in zip(operands, lengths) if "..." in op), default=0)
    for op, n, shape in zip(operands, lengths, shapes):
        if n < 0 or (n > 0 and "..." not in op):
            raise ValueError(
                f"einsum: operand {op!r} of {subscripts!r} does not fit the shape {tuple(shape)}"
            )
    ellipsis = "".join(free[:widest])
    operands = [
        op.replace("...", ellipsis[widest - n :] if n else "") for op, n in zip(operands, lengths)
    ]
    return operands, output.replace("...", ellipsis)


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@primitive
def einsum(*operands, inputs, output):
    """The sum of products that the letters describe; no letter twice in an operand.

    Operands are joined in pairs from the left; each pair becomes one matrix product.
    """
    letters, result = inputs[0], operands[0]
    for i in range(1, len(operands)):
        needed = set(output).union(*inputs[i + 1 :])
        kept = "".join(dict.fromkeys(c for c in letters + inputs[i] if c in needed))
        result = _pair(result, operands[i], letters, inputs[i], kept)
        letters = kept
    return _summed_and_ordered(result, letters, output)


def _summed_and_ordered(x, letters, output):
    axes = tuple(i for i, c in enumerate(letters) if c not in output)
    if axes:
        x = xp.sum(x, axis=axes)
        letters = "".join(c for c in letters if c in output)
    if letters != output:
        x = xp.transpose(x, [letters.index(c) for c in output])
    return x


def _pair(x, y, x_letters, y_letters, output):
    """One product: transposed so that it is a matmul of (B, L, C) and (B, C, R)."""
    x = _without_lone_sums(x, x_letters, y_letters + output)
    x_letters = "".join(c for c in x_letters if c in y_letters + output)
    y = _without_lone_sums(y, y_letters, x_letters + output)
    y_letters = "".join(c for c in y_letters if c in x_letters + output)
    b = [c for c in x_letters if c in y_letters and c in output]
    c_ = [c for c in x_letters if c in y_letters and c not in output]
    l_ = [c for c in x_letters if c not in y_letters]
    r_ = [c for c in y_letters if c not in x_letters]
    sizes = _sizes((x.shape, y.shape), (x_letters, y_letters))
    count = lambda names: math.prod(sizes[n] for n in names)
    x = _arranged(x, x_letters, [*b, *l_, *c_], sizes)
    y = _arranged(y, y_letters, [*b, *c_, *r_], sizes)
    if b:
        x = x.reshape(count(b), count(l_), count(c_))
        y = y.reshape(count(b), count(c_), count(r_))
    else:
        x, y = x.reshape(count(l_), count(c_)), y.reshape(count(c_), count(r_))
    product = xp.matmul(x, y) if c_ else x * y
    product = product.reshape([sizes[n] for n in (*b, *l_, *r_)])
    return _summed_and_ordered(product, "".join((*b, *l_, *r_)), output)


def _without_lone_sums(x, letters, elsewhere):
    axes = tuple(i for i, c in enumerate(letters) if c not in elsewhere)
    return xp.sum(x, axis=axes) if axes else x


def _arranged(x, letters, order, sizes):
    """The axes in another order, axes of length 1 that broadcast written out."""
    x = xp.transpose(x, [letters.index(c) for c in order])
    shape = tuple(sizes[c] for c in order)
    return x if x.shape == shape else xp.broadcast_to(x, shape)


def _sizes(shapes, letters):
    sizes = {}
    for shape, names in zip(shapes, letters):
        for n, c in zip(shape, names):
            if sizes.get(c, 1) == 1:
                sizes[c] = n
            elif n not in (1, sizes[c]):
                raise ValueError(f"einsum: axis {c!r} has lengths {sizes[c]} and {n}")
    return sizes


def _einsum_joint(out, *operands, inputs, output):
    shapes = [x.shape for x in operands]
    sizes = _sizes(shapes, inputs)

    def one(g, i):
        others = [x for j, x in enumerate(operands) if j != i]
        names = [n for j, n in enumerate(inputs) if j != i]
        # Letters of this operand alone were summed: their gradient is the same along them.
        found = "".join(c for c in inputs[i] if c in output or any(c in n for n in names))
        result = einsum(g, *others, inputs=(output, *names), output=found)
        if found != inputs[i]:
            kept = tuple(sizes[c] if c in found else 1 for c in inputs[i])
            result = broadcast_to(
                reshape(result, shape=kept), shape=tuple(sizes[c] for c in inputs[i])
            )
        return result

    return lambda g: [one(g, i) for i in range(len(operands))]


einsum.joint_rule(_einsum_joint)


def contract(subscripts, *operands):
    """einsum for any subscripts: repeated letters of an operand take its diagonal first."""
    inputs, output = parse_einsum(subscripts, [x.shape for x in operands])
    operands = list(operands)
    for i, letters in enumerate(inputs):
        while len(set(letters)) < len(letters):
            operands[i], letters = _diagonal(operands[i], letters)
        inputs[i] = letters
    if len(operands) == 1 and inputs[0] == output:
        return operands[0]
    if len(operands) == 2 and inputs[0] == inputs[1] == output:
        return multiply(*operands)
    if len(operands) == 2 and not output and inputs[0] == inputs[1]:
        return sum_over(multiply(*operands), axis=None, keepdims=False)
    return einsum(*operands, inputs=tuple(inputs), output=output)


def _diagonal(x, letters):
    """``x`` with the first repeated letter's two axes replaced by their diagonal."""
    repeated = next(c for c in letters if letters.count(c) > 1)
    first = letters.index(repeated)
    second = letters.index(repeated, first + 1)
    rest = [i for i in range(len(letters)) if i not in (first, second)]
    moved = transpose(x, axes=(first, second, *rest))
    n = x.shape[first]
    index = xp.arange(n)
    return get_item(moved, index, index, index=(HOLE, HOLE)), repeated + "".join(letters[i] for i in rest)

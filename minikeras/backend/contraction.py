"""Products that sum over shared axes: `matmul`, and `einsum` of two arrays, brought to `matmul`.

Both differentiate into themselves. `contract` takes a whole einsum expression apart: what concerns
one operand alone (diagonals, sums, broadcasting) is done first by other primitives, and several
operands are multiplied two at a time, the pair with the smallest product first.
"""

import functools
import itertools
import math
import re
import string
from collections import Counter
from typing import NamedTuple

from minikeras.backend import reduction
from minikeras.backend.autodiff import primitive
from minikeras.backend.elementwise import multiply
from minikeras.backend.product import product
from minikeras.backend.shaping import diagonal, expand_dims, reshape, swapaxes, transpose
from minikeras.backend.xp import xp


@primitive
def matmul(x, y, *, out=None):
    """The matrix product over the last axis of x and the last but one of y, as in NumPy."""
    if x.ndim > 2 and y.ndim <= 2:  # one large product in place of a batch of small ones
        is_given = out is not None and out.flags.c_contiguous and y.ndim == 2
        found = product(_rows(x), y, _rows(out) if is_given else None)
        found = found.reshape((*x.shape[:-1], *y.shape[1:]))
        if out is not None and not is_given:
            out[...] = found
        return found
    return product(x, y, out)


def _rows(x):
    *lead, n = x.shape
    return x.reshape(math.prod(lead), n)


def _matmul_by_first(out, x, y):
    rank, y_shape = len(x.shape), y.shape

    def way_back(g):
        if len(y_shape) == 1:
            return multiply(g if rank == 1 else expand_dims(g, -1), y)
        if rank == 1:
            return reshape(matmul(y, expand_dims(g, -1)), shape=y_shape[:-1])
        return matmul(g, swapaxes(y, -1, -2))

    return way_back


def _matmul_by_second(out, x, y):
    rank, x_shape = len(y.shape), x.shape

    def way_back(g):
        if rank == 1:
            return multiply(g, x) if len(x_shape) == 1 else matmul(reshape(g, shape=(-1,)), flat(x))
        if len(x_shape) == 1:
            return multiply(expand_dims(x, -1), expand_dims(g, -2))
        if rank == 2:
            return matmul(transpose(flat(x)), flat(g))
        return matmul(swapaxes(x, -1, -2), g)

    def flat(x):
        *lead, n = x.shape
        return x if len(lead) == 1 else reshape(x, shape=(math.prod(lead), n))

    return way_back


matmul.rules(_matmul_by_first, _matmul_by_second)


@primitive
def einsum(x, y, *, subscripts):
    """``subscripts``: ``"ab,bc->ac"``, explicit and without ellipsis.

    Each label of an operand occurs once in it, and again in the other operand or in the output;
    lengths agree. `contract` takes care of all else.
    """
    plan = _arrangement(subscripts)
    if plan.is_swapped:
        x, y = y, x
    x, y = x.transpose(plan.axes_of_x), y.transpose(plan.axes_of_y)
    batch = x.shape[: plan.batch]
    rows = x.shape[plan.batch : plan.batch + plan.rows]
    inner = x.shape[plan.batch + plan.rows :]
    columns = y.shape[plan.batch + len(inner) :]
    if inner:
        x = x.reshape((*batch, math.prod(rows), math.prod(inner)))
        y = y.reshape((*batch, math.prod(inner), math.prod(columns)))
        out = product(x, y).reshape((*batch, *rows, *columns))
    else:
        x = x.reshape((*batch, *rows, *[1] * len(columns)))
        out = xp.multiply(x, y.reshape((*batch, *[1] * len(rows), *columns)))
    return out.transpose(plan.axes_of_out)


class _Arrangement(NamedTuple):
    """How to view a product of two arrays as a batch of matrix products."""

    is_swapped: bool  # so that the last axis of the output is the fastest in memory
    batch: int  # the number of axes in both operands and the output
    rows: int  # the number of axes in the first operand and the output alone
    axes_of_x: tuple  # to the order batch, rows, inner
    axes_of_y: tuple  # to the order batch, inner, columns
    axes_of_out: tuple  # from the order batch, rows, columns


@functools.lru_cache(maxsize=1024)
def _arrangement(subscripts):
    x, y, out = re.split(",|->", subscripts)
    is_swapped = bool(out) and out[-1] not in y
    if is_swapped:
        x, y = y, x
    batch = [c for c in x if c in y and c in out]
    rows = [c for c in x if c not in y]
    inner = [c for c in x if c in y and c not in out]
    columns = [c for c in y if c not in x]
    product_labels = batch + rows + columns
    return _Arrangement(
        is_swapped,
        len(batch),
        len(rows),
        tuple(map(x.index, batch + rows + inner)),
        tuple(map(y.index, batch + inner + columns)),
        tuple(map(product_labels.index, out)),
    )


def _einsum_rules():
    def by_first(out, x, y, *, subscripts):
        a, b, c = re.split(",|->", subscripts)
        return lambda g: einsum(g, y, subscripts=f"{c},{b}->{a}")

    def by_second(out, x, y, *, subscripts):
        a, b, c = re.split(",|->", subscripts)
        return lambda g: einsum(x, g, subscripts=f"{a},{c}->{b}")

    return by_first, by_second


einsum.rules(*_einsum_rules())


def contract(subscripts, *operands):
    """The einsum of tensors of one dtype: any number of them, ellipsis, repeated labels.

    Args:
        subscripts: in NumPy's notation, with or without ``->``.
        operands: tensors; axes of length 1 broadcast.

    Raises:
        ValueError: if subscripts and shapes do not fit.
    """
    inputs, out = _explicit(subscripts, tuple(len(x.shape) for x in operands))
    sides = _sides(subscripts, inputs, [x.shape for x in operands])
    terms = [(_undoubled(x, labels)) for x, labels in zip(operands, inputs)]
    while len(terms) > 1:
        i, j = (0, 1) if len(terms) == 2 else _cheapest_pair([t[1] for t in terms], out, sides)
        others = "".join(labels for n, (_, labels) in enumerate(terms) if n not in (i, j))
        second, first = terms.pop(j), terms.pop(i)
        terms.append(_pair(*first, *second, "".join(dict.fromkeys(out + others)), sides))
    ((x, labels),) = terms
    x, labels = _summed(x, labels, out)
    axes = tuple(map(labels.index, out))
    return x if axes == tuple(range(len(axes))) else transpose(x, axes=axes)


@functools.lru_cache(maxsize=1024)
def _explicit(subscripts, ranks):
    """The labels of each operand and of the output, the ellipsis spelled out."""
    given = subscripts.replace(" ", "")
    left, arrow, out = given.partition("->")
    inputs = left.split(",")
    if len(inputs) != len(ranks):
        raise ValueError(
            f"einsum {subscripts!r} is about {len(inputs)} operands. Received {len(ranks)}"
        )
    spare = [c for c in string.ascii_letters if c not in given]
    widths = [rank - len(t.replace("...", "")) for rank, t in zip(ranks, inputs) if "..." in t]
    dots = spare[: max(widths, default=0)]
    spelled = []
    for rank, labels in zip(ranks, inputs):
        width = rank - len(labels.replace("...", ""))
        if "..." in labels and width >= 0:
            labels = labels.replace("...", "".join(dots[len(dots) - width :]))
        if len(labels) != rank or (labels and not labels.isalpha()):
            raise ValueError(
                f"einsum {subscripts!r}: {labels!r} does not fit an operand of rank {rank}"
            )
        spelled.append(labels)
    if arrow:
        out = out.replace("...", "".join(dots))
    else:
        once = [c for c, n in Counter("".join(inputs).replace(".", "")).items() if n == 1]
        out = "".join(dots + sorted(once))
    unknown = [c for c in out if c not in "".join(spelled)]
    if unknown or len(set(out)) < len(out):
        raise ValueError(
            f"einsum {subscripts!r}: every label of the output must occur in an operand, and once "
            f"in the output. Received output {out!r}"
        )
    return tuple(spelled), out


def _sides(subscripts, inputs, shapes):
    """The length of each label."""
    sides = {}
    for labels, shape in zip(inputs, shapes):
        for label, n in zip(labels, shape):
            known = sides.get(label, 1)
            if 1 not in (known, n) and known != n:
                raise ValueError(
                    f"einsum {subscripts!r}: label {label!r} has length {known} in one place and "
                    f"{n} in another. Received shapes {[tuple(s) for s in shapes]}"
                )
            sides[label] = n if known == 1 else known
    return sides


def _undoubled(x, labels):
    """Diagonals taken until no label occurs twice."""
    for label in labels:
        while labels.count(label) > 1:
            i = labels.index(label)
            j = labels.index(label, i + 1)
            x = diagonal(x, axis1=i, axis2=j)
            labels = labels[:i] + labels[i + 1 : j] + labels[j + 1 :] + label
    return x, labels


def _summed(x, labels, kept):
    """The axes summed whose labels are not in ``kept``."""
    axes = tuple(i for i, c in enumerate(labels) if c not in kept)
    if axes:
        x, labels = reduction.sum(x, axis=axes), "".join(c for c in labels if c in kept)
    return x, labels


def _squeezed(x, labels, other_labels, sides):
    """Axes of length 1 dropped where the other operand repeats them."""
    dropped = [
        i
        for i, (c, n) in enumerate(zip(labels, x.shape))
        if n == 1 and sides[c] != 1 and c in other_labels
    ]
    if dropped:
        x = reshape(x, shape=tuple(n for i, n in enumerate(x.shape) if i not in dropped))
        labels = "".join(c for i, c in enumerate(labels) if i not in dropped)
    return x, labels


def _pair(x, x_labels, y, y_labels, kept, sides):
    """The product of two terms with the labels that occur in ``kept``."""
    x, x_labels = _squeezed(x, x_labels, y_labels, sides)
    y, y_labels = _squeezed(y, y_labels, x_labels, sides)
    x, x_labels = _summed(x, x_labels, y_labels + kept)
    y, y_labels = _summed(y, y_labels, x_labels + kept)
    out = "".join(c for c in kept if c in x_labels or c in y_labels)
    return einsum(x, y, subscripts=f"{x_labels},{y_labels}->{out}"), out


def _cheapest_pair(labels, out, sides):
    """Which two terms to multiply first: those with the smallest product."""

    def size(pair):
        i, j = pair
        others = [c for n, c in enumerate(labels) if n not in pair]
        kept = set(labels[i] + labels[j]) & set(out).union(*others)
        return math.prod(sides[c] for c in kept)

    return min(itertools.combinations(range(len(labels)), 2), key=size)

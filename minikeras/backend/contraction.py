"""Products that sum over shared axes: `matmul`, and `einsum` of two arrays, brought to `matmul`.

Both differentiate into themselves. `contract` takes a whole einsum expression apart: what concerns
one operand alone (diagonals, sums, broadcasting) is done first by other primitives, and several
operands are multiplied two at a time, the pair with the smallest product first.
"""

import functools
import itertools
import math
import string

from minikeras.backend import reduction
from minikeras.backend.autodiff import primitive
from minikeras.backend.elementwise import multiply
from minikeras.backend.shaping import diagonal, expand_dims, reshape, swapaxes, transpose
from minikeras.backend.xp import product, xp


@primitive
def matmul(x, y):
    """The matrix product over the last axis of x and the last but one of y, as in NumPy."""
    if x.ndim > 2 and y.ndim <= 2:  # one large product in place of a batch of small ones
        *lead, inner = x.shape
        rows = x.reshape(math.prod(lead), inner)
        return product(rows, y).reshape(*lead, *y.shape[1:])
    return product(x, y)


@matmul.rules
def _(out, x, y):
    shape = x.shape

    def way_back(g):
        if y.ndim == 1:
            return multiply(g if len(shape) == 1 else expand_dims(g, -1), y)
        if len(shape) == 1:
            return matmul(y, g) if y.ndim == 2 else _rows_by_vectors(y, g)
        return matmul(g, swapaxes(y, -1, -2))

    return way_back


def _rows_by_vectors(y, g):
    """Each matrix of the batch ``y`` by its vector in ``g``."""
    return reshape(matmul(y, expand_dims(g, -1)), shape=y.shape[:-1])


def _matmul_by_second(out, x, y):
    shape = y.shape

    def way_back(g):
        if x.ndim == 1:
            return multiply(x if len(shape) == 1 else expand_dims(x, -1), expand_dims(g, -2)
                            if len(shape) > 1 else g)
        if len(shape) == 1:
            return matmul(reshape(g, shape=(g.size,)), _as_rows(x))
        if len(shape) == 2 and x.ndim > 2:
            return matmul(transpose(_as_rows(x)), _as_rows(g))
        return matmul(swapaxes(x, -1, -2), g)

    return way_back


def _as_rows(x):
    *lead, n = x.shape
    return x if len(lead) == 1 else reshape(x, shape=(math.prod(lead), n))


matmul.rules(*matmul.argument_rules, _matmul_by_second)

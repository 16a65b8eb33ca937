"""Translations of sums of products."""

from minikeras.backend.xp import np
from minikeras.export.graph import axes_of, translates


@translates("matmul")
def _(g, x, y, **_):
    return g.add("MatMul", g.typed(x), g.typed(y))


@translates("einsum")
def _(g, x, y, *, subscripts):
    # Letters need not agree between calls, and not every reader knows capital ones.
    letters = {}
    small = "".join(
        letters.setdefault(c, chr(ord("a") + len(letters))) if c.isalpha() else c
        for c in subscripts
    )
    return g.add("Einsum", g.typed(x), g.typed(y), equation=small)


def mixed(g, name, rank, axis, weights):
    """The name of ``weights @ x`` along one axis; ``weights`` is the name of their transpose."""
    (axis,) = axes_of(axis, rank)
    order = [a for a in range(rank) if a != axis] + [axis]
    product = g.add("MatMul", g.transpose(name, order), weights)
    return g.transpose(product, [order.index(a) for a in range(rank)])


@translates("resample")
def _(g, x, weights, *, axis):
    turned = g.transpose(g.typed(weights), [1, 0])
    return mixed(g, g.typed(x), x.rank, axis, turned)


@translates("sum_ranges")
def _(g, x, *, axis, starts, stops):
    (axis,) = axes_of(axis, x.rank)
    places = np.arange(x.shape[axis])[:, None]
    weights = (places >= np.array(starts)) & (places < np.array(stops))
    return mixed(g, g.typed(x), x.rank, axis, g.constant(weights.astype(g.out.dtype)))

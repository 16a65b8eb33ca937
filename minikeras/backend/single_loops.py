"""The loops of LSTM and GRU over time for sequences of one sample, without masks and dropouts.

What they compute, and the memory for the way back, is that of `recurrent_loops`; the letters are
those of `lockstep`. With one row a product with a recurrent kernel is quicker for all gates
together, and what is done before the loop takes few calls, as there may be no more than one step.
"""

from minikeras.backend.product import product
from minikeras.backend.xp import ON_GPU, xp


def are_single(arrays, others):
    """Whether sequences are of one sample, and without what makes steps differ.

    Args:
        arrays: of one sequence x, (T, 1, F), the first state, and others, or None for these.
        others: masks and factors.
    """
    x, h, *_ = arrays
    return (
        not ON_GPU
        and x.shape[1] == 1
        and min(x.size, h.size) > 0
        and x.dtype.char in "fd"
        and all(a is None or a.dtype == x.dtype for a in arrays)
        and all(a is None for a in others)
    )


def lstm(runs, sequences):
    """LSTMs over time.

    Args:
        runs: of each sequence x, h, c, kernel, recurrent kernel and bias.

    Returns:
        What `recurrent_loops.lstm` returns.
    """
    states, s = _memory(runs, 1)
    gates, g = _memory(runs, 5)
    now, half, kernels = g[:-1], xp.asarray(0.5, s.dtype), []
    for d, (x, h, c, kernel, recurrent, bias) in enumerate(runs):
        s[0, 0, d], g[0, 4, d] = h[0], c[0]
        z = _projected(x, kernel, bias)
        if len(x) == 1:
            z += h @ recurrent
        else:
            kernels.append(xp.empty_like(recurrent))
            _put_lstm(recurrent, kernels[d].reshape(len(recurrent), 4, -1), half)
        _put_lstm(z, now[:, :4, d], half)
    recurrent, multiply_states = _products(kernels, 4)
    added, add, multiply, tanh = xp.empty_like(g[0, :2]), xp.add, xp.multiply, xp.tanh
    first, second = added
    each = zip(
        now[:, :4], now[:, :3], now[:, 0], now[:, 1:3], now[:, 3:], g[1:, 4], s[:, 0], s[1:, 0]
    )
    for z, opened, o, of_cell, g_and_cell, cell, before, after in each:
        if multiply_states:
            multiply_states(before)
            add(z, recurrent, z)
        tanh(z, z)
        multiply(opened, half, opened)
        add(opened, half, opened)
        multiply(of_cell, g_and_cell, added)
        add(first, second, cell)
        tanh(cell, after)
        multiply(after, o, after)
    return _results(s[:, 0], sequences, g[-1, 4]), (states, gates)


def gru(runs, sequences):
    """GRUs over time, reset after.

    Args:
        runs: of each sequence x, h, kernel, recurrent kernel, the bias of the inputs or None, and
            that of the state in n.

    Returns:
        What `recurrent_loops.gru` returns.
    """
    states, s = _memory(runs, 1)
    gates, g = _memory(runs, 4, 0)
    half, kernels, u = xp.asarray(0.5, s.dtype), [], s.shape[-1]
    for d, (x, h, kernel, recurrent, outer, inner) in enumerate(runs):
        s[0, 0, d], g[:, 2, d] = h[0], inner
        z = _projected(x, kernel, outer)
        if len(x) == 1:
            of_state = h @ recurrent
            z[:, : 2 * u] += of_state[:, : 2 * u]
            g[:, 2, d] += of_state[:, 2 * u :]
        else:
            kernels.append(recurrent.copy())
            kernels[d][:, : 2 * u] *= half
        z = z.reshape(len(x), 3, u)
        xp.multiply(z[:, :2], half, g[:, :2, d])
        g[:, 3, d] = z[:, 2]
    recurrent, multiply_states = _products(kernels, 3)
    add, subtract, multiply, tanh = xp.add, xp.subtract, xp.multiply, xp.tanh
    added = xp.empty_like(g[0, 0])
    each = zip(g[:, :3], g[:, :2], g[:, 0], g[:, 1], g[:, 2], g[:, 3], s[:, 0], s[1:, 0])
    for of_product, opened, z, r, kept, n, before, after in each:
        if multiply_states:
            multiply_states(before)
            add(of_product, recurrent, of_product)
        tanh(opened, opened)
        multiply(opened, half, opened)
        add(opened, half, opened)
        multiply(r, kept, added)
        add(n, added, n)
        tanh(n, n)
        subtract(before, n, after)
        multiply(after, z, after)
        add(after, n, after)
    return _results(s[:, 0], sequences), (states, gates)


def _memory(runs, places, more=1):
    """An array (T + more, places, D, 1, 1, U), one place without axis, and it as (., ., D, U)."""
    (x, h, *_) = runs[0]
    lead = (len(x) + more, places) if places > 1 else (len(x) + more,)
    found = xp.empty((*lead, len(runs), 1, 1, h.shape[1]), h.dtype)
    return found, found.reshape(len(x) + more, places, len(runs), -1)


def _projected(x, kernel, bias):
    """x W + b for all steps, (T, k U)"""
    z = product(x.reshape(len(x), -1), kernel)
    return z if bias is None else xp.add(z, bias, z)


def _put_lstm(z, ordered, half):
    """(N, i f g o U) -> (N, o i f g, U), halved where a sigmoid is computed as a tanh"""
    z = z.reshape(ordered.shape)
    xp.multiply(z[:, 3], half, ordered[:, 0])
    xp.multiply(z[:, :2], half, ordered[:, 1:3])
    ordered[:, 3] = z[:, 2]


def _products(kernels, count):
    """Memory for the products of states with kernels, (k, D, U), and a function that fills it.

    None for no kernels: the products of the only step are there already.
    """
    if not kernels:
        return None, None
    units = len(kernels[0])
    found = xp.empty((len(kernels), count * units), kernels[0].dtype)
    view = found.reshape(len(kernels), count, units).swapaxes(0, 1)
    if len(kernels) == 1:
        (kernel,), (out,) = kernels, found
        return view, lambda states: states[0].dot(kernel, out)

    pairs = list(zip(kernels, found))

    def multiply_states(states):
        for state, (kernel, out) in zip(states, pairs):
            state.dot(kernel, out)

    return view, multiply_states


def _results(states, sequences, *others):
    """Of each sequence all states or None, the last one, and its part of ``others``."""
    return [
        (
            states[1:, d, None] if sequences else None,
            *(state[d : d + 1].copy() for state in (states[-1], *others)),
        )
        for d in range(states.shape[1])
    ]

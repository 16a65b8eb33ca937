"""The loops of SimpleRNN, LSTM and GRU over time, and of their gradients.

`recurrence` has their equations, `lockstep` the letters and what they have in common. They take a
list of sequences of the same shape, for each the arguments of the primitive; the memory that its
gradient needs is one for all of them.
"""

from minikeras.backend import single_loops
from minikeras.backend.lockstep import (
    Projections,
    Sizes,
    WayBack,
    backwards,
    by_gates_of_kernels,
    given_gradients,
    halves_of,
    narrow,
    part_of,
    plain_terms,
    results_of,
    skipped_steps,
    turned_kernels,
    wide,
)
from minikeras.backend.xp import xp

# SimpleRNN

_ACTIVATIONS = {
    "tanh": (xp.tanh, lambda y: 1 - y * y),
    "relu": (lambda z, out: xp.maximum(z, 0, out=out), lambda y: (y > 0).astype(y.dtype)),
    "linear": (lambda z, out: xp.copyto(out, z), xp.ones_like),
}


def simple_rnn(runs, *, activation, sequences):
    """Elman's networks over time.

    Args:
        runs: of each sequence the arguments of the primitive.

    Returns:
        Of each what it computes, and the memory that all of them share.
    """
    dtype = runs[0][0].dtype
    xs, hs, kernels, recurrents, biases, masks = zip(*map(wide, runs))
    sizes = Sizes(len(runs), xs[0], hs[0], recurrents[0])
    states, gates = sizes.history(hs), sizes.empty(sizes.steps, 1)
    kernel, skipped = by_gates_of_kernels(recurrents, (0,))[0], skipped_steps(sizes, masks)
    activate, times, add, copyto = _ACTIVATIONS[activation][0], sizes.times, xp.add, xp.copyto

    def go_on(part):
        each = zip(gates[part, 0], states[part], states[1:][part], skipped[part])
        for z, before, after, stays in each:
            times(before, kernel, out=after)
            add(z, after, z)
            activate(z, after)
            if stays is not None:
                copyto(after, before, where=stays)

    Projections(sizes, xs, kernels, biases, gates, (0,), [None] * len(runs)).run(go_on)
    return results_of(sizes, dtype, states, sequences), (states,)


def simple_rnn_gradient(runs, memory, *, activation, needs_x):
    """Of each sequence the gradients of x, h, kernel, recurrent kernel and bias."""
    (states,) = memory
    dtype = runs[0][2].dtype
    runs = [wide(run, dtype) for run in runs]
    g_outputs, g_lasts, xs, hs, kernels, recurrents, biases, masks = zip(*runs)
    sizes = Sizes(len(runs), xs[0], hs[0], recurrents[0])
    gh, through = sizes.states(g_lasts), sizes.empty()
    given, turned = given_gradients(sizes, g_outputs), turned_kernels(recurrents)
    kept = None if masks[0] is None else sizes.together(masks)
    slope, times, add, multiply = _ACTIVATIONS[activation][1], sizes.times, xp.add, xp.multiply

    def go_back(block, gz):
        factors = slope(states[1:][block])
        if kept is not None:
            factors *= kept[block]
        arrays = (gz.swapaxes(0, 1), factors, part_of(given, block), part_of(kept, block))
        for of_z, factor, g_output, counts in backwards(block, *arrays):
            if g_output is not None:
                add(gh, g_output, gh)
            multiply(factor, gh, of_z)
            if counts is None:
                times(of_z, turned, out=gh)
            else:
                times(of_z, turned, out=through)
                xp.copyto(gh, through, where=counts)

    whole = [plain_terms(sizes, None)] * sizes.runs
    way_back = WayBack(sizes, xs, states[:-1], sizes.units, kernels, whole, whole, needs_x)
    way_back.run(go_back)
    found = []
    for k, (g_x, g_kernel, g_recurrent, totals) in enumerate(way_back.results()):
        g_bias = None if biases[k] is None else totals
        found.append((g_x, sizes.last_of(gh, k), g_kernel, g_recurrent, g_bias))
    return [narrow(dtype, gradients) for gradients in found]


# LSTM

# The gates lie in the order o i f g and then the cell before them, so that those that are sigmoids
# lie together, and (i, f) can be multiplied by (g, c) in one call.
_ORDER = (3, 0, 1, 2)
_CELL = 4


def lstm(runs, *, sequences):
    """LSTMs over time; arguments and results as those of `simple_rnn`."""
    if single_loops.are_single(runs[0][:6], runs[0][6:]):
        return single_loops.lstm([run[:6] for run in runs], sequences)
    dtype = runs[0][0].dtype
    columns = list(zip(*map(wide, runs)))
    xs, hs, cs, kernels, recurrents, biases, masks, drops, input_drops = columns
    sizes = Sizes(len(runs), xs[0], hs[0], recurrents[0])
    states, gates = sizes.history(hs), sizes.empty(sizes.steps + 1, 5)
    for k, c in enumerate(cs):
        gates[0, _CELL, k] = c.reshape(sizes.lead[1:] + c.shape[1:])
    # Halving is exact in binary, so it makes no difference where it is done.
    halves = halves_of(sizes, 4, (0, 1, 3))
    by_gates = by_gates_of_kernels([r * halves for r in recurrents], _ORDER)
    skipped, factors = skipped_steps(sizes, masks), _together_by_gates(sizes, drops, _ORDER)
    recurrent, added = sizes.empty(4), sizes.empty(2)
    dropped, (first, second) = sizes.empty(4), added
    half, times = xp.asarray(0.5, sizes.dtype), sizes.times
    add, multiply, tanh, copyto = xp.add, xp.multiply, xp.tanh, xp.copyto

    def go_on(part):
        now, then = gates[part], gates[1:][part]
        each = zip(
            now[:, :4], now[:, :3], now[:, 0], now[:, 1:3], now[:, 3:], then[:, _CELL],
            states[part], states[1:][part], skipped[part],
        )  # fmt: skip
        for z, opened, o, of_cell, g_and_cell, cell, before, after, stays in each:
            if factors is not None:
                times(multiply(factors, before, dropped), by_gates, out=recurrent)
            else:
                times(before, by_gates, out=recurrent)
            add(z, recurrent, z)
            tanh(z, z)
            multiply(opened, half, opened)
            add(opened, half, opened)
            multiply(of_cell, g_and_cell, added)
            add(first, second, cell)
            tanh(cell, after)
            multiply(after, o, after)
            if stays is not None:
                copyto(cell, g_and_cell[1], where=stays)
                copyto(after, before, where=stays)

    halved = [k * halves for k in kernels], [b if b is None else b * halves for b in biases]
    Projections(sizes, xs, *halved, gates, _ORDER, input_drops).run(go_on)
    return results_of(sizes, dtype, states, sequences, (gates[-1, _CELL],)), (states, gates)


def _together_by_gates(sizes, factors, order):
    """D arrays (k, B, U) -> (k, D, n, r, U), the gates in the given order; None for None."""
    if factors[0] is None:
        return None
    found = xp.stack([f[list(order)] for f in factors], axis=1)
    return found.reshape(len(order), *sizes.lead, sizes.units)


def lstm_gradient(runs, memory, *, needs_x, is_last=False):
    """Of each sequence the gradients of x, h, c, kernel, recurrent kernel and bias.

    With ``is_last`` nobody needs the memory again, and it may be written over.
    """
    states, gates = memory
    dtype = runs[0][3].dtype
    runs = [wide(run, dtype) for run in runs]
    g_outputs, g_lasts, g_cells, xs, hs, _, kernels, recurrents, biases, *others = zip(*runs)
    masks, drops, input_drops = others
    sizes = Sizes(len(runs), xs[0], hs[0], recurrents[0])
    gh, gc, g_cell = sizes.states(g_lasts), sizes.states(g_cells), sizes.empty()
    given = given_gradients(sizes, g_outputs)
    kept = None if masks[0] is None else sizes.together(masks)
    g_state, g_before = sizes.empty(), sizes.empty()
    back = _state_gradients(sizes, recurrents, _together_by_gates(sizes, drops, range(4)))
    add, multiply, copyto = xp.add, xp.multiply, xp.copyto

    def go_back(block, gz):
        factors, by_gates = _lstm_factors(sizes, states, gates, block), _gates_of(sizes, gz)
        if kept is not None:
            factors[:, 1:] *= kept[block][:, None]
        arrays = (
            factors[:, 0], factors[:, 1], factors[:, 2:], gates[block, 2], by_gates[:, 3],
            by_gates[:, :3], gz.swapaxes(0, 1), by_gates, part_of(given, block),
            part_of(kept, block),
        )  # fmt: skip
        for to_cell, to_o, to_ifg, f, g_o, g_ifg, of_z, of_gates, g_output, counts in backwards(
            block, *arrays
        ):
            if g_output is not None:
                add(gh, g_output, gh)
            multiply(to_cell, gh, g_cell)
            add(gc, g_cell, g_cell)
            multiply(to_o, gh, g_o)
            multiply(to_ifg, g_cell, g_ifg)
            if counts is None:
                multiply(f, g_cell, gc)
                back(of_z, of_gates, gh)
            else:
                copyto(gc, multiply(f, g_cell, g_before), where=counts)
                back(of_z, of_gates, g_state)
                copyto(gh, g_state, where=counts)

    of_inputs = [plain_terms(sizes, d) for d in input_drops]
    of_states = [plain_terms(sizes, d) for d in drops]
    how = kernels, of_inputs, of_states, needs_x, gates if is_last else None
    way_back = WayBack(sizes, xs, states[:-1], sizes.width, *how)
    way_back.run(go_back)
    found = []
    for k, (g_x, g_kernel, g_recurrent, totals) in enumerate(way_back.results()):
        g_states = sizes.last_of(gh, k), sizes.last_of(gc, k)
        g_bias = None if biases[k] is None else totals
        found.append((g_x, *g_states, g_kernel, g_recurrent, g_bias))
    return [narrow(dtype, gradients) for gradients in found]


def _gates_of(sizes, gz):
    """(D, T, n, r, m U) -> (T, m, D, n, r, U), a view"""
    apart = gz.reshape(*gz.shape[:-1], gz.shape[-1] // sizes.units, sizes.units)
    return apart.transpose(1, 4, 0, 2, 3, 5)


def _state_gradients(sizes, recurrents, factors):
    """A function that fills the gradient of a state, given those of the gates that it went into."""
    times = sizes.times
    if factors is None:
        turned = turned_kernels(recurrents)
        return lambda of_z, of_gates, out: times(of_z, turned, out=out)
    by_gates = by_gates_of_kernels(recurrents, range(len(factors))).swapaxes(-1, -2)
    turned, through = xp.ascontiguousarray(by_gates), sizes.empty(len(factors))

    def back(of_z, of_gates, out):
        times(of_gates, turned, out=through)
        xp.multiply(through, factors, through)
        xp.add.reduce(through, axis=0, out=out)

    return back


def _lstm_factors(sizes, states, gates, block):
    """By what the gradient of the state reaches the cell and o, that of the cell i, f and g."""
    o, i, g = gates[block, 0], gates[block, 1], gates[block, 3]
    opened, added = gates[block, 1:3], gates[block, 3:]
    factors = sizes.empty(block.stop - block.start, 5)
    to_cell, to_o, to_opened, to_g = factors[:, 0], factors[:, 1], factors[:, 2:4], factors[:, 4]
    xp.tanh(gates[1:][block, _CELL], to_cell)
    xp.subtract(1, o, to_o)
    to_o *= o
    to_o *= to_cell
    to_cell *= to_cell
    xp.subtract(1, to_cell, to_cell)
    to_cell *= o
    xp.subtract(1, opened, to_opened)
    to_opened *= opened
    to_opened *= added
    xp.multiply(g, g, to_g)
    xp.subtract(1, to_g, to_g)
    to_g *= i
    return factors


# GRU


def gru(runs, *, reset_after, sequences):
    """GRUs over time; arguments and results as those of `simple_rnn`.

    The gates lie in the order z r n. With ``reset_after`` what the state adds to n before it is
    reset lies before n, so that the products of all three are added in one call.
    """
    if reset_after and single_loops.are_single(runs[0][:5], runs[0][5:]):
        apart = [(*run[:4], *_gru_biases(run[4], reset_after)) for run in runs]
        return single_loops.gru(apart, sequences)
    dtype = runs[0][0].dtype
    xs, hs, kernels, recurrents, biases, masks = zip(*map(wide, runs))
    sizes = Sizes(len(runs), xs[0], hs[0], recurrents[0])
    states, gates = sizes.history(hs), sizes.empty(sizes.steps, 4 if reset_after else 3)
    halves = halves_of(sizes, 3, (0, 1))
    by_gates = by_gates_of_kernels([r * halves for r in recurrents], range(3))
    of_state, of_reset = (by_gates, None) if reset_after else (by_gates[:2], by_gates[2])
    skipped, recurrent, added = (
        skipped_steps(sizes, masks),
        sizes.empty(len(of_state)),
        sizes.empty(),
    )
    half, times = xp.asarray(0.5, sizes.dtype), sizes.times
    add, subtract, multiply, tanh, copyto = xp.add, xp.subtract, xp.multiply, xp.tanh, xp.copyto
    outer, inner = zip(*(_gru_biases(b, reset_after) for b in biases))
    if reset_after:
        for k, b in enumerate(inner):
            gates[:, 2, k] = b

    def go_on(part):
        now = gates[part]
        each = zip(
            now[:, :-1] if reset_after else now[:, :2], now[:, :2], now[:, 0], now[:, 1],
            now[:, 2], now[:, -1], states[part], states[1:][part], skipped[part],
        )  # fmt: skip
        for of_product, opened, z, r, kept, n, before, after, stays in each:
            times(before, of_state, out=recurrent)
            add(of_product, recurrent, of_product)
            tanh(opened, opened)
            multiply(opened, half, opened)
            add(opened, half, opened)
            if reset_after:
                multiply(r, kept, added)
            else:
                times(multiply(r, before, after), of_reset, out=added)
            add(n, added, n)
            tanh(n, n)
            subtract(before, n, after)
            multiply(after, z, after)
            add(after, n, after)
            if stays is not None:
                copyto(after, before, where=stays)

    halved = [k * halves for k in kernels], [b if b is None else b * halves for b in outer]
    order = (0, 1, None, 2) if reset_after else (0, 1, 2)
    Projections(sizes, xs, *halved, gates, order, [None] * len(runs)).run(go_on)
    return results_of(sizes, dtype, states, sequences), (states, gates)


def _gru_biases(bias, reset_after):
    """The bias of the inputs, and that of the state in n: None and 0 for none.

    What is added to the gates before anything else, all of the bias goes with the inputs.
    """
    if bias is None:
        return None, 0
    if not reset_after:
        return bias, 0
    units = bias.shape[1] // 3
    outer = bias[0].copy()
    outer[: 2 * units] += bias[1][: 2 * units]
    return outer, bias[1][2 * units :]


def gru_gradient(runs, memory, *, reset_after, needs_x, is_last=False):
    """Of each sequence the gradients of x, h, kernel, recurrent kernel and bias.

    ``is_last`` is as for `lstm_gradient`; without ``reset_after`` gates are needed to the end.

    Gradients of gates lie in the order n z r, where n stands for its part from x W, and then n for
    its part from h R: so the columns of both products lie together.
    """
    states, gates = memory
    dtype = runs[0][2].dtype
    runs = [wide(run, dtype) for run in runs]
    g_outputs, g_lasts, xs, hs, kernels, recurrents, biases, masks = zip(*runs)
    sizes = Sizes(len(runs), xs[0], hs[0], recurrents[0])
    units = sizes.units
    gh, through, carried = sizes.states(g_lasts), sizes.empty(), sizes.empty()
    width = (4 if reset_after else 3) * units
    turned = turned_kernels(recurrents)
    turned, turned_n = (
        (turned, None) if reset_after else (turned[:, :, : 2 * units], turned[:, :, 2 * units :])
    )
    given = given_gradients(sizes, g_outputs)
    kept = None if masks[0] is None else sizes.together(masks)
    times, add, multiply, copyto = sizes.times, xp.add, xp.multiply, xp.copyto

    def go_back(block, gz):
        factors = _gru_factors(sizes, states, gates, block, reset_after)
        of_products, by_gates = gz.swapaxes(0, 1)[..., units:], _gates_of(sizes, gz)
        if kept is not None:
            factors[:, :2] *= kept[block][:, None]
        arrays = (
            factors[:, :2], factors[:, 2:], gates[block, 0], gates[block, 1], by_gates[:, :2],
            by_gates[:, 0], by_gates[:, 2:], of_products, part_of(given, block),
            part_of(kept, block),
        )  # fmt: skip
        for to_nz, to_rn, z, r, g_nz, g_n, g_rn, of_z, g_output, counts in backwards(
            block, *arrays
        ):
            if g_output is not None:
                add(gh, g_output, gh)
            multiply(to_nz, gh, g_nz)
            multiply(z, gh, carried)
            if reset_after:
                multiply(to_rn, g_n, g_rn)
            else:
                times(g_n, turned_n, out=through)
                multiply(to_rn[0], through, g_rn[0])
                multiply(r, through, through)
                add(carried, through, carried)
            times(of_z, turned, out=through)
            if counts is None:
                add(carried, through, gh)
            else:
                copyto(gh, add(carried, through, carried), where=counts)

    three = slice(0, 3 * units)
    of_states = [_gru_terms(sizes, gates, reset_after, k) for k in range(sizes.runs)]
    in_order = [xp.roll(k, units, axis=1) for k in kernels]
    of_inputs = [[(three, three, None)]] * sizes.runs
    how = in_order, of_inputs, of_states, needs_x, gates if is_last and reset_after else None
    way_back = WayBack(sizes, xs, states[:-1], width, *how)
    way_back.run(go_back)
    found = []
    for k, (g_x, g_kernel, g_recurrent, totals) in enumerate(way_back.results()):
        g_kernel, g_bias = xp.roll(g_kernel, -units, axis=1), xp.roll(totals[three], -units)
        if reset_after:
            g_bias = xp.stack([g_bias, totals[units:]])
        if biases[k] is None:
            g_bias = None
        found.append((g_x, sizes.last_of(gh, k), g_kernel, g_recurrent, g_bias))
    return [narrow(dtype, gradients) for gradients in found]


def _gru_terms(sizes, gates, reset_after, k):
    units = sizes.units
    if reset_after:
        return [(slice(units, 4 * units), slice(None), None)]
    return [
        (slice(units, 3 * units), slice(0, 2 * units), None),
        (
            slice(0, units),
            slice(2 * units, 3 * units),
            lambda part: sizes.steps_of(gates[part, 1], k),
        ),
    ]


def _gru_factors(sizes, states, gates, block, reset_after):
    """By what the gradient of the state reaches n and z, and that of n reaches r and h R."""
    z, r, n = gates[block, 0], gates[block, 1], gates[block, -1]
    before = states[block]
    factors = sizes.empty(block.stop - block.start, 4 if reset_after else 3)
    to_n, to_z, to_r, rest = factors[:, 0], factors[:, 1], factors[:, 2], 1 - z
    xp.multiply(n, n, to_n)
    xp.subtract(1, to_n, to_n)
    to_n *= rest
    xp.subtract(before, n, to_z)
    to_z *= z
    to_z *= rest
    xp.subtract(1, r, to_r)
    to_r *= r
    to_r *= gates[block, 2] if reset_after else before
    if reset_after:
        factors[:, 3] = r
    return factors

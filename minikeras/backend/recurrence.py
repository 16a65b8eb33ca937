"""Recurrences over time in one primitive each: SimpleRNN, LSTM and GRU, and their gradients.

The composed forms at the end say the same in terms of small primitives. They are what the fused
ones are tested against, and what second derivatives are taken of.

Letters: T steps, B batch, F features, U units. Sequences are time-major, (T, B, F). ``mask``,
(T, B, 1), is True where a step counts; elsewhere state and output stay as they were. All gates are
computed as tanh, sigmoid(x) being tanh(x / 2) / 2 + 1 / 2, so that one call serves all of them.

The last outputs of the fused primitives are the memory for the way back. They have no gradient:
nothing else may be computed from them.
"""

from minikeras.backend import reduction
from minikeras.backend.activations import relu
from minikeras.backend.autodiff import GradientTape, Tracer, primitive
from minikeras.backend.contraction import matmul
from minikeras.backend.elementwise import add, multiply, sigmoid, subtract, tanh, where
from minikeras.backend.product import product
from minikeras.backend.shaping import concatenate, split, stack, unstack
from minikeras.backend.xp import ON_GPU, np, xp

# Elements of a block of time steps in a backward pass: what lies between stays in the cache.
_BLOCK = 32768
# Multiplications for a gate from which `product` looks whether to use threads.
_LARGE = 1 << 22


def _wide(*arrays):
    """The arrays in the dtype to compute in: NumPy has no fast products in half precision."""
    if ON_GPU or arrays[0].dtype != np.float16:
        return arrays
    return [a if a is None or a.dtype == bool else a.astype(np.float32) for a in arrays]


def _narrow(dtype, arrays):
    return tuple(a if a is None else a.astype(dtype, copy=False) for a in arrays)


def _flat(x):
    """(T, B, N) -> (T * B, N)"""
    return x.reshape(x.shape[0] * x.shape[1], x.shape[2])


def _history(first, steps):
    """An array (T + 1, B, U) for a state and all that follow it."""
    history = xp.empty((steps + 1, *first.shape), first.dtype)
    history[0] = first
    return history


def _times(state):
    """What multiplies states with recurrent kernels: on several threads if they are large."""
    return product if state.size * state.shape[1] >= _LARGE else xp.matmul


def _projected(x, kernel, bias):
    """``x @ kernel + bias`` for all steps at once, in a fresh array (T, B, N)."""
    if kernel is None:
        return x.copy() if bias is None else x + bias
    found = product(_flat(x), kernel)
    if bias is not None:
        found += bias
    return found.reshape(x.shape[0], x.shape[1], kernel.shape[1])


def _by_gates(matrix, order):
    """(N, k U) -> (k, N, U), fresh, the gates in the given order"""
    parts = matrix.reshape(len(matrix), len(order), -1)
    return xp.ascontiguousarray(parts[:, list(order)].transpose(1, 0, 2))


def _gates_apart(z, bias, order):
    """(T, B, k U) -> (T, k, B, U), fresh, in the given order, and the bias added.

    What is computed at a time lies together so, and products for each gate are small ones.
    """
    steps, batch, width = z.shape
    units = width // len(order)
    out = xp.empty((steps, len(order), batch, units), z.dtype)
    for place, k in enumerate(order):
        here = slice(k * units, (k + 1) * units)
        if bias is None:
            out[:, place] = z[:, :, here]
        else:
            xp.add(z[:, :, here], bias[here], out=out[:, place])
    return out


def _gates_joined(*gates):
    """k arrays (T, B, U) -> (T, B, k U), fresh"""
    return xp.concatenate(gates, axis=2)


def _keep_masked(kept, states, t):
    """Carry the state of step t over to t + 1 where the mask is False."""
    states[t + 1] = xp.where(kept[t], states[t + 1], states[t])


def _blocks(steps, batch, width):
    """Slices of time from the last to the first."""
    size = max(1, _BLOCK // max(1, batch * width))
    for stop in range(steps, 0, -size):
        yield max(0, stop - size), stop


def _input_gradients(x, gz, kernel, needs_x):
    """Gradients of x, kernel and bias, given those of the gates' inputs."""
    g_bias = reduction.total(_flat(gz), (0,))[0]
    if kernel is None:
        return gz, None, g_bias
    g_x = product(_flat(gz), kernel.T).reshape(x.shape) if needs_x else None
    return g_x, product(_flat(x).T, _flat(gz)), g_bias


def _recurrent_gradient(before, gz, drops=None):
    """The gradient of the recurrent kernel, given the states before each step."""
    if drops is None:
        return product(_flat(before).T, _flat(gz))
    parts = zip(drops, xp.split(_flat(gz), len(drops), axis=1))
    return xp.concatenate([product(_flat(before * d).T, g) for d, g in parts], axis=1)


# SimpleRNN: h' = f(x W + b + h R)

_ACTIVATIONS = {
    "tanh": (lambda z: xp.tanh(z, out=z), lambda y: 1 - y * y),
    "relu": (lambda z: xp.maximum(z, 0, out=z), lambda y: (y > 0).astype(y.dtype)),
    "linear": (lambda z: z, xp.ones_like),
}


@primitive
def simple_rnn(x, h, kernel, recurrent_kernel, bias, mask, *, activation, sequences):
    """Elman's network over time: (all states or None, the last, memory)."""
    dtype = x.dtype
    x, h, kernel, recurrent_kernel, bias = _wide(x, h, kernel, recurrent_kernel, bias)
    steps = x.shape[0]
    states = _history(h, steps)
    activate = _ACTIVATIONS[activation][0]
    z = _projected(x, kernel, bias)
    for t in range(steps if h.size else 0):
        xp.matmul(states[t], recurrent_kernel, out=states[t + 1])
        z[t] += states[t + 1]
        states[t + 1] = activate(z[t])
        if mask is not None:
            _keep_masked(mask, states, t)
    found = _narrow(dtype, (states[1:] if sequences else None, states[-1].copy()))
    return *found, states


@primitive
def simple_rnn_gradient(
    g_outputs, g_last, x, h, kernel, recurrent_kernel, bias, mask, states, *, activation, needs_x
):
    """The gradients of x, h, kernel, recurrent kernel and bias."""
    dtype = x.dtype
    g_outputs, g_last = _wide(g_last, g_outputs)[::-1]
    x, kernel, recurrent_kernel = _wide(x, kernel, recurrent_kernel)
    gh = g_last.copy()
    gz = _ACTIVATIONS[activation][1](states[1:])
    if mask is not None:
        gz *= mask
    for t in range(x.shape[0] - 1 if h.size else -1, -1, -1):
        if g_outputs is not None:
            gh += g_outputs[t]
        gz[t] *= gh
        through = xp.matmul(gz[t], recurrent_kernel.T)
        gh = through if mask is None else xp.where(mask[t], through, gh)
    g_x, g_kernel, g_bias = _input_gradients(x, gz, kernel, needs_x)
    g_recurrent = _recurrent_gradient(states[:-1], gz)
    return _narrow(dtype, (g_x, gh, g_kernel, g_recurrent, None if bias is None else g_bias))


# LSTM: Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000.
#   i, f, o = sigmoid(x W + b + h R), g = tanh(x W + b + h R); columns in the order i f g o
#   c' = f c + i g,  h' = o tanh(c')


# With ``drops`` (4, B, U), factors of the state for each gate, h R is (h d_k) R_k for gate k.
# Without a kernel x is x W already, of shape (T, B, 4 U).


# Inside, the gates lie apart and in the order o i f g.
_ORDER = (3, 0, 1, 2)


@primitive
def lstm(x, h, c, kernel, recurrent_kernel, bias, mask, drops=None, *, sequences):
    """An LSTM over time: (all states or None, last state, last cell, memory...)."""
    dtype = x.dtype
    x, h, c, kernel, recurrent_kernel, bias, drops = _wide(
        x, h, c, kernel, recurrent_kernel, bias, drops
    )
    steps = x.shape[0]
    states, cells = _history(h, steps), _history(c, steps)
    # Halving is exact in binary, so it makes no difference where it is done.
    gates = _gates_apart(_projected(x, kernel, None), bias, _ORDER)
    gates[:, :3] *= 0.5
    kernels = _by_gates(recurrent_kernel, _ORDER)
    kernels[:3] *= 0.5
    recurrent, added, times = xp.empty((4, *h.shape), h.dtype), xp.empty_like(h), _times(h)
    if drops is not None:
        drops, dropped = drops[list(_ORDER)], xp.empty_like(recurrent)
    each = zip(gates, gates[:, :3], *gates.swapaxes(0, 1), states, states[1:], cells, cells[1:])
    for t, (z, opened, o, i, f, g, state, after, before, cell) in enumerate(each if h.size else ()):
        if drops is not None:
            state = xp.multiply(drops, state, out=dropped)
        z += times(state, kernels, out=recurrent)
        xp.tanh(z, out=z)
        opened += 1
        opened *= 0.5
        xp.multiply(f, before, out=cell)
        xp.multiply(i, g, out=added)
        cell += added
        xp.tanh(cell, out=after)
        after *= o
        if mask is not None:
            _keep_masked(mask, cells, t)
            _keep_masked(mask, states, t)
    last = (states[1:] if sequences else None, states[-1].copy(), cells[-1].copy())
    return *_narrow(dtype, last), states, cells, gates


@primitive
def lstm_gradient(
    g_outputs,
    g_last,
    g_cell,
    x,
    h,
    c,
    kernel,
    recurrent_kernel,
    bias,
    mask,
    drops,
    states,
    cells,
    gates,
    *,
    needs_x,
):
    """The gradients of x, h, c, kernel, recurrent kernel and bias."""
    dtype = x.dtype
    x, g_last, g_cell, g_outputs, kernel, recurrent_kernel, drops = _wide(
        x, g_last, g_cell, g_outputs, kernel, recurrent_kernel, drops
    )
    steps, batch, units = x.shape[0], *h.shape
    gh, gc = g_last.copy(), g_cell.copy()
    gz = xp.empty_like(gates)
    kernels = xp.ascontiguousarray(_by_gates(recurrent_kernel, _ORDER).swapaxes(1, 2))
    ordered = None if drops is None else drops[list(_ORDER)]
    through, times = xp.empty((4, batch, units), gh.dtype), _times(gh)
    for start, stop in _blocks(steps if h.size else 0, batch, units):
        now = slice(start, stop)
        o, i, f, g = gates[now].swapaxes(0, 1)
        bent = xp.tanh(cells[start + 1 : stop + 1])
        # By what the gradients of the state (o) and of the cell (i, f, g) reach the gates.
        part = gz[now]
        part[:, 0] = bent * o * (1 - o)
        part[:, 1] = g * i * (1 - i)
        part[:, 2] = cells[now] * f * (1 - f)
        part[:, 3] = i * (1 - g * g)
        if mask is not None:
            part *= mask[now][:, None]
        to_cell = o * (1 - bent * bent)
        for t in range(stop - 1, start - 1, -1):
            if g_outputs is not None:
                gh += g_outputs[t]
            g_cell = gc + gh * to_cell[t - start]
            of_gates = gz[t]
            of_gates[0] *= gh
            of_gates[1:] *= g_cell
            times(of_gates, kernels, out=through)
            if ordered is not None:
                xp.multiply(through, ordered, out=through)
            g_state, g_before = xp.add.reduce(through, axis=0), g_cell * f[t - start]
            if mask is None:
                gh, gc = g_state, g_before
            else:
                gh = xp.where(mask[t], g_state, gh)
                gc = xp.where(mask[t], g_before, gc)
    gz = _gates_joined(gz[:, 1], gz[:, 2], gz[:, 3], gz[:, 0])
    g_x, g_kernel, g_bias = _input_gradients(x, gz, kernel, needs_x)
    g_recurrent = _recurrent_gradient(states[:-1], gz, drops)
    found = (g_x, gh, gc, g_kernel, g_recurrent, None if bias is None else g_bias)
    return _narrow(dtype, found)


# GRU: Cho et al. 2014, columns in the order z r n; "reset after" as in cuDNN.
#   z, r = sigmoid(x W + b + h R)
#   n = tanh(x W + b + r (h R + b'))      reset after: bias is (2, 3 U), b and b'
#   n = tanh(x W + b + (r h) R)           reset before: bias is (3 U,)
#   h' = z h + (1 - z) n


@primitive
def gru(x, h, kernel, recurrent_kernel, bias, mask, *, reset_after, sequences):
    """A GRU over time: (all states or None, the last, memory...)."""
    dtype = x.dtype
    x, h, kernel, recurrent_kernel, bias = _wide(x, h, kernel, recurrent_kernel, bias)
    steps = x.shape[0]
    states = _history(h, steps)
    bias, inner_bias = _gru_biases(bias, reset_after)
    gates = _gates_apart(_projected(x, kernel, None), bias, range(3))
    gates[:, :2] *= 0.5
    kernels = _by_gates(recurrent_kernel, range(3))
    kernels[:2] *= 0.5
    of_state, of_reset = (kernels, None) if reset_after else (kernels[:2], kernels[2])
    # The recurrent part of n before the reset gate, needed on the way back.
    inner = xp.zeros((steps, *h.shape) if reset_after else (0,), x.dtype)
    recurrent, added = xp.empty((len(of_state), *h.shape), x.dtype), xp.empty_like(h)
    times = _times(h)
    inners = inner if reset_after else [None] * steps
    each = zip(gates[:, :2], *gates.swapaxes(0, 1), inners, states, states[1:])
    for t, (opened, z, r, n, kept, before, after) in enumerate(each if h.size else ()):
        times(before, of_state, out=recurrent)
        opened += recurrent[:2]
        xp.tanh(opened, out=opened)
        opened += 1
        opened *= 0.5
        if reset_after:
            xp.add(recurrent[2], inner_bias, out=kept)
            xp.multiply(r, kept, out=added)
        else:
            xp.multiply(r, before, out=after)
            xp.matmul(after, of_reset, out=added)
        n += added
        xp.tanh(n, out=n)
        xp.subtract(before, n, out=after)
        after *= z
        after += n
        if mask is not None:
            _keep_masked(mask, states, t)
    found = _narrow(dtype, (states[1:] if sequences else None, states[-1].copy()))
    return *found, states, gates, inner


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


@primitive
def gru_gradient(
    g_outputs,
    g_last,
    x,
    h,
    kernel,
    recurrent_kernel,
    bias,
    mask,
    states,
    gates,
    inner,
    *,
    reset_after,
    needs_x,
):
    """The gradients of x, h, kernel, recurrent kernel and bias."""
    dtype = x.dtype
    x, g_last, g_outputs, kernel, recurrent_kernel = _wide(
        x, g_last, g_outputs, kernel, recurrent_kernel
    )
    steps, batch, units = x.shape[0], *h.shape
    gh = g_last.copy()
    kernels = xp.ascontiguousarray(_by_gates(recurrent_kernel, range(3)).swapaxes(1, 2))
    # Gradients of the gates' inputs: of z and r, and of n where it comes from h R and from x W.
    ga, gn = xp.empty_like(gates), xp.empty_like(states[1:])
    through, times = xp.empty((3 if reset_after else 2, batch, units), gh.dtype), _times(gh)
    for start, stop in _blocks(steps if h.size else 0, batch, units):
        now = slice(start, stop)
        z, r, n = gates[now].swapaxes(0, 1)
        before = states[now]
        # By what the gradient of the state reaches z and n, and that of n reaches r.
        ga[now, 0] = (before - n) * z * (1 - z)
        ga[now, 1] = (inner[now] if reset_after else before) * r * (1 - r)
        gn[now] = (1 - z) * (1 - n * n)
        if mask is not None:
            ga[now, :2] *= mask[now][:, None]
            gn[now] *= mask[now]
        for t in range(stop - 1, start - 1, -1):
            if g_outputs is not None:
                gh += g_outputs[t]
            of_gates, of_n, reset = ga[t], gn[t], r[t - start]
            of_gates[0] *= gh
            of_n *= gh
            kept = gh * z[t - start]
            if reset_after:
                of_gates[1] *= of_n
                xp.multiply(of_n, reset, out=of_gates[2])
                times(of_gates, kernels, out=through)
                kept += through[2]
            else:
                g_reset = xp.matmul(of_n, kernels[2])
                of_gates[1] *= g_reset
                kept += g_reset * reset
                xp.matmul(of_gates[:2], kernels[:2], out=through)
            kept += through[0]
            kept += through[1]
            gh = kept if mask is None else xp.where(mask[t], kept, gh)
    found = _gru_weight_gradients(x, states, gates, ga, gn, kernel, bias, reset_after, needs_x)
    g_x, g_kernel, g_recurrent, g_bias = found
    return _narrow(dtype, (g_x, gh, g_kernel, g_recurrent, g_bias))


def _gru_weight_gradients(x, states, gates, ga, gn, kernel, bias, reset_after, needs_x):
    before = states[:-1]
    gz = _gates_joined(ga[:, 0], ga[:, 1], gn)
    g_x, g_kernel, g_bias = _input_gradients(x, gz, kernel, needs_x)
    if reset_after:
        g_inner = _gates_joined(*ga.swapaxes(0, 1))  # of h R + b'
        g_recurrent = _recurrent_gradient(before, g_inner)
        g_bias = xp.stack([g_bias, reduction.total(_flat(g_inner), (0,))[0]])
    else:
        of_two = product(_flat(before).T, _flat(_gates_joined(ga[:, 0], ga[:, 1])))
        of_n = product(_flat(gates[:, 1] * before).T, _flat(gn))
        g_recurrent = xp.concatenate([of_two, of_n], axis=1)
    return g_x, g_kernel, g_recurrent, None if bias is None else g_bias


# The rules. Each gradient is a primitive of its own; the rule of that one recomputes the recurrence
# in its composed form and differentiates it twice.


def _simple_rnn_rule(out, x, *others, activation, sequences):
    memory, needs_x = out[2:], type(x) is Tracer
    settings = {"activation": activation, "needs_x": needs_x}
    return lambda g: (*simple_rnn_gradient(*g[:2], x, *others, *memory, **settings), None)


def _lstm_rule(out, x, h, c, kernel, recurrent_kernel, bias, mask, drops=None, *, sequences):
    memory, needs_x = out[3:], type(x) is Tracer
    others = (h, c, kernel, recurrent_kernel, bias, mask, drops)
    return lambda g: (*lstm_gradient(*g[:3], x, *others, *memory, needs_x=needs_x), None, None)


def _gru_rule(out, x, *others, reset_after, sequences):
    memory, settings = out[2:], {"reset_after": reset_after, "needs_x": type(x) is Tracer}
    return lambda g: (*gru_gradient(*g[:2], x, *others, *memory, **settings), None)


def _second_order(composed, outputs, memories, constants=1):
    """The rule of a gradient primitive.

    Args:
        composed: the recurrence in its composed form.
        outputs: how many outputs it has, all sequences and last states together.
        memories: how many arguments at the end are memory.
        constants: how many before those have no gradient.
    """

    def rule(out, *args, needs_x, **settings):
        seeds, arguments = args[:outputs], args[outputs : len(args) - memories]
        settings["sequences"] = seeds[0] is not None

        def way_back(g):
            places = [
                i
                for i, a in enumerate(arguments[:-constants])
                if a is not None and (i > 0 or needs_x)
            ]
            with GradientTape() as outer:
                watched = (*seeds, *arguments[:-constants])
                given = [a if a is None else outer.watch(a) for a in watched]
                inputs = given[outputs:]
                with GradientTape() as inner:
                    inner.watch([a for a in inputs if a is not None])
                    found = composed(*inputs, *arguments[-constants:], **settings)
                    pairs = [(y, s) for y, s in zip(found, given) if y is not None]
                first = inner.gradient(
                    [y for y, _ in pairs], [inputs[i] for i in places], [s for _, s in pairs]
                )
                reached = [(f, g[i]) for i, f in zip(places, first) if f is not None]
            sources = [a for a in given if a is not None]
            second = iter(outer.gradient([f for f, _ in reached], sources, [s for _, s in reached]))
            filled = [None if a is None else next(second) for a in given]
            return [*filled, *[None] * (memories + constants)]

        return way_back

    return rule


# The composed forms


def _steps(x, kernel, bias):
    z = x if kernel is None else matmul(x, kernel)
    return unstack(z if bias is None else add(z, bias), axis=0)


def _carried(mask, t, new, old):
    return new if mask is None else where(mask[t], new, old)


def composed_simple_rnn(x, h, kernel, recurrent_kernel, bias, mask, *, activation, sequences):
    """What `simple_rnn` computes, without memory, in small primitives."""
    activate = {"tanh": tanh, "relu": relu, "linear": lambda z: z}[activation]
    outputs = []
    for t, z in enumerate(_steps(x, kernel, bias)):
        h = _carried(mask, t, activate(add(z, matmul(h, recurrent_kernel))), h)
        outputs.append(h)
    return (stack(*outputs, axis=0) if sequences else None), h


def composed_lstm(x, h, c, kernel, recurrent_kernel, bias, mask, drops=None, *, sequences):
    """What `lstm` computes, without memory, in small primitives."""
    outputs = []

    def recurrent(h):
        if drops is None:
            return matmul(h, recurrent_kernel)
        kernels = split(recurrent_kernel, sections=4, axis=1)
        return concatenate(*(matmul(multiply(h, d), k) for d, k in zip(drops, kernels)), axis=1)

    for t, z in enumerate(_steps(x, kernel, bias)):
        z = add(z, recurrent(h))
        i, f, g, o = split(z, sections=4, axis=1)
        cell = add(multiply(sigmoid(f), c), multiply(sigmoid(i), tanh(g)))
        h = _carried(mask, t, multiply(sigmoid(o), tanh(cell)), h)
        c = _carried(mask, t, cell, c)
        outputs.append(h)
    return (stack(*outputs, axis=0) if sequences else None), h, c


def composed_gru(x, h, kernel, recurrent_kernel, bias, mask, *, reset_after, sequences):
    """What `gru` computes, without memory, in small primitives."""
    input_bias = inner_bias = None
    if bias is not None:
        input_bias, inner_bias = unstack(bias, axis=0) if reset_after else (bias, None)
    of_z, of_r, of_n = split(recurrent_kernel, sections=3, axis=1)
    biases = [None] * 3 if inner_bias is None else split(inner_bias, sections=3, axis=0)
    outputs = []

    def recurrent(h, kernel, bias):
        found = matmul(h, kernel)
        return found if bias is None else add(found, bias)

    for t, inputs in enumerate(_steps(x, kernel, input_bias)):
        z, r, n = split(inputs, sections=3, axis=1)
        z = sigmoid(add(z, recurrent(h, of_z, biases[0])))
        r = sigmoid(add(r, recurrent(h, of_r, biases[1])))
        if reset_after:
            n = tanh(add(n, multiply(r, recurrent(h, of_n, biases[2]))))
        else:
            n = tanh(add(n, recurrent(multiply(r, h), of_n, None)))
        h = _carried(mask, t, add(n, multiply(z, subtract(h, n))), h)
        outputs.append(h)
    return (stack(*outputs, axis=0) if sequences else None), h


simple_rnn.joint_rule(_simple_rnn_rule)
simple_rnn_gradient.joint_rule(_second_order(composed_simple_rnn, outputs=2, memories=1))
lstm.joint_rule(_lstm_rule)
lstm_gradient.joint_rule(_second_order(composed_lstm, outputs=3, memories=3, constants=2))
gru.joint_rule(_gru_rule)
gru_gradient.joint_rule(_second_order(composed_gru, outputs=2, memories=3))

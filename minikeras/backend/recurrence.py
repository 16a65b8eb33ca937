"""Recurrences over time in one primitive each: SimpleRNN, LSTM and GRU, and their gradients.

Their loops are those of `recurrent_loops`. The composed forms at the end say the same in terms of
small primitives. They are what the fused ones are tested against, and what second derivatives are
taken of.

Letters: T steps, B batch, F features, U units. Sequences are time-major, (T, B, F). ``mask``,
(T, B, 1), is True where a step counts; elsewhere state and output stay as they were. All gates are
computed as tanh, sigmoid(x) being tanh(x / 2) / 2 + 1 / 2, so that one call serves all of them.

The last outputs of the fused primitives are the memory for the way back. They have no gradient:
nothing else may be computed from them.
"""

from minikeras.backend import recurrent_loops as loops
from minikeras.backend.activations import relu
from minikeras.backend.autodiff import GradientTape, Tracer, primitive
from minikeras.backend.contraction import matmul
from minikeras.backend.elementwise import add, multiply, sigmoid, subtract, tanh, where
from minikeras.backend.shaping import concatenate, split, stack, unstack

# SimpleRNN: h' = f(x W + b + h R)


@primitive
def simple_rnn(x, h, kernel, recurrent_kernel, bias, mask, *, activation, sequences):
    """Elman's network over time: (all states or None, the last, memory)."""
    run = x, h, kernel, recurrent_kernel, bias, mask
    return _alone(loops.simple_rnn([run], activation=activation, sequences=sequences))


def _alone(found):
    (results,), memory = found
    return *results, *memory


@primitive
def simple_rnn_gradient(
    g_outputs, g_last, x, h, kernel, recurrent_kernel, bias, mask, states, *, activation, needs_x
):
    """The gradients of x, h, kernel, recurrent kernel and bias."""
    run = g_outputs, g_last, x, h, kernel, recurrent_kernel, bias, mask
    settings = {"activation": activation, "needs_x": needs_x}
    return loops.simple_rnn_gradient([run], (states,), **settings)[0]


# LSTM: Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000.
#   i, f, o = sigmoid(x W + b + h R), g = tanh(x W + b + h R); columns in the order i f g o
#   c' = f c + i g,  h' = o tanh(c')


# With ``drops`` (4, B, U), factors of the state for each gate, h R is (h d_k) R_k for gate k; with
# ``input_drops`` (4, B, F) x W is (x d_k) W_k.


@primitive
def lstm(x, h, c, kernel, recurrent_kernel, bias, mask, drops=None, input_drops=None, *, sequences):
    """An LSTM over time: (all states or None, last state, last cell, memory...)."""
    run = x, h, c, kernel, recurrent_kernel, bias, mask, drops, input_drops
    return _alone(loops.lstm([run], sequences=sequences))


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
    input_drops,
    states,
    gates,
    *,
    needs_x,
    is_last=False,
):
    """The gradients of x, h, c, kernel, recurrent kernel and bias.

    With ``is_last`` the memory of the states and gates may be written over.
    """
    arguments = x, h, c, kernel, recurrent_kernel, bias, mask, drops, input_drops
    run = g_outputs, g_last, g_cell, *arguments
    return loops.lstm_gradient([run], (states, gates), needs_x=needs_x, is_last=is_last)[0]


# GRU: Cho et al. 2014, columns in the order z r n; "reset after" as in cuDNN.
#   z, r = sigmoid(x W + b + h R)
#   n = tanh(x W + b + r (h R + b'))      reset after: bias is (2, 3 U), b and b'
#   n = tanh(x W + b + (r h) R)           reset before: bias is (3 U,)
#   h' = z h + (1 - z) n


@primitive
def gru(x, h, kernel, recurrent_kernel, bias, mask, *, reset_after, sequences):
    """A GRU over time: (all states or None, the last, memory...)."""
    run = x, h, kernel, recurrent_kernel, bias, mask
    return _alone(loops.gru([run], reset_after=reset_after, sequences=sequences))


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
    *,
    reset_after,
    needs_x,
    is_last=False,
):
    """The gradients of x, h, kernel, recurrent kernel and bias; ``is_last`` as for LSTMs."""
    run = g_outputs, g_last, x, h, kernel, recurrent_kernel, bias, mask
    settings = {"reset_after": reset_after, "needs_x": needs_x, "is_last": is_last}
    return loops.gru_gradient([run], (states, gates), **settings)[0]


# The rules. Each gradient is a primitive of its own; the rule of that one recomputes the recurrence
# in its composed form and differentiates it twice.


def _simple_rnn_rule(out, x, *others, activation, sequences):
    memory, needs_x = out[2:], type(x) is Tracer
    settings = {"activation": activation, "needs_x": needs_x}
    return lambda g: (*simple_rnn_gradient(*g[:2], x, *others, *memory, **settings), None)


def _lstm_rule(
    out, x, h, c, kernel, recurrent_kernel, bias, mask, drops=None, input_drops=None, *, sequences
):
    memory, needs_x = out[3:], type(x) is Tracer
    others = (h, c, kernel, recurrent_kernel, bias, mask, drops, input_drops)
    return lambda g: (*lstm_gradient(*g[:3], x, *others, *memory, needs_x=needs_x), *[None] * 3)


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


def _steps(x, kernel, bias, factors=None):
    z = _dropped(x, kernel, factors)
    return unstack(z if bias is None else add(z, bias), axis=0)


def _dropped(x, kernel, factors):
    """``x @ kernel``, x multiplied for each gate by factors of its own."""
    if factors is None:
        return matmul(x, kernel)
    kernels = split(kernel, sections=4, axis=1)
    return concatenate(*(matmul(multiply(x, d), k) for d, k in zip(factors, kernels)), axis=-1)


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


def composed_lstm(
    x, h, c, kernel, recurrent_kernel, bias, mask, drops=None, input_drops=None, *, sequences
):
    """What `lstm` computes, without memory, in small primitives."""
    outputs = []
    for t, z in enumerate(_steps(x, kernel, bias, input_drops)):
        z = add(z, _dropped(h, recurrent_kernel, drops))
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
lstm_gradient.joint_rule(_second_order(composed_lstm, outputs=3, memories=2, constants=3))
gru.joint_rule(_gru_rule)
gru_gradient.joint_rule(_second_order(composed_gru, outputs=2, memories=2))

"""Translations of recurrences that ONNX has operators for; `forward` writes out the others.

ONNX keeps weights as (directions, gates * units, inputs), gates in an order of its own, and
sequences as (steps, directions, batch, units).
"""

from minikeras.backend.xp import np
from minikeras.export.graph import translates


def _by_gates(g, name, order, units, axis):
    """The name of weights with their gates in another order."""
    count = len(order)
    parts = g.add("Split", name, g.integers(*[units] * count), outputs=count, axis=axis)
    return g.add("Concat", *(parts[i] for i in order), axis=axis)


def _weights(g, kernel, order, units, dtype):
    """A kernel (inputs, gates * units) as ONNX keeps it."""
    name = g.typed(kernel, dtype)
    if len(order) > 1:
        name = _by_gates(g, name, order, units, 1)
    return g.add("Unsqueeze", g.transpose(name, [1, 0]), g.integers(0))


def _state(g, x, dtype):
    return g.add("Unsqueeze", g.typed(x, dtype), g.integers(0))


def _bias(g, rows, order, units, dtype):
    """The biases of inputs and state, rows (gates * units,) or None, one behind the other."""
    zeros = np.zeros(len(order) * units, dtype)
    names = []
    for row in rows:
        name = g.constant(zeros) if row is None else row
        if row is not None and len(order) > 1:
            name = _by_gates(g, name, order, units, 0)
        names.append(name)
    return g.add("Unsqueeze", g.add("Concat", *names, axis=0), g.integers(0))


def _results(g, names, sequences):
    """What the primitives give: all states if asked for, and the last ones."""
    everything, *last = names
    one = g.add("Squeeze", everything, g.integers(1)) if sequences else None
    return one, *(g.add("Squeeze", name, g.integers(0)) for name in last)


@translates("lstm")
def _(g, x, h, c, kernel, recurrent_kernel, bias, mask, *no_drops, sequences):
    units, dtype = h.shape[1], x.dtype
    order = (0, 3, 1, 2)  # i f g o -> i o f g
    rows = (None if bias is None else g.typed(bias, dtype), None)
    names = g.add(
        "LSTM",
        x,
        _weights(g, kernel, order, units, dtype),
        _weights(g, recurrent_kernel, order, units, dtype),
        _bias(g, rows, order, units, dtype),
        None,
        _state(g, h, dtype),
        _state(g, c, dtype),
        outputs=3,
        hidden_size=units,
    )
    return _results(g, names, sequences)


@translates("gru")
def _(g, x, h, kernel, recurrent_kernel, bias, mask, *, reset_after, sequences):
    units, dtype = h.shape[1], x.dtype
    order = (0, 1, 2)
    rows = (None, None)
    if bias is not None and reset_after:
        parts = g.add("Split", g.typed(bias, dtype), g.integers(1, 1), outputs=2, axis=0)
        rows = [g.add("Squeeze", part, g.integers(0)) for part in parts]
    elif bias is not None:
        rows = (g.typed(bias, dtype), None)
    names = g.add(
        "GRU",
        x,
        _weights(g, kernel, order, units, dtype),
        _weights(g, recurrent_kernel, order, units, dtype),
        _bias(g, rows, order, units, dtype),
        None,
        _state(g, h, dtype),
        outputs=2,
        hidden_size=units,
        linear_before_reset=int(reset_after),
    )
    return _results(g, names, sequences)


@translates("simple_rnn")
def _(g, x, h, kernel, recurrent_kernel, bias, mask, *, activation, sequences):
    units, dtype = h.shape[1], x.dtype
    rows = (None if bias is None else g.typed(bias, dtype), None)
    names = g.add(
        "RNN",
        x,
        _weights(g, kernel, (0,), units, dtype),
        _weights(g, recurrent_kernel, (0,), units, dtype),
        _bias(g, rows, (0,), units, dtype),
        None,
        _state(g, h, dtype),
        outputs=2,
        hidden_size=units,
        activations=[{"tanh": "Tanh", "relu": "Relu"}[activation]],
    )
    return _results(g, names, sequences)

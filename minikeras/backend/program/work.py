"""Work: how long a call takes, about, in elements computed or 64 multiplications.

2 ** 20 of them take 0.3 to 0.5 ms on one core.
"""

import math
import re

from minikeras.backend.program.program import Ref

# Primitives that only look at an array in another way: cheap, so that they are done again for
# whoever needs them.
CHEAP_VIEWS = ("broadcast_to", "reshape", "transpose")


def work_of(program, call):
    """The work of a call."""
    if call.name in CHEAP_VIEWS or call.is_constant:
        return 0
    outs = [program.traits[s][0] for s in call.outs if s is not None]
    if call.name in _MULTIPLICATIONS:
        shapes = [
            program.traits[a.slot][0] if type(a) is Ref else getattr(a, "shape", None)
            for a in call.args
        ]
        number = _MULTIPLICATIONS[call.name](call.settings, outs[0], *shapes)
        return max(number // 64, math.prod(outs[0]))
    each = 8 if call.name in ("softmax", "standardize", "standardize_gradient") else 1
    return each * sum(map(math.prod, outs))


def _matmul(settings, out, x, y):
    return math.prod(out) * x[-1]


def _einsum(settings, out, x, y):
    of_x, of_y, of_out = re.split(",|->", settings["subscripts"])
    return math.prod(out) * math.prod(n for n, c in zip(x, of_x) if c in of_y and c not in of_out)


def _places(settings, images):
    """How many places all images have together."""
    channels = images[1 if settings.get("channels_first") else -1]
    return math.prod(images) // max(channels, 1)


def _convolution(settings, out, x, kernel):
    return _places(settings, out) * math.prod(kernel)


def _input_gradient(settings, out, g, kernel):
    return _places(settings, g) * math.prod(kernel)


def _kernel_gradient(settings, out, x, g):
    return _places(settings, g) * math.prod(out)


def _recurrence(place_of_x, states, products):
    """The rule where x (T, B, F) stands at a place, its states behind it and then the kernels."""

    def rule(settings, out, *shapes):
        steps, batch, features = shapes[place_of_x]
        units, width = shapes[place_of_x + states + 2]
        return products * steps * batch * (features + units) * width

    return rule


_MULTIPLICATIONS = {
    "simple_rnn": _recurrence(0, 1, 1),
    "simple_rnn_gradient": _recurrence(2, 1, 2),
    "gru": _recurrence(0, 1, 1),
    "gru_gradient": _recurrence(2, 1, 2),
    "lstm": _recurrence(0, 2, 1),
    "lstm_gradient": _recurrence(3, 2, 2),
    "matmul": _matmul,
    "einsum": _einsum,
    "convolution": _convolution,
    "convolution_input_gradient": _input_gradient,
    "convolution_kernel_gradient": _kernel_gradient,
}

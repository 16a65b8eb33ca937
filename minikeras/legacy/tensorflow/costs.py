"""What calls of TensorFlow's functions in a file may cost, checked before they are made.

A graph is rebuilt by calling ops, on empty batches or, where only sizes go in, on values. Numbers
in the file decide how large the results are.
"""

import math

from minikeras import tree
from minikeras.guarded import limits
from minikeras.legacy.tensorflow.table import is_tensor

# Functions whose results are as large as the numbers that they are given say.
_SIZED = (
    "zeros", "ones", "fill", "eye", "linalg.eye", "range", "tile", "broadcast_to", "pad", "repeat",
    "one_hot", "sequence_mask", "image.pad_to_bounding_box",
)  # fmt: skip
_EYES = ("eye", "linalg.eye")
_SQUARES = ("linalg.diag", "linalg.band_part")
_SEVERAL = ("unstack", "split")
_WINDOWS = ("nn.local_response_normalization", "nn.lrn")


def check_call(what, name, call, is_constant):
    """Check a call while a file is read.

    Args:
        what: what to call it in messages.
        name: the name of the function.
        call: its arguments, ``(args, kwargs)``.
        is_constant: whether no symbolic tensor is among them, so that it is computed at once.

    Raises:
        LimitExceeded: if it costs too much.
    """
    if not limits.is_reading():
        return
    leaves = [x for x in tree.flatten(call) if x is not None]
    numbers = [abs(n) for n in leaves if isinstance(n, int) and abs(n) > 1]
    if is_constant:
        # No result of two operands has more elements than the product of theirs.
        values = [*call[0], *call[1].values()]
        limits.check("length", math.prod(max(1, len(tree.flatten(v))) for v in values), what)
    if name in _EYES and len(numbers) == 1:
        numbers *= 2
    if name in _SIZED:
        largest = math.prod(numbers) if is_constant else max(numbers, default=0)
        limits.check("length", largest, what)
    tensors = [x for x in leaves if is_tensor(x)]
    sides = [x.shape[-1] for x in tensors if x.shape and x.shape[-1] is not None]
    if name in _SQUARES:
        limits.check("length", max(sides, default=0) ** 2, what)
    if name in _WINDOWS:
        limits.check("window", math.prod(n * n for n in numbers), what)
    if name in _SEVERAL:
        known = [n for x in tensors for n in x.shape if n is not None] if name == "unstack" else []
        limits.check("members", max([*numbers, *known], default=0), what)

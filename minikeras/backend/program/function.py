"""function: a decorator that records a user's function and replays it."""

import functools

from minikeras import tree
from minikeras.backend.program.step import Step
from minikeras.backend.xp import asarray, is_array, np


def function(decorated=None, *, jit_compile=True):
    """Record what a function computes, and replay that on arguments of the same kind.

    The function is run as it is until two runs in a row have computed the same, inputs and
    variables aside; then its calls of ops are replayed without its Python code. A program is kept
    for each combination of shapes, dtypes and other arguments. A function that reads a number
    (``float(x)``, ``if x > 0``), or sets attributes of a layer, runs as it is each time. Python's
    own state should have no part in it: what is printed or counted in a list is not replayed.

    Args:
        decorated: a function of tensors and nested structures of them, other arguments being
            constants. It may read and assign variables.
        jit_compile: False leaves the function as it is.

    Returns:
        A function that computes the same. Its attribute ``explain`` gives a text on what was
        recorded; within a gradient tape it is run as it is.

    >>> import minikeras as keras
    >>> @keras.function
    ... def squares(x):
    ...     return keras.ops.sum(x * x)
    >>> [float(squares(keras.ops.array([1.0, i]))) for i in range(4)]
    [1.0, 2.0, 5.0, 10.0]
    """
    if decorated is None:
        return functools.partial(function, jit_compile=jit_compile)
    step = Step()

    @functools.wraps(decorated)
    def call(*args, **kwargs):
        if not jit_compile:
            return decorated(*args, **kwargs)
        args, kwargs = tree.map_structure(_on_device, (args, kwargs))
        return step(lambda args, kwargs: decorated(*args, **kwargs), args, kwargs)

    call.explain = step.explain
    return call


def _on_device(x):
    return asarray(x) if isinstance(x, np.ndarray) and not is_array(x) else x

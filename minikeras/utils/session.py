"""What is kept for the whole process: forgetting it, and finding where a graph begins."""

import gc

from minikeras import dtype_policies
from minikeras.backend.variables import reset_names
from minikeras.random.seed_generator import set_global_seed


def clear_session(free_memory=True):
    """Start names of layers anew; forget the global seed and the global dtype policy.

    Args:
        free_memory: whether to collect garbage at once: models may hold one another in circles.

    >>> import minikeras as keras
    >>> keras.utils.clear_session()
    >>> keras.layers.Dense(3).name
    'dense'
    """
    set_global_seed(None)
    dtype_policies.reset_dtype_policy()
    reset_names()
    if free_memory:
        gc.collect()


def get_source_inputs(tensor):
    """The symbolic inputs from which a symbolic tensor is computed, without repetition.

    >>> import minikeras as keras
    >>> a, b = keras.Input((2,)), keras.Input((2,))
    >>> [x is y for x, y in zip(keras.utils.get_source_inputs(a * b + a), [a, b])]
    [True, True]
    """
    found, seen, open_tensors = [], set(), [tensor]
    while open_tensors:
        x = open_tensors.pop()
        if id(x) in seen:
            continue
        seen.add(id(x))
        history = getattr(x, "_keras_history", None)
        node = history.operation._inbound_nodes[history.node_index] if history else None
        if node is None or node.is_input:
            found.append(x)
        else:
            open_tensors.extend(reversed(node.input_tensors))
    return found

"""What tests of ops share: arguments on the device, and shapes of symbolic tensors."""

import numpy as np

import minikeras as mk
from minikeras import ops, tree
from tests.support import values


def on_device(args):
    """The arguments with NumPy arrays made tensors of the backend under test."""
    return tree.map_structure(
        lambda x: ops.convert_to_tensor(x) if isinstance(x, np.ndarray) else x, args
    )


def compare_symbolic(name, shapes, call):
    """Assert that symbolic outputs have the shapes and dtypes of outputs of all batch sizes.

    Args:
        name: of the op.
        shapes: one entry per tensor argument: a shape with None, or a pair of it and a dtype.
        call: takes the op and the tensors, returns its outputs.
    """
    traits = [s if isinstance(s[-1], str) else (s, "float32") for s in shapes]
    op = getattr(ops, name)
    specs = tree.flatten(call(op, *(mk.KerasTensor(s, dtype) for s, dtype in traits)))
    found = []
    for batch, side in ((3, 8), (5, 12), (3, 12)):
        xs = [
            ops.zeros(
                tuple((side if i else batch) if n is None else n for i, n in enumerate(s)), dtype
            )
            for s, dtype in traits
        ]
        found.append(tree.flatten(call(op, *xs)))
    for spec, *outputs in zip(specs, *found):
        sides = [
            ns[0] if len(set(ns)) == 1 else None for ns in zip(*(values(y).shape for y in outputs))
        ]
        assert spec.shape == tuple(sides), f"{name}: {spec.shape}, found {sides}"
        assert spec.dtype == outputs[0].dtype.name

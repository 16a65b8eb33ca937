"""Elementwise calls that a kernel makes for each of its blocks.

An activation behind a normalization, or an addition. Programs hand them to the kernels
(`program.attach`): the kernel takes ``after``, a tuple of pairs of the name of a ufunc and the
place of the block among its arguments, and one more positional argument for each ufunc of two.
"""

from minikeras.backend.bounds import at_least, at_most, is_number
from minikeras.backend.xp import xp

_BOUNDS = {"maximum": at_least, "minimum": at_most}


class Finish:
    """Calls that end the work on a block.

    Args:
        after: pairs of the name of a ufunc and the place of the block among its arguments.
        operands: the other argument of each ufunc of two: a number, or an array of which the blocks
            are cut like those of the result.
    """

    def __init__(self, after=(), operands=()):
        operands = iter(operands)
        self._calls = []
        for name, place in after:
            function = getattr(xp, name)
            operand = next(operands) if function.nin == 2 else None
            if is_number(operand):
                function = _BOUNDS.get(name, function)
            self._calls.append((function, place, operand))

    def __call__(self, block, index=()):
        """Work on a block in place; it lies at ``index`` in the whole."""
        for function, place, operand in self._calls:
            if operand is None:
                function(block, out=block)
                continue
            other = operand[index] if getattr(operand, "ndim", 0) else operand
            pair = (other, block) if place else (block, other)
            function(*pair, out=block)

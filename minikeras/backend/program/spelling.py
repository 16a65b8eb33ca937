"""Spelling: calls that Python's own operators and methods make sooner than a kernel does.

Of arrays with one number, such as those of metrics, NumPy's functions take five times as long as
the operators of its scalars; and a view is a method of the array. What comes out is the same.
"""

from minikeras.backend.program.program import Ref
from minikeras.backend.xp import ndarray, np

_OPERATORS = {
    "add": "+",
    "equal": "==",
    "greater": ">",
    "greater_equal": ">=",
    "less": "<",
    "less_equal": "<=",
    "multiply": "*",
    "not_equal": "!=",
    "subtract": "-",
    "true_divide": "/",
}


def spelled(call, traits, named, number):
    """A call as an expression of Python, or None where it has no other than that of its kernel.

    Args:
        traits: those of the program.
        named: gives the text of a constant or a `Ref`.
        number: gives the text of a `Ref` to an array of rank 0 as a scalar of NumPy.
    """
    if call.name in _METHODS and type(call.args[0]) is Ref:
        before, after = (traits[slot] for slot in (call.args[0].slot, call.outs[0]))
        return _METHODS[call.name](named(call.args[0]), before, after, **call.settings)
    if not is_of_numbers(call, traits):
        return None
    if call.name == "where":
        condition, *values = call.args
        dtype = traits[call.outs[0]][1]
        x, y = (number(v) if type(v) is Ref else named(np.asarray(v, dtype)[()]) for v in values)
        return f"{x} if {named(condition)} else {y}"
    x, y = (
        number(a) if type(a) is Ref else named(a[()] if type(a) is ndarray else a)
        for a in call.args
    )
    return f"{x} {_OPERATORS[call.name]} {y}"


def is_of_numbers(call, traits):
    """Whether a call is spelled with operators, and gives a scalar of NumPy."""
    if call.several or call.is_constant or call.settings or traits[call.outs[0]][0] != ():
        return False
    if call.name != "where":
        return call.name in _OPERATORS and _are_numbers(call.args, traits)
    condition, *values = call.args
    dtype = traits[call.outs[0]][1]
    is_known = type(condition) is Ref and traits[condition.slot][0] == ()
    has_dtype = all(type(v) is not Ref or traits[v.slot][1] == dtype for v in values)
    return is_known and has_dtype and _are_numbers(values, traits)


def _reshape(x, before, after, *, shape):
    return f"{x}.reshape({after[0]})"


def _transpose(x, before, after, *, axes=None):
    return f"{x}.transpose({'' if axes is None else tuple(map(int, axes))})"


def _cast(x, before, after, *, dtype):
    if before[1].kind not in "fiub" or after[1].kind not in "fiubc":
        return None
    return f"{x}.astype({after[1].name!r}, copy=False)"


_METHODS = {"cast": _cast, "reshape": _reshape, "transpose": _transpose}


def _are_numbers(args, traits):
    """Whether all are real numbers, one of them at least in an array of rank 0."""
    found = False
    for a in args:
        if type(a) is Ref:
            shape, dtype, _ = traits[a.slot]
            if shape != () or dtype.kind not in "fiu":
                return False
            found = True
        elif type(a) in (int, float):
            continue
        elif getattr(a, "shape", None) != () or a.dtype.kind not in "fiu":
            return False
    return found

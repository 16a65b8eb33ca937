"""Translations of comparisons and of operations on truth values and bits."""

from minikeras.backend.xp import np
from minikeras.export.graph import Untranslatable, Value, translates

_COMPARISONS = {
    "greater": "Greater", "greater_equal": "GreaterOrEqual", "less": "Less",
    "less_equal": "LessOrEqual",
}  # fmt: skip
_TRUTHS = {"logical_and": "And", "logical_or": "Or", "logical_xor": "Xor"}
_BITS = {
    "bitwise_and": ("And", "BitwiseAnd"), "bitwise_or": ("Or", "BitwiseOr"),
    "bitwise_xor": ("Xor", "BitwiseXor"),
}  # fmt: skip


def _common(g, *operands, ordered=False):
    """The operands in the dtype in which NumPy compares them."""
    dtype = np.result_type(*(x.dtype if isinstance(x, Value) else x for x in operands))
    if ordered and dtype.kind == "b":
        dtype = np.dtype("int32")
    return [g.typed(x, dtype) for x in operands]


def _enter_comparison(name, operator):
    @translates(name)
    def translate(g, x, y):
        return g.add(operator, *_common(g, x, y, ordered=True))


def _enter_truths(name, operator):
    @translates(name)
    def translate(g, x, y):
        return g.add(operator, g.typed(x, bool), g.typed(y, bool))


def _enter_bits(name, of_truths, of_integers):
    @translates(name)
    def translate(g, x, y):
        return g.add(of_truths if g.out.dtype == bool else of_integers, g.typed(x), g.typed(y))


for _name, _operator in _COMPARISONS.items():
    _enter_comparison(_name, _operator)
for _name, _operator in _TRUTHS.items():
    _enter_truths(_name, _operator)
for _name, _operators in _BITS.items():
    _enter_bits(_name, *_operators)


@translates("equal")
def _(g, x, y):
    return g.add("Equal", *_common(g, x, y))


@translates("not_equal")
def _(g, x, y):
    return g.add("Not", g.add("Equal", *_common(g, x, y)))


@translates("logical_not")
def _(g, x):
    return g.add("Not", g.typed(x, bool))


@translates("bitwise_not")
def _(g, x):
    return g.add("Not" if g.out.dtype == bool else "BitwiseNot", g.typed(x))


def _of_floats(x):
    if x.dtype.kind != "f":
        raise Untranslatable(f"it is about floats, and receives {x.dtype}")
    return x


@translates("isnan")
def _(g, x):
    return g.add("IsNaN", _of_floats(x))


@translates("isinf")
def _(g, x):
    return g.add("IsInf", _of_floats(x))


@translates("isposinf")
def _(g, x):
    return g.add("IsInf", _of_floats(x), detect_negative=0)


@translates("isneginf")
def _(g, x):
    return g.add("IsInf", _of_floats(x), detect_positive=0)


@translates("isfinite")
def _(g, x):
    _of_floats(x)
    return g.add("Not", g.add("Or", g.add("IsInf", x), g.add("IsNaN", x)))

"""Translations of arithmetic, element by element."""

import math

from minikeras.backend.xp import np
from minikeras.export.graph import translates

# Primitives with an operator of one argument, in the dtype of the result.
_UNARY = {
    "absolute": "Abs", "arccos": "Acos", "arccosh": "Acosh", "arcsin": "Asin", "arcsinh": "Asinh",
    "arctan": "Atan", "arctanh": "Atanh", "ceil": "Ceil", "cos": "Cos", "cosh": "Cosh",
    "erf": "Erf", "exp": "Exp", "floor": "Floor", "log": "Log", "negative": "Neg",
    "reciprocal": "Reciprocal", "sigmoid": "Sigmoid", "sign": "Sign", "sin": "Sin", "sinh": "Sinh",
    "sqrt": "Sqrt", "tan": "Tan", "tanh": "Tanh",
}  # fmt: skip
# With one of two arguments, likewise; of truth values the operator behind it.
_BINARY = {
    "add": ("Add", "Or"), "maximum": ("Max", "Or"), "minimum": ("Min", "And"),
    "multiply": ("Mul", "And"), "power": ("Pow", None), "subtract": ("Sub", None),
    "true_divide": ("Div", None),
}  # fmt: skip


def _enter_unary(name, operator):
    @translates(name)
    def translate(g, x):
        return g.add(operator, g.typed(x))


def _enter_binary(name, of_numbers, of_truths):
    @translates(name)
    def translate(g, x, y):
        operator = of_truths if g.out.dtype == bool and of_truths else of_numbers
        return g.add(operator, g.typed(x), g.typed(y))


for _name, _operator in _UNARY.items():
    _enter_unary(_name, _operator)
for _name, _operators in _BINARY.items():
    _enter_binary(_name, *_operators)


def number(g, x):
    """A number in the dtype of the result."""
    return g.constant(np.asarray(x, g.out.dtype))


@translates("cast")
def _(g, x, *, dtype):
    return g.typed(x)


@translates("square")
def _(g, x):
    x = g.typed(x)
    return g.add("Mul", x, x)


@translates("rsqrt")
def _(g, x):
    return g.add("Reciprocal", g.add("Sqrt", g.typed(x)))


@translates("cbrt")
def _(g, x):
    x = g.typed(x)
    root = g.add("Pow", g.add("Abs", x), number(g, 1 / 3))
    return g.add("Mul", g.add("Sign", x), root)


@translates("expm1")
def _(g, x):
    return g.add("Sub", g.add("Exp", g.typed(x)), number(g, 1))


@translates("exp2")
def _(g, x):
    return g.add("Pow", number(g, 2), g.typed(x))


@translates("log1p")
def _(g, x):
    return g.add("Log", g.add("Add", g.typed(x), number(g, 1)))


@translates("log2")
def _(g, x):
    return g.add("Mul", g.add("Log", g.typed(x)), number(g, 1 / math.log(2)))


@translates("log10")
def _(g, x):
    return g.add("Mul", g.add("Log", g.typed(x)), number(g, 1 / math.log(10)))


@translates("logaddexp")
def _(g, x, y):
    x, y = g.typed(x), g.typed(y)
    apart = g.add("Neg", g.add("Abs", g.add("Sub", x, y)))
    rest = g.add("Log", g.add("Add", g.add("Exp", apart), number(g, 1)))
    return g.add("Add", g.add("Max", x, y), rest)


@translates("hypot")
def _(g, x, y):
    squares = (g.add("Mul", z, z) for z in (g.typed(x), g.typed(y)))
    return g.add("Sqrt", g.add("Add", *squares))


@translates("erfc")
def _(g, x):
    return g.add("Sub", number(g, 1), g.add("Erf", g.typed(x)))


@translates("deg2rad")
def _(g, x):
    return g.add("Mul", g.typed(x), number(g, math.pi / 180))


@translates("rad2deg")
def _(g, x):
    return g.add("Mul", g.typed(x), number(g, 180 / math.pi))


@translates("mod")
def _(g, x, y):
    x, y = g.typed(x), g.typed(y)
    if g.out.dtype.kind in "iu":
        return g.add("Mod", x, y)
    return g.add("Sub", x, g.add("Mul", y, g.add("Floor", g.add("Div", x, y))))


@translates("floor_divide")
def _(g, x, y):
    x, y = g.typed(x), g.typed(y)
    if g.out.dtype.kind in "iu":
        return g.add("Div", g.add("Sub", x, g.add("Mod", x, y)), y)
    return g.add("Floor", g.add("Div", x, y))


@translates("trunc")
def _(g, x):
    x = g.typed(x)
    return g.add("Mul", g.add("Sign", x), g.add("Floor", g.add("Abs", x)))


@translates("round")
def _(g, x, *, decimals=0):
    x = g.typed(x)
    if g.out.dtype.kind in "iu":
        return x
    if not decimals:
        return g.add("Round", x)
    scale = number(g, 10.0**decimals)
    return g.add("Div", g.add("Round", g.add("Mul", x, scale)), scale)


@translates("clip")
def _(g, x, low, high):
    found = g.typed(x)
    if low is not None:
        found = g.add("Max", found, g.typed(low))
    if high is not None:
        found = g.add("Min", found, g.typed(high))
    return found


@translates("where")
def _(g, condition, x, y):
    condition = g.typed(condition, bool)
    if g.out.dtype != bool:
        return g.add("Where", condition, g.typed(x), g.typed(y))
    first = g.add("And", condition, g.typed(x))
    return g.add("Or", first, g.add("And", g.add("Not", condition), g.typed(y)))


@translates("nan_to_num")
def _(g, x, *, nan=0.0, posinf=None, neginf=None):
    x = g.typed(x)
    if g.out.dtype.kind != "f":
        return x
    limits = np.finfo(g.out.dtype)
    found = g.add("Where", g.add("IsNaN", x), number(g, nan), x)
    high, low = limits.max if posinf is None else posinf, limits.min if neginf is None else neginf
    found = g.add("Where", g.add("IsInf", x, detect_negative=0), number(g, high), found)
    return g.add("Where", g.add("IsInf", x, detect_positive=0), number(g, low), found)


@translates("again", "conj", "real")
def _(g, x):
    return g.typed(x)

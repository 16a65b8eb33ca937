"""Elementwise primitives with derivatives: arithmetic, powers, exponentials, trigonometry.

Those without (comparison, logic, bits, rounding) stand in `minikeras.backend.logic`.

Gradients by complex arguments follow the convention ``dL = Re(sum(gradient * dz))``, under which
every rule of a holomorphic function reads as for real numbers. At kinks the rules take the middle:
``maximum`` shares the gradient between equal arguments, ``absolute`` has slope 0 at 0.
"""

import math

from minikeras.backend import error_function
from minikeras.backend.autodiff import primitive
from minikeras.backend.bounds import at_least, at_most, is_number
from minikeras.backend.logic import equal, greater, isfinite, isnan, logical_or, sign, trunc
from minikeras.backend.xp import special, xp


@primitive
def cast(x, *, dtype):
    """The values in another dtype; of complex numbers made real, the real part."""
    if x.dtype.kind == "c" and xp.dtype(dtype).kind in "fiu":
        x = x.real
    return x.astype(dtype, copy=False)


cast.rules(lambda out, x, *, dtype: lambda g: g)  # the engine casts it back


@primitive
def add(x, y):
    return xp.add(x, y)


add.rules(lambda out, x, y: lambda g: g, lambda out, x, y: lambda g: g)


@primitive
def subtract(x, y):
    return xp.subtract(x, y)


subtract.rules(lambda out, x, y: lambda g: g, lambda out, x, y: lambda g: negative(g))


@primitive
def multiply(x, y):
    return xp.multiply(x, y)


multiply.rules(
    lambda out, x, y: lambda g: multiply(g, y),
    lambda out, x, y: lambda g: multiply(g, x),
)


@primitive
def true_divide(x, y):
    return xp.true_divide(x, y)


true_divide.rules(
    lambda out, x, y: lambda g: true_divide(g, y),
    lambda out, x, y: lambda g: negative(multiply(g, true_divide(out, y))),
)


@primitive
def mod(x, y):
    """The remainder with the sign of the divisor."""
    return xp.remainder(x, y)


mod.rules(
    lambda out, x, y: lambda g: g,
    lambda out, x, y: lambda g: negative(multiply(g, floor_divide(x, y))),
)


@primitive
def floor_divide(x, y):
    return xp.floor_divide(x, y)


@primitive
def fmod(x, y):
    """The remainder with the sign of the dividend."""
    return xp.fmod(x, y)


fmod.rules(
    lambda out, x, y: lambda g: g,
    lambda out, x, y: lambda g: negative(multiply(g, trunc(true_divide(x, y)))),
)


@primitive
def power(x, y):
    """``x ** y``; a Python number as ``y`` is cheaper than an array."""
    if type(y) in _POWERS and y in _POWERS[type(y)]:
        return _POWERS[type(y)][y](x)
    return xp.power(x, y)


# Exponents that have a faster function than the general one.
_POWERS = {int: {1: xp.positive, 2: xp.square}}
_POWERS[float] = {**_POWERS[int], 0.5: xp.sqrt, -1.0: xp.reciprocal}


def _power_by_base(out, x, y):
    if isinstance(y, (int, float)):
        if y == 0:
            return lambda g: None
        return lambda g: multiply(g, multiply(power(x, y - 1), y))

    def way_back(g):
        # The slope of x**0 is 0 everywhere, of which 0 * 0**-1 would make NaN.
        is_constant = equal(y, 0)
        slope = multiply(y, power(x, where(is_constant, 1, subtract(y, 1))))
        return multiply(g, where(is_constant, 0, slope))

    return way_back


power.rules(
    _power_by_base,
    # 0**y is constant in y, so the logarithm of 0 must not count.
    lambda out, x, y: lambda g: multiply(g, multiply(out, log(where(equal(x, 0), 1, x)))),
)


@primitive
def negative(x):
    return xp.negative(x)


negative.rules(lambda out, x: lambda g: negative(g))


@primitive
def absolute(x):
    return xp.absolute(x)


def _absolute_rule(out, x):
    if x.dtype.kind == "c":
        return lambda g: multiply(g, true_divide(conj(x), where(equal(out, 0), 1, out)))
    return lambda g: multiply(g, sign(x))


absolute.rules(_absolute_rule)


@primitive
def square(x):
    return xp.square(x)


square.rules(lambda out, x: lambda g: multiply(g, multiply(x, 2)))


@primitive
def reciprocal(x):
    return xp.reciprocal(x)


reciprocal.rules(lambda out, x: lambda g: negative(multiply(g, square(out))))


@primitive
def sqrt(x):
    return xp.sqrt(x)


sqrt.rules(lambda out, x: lambda g: true_divide(multiply(g, 0.5), out))


@primitive
def rsqrt(x):
    return xp.reciprocal(xp.sqrt(x))


rsqrt.rules(lambda out, x: lambda g: multiply(g, true_divide(multiply(out, -0.5), x)))


@primitive
def cbrt(x):
    return xp.cbrt(x)


cbrt.rules(lambda out, x: lambda g: true_divide(g, multiply(square(out), 3)))


@primitive
def exp(x):
    return xp.exp(x)


exp.rules(lambda out, x: lambda g: multiply(g, out))


@primitive
def exp2(x):
    return xp.exp2(x)


exp2.rules(lambda out, x: lambda g: multiply(g, multiply(out, math.log(2))))


@primitive
def expm1(x):
    return xp.expm1(x)


expm1.rules(lambda out, x: lambda g: multiply(g, add(out, 1)))


@primitive
def log(x):
    return xp.log(x)


log.rules(lambda out, x: lambda g: true_divide(g, x))


@primitive
def log1p(x):
    return xp.log1p(x)


log1p.rules(lambda out, x: lambda g: true_divide(g, add(x, 1)))


@primitive
def log2(x):
    return xp.log2(x)


log2.rules(lambda out, x: lambda g: true_divide(g, multiply(x, math.log(2))))


@primitive
def log10(x):
    return xp.log10(x)


log10.rules(lambda out, x: lambda g: true_divide(g, multiply(x, math.log(10))))


@primitive
def maximum(x, y):
    return (at_least if is_number(x) or is_number(y) else xp.maximum)(x, y)


maximum.rules(
    lambda out, x, y: lambda g: multiply(g, share(x, y)),
    lambda out, x, y: lambda g: multiply(g, share(y, x)),
)


@primitive
def minimum(x, y):
    return (at_most if is_number(x) or is_number(y) else xp.minimum)(x, y)


minimum.rules(
    lambda out, x, y: lambda g: multiply(g, share(y, x)),
    lambda out, x, y: lambda g: multiply(g, share(x, y)),
)


@primitive
def share(x, y):
    """1 where ``x > y``, a half where they are equal, 0 elsewhere: the part x has in a maximum."""
    dtype = xp.result_type(x, y)
    return xp.add(x > y, x >= y, dtype=dtype) * 0.5


@primitive
def fmax(x, y):
    """The larger of two numbers; if one is NaN, the other."""
    return xp.fmax(x, y)


@primitive
def fmin(x, y):
    """The smaller of two numbers; if one is NaN, the other."""
    return xp.fmin(x, y)


def _first_of_two(is_first):
    """The rules of a choice between two arrays; ``is_first`` says where it fell on the first."""
    return (
        lambda out, x, y: lambda g: where(is_first(x, y), g, 0),
        lambda out, x, y: lambda g: where(is_first(x, y), 0, g),
    )


fmax.rules(*_first_of_two(lambda x, y: logical_or(greater(x, y), isnan(y))))
fmin.rules(*_first_of_two(lambda x, y: logical_or(greater(y, x), isnan(y))))


@primitive
def clip(x, low, high):
    """``x`` held between two bounds, either of which may be None."""
    if low is not None:
        x = (at_least if is_number(low) else xp.maximum)(x, low)
    if high is not None:
        x = (at_most if is_number(high) else xp.minimum)(x, high)
    return x


def _clip_rule(out, x, low, high):
    def way_back(g):
        if low is not None:
            g = multiply(g, share(x, low))
        return g if high is None else multiply(g, share(high, x))

    return way_back


clip.rules(
    _clip_rule,
    lambda out, x, low, high: lambda g: multiply(g, _share_of_low(x, low, high)),
    lambda out, x, low, high: lambda g: multiply(g, share(_raised(x, low), high)),
)


def _raised(x, low):
    return x if low is None else maximum(x, low)


def _share_of_low(x, low, high):
    part = share(low, x)
    return part if high is None else multiply(part, share(high, _raised(x, low)))


@primitive
def where(condition, x, y):
    return xp.where(condition, x, y)


where.rules(
    None,
    lambda out, condition, x, y: lambda g: where(condition, g, 0),
    lambda out, condition, x, y: lambda g: where(condition, 0, g),
)


@primitive
def sin(x):
    return xp.sin(x)


sin.rules(lambda out, x: lambda g: multiply(g, cos(x)))


@primitive
def cos(x):
    return xp.cos(x)


cos.rules(lambda out, x: lambda g: negative(multiply(g, sin(x))))


@primitive
def tan(x):
    return xp.tan(x)


tan.rules(lambda out, x: lambda g: multiply(g, add(square(out), 1)))


@primitive
def arcsin(x):
    return xp.arcsin(x)


arcsin.rules(lambda out, x: lambda g: multiply(g, rsqrt(subtract(1, square(x)))))


@primitive
def arccos(x):
    return xp.arccos(x)


arccos.rules(lambda out, x: lambda g: negative(multiply(g, rsqrt(subtract(1, square(x))))))


@primitive
def arctan(x):
    return xp.arctan(x)


arctan.rules(lambda out, x: lambda g: true_divide(g, add(square(x), 1)))


@primitive
def heaviside(x, y):
    """0 for negative ``x``, 1 for positive, and ``y`` for 0."""
    return xp.heaviside(x, y)


heaviside.rules(None, lambda out, x, y: lambda g: where(equal(x, 0), g, 0))


@primitive
def arctan2(y, x):
    return xp.arctan2(y, x)


arctan2.rules(
    lambda out, y, x: lambda g: multiply(g, true_divide(x, add(square(x), square(y)))),
    lambda out, y, x: lambda g: negative(multiply(g, true_divide(y, add(square(x), square(y))))),
)


@primitive
def sinh(x):
    return xp.sinh(x)


sinh.rules(lambda out, x: lambda g: multiply(g, cosh(x)))


@primitive
def cosh(x):
    return xp.cosh(x)


cosh.rules(lambda out, x: lambda g: multiply(g, sinh(x)))


@primitive
def tanh(x):
    return xp.tanh(x)


tanh.rules(lambda out, x: lambda g: multiply(g, subtract(1, square(out))))


@primitive
def arcsinh(x):
    return xp.arcsinh(x)


arcsinh.rules(lambda out, x: lambda g: multiply(g, rsqrt(add(square(x), 1))))


@primitive
def arccosh(x):
    return xp.arccosh(x)


arccosh.rules(
    lambda out, x: lambda g: multiply(g, rsqrt(multiply(subtract(x, 1), add(x, 1)))),
)


@primitive
def arctanh(x):
    return xp.arctanh(x)


arctanh.rules(lambda out, x: lambda g: true_divide(g, subtract(1, square(x))))


@primitive
def sigmoid(x):
    """``1 / (1 + exp(-x))``; an overflow of ``exp`` gives 0, as it should."""
    return 1 / (1 + xp.exp(-x))


sigmoid.rules(lambda out, x: lambda g: multiply(g, multiply(out, subtract(1, out))))


@primitive
def logaddexp(x, y):
    """``log(exp(x) + exp(y))`` without overflow."""
    return xp.logaddexp(x, y)


logaddexp.rules(
    lambda out, x, y: lambda g: multiply(g, exp(_distance(x, out))),
    lambda out, x, y: lambda g: multiply(g, exp(_distance(y, out))),
)


def _distance(x, out):
    """``x - out``, and 0 where both are the same infinity."""
    return where(logical_or(equal(x, out), isnan(x)), subtract(x, x), subtract(x, out))


@primitive
def logaddexp2(x, y):
    """``log2(2**x + 2**y)`` without overflow."""
    return xp.logaddexp2(x, y)


logaddexp2.rules(
    lambda out, x, y: lambda g: multiply(g, exp2(_distance(x, out))),
    lambda out, x, y: lambda g: multiply(g, exp2(_distance(y, out))),
)


@primitive
def hypot(x, y):
    return xp.hypot(x, y)


hypot.rules(
    lambda out, x, y: lambda g: multiply(g, true_divide(x, where(equal(out, 0), 1, out))),
    lambda out, x, y: lambda g: multiply(g, true_divide(y, where(equal(out, 0), 1, out))),
)


@primitive
def sinc(x, *, order=0):
    """The derivative of that order of ``sin(pi * x) / (pi * x)``.

    From ``pi * x * f(x) = sin(pi * x)``, differentiated n times, each derivative follows from the
    one before; near 0, where that cancels, from the power series.
    """
    out = xp.sinc(x)
    if order == 0:
        return out
    is_near = abs(x) < 0.5
    divisor = xp.where(is_near, 1, x)
    for n in range(1, order + 1):
        wave = math.pi ** (n - 1) * xp.sin(math.pi * x + n * math.pi / 2)
        out = (wave - n * out) / divisor
    return xp.where(is_near, _sinc_series(xp.where(is_near, x, 0), order), out)


def _sinc_series(x, order, terms=12):
    """The sum over k of ``(-1)**k pi**(2k) / ((2k+1) (2k-n)!) x**(2k-n)``, n being the order."""
    first = (order + 1) // 2
    x_squared = x * x
    total = 0
    for k in range(first + terms, first - 1, -1):
        coefficient = (-1) ** k * math.pi ** (2 * k)
        coefficient /= (2 * k + 1) * math.factorial(2 * k - order)
        total = total * x_squared + coefficient
    return total * x if order % 2 else total


sinc.rules(lambda out, x, *, order=0: lambda g: multiply(g, sinc(x, order=order + 1)))


@primitive
def i0(x):
    """The modified Bessel function of the first kind, of order 0."""
    return _special("i0", x)


i0.rules(lambda out, x: lambda g: multiply(g, i1(x)))


@primitive
def i1(x):
    """The modified Bessel function of the first kind, of order 1."""
    return _special("i1", x)


def _i1_rule(out, x):
    def way_back(g):
        is_zero = equal(x, 0)
        ratio = where(is_zero, 0.5, true_divide(out, where(is_zero, 1, x)))
        return multiply(g, subtract(i0(x), ratio))

    return way_back


i1.rules(_i1_rule)


@primitive
def ldexp(x, n):
    """``x * 2**n`` for integers n."""
    return xp.ldexp(x, n)


ldexp.rules(lambda out, x, n: lambda g: ldexp(g, n))


@primitive
def deg2rad(x):
    return xp.deg2rad(x)


deg2rad.rules(lambda out, x: lambda g: deg2rad(g))


@primitive
def rad2deg(x):
    return xp.rad2deg(x)


rad2deg.rules(lambda out, x: lambda g: rad2deg(g))


@primitive
def nan_to_num(x, *, nan=0.0, posinf=None, neginf=None):
    """NaN and the infinities replaced, the latter by the extreme finite numbers by default."""
    return xp.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


nan_to_num.rules(
    lambda out, x, *, nan=0.0, posinf=None, neginf=None: lambda g: where(isfinite(x), g, 0)
)


@primitive
def conj(x):
    return xp.conj(x)


conj.rules(lambda out, x: lambda g: conj(g))


@primitive
def real(x):
    return xp.real(x)


real.rules(lambda out, x: lambda g: g)


@primitive
def imag(x):
    return xp.imag(x)


imag.rules(lambda out, x: lambda g: multiply(g, -1j))


@primitive
def angle(x):
    """The angle in radians from the positive real axis."""
    return xp.angle(x)


angle.rules(lambda out, x: lambda g: true_divide(multiply(g, -1j), x))


@primitive
def erf(x):
    return error_function.erf(x)


erf.rules(lambda out, x: lambda g: multiply(g, _slope_of_erf(x)))


@primitive
def erfc(x):
    """``1 - erf(x)``, exact where that is small."""
    return _special("erfc", x)


erfc.rules(lambda out, x: lambda g: negative(multiply(g, _slope_of_erf(x))))


@primitive
def erfinv(x):
    return _special("erfinv", x)


erfinv.rules(lambda out, x: lambda g: true_divide(g, _slope_of_erf(out)))


def _special(name, x):
    # SciPy has no functions in half precision.
    return special(name)(x).astype(x.dtype, copy=False)


def _slope_of_erf(x):
    return multiply(exp(negative(square(x))), 2 / math.sqrt(math.pi))

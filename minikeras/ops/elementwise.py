"""keras.ops: exponentials, logarithms, trigonometry, error functions, complex parts."""

from minikeras.backend import elementwise
from minikeras.backend.xp import xp
from minikeras.ops.arguments import float_operands, floating, tensor
from minikeras.symbolic.operation import op

__all__ = [
    "angle",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "conj",
    "conjugate",
    "cos",
    "cosh",
    "deg2rad",
    "erf",
    "erfc",
    "erfinv",
    "exp",
    "exp2",
    "expm1",
    "i0",
    "imag",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "nan_to_num",
    "rad2deg",
    "real",
    "sin",
    "sinc",
    "sinh",
    "tan",
    "tanh",
]


@op
def exp(x):
    """The exponential, e to the power ``x``.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.exp([0.0]).tolist()
    [1.0]
    """
    return elementwise.exp(floating(x))


@op
def exp2(x):
    """2 to the power ``x``.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.exp2([0.0, 3.0]).tolist()
    [1.0, 8.0]
    """
    return elementwise.exp2(floating(x))


@op
def expm1(x):
    """``exp(x) - 1``, precise where ``x`` is small.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.expm1([0.0]).tolist()
    [0.0]
    """
    return elementwise.expm1(floating(x))


@op
def log(x):
    """The natural logarithm.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.log([1.0]).tolist()
    [0.0]
    """
    return elementwise.log(floating(x))


@op
def log1p(x):
    """The natural logarithm of ``1 + x``, precise where ``x`` is small.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.log1p([0.0]).tolist()
    [0.0]
    """
    return elementwise.log1p(floating(x))


@op
def log2(x):
    """The logarithm to base 2.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.log2([1.0, 8.0]).tolist()
    [0.0, 3.0]
    """
    return elementwise.log2(floating(x))


@op
def log10(x):
    """The logarithm to base 10.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.log10([1.0]).tolist()
    [0.0]
    """
    return elementwise.log10(floating(x))


@op
def logaddexp(x1, x2):
    """``log(exp(x1) + exp(x2))``, without overflow.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common floating dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.logaddexp([1000.0], -1000.0).tolist()
    [1000.0]
    """
    return elementwise.logaddexp(*float_operands(x1, x2))


@op
def logaddexp2(x1, x2):
    """``log2(2**x1 + 2**x2)``, without overflow.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common floating dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.logaddexp2([3.0], 3.0).tolist()
    [4.0]
    """
    return elementwise.logaddexp2(*float_operands(x1, x2))


@op
def sin(x):
    """The sine of an angle in radians.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.sin([0.0]).tolist()
    [0.0]
    """
    return elementwise.sin(floating(x))


@op
def cos(x):
    """The cosine of an angle in radians.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.cos([0.0]).tolist()
    [1.0]
    """
    return elementwise.cos(floating(x))


@op
def tan(x):
    """The tangent of an angle in radians.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.tan([0.0]).tolist()
    [0.0]
    """
    return elementwise.tan(floating(x))


@op
def arcsin(x):
    """The angle in radians, from -pi/2 to pi/2, whose sine is ``x``.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.arcsin([0.0]).tolist()
    [0.0]
    """
    return elementwise.arcsin(floating(x))


@op
def arccos(x):
    """The angle in radians, from 0 to pi, whose cosine is ``x``.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.arccos([1.0]).tolist()
    [0.0]
    """
    return elementwise.arccos(floating(x))


@op
def arctan(x):
    """The angle in radians, between -pi/2 and pi/2, whose tangent is ``x``.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.arctan([0.0]).tolist()
    [0.0]
    """
    return elementwise.arctan(floating(x))


@op
def arctan2(x1, x2):
    """The angle in radians, from -pi to pi, of the point with height x1 over x2.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common floating dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.arctan2([0.0], [1.0]).tolist()
    [0.0]
    """
    return elementwise.arctan2(*float_operands(x1, x2))


@op
def sinh(x):
    """The hyperbolic sine.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.sinh([0.0]).tolist()
    [0.0]
    """
    return elementwise.sinh(floating(x))


@op
def cosh(x):
    """The hyperbolic cosine.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.cosh([0.0]).tolist()
    [1.0]
    """
    return elementwise.cosh(floating(x))


@op
def tanh(x):
    """The hyperbolic tangent.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.tanh([0.0]).tolist()
    [0.0]
    """
    return elementwise.tanh(floating(x))


@op
def arcsinh(x):
    """The inverse of the hyperbolic sine.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.arcsinh([0.0]).tolist()
    [0.0]
    """
    return elementwise.arcsinh(floating(x))


@op
def arccosh(x):
    """The inverse of the hyperbolic cosine, for ``x`` from 1 on.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.arccosh([1.0]).tolist()
    [0.0]
    """
    return elementwise.arccosh(floating(x))


@op
def arctanh(x):
    """The inverse of the hyperbolic tangent, for ``x`` between -1 and 1.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.arctanh([0.0]).tolist()
    [0.0]
    """
    return elementwise.arctanh(floating(x))


@op
def sinc(x):
    """``sin(pi * x) / (pi * x)``, and 1 at 0.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.sinc([0.0]).tolist()
    [1.0]
    """
    return elementwise.sinc(floating(x))


@op
def deg2rad(x):
    """Degrees as radians.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.deg2rad([0.0]).tolist()
    [0.0]
    """
    return elementwise.deg2rad(floating(x))


@op
def rad2deg(x):
    """Radians as degrees.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.rad2deg([0.0]).tolist()
    [0.0]
    """
    return elementwise.rad2deg(floating(x))


@op
def erf(x):
    """The Gauss error function: twice the integral of ``exp(-t**2) / sqrt(pi)`` from 0 to x.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.erf([0.0]).tolist()
    [0.0]
    """
    return elementwise.erf(floating(x))


@op
def erfc(x):
    """``1 - erf(x)``, precise where that is small.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.erfc([0.0]).tolist()
    [1.0]
    """
    return elementwise.erfc(floating(x))


@op
def erfinv(x):
    """The inverse of the error function, for ``x`` between -1 and 1.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.erfinv([0.0]).tolist()
    [0.0]
    """
    return elementwise.erfinv(floating(x))


@op
def i0(x):
    """The modified Bessel function of the first kind, of order 0.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.i0([0.0]).tolist()
    [1.0]
    """
    return elementwise.i0(floating(x))


@op
def real(x):
    """The real part.

    >>> import minikeras as keras
    >>> keras.ops.real([1 + 2j]).tolist()
    [1.0]
    """
    x = tensor(x)
    return elementwise.real(x) if x.dtype.kind == "c" else x


@op
def imag(x):
    """The imaginary part; zeros for real numbers.

    >>> import minikeras as keras
    >>> keras.ops.imag([1 + 2j]).tolist()
    [2.0]
    """
    x = tensor(x)
    return elementwise.imag(x) if x.dtype.kind == "c" else xp.zeros(x.shape, x.dtype)


@op
def angle(x):
    """The angle in radians, from -pi to pi, of complex numbers from the positive real axis.

    >>> import minikeras as keras
    >>> keras.ops.angle([1.0 + 0j]).tolist()
    [0.0]
    """
    return elementwise.angle(floating(x))


@op
def conj(x):
    """The complex conjugate.

    >>> import minikeras as keras
    >>> keras.ops.conj([1 + 2j]).tolist()
    [(1-2j)]
    """
    x = tensor(x)
    return elementwise.conj(x) if x.dtype.kind == "c" else x


@op
def conjugate(x):
    """The complex conjugate: another name of `conj`.

    >>> import minikeras as keras
    >>> keras.ops.conjugate([1 + 2j]).tolist()
    [(1-2j)]
    """
    x = tensor(x)
    return elementwise.conj(x) if x.dtype.kind == "c" else x


@op
def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    """``x`` with NaN and the infinities replaced.

    Args:
        x: a tensor.
        nan: what stands in for NaN.
        posinf, neginf: what stands in for the infinities; the extreme finite numbers by default.

    Returns:
        A tensor of the same shape and dtype; no gradient flows to what was replaced.

    >>> import minikeras as keras
    >>> keras.ops.nan_to_num([1.0, float("nan"), float("inf")], posinf=9.0).tolist()
    [1.0, 0.0, 9.0]
    """
    x = tensor(x)
    if x.dtype.kind not in "fc":
        return x
    return elementwise.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)

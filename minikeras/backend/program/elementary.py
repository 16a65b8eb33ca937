"""Which primitives compute each element of their result from the same element of arguments."""

# Primitives whose kernel is the ufunc of the same name, so that it takes `out`.
UFUNCS = frozenset(
    {
        "absolute", "add", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2",
        "arctanh", "cbrt", "ceil", "cos", "cosh", "equal", "exp", "exp2", "expm1", "floor",
        "floor_divide", "fmax", "fmin", "fmod", "greater", "greater_equal", "hypot", "isfinite",
        "isinf", "isnan", "less", "less_equal", "log", "log10", "log1p", "log2", "logical_and",
        "logical_not", "logical_or", "logical_xor", "maximum", "minimum", "multiply", "negative",
        "not_equal", "reciprocal", "sign", "sin", "sinh", "sqrt", "square", "subtract", "tan",
        "tanh", "trunc", "true_divide",
    }
)  # fmt: skip
# Other elementwise primitives.
ELEMENTWISE = UFUNCS | {"cast", "clip", "elu", "erf", "leaky_relu", "power", "softplus", "where"}

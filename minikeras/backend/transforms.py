"""Functions that turn a function into its derivatives: grad, vjp, jacobian, hvp and their kind."""

import functools

from minikeras import config, tree
from minikeras.backend.autodiff import PRIMITIVES, GradientTape, Handle, Tracer, settle
from minikeras.backend.xp import ARRAY_TYPES, xp


def _tensor(x):
    """A leaf as something that a tape can watch: Python floats become arrays."""
    if isinstance(x, float):
        return xp.asarray(x, dtype=config.floatx())
    if isinstance(x, (Handle, Tracer, *ARRAY_TYPES)):
        return x
    raise TypeError(
        "Derivatives are taken with respect to floating tensors, Python floats and nested "
        f"structures of them. Received: {x!r} of type {type(x).__name__}"
    )


def _watched(tape, x):
    """The leaves of ``x`` as tracers of ``tape``.

    They get an identity of their own: the same array may also be another argument, or a constant
    within the function, and is not to be differentiated by there.
    """

    def one(leaf):
        leaf = _tensor(leaf)
        if not isinstance(leaf, Handle):
            with tape.stop_recording():
                leaf = PRIMITIVES["reshape"](leaf, shape=leaf.shape)
        return tape.watch(leaf)

    return tree.map_structure(one, x)


def _scalar(y):
    if not hasattr(y, "shape") or y.shape != ():
        raise ValueError(
            "The function to differentiate must return one number. Received: "
            f"{getattr(y, 'shape', y)!r}. Sum or average it first, or use `jacobian`."
        )


def value_and_grad(function, argnums=0, has_aux=False):
    """A function that computes ``function`` and its gradient in one go.

    Args:
        function: returns a single number, or with ``has_aux`` a pair of it and anything else.
        argnums: which positional arguments to differentiate: an integer or a tuple of them. An
            argument may be a nested structure of tensors; its gradient has the same form.
        has_aux: whether ``function`` returns something beside the number.

    Returns:
        A function of the same arguments that returns ``(value, gradient)``; a source on which the
        value does not depend has gradient zero.

    Raises:
        ValueError: if the value is not a single number.

    >>> import minikeras as keras
    >>> value, slope = keras.value_and_grad(lambda x: keras.ops.sum(x**2))(
    ...     keras.ops.array([1.0, 2.0]))
    >>> value.item(), slope.tolist()
    (5.0, [2.0, 4.0])
    """
    single = isinstance(argnums, int)
    positions = (argnums,) if single else tuple(argnums)

    @functools.wraps(function)
    def evaluate(*args, **kwargs):
        args = list(args)
        with GradientTape(watch_accessed_variables=False) as tape:
            for n in positions:
                args[n] = _watched(tape, args[n])
            result = function(*args, **kwargs)
        value = result[0] if has_aux else result
        _scalar(value)
        gradients = tape.gradient(value, [args[n] for n in positions], unconnected_gradients="zero")
        return settle(result), gradients[0] if single else tuple(gradients)

    return evaluate


def grad(function, argnums=0, has_aux=False):
    """A function that computes the gradient of ``function``; see `value_and_grad`.

    >>> import minikeras as keras
    >>> cube = lambda x: x**3
    >>> keras.grad(keras.grad(cube))(2.0).item()
    12.0
    """
    evaluate = value_and_grad(function, argnums, has_aux)

    @functools.wraps(function)
    def gradient(*args, **kwargs):
        result, gradients = evaluate(*args, **kwargs)
        return (gradients, result[1]) if has_aux else gradients

    return gradient


def vjp(function, *primals):
    """The value of ``function`` at ``primals``, and the way back from it.

    Returns:
        ``(value, back)``, where ``back(cotangents)``, given something in the form of the value,
        returns a tuple with the gradient of each of ``primals``.

    >>> import minikeras as keras
    >>> value, back = keras.vjp(lambda x: 2.0 * x, keras.ops.array([1.0, 2.0]))
    >>> back(keras.ops.array([1.0, 10.0]))[0].tolist()
    [2.0, 20.0]
    """
    tape = GradientTape(persistent=True, watch_accessed_variables=False)
    with tape:
        watched = [_watched(tape, p) for p in primals]
        value = function(*watched)

    def back(cotangents):
        return tuple(tape.gradient(value, watched, cotangents, unconnected_gradients="zero"))

    return settle(value), back


def jvp(function, primals, tangents):
    """The value of ``function`` at ``primals`` and its derivative in the direction ``tangents``.

    Args:
        function: takes the primals, returns a tensor.
        primals: a sequence of tensors.
        tangents: a sequence of tensors of the same shapes.

    Returns:
        ``(value, directional_derivative)``. Computed by two backward passes: the way back is
        linear in the cotangent, so its own gradient is the forward derivative.

    >>> import minikeras as keras
    >>> x, v = keras.ops.array([1.0, 2.0]), keras.ops.array([1.0, 0.0])
    >>> keras.jvp(lambda x: x**2, [x], [v])[1].tolist()
    [2.0, 0.0]
    """
    primals, tangents = list(primals), list(tangents)
    with GradientTape(persistent=True, watch_accessed_variables=False) as outer:
        with GradientTape(watch_accessed_variables=False) as inner:
            watched = [_watched(inner, p) for p in primals]
            value = function(*watched)
        probe = outer.watch(xp.zeros(value.shape, value.dtype))
        back = inner.gradient(value, watched, probe, unconnected_gradients="zero")
    direction = outer.gradient(back, probe, tangents, unconnected_gradients="zero")
    return settle(value), direction


def jacobian(function, argnums=0):
    """A function that computes the derivative of every output element by every input element.

    Args:
        function: returns a tensor.
        argnums: which positional argument to differentiate, or a tuple of them.

    Returns:
        A function of the same arguments; the result has shape ``output.shape + input.shape``.

    >>> import minikeras as keras
    >>> keras.jacobian(lambda x: x**2)(keras.ops.array([1.0, 2.0])).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """
    single = isinstance(argnums, int)
    positions = (argnums,) if single else tuple(argnums)

    @functools.wraps(function)
    def evaluate(*args, **kwargs):
        args = list(args)
        with GradientTape(watch_accessed_variables=False) as tape:
            for n in positions:
                args[n] = _watched(tape, args[n])
            value = function(*args, **kwargs)
        sources = [args[n] for n in positions]
        if type(value) is not Tracer:  # a constant function
            found = [xp.zeros((*value.shape, *s.shape), s.dtype) for s in sources]
        else:
            found = tape.jacobian(value, sources, unconnected_gradients="zero")
        return found[0] if single else tuple(found)

    return evaluate


def hvp(function, primals, tangents):
    """The product of the Hessian of ``function`` with a vector, without forming the Hessian.

    Args:
        function: takes the primals (one tensor, or a list given as several arguments), returns
            one number.
        primals: a tensor, or a list of tensors.
        tangents: the vector, in the form of ``primals``.

    Returns:
        The product, in the form of ``primals``.

    >>> import minikeras as keras
    >>> x, v = keras.ops.array([1.0, 2.0]), keras.ops.array([1.0, 1.0])
    >>> keras.hvp(lambda x: keras.ops.sum(x**3), x, v).tolist()
    [6.0, 12.0]
    """
    several = isinstance(primals, (list, tuple))
    points = list(primals) if several else [primals]
    vectors = list(tangents) if several else [tangents]
    with GradientTape(watch_accessed_variables=False) as tape:
        points = [_watched(tape, p) for p in points]
        slopes = grad(function, argnums=tuple(range(len(points))))(*points)
        products = [PRIMITIVES["multiply"](s, v) for s, v in zip(slopes, vectors)]
    found = tape.gradient(products, points, unconnected_gradients="zero")
    return list(found) if several else found[0]

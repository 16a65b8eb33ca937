"""What many tests need: NumPy values of any tensor, and comparison with clear messages."""

import contextlib
import inspect
import json

import numpy as np

import minikeras
from minikeras import tree
from minikeras.backend import autodiff
from minikeras.backend.xp import asarray, to_numpy
from tests.oracle import record
from tests.oracle.class_row import built


def values(x):
    """NumPy arrays for tensors of minikeras (either backend), of the oracle, or of NumPy."""

    def one(leaf):
        if leaf is None or isinstance(leaf, (bool, int, float, str)):
            return leaf
        return np.asarray(to_numpy(autodiff.plain(leaf)))

    return tree.map_structure(one, x)


def assert_close(actual, expected, rtol=1e-5, atol=1e-6, dtype=True):
    """Assert that two structures of tensors hold the same shapes, dtypes and values."""
    actual, expected = tree.flatten(values(actual)), tree.flatten(values(expected))
    assert len(actual) == len(expected)
    for a, e in zip(actual, expected):
        if e is None:
            assert a is None
            continue
        a, e = np.asarray(a), np.asarray(e)
        assert a.shape == e.shape, f"shape {a.shape}, expected {e.shape}"
        if dtype:
            assert a.dtype == e.dtype, f"dtype {a.dtype}, expected {e.dtype}"
        np.testing.assert_allclose(a, e, rtol=rtol, atol=atol)
        record.difference(a, e)


def compare_layers(
    name, arguments, inputs, training=False, rtol=1e-5, atol=1e-5, call=None, left_out=()
):
    """Assert that a layer of minikeras does what Keras's does with the same weights.

    Compared are: the output, the gradients of a weighted sum of it by inputs and weights, the
    losses, the shape found for an unknown batch, the weights' names and shapes, the configuration,
    and that a layer made from the configuration computes the same.

    Args:
        name: the name of the class.
        arguments: the constructor's arguments (the same for both), among them what
            `tests.oracle.class_row.made` stands for.
        inputs: a NumPy array or a list of them.
        training: the flag of the call, where the layer has one.
        call: further keyword arguments of the call, NumPy arrays among them.
        left_out: what is not compared, of "gradients", "symbolic shapes" and "configuration".

    Returns:
        The layer of minikeras, for further tests.
    """
    import keras

    ours = getattr(minikeras.layers, name)(**built(arguments, minikeras), name="compared")
    theirs = getattr(keras.layers, name)(**built(arguments, keras), name="compared")
    flags = dict(call or {})
    if "training" in inspect.signature(type(theirs).call).parameters:
        flags["training"] = training
    expected = theirs(inputs, **flags)
    ours(_tensors(inputs), **flags)
    assert [w.shape for w in ours.weights] == [w.shape for w in theirs.weights]
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
    trainable, expected_trainable = (
        [w.name for w in layer.trainable_weights] for layer in (ours, theirs)
    )
    assert trainable == expected_trainable
    # The first calls may have changed statistics; the weights below are what both go on from.
    ours.set_weights(theirs.get_weights())
    has_gradients = "gradients" not in left_out
    expected, expected_gradients, expected_losses = _keras_results(
        theirs, inputs, flags, has_gradients
    )
    found, gradients, losses = _our_results(ours, inputs, flags)
    # Keras's stateless call does not cast weights for mixed precision; its plain call does.
    is_mixed = ours.compute_dtype != ours.variable_dtype
    with record.comparing(f"layers.{name}", "values"):
        assert_close(found, expected, rtol, atol, dtype=not is_mixed)
        assert_close(losses, expected_losses, rtol, atol, dtype=False)
    if has_gradients:
        with record.comparing(f"layers.{name}", "gradients"):
            pairs = zip(tree.flatten(gradients), tree.flatten(expected_gradients), strict=True)
            for ours_one, theirs_one in pairs:
                assert_close(ours_one, theirs_one, 10 * rtol, 10 * atol, dtype=False)
    with record.comparing(f"layers.{name}", "state"):
        assert_close(ours.get_weights(), theirs.get_weights(), rtol, atol)
    if "symbolic shapes" not in left_out:
        with record.comparing(f"layers.{name}", "symbolic shapes"):
            _compare_shapes(ours, inputs, flags, found)
    if "configuration" not in left_out:
        with record.comparing(f"layers.{name}", "configuration"):
            _compare_configurations(ours, theirs, inputs, flags)
    return ours


def _compare_configurations(ours, theirs, inputs, flags):
    ignored = {"quantization_config", "lora_rank", "lora_alpha", "gptq_unpacked_column_size"}
    expected_config = {k: v for k, v in theirs.get_config().items() if k not in ignored}
    assert _plain(serialized(ours)) == _plain(expected_config)
    twin = type(ours).from_config(ours.get_config())
    twin(_tensors(inputs), **flags)
    twin.set_weights(ours.get_weights())


def serialized(obj):
    """The configuration of an object as JSON holds it."""
    return json.loads(json.dumps(minikeras.saving.serialize_keras_object(obj)))["config"]


def _plain(config):
    """A configuration without the identities of shared objects, as JSON holds it."""
    if isinstance(config, dict):
        return {k: _plain(v) for k, v in config.items() if k not in _INCIDENTAL}
    if isinstance(config, (list, tuple)):
        return [_plain(v) for v in config]
    # Keras passes some numbers through float32.
    return float(np.float32(config)) if isinstance(config, float) else config


_INCIDENTAL = {"shared_object_id", "quantization_config"}


def _tensors(inputs):
    return tree.map_structure(minikeras.ops.convert_to_tensor, inputs)


def _directions(outputs):
    """A fixed array for each output, to sum it with before differentiating."""
    rng = np.random.default_rng(1)
    return [
        rng.normal(size=y.shape).astype("float32") if y is not None else None
        for y in tree.flatten(values(outputs))
    ]


def _is_float(x):
    return x is not None and x.dtype.kind == "f"


def _our_results(layer, inputs, flags):
    # Copies: the tape knows arrays by identity, and a flag may be the same array as an input.
    tensors = _tensors(tree.map_structure(np.copy, inputs))
    with minikeras.GradientTape(persistent=True) as tape:
        tensors = tree.map_structure(
            lambda x: tape.watch(x) if _is_float(values(x)) else x, tensors
        )
        outputs = layer(tensors, **flags)
        total = 0.0
        for y, w in zip(tree.flatten(outputs), _directions(outputs)):
            if _is_float(values(y)):
                weight = minikeras.ops.convert_to_tensor(w)
                total = total + minikeras.ops.sum(minikeras.ops.cast(y, "float32") * weight)
    weights = layer.trainable_weights
    sources = [*tree.flatten(tensors), *weights]
    gradients = [
        tape.gradient(total, s, unconnected_gradients="zero") if _is_float(values(s)) else None
        for s in sources
    ]
    return outputs, gradients, layer.losses


def _keras_results(layer, inputs, flags, has_gradients=True):
    import jax

    weights = [w.value for w in layer.trainable_variables]
    state = [w.value for w in layer.non_trainable_variables]
    flat = [np.asarray(x) for x in tree.flatten(inputs)]

    def run(trainable, floats):
        moving = iter(floats)
        leaves = [next(moving) if _is_float(x) else x for x in flat]
        packed = tree.pack_sequence_as(inputs, leaves)
        outputs, new_state, losses = layer.stateless_call(
            trainable, state, packed, return_losses=True, **flags
        )
        return outputs, new_state, losses

    floats = [x for x in flat if _is_float(x)]
    layer(inputs, **flags)
    # The stateless call of Keras leaves out losses of regularizers whose value is 0.
    losses = list(layer.losses)
    for variable, value in zip(layer.non_trainable_variables, state):
        variable.assign(value)
    outputs, new_state, _ = run(weights, floats)
    directions = _directions(outputs)

    def total(trainable, moving):
        found = run(trainable, moving)[0]
        return sum(
            (y.astype("float32") * w).sum()
            for y, w in zip(tree.flatten(found), directions)
            if _is_float(y)
        )

    by_weights, by_floats = jax.grad(total, (0, 1))(weights, floats) if has_gradients else ([], [])
    for variable, value in zip(layer.non_trainable_variables, new_state):
        variable.assign(value)
    by_floats = iter(by_floats)
    by_inputs = [next(by_floats, None) if _is_float(x) else None for x in flat]
    return outputs, [*by_inputs, *by_weights], losses


def _compare_shapes(ours, inputs, flags, found):
    """The symbolic output for an unknown batch must have the real output's shape behind it."""

    def as_symbol(x):
        if not isinstance(x, np.ndarray):
            return x
        return minikeras.KerasTensor((None, *x.shape[1:]), x.dtype.name)

    symbolic, flags = tree.map_structure(as_symbol, (inputs, flags))
    specs = tree.flatten(ours(symbolic, **flags))
    for spec, y in zip(specs, tree.flatten(values(found))):
        if y is not None and y.ndim:
            assert spec.shape[1:] == y.shape[1:], (spec.shape, y.shape)
            assert spec.dtype == y.dtype.name


def dtype_beside(oracle, *inputs):
    """The dtype that minikeras should give where the oracle, with 64 bits on, gives ``oracle``.

    There Python numbers and indices are 64 bits wide, which here are 32 as in all default
    settings; and some functions of the oracle narrow float64, which here none does.
    """
    name = np.dtype(oracle).name
    given = {x.dtype.name for x in inputs if hasattr(x, "dtype")}
    if name.startswith("float"):
        if given & {"float64", "complex128"}:
            return "float64"
        return "float32" if name == "float64" else name
    if name.startswith("complex") and "float64" in given:
        return "complex128"
    if name in ("int64", "uint64", "complex128") and not given & {name, "uint32"}:
        return {"int64": "int32", "uint64": "uint32", "complex128": "complex64"}[name]
    return name


def gradients_of(function, *points):
    """The gradient of ``function`` by each of the points, which are arrays of NumPy."""
    points = [asarray(p) for p in points]
    if len(points) == 1:
        return minikeras.grad(function)(*points)
    return minikeras.grad(function, argnums=tuple(range(len(points))))(*points)


@contextlib.contextmanager
def oracle_in_float64():
    """Real Keras computing in float64 throughout, as it does on TensorFlow.

    On JAX its promotion makes float32 of float64 in some ops (tanh, mean ...) even where JAX itself
    has 64 bits; this opens that table for a while.
    """
    from keras.src.backend.common import dtypes

    before = dtypes.BIT64_TO_BIT32_DTYPE["float64"]
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    for function in vars(dtypes).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()
    try:
        yield
    finally:
        dtypes.BIT64_TO_BIT32_DTYPE["float64"] = before
        for function in vars(dtypes).values():
            if hasattr(function, "cache_clear"):
                function.cache_clear()

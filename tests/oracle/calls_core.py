"""Calls of what stands at the top of the package, of its settings, and of what makes objects.

Each entry is a function of one of the two libraries; what it returns must be the same in both.
"""

import numpy as np

# `get`, `serialize` and `deserialize` of each namespace with an object of its own.
NAMED = {
    "activations": "relu",
    "constraints": "max_norm",
    "initializers": "zeros",
    "losses": "mse",
    "metrics": "mse",
    "optimizers": "sgd",
    "quantizers": {"class_name": "AbsMaxQuantizer", "config": {"axis": 0}},
    "regularizers": "l2",
}


def names(obj):
    """What is the same about an object in both libraries."""
    return getattr(obj, "__name__", type(obj).__name__)


def _dtype_of_weights(k, policy):
    layer = k.layers.Dense(1, dtype=policy)
    layer.build((None, 2))
    return [layer.compute_dtype, layer.variable_dtype, str(layer.kernel.dtype)]


def _getters():
    for space, name in NAMED.items():
        home = {"space": space, "name": name}

        def get(k, space=space, name=name):
            of = getattr(k, space)
            return [names(of.get(it)) for it in (name, of.get(name), None)]

        def serialize(k, space=space, name=name):
            of = getattr(k, space)
            return of.serialize(of.get(name))

        def deserialize(k, space=space, name=name):
            of = getattr(k, space)
            return names(of.deserialize(of.serialize(of.get(name))))

        for call in (get, serialize, deserialize):
            yield f"{home['space']}.{call.__name__}", call


def _variable(k):
    v = k.Variable([1.0, 2.0], name="v", trainable=False, dtype="float32")
    v.assign_add([1.0, 1.0])
    v.assign_sub([0.5, 0.5])
    return [v.value, v.shape, v.name, v.trainable, str(v.dtype), v + 1, v[0], v.numpy()]


def _own_layer(k):
    class Scaled(k.layers.Layer):
        def build(self, input_shape):
            self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")

        def call(self, x):
            return x * self.scale * 2.0

    layer = Scaled(name="scaled")
    y = layer(np.ones((2, 3), "float32"))
    return [y, [w.path for w in layer.weights], layer.count_params(), layer.get_config()["name"]]


def _own_loss(k):
    class Distance(k.losses.Loss):
        def call(self, y_true, y_pred):
            return k.ops.mean(k.ops.abs(y_true - y_pred), axis=-1)

    loss = Distance(reduction="sum", name="distance")
    config = {n: v for n, v in loss.get_config().items() if n != "dtype"}
    return [loss(np.ones((2, 2), "float32"), np.zeros((2, 2), "float32")), config]


def _own_metric(k):
    class Count(k.metrics.Metric):
        def __init__(self, name="count", **kwargs):
            super().__init__(name=name, **kwargs)
            self.total = self.add_weight(name="total", initializer="zeros")

        def update_state(self, y_true, y_pred=None, sample_weight=None):
            self.total.assign(self.total + k.ops.sum(y_true))

        def result(self):
            return self.total

    metric = Count()
    metric.update_state(np.ones(3, "float32"))
    found = [metric(np.ones(2, "float32")), [v.name for v in metric.variables]]
    metric.reset_state()
    return [*found, metric.result()]


def _own_optimizer(k):
    class Plain(k.optimizers.Optimizer):
        def update_step(self, gradient, variable, learning_rate):
            self.assign_sub(variable, k.ops.cast(learning_rate, variable.dtype) * gradient)

    v = k.Variable([1.0, 2.0])
    optimizer = Plain(learning_rate=0.5, clipvalue=1.0)
    optimizer.apply([k.ops.convert_to_tensor([1.0, 4.0])], [v])
    return [v.value, optimizer.iterations.value, optimizer.learning_rate]


def _own_operation(k):
    class Twice(k.Operation):
        def call(self, x):
            return x * 2

        def compute_output_spec(self, x):
            return k.KerasTensor(x.shape, x.dtype)

    symbol = Twice(name="twice")(k.Input((3,)))
    return [Twice()(np.ones(2, "float32")), symbol.shape, Twice(name="twice").name]


def _own_quantizer(k):
    class Halves(k.Quantizer):
        def __call__(self, x):
            return k.ops.round(x * 2) / 2

    quantizer = Halves("float32")
    return [quantizer(k.ops.convert_to_tensor([0.3, 0.6])), str(quantizer.output_dtype)]


def _own(base, call_name="__call__"):
    """A class of one's own below a base, called with the numbers 1 to 3."""

    def call(k):
        home = k
        for part in base.split("."):
            home = getattr(home, part)
        own = type("Own", (home,), {call_name: lambda self, x: k.ops.sum(x * x)})
        return own()(k.ops.convert_to_tensor([1.0, 2.0, 3.0]))

    return call


def _own_initializer(k):
    class Counted(k.initializers.Initializer):
        def __call__(self, shape, dtype=None):
            return k.ops.reshape(k.ops.arange(int(np.prod(shape)), dtype="float32"), shape)

        def get_config(self):
            return {}

    layer = k.layers.Dense(2, kernel_initializer=Counted())
    layer.build((None, 2))
    return [layer.kernel.value, names(Counted().clone())]


def _function(k):
    x = k.Input((3,), name="x")
    y = k.ops.relu(x) * 2.0
    function = k.Function(inputs=x, outputs=[y, x], name="graph")
    called = function(np.array([[-1.0, 0.0, 2.0]], "float32"))
    return [called, function.name, len(function.operations)]


def _keras_tensor(k):
    x = k.KerasTensor((None, 3), "float32", name="x")
    return [x.shape, x.dtype, x.name, (x + 1).shape, x[:, 0].shape, x.ndim]


def _scopes(k, scope):
    v = k.Variable(1.0)
    with scope() as entered:
        v.assign(3.0)
        inside = v.value
        kept = entered.get_current_value(v)
    return [inside, kept, v.value]


def _symbolic_scope(k):
    with k.SymbolicScope():
        return k.ops.ones((2,)) is not None


def _remat(k):
    double = k.remat(lambda x: k.ops.tanh(x) * 2)
    return double(k.ops.convert_to_tensor([0.5, 1.0]))


def _remat_scope(k):
    with k.RematScope(mode="full"):
        layer = k.layers.Dense(2, kernel_initializer="ones")
    return layer(np.ones((1, 3), "float32"))


def _name_scope(k):
    with k.name_scope("outer"), k.name_scope("inner"):
        return k.Variable(1.0, name="v").path


def _device(k):
    name = "gpu:0" if k.config.backend() == "cupy" else "cpu:0"
    with k.device(name):
        return k.ops.ones((2,)) + 1


def _lambda(k):
    layer = k.layers.Lambda(lambda x, by: x * by, output_shape=(2,), arguments={"by": 3.0})
    return [layer(np.ones((1, 2), "float32")), layer.compute_output_shape((None, 2))]


def _input_layer(k):
    layer = k.layers.InputLayer(shape=(3,), batch_size=2, dtype="int32", name="i")
    return [layer.output.shape, layer.output.dtype, layer.name, layer.batch_shape]


def _input_spec(k):
    spec = k.layers.InputSpec(min_ndim=2, axes={-1: 3})
    layer = k.layers.Layer()
    layer.input_spec = spec
    try:
        layer(np.ones((1, 4), "float32"))
        refused = False
    except ValueError:
        refused = True
    return [refused, spec.get_config()["min_ndim"], spec.axes]


def _wrapper(k):
    inner = k.layers.Dense(2, name="inner")
    wrapper = k.layers.Wrapper(inner)
    wrapper.build((None, 3))
    return [wrapper.layer is inner, inner.built, [w.name for w in wrapper.weights]]


def _set_and_back(space, name, value):
    """Sets a setting, reads it and sets it back."""

    def call(k):
        of = getattr(k, space)
        get, put = getattr(of, name), getattr(of, f"set_{name}")
        before = get()
        put(value)
        try:
            return [get() == value, getattr(k.config, name)() == value]
        finally:
            put(before)

    return call


def _switch(on, off, is_on):
    """Switches something on and off, and leaves it as it was."""

    def call(k):
        told = getattr(k.config, is_on)
        before, found = told(), []
        for name in (off, on, off):
            getattr(k.config, name)()
            found.append(bool(told()))
        getattr(k.config, on if before else off)()
        return found

    return call


def _policy_set(space, name, get):
    def call(k):
        of = getattr(k, space)
        getattr(of, name)("mixed_float16")
        try:
            return [getattr(of, get)().name, _dtype_of_weights(k, None)]
        finally:
            getattr(of, name)("float32")

    return call


def _limit(name):
    def call(k):
        set_limit, limit = getattr(k.config, f"set_{name}"), getattr(k.config, name)
        before = limit()
        set_limit(1)
        try:
            model = k.Sequential([k.layers.Dense(1, kernel_initializer="ones")])
            model.compile("sgd", "mse", run_eagerly=True)
            x = np.ones((4, 2), "float32")
            history = model.fit(x, x[:, :1], epochs=2, batch_size=2, verbose=0)
            return [limit(), len(history.epoch), int(model.optimizer.iterations.value)]
        finally:
            set_limit(before)

    return call


def _policy_map(k):
    policies = k.dtype_policies.DTypePolicyMap(default_policy="float32")
    policies["model/dense"] = k.DTypePolicy("mixed_float16")
    return [policies["model/dense"].name, policies["other"].name, len(policies), list(policies)]


def _seed_generator(k):
    generator = k.random.SeedGenerator(7, name="seeds")
    before = np.asarray([int(n) for n in generator.state.value])
    return [before, k.random.uniform((2, 3), seed=generator).shape, generator.get_config()]


_INTERACTIVE = ("enable_interactive_logging", "disable_interactive_logging")
_FLASH = ("enable_flash_attention", "disable_flash_attention")
_TRACEBACKS = ("enable_traceback_filtering", "disable_traceback_filtering")
_SWITCHES = {
    _INTERACTIVE: "is_interactive_logging_enabled",
    _FLASH: "is_flash_attention_enabled",
    _TRACEBACKS: "is_traceback_filtering_enabled",
}

CALLS = {
    **dict(_getters()),
    "layers.serialize": lambda k: k.layers.serialize(k.layers.Dense(3, "relu", name="d")),
    "layers.deserialize": lambda k: (
        k.layers.deserialize(k.layers.serialize(k.layers.Dense(3, name="d"))).units
    ),
    "optimizers.schedules.serialize": lambda k: (
        k.optimizers.schedules.serialize(k.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5))
    ),
    "optimizers.schedules.deserialize": lambda k: k.optimizers.schedules.deserialize(
        {"class_name": "CosineDecay", "config": {"initial_learning_rate": 1.0, "decay_steps": 8}}
    )(4),
    "dtype_policies.get": lambda k: [
        k.dtype_policies.get(n).name for n in ("float16", "mixed_float16", "int8_from_float32")
    ],
    "dtype_policies.serialize": lambda k: k.dtype_policies.serialize(k.DTypePolicy("float64")),
    "dtype_policies.deserialize": lambda k: (
        k.dtype_policies.deserialize(
            {"class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}
        ).compute_dtype
    ),
    "DTypePolicy": lambda k: _dtype_of_weights(k, k.DTypePolicy("mixed_float16")),
    "FloatDTypePolicy": lambda k: _dtype_of_weights(k, k.FloatDTypePolicy("float16")),
    "dtype_policies.DTypePolicyMap": _policy_map,
    "dtype_policies.QuantizedDTypePolicy": lambda k: (
        k.dtype_policies.QuantizedDTypePolicy("int8", "float32").get_config()
    ),
    "dtype_policies.QuantizedFloat8DTypePolicy": lambda k: (
        k.dtype_policies.QuantizedFloat8DTypePolicy("float8", "mixed_float16").get_config()
    ),
    "dtype_policies.Int4DTypePolicy": lambda k: [
        k.dtype_policies.Int4DTypePolicy("int4/32", "float32").block_size,
        k.dtype_policies.Int4DTypePolicy("int4/32", "float32").name,
    ],
    "dtype_policies.GPTQDTypePolicy": lambda k: (
        k.dtype_policies.GPTQDTypePolicy("gptq/4/128", "float32").get_config()
    ),
    "dtype_policies.AWQDTypePolicy": lambda k: (
        k.dtype_policies.AWQDTypePolicy("awq/4/128", "float32").get_config()
    ),
    "mixed_precision.global_policy": lambda k: k.mixed_precision.global_policy().name,
    "mixed_precision.set_global_policy": _policy_set(
        "mixed_precision", "set_global_policy", "global_policy"
    ),
    "config.dtype_policy": lambda k: k.config.dtype_policy().name,
    "config.set_dtype_policy": _policy_set("config", "set_dtype_policy", "dtype_policy"),
    "Variable": _variable,
    "Layer": _own_layer,
    "Loss": _own_loss,
    "Metric": _own_metric,
    "Optimizer": _own_optimizer,
    "Operation": _own_operation,
    "Quantizer": _own_quantizer,
    "Regularizer": _own("Regularizer"),
    "constraints.Constraint": _own("constraints.Constraint"),
    "optimizers.schedules.LearningRateSchedule": _own("optimizers.schedules.LearningRateSchedule"),
    "Initializer": _own_initializer,
    "Function": _function,
    "KerasTensor": _keras_tensor,
    "Input": lambda k: [
        (t.shape, t.dtype, t.name)
        for t in (k.Input((3,), name="a"), k.Input(batch_shape=(2, None), dtype="int32", name="b"))
    ],
    "layers.InputSpec": _input_spec,
    "layers.InputLayer": _input_layer,
    "layers.Lambda": _lambda,
    "layers.Wrapper": _wrapper,
    "StatelessScope": lambda k: _scopes(k, k.StatelessScope),
    "SymbolicScope": _symbolic_scope,
    "RematScope": _remat_scope,
    "remat": _remat,
    "name_scope": _name_scope,
    "device": _device,
    "version": lambda k: [type(k.version()) is str, k.version() == k.__version__],
    "random.SeedGenerator": _seed_generator,
    "backend.get_uid": lambda k: [k.backend.get_uid("of_a_test") for _ in range(3)],
    "backend.is_float_dtype": lambda k: [
        k.backend.is_float_dtype(d) for d in ("float16", "int8", "bool")
    ],
    "backend.is_int_dtype": lambda k: [
        k.backend.is_int_dtype(d) for d in ("float16", "int8", "bool", "uint32")
    ],
    "backend.is_keras_tensor": lambda k: [
        k.backend.is_keras_tensor(x) for x in (k.Input((1,)), np.ones(1), k.ops.ones(1))
    ],
    "backend.result_type": lambda k: [
        k.backend.result_type(*d)
        for d in (("int32", "float32"), ("int8", "uint8"), ("float16", "int64"), ("bool", "int8"))
    ],
    "backend.standardize_dtype": lambda k: [
        k.backend.standardize_dtype(d) for d in (None, "int", float, np.dtype("int8"), bool)
    ],
    "config.epsilon": lambda k: k.config.epsilon(),
    "config.floatx": lambda k: k.config.floatx(),
    "config.image_data_format": lambda k: k.config.image_data_format(),
    "config.set_epsilon": _set_and_back("config", "epsilon", 1e-5),
    "config.set_floatx": _set_and_back("config", "floatx", "float16"),
    "config.set_image_data_format": _set_and_back(
        "config", "image_data_format", "channels_first"
    ),
    **{
        f"config.{name}": _switch(*pair, is_on)
        for pair, is_on in _SWITCHES.items()
        for name in (*pair, is_on)
    },
    **{f"config.{name}": _limit(name) for name in ("max_epochs", "max_steps_per_epoch")},
    **{f"config.set_{name}": _limit(name) for name in ("max_epochs", "max_steps_per_epoch")},
}  # fmt: skip
# Calls of minikeras alone, whose answer must be true, and why.
ALONE = {
    "config.backend": (
        "the oracle runs on JAX",
        lambda k: k.config.backend() in ("numpy", "cupy"),
    ),
    "config.set_backend": (
        "the oracle has JAX alone",
        lambda k: k.config.set_backend(k.config.backend()) is None,
    ),
}

"""Lambda: a function as a layer."""

from minikeras import tree
from minikeras.layers.layer import Layer
from minikeras.serialization import LAMBDA_PARTS, deserialize_keras_object, serialize_keras_object
from minikeras.symbolic.keras_tensor import KerasTensor


class Lambda(Layer):
    """A function of tensors as a layer without weights.

    Args:
        function: takes the inputs; may also take ``mask`` and ``training``.
        output_shape: the shape of the output without the batch, or a function from the input's
            shape to the output's. Shapes are found by running the function, so this is needed only
            where it cannot run on an empty batch.
        mask: the mask of the output, or a function of ``(inputs, mask)``.
        arguments: a dict of further arguments of the function.
        **kwargs: those of `Layer`.

    A lambda expression is saved as Python bytecode, which is loaded only with ``safe_mode=False``.
    A registered function (``keras.saving.register_keras_serializable``) is saved by its name.

    >>> import minikeras as keras
    >>> keras.layers.Lambda(lambda x: x * 2)(keras.ops.array([1.0])).tolist()
    [2.0]
    """

    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(f"Lambda {self.name!r} needs a function. Received: {function!r}")
        self.function = function
        self.mask = mask
        self.arguments = dict(arguments or {})
        self._output_shape = output_shape
        self.supports_masking = mask is not None
        code = getattr(function, "__code__", None)
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code else ()
        self._takes_mask, self._takes_training = "mask" in names, "training" in names

    def call(self, inputs, mask=None, training=None):
        """What the function returns."""
        kwargs = dict(self.arguments)
        if self._takes_mask:
            kwargs["mask"] = mask
        if self._takes_training:
            kwargs["training"] = training
        return self.function(inputs, **kwargs)

    def compute_output_spec(self, inputs, mask=None, training=None):
        """The output as a symbolic tensor; of the stated shape if there is one."""
        if self._output_shape is None:
            return super().compute_output_spec(inputs, mask=mask, training=training)
        if callable(self._output_shape):
            shapes = tree.map_structure(lambda x: x.shape, inputs)
            return KerasTensor(tuple(self._output_shape(shapes)), self.compute_dtype)
        batch = tree.flatten(inputs)[0].shape[0]
        return KerasTensor((batch, *self._output_shape), self.compute_dtype)

    def compute_mask(self, inputs, mask=None):
        """The mask of the output, if one was stated."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self):
        """The constructor's arguments as plain values."""
        config = {**super().get_config(), "function": _function_form(self.function)}
        for name, value in (("output_shape", self._output_shape), ("mask", self.mask)):
            if value is not None:
                config[name] = _function_form(value)
        config["arguments"] = serialize_keras_object(self.arguments)
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None, safe_mode=None):
        """A layer made from what `get_config` returned."""
        config = {
            key: deserialize_keras_object(value, custom_objects=custom_objects, safe_mode=safe_mode)
            for key, value in config.items()
        }
        return cls(**config)


def _function_form(function):
    """A function as plain values; what is stored of a lambda has names here, as in Keras."""
    form = serialize_keras_object(function)
    if isinstance(form, dict) and form.get("class_name") == "__lambda__":
        return {**form, "config": dict(zip(LAMBDA_PARTS, form["config"]["value"]))}
    return form

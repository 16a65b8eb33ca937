"""Sequential: a stack of layers, each fed with the output of the one before."""

from minikeras import tree
from minikeras.backend.dtypes import is_float_dtype, standardize_dtype
from minikeras.guarded import limits
from minikeras.layers.call_spec import signature_of
from minikeras.layers.core.input_layer import InputLayer
from minikeras.layers.layer import Layer
from minikeras.layers.stated import general
from minikeras.models.functional import Functional
from minikeras.models.model import Model
from minikeras.serialization import deserialize_layer, serialize_keras_object
from minikeras.symbolic.keras_tensor import KerasTensor


class Sequential(Model):
    """A stack of layers.

    Args:
        layers: a list of layers; it may begin with a `keras.Input`.
        trainable: whether its weights are trained.
        name: a string.

    The model is built at once if it begins with an input or a model that has one, else when it is
    first called. A list or dict of tensors goes through the layers one by one, without a graph.

    >>> import minikeras as keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    >>> model.output_shape
    (None, 2)
    """

    _has_found_shape = False

    def __init__(self, layers=None, trainable=True, name=None):
        super().__init__(trainable=trainable, name=name)
        self._layers = []
        self.__dict__["_functional"] = None
        if layers:
            for layer in layers:
                self.add(layer, rebuild=False)
            self._rebuild()

    def add(self, layer, rebuild=True):
        """Put a layer on top of the stack.

        Args:
            layer: a layer, or a `keras.Input` as the first.
            rebuild: whether to build the model anew if its input is known.

        Raises:
            ValueError: if it is no layer, if an input is not the first, or if a name is taken.
        """
        if isinstance(layer, KerasTensor) and layer._keras_history is not None:
            layer = layer._keras_history.operation
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Sequential {self.name!r}: Only instances of keras.Layer can be added. Received: "
                f"{layer!r} of type {type(layer).__name__}. Wrap a function in keras.layers.Lambda."
            )
        if isinstance(layer, InputLayer) and self._layers:
            raise ValueError(
                f"Sequential {self.name!r} has already been configured: an Input must be the first "
                f"layer. It has {[x.name for x in self._layers]}"
            )
        if any(x.name == layer.name for x in self._layers):
            raise ValueError(
                f"Sequential {self.name!r}: all layers should have unique names. "
                f"Received a second layer named {layer.name!r}"
            )
        shape = getattr(layer, "_input_shape_argument", None)
        if not self._layers and shape is not None and not isinstance(layer, InputLayer):
            self._layers.append(InputLayer(batch_shape=shape))
        self._layers.append(layer)
        if rebuild:
            self._rebuild()
        else:
            self._forget_graph()

    def pop(self, rebuild=True):
        """Take the last layer off the stack and return it."""
        if not self.layers:
            raise ValueError(f"Sequential {self.name!r} has no layer to take off")
        layer = self._layers.pop()
        if rebuild:
            self._rebuild()
        else:
            self._forget_graph()
        return layer

    def _forget_graph(self):
        self.__dict__["_functional"] = None
        self.built = False

    def _rebuild(self):
        self._forget_graph()
        if len(self._layers) < 2:
            return
        first = self._layers[0]
        if isinstance(first, InputLayer):
            self.build(first.batch_shape)
        elif isinstance(first, (Functional, Sequential)) and first.built:
            given = getattr(first, "inputs", ())
            if len(given) == 1:
                self._layers.insert(0, InputLayer(batch_shape=given[0].shape, dtype=given[0].dtype))
                self.build(given[0].shape)

    def build(self, input_shape=None):
        """Make the weights for inputs of the given shape."""
        if not self._layers:
            raise ValueError(f"Sequential {self.name!r} has no layers. Add some with `add`.")
        first = self._layers[0]
        if isinstance(first, InputLayer):
            if not _may_be(first.batch_shape, input_shape):
                raise ValueError(
                    f"Sequential {self.name!r} has already been configured for inputs of shape "
                    f"{first.batch_shape}. Received: input_shape={input_shape}"
                )
            if self._functional is not None:
                return
        elif input_shape is None:
            raise ValueError(
                f"Sequential {self.name!r} needs the shape of its input: begin it with "
                "keras.Input(shape), call it on data, or give build a shape."
            )
        else:
            dtype = self.__dict__.get("_input_dtype_seen")
            self._layers.insert(0, InputLayer(batch_shape=tuple(input_shape), dtype=dtype))
            self.__dict__["_has_found_shape"] = True
        x = inputs = self._layers[0].output
        for layer in self._layers[1:]:
            _check_call(layer)
            try:
                x = layer(x)
            except NotImplementedError:
                # The layer cannot tell its outputs: without a graph, one layer after the other.
                self._layers = (
                    [first, *self._layers[2:]] if first in self._layers[1:] else self._layers
                )
                return
        self.__dict__["_functional"] = Functional(inputs, x, name=self.name)
        # A shape that was found on the first batch does not bind the next ones.
        self._functional.__dict__["_has_free_sides"] = self._has_found_shape

    def _build_for(self, bound):
        x = next(iter(bound.values()))
        leaves = tree.flatten(x)
        if (tree.is_nested(x) and len(leaves) != 1) or not hasattr(leaves[0], "shape"):
            if isinstance(self._layers[0], InputLayer):
                raise ValueError(
                    f"Sequential {self.name!r} takes one tensor. Received: {type(x).__name__}"
                )
            self.built = True  # the layers are built as `call` reaches them
            return
        dtype = standardize_dtype(leaves[0].dtype)
        self.__dict__["_input_dtype_seen"] = None if is_float_dtype(dtype) else dtype
        self.build((None, *leaves[0].shape[1:]))

    def call(self, inputs, training=None, mask=None, **kwargs):
        """The output of the last layer; more arguments go to the layers that have them."""
        if self._functional is not None:
            return self._functional.call(inputs, training=training, mask=mask, **kwargs)
        for layer in self.layers:
            names = signature_of(type(layer).call).all_names
            given = {"training": training, "mask": mask}
            given = {name: value for name, value in given.items() if value is not None}
            given = {k: v for k, v in {**kwargs, **given}.items() if k in names}
            inputs, mask = layer(inputs, **given), None
        return inputs

    def compute_output_spec(self, inputs, training=None, mask=None, **kwargs):
        """The symbolic output for a symbolic input."""
        if self._functional is None:
            return super().compute_output_spec(inputs, training=training, mask=mask, **kwargs)
        return self._functional.compute_output_spec(inputs)

    @general  # it knows no more than compute_output_spec does
    def compute_output_shape(self, input_shape):
        """The shape of the output for the shape of the input."""
        if self._functional is None:
            return super().compute_output_shape(input_shape)
        return self._functional.compute_output_shape(input_shape)

    def _direct_layers(self):
        own = [x for x in self.owned(Layer) if x is not self]
        return [*self._layers, *(x for x in own if all(x is not s for s in self._layers))]

    @property
    def layers(self):
        """The layers without the input."""
        return [x for x in self._layers if not isinstance(x, InputLayer)]

    @layers.setter
    def layers(self, layers):
        raise AttributeError(
            "`Sequential.layers` attribute is reserved. Use `add()` and `pop()` instead."
        )

    def _graph(self, what):
        if self._functional is None:
            raise AttributeError(
                f"Sequential {self.name!r} is not built, so it has no {what} yet. Begin it with "
                "keras.Input(shape) or call it on data."
            )
        return self._functional

    @property
    def operations(self):
        """The layers, the input included."""
        return list(self._layers)

    @property
    def input_shape(self):
        """The shape of the input."""
        return self._graph("input shape").input_shape

    @property
    def output_shape(self):
        """The shape of the output."""
        return self._graph("output shape").output_shape

    @property
    def inputs(self):
        """The symbolic input in a list."""
        return self._graph("inputs").inputs

    @property
    def outputs(self):
        """The symbolic output in a list."""
        return self._graph("outputs").outputs

    @property
    def input(self):
        """The symbolic input."""
        return self._graph("input").input

    @property
    def output(self):
        """The symbolic output."""
        return self._graph("output").output

    @property
    def input_names(self):
        """The name of the input in a list."""
        return self._graph("input names").input_names

    @property
    def output_names(self):
        """The name of the last layer in a list."""
        return self._graph("output names").output_names

    def get_config(self):
        """The layers as plain values."""
        config = {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": serialize_keras_object(self.dtype_policy),
            "layers": [serialize_keras_object(layer) for layer in self._layers],
        }
        if self._functional is not None:
            config["build_input_shape"] = self._layers[0].batch_shape
        return config

    def get_build_config(self):
        """The shape of the input, if it is known."""
        if self._functional is None:
            return None
        return {"input_shape": self._layers[0].batch_shape}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A model made from what `get_config` returned."""
        with limits.making("The configuration"):
            return cls._made(config, custom_objects)

    @classmethod
    def _made(cls, config, custom_objects):
        layers = [
            deserialize_layer(form, custom_objects=custom_objects) for form in config["layers"]
        ]
        model = cls(name=config.get("name"))
        for layer in layers:
            model.add(layer, rebuild=False)
        model._rebuild()
        shape = config.get("build_input_shape")
        if shape is not None and not model.built:
            model.build(tuple(shape))
        if config.get("trainable") is False:
            model.trainable = False
        return model


def _may_be(shape, given):
    """Whether inputs of the shape ``given``, None where unknown, fit a model for ``shape``."""
    if given is None:
        return True
    given = tuple(given)
    return len(shape) == len(given) and all(
        a is None or b is None or a == b for a, b in zip(shape, given)
    )


def _check_call(layer):
    """Raise ValueError for a layer that needs more than its input."""
    signature = signature_of(type(layer).call)
    needed = [n for n in signature.names if n not in signature.defaults]
    if len(needed) > 1:
        raise ValueError(
            "Layers of a Sequential model can only have a single required positional argument, "
            f"the input. {type(layer).__name__}.call has {needed}"
        )

"""Model: a layer that can be trained, saved and summarised."""

import json

from minikeras import tree
from minikeras.backend.variables import StatelessScope
from minikeras.guarded import json_text, limits
from minikeras.layers.layer import Layer, _is_default, _paired
from minikeras.serialization import (
    deserialize_keras_object,
    serialize_keras_object,
    sharing_scope,
)
from minikeras.symbolic.keras_tensor import KerasTensor
from minikeras.training.trainer import Trainer


class Model(Trainer, Layer):
    """A layer with methods to train, evaluate, predict, save and summarise.

    There are three ways to make one: ``Model(inputs, outputs)`` from symbolic tensors, a
    `Sequential` stack, or a subclass with a method ``call``.

    >>> import minikeras as keras
    >>> inputs = keras.Input((3,))
    >>> outputs = keras.layers.Dense(1)(inputs)
    >>> keras.Model(inputs, outputs).count_params()
    4
    """

    def __new__(cls, *args, **kwargs):
        from minikeras.models.functional import Functional

        if cls is Model and _states_graph(args, kwargs):
            return Functional.__new__(Functional, *args, **kwargs)
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, *args, **kwargs):
        from minikeras.models.functional import Functional

        if _states_graph(args, kwargs) and not isinstance(self, Functional):
            # A subclass of Model that is given symbolic inputs and outputs becomes functional.
            _inject_functional(type(self))
            Functional.__init__(self, *args, **kwargs)
            return
        Trainer.__init__(self)
        Layer.__init__(self, *args, **kwargs)

    @property
    def layers(self):
        """The layers directly inside this model."""
        return self._direct_layers()

    @layers.setter
    def layers(self, layers):
        raise AttributeError(
            "`Model.layers` attribute is reserved: the layers are found by themselves. Use another "
            "name for a list of layers."
        )

    def get_layer(self, name=None, index=None):
        """The layer of that name, or at that position.

        Raises:
            ValueError: if there is none, or if neither or both are given.
        """
        if (name is None) == (index is None):
            raise ValueError(
                f"Give either a name or an index. Received: name={name!r}, index={index!r}"
            )
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(
                    f"Model {self.name!r} has {len(self.layers)} layers. Received: index={index}"
                )
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(
            f"Model {self.name!r} has no layer {name!r}. It has: "
            f"{[layer.name for layer in self.layers]}"
        )

    def build(self, input_shape=None):
        """Make the weights for inputs of the given shape, by running `call` on an empty batch."""
        if self.built:
            return
        if _is_default(self, "call", Layer):
            raise ValueError(f"Model {self.name!r} defines no method `call`, so it cannot be built")
        if input_shape is None:
            raise ValueError(f"Model {self.name!r} needs the shape of its input to be built")
        inputs = tree.map_shape_structure(
            lambda shape: KerasTensor(shape, self.compute_dtype), input_shape
        )
        self._run_symbolically(inputs)

    def _run_symbolically(self, inputs):
        """Run `call` on an empty batch, so that all layers within make their weights."""
        from minikeras.symbolic.inference import infer_output

        infer_output(self.call, (inputs,), {})

    def _build_for(self, bound):
        if type(self).build is Model.build:
            # The layers within are built as `call` reaches them.
            self._note_build_shapes(bound)
            self.built = True
            return
        super()._build_for(bound)

    def _note_build_shapes(self, bound):
        from minikeras.layers.call_spec import TENSORS, tensor_arguments
        from minikeras.symbolic.inference import known_shape

        self._build_shapes = {
            f"{name}_shape" if i or name == "inputs" else "input_shape": tree.map_structure(
                lambda x: known_shape(x.shape) if isinstance(x, TENSORS) else None, value
            )
            for i, (name, value) in enumerate(tensor_arguments(bound).items())
        }

    def get_state_tree(self, value_format="backend_tensor"):
        """All variables of the model and of its training, nested by the parts of their paths.

        Args:
            value_format: ``"backend_tensor"`` or ``"numpy_array"``, what the leaves are.

        Returns:
            A dict with the keys ``trainable_variables``, ``non_trainable_variables``,
            ``optimizer_variables`` and ``metrics_variables``.

        Raises:
            ValueError: if two variables have the same path.
        """
        from minikeras.models.state_tree import state_tree

        return state_tree(self, value_format)

    def set_state_tree(self, state_tree):
        """Set variables from what `get_state_tree` returned; a part of it will do."""
        from minikeras.models.state_tree import set_state_tree

        set_state_tree(self, state_tree)

    def stateless_compute_loss(
        self,
        trainable_variables,
        non_trainable_variables,
        metrics_variables,
        x=None,
        y=None,
        y_pred=None,
        sample_weight=None,
        training=True,
    ):
        """`compute_loss` with given values of the variables, changing none of them.

        Args:
            trainable_variables, non_trainable_variables, metrics_variables: values in the order
                of the properties of those names.
            x, y, y_pred, sample_weight, training: as for `compute_loss`.

        Returns:
            ``(loss, (trainable_variables, non_trainable_variables, metrics_variables))``, the
            values as the computation left them.
        """
        given = {
            "trainable": (self.trainable_variables, trainable_variables),
            "non_trainable": (self.non_trainable_variables, non_trainable_variables),
            "metrics": (self.metrics_variables, metrics_variables),
        }
        mapping = [
            pair
            for kind, (variables, values) in given.items()
            for pair in _paired(kind, variables, values, self.name)
        ]
        with StatelessScope(state_mapping=mapping) as scope:
            loss = self.compute_loss(x, y, y_pred, sample_weight, training=training)
        after = ([scope.get_current_value(v) for v in variables] for variables, _ in given.values())
        return loss, tuple(after)

    def summary(
        self,
        line_length=None,
        positions=None,
        print_fn=None,
        expand_nested=False,
        show_trainable=False,
        layer_range=None,
    ):
        """Print a table of the layers, their output shapes and numbers of parameters.

        Args:
            line_length: the width of the table in characters.
            positions: where the columns end, as parts of the width.
            print_fn: what to print with, by default standard output.
            expand_nested: whether to list the layers of models within.
            show_trainable: whether to say which layers are trained.
            layer_range: the names of the first and the last layer to list.
        """
        from minikeras.models.summary import print_summary

        print_summary(
            self,
            line_length=line_length,
            positions=positions,
            print_fn=print_fn,
            expand_nested=expand_nested,
            show_trainable=show_trainable,
            layer_range=layer_range,
        )

    def quantize(self, mode=None, config=None, filters=None, **kwargs):
        """Quantize the layers that can be: `Dense`, `EinsumDense` and embeddings.

        Args:
            mode: ``"int8"``, ``"int4"``, ``"float8"``, ``"gptq"`` or ``"awq"``.
            config: a `keras.quantizers.QuantizationConfig`; may stand in place of ``mode``.
            filters: which layers: a regular expression that their names match, a list of them, or
                a function of a layer; by default all.
            **kwargs: ``type_check``: whether layers of classes of your own are left out.

        >>> import minikeras as keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="last")])
        >>> model.quantize("int8", filters="last")
        >>> model.layers[0].quantization_mode
        'int8'
        """
        from minikeras.models.calibration import quantize_model

        quantize_model(self, mode, config, filters, **kwargs)

    def get_quantization_layer_structure(self, mode=None):
        """Where the blocks of the model are, for modes that calibrate; None if it is not known.

        Override it to return a dict: ``"pre_block_layers"``, the layers before the first block,
        and ``"sequential_blocks"``, the blocks, each applied to what the one before gives.
        """
        return

    def get_config(self):
        """The constructor's arguments as plain values."""
        return super().get_config()

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A model made from what `get_config` returned."""
        from minikeras.models.functional import (
            functional_from_config,
            keeps_functional_constructor,
        )

        is_graph = all(key in config for key in ("name", "layers", "input_layers", "output_layers"))
        with limits.making("The configuration"):
            if is_graph and (cls is Model or keeps_functional_constructor(cls)):
                return functional_from_config(cls, config, custom_objects)
            return super().from_config(config)

    def to_json(self, **kwargs):
        """The architecture as a string of JSON; keyword arguments go to ``json.dumps``."""
        with sharing_scope():
            return json.dumps(serialize_keras_object(self), **kwargs)

    def save(self, filepath, overwrite=True, zipped=None, **kwargs):
        """Save the model: architecture, weights, and the state of training.

        Args:
            filepath: a path that ends in ``.keras``.
            overwrite: whether an existing file is replaced; if not, it is an error.
            zipped: whether to write one zip file (the default) or a folder.
            **kwargs: ``include_optimizer``.
        """
        from minikeras.saving import save_model

        save_model(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def export(
        self, filepath, format="tf_saved_model", verbose=None, input_signature=None, **kwargs
    ):
        """Write what the model computes, outside of training, for other programs to run.

        Args:
            filepath: where to.
            format: ``"onnx"``, for which the package onnx must be installed; it has to be stated,
                for the default of Keras needs TensorFlow.
            verbose: whether to say where the file is; True by default.
            input_signature: a list with the inputs, as `keras.InputSpec`s or arrays; by default
                those that the model was built for, with any batch size.
            **kwargs: ``opset_version``, the version of ONNX's operators.

        Raises:
            ValueError: for another format, or if a layer has no counterpart in ONNX.
        """
        from minikeras.export.onnx_model import export_model

        export_model(self, filepath, format, verbose, input_signature, **kwargs)

    def save_weights(self, filepath, overwrite=True, max_shard_size=None):
        """Save the weights in a file whose name ends in ``.weights.h5``."""
        from minikeras.saving import save_weights

        save_weights(self, filepath, overwrite=overwrite, max_shard_size=max_shard_size)

    def load_weights(self, filepath, skip_mismatch=False, **kwargs):
        """Set the weights from a file that `save_weights` or `save` wrote."""
        from minikeras.saving import load_weights

        load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)


def _states_graph(args, kwargs):
    """Whether the arguments of Model are symbolic inputs and outputs."""
    return (
        len(args) >= 2
        or (len(args) == 1 and "outputs" in kwargs)
        or ("inputs" in kwargs and "outputs" in kwargs)
    )


def _inject_functional(cls):
    """Put Functional in the place of Model among the bases of ``cls``."""
    from minikeras.models.functional import Functional

    if cls is Model or Functional in cls.__mro__:
        return
    cls.__bases__ = tuple(Functional if b is Model else b for b in cls.__bases__)
    for base in cls.__bases__:
        if base is not Functional and issubclass(base, Model):
            _inject_functional(base)


def model_from_json(json_string, custom_objects=None):
    """A model with the architecture that `Model.to_json` returned, and new weights.

    Raises:
        ValueError: if the string is not such JSON.
    """
    config = json_text.parsed(json_string, "The string")
    with limits.making("The configuration"), sharing_scope():
        return deserialize_keras_object(config, custom_objects=custom_objects)

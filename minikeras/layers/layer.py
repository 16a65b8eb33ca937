"""Layer: the base of all layers, and the steps of calling one.

A subclass writes ``__init__`` (store the arguments), ``build`` (make the weights) and ``call``
(compute). All else happens here, once: conversion of inputs, building on first use, masks, the
training flag, mixed precision, losses, symbolic calls, configuration and state.
"""

import contextlib
import copy
import functools
import warnings

from minikeras import dtype_policies, initializers, regularizers, tree
from minikeras.backend import autodiff
from minikeras.backend.dtypes import is_float_dtype, standardize_dtype
from minikeras.backend.masks import get_mask, set_mask
from minikeras.backend.variables import (
    AutocastScope,
    StatelessScope,
    Variable,
    current_path,
)
from minikeras.backend.xp import ARRAY_TYPES, ndarray, np
from minikeras.layers.call_spec import (
    TENSORS,
    check_build,
    context,
    describe_failure,
    own_copy,
    scope_of,
    signature_of,
    tensor_arguments,
)
from minikeras.layers.context_arguments import ContextArguments
from minikeras.layers.dtyped import Dtyped
from minikeras.layers.input_spec import check_inputs
from minikeras.layers.ownership import Owner
from minikeras.layers.quantized.base import Unquantized
from minikeras.layers.rematerialized import rematerialized_layer, with_rematerialized_activation
from minikeras.layers.reporting import Reporting
from minikeras.layers.stated import general, is_general, shape_names, state_parameters
from minikeras.ops.arguments import tensor
from minikeras.serialization import Configurable, serialize_keras_object
from minikeras.symbolic.inference import infer_output, is_inferring, known_shape
from minikeras.symbolic.keras_tensor import KerasTensor, any_symbolic, standardize_shape
from minikeras.symbolic.operation import Node, Operation, fresh
from minikeras.tracebacks import hide_own_frames

# Arguments of Keras for quantisation and low-rank adaptation: in files they stand as null.
_FOREIGN_ARGUMENTS = ("quantization_config", "lora_rank", "lora_alpha")


class Layer(Owner, ContextArguments, Dtyped, Reporting, Unquantized, Configurable, Operation):
    """A computation with weights of its own.

    Args:
        activity_regularizer: a regularizer of the outputs.
        trainable: whether its weights are trained.
        dtype: a dtype name or policy; by default that of ``keras.config.dtype_policy()``.
        autocast: whether float inputs are cast to the compute dtype.
        name: a string; made up from the class name if not given.
        **kwargs: ``input_shape`` or ``batch_shape`` for the first layer of a Sequential model.

    >>> import minikeras as keras
    >>> class Scale(keras.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight(shape=(), initializer="ones", name="factor")
    ...     def call(self, inputs):
    ...         return inputs * self.factor
    >>> Scale()(keras.ops.ones((2, 3))).shape
    (2, 3)
    """

    config_omits = frozenset({"activity_regularizer"})
    # Arguments of Layer itself that a class writes to its configuration even where they are None.
    config_adds = ()
    _has_quantized_call = False
    _is_building = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _building(cls.__dict__["build"])
        state_parameters(cls)
        cls._has_quantized_call = cls.quantized_call is not Operation.quantized_call

    def __init__(
        self,
        *,
        activity_regularizer=None,
        trainable=True,
        dtype=None,
        autocast=True,
        name=None,
        **kwargs,
    ):
        super().__init__(name=name)
        given_shape = _input_shape_argument(kwargs)
        if kwargs:
            raise ValueError(
                f"Unrecognized keyword arguments passed to {type(self).__name__} {self.name!r}: "
                f"{sorted(kwargs)}"
            )
        if given_shape is not None:
            self.__dict__["_input_shape_argument"] = given_shape
        if not isinstance(trainable, (bool, np.bool_)):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: `trainable` is to be a boolean. "
                f"Received: {trainable!r}"
            )
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._dtype_policy = dtype_policies.get(dtype)
        self.autocast = autocast
        self.input_spec = None
        self.supports_masking = not _is_default(self, "compute_mask", Layer)
        self.built = False
        self._trainable = bool(trainable)
        self._losses = []
        self._build_shapes = None
        self._path = None

    # Making weights

    def build(self, input_shape):
        """Make the weights for inputs of the given shape; subclasses define it."""

    def add_weight(
        self,
        shape=None,
        initializer=None,
        dtype=None,
        trainable=True,
        autocast=True,
        regularizer=None,
        constraint=None,
        aggregation="none",
        overwrite_with_gradient=False,
        name=None,
    ):
        """Make a variable that this layer owns.

        Args:
            shape: a tuple of integers; ``()`` by default.
            initializer: by default Glorot uniform for floats, zeros for other dtypes.
            dtype: by default the variable dtype of the layer.
            trainable: whether optimizers change it.
            autocast: whether mixed precision may read it in the compute dtype.
            regularizer: what its loss is computed by.
            constraint: what it is projected by after each update.
            aggregation: see `Variable`.
            overwrite_with_gradient: whether the optimizer sets it to its gradient.
            name: a string.

        Returns:
            The `Variable`.
        """
        self._check_constructed()
        if self.built and self._is_open() and not self._is_building:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: `call` cannot add new elements of state, "
                f"for each call would add them again. Make the weight {name!r} in `build`."
            )
        shape = () if shape is None else standardize_shape(shape)
        if None in shape:
            raise ValueError(
                f"Layer {self.name!r} cannot make the weight {name!r}: the sides of its shape "
                f"must be known. Received: {shape}. State the missing side of the layer's input."
            )
        dtype = standardize_dtype(dtype or self.variable_dtype)
        if initializer is None:
            initializer = "glorot_uniform" if is_float_dtype(dtype) else "zeros"
        with scope_of(self) if not self._is_open() else contextlib.nullcontext():
            variable = Variable(
                initializers.get(initializer),
                shape=shape,
                dtype=dtype,
                trainable=trainable,
                autocast=autocast,
                aggregation=aggregation,
                name=name,
            )
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = _constraint(constraint)
        variable.overwrite_with_gradient = overwrite_with_gradient
        if not self._is_open() and self._path is not None:
            variable.path = f"{self._path}/{variable.name}"
        # A weight is tracked under its own name until it is set as an attribute.
        self._tracked[f"add_weight {len(self._tracked)} {id(variable)}"] = variable
        return variable

    def _is_open(self):
        return any(layer is self for layer in context.open)

    def add_variable(
        self,
        shape,
        initializer,
        dtype=None,
        trainable=True,
        autocast=True,
        regularizer=None,
        constraint=None,
        name=None,
    ):
        """`add_weight` with its arguments in an older order."""
        return self.add_weight(
            shape=shape,
            initializer=initializer,
            dtype=dtype,
            trainable=trainable,
            autocast=autocast,
            regularizer=regularizer,
            constraint=constraint,
            name=name,
        )

    def _build_at_init(self):
        """Mark a layer without weights as built, unless a class of it has a `build` after all."""
        if _is_default(self, "build", Layer):
            self.built = True

    def get_build_config(self):
        """The shapes that the layer was built with, or None."""
        shapes = self._build_shapes
        if shapes is None:
            return None
        if len(shapes) == 1:
            return {"input_shape": next(iter(shapes.values()))}
        return {"shapes_dict": shapes}

    def build_from_config(self, config):
        """Build with the shapes that `get_build_config` returned."""
        if not config:
            return
        if "input_shape" in config:
            self.build(tree.lists_to_tuples(config["input_shape"]))
        elif "shapes_dict" in config:
            self.build(**{k: tree.lists_to_tuples(v) for k, v in config["shapes_dict"].items()})

    def _build_for(self, bound):
        """Build for the tensors among the arguments of the first call."""
        tensors = tensor_arguments(bound)
        shapes = {
            f"{name}_shape": tree.map_structure(
                lambda x: known_shape(x.shape) if isinstance(x, TENSORS) else None, value
            )
            for name, value in tensors.items()
        }
        if _is_default(self, "build", Layer):
            self.built = True
            return
        signature = signature_of(type(self).build)
        names = [n for n in signature.names if n != "self"]
        if len(names) <= 1:
            self.build(*[next(iter(shapes.values()), None) for _ in names])
            return
        check_build(self, signature, signature_of(type(self).call))
        self.build(**{n: s for n, s in shapes.items() if n in names})

    # Calling

    def __call__(self, *args, **kwargs):
        self._check_constructed()
        if not self._called:
            self.__dict__["_called"] = True
            if self._path is None:  # a map of dtype policies asks for it
                self.__dict__["_path"] = f"{current_path()}/{scope_of(self).name}".strip("/")
        signature = signature_of(type(self).call)
        is_plain = len(args) == 1 and type(args[0]) is ndarray
        if is_plain:
            args = (self._converted(args[0]),)
        else:
            args = tuple(self._converted_nested(a) for a in args)
        kwargs = {key: self._converted_nested(value) for key, value in kwargs.items()}
        given = dict(kwargs)
        bound = signature.bind(args, kwargs)
        first = next(iter(bound.values()), None)
        is_entry = context.entry is None
        if self.input_spec is not None and first is not None:
            check_inputs(self.input_spec, first, self.name)
        outer_training, outer_arguments = context.training, context.arguments
        training = self._training(signature, kwargs, bound)
        self._fill_masks(signature, bound, kwargs)
        # Found now, for the call may take the mask off its input.
        given_mask = kwargs.get("mask")
        masks = tree.map_structure(get_mask, first) if given_mask is None else given_mask
        if is_entry:
            context.entry = self
            self._clear_losses()
        if training is not None:
            context.training = training
        if len(self._call_context_args) > 1:
            self._settle_context(signature, kwargs, bound)
        try:
            with _Scopes(self):
                if not self.built:
                    with context.building:
                        if not self.built:  # by another thread, meanwhile
                            self._build_for(bound)
                if not is_plain and any_symbolic(args, kwargs):
                    return self._symbolic_outputs(args, kwargs, given)
                if signature.works_in_place:
                    args, kwargs = tree.map_structure(own_copy, (args, kwargs))
                outputs = self._computed(*args, **kwargs)
                self._pass_on_mask(first, masks, outputs)
                return autodiff.settle(outputs) if is_entry else outputs
        except Exception as error:
            if is_entry:
                hide_own_frames(error)
            raise
        finally:
            context.training, context.arguments = outer_training, outer_arguments
            if is_entry:
                context.entry = None

    def _converted_and_computed(self, *args, **kwargs):
        args = [self._converted_nested(a) for a in args]
        return self._computed(*args, **{k: self._converted_nested(v) for k, v in kwargs.items()})

    def _computed(self, *args, **kwargs):
        try:
            call = self.call
            if self._has_quantized_call and self.quantization_mode is not None:
                call = self.quantized_call
            if self._remat_mode is not None and not is_inferring():
                call = self.rematerialized_call(call, *args, **kwargs)
            outputs = call(*args, **kwargs)
        except Exception as error:
            describe_failure(error, self, args)
            raise
        if self.activity_regularizer is not None:
            for output in (x for x in tree.flatten(outputs) if isinstance(x, TENSORS)):
                loss = self.activity_regularizer(output)
                # The mean over the batch, so that its size does not weigh in.
                self.add_loss(loss / max(output.shape[0], 1) if output.shape else loss)
        return outputs

    def _symbolic_outputs(self, args, kwargs, given):
        outputs = fresh(self.compute_output_spec(*args, **kwargs))
        # The graph keeps what the user gave: flags and masks are settled anew at each run.
        Node(self, args, given, outputs)
        return outputs

    def symbolic_call(self, *args, **kwargs):
        """The outputs as symbolic tensors; the same as calling the layer on symbolic tensors."""
        return self(*args, **kwargs)

    def call(self, *args, **kwargs):
        """Compute the outputs; subclasses define it."""
        raise NotImplementedError(
            f"{type(self).__name__} {self.name!r} does not have a `call` method implemented."
        )

    def _converted(self, x):
        if self.autocast and x.dtype.kind == "f" and x.dtype != self.compute_dtype:
            found, mask = tensor(x, self.compute_dtype), get_mask(x)
            if mask is not None:
                set_mask(found, mask)
            return found
        return x

    def _converted_nested(self, x):
        """Arrays of any kind within ``x`` as arrays of the backend, floats in the compute dtype."""
        if isinstance(x, (list, tuple, dict)):
            return tree.map_structure(self._converted_nested, x)
        if isinstance(x, KerasTensor):
            return x
        if isinstance(x, (Variable, autodiff.Tracer, *ARRAY_TYPES)) or hasattr(x, "__array__"):
            return self._converted(tensor(x))
        return x

    def _training(self, signature, kwargs, bound):
        """Settle the flag ``training``: as given, as in the call around, or the default."""
        if not signature.has_training:
            if signature.takes_any:
                return kwargs.get("training")
            return kwargs.pop("training", None)
        training = bound.get("training")
        if training is None:
            training = context.training
            if training is None:
                training = signature.defaults.get("training")
            is_positional = "training" in bound and "training" not in kwargs
            if training is not None and not is_positional:
                kwargs["training"] = training
        return training

    def _fill_masks(self, signature, bound, kwargs):
        """Hand the masks of the inputs to a ``call`` that takes them."""
        if not signature.has_mask and not signature.mask_names:
            return
        tensors = tensor_arguments(bound)
        single = len(tensors) == 1
        for name, value in tensors.items():
            slot = "mask" if single and signature.has_mask else f"{name}_mask"
            if slot in signature.all_names and bound.get(slot) is None:
                mask = tree.map_structure(get_mask, value)
                if any(m is not None for m in tree.flatten(mask)):
                    kwargs[slot] = mask

    def _pass_on_mask(self, inputs, masks, outputs):
        if not self.supports_masking:
            if any(m is not None for m in tree.flatten(masks)) and not is_inferring():
                warnings.warn(
                    f"Layer {self.name!r} (of type {type(self).__name__}) was passed an input with "
                    "a mask attached to it. It does not support masking, so the mask is lost.",
                    stacklevel=3,
                )
            return
        flat = tree.flatten(outputs)
        if all(get_mask(x) is not None for x in flat):
            return
        found = self.compute_mask(inputs, masks)
        if found is not None:
            for x, mask in zip(flat, tree.flatten(found)):
                if mask is not None and get_mask(x) is None:
                    set_mask(x, mask)

    def compute_mask(self, inputs, previous_mask):
        """The masks of the outputs, given those of the inputs."""
        return previous_mask

    # Shapes

    @general
    def compute_output_spec(self, *args, **kwargs):
        """The outputs as symbolic tensors, for symbolic inputs."""
        try:
            layer = self._built_for(args, kwargs)
            with _Scopes(layer) if not layer._is_open() else contextlib.nullcontext():
                return infer_output(layer._converted_and_computed, args, kwargs)
        except Exception:
            if is_general(type(self).compute_output_shape):
                raise
            shapes = tree.map_structure(
                lambda x: x.shape if isinstance(x, KerasTensor) else x, args[0]
            )
            found = self.compute_output_shape(shapes)
            return tree.map_shape_structure(lambda s: KerasTensor(s, self.compute_dtype), found)

    @general
    def compute_output_shape(self, *args, **kwargs):
        """The shapes of the outputs for the shapes of the inputs; the batch may be None."""

        def as_tensor(shape):
            if shape is None:  # an argument that was left out
                return None
            return tree.map_shape_structure(lambda s: KerasTensor(s, self.compute_dtype), shape)

        names = shape_names(type(self))
        first = [kwargs.pop(n) for n in names[len(args) :] if n in kwargs]
        inputs = [as_tensor(a) for a in (*args, *first)]
        named = {k.removesuffix("_shape"): as_tensor(v) for k, v in kwargs.items()}
        layer = self._built_for(inputs, named)
        with _Scopes(layer):
            spec = infer_output(layer._converted_and_computed, inputs, named)
        return tree.map_structure(lambda x: x.shape, spec)

    def _built_for(self, args, kwargs):
        """This layer if it is built, else a twin of it that is built for the arguments."""
        if self.built:
            return self
        try:
            layer = type(self).from_config(self.get_config())
        except (TypeError, ValueError):  # it holds an object of a class that no name leads to
            layer = copy.deepcopy(self)
        with _Scopes(layer):
            if not layer.built:
                layer._build_for(signature_of(type(self).call).bind(args, kwargs))
        return layer

    def rematerialized_call(self, layer_call, *args, **kwargs):
        """``layer_call``, under `keras.remat` as far as the `RematScope` of this layer says so.

        Args:
            layer_call: the method `call`.
            *args, **kwargs: what it is about to be called with.

        Returns:
            A function to call instead of ``layer_call``.
        """
        mode = self._remat_mode
        if mode is None:
            return layer_call
        if mode.mode == "activations":
            if getattr(self, "activation", None) is None:
                return layer_call
            return with_rematerialized_activation(self, layer_call)
        is_named = mode.mode == "list_of_layers" and self.name in mode.layer_names
        if is_named or super().rematerialized_call(layer_call, *args, **kwargs) is not layer_call:
            return rematerialized_layer(self, layer_call)
        return layer_call

    # Configuration and state

    def get_config(self):
        """The constructor's arguments as plain values."""
        base = {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": serialize_keras_object(self.dtype_policy),
        }
        if self.activity_regularizer is not None or "activity_regularizer" in self.config_adds:
            base["activity_regularizer"] = serialize_keras_object(self.activity_regularizer)
        return {**base, **super().get_config()}

    @classmethod
    def from_config(cls, config):
        """A layer made from what `get_config` returned."""
        config = dict(config)
        for key in _FOREIGN_ARGUMENTS:
            is_known = key in signature_of(cls.__init__).all_names or hasattr(cls, "enable_lora")
            if key in config and not is_known:
                if config[key] is not None:
                    raise ValueError(
                        f"{cls.__name__}: the configuration asks for {key}={config[key]!r}, which "
                        "minikeras does not have"
                    )
                del config[key]
        return super().from_config(config)

    def stateless_call(
        self, trainable_variables, non_trainable_variables, *args, return_losses=False, **kwargs
    ):
        """Call the layer with given values of its variables, changing none of them.

        Args:
            trainable_variables, non_trainable_variables: values in the order of the properties
                of those names.
            *args, **kwargs: the arguments of the layer.
            return_losses: whether to return the losses too.

        Returns:
            ``(outputs, non_trainable_variables)``, the latter as the call left them, and with
            ``return_losses`` a list of losses as the third.
        """
        self._check_constructed()
        if not self.built:
            raise ValueError(
                f"Layer {self.name!r} must be built before stateless_call: call it on data first."
            )
        mapping = [
            *_paired("trainable", self.trainable_variables, trainable_variables, self.name),
            *_paired(
                "non_trainable", self.non_trainable_variables, non_trainable_variables, self.name
            ),
        ]
        with StatelessScope(state_mapping=mapping, collect_losses=return_losses) as scope:
            outputs = self(*args, **kwargs)
            losses = list(self.losses) if return_losses else []
        self._clear_losses()
        state = [scope.get_current_value(v) for v in self.non_trainable_variables]
        return (outputs, state, losses) if return_losses else (outputs, state)

    def _check_constructed(self):
        if "_losses" not in self.__dict__:
            raise RuntimeError(
                f"In class {type(self).__name__}, `super().__init__()` was not called. Call it "
                "first in the constructor."
            )

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


class _Scopes:
    """The scopes of one call: names of variables, and the dtype in which they are read."""

    def __init__(self, layer):
        self.layer = layer

    def __enter__(self):
        layer = self.layer
        self._names = scope_of(layer)
        self._names.__enter__()
        if layer._path is None:
            layer.__dict__["_path"] = current_path()  # nothing that a step sets
        mixed = layer.autocast and layer.compute_dtype != layer.variable_dtype
        self._autocast = AutocastScope(layer.compute_dtype if mixed else None)
        self._autocast.__enter__()
        self._quiet = autodiff.quietly()
        self._quiet.__enter__()
        context.open.append(layer)

    def __exit__(self, *error):
        context.open.pop()
        self._quiet.__exit__(*error)
        self._autocast.__exit__(*error)
        self._names.__exit__(*error)


def _building(build):
    """``build`` so that it also marks the layer as built and notes the shapes."""

    @functools.wraps(build)
    def build_and_note(self, *args, **kwargs):
        is_outermost = not self._is_building
        if not is_outermost:
            return build(self, *args, **kwargs)
        self.__dict__["_is_building"] = True
        try:
            scope = contextlib.nullcontext() if self._is_open() else scope_of(self)
            # Weights are made as they will be kept.
            with scope, AutocastScope(None), context.within(self):
                if self._path is None:
                    self.__dict__["_path"] = current_path()
                build(self, *args, **kwargs)
        finally:
            self.__dict__["_is_building"] = False
        names = [n for n in signature_of(build).names if n != "self"]
        self._build_shapes = {**dict(zip(names, args)), **kwargs}
        self.built = True
        if not self._trainable:
            self._train_own_variables(False)
        return None

    return build_and_note


# A layer that writes no ``build`` is built, too, when that is called.
Layer.build = _building(Layer.build)


def _is_default(obj, method, base):
    return getattr(type(obj), method) is getattr(base, method)


def _paired(kind, variables, values, name):
    variables, values = list(variables), list(values)
    if len(variables) != len(values):
        raise ValueError(
            f"Layer {name!r}: {kind}_variables must hold {len(variables)} values. "
            f"Received: {len(values)}"
        )
    return list(zip(variables, values))


def _input_shape_argument(kwargs):
    """The shape, batch included, that the old arguments for a first layer state; or None."""
    batch = kwargs.pop("batch_size", None) if "input_shape" in kwargs else None
    if "batch_shape" in kwargs:
        return tuple(kwargs.pop("batch_shape"))
    if "batch_input_shape" in kwargs:
        return tuple(kwargs.pop("batch_input_shape"))
    if "input_shape" in kwargs:
        return (batch, *kwargs.pop("input_shape"))
    if "input_dim" in kwargs:
        return (None, kwargs.pop("input_dim"))
    return None


def _constraint(identifier):
    from minikeras import constraints

    return constraints.get(identifier)

"""clone_model: the same architecture with new weights."""

from minikeras import tree
from minikeras.layers.core.input_layer import InputLayer
from minikeras.layers.layer import Layer
from minikeras.models.functional import Functional
from minikeras.models.sequential import Sequential


def clone_model(
    model, input_tensors=None, clone_function=None, call_function=None, recursive=False, **kwargs
):
    """A new model of the same layers, with new weights.

    Args:
        model: a Functional or Sequential model, or a subclassed one with ``get_config``.
        input_tensors: symbolic tensors to begin from, in place of new inputs.
        clone_function: makes the copy of a layer; by default from its configuration.
        call_function: how to call a copy: a function of ``(layer, *args, **kwargs)``; functional
            models only.
        recursive: whether models within are cloned layer by layer by the same functions.

    Returns:
        A model of the same class, compiled with the same arguments if the model was compiled.

    >>> import minikeras as keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    >>> keras.models.clone_model(model).count_params()
    8
    """
    if kwargs:
        raise ValueError(f"clone_model has no arguments {sorted(kwargs)}")
    copy = clone_function or (lambda layer: type(layer).from_config(layer.get_config()))

    def copied(operation):
        if recursive and isinstance(operation, (Functional, Sequential)):
            return clone_model(
                operation, clone_function=clone_function, call_function=call_function,
                recursive=True,
            )  # fmt: skip
        return copy(operation) if isinstance(operation, Layer) else operation

    if isinstance(model, Sequential):
        if call_function is not None:
            raise ValueError("call_function is for functional models. Received a Sequential model")
        layers = [copied(layer) for layer in model.layers]
        if input_tensors is not None:
            layers = [tree.flatten(input_tensors)[0], *layers]
        elif isinstance(next(iter(model.operations), None), InputLayer):
            layers = [copy(model.operations[0]), *layers]
        return _compiled_alike(
            Sequential(layers, name=model.name, trainable=model.trainable), model
        )
    if isinstance(model, Functional):
        return _compiled_alike(_clone_graph(model, input_tensors, copied, call_function), model)
    if clone_function is not None or input_tensors is not None:
        raise ValueError(
            "clone_function and input_tensors need a Functional or Sequential model. "
            f"Received: {type(model).__name__}"
        )
    return _compiled_alike(type(model).from_config(model.get_config()), model)


def _compiled_alike(clone, model):
    """``clone``, compiled with what ``model`` was compiled with, in an optimizer of its own."""
    if model.compiled:
        clone.compile_from_config(model.get_compile_config())
    return clone


def _inputs_in_order(model, input_tensors):
    try:
        tree.assert_same_structure(model.input, input_tensors)
    except (ValueError, TypeError) as error:
        raise ValueError(
            "`input_tensors` must have the same structure as model.input. "
            f"Expected: {model.input!r}. Received: {input_tensors!r}"
        ) from error
    return tree.flatten(input_tensors)


def _clone_graph(model, input_tensors, copied, call_function):
    if input_tensors is None:
        inputs = [
            InputLayer(
                batch_shape=x.shape, dtype=x.dtype, name=x._keras_history.operation.name
            ).output
            for x in model.inputs
        ]
    else:
        inputs = _inputs_in_order(model, input_tensors)
    twins = {}

    def call(operation, args, kwargs):
        twin = twins.get(id(operation))
        if twin is None:
            twin = twins[id(operation)] = copied(operation)
        if call_function is not None and isinstance(operation, Layer):
            return call_function(twin, *args, **kwargs)
        return twin(*args, **kwargs)

    outputs = model.run(inputs, call=call)
    inputs = tree.pack_sequence_as(model.input, inputs)
    clone = type(model)(inputs, outputs, name=model.name)
    clone.trainable = model.trainable
    return clone

"""From a function of tensors to an ONNX model."""

import os

from minikeras import tree
from minikeras.backend.program.program import Ref
from minikeras.backend.xp import np, to_numpy
from minikeras.console import show
from minikeras.export.forward import Size, record_forward
from minikeras.export.graph import Graph
from minikeras.export.signature import signature_of_model, standard_signature
from minikeras.export.translations import TRANSLATIONS
from minikeras.files import atomic_path
from minikeras.layers.call_spec import signature_of
from minikeras.version import __version__

FORMATS = ("onnx",)
# The version of the operators that the translations are written for, and the oldest that they can
# be turned into.
_USUAL_OPSET, _OLDEST_OPSET = 18, 15
_MOST_BYTES = 2_000_000_000  # of one message of protocol buffers


def export_model(model, filepath, format, verbose=None, input_signature=None, **kwargs):
    """Write a model for other programs to run: what `Model.export` does.

    Args:
        model: a model that is built.
        filepath: where to.
        format: ``"onnx"``.
        verbose: whether to say where the file is; True by default.
        input_signature: the arguments of the model, as for `keras.export.ExportArchive`; by default
            those that it was built for, with any batch size.
        **kwargs: ``opset_version``.

    Raises:
        ValueError: for another format, or if a layer cannot be exported.
    """
    if format not in FORMATS:
        raise ValueError(
            f"minikeras exports models in the format 'onnx'. Received: format={format!r}, which "
            "needs TensorFlow, PyTorch or OpenVINO. To go on with one of these, save the model "
            "(`model.save('model.keras')`), load it there with Keras, and export it."
        )
    opset_version = kwargs.pop("opset_version", None)
    if kwargs:
        raise ValueError(f"export has no arguments {sorted(kwargs)} for the format {format!r}")
    onnx_model = onnx_of(*endpoint_of(model, input_signature), model.name, opset_version)
    write_onnx(onnx_model, filepath)
    if verbose is None or verbose:
        show(f"The model is exported to {os.fspath(filepath)!r}.")


def endpoint_of(model, input_signature=None):
    """A function of tensors, its signature and the names of its outputs, for a model."""
    if input_signature is None:
        signature = signature_of_model(model)
    else:
        signature = standard_signature(input_signature)
        inputs = getattr(model, "inputs", None)
        if inputs is not None and len(inputs) > 1 and len(signature) == len(inputs):
            signature = [signature]  # a functional model takes its inputs as one argument
    flags = {"training": False} if signature_of(type(model).call).has_training else {}
    return lambda *args: model(*args, **flags), signature, getattr(model, "output_names", None)


def onnx_of(function, signature, output_names=None, name="model", opset_version=None):
    """An ``onnx.ModelProto`` for a function of tensors.

    Args:
        function: what to export.
        signature: its arguments, structures of `InputSpec`.
        output_names: by default ``output_0`` and so on.
        name: that of the graph.
        opset_version: the version of the operators, 15 or later; 18 by default.
    """
    onnx = _package()
    opset = _USUAL_OPSET if opset_version is None else int(opset_version)
    newest = onnx.defs.onnx_opset_version()
    if not _OLDEST_OPSET <= opset <= newest:
        raise ValueError(
            f"opset_version must lie between {_OLDEST_OPSET} and {newest}, the newest that the "
            f"installed package onnx knows. Received: {opset_version!r}"
        )
    forward = record_forward(function, signature)
    specs = tree.flatten(signature)
    graph = Graph(onnx, TRANSLATIONS, opset)
    graph.enter_inputs(forward, specs, [_input_name(s, i) for i, s in enumerate(specs)])
    inputs = [graph.values[slot] for slot in forward.inputs]
    graph.enter_variables(forward)
    for site in forward.calls:
        graph.translate(forward, site)
    outputs = _outputs(graph, forward, output_names)
    return _model(onnx, graph, inputs, outputs, name, opset)


def _input_name(spec, i):
    return getattr(spec, "name", None) or f"input_{i}"


def _outputs(graph, forward, names):
    """A `Value` for each output, under a name of its own."""
    if not names or len(names) != len(forward.results):
        names = [f"output_{i}" for i in range(len(forward.results))]
    found = []
    for result, name in zip(forward.results, names):
        value = graph.value(result if type(result) is Ref else np.asarray(to_numpy(result)))
        name = graph.unique(name)
        node = graph.onnx.helper.make_node("Identity", [value.name], [name], name=name)
        graph.nodes.append(node)
        found.append(value._replace(name=name))
    return found


def _model(onnx, graph, inputs, outputs, name, opset):
    helper = onnx.helper
    used = {n for node in graph.nodes for n in node.input}
    initializers = [
        onnx.numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), key)
        for key, array in graph.initializers.items()
        if key in used
    ]
    made = helper.make_graph(
        graph.nodes,
        name,
        [_info(helper, value) for value in inputs],
        [_info(helper, value) for value in outputs],
        initializers,
    )
    versions = [helper.make_opsetid("", opset)]
    model = helper.make_model(
        made, opset_imports=versions, producer_name="minikeras", producer_version=__version__
    )
    # The oldest version of the format that has these operators, which most programs read.
    model.ir_version = helper.find_min_ir_version_for(versions)
    if model.ByteSize() < _MOST_BYTES:
        onnx.checker.check_model(model)
    return model


def _info(helper, value):
    """What a model says of an input or output; open sides have names."""
    sides = [
        ("batch" if n == Size(1, 0) else f"{n.factor}*batch+{n.offset}") if type(n) is Size else n
        for n in value.shape
    ]
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(value.dtype))
    return helper.make_tensor_value_info(value.name, kind, sides)


def write_onnx(model, filepath):
    """Write a model to a file, whole or not at all; very large weights go to a file beside it."""
    onnx = _package()
    filepath = os.fspath(filepath)
    if model.ByteSize() >= _MOST_BYTES:
        beside = os.path.basename(filepath) + ".data"
        onnx.save_model(model, filepath, save_as_external_data=True, location=beside)
        return
    with atomic_path(filepath) as temporary, open(temporary, "wb") as file:
        file.write(model.SerializeToString())


def _package():
    try:
        import onnx
    except ImportError:
        raise ImportError(
            "Models are exported with the package onnx, which is not installed. "
            "Install it: pip install 'keras-on-numpy[onnx]'."
        ) from None
    import onnx.numpy_helper

    return onnx

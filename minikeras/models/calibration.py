"""Quantization of whole models: which layers, and data for the modes that calibrate with some.

Blocks are quantized one after another; each sees what those before it, quantized, give out.
"""

import contextlib
import math
import re
import warnings

from minikeras import ops, tree
from minikeras.backend.xp import np
from minikeras.layers.core.dense import Dense
from minikeras.layers.core.einsum_dense import EinsumDense
from minikeras.ops.arguments import on_host
from minikeras.quantizers.configurations import resolved


def quantize_model(model, mode=None, config=None, filters=None, type_check=True):
    """Quantize the layers of a model that can be; see `Model.quantize`."""
    if filters is not None and not (isinstance(filters, (str, list, tuple)) or callable(filters)):
        raise ValueError(
            "filters must be a regular expression, a list of them or a function of a layer. "
            f"Received: {filters!r}"
        )
    config = resolved(mode, config)
    structure = None
    if config.mode in ("gptq", "awq"):
        structure = _structure(model, config)
    for layer in model._all_layers():
        has_none = layer.built and not layer.weights
        if layer._direct_layers() or not is_chosen(layer, filters) or has_none:
            continue
        try:
            layer.quantize(config.mode, type_check=type_check, config=config)
        except NotImplementedError as error:
            warnings.warn(str(error), stacklevel=3)
    if structure is not None:
        calibrate(config, structure, filters)


def is_chosen(layer, filters):
    """Whether a layer is to be quantized: its name matches an expression, or a function says so."""
    if filters is None:
        return True
    if callable(filters):
        return bool(filters(layer))
    patterns = [filters] if isinstance(filters, str) else filters
    return any(re.search(pattern, layer.name) for pattern in patterns)


def _structure(model, config):
    structure = config.quantization_layer_structure
    if structure is None:
        structure = model.get_quantization_layer_structure(config.mode)
    blocks = None if structure is None else structure.get("sequential_blocks")
    if not blocks:
        raise ValueError(
            f"The mode {config.mode!r} needs a quantization structure, as it must know the blocks "
            f"of the model {model.name!r}: pass "
            "quantization_layer_structure={'pre_block_layers': [...], 'sequential_blocks': [...]} "
            "to the configuration, or override model.get_quantization_layer_structure(mode). "
            f"Received: {structure!r}"
        )
    if config.dataset is None or config.tokenizer is None:
        raise ValueError(
            f"The mode {config.mode!r} needs data: pass a dataset and a tokenizer to the "
            "configuration. Of sequences of integers the tokenizer makes nothing; any object will "
            "do there."
        )
    return structure


def calibrate(config, structure, filters=None):
    """Find the integers of the layers within the blocks of ``structure``, block by block."""
    samples = calibration_samples(config)
    inputs = []
    for sample in samples:
        x = ops.convert_to_tensor(sample[None])
        for layer in structure.get("pre_block_layers", ()):
            x = layer(x)
        inputs.append(x)
    blocks = structure["sequential_blocks"]
    for block in blocks:
        layers = [layer for layer in _layers_within(block) if is_chosen(layer, filters)]
        with observing(layers) as seen:
            for x in inputs:
                block(x)
        for layer in layers:
            if id(layer) in seen:
                layer._mode.calibrate(layer, seen[id(layer)], config)
        if block is not blocks[-1]:
            inputs = [tree.flatten(block(x))[0] for x in inputs]


def _layers_within(block):
    """The products in a block that wait for calibration."""
    return [
        layer
        for layer in block._all_layers()
        if isinstance(layer, (Dense, EinsumDense))
        and layer.quantization_mode in ("gptq", "awq")
        and not layer._mode.is_calibrated(layer)
    ]


@contextlib.contextmanager
def observing(layers):
    """A context that yields a dict: by the id of a layer, what its mode observed of its inputs."""
    seen = {}

    def watched(layer, call):
        def call_and_observe(inputs, *args, **kwargs):
            x = ops.reshape(inputs, (-1, layer._calibrated_sides()[0]))
            seen[id(layer)] = layer._mode.observed(seen.get(id(layer)), x)
            return call(inputs, *args, **kwargs)

        return call_and_observe

    for layer in layers:
        layer.__dict__["call"] = watched(layer, layer.call)
    try:
        yield seen
    finally:
        for layer in layers:
            del layer.__dict__["call"]


def calibration_samples(config):
    """Samples of the data, evenly spread: integers of shape ``(num_samples, sequence_length)``.

    Data that are too short are repeated.
    """
    data = config.dataset
    if isinstance(data, (str, bytes)) or not hasattr(data, "__iter__"):
        raise TypeError(
            "The dataset must be an iterable of texts or of sequences of integers. "
            f"Received: {type(data).__name__}"
        )
    pieces = []
    for item in data:
        tokens = config.tokenizer.tokenize(item) if isinstance(item, str) else item
        pieces.append(np.asarray(on_host(tokens)).reshape(-1).astype("int32"))
    tokens = np.concatenate(pieces) if pieces else np.zeros(0, "int32")
    if not tokens.size:
        raise ValueError("The dataset for calibration is empty.")
    needed = config.num_samples * config.sequence_length
    if tokens.size < needed:
        tokens = np.tile(tokens, math.ceil(needed / tokens.size))
    last = tokens.size - config.sequence_length
    starts = np.arange(config.num_samples) * max(1, (last + 1) // config.num_samples) % (last + 1)
    return np.stack([tokens[s : s + config.sequence_length] for s in starts])

"""The page of embeddings: the tables of embedding layers, and the file that says where they lie."""

import os
import re

from minikeras.layers import Embedding


def embedding_layers(model):
    """The embedding layers directly inside ``model``."""
    return [layer for layer in model.layers if isinstance(layer, Embedding)]


def configuration(model, metadata):
    """The text of ``projector_config.pbtxt``.

    Args:
        model: a model.
        metadata: a path for all embedding layers, a dict of paths by the layers' names, or None.

    Raises:
        ValueError: if a name in ``metadata`` is that of no embedding layer.
    """
    layers = embedding_layers(model)
    names = {layer.name for layer in layers}
    if isinstance(metadata, dict) and not set(metadata) <= names:
        raise ValueError(
            "embeddings_metadata names layers that are no embedding layers of the model: "
            f"{sorted(set(metadata) - names)}. There are: {sorted(names)}"
        )
    lines = []
    for layer in layers:
        path = metadata.get(layer.name) if isinstance(metadata, dict) else metadata
        fields = {"tensor_name": f"{layer.name}/embeddings", "tensor_path": table_name(layer)}
        if path is not None:
            fields["metadata_path"] = os.fspath(path)
        lines.append("embeddings {")
        lines += [f"  {key}: {_quoted(value)}" for key, value in fields.items()]
        lines.append("}")
    return "".join(f"{line}\n" for line in lines)


def _quoted(string):
    escaped = string.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def table_name(layer):
    """The name of the file of a layer's table, beside the configuration."""
    name = re.sub(r"[^\w.-]", "_", layer.name)  # the name may come from a file, and be a path
    return f"{name}_embeddings.tsv"


def write_tables(model, folder):
    """Write the table of each embedding layer as it is now: a row a line, parted by tabs."""
    for layer in embedding_layers(model):
        if not layer.built:
            continue
        with open(os.path.join(folder, table_name(layer)), "w", encoding="utf-8") as file:
            for row in layer.weights[0].numpy().tolist():
                file.write("\t".join(map(repr, row)) + "\n")

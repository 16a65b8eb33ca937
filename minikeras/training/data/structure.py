"""The form of training data: inputs, targets and weights; several of each; splitting them."""

import math

import numpy as np

from minikeras import config, tree
from minikeras.backend.xp import to_numpy
from minikeras.training.data.columns import Column, column_of, is_column

_NUMBERS = (bool, int, float, str, bytes, np.generic)


def unpack_x_y_sample_weight(data):
    """The inputs, targets and sample weights in a batch.

    Args:
        data: ``x``, ``(x,)``, ``(x, y)`` or ``(x, y, sample_weight)``; a list counts as a tuple.

    Returns:
        A tuple of three, with None for what is absent.

    Raises:
        ValueError: if a tuple has more than three parts or none.

    >>> import minikeras as keras
    >>> keras.utils.unpack_x_y_sample_weight(("inputs", "targets"))
    ('inputs', 'targets', None)
    """
    if not isinstance(data, (tuple, list)):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError(
            "A batch must be x, (x,), (x, y) or (x, y, sample_weight). Several inputs go into a "
            f"tuple, list or dict of their own: ((x1, x2), y). Received {len(data)} parts: {data!r}"
        )
    return (*data, None, None)[:3]


def pack_x_y_sample_weight(x, y=None, sample_weight=None):
    """The parts of a batch as one object, the reverse of `unpack_x_y_sample_weight`.

    Returns:
        ``x`` alone if it is neither tuple nor list and the rest is absent; otherwise a tuple.

    >>> import minikeras as keras
    >>> keras.utils.pack_x_y_sample_weight("inputs", "targets")
    ('inputs', 'targets')
    """
    if y is None:
        return (x,) if isinstance(x, (tuple, list)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def columns_of(structure, label):
    """``structure`` with a `Column` in place of every array, list of numbers and table.

    Args:
        structure: an array, or lists, tuples and dicts of arrays; None inside stays None.
        label: what to call it in error messages.

    Raises:
        ValueError: naming the part that is no array.
    """
    if structure is None or isinstance(structure, Column):
        return structure
    if isinstance(structure, dict):
        return {key: columns_of(part, f"{label}[{key!r}]") for key, part in structure.items()}
    if isinstance(structure, range):
        return Column(np.asarray(structure))
    if isinstance(structure, (list, tuple)):
        if len(structure) and all(
            isinstance(part, _NUMBERS) or _is_row(part) for part in structure
        ):
            return _numbers(structure, label)
        parts = [columns_of(part, f"{label}[{i}]") for i, part in enumerate(structure)]
        if isinstance(structure, list):
            return parts
        return type(structure)(*parts) if hasattr(structure, "_fields") else tuple(parts)
    return column_of(structure, label)


def _is_row(x):
    """Whether ``x`` is a list, or lists in a list, of numbers: a part of one array."""
    return isinstance(x, (list, tuple)) and all(
        isinstance(part, _NUMBERS) or _is_row(part) for part in x
    )


def _numbers(values, label):
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(
            f"{label} is a list of lists of unlike lengths, which makes no array. "
            "keras.utils.pad_sequences can make their lengths equal."
        ) from None
    if array.dtype == np.int64:
        # What a Python integer becomes everywhere in Keras, where it fits.
        limits = np.iinfo(np.int32)
        if array.size == 0 or (array.min() >= limits.min and array.max() <= limits.max):
            array = array.astype(np.int32)
    return Column(array)


def are_columns(*structures):
    """Whether all parts of ``structures`` can be read as columns (see `columns_of`)."""
    return all(
        leaf is None or isinstance(leaf, (*_NUMBERS, range)) or is_column(leaf)
        for leaf in tree.flatten(structures)
    )


def common_length(**structures):
    """The number of samples, which all columns must share.

    Args:
        **structures: structures of columns by the name to call them in error messages.

    Raises:
        ValueError: if there are no samples, or columns differ in length; it lists them all.
    """
    lengths = {}
    for label, structure in structures.items():
        for path, column in tree.flatten_with_path(structure):
            if column is not None:
                lengths[label + "".join(f"[{key!r}]" for key in path)] = len(column)
    if not lengths:
        raise ValueError(f"There is no data: {' and '.join(structures)} hold no array")
    listing = ", ".join(f"{label}: {length}" for label, length in lengths.items())
    if len(set(lengths.values())) > 1:
        raise ValueError(
            f"All arrays must have the same number of samples (first axis). Received: {listing}"
        )
    length = next(iter(lengths.values()))
    if length == 0:
        raise ValueError(f"There is no data. Received numbers of samples: {listing}")
    return length


def weights_like(y, sample_weight):
    """``sample_weight`` in the form of ``y``: one column for several outputs counts for each.

    Raises:
        ValueError: if the forms differ, or one column for several outputs has more than one weight
            per sample.
    """
    if sample_weight is None or not tree.is_nested(y):
        return sample_weight
    if tree.is_nested(sample_weight):
        try:
            tree.assert_same_structure(y, sample_weight)
        except ValueError:
            raise ValueError(
                "sample_weight must have the form of y, one array per output (None for an output "
                f"without weights). Received: y={_sketch(y)}, "
                f"sample_weight={_sketch(sample_weight)}"
            ) from None
        return sample_weight
    shape = sample_weight.shape
    if len(shape) == 1 or (len(shape) == 2 and shape[1] == 1):
        return tree.map_structure(lambda _: sample_weight, y)
    raise ValueError(
        "A single sample_weight for several outputs must hold one number per sample, of shape "
        f"(samples,). For more, pass one array per output. Received shape: {tuple(shape)}"
    )


def _sketch(structure):
    """A structure of columns with shapes in their place, for messages."""
    return tree.map_structure(lambda column: column and column.shape, structure)


def class_weight_table(class_weight, y=None):
    """``class_weight`` checked: classes as ints, weights as floats.

    Raises:
        ValueError: if it is no dict of numbers, or ``y`` has several outputs.
    """
    if not isinstance(class_weight, dict):
        raise ValueError(
            "class_weight must be a dict from class (an integer) to weight (a number). "
            f"Received: {class_weight!r}"
        )
    if tree.is_nested(y):
        raise ValueError(
            "class_weight needs a model with a single output: with several it is unclear whose "
            f"classes are meant. Use sample_weight instead. Received: y={_sketch(y)}"
        )
    try:
        return {int(label): float(weight) for label, weight in class_weight.items()}
    except (TypeError, ValueError):
        raise ValueError(
            "class_weight must map classes (integers) to weights (numbers). "
            f"Received: {class_weight!r}"
        ) from None


def class_weight_to_sample_weights(y, class_weight):
    """A weight per sample from the class of each.

    Args:
        y: labels of shape ``(samples,)`` or ``(samples, 1)``, or one-hot rows.
        class_weight: a dict from class to weight; a class that it lacks weighs 1.

    Returns:
        Weights in floatx, of shape ``(samples,)``.
    """
    y = columns_of(y, "y")
    table = class_weight_table(class_weight, y)
    if y is None:
        raise ValueError("class_weight needs targets. Received: y=None")
    return weights_of_classes(y.read(slice(None)), table)


def weights_of_classes(y, table):
    """A weight per sample from the class of each.

    Args:
        y: labels of shape ``(samples,)`` or ``(samples, 1)``, or one-hot rows
            ``(samples, ..., classes)``.
        table: weights by class; a class that it lacks weighs 1.

    Returns:
        Weights in floatx, of shape ``(samples,)``; for labels with more axes, of their shape.
    """
    labels = to_numpy(y)
    if labels.ndim > 1:
        labels = labels[..., 0] if labels.shape[-1] == 1 else labels.argmax(axis=-1)
    classes, places = np.unique(np.round(labels).astype(np.int64), return_inverse=True)
    weights = np.array([table.get(int(label), 1.0) for label in classes], config.floatx())
    return weights[places].reshape(labels.shape)


def train_validation_split(arrays, validation_split):
    """The first part of ``arrays`` to train on and the rest to validate on; nothing is shuffled.

    Args:
        arrays: arrays, or lists, tuples and dicts of them; None inside stays None.
        validation_split: the fraction to validate on, between 0 and 1.

    Returns:
        Two structures in the form of ``arrays``.

    Raises:
        ValueError: if something is no array, or either part would be empty.
    """
    if isinstance(validation_split, bool) or not 0 < validation_split < 1:
        raise ValueError(
            f"validation_split must lie between 0 and 1. Received: {validation_split!r}"
        )
    if not are_columns(arrays):
        odd = [
            type(leaf).__name__
            for leaf in tree.flatten(arrays)
            if leaf is not None and not are_columns(leaf)
        ]
        raise ValueError(
            "validation_split needs arrays, which it can cut in two. For generators and data sets "
            f"use validation_data. Received: {', '.join(odd)}"
        )
    columns = columns_of(arrays, "data")
    if all(column is None for column in tree.flatten(columns)):
        return arrays, arrays
    length = common_length(data=columns)
    border = math.floor(length * (1.0 - validation_split))
    if border in (0, length):
        raise ValueError(
            f"{length} samples cannot be split by validation_split={validation_split}: one part "
            "would be empty. Provide more samples, another fraction, or validation_data."
        )

    def cut(start, stop):
        return tree.map_structure(
            lambda column: column.part(start, stop), columns, none_is_leaf=False
        )

    return cut(0, border), cut(border, length)

"""Names of operations: from CamelCase to snake_case as Keras does it."""

import re


def to_snake_case(name):
    """``name`` in snake case, as Keras names layers and folders of saved files.

    >>> to_snake_case("MaxPooling2D"), to_snake_case("ReLU"), to_snake_case("LSTM")
    ('max_pooling2d', 're_lu', 'lstm')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()

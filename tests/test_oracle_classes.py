"""Layers, losses, metrics, optimizers and the like against real Keras, row by row."""

import inspect

import keras
import pytest

import minikeras as mk
from tests.oracle import (
    activations,
    initializers,
    layers_attention,
    layers_audio,
    layers_convolution,
    layers_core,
    layers_data,
    layers_functions,
    layers_image,
    layers_normalization,
    layers_pooling,
    layers_recurrent,
    layers_regularization,
    layers_reshaping,
    losses,
    metrics,
    optimizers,
    random,
    schedules,
    weights,
)
from tests.oracle.class_row import found
from tests.oracle.names import public_classes, untouched
from tests.oracle.selection import sampled

MODULES = [
    layers_core,
    layers_functions,
    layers_convolution,
    layers_normalization,
    layers_pooling,
    layers_reshaping,
    layers_regularization,
    layers_attention,
    layers_audio,
    layers_recurrent,
    layers_image,
    layers_data,
    losses,
    metrics,
    optimizers,
    schedules,
    initializers,
    weights,
    activations,
    random,
]
ROWS = [(row, module.compare) for module in MODULES for row in module.ROWS]
# Names that are compared in another way, and where; (name, argument) that no row can give.
ELSEWHERE = {k: v for module in MODULES for k, v in getattr(module, "ELSEWHERE", {}).items()}
UNGIVEN = {k: v for module in MODULES for k, v in getattr(module, "UNGIVEN", {}).items()}
ASIDE = ("name", "dtype", "trainable")


@pytest.mark.parametrize(
    ("row", "compare"), sampled(ROWS, lambda r: r[0].label, lambda r: found(mk, r[0].name))
)
def test_class_equals_keras(row, compare):
    compare(row)


def rows_of(names):
    return [row for row, _ in ROWS if row.name in names]


def test_every_class_has_a_row():
    missing = [
        names[0]
        for names in public_classes(keras)
        if not rows_of(names) and not set(names) & set(ELSEWHERE)
    ]
    assert missing == []


def test_every_argument_of_a_class_is_given():
    missing = []
    for names in public_classes(keras):
        if set(names) & set(ELSEWHERE):
            continue
        thing = found(keras, names[0])
        # What is called with inputs is the object of a class, but a function itself.
        calls = [
            (() if inspect.isclass(thing) else row.inputs, row.arguments) for row in rows_of(names)
        ]
        missing += [
            (names[0], argument)
            for argument in untouched(thing, calls, aside=ASIDE)
            if not any((n, argument) in UNGIVEN for n in names)
        ]
    assert missing == []


def test_what_is_said_of_exceptions_is_true():
    """Reasons do not outlive what they were for."""
    names = {n for group in public_classes(keras) for n in group}
    assert set(ELSEWHERE) <= names
    assert {name for name, _ in UNGIVEN} <= names
    assert not [row.name for row, _ in ROWS if row.name not in names]

"""Models as in Keras 1 and 2: ``Model(input=, output=)``, states, graphs, groups of HDF5."""

import functools

from minikeras import tree
from minikeras.backend.masks import get_mask, set_mask
from minikeras.legacy.era import era
from minikeras.legacy.warned import warn_once
from minikeras.models import Model, Sequential
from minikeras.models.functional import Functional
from minikeras.ops import convert_to_tensor
from minikeras.saving.legacy_weights_file import read_legacy_weights

_NAMES = {"input": "inputs", "output": "outputs"}


def install():
    """Give models the arguments, methods and attributes of Keras 1 and 2."""
    Model.__new__ = _of_old_names(Model.__new__)
    for cls in (Model, Functional):
        cls.__init__ = _of_old_names(cls.__init__)
    for method in (
        reset_states, run_internal_graph, load_weights_from_hdf5_group,
        load_weights_from_hdf5_group_by_name, save_weights_to_hdf5_group,
    ):  # fmt: skip
        setattr(Model, method.__name__, method)
    Model.summary = _summary(Model.summary)
    Model.stateful = property(_stateful, doc=_stateful.__doc__)
    Model.state_updates = property(lambda self: [], doc="An empty list: states are set at once.")
    Model._is_compiled = property(lambda self: self.compiled, doc="The same as `compiled`.")
    Sequential.model = property(lambda self: self, doc="The model itself.")


def _of_old_names(today):
    @functools.wraps(today)
    def made(self, *args, **kwargs):
        if not _NAMES.keys().isdisjoint(kwargs):
            warn_once("Model(input=, output=)", "inputs=, outputs=")
            kwargs = {_NAMES.get(name, name): value for name, value in kwargs.items()}
        return today(self, *args, **kwargs)

    made.__legacy_args__ = ("inputs", "outputs", "input", "output", "name")
    return made


def _summary(summary_today):
    """In eras 1 and 2 ``print_fn`` was called for each line."""

    @functools.wraps(summary_today)
    def summary(self, line_length=None, positions=None, print_fn=None, *args, **kwargs):
        given = print_fn
        if era() != 3 and given is not None:

            def print_fn(text):
                for line in text.splitlines():
                    given(line)

        return summary_today(self, line_length, positions, print_fn, *args, **kwargs)

    return summary


def _stateful(model):
    """Whether a layer of the model keeps states between batches."""
    return any(getattr(layer, "stateful", False) for layer in model.layers)


def reset_states(self):
    """Let all stateful layers begin anew.

    >>> import minikeras as keras
    >>> cell = keras.layers.LSTM(2, stateful=True, batch_input_shape=(1, 3, 2))
    >>> model = keras.Sequential([cell])
    >>> _ = model.predict(keras.ops.ones((1, 3, 2)), verbose=0)
    >>> model.reset_states()
    >>> keras.backend.get_value(cell.states[0]).tolist()
    [[0.0, 0.0]]
    """
    for layer in self.layers:
        if getattr(layer, "stateful", False):
            layer.reset_states()


def run_internal_graph(self, inputs, masks=None):
    """The outputs for inputs, with their masks and shapes.

    Args:
        inputs: a tensor or a list of tensors.
        masks: None, or a mask or None for each of them.

    Returns:
        Three lists: the outputs, their masks (None for none), their shapes.

    >>> import minikeras as keras
    >>> model = keras.Sequential([keras.layers.Dense(2, input_dim=3)])
    >>> outputs, masks, shapes = model.run_internal_graph(keras.ops.ones((1, 3)))
    >>> masks, shapes
    ([None], [(1, 2)])
    """
    values = [convert_to_tensor(x) for x in tree.flatten(inputs)]
    for x, mask in zip(values, tree.flatten(masks) if masks is not None else ()):
        if mask is not None:
            set_mask(x, mask)
    outputs = tree.flatten(self(values if len(values) > 1 else values[0]))
    return outputs, [get_mask(x) for x in outputs], [tuple(x.shape) for x in outputs]


def load_weights_from_hdf5_group(self, f):
    """Read weights from a group of an open HDF5 file, layer by layer in their order."""
    read_legacy_weights(f, self)


def load_weights_from_hdf5_group_by_name(self, f):
    """Read weights from a group of an open HDF5 file for the layers whose names are there."""
    read_legacy_weights(f, self, by_name=True)


def save_weights_to_hdf5_group(self, f):
    """Write the weights into a group of an open HDF5 file, a group for each layer."""
    from minikeras.legacy.files import writing

    writing._write_weights(f, self, writing.VERSION, "tensorflow")

"""StackedRNNCells: cells one upon the other as one cell."""

from minikeras import ops, tree
from minikeras.layers.call_spec import signature_of
from minikeras.layers.layer import Layer
from minikeras.serialization import CustomObjectScope


def checked_cell(layer, cell):
    """``cell``, if it has what a cell needs.

    Raises:
        ValueError: if it has not.
    """
    size = getattr(cell, "state_size", None)
    if not hasattr(cell, "call") or not isinstance(size, (int, list, tuple)):
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r} needs cells with a method call(inputs, states) "
            "and an attribute state_size, an integer or a list of integers. "
            f"Received: cell={cell!r} with state_size={size!r}"
        )
    return cell


class StackedRNNCells(Layer):
    """A cell made of cells, each of which takes the output of the one before as its input.

    Args:
        cells: a list of cells.
        **kwargs: those of `Layer`.

    Its states are a list with the states of each cell.

    >>> import minikeras as keras
    >>> cell = keras.layers.StackedRNNCells([keras.layers.GRUCell(4), keras.layers.LSTMCell(3)])
    >>> cell.state_size, cell.output_size
    ([4, [3, 3]], 3)
    """

    def __init__(self, cells, **kwargs):
        super().__init__(**kwargs)
        self.cells = [checked_cell(self, cell) for cell in cells]
        if not self.cells:
            raise ValueError(f"StackedRNNCells {self.name!r} needs at least one cell")

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Cells made from what `get_config` returned."""
        with CustomObjectScope(custom_objects or {}):
            return super().from_config(config)

    @property
    def state_size(self):
        """The state sizes of the cells."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self):
        """The size of the last cell's output."""
        return _output_size(self.cells[-1])

    def get_initial_state(self, batch_size=None):
        """The states of each cell before the first step."""
        return [self._initial_state_of(cell, batch_size) for cell in self.cells]

    def _initial_state_of(self, cell, batch_size):
        make = getattr(cell, "get_initial_state", None)
        if make is not None:
            return make(batch_size=batch_size)
        return tree.map_structure(
            lambda size: ops.zeros((batch_size, size), dtype=self.compute_dtype), cell.state_size
        )

    def build(self, input_shape):
        """Build the cells, each for the output of the one before."""
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(input_shape)
                cell.built = True
            input_shape = (input_shape[0], _output_size(cell))

    def call(self, inputs, states, training=False, **kwargs):
        """The output of the last cell, and the new states of all.

        Args:
            inputs: shape ``(batch, ...)``.
            states: a list with the states of each cell.
            training: handed on to the cells that take it.
            **kwargs: likewise.
        """
        kwargs["training"] = training
        new_states = []
        for cell, state in zip(self.cells, states):
            known = signature_of(type(cell).call).all_names if isinstance(cell, Layer) else ()
            flags = {name: value for name, value in kwargs.items() if name in known}
            given = list(state) if tree.is_nested(state) else [state]
            inputs, new = (cell if callable(cell) else cell.call)(inputs, given, **flags)
            new = list(new) if tree.is_nested(new) else [new]
            new_states.append(new if tree.is_nested(state) else new[0])
        return inputs, new_states


def _output_size(cell):
    size = getattr(cell, "output_size", None)
    if size is not None:
        return size
    size = cell.state_size
    return size[0] if isinstance(size, (list, tuple)) else size

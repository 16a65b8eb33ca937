"""DataLayer and HostLayer: layers of data before training, and those that compute on the host."""

import numpy as np

from minikeras.backend.autodiff import concrete
from minikeras.backend.strings import is_strings
from minikeras.backend.xp import to_numpy
from minikeras.layers.layer import Layer
from minikeras.ops.arguments import tensor
from minikeras.symbolic.inference import infer_output


class DataLayer(Layer):
    """A layer that prepares data, within a model or before it."""

    def __call__(self, inputs, *args, **kwargs):
        return super().__call__(inputs, *args, **kwargs)

    def convert_weight(self, weight):
        """``weight`` as an array of the backend that the layer computes on."""
        return tensor(weight)


class HostLayer(DataLayer):
    """A data layer that looks at each value on the host, as there are no strings on a GPU.

    Its ``call`` gets NumPy arrays and strings; what it returns are tensors again. A step of
    training that goes through such a layer is not recorded, for a table or a hash of values is no
    call of a primitive.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.autocast = False
        self._build_at_init()

    def __call__(self, inputs, *args, **kwargs):
        return super().__call__(self._on_host(inputs), *args, **kwargs)

    def compute_output_spec(self, inputs):
        """The outputs as symbolic tensors, for symbolic inputs."""
        return infer_output(self.call, (inputs,), {})

    def _on_host(self, inputs):
        """Lists of values as one array; symbolic tensors and arrays as they are."""
        return inputs if hasattr(inputs, "shape") else host_array(inputs)


def host_array(x):
    """The values of ``x`` as a NumPy array: of numbers, or of strings in any of NumPy's forms.

    Args:
        x: a tensor, an array of any library, (nested) lists, a number or a string.
    """
    x = concrete(x)
    if is_strings(x):
        return x
    if hasattr(x, "iloc") and hasattr(x, "to_numpy"):
        return x.to_numpy()
    if isinstance(_first_leaf(x), (str, bytes)):
        # As an array of text, strings would lose zero bytes at their ends and all be equally long.
        return np.asarray(x, dtype=object)
    if isinstance(x, (list, tuple)):
        x = [to_numpy(concrete(v)) if hasattr(v, "shape") else v for v in x]
    try:
        return np.asarray(to_numpy(x) if hasattr(x, "shape") else x)
    except ValueError:
        raise ValueError(
            f"The values must make a rectangular array. Received lists of unlike lengths: {x!r}"
        ) from None


def _first_leaf(x):
    while isinstance(x, (list, tuple)) and len(x):
        x = x[0]
    return x


def refuse_sparse(layer, sparse):
    """Raise ValueError if ``sparse`` is set: tensors are dense here."""
    if sparse:
        raise ValueError(
            f"{type(layer).__name__}: minikeras has dense tensors only, so `sparse=True` is not "
            f"possible. Received: sparse={sparse!r}. Leave it out to get a dense tensor."
        )


def check_output_mode(layer, output_mode, allowed):
    """``output_mode`` in its present spelling; ValueError if it is none of ``allowed``."""
    output_mode = {"binary": "multi_hot", "tf-idf": "tf_idf"}.get(output_mode, output_mode)
    if output_mode not in allowed:
        raise ValueError(
            f"{type(layer).__name__}: output_mode must be one of {list(allowed)}. "
            f"Received: {output_mode!r}"
        )
    return output_mode

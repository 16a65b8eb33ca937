"""Discretization: in which bin each number lies; the bins are given, or learned from data.

Quantiles of data that come in batches are estimated from a summary: values with weights, sorted,
at most about ``1 / epsilon`` of them. Summaries of parts are merged and thinned out again.
"""

import numpy as np

from minikeras import config, ops
from minikeras.layers.preprocessing.adapting import batches, is_one_array
from minikeras.layers.preprocessing.data_layer import (
    DataLayer,
    check_output_mode,
    host_array,
    refuse_sparse,
)
from minikeras.layers.preprocessing.encoding import encode
from minikeras.ops.arguments import tensor
from minikeras.symbolic.inference import is_inferring


class Discretization(DataLayer):
    """Turns numbers into the numbers of the bins in which they lie.

    Args:
        bin_boundaries: the bounds between the bins, ascending: n of them make n + 1 bins, the first
            from minus infinity and the last to infinity. A bin holds its lower bound.
        num_bins: how many bins of about equally many values `adapt` shall find instead.
        epsilon: how exact the quantiles are that `adapt` estimates: a part of the number of values.
        output_mode: ``"int"``, or ``"one_hot"``, ``"multi_hot"`` or ``"count"`` as in
            `CategoryEncoding`.
        sparse: only False is possible: tensors are dense.
        dtype: a dtype name or policy. Bin numbers are int32 whatever it is.
        name: a string.

    >>> import minikeras as keras
    >>> layer = keras.layers.Discretization(bin_boundaries=[0.0, 1.0, 2.0])
    >>> layer([[-1.5, 1.0, 3.4, 0.5]]).tolist()
    [[0, 2, 3, 1]]
    >>> layer = keras.layers.Discretization(num_bins=2)
    >>> layer.adapt(keras.ops.array([1.0, 2.0, 3.0, 4.0]))
    >>> layer.bin_boundaries
    [2.0]
    """

    def __init__(
        self,
        bin_boundaries=None,
        num_bins=None,
        epsilon=0.01,
        output_mode="int",
        sparse=False,
        dtype=None,
        name=None,
    ):
        super().__init__(name=name, dtype=dtype)
        self.autocast = False  # `call` casts to floatx, whatever the compute dtype is
        refuse_sparse(self, sparse)
        if (num_bins is None) == (bin_boundaries is None):
            raise ValueError(
                f"Discretization {self.name!r} needs either num_bins or bin_boundaries. "
                f"Received: num_bins={num_bins!r}, bin_boundaries={bin_boundaries!r}"
            )
        if num_bins is not None and num_bins < 0:
            raise ValueError(
                f"Discretization {self.name!r}: num_bins must not be negative. "
                f"Received: {num_bins!r}"
            )
        self.output_mode = check_output_mode(
            self, output_mode, ("int", "one_hot", "multi_hot", "count")
        )
        self.bin_boundaries = None if bin_boundaries is None else list(bin_boundaries)
        self.num_bins = num_bins
        self.epsilon = epsilon
        self.sparse = False
        self.summary = _empty_summary()
        self._build_at_init()

    def __call__(self, inputs, *args, **kwargs):
        if isinstance(inputs, (list, tuple, int, float)):  # one tensor, not several inputs
            inputs = ops.convert_to_tensor(inputs)
        return super().__call__(inputs, *args, **kwargs)

    @property
    def input_dtype(self):
        """The dtype that inputs are cast to."""
        return config.floatx()

    @property
    def output_dtype(self):
        """The dtype of the outputs."""
        return "int32" if self.output_mode == "int" else self.compute_dtype

    def adapt(self, data, steps=None):
        """Find bounds that cut ``data`` into bins of about equally many values.

        Args:
            data: an array, or something that yields batches; what was learned before is forgotten.
            steps: how many batches to take at most; all by default.
        """
        if self.num_bins is None:
            raise ValueError(
                f"Discretization {self.name!r} was given its bin_boundaries, so there is nothing "
                "to learn. To learn them, make it with num_bins."
            )
        self.reset_state()
        for batch in [data] if is_one_array(data) else batches(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data):
        """Add one batch to the summary of the values."""
        values = host_array(data).astype(np.float32)
        self.summary = _merged(_summary(values, self.epsilon), self.summary, self.epsilon)

    def finalize_state(self):
        """Take the bounds from the summary."""
        if self.num_bins is not None:
            self.bin_boundaries = _thinned(self.summary, 1.0 / self.num_bins)[0, :-1].tolist()

    def reset_state(self):
        """Forget the summary; the bounds stay until `finalize_state`."""
        if self.num_bins is not None:
            self.summary = _empty_summary()

    def call(self, inputs):
        """The bin of each value, or the encoding of it."""
        if self.bin_boundaries is None:
            if not is_inferring():
                raise ValueError(
                    f"Discretization {self.name!r} has no bins yet. You need to call `adapt` on "
                    "data first, or to make it with bin_boundaries."
                )
            bounds = tensor([0.0] * (self.num_bins - 1), self.input_dtype)
        else:
            bounds = tensor(self.bin_boundaries, self.input_dtype)
        bins = ops.digitize(ops.cast(inputs, self.input_dtype), bounds)
        return encode(bins, self.output_mode, bounds.shape[0] + 1, self.output_dtype)

    def load_own_variables(self, store):
        """Take over the summary of a file of old; the bounds are part of the configuration."""
        if len(store.keys()) == 1:
            self.summary = np.asarray(store["0"])

    def get_config(self):
        """The constructor's arguments as plain values, with the bounds as they are now."""
        return {
            "bin_boundaries": self.bin_boundaries,
            "num_bins": self.num_bins,
            "epsilon": self.epsilon,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
            "name": self.name,
            "dtype": self.dtype,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A layer made from what `get_config` returned, learned bounds included."""
        config = dict(config)
        learned = config.pop("bin_boundaries", None) if config.get("num_bins") is not None else None
        layer = cls(**config)
        if learned is not None:
            layer.bin_boundaries = learned
        return layer


def _empty_summary():
    return np.zeros((2, 0), np.float32)


def _summary(values, epsilon):
    """About ``1 / epsilon`` of the sorted values, evenly spaced, and how many each stands for."""
    values = np.sort(values, axis=None)
    step = max(values.size / (1.0 / epsilon), 1)
    kept = values[int(step - 1) :: int(step)]
    return np.stack([kept, np.full_like(kept, step)])


def _merged(first, second, epsilon):
    """One summary of what two summaries stand for."""
    both = np.concatenate([first, second], axis=1)
    return _thinned(both[:, np.argsort(both[0])], epsilon)


def _thinned(summary, epsilon):
    """A summary with one value for each part ``epsilon`` of the weight, if it has more than those.

    The values lie where the sum of the weights, a line between its points, reaches the parts.
    """
    if summary.shape[1] * epsilon < 1:
        return summary
    parts = epsilon + np.arange(0.0, 1.0, epsilon)
    weights = summary[1].cumsum()
    shares = weights / weights[-1]
    values = np.interp(parts, shares, summary[0])
    return np.stack([values, np.diff(np.interp(parts, shares, weights), prepend=0)]).astype(
        np.float32
    )

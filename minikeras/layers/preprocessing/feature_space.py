"""Feature and Cross: what `keras.utils.FeatureSpace` is told of each feature and of crosses."""

from minikeras import ops
from minikeras.layers.preprocessing.data_layer import DataLayer
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


class Feature:
    """How one feature of a `FeatureSpace` is prepared and encoded.

    Args:
        dtype: the dtype of the raw feature, such as ``"string"``.
        preprocessor: a layer (or its configuration) that raw values go through first.
        output_mode: ``"one_hot"`` to encode what comes out, ``"int"`` or ``"float"`` to take it as
            it is.
    """

    def __init__(self, dtype, preprocessor, output_mode):
        _check_mode("Feature", output_mode, ("int", "one_hot", "float"))
        self.dtype = dtype
        if isinstance(preprocessor, dict):
            preprocessor = deserialize_keras_object(preprocessor)
        self.preprocessor = preprocessor
        self.output_mode = output_mode

    def get_config(self):
        """The constructor's arguments as plain values."""
        return {
            "dtype": self.dtype,
            "preprocessor": serialize_keras_object(self.preprocessor),
            "output_mode": self.output_mode,
        }

    @classmethod
    def from_config(cls, config):
        """A feature made from what `get_config` returned."""
        return cls(**config)


class Cross:
    """Several features of a `FeatureSpace` taken together, hashed into bins.

    Args:
        feature_names: the names of the features.
        crossing_dim: the number of bins.
        output_mode: ``"one_hot"`` or ``"int"``.
    """

    def __init__(self, feature_names, crossing_dim, output_mode="one_hot"):
        _check_mode("Cross", output_mode, ("int", "one_hot"))
        self.feature_names = tuple(feature_names)
        self.crossing_dim = crossing_dim
        self.output_mode = output_mode

    @property
    def name(self):
        """The names of the features, joined."""
        return "_X_".join(self.feature_names)

    def get_config(self):
        """The constructor's arguments as plain values."""
        return {
            "feature_names": self.feature_names,
            "crossing_dim": self.crossing_dim,
            "output_mode": self.output_mode,
        }

    @classmethod
    def from_config(cls, config):
        """A cross made from what `get_config` returned."""
        return cls(**config)


class TFDConcat(DataLayer):
    """Joins encoded features along an axis; under this name it stands in files.

    Args:
        axis: the axis.
        **kwargs: those of `Layer`.
    """

    def __init__(self, axis, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, xs):
        """The features joined."""
        return ops.concatenate(xs, axis=self.axis)


class TFDIdentity(DataLayer):
    """Lets a feature through; under this name it stands in files."""

    def call(self, x):
        """The feature itself."""
        return x


def _check_mode(what, output_mode, allowed):
    if output_mode not in allowed:
        raise ValueError(
            f"{what}: output_mode must be one of {list(allowed)}. Received: {output_mode!r}"
        )

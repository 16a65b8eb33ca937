"""FeatureSpace: the columns of a table prepared, crossed and encoded as what a model takes."""

import itertools

import numpy as np

from minikeras import layers, tree
from minikeras.backend.dtypes import is_int_dtype, standardize_dtype
from minikeras.backend.variables import unique_name
from minikeras.layers.preprocessing.adapting import inputs_of
from minikeras.layers.preprocessing.data_layer import host_array
from minikeras.layers.preprocessing.feature_space import Cross, Feature, TFDConcat, TFDIdentity
from minikeras.serialization import deserialize_keras_object, serialize_keras_object
from minikeras.symbolic.keras_tensor import KerasTensor

# Values of one feature that its preprocessor sees at a time where they come one by one.
_BATCH = 32


class FeatureSpace(layers.Layer):
    """Prepares and encodes structured data: a dict with one entry per feature.

    Args:
        features: a dict from names to what the features are: a name (``"float"``,
            ``"float_rescaled"``, ``"float_normalized"``, ``"float_discretized"``,
            ``"integer_categorical"``, ``"string_categorical"``, ``"integer_hashed"``,
            ``"string_hashed"``), or what the class method of that name returns, or that of
            `FeatureSpace.feature` for a layer of your own.
        output_mode: ``"concat"`` for one tensor, the features in order of their names and then
            the crosses; ``"dict"`` for a dict of tensors.
        crosses: tuples of names of features to take together, or what `FeatureSpace.cross` returns.
        crossing_dim: the number of bins of crosses given as tuples.
        hashing_dim: the number of bins of features given as ``"integer_hashed"`` and
            ``"string_hashed"``.
        num_discretization_bins: that of features given as ``"float_discretized"``.
        name: a string.

    >>> import minikeras as keras
    >>> space = keras.utils.FeatureSpace(
    ...     {"kind": "string_categorical", "size": "float_normalized"}, output_mode="concat"
    ... )
    >>> space.adapt({"kind": ["a", "b", "b"], "size": [1.0, 2.0, 3.0]})
    >>> space({"kind": ["b", "a"], "size": [2.0, 2.0]}).tolist()
    [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]

    A model that takes encoded features begins with `get_encoded_features`, one that takes raw data
    with `get_inputs`:

    >>> features = space.get_encoded_features()
    >>> output = keras.layers.Dense(1)(features)
    >>> raw = keras.Model(space.get_inputs(), output)
    >>> raw({"kind": keras.ops.array([["a"]]), "size": keras.ops.array([[1.0]])}).shape
    (1, 1)
    """

    def __init__(
        self,
        features,
        output_mode="concat",
        crosses=None,
        crossing_dim=32,
        hashing_dim=32,
        num_discretization_bins=32,
        name=None,
    ):
        super().__init__(name=name)
        if not features:
            raise ValueError(
                f"FeatureSpace {self.name!r}: features cannot be None or empty. "
                f"Received: {features!r}"
            )
        if output_mode not in ("dict", "concat"):
            raise ValueError(
                f"FeatureSpace {self.name!r}: output_mode must be 'dict' or 'concat'. "
                f"Received: {output_mode!r}"
            )
        self.output_mode = output_mode
        self.crossing_dim = crossing_dim
        self.hashing_dim = hashing_dim
        self.num_discretization_bins = num_discretization_bins
        self.features = {key: self._feature_of(key, value) for key, value in features.items()}
        self.crosses = [self._cross_of(cross) for cross in crosses or ()]
        self.crosses_by_name = {cross.name: cross for cross in self.crosses}
        self.inputs = {
            key: layers.Input(shape=(1,), dtype=feature.dtype, name=key)
            for key, feature in self.features.items()
        }
        self.preprocessors = {key: f.preprocessor for key, f in self.features.items()}
        self.crossers = {
            cross.name: layers.HashedCrossing(cross.crossing_dim, name=cross.name)
            for cross in self.crosses
        }
        self.one_hot_encoders = {}
        self.encoded_features = None
        self.concat = None
        self._is_adapted = False

    # Kinds of features

    @classmethod
    def cross(cls, feature_names, crossing_dim, output_mode="one_hot"):
        """Features to take together.

        Args:
            feature_names: their names.
            crossing_dim: the number of bins.
            output_mode: ``"one_hot"`` or ``"int"``.
        """
        return Cross(feature_names, crossing_dim, output_mode=output_mode)

    @classmethod
    def feature(cls, dtype, preprocessor, output_mode):
        """A feature with a layer of your own.

        Args:
            dtype: the dtype of the raw feature.
            preprocessor: the layer.
            output_mode: ``"one_hot"``, ``"int"`` or ``"float"``.
        """
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name=None):
        """Floats as they are."""
        layer = TFDIdentity(dtype="float32", name=_layer_name("float", name))
        return Feature("float32", layer, "float")

    @classmethod
    def float_rescaled(cls, scale=1.0, offset=0.0, name=None):
        """Floats as ``x * scale + offset``."""
        layer = layers.Rescaling(
            scale=scale, offset=offset, name=_layer_name("float_rescaled", name)
        )
        return Feature("float32", layer, "float")

    @classmethod
    def float_normalized(cls, name=None):
        """Floats shifted and scaled to mean 0 and variance 1."""
        layer = layers.Normalization(axis=-1, name=_layer_name("float_normalized", name))
        return Feature("float32", layer, "float")

    @classmethod
    def float_discretized(cls, num_bins, bin_boundaries=None, output_mode="one_hot", name=None):
        """Floats by the bin in which they lie.

        Args:
            num_bins: how many bins to find; None if the bounds are given.
            bin_boundaries: the bounds between the bins.
            output_mode: ``"one_hot"`` or ``"int"``.
            name: a string.
        """
        layer = layers.Discretization(
            num_bins=num_bins,
            bin_boundaries=bin_boundaries,
            name=_layer_name("float_discretized", name),
        )
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(
        cls, max_tokens=None, num_oov_indices=1, output_mode="one_hot", name=None
    ):
        """Integers by a vocabulary; see `IntegerLookup` for the arguments."""
        layer = layers.IntegerLookup(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            name=_layer_name("integer_categorical", name),
        )
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_categorical(
        cls, max_tokens=None, num_oov_indices=1, output_mode="one_hot", name=None
    ):
        """Strings by a vocabulary; see `StringLookup` for the arguments."""
        layer = layers.StringLookup(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            name=_layer_name("string_categorical", name),
        )
        return Feature("string", layer, output_mode)

    @classmethod
    def string_hashed(cls, num_bins, output_mode="one_hot", name=None):
        """Strings by their hash."""
        layer = layers.Hashing(num_bins=num_bins, name=_layer_name("string_hashed", name))
        return Feature("string", layer, output_mode)

    @classmethod
    def integer_hashed(cls, num_bins, output_mode="one_hot", name=None):
        """Integers by their hash."""
        layer = layers.Hashing(num_bins=num_bins, name=_layer_name("integer_hashed", name))
        return Feature("int32", layer, output_mode)

    def _feature_of(self, name, value):
        if isinstance(value, Feature):
            return value
        if isinstance(value, dict):
            return deserialize_keras_object(value)
        arguments = {
            "float": (),
            "float_normalized": (),
            "float_rescaled": (),
            "float_discretized": (self.num_discretization_bins,),
            "integer_categorical": (),
            "string_categorical": (),
            "integer_hashed": (self.hashing_dim,),
            "string_hashed": (self.hashing_dim,),
        }
        if value not in arguments:
            raise ValueError(
                f"FeatureSpace {self.name!r}: feature {name!r} must be one of {list(arguments)} or "
                f"what a class method of FeatureSpace returns. Received: {value!r}"
            )
        return getattr(self, value)(*arguments[value], name=name)

    def _cross_of(self, value):
        if isinstance(value, dict):
            value = deserialize_keras_object(value)
        if isinstance(value, Cross):
            names = value.feature_names
        else:
            names = tuple(value)
            if not self.crossing_dim:
                raise ValueError(
                    f"FeatureSpace {self.name!r}: crosses need crossing_dim. "
                    f"Received: {self.crossing_dim!r}"
                )
            value = Cross(names, crossing_dim=self.crossing_dim)
        unknown = [n for n in names if n not in self.features]
        if unknown:
            raise ValueError(
                f"FeatureSpace {self.name!r}: crosses are of features in `features`. "
                f"Received unknown names: {unknown}"
            )
        return value

    # Adapting

    def _names_to_adapt(self):
        """The features whose preprocessors learn from data."""
        return [
            name
            for name, layer in self.preprocessors.items()
            if hasattr(layer, "adapt") and not _is_settled(layer)
        ]

    def adapt(self, dataset):
        """Let the preprocessors learn from data.

        Args:
            dataset: a dict of arrays or lists with one entry per sample, or something that yields
                such dicts for single samples or batches (a list, a `keras.utils.PyDataset`, a
                tf.data.Dataset).
        """
        if not isinstance(dataset, dict):
            if not hasattr(dataset, "__iter__"):
                raise ValueError(
                    f"FeatureSpace {self.name!r}: adapt takes a dict of arrays or lists, or "
                    "something that yields dicts. "
                    f"Received: {dataset!r} of type {type(dataset).__name__}"
                )
            if iter(dataset) is dataset:  # it can be gone through once, but there are many features
                dataset = list(dataset)
        for name in self._names_to_adapt():
            self.preprocessors[name].adapt(_batches_of(_values_of(dataset, name)))
        self._is_adapted = True
        self.get_encoded_features()

    def _check_adapted(self):
        if not self._is_adapted and self._names_to_adapt():
            raise ValueError(
                f"FeatureSpace {self.name!r} must learn from data before it is used: call "
                "`adapt(dataset)`."
            )
        self._is_adapted = True

    # Encoding

    def get_inputs(self):
        """A dict of symbolic tensors of raw features, each of shape ``(None, 1)``."""
        self.get_encoded_features()
        return self.inputs

    def get_encoded_features(self):
        """The encoded features as symbolic tensors, computed from `get_inputs`."""
        self._check_adapted()
        if self.encoded_features is None:
            self._make_encoders()
            self.encoded_features = self._encoded(self.inputs)
            self.built = True
        return self.encoded_features

    def _make_encoders(self):
        """The one-hot encoders of features and crosses, and what joins them."""
        for name, spec in (*self.features.items(), *self.crosses_by_name.items()):
            if spec.output_mode == "one_hot":
                layer = self.preprocessors.get(name) or self.crossers[name]
                self.one_hot_encoders[name] = layers.CategoryEncoding(
                    num_tokens=self._cardinality(name, layer), output_mode="multi_hot"
                )
        if self.output_mode == "concat":
            self.concat = TFDConcat(axis=-1)

    def _cardinality(self, name, layer):
        """How many different integers come out of a preprocessor."""
        if isinstance(layer, (layers.IntegerLookup, layers.StringLookup)):
            return layer.vocabulary_size()
        if isinstance(layer, layers.CategoryEncoding):
            return layer.num_tokens
        if isinstance(layer, layers.Discretization):
            return len(layer.bin_boundaries) + 1 if layer.num_bins is None else layer.num_bins
        if isinstance(layer, (layers.Hashing, layers.HashedCrossing)):
            return layer.num_bins
        raise ValueError(
            f"FeatureSpace {self.name!r}: feature {name!r} has output_mode='one_hot', but how many "
            f"different integers its preprocessor {layer!r} makes is not known. Use "
            "output_mode='int', or a preprocessor that encodes by itself."
        )

    def _encoded(self, data):
        """The features in ``data``, a dict of raw values, prepared, crossed and encoded."""
        features = {name: self.preprocessors[name](data[name]) for name in data}
        crossed = {
            cross.name: self.crossers[cross.name]([features[n] for n in cross.feature_names])
            for cross in self.crosses
        }
        found = {}
        for name in (*sorted(features), *sorted(crossed)):
            value = features[name] if name in features else crossed[name]
            encoder = self.one_hot_encoders.get(name)
            if encoder is not None:
                self._check_integers(name, value)
                value = encoder(value)
            found[name] = value
        if self.output_mode == "dict":
            return found
        for name, value in found.items():
            dtype = standardize_dtype(tree.flatten(value)[0].dtype)
            if dtype == "string" or is_int_dtype(dtype):
                raise ValueError(
                    f"FeatureSpace {self.name!r}: feature {name!r} is not encoded (its dtype is "
                    f"{dtype}), so it cannot be joined with others. Use output_mode='dict'."
                )
        assert self.concat is not None
        return self.concat(list(found.values()))

    def _check_integers(self, name, value):
        dtype = standardize_dtype(value.dtype)
        if not is_int_dtype(dtype):
            raise ValueError(
                f"FeatureSpace {self.name!r}: feature {name!r} has output_mode='one_hot', so its "
                f"preprocessor must make integers. It makes {dtype}"
            )

    def __call__(self, data):
        """Prepare and encode raw data.

        Args:
            data: a dict with the values of each feature: single values, or one per sample, of shape
                ``(batch,)`` or ``(batch, 1)``.

        Returns:
            A tensor or a dict of tensors; without a batch axis if the values had none.
        """
        self.get_encoded_features()
        if not isinstance(data, dict):
            raise ValueError(
                f"FeatureSpace {self.name!r} is called on a dict of features. "
                f"Received: {data!r} of type {type(data).__name__}"
            )
        columns, is_single = {}, False
        for name, value in data.items():
            value = value if hasattr(value, "shape") else host_array(value)
            if not isinstance(value, KerasTensor) and len(value.shape) < 2:
                is_single = is_single or not len(value.shape)
                value = value.reshape((-1, 1))
            columns[name] = value
        found = self._encoded(columns)
        if is_single:
            return tree.map_structure(lambda x: x[0] if x.shape[0] == 1 else x, found)
        return found

    # Configuration and files

    def get_config(self):
        """The constructor's arguments as plain values."""
        return {
            "features": serialize_keras_object(self.features),
            "output_mode": self.output_mode,
            "crosses": serialize_keras_object(self.crosses),
            "crossing_dim": self.crossing_dim,
            "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins,
        }

    @classmethod
    def from_config(cls, config):
        """A feature space made from what `get_config` returned."""
        return cls(**config)

    def get_build_config(self):
        """What the preprocessors need to be built, by name of the feature."""
        return {name: layer.get_build_config() for name, layer in self.preprocessors.items()}

    def build_from_config(self, config):
        """Build the preprocessors; what they learned follows from the file."""
        for name, form in config.items():
            layer = self.preprocessors[name]
            if form and not layer.built:
                layer.build_from_config(form)
        self._is_adapted = self.built = True

    def save(self, filepath):
        """Save to a ``.keras`` file, which ``keras.models.load_model`` reads."""
        from minikeras.saving import save_model

        save_model(self, filepath)

    def save_own_variables(self, store):
        """A feature space has no variables of its own."""

    def load_own_variables(self, store):
        """A feature space has no variables of its own."""


def _layer_name(kind, name):
    return f"{name or unique_name(kind)}_preprocessor"


def _is_settled(layer):
    """Whether a layer was given what it would otherwise learn."""
    if isinstance(layer, layers.Normalization):
        return layer.input_mean is not None
    if isinstance(layer, layers.Discretization):
        return layer.num_bins is None
    return getattr(layer, "_has_input_vocabulary", False)


def _values_of(dataset, name):
    """The values of one feature: a single sample or a batch at a time."""
    if isinstance(dataset, dict):
        yield from host_array(dataset[name])
    else:
        for batch in dataset:
            yield host_array(inputs_of(batch)[name])


def _batches_of(values):
    """Single samples gathered in batches; batches without further axes with one added."""
    values = iter(values)
    first = next(values, None)
    if first is None:
        return
    values = itertools.chain([first], values)
    if np.ndim(first) > 0:
        for batch in values:
            yield batch[:, None] if batch.ndim == 1 else batch
        return
    while batch := list(itertools.islice(values, _BATCH)):
        yield host_array([x[()] if isinstance(x, np.ndarray) else x for x in batch])[:, None]

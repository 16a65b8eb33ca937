"""IndexLookup: values to numbers by a vocabulary, and back; the base of the lookup layers.

Numbers are given out in this order: 0 to the mask token (for ``output_mode="int"``), then one to
each bin for values that are not in the vocabulary, then to the vocabulary.
"""

import os

import numpy as np

from minikeras import config, serialization
from minikeras.backend.hashing import bins_of
from minikeras.guarded import limits
from minikeras.layers.preprocessing.adapting import batches, is_one_array
from minikeras.layers.preprocessing.data_layer import (
    HostLayer,
    check_output_mode,
    host_array,
    refuse_sparse,
)
from minikeras.layers.preprocessing.encoding import encode
from minikeras.layers.preprocessing.hashing import salt_of
from minikeras.layers.preprocessing.vocabulary import TokenCounts, Vocabulary
from minikeras.ops.arguments import on_host, tensor
from minikeras.symbolic.inference import is_inferring, open_length
from minikeras.symbolic.keras_tensor import KerasTensor

_MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
# Numbers of what is no category, which encodings leave out.
_UNKNOWN, _MASKED = -1, -2


class IndexLookup(HostLayer):
    """What `StringLookup` and `IntegerLookup` share: see there for the arguments.

    Subclasses define how values of their kind are read and shown: ``_keys``, ``_token_of``,
    ``_shown``, ``_as_output`` and ``_texts``.
    """

    vocabulary_dtype = "string"

    def __init__(
        self,
        max_tokens,
        num_oov_indices,
        mask_token,
        oov_token,
        vocabulary=None,
        idf_weights=None,
        invert=False,
        output_mode="int",
        sparse=False,
        pad_to_max_tokens=False,
        oov_method="floormod",
        name=None,
        salt=None,
        vocabulary_size=None,
        has_input_vocabulary=None,
        **kwargs,
    ):
        super().__init__(name=name, **_common(kwargs))
        refuse_sparse(self, sparse)
        self.invert = invert
        self.max_tokens = max_tokens
        self.num_oov_indices = num_oov_indices
        self.mask_token = mask_token
        self.oov_token = oov_token
        self.output_mode = check_output_mode(self, output_mode, _MODES)
        self.sparse = False
        self.pad_to_max_tokens = pad_to_max_tokens
        self.oov_method = oov_method
        self.salt = salt
        self.idf_weights = None
        self.input_idf_weights = idf_weights
        self.input_vocabulary = None if isinstance(vocabulary, (str, os.PathLike)) else vocabulary
        # Long lists of tokens hold no layers: they need not be searched for some.
        self.untrack("input_vocabulary")
        self.untrack("input_idf_weights")
        self._check_arguments(vocabulary, idf_weights)
        self.salt = salt_of(self, salt)
        self._frozen_vocab_size = vocabulary_size
        self._has_input_vocabulary = (
            vocabulary is not None if has_input_vocabulary is None else has_input_vocabulary
        )
        self._vocabulary = self._vocabulary_of([])
        self._counts = TokenCounts(self.output_mode == "tf_idf")
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    def _check_arguments(self, vocabulary, idf_weights):
        problems = (
            (
                self.max_tokens is not None and self.max_tokens <= 1,
                f"max_tokens must be greater than 1. Received: {self.max_tokens!r}",
            ),
            (
                self.pad_to_max_tokens and self.max_tokens is None,
                "pad_to_max_tokens=True needs max_tokens. Received: max_tokens=None",
            ),
            (
                self.num_oov_indices < 0,
                f"num_oov_indices must not be negative. Received: {self.num_oov_indices!r}",
            ),
            (
                self.oov_method not in ("floormod", "farmhash"),
                f"oov_method must be 'floormod' or 'farmhash'. Received: {self.oov_method!r}",
            ),
            (
                self.salt is not None
                and self.vocabulary_dtype != "string"
                and self.oov_method != "farmhash",
                f"salt needs oov_method='farmhash'. Received: oov_method={self.oov_method!r}",
            ),
            (
                self.invert and self.output_mode != "int",
                f"invert=True needs output_mode='int'. Received: {self.output_mode!r}",
            ),
            (
                idf_weights is not None and self.output_mode != "tf_idf",
                "idf_weights are for output_mode='tf_idf'. Received: "
                f"output_mode={self.output_mode!r}",
            ),
            (
                self.output_mode == "tf_idf" and vocabulary is not None and idf_weights is None,
                "with output_mode='tf_idf' a vocabulary needs idf_weights. Received: "
                "idf_weights=None",
            ),
        )
        for is_wrong, problem in problems:
            if is_wrong:
                raise ValueError(f"{type(self).__name__} {self.name!r}: {problem}")

    # Values of one kind, for subclasses

    def _keys(self, values):
        """The values as a list of tokens, and their shape."""
        raise TypeError(f"{type(self).__name__} does not define `_keys`")

    def _token_of(self, value):
        """One value of a vocabulary as a token."""
        raise TypeError(f"{type(self).__name__} does not define `_token_of`")

    def _shown(self, token):
        """A token as users see it in vocabularies."""
        raise TypeError(f"{type(self).__name__} does not define `_shown`")

    def _as_output(self, tokens, shape):
        """A list of tokens as an array of the given shape."""
        raise TypeError(f"{type(self).__name__} does not define `_as_output`")

    def _texts(self, tokens):
        """Tokens as the bytes that are hashed."""
        return tokens

    # The numbers of special tokens

    def _oov_start(self):
        return 1 if self.mask_token is not None and self.output_mode == "int" else 0

    def _token_start(self):
        return self._oov_start() + self.num_oov_indices

    def _special_tokens(self):
        return [self.mask_token] * self._oov_start() + [self.oov_token] * self.num_oov_indices

    def _vocabulary_of(self, tokens):
        mask = {}
        if self.mask_token is not None:
            mask[self._token_of(self.mask_token)] = 0 if self.output_mode == "int" else _MASKED
        return Vocabulary(tokens, self._token_start(), mask)

    def _is_sized(self):
        """Whether the outputs have the length of the vocabulary."""
        return self.output_mode != "int" and not self.pad_to_max_tokens

    # The vocabulary

    def vocabulary_size(self):
        """How many tokens there are, mask and out-of-vocabulary tokens included."""
        return len(self._vocabulary) + self._token_start()

    def get_vocabulary(self, include_special_tokens=True):
        """The tokens in the order of their numbers.

        Args:
            include_special_tokens: whether mask and out-of-vocabulary tokens are among them.
        """
        tokens = [self._shown(token) for token in self._vocabulary.tokens]
        return [*self._special_tokens(), *tokens] if include_special_tokens else tokens

    def set_vocabulary(self, vocabulary, idf_weights=None):
        """Replace the vocabulary.

        Args:
            vocabulary: a list or array of tokens, all different, or the path of a text file with
                one token a line. A list may begin with the special tokens, in their order.
            idf_weights: with ``output_mode="tf_idf"`` one number per entry of ``vocabulary``.

        Raises:
            ValueError: if a token occurs twice or in the wrong place, if there are too many, or if
                ``idf_weights`` do not fit.
        """
        label = f"{type(self).__name__} {self.name!r}"
        if (self.output_mode == "tf_idf") != (idf_weights is not None):
            raise ValueError(
                f"{label}: idf_weights must be given if output_mode is 'tf_idf', and only then. "
                f"Received: output_mode={self.output_mode!r}, idf_weights={idf_weights!r}"
            )
        if isinstance(vocabulary, (str, os.PathLike)):
            tokens = self._read(os.fspath(vocabulary))
            has_special = False
        else:
            tokens = self._listed(vocabulary)
            special = [None if t is None else self._token_of(t) for t in self._special_tokens()]
            has_special = tokens[: len(special)] == special
        count = len(tokens)
        tokens = tokens[self._token_start() :] if has_special else tokens
        self._check_tokens(tokens, label)
        weights = None
        if idf_weights is not None:
            weights = self._padded_weights(idf_weights, count, has_special, label)
        self._take_over(tokens)
        self.idf_weights = weights

    def _listed(self, vocabulary):
        values = vocabulary if isinstance(vocabulary, (list, tuple)) else on_host(vocabulary)
        tokens = [self._token_of(v) for v in values]
        if not tokens:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: the vocabulary must not be empty. "
                f"Received: {vocabulary!r}"
            )
        return tokens

    def _read(self, path):
        if limits.is_reading():
            check_path(type(self), {"vocabulary": path})
        if self.output_mode == "tf_idf":
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: with output_mode='tf_idf' the vocabulary "
                "must be a list, so that each token has a weight. Received a path: "
                f"{path!r}"
            )
        if not os.path.exists(path):
            raise ValueError(f"There is no vocabulary file {path!r}")
        with open(path, "rb") as file:
            lines = file.read().replace(b"\r", b"").split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        return [self._token_of(line) for line in lines]

    def _check_tokens(self, tokens, label):
        if len(set(tokens)) < len(tokens):
            seen = set()
            twice = [self._shown(t) for t in tokens if t in seen or seen.add(t)]
            raise ValueError(
                f"{label}: each token of a vocabulary must occur once. More often: {twice[:10]}"
            )
        reserved = [("mask_token", self.mask_token)]
        if self.invert:
            reserved.append(("oov_token", self.oov_token))
        for what, token in reserved:
            if token is not None and self._token_of(token) in set(tokens):
                raise ValueError(
                    f"{label}: the {what} {token!r} stands within the vocabulary. Leave special "
                    "tokens out, or let the vocabulary begin with all of them: "
                    f"{self._special_tokens()}"
                )
        size = len(tokens) + self._token_start()
        if self.max_tokens is not None and size > self.max_tokens:
            raise ValueError(
                f"{label}: the vocabulary, special tokens included, may have max_tokens="
                f"{self.max_tokens} entries. Received: {size}"
            )

    def _padded_weights(self, idf_weights, count, has_special, label):
        """A weight for each number: special tokens have the mean, unused numbers 0."""
        weights = np.asarray(on_host(idf_weights), np.float64)
        if weights.shape != (count,):
            raise ValueError(
                f"{label}: idf_weights must hold one number for each of the {count} entries of the "
                f"vocabulary. Received: idf_weights of shape {weights.shape}"
            )
        front = 0 if has_special else self._token_start()
        return self._all_weights(weights, front, np.average(weights))

    def _all_weights(self, weights, front, mean):
        total = front + len(weights)
        back = max(self.max_tokens - total, 0) if self.pad_to_max_tokens else 0
        parts = [np.full(front, mean), weights, np.zeros(back)]
        return np.concatenate(parts).astype(config.floatx())

    def _take_over(self, tokens):
        """Replace the vocabulary, unless outputs depend on its size and that would change."""
        size = len(tokens) + self._token_start()
        if self._is_sized() and self._frozen_vocab_size not in (None, size):
            raise RuntimeError(
                f"{type(self).__name__} {self.name!r}: with output_mode={self.output_mode!r} the "
                "size of the vocabulary is that of the outputs, and cannot change. It was "
                f"{self._frozen_vocab_size}; the new one is {size}. pad_to_max_tokens=True keeps "
                "it at max_tokens."
            )
        self._frozen_vocab_size = size
        self._vocabulary = self._vocabulary_of(tokens)

    # Learning a vocabulary

    def adapt(self, data, steps=None):
        """Learn the vocabulary from data: the most frequent tokens come first.

        Of equally frequent tokens the greatest comes first. What was learned before is forgotten.

        Args:
            data: an array or list of values, or something that yields batches of them. In an array
                of one axis each value is a document, as far as document frequencies go.
            steps: how many batches to take at most; all by default.
        """
        self.reset_state()
        if is_one_array(data, list_is_array=True):
            keys, shape = self._keys(data)
            self._count(keys, shape if len(shape) != 1 else (*shape, 1))
        else:
            for batch in batches(data, steps):
                self.update_state(batch)
        self.finalize_state()

    def update_state(self, data):
        """Count the tokens of one batch; one without a batch axis is a single document."""
        self._count(*self._keys(data))

    def _count(self, keys, shape):
        width = shape[-1] if shape else 1
        rows = len(keys) // width if width else 0
        self.update_rows([keys[i * width : (i + 1) * width] for i in range(rows)])

    def update_rows(self, rows):
        """Count the tokens of documents, each a list of tokens."""
        if self._has_input_vocabulary:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} was given its vocabulary, so there is "
                "nothing to learn. To learn one, make the layer without it."
            )
        self._counts.add(rows)

    def finalize_state(self):
        """Make the vocabulary from what was counted."""
        if self._has_input_vocabulary or not self._counts.tokens:
            self._frozen_vocab_size = self.vocabulary_size()
            return
        special = [self._token_of(t) for t in (self.mask_token, self.oov_token) if t is not None]
        most = max(self.max_tokens - self._token_start(), 0) if self.max_tokens else None
        tokens = self._counts.ranked(most, without=special)
        self._take_over(tokens)
        if self.output_mode == "tf_idf":
            weights = self._counts.inverse_document_frequencies(tokens).astype(config.floatx())
            mean = np.mean(weights) if len(weights) else 0
            self.idf_weights = self._all_weights(weights, self._token_start(), mean)
        self.reset_state()

    def reset_state(self):
        """Forget what was counted; the vocabulary stays until `finalize_state`."""
        if not self._has_input_vocabulary:
            self._counts = TokenCounts(self.output_mode == "tf_idf")

    # Looking up

    def call(self, inputs):
        """The numbers of the values in ``inputs``, or an encoding of them; or with ``invert`` the
        tokens with the numbers in ``inputs``."""
        self.check_known()
        if self.invert:
            return self._inverted(inputs)
        keys, shape = self._keys(inputs)
        numbers = self.numbers_of(keys).reshape(shape)
        return tensor(numbers) if self.output_mode == "int" else self.encoded(numbers)

    def check_known(self):
        """Raise RuntimeError if there is no vocabulary yet."""
        if self._frozen_vocab_size is None and not is_inferring():
            raise RuntimeError(
                f"{type(self).__name__} {self.name!r} has no vocabulary yet: make it with one, or "
                "call `adapt` on data before the layer itself."
            )

    def numbers_of(self, keys):
        """The number of each token of a list, as an int64 array."""
        if self.num_oov_indices == 1:
            return self._vocabulary.numbers_of(keys, self._oov_start())
        numbers = self._vocabulary.numbers_of(keys, _UNKNOWN)
        unknown = np.flatnonzero(numbers == _UNKNOWN)
        if len(unknown):
            numbers[unknown] = self._oov_numbers([keys[i] for i in unknown])
        return numbers

    def _oov_numbers(self, keys):
        if self.num_oov_indices == 0:
            if is_inferring():
                return 0
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: with num_oov_indices=0 all values must be "
                f"in the vocabulary. These are not: {[self._shown(k) for k in keys[:10]]}. "
                "num_oov_indices=1 makes room for them."
            )
        return self._oov_bins(keys) + self._oov_start()

    def _oov_bins(self, keys):
        return bins_of(self._texts(keys), self.num_oov_indices, self.salt)

    def encoded(self, numbers):
        """The encoding of an array of numbers that `numbers_of` gave."""
        depth = self.max_tokens if self.pad_to_max_tokens else self._frozen_vocab_size
        if depth is None:
            depth = open_length()
        if self.output_mode != "tf_idf":
            return encode(tensor(numbers), self.output_mode, depth, "int64")
        if self.idf_weights is None and is_inferring():
            return encode(tensor(numbers), "count", depth, config.floatx())
        if self.idf_weights is None:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} has no idf_weights yet: call `adapt` on "
                "data, or set_vocabulary."
            )
        weights = tensor(self.idf_weights)
        return encode(tensor(numbers), "count", depth, self.idf_weights.dtype.name) * weights

    def _inverted(self, inputs):
        numbers = host_array(inputs).astype(np.int64)
        oov = self._token_of(self.oov_token)
        tokens = self._vocabulary.tokens_of(numbers, oov)
        if self.mask_token is not None:
            mask = self._token_of(self.mask_token)
            tokens = [mask if n == 0 else t for t, n in zip(tokens, numbers.ravel().tolist())]
        return self._as_output(tokens, numbers.shape)

    # Configuration and files

    @property
    def compute_dtype(self):
        """The dtype of the values that are looked up."""
        return self.vocabulary_dtype

    @property
    def variable_dtype(self):
        """The dtype of the values that are looked up."""
        return self.vocabulary_dtype

    def compute_output_shape(self, input_shape):
        """The shape of the outputs for that of the inputs."""
        dtype = "int64" if self.invert else self.vocabulary_dtype
        return self.compute_output_spec(KerasTensor(input_shape, dtype)).shape

    def get_config(self):
        """The constructor's arguments as plain values."""
        vocabulary = self.input_vocabulary
        if vocabulary is not None:
            vocabulary = [self._shown(t) for t in self._listed(vocabulary)]
        weights = self.input_idf_weights
        return {
            **layer_config(self),
            "max_tokens": self.max_tokens,
            "num_oov_indices": self.num_oov_indices,
            "mask_token": self.mask_token,
            "oov_token": self.oov_token,
            "vocabulary": vocabulary,
            "vocabulary_dtype": self.vocabulary_dtype,
            "idf_weights": None if weights is None else on_host(weights).tolist(),
            "invert": self.invert,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
            "pad_to_max_tokens": self.pad_to_max_tokens,
            "vocabulary_size": self._frozen_vocab_size,
            "oov_method": self.oov_method,
            "salt": self.salt,
        }

    @classmethod
    def from_config(cls, config):
        """A layer made from what `get_config` returned.

        Raises:
            ValueError: if the vocabulary is a path and code in files may not be run.
        """
        check_path(cls, config)
        return super().from_config(config)

    def get_build_config(self):
        """A lookup needs no shapes to be built."""
        return {}

    def build_from_config(self, config):
        """There is nothing to build."""

    def save_own_variables(self, store):
        """Store the weights of TF-IDF."""
        if self.output_mode == "tf_idf" and self.idf_weights is not None:
            store["idf_weights"] = self.idf_weights

    def load_own_variables(self, store):
        """Take over the weights of TF-IDF."""
        if self.output_mode == "tf_idf" and "idf_weights" in store:
            self.idf_weights = np.asarray(store["idf_weights"])

    def save_assets(self, dir_path):
        """Write the vocabulary to ``vocabulary.txt``, unless it is part of the configuration."""
        if self.input_vocabulary is not None:
            return
        lines = [str(token) for token in self.get_vocabulary()]
        with open(os.path.join(dir_path, "vocabulary.txt"), "w", encoding="utf-8", newline="") as f:
            f.write("\n".join(lines))

    def load_assets(self, dir_path):
        """Read what `save_assets` wrote."""
        if self.input_vocabulary is not None:
            return
        with open(os.path.join(dir_path, "vocabulary.txt"), encoding="utf-8", newline="") as file:
            lines = file.read().replace("\r\n", "\n").split("\n")
        while lines and lines[-1] == "":
            lines.pop()
        if lines:
            tokens = [self._token_of(line) for line in lines]
            special = [self._token_of(str(t)) for t in self._special_tokens()]
            has_special = tokens[: len(special)] == special
            self._take_over(tokens[len(special) :] if has_special else tokens)


def check_path(cls, config):
    """Refuse a configuration that names a file to read, unless unsafe ones are allowed."""
    path = config.get("vocabulary")
    if isinstance(path, str) and not serialization.allows_unsafe():
        raise ValueError(
            f"{cls.__name__}: the configuration asks for a file to be read ({path!r}), which could "
            "be any file. If you trust its source, load it with safe_mode=False."
        )


def layer_config(layer):
    """The arguments of `Layer` itself."""
    return {
        "name": layer.name,
        "trainable": layer.trainable,
        "dtype": serialization.serialize_keras_object(layer.dtype_policy),
    }


def _common(kwargs):
    # In files there are dtype and trainable, which mean nothing for a table.
    return {k: v for k, v in kwargs.items() if k not in ("dtype", "trainable")}

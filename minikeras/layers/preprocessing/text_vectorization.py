"""TextVectorization: raw text to numbers of its words, or to counts of them.

Text is standardized, split, joined to n-grams and looked up, all in bytes: lower case, punctuation
and white space are those of ASCII, as in Keras on TensorFlow.
"""

import itertools
import math
import string

import numpy as np

from minikeras.backend.strings import bytes_of, texts_of
from minikeras.layers.preprocessing.adapting import batches, is_one_array
from minikeras.layers.preprocessing.data_layer import (
    HostLayer,
    check_output_mode,
    host_array,
    refuse_sparse,
)
from minikeras.layers.preprocessing.index_lookup import check_path, layer_config
from minikeras.layers.preprocessing.string_lookup import StringLookup
from minikeras.ops.arguments import tensor
from minikeras.serialization import deserialize_keras_object
from minikeras.symbolic.inference import is_inferring, open_length
from minikeras.symbolic.keras_tensor import KerasTensor

_STANDARDIZATIONS = ("lower_and_strip_punctuation", "lower", "strip_punctuation")
_SPLITS = ("whitespace", "character")
_PUNCTUATION = string.punctuation.encode()


class TextVectorization(HostLayer):
    """Turns each text into the numbers of its tokens, by a vocabulary given or learned.

    Args:
        max_tokens: the most tokens the vocabulary may have, special ones included.
        standardize: ``"lower_and_strip_punctuation"``, ``"lower"``, ``"strip_punctuation"``, None,
            or a function from an array of strings to another of the same shape.
        split: ``"whitespace"``, ``"character"``, None to take each string for a token, or a
            function from an array of strings of shape ``(texts,)`` to a list of lists of tokens.
        ngrams: an integer n for sequences of 1 to n tokens, joined by spaces; a tuple for those
            of the lengths in it.
        output_mode: ``"int"`` for numbers, or ``"multi_hot"``, ``"count"`` or ``"tf_idf"`` for one
            row per text, as in `StringLookup`; ``"one_hot"`` for one row per token.
        output_sequence_length: for ``"int"``: the length to which outputs are cut or filled up
            with 0. By default the longest text of a batch has its length.
        pad_to_max_tokens: whether rows have the length ``max_tokens`` in any case.
        vocabulary: a list or array of strings, or the path of a text file with one a line.
        idf_weights: for ``"tf_idf"``: inverse document frequencies, one per string given.
        sparse, ragged: only False is possible: tensors are dense.
        encoding: what bytes are decoded by, for functions and in `get_vocabulary`.
        name: a string.
        **kwargs: those of `Layer`.

    Number 0 is for padding, 1 for tokens that are not in the vocabulary.

    >>> import minikeras as keras
    >>> layer = keras.layers.TextVectorization(output_sequence_length=4)
    >>> layer.adapt(["foo bar", "bar baz", "baz bada boom"])
    >>> layer.get_vocabulary()
    ['', '[UNK]', 'baz', 'bar', 'foo', 'boom', 'bada']
    >>> layer(["foo qux, BAR!", "qux baz"]).tolist()
    [[4, 1, 3, 0], [1, 2, 0, 0]]
    """

    def __init__(
        self,
        max_tokens=None,
        standardize="lower_and_strip_punctuation",
        split="whitespace",
        ngrams=None,
        output_mode="int",
        output_sequence_length=None,
        pad_to_max_tokens=False,
        vocabulary=None,
        idf_weights=None,
        sparse=False,
        ragged=False,
        encoding="utf-8",
        name=None,
        **kwargs,
    ):
        vocabulary_size = kwargs.pop("vocabulary_size", None)
        has_input_vocabulary = kwargs.pop("has_input_vocabulary", vocabulary is not None)
        super().__init__(name=name, **kwargs)
        refuse_sparse(self, sparse)
        modes = ("int", "one_hot", "multi_hot", "count", "tf_idf")
        self._output_mode = check_output_mode(self, output_mode, modes)
        self._standardize = standardize
        self._split = split
        self._ngrams_argument = ngrams
        self._ngrams = tuple(range(1, ngrams + 1)) if isinstance(ngrams, int) else ngrams
        self._output_sequence_length = output_sequence_length
        self._encoding = encoding
        self._has_input_vocabulary = has_input_vocabulary
        self._check_arguments(ragged)
        self._lookup_layer = StringLookup(
            max_tokens=max_tokens,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            pad_to_max_tokens=pad_to_max_tokens,
            mask_token="",
            output_mode=output_mode,
            has_input_vocabulary=has_input_vocabulary,
            encoding=encoding,
            vocabulary_size=vocabulary_size,
        )

    def _check_arguments(self, ragged):
        label = f"TextVectorization {self.name!r}"
        if ragged:
            raise ValueError(
                f"{label}: minikeras has dense tensors only, so `ragged=True` is not possible. "
                "Outputs are filled up with 0 instead."
            )
        for what, value, names in (
            ("standardize", self._standardize, _STANDARDIZATIONS),
            ("split", self._split, _SPLITS),
        ):
            if value is not None and value not in names and not callable(value):
                raise ValueError(
                    f"{label}: {what} must be one of {list(names)}, None or a function. "
                    f"Received: {value!r}"
                )
        widths, length = self._ngrams, self._output_sequence_length
        if widths is not None and not (
            isinstance(widths, tuple) and all(isinstance(n, int) for n in widths)
        ):
            raise ValueError(
                f"{label}: ngrams must be an integer, a tuple of integers or None. "
                f"Received: {self._ngrams_argument!r}"
            )
        if length is not None and (self._output_mode != "int" or not isinstance(length, int)):
            raise ValueError(
                f"{label}: output_sequence_length must be an integer or None, and None unless "
                f"output_mode is 'int'. Received: output_sequence_length={length!r}, "
                f"output_mode={self._output_mode!r}"
            )

    def build(self, input_shape=None):
        """There is nothing to build: the vocabulary does not depend on shapes."""

    def compute_output_shape(self, input_shape):
        """The shape of the outputs for that of the inputs."""
        return self.compute_output_spec(KerasTensor(input_shape, "string")).shape

    # From text to tokens

    def _rows(self, inputs):
        """The tokens of each text, a list of lists of bytes; the shape of the texts; and how many
        tokens each has, or None where the texts decide that."""
        texts, shape = bytes_of(host_array(inputs), f"TextVectorization {self.name!r}")
        texts, shape = self._standardized(texts, shape)
        if self._split is None:
            rows, shape, width = _rows_of(texts, shape or (1,))
        else:
            if len(shape) > 1:
                texts, shape = self._without_last_axis(texts, shape)
            rows, shape, width = self._split_up(texts, shape)
        if self._ngrams is not None:
            rows = [_ngrams(row, self._ngrams) for row in rows]
            width = None if width is None else len(_ngrams([b""] * width, self._ngrams))
        return rows, shape, width

    def _standardized(self, texts, shape):
        how = self._standardize
        if callable(how):
            found = how(texts_of(texts, shape, self._encoding))
            return bytes_of(host_array(found), "The result of `standardize`")
        removed = b"" if how in (None, "lower") else _PUNCTUATION
        if how in ("lower", "lower_and_strip_punctuation"):
            texts = [t.lower() for t in texts]
        if removed:
            texts = [t.translate(None, removed) for t in texts]
        return texts, shape

    def _without_last_axis(self, texts, shape):
        if shape[-1] != 1:
            if is_inferring():  # a side that stands in for an unknown one
                count = math.prod(shape[:-1])
                return [b""] * count, shape[:-1]
            raise ValueError(
                f"TextVectorization {self.name!r} splits texts of shape (batch,) or (..., 1). "
                f"Received: an array of shape {shape}"
            )
        return texts, shape[:-1]

    def _split_up(self, texts, shape):
        if self._split == "whitespace":
            return [t.split() for t in texts], shape, None
        if self._split == "character":
            rows = [[c.encode() for c in t.decode("utf-8", "replace")] for t in texts]
            return rows, shape, None
        found = self._split(texts_of(texts, shape, self._encoding))
        if isinstance(found, np.ndarray) and found.ndim > 1:
            tokens, whole = bytes_of(found, "The result of `split`")
            return _rows_of(tokens, whole)
        if not shape:
            found = [found]
        return [bytes_of(list(row), "The result of `split`")[0] for row in found], shape, None

    # From tokens to numbers

    def call(self, inputs):
        """The numbers of the tokens of each text, or a row for each text."""
        lookup = self._lookup_layer
        lookup.check_known()
        rows, shape, width = self._rows(inputs)
        length = self._output_sequence_length
        if length is not None:
            rows = [row[:length] for row in rows]
        elif width is not None:
            length = width
        else:
            length = open_length() if is_inferring() else max(map(len, rows), default=0)
        is_int = self._output_mode == "int"
        counts = np.fromiter(map(len, rows), np.int64, len(rows))
        # Beyond the end of a text stands padding, which encodings leave out.
        numbers = np.full((len(rows), length), 0 if is_int else -1, np.int64)
        flat = list(itertools.chain.from_iterable(rows))
        numbers[np.arange(length) < counts[:, None]] = lookup.numbers_of(flat)
        numbers = numbers.reshape(*shape, length)
        return tensor(numbers) if is_int else lookup.encoded(numbers)

    # The vocabulary

    def adapt(self, data, batch_size=None, steps=None):
        """Learn the vocabulary from texts: the most frequent tokens come first.

        Of equally frequent tokens the greatest comes first. What was learned before is forgotten.

        Args:
            data: an array or list of texts, or something that yields batches of them.
            batch_size: how many texts of an array to go through at a time; all by default. What is
                learned is the same.
            steps: how many batches to take at most; all by default.
        """
        self.reset_state()
        if is_one_array(data, list_is_array=True):
            texts = host_array(data)
            if texts.ndim == 1:
                texts = texts[:, None]
            size = batch_size or max(len(texts), 1)
            for start in range(0, len(texts), size):
                self.update_state(texts[start : start + size])
        else:
            for batch in batches(data, steps):
                self.update_state(batch)
        self.finalize_state()

    def update_state(self, data):
        """Count the tokens of one batch of texts."""
        self._lookup_layer.update_rows(self._rows(data)[0])

    def finalize_state(self):
        """Make the vocabulary from what was counted."""
        self._lookup_layer.finalize_state()

    def reset_state(self):
        """Forget what was counted; the vocabulary stays until `finalize_state`."""
        self._lookup_layer.reset_state()

    def get_vocabulary(self, include_special_tokens=True):
        """The tokens in the order of their numbers.

        Args:
            include_special_tokens: whether the padding and the unknown token are among them.
        """
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self):
        """How many tokens there are, padding and the unknown token included."""
        return self._lookup_layer.vocabulary_size()

    def set_vocabulary(self, vocabulary, idf_weights=None):
        """Replace the vocabulary; see `StringLookup.set_vocabulary`."""
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights=idf_weights)

    # Configuration and files

    @property
    def compute_dtype(self):
        """The dtype of the inputs."""
        return "string"

    @property
    def variable_dtype(self):
        """The dtype of the inputs."""
        return "string"

    def get_config(self):
        """The constructor's arguments as plain values."""
        lookup = self._lookup_layer
        of_lookup = lookup.get_config()
        return {
            **layer_config(self),
            "max_tokens": lookup.max_tokens,
            "standardize": self._standardize,
            "split": self._split,
            "ngrams": self._ngrams_argument,
            "output_mode": self._output_mode,
            "output_sequence_length": self._output_sequence_length,
            "pad_to_max_tokens": lookup.pad_to_max_tokens,
            "sparse": lookup.sparse,
            "ragged": False,
            "vocabulary": of_lookup["vocabulary"],
            "idf_weights": of_lookup["idf_weights"],
            "encoding": self._encoding,
            "vocabulary_size": self.vocabulary_size(),
        }

    @classmethod
    def from_config(cls, config):
        """A layer made from what `get_config` returned."""
        check_path(cls, config)
        config = dict(config)
        for name in ("standardize", "split"):
            if isinstance(config.get(name), dict):
                config[name] = deserialize_keras_object(config[name])
        if isinstance(config.get("ngrams"), list):
            config["ngrams"] = tuple(config["ngrams"])
        return super().from_config(config)

    def save_own_variables(self, store):
        """Store the weights of TF-IDF."""
        self._lookup_layer.save_own_variables(store)

    def load_own_variables(self, store):
        """Take over the weights of TF-IDF."""
        self._lookup_layer.load_own_variables(store)

    def save_assets(self, dir_path):
        """Write the vocabulary to ``vocabulary.txt``, unless it is part of the configuration."""
        self._lookup_layer.save_assets(dir_path)

    def load_assets(self, dir_path):
        """Read what `save_assets` wrote."""
        self._lookup_layer.load_assets(dir_path)


def _rows_of(tokens, shape):
    """A flat list of tokens cut into rows; the shape of the rows; and their length."""
    width = shape[-1]
    count = math.prod(shape[:-1])
    return [tokens[i * width : (i + 1) * width] for i in range(count)], shape[:-1], width


def _ngrams(row, widths):
    """All sequences of tokens of the given lengths, joined by spaces, by length."""
    return [b" ".join(row[i : i + n]) for n in widths for i in range(len(row) - n + 1)]

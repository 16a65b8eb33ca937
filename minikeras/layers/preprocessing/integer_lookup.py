"""IntegerLookup: arbitrary integers to consecutive numbers by a vocabulary, and back."""

import numpy as np

from minikeras.backend.dtypes import is_int_dtype, standardize_dtype
from minikeras.backend.hashing import decimal
from minikeras.backend.strings import is_strings
from minikeras.layers.preprocessing.data_layer import host_array
from minikeras.layers.preprocessing.index_lookup import IndexLookup
from minikeras.ops.arguments import tensor


class IntegerLookup(IndexLookup):
    """Consecutive numbers for arbitrary integers, by a vocabulary given or learned with `adapt`.

    Args:
        max_tokens: the most tokens the vocabulary may have, special ones included.
        num_oov_indices: how many numbers there are for integers that are not in the vocabulary.
            With more than one, ``oov_method`` decides; with 0, such integers are an error.
        mask_token: an integer that stands for nothing: it has the number 0, or in encodings none.
        oov_token: what stands for unknown integers in `get_vocabulary` and with ``invert``.
        vocabulary: a list or array of integers, or the path of a text file with one a line.
        vocabulary_dtype: the dtype of the integers, ``"int64"`` or ``"int32"``.
        idf_weights: for ``"tf_idf"``: inverse document frequencies, one per integer given.
        invert: whether to map numbers to integers of the vocabulary instead.
        output_mode: ``"int"`` for numbers; ``"one_hot"``, ``"multi_hot"`` or ``"count"`` as in
            `CategoryEncoding`; ``"tf_idf"`` for counts times inverse document frequencies.
        sparse: only False is possible: tensors are dense.
        pad_to_max_tokens: whether encodings have the length ``max_tokens`` in any case.
        oov_method: ``"floormod"``: the remainder by ``num_oov_indices``; ``"farmhash"``: the hash
            of the decimal digits.
        salt: an integer or two: then ``"farmhash"`` is SipHash under that key.
        name: a string.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.IntegerLookup(vocabulary=[12, 36, 1138, 42])
    >>> layer([[12, 1138, 42], [42, 1000, 36]]).tolist()
    [[1, 3, 4], [4, 0, 2]]
    >>> keras.layers.IntegerLookup(vocabulary=[12, 36], invert=True)([[1, 2, 0]]).tolist()
    [[12, 36, -1]]
    """

    def __init__(
        self,
        max_tokens=None,
        num_oov_indices=1,
        mask_token=None,
        oov_token=-1,
        vocabulary=None,
        vocabulary_dtype="int64",
        idf_weights=None,
        invert=False,
        output_mode="int",
        sparse=False,
        pad_to_max_tokens=False,
        oov_method="floormod",
        salt=None,
        name=None,
        **kwargs,
    ):
        if not is_int_dtype(vocabulary_dtype):
            raise ValueError(
                "IntegerLookup: vocabulary_dtype must be an integer dtype, 'int64' or 'int32'. "
                f"Received: {vocabulary_dtype!r}"
            )
        self.__dict__["vocabulary_dtype"] = standardize_dtype(vocabulary_dtype)
        super().__init__(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=mask_token,
            oov_token=oov_token,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            invert=invert,
            output_mode=output_mode,
            sparse=sparse,
            pad_to_max_tokens=pad_to_max_tokens,
            oov_method=oov_method,
            name=name,
            salt=salt,
            **kwargs,
        )

    def _keys(self, values):
        values = host_array(values)
        if is_strings(values):
            raise ValueError(
                f"IntegerLookup {self.name!r} expects integers; for strings use StringLookup. "
                f"Received an array of dtype {values.dtype}"
            )
        return values.astype(self.vocabulary_dtype).ravel().tolist(), values.shape

    def _token_of(self, value):
        return int(value)

    def _shown(self, token):
        return token

    def _as_output(self, tokens, shape):
        return tensor(np.array(tokens, self.vocabulary_dtype).reshape(shape))

    def _texts(self, tokens):
        return decimal(np.array(tokens, np.int64))

    def _oov_bins(self, keys):
        if self.oov_method == "farmhash":
            return super()._oov_bins(keys)
        return np.array(keys, np.int64) % self.num_oov_indices

    def get_config(self):
        """The constructor's arguments as plain values."""
        config = super().get_config()
        for name in ("mask_token", "oov_token"):
            if config[name] is not None:
                config[name] = int(config[name])
        return config

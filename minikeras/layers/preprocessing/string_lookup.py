"""StringLookup: strings to numbers by a vocabulary, and back."""

from minikeras.backend.strings import bytes_of, texts_of
from minikeras.layers.preprocessing.data_layer import host_array
from minikeras.layers.preprocessing.index_lookup import IndexLookup


class StringLookup(IndexLookup):
    """Numbers for strings, by a vocabulary that is given or learned with `adapt`.

    Args:
        max_tokens: the most tokens the vocabulary may have, special ones included.
        num_oov_indices: how many numbers there are for strings that are not in the vocabulary. With
            more than one, the hash of the string decides; with 0, such strings are an error.
        mask_token: a string that stands for nothing: it has the number 0, or in encodings none.
        oov_token: what stands for unknown strings in `get_vocabulary` and with ``invert``.
        vocabulary: a list or array of strings, or the path of a text file with one a line.
        idf_weights: for ``"tf_idf"``: inverse document frequencies, one per string given.
        invert: whether to map numbers to strings instead.
        output_mode: ``"int"`` for numbers; ``"one_hot"``, ``"multi_hot"`` or ``"count"`` as in
            `CategoryEncoding`; ``"tf_idf"`` for counts times inverse document frequencies.
        pad_to_max_tokens: whether encodings have the length ``max_tokens`` in any case.
        sparse: only False is possible: tensors are dense.
        encoding: what bytes are decoded by in `get_vocabulary` and with ``invert``.
        name: a string.
        salt: an integer or two: then unknown strings are hashed by SipHash under that key.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.StringLookup(vocabulary=["a", "b", "c"])
    >>> layer([["a", "c"], ["d", "b"]]).tolist()
    [[1, 3], [0, 2]]
    >>> layer = keras.layers.StringLookup()
    >>> layer.adapt(["cat", "dog", "dog", "emu"])
    >>> layer.get_vocabulary()
    ['[UNK]', 'dog', 'emu', 'cat']
    """

    vocabulary_dtype = "string"

    def __init__(
        self,
        max_tokens=None,
        num_oov_indices=1,
        mask_token=None,
        oov_token="[UNK]",
        vocabulary=None,
        idf_weights=None,
        invert=False,
        output_mode="int",
        pad_to_max_tokens=False,
        sparse=False,
        encoding="utf-8",
        name=None,
        salt=None,
        **kwargs,
    ):
        self.__dict__["encoding"] = encoding  # the vocabulary is read with it
        super().__init__(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=mask_token,
            oov_token=oov_token,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            invert=invert,
            output_mode=output_mode,
            pad_to_max_tokens=pad_to_max_tokens,
            sparse=sparse,
            name=name,
            salt=salt,
            **kwargs,
        )

    def _keys(self, values):
        return bytes_of(host_array(values), f"StringLookup {self.name!r}")

    def _token_of(self, value):
        if isinstance(value, bytes):
            return bytes(value)
        if not isinstance(value, str):
            raise ValueError(
                f"StringLookup {self.name!r}: the tokens must be strings. Received: {value!r} of "
                f"type {type(value).__name__}"
            )
        return value.encode()

    def _shown(self, token):
        return token.decode(self.encoding)

    def _as_output(self, tokens, shape):
        return texts_of(tokens, shape, self.encoding)

    def get_config(self):
        """The constructor's arguments as plain values."""
        config = super().get_config()
        del config["vocabulary_dtype"]
        return {**config, "encoding": self.encoding}

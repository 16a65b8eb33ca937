"""keras.preprocessing.text of Keras 1 and 2: words of texts as numbers."""

import collections
import hashlib
import json

import numpy as np

from minikeras.legacy.arguments.functions import of_old
from minikeras.legacy.era import era

__all__ = [
    "Tokenizer",
    "hashing_trick",
    "one_hot",
    "text_to_word_sequence",
    "tokenizer_from_json",
]

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
MODES = ("binary", "count", "freq", "tfidf")


@of_old(also={"input_text": "text"})
def text_to_word_sequence(text, filters=FILTERS, lower=True, split=" "):
    """The words of a text.

    Args:
        text: a string.
        filters: characters that part words, each standing for ``split``.
        lower: whether words are made lowercase.
        split: what parts words.

    Returns:
        A list of strings.

    >>> import minikeras as keras
    >>> keras.preprocessing.text.text_to_word_sequence("To be, or not to be")
    ['to', 'be', 'or', 'not', 'to', 'be']
    """
    text = text.lower() if lower else text
    parted = text.translate(dict.fromkeys(map(ord, filters), split))
    return [word for word in parted.split(split) if word]


@of_old(also={"input_text": "text"})
def one_hot(text, n, filters=FILTERS, lower=True, split=" ", analyzer=None):
    """The words of a text as numbers from 1 to ``n - 1``, by Python's hash.

    Different words may share a number. Python's hash of a string changes from one run to the next
    unless the environment sets ``PYTHONHASHSEED``; `hashing_trick` with ``"md5"`` does not.

    Args:
        text: a string.
        n: the size of the vocabulary.
        filters, lower, split: as of `text_to_word_sequence`.
        analyzer: a function from a text to its words, instead of those.

    Returns:
        A list of integers.

    >>> import minikeras as keras
    >>> numbers = keras.preprocessing.text.one_hot("to be or not to be", 50)
    >>> numbers[0] == numbers[4], all(1 <= i < 50 for i in numbers)
    (True, True)
    """
    hashed = (lambda word: abs(hash(word))) if era() == 1 else hash
    return hashing_trick(text, n, hashed, filters, lower, split, analyzer)


@of_old(also={"input_text": "text"})
def hashing_trick(
    text, n, hash_function=None, filters=FILTERS, lower=True, split=" ", analyzer=None
):
    """The words of a text as numbers from 1 to ``n - 1``, by a hash: no vocabulary is kept.

    Args:
        text: a string.
        n: the size of the vocabulary; different words may share a number.
        hash_function: a function from a string to an integer; ``"md5"`` for a hash that is the same
            in all runs; by default Python's.
        filters, lower, split: as of `text_to_word_sequence`.
        analyzer: a function from a text to its words, instead of those.

    Returns:
        A list of integers.

    >>> import minikeras as keras
    >>> keras.preprocessing.text.hashing_trick("the cat the dog", 100, "md5")
    [51, 3, 51, 33]
    """
    if hash_function is None:
        hash_function = hash
    elif hash_function == "md5":
        hash_function = _md5
    elif not callable(hash_function):
        raise ValueError(
            f"hash_function must be None, 'md5' or a function. Received: {hash_function!r}"
        )
    words = analyzer(text) if analyzer else text_to_word_sequence(text, filters, lower, split)
    return [hash_function(word) % (n - 1) + 1 for word in words]


def _md5(word):
    return int(hashlib.md5(word.encode()).hexdigest(), 16)


class Tokenizer:
    """Words of texts as numbers, the most frequent ones first, counted from 1.

    Args:
        num_words: only words with numbers below this one are kept; None for all. Called
            ``nb_words`` in Keras 1.
        filters: characters that part words, each standing for ``split``.
        lower: whether words are made lowercase.
        split: what parts words.
        char_level: whether characters stand for words.
        oov_token: what stands for unknown words, numbered 1; by default they are left out.
        document_count: the number of texts seen before.
        analyzer: a function from a text to its words, instead of ``filters``, ``lower`` and
            ``split``.

    Attributes:
        word_counts: for each word, how often it occurred, in order of appearance.
        word_docs: for each word, in how many texts it occurred.
        index_docs: the same by the number of the word.
        word_index, index_word: the number of each word, and the reverse.
        document_count: how many texts were seen.

    >>> import minikeras as keras
    >>> tokenizer = keras.preprocessing.text.Tokenizer(oov_token="?")
    >>> tokenizer.fit_on_texts(["the cat sat", "the dog"])
    >>> tokenizer.texts_to_sequences(["the cow sat"])
    [[2, 1, 4]]
    """

    @of_old(
        "self nb_words filters lower split char_level oov_token document_count analyzer",
        {"nb_words": "num_words"},
    )
    def __init__(
        self,
        num_words=None,
        filters=FILTERS,
        lower=True,
        split=" ",
        char_level=False,
        oov_token=None,
        document_count=0,
        analyzer=None,
    ):
        self.num_words = num_words
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.oov_token = oov_token
        self.document_count = document_count
        self.analyzer = analyzer
        self.word_counts = collections.OrderedDict()
        self.word_docs = collections.defaultdict(int)
        self.index_docs = collections.defaultdict(int)
        self.word_index = {}
        self.index_word = {}

    @property
    def nb_words(self):
        """The name of ``num_words`` in Keras 1."""
        return self.num_words

    @nb_words.setter
    def nb_words(self, value):
        self.num_words = value

    def _words(self, text):
        if self.char_level or isinstance(text, list):
            if not self.lower or (self.char_level and era() == 1):
                return text
            return [word.lower() for word in text] if isinstance(text, list) else text.lower()
        if self.analyzer is not None:
            return self.analyzer(text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts):
        """Count the words of texts, beside those counted before, and number them anew.

        Args:
            texts: strings, or lists of words. In Keras 1 ``document_count`` begins anew.
        """
        if era() == 1:
            self.document_count = 0
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] = self.word_docs.get(word, 0) + 1
        ranked = sorted(self.word_counts, key=self.word_counts.get, reverse=True)
        if self.oov_token is not None:
            ranked.insert(0, self.oov_token)
        self.word_index = {word: number for number, word in enumerate(ranked, 1)}
        self.index_word = {number: word for word, number in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences):
        """Count in how many sequences each number occurs, which the mode ``"tfidf"`` needs.

        Args:
            sequences: lists of integers, for instance of `texts_to_sequences`. In Keras 1 the
                counts begin anew.
        """
        if era() == 1:
            self.document_count = 0
            self.index_docs.clear()
        self.document_count += len(sequences)
        for sequence in sequences:
            for number in set(sequence):
                self.index_docs[number] = self.index_docs.get(number, 0) + 1

    def texts_to_sequences(self, texts):
        """A list of the numbers of its words for each text.

        Args:
            texts: strings, or lists of words.
        """
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts):
        """The lists of `texts_to_sequences`, one after the other."""
        unknown = self.word_index.get(self.oov_token)
        for text in texts:
            numbers = (self._known(self.word_index.get(w), unknown) for w in self._words(text))
            yield [number for number in numbers if number is not None]

    def _known(self, number, unknown):
        """``number`` if it is that of a word that is kept, else ``unknown``."""
        is_kept = number is not None and not (self.num_words and number >= self.num_words)
        return number if is_kept else unknown

    def sequences_to_texts(self, sequences):
        """A text for each list of numbers, its words parted by spaces.

        Args:
            sequences: lists of integers.
        """
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences):
        """The texts of `sequences_to_texts`, one after the other."""
        unknown = self.word_index.get(self.oov_token)
        for sequence in sequences:
            numbers = (self._known(n if n in self.index_word else None, unknown) for n in sequence)
            yield " ".join(self.index_word[n] for n in numbers if n is not None)

    def texts_to_matrix(self, texts, mode="binary"):
        """`sequences_to_matrix` of the numbers of the words of texts."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode=mode)

    def sequences_to_matrix(self, sequences, mode="binary"):
        """A row for each sequence, a column for each number.

        Args:
            sequences: lists of integers.
            mode: ``"binary"`` for 1 where a number occurs, ``"count"`` for how often it does,
                ``"freq"`` for its share in the sequence, ``"tfidf"`` for
                ``(1 + log(count)) * log(1 + texts / (1 + texts with it))``.

        Returns:
            A float64 array of shape ``(len(sequences), num_words)``.

        Raises:
            ValueError: if the number of columns is unknown, for ``"tfidf"`` before any text was
                counted, and for an unknown mode.
        """
        if mode not in MODES:
            raise ValueError(f"mode must be one of {MODES}. Received: {mode!r}")
        if mode == "tfidf" and not self.document_count:
            raise ValueError(
                "The mode 'tfidf' needs counts of texts: call fit_on_texts or fit_on_sequences "
                "first"
            )
        columns = self.num_words or (len(self.word_index) + 1 if self.word_index else None)
        if not columns:
            raise ValueError(
                "The number of columns is unknown: pass num_words to Tokenizer, or call "
                "fit_on_texts first"
            )
        matrix = np.zeros((len(sequences), columns))
        for row, sequence in zip(matrix, sequences):
            counts = collections.Counter(number for number in sequence if number < columns)
            for number, count in counts.items():
                row[number] = self._weight(number, count, len(sequence), mode)
        return matrix

    def _weight(self, number, count, length, mode):
        if mode == "tfidf":
            texts = self.document_count / (1 + self.index_docs.get(number, 0))
            return (1 + np.log(count)) * np.log(1 + texts)
        return {"binary": 1, "count": count, "freq": count / length}[mode]

    def get_config(self):
        """The settings and counts as plain values; the counts are strings of JSON."""
        config = {
            "num_words": self.num_words,
            "filters": self.filters,
            "lower": self.lower,
            "split": self.split,
            "char_level": self.char_level,
            "oov_token": self.oov_token,
            "document_count": self.document_count,
        }
        for name in ("word_counts", "word_docs", "index_docs", "index_word", "word_index"):
            config[name] = json.dumps(getattr(self, name))
        return config

    def to_json(self, **kwargs):
        """The tokenizer as JSON, for `tokenizer_from_json`.

        Args:
            **kwargs: arguments of `json.dumps`.

        Raises:
            ValueError: if there is an ``analyzer``: a function cannot be written.
        """
        if self.analyzer is not None:
            raise ValueError(
                "A Tokenizer with an analyzer cannot be written as JSON, for the analyzer is a "
                "function. Use pickle."
            )
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **kwargs
        )


def tokenizer_from_json(json_string):
    """A `Tokenizer` from what its method `to_json` gave.

    Args:
        json_string: a string of JSON.

    >>> import minikeras as keras
    >>> tokenizer = keras.preprocessing.text.Tokenizer()
    >>> tokenizer.fit_on_texts(["a b", "b"])
    >>> keras.preprocessing.text.tokenizer_from_json(tokenizer.to_json()).word_index
    {'b': 1, 'a': 2}
    """
    config = json.loads(json_string)["config"]
    counts = {name: json.loads(config.pop(name)) for name in tuple(config) if name in _COUNTS}
    tokenizer = Tokenizer(**config)
    for name, is_by_number in _COUNTS.items():
        found = counts.get(name, {})
        getattr(tokenizer, name).update(
            {int(k): v for k, v in found.items()} if is_by_number else found
        )
    return tokenizer


# Attribute -> whether its keys are numbers, which JSON makes strings.
_COUNTS = {
    "word_counts": False,
    "word_docs": False,
    "index_docs": True,
    "index_word": True,
    "word_index": False,
}

"""Vocabulary: tokens and their numbers; TokenCounts: what a vocabulary is learned from."""

import collections
import itertools

import numpy as np


class Vocabulary:
    """Tokens in order, each with a number.

    Args:
        tokens: bytes or integers, all different.
        first: the number of the first token.
        others: a dict from further tokens, which do not count, to their numbers.
    """

    def __init__(self, tokens, first, others=None):
        self.tokens = list(tokens)
        self.first = first
        self._numbers = {**dict(zip(self.tokens, itertools.count(first))), **(others or {})}

    def __len__(self):
        return len(self.tokens)

    def numbers_of(self, tokens, default):
        """The number of each token of a list as an int64 array; ``default`` for unknown ones."""
        find = self._numbers.get
        return np.fromiter((find(t, default) for t in tokens), np.int64, len(tokens))

    def tokens_of(self, numbers, default):
        """The tokens with the given numbers, an int64 array, as a list; ``default`` if none has."""
        known = dict(enumerate(self.tokens, self.first))
        return [known.get(n, default) for n in numbers.ravel().tolist()]


class TokenCounts:
    """How often each token occurs, in how many documents, and how many documents there are.

    Args:
        with_documents: whether documents are counted.
    """

    def __init__(self, with_documents):
        self.with_documents = with_documents
        self.tokens = collections.Counter()
        self.documents = collections.Counter()
        self.number_of_documents = 0

    def add(self, rows):
        """Count the tokens of documents, each a list of tokens."""
        for row in rows:
            self.tokens.update(row)
            if self.with_documents:
                self.documents.update(set(row))
        self.number_of_documents += len(rows)

    def ranked(self, most=None, without=()):
        """The tokens from the most frequent one on; of equally frequent ones the greatest first.

        Args:
            most: how many at most.
            without: tokens that are left out.
        """
        left = [(n, token) for token, n in self.tokens.items() if token not in without]
        return [token for _, token in sorted(left, reverse=True)[:most]]

    def inverse_document_frequencies(self, tokens):
        """``log(1 + documents / (1 + documents with the token))`` for each token, float64."""
        counts = np.array([self.documents[token] for token in tokens], np.float64)
        return np.log(1 + self.number_of_documents / (1 + counts))

"""Texts as lists of word indices: where they start, how long they are, which words are kept."""

import json

import numpy as np

from minikeras.utils.downloads import get_file


def prepared(parts, num_words, skip_top, maxlen, start_char, oov_char, index_from):
    """Texts with the words that are wanted; the arguments are those of `imdb.load_data`.

    Args:
        parts: pairs of a sequence of lists of indices, and an array of labels.

    Returns:
        Pairs of an array of lists and an array of labels.

    Raises:
        ValueError: if ``maxlen`` leaves nothing of a part.
    """
    start = [] if start_char is None else [start_char]
    parts = [([start + [w + index_from for w in text] for text in x], y) for x, y in parts]
    if maxlen:
        parts = [_without_long(x, y, maxlen) for x, y in parts]
    end = num_words or max((w for x, _ in parts for text in x for w in text), default=0)
    return [(_within(x, skip_top, end, oov_char), y) for x, y in parts]


def _without_long(texts, labels, maxlen):
    kept = [i for i, text in enumerate(texts) if len(text) < maxlen]
    if not kept:
        raise ValueError(
            f"maxlen={maxlen} leaves nothing: texts of {maxlen} or more indices are left out, and "
            f"the shortest has {min(map(len, texts), default=0)}. Pass a larger maxlen."
        )
    return [texts[i] for i in kept], labels[kept]


def _within(texts, start, end, oov_char):
    """An array of lists; words out of bounds give way to ``oov_char``, or to nothing if None."""
    array = np.empty(len(texts), object)
    for i, text in enumerate(texts):
        if oov_char is None:
            array[i] = [w for w in text if start <= w < end]
        else:
            array[i] = [w if start <= w < end else oov_char for w in text]
    return array


def word_index(path, origin, md5):
    """The dict in a file of JSON."""
    with open(get_file(path, origin, file_hash=md5), encoding="utf-8") as file:
        return json.load(file)

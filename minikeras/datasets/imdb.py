"""IMDB: reviews of films, good and bad."""

from minikeras.datasets import sequences, storage
from minikeras.datasets.splitting import orders, shuffled
from minikeras.utils.downloads import get_file

_ORIGIN = f"{storage.STORAGE}imdb.npz"
_SHA256 = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
_INDEX_ORIGIN = f"{storage.STORAGE}imdb_word_index.json"
_INDEX_MD5 = "bfafd718b763782e994055a2d397834f"


def load_data(
    path="imdb.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
    **kwargs,
):
    """50,000 reviews of films as lists of word indices (Maas et al. 2011, 17 MB).

    A word's index is its rank by frequency, raised by ``index_from``: with the defaults 0 is free
    for padding, 1 starts a review, 2 stands for words left out, and 4 is the most frequent word.

    Args:
        path: the name of the file in the cache, ``~/.keras/datasets``.
        num_words: indices from this on are left out; by default the largest of all.
        skip_top: indices below this are left out, as very frequent words tell little.
        maxlen: reviews of this many indices or more are left out, the start included.
        seed: decides the order of the reviews.
        start_char: the index that each review starts with, or None.
        oov_char: what stands for an index left out, or None for nothing.
        index_from: what is added to the rank of a word.
        **kwargs: there are none in Keras 3.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: arrays of lists of integers, and int64 arrays of
        the same length: 1 for a good review, 0 for a bad one. There are 25,000 of each unless
        ``maxlen`` is given.

    Raises:
        OSError: if the file is not in the cache and cannot be downloaded; it says where to put it.
        TypeError: for an unknown argument.
        ValueError: if what was downloaded is another file, or if ``maxlen`` leaves no review.
    """
    if kwargs:
        raise TypeError(f"imdb.load_data has no arguments {sorted(kwargs)}")
    file = storage.read_npz(get_file(path, _ORIGIN, file_hash=_SHA256))
    random = orders(seed)
    parts = [shuffled(random, file[f"x_{p}"], file[f"y_{p}"]) for p in ("train", "test")]
    return tuple(
        sequences.prepared(parts, num_words, skip_top, maxlen, start_char, oov_char, index_from)
    )


def get_word_index(path="imdb_word_index.json"):
    """The rank of each word by frequency, from 1.

    Args:
        path: the name of the file in the cache, ``~/.keras/datasets``.

    Returns:
        A dict of 88,584 words. In the reviews of `load_data` ``index_from`` is added to the ranks.

    Raises:
        OSError: if the file is not in the cache and cannot be downloaded; it says where to put it.
        ValueError: if what was downloaded is another file.
    """
    return sequences.word_index(path, _INDEX_ORIGIN, _INDEX_MD5)

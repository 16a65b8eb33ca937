"""Reuters: newswires by topic."""

from minikeras.datasets import sequences, storage
from minikeras.datasets.splitting import check_share, orders, shuffled, split
from minikeras.utils.downloads import get_file

_ORIGIN = f"{storage.STORAGE}reuters.npz"
_SHA256 = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
_INDEX_ORIGIN = f"{storage.STORAGE}reuters_word_index.json"
_INDEX_MD5 = "4d44cc38712099c9e383dc6e5f11a921"
_LABELS = (
    "cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves "
    "ship cotton carcass crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin "
    "strategic-metal livestock retail ipi iron-steel rubber heat jobs lei bop zinc orange pet-chem "
    "dlr gas silver wpi hog lead"
)


def load_data(
    path="reuters.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    test_split=0.2,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
):
    """11,228 newswires of 46 topics as lists of word indices (from Reuters-21578, 2 MB).

    A word's index is its rank by frequency, raised by ``index_from``: with the defaults 0 is free
    for padding, 1 starts a text, 2 stands for words left out, and 4 is the most frequent word.

    Args:
        path: the name of the file in the cache, ``~/.keras/datasets``.
        num_words: indices from this on are left out; by default the largest of all.
        skip_top: indices below this are left out, as very frequent words tell little.
        maxlen: texts of this many indices or more are left out, the start included.
        test_split: the share of the texts to test with, from 0 to 1.
        seed: decides the order of the texts, before they are split.
        start_char: the index that each text starts with, or None.
        oov_char: what stands for an index left out, or None for nothing.
        index_from: what is added to the rank of a word.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: arrays of lists of integers, and int64 arrays of
        topics from 0 to 45, which `get_label_names` names.

    Raises:
        OSError: if the file is not in the cache and cannot be downloaded; it says where to put it.
        ValueError: if what was downloaded is another file, if ``maxlen`` leaves no text, or for a
            ``test_split`` out of bounds.
    """
    check_share(test_split, with_one=True)
    file = storage.read_npz(get_file(path, _ORIGIN, file_hash=_SHA256))
    x_y = shuffled(orders(seed), file["x"], file["y"])
    ((x, y),) = sequences.prepared(
        [x_y], num_words, skip_top, maxlen, start_char, oov_char, index_from
    )
    return split(x, y, test_split)


def get_word_index(path="reuters_word_index.json"):
    """The rank of each word by frequency, from 1.

    Args:
        path: the name of the file in the cache, ``~/.keras/datasets``.

    Returns:
        A dict of 30,979 words. In the texts of `load_data` ``index_from`` is added to the ranks.

    Raises:
        OSError: if the file is not in the cache and cannot be downloaded; it says where to put it.
        ValueError: if what was downloaded is another file.
    """
    return sequences.word_index(path, _INDEX_ORIGIN, _INDEX_MD5)


def get_label_names():
    """The names of the 46 topics, by label.

    >>> import minikeras as keras
    >>> keras.datasets.reuters.get_label_names()[3]
    'earn'
    """
    return tuple(_LABELS.split())

"""keras.preprocessing.sequence of Keras 1 and 2: pairs of words, and windows of time series."""

import json
import random

import numpy as np

from minikeras.training.data import PyDataset
from minikeras.utils.sequences import pad_sequences

__all__ = [
    "TimeseriesGenerator",
    "make_sampling_table",
    "pad_sequences",
    "skipgrams",
    "timeseries_generator_from_json",
]

_EULER = 0.577


def make_sampling_table(size, sampling_factor=1e-5):
    """Chances with which `skipgrams` keeps words, by their rank in a language.

    A word's share of all words is taken to follow Zipf's law, so that its inverse is about
    ``rank * (log(rank) + 0.577) + 1 / 2 - 1 / (12 * rank)``; a word is kept with the chance
    ``min(1, sqrt(sampling_factor / share))``, as in word2vec (Mikolov et al. 2013).

    Args:
        size: the number of words.
        sampling_factor: the larger, the more of the frequent words are kept.

    Returns:
        A float64 array of shape ``(size,)``; entry ``i`` is the chance of the word of rank ``i``.

    >>> import minikeras as keras
    >>> keras.preprocessing.sequence.make_sampling_table(4).round(4).tolist()
    [0.0032, 0.0032, 0.0055, 0.0074]
    """
    rank = np.maximum(np.arange(size), 1)
    inverse_share = rank * (np.log(rank) + _EULER) + 0.5 - 1.0 / (12.0 * rank)
    chance = sampling_factor * inverse_share
    return np.minimum(1.0, chance / np.sqrt(chance))


def skipgrams(
    sequence,
    vocabulary_size,
    window_size=4,
    negative_samples=1.0,
    shuffle=True,
    categorical=False,
    sampling_table=None,
    seed=None,
):
    """Pairs of words that stand near one another, and pairs of which one is random.

    Numbers are drawn from Python's `random`, in the order in which Keras draws them.

    Args:
        sequence: a list of the numbers of words; 0 is no word.
        vocabulary_size: one more than the largest number.
        window_size: how far apart words of a pair may stand.
        negative_samples: how many random pairs there are for each one of the text.
        shuffle: whether the pairs are put in a random order.
        categorical: whether labels are ``[0, 1]`` and ``[1, 0]`` rather than 1 and 0.
        sampling_table: the chance with which each word is taken into account, by its number.
        seed: what the order of the pairs is drawn from.

    Returns:
        A list of pairs, and a list of labels: 1 for pairs of the text, 0 for random ones.

    >>> import minikeras as keras
    >>> keras.preprocessing.sequence.skipgrams([1, 2, 3], 4, 1, 0.0, shuffle=False)
    ([[1, 2], [2, 1], [2, 3], [3, 2]], [1, 1, 1, 1])
    """
    couples = []
    for place, word in enumerate(sequence):
        if not word:
            continue
        if sampling_table is not None and sampling_table[word] < random.random():
            continue
        for near in range(max(0, place - window_size), min(len(sequence), place + window_size + 1)):
            if near != place and sequence[near]:
                couples.append([word, sequence[near]])
    labels = [[0, 1] if categorical else 1 for _ in couples]
    if negative_samples > 0:
        words = [word for word, _ in couples]
        random.shuffle(words)
        number = int(len(couples) * negative_samples)
        couples += [
            [words[i % len(words)], random.randint(1, int(vocabulary_size - 1))]
            for i in range(number)
        ]
        labels += [[1, 0] if categorical else 0 for _ in range(number)]
    if shuffle:
        seed = random.randint(0, 10_000_000) if seed is None else seed
        for parts in (couples, labels):
            random.seed(seed)
            random.shuffle(parts)
    return couples, labels


class TimeseriesGenerator(PyDataset):
    """Windows of a time series, each with the target of the moment after it.

    Args:
        data: an array or a list, its first axis being time.
        targets: targets of the same length.
        length: the length of a window in moments of ``data``.
        sampling_rate: every how many moments within a window are taken.
        stride: how many moments lie between two windows.
        start_index, end_index: the moments of ``data`` before and after which none is used; by
            default all are.
        shuffle: whether windows are drawn at random.
        reverse: whether each window runs backwards.
        batch_size: the number of windows in a batch; the last one may be smaller.

    A batch is ``(samples, targets)`` with samples of shape
    ``(batch, length / sampling_rate, ...)``.

    Raises:
        ValueError: if lengths differ, or no window fits.

    >>> import minikeras as keras
    >>> windows = keras.preprocessing.sequence.TimeseriesGenerator(
    ...     list(range(6)), list(range(6)), length=3, batch_size=2)
    >>> len(windows), windows[0][0].tolist(), windows[0][1].tolist()
    (2, [[0, 1, 2], [1, 2, 3]], [3, 4])
    """

    def __init__(
        self,
        data,
        targets,
        length,
        sampling_rate=1,
        stride=1,
        start_index=0,
        end_index=None,
        shuffle=False,
        reverse=False,
        batch_size=128,
    ):
        super().__init__()
        if len(data) != len(targets):
            raise ValueError(
                "data and targets must be of the same length. Received lengths: "
                f"{len(data)} and {len(targets)}"
            )
        self.data = data
        self.targets = targets
        self.length = length
        self.sampling_rate = sampling_rate
        self.stride = stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = batch_size
        if self.start_index > self.end_index:
            raise ValueError(
                f"No window of length {length} fits between start_index={start_index} and "
                f"end_index={self.end_index}"
            )

    def __len__(self):
        moments = self.batch_size * self.stride
        return (self.end_index - self.start_index + moments) // moments

    def __getitem__(self, index):
        if self.shuffle:
            ends = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            moments = self.batch_size * self.stride
            first = self.start_index + moments * index
            ends = np.arange(first, min(first + moments, self.end_index + 1), self.stride)
        windows = [self.data[end - self.length : end : self.sampling_rate] for end in ends]
        samples = np.array([np.asarray(window) for window in windows])
        targets = np.array([self.targets[end] for end in ends])
        return (samples[:, ::-1] if self.reverse else samples), targets

    def get_config(self):
        """The settings as plain values, and the data and targets as strings of JSON.

        Raises:
            TypeError: if the data hold what JSON does not know.
        """
        names = (
            "length", "sampling_rate", "stride", "start_index", "end_index", "shuffle", "reverse",
            "batch_size",
        )  # fmt: skip
        config = {name: getattr(self, name) for name in names}
        return {
            "data": _json(self.data, "data"),
            "targets": _json(self.targets, "targets"),
            **config,
        }

    def to_json(self, **kwargs):
        """The data set as JSON, for `timeseries_generator_from_json`.

        Args:
            **kwargs: arguments of `json.dumps`.
        """
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **kwargs
        )


def _json(values, name):
    try:
        return json.dumps(values.tolist() if isinstance(values, np.ndarray) else values)
    except TypeError as error:
        raise TypeError(f"{name} cannot be written as JSON: {error}") from error


def timeseries_generator_from_json(json_string):
    """A `TimeseriesGenerator` from what its method `to_json` gave.

    Args:
        json_string: a string of JSON.

    >>> import minikeras as keras
    >>> sequence = keras.preprocessing.sequence
    >>> windows = sequence.TimeseriesGenerator([0, 1, 2, 3], [0, 1, 2, 3], length=2)
    >>> sequence.timeseries_generator_from_json(windows.to_json())[0][1].tolist()
    [2, 3]
    """
    config = json.loads(json_string)["config"]
    config["data"], config["targets"] = json.loads(config["data"]), json.loads(config["targets"])
    # The configuration holds the first moment that is a target.
    config["start_index"] -= config["length"]
    return TimeseriesGenerator(**config)

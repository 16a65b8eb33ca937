"""Endless batches of pictures: their order, and pictures that lie in memory."""

import os
import threading
import warnings

import numpy as np

from minikeras import config
from minikeras.backend import autodiff
from minikeras.backend.xp import to_numpy
from minikeras.legacy.arguments.functions import of_old
from minikeras.training.data import PyDataset
from minikeras.utils import images

FORMATS = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")
SUBSETS = ("training", "validation")


class Iterator(PyDataset):
    """Batches without end, which can also be asked for one by one.

    A subclass defines ``_get_batches_of_transformed_samples(index_array)``, the batch of the
    samples at these indices.

    Args:
        n: the number of samples.
        batch_size: samples in a batch; the last one of a pass may be smaller.
        shuffle: whether each pass has an order of its own, drawn from NumPy's global generator.
        seed: what that generator begins anew with for each batch, together with the number of
            batches seen; None to let it go on.

    >>> import minikeras as keras
    >>> class Numbers(keras.preprocessing.image.Iterator):
    ...     def _get_batches_of_transformed_samples(self, index_array):
    ...         return index_array.tolist()
    >>> numbers = Numbers(5, 2, shuffle=False, seed=None)
    >>> [next(numbers) for _ in range(4)], numbers[1]
    ([[0, 1], [2, 3], [4], [0, 1]], [2, 3])
    """

    white_list_formats = FORMATS

    def __init__(self, n, batch_size, shuffle, seed):
        super().__init__()
        self.n = n
        self.batch_size = batch_size
        self.seed = seed
        self.shuffle = shuffle
        self.total_batches_seen = 0
        self.index_array = None
        self._begin()

    def _begin(self):
        self.batch_index = 0
        self.lock = threading.Lock()
        self.index_generator = self._flow_index()

    def __getstate__(self):
        """Locks and generators stay behind where workers are processes."""
        return {k: v for k, v in self.__dict__.items() if k not in ("lock", "index_generator")}

    def __setstate__(self, state):
        self.__dict__.update(state)
        batch = self.batch_index
        self._begin()
        self.batch_index = batch

    def _set_index_array(self):
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def _seed(self):
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)

    def __getitem__(self, index):
        if index >= len(self):
            raise ValueError(f"There are {len(self)} batches. Asked for: number {index}")
        self._seed()
        self.total_batches_seen += 1
        if self.index_array is None:
            self._set_index_array()
        start = self.batch_size * index
        return self._get_batches_of_transformed_samples(
            self.index_array[start : start + self.batch_size]
        )

    def __len__(self):
        return -(-self.n // self.batch_size)

    def on_epoch_end(self):
        """Draw the order of the next pass."""
        self._set_index_array()

    def reset(self):
        """Let ``next`` begin a pass anew."""
        self.batch_index = 0

    def _flow_index(self):
        """The indices of batch after batch, without end."""
        while True:
            self._seed()
            if self.batch_index == 0 or self.index_array is None:
                self._set_index_array()
            start = self.batch_index * self.batch_size % self.n if self.n else 0
            is_last = self.n <= start + self.batch_size
            self.batch_index = 0 if is_last else self.batch_index + 1
            self.total_batches_seen += 1
            yield self.index_array[start : start + self.batch_size]

    def __iter__(self):
        return self

    def __next__(self):
        return self.next()

    def next(self):
        """The next batch. It is safe to ask from several threads."""
        with self.lock:
            index_array = next(self.index_generator)
        return self._get_batches_of_transformed_samples(index_array)

    def _get_batches_of_transformed_samples(self, index_array):
        raise TypeError(
            f"{type(self).__name__} must define _get_batches_of_transformed_samples(index_array)"
        )

    def _save(self, pictures, index_array, largest):
        """Write the pictures of a batch to the folder ``save_to_dir`` if there is one."""
        for picture, index in zip(pictures, index_array if self.save_to_dir else ()):
            number = np.random.randint(largest)
            name = f"{self.save_prefix}_{index}_{number}.{self.save_format}"
            img = images.array_to_img(picture, self.data_format, scale=True)
            img.save(os.path.join(self.save_to_dir, name))


def as_array(x):
    """``x`` as a NumPy array, of whatever kind it is."""
    return np.asarray(to_numpy(autodiff.plain(x)))


def check_channels(x, data_format, user):
    """Refuse what is no batch of pictures, and warn of odd numbers of channels."""
    if x.ndim != 4:
        raise ValueError(
            f"{user} expects pictures of shape (samples, height, width, channels). Received shape: "
            f"{x.shape}"
        )
    axis = 3 if data_format == "channels_last" else 1
    if x.shape[axis] not in (1, 3, 4):
        warnings.warn(
            f"{user} expects 1, 3 or 4 channels on axis {axis}, for data_format={data_format!r}. "
            f"Received shape: {x.shape}",
            UserWarning,
            stacklevel=4,
        )


class NumpyArrayIterator(Iterator):
    """Batches of pictures in memory; `ImageDataGenerator.flow` makes them.

    Args:
        x: an array of shape ``(samples, height, width, channels)``, or a pair of it and one or a
            list of further inputs.
        y: targets, or None.
        image_data_generator: an `ImageDataGenerator`.
        batch_size, shuffle, seed: as of `Iterator`.
        sample_weight: weights of the samples, or None.
        data_format: ``"channels_last"`` or ``"channels_first"``; by default that of the
            configuration.
        save_to_dir, save_prefix, save_format, subset, ignore_class_split: as of
            `ImageDataGenerator.flow`.
        dtype: of the pictures, by default floatx.

    Raises:
        ValueError: if lengths differ, ``x`` has not four axes, or the classes of the two subsets
            differ.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> image = keras.preprocessing.image
    >>> batches = image.NumpyArrayIterator(
    ...     np.zeros((3, 4, 4, 1)), None, image.ImageDataGenerator(), batch_size=2)
    >>> [next(batches).shape for _ in range(2)]
    [(2, 4, 4, 1), (1, 4, 4, 1)]
    """

    @of_old(
        "self x y image_data_generator batch_size shuffle seed dim_ordering save_to_dir "
        "save_prefix save_format",
        {"dim_ordering": "data_format"},
        {"save_format": "jpeg"},
    )
    def __init__(
        self,
        x,
        y,
        image_data_generator,
        batch_size=32,
        shuffle=False,
        sample_weight=None,
        seed=None,
        data_format=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        dtype=None,
        ignore_class_split=False,
    ):
        self.data_format = config.standardize_data_format(data_format)
        self.dtype = dtype or config.floatx()
        further = []
        if isinstance(x, (tuple, list)):
            further = x[1] if isinstance(x[1], list) else [x[1]]
            x = x[0]
        x, further = as_array(x), [as_array(part) for part in further]
        y = None if y is None else as_array(y)
        weight = None if sample_weight is None else as_array(sample_weight)
        for name, part in (("y", y), ("sample_weight", weight), *(("x[1]", p) for p in further)):
            if part is not None and len(part) != len(x):
                raise ValueError(
                    f"x and {name} must have the same length. Received shapes: {x.shape} and "
                    f"{part.shape}"
                )
        if subset is not None:
            split = int(len(x) * image_data_generator._validation_split)
            part = _part(subset, split, None if ignore_class_split else y)
            x, further = x[part], [p[part] for p in further]
            y = None if y is None else y[part]
            weight = None if weight is None else weight[part]
        self.x = np.asarray(x, dtype=self.dtype)
        self.x_misc, self.y, self.sample_weight = further, y, weight
        check_channels(self.x, self.data_format, "NumpyArrayIterator")
        self.image_data_generator = image_data_generator
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        super().__init__(len(self.x), batch_size, shuffle, seed)

    @property
    def dim_ordering(self):
        """The data format in the words of Keras 1: ``"tf"`` or ``"th"``."""
        return "tf" if self.data_format == "channels_last" else "th"

    def _get_batches_of_transformed_samples(self, index_array):
        generator = self.image_data_generator
        pictures = np.zeros((len(index_array), *self.x.shape[1:]), dtype=self.dtype)
        for i, index in enumerate(index_array):
            picture = generator.random_transform(self.x[index].astype(self.dtype))
            pictures[i] = generator.standardize(picture)
        self._save(pictures, index_array, 10_000)
        inputs = [pictures, *(part[index_array] for part in self.x_misc)]
        batch = [inputs if self.x_misc else pictures]
        if self.y is not None:
            batch.append(self.y[index_array])
            if self.sample_weight is not None:
                batch.append(self.sample_weight[index_array])
        return tuple(batch) if len(batch) > 1 else batch[0]


def _part(subset, split, y):
    """The slice of the samples that a subset has; classes of both must be the same."""
    if subset not in SUBSETS:
        raise ValueError(f"subset must be one of {SUBSETS}. Received: {subset!r}")
    if y is not None and not np.array_equal(np.unique(y[:split]), np.unique(y[split:])):
        raise ValueError(
            "The training and the validation subset have different classes. Shuffle the data if "
            "they are sorted by class, or pass ignore_class_split=True."
        )
    return slice(split) if subset == "validation" else slice(split, None)

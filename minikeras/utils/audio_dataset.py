"""audio_dataset_from_directory: batches of sounds from the files in a folder."""

import functools
import math
import os

import numpy as np

from minikeras.utils.dataset import positive
from minikeras.utils.directories import datasets_of_files
from minikeras.utils.stages import object_array
from minikeras.utils.wav import read_wav


def audio_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    batch_size=32,
    sampling_rate=None,
    output_sequence_length=None,
    ragged=False,
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    follow_links=False,
    verbose=True,
):
    """A data set of the WAV files in a folder, which holds a folder for each class.

    Files ending in ``.wav`` are read batch by batch, by threads ahead of time. They hold integers
    of 8, 16, 24 or 32 bits, scaled to lie from -1 to 1, or floats.

    Args:
        directory: the path of the folder.
        labels: ``"inferred"`` for classes by the names of the folders in it; a list with one
            integer per file in the order of their paths; None for sounds without labels.
        label_mode: ``"int"`` for int32 labels of shape ``(batch,)``; ``"categorical"`` for one-hot
            rows; ``"binary"`` for float32 zeros and ones of shape ``(batch, 1)``; None for no
            labels.
        class_names: names of folders, in the order of their classes; by default all, sorted.
        batch_size: sounds in a batch, or None for single sounds.
        sampling_rate: samples per second to which sounds of another rate are brought, by a
            polyphase filter; by default they stay as they are.
        output_sequence_length: the length of all sounds in samples (after a change of the sampling
            rate): they are cut off there or filled up with zeros. By default the sounds of a batch
            are filled up to the longest of them.
        ragged: whether each sound keeps its length; a batch is then an array of arrays.
        shuffle: whether the order is random; otherwise it is that of the paths.
        seed: an integer that decides the order, and which files are for validation.
        validation_split: the part of the files kept for validation, between 0 and 1.
        subset: with a split, ``"training"``, ``"validation"`` or ``"both"``.
        follow_links: whether links to folders are followed.
        verbose: whether to show how many files there are.

    Returns:
        A `keras.utils.PyDataset` of ``(sounds, labels)`` or of float32 sounds of shape
        ``(batch, length, channels)``; a tuple of two for ``subset="both"``. It has the attributes
        ``class_names`` and ``file_paths`` and the order that
        `keras.utils.image_dataset_from_directory` describes.

    Raises:
        ValueError: if there are no such files, or an argument has a value that is not listed.

    >>> import os, tempfile, wave
    >>> import numpy as np
    >>> import minikeras as keras
    >>> folder = tempfile.mkdtemp()
    >>> for name, values in (("high", [0, 16384]), ("low", [8192])):
    ...     os.mkdir(os.path.join(folder, name))
    ...     with wave.open(os.path.join(folder, name, "1.wav"), "wb") as sound:
    ...         sound.setparams((1, 2, 8000, 0, "NONE", ""))
    ...         sound.writeframes(np.array(values, "<i2").tobytes())
    >>> data = keras.utils.audio_dataset_from_directory(folder, shuffle=False)
    Found 2 files belonging to 2 classes.
    >>> [(x[:, :, 0].tolist(), y.tolist()) for x, y in data]
    [([[0.0, 0.5], [0.25, 0.0]], [0, 1])]
    """
    if ragged and output_sequence_length is not None:
        raise ValueError(
            "ragged=True leaves each sound its length, output_sequence_length gives all the same: "
            f"only one is possible. Received: output_sequence_length={output_sequence_length!r}"
        )
    for name, value in (
        ("sampling_rate", sampling_rate),
        ("output_sequence_length", output_sequence_length),
    ):
        if value is not None:
            positive(value, name)
    read = functools.partial(read_sound, rate=sampling_rate, length=output_sequence_length)
    found = datasets_of_files(
        directory,
        (".wav",),
        read,
        kind="audio",
        options=dict(
            labels=labels,
            label_mode=label_mode,
            class_names=class_names,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            validation_split=validation_split,
            subset=subset,
            follow_links=follow_links,
            verbose=verbose,
        ),
        join=object_array if ragged else _filled_up,
    )
    return tuple(found) if isinstance(found, list) else found


def read_sound(path, rate, length):
    """The sound in a file, ``(length, channels)``: see `audio_dataset_from_directory`."""
    try:
        with open(path, "rb") as file:
            sound, own_rate = read_wav(file)
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)!r} cannot be read as a sound: {error}") from error
    if rate is not None and rate != own_rate and len(sound):
        from scipy.signal import resample_poly

        common = math.gcd(rate, own_rate)
        sound = resample_poly(sound, rate // common, own_rate // common).astype("float32")
    return sound if length is None else _of_length(sound, length)


def _of_length(sound, length):
    if len(sound) >= length:
        return sound[:length]
    return np.pad(sound, ((0, length - len(sound)), (0, 0)))


def _filled_up(sounds):
    """Sounds of unlike lengths as one array."""
    channels = {sound.shape[1] for sound in sounds}
    if len(channels) > 1:
        raise ValueError(
            "The sounds of a batch must have the same number of channels. Received: "
            f"{sorted(channels)}. Use batch_size=None, and map() to make them alike"
        )
    length = max(map(len, sounds))
    return np.stack([_of_length(sound, length) for sound in sounds])

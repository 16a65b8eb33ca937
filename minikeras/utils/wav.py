"""WAV files: sound as arrays. Python's own module `wave` reads no floats and no sizes but bytes."""

import struct

import numpy as np

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE


def read_wav(file):
    """The sound in a WAV file.

    Samples are integers of 8 (unsigned), 16, 24 or 32 bits, which are scaled to lie from -1 to
    1, or floats of 32 or 64 bits, which stay as they are.

    Args:
        file: a file object open for reading bytes.

    Returns:
        A float32 array ``(samples, channels)`` and the number of samples in a second.

    Raises:
        ValueError: if it is no WAV file, or one with compressed samples.

    >>> import io, wave
    >>> file = io.BytesIO()
    >>> with wave.open(file, "wb") as sound:
    ...     sound.setparams((1, 2, 8000, 0, "NONE", ""))
    ...     sound.writeframes(np.array([0, 16384, -32768], "<i2").tobytes())
    >>> _ = file.seek(0)
    >>> samples, rate = read_wav(file)
    >>> samples.tolist(), rate
    ([[0.0], [0.5], [-1.0]], 8000)
    """
    riff, _, kind = _unpack("<4sI4s", file.read(12))
    if riff != b"RIFF" or kind != b"WAVE":
        raise ValueError("this is no WAV file: it does not begin with RIFF and WAVE")
    header = None
    while len(head := file.read(8)) == 8:
        name, size = _unpack("<4sI", head)
        if name == b"fmt ":
            header = file.read(size)
        elif name == b"data":
            if header is None:
                raise ValueError("the format of the samples must come before the samples")
            return _samples(file.read(size), header)
        else:
            file.seek(size, 1)
        if size % 2:
            file.seek(1, 1)  # parts begin at even places
    raise ValueError("the file holds no samples, or has been cut off")


def _samples(data, header):
    kind, channels, rate, _, _, bits = _unpack("<HHIIHH", header[:16])
    if kind == _EXTENSIBLE:
        (kind,) = _unpack("<H", header[24:26])
    width = bits // 8
    if channels < 1:
        raise ValueError("the file says that there are no channels")
    data = data[: len(data) // max(1, width * channels) * width * channels]
    if kind == _FLOAT and bits in (32, 64):
        values = np.frombuffer(data, f"<f{width}").astype("float32")
    elif kind == _PCM and bits == 8:
        values = (np.frombuffer(data, "u1").astype("float32") - 128.0) / 128.0
    elif kind == _PCM and bits in (16, 32):
        values = (np.frombuffer(data, f"<i{width}") / 2.0 ** (bits - 1)).astype("float32")
    elif kind == _PCM and bits == 24:
        # The three bytes as the upper ones of four.
        wide = np.zeros((len(data) // 3, 4), "u1")
        wide[:, 1:] = np.frombuffer(data, "u1").reshape(-1, 3)
        values = (wide.view("<i4")[:, 0] / 2.0**31).astype("float32")
    else:
        raise ValueError(
            "samples must be integers of 8, 16, 24 or 32 bits, or floats of 32 or 64 bits. "
            f"Received: format {kind} with {bits} bits"
        )
    return values.reshape(-1, channels), rate


def _unpack(form, data):
    if len(data) < struct.calcsize(form):
        raise ValueError("the file has been cut off")
    return struct.unpack(form, data)

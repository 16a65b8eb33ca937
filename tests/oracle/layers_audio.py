"""Rows of layers of sound."""

from tests.oracle import layers
from tests.oracle.class_row import row
from tests.oracle.layers import floats

draw = floats()
SIGNALS, SOUND = draw(2, 40, 2), draw(2, 400)
MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


def stft(x=SIGNALS, **arguments):
    arguments = {"frame_length": 8, "frame_step": 3, **arguments}
    is_half = arguments.get("dtype") == "mixed_float16"
    return row("layers.STFTSpectrogram", x, **arguments).within(3e-2 if is_half else 1e-4)


def mel(x=SOUND, **arguments):
    arguments = {"fft_length": 64, "sequence_stride": 16, "num_mel_bins": 9, **arguments}
    is_half = arguments.get("dtype") == "mixed_float16"
    return row("layers.MelSpectrogram", x, **arguments).within(3e-2 if is_half else 1e-3)


def first(mode, padding, expand_dims):
    x = SIGNALS.transpose(0, 2, 1)
    settings = {"mode": mode, "padding": padding, "expand_dims": expand_dims}
    return stft(x, data_format="channels_first", **settings)


ROWS = [
    *(stft(mode=mode) for mode in MODES),
    row("layers.STFTSpectrogram", SIGNALS, frame_length=6).within(1e-4),
    stft(fft_length=16, padding="same"),
    stft(window="hamming", periodic=True),
    stft(window=None, mode="magnitude"),
    stft(scaling="spectrum", mode="psd"),
    stft(scaling=None, expand_dims=True),
    stft(trainable=False),
    stft(SIGNALS.astype("float64"), dtype="float64"),
    stft(dtype="mixed_float16"),
    first("log", "same", False),
    first("stft", "valid", True),
    first("angle", "same", True),
    first("psd", "valid", False),
    mel(),
    mel(sequence_length=48, window="hamming"),
    mel(window=None, power_to_db=False),
    mel(sampling_rate=8000, min_freq=125.0, max_freq=3000),
    mel(top_db=10.0, ref_power=3.0, min_power=1e-3),
    mel(mag_exp=1.0, power_to_db=False),
    mel(SOUND.astype("float64"), mag_exp=3.0, dtype="float64"),
    mel(dtype="mixed_float16"),
]
compare = layers.compare

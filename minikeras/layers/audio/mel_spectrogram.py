"""MelSpectrogram: how loud sounds are, over time and over pitch."""

import functools
import math

import numpy as np

from minikeras import ops
from minikeras.backend.framing import frame_count
from minikeras.backend.xp import asarray
from minikeras.layers.preprocessing.data_layer import DataLayer
from minikeras.symbolic.keras_tensor import KerasTensor


class MelSpectrogram(DataLayer):
    """The spectrogram of sounds over pitch in mels, in decibels or as it is.

    Args:
        fft_length: the length of the frames that are transformed.
        sequence_stride: samples from one frame to the next.
        sequence_length: the length of the window within a frame; ``fft_length`` by default.
        window: ``"hann"``, ``"hamming"``, a tensor of ``sequence_length`` values, or None.
        sampling_rate: samples per second.
        num_mel_bins: how many bands of pitch.
        min_freq, max_freq: where the lowest band begins and the highest ends, in hertz; the latter
            is half the sampling rate by default.
        power_to_db: whether to give the power in decibels.
        top_db: how many decibels below the loudest value of the whole input the output ends.
        mag_exp: the exponent of the magnitude: 2 for power, 1 for the magnitude itself.
        min_power: smaller powers, and a smaller ``ref_power``, are taken to be this much.
        ref_power: the power of 0 decibels.
        **kwargs: those of `Layer`.

    Inputs ``(batch, samples)`` give ``(batch, num_mel_bins, frames)``, and inputs ``(samples,)``
    give ``(num_mel_bins, frames)``. Frames are centred at multiples of ``sequence_stride``, the
    signal being mirrored at its ends. The layer computes in single precision at least, and has no
    weights.

    >>> import minikeras as keras
    >>> layer = keras.layers.MelSpectrogram(fft_length=256, sequence_stride=128, num_mel_bins=20)
    >>> layer(keras.ops.ones((2, 1280))).shape
    (2, 20, 11)
    """

    def __init__(
        self,
        fft_length=2048,
        sequence_stride=512,
        sequence_length=None,
        window="hann",
        sampling_rate=16000,
        num_mel_bins=128,
        min_freq=20.0,
        max_freq=None,
        power_to_db=True,
        top_db=80.0,
        mag_exp=2.0,
        min_power=1e-10,
        ref_power=1.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.fft_length = fft_length
        self.sequence_stride = sequence_stride
        self.sequence_length = sequence_length or fft_length
        if self.fft_length < self.sequence_length:
            raise ValueError(
                f"MelSpectrogram {self.name!r}: fft_length must not be less than sequence_length. "
                f"Received: fft_length={fft_length}, sequence_length={sequence_length}"
            )
        self.window = window
        self.sampling_rate = sampling_rate
        self.num_mel_bins = num_mel_bins
        self.min_freq = min_freq
        self.max_freq = max_freq or int(sampling_rate / 2)
        self.power_to_db = power_to_db
        self.top_db = top_db
        self.mag_exp = mag_exp
        self.min_power = min_power
        self.ref_power = ref_power
        self._build_at_init()

    def __call__(self, inputs, **kwargs):
        return super().__call__(inputs, **kwargs)

    def call(self, inputs):
        """The spectrograms, ``(..., num_mel_bins, frames)``."""
        dtype = "float64" if self.compute_dtype == "float64" else "float32"
        found = ops.matmul(self._spectrogram(ops.cast(inputs, dtype)), self._bands(dtype))
        if self.power_to_db:
            found = self._in_decibels(found)
        return ops.cast(ops.swapaxes(found, -1, -2), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """``(..., num_mel_bins, frames)`` for inputs ``(..., samples)``."""
        *batch, samples = input_shape
        if samples is None:
            return (*batch, self.num_mel_bins, None)
        padded = samples + 2 * (self.fft_length // 2)
        frames = frame_count(padded, self.fft_length, self.sequence_stride)
        return (*batch, self.num_mel_bins, frames)

    def compute_output_spec(self, inputs):
        """The spectrogram as a symbolic tensor."""
        # One sound of unknown length has no batch axis for which its first axis could be taken.
        return KerasTensor(self.compute_output_shape(inputs.shape), self.compute_dtype)

    def _spectrogram(self, signals):
        """Magnitudes to the power of ``mag_exp``, ``(..., frames, frequencies)``."""
        real, imag = ops.stft(
            signals,
            sequence_length=self.sequence_length,
            sequence_stride=self.sequence_stride,
            fft_length=self.fft_length,
            window=self.window,
            center=True,
        )
        power = ops.square(real) + ops.square(imag)
        return power if self.mag_exp == 2 else ops.power(power, self.mag_exp / 2)

    def _bands(self, dtype):
        return self.linear_to_mel_weight_matrix(
            num_mel_bins=self.num_mel_bins,
            num_spectrogram_bins=self.fft_length // 2 + 1,
            sampling_rate=self.sampling_rate,
            lower_edge_hertz=self.min_freq,
            upper_edge_hertz=self.max_freq,
            dtype=dtype,
        )

    def _in_decibels(self, power):
        reference = math.log10(max(abs(self.ref_power), self.min_power))
        found = 10.0 * (ops.log10(ops.maximum(power, self.min_power)) - reference)
        if 0 in found.shape:  # nothing is the loudest
            return found
        return ops.maximum(found, ops.max(found) - self.top_db)

    def linear_to_mel_weight_matrix(
        self,
        num_mel_bins=20,
        num_spectrogram_bins=129,
        sampling_rate=8000,
        lower_edge_hertz=125.0,
        upper_edge_hertz=3800.0,
        dtype="float32",
    ):
        """The matrix that takes frequencies together to bands of pitch.

        The bands are triangles of height 1, evenly spaced in mels, each reaching from the middle of
        the one before to the middle of the next: Young and others, "The HTK Book", section 5.4.

        Args:
            num_mel_bins: how many bands.
            num_spectrogram_bins: how many frequencies, from 0 to half the sampling rate.
            sampling_rate: samples per second.
            lower_edge_hertz, upper_edge_hertz: where the lowest band begins and the highest ends.
            dtype: a float dtype.

        Returns:
            A tensor ``(num_spectrogram_bins, num_mel_bins)``.
        """
        edges = float(lower_edge_hertz), float(upper_edge_hertz)
        return _mel_matrix(num_mel_bins, num_spectrogram_bins, float(sampling_rate), edges, dtype)


def _mels(hertz):
    """Pitch in mels: 1127 log(1 + f / 700)."""
    return 1127.0 * np.log1p(np.asarray(hertz) / 700.0)


@functools.lru_cache(maxsize=16)
def _mel_matrix(bands, frequencies, sampling_rate, edges, dtype):
    pitch = _mels(np.linspace(0.0, sampling_rate / 2, frequencies))[:, None]
    corners = np.linspace(*_mels(edges), bands + 2)
    lower, middle, upper = corners[:-2], corners[1:-1], corners[2:]
    rising, falling = (pitch - lower) / (middle - lower), (upper - pitch) / (upper - middle)
    weights = np.maximum(np.minimum(rising, falling), 0.0)
    weights[0] = 0.0  # frequency 0 is no sound
    return asarray(weights, dtype)

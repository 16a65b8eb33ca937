"""STFTSpectrogram: a short-time Fourier transform whose kernels can be trained."""

import math
import warnings

from minikeras import config, initializers, ops
from minikeras.backend.framing import frame_count, frames
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.ops.windowing import padding_name
from minikeras.symbolic.inference import is_inferring

MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


class STFTSpectrogram(Layer):
    """The short-time Fourier transform of signals, as a product with two kernels.

    The kernels hold cosines and sines times the window. Being weights they are trained with the
    rest of the model, unless ``trainable=False``.

    Args:
        mode: what to return of each complex number: ``"real"``, ``"imag"``, ``"angle"`` in radians,
            ``"magnitude"``, ``"log"`` of it, ``"psd"``: the squared magnitude, doubled for
            frequencies that stand for two; or ``"stft"``: real parts, then imaginary parts.
        frame_length: the length of a frame, in samples.
        frame_step: samples from the beginning of a frame to that of the next, at most
            ``frame_length``; half of it by default.
        fft_length: how many frequencies a full circle is divided into, of which half are returned;
            by default the first power of two that is not below ``frame_length``.
        window: the name of a window of SciPy, an array of ``frame_length`` values, or None.
        periodic: whether a window given by name is meant for periodic extension.
        scaling: ``"density"`` divides by the window's root of summed squares, ``"spectrum"`` by
            its sum, None by nothing.
        padding: ``"valid"``: whole frames only; ``"same"``: zeros around the signal make
            ``ceil(time / frame_step)`` frames.
        expand_dims: whether the frequencies have an axis of their own, as in an image; otherwise
            they stand one channel after the other.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: those of `Layer`.

    Inputs ``(batch, time, channels)`` of floats give ``(batch, frames, channels * frequencies)``
    or, with ``expand_dims``, ``(batch, frames, frequencies, channels)``; with ``"channels_first"``
    inputs ``(batch, channels, time)`` give ``(batch, channels * frequencies, frames)`` or
    ``(batch, channels, frames, frequencies)``. There are ``fft_length // 2 + 1`` frequencies,
    twice as many for ``"stft"``.

    >>> import minikeras as keras
    >>> layer = keras.layers.STFTSpectrogram(frame_length=64, frame_step=32)
    >>> layer(keras.ops.ones((2, 320, 1))).shape
    (2, 9, 33)
    """

    def __init__(
        self,
        mode="log",
        frame_length=256,
        frame_step=None,
        fft_length=None,
        window="hann",
        periodic=False,
        scaling="density",
        padding="valid",
        expand_dims=False,
        data_format=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if frame_step is not None and not 1 <= frame_step <= frame_length:
            self._refuse("frame_step must be between 1 and frame_length", frame_step=frame_step)
        if fft_length is not None and fft_length < frame_length:
            self._refuse("fft_length must not be less than frame_length", fft_length=fft_length)
        if fft_length is not None and fft_length & (fft_length - 1):
            warnings.warn(
                f"STFTSpectrogram {self.name!r}: fft_length should be a power of two. "
                f"Received: {fft_length}",
                stacklevel=2,
            )
        if mode not in MODES:
            self._refuse(f"mode must be one of {MODES}", mode=mode)
        self.mode = mode
        self.frame_length = frame_length
        self.frame_step = frame_step
        self.fft_length = fft_length
        self.window = window
        self.periodic = periodic
        self.scaling = scaling
        self.padding = padding_name(padding)
        self.expand_dims = expand_dims
        self.data_format = config.standardize_data_format(data_format)
        self._step = frame_step or frame_length // 2
        self._frequencies = (fft_length or 2 ** math.ceil(math.log2(frame_length))) // 2 + 1
        self._initializers = {
            side: initializers.STFT(side, window, scaling, periodic) for side in ("real", "imag")
        }
        self.input_spec = InputSpec(ndim=3)

    def _refuse(self, rule, **received):
        ((name, value),) = received.items()
        raise ValueError(f"STFTSpectrogram {self.name!r}: {rule}. Received: {name}={value!r}")

    def build(self, input_shape):
        """Make the kernels of cosines and sines, ``(frame_length, 1, frequencies)``."""
        shape = (self.frame_length, 1, self._frequencies)
        if self.mode != "imag":
            self.real_kernel = self.add_weight(
                name="real_kernel", shape=shape, initializer=self._initializers["real"]
            )
        if self.mode != "real":
            self.imag_kernel = self.add_weight(
                name="imag_kernel", shape=shape, initializer=self._initializers["imag"]
            )

    def call(self, inputs):
        """The spectra of the frames."""
        if ops.dtype(inputs) not in ("float16", "float32", "float64"):
            raise TypeError(
                f"STFTSpectrogram {self.name!r}: inputs must be floats. "
                f"Received: dtype {ops.dtype(inputs)}"
            )
        signals = inputs if self.data_format == "channels_first" else ops.swapaxes(inputs, 1, 2)
        pieces = self._frames(signals)
        if self.mode == "real":
            return self._arranged(self._transformed(pieces, self.real_kernel))
        imag = self._transformed(pieces, self.imag_kernel)
        if self.mode == "imag":
            return self._arranged(imag)
        real = self._transformed(pieces, self.real_kernel)
        if self.mode == "angle":
            return self._arranged(ops.arctan2(imag, real))
        if self.mode == "stft":
            return self._arranged(ops.concatenate([real, imag], axis=-1))
        power = ops.square(real) + ops.square(imag)
        if self.mode == "psd":
            inner = ops.pad(power[..., 1:-1], [[0, 0], [0, 0], [0, 0], [1, 1]])
            return self._arranged(power + inner)
        magnitude = ops.sqrt(ops.maximum(power, config.epsilon()))
        if self.mode == "log":
            magnitude = ops.log(ops.maximum(magnitude, config.epsilon()))
        return self._arranged(magnitude)

    def _frames(self, signals):
        """The frames of ``(batch, channels, time)``: ``(batch, channels, count, frame_length)``."""
        time = signals.shape[-1]
        if self.padding == "same":
            count = -(-time // self._step)
            total = max((count - 1) * self._step + self.frame_length - time, 0)
            signals = ops.pad(signals, [[0, 0], [0, 0], [total // 2, total - total // 2]])
        elif not frame_count(time, self.frame_length, self._step) and not is_inferring():
            raise ValueError(
                f"STFTSpectrogram {self.name!r}: the signals must not be shorter than a frame. "
                f"Received: inputs with {time} samples, frame_length={self.frame_length}"
            )
        return frames(signals, length=self.frame_length, stride=self._step)

    def _transformed(self, pieces, kernel):
        """Frames times a kernel: ``(batch, channels, count, frequencies)``."""
        kernel = ops.reshape(kernel, (self.frame_length, self._frequencies))
        return ops.matmul(pieces, ops.cast(kernel, pieces.dtype))

    def _arranged(self, spectra):
        """``(batch, channels, count, frequencies)`` in the order of axes that is asked for."""
        channels, count, frequencies = spectra.shape[1:]
        if self.data_format == "channels_last":
            if self.expand_dims:
                return ops.transpose(spectra, (0, 2, 3, 1))
            spectra = ops.transpose(spectra, (0, 2, 1, 3))
            return ops.reshape(spectra, (spectra.shape[0], count, channels * frequencies))
        if self.expand_dims:
            return spectra
        spectra = ops.swapaxes(spectra, 2, 3)
        return ops.reshape(spectra, (spectra.shape[0], channels * frequencies, count))

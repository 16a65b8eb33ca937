"""Initializers without randomness."""

import numpy as np

from minikeras.backend.dtypes import standardize_dtype
from minikeras.backend.xp import xp
from minikeras.initializers.initializer import Initializer
from minikeras.ops.arguments import tensor


class Zeros(Initializer):
    """Zeros everywhere.

    >>> import minikeras as keras
    >>> keras.initializers.Zeros()((2,)).tolist()
    [0.0, 0.0]
    """

    def __call__(self, shape, dtype=None):
        """Zeros of the given shape and dtype."""
        return xp.zeros(tuple(shape), standardize_dtype(dtype))


class Ones(Initializer):
    """Ones everywhere.

    >>> import minikeras as keras
    >>> keras.initializers.Ones()((2,), dtype="int32").tolist()
    [1, 1]
    """

    def __call__(self, shape, dtype=None):
        """Ones of the given shape and dtype."""
        return xp.ones(tuple(shape), standardize_dtype(dtype))


class Constant(Initializer):
    """The same value everywhere.

    Args:
        value: a number, or an array that broadcasts to the shape asked for.

    >>> import minikeras as keras
    >>> keras.initializers.Constant(0.5)((2,)).tolist()
    [0.5, 0.5]
    """

    def __init__(self, value=0.0):
        self.value = value

    def __call__(self, shape, dtype=None):
        """The value in the given shape and dtype."""
        value = tensor(self.value, standardize_dtype(dtype))
        return xp.array(xp.broadcast_to(value, tuple(shape)))


class Identity(Initializer):
    """A matrix with ``gain`` on the diagonal and zeros elsewhere.

    Args:
        gain: a number.

    >>> import minikeras as keras
    >>> keras.initializers.Identity(2.0)((2, 3)).tolist()
    [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]]
    """

    def __init__(self, gain=1.0):
        self.gain = gain

    def __call__(self, shape, dtype=None):
        """The matrix; ``shape`` must be of two sides."""
        if len(shape) != 2:
            raise ValueError(f"Identity makes matrices: two sides. Received: shape={tuple(shape)}")
        name = standardize_dtype(dtype)
        return (xp.eye(*shape, dtype=name) * self.gain).astype(name)

    def get_config(self):
        """The gain, unless it is 1: Keras writes none."""
        return {} if self.gain == 1 else {"gain": self.gain}


class STFT(Initializer):
    """Convolution kernels that compute a short-time Fourier transform.

    Args:
        side: ``"real"`` or ``"imag"``: which part of the transform.
        window: the name of a window of SciPy, an array of its values, or None.
        scaling: ``"density"`` divides by the window's root of summed squares, ``"spectrum"`` by
            its sum; None divides by nothing.
        periodic: whether a window given by name is meant for periodic extension.

    >>> import minikeras as keras
    >>> keras.initializers.STFT("imag")((16, 1, 9)).shape
    (16, 1, 9)
    """

    def __init__(self, side="real", window="hann", scaling="density", periodic=False):
        if side not in ("real", "imag"):
            raise ValueError(f"STFT: side must be 'real' or 'imag'. Received: {side!r}")
        if scaling not in (None, "density", "spectrum"):
            raise ValueError(
                f"STFT: scaling must be 'density', 'spectrum' or None. Received: {scaling!r}"
            )
        self.side = side
        self.window = window
        self.scaling = scaling
        self.periodic = periodic
        if isinstance(window, str):
            self._window_values(4)  # an unknown name is an error of SciPy's

    def _window_values(self, length):
        if isinstance(self.window, str):
            from scipy.signal import get_window

            return get_window(self.window, length, self.periodic)
        values = np.asarray(self.window, dtype="float64")
        if values.shape != (length,):
            raise ValueError(
                f"STFT: the window must have as many values as a frame, ({length},). "
                f"Received: shape {values.shape}"
            )
        return values

    def __call__(self, shape, dtype=None):
        """Kernels of shape (frame length, 1, number of frequencies)."""
        frame, _, frequencies = shape
        time, frequency = np.arange(frame), np.arange(frequencies)
        angle = -2 * np.pi * np.outer(time, frequency) / (2 * (frequencies - 1))
        kernel = np.cos(angle) if self.side == "real" else np.sin(angle)
        if self.window is not None:
            window = self._window_values(frame)
            kernel *= window[:, None]
            if self.scaling == "density":
                kernel /= np.sqrt(np.sum(window**2))
            elif self.scaling == "spectrum":
                kernel /= np.sum(np.abs(window))
        return xp.asarray(kernel[:, None, :].astype(standardize_dtype(dtype)))

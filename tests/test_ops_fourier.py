"""Spectrograms against SciPy and back to sounds; second derivatives, and errors."""

import numpy as np
import pytest

import minikeras as mk
from minikeras import ops
from minikeras.testing import check_gradients
from tests.op_rows import on_device
from tests.support import assert_close, values

_random = np.random.default_rng(0)


def _normal(*shape, dtype="float64"):
    return _random.standard_normal(shape).astype(dtype)


def _pair(*shape, dtype="float64"):
    return _normal(*shape, dtype=dtype), _normal(*shape, dtype=dtype)


def test_windows_are_those_of_scipy():
    import scipy.signal

    x = _normal(2, 64)
    for name in ("hann", "hamming"):
        for length in (1, 2, 7, 8):
            window = scipy.signal.get_window(name, length)
            named, given = (
                ops.stft(on_device(x), length, 2, 8, window=w) for w in (name, on_device(window))
            )
            assert_close(named, given, rtol=1e-12, atol=1e-12)


def test_stft_equals_scipy_and_is_undone():
    import scipy.signal

    x = _normal(2, 64)
    window = scipy.signal.get_window("hann", 16)
    transform = scipy.signal.ShortTimeFFT(window, 4, fs=1.0, phase_shift=None)
    expected = np.swapaxes(transform.stft(x, p0=2, p1=15), -1, -2)
    real, imag = values(ops.stft(on_device(x), 16, 4, 16, center=False))
    np.testing.assert_allclose(real + 1j * imag, expected, atol=1e-10)
    for center in (True, False):
        found = ops.istft(
            ops.stft(on_device(x), 16, 4, 16, center=center, window="hamming"),
            16, 4, 16, center=center, window="hamming",
        )  # fmt: skip
        assert_close(found, x, rtol=1e-9, atol=1e-9)


def test_frames_side_by_side_are_undone():
    # The oracle takes a stride of the frame's length for half of it here.
    x = _normal(2, 40)
    for n in (1, 8):
        parts = ops.stft(on_device(x), n, n, n, window="hamming")
        assert_close(ops.istft(parts, n, n, n, window="hamming"), x, rtol=1e-9, atol=1e-9)


def test_gradients_of_windows_and_pairs():
    x, window = _normal(11), np.array([0.4, 0.8, 1.1, 0.6])

    def spectra(x, window):
        return ops.concatenate(ops.stft(x, 4, 2, 4, window=window), axis=0)

    check_gradients(spectra, x, window)
    real, imag = _pair(4, 3)
    check_gradients(lambda *a: ops.istft(a[:2], 4, 2, 4, window=a[2]), real, imag, window)
    check_gradients(lambda a, b: ops.stack(ops.ifft2((a, b))), *_pair(2, 3))
    check_gradients(lambda a, b: ops.view_as_real(ops.polar(a, b)), *_pair(2, 3))
    check_gradients(ops.cdist, _normal(2, 3), _normal(4, 3))
    check_gradients(ops.logdet, _normal(2, 3, 3))


def test_distance_of_a_point_from_itself_has_gradient_zero():
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = mk.grad(lambda x: ops.sum(ops.cdist(x, x)))(ops.convert_to_tensor(x))
    assert_close(found, np.array([[-2.0, -2.0], [2.0, 2.0]]) / np.sqrt(2), rtol=1e-12)


def test_symbolic_shapes_of_unknown_length():
    x = mk.KerasTensor((None, None))
    assert ops.extract_sequences(x, 3, 2).shape == (None, None, 3)
    assert [y.shape for y in ops.stft(x, 512, 128, 2048)] == [(None, None, 1025)] * 2
    assert [y.shape for y in ops.stft(x, 512, 128, 2048, center=False)] == [(None, None, 1025)] * 2
    parts = mk.KerasTensor((None, None, 5)), mk.KerasTensor((None, None, 5))
    assert ops.istft(parts, 8, 2, 8).shape == (None, None)
    assert ops.istft(parts, 8, 2, 8, length=20).shape == (None, 20)


def test_half_precision_and_integers():
    half = ops.convert_to_tensor(np.arange(8, dtype="float16"))
    for found in (*ops.rfft(half), ops.irfft((half, half)), *ops.fft((half, half))):
        assert found.dtype == "float16"
    assert_close(ops.rfft([1, 2, 3])[0], np.array([6.0, -1.5], "float32"))
    assert ops.extract_sequences(ops.arange(5), 2, 2).dtype == "int32"


def test_wrong_arguments_are_errors():
    x, pair = ops.ones((2, 8)), (ops.ones((2, 5)), ops.ones((2, 5)))
    for call in (
        lambda: ops.fft(x),
        lambda: ops.fft((x, ops.ones((2, 7)))),
        lambda: ops.fft((ops.arange(3), ops.arange(3))),
        lambda: ops.fft2((ops.ones(3), ops.ones(3))),
        lambda: ops.rfft(x, 0),
        lambda: ops.irfft((ops.ones((2, 1)), ops.ones((2, 1)))),
        lambda: ops.stft(x, 8, 2, 4),
        lambda: ops.stft(x, 4, 2, 4, window="flat"),
        lambda: ops.stft(x, 4, 2, 4, window=[1.0, 1.0]),
        lambda: ops.stft(x, 4, 0, 4),
        lambda: ops.istft((ops.ones(3), ops.ones(3)), 4, 2, 4),
        lambda: ops.istft(pair, 8, 0, 8),
        lambda: ops.extract_sequences(x, 0, 1),
        lambda: ops.cdist(x, ops.ones((2, 7))),
        lambda: ops.cdist(x, ops.ones(8)),
        lambda: ops.logdet(x),
    ):
        with pytest.raises(ValueError):
            call()
    with pytest.raises(TypeError, match="`float32` or `float64`"):
        ops.stft(ops.cast(x, "float16"), 4, 2, 4)


def test_spectrograms_in_a_recorded_step():
    window = mk.Variable(np.hanning(9)[:8].astype("float32") + 0.1)

    @mk.function
    def step(x):
        with mk.GradientTape() as tape:
            parts = ops.stft(x, 8, 4, 8, window=window)
            loss = ops.sum(ops.square(ops.istft(parts, 8, 4, 8)))
        return tape.gradient(loss, window)

    for _ in range(4):
        x = ops.convert_to_tensor(_normal(2, 32, dtype="float32"))
        assert_close(step(x), step.__wrapped__(x), rtol=1e-6)
    assert "replayed" in str(step.explain())

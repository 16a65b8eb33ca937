"""Fourier transforms, spectrograms and frames against Keras on JAX, SciPy and NumPy."""

import numpy as np
import pytest

import minikeras as mk
from minikeras import ops
from minikeras.testing import check_gradients
from tests.op_rows import compare, compare_gradients, on_device
from tests.support import assert_close, values

_random = np.random.default_rng(0)


def _normal(*shape, dtype="float64"):
    return _random.standard_normal(shape).astype(dtype)


def _pair(*shape, dtype="float64"):
    return _normal(*shape, dtype=dtype), _normal(*shape, dtype=dtype)


LINE, ROWS_OF_TWO, DEEP = _normal(40), _normal(2, 37), _normal(2, 3, 50)
WINDOW = np.abs(_normal(8)) + 0.1
LIST_WINDOW = [0.5, 1.0, 1.5, 1.0]
SPECTRUM = {"sequence_length": 8, "sequence_stride": 3, "fft_length": 8}
WIDE = {"sequence_length": 5, "sequence_stride": 4, "fft_length": 9}

# An op, its arguments, its settings.
ROWS = [
    *(("fft", (_pair(*s),), {}) for s in ((5,), (2, 8), (2, 3, 1), (0, 4))),
    *((n, (_pair(*s),), {}) for n in ("fft2", "ifft2") for s in ((3, 4), (2, 1, 5), (0, 2, 3))),
    *(("rfft", (_normal(*s),), {}) for s in ((6,), (2, 7), (2, 3, 1), (0, 4))),
    *(("rfft", (_normal(2, 7),), {"fft_length": n}) for n in (4, 5, 7, 12)),
    ("rfft", (_normal(2, 7, dtype="float32"),), {}),
    *(("irfft", (_pair(*s),), {}) for s in ((6,), (2, 5), (2, 3, 2), (0, 4))),
    *(("irfft", (_pair(2, 5),), {"fft_length": n}) for n in (1, 2, 6, 7, 8, 9, 14)),
    *((n, (_pair(2, 4, dtype="float32"),), {}) for n in ("fft", "fft2", "ifft2", "irfft")),
    *(
        ("extract_sequences", (x,), {"sequence_length": n, "sequence_stride": k})
        for x, n, k in (
            (LINE, 5, 2), (ROWS_OF_TWO, 7, 7), (DEEP, 3, 5), (LINE, 40, 1), (LINE, 1, 1),
            (ROWS_OF_TWO, 36, 1), (LINE, 6, 1),
        )
    ),
    *(("stft", (x,), {**SPECTRUM, "center": c}) for x in (LINE, DEEP) for c in (True, False)),
    *(
        ("stft", (ROWS_OF_TWO,), {**how, "window": w})
        for how in (SPECTRUM, WIDE)
        for w in ("hann", "hamming", None)
    ),
    ("stft", (ROWS_OF_TWO,), {**SPECTRUM, "window": WINDOW}),
    ("stft", (LINE[:5],), {**SPECTRUM, "sequence_stride": 1}),  # mirrored again and again
    ("stft", (LINE.astype("float32"),), {**WIDE, "sequence_stride": 9}),
    ("stft", (LINE,), {"sequence_length": 2, "sequence_stride": 1, "fft_length": 2}),
    *(
        ("istft", (_pair(2, 7, how["fft_length"] // 2 + 1),), {**how, **more})
        for how in (SPECTRUM, WIDE)
        for more in (
            {}, {"center": False}, {"window": "hamming"}, {"window": None}, {"length": 11},
            {"window": None, "center": False}, {"length": 100},
            {"length": 9, "center": False, "window": "hamming"},
        )
    ),
    ("istft", (_pair(7, 5, dtype="float32"),), {**SPECTRUM, "window": WINDOW}),
    ("istft", (_pair(7, 7),), WIDE),  # more frequencies than there can be
    ("logdet", (_normal(3, 3),), {}), ("logdet", (_normal(2, 4, 4),), {}),
    ("logdet", (np.zeros((0, 2, 2)),), {}), ("logdet", (_normal(2, 2, dtype="float32"),), {}),
    ("cdist", (_normal(3, 2), _normal(4, 2)), {}),
    ("cdist", (_normal(2, 1, 3, 2), _normal(5, 4, 2)), {}),
    ("cdist", (_normal(3, 2, dtype="float32"), _normal(4, 2)), {}),
    ("cdist", (np.zeros((0, 2)), _normal(4, 2)), {}),
]  # fmt: skip
# The oracle computes windows in float32.
INEXACT = ("stft", "istft")


def _label(row):
    settings = {k: "array" if isinstance(v, np.ndarray) else v for k, v in row[2].items()}
    return f"{row[0]}-{settings}"


@pytest.mark.parametrize("name, args, settings", ROWS, ids=map(_label, ROWS))
def test_values(name, args, settings):
    settings = {k: on_device(v) if isinstance(v, np.ndarray) else v for k, v in settings.items()}
    tolerance = 1e-4 if any(x.dtype == "float32" for x in mk.tree.flatten(args)) else 1e-6
    compare(name, *args, rtol=tolerance, atol=tolerance, **settings)


@pytest.mark.parametrize("name, args, settings", ROWS, ids=map(_label, ROWS))
def test_gradients(name, args, settings):
    arrays = mk.tree.flatten(args)
    if not all(x.size and x.dtype == "float64" for x in arrays):
        pytest.skip("values only")
    if any(isinstance(v, np.ndarray) for v in settings.values()):
        pytest.skip("below")
    compare_gradients(name, *args, **settings)


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


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_polar_equals_keras(dtype):
    import keras

    for size, angle in ((_normal(3, 2), _normal(2)), (_normal(3), _normal(3))):
        size, angle = size.astype(dtype), angle.astype(dtype)
        expected = np.asarray(keras.ops.polar(size, angle))
        assert_close(ops.polar(on_device(size), on_device(angle)), expected, rtol=1e-5)


def test_distance_of_a_point_from_itself_has_gradient_zero():
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = mk.grad(lambda x: ops.sum(ops.cdist(x, x)))(ops.convert_to_tensor(x))
    assert_close(found, np.array([[-2.0, -2.0], [2.0, 2.0]]) / np.sqrt(2), rtol=1e-12)


SYMBOLIC = [
    ("fft", lambda x: ops.fft((x, x)), [(None, 8), (None, 8)]),
    ("fft2", lambda x: ops.fft2((x, x)), [(None, 8), (None, 8)]),
    ("rfft", ops.rfft, [(None, 5), (None, 5)]),
    ("irfft", lambda x: ops.irfft((x, x)), (None, 14)),
    ("stft", lambda x: ops.stft(x, 4, 2, 4), [(None, 5, 3), (None, 5, 3)]),
    ("istft", lambda x: ops.istft([ops.stack([x, x, x], 1)] * 2, 14, 2, 14), (None, 4)),
    ("extract_sequences", lambda x: ops.extract_sequences(x, 3, 2), (None, 3, 3)),
    ("cdist", lambda x: ops.cdist(x, ops.ones((3, 8))), (None, 3)),
    ("polar", lambda x: ops.polar(x, x), (None, 8)),
]


@pytest.mark.parametrize("name, call, shape", SYMBOLIC, ids=[row[0] for row in SYMBOLIC])
def test_symbolic_shapes(name, call, shape):
    found = call(mk.KerasTensor((None, 8)))
    shapes = [y.shape for y in found] if isinstance(shape, list) else found.shape
    assert shapes == shape


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
    with pytest.raises(TypeError, match="float32 or float64"):
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

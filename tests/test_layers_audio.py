"""Layers of sound against real Keras."""

import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close, values

RNG = np.random.default_rng(0)
FLOATS = lambda *shape: RNG.normal(size=shape).astype("float32")
SHORT = {"frame_length": 8, "frame_step": 3}
SOUND = FLOATS(2, 400)
MEL = {"fft_length": 64, "sequence_stride": 16, "num_mel_bins": 9}


def test_one_sound_has_no_batch_axis():
    import keras

    ours, theirs = mk.layers.MelSpectrogram(**MEL), keras.layers.MelSpectrogram(**MEL)
    assert_close(ours(mk.ops.convert_to_tensor(SOUND[0])), theirs(SOUND[0]), rtol=1e-3, atol=1e-3)
    assert ours(mk.KerasTensor((None,))).shape == (9, None)
    assert ours(mk.KerasTensor((400,))).shape == (9, 26)


def test_mel_matrix_equals_keras():
    import keras

    for arguments in ({}, {"num_mel_bins": 5, "num_spectrogram_bins": 33, "sampling_rate": 16000}):
        ours = mk.layers.MelSpectrogram().linear_to_mel_weight_matrix(**arguments)
        theirs = keras.layers.MelSpectrogram().linear_to_mel_weight_matrix(**arguments)
        assert_close(ours, theirs, rtol=1e-3, atol=1e-4)


def test_shapes_of_unknown_length():
    x = mk.KerasTensor((None, None, 2))
    for padding in ("valid", "same"):
        layer = mk.layers.STFTSpectrogram(padding=padding, expand_dims=True)
        assert layer(x).shape == (None, None, 129, 2)
    assert mk.layers.MelSpectrogram()(mk.KerasTensor((None, None))).shape == (None, 128, None)
    assert mk.layers.MelSpectrogram().compute_output_shape((2, 16000)) == (2, 128, 32)
    assert mk.layers.STFTSpectrogram().compute_output_shape((2, 1024, 3)) == (2, 7, 387)


def test_empty_batches():
    assert mk.layers.STFTSpectrogram(**SHORT)(mk.ops.ones((0, 40, 2))).shape == (0, 11, 10)
    assert mk.layers.MelSpectrogram(**MEL)(mk.ops.ones((0, 400))).shape == (0, 9, 26)


def test_kernels_are_trained_and_saved(tmp_path):
    model = mk.Sequential(
        [
            mk.Input((40, 1)),
            mk.layers.STFTSpectrogram(**SHORT, mode="magnitude"),
            mk.layers.GlobalAveragePooling1D(),
            mk.layers.Dense(1),
        ]
    )
    model.compile("adam", "mse")
    before = values(model.layers[0].real_kernel)
    history = model.fit(FLOATS(32, 40, 1), FLOATS(32, 1), epochs=3, batch_size=8, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert not np.allclose(before, values(model.layers[0].real_kernel))
    told = []
    model.explain_step(print_fn=told.append)
    assert "replayed" in "".join(told)
    model.save(tmp_path / "model.keras")
    again = mk.saving.load_model(tmp_path / "model.keras")
    x = FLOATS(2, 40, 1)
    assert_close(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_silence_has_gradients():
    layer = mk.layers.MelSpectrogram(**MEL)
    found = mk.grad(lambda x: mk.ops.sum(layer(x)))(mk.ops.zeros((2, 400)))
    assert np.isfinite(values(found)).all()


def test_wrong_arguments_are_errors():
    layer = mk.layers.STFTSpectrogram
    for arguments in (
        {"mode": "power"},
        {"frame_length": 8, "frame_step": 9},
        {"frame_step": 0},
        {"fft_length": 128},
        {"scaling": "power"},
        {"padding": "causal"},
        {"window": "round"},
    ):
        with pytest.raises(ValueError):
            layer(**arguments)
    with pytest.warns(UserWarning, match="power of two"):
        layer(frame_length=8, fft_length=12)
    with pytest.raises(TypeError, match="floats"):
        layer(**SHORT)(mk.ops.ones((1, 40, 1), "int32"))
    with pytest.raises(ValueError, match="shorter than a frame"):
        layer(**SHORT)(mk.ops.ones((1, 7, 1)))
    with pytest.raises(ValueError, match="fft_length"):
        mk.layers.MelSpectrogram(fft_length=8, sequence_length=9)

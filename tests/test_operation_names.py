"""Ops within functional models: their classes in files, and files read by both libraries."""

import importlib

import numpy as np
import pytest

import minikeras as mk
from minikeras import ops
from minikeras.models.operation_names import class_name_of, module_of
from tests.support import assert_close, values

RNG = np.random.default_rng(0)
# Ops that are no node of a graph in Keras, or go by the class of another.
_NO_CLASS = {
    "bartlett", "blackman", "convert_to_numpy", "custom_gradient", "dtype", "empty", "eye",
    "hamming", "hanning", "hard_swish", "identity", "is_tensor", "kaiser", "ones", "rearrange",
    "shape", "swish", "tri", "vectorize", "zeros",
}  # fmt: skip


def _public_ops():
    import keras

    return [
        (library, name)
        for library in (keras.ops, keras.ops.image)
        for name in sorted(dir(library))
        if callable(getattr(library, name)) and not name.startswith("_")
    ]


def test_classes_of_ops_are_those_of_keras():
    missing = []
    for _, name in _public_ops():
        module = importlib.import_module(module_of(name))
        if not hasattr(module, class_name_of(name)):
            missing.append(name)
    assert set(missing) == _NO_CLASS


SIGNAL, IMAGE = (16,), (8, 6, 3)
CASES = [
    (SIGNAL, lambda x: ops.stft(x, 4, 2, 8, window="hamming")[0]),
    (SIGNAL, lambda x: ops.istft(ops.stft(x, 8, 2, 8), 8, 2, 8, length=12)),
    (SIGNAL, lambda x: ops.irfft(ops.rfft(x, 10), fft_length=9)),
    (SIGNAL, lambda x: ops.fft((x, x))[1]),
    (IMAGE, lambda x: ops.ifft2(ops.fft2((x, x)))[0]),
    (SIGNAL, lambda x: ops.extract_sequences(x, 4, 3)),
    (SIGNAL, lambda x: ops.cdist(x, x)),
    (IMAGE, lambda x: ops.logdet(ops.matmul(ops.transpose(x, (0, 1, 3, 2)), x))),
    (IMAGE, lambda x: ops.image.resize(x, (4, 7), interpolation="bicubic")),
    (IMAGE, lambda x: ops.image.gaussian_blur(x, (3, 5), data_format="channels_last")),
    (IMAGE, lambda x: ops.image.rgb_to_hsv(x)),
    (IMAGE, lambda x: ops.image.hsv_to_rgb(x)),
    (IMAGE, lambda x: ops.image.rgb_to_grayscale(x)),
    (IMAGE, lambda x: ops.image.sobel_edges(x)),
    (IMAGE, lambda x: ops.image.extract_patches(x, (2, 3))),
    (IMAGE, lambda x: ops.image.pad_images(x, 1, 2, None, 1, 12, None)),
    (IMAGE, lambda x: ops.image.crop_images(x, 1, 2, None, 1, 3, None)),
    (IMAGE, lambda x: ops.image.ssim(x, x * x, filter_size=3)),
    (IMAGE, lambda x: ops.batch_normalization(x, ops.ones(3), ops.ones(3), axis=-1)),
    (IMAGE, lambda x: ops.layer_normalization(x)),
    (IMAGE, lambda x: x[..., ::-1]),
    (IMAGE, lambda x: x[:, 1:3, None, :, 0]),
]


@pytest.mark.parametrize("shape, function", CASES, ids=range(len(CASES)))
def test_models_of_ops_are_read_by_keras(shape, function, tmp_path):
    import keras

    inputs = mk.Input(shape, name="inputs")
    model = mk.Model(inputs, function(inputs))
    path = tmp_path / "model.keras"
    model.save(path)
    x = RNG.uniform(0.1, 0.9, size=(2, *shape)).astype("float32")
    expected = model.predict(x, verbose=0)
    there = keras.saving.load_model(path)
    assert_close(expected, there.predict(x, verbose=0), rtol=1e-4, atol=1e-4)
    there.save(path)
    again = mk.saving.load_model(path)
    assert_close(again.predict(x, verbose=0), values(expected), rtol=1e-6, atol=1e-6)

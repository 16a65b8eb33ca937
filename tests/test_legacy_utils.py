"""keras.utils of Keras 1 and 2: arrays in files, queues of batches, helpers."""

import pickle
import threading

import h5py
import numpy as np
import pytest

import minikeras as mk
from minikeras.utils.random_seed import seed_scope
from tests.support import assert_close, values

utils = mk.utils
rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3)).astype("float32")
Y = rng.integers(0, 2, (20, 1)).astype("float32")


@pytest.fixture(autouse=True)
def _same_random_numbers():
    """In each run; and other tests have none of them."""
    with seed_scope(0):
        yield


@pytest.fixture
def path(tmp_path):
    path = str(tmp_path / "data.h5")
    with h5py.File(path, "w") as file:
        file["x"], file["y"] = X, Y
    yield path
    opened = utils.HDF5Matrix.refs.pop(path, None)
    if opened is not None:
        opened.close()


def _model(seed=1):
    utils.set_random_seed(seed)
    model = mk.Sequential([mk.Input((3,)), mk.layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    return model


def test_a_matrix_in_a_file_is_read_as_an_array(path):
    x = utils.HDF5Matrix(path, "x", start=4, end=16, normalizer=lambda x: x * 2)
    expected = X[4:16] * 2
    assert x.shape == (12, 3) and x.ndim == 2 and x.size == 36 and len(x) == 12
    assert x.dtype == np.float32
    for key in (slice(None), slice(2, 5), slice(-3, None), slice(0, 9, 2), [3, 1, 1], 5, -1,
                np.array([11, 0]), np.arange(12) % 3 == 0):  # fmt: skip
        np.testing.assert_array_equal(x[key], expected[key])
    np.testing.assert_array_equal(np.asarray(x), expected)
    for key in (12, [0, 12], -13):
        with pytest.raises(IndexError):
            x[key]
    with pytest.raises(ValueError, match="do not lie within"):
        utils.HDF5Matrix(path, "x", end=50)
    again = pickle.loads(pickle.dumps(utils.HDF5Matrix(path, "x", 4, 16)))
    np.testing.assert_array_equal(again[:], X[4:16])


@pytest.mark.parametrize("shuffle", [False, "batch", True])
def test_models_train_on_files(path, shuffle):
    x, y = utils.HDF5Matrix(path, "x"), utils.HDF5Matrix(path, "y")
    kwargs = {"batch_size": 6, "epochs": 2, "verbose": 0, "shuffle": shuffle}
    from_file, from_memory = _model(), _model()
    np.random.seed(3)
    found = from_file.fit(x, y, validation_split=0.2, **kwargs).history
    np.random.seed(3)
    expected = from_memory.fit(X, Y, validation_split=0.2, **kwargs).history
    assert found == expected
    assert from_file.evaluate(x, y, verbose=0) == from_memory.evaluate(X, Y, verbose=0)
    assert_close(from_file.predict(x, verbose=0), from_memory.predict(X, verbose=0))


def test_files_as_dicts(tmp_path):
    long = [f"name_{i:05d}" * 20 for i in range(600)]
    for target in ({}, str(tmp_path / "a.h5")):
        with utils.H5Dict(target, mode="w") as file:
            file["weights"]["kernel"] = X
            file["weights"]["number"] = np.float32(3.5)
            file["names"] = ["a", "b"]
            file["version"] = "2.3.1"
            file["long"] = long
            file.update({"more": 4})
            assert "weights" in file and "nothing" not in file and file.get("nothing", 7) == 7
            assert file.is_supported_type(target) and not file.is_supported_type(3)
        with utils.H5Dict(target, mode="r") as file:
            np.testing.assert_array_equal(file["weights"]["kernel"], X)
            assert float(file["weights"]["number"]) == 3.5
            assert [n if isinstance(n, str) else n.decode() for n in file["names"]] == ["a", "b"]
            assert file["version"] == "2.3.1" and file["more"] == 4 and list(file["long"]) == long
            assert "weights" in list(file) and "weights" in list(file.iter()) and len(file)
            assert set(file["weights"].keys()) >= {"kernel"}
            with pytest.raises(ValueError, match="for reading alone"):
                file["x"] = 1
            with pytest.raises(ValueError, match="not there"):
                file["nothing"]
    with pytest.raises(TypeError, match="a group of h5py or a dict"):
        utils.H5Dict(3)
    with h5py.File(tmp_path / "b.h5", "w") as file:
        group = utils.H5Dict(file)
        group["x"] = X
        with pytest.raises(KeyError, match="there already"):
            group["x"] = X
        group.close()
        assert "x" in file


class Batches(mk.utils.PyDataset):
    """Of two numbers each, with a note of passes that ended."""

    def __init__(self):
        super().__init__()
        self.passes = 0

    def __len__(self):
        return 5

    def __getitem__(self, index):
        return np.full(2, index + 10 * self.passes)

    def on_epoch_end(self):
        self.passes += 1


def _taken(queue, number, **kwargs):
    queue.start(**kwargs)
    batches = queue.get()
    found = [next(batches) for _ in range(number)]
    queue.stop()
    assert not queue.is_running()
    return [int(batch[0]) for batch in found]


@pytest.mark.parametrize("workers", [1, 3])
def test_ordered_queues(workers):
    queue = utils.OrderedEnqueuer(Batches())
    assert not queue.is_running()
    assert _taken(queue, 8, workers=workers) == [0, 1, 2, 3, 4, 10, 11, 12]
    shuffled = _taken(utils.OrderedEnqueuer(Batches(), shuffle=True), 5, workers=workers)
    assert sorted(shuffled) == [0, 1, 2, 3, 4]
    queue = utils.OrderedEnqueuer([np.ones(2), np.zeros(2)])  # any sequence
    queue.start()
    batches = queue.get()
    assert [next(batches)[0] for _ in range(3)] == [1, 0, 1]
    queue.join_end_of_epoch()
    queue.stop()


@pytest.mark.long
def test_ordered_queues_of_processes():
    queue = utils.OrderedEnqueuer(Batches(), use_multiprocessing=True)
    assert _taken(queue, 5, workers=2, max_queue_size=2) == [0, 1, 2, 3, 4]


def test_queues_of_generators():
    def numbers():
        yield from (np.full(1, i) for i in range(7))

    queue = utils.GeneratorEnqueuer(numbers())
    queue.start(workers=2, max_queue_size=3)
    assert [int(x[0]) for x in queue.get()] == [0, 1, 2, 3, 4, 5, 6]
    with pytest.warns(DeprecationWarning, match="wait_time"):
        utils.GeneratorEnqueuer(numbers(), wait_time=0.1)
    assert threading.active_count() < 20


@pytest.mark.long
def test_queues_of_generators_in_processes():
    queue = utils.GeneratorEnqueuer(iter(np.arange(3)), use_multiprocessing=True, random_seed=1)
    queue.start(workers=1, max_queue_size=2)
    assert [int(x) for x in queue.get()] == [0, 1, 2]


def test_errors_of_workers_reach_the_loop():
    def broken():
        yield 1
        raise RuntimeError("no more numbers")

    queue = utils.GeneratorEnqueuer(broken())
    queue.start()
    batches = queue.get()
    assert next(batches) == 1
    with pytest.raises(RuntimeError, match="no more numbers"):
        next(batches)
    assert not queue.is_running()


def test_functions_as_text():
    from keras.src.utils.python_utils import func_dump as their_dump, func_load as their_load

    factor = 3
    generic = utils.generic_utils

    def scaled(x, shift=1):
        return factor * x + shift

    assert generic.func_load(generic.func_dump(scaled))(2) == 7
    assert their_load(generic.func_dump(scaled))(2) == 7
    assert generic.func_load(*their_dump(scaled))(2) == 7
    with pytest.raises(ValueError, match="no code"):
        generic.func_load("AAAA")
    assert generic.has_arg(scaled, "shift") and not generic.has_arg(scaled, "y")


@pytest.mark.parametrize("answers, may", [(["y"], True), (["what", "n"], False)])
def test_overwriting_is_asked_for(monkeypatch, answers, may):
    answers = iter(answers)
    monkeypatch.setattr("builtins.input", lambda words: next(answers))
    assert utils.io_utils.ask_to_proceed_with_overwrite("file.h5") is may


def test_lengths_of_convolutions():
    conv = utils.conv_utils
    for size in (2, 3, 5):
        for stride in (1, 2, 3):
            for padding in ("valid", "same"):
                layer = mk.layers.Conv1D(1, size, strides=stride, padding=padding)
                expected = layer.compute_output_shape((None, 11, 1))[1]
                assert conv.conv_output_length(11, size, padding, stride) == expected
                layer = mk.layers.Conv1DTranspose(1, size, strides=stride, padding=padding)
                expected = layer.compute_output_shape((None, 11, 1))[1]
                assert conv.deconv_length(11, stride, size, padding, None) == expected
    assert conv.conv_output_length(11, 3, "full", 1) == 13
    assert conv.conv_output_length(11, 3, "valid", 1, dilation=2) == 7
    assert conv.conv_output_length(None, 3, "valid", 1) is None
    assert conv.conv_input_length(None, 3, "same", 1) is None
    assert conv.conv_input_length(5, 3, "full", 2) == 7
    assert conv.deconv_length(None, 3, 2, "same", None) is None
    assert conv.deconv_length(4, 2, 3, "full", 1) == 6
    with pytest.warns(DeprecationWarning, match="padding="):
        assert utils.np_utils.conv_input_length(5, 3, border_mode="same", stride=2) == 9
    assert conv.normalize_tuple((1, 2), 2, "n") == (1, 2)
    for call in (lambda: conv.normalize_tuple((1,), 2, "strides"),
                 lambda: conv.normalize_tuple("ab", 2, "strides"),
                 lambda: conv.normalize_padding("odd"),
                 lambda: conv.conv_output_length(3, 3, "odd", 1)):  # fmt: skip
        with pytest.raises(ValueError, match=r"strides|padding"):
            call()


def test_scores_of_keras_1():
    np_utils = utils.np_utils
    p = np.array([[0.2, 0.8], [0.6, 0.4], [0.5, 0.5]])
    assert np_utils.probas_to_classes(p).tolist() == [1, 0, 0]
    assert np_utils.categorical_probas_to_classes(p).tolist() == [1, 0, 0]
    assert np_utils.probas_to_classes(p[:, 1]).tolist() == [1, 0, 0]
    assert float(np_utils.accuracy([1, 2], [1, 3])) == 0.5
    assert abs(np_utils.multiclass_logloss(p, [2, 1, 1]) + np.log(0.8 * 0.6 * 0.5) / 3) < 1e-12
    assert (
        abs(np_utils.binary_logloss(p[:, 1], np.array([1, 0, 1])) + np.log(0.8 * 0.6 * 0.5) / 3)
        < 1e-12
    )
    kernel = rng.normal(size=(2, 3, 4, 5))
    np.testing.assert_array_equal(np_utils.convert_kernel(kernel), kernel[::-1, ::-1])
    np.testing.assert_array_equal(np_utils.convert_kernel(kernel, "th"), kernel[..., ::-1, ::-1])
    with pytest.raises(ValueError, match="3 to 5 axes"):
        np_utils.convert_kernel(kernel[0, 0])


def test_one_hot_rows_of_each_era():
    rows = np.eye(3)[[0, 2]]
    with pytest.warns(DeprecationWarning, match="x="):
        assert utils.np_utils.to_categorical(y=[0, 2], nb_classes=3).tolist() == rows.tolist()
    for era, dtype in ((1, "float64"), (2, "float32"), (3, "float64")):
        with mk.legacy.era_scope(era):
            assert utils.to_categorical([0, 2], 3).dtype == dtype
            assert utils.to_categorical([0, 2], 3, dtype="int8").dtype == "int8"
    with pytest.warns(DeprecationWarning, match="x="):
        assert utils.normalize(a=np.array([[3.0, 4.0]])).tolist() == [[0.6, 0.8]]


def test_models_are_measured(capsys):
    layer_utils = utils.layer_utils
    x = mk.Input((6, 6, 2), name="picture")
    shared = mk.layers.Conv2D(3, 2, name="convolution")
    y = mk.layers.Dense(2, name="dense")(mk.layers.Flatten()(shared(x)))
    model = mk.Model(x, y)
    assert layer_utils.count_params(model.weights + model.weights) == model.count_params()
    trained = model.count_params()
    shared.trainable = False
    assert layer_utils.count_total_params([model]) == (trained - 27, 27)
    utils.print_summary(model, line_length=70)
    assert "Conv2D" in capsys.readouterr().out
    with mk.legacy.era_scope(1):
        layer_utils.print_summary(model.layers, ["convolution_ib-0"], 100)
    shown = capsys.readouterr().out
    assert "picture[0][0]" in shown and "flatten[0][0]" not in shown
    assert utils.get_source_inputs(y, layer=shared, node_index=0)[0] is x
    before = values(shared.get_weights()[0])
    utils.convert_all_kernels_in_model(model)
    np.testing.assert_array_equal(values(shared.get_weights()[0]), before[::-1, ::-1])


@pytest.mark.parametrize("target", ["channels_first", "channels_last"])
def test_dense_layers_follow_their_pictures(target):
    pictures = rng.normal(size=(2, 3, 4, 5)).astype("float32")
    dense = mk.layers.Dense(2)
    expected = values(dense(pictures.reshape(2, -1)))
    moved = (
        np.moveaxis(pictures, -1, 1) if target == "channels_first" else np.moveaxis(pictures, 1, -1)
    )
    utils.layer_utils.convert_dense_weights_data_format(dense, moved.shape[1:], target)
    np.testing.assert_allclose(values(dense(moved.reshape(2, -1))), expected, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="target_data_format"):
        utils.layer_utils.convert_dense_weights_data_format(dense, (1, 2, 3), "last")


def test_layers_from_configurations():
    make = utils.layer_utils.layer_from_config
    dense = make({"class_name": "Dense", "config": mk.layers.Dense(3, name="d").get_config()})
    assert (dense.units, dense.name) == (3, "d")
    with pytest.warns(DeprecationWarning, match="units="):
        assert make({"class_name": "Dense", "config": {"output_dim": 4}}).units == 4
    model = _model()
    again = make({"class_name": "Sequential", "config": model.get_config()})
    assert again.count_params() == 4


def test_one_device_computes():
    model = _model()
    with pytest.warns(UserWarning, match="one device"):
        assert utils.multi_gpu_model(model, gpus=4) is model
    with pytest.raises(ValueError, match="two or more"):
        utils.multi_gpu_model(model, gpus=[0])


def test_bars_of_each_era():
    with mk.legacy.era_scope(2):
        assert utils.Progbar(3, verbose=0).width == 30
    with mk.legacy.era_scope(1):
        bar = utils.generic_utils.Progbar(3, 25, 0)
        bar.update(1, [("loss", 1.0)], True)
        bar.update(2, force=True)
    assert bar.width == 25 and utils.Progbar(3).width == 20

"""Batches: from every kind of data that fit, evaluate and predict take."""

import itertools
import sys
import types
import warnings

import h5py
import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from keras.src.trainers.epoch_iterator import EpochIterator

import minikeras as mk
from minikeras.training.data import (
    PyDataset,
    class_weight_to_sample_weights,
    make_batches,
    pack_x_y_sample_weight,
    train_validation_split,
    unpack_x_y_sample_weight,
)
from tests.support import assert_close, values

RNG = np.random.default_rng(0)
X = RNG.normal(size=(10, 3))
Y = RNG.integers(0, 4, size=(10,))


def epoch(batches):
    """The batches of one epoch with NumPy leaves."""
    return [values(batch) for batch in batches.epoch()]


def joined(batches, part=0):
    """One part of the batches of an epoch, put together again."""
    return np.concatenate([batch[part] for batch in epoch(batches)])


def oracle(*args, **kwargs):
    """The batches that real Keras makes, in the form (x, y, sample_weight)."""
    iterator = EpochIterator(*args, **kwargs).data_adapter.get_numpy_iterator()
    return [unpack_x_y_sample_weight(batch) for batch in iterator]


# Arrays and what stands for them


SOURCES = {
    "float64": lambda path: (X, X),
    "float16": lambda path: (X.astype("float16"), X.astype("float16")),
    "int64": lambda path: (Y, Y),
    "bool": lambda path: (Y > 1, Y > 1),
    "images": lambda path: ((X > 0).astype("uint8").reshape(10, 3, 1),) * 2,
    "not contiguous": lambda path: (np.repeat(X, 2, axis=0)[::2],) * 2,
    "frame": lambda path: (pd.DataFrame(X, columns=["a", "b", "c"]), X),
    "frame of mixed dtypes": lambda path: (
        pd.DataFrame({"a": X[:, 0], "b": Y, "c": Y > 1}),
        np.stack([X[:, 0], Y, Y > 1], axis=1),
    ),
    "series": lambda path: (pd.Series(X[:, 0], index=range(100, 110)), X[:, :1]),
    "sparse": lambda path: (scipy.sparse.coo_matrix(X * (X > 0)), X * (X > 0)),
    "list of numbers": lambda path: (X[:, 0].tolist(), X[:, 0]),
    "list of lists": lambda path: (X.tolist(), X),
    "range": lambda path: (range(10), np.arange(10)),
    "h5py": lambda path: (_h5(path), X),
    "memmap": lambda path: (_memmap(path), X),
    "only shape, dtype and getitem": lambda path: (Lazy(X), X),
    "__array__ only": lambda path: (ArrayLike(X), X),
    "device": lambda path: (mk.backend.xp.asarray(X), X),
    "variable": lambda path: (mk.Variable(X), X),
}


class Lazy:
    """An array-like that notes how much is read at once."""

    def __init__(self, array):
        self._array = array
        self.shape, self.dtype = array.shape, array.dtype
        self.most_read = 0

    def __getitem__(self, index):
        rows = self._array[index]
        self.most_read = max(self.most_read, len(rows))
        return rows


class ArrayLike:
    def __init__(self, array):
        self._array = array

    def __array__(self, dtype=None, copy=None):
        return self._array


def _h5(path):
    return h5py.File(path / "data.h5", "w").create_dataset("x", data=X)


def _memmap(path):
    found = np.memmap(path / "data.bin", dtype=X.dtype, mode="w+", shape=X.shape)
    found[:] = X
    return found


@pytest.mark.parametrize("shuffle", [False, True, "batch"])
@pytest.mark.parametrize("name", SOURCES)
def test_arrays_come_in_batches(name, shuffle, tmp_path):
    source, expected = SOURCES[name](tmp_path)
    expected = np.asarray(expected)
    if expected.dtype.kind == "f":
        expected = expected.astype("float32")
    mk_batches = make_batches(source, np.arange(10), batch_size=4, shuffle=shuffle)
    assert (mk_batches.num_batches, mk_batches.batch_size) == (3, 4)
    assert mk_batches.has_known_size
    for _ in range(2):
        batches = epoch(mk_batches)
        assert [len(x) for x, _, _ in batches] == [4, 4, 2]
        order = np.concatenate([y for _, y, _ in batches])
        assert sorted(order) == list(range(10))
        if shuffle is False:
            assert order.tolist() == list(range(10))
        if shuffle == "batch":
            assert [sorted(y) for _, y, _ in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
        found = np.concatenate([x for x, _, _ in batches])
        assert_close(found, expected[order], rtol=0, atol=0, dtype=expected.dtype.kind == "f")


@pytest.mark.parametrize("shuffle", [True, "batch"])
def test_the_order_is_that_of_keras_for_the_same_seed(shuffle):
    np.random.seed(3)
    expected = [oracle(X, Y, batch_size=4, shuffle=shuffle) for _ in range(2)]
    np.random.seed(3)
    batches = make_batches(X, Y, batch_size=4, shuffle=shuffle)
    for pass_ in expected:
        assert_close(epoch(batches), pass_, dtype=False)


def test_data_on_disk_are_read_batch_by_batch():
    source = Lazy(X)
    list(make_batches(source, batch_size=3, shuffle=True).epoch())
    assert source.most_read == 3


STRUCTURES = {
    "list": [X, X[:, :1]],
    "tuple": (X, X[:, :1]),
    "dict": {"b": X, "a": X[:, :1]},
    "nested": {"a": [X, (X[:, 0], X)], "b": X},
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_structures_are_kept(name):
    structure = STRUCTURES[name]
    expected = oracle(structure, [Y, Y], batch_size=4)
    found = epoch(make_batches(structure, [Y, Y], batch_size=4))
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected):
        mk.tree.assert_same_structure(ours[0], theirs[0])
        assert_close(ours, theirs, dtype=False)


def test_lists_of_lists_of_arrays_are_structures():
    (batch,) = epoch(make_batches([X, [1.0] * 10]))
    assert [leaf.shape for leaf in batch[0]] == [(10, 3), (10,)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": X, "y": Y[:5]}, r"x: 10, y: 5"),
        ({"x": {"a": X, "b": X[:3]}, "y": Y}, r"x\['a'\]: 10, x\['b'\]: 3, y: 10"),
        ({"x": X, "y": Y, "sample_weight": [1.0]}, r"sample_weight: 1"),
        ({"x": X[:0], "y": Y[:0]}, r"no data.*x: 0, y: 0"),
        ({"x": None}, r"no data"),
        ({"x": [], "y": []}, r"no data"),
        ({"x": 5}, r"x must be an array.*5 of type int"),
        ({"x": "abc"}, r"x must be an array.*str"),
        ({"x": {"a": object()}}, r"x\['a'\] must be an array"),
        ({"x": np.float32(3)}, r"scalar"),
        ({"x": [[1, 2], [3]]}, r"unlike lengths"),
        ({"x": np.array([1, {}], dtype=object)}, r"Python objects"),
        ({"x": X, "batch_size": -1}, r"batch_size"),
        ({"x": X, "batch_size": 2.5}, r"batch_size"),
        ({"x": X, "steps": 0}, r"steps"),
        ({"x": X, "y": Y, "class_weight": {0: 1}, "sample_weight": Y}, r"not both"),
        ({"x": X, "class_weight": {0: 1}}, r"y=None"),
        ({"x": X, "y": Y, "class_weight": [1, 2]}, r"must be a dict"),
        ({"x": X, "y": Y, "class_weight": {"a": 2}}, r"classes \(integers\)"),
        ({"x": X, "y": [Y, Y], "class_weight": {0: 1}}, r"single output"),
        ({"x": X, "y": [Y, Y], "sample_weight": [Y]}, r"form of y"),
        ({"x": X, "y": [Y, Y], "sample_weight": X}, r"one number per sample"),
        ({"x": (b for b in [X]), "y": Y}, r"`y` should not be passed beside.*generator"),
        ({"x": (b for b in [X]), "sample_weight": Y}, r"`sample_weight` should not be passed"),
        ({"x": iter([])}, r"at least one batch"),
    ],
)
def test_mistakes_are_explained(arguments, message):
    with pytest.raises(ValueError, match=message):
        list(make_batches(**arguments).epoch())


# Steps


def test_steps_without_batch_size_divide_the_data():
    batches = make_batches(X, steps=3)
    assert [len(x) for x, _, _ in epoch(batches)] == [4, 4, 2]


def test_steps_go_on_where_the_last_epoch_ended():
    batches = make_batches(np.arange(6), batch_size=1, steps=4)
    assert batches.num_batches == 4
    assert joined(batches).tolist() == [0, 1, 2, 3]
    with pytest.warns(UserWarning, match="after 2 of 4 steps"):
        assert joined(batches).tolist() == [4, 5]
    assert joined(batches).tolist() == [0, 1, 2, 3]


def test_a_pass_that_ends_with_an_epoch_is_begun_anew():
    for batches in (
        make_batches(np.arange(4), batch_size=1, steps=2),
        make_batches(Repeatable(4), steps=2),
    ):
        assert [joined(batches).tolist() for _ in range(4)] == [[0, 1], [2, 3], [0, 1], [2, 3]]


class Repeatable:
    """An iterable of batches such as a torch DataLoader."""

    def __init__(self, length):
        self._length = length

    def __iter__(self):
        return (np.array([i]) for i in range(self._length))


class Sized(Repeatable):
    def __len__(self):
        return self._length


# Sources of batches


FORMS = {
    "x": (lambda x, y, w: x, (True, False, False)),
    "(x,)": (lambda x, y, w: (x,), (True, False, False)),
    "(x, y)": (lambda x, y, w: (x, y), (True, True, False)),
    "(x, y, w)": (lambda x, y, w: (x, y, w), (True, True, True)),
    "[x, y]": (lambda x, y, w: [x, y], (True, True, False)),
    "(x, None, None)": (lambda x, y, w: (x, None, None), (True, False, False)),
}


@pytest.mark.parametrize("form", FORMS)
def test_generators_yield_batches_in_several_forms(form):
    make, present = FORMS[form]
    batches = make_batches(make(X[i : i + 2], Y[i : i + 2], Y[i : i + 2]) for i in (0, 2, 4))
    assert batches.num_batches is None
    assert not batches.has_known_size
    found = epoch(batches)
    assert len(found) == 3
    assert [part is not None for part in found[0]] == list(present)
    assert found[0][0].dtype == "float32"
    np.testing.assert_allclose(joined_parts(found), X[:6].astype("float32"))


def joined_parts(batches, part=0):
    return np.concatenate([batch[part] for batch in batches])


def test_a_generator_with_steps():
    batches = make_batches(((np.array([i]), np.array([i])) for i in range(7)), steps=3)
    assert batches.num_batches == 3
    assert joined(batches).tolist() == [0, 1, 2]
    assert joined(batches).tolist() == [3, 4, 5]
    with pytest.warns(UserWarning, match="after 1 of 3 steps"):
        assert joined(batches).tolist() == [6]
    with pytest.warns(UserWarning, match="after 0 of 3 steps"):
        assert epoch(batches) == []


def test_a_spent_generator_warns():
    batches = make_batches(np.array([i]) for i in range(2))
    assert len(epoch(batches)) == 2
    assert batches.is_spent
    with pytest.warns(UserWarning, match="only once"):
        assert epoch(batches) == []


def test_iterables_are_gone_through_in_each_epoch():
    batches = make_batches(Repeatable(3))
    assert not batches.has_known_size
    assert [len(epoch(batches)) for _ in range(3)] == [3, 3, 3]
    assert make_batches(Sized(3)).num_batches == 3


def test_batches_may_hold_lists_and_frames():
    (batch,) = epoch(make_batches(iter([([1.0, 2.0], pd.Series([0, 1]))])))
    assert (batch[0].dtype, batch[0].shape, batch[1].shape) == ("float32", (2,), (2, 1))


def test_batches_of_several_inputs():
    (batch,) = epoch(make_batches(iter([((X, X), {"a": Y})])))
    assert len(batch[0]) == 2
    assert list(batch[1]) == ["a"]


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ((X, Y, Y, Y), "4 parts"),
        ((), "0 parts"),
        ((None, Y), "must have inputs"),
        ((3.0, Y), "x must be an array"),
    ],
)
def test_mistakes_in_batches_are_explained(batch, message):
    with pytest.raises(ValueError, match=message):
        list(make_batches(iter([batch])).epoch())


def test_torch_like_tensors_are_read():
    class Tensor:
        shape, dtype = (10, 3), "torch.float32"

        def detach(self):
            return self

        def cpu(self):
            return X

    assert_close(epoch(make_batches(Tensor()))[0][0], X.astype("float32"))


# Weights


@pytest.mark.parametrize(
    "y", [Y, Y[:, None], np.eye(4)[Y], Y.astype("float32")], ids=["1d", "2d", "one-hot", "float"]
)
def test_class_weights_become_sample_weights(y):
    table = {0: 0.5, 1: 2.0, 3: 4.0}
    expected = [w for _, _, w in oracle(X, y, class_weight=table, batch_size=4)]
    found = [w for _, _, w in epoch(make_batches(X, y, class_weight=table, batch_size=4))]
    assert_close(found, expected)
    assert_close(class_weight_to_sample_weights(y, table), np.concatenate(expected))


def test_class_weights_of_a_generator():
    batches = make_batches(iter([(X, Y)]), class_weight={1: 3.0})
    assert_close(epoch(batches)[0][2], np.where(Y == 1, 3, 1).astype("float32"))
    with pytest.raises(ValueError, match="not both"):
        list(make_batches(iter([(X, Y, Y)]), class_weight={1: 3.0}).epoch())


def test_one_weight_for_several_outputs_counts_for_each():
    weights = np.arange(10.0)
    (batch,) = epoch(make_batches(X, {"a": Y, "b": Y}, weights))
    assert_close(batch[2], {"a": weights.astype("float32"), "b": weights.astype("float32")})
    (batch,) = epoch(make_batches(X, [Y, Y], [weights, None]))
    assert batch[2][1] is None


# Packing, unpacking, splitting


@pytest.mark.parametrize("data", [X, (X,), (X, Y), [X, Y], (X, Y, Y)])
def test_unpacking_is_that_of_keras(data):
    found, expected = unpack_x_y_sample_weight(data), keras.utils.unpack_x_y_sample_weight(data)
    assert all(a is b for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("data", [(X,), ([X],), (X, Y), (X, Y, Y), (X, None, Y)])
def test_packing_is_that_of_keras(data):
    found, expected = pack_x_y_sample_weight(*data), keras.utils.pack_x_y_sample_weight(*data)
    assert type(found) is type(expected)
    assert_close(found, expected)


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.3, 0.5, 0.89])
def test_split_is_that_of_keras(fraction):
    from keras.src.trainers.data_adapters.array_slicing import train_validation_split as theirs

    arrays = ({"a": X, "b": X}, Y, None)
    (x, y, w), (vx, vy, vw) = train_validation_split(arrays, fraction)
    (_, expected, _), (_, expected_rest, _) = theirs(arrays, fraction)
    assert_close(y, np.asarray(expected))
    assert_close(vy, np.asarray(expected_rest))
    assert (w, vw) == (None, None)
    assert len(x["a"]) == len(y)
    assert len(vx["b"]) == len(vy)


def test_split_of_frames_sparse_and_lazy_data(tmp_path):
    arrays = (pd.DataFrame(X), scipy.sparse.csr_matrix(X), _h5(tmp_path), X.tolist(), Lazy(X))
    train, rest = train_validation_split(arrays, 0.3)
    for part, expected in ((train, X[:7]), (rest, X[7:])):
        batch = joined_structure(make_batches(part, batch_size=2, shuffle=True), expected)
        assert batch


def joined_structure(batches, expected):
    """Whether all leaves agree with one another and hold the rows of ``expected``."""
    leaves = [np.concatenate(parts) for parts in zip(*(batch[0] for batch in epoch(batches)))]
    order = np.argsort(leaves[0][:, 0])
    for leaf in leaves:
        np.testing.assert_allclose(leaf, leaves[0], rtol=1e-6)
    return np.allclose(leaves[0][order], expected[np.argsort(expected[:, 0])], rtol=1e-6)


@pytest.mark.parametrize(
    ("arrays", "fraction", "message"),
    [
        ((X, iter([1])), 0.5, "iterator"),
        ((X[:1],), 0.5, "would be empty"),
        ((X,), 1.5, "between 0 and 1"),
        ((X, Y[:4]), 0.5, r"data\[0\]: 10, data\[1\]: 4"),
    ],
)
def test_mistakes_in_splitting_are_explained(arrays, fraction, message):
    with pytest.raises(ValueError, match=message):
        train_validation_split(arrays, fraction)


# PyDataset


class Squares(PyDataset):
    """Batch ``i`` holds the number ``i`` and its square."""

    def __init__(self, length=5, **kwargs):
        super().__init__(**kwargs)
        self._length = length
        self.calls = []

    @property
    def num_batches(self):
        return self._length

    def __getitem__(self, index):
        return np.array([float(index)]), np.array([float(index) ** 2])

    def on_epoch_begin(self):
        self.calls.append("begin")

    def on_epoch_end(self):
        self.calls.append("end")


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_a_py_dataset_keeps_its_order(workers):
    batches = make_batches(Squares(7, workers=workers, max_queue_size=2))
    for _ in range(2):
        assert joined(batches).tolist() == list(range(7))
        assert joined(batches, 1).tolist() == [i**2 for i in range(7)]
    assert batches.num_batches == 7


def test_a_py_dataset_is_shuffled_as_keras_does():
    import random

    class Theirs(keras.utils.PyDataset):
        __len__ = lambda self: 7
        __getitem__ = lambda self, index: (np.array([index]),)

    random.seed(5)
    expected = [int(x[0]) for x, _, _ in oracle(Theirs(), shuffle=True)]
    random.seed(5)
    assert joined(make_batches(Squares(7), shuffle=True)).tolist() == expected


def test_an_endless_py_dataset_goes_on():
    batches = make_batches(Squares(None, workers=2), steps=3)
    assert joined(batches).tolist() == [0, 1, 2]
    assert joined(batches).tolist() == [3, 4, 5]
    batches.on_train_end()


def test_a_py_dataset_is_told_of_epochs():
    dataset = Squares(2)
    batches = make_batches(dataset)
    batches.on_train_begin()
    batches.on_epoch_begin()
    list(batches.epoch())
    batches.on_epoch_end()
    batches.on_train_end()
    assert dataset.calls == ["begin", "end"]


def test_a_py_dataset_of_processes():
    dataset = Squares(4, workers=2, use_multiprocessing=True)
    assert joined(make_batches(dataset)).tolist() == [0, 1, 2, 3]


def test_a_class_of_an_interactive_session_falls_back_to_threads(monkeypatch):
    monkeypatch.setattr(Squares, "__module__", "__main__")
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    batches = make_batches(Squares(4, workers=2, use_multiprocessing=True))
    with pytest.warns(UserWarning, match="threads"):
        assert joined(batches).tolist() == [0, 1, 2, 3]


def test_errors_in_workers_reach_the_caller():
    class Broken(Squares):
        def __getitem__(self, index):
            if index == 2:
                raise OSError("disk on fire")
            return super().__getitem__(index)

    batches = make_batches(Broken(workers=2))
    with pytest.raises(OSError, match="disk on fire"):
        list(batches.epoch())


def test_mistakes_in_a_py_dataset_are_explained():
    class WithoutLength(PyDataset):
        pass

    class WithoutInit(Squares):
        def __init__(self):
            self._length, self.calls = 2, []

    with pytest.raises(TypeError, match="__len__"):
        make_batches(WithoutLength())
    with pytest.raises(TypeError, match="__getitem__"):
        WithoutLength()[0]
    with pytest.raises(ValueError, match="0 batches"):
        make_batches(Squares(0))
    with pytest.warns(UserWarning, match=r"super\(\).__init__"):
        assert len(epoch(make_batches(WithoutInit()))) == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(Squares(2))[1][1] == 1


def test_an_unfinished_epoch_leaves_no_workers_behind():
    batches = make_batches(Squares(100, workers=2))
    stream = batches.epoch()
    next(stream)
    stream.close()
    assert joined(batches)[:2].tolist() == [0, 1]


def test_a_data_set_without_a_length_has_no_end():
    class Numbers(mk.utils.PyDataset):
        def __getitem__(self, index):
            return index

    assert list(itertools.islice(Numbers(), 5)) == [0, 1, 2, 3, 4]

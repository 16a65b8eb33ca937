"""Mistakes with keras.distribution; what works is in tests/oracle/calls_distribution.py."""

import keras
import pytest

import minikeras as mk


def mesh(k, *names):
    return k.distribution.DeviceMesh((1,) * len(names), list(names))


def twice(k):
    layouts = k.distribution.LayoutMap(mesh(k, "model"))
    layouts["kernel"] = ("model",)
    layouts["kernel"] = ("model",)


def ambiguous(k):
    layouts = k.distribution.LayoutMap(mesh(k, "model"))
    layouts["dense.*"], layouts[".*kernel"] = ("model",), (None,)
    return layouts["dense/kernel"]


def second_mesh(k):
    k.distribution.TensorLayout((None,), mesh(k, "model")).device_mesh = mesh(k, "batch")


MISTAKES = {
    "no shape": lambda k: k.distribution.DeviceMesh((), ["batch"]),
    "names": lambda k: k.distribution.DeviceMesh((1, 1), ["batch"]),
    "devices": lambda k: k.distribution.DeviceMesh((2,), ["batch"], ["cpu:0"] * 3),
    "an axis": lambda k: k.distribution.TensorLayout(("strange",), mesh(k, "batch")),
    "two meshes": second_mesh,
    "two layouts": twice,
    "no layout": lambda k: k.distribution.LayoutMap(mesh(k, "model")).update({"kernel": "model"}),
    "two keys": ambiguous,
    "no map": lambda k: k.distribution.ModelParallel(),
    "another map": lambda k: k.distribution.ModelParallel(layout_map={"kernel": ("model",)}),
    "no mesh": lambda k: k.distribution.DataParallel(device_mesh="cpu:0"),
}


@pytest.mark.parametrize("library", [keras, mk], ids=["keras", "minikeras"])
@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_errors_in_both(library, case):
    with pytest.raises(ValueError):
        MISTAKES[case](library)


def test_more_than_one_axis_for_batches_warns():
    """In Keras the call that should warn is a TypeError."""
    with pytest.warns(UserWarning, match="Expect the input mesh to be 1D"):
        parallel = mk.distribution.DataParallel(mesh(mk, "batch", "model"))
    assert parallel.batch_dim_name == "batch"


SEVERAL = ["cpu:0", "cpu:1"]
BEYOND = {
    "two devices": lambda d: d.set_distribution(d.DataParallel(devices=SEVERAL)),
    "another device": lambda d: d.set_distribution(d.DataParallel(devices=["tpu:0"])),
    "tensors on two": lambda d: d.distribute_tensor(
        mk.ops.ones((2,)), d.TensorLayout(("batch",), d.DeviceMesh((2,), ["batch"], SEVERAL))
    ),
    "processes": lambda d: d.initialize(num_processes=2),
    "addresses": lambda d: d.initialize("10.0.0.1:1,10.0.0.2:1"),
    "no distribution": lambda d: d.set_distribution("batch"),
    "no tensor layout": lambda d: d.distribute_tensor(mk.ops.ones((2,)), ("batch",)),
    "too many axes": lambda d: d.distribute_tensor(
        mk.ops.ones((2,)), d.TensorLayout((None, None), mesh(mk, "model"))
    ),
    "no axis of the mesh": lambda d: d.ModelParallel(
        layout_map=d.LayoutMap(mesh(mk, "model")), batch_dim_name="batch"
    ),
}


@pytest.mark.parametrize("case", BEYOND)
def test_what_needs_several_devices_is_an_error(case):
    with pytest.raises(ValueError, match="Received"):
        BEYOND[case](mk.distribution)


def test_there_is_one_device():
    kind = mk.config.backend().replace("numpy", "cpu").replace("cupy", "gpu")
    assert mk.distribution.list_devices() == [f"{kind}:0"]
    assert mk.distribution.list_devices("tpu") == []
    assert mk.distribution.get_device_count("TPU") == 0


def test_processes_of_the_environment(monkeypatch):
    monkeypatch.setenv("KERAS_DISTRIBUTION_NUM_PROCESSES", "2")
    with pytest.raises(ValueError, match="one process"):
        mk.distribution.initialize()

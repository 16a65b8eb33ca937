"""Calls of `keras.distribution`, on the one device that both libraries have here.

Each entry is a function of one of the two libraries; what it returns must be the same in both.
"""

import numpy as np

GRID = np.array([[f"tpu:{2 * i + j}" for j in range(2)] for i in range(3)])


def _mesh(k, shape=(1, 1), names=("batch", "model"), devices=None):
    return k.distribution.DeviceMesh(shape, list(names), devices)


def _device_mesh(k):
    mesh = _mesh(k, (3, 2), devices=GRID.ravel().tolist())
    return [mesh.shape, mesh.axis_names, mesh.devices.tolist(), _mesh(k).devices.shape]


def _layout(k):
    layout = k.distribution.TensorLayout((None, "model"))
    layout.device_mesh = _mesh(k)
    return [layout.axes, layout.device_mesh.shape]


def _map(k):
    layouts = k.distribution.LayoutMap(_mesh(k))
    layouts["dense.*/kernel"] = (None, "model")
    layouts["dense/bias"] = k.distribution.TensorLayout(("model",))
    found = [layouts[key] for key in ("dense_1/kernel", "dense/bias", "conv/kernel")]
    del layouts["dense/bias"]
    axes = [None if layout is None else layout.axes for layout in found]
    return [axes, found[1].device_mesh.shape, len(layouts), list(layouts)]


def _trained(k, parallel):
    """What a distribution says, and a training in which it is in force."""
    with parallel.scope():
        model = k.Sequential([k.Input((3,)), k.layers.Dense(2, kernel_initializer="ones")])
        model.compile("sgd", "mse")
        x = np.ones((4, 3), "float32")
        history = model.fit(x, x[:, :2], batch_size=2, verbose=0).history
    kernel, bias = model.weights
    return [
        history,
        k.distribution.distribution(),
        parallel.get_data_layout((4, 3)).axes,
        parallel.get_variable_layout(kernel).axes,
        parallel.get_variable_layout(bias).axes,
        parallel.get_tensor_layout("dense/output") is None,
        [parallel.batch_dim_name, parallel.num_model_replicas, parallel.auto_shard_dataset],
        parallel.distribute_dataset([1, 2]),
    ]


def _model_parallel(k):
    layouts = k.distribution.LayoutMap(_mesh(k))
    layouts[".*kernel"] = (None, "model")
    return _trained(k, k.distribution.ModelParallel(layout_map=layouts))


def _set(k):
    parallel = k.distribution.DataParallel()
    k.distribution.set_distribution(parallel)
    try:
        return k.distribution.distribution() is parallel
    finally:
        k.distribution.set_distribution(None)


def _tensor(k):
    layout = k.distribution.TensorLayout(("batch", None), _mesh(k))
    symbol = k.Input((2,))
    same = k.distribution.distribute_tensor(symbol, layout) is symbol
    tensor = k.ops.convert_to_tensor(np.ones((2, 2), "float32"))
    return [k.distribution.distribute_tensor(tensor, layout), same]


def _one_kind(k):
    return "gpu" if k.config.backend() == "cupy" else "cpu"


CALLS = {
    "distribution.DeviceMesh": _device_mesh,
    "distribution.TensorLayout": _layout,
    "distribution.LayoutMap": _map,
    "distribution.DataParallel": lambda k: _trained(k, k.distribution.DataParallel()),
    "distribution.ModelParallel": _model_parallel,
    "distribution.distribution": lambda k: k.distribution.distribution(),
    "distribution.set_distribution": _set,
    "distribution.distribute_tensor": _tensor,
    "distribution.list_devices": lambda k: [
        len(k.distribution.list_devices(kind)) for kind in (None, _one_kind(k))
    ],
    "distribution.get_device_count": lambda k: k.distribution.get_device_count(),
}
ALONE = {
    "distribution.initialize": (
        "the oracle connects to a coordinator, before anything else",
        lambda k: k.distribution.initialize(num_processes=1) is None,
    ),
}

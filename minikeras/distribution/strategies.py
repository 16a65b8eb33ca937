"""How the work would be shared out among devices: by samples, or by variables too."""

import contextlib
import warnings

from minikeras.distribution.layouts import DeviceMesh, LayoutMap, TensorLayout, check_there
from minikeras.distribution.machine import list_devices

_in_force = {"distribution": None}


def distribution():
    """The distribution in force, or None."""
    return _in_force["distribution"]


def set_distribution(value):
    """Put a distribution in force, for all that is made and trained from then on.

    Args:
        value: a `DataParallel` or `ModelParallel` whose mesh is the one device that minikeras
            computes on, or None.

    Raises:
        ValueError: if the mesh holds other devices.

    >>> import minikeras as keras
    >>> keras.distribution.set_distribution(keras.distribution.DataParallel())
    >>> keras.distribution.distribution().num_model_replicas
    1
    >>> keras.distribution.set_distribution(None)
    """
    if value is not None:
        if not isinstance(value, Distribution):
            raise ValueError(f"value must be a distribution or None. Received: {value!r}")
        check_there(value.device_mesh)
    _in_force["distribution"] = value


class Distribution:
    """What distributions share; they differ in `get_variable_layout` and `get_tensor_layout`.

    Args:
        device_mesh: a `DeviceMesh`.
        batch_dim_name: the axis of the mesh along which batches are cut.
        auto_shard_dataset: whether each of several processes would take its part of a data set.
    """

    def __init__(self, device_mesh, batch_dim_name, auto_shard_dataset):
        self._device_mesh = device_mesh
        self._batch_dim_name = batch_dim_name
        self.auto_shard_dataset = auto_shard_dataset

    @property
    def device_mesh(self):
        """The mesh of devices."""
        return self._device_mesh

    @property
    def batch_dim_name(self):
        """The axis of the mesh along which batches are cut."""
        return self._batch_dim_name

    @property
    def num_processes(self):
        """How many processes train: 1."""
        return 1

    @property
    def data_shard_id(self):
        """The number of the part of a data set that this process takes: 0."""
        return 0

    @property
    def num_model_replicas(self):
        """How many copies of the model there are, each with its part of a batch."""
        names = list(self._device_mesh.axis_names)
        return self._device_mesh.shape[names.index(self._batch_dim_name)]

    def get_data_layout(self, data_shape):
        """The layout of data: cut along the first axis.

        Args:
            data_shape: the shape of a batch.
        """
        rest = [None] * (len(data_shape) - 1)
        return TensorLayout([self._batch_dim_name, *rest], self._device_mesh)

    def get_variable_layout(self, variable):
        """The layout of a variable: whole on each device.

        Args:
            variable: a variable, for its shape and, in `ModelParallel`, its path.
        """
        return TensorLayout([None] * len(variable.shape), self._device_mesh)

    def get_tensor_layout(self, path):
        """The layout of what the layer at a path returns, or None for whatever comes."""

    @contextlib.contextmanager
    def scope(self):
        """A context in which this distribution is in force."""
        before = distribution()
        set_distribution(self)
        try:
            yield
        finally:
            set_distribution(before)

    def distribute_dataset(self, dataset):
        """The part of a data set for this process: all of it.

        Args:
            dataset: data as `fit` takes it.
        """
        return dataset

    distribute_tf_dataset = distribute_dataset

    def __repr__(self):
        return f"<{type(self).__name__} device_mesh={self._device_mesh}>"


class DataParallel(Distribution):
    """Each device has the whole model and a part of the batch.

    Args:
        device_mesh: a `DeviceMesh`; batches are cut along its first axis.
        devices: names of devices for a mesh of one axis, if there is no ``device_mesh``; by default
            all.
        auto_shard_dataset: whether each of several processes would take its part of a data set.

    >>> import minikeras as keras
    >>> keras.distribution.DataParallel().get_data_layout((32, 8)).axes
    ('batch', None)
    """

    def __init__(self, device_mesh=None, devices=None, auto_shard_dataset=True):
        if device_mesh is None:
            devices = list_devices() if devices is None else devices
            device_mesh = DeviceMesh((len(devices),), ["batch"], devices)
        elif not isinstance(device_mesh, DeviceMesh):
            raise ValueError(f"device_mesh must be a DeviceMesh. Received: {device_mesh!r}")
        elif len(device_mesh.shape) != 1:
            warnings.warn(
                f"Expect the input mesh to be 1D, with one axis. Received: {device_mesh}; batches "
                "are cut along its first one.",
                stacklevel=2,
            )
        super().__init__(device_mesh, device_mesh.axis_names[0], auto_shard_dataset)

    @property
    def num_model_replicas(self):
        """How many copies of the model there are: one on each device."""
        return self.device_mesh.devices.size


class ModelParallel(Distribution):
    """Variables are cut as a map of layouts says, batches along one axis of the mesh.

    Args:
        layout_map: a `LayoutMap`; variables that it does not name are whole on each device.
        batch_dim_name: the axis along which batches are cut; by default the first.
        auto_shard_dataset: whether each of several processes would take its part of a data set.
        **kwargs: ``device_mesh`` of older programs; the mesh is that of the map.

    >>> import minikeras as keras
    >>> mesh = keras.distribution.DeviceMesh((1, 1), ["batch", "model"])
    >>> layouts = keras.distribution.LayoutMap(mesh)
    >>> layouts[".*kernel"] = (None, "model")
    >>> parallel = keras.distribution.ModelParallel(layout_map=layouts)
    >>> kernel = keras.Variable([[1.0]], name="kernel")
    >>> parallel.get_variable_layout(kernel).axes
    (None, 'model')
    """

    def __init__(self, *, layout_map=None, batch_dim_name=None, auto_shard_dataset=True, **kwargs):
        kwargs.pop("device_mesh", None)
        if kwargs:
            raise TypeError(f"ModelParallel has no arguments {sorted(kwargs)}")
        if not isinstance(layout_map, LayoutMap):
            raise ValueError(f"layout_map must be a LayoutMap. Received: {layout_map!r}")
        mesh = layout_map.device_mesh
        name = mesh.axis_names[0] if batch_dim_name is None else batch_dim_name
        if name not in mesh.axis_names:
            raise ValueError(
                f"batch_dim_name must be an axis of the mesh, {list(mesh.axis_names)}. "
                f"Received: {name!r}"
            )
        super().__init__(mesh, name, auto_shard_dataset)
        self._layout_map = layout_map

    def get_variable_layout(self, variable):
        """What the map has for the variable's path, or else whole on each device.

        Args:
            variable: a variable.
        """
        found = self._layout_map[variable.path]
        return super().get_variable_layout(variable) if found is None else found

    def get_tensor_layout(self, path):
        """What the map has for the path of a layer, or None."""
        return self._layout_map[path]

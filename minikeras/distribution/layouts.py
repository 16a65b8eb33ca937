"""Devices in a grid, and which axes of a tensor would be cut along which axes of the grid."""

import collections.abc
import math
import re

from minikeras.backend.xp import np
from minikeras.distribution.machine import list_devices
from minikeras.ops.arguments import tensor as as_tensor
from minikeras.symbolic.keras_tensor import KerasTensor


class DeviceMesh:
    """Devices in a grid whose axes have names.

    Args:
        shape: the lengths of the axes.
        axis_names: a name for each axis, such as ``"batch"`` and ``"model"``.
        devices: names such as ``"cpu:0"``, as many as the grid has places; by default all.

    Raises:
        ValueError: if names, shape and devices do not fit one another.

    >>> import minikeras as keras
    >>> keras.distribution.DeviceMesh((1, 1), ["batch", "model"]).devices.shape
    (1, 1)
    """

    def __init__(self, shape, axis_names, devices=None):
        if not shape or not axis_names:
            raise ValueError(
                "A mesh needs a shape and names for its axes. Received: "
                f"shape={shape!r}, axis_names={axis_names!r}"
            )
        if len(shape) != len(axis_names):
            raise ValueError(
                "A mesh needs one name for each axis. Received: "
                f"shape={shape!r}, axis_names={axis_names!r}"
            )
        found = np.array(list_devices() if devices is None else devices)
        if math.prod(shape) != found.size:
            raise ValueError(
                f"A mesh of the shape {tuple(shape)} has places for {math.prod(shape)} devices. "
                f"Received: {found.size}, {found.ravel().tolist()}"
            )
        self._axis_names = axis_names
        self._devices = found.reshape(shape)

    @property
    def shape(self):
        """The lengths of the axes."""
        return self._devices.shape

    @property
    def axis_names(self):
        """The names of the axes."""
        return self._axis_names

    @property
    def devices(self):
        """The names of the devices, an array of NumPy of that shape."""
        return self._devices

    @property
    def backend_mesh(self):
        """The mesh itself: nothing beneath has one of its own."""
        return self

    def __repr__(self):
        return f"<DeviceMesh shape={self.shape}, axis_names={self.axis_names}>"


class TensorLayout:
    """Along which axes of a mesh the axes of a tensor are cut.

    Args:
        axes: for each axis of the tensor the name of an axis of the mesh, or None for one that is
            not cut.
        device_mesh: a `DeviceMesh`, or None for one to be set later.

    Raises:
        ValueError: for names that the mesh does not have.

    >>> import minikeras as keras
    >>> mesh = keras.distribution.DeviceMesh((1,), ["batch"])
    >>> keras.distribution.TensorLayout(("batch", None), mesh).axes
    ('batch', None)
    """

    def __init__(self, axes, device_mesh=None):
        self._axes = tuple(axes)
        self._device_mesh = device_mesh
        self._check()

    @property
    def axes(self):
        """The names of axes of the mesh, None among them."""
        return self._axes

    @property
    def device_mesh(self):
        """The mesh; it can be set once."""
        return self._device_mesh

    @device_mesh.setter
    def device_mesh(self, device_mesh):
        if self._device_mesh is not None:
            raise ValueError(f"{self!r} has a mesh already. Received: {device_mesh!r}")
        self._device_mesh = device_mesh
        self._check()

    @property
    def backend_layout(self):
        """The layout itself: nothing beneath has one of its own."""
        if self._device_mesh is None:
            raise ValueError(f"{self!r} has no mesh yet: set device_mesh")
        return self

    def _check(self):
        if self._device_mesh is None:
            return
        known = self._device_mesh.axis_names
        unknown = [axis for axis in self._axes if axis is not None and axis not in known]
        if unknown:
            raise ValueError(
                f"Axes of a layout must be axes of its mesh, {list(known)}. Received: {unknown}"
            )

    def __repr__(self):
        return f"<TensorLayout axes={self.axes}, device_mesh={self.device_mesh}>"


class LayoutMap(collections.abc.MutableMapping):
    """Layouts by the paths of variables and layers; the keys are regular expressions.

    Args:
        device_mesh: the `DeviceMesh` of all layouts that have none.

    >>> import minikeras as keras
    >>> layouts = keras.distribution.LayoutMap(keras.distribution.DeviceMesh((1,), ["model"]))
    >>> layouts["dense.*/kernel"] = (None, "model")
    >>> layouts["dense_1/kernel"].axes
    (None, 'model')
    >>> layouts["dense_1/bias"] is None
    True
    """

    def __init__(self, device_mesh):
        self._layouts = {}
        self._device_mesh = device_mesh

    @property
    def device_mesh(self):
        """The mesh of all layouts that have none of their own."""
        return self._device_mesh

    def __getitem__(self, key):
        """The layout for a path, or None.

        Raises:
            ValueError: if several keys match the path, none of which is the path itself.
        """
        if key in self._layouts:
            return self._layouts[key]
        matching = [pattern for pattern in self._layouts if re.fullmatch(pattern, key)]
        if len(matching) > 1:
            raise ValueError(
                f"Path '{key}' matches multiple layout keys: {matching}. "
                "One path can have one layout only"
            )
        return self._layouts[matching[0]] if matching else None

    def __setitem__(self, key, layout):
        if key in self._layouts:
            raise ValueError(f"{key!r} already has a layout: {self._layouts[key]}")
        if isinstance(layout, tuple):
            layout = TensorLayout(layout)
        if not isinstance(layout, TensorLayout):
            raise ValueError(
                f"The layout of {key!r} should be a TensorLayout or a tuple of names of axes. "
                f"Received: {layout!r}"
            )
        if layout.device_mesh is None and self._device_mesh is not None:
            layout.device_mesh = self._device_mesh
        self._layouts[key] = layout

    def __delitem__(self, key):
        del self._layouts[key]

    def __len__(self):
        return len(self._layouts)

    def __iter__(self):
        return iter(self._layouts)


def check_there(device_mesh):
    """Raise unless a mesh holds nothing but the device that minikeras computes on."""
    strange = sorted({str(name) for name in device_mesh.devices.ravel()} - {*list_devices()})
    if strange or device_mesh.devices.size != 1:
        raise ValueError(
            f"minikeras computes on one device, {list_devices()[0]!r}. Received: a mesh of "
            f"{device_mesh.devices.ravel().tolist()}"
        )


def distribute_tensor(tensor, layout):
    """The tensor as the layout has it: whole, for there is one device.

    Args:
        tensor: a tensor; a symbolic one is returned as it is.
        layout: a `TensorLayout` with a mesh of the one device, and no more axes than the tensor.

    Raises:
        ValueError: if the mesh is of other devices, or the layout has too many axes.

    >>> import minikeras as keras
    >>> mesh = keras.distribution.DeviceMesh((1,), ["batch"])
    >>> layout = keras.distribution.TensorLayout(("batch",), mesh)
    >>> keras.distribution.distribute_tensor(keras.ops.ones((2,)), layout).tolist()
    [1.0, 1.0]
    """
    if isinstance(tensor, KerasTensor):
        return tensor
    tensor = as_tensor(tensor)
    if isinstance(layout, TensorLayout):
        check_there(layout.backend_layout.device_mesh)
        if len(layout.axes) > len(tensor.shape):
            raise ValueError(
                f"The layout has {len(layout.axes)} axes for a tensor of shape "
                f"{tuple(tensor.shape)}. Received: {layout}"
            )
    elif layout is not None:
        raise ValueError(f"layout must be a TensorLayout. Received: {layout!r}")
    return tensor

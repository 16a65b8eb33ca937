"""keras.distribution on the one device that minikeras computes on.

Meshes, layouts and maps of layouts are those of Keras, of any number of devices; what takes effect,
`set_distribution` and `distribute_tensor`, is for meshes of the one device there is. Programs
written for several devices thus run on one without a change.
"""

from minikeras.distribution.layouts import DeviceMesh, LayoutMap, TensorLayout, distribute_tensor
from minikeras.distribution.machine import get_device_count, initialize, list_devices
from minikeras.distribution.strategies import (
    DataParallel,
    ModelParallel,
    distribution,
    set_distribution,
)

__all__ = [
    "DataParallel",
    "DeviceMesh",
    "LayoutMap",
    "ModelParallel",
    "TensorLayout",
    "distribute_tensor",
    "distribution",
    "get_device_count",
    "initialize",
    "list_devices",
    "set_distribution",
]

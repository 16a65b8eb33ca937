"""Devices: the CPU, and on CuPy the GPUs by number."""

import contextlib

from minikeras.backend.xp import ON_GPU, gpu


def device(device_name):
    """A context in which arrays are made on a device.

    Args:
        device_name: ``"cpu"`` or ``"cpu:0"`` with NumPy; ``"gpu"`` or ``"gpu:1"`` and the like
            with CuPy, where everything else of a computation must lie on the same device.

    Raises:
        ValueError: if there is no such device.

    >>> import minikeras as keras
    >>> name = "gpu:0" if keras.backend.backend() == "cupy" else "cpu:0"
    >>> with keras.device(name):
    ...     keras.ops.zeros((2,)).shape
    (2,)
    """
    kind, _, number = str(device_name).lower().removeprefix("/device:").partition(":")
    expected = "gpu" if ON_GPU else "cpu"
    kind = "gpu" if kind == "cuda" else kind
    if not isinstance(device_name, str) or kind != expected or not (number or "0").isdigit():
        how = (
            "minikeras computes with CuPy, on GPUs"
            if ON_GPU
            else "minikeras computes with NumPy, on the CPU; KERAS_BACKEND=cupy computes on a GPU"
        )
        raise ValueError(
            f"device_name must be {expected!r} or {expected + ':0'!r} here: {how}. "
            f"Received: {device_name!r}"
        )
    if ON_GPU:
        return gpu(int(number or 0))
    if number not in ("", "0"):
        raise ValueError(f"There is one CPU, 'cpu:0'. Received: {device_name!r}")
    return contextlib.nullcontext()

"""Which devices there are: one, in one process."""

import os

from minikeras import config

_VARIABLE = "KERAS_DISTRIBUTION_NUM_PROCESSES"


def _kind():
    return "gpu" if config.backend() == "cupy" else "cpu"


def list_devices(device_type=None):
    """The devices to compute on: ``["cpu:0"]`` with NumPy, ``["gpu:0"]`` with CuPy.

    Args:
        device_type: None, or ``"cpu"``, ``"gpu"`` or ``"tpu"``; for a kind that is not computed on
            the list is empty.

    >>> import minikeras as keras
    >>> len(keras.distribution.list_devices())
    1
    """
    kind = _kind()
    return [f"{kind}:0"] if device_type is None or device_type.lower() == kind else []


def get_device_count(device_type=None):
    """How many devices of a kind, or of the kind in use, there are to compute on.

    Args:
        device_type: None, or ``"cpu"``, ``"gpu"`` or ``"tpu"``.

    >>> import minikeras as keras
    >>> keras.distribution.get_device_count("tpu")
    0
    """
    return len(list_devices(device_type))


def initialize(job_addresses=None, num_processes=None, process_id=None):
    """Say that this process is the only one.

    Args:
        job_addresses: the address of the one process, or None; it is connected to no other.
        num_processes: 1, or None for what the environment variable
            ``KERAS_DISTRIBUTION_NUM_PROCESSES`` says, 1 if nothing.
        process_id: 0 or None.

    Raises:
        ValueError: for several processes.

    >>> import minikeras as keras
    >>> keras.distribution.initialize(num_processes=1)
    """
    if num_processes is None:
        num_processes = int(os.environ.get(_VARIABLE, 1))
    several = isinstance(job_addresses, str) and "," in job_addresses
    if num_processes != 1 or process_id not in (None, 0) or several:
        raise ValueError(
            "minikeras trains in one process: it has no part in a cluster of several. Received: "
            f"job_addresses={job_addresses!r}, num_processes={num_processes!r}, "
            f"process_id={process_id!r}"
        )

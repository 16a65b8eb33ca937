"""Streams, memory and kernels of the double: all has happened already, nothing is compiled."""

import contextlib

from tests.strict_cupy.array import ndarray
from tests.strict_cupy.core import bare, synchronize


class Errstate(contextlib.nullcontext):
    """A context in which nothing changes: there are no float warnings on a device."""

    def __init__(self, *, divide=None, over=None, under=None, invalid=None, linalg=None):
        super().__init__()


class Stream:
    """A stream: everything on it has already happened."""

    ptr = 0

    def __init__(self, null=False, non_blocking=False, ptds=False, *, priority=None):
        self.done = True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    use = __enter__

    def synchronize(self):
        """Wait for the device."""
        synchronize("Stream.synchronize")

    def record(self, event=None):
        """An event, already past."""
        return event or Event()

    def wait_event(self, event):
        """Nothing to wait for."""


class Event:
    def __init__(self, block=True, disable_timing=False, interprocess=False):
        self.done = True

    def record(self, stream=None):
        """Note the present."""

    def synchronize(self):
        """Wait for the device."""
        synchronize("Event.synchronize")


class Device:
    def __init__(self, device=0):
        self.id = int(device)
        self.compute_capability = "90"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def use(self):
        """There is only one."""

    def synchronize(self):
        """Wait for the device."""
        synchronize("Device.synchronize")

    def __eq__(self, other):
        return isinstance(other, Device) and self.id == other.id

    def __hash__(self):
        return self.id

    def __repr__(self):
        return f"<CUDA Device {self.id}>"


class MemoryPool:
    def __init__(self, allocator=None):
        self.allocator = allocator

    def malloc(self, size):
        """There is no memory to hand out."""
        raise NotImplementedError("The double does not manage memory")

    def used_bytes(self):
        """Bytes in use, which the double does not know."""
        return 0

    def total_bytes(self):
        """Bytes taken from the device, which the double does not know."""
        return 0

    def free_all_blocks(self, stream=None):
        """Nothing to give back."""


POOL, NULL_STREAM = MemoryPool(), Stream(null=True)


class DeviceSynchronized(RuntimeError):
    pass


TWINS = {}  # kernel name -> function of the arguments that computes the same with NumPy


def twin(name):
    """A decorator: the function stands for the CUDA kernel ``name``.

    It is called with the kernel's arguments, device arrays unpacked, and writes into the outputs.
    """

    def register(function):
        TWINS[name] = function
        return function

    return register


class Kernel:
    """A kernel written in CUDA: the double runs its twin instead."""

    def __init__(self, in_params, out_params, operation, name="kernel", *args, **kwargs):
        self.name = name
        self.count = len([p for p in f"{in_params},{out_params}".split(",") if p.strip()])

    def __call__(self, *args, size=None, stream=None, block_size=128):
        if len(args) != self.count:
            raise TypeError(f"{self.name} takes {self.count} arguments. Received: {len(args)}")
        if self.name not in TWINS:
            raise NotImplementedError(f"tests/strict_cupy.py has no twin of kernel {self.name!r}")
        TWINS[self.name](*map(bare, args))


class RawKernel:
    """A kernel of plain CUDA: the double can make it and run its twin."""

    def __init__(self, code, name, options=(), backend="nvrtc", **kwargs):
        self.name = name

    def __call__(self, grid, block, args, *, shared_mem=0, stream=None):
        for x in args:
            if isinstance(x, ndarray) and not x.flags.c_contiguous:
                raise ValueError(f"{self.name} ignores strides: pass contiguous arrays")
        if self.name not in TWINS:
            raise NotImplementedError(f"tests/strict_cupy.py has no twin of kernel {self.name!r}")
        TWINS[self.name](*map(bare, args))


class RawModule:
    """Plain CUDA with several kernels."""

    def __init__(self, code=None, **kwargs):
        self.code = code

    def get_function(self, name):
        """One of its kernels."""
        return RawKernel(self.code, name)


@twin("minikeras_philox")
def _philox(key, stream, words):
    from minikeras.backend.random import philox_on_host

    words[...] = philox_on_host(key, len(words) // 4, stream)

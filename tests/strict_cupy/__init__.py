"""A strict double of CuPy 14.2 on NumPy, to test the GPU path on machines without a GPU.

It offers what the real library offers (the names and parameters in ``names.json``, read
from its wheel) and is as hard to please: no silent exchange with NumPy arrays, no NumPy scalars, no
``where=`` or ``initial=`` in reductions. Where CuPy leaves something undefined it does the unkind
thing: out-of-range indices wrap, of repeated indices a random one wins, ``empty`` is full of NaN.
It counts what would make the host wait for the device: see `sync_count` and `no_sync`.

`install_unless_gpu` puts it in ``sys.modules`` as ``cupy`` and ``cupyx``.
"""

import sys

from tests.strict_cupy.array import seed
from tests.strict_cupy.core import MODULES, NAMES, no_sync, sync_count
from tests.strict_cupy.device import TWINS, twin
from tests.strict_cupy.modules import build

__all__ = [
    "MODULES",
    "NAMES",
    "TWINS",
    "install_unless_gpu",
    "no_sync",
    "seed",
    "sync_count",
    "twin",
]


def install_unless_gpu():
    """Make ``import cupy`` work: with the real library on a real device, else with the double.

    Returns:
        Whether the double was installed.
    """
    try:
        import cupy

        if cupy.cuda.is_available():
            cupy.zeros(1).get()
            return False
    except Exception:
        # Whatever is wrong with the real library, it is of no use here.
        pass
    for name in [n for n in sys.modules if n.split(".")[0] in ("cupy", "cupyx")]:
        del sys.modules[name]
    sys.modules.update(build())
    return True

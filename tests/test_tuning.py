"""What is set in the libraries beneath NumPy, in processes of their own."""

import os
import subprocess
import sys

import pytest

from minikeras.backend.blas import openblas
from minikeras.backend.heap import keep_freed_memory
from minikeras.backend.threads import single_threaded_blas


@pytest.mark.skipif(openblas() is None, reason="NumPy is not from a wheel with OpenBLAS")
def test_openblas_is_held_to_one_thread_and_set_free_again():
    library = openblas()
    before = library.get_num_threads()
    library.set_num_threads(2)
    try:
        with single_threaded_blas:
            with single_threaded_blas:
                assert library.get_num_threads() == 1
            assert library.get_num_threads() == 1
        assert library.get_num_threads() == 2
    finally:
        library.set_num_threads(before)


FAULTS = """
import minikeras, numpy as np, resource
def work():
    arrays = [np.ones((2**20,), "float32") for _ in range(8)]
work(), work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(not keep_freed_memory(), reason="another C library, or the user's own settings")
def test_freed_memory_is_used_again():
    def faults(**environment):
        environment = {**os.environ, "KERAS_BACKEND": "numpy", **environment}
        done = subprocess.run(
            [sys.executable, "-c", FAULTS], env=environment, capture_output=True, text=True
        )
        return int(done.stdout)

    assert faults() < 1000
    assert faults(MALLOC_MMAP_THRESHOLD_="65536") > 1000

"""What is set in the libraries beneath NumPy, in processes of their own."""

import os
import subprocess
import sys

import pytest

from minikeras.backend.blas import _has_avx512, openblas
from minikeras.backend.heap import keep_freed_memory

REPORT = """
import numpy as np
from minikeras.backend import blas
rng = np.random.default_rng(0)
for shape in ((3, 4, 5), (130, 257, 65), (600, 700, 500)):
    x, y = rng.normal(size=shape[:2]), rng.normal(size=shape[1:])
    for dtype, tolerance in (("float32", 1e-4), ("float64", 1e-12)):
        found = x.astype(dtype) @ y.astype(dtype)
        assert np.abs(found - np.einsum("ij,jk->ik", x, y)).max() < tolerance
print(blas.openblas().gotoblas_corename().decode())
"""


def core_name(**environment):
    done = subprocess.run(
        [sys.executable, "-c", REPORT],
        env={**os.environ, "KERAS_BACKEND": "numpy", **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(openblas() is None, reason="NumPy is not from a wheel with OpenBLAS")
def test_products_are_right_and_the_choice_is_the_users():
    before = core_name(MINIKERAS_TUNE_BLAS="0")
    after = core_name()
    assert after == before or (before in ("Haswell", "Zen") and after == "SkylakeX")
    assert _has_avx512() or after == before
    assert core_name(OPENBLAS_CORETYPE="Haswell") == "Haswell"


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

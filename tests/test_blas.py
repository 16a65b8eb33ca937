"""The choice of OpenBLAS's kernels, in processes of their own."""

import os
import subprocess
import sys

import pytest

from minikeras.backend.blas import _has_avx512, openblas

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

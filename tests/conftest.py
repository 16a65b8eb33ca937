"""Set-up of every test run: the backend under test, a home of its own, the oracle's backend."""

import os
import tempfile

os.environ["KERAS_HOME"] = tempfile.mkdtemp(prefix="minikeras-home-")
if os.environ.get("KERAS_BACKEND") == "cupy":
    from tests import strict_cupy

    strict_cupy.install_unless_gpu()

import minikeras  # noqa: F401

# minikeras has bound its backend; what is imported as `keras` from here on is the oracle.
os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ.setdefault("MPLBACKEND", "Agg")

# A program for machines with the real CuPy, not a module of tests.
collect_ignore = ["make_strict_cupy_names.py"]

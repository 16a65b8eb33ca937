"""Set-up of every test run: the backend under test, a home of its own, the oracle's backend."""

import atexit
import datetime
import itertools
import os
import shutil
import sys
import tempfile

import pytest

os.environ["KERAS_HOME"] = tempfile.mkdtemp(prefix="minikeras-home-")
# Workers of pytest-xdist inherit the environment, where KERAS_BACKEND is the oracle's by then.
os.environ["KERAS_BACKEND"] = os.environ.setdefault(
    "MINIKERAS_UNDER_TEST", os.environ.get("KERAS_BACKEND", "numpy")
)
if os.environ["KERAS_BACKEND"] == "cupy":
    from tests import strict_cupy

    strict_cupy.install_unless_gpu()

import minikeras

minikeras.config.disable_traceback_filtering()  # who reads a failed test wants every frame
atexit.register(shutil.rmtree, os.environ["KERAS_HOME"], ignore_errors=True)

# minikeras has bound its backend; what is imported as `keras` from here on is the oracle.
os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"
# Most of the time of the tests goes into compiling the oracle: in a plain way, and each thing once.
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", os.path.join(os.environ["KERAS_HOME"], "jax"))
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
os.environ.setdefault("MPLBACKEND", "Agg")
# The tables of the oracle are sampled by the day, the same one in all processes of a run.
os.environ.setdefault("MINIKERAS_SAMPLE", datetime.date.today().isoformat())
# Scripts that wrote the golden values, with other packages, and programs of documents.
collect_ignore_glob = ["golden/*", "of_old/*"]


@pytest.fixture(autouse=True)
def _usual_configuration():
    """No test leaves a setting, a policy or names in use behind for the next."""
    config = minikeras.config
    for library in {minikeras, sys.modules.get("keras", minikeras)}:
        library.utils.clear_session(free_memory=False)
    before = config.floatx(), config.epsilon(), config.image_data_format()
    yield
    minikeras.legacy.unalias()
    minikeras.dtype_policies.reset_dtype_policy()
    config.enable_flash_attention()
    for restore, value in zip(
        (config.set_floatx, config.set_epsilon, config.set_image_data_format), before
    ):
        restore(value)


_tests_done = itertools.count(1)


@pytest.fixture(autouse=True)
def _compiled_code_is_dropped_at_times():
    """What JAX compiles for all tests takes many gigabytes."""
    yield
    if next(_tests_done) % 100 == 0 and "jax" in sys.modules:
        sys.modules["jax"].clear_caches()


# A program for machines with the real CuPy, not a module of tests.
collect_ignore = ["make_strict_cupy_names.py"]

"""Settings that hold for the whole process: floatx, epsilon, image_data_format, backend, threads.

They come from, in falling order of authority: the environment variable ``KERAS_BACKEND`` (the
backend only), the file ``keras.json``, the defaults below. The file lies in ``KERAS_HOME`` if that
is set, else in ``~/.keras``, else, where neither can be written, in ``.keras`` under the system's
temporary folder. minikeras reads the file and never writes it: it may be shared with real Keras.
"""

import os
import sys

from minikeras.console import (  # noqa: F401 - public here as well
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from minikeras.tracebacks import (  # noqa: F401 - public here as well
    disable_traceback_filtering,
    enable_traceback_filtering,
    is_traceback_filtering_enabled,
)

BACKENDS = ("numpy", "cupy")
# Backends of other Keras implementations, as they stand in most people's keras.json.
FOREIGN_BACKENDS = ("tensorflow", "jax", "torch", "theano", "cntk", "openvino", "mlx")
FLOATS = ("float16", "bfloat16", "float32", "float64")
DATA_FORMATS = ("channels_last", "channels_first")

_settings = {
    "floatx": "float32",
    "epsilon": 1e-7,
    "image_data_format": "channels_last",
    "backend": "numpy",
}


class ConfigurationError(ValueError):
    """A broken ``keras.json`` or an unknown ``KERAS_BACKEND``."""


def _check_floatx(value):
    if value not in FLOATS:
        raise ValueError(f"floatx must be one of {FLOATS}. Received: {value!r}")
    if value == "bfloat16":
        raise ValueError(
            "floatx='bfloat16' is not available: NumPy has no bfloat16. "
            "Use 'float16', 'float32' or 'float64'."
        )
    return value


def _check_epsilon(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
        raise ValueError(f"epsilon must be a number of at least 0. Received: {value!r}")
    return float(value)


def _check_data_format(value):
    name = value.lower() if isinstance(value, str) else value
    if name not in DATA_FORMATS:
        raise ValueError(f"image_data_format must be one of {DATA_FORMATS}. Received: {value!r}")
    return name


def _check_backend(value):
    if value in BACKENDS:
        return value
    if value in FOREIGN_BACKENDS:
        print(
            f"minikeras: the configured Keras backend is {value!r}; "
            "computing with NumPy instead (KERAS_BACKEND=numpy silences this).",
            file=sys.stderr,
        )
        return "numpy"
    raise ValueError(f"backend must be one of {BACKENDS}. Received: {value!r}")


_CHECKS = {
    "floatx": _check_floatx,
    "epsilon": _check_epsilon,
    "image_data_format": _check_data_format,
    "backend": _check_backend,
}


def home():
    """The folder of ``keras.json``, of cached data sets and of downloaded models.

    Returns:
        A path as a string: ``KERAS_HOME`` if set, else ``~/.keras`` if it is writable or can be
        made, else ``.keras`` under the system's temporary folder.
    """
    stated = os.environ.get("KERAS_HOME")
    if stated:
        return stated
    base = os.path.expanduser("~")
    if not os.access(base, os.W_OK):
        import tempfile

        base = tempfile.gettempdir()
    return os.path.join(base, ".keras")


def _read(path):
    """The settings that the file states, unchecked; none where there is no file."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}
    import json  # which most programs do without

    try:
        stated = json.loads(content)
    except ValueError as error:
        raise ConfigurationError(
            f"{path} is not valid JSON ({error}). Mend the file or remove it."
        ) from None
    if not isinstance(stated, dict):
        raise ConfigurationError(
            f"{path} must hold one JSON object with the keys {sorted(_settings)}. "
            f"Received: {type(stated).__name__}"
        )
    return stated


def _load():
    path = os.path.join(home(), "keras.json")
    stated = _read(path)
    source = dict.fromkeys(stated, path)
    if os.environ.get("KERAS_BACKEND"):
        stated["backend"] = os.environ["KERAS_BACKEND"]
        source["backend"] = "the environment variable KERAS_BACKEND"
    for key, check in _CHECKS.items():
        if key in stated:
            try:
                _settings[key] = check(stated[key])
            except ValueError as error:
                raise ConfigurationError(f"In {source[key]}, key {key!r}: {error}") from None


def backend():
    """The name of the array library in use, ``"numpy"`` or ``"cupy"``; fixed at import.

    >>> import minikeras as keras
    >>> keras.config.backend() in ("numpy", "cupy")
    True
    """
    return _settings["backend"]


def floatx():
    """The default float dtype, as a string.

    >>> import minikeras as keras
    >>> keras.config.floatx()
    'float32'
    """
    return _settings["floatx"]


def set_floatx(value):
    """Set the default float dtype: ``"float16"``, ``"float32"`` or ``"float64"``.

    Raises:
        ValueError: for any other value.
    """
    _settings["floatx"] = _check_floatx(value)


def epsilon():
    """The small number that keeps divisions and logarithms finite.

    >>> import minikeras as keras
    >>> keras.config.epsilon()
    1e-07
    """
    return _settings["epsilon"]


def set_epsilon(value):
    """Set the small number that keeps divisions and logarithms finite.

    Raises:
        ValueError: if ``value`` is not a number of at least 0.
    """
    _settings["epsilon"] = _check_epsilon(value)


def image_data_format():
    """Where the channels of an image stand: ``"channels_last"`` or ``"channels_first"``.

    >>> import minikeras as keras
    >>> keras.config.image_data_format()
    'channels_last'
    """
    return _settings["image_data_format"]


def set_image_data_format(data_format):
    """Set where the channels of an image stand by default.

    Raises:
        ValueError: if it is neither ``"channels_last"`` nor ``"channels_first"``.
    """
    _settings["image_data_format"] = _check_data_format(data_format)


def standardize_data_format(data_format):
    """``data_format`` checked, or the configured default where it is None."""
    if data_format is None:
        return image_data_format()
    return _check_data_format(data_format)


_load()


_limits = {"epochs": None, "steps_per_epoch": None}


def _check_limit(value, name):
    if value is not None and (not isinstance(value, int) or value < 1):
        raise ValueError(f"{name} must be a positive integer or None. Received: {value!r}")
    return value


def max_epochs():
    """The most epochs that ``fit`` runs whatever it is told; None for no bound.

    >>> import minikeras as keras
    >>> keras.config.max_epochs() is None
    True
    """
    return _limits["epochs"]


def set_max_epochs(max_epochs):
    """Bound the epochs of every ``fit``, to try a long script quickly; None lifts the bound."""
    _limits["epochs"] = _check_limit(max_epochs, "max_epochs")


def max_steps_per_epoch():
    """The most batches that an epoch of any loop has whatever it is told; None for no bound.

    >>> import minikeras as keras
    >>> keras.config.max_steps_per_epoch() is None
    True
    """
    return _limits["steps_per_epoch"]


def set_max_steps_per_epoch(max_steps_per_epoch):
    """Bound the batches of every epoch, to try a long script quickly; None lifts the bound."""
    _limits["steps_per_epoch"] = _check_limit(max_steps_per_epoch, "max_steps_per_epoch")


_flash_attention = {"state": None}


def enable_flash_attention():
    """Let attention be computed block by block where the scores of all pairs would be large."""
    _flash_attention["state"] = None


def disable_flash_attention():
    """Compute attention with the scores of all pairs at once, unless a call asks for blocks."""
    _flash_attention["state"] = False


def is_flash_attention_enabled():
    """None where attention may be computed block by block, False after it was disabled.

    >>> import minikeras as keras
    >>> keras.config.disable_flash_attention()
    >>> keras.config.is_flash_attention_enabled()
    False
    >>> keras.config.enable_flash_attention()
    """
    return _flash_attention["state"]


def set_backend(backend):
    """Confirm the array library in use: it is bound when minikeras is imported.

    Args:
        backend: ``"numpy"`` or ``"cupy"``, whichever `backend` returns.

    Raises:
        ValueError: for the other one, and for what is no backend.

    >>> import minikeras as keras
    >>> keras.config.set_backend(keras.config.backend())
    """
    if _check_backend(backend) != _settings["backend"]:
        raise ValueError(
            f"minikeras computes with {_settings['backend']!r} since it was imported. Set the "
            f"environment variable KERAS_BACKEND={backend} before importing it. "
            f"Received: {backend!r}"
        )


_workers = {"threads": None, "processes": None}


def num_threads():
    """How many threads large kernels run on: as many as there are cores, unless stated otherwise.

    The environment variable ``MINIKERAS_NUM_THREADS`` states it, or `set_num_threads`. Threads
    change no result; `num_processes`, which follows this number unless it is stated, changes how
    sums over the batch are rounded. Matrix products outside such kernels use as many threads as
    the BLAS library that NumPy is linked to (``OPENBLAS_NUM_THREADS`` and the like).

    >>> import minikeras as keras
    >>> keras.config.num_threads() >= 1
    True
    """
    if _workers["threads"] is None:
        set_num_threads(_stated_number("MINIKERAS_NUM_THREADS"))
    return _workers["threads"]


def cores():
    """How many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def set_num_threads(number):
    """Set on how many threads large kernels run; None for as many as there are cores.

    Raises:
        ValueError: if ``number`` is not a positive integer or None.
    """
    _workers["threads"] = _checked_number("num_threads", number) or cores()


def num_processes():
    """Among how many processes `fit` may share out its steps, those of validation included.

    As many as there are threads (`num_threads`), unless stated otherwise: by the environment
    variable ``MINIKERAS_NUM_PROCESSES``, or `set_num_processes`. Steps that take long enough for
    it to pay are made by that many processes, or by fewer if the batch cannot be cut into so many
    equal parts; where that is possible, on Linux and with NumPy. Sums over the batch are rounded
    differently then, so that the same seed gives the same numbers for the same number.

    >>> import minikeras as keras
    >>> keras.config.num_processes() >= 1
    True
    """
    if _workers["processes"] is None:
        stated = _stated_number("MINIKERAS_NUM_PROCESSES")
        return num_threads() if stated is None else stated
    return _workers["processes"]


def set_num_processes(number):
    """Set among how many processes `fit` may share out its steps; None for as many as threads.

    Raises:
        ValueError: if ``number`` is not a positive integer or None.
    """
    _workers["processes"] = _checked_number("num_processes", number)


def _stated_number(variable):
    """The positive integer that an environment variable states; None if it is not set."""
    stated = os.environ.get(variable)
    if not stated:
        return None
    try:
        return _checked_number(variable, int(stated))
    except ValueError:
        raise ConfigurationError(
            f"The environment variable {variable} must be a positive integer. Received: {stated!r}"
        ) from None


def _checked_number(name, number):
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ValueError(f"{name} must be a positive integer or None. Received: {number!r}")
    return number


def dtype_policy():
    """The dtype policy that new layers take by default.

    >>> import minikeras as keras
    >>> keras.config.dtype_policy().name
    'float32'
    """
    from minikeras import dtype_policies

    return dtype_policies.dtype_policy()


def set_dtype_policy(policy):
    """Set the dtype policy that new layers take: a name or a `DTypePolicy`."""
    from minikeras import dtype_policies

    dtype_policies.set_dtype_policy(policy)


def enable_unsafe_deserialization():
    """Allow files that hold Python code to be loaded in this thread: only for files you trust."""
    from minikeras import serialization

    serialization.enable_unsafe_deserialization()

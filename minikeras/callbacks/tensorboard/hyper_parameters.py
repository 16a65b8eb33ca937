"""The page of hyper-parameters: the settings of a run, and how it ended.

The numbers of fields are those of the plugin's plugin_data.proto and of protobuf's struct.proto.
"""

import hashlib
import json
import numbers
import time

import numpy as np

from minikeras.callbacks.tensorboard.messages import tensor, value
from minikeras.callbacks.tensorboard.protobuf import block, double, entry, integer

_SUCCESS = 1


def plain(settings):
    """The settings by name, as strings, truth values and numbers of Python.

    Raises:
        ValueError: if a setting is nothing of these.

    >>> plain({"rate": np.float32(0.5), "kind": "sgd"})
    {'rate': 0.5, 'kind': 'sgd'}
    """
    found = {}
    for name, setting in settings.items():
        setting = setting.item() if isinstance(setting, (np.generic, np.ndarray)) else setting
        if not isinstance(setting, (str, bool, numbers.Real)):
            raise ValueError(
                "Hyper-parameters must be numbers, truth values or strings. "
                f"Received for {name!r}: {setting!r}. Write it as a string."
            )
        found[str(name)] = setting
    return found


def start(settings):
    """The value that says with which settings a run begins. Runs with the same make a group."""
    text = json.dumps(settings, sort_keys=True, default=float)
    group = hashlib.sha256(text.encode("utf-8")).hexdigest()
    fields = b"".join(entry(1, name, _value(setting)) for name, setting in settings.items())
    message = fields + block(4, group) + double(5, time.time())
    return _value_of_plugin("session_start_info", block(3, message))


def end():
    """The value that says that a run has come to its end."""
    message = integer(1, _SUCCESS) + double(2, time.time())
    return _value_of_plugin("session_end_info", block(4, message))


def _value(setting):
    """Value of struct.proto."""
    if isinstance(setting, bool):
        return integer(4, setting)
    if isinstance(setting, str):
        return block(3, setting)
    return double(2, float(setting))


def _value_of_plugin(name, message):
    # All is in the data of the plugin; the tensor holds nothing.
    nothing = tensor(np.zeros(0, "float32"))
    return value(f"_hparams_/{name}", nothing, "hparams", plugin_data=message)

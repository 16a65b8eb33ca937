"""Names of variables: in eras 1 and 2 programs see the whole of them, as ``dense_1/kernel:0``."""

import re
import sys

from minikeras.backend.variables import Variable
from minikeras.legacy.era import era
from minikeras.models import Model
from minikeras.symbolic.operation import Operation

# What Keras 1 called weights.
_IN_1 = {
    "kernel": "W", "recurrent_kernel": "U", "bias": "b", "embeddings": "W",
    "moving_mean": "running_mean", "moving_variance": "running_std",
    "depthwise_kernel": "depthwise", "pointwise_kernel": "pointwise",
}  # fmt: skip
_CELL = re.compile(r"(lstm|gru|simple_rnn|stacked_rnn|conv_lstm\dd?)_cells?(_\d+)?")
_models = set()  # their names, which weights within did not bear


def install():
    """Let programs of old see the names of then; minikeras itself goes on with those of today."""
    Variable.name = property(_name, _set_name, doc="The name, without those of the layers around.")
    Operation.__init__ = _noting_models(Operation.__init__)


def _noting_models(construct):
    def __init__(self, name=None):
        construct(self, name)
        if isinstance(self, Model):
            _models.add(self.name)

    __init__.__wrapped__ = construct
    return __init__


def _name(variable):
    name = variable.__dict__["name"]
    if era() == 3 or sys._getframe(1).f_globals.get("__name__", "").startswith("minikeras"):
        return name
    return name_of_then(variable.path, era())


def _set_name(variable, name):
    variable.__dict__["name"] = name


def name_of_then(path, era):
    """The name that TensorFlow gave a weight, from its path today.

    >>> from minikeras.legacy.variable_names import name_of_then
    >>> name_of_then("dense_1/kernel", 2), name_of_then("dense_1/kernel", 1)
    ('dense_1/kernel:0', 'dense_1_W:0')
    """
    *scopes, name = path.split("/")
    while scopes and scopes[0] in _models:
        scopes = scopes[1:]
    scopes = [scope for scope in scopes if not _CELL.fullmatch(scope)]
    if era == 1 and scopes and name.startswith(f"{scopes[-1]}_"):  # as layers of then named them
        return f"{name}:0"
    if era == 1 and scopes:
        return f"{'/'.join(scopes)}_{_IN_1.get(name, name)}:0"
    return f"{'/'.join([*scopes, name])}:0"

"""Models: Sequential, Functional and subclasses of Model."""

import importlib

from minikeras.models.cloning import clone_model
from minikeras.models.functional import Functional
from minikeras.models.model import Model, model_from_json
from minikeras.models.sequential import Sequential

# Public names of this module that belong to a level above.
_ELSEWHERE = {"load_model": "minikeras.saving", "save_model": "minikeras.saving"}

__all__ = ["Functional", "Model", "Sequential", "clone_model", "model_from_json"]


def __getattr__(name):
    if name in _ELSEWHERE:
        return getattr(importlib.import_module(_ELSEWHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*__all__, *_ELSEWHERE])

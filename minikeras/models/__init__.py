"""Models: Sequential, Functional and subclasses of Model."""

from typing import TYPE_CHECKING

from minikeras.lazy import later

if TYPE_CHECKING:
    from minikeras.models.cloning import clone_model as clone_model
    from minikeras.models.functional import Functional as Functional
    from minikeras.models.model import Model as Model, model_from_json as model_from_json
    from minikeras.models.sequential import Sequential as Sequential
    from minikeras.saving.model_file import load_model as load_model, save_model as save_model

__getattr__, __dir__, __all__ = later(
    globals(),
    {
        "models.cloning": "clone_model",
        "models.functional": "Functional",
        "models.model": "Model model_from_json",
        "models.sequential": "Sequential",
        "saving.model_file": "load_model save_model",
    },
)

"""Keras 1 and 2 within minikeras: names, arguments, meanings and files of then.

Nothing in the core knows of this package; its last import, in ``minikeras/__init__.py``, lets it
attach itself (`install`). What belongs to ``keras.legacy`` of Keras 3 is here as well.
"""

from minikeras.legacy import (
    callbacks,
    compiling,
    constructors,
    functions,
    inputs,
    lambdas,
    layer_methods,
    metrics,
    model_methods,
    modules,
    normalization,
    optimizers,
    ordering,
    private_names,
    recurrent,
    saving,
    symbolic_losses,
    training,
    variable_names,
    weights_by_output,
)
from minikeras.legacy.era import era, era_scope, set_era
from minikeras.legacy.files import models as files
from minikeras.legacy.files import weights
from minikeras.legacy.files.loading import load_keras
from minikeras.legacy.modules import alias, unalias

__all__ = ["alias", "era", "era_scope", "load_keras", "saving", "set_era", "unalias"]


def install():
    """Attach the earlier eras to the classes and modules of today."""
    ordering.install()
    constructors.install()
    callbacks.install()
    inputs.install()
    lambdas.install()
    layer_methods.install()
    metrics.install()
    normalization.install()
    recurrent.install()
    model_methods.install()
    symbolic_losses.install()
    optimizers.install()
    training.install()
    variable_names.install()
    private_names.install()
    compiling.install()
    weights_by_output.install()
    functions.install()
    files.install()
    weights.install()
    modules.install()

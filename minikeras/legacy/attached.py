"""Attaches the earlier eras to the classes and functions of today, when it is imported."""

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
    normalization,
    optimizers,
    private_names,
    recurrent,
    symbolic_losses,
    training,
    variable_names,
    weights_by_output,
)
from minikeras.legacy.files import models as files, weights

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

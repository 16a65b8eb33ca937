"""Layers under `remat`: what their calls leave beside their outputs, and what is around them."""

import contextlib
import functools

from minikeras.backend import rematerialization
from minikeras.backend.rematerialization import remat
from minikeras.layers.call_spec import context


def rematerialized_layer(layer, layer_call):
    """``layer_call`` under `remat`, the losses that layers add in it being among its outputs."""

    owners = layer._all_layers()

    def run(*args, **kwargs):
        with _collected_losses(owners) as losses:
            outputs = layer_call(*args, **kwargs)
        return outputs, losses

    def call(*args, **kwargs):
        outputs, losses = remat(run)(*args, **kwargs)
        for owner, found in zip(owners, losses):
            owner.add_loss(found)
        return outputs

    return call


def with_rematerialized_activation(layer, layer_call):
    """``layer_call`` with the activation of the layer under `remat` meanwhile."""

    def call(*args, **kwargs):
        held = vars(layer)  # written past __setattr__, which would have the step recorded anew
        activation = layer.activation
        held["activation"] = remat(activation)
        try:
            return layer_call(*args, **kwargs)
        finally:
            held["activation"] = activation

    return call


@contextlib.contextmanager
def _collected_losses(layers):
    """The losses added meanwhile, a list for each of the layers, which do not keep them."""
    kept = [vars(owner)["_losses"] for owner in layers]
    losses = [[] for _ in layers]
    for owner, found in zip(layers, losses):
        vars(owner)["_losses"] = found
    try:
        yield losses
    finally:
        for owner, before in zip(layers, kept):
            vars(owner)["_losses"] = before


@contextlib.contextmanager
def _call_context(entry, training):
    """The state of a call of layers as it was, and what such a call adds undone after it."""
    outer = context.entry, context.training
    context.entry, context.training = entry, training
    try:
        with _collected_losses(() if entry is None else entry._all_layers()):
            yield
    finally:
        context.entry, context.training = outer


rematerialization.SURROUNDINGS.append(
    lambda: functools.partial(_call_context, context.entry, context.training)
)

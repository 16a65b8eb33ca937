"""Names of old in ``keras.engine`` and its modules."""

from minikeras.legacy.nodes import Node
from minikeras.models import Model
from minikeras.utils import get_source_inputs

__all__ = ["Container", "Network", "Node", "get_source_inputs"]

# Graphs of layers that were no models to train; every one can be trained here.
Container = Network = Model

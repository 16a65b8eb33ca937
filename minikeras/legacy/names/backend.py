"""Names of old in ``keras.backend``."""

# ruff: noqa: F403
from minikeras.legacy.backend.arithmetic import *
from minikeras.legacy.backend.graphs import *
from minikeras.legacy.backend.neural import *
from minikeras.legacy.backend.sessions import *
from minikeras.legacy.backend.tensors import *

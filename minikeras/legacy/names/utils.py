"""Names of old in ``keras.utils``."""

# ruff: noqa: F403
from minikeras.legacy.utils.arrays import *
from minikeras.legacy.utils.enqueuers import *
from minikeras.legacy.utils.functions import *
from minikeras.legacy.utils.hdf5 import *
from minikeras.legacy.utils.models import *

"""keras.ops.image: functions on images and batches of them.

Each family has a file of its own with an explicit ``__all__``.
"""

# ruff: noqa: F403
from minikeras.ops.image.borders import *
from minikeras.ops.image.colors import *
from minikeras.ops.image.edges import *
from minikeras.ops.image.elastic import *
from minikeras.ops.image.gaussian import *
from minikeras.ops.image.patches import *
from minikeras.ops.image.projecting import *
from minikeras.ops.image.resizing import *
from minikeras.ops.image.resizing import INTERPOLATIONS
from minikeras.ops.image.sampling import *
from minikeras.ops.image.scaling import *
from minikeras.ops.image.similarity import *

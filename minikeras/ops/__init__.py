"""keras.ops: functions on arrays, tracers and symbolic tensors alike.

Each family has a file of its own with an explicit ``__all__``. These are also what the operators
of tracers, variables and symbolic tensors call.
"""

# ruff: noqa: F403
from minikeras.ops import image as image, nn as nn, numpy as numpy
from minikeras.ops.activations import *
from minikeras.ops.arithmetic import *
from minikeras.ops.attention import *
from minikeras.ops.complex_numbers import *
from minikeras.ops.contraction import *
from minikeras.ops.control import *
from minikeras.ops.convolution import *
from minikeras.ops.core import *
from minikeras.ops.creation import *
from minikeras.ops.crossentropy import *
from minikeras.ops.ctc import *
from minikeras.ops.distances import *
from minikeras.ops.elementwise import *
from minikeras.ops.fourier import *
from minikeras.ops.indexing import *
from minikeras.ops.joining import *
from minikeras.ops.linalg import *
from minikeras.ops.logic import *
from minikeras.ops.nan_reduction import *
from minikeras.ops.normalization import *
from minikeras.ops.padding import *
from minikeras.ops.patches import *
from minikeras.ops.pooling import *
from minikeras.ops.rearranging import *
from minikeras.ops.reduction import *
from minikeras.ops.rounding import *
from minikeras.ops.shaping import *
from minikeras.ops.sorting import *
from minikeras.ops.spectrograms import *
from minikeras.ops.statistics import *

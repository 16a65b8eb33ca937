"""Names of old in ``keras.constraints``."""

from minikeras.constraints import MaxNorm, NonNeg, UnitNorm

maxnorm, nonneg, unitnorm = MaxNorm, NonNeg, UnitNorm

"""keras.distillation: training a student model by what a teacher model gives."""

from minikeras.distillation.distiller import Distiller
from minikeras.distillation.losses import (
    DistillationLoss,
    FeatureDistillation,
    LogitsDistillation,
)

__all__ = ["DistillationLoss", "Distiller", "FeatureDistillation", "LogitsDistillation"]

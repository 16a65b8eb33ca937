"""keras.optimizers.schedules: learning rates that depend on the step."""

from typing import TYPE_CHECKING

from minikeras.lazy import later

if TYPE_CHECKING:
    from minikeras.optimizers.schedules.by_name import (
        deserialize as deserialize,
        serialize as serialize,
    )
    from minikeras.optimizers.schedules.learning_rate_schedule import (
        CosineDecay as CosineDecay,
        CosineDecayRestarts as CosineDecayRestarts,
        ExponentialDecay as ExponentialDecay,
        InverseTimeDecay as InverseTimeDecay,
        LearningRateSchedule as LearningRateSchedule,
        PiecewiseConstantDecay as PiecewiseConstantDecay,
        PolynomialDecay as PolynomialDecay,
    )

__getattr__, __dir__, __all__ = later(
    globals(),
    {
        "optimizers.schedules.by_name": "deserialize serialize",
        "optimizers.schedules.learning_rate_schedule": (
            "CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay "
            "LearningRateSchedule PiecewiseConstantDecay PolynomialDecay"
        ),
    },
)

"""keras.constraints: projections of weights, and how to find them by name."""

from typing import TYPE_CHECKING

from minikeras.lazy import later

if TYPE_CHECKING:
    from minikeras.constraints.by_name import (
        TABLE as TABLE,
        deserialize as deserialize,
        get as get,
        serialize as serialize,
    )
    from minikeras.constraints.constraints import (
        Constraint as Constraint,
        MaxNorm as MaxNorm,
        MaxNorm as max_norm,
        MinMaxNorm as MinMaxNorm,
        MinMaxNorm as min_max_norm,
        NonNeg as NonNeg,
        NonNeg as non_neg,
        UnitNorm as UnitNorm,
        UnitNorm as unit_norm,
    )

__getattr__, __dir__, __all__ = later(
    globals(),
    {
        "constraints.by_name": "TABLE deserialize get serialize",
        "constraints.constraints": (
            "Constraint MaxNorm MinMaxNorm NonNeg UnitNorm max_norm=MaxNorm "
            "min_max_norm=MinMaxNorm non_neg=NonNeg unit_norm=UnitNorm"
        ),
    },
)

"""keras.regularizers: penalties on weights and activities, and how to find them by name."""

from typing import TYPE_CHECKING

from minikeras.lazy import later

if TYPE_CHECKING:
    from minikeras.regularizers.by_name import (
        TABLE as TABLE,
        deserialize as deserialize,
        get as get,
        serialize as serialize,
    )
    from minikeras.regularizers.regularizers import (
        L1 as L1,
        L1 as l1,
        L1L2 as L1L2,
        L1L2 as l1_l2,
        L2 as L2,
        L2 as l2,
        OrthogonalRegularizer as OrthogonalRegularizer,
        OrthogonalRegularizer as orthogonal_regularizer,
        Regularizer as Regularizer,
    )

__getattr__, __dir__, __all__ = later(
    globals(),
    {
        "regularizers.by_name": "TABLE deserialize get serialize",
        "regularizers.regularizers": (
            "L1 L1L2 L2 OrthogonalRegularizer Regularizer l1=L1 l1_l2=L1L2 l2=L2 "
            "orthogonal_regularizer=OrthogonalRegularizer"
        ),
    },
)

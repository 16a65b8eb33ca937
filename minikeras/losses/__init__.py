"""keras.losses: loss functions, loss classes, and how to find them by name."""

from typing import TYPE_CHECKING

from minikeras.lazy import later

if TYPE_CHECKING:
    from minikeras.losses.by_name import (
        TABLE as TABLE,
        deserialize as deserialize,
        get as get,
        serialize as serialize,
    )
    from minikeras.losses.classification import (
        BinaryCrossentropy as BinaryCrossentropy,
        BinaryFocalCrossentropy as BinaryFocalCrossentropy,
        CategoricalCrossentropy as CategoricalCrossentropy,
        CategoricalFocalCrossentropy as CategoricalFocalCrossentropy,
        CategoricalGeneralizedCrossEntropy as CategoricalGeneralizedCrossEntropy,
        CategoricalHinge as CategoricalHinge,
        Hinge as Hinge,
        SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
        SquaredHinge as SquaredHinge,
        binary_crossentropy as binary_crossentropy,
        binary_focal_crossentropy as binary_focal_crossentropy,
        categorical_crossentropy as categorical_crossentropy,
        categorical_focal_crossentropy as categorical_focal_crossentropy,
        categorical_generalized_cross_entropy as categorical_generalized_cross_entropy,
        categorical_hinge as categorical_hinge,
        hinge as hinge,
        sparse_categorical_crossentropy as sparse_categorical_crossentropy,
        squared_hinge as squared_hinge,
    )
    from minikeras.losses.loss import Loss as Loss, LossFunctionWrapper as LossFunctionWrapper
    from minikeras.losses.regression import (
        CosineSimilarity as CosineSimilarity,
        Huber as Huber,
        KLDivergence as KLDivergence,
        LogCosh as LogCosh,
        MeanAbsoluteError as MeanAbsoluteError,
        MeanAbsolutePercentageError as MeanAbsolutePercentageError,
        MeanSquaredError as MeanSquaredError,
        MeanSquaredLogarithmicError as MeanSquaredLogarithmicError,
        Poisson as Poisson,
        cosine_similarity as cosine_similarity,
        huber as huber,
        kl_divergence as kl_divergence,
        log_cosh as log_cosh,
        mean_absolute_error as mean_absolute_error,
        mean_absolute_percentage_error as mean_absolute_percentage_error,
        mean_squared_error as mean_squared_error,
        mean_squared_logarithmic_error as mean_squared_logarithmic_error,
        poisson as poisson,
    )
    from minikeras.losses.similarity import (
        CTC as CTC,
        Circle as Circle,
        Dice as Dice,
        Tversky as Tversky,
        circle as circle,
        ctc as ctc,
        dice as dice,
        tversky as tversky,
    )

__getattr__, __dir__, __all__ = later(
    globals(),
    {
        "losses.by_name": "TABLE deserialize get serialize",
        "losses.classification": (
            "BinaryCrossentropy BinaryFocalCrossentropy CategoricalCrossentropy "
            "CategoricalFocalCrossentropy CategoricalGeneralizedCrossEntropy CategoricalHinge "
            "Hinge SparseCategoricalCrossentropy SquaredHinge binary_crossentropy "
            "binary_focal_crossentropy categorical_crossentropy categorical_focal_crossentropy "
            "categorical_generalized_cross_entropy categorical_hinge hinge "
            "sparse_categorical_crossentropy squared_hinge"
        ),
        "losses.loss": "Loss LossFunctionWrapper",
        "losses.regression": (
            "CosineSimilarity Huber KLDivergence LogCosh MeanAbsoluteError "
            "MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson "
            "cosine_similarity huber kl_divergence log_cosh mean_absolute_error "
            "mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error "
            "poisson"
        ),
        "losses.similarity": "CTC Circle Dice Tversky circle ctc dice tversky",
    },
)

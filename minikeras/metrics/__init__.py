"""keras.metrics: measures gathered over batches, and how to find them by name."""

from typing import TYPE_CHECKING

from minikeras.lazy import later

if TYPE_CHECKING:
    from minikeras.losses.classification import (
        binary_crossentropy as binary_crossentropy,
        binary_focal_crossentropy as binary_focal_crossentropy,
        categorical_crossentropy as categorical_crossentropy,
        categorical_focal_crossentropy as categorical_focal_crossentropy,
        categorical_hinge as categorical_hinge,
        hinge as hinge,
        sparse_categorical_crossentropy as sparse_categorical_crossentropy,
        squared_hinge as squared_hinge,
    )
    from minikeras.losses.regression import (
        huber as huber,
        kl_divergence as kl_divergence,
        log_cosh as log_cosh,
        mean_absolute_error as mean_absolute_error,
        mean_absolute_percentage_error as mean_absolute_percentage_error,
        mean_squared_error as mean_squared_error,
        mean_squared_logarithmic_error as mean_squared_logarithmic_error,
        poisson as poisson,
    )
    from minikeras.metrics.accuracy import (
        Accuracy as Accuracy,
        BinaryAccuracy as BinaryAccuracy,
        CategoricalAccuracy as CategoricalAccuracy,
        SparseCategoricalAccuracy as SparseCategoricalAccuracy,
        SparseTopKCategoricalAccuracy as SparseTopKCategoricalAccuracy,
        TopKCategoricalAccuracy as TopKCategoricalAccuracy,
        binary_accuracy as binary_accuracy,
        categorical_accuracy as categorical_accuracy,
        sparse_categorical_accuracy as sparse_categorical_accuracy,
        sparse_top_k_categorical_accuracy as sparse_top_k_categorical_accuracy,
        top_k_categorical_accuracy as top_k_categorical_accuracy,
    )
    from minikeras.metrics.auc import AUC as AUC
    from minikeras.metrics.by_name import (
        TABLE as TABLE,
        deserialize as deserialize,
        get as get,
        serialize as serialize,
    )
    from minikeras.metrics.confusion import (
        FalseNegatives as FalseNegatives,
        FalsePositives as FalsePositives,
        Precision as Precision,
        PrecisionAtRecall as PrecisionAtRecall,
        Recall as Recall,
        RecallAtPrecision as RecallAtPrecision,
        SensitivityAtSpecificity as SensitivityAtSpecificity,
        SpecificityAtSensitivity as SpecificityAtSensitivity,
        TrueNegatives as TrueNegatives,
        TruePositives as TruePositives,
    )
    from minikeras.metrics.correlation import (
        ConcordanceCorrelation as ConcordanceCorrelation,
        PearsonCorrelation as PearsonCorrelation,
        concordance_correlation as concordance_correlation,
        pearson_correlation as pearson_correlation,
    )
    from minikeras.metrics.f_score import F1Score as F1Score, FBetaScore as FBetaScore
    from minikeras.metrics.iou import (
        BinaryIoU as BinaryIoU,
        IoU as IoU,
        MeanIoU as MeanIoU,
        OneHotIoU as OneHotIoU,
        OneHotMeanIoU as OneHotMeanIoU,
    )
    from minikeras.metrics.margins import (
        CategoricalHinge as CategoricalHinge,
        Hinge as Hinge,
        SquaredHinge as SquaredHinge,
    )
    from minikeras.metrics.metric import Metric as Metric
    from minikeras.metrics.probabilistic import (
        BinaryCrossentropy as BinaryCrossentropy,
        CategoricalCrossentropy as CategoricalCrossentropy,
        KLDivergence as KLDivergence,
        Poisson as Poisson,
        SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
    )
    from minikeras.metrics.reduction import (
        Mean as Mean,
        MeanMetricWrapper as MeanMetricWrapper,
        Sum as Sum,
    )
    from minikeras.metrics.regression import (
        CosineSimilarity as CosineSimilarity,
        LogCoshError as LogCoshError,
        MeanAbsoluteError as MeanAbsoluteError,
        MeanAbsolutePercentageError as MeanAbsolutePercentageError,
        MeanSquaredError as MeanSquaredError,
        MeanSquaredLogarithmicError as MeanSquaredLogarithmicError,
        R2Score as R2Score,
        RootMeanSquaredError as RootMeanSquaredError,
    )

__getattr__, __dir__, __all__ = later(
    globals(),
    {
        "losses.classification": (
            "binary_crossentropy binary_focal_crossentropy categorical_crossentropy "
            "categorical_focal_crossentropy categorical_hinge hinge "
            "sparse_categorical_crossentropy squared_hinge"
        ),
        "losses.regression": (
            "huber kl_divergence log_cosh mean_absolute_error mean_absolute_percentage_error "
            "mean_squared_error mean_squared_logarithmic_error poisson"
        ),
        "metrics.accuracy": (
            "Accuracy BinaryAccuracy CategoricalAccuracy SparseCategoricalAccuracy "
            "SparseTopKCategoricalAccuracy TopKCategoricalAccuracy binary_accuracy "
            "categorical_accuracy sparse_categorical_accuracy sparse_top_k_categorical_accuracy "
            "top_k_categorical_accuracy"
        ),
        "metrics.auc": "AUC",
        "metrics.by_name": "TABLE deserialize get serialize",
        "metrics.confusion": (
            "FalseNegatives FalsePositives Precision PrecisionAtRecall Recall RecallAtPrecision "
            "SensitivityAtSpecificity SpecificityAtSensitivity TrueNegatives TruePositives"
        ),
        "metrics.correlation": (
            "ConcordanceCorrelation PearsonCorrelation concordance_correlation pearson_correlation"
        ),
        "metrics.f_score": "F1Score FBetaScore",
        "metrics.iou": "BinaryIoU IoU MeanIoU OneHotIoU OneHotMeanIoU",
        "metrics.margins": "CategoricalHinge Hinge SquaredHinge",
        "metrics.metric": "Metric",
        "metrics.probabilistic": (
            "BinaryCrossentropy CategoricalCrossentropy KLDivergence Poisson "
            "SparseCategoricalCrossentropy"
        ),
        "metrics.reduction": "Mean MeanMetricWrapper Sum",
        "metrics.regression": (
            "CosineSimilarity LogCoshError MeanAbsoluteError MeanAbsolutePercentageError "
            "MeanSquaredError MeanSquaredLogarithmicError R2Score RootMeanSquaredError"
        ),
    },
)

"""Callbacks: what happens besides training, before and after batches, epochs and whole runs."""

from typing import TYPE_CHECKING

from minikeras.lazy import later

if TYPE_CHECKING:
    from minikeras.callbacks.backup_and_restore import BackupAndRestore as BackupAndRestore
    from minikeras.callbacks.callback import Callback as Callback
    from minikeras.callbacks.callback_list import CallbackList as CallbackList
    from minikeras.callbacks.csv_logger import CSVLogger as CSVLogger
    from minikeras.callbacks.early_stopping import EarlyStopping as EarlyStopping
    from minikeras.callbacks.history import History as History
    from minikeras.callbacks.lambda_callback import LambdaCallback as LambdaCallback
    from minikeras.callbacks.learning_rate_scheduler import (
        LearningRateScheduler as LearningRateScheduler,
    )
    from minikeras.callbacks.model_checkpoint import ModelCheckpoint as ModelCheckpoint
    from minikeras.callbacks.progbar_logger import ProgbarLogger as ProgbarLogger
    from minikeras.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau as ReduceLROnPlateau
    from minikeras.callbacks.remote_monitor import RemoteMonitor as RemoteMonitor
    from minikeras.callbacks.swap_ema_weights import SwapEMAWeights as SwapEMAWeights
    from minikeras.callbacks.tensorboard.callback import TensorBoard as TensorBoard
    from minikeras.callbacks.terminate_on_nan import TerminateOnNaN as TerminateOnNaN

__getattr__, __dir__, __all__ = later(
    globals(),
    {
        "callbacks.backup_and_restore": "BackupAndRestore",
        "callbacks.callback": "Callback",
        "callbacks.callback_list": "CallbackList",
        "callbacks.csv_logger": "CSVLogger",
        "callbacks.early_stopping": "EarlyStopping",
        "callbacks.history": "History",
        "callbacks.lambda_callback": "LambdaCallback",
        "callbacks.learning_rate_scheduler": "LearningRateScheduler",
        "callbacks.model_checkpoint": "ModelCheckpoint",
        "callbacks.progbar_logger": "ProgbarLogger",
        "callbacks.reduce_lr_on_plateau": "ReduceLROnPlateau",
        "callbacks.remote_monitor": "RemoteMonitor",
        "callbacks.swap_ema_weights": "SwapEMAWeights",
        "callbacks.tensorboard.callback": "TensorBoard",
        "callbacks.terminate_on_nan": "TerminateOnNaN",
    },
)

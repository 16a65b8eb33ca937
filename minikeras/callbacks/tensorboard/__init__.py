"""The callback TensorBoard, and its own writer of event files: records, messages, summaries."""

from minikeras.callbacks.tensorboard.callback import TensorBoard

__all__ = ["TensorBoard"]

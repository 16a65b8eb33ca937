"""keras.export: models as files for other programs to run, in the format ONNX."""

from minikeras.export.archive import ExportArchive

__all__ = ["ExportArchive"]

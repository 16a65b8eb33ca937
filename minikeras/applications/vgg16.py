"""keras.applications.vgg16: see `minikeras.applications.vgg`."""

from minikeras.applications.vgg import VGG16, decode_predictions, preprocess_input

__all__ = ["VGG16", "decode_predictions", "preprocess_input"]

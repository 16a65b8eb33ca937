"""keras.applications.vgg19: see `minikeras.applications.vgg`."""

from minikeras.applications.vgg import VGG19, decode_predictions, preprocess_input

__all__ = ["VGG19", "decode_predictions", "preprocess_input"]

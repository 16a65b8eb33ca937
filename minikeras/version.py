"""The version of minikeras: the one place that states it."""

__version__ = "0.1.0"
# The version of Keras whose names, and forms of files, are those here.
KERAS_VERSION = "3.15.1"


def version():
    """The version of minikeras as a string.

    >>> import minikeras as keras
    >>> keras.version() == keras.__version__
    True
    """
    return __version__

"""CuDNNLSTM and CuDNNGRU: the layers of today with the settings that cuDNN has."""

from minikeras.layers import GRU, LSTM

_FIXED = ("activation", "recurrent_activation", "use_bias", "dropout", "recurrent_dropout")


def _checked(name, kwargs):
    given = sorted(set(_FIXED) & kwargs.keys())
    if given:
        raise TypeError(f"{name} has no arguments {given}: cuDNN computes with fixed ones")
    return kwargs


def CuDNNLSTM(units, **kwargs):
    """An `LSTM` as cuDNN computes it: tanh, sigmoid, no dropout.

    Args:
        units: the number of outputs.
        **kwargs: those of `LSTM`, apart from activations, dropout and ``use_bias``.

    >>> import minikeras as keras
    >>> keras.layers.CuDNNLSTM(4)(keras.ops.ones((2, 5, 3))).shape
    (2, 4)
    """
    return LSTM(
        units, activation="tanh", recurrent_activation="sigmoid", **_checked("CuDNNLSTM", kwargs)
    )


def CuDNNGRU(units, **kwargs):
    """A `GRU` as cuDNN computes it: tanh, sigmoid, reset after the product, no dropout.

    Args:
        units: the number of outputs.
        **kwargs: those of `GRU`, apart from activations, dropout and ``use_bias``.

    >>> import minikeras as keras
    >>> keras.layers.CuDNNGRU(4, return_sequences=True)(keras.ops.ones((2, 5, 3))).shape
    (2, 5, 4)
    """
    return GRU(
        units, activation="tanh", recurrent_activation="sigmoid", reset_after=True,
        **_checked("CuDNNGRU", kwargs),
    )  # fmt: skip

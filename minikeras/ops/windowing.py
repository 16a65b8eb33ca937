"""Tidying the arguments of ops that move windows over images: sides, strides, padding."""

from minikeras import config
from minikeras.ops.arguments import on_host


def channels_first(data_format):
    """Whether the channels stand before the spatial axes; None asks the configuration."""
    return config.standardize_data_format(data_format) == "channels_first"


def spatial_sides(x, is_channels_first, what):
    """The sides of the spatial axes of ``x``.

    Raises:
        ValueError: if ``x`` has not one to three spatial axes.
    """
    if not 3 <= len(x.shape) <= 5:
        raise ValueError(
            f"{what} takes inputs of rank 3, 4 or 5: batch, channels and one to three spatial "
            f"axes. Received inputs of shape {tuple(x.shape)}"
        )
    return x.shape[2:] if is_channels_first else x.shape[1:-1]


def per_axis(value, rank, name, least=1):
    """``value`` as a tuple with one integer per spatial axis.

    Raises:
        ValueError: unless it is an integer of at least ``least``, or ``rank`` of them.
    """
    if hasattr(value, "shape"):
        value = on_host(value).tolist()
    entries = (value,) * rank if hasattr(value, "__index__") else value
    try:
        entries = tuple(entry.__index__() for entry in entries)
    except (TypeError, AttributeError):
        entries = ()
    if len(entries) != rank or any(entry < least for entry in entries):
        raise ValueError(
            f"`{name}` must be an integer of at least {least} or a tuple of {rank} of them, one "
            f"per spatial axis. Received: {name}={value!r}"
        )
    return entries


def padding_name(padding, allowed=("valid", "same")):
    """``padding`` in lower case.

    Raises:
        ValueError: if it is none of ``allowed``.
    """
    name = padding.lower() if isinstance(padding, str) else padding
    if name not in allowed:
        raise ValueError(f"`padding` must be one of {allowed}. Received: padding={padding!r}")
    return name


def check_windows_fit(windows, sides, what):
    """Raise a ValueError if no window fits into an axis.

    The message names ``what``, the operation.
    """
    for side, span, count in zip(sides, windows.spans, windows.counts(sides)):
        if side and not count:
            raise ValueError(
                f"{what}: a window of length {span} does not fit into an axis of length {side}, "
                f"so the output would be empty. Received spatial sides {tuple(sides)} and windows "
                f"of {windows.spans}. Make the windows smaller or use padding='same'."
            )

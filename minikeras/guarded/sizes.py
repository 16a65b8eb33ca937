"""Numbers in configurations that say how much is computed while a model is made, and their limits.

Weights are counted where they are made (`limits.take`). What is here costs memory or time without
a weight: windows over which a kernel goes step by step, lengths for which tables are made.
"""

from minikeras.guarded import limits

# Arguments of layers: the steps of a window, multiplied with one another; and lengths.
_WINDOWS = {"kernel_size", "ngrams", "pool_size"}
_LENGTHS = {
    "cropping", "crop_to_height", "dilation_rate", "fft_length", "frame_length", "frame_step",
    "height", "max_length", "n", "num_bins", "num_heads", "num_mel_bins", "num_tokens",
    "output_padding", "output_sequence_length", "output_size", "padding", "sequence_length",
    "sequence_stride", "size", "strides", "width",
}  # fmt: skip
# Arguments of ops: sizes that are multiplied with one another, and those that are not.
_SHAPES = {
    "kernel_size", "newshape", "output_shape", "output_size", "shape", "size", "target_shape",
}  # fmt: skip
_COUNTS = {
    "M", "N", "fft_length", "indices_or_sections", "k", "length", "max_length", "minlength", "num",
    "num_classes", "num_segments", "offset", "output_padding", "pad_width", "padding", "repeats",
    "sections", "sequence_length", "start", "step", "stop",
}  # fmt: skip


def check_layer(config, what):
    """Check the numbers in the configuration of a layer.

    Raises:
        LimitExceeded: if one is too large.
    """
    for key, value in config.items():
        if key in _WINDOWS:
            _check("window", value, True, f"{what} with {key}={str(value)[:80]}")
        elif key in _LENGTHS:
            _check("length", value, False, f"{what} with {key}={str(value)[:80]}")
        elif key == "arguments" and isinstance(value, dict):
            check_layer(value, what)
            check_op(value, what)


def check_op(arguments, what):
    """Check the numbers among the static arguments of an op; see `check_layer`."""
    for key, value in arguments.items():
        if key in _SHAPES:
            _check("elements", value, True, f"{what} with {key}={str(value)[:80]}")
        elif key in _COUNTS:
            _check("length", value, False, f"{what} with {key}={str(value)[:80]}")


def _check(name, value, is_product, what):
    found, open_values = 1, [value]
    while open_values:
        item = open_values.pop()
        if isinstance(item, (list, tuple)):
            open_values.extend(item)
        elif isinstance(item, (int, float)) and abs(item) > 1:
            found = found * abs(item) if is_product else abs(item)
            limits.check(name, found, what)

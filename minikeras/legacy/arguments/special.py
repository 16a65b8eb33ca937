"""Arguments of Keras 1 that are several today, or none."""

_DROPPED = {
    "Conv2DTranspose": ("output_shape",),  # it is found from the input's
}


def _kernel_sides(found, *names):
    sides = [found.pop(name) for name in names if name in found]
    if sides:
        found["kernel_size"] = tuple(sides)


def special(cls_name, found):
    """Replace arguments of a constructor of Keras 1 that have no single counterpart, in place.

    Raises:
        ValueError: for what there is no counterpart at all.
    """
    _kernel_sides(found, "nb_row", "nb_col")
    _kernel_sides(found, "kernel_dim1", "kernel_dim2", "kernel_dim3")
    for name in _DROPPED.get(cls_name, ()):
        found.pop(name, None)
    if "forget_bias_init" in found:
        initial = found.pop("forget_bias_init")
        found["unit_forget_bias"] = getattr(initial, "__name__", initial) in ("one", "ones")
    if cls_name == "BatchNormalization" and found.pop("mode", 0) != 0:
        raise ValueError(
            "BatchNormalization of Keras 1 with mode=1 or mode=2 has no counterpart: mode 1 is "
            "LayerNormalization, mode 2 used the statistics of the batch at all times"
        )
    if cls_name == "Embedding" and found.pop("dropout", 0):
        raise ValueError(
            "Embedding of Keras 1 dropped whole words with `dropout`. Put SpatialDropout1D behind "
            "it to drop channels, or Dropout with noise_shape=(None, None, 1) to drop words"
        )
    if cls_name == "SeparableConv2D" and "init" in found:
        initial = found.pop("init")
        found["depthwise_initializer"] = found["pointwise_initializer"] = initial
    _input_shape(cls_name, found)
    padding = found.get("padding")
    if isinstance(padding, dict):
        found["padding"] = (
            (padding.get("top_pad", 0), padding.get("bottom_pad", 0)),
            (padding.get("left_pad", 0), padding.get("right_pad", 0)),
        )


def _input_shape(cls_name, found):
    """``input_dim`` and ``input_length`` as the shape of an input, batch apart."""
    if cls_name == "Embedding":
        return
    length = found.pop("input_length", None)
    if found.get("input_dim") is None:
        found.pop("input_dim", None)
        return
    if cls_name == "Dense":
        return
    if not any(name in found for name in ("input_shape", "batch_input_shape")):
        found["input_shape"] = (length, found.pop("input_dim"))
    else:
        del found["input_dim"]

"""Rows of convolutions in 1 to 3 dimensions: strides, dilations, groups, both data formats."""

import numpy as np

from tests.oracle.drawing import Drawing
from tests.oracle.row import row

draw = Drawing()
SIDES, SIZE = (5, 4, 3), (3, 2, 1)
FORMATS = ("channels_last", "channels_first")
STEPS = ((1, 1), (2, 1), (1, 2), (3, 2))  # strides and dilation


def _inputs(rank, channels, data_format, batch=2):
    x = draw.normal(batch, *SIDES[:rank], channels)
    return np.moveaxis(x, -1, 1).copy() if data_format == "channels_first" else x


def _kernel(rank, *channels):
    return draw.normal(*SIZE[:rank], *channels, scale=0.25)


def _row(name, *arrays, **settings):
    # Gradients by kernels sum many products; the batch is that of the inputs alone.
    return row(name, *arrays, **settings).batch_in(0).within(1e-2, dtype="float16")


def _conv(rank, step, padding, data_format, groups=1, channels=2):
    x = _inputs(rank, channels, data_format)
    kernel = _kernel(rank, channels // groups, 2 * groups)
    how = {"strides": step[0], "dilation_rate": step[1]}
    return _row("conv", x, kernel, padding=padding, data_format=data_format, **how)


def _transposed(rank, strides, dilation, output_padding, padding, data_format):
    return _row(
        "conv_transpose", _inputs(rank, 2, data_format, 1), _kernel(rank, 3, 2),
        strides=strides, padding=padding, output_padding=output_padding,
        dilation_rate=dilation, data_format=data_format,
    )  # fmt: skip


POINTWISE = draw.normal(1, 1, 4, 3)
X, KERNEL = _inputs(2, 3, "channels_last"), _kernel(2, 3, 2)
ROWS = [
    *(
        _conv(rank, step, padding, data_format)
        for rank in (1, 2, 3)
        for step in STEPS[: 4 if rank == 1 else 3]
        for padding in ("valid", "same")
        for data_format in FORMATS
        if rank < 3 or (padding == "same") == (data_format == "channels_last")
    ),
    *(
        _conv(2, STEPS[groups % 3], "same", data_format, groups, 4)
        for groups in (2, 4)
        for data_format in FORMATS
    ),
    _row("conv", X, KERNEL),
    _row("conv", X, KERNEL, strides=(2, 1), padding="same"),
    _row("conv", X, KERNEL, strides=[1, 2], padding="VALID", dilation_rate=(2, 1)),
    _row("conv", X, draw.normal(1, 1, 3, 2)),  # a kernel of one tap
    _row("conv", X, draw.normal(1, 1, 3, 2), strides=2),
    _row("conv", X[:0], KERNEL),
    _row("conv", X[:, :1], draw.normal(3, 2, 3, 2), padding="same"),
    _row("conv", draw.integers(0, 9, 2, 4, 4, 3, dtype="uint8"), KERNEL),
    _row("conv", draw.integers(0, 9, 2, 4, 4, 3), draw.integers(0, 3, 2, 2, 3, 2)),
    *(
        _row("depthwise_conv", _inputs(rank, 2, data_format), _kernel(rank, 2, multiplier),
             strides=step[0], padding=padding, dilation_rate=step[1], data_format=data_format)
        for rank, multiplier in ((1, 1), (2, 1), (2, 3))
        for step in STEPS[:3]
        for padding in ("valid", "same")
        for data_format in FORMATS
        if rank == 2 or (padding == "same") == (data_format == "channels_last")
    ),
    _row("depthwise_conv", X, _kernel(2, 3, 1)), _row("depthwise_conv", X[:0], _kernel(2, 3, 2)),
    *(
        _row("separable_conv", _inputs(2, 2, data_format), _kernel(2, 2, 2), POINTWISE,
             strides=step[0], padding=padding, dilation_rate=step[1], data_format=data_format)
        for step in STEPS[:3]
        for padding in ("valid", "same")
        for data_format in FORMATS
        if (padding == "same") == (data_format == "channels_last")
    ),
    _row("separable_conv", _inputs(1, 2, "channels_last"), _kernel(1, 2, 2), draw.normal(1, 4, 3)),
    *(
        _transposed(rank, strides, dilation, output_padding, padding, data_format)
        for rank, strides, dilation, output_padding in (
            (1, 1, 1, None), (1, 2, 1, None), (1, 2, 1, 1), (1, 1, 2, None), (1, 3, 1, 0),
            (1, 3, 1, 2), (2, 1, 1, None), (2, 2, 1, None), (2, 2, 1, 1), (2, 1, 2, None),
            (2, 3, 1, 2), (3, 2, 1, None), (3, 2, 1, 1),
        )
        for padding in ("valid", "same")
        for data_format in FORMATS
        if rank == 2 or (padding == "same") == (data_format == "channels_last")
    ),
    _row("conv_transpose", X, draw.normal(3, 2, 2, 3), strides=(2, 1), output_padding=(1, 0)),
    _row("conv_transpose", X[:0], draw.normal(2, 2, 1, 3)),
]  # fmt: skip

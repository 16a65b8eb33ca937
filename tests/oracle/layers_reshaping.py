"""Rows of layers that rearrange, pad, crop and enlarge."""

from tests.oracle import layers
from tests.oracle.class_row import row
from tests.oracle.layers import floats

draw = floats()
LINE, SQUARE, CUBE = draw(2, 5, 3), draw(2, 4, 5, 3), draw(2, 3, 4, 5, 2)
FIRST = {"data_format": "channels_first"}

ROWS = [
    row("layers.Flatten", SQUARE),
    row("layers.Flatten", draw(4)),
    row("layers.Flatten", SQUARE, **FIRST),
    row("layers.Flatten", draw(4, 3), **FIRST),
    row("layers.Flatten", SQUARE, dtype="mixed_float16"),
    row("layers.Reshape", SQUARE, target_shape=(5, 12)),
    row("layers.Reshape", SQUARE, target_shape=[3, -1, 2]),
    row("layers.Reshape", LINE, target_shape=(-1,)),
    row("layers.Permute", LINE, dims=(2, 1)),
    row("layers.Permute", SQUARE, dims=(3, 1, 2)),
    row("layers.RepeatVector", draw(2, 4), n=3),
    row("layers.ZeroPadding1D", LINE),
    row("layers.ZeroPadding1D", LINE, padding=(0, 2), **FIRST),
    row("layers.ZeroPadding2D", SQUARE, padding=2),
    row("layers.ZeroPadding2D", SQUARE, padding=(1, 0), **FIRST),
    row("layers.ZeroPadding2D", SQUARE, padding=((1, 2), (0, 3))),
    row("layers.ZeroPadding3D", CUBE),
    row("layers.ZeroPadding3D", CUBE, padding=(1, 0, 2), **FIRST),
    row("layers.ZeroPadding3D", CUBE, padding=((1, 2), (0, 1), (0, 0))),
    row("layers.Cropping1D", LINE),
    row("layers.Cropping1D", LINE, cropping=(0, 2)),
    row("layers.Cropping2D", SQUARE),
    row("layers.Cropping2D", SQUARE, cropping=1, **FIRST),
    row("layers.Cropping2D", SQUARE, cropping=((1, 2), (0, 3))),
    row("layers.Cropping3D", CUBE, cropping=(1, 0, 2)),
    row(
        "layers.Cropping3D", draw(1, 2, 3, 4, 5), cropping=((1, 0), (0, 0), (2, 1)), **FIRST
    ),
    row("layers.Cropping3D", draw(1, 3, 4, 5, 2)),
    row("layers.UpSampling1D", LINE, size=3),
    row("layers.UpSampling2D", SQUARE),
    row("layers.UpSampling2D", SQUARE, size=(1, 3), **FIRST),
    row("layers.UpSampling2D", SQUARE, size=2, interpolation="bilinear"),
    row("layers.UpSampling2D", SQUARE, size=(2, 3), interpolation="bicubic", **FIRST),
    row("layers.UpSampling2D", SQUARE, size=(2, 3), interpolation="lanczos3"),
    row("layers.UpSampling2D", SQUARE, size=(3, 2), interpolation="lanczos5"),
    row("layers.UpSampling2D", SQUARE, interpolation="bilinear", dtype="mixed_float16"),
    row("layers.UpSampling3D", CUBE),
    row("layers.UpSampling3D", CUBE, size=(1, 2, 3), **FIRST),
    row("layers.UpSampling3D", CUBE.astype("float64"), dtype="float64"),
]  # fmt: skip
compare = layers.compare

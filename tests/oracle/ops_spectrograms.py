"""Rows of frames and spectrograms: windows, lengths, strides, centred or not, and back."""

from tests.oracle.drawing import Drawing
from tests.oracle.row import row

draw = Drawing()
LINE, TWO, DEEP = draw.normal(20), draw.normal(2, 17), draw.normal(2, 3, 12)
WINDOW = draw.uniform(8, low=0.25)
SPECTRUM = {"sequence_length": 8, "sequence_stride": 3, "fft_length": 8}
WIDE = {"sequence_length": 5, "sequence_stride": 4, "fft_length": 9}


def _pair(*shape):
    return draw.normal(*shape), draw.normal(*shape)


def _row(name, x, **settings):
    found = row(name, x, **settings).only("float32", "float64", reason="floats of 32 bits or more")
    # The oracle computes windows in float32.
    found = found.within(1e-6, dtype="float64").within(1e-4, 1e-5, dtype="float32")
    found = found.batch_in(0, 1) if isinstance(x, tuple) else found.batch_in(0)
    is_line = len((x[0] if isinstance(x, tuple) else x[None]).shape) == 2
    return found.with_known_batch("no batch") if is_line else found


ROWS = [
    *(
        row("extract_sequences", x, n, sequence_stride=k)
        for x, n, k in (
            (TWO, 7, 7), (DEEP, 3, 5), (TWO, 16, 1), (TWO, 17, 3), (DEEP, 1, 1), (TWO[:0], 3, 2),
        )
    ),
    row("extract_sequences", LINE, 5, 2).with_known_batch("no batch"),
    row("extract_sequences", draw.integers(0, 9, 2, 7), 3, 2),
    _row("stft", LINE, **SPECTRUM), _row("stft", DEEP, **SPECTRUM, center=False),
    *(_row("stft", TWO, **SPECTRUM, window=w) for w in ("hamming", None, WINDOW, list(WINDOW))),
    _row("stft", TWO, **WIDE), _row("stft", TWO, **WIDE, center=False, window="hamming"),
    _row("stft", LINE[:5], sequence_length=8, sequence_stride=1, fft_length=8),
    _row("stft", TWO, sequence_length=5, sequence_stride=9, fft_length=9),
    *(
        _row("istft", _pair(2, 4, how["fft_length"] // 2 + 1), **how, **more)
        for how, more in (
            (SPECTRUM, {}), (SPECTRUM, {"center": False}), (SPECTRUM, {"window": None}),
            (SPECTRUM, {"length": 11}), (WIDE, {"length": 50, "window": "hamming"}),
            (WIDE, {"length": 9, "center": False, "window": "hamming"}),
        )
    ),
    _row("istft", _pair(4, 5), **SPECTRUM, window=WINDOW),
    _row("istft", _pair(4, 7), **WIDE),  # more frequencies than there can be
]  # fmt: skip

"""Rows of the gradient check for `backend/quantization.py`."""

ROWS = [
    ("unpack_nibbles", None, "integers"),
    ("round_to_bits", None, "steps"),
]

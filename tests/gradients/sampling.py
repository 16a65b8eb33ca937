"""Rows for the gradient check of places between the elements of arrays."""

ROWS = [
    ("round_half_away", None, "steps"),
    ("place_inside", None, "integers"),
    ("is_inside", None, "booleans"),
    ("flat_place", None, "integers"),
]

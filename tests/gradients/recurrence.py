"""Rows for the gradient check of recurrences.

Their last outputs are memory for the way back and have no gradient, so they cannot stand here as
they are: tests/test_recurrence.py checks them to second order through their other outputs.
"""

_REASON = "its last outputs are memory without gradient; see tests/test_recurrence.py"

ROWS = [
    (name, None, _REASON)
    for name in (
        "simple_rnn",
        "simple_rnn_gradient",
        "lstm",
        "lstm_gradient",
        "gru",
        "gru_gradient",
    )
]

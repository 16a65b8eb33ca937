"""Sequences of unlike lengths made into one array."""

import numpy as np


def pad_sequences(
    sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre", value=0.0
):
    """Sequences of unlike lengths as one array.

    Args:
        sequences: a list of sequences of numbers, or of arrays with equal further axes.
        maxlen: the length of the result, by default that of the longest sequence.
        dtype: the dtype of the result; ``object`` for strings of any length.
        padding: ``"pre"`` or ``"post"``, where short sequences are filled up.
        truncating: ``"pre"`` or ``"post"``, where long sequences are cut.
        value: what to fill up with.

    Returns:
        A NumPy array of shape ``(len(sequences), maxlen, ...)``.

    Raises:
        ValueError: if something in ``sequences`` is no sequence, or further axes differ.

    >>> import minikeras as keras
    >>> keras.utils.pad_sequences([[1], [2, 3, 4]], maxlen=2).tolist()
    [[0, 1], [3, 4]]
    """
    for name, side in (("padding", padding), ("truncating", truncating)):
        if side not in ("pre", "post"):
            raise ValueError(f"{name} must be 'pre' or 'post'. Received: {side!r}")
    if not hasattr(sequences, "__len__"):
        raise ValueError(
            f"sequences must be a list of sequences. Received: {type(sequences).__name__}"
        )
    for i, sequence in enumerate(sequences):
        if not hasattr(sequence, "__len__"):
            raise ValueError(
                f"sequences must hold sequences. Received at position {i}: {sequence!r}"
            )
    kind = np.dtype(dtype).kind
    if isinstance(value, str) and kind not in "OSU":
        raise ValueError(
            f"value={value!r} does not fit dtype {np.dtype(dtype).name!r}. For strings pass "
            "dtype=object."
        )
    if maxlen is None:
        maxlen = max(map(len, sequences), default=0)
    further = next((np.shape(sequence)[1:] for sequence in sequences if len(sequence)), ())
    result = np.full((len(sequences), maxlen, *further), value, dtype=dtype)
    for i, sequence in enumerate(sequences):
        length = min(len(sequence), maxlen)
        if not length:
            continue
        part = sequence[-length:] if truncating == "pre" else sequence[:length]
        part = np.asarray(part, dtype=dtype)
        if part.shape[1:] != further:
            raise ValueError(
                f"The elements of all sequences must have the shape {further} of the first. "
                f"Received at position {i}: {part.shape[1:]}"
            )
        result[i, slice(-length, None) if padding == "pre" else slice(length)] = part
    return result

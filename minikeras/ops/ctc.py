"""keras.ops: connectionist temporal classification, its loss and its decoders."""

import math

from minikeras.backend import activations, elementwise, indexing, logic, reduction, shaping
from minikeras.backend.autodiff import plain
from minikeras.backend.dtypes import result_type
from minikeras.backend.xp import asarray, np, to_numpy, xp
from minikeras.ops.arguments import tensor
from minikeras.symbolic.inference import is_inferring
from minikeras.symbolic.operation import op

__all__ = ["ctc_decode", "ctc_loss"]

# The logarithm of a probability of zero: finite, so that labels which no alignment of the given
# length can yield have a large loss and a gradient of numbers.
_IMPOSSIBLE = -1e5


def _single_at_least(x):
    x = tensor(x)
    return tensor(x, result_type(x.dtype, "float32"))


@op
def ctc_loss(target, output, target_length, output_length, mask_index=0):
    """The negative log-probability of label sequences whose alignment is not known.

    An alignment has one class per step; the labels that it stands for are left when repetitions
    are merged and blanks removed. The probabilities of all alignments of the labels are summed
    (Graves et al., Connectionist Temporal Classification, 2006, equations 6 to 8).

    Args:
        target: integer labels, of shape ``(batch, max_labels)``.
        output: logits, of shape ``(batch, steps, classes)``.
        target_length: how many labels of each row count, of shape ``(batch,)``.
        output_length: how many steps of each row count, of shape ``(batch,)``.
        mask_index: the class of the blank.

    Returns:
        A tensor of shape ``(batch,)``.

    >>> import minikeras as keras
    >>> logits = keras.ops.zeros((1, 2, 2))  # blank and one label, equally probable
    >>> loss = keras.ops.ctc_loss([[1]], logits, [1], [2])
    >>> round(float(keras.ops.exp(-loss)[0]), 4)
    0.75
    """
    output = _single_at_least(output)
    target, target_length, output_length = (
        tensor(x, "int32") for x in (target, target_length, output_length)
    )
    batch, steps, _ = output.shape
    if is_inferring() or not steps:
        return xp.zeros((batch,), output.dtype)
    # B batch, T steps, N labels, S = 2 N + 1 states: blank, label, blank, ... label, blank
    states, can_skip = _states(target, mask_index)  # (B, S)
    log_p = activations.log_softmax(output, axis=-1)  # (B, T, classes)
    number = states.shape[1]
    each_step = shaping.broadcast_to(
        shaping.reshape(states, shape=(batch, 1, number)), shape=(batch, steps, number)
    )
    emission = indexing.take_along_axis(log_p, each_step, axis=2)  # (B, T, S)
    dtype = output.dtype
    skip_penalty = elementwise.where(can_skip, xp.zeros((), dtype), asarray(_IMPOSSIBLE, dtype))
    start_penalty = xp.zeros((1, number), dtype)
    start_penalty[:, 2:] = _IMPOSSIBLE
    # forward[b, s]: the log-probability of all ways to be in state s after the steps so far
    forward = elementwise.add(emission[:, 0], start_penalty)
    for t in range(1, steps):
        before = shaping.pad(forward, pad_width=((0, 0), (2, 0)), value=_IMPOSSIBLE)
        skipping = elementwise.add(before[:, :-2], skip_penalty)
        reached = elementwise.logaddexp(elementwise.logaddexp(forward, before[:, 1:-1]), skipping)
        counts = shaping.reshape(logic.greater(output_length, t), shape=(batch, 1))
        forward = elementwise.where(counts, elementwise.add(reached, emission[:, t]), forward)
    return elementwise.negative(_at_the_end(forward, target_length))


def _states(target, mask_index):
    """The labels with blanks around them, and where a blank between two labels may be left out."""
    batch, labels = target.shape
    blanks = xp.full((batch, labels + 1), mask_index, target.dtype)
    padded = shaping.pad(target, pad_width=((0, 0), (0, 1)), value=mask_index)
    states = shaping.reshape(shaping.stack(blanks, padded, axis=2), shape=(batch, 2 * labels + 2))[
        :, :-1
    ]
    two_before = shaping.pad(states, pad_width=((0, 0), (2, 0)), value=mask_index)[:, :-2]
    # Two before a blank is a blank, so only labels differ; a label may be the class of the blank.
    return states, logic.not_equal(states, two_before)


def _at_the_end(forward, target_length):
    """The log-probability of having ended in the last label or the blank behind it."""
    last_blank = elementwise.multiply(target_length, 2)
    last_label = elementwise.maximum(elementwise.subtract(last_blank, 1), 0)
    ends = indexing.take_along_axis(forward, shaping.stack(last_blank, last_label, axis=1), axis=1)
    has_labels = logic.greater(target_length, 0)
    label = elementwise.where(has_labels, ends[:, 1], asarray(_IMPOSSIBLE, forward.dtype))
    return elementwise.logaddexp(ends[:, 0], label)


@op
def ctc_decode(
    inputs,
    sequence_lengths,
    strategy="greedy",
    beam_width=100,
    top_paths=1,
    merge_repeated=True,
    mask_index=0,
):
    """The most probable label sequences for the outputs of a model trained with `ctc_loss`.

    Args:
        inputs: logits, of shape ``(batch, steps, classes)``.
        sequence_lengths: how many steps of each row count, of shape ``(batch,)``.
        strategy: ``"greedy"``: the most probable class of each step; ``"beam_search"``: the most
            probable labels, the probabilities of their alignments summed, among the ``beam_width``
            best beginnings at each step. The beam search runs on the host.
        beam_width: see ``strategy``.
        top_paths: how many sequences the beam search returns.
        merge_repeated: whether the greedy decoder merges repetitions.
        mask_index: the class of the blank; None means the last one.

    Returns:
        A pair. The labels, int32 of shape ``(paths, batch, steps)``, filled up with -1. And for
        ``"greedy"`` minus the sum of the largest logits, of shape ``(batch, 1)``; for
        ``"beam_search"`` the log-probabilities, of shape ``(batch, top_paths)``.

    Raises:
        ValueError: for another strategy.

    >>> import minikeras as keras
    >>> logits = keras.ops.one_hot([[1, 1, 0, 2]], 3)
    >>> keras.ops.ctc_decode(logits, [4])[0].tolist()
    [[[1, 2, -1, -1]]]
    """
    inputs = _single_at_least(inputs)
    sequence_lengths = tensor(sequence_lengths, "int32")
    blank = inputs.shape[2] - 1 if mask_index is None else mask_index
    if strategy == "greedy":
        return _greedy(inputs, sequence_lengths, merge_repeated, blank)
    if strategy != "beam_search":
        raise ValueError(
            "ctc_decode: Invalid strategy. Expected 'greedy' or 'beam_search'. "
            f"Received: strategy={strategy!r}"
        )
    log_p = to_numpy(plain(activations.log_softmax(inputs, axis=-1)))
    lengths = to_numpy(plain(sequence_lengths))
    paths = np.full((top_paths, *log_p.shape[:2]), -1, dtype="int32")
    scores = np.full((log_p.shape[0], top_paths), -np.inf, dtype=log_p.dtype)
    for row, (steps, length) in enumerate(zip(log_p, lengths.tolist())):
        for rank, (labels, score) in enumerate(_beams(steps[: max(length, 1)], beam_width, blank)):
            if rank < top_paths:
                paths[rank, row, : len(labels)] = labels
                scores[row, rank] = score
    return asarray(paths), asarray(scores)


def _greedy(inputs, lengths, merge_repeated, blank):
    batch, steps, _ = inputs.shape
    best = reduction.argmax(inputs, axis=-1)
    score = reduction.max(inputs, axis=-1)
    after_end = logic.greater_equal(
        xp.arange(steps)[None, :], shaping.reshape(lengths, shape=(batch, 1))
    )
    best = elementwise.where(after_end, asarray(blank, best.dtype), best)
    score = elementwise.where(after_end, xp.zeros((), score.dtype), score)
    is_blank = logic.equal(best, blank)
    if merge_repeated and steps > 1:
        repeats = logic.equal(best[:, 1:], best[:, :-1])
        repeats = shaping.pad(repeats, pad_width=((0, 0), (1, 0)), value=False)
        is_blank = logic.logical_or(is_blank, repeats)
    # Labels first, in their order, then as many -1.
    order = elementwise.where(is_blank, xp.asarray(steps), xp.arange(steps)[None, :])
    order = indexing.argsort(order, axis=1)
    labels = elementwise.where(is_blank, asarray(-1, best.dtype), best)
    labels = elementwise.cast(indexing.take_along_axis(labels, order, axis=1), dtype="int32")
    total = elementwise.negative(reduction.sum(score, axis=1, keepdims=True))
    return shaping.reshape(labels, shape=(1, batch, steps)), total


def _log_add(x, y):
    if x < y:
        x, y = y, x
    return x if y == -math.inf else x + math.log1p(math.exp(y - x))


def _beams(log_p, width, blank):
    """The most probable labels with their log-probabilities, best first: a prefix beam search.

    For each beginning two log-probabilities are kept: of the alignments that end in a blank, and of
    those that end in its last label; the latter cannot be followed by that label as a new one.
    """
    beams = {(): (0.0, -math.inf)}
    for step in log_p.tolist():
        extended = {}

        def add(labels, ends_in_blank, value, extended=extended):
            found = extended.setdefault(labels, [-math.inf, -math.inf])
            i = 0 if ends_in_blank else 1
            found[i] = _log_add(found[i], value)

        for labels, (after_blank, after_label) in beams.items():
            either = _log_add(after_blank, after_label)
            for index, value in enumerate(step):
                if index == blank:
                    add(labels, True, either + value)
                elif labels and labels[-1] == index:
                    add(labels, False, after_label + value)
                    add((*labels, index), False, after_blank + value)
                else:
                    add((*labels, index), False, either + value)
        best = sorted(extended.items(), key=lambda item: -_log_add(*item[1]))[:width]
        beams = {labels: tuple(found) for labels, found in best}
    return [(labels, _log_add(*found)) for labels, found in beams.items()]

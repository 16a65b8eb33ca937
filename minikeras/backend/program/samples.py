"""Samples: which calls treat every sample of a batch by itself, and which add samples up.

A value is **cut** where it holds something for each sample: along one axis, so many places of it
for each sample in turn. `plan` says, for a call some of whose arguments are cut, how the others
must be cut for the call to work on a part of the samples alone, and what then becomes of its
results: they are cut as well, or they are **summed**, a part of the samples giving a part of the
sum, or **averaged**; or the kernel itself asks for what the others have found, and its results are
**gathered**. Of primitives that are in no table nothing is known. The kernels of
convolutions and pooling have a table of their own: they cut the batch by themselves, as large as
suits them, so that threads leave them as they are; only processes cut them, once for all.
"""

import math
import re
from typing import NamedTuple

from minikeras.backend.program.elementary import ELEMENTWISE
from minikeras.backend.reduction import reduced_axes
from minikeras.backend.shaping import normal_axis


class Cut(NamedTuple):
    """Along ``axis`` there are ``places`` for each sample, those of a sample together.

    ``axis`` is None for what only the gradient of a kernel can read.
    """

    axis: int
    places: int


SUMMED = "summed"
AVERAGED = "averaged"
GATHERED = "gathered"


class Operands(NamedTuple):
    """What a rule knows of a call: of each argument its shape and `Cut`, or None for either."""

    shapes: tuple
    cuts: tuple
    out: tuple  # the shape of the first result
    number: int  # of results
    samples: int
    settings: dict

    @property
    def rank(self):
        """That of the first argument."""
        return len(self.shapes[0])


def batch_of(program):
    """How many samples there are: the length of all inputs along their first axis, or None."""
    lengths = {program.traits[slot][0][:1] for slot in program.inputs}
    lengths.discard(())
    if len(lengths) != 1:
        return None
    ((length,),) = lengths
    return length if length > 1 else None


def plan(call, cuts, traits, samples, rules=None):
    """How a call can be made for a part of the samples.

    Args:
        cuts: a dict from slots to the `Cut` of their values.
        rules: a dict from names of primitives to what is known of them; `OF_SECTIONS` if None.

    Returns:
        A `Cut` or None per argument, and a `Cut`, `SUMMED`, `AVERAGED` or `GATHERED` per result;
        None if it cannot.
    """
    rule = (OF_SECTIONS if rules is None else rules).get(call.name)
    slots = [getattr(a, "slot", None) for a in call.args]
    if rule is None or all(s not in cuts for s in slots):
        return None
    shapes = tuple(
        getattr(a, "shape", None) if s is None else traits[s][0] for a, s in zip(call.args, slots)
    )
    found = rule(
        Operands(
            shapes,
            tuple(map(cuts.get, slots)),
            next(traits[s][0] for s in call.outs if s is not None),
            len(call.outs),
            samples,
            call.settings,
        )
    )
    if found is None:
        return None
    args, outs = found
    # An argument that is cut in one way can neither be used as a whole nor cut in another.
    if any(s in cuts and cuts[s] != cut for s, cut in zip(slots, args)):
        return None
    return args, outs


def _aligned(o):
    """Arguments broadcast against each other from the last axis on; the result is cut alike."""
    found = {(cut.axis - len(shape), cut.places) for shape, cut in zip(o.shapes, o.cuts) if cut}
    if len(found) != 1:
        return None
    ((back, places),) = found
    length = o.samples * places
    if len(o.out) < -back or o.out[back] != length:
        return None
    args = tuple(
        Cut(back + len(shape), places)
        if shape is not None and len(shape) >= -back and shape[back] == length
        else None
        for shape in o.shapes
    )
    return args, (Cut(back + len(o.out), places),)


def _matmul(o):
    (x, y), (of_x, of_y) = o.shapes, o.cuts
    if len(x) < 2 or len(y) < 2:
        return None
    places = (of_x or of_y).places
    rank = len(o.out)
    inner_x, inner_y = Cut(len(x) - 1, places), Cut(len(y) - 2, places)
    if of_x == inner_x or of_y == inner_y:
        return (inner_x, inner_y), (SUMMED,)
    if of_x and of_x.axis == len(x) - 2:
        return (of_x, None), (Cut(rank - 2, places),)
    if of_y and of_y.axis == len(y) - 1:
        return (None, of_y), (Cut(rank - 1, places),)
    return _aligned(o)


def _einsum(o):
    *inputs, out = re.split(",|->", o.settings["subscripts"])
    (label, places), *others = {
        (labels[cut.axis], cut.places) for labels, cut in zip(inputs, o.cuts) if cut
    }
    if others:
        return None
    args = tuple(Cut(labels.index(label), places) if label in labels else None for labels in inputs)
    return args, (Cut(out.index(label), places) if label in out else SUMMED,)


def _transpose(o):
    axes = o.settings.get("axes") or tuple(reversed(range(o.rank)))
    (cut,) = o.cuts
    axis = [normal_axis(a, o.rank) for a in axes].index(cut.axis)
    return o.cuts, (cut._replace(axis=axis),)


def _reshape(o):
    (shape,), (cut,) = o.shapes, o.cuts
    before = math.prod(shape[: cut.axis])
    for axis, length in enumerate(o.out):
        if length and length % o.samples == 0 and math.prod(o.out[:axis]) == before:
            return o.cuts, (Cut(axis, length // o.samples),)
    return None


def _reduction(o):
    (cut,) = o.cuts
    axes = reduced_axes(o.rank, o.settings.get("axis"))
    if cut.axis in axes:
        return None
    shift = 0 if o.settings.get("keepdims") else sum(axis < cut.axis for axis in axes)
    return o.cuts, (Cut(cut.axis - shift, cut.places),)


def _sum(o):
    return _reduction(o) or (o.cuts, (SUMMED,))


def _along(o):
    """Something along given axes, to arguments that are alike along the others."""
    cut = next(filter(None, o.cuts))
    length = o.samples * cut.places
    if cut.axis in reduced_axes(o.rank, o.settings.get("axis")):
        return None
    if any(len(s) <= cut.axis or s[cut.axis] != length for s in o.shapes):
        return None
    return (cut,) * len(o.cuts), (cut,) * o.number


def _stack(o):
    cut = next(filter(None, o.cuts))
    axis = normal_axis(o.settings["axis"], o.rank + 1)
    return (cut,) * len(o.cuts), (cut._replace(axis=cut.axis + (axis <= cut.axis)),)


def _unstack(o):
    (cut,) = o.cuts
    axis = normal_axis(o.settings["axis"], o.rank)
    if axis == cut.axis:
        return None
    return o.cuts, (cut._replace(axis=cut.axis - (axis < cut.axis)),) * o.number


def _one_hot(o):
    (cut,) = o.cuts
    axis = normal_axis(o.settings["axis"], o.rank + 1)
    return o.cuts, (cut._replace(axis=cut.axis + (axis <= cut.axis)),)


def _padding(o):
    (cut,) = o.cuts
    return None if any(o.settings["pad_width"][cut.axis]) else (o.cuts, (cut,))


def _take(o):
    of_x, of_indices = o.cuts
    axis = normal_axis(o.settings["axis"], o.rank)
    if of_x is None:
        return o.cuts, (of_indices._replace(axis=axis + of_indices.axis),)
    if of_indices is not None or axis == of_x.axis:
        return None
    shift = len(o.shapes[1]) - 1 if axis < of_x.axis else 0
    return o.cuts, (of_x._replace(axis=of_x.axis + shift),)


def _resample(o):
    cut, of_weights = o.cuts
    return None if of_weights or cut.axis == o.settings["axis"] else ((cut, None), (cut,))


def _standardize(o):
    cut = o.cuts[0]
    if cut is None or not _is_by_sample(o, cut):
        return None
    return (cut, None, None), (cut,) * 3


def _is_by_sample(o, cut):
    """Whether each sample is standardised by itself, and all with the same scale and offset."""
    weights = (shape for shape in o.shapes[-2:] if shape is not None)
    return cut.axis not in o.settings["axes"] and all(w[cut.axis] == 1 for w in weights)


def _standardize_gradient(o):
    cut = next(filter(None, o.cuts))
    if not _is_by_sample(o, cut):
        return None
    return (cut,) * 6 + (None, None), (cut, SUMMED, SUMMED)


def _fourier(o):
    cut = next(filter(None, o.cuts))
    axes = reduced_axes(o.rank, o.settings["axes"])
    return None if cut.axis in axes else ((cut, cut), (cut, cut))


def _before(axes):
    """A rule for primitives that do the same along all axes but the last ones."""

    def rule(o):
        cut = next(filter(None, o.cuts))
        return None if cut.axis >= o.rank - axes else ((cut,) * len(o.cuts), (cut,) * o.number)

    return rule


def _labels(o):
    """Rows of classes along the last axis, and something for each row."""
    cut = next(filter(None, o.cuts))
    return None if cut.axis == o.rank - 1 else ((cut,) * len(o.cuts), (cut,))


OF_SECTIONS = {
    **dict.fromkeys(
        ELEMENTWISE
        | {
            "again", "arccosh", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor",
            "broadcast_to", "conj", "erfc", "logaddexp", "mod", "nan_to_num", "relu", "round",
            "rsqrt", "share", "sigmoid",
        },
        _aligned,
    ),
    **dict.fromkeys(
        ("all", "any", "argmax", "argmin", "logsumexp", "max", "mean", "min", "prod", "var"),
        _reduction,
    ),
    **dict.fromkeys(
        (
            "concatenate", "cumsum", "flip", "log_softmax", "put_along_axis", "roll", "softmax",
            "split", "take_along_axis",
        ),
        _along,
    ),
    **dict.fromkeys(
        ("label_cost", "label_cost_slope", "label_crossentropy", "label_crossentropy_slope"),
        _labels,
    ),
    **dict.fromkeys(("crop", "pad"), _padding),
    **dict.fromkeys(("frames", "half_fourier", "real_fourier"), _before(1)),
    "einsum": _einsum,
    "fourier": _fourier,
    "matmul": _matmul,
    "one_hot": _one_hot,
    "overlap_add": _before(2),
    "resample": _resample,
    "reshape": _reshape,
    "stack": _stack,
    "standardize": _standardize,
    "standardize_gradient": _standardize_gradient,
    "sum": _sum,
    "take": _take,
    "transpose": _transpose,
    "unstack": _unstack,
}  # fmt: skip


def _mean(o):
    return _reduction(o) or (o.cuts, (AVERAGED,))


def _pooling(o):
    """Something for each image."""
    first = o.cuts[0]
    is_by_image = first is not None and first.axis == 0 and set(o.cuts) == {first}
    return (o.cuts, (first,)) if is_by_image else None


def _convolution(o):
    """The same kernel for each image."""
    of_images, of_kernel = o.cuts
    if of_images is None or of_images.axis != 0 or of_kernel is not None:
        return None
    return o.cuts, (of_images,)


def _kernel_gradient(o):
    cut = next(filter(None, o.cuts))
    return ((cut, cut), (SUMMED,)) if cut.axis == 0 else None


def _put(o):
    """Rows for each of some indices, added up at these: the gradient of an embedding."""
    of_values, of_indices = o.cuts
    axis = normal_axis(o.settings["axis"], len(o.settings["shape"]))
    if of_indices is None:
        return _put_at_same_places(o, of_values, axis, len(o.shapes[1]))
    if of_values != of_indices._replace(axis=axis + of_indices.axis):
        return None
    return o.cuts, (SUMMED,)


def _put_at_same_places(o, cut, axis, axes):
    """As `_put`, at the same indices for each sample; these have so many ``axes``."""
    if axis <= cut.axis < axis + axes:
        return None
    return o.cuts, (cut if cut.axis < axis else cut._replace(axis=cut.axis - axes + 1),)


def _get_item(o):
    cut, *arrays = o.cuts
    axis = None if arrays else _whole_axes(o.settings["index"], o.shapes[0]).get(cut.axis)
    return None if axis is None else (o.cuts, (cut._replace(axis=axis),))


def _put_item(o):
    cut, *arrays = o.cuts
    found = {} if arrays else _whole_axes(o.settings["index"], o.settings["shape"])
    axis = next((k for k, of_values in found.items() if of_values == cut.axis), None)
    return None if axis is None else (o.cuts, (cut._replace(axis=axis),))


def _whole_axes(index, shape):
    """For each axis of an array that ``x[index]`` has as a whole, which one it is there."""
    parts = index if isinstance(index, tuple) else (index,)
    if any(type(p) not in (int, slice, type(None), type(Ellipsis)) for p in parts):
        return {}
    place = parts.index(Ellipsis) if Ellipsis in parts else len(parts)
    given = sum(type(p) in (int, slice) for p in parts)
    parts = (*parts[:place], *[slice(None)] * (len(shape) - given), *parts[place + 1 :])
    found, axis, of_item = {}, 0, 0
    for part in parts:
        if type(part) is slice and part.indices(shape[axis]) == (0, shape[axis], 1):
            found[axis] = of_item
        axis += part is not None
        of_item += type(part) is not int
    return found


def _crossentropy(o):
    """Something for all classes, to a number for them."""
    found = _along(o)
    if found is None:
        return None
    args, (cut, *_) = found
    (axis,) = reduced_axes(o.rank, o.settings["axis"])
    return args, (cut._replace(axis=cut.axis - (axis < cut.axis)),)


def _searchsorted(o):
    of_sequence, of_values = o.cuts
    return None if of_sequence else (o.cuts, (of_values,))


def _segment_sum(o):
    cut = next(filter(None, o.cuts))
    return ((cut, cut), (SUMMED,)) if cut.axis == 0 else None


def _attention(o):
    """Query, key and value ``(B, H, T, D)``, behind g in the gradient; then bias and mask."""
    cut = next(filter(None, o.cuts))
    *arrays, bias, mask = o.shapes
    if cut != Cut(0, 1) or any(shape[0] != o.samples for shape in arrays):
        return None
    of_bias, of_mask = (
        cut if shape is not None and shape[0] == o.samples else None for shape in (bias, mask)
    )
    outs = (cut,) if o.number == 1 else (cut, cut, cut, of_bias or SUMMED)
    return (*[cut] * len(arrays), of_bias, of_mask), outs


def _standardize_together(o):
    """Moments over the batch, of which each process has those of its samples."""
    if (found := _standardize(o)) is not None:
        return found
    cut, *others = o.cuts
    if cut is None or any(others) or not _is_by_feature(o, cut):
        return None
    return (cut, None, None), (cut, GATHERED, GATHERED)


def _is_by_feature(o, cut):
    """Whether moments are over the samples, and scale and offset the same along all their axes."""
    axes = o.settings["axes"]
    weights = (shape for shape in o.shapes[-2:] if shape is not None)
    return cut.axis in axes and all(w[axis] == 1 for w in weights for axis in axes)


def _standardize_gradient_together(o):
    g, of_mean, of_variance, x, *others = o.cuts
    if g != x or of_mean or of_variance or any(others):
        return _standardize_gradient(o)
    if x is None or not _is_by_feature(o, x):
        return None
    return (g, None, None, x, *others), (x, GATHERED, GATHERED)


# What a kernel keeps for its gradient, laid out as it likes.
_MEMORY = Cut(None, 0)
# Arrays of recurrences: over time (T, B, ...) or for the gates, states (B, U), memory, weights and
# the sums that are their gradients. The batch may have several places for each sample.
_WAYS = {"t": Cut(1, 1), "s": Cut(0, 1), "m": _MEMORY, "w": None, "+": SUMMED}


def _recurrence(args, outs):
    """A rule for arguments and results of the kinds in ``_WAYS``, a letter for each."""

    def rule(o):
        places = max(cut.places for cut in o.cuts if cut)
        ways = {
            **_WAYS,
            **{letter: _WAYS[letter]._replace(places=places) for letter in "ts"},
        }
        cuts = tuple(None if s is None else ways[a] for a, s in zip(args, o.shapes))
        batches = {s[c.axis] for s, c in zip(o.shapes, cuts) if c not in (None, _MEMORY)}
        if batches != {o.samples * places}:
            return None
        return cuts, tuple(map(ways.get, outs))

    return rule


# Primitives that are cut for processes, besides those that are for threads.
OF_PROCESSES = {
    **OF_SECTIONS,
    **dict.fromkeys(
        (
            "deg2rad", "erfinv", "flat_place", "heaviside", "is_inside", "isclose", "isneginf",
            "isposinf", "ldexp", "logaddexp2", "place_inside", "rad2deg", "round_half_away",
            "signbit", "sinc",
        ),
        _aligned,
    ),
    **dict.fromkeys(
        (
            "argmax_ranges", "argpartition", "argsort", "cumprod", "linear_scan", "shift", "sort",
            "sum_ranges",
        ),
        _along,
    ),
    **dict.fromkeys(
        (
            "average_pool", "average_pool_gradient", "max_pool", "max_pool_choice",
            "max_pool_gradient", "max_pool_taps",
        ),
        _pooling,
    ),
    **dict.fromkeys(("blockwise_attention", "blockwise_attention_gradient"), _attention),
    **dict.fromkeys(("tril", "triu"), _before(2)),
    "simple_rnn": _recurrence("tswwwt", "tsm"),
    "simple_rnn_gradient": _recurrence("ts" "tswwwt" "m", "ts+++"),
    "gru": _recurrence("tswwwt", "tsmm"),
    "gru_gradient": _recurrence("ts" "tswwwt" "mm", "ts+++"),
    "lstm": _recurrence("tsswwwttt", "tssmm"),
    "lstm_gradient": _recurrence("tss" "tsswwwttt" "mm", "tss+++"),
    "convolution": _convolution,
    "convolution_input_gradient": _convolution,
    "convolution_kernel_gradient": _kernel_gradient,
    "get_item": _get_item,
    "mean": _mean,
    "put": _put,
    "put_item": _put_item,
    "searchsorted": _searchsorted,
    "segment_sum": _segment_sum,
    "softmax_crossentropy": _crossentropy,
    "standardize": _standardize_together,
    "standardize_gradient": _standardize_gradient_together,
    "top_k_indices": _before(1),
}  # fmt: skip

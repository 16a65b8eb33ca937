"""Ops that reshape, join, split and pad, beyond the rows of the oracle: any shapes, errors."""

import hypothesis
import hypothesis.extra.numpy as arrays
import hypothesis.strategies as strategies
import numpy as np
import pytest

import minikeras as mk
from minikeras import ops
from minikeras.backend.xp import ON_GPU
from tests import strict_cupy
from tests.op_rows import compare_symbolic
from tests.support import assert_close

_random = np.random.default_rng(0)
V = _random.standard_normal(6).astype("float32")
M = _random.standard_normal((3, 4)).astype("float32")
T = _random.standard_normal((2, 3, 4)).astype("float32")
IMAGES = _random.standard_normal((2, 8, 6, 8)).astype("float32")
H = M.astype("float16")
ONE = _random.standard_normal((1, 3, 1)).astype("float32")
EMPTY = np.zeros((0, 4), "float32")

# An op, its arguments, its settings.
# An op, the shapes of its tensors with None for unknown sides, and the call.
SYMBOLIC = [
    ("reshape", [(None, None, 4)], lambda f, x: f(x, (-1, 4))),
    ("reshape", [(None, None, 4)], lambda f, x: f(x, (-1, 2))),
    ("reshape", [(None, 4, 6)], lambda f, x: f(x, (-1, 8, 3))),
    ("reshape", [(3, None)], lambda f, x: f(x, (-1, 2))),
    ("reshape", [(3, None, 4)], lambda f, x: f(x, (3, -1, 8))),
    ("reshape", [(None, 4, 6)], lambda f, x: f(x, (None, -1))),
    ("reshape", [(None, None, 6)], lambda f, x: f(x, (None, None, 2, 3))),
    ("ravel", [(None, 4)], lambda f, x: f(x)),
    ("transpose", [(None, None, 4)], lambda f, x: f(x, (2, 0, 1))),
    ("expand_dims", [(None, None)], lambda f, x: f(x, (0, -1))),
    ("squeeze", [(None, 1, 4)], lambda f, x: f(x)),
    ("squeeze", [(None, None, 1)], lambda f, x: f(x, -1)),
    ("moveaxis", [(None, 3, None)], lambda f, x: f(x, -1, 0)),
    ("concatenate", [(None, None, 3), (None, 2, 3)], lambda f, x, y: f([x, y], axis=1)),
    ("concatenate", [(None, 3), (2, 3)], lambda f, x, y: f([x, y], axis=0)),
    ("concatenate", [(None, 3), ((None, 2), "float64")], lambda f, x, y: f([x, y], axis=-1)),
    ("stack", [(None, 3), (None, 3)], lambda f, x, y: f([x, y], axis=1)),
    ("hstack", [(None, 3), (None, None)], lambda f, x, y: f([x, y])),
    ("vstack", [(None, 3), (None, 3)], lambda f, x, y: f([x, y])),
    ("split", [(None, None, 6)], lambda f, x: f(x, 3, axis=-1)),
    ("split", [(None, None, 6)], lambda f, x: f(x, 2, axis=1)),
    ("split", [(None, 6)], lambda f, x: f(x, [1, 3], axis=1)),
    ("array_split", [(None, 7)], lambda f, x: f(x, 3, axis=1)),
    ("unstack", [(None, 3, None)], lambda f, x: f(x, axis=1)),
    ("tile", [(None, None, 2)], lambda f, x: f(x, (1, 2, 3))),
    ("tile", [(None, 2)], lambda f, x: f(x, (2, 1))),
    ("repeat", [(None, None)], lambda f, x: f(x, 2, axis=1)),
    ("repeat", [(None, 3)], lambda f, x: f(x, 2, axis=0)),
    ("pad", [(None, None, 3)], lambda f, x: f(x, ((0, 0), (1, 2), (0, 1)))),
    ("pad", [(None, 3)], lambda f, x: f(x, ((1, 0), (2, 2)), mode="reflect")),
    ("roll", [(None, 3)], lambda f, x: f(x, 1, axis=0)),
    ("flip", [(None, 3)], lambda f, x: f(x, axis=0)),
    ("rot90", [(None, 3, None)], lambda f, x: f(x, axes=(1, 2))),
    ("diag", [(None,)], lambda f, x: f(x)),
    ("diagonal", [(None, 3, 4)], lambda f, x: f(x, axis1=1, axis2=2)),
    ("trace", [((None, 3, 4), "int8")], lambda f, x: f(x, axis1=1, axis2=2)),
    ("tril", [(None, None, 4)], lambda f, x: f(x)),
    ("meshgrid", [(None,), (4,)], lambda f, x, y: f(x, y)),
    ("depth_to_space", [(None, None, 4, 8)], lambda f, x: f(x, 2)),
    ("space_to_depth", [(None, None, 4, 8)], lambda f, x: f(x, 2)),
    ("rearrange", [(None, None, 6)], lambda f, x: f(x, "b (h k) c -> b h (k c)", k=2)),
    ("rearrange", [(None, 4, 6)], lambda f, x: f(x, "b h w -> (b h) w")),
]  # fmt: skip


@pytest.mark.parametrize("name, shapes, call", SYMBOLIC)
def test_symbolic_shapes(name, shapes, call):
    compare_symbolic(name, shapes, call)


def test_sides_given_by_the_shape_asked_for():
    assert ops.broadcast_to(mk.KerasTensor((None, 3)), (5, 3)).shape == (5, 3)
    assert ops.squeeze(mk.KerasTensor((None, 3)), axis=0).shape == (3,)
    parts = ops.unstack(mk.KerasTensor((None, 3)), num=2)
    assert [part.shape for part in parts] == [(3,), (3,)]


@hypothesis.given(
    strategies.data(),
    arrays.arrays("float32", arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4)),
)
@hypothesis.settings(deadline=None, max_examples=60)
def test_any_shape(data, x):
    x = np.nan_to_num(x)[..., ::-1]  # not contiguous
    axis = data.draw(strategies.integers(-x.ndim, x.ndim - 1))
    count = data.draw(strategies.integers(0, 3))
    device = ops.convert_to_tensor(x)
    axes = data.draw(strategies.permutations(range(x.ndim)))
    pairs = [
        (ops.transpose(device, axes), np.transpose(x, axes)),
        (ops.flip(device, axis), np.flip(x, axis)),
        (ops.roll(device, count, axis), np.roll(x, count, axis)),
        (ops.repeat(device, count, axis), np.repeat(x, count, axis)),
        (ops.tile(device, (count, 2)), np.tile(x, (count, 2))),
        (ops.concatenate([device, device], axis), np.concatenate([x, x], axis)),
        (ops.stack([device, device], axis), np.stack([x, x], axis)),
        (ops.array_split(device, 3, axis), np.array_split(x, 3, axis)),
        (ops.unstack(device, axis=axis), list(np.moveaxis(x, axis, 0))),
        (ops.moveaxis(device, axis, 0), np.moveaxis(x, axis, 0)),
        (ops.expand_dims(device, axis), np.expand_dims(x, axis)),
        (ops.pad(device, count, constant_values=1.5), np.pad(x, count, constant_values=1.5)),
        (ops.squeeze(device), np.squeeze(x)),
    ]
    for actual, expected in pairs:
        assert_close(actual, expected)
    if x.ndim > 1:
        assert_close(ops.tril(device, count - 1), np.tril(x, count - 1))
        assert_close(ops.diagonal(device, count - 1), np.diagonal(x, count - 1))
        assert_close(ops.rot90(device, count, (0, 1)), np.rot90(x, count, (0, 1)))


def test_promotion_of_numbers_beside_tensors():
    half = ops.convert_to_tensor(H[0])
    assert ops.stack([half[0], 1.0]).dtype.name == "float16"
    assert ops.append(half, [1.0]).dtype.name == "float32"
    assert ops.concatenate([half, ops.convert_to_tensor(V)]).dtype.name == "float32"


def test_a_tensor_in_place_of_a_list():
    assert_close(ops.concatenate(ops.convert_to_tensor(T), axis=1), np.concatenate(list(T), 1))
    assert_close(ops.stack(ops.convert_to_tensor(T), axis=1), np.stack(list(T), 1))


def test_pad_with_a_tensor_of_one_number():
    padded = ops.pad(ops.convert_to_tensor(V), 1, constant_values=ops.convert_to_tensor(V[0]))
    assert_close(padded, np.pad(V, 1, constant_values=V[0]))
    slope = mk.grad(lambda c: ops.sum(ops.pad(ops.convert_to_tensor(V), 1, constant_values=c)))
    assert float(slope(0.5)) == 2.0


def test_pattern_with_dots_and_ones():
    x = ops.convert_to_tensor(T)
    assert ops.rearrange(x, "a ... -> ... a").shape == (3, 4, 2)
    assert ops.rearrange(x, "a ... -> a (...)").shape == (2, 12)
    assert ops.rearrange(x, "a b c -> a 1 (b c) ()").shape == (2, 1, 12, 1)
    assert ops.rearrange(ops.convert_to_tensor(ONE), "1 a 1 -> a").shape == (3,)


ERRORS = [
    ("reshape", (M, (5, -1)), "12 elements"),
    ("reshape", (M, (2, 2, None)), "None in newshape"),
    ("squeeze", (M, 1), "axis 1 has length 4"),
    ("squeeze", (M, 5), "axis 5 is out of bounds"),
    ("split", (M, 3, 1), "array_split"),
    ("split", (M, 0), "positive"),
    ("unstack", (M, 2), "num=2"),
    ("moveaxis", (T, (0, 1), 2), "equally many"),
    ("rot90", (V,), "at least 2 axes"),
    ("rot90", (M, 1, (0, 0)), "two different axes"),
    ("diag", (T,), "a vector or a matrix"),
    ("repeat", (M, [1, 2], 0), "3 integers"),
    ("pad", (M, ((1, 2), (3, 4), (5, 6))), "pad_width"),
    ("pad", (M, -1), "none negative"),
    ("pad", (M, 1, "edge", 2), "constant_values"),
    ("pad", (M, 1, "mirror"), "mode must be one of"),
    ("pad", (EMPTY, 1, "edge"), "without elements"),
    ("concatenate", ([],), "at least one"),
    ("reshape", (M, (-2, -3)), "non-negative"),
    ("reshape", (M, (-1, -1)), "at most one unknown dimension"),
    ("transpose", (M, (0, 0)), "valid permutation"),
    ("transpose", (M, (0, 2)), r"integer in \[-2, 2\)"),
    ("rearrange", (M, "a b c -> a b c"), "3 axes"),
    ("rearrange", (M, "a b -> a"), "once on either side"),
    ("rearrange", (M, "a (b c) -> a b c"), "all but one"),
    ("rearrange", (M, "a -> b -> c"), "expected a pattern"),
    ("depth_to_space", (IMAGES, 3), "block_size"),
    ("depth_to_space", (M, 2), "4 axes"),
    ("space_to_depth", (IMAGES, 5), "multiples of block_size"),
]


@pytest.mark.parametrize("name, args, message", ERRORS)
def test_errors(name, args, message):
    with pytest.raises(ValueError, match=message):
        getattr(ops, name)(*args)


def test_pattern_length_that_does_not_divide():
    with pytest.raises(ValueError, match="not the product"):
        ops.rearrange(M, "a (b c) -> a b c", b=3)
    with pytest.raises(ValueError, match="no axes"):
        ops.rearrange(M, "a b -> b a", c=3)


def test_unknown_length_needs_a_number():
    with pytest.raises(ValueError, match="Cannot infer argument `num`"):
        ops.unstack(mk.KerasTensor((3, None)), axis=1)


def test_repeat_by_a_list():
    assert_close(ops.repeat(M, [2, 0, 1], axis=0), np.repeat(M, [2, 0, 1], axis=0))


@pytest.mark.skipif(not ON_GPU, reason="nothing waits on the host alone")
def test_numbers_on_the_host_are_not_waited_for():
    x = mk.ops.convert_to_tensor(M)
    with strict_cupy.no_sync():
        ops.repeat(x, 2, axis=1)
        ops.repeat(x, [1, 0, 2], axis=0)
        ops.pad(x, ((1, 0), (0, 2)))
        ops.switch(1, [ops.sin, ops.cos], x)
        ops.fori_loop(0, 3, lambda i, y: y + i, x)

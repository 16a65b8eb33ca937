"""Arguments of ops that programs written for Keras pass: symbols, tensors, infinite values."""

import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras import ops
from tests.support import assert_close


def symbol(*shape, dtype="float32"):
    return mk.KerasTensor(shape, dtype)


FLOATS = (symbol(None, 3), symbol(2, 1))
SHAPES = [
    # Inputs of models are floats unless told otherwise, also where integers are meant.
    *((name, FLOATS, {}, (2, 3)) for name in ("bitwise_and", "bitwise_or", "bitwise_xor")),
    *((name, FLOATS, {}, (2, 3)) for name in ("left_shift", "right_shift", "gcd", "lcm", "ldexp")),
    ("bitwise_not", (symbol(None, 3),), {}, (None, 3)),
    ("take", (np.ones((4, 3)), symbol(None, 5)), {"axis": 0}, (None, 5, 3)),
    ("take_along_axis", (symbol(None, 3), symbol(1, 3)), {"axis": 1}, (None, 3)),
    ("scatter_update", (symbol(4, 4), symbol(2, 2), symbol(2)), {}, (4, 4)),
    ("in_top_k", (symbol(None), symbol(None, 10)), {"k": 5}, (None,)),
    ("segment_sum", (symbol(5, 4), symbol(5)), {"num_segments": 3}, (3, 4)),
    # Sides that only values decide are unknown.
    ("reshape", (symbol(None, 20), symbol(2, dtype="int32")), {}, (None, None)),
    ("reshape", (np.ones(20), symbol(2, dtype="int32")), {}, (None, None)),
    ("reshape", (symbol(None, 20), (None, symbol(dtype="int32"))), {}, (None, None)),
    ("slice", (symbol(3, 3), symbol(2, dtype="int32"), (-1, 2)), {}, (None, 2)),
    ("slice", (symbol(3, 3), (1, 1), (-1, 2)), {}, (2, 2)),
    ("repeat", (symbol(None, 3), [1, 2]), {"axis": 0}, (3, 3)),
    ("nancumsum", (symbol(None, 3),), {"axis": (1,)}, (None, 3)),
    ("solve", (symbol(None, 4, 4), symbol(None, 4)), {}, (None, 4)),
    ("solve_triangular", (symbol(None, 4, 4), symbol(None, 4)), {}, (None, 4)),
    ("rms_normalization", (symbol(2, 8, 16), symbol(2, 8, 16)), {}, (2, 8, 16)),
]


@pytest.mark.parametrize("name, args, settings, shape", SHAPES)
def test_symbolic_shapes(name, args, settings, shape):
    assert getattr(ops, name)(*args, **settings).shape == shape


def test_parts_of_an_axis_of_unknown_length():
    assert [p.shape for p in ops.split(symbol(None, 3), [1, 3])] == [(1, 3), (2, 3), (None, 3)]
    assert [p.shape for p in ops.hsplit(symbol(None), [2, 5])] == [(2,), (3,), (None,)]
    assert [p.shape for p in ops.array_split(symbol(3, None), [2], 1)] == [(3, 2), (3, None)]


def test_symbolic_grid_of_matrices():
    assert [g.shape for g in ops.meshgrid(symbol(None, 3), symbol(None, 3))] == [(None, None)] * 2
    grids = ops.meshgrid(ops.array([[1, 2], [3, 4]]), ops.array([5, 6]))
    assert_close(grids, keras.ops.meshgrid(np.int32([1, 2, 3, 4]), np.int32([5, 6])))


IMAGE = np.ones((4, 4, 3), "float32")
ERRORS = [
    (lambda: ops.get_item(symbol(None, 5), np.s_[:, 17]), ValueError, "out of bounds"),
    (lambda: ops.get_item(symbol(None, 5), np.s_[:, :, :]), ValueError, "too many indices"),
    (lambda: ops.sort(symbol(3, 4), axis=10), ValueError, "axis 10 is out of bounds"),
    (lambda: ops.softmax(symbol(3, 4), axis=10), ValueError, "axis 10 is out of bounds"),
    (lambda: ops.log_softmax(symbol(None, 4), axis=2), ValueError, "axis 2 is out of bounds"),
    (lambda: ops.inner(ops.ones((5, 3)), ops.ones(4)), ValueError, "same last dimension"),
    (lambda: ops.eye(3.0), TypeError, "integers"),
    (lambda: ops.eye(3, 2.0), TypeError, "integers"),
    (lambda: ops.identity(ops.array(2.0)), TypeError, "integers"),
    (
        lambda: ops.batch_normalization(
            symbol(None, 5), symbol(5), symbol(5), axis=-1, offset=symbol(3)
        ),
        ValueError,
        "`offset` must be a vector of length 5",
    ),
    (lambda: ops.slice(ops.ones((3, 3)), (1, 1), (2, 2, 2)), ValueError, "`shape`"),
    (lambda: ops.image.extract_patches(IMAGE, "5"), TypeError, "Expected an int or a tuple"),
    (lambda: ops.image.pad_images(IMAGE, -1, 0, 1, 0), ValueError, "top_padding must be >= 0"),
    (
        lambda: ops.image.crop_images(IMAGE, None, 0, 1, 0, target_height=9),
        ValueError,
        "top_cropping must be >= 0; images of side 4",
    ),
    (lambda: ops.image.rgb_to_hsv(ops.ones((4, 4, 3), "int32")), ValueError, "float dtype"),
    (lambda: ops.slice(ops.ones((3, 3)), (1, 1, 1), (2, 2)), ValueError, "`start_indices`"),
]


@pytest.mark.parametrize("call, error, message", ERRORS)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_sizes_as_tensors():
    sizes = np.array([3, 3]), ops.array([3, 3])
    assert_close(*(ops.image.gaussian_blur(IMAGE, size) for size in sizes))
    assert ops.eye(ops.array(2), np.int64(3)).shape == (2, 3)
    assert ops.reshape(ops.ones(6), ops.array([2, 3])).shape == (2, 3)


INFINITE = np.array([[1.0, np.inf, 3.0, np.inf, np.inf], [-np.inf, 2.0, -np.inf, 4.0, 5.0]])


@pytest.mark.filterwarnings("ignore:All-NaN")  # of the oracle
@pytest.mark.parametrize("axis", [None, 0, 1, ()])
def test_medians_of_infinite_values(axis):
    assert_close(ops.median(ops.array(INFINITE), axis), np.median(INFINITE, axis), dtype=False)
    x = np.where(INFINITE == 3.0, np.nan, INFINITE)
    assert_close(ops.nanmedian(ops.array(x), axis), np.nanmedian(x, axis), dtype=False)


def test_batches_of_vectors_as_right_hand_sides():
    rng = np.random.default_rng(0)
    a = np.tril(rng.normal(size=(4, 3, 3))) + 3 * np.eye(3)
    b = rng.normal(size=(4, 3))
    expected = np.linalg.solve(a, b[..., None])[..., 0]
    assert_close(ops.solve(ops.array(a), ops.array(b)), expected)
    assert_close(ops.solve_triangular(ops.array(a), ops.array(b), lower=True), expected)


def test_scan_without_outputs():
    def step(pair, _):
        return (pair[1], pair[0] + pair[1]), None

    last, outputs = ops.scan(step, (ops.array(0.0), ops.array(1.0)), length=6)
    assert [float(x) for x in last] == [8.0, 13.0]
    assert outputs is None


def test_scale_of_every_element():
    x, scale = np.float32([[3.0, -4.0]]), np.float32([[1.0, 2.0]])
    found = ops.rms_normalization(ops.array(x), ops.array(scale))
    assert_close(found, keras.ops.rms_normalization(x, scale))


def test_functions_of_bare_symbols():
    a, b = symbol(2, 3), symbol(2, 3)
    total = ops.add(a, b)
    function = mk.Function({"a": a, "b": b}, [total * 3, total**2])
    found = function({"a": ops.ones((2, 3)), "b": ops.ones((2, 3))})
    assert_close(found, [np.full((2, 3), 6.0), np.full((2, 3), 4.0)], dtype=False)
    assert [y.shape for y in function({"a": symbol(2, 3), "b": symbol(2, 3)})] == [(2, 3)] * 2
    model = mk.Model(a, a * 2)
    assert model.input_shape == (2, 3)
    with pytest.raises(ValueError, match="invalid input structure"):
        function([ops.ones((2, 3))])
    with pytest.raises(ValueError, match=r"incompatible inputs: expected shape \(2, 3\)"):
        function([ops.ones((2, 3, 3)), ops.ones((2, 3))])
    with pytest.raises(ValueError, match=r"Output .* is not connected to `inputs`"):
        mk.Function(a, total)
    with pytest.raises(ValueError, match="is not connected"):
        mk.Function(a, b)
    with pytest.raises(ValueError, match="`outputs` argument cannot be empty"):
        mk.Function(a, [])


def test_functions_begin_at_their_inputs():
    x = mk.Input((3,))
    doubled = x * 2
    above = doubled + 1
    function = mk.Function(above, above**2)
    assert [op.name for op in function.operations] == ["power"]
    assert_close(function(ops.full((2, 3), 3.0)), np.full((2, 3), 9.0), dtype=False)


def test_symbols_refuse_to_be_values():
    for use, error in [
        (np.asarray, ValueError),
        (float, ValueError),
        (bool, TypeError),
        (len, TypeError),
        (iter, NotImplementedError),
    ]:
        with pytest.raises(error, match="A KerasTensor doesn't have any actual numerical value"):
            use(symbol(3))


@pytest.mark.parametrize(
    "value, dtype",
    [
        (1, "int32"),
        ([[1, 2]], "int32"),
        (1.0, "float32"),
        (True, "bool"),
        (np.ones(2, "int8"), "int8"),
        (np.ones(2), "float64"),
        ("ones", "float32"),
    ],
)
def test_dtypes_of_variables(value, dtype):
    shape = (2,) if isinstance(value, str) else None
    assert mk.Variable(value, shape=shape).dtype == dtype


def test_attributes_of_variables_are_checked():
    v = mk.Variable("ones", shape=(2,))
    v.constraint = v.regularizer = lambda w: w * 0.5
    v.constraint = v.regularizer = None
    v.overwrite_with_gradient = True
    with pytest.raises(ValueError, match="attribute `constraint`"):
        v.constraint = "non_neg"
    with pytest.raises(ValueError, match="attribute `regularizer`"):
        v.regularizer = 3
    with pytest.raises(TypeError, match="must be a boolean"):
        v.overwrite_with_gradient = "true"
    with pytest.raises(ValueError, match="the `shape` must be given"):
        mk.Variable("ones")


def test_operators_of_variables_and_symbols_ask_for_truth():
    v, w = mk.Variable([1, 2, 0]), ops.array([2, 2, 2])
    expected = [[True, True, False], [True] * 3, [False, False, True], [False, False, True]]
    assert_close([v & w, v | w, v ^ w, ~v], [np.array(x) for x in expected])
    x = symbol(3, dtype="int32")
    assert {y.dtype for y in (x & x, x | w, x ^ w, ~x)} == {"bool"}
    assert repr(mk.Variable([1.0, 2.0], name="v")) == (
        "<Variable path=v, shape=(2,), dtype=float32, value=[1. 2.]>"
    )


class Line(mk.Operation):
    def __init__(self, slope, *, shift=1.0, name=None):
        super().__init__(name=name)
        self.slope, self.shift = slope, shift

    def call(self, x):
        return x * self.slope + self.shift

    def quantized_call(self, x):
        return x


class Nameless(mk.Operation):
    def __init__(self, slope, *more):
        super().__init__()
        self.slope = slope


def test_operations_of_ones_own_have_configurations():
    op = Line(0.5, name="line")
    assert op.get_config() == {"name": "line", "slope": 0.5, "shift": 1.0}
    assert Line.from_config(op.get_config()).get_config() == op.get_config()
    assert Nameless(2).get_config() == {"slope": 2}
    for refused in (lambda: Line(object()), lambda: Nameless(1, 2)):
        with pytest.raises(NotImplementedError, match="get_config"):
            refused().get_config()
    assert_close(op(ops.array([2.0])), np.float32([2.0]))
    op.quantization_mode = "int8"
    assert_close(op(ops.array([4.0])), np.float32([4.0]))

"""The double of CuPy: what the documentation and the sources of the real one say of it."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

from tests import strict_cupy
from tests.strict_cupy.modules import build

MODULES = build()
cp, cupyx = MODULES["cupy"], MODULES["cupyx"]


def host(x):
    """The values of an array of the double, type included: only arrays may come out."""
    assert type(x) is cp.ndarray
    return x._a


@pytest.fixture
def a():
    return cp.asarray(np.arange(6.0).reshape(2, 3))


class Tracer:
    """An operand of its own kind, as the tracers of minikeras are."""

    __array_priority__ = 1000

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return ufunc.__name__

    def __radd__(self, other):
        return "radd"


# Nothing passes between host and device unasked.

REFUSED = [
    ("np.asarray", lambda a: np.asarray(a)),
    ("array plus host array", lambda a: a + np.ones(3)),
    ("host array plus array", lambda a: np.ones(3) + a),
    ("in place plus host array", lambda a: a.__iadd__(np.ones(3))),
    ("ufunc of a host array", lambda a: cp.add(a, np.ones(3))),
    ("ufunc of a list", lambda a: cp.add(a, [1.0, 2.0, 3.0])),
    ("array plus list", lambda a: a + [1.0, 2.0, 3.0]),
    ("matmul with a host array", lambda a: a @ np.ones((3, 1))),
    ("np.function of an array", lambda a: np.sum(a)),
    ("concatenate with a host array", lambda a: cp.concatenate([a, np.ones((1, 3))])),
    ("where with a host array", lambda a: cp.where(a > 0, a, np.ones(3))),
    ("index by a host array", lambda a: a[np.array([0, 1])]),
    ("assign a host array", lambda a: a.__setitem__(0, np.ones(3))),
    ("assign a list", lambda a: a.__setitem__(0, [1, 2, 3])),
    ("function of a list", lambda a: cp.sum([1.0, 2.0])),
    ("function of a number", lambda a: cp.sum(1.0)),
    ("function of a host array", lambda a: cp.exp(np.ones(3))),
    ("out of another kind", lambda a: cp.exp(a, out=np.ones((2, 3)))),
    ("where in a reduction", lambda a: cp.sum(a, where=a > 1)),
    ("initial in a reduction", lambda a: a.max(initial=0.0)),
    ("where in a ufunc", lambda a: cp.add(a, 1, where=a > 1)),
    ("index conversion", lambda a: [1, 2, 3][cp.asarray(1)]),
    ("hash", lambda a: hash(a)),
    ("buffer", lambda a: memoryview(a)),
    ("scatter into int64", lambda a: cupyx.scatter_add(cp.zeros(3, "int64"), cp.array([0]), 1)),
]


@pytest.mark.parametrize("call", [row[1] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(call, a):
    with pytest.raises(TypeError):
        call(a)


def test_names_that_cupy_lacks():
    lacking = (
        "block insert einsum_path errstate geomspace ndenumerate nditer spacing unstack vecdot "
        "matvec vecmat nanquantile frompyfunc memmap"
    )
    for name in lacking.split():
        assert not hasattr(cp, name)


def test_members_that_arrays_of_cupy_lack(a):
    for name in ("__index__", "__contains__", "__imatmul__", "ctypes", "resize", "setflags"):
        assert not hasattr(a, name)
    for name in ("matrix_norm", "vector_norm", "vecdot", "svdvals", "multi_dot"):
        assert not hasattr(cp.linalg, name)
    with pytest.raises(AttributeError):
        a.note = 1


def test_only_names_of_the_real_library_are_offered():
    for module, names in strict_cupy.NAMES["modules"].items():
        own = {n for n in vars(MODULES[module]) if not n.startswith("_")}
        assert own - set(names) - {m.rpartition(".")[2] for m in MODULES} == set()
    methods = {n for n in dir(cp.ndarray) if not n.startswith("_")}
    assert methods <= set(strict_cupy.NAMES["ndarray"])


def test_missing_doubles_are_told_from_missing_names():
    with pytest.raises(AttributeError, match="no double of it yet"):
        cp.cuda.Graph  # noqa: B018
    with pytest.raises(AttributeError, match="in CuPy either"):
        cp.unstack  # noqa: B018


# What comes out.


def test_results_are_arrays_of_any_rank_in_c_order(a):
    assert a.sum().shape == ()
    assert cp.max(a, axis=0).shape == (3,)
    assert a[1, 2].shape == ()
    assert host(cp.array_equal(a, a)).item() is True
    assert host(cp.allclose(a, a)).item() is True
    fortran = cp.asarray(np.asfortranarray(np.ones((3, 4))))
    assert (fortran + 1).flags.c_contiguous
    assert fortran.T.base is not None
    for x in (*cp.linalg.qr(a), *cp.split(a, 3, axis=1), *cp.frexp(a)):
        assert type(x) is cp.ndarray


def test_views_share_memory_and_results_do_not(a):
    view = a[0]
    view += 10
    assert host(a)[0].tolist() == [10, 11, 12]
    single = a[1, 1]
    single[...] = -1
    assert host(a)[1, 1] == -1
    assert cp.shares_memory(a, a.T)
    assert not cp.shares_memory(a, a + 0)
    assert not cp.shares_memory(a, a[cp.array([0, 1])])


def test_promotion_is_that_of_numpy_2():
    x = cp.ones(2, "float32")
    assert (x + 1.0).dtype == "float32"
    assert (x * np.float64(2)).dtype == "float64"
    assert (np.float64(2) * x).dtype == "float64"
    assert (2 * cp.ones(2, "float16")).dtype == "float16"
    assert (x + cp.asarray(1.0)).dtype == "float64"


def test_special_functions_have_the_loops_of_cupy():
    special = MODULES["cupyx.scipy.special"]
    x = np.array([0.1, 0.5])
    assert special.erf(cp.asarray(x, "float32")).dtype == "float32"
    assert special.erf(cp.asarray(x, "float16")).dtype == "float64"
    np.testing.assert_allclose(host(cupyx.rsqrt(cp.asarray(x))), x**-0.5)
    np.testing.assert_allclose(host(special.logsumexp(cp.asarray(x))), np.log(np.exp(x).sum()))


def test_repr_is_that_of_numpy(a):
    assert repr(a) == repr(host(a))
    assert str(a) == str(host(a))
    assert f"{a.sum():.1f}" == "15.0"


def test_other_operands_may_take_over(a):
    assert a + Tracer() == "add"
    assert a @ Tracer() == "matmul"
    assert (a < Tracer()) == "less"

    class Reflecting:
        __array_priority__ = 1000
        __radd__ = Tracer.__radd__

    assert a + Reflecting() == "radd"

    class Refusing:
        __array_ufunc__ = None
        __radd__ = Tracer.__radd__

    assert a + Refusing() == "radd"
    assert host(a == None).tolist() == [[False] * 3] * 2  # noqa: E711
    with pytest.raises(TypeError):
        cp.add(a, Tracer())


def test_arrays_can_be_copied_pickled_and_weakly_referenced(a):
    for twin in (copy.copy(a), copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
        twin += 1
        assert host(a)[0, 0] == 0
    reference = weakref.ref(twin)
    del twin
    gc.collect()
    assert reference() is None


# Indices.


def test_index_arrays_wrap_and_numbers_do_not():
    x = cp.arange(3)
    assert host(x[cp.array([1, 3])]).tolist() == [1, 0]
    assert host(x[[1, 3]]).tolist() == [1, 0]
    assert host(cp.take(x, cp.array([4, -4]))).tolist() == [1, 2]
    assert host(cp.take_along_axis(x, cp.array([5]), 0)).tolist() == [2]
    x[[1, 3]] = 10
    assert host(x).tolist() == [10, 10, 2]
    with pytest.raises(IndexError):
        x[3]
    with pytest.raises(IndexError):
        x[cp.ones(3)]
    with pytest.raises(IndexError):
        cp.take(cp.zeros((0, 2)), cp.array([0]), axis=0)


def test_any_of_repeated_indices_may_win():
    strict_cupy.seed(0)
    winners = set()
    for _ in range(40):
        x = cp.zeros(2)
        x[cp.array([0, 0, 0])] = cp.array([1.0, 2.0, 3.0])
        winners.add(float(host(x)[0]))
        assert host(x)[1] == 0
    assert winners == {1.0, 2.0, 3.0}


def test_random_winner_agrees_with_numpy_where_indices_differ():
    x, y = cp.zeros((3, 4, 2)), np.zeros((3, 4, 2))
    v = np.arange(4.0).reshape(2, 2)
    x[:, cp.array([3, 1])] = cp.asarray(v)
    y[:, [3, 1]] = v
    assert (host(x) == y).all()
    x[cp.array([2, 0]), 1] = cp.asarray(v)
    y[[2, 0], 1] = v
    assert (host(x) == y).all()


def test_scatter_sums_repeated_indices():
    x = cp.zeros(3, "float32")
    cupyx.scatter_add(x, cp.array([0, 0, 4]), cp.array([1.0, 2.0, 5.0]))
    assert host(x).tolist() == [3, 5, 0]
    cp.add.at(x, cp.array([2, 2]), 1)
    assert host(x).tolist() == [3, 5, 2]
    cupyx.scatter_max(x, cp.array([0, 0]), cp.array([9.0, 7.0]))
    assert host(x).tolist() == [9, 5, 2]
    with pytest.raises(NotImplementedError):
        cp.multiply.at(x, cp.array([0]), 2)
    with pytest.raises(NotImplementedError):
        cp.maximum.reduce(x)
    assert host(cp.add.reduce(x)) == 16


def test_memory_is_handed_out_with_the_worst_content():
    assert np.isnan(host(cp.empty((2, 2)))).all()
    assert np.isnan(host(cp.empty_like(cp.ones(3, "float16")))).all()
    assert (host(cp.empty(2, "int8")) == 126).all()
    assert np.isnan(host(cp.ndarray((2,), "float32"))).all()


def test_no_warnings_and_no_errors_of_arithmetic():
    x = cp.asarray([0.0, -1.0])
    assert np.isnan(host(cp.log(x))[1])
    assert np.isinf(host(1 / x)[0])
    cp.asarray([np.inf]).astype("int32")
    assert np.isnan(host(cp.linalg.inv(cp.zeros((2, 2))))).all()
    assert np.isnan(host(cp.linalg.cholesky(-cp.eye(2)))).all()


# Waiting for the device.

WAITS = [
    lambda a: float(a[0, 0]),
    lambda a: int(a[0, 0]),
    lambda a: bool(a[0, 0]),
    lambda a: a.tolist(),
    lambda a: a[0, 0].item(),
    lambda a: a.get(),
    lambda a: cp.asnumpy(a),
    lambda a: repr(a),
    lambda a: a[a > 1],
    lambda a: a.__setitem__(a > 1, 0.0),
    lambda a: cp.nonzero(a),
    lambda a: cp.where(a > 1),
    lambda a: cp.unique(a),
    lambda a: cp.bincount(a.astype("int32").ravel()),
    lambda a: cp.cuda.Device(0).synchronize(),
    lambda a: cp.cuda.get_current_stream().synchronize(),
]


@pytest.mark.parametrize("number", range(len(WAITS)))
def test_waits_are_counted_and_can_be_forbidden(number, a):
    before = strict_cupy.sync_count()
    WAITS[number](a)
    assert strict_cupy.sync_count() == before + 1
    with strict_cupy.no_sync(), pytest.raises(RuntimeError, match="wait for the device"):
        WAITS[number](a)
    WAITS[number](a)


def test_computation_does_not_wait(a):
    with strict_cupy.no_sync():
        b = cp.matmul(a, a.T) * 2.0
        b[0] = b.sum()
        b = cp.where(b > 0, b, 0.0)[cp.array([0, 1])]
        rows = [row + 1 for row in b]  # views: no values are read
        cp.concatenate(rows).reshape(2, 2).argsort(axis=1).max()
        cp.asarray(np.ones(3))
        cp.take(a, cp.array([0]), axis=0)


# Against NumPy, where both offer the same.

SAME = [
    ("reshape", lambda xp, x: xp.reshape(x, (3, -1))),
    ("transpose", lambda xp, x: x.transpose(1, 0)),
    ("clip", lambda xp, x: xp.clip(x, 1.0, None)),
    ("einsum", lambda xp, x: xp.einsum("ij,kj->ik", x, x)),
    ("tensordot", lambda xp, x: xp.tensordot(x, x, axes=((1,), (1,)))),
    ("pad", lambda xp, x: xp.pad(x, ((1, 0), (0, 2)))),
    ("stack", lambda xp, x: xp.stack([x, x], axis=1)),
    ("cumsum", lambda xp, x: xp.cumsum(x, axis=1)),
    ("argsort", lambda xp, x: xp.argsort(-x, axis=1)),
    ("sort of all", lambda xp, x: xp.sort(-x, axis=None)),
    ("searchsorted", lambda xp, x: xp.searchsorted(x[0], x[1])),
    ("mean", lambda xp, x: x.mean(axis=(0, 1), keepdims=True)),
    ("var", lambda xp, x: xp.var(x, axis=0, ddof=1)),
    ("qr", lambda xp, x: xp.linalg.qr(x)[1]),
    ("solve", lambda xp, x: xp.linalg.solve(x[:, :2], x[:, 2])),
    ("rfft", lambda xp, x: xp.fft.rfft(x, axis=1)),
    ("as_strided", lambda xp, x: xp.lib.stride_tricks.as_strided(x, (2, 2), (8, 8))),
    ("repeat", lambda xp, x: xp.repeat(x, 2, axis=0)),
    ("tile", lambda xp, x: xp.tile(x, (2, 1))),
    ("broadcast_to", lambda xp, x: xp.broadcast_to(x, (4, 2, 3))),
    ("none index", lambda xp, x: x[None, ..., 1]),
    ("mixed index", lambda xp, x: x[:, xp.asarray([2, 0])][xp.asarray(1)]),
    ("divmod", lambda xp, x: divmod(x, 4)[1]),
    ("power", lambda xp, x: 2.0**x),
    ("eye", lambda xp, x: xp.eye(3, dtype="float32")),
    ("linspace", lambda xp, x: xp.linspace(0, 1, 5)),
    ("full_like", lambda xp, x: xp.full_like(x, 3)),
]


@pytest.mark.parametrize("call", [row[1] for row in SAME], ids=[row[0] for row in SAME])
def test_same_as_numpy(call):
    x = np.random.default_rng(0).normal(size=(2, 3))
    expected, found = call(np, x), host(call(cp, cp.asarray(x)))
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected)


def test_host_and_device_copies():
    x = np.arange(3.0)
    device = cp.asarray(x)
    x[0] = 9
    assert host(device)[0] == 0
    assert cp.asarray(device) is device
    assert cp.array(device) is not device
    out = np.empty(3)
    assert device.get(out=out) is out
    with pytest.raises(TypeError):
        device.get(out=np.empty(3, "float32"))
    with pytest.raises(TypeError):
        device.set(np.zeros(3, "float32"))
    device.set(np.ones(3))
    assert host(device).tolist() == [1, 1, 1]
    assert cp.asnumpy([1, 2]).tolist() == [1, 2]
    assert host(cp.asarray([device, device])).shape == (2, 3)
    with pytest.raises(ValueError, match="dtype"):
        cp.asarray(np.array(["a"]))
    with pytest.raises(ValueError, match="dtype"):
        cp.asarray(np.array([None]))


def test_kernels_run_their_twins():
    @strict_cupy.twin("double_it")
    def _(x, y):
        y[...] = 2 * x

    kernel = cp.ElementwiseKernel("T x", "T y", "y = 2 * x", "double_it")
    y = cp.empty(3)
    kernel(cp.ones(3), y)
    assert host(y).tolist() == [2, 2, 2]
    with pytest.raises(TypeError, match="2 arguments"):
        kernel(y)
    raw = cp.RawKernel("", "double_it")
    raw((1,), (1,), (cp.ones(3), y))
    with pytest.raises(ValueError, match="contiguous"):
        raw((1,), (1,), (cp.ones((3, 2)).T, y))
    with pytest.raises(NotImplementedError, match="no twin"):
        cp.RawKernel("", "unknown")((1,), (1,), ())
    del strict_cupy.TWINS["double_it"]

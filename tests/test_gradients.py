"""Every primitive's rule against finite differences, to second order; and the checker itself."""

import importlib
import pkgutil

import numpy as np
import pytest

import minikeras.backend
import minikeras.ops  # for the operators that the rules planted below use
from minikeras.backend.autodiff import PRIMITIVES, Primitive, plain
from minikeras.testing import check_gradients
from tests.gradients import all_rows

for _module in pkgutil.walk_packages(minikeras.backend.__path__, "minikeras.backend."):
    # The module of CuPy's own kernels can only be imported on a GPU.
    if not _module.name.endswith("cupy_kernels"):
        importlib.import_module(_module.name)

ROWS = all_rows()
CHECKED = [row for row in ROWS if row[1] is not None]


def _label(row):
    short = (f"{k}={v}" for k, v in row[2].items() if len(str(v)) < 16)
    return ",".join((row[0], *short))


@pytest.mark.parametrize("name, args, settings", CHECKED, ids=map(_label, CHECKED))
def test_gradients_of_primitive(name, args, settings):
    function = PRIMITIVES[name]

    def call(*arrays):
        return function(*arrays, **settings)

    call.__name__ = name
    check_gradients(call, *args)


def test_every_primitive_has_a_row():
    assert sorted(set(PRIMITIVES) - {row[0] for row in ROWS}) == []


def test_every_row_is_of_a_primitive():
    assert sorted({row[0] for row in ROWS} - set(PRIMITIVES)) == []


def test_rows_without_arguments_give_a_reason():
    assert [row[0] for row in ROWS if row[1] is None and not isinstance(row[2], str)] == []


def _planted(kernel, *rules):
    """A primitive that is not in the table."""
    planted = Primitive(kernel)
    PRIMITIVES.pop(planted.name)
    planted.rules(*rules)
    return planted


def _power(x, *, n):
    return x**n


POINT = np.array([0.5, -1.25, 2.0])


def test_checker_passes_a_right_rule():
    cube = _planted(_power, lambda out, x, *, n: lambda g: 3 * x**2 * g)
    check_gradients(lambda x: cube(x, n=3), POINT)


def test_checker_catches_a_wrong_first_order():
    cube = _planted(_power, lambda out, x, *, n: lambda g: 2 * x**2 * g)
    with pytest.raises(AssertionError, match=r"Order 1.*argument 1.*finite differences give"):
        check_gradients(lambda n, x: cube(x, n=3), 3, POINT)


def test_checker_catches_a_wrong_second_order():
    def rule(out, x, *, n):
        constant = 1 * plain(x)
        return lambda g: 3 * constant**2 * g

    cube = _planted(_power, rule)
    check_gradients(lambda x: cube(x, n=3), POINT, order=1)
    with pytest.raises(AssertionError, match=r"Order 2.*argument 0"):
        check_gradients(lambda x: cube(x, n=3), POINT)


def test_checker_catches_a_rule_that_hides_the_output_gradient():
    def rule(out, x, *, n):
        # A copy, since the tape knows the watched array itself.
        return lambda g: 3 * x**2 * (1 * plain(g))

    cube = _planted(_power, rule)
    with pytest.raises(AssertionError, match=r"Order 2.*the output gradient"):
        check_gradients(lambda x: cube(x, n=3), POINT)


def test_checker_catches_nan():
    cube = _planted(_power, lambda out, x, *, n: lambda g: g * float("nan"))
    with pytest.raises(AssertionError, match="nan"):
        check_gradients(lambda x: cube(x, n=3), POINT)


def test_checker_wants_something_to_differentiate():
    with pytest.raises(ValueError, match="floating"):
        check_gradients(lambda n: n, 3)

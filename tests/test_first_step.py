"""The first steps of a training, which are run as they are: what makes them quick."""

import gc
import weakref

import numpy as np
import pytest

import minikeras as mk
from minikeras.backend import large
from minikeras.backend.autodiff import PRIMITIVES
from minikeras.backend.program import process
from minikeras.backend.program.recording import Recording
from minikeras.backend.program.step import Step
from minikeras.backend.xp import ON_GPU, xp
from tests.support import values


def drawn(shape, dtype="float32"):
    return xp.asarray(np.random.default_rng(3).normal(size=shape).astype(dtype))


LARGE = drawn((80, 60, 64))
VECTOR = drawn(64)
CALLS = [
    ("add", (LARGE, LARGE)),
    ("add", (LARGE, VECTOR)),
    ("subtract", (VECTOR, LARGE)),
    ("multiply", (LARGE, 0.3)),
    ("multiply", (LARGE, LARGE > 0)),
    ("true_divide", (2, LARGE)),
    ("greater", (LARGE, 0)),
    ("add", (LARGE, drawn(()))),
    ("add", (LARGE, drawn((80, 60, 64), "float64"))),
    ("multiply", (drawn(300001), drawn(300001))),
    ("relu", (LARGE,)),
    ("tanh", (LARGE,)),
    ("square", (drawn((5, 80001)),)),
    ("add", (drawn((3, 100003)), drawn(100003))),
]


@pytest.mark.skipif(ON_GPU, reason="there one kernel does it")
@pytest.mark.parametrize("name, args", CALLS)
def test_large_calls_are_shared_out_with_the_same_bits(name, args):
    found = large.shared_out(large.function_of(name), args)
    expected = PRIMITIVES[name].kernel(*args)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert found.tobytes() == expected.tobytes()


@pytest.mark.skipif(ON_GPU, reason="there one kernel does it")
@pytest.mark.parametrize(
    "args",
    [
        (LARGE, LARGE.transpose(2, 1, 0).copy().transpose(2, 1, 0)),
        (LARGE, drawn((1, 60, 64))),
        (LARGE, drawn((1, 1, 1))),
        (drawn((600, 1)), drawn((1, 600))),
        (drawn((512, 600)), drawn((512, 1))),
        (drawn((300000, 1)), drawn(1)),
        (drawn(300000), drawn((2, 1))),
    ],
)
def test_other_calls_are_left_as_they_are(args):
    if large.is_large(args):
        found = large.shared_out(large.function_of("add"), args)
        assert found is None or values(found).tobytes() == values(args[0] + args[1]).tobytes()
    tape = mk.GradientTape()
    with tape:
        total = mk.ops.add(tape.watch(args[0]), args[1])
    assert values(total).tobytes() == values(args[0] + args[1]).tobytes()


def test_what_is_set_while_a_step_is_recorded_is_set_back():
    seen = []

    def large_pages():
        before = process._set_large_pages(True)
        process._set_large_pages(before)
        return before

    def function(x):
        seen.append((gc.isenabled(), large_pages()))
        return x * 2

    before = large_pages()
    has_setting = process._set_large_pages is not process._no_function
    for was_on in (True, False):
        step = Step()
        try:
            if not was_on:
                gc.disable()
            for _ in range(3):
                step(function, xp.ones(3, "float32"))
            assert gc.isenabled() == was_on
            with process.while_recording, process.while_recording:
                assert not gc.isenabled()
            assert gc.isenabled() == was_on
        finally:
            gc.enable()
        assert large_pages() == before
    assert seen == [(False, not has_setting)] * 4  # two are recorded, the third is replayed


def test_a_graph_lets_go_of_what_nobody_needs():
    held, alive = [], []

    class Watched(mk.layers.Layer):
        def call(self, x):
            y = x * 2
            alive.append([ref() is not None for ref in held])
            held.append(weakref.ref(y))
            return y

    x = mk.Input((4,))
    first = Watched()(x)
    second = Watched()(first)
    third = Watched()(second)
    model = mk.Model(x, [mk.ops.add(third, third), second])
    alive.clear(), held.clear()
    outputs = model(xp.ones((2, 4)))
    assert values(outputs[0]).tolist() == [[16.0] * 4] * 2
    assert values(outputs[1]).tolist() == [[4.0] * 4] * 2
    assert alive[1] == [True]  # the first, which the second reads
    gone = [ref() is None for ref in held]
    assert gone == [True, False, True]


@pytest.mark.parametrize(
    "optimizer", [mk.optimizers.Adam, mk.optimizers.Adamax, mk.optimizers.Lamb]
)
def test_corrections_are_computed_once_for_all_variables(optimizer):
    variables = [mk.Variable(xp.ones(n), dtype="float32") for n in (3, 4, 5)]
    one = optimizer(0.1)
    one.build(variables)
    with Recording() as recording:
        one.apply([xp.ones(n, "float32") for n in (3, 4, 5)])
    powers = [call for call in recording.calls if call.name == "power"]
    assert 1 <= len(powers) <= 2
    alone = optimizer(0.1)
    alone.build(variables[:1])
    variables[0].assign(xp.ones(3))
    alone.update_step(xp.ones(3, "float32"), variables[0], alone.learning_rate)
    assert values(variables[0]).tobytes() == values(variables[1])[:3].tobytes()

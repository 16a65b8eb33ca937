"""The pool of threads of large kernels, and that results do not depend on it."""

import multiprocessing
import os
import subprocess
import sys
import threading
import time
import weakref

import numpy as np
import pytest

import minikeras as mk
from minikeras.backend import threads
from minikeras.backend.xp import ON_GPU

on_cpu = pytest.mark.skipif(ON_GPU, reason="on the GPU pieces run one after the other")


@pytest.fixture(autouse=True)
def three_threads():
    outer = mk.config.num_threads()
    mk.config.set_num_threads(3)
    yield
    mk.config.set_num_threads(outer)


def test_every_piece_runs_once():
    seen = []
    threads.run(seen.append, range(100))
    assert sorted(seen) == list(range(100))


@on_cpu
def test_pieces_run_at_the_same_time():
    barrier = threading.Barrier(3, timeout=20)
    threads.run(lambda _: barrier.wait(), range(3))


@on_cpu
def test_one_thread_is_the_callers_own():
    mk.config.set_num_threads(1)
    seen = []
    threads.run(lambda _: seen.append(threading.get_ident()), range(10))
    assert set(seen) == {threading.get_ident()}


def test_nested_pieces_run_in_their_thread():
    found = []

    def outer(_):
        inner = []
        threads.run(lambda _: inner.append(threading.get_ident()), range(5))
        found.append(set(inner) == {threading.get_ident()})

    threads.run(outer, range(6))
    assert found == [True] * 6


def test_the_exception_of_a_piece_is_raised_and_the_pool_goes_on():
    def fail(piece):
        if piece == 3:
            raise ValueError("piece 3")
        time.sleep(0.001)

    for _ in range(3):
        with pytest.raises(ValueError, match="piece 3"):
            threads.run(fail, range(8))
    test_every_piece_runs_once()


def test_an_interrupt_waits_for_running_pieces_and_drops_the_others():
    running, done = [], []
    caller = threading.get_ident()

    def piece(number):
        if threading.get_ident() == caller:
            raise KeyboardInterrupt
        running.append(number)
        time.sleep(0.05)
        done.append(number)

    with pytest.raises(KeyboardInterrupt):
        threads.run(piece, range(50))
    assert running == done
    assert len(done) < 50
    test_every_piece_runs_once()


@on_cpu
def test_where_no_thread_can_start_pieces_run_one_after_the_other(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    monkeypatch.setattr(threads, "_pool", threads._Pool())
    test_every_piece_runs_once()


@on_cpu
def test_helpers_are_quiet():
    barrier = threading.Barrier(3, timeout=20)

    def overflow(_):
        barrier.wait()
        if threading.current_thread() is not threading.main_thread():
            np.float32(1e30) * np.float32(1e30)

    threads.run(overflow, range(3))


@on_cpu
def test_several_callers_share_the_pool():
    found = []

    def caller():
        seen = []
        threads.run(seen.append, range(200))
        found.append(len(seen))

    callers = [threading.Thread(target=caller) for _ in range(4)]
    for c in callers:
        c.start()
    for c in callers:
        c.join()
    assert found == [200] * 4


@pytest.mark.skipif(ON_GPU, reason="the GPU runs pieces one after the other")
def test_a_job_that_no_helper_has_come_to_keeps_nothing_alive(monkeypatch):
    waiting = threads._Pool()
    waiting.started = 1  # a helper that never gets to its jobs
    monkeypatch.setattr(threads, "_pool", waiting)
    monkeypatch.setitem(mk.config._workers, "threads", 2)
    held = np.zeros(4)
    reference = weakref.ref(held)

    def piece(i, held=held):
        held[i] = i

    threads.run(piece, range(4))
    del held, piece
    assert waiting.jobs.qsize() == 1
    assert reference() is None


@on_cpu
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Python's own, of fork with threads
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")  # JAX's, in whose process this may run
def test_a_forked_child_has_a_pool_of_its_own():
    test_pieces_run_at_the_same_time()
    child = multiprocessing.get_context("fork").Process(target=test_pieces_run_at_the_same_time)
    child.start()
    child.join(30)
    assert child.exitcode == 0


@on_cpu
def test_blas_is_held_to_one_thread_inside():
    controllers = pytest.importorskip("threadpoolctl").ThreadpoolController().lib_controllers
    if not controllers:
        pytest.skip("no BLAS that threadpoolctl knows")
    # Once SciPy is imported, its BLAS is there beside the one of NumPy's wheels.
    blas = ([c for c in controllers if "numpy" in c.filepath] or controllers)[0]
    before = blas.get_num_threads()
    seen = []
    threads.run(lambda _: seen.append(blas.get_num_threads()), range(4))
    assert seen == [1] * 4
    assert blas.get_num_threads() == before


def test_scratch_does_not_overlap_and_nests():
    with threads.scratch() as take:
        x, y = take((3, 5), "float32"), take((7,), "float64")
        x[...], y[...] = 1, 2
        with threads.scratch() as take_inner:
            z = take_inner((1 << 20,), "float32")
            z[...] = 3
        assert float(x.sum()) == 15
        assert float(y.sum()) == 14
        assert take((1 << 25,), "float32").shape == (1 << 25,)  # more than is kept
    assert threads._local.used == 0


@pytest.mark.parametrize("number", [1, 3])
def test_tasks_are_done_once_each_beside_the_caller_and_before_the_end(number):
    mk.config.set_num_threads(number)
    for _ in range(50):
        done = []
        with threads.Tasks(3) as tasks:
            added = [tasks.add(done.append, k) for k in range(6)]
            added[3].wait()
            assert 3 in done
            added.append(tasks.add(done.append, 6))
        assert sorted(done) == list(range(7))


@pytest.mark.parametrize("number", [1, 3])
def test_what_a_task_raises_is_raised_where_it_is_waited_for(number):
    def fail():
        raise KeyError("task")

    mk.config.set_num_threads(number)
    for is_waited_for in (True, False):
        done = []
        with pytest.raises(KeyError, match="task"), threads.Tasks(2) as tasks:
            failing = tasks.add(fail)
            tasks.add(done.append, 1)
            if is_waited_for:
                failing.wait()
        assert is_waited_for or done == [1]
        assert not threads._local.is_inside


def test_tasks_that_nobody_has_begun_are_dropped_on_an_exception():
    done = []
    with pytest.raises(ValueError, match="caller"), threads.Tasks(1) as tasks:
        tasks.add(done.append, 1)
        raise ValueError("caller")
    assert done == []


@pytest.mark.parametrize("number", [0, -1, 1.5, True, "2"])
def test_num_threads_must_be_positive(number):
    with pytest.raises(ValueError, match="num_threads"):
        mk.config.set_num_threads(number)


@pytest.mark.parametrize(("stated", "expected"), [("1", "1"), ("5", "5"), ("many", "MINIKERAS")])
def test_the_environment_states_the_number(stated, expected):
    program = "import minikeras as mk; print(mk.config.num_threads())"
    environment = {**os.environ, "MINIKERAS_NUM_THREADS": stated, "KERAS_BACKEND": "numpy"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert expected in (done.stdout if done.returncode == 0 else done.stderr)

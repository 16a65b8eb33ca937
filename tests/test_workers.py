"""Workers of data sets: in order, never hanging, stopped by an interrupt, their errors seen."""

import itertools
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

import minikeras as mk
from minikeras.training.data.workers import Threads, result_of

KINDS = [
    {"workers": 1},
    {"workers": 3},
    {"workers": 2, "use_multiprocessing": True},
]
IDS = ["none", "threads", "processes"]


class Numbered(mk.utils.PyDataset):
    """Batch ``i`` holds ``i``; early ones take longer than late ones."""

    def __init__(self, length=12, **settings):
        super().__init__(**settings)
        self.length = length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        time.sleep(0.02 if index % 4 == 0 else 0)
        return np.full((2, 3), index, "float32"), np.zeros((2, 1), "float32")


class OwnError(Exception):
    """An error with an argument that a pickle of it forgets."""

    def __init__(self, index, words):
        super().__init__(f"{words} {index}")


class Failing(Numbered):
    """Fails at the batch 3, in one of several ways, while the next one would take a minute."""

    def __init__(self, way, **settings):
        super().__init__(**settings)
        self.way = way

    def __getitem__(self, index):
        if index == 3 and self.way == "raise":
            raise ValueError(f"no batch {index}")
        if index == 3 and self.way == "raise what no pickle holds":
            raise OwnError(index, "no batch")
        if index == 3 and self.way == "die":
            os._exit(3)
        if index == 4:
            time.sleep(60)
        return super().__getitem__(index)


def compiled():
    model = mk.Sequential([mk.Input((3,)), mk.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("settings", KINDS, ids=IDS)
def test_batches_are_in_order(settings):
    model, found = compiled(), []
    model.run_eagerly = True
    step = model.train_step
    model.train_step = lambda data: found.append(float(data[0][0, 0])) or step(data)
    epochs = 1 if "use_multiprocessing" in settings else 2  # processes take time to begin
    model.fit(Numbered(**settings), epochs=epochs, shuffle=False, verbose=0)
    assert found == [*range(12)] * epochs
    if epochs == 1:
        return
    predicted = model.predict(Numbered(**settings), verbose=0)
    kernel, bias = (mk.ops.convert_to_numpy(w) for w in model.weights)
    expected = np.repeat(np.arange(12.0), 2)[:, None] * kernel.sum() + bias
    np.testing.assert_allclose(predicted, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("way", "settings", "error", "message"),
    [
        ("raise", KINDS[0], ValueError, "no batch 3"),
        ("raise", KINDS[1], ValueError, "no batch 3"),
        ("raise", KINDS[2], ValueError, "no batch 3"),
        ("raise what no pickle holds", KINDS[1], OwnError, "no batch 3"),
        pytest.param(
            "raise what no pickle holds", KINDS[2], RuntimeError, "ended without an answer",
            marks=pytest.mark.long,
        ),
        ("die", KINDS[2], RuntimeError, "ended without an answer"),
    ],
)  # fmt: skip
def test_errors_in_workers_reach_the_user_at_once(way, settings, error, message):
    start = time.monotonic()
    with pytest.raises(error, match=message):
        compiled().fit(Failing(way, **settings), shuffle=False, verbose=0)
    assert time.monotonic() - start < 30  # a batch after it takes a minute


def test_data_sets_that_no_process_can_be_given_are_errors():
    data = Numbered(workers=2, use_multiprocessing=True)
    data.own = lambda: None
    with pytest.raises(Exception, match=r"(?i)pickle|local object"):
        compiled().fit(data, verbose=0)


def test_a_pass_that_is_left_waits_for_what_was_begun_and_drops_the_others():
    begun, done = [], []

    def get(index):
        begun.append(index)
        time.sleep(0.05)
        done.append(index)

    with Threads(2) as workers:
        futures = [workers.submit(get, i) for i in range(50)]
        result_of(futures[0])
    assert begun and sorted(begun) == sorted(done) and len(begun) < 10
    assert futures[-1].cancelled()


def test_fewer_threads_do_the_same(monkeypatch):
    start, started = threading.Thread.start, []

    def refuse(self):
        if len(started) == most:
            raise RuntimeError("can't start new thread")
        started.append(self)
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    most = 1
    with Threads(3) as workers:
        found = [workers.submit(int, str(i)) for i in range(5)]
        assert [result_of(future) for future in found] == [0, 1, 2, 3, 4]
    with pytest.raises(RuntimeError, match="new thread"):
        Threads(2)


def test_threads_end_with_their_pass():
    before = set(threading.enumerate())
    for settings in ({}, {"steps": 2}):
        model = compiled()
        model.evaluate(Numbered(workers=4), verbose=0, **settings)
        model.predict(Numbered(workers=4), verbose=0, **settings)
        validation = {f"validation_{name}": value for name, value in settings.items()}
        model.fit(Numbered(), validation_data=Numbered(workers=3), verbose=0, **validation)
    left = [t.name for t in threading.enumerate() if t not in before]
    assert not [name for name in left if name.startswith("worker-")]


def test_generators_of_the_user_go_on():
    def numbers():
        for i in itertools.count(1):
            yield np.full((2, 3), i, "float32"), np.zeros((2, 1), "float32")

    model, data = compiled(), numbers()
    model.evaluate(data, steps=2, verbose=0)
    model.predict(data, steps=2, verbose=0)
    model.fit(data, steps_per_epoch=1, verbose=0, validation_data=data, validation_steps=1)
    assert next(data)[0][0, 0] == 7


PROGRAM = """
import sys, time
import numpy as np
import minikeras as mk

class Data(mk.utils.PyDataset):
    def __len__(self):
        return 1000

    def __getitem__(self, index):
        time.sleep({batch})
        return np.ones((4, 3), "float32"), np.ones((4, 1), "float32")

class Slow(mk.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        print("trains", flush=True)
        time.sleep({step})

if __name__ == "__main__":
    model = mk.Sequential([mk.Input((3,)), mk.layers.Dense(1)])
    model.compile("sgd", "mse")
    data = Data(workers=2, use_multiprocessing={processes})
    print("begins", flush=True)
    model.fit(data, verbose=0, callbacks=[Slow()])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
@pytest.mark.parametrize("processes", [False, True], ids=["threads", "processes"])
@pytest.mark.parametrize(
    ("batch", "step", "signs"), [(300, 0, 1), (0.01, 300, 2)], ids=["slow batches", "slow steps"]
)
def test_an_interrupt_ends_the_program(batch, step, signs, processes, tmp_path):
    """Ctrl-C, which a terminal sends to all processes, while data are waited for or a step runs."""
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(PROGRAM.format(batch=batch, step=step, processes=processes)))
    root = str(pathlib.Path(mk.__file__).parent.parent)
    child = subprocess.Popen(
        [sys.executable, str(program)],
        env={**os.environ, "PYTHONPATH": root},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        for _ in range(signs):
            assert child.stdout.readline()
        time.sleep(1)
        os.killpg(child.pid, signal.SIGINT)
        _, errors = child.communicate(timeout=60)
        assert child.returncode != 0
        assert "KeyboardInterrupt" in errors
        assert gone(child.pid), "workers are left behind"
    finally:
        for process in [child] if child.poll() is None else []:
            os.killpg(process.pid, signal.SIGKILL)


def gone(group):
    """Whether all processes of a group end within some seconds."""
    end = time.monotonic() + 20
    while lives(group):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def lives(group):
    """Whether a process of a group runs; those that nobody has taken leave of do not."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    if shutil.which("ps") is None:
        return True
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True)
    rows = [line.split() for line in listed.stdout.splitlines()]
    return any(row[0] == str(group) and row[1][0] != "Z" for row in rows)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
def test_workers_end_with_a_program_that_is_killed(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(batch=0.01, step=300, processes=True))
    root = str(pathlib.Path(mk.__file__).parent.parent)
    child = subprocess.Popen(
        [sys.executable, str(program)],
        env={**os.environ, "PYTHONPATH": root},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for _ in range(2):
        assert child.stdout.readline()
    child.kill()
    child.communicate()
    assert gone(child.pid)

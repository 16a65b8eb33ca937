"""How threads wait for each other: by looking for a while where Python has no lock, else asleep."""

import queue
import threading
import time

import pytest

import minikeras as mk
from minikeras.backend import handover, threads


@pytest.fixture(params=[False, True], ids=["asleep", "looking"])
def way(request, monkeypatch):
    """Both ways of waiting, in any Python."""
    monkeypatch.setattr(handover, "IS_QUICK", request.param)
    monkeypatch.setattr(handover, "_has_lock", lambda: False)
    monkeypatch.setattr(handover, "_CORES", 64)
    monkeypatch.setattr(handover, "_pause", lambda: time.sleep(0))
    return request.param


def test_an_inbox_gives_everything_once_and_in_order(way):
    inbox, found = handover.Inbox(), []

    def read():
        while (thing := inbox.get()) is not None:
            found.append(thing)

    reader = threading.Thread(target=read)
    reader.start()
    for thing in range(1, 200):
        inbox.put(thing)
        if thing % 50 == 0:
            time.sleep(0.002)  # until the reader sleeps
    inbox.put(None)
    reader.join(20)
    assert not reader.is_alive()
    assert found == list(range(1, 200))


def test_several_readers_share_an_inbox(way):
    inbox, found = handover.Inbox(), queue.SimpleQueue()

    def read():
        while (thing := inbox.get()) is not None:
            found.put(thing)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for thing in [*range(1, 100), None, None, None]:
        inbox.put(thing)
    for reader in readers:
        reader.join(20)
    assert sorted(found.get_nowait() for _ in range(99)) == list(range(1, 100))
    assert found.empty()


def test_jobs_and_tasks_end(way):
    for _ in range(30):
        seen, done = [], []
        threads.run(seen.append, range(7))
        assert sorted(seen) == list(range(7))
        with threads.Tasks(3) as tasks:
            added = [tasks.add(done.append, k) for k in range(5)]
            added[2].wait()
            assert 2 in done
        assert sorted(done) == list(range(5))


def test_who_looks_does_so_for_a_bounded_time(way):
    begin = time.perf_counter()
    handover.look(lambda: True)
    assert time.perf_counter() - begin < 1.0


@pytest.mark.parametrize("what", ["python's lock", "more threads than cores", "one core"])
def test_nobody_looks_where_that_would_keep_others_from_their_work(monkeypatch, what):
    monkeypatch.setattr(handover, "IS_QUICK", what != "one core")
    monkeypatch.setattr(handover, "_has_lock", lambda: what == "python's lock")
    monkeypatch.setattr(handover, "_CORES", 2)
    outer = mk.config.num_threads()
    mk.config.set_num_threads(3 if what == "more threads than cores" else 2)
    looks = []
    try:
        handover.look(lambda: looks.append(1))
    finally:
        mk.config.set_num_threads(outer)
    assert looks == []

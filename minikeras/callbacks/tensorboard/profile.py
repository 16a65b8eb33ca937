"""Profiles of steps: a trace of all calls for a viewer of traces, and a table of the totals."""

import gzip
import json
import os
import socket
import time


def write_trace(timing, folder):
    """Write the calls of a `Timing` as a trace in the format of Chrome. Returns the path.

    The file lies where TensorBoard keeps profiles, and opens in ``chrome://tracing`` and in
    Perfetto.
    """
    run = time.strftime("%Y_%m_%d_%H_%M_%S")
    folder = os.path.join(folder, "plugins", "profile", run)
    os.makedirs(folder, exist_ok=True)
    begin = min((call.start for call in timing.calls), default=0.0)
    threads = {}
    events = [
        {
            "ph": "X",
            "name": call.name,
            "cat": "primitive",
            "pid": 1,
            "tid": threads.setdefault(call.thread, len(threads) + 1),
            "ts": 1e6 * (call.start - begin),
            "dur": 1e6 * (call.stop - call.start),
            "args": {"layer": call.layer} if call.layer else {},
        }
        for call in timing.calls
    ]
    names = [_name("process_name", "minikeras")]
    names += [_name("thread_name", f"thread {tid}", tid) for tid in threads.values()]
    path = os.path.join(folder, f"{socket.gethostname()}.trace.json.gz")
    with gzip.open(path, "wt", encoding="utf-8") as file:
        json.dump({"displayTimeUnit": "ms", "traceEvents": [*names, *events]}, file)
    return path


def _name(kind, name, tid=None):
    """An event of the trace that gives a process or a thread its name."""
    place = {} if tid is None else {"tid": tid}
    return {"ph": "M", "name": kind, "pid": 1, **place, "args": {"name": name}}


def table(timing, steps):
    """The time that each primitive took, as a table in Markdown.

    Args:
        timing: a `Timing`.
        steps: of how many batches.
    """
    totals = timing.totals()
    whole = sum(seconds for _, seconds in totals.values()) or 1.0
    lines = ["| primitive | calls a step | ms a step | part |", "|---|---:|---:|---:|"]
    lines += [
        f"| {name} | {number / steps:g} | {1e3 * seconds / steps:.3f} | {seconds / whole:.1%} |"
        for name, (number, seconds) in totals.items()
    ]
    return "\n".join(lines)

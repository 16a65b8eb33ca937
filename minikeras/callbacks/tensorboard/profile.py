"""Profiles of steps: a trace of all calls for a viewer of traces, and tables of the totals."""

import gzip
import json
import os
import socket
import time

from minikeras.backend.program.explain import peak_memory


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
            "args": {"bytes": call.size, **({"layer": call.layer} if call.layer else {})},
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


def tables(timing, steps):
    """The time and the memory that primitives and layers took, as Markdown.

    Args:
        timing: a `Timing`.
        steps: of how many batches.
    """
    parts = [
        _table("primitive", timing.totals(), steps),
        _table("layer", timing.totals(lambda call: call.layer or "(the step itself)"), steps),
        "MB: of all results, one after another.",
    ]
    if timing.programs:
        peak = max(map(peak_memory, timing.programs))
        parts[-1] += f" Most memory at a time, beside the variables: {peak / 2**20:.3g} MB."
    return "\n\n".join(parts)


def _table(title, totals, steps):
    whole = sum(seconds for _, seconds, _ in totals.values()) or 1.0
    lines = [
        f"| {title} | calls a step | ms a step | part | MB a step |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {name} | {number / steps:g} | {1e3 * seconds / steps:.3f} | {seconds / whole:.1%} "
        f"| {size / steps / 2**20:.3g} |"
        for name, (number, seconds, size) in totals.items()
    ]
    return "\n".join(lines)

"""One process of the benchmark: runs jobs on one framework and prints what it measured as JSON.

`python benchmarks/worker.py FRAMEWORK JOB` is what `peers.py` starts, again and again.
"""

import argparse
import importlib
import importlib.machinery
import json
import os
import pathlib
import statistics
import sys
import time

PEERS = ("tensorflow", "jax", "torch")
KERAS_BACKEND = {"minikeras": "numpy", **{name: name for name in PEERS}}
EPOCHS = 3  # measured, after one that warms up
PREDICTIONS = 10  # of one sample
STATUS = pathlib.Path("/proc/self/status")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("framework", choices=("minikeras", *PEERS))
    parser.add_argument("names", nargs="+", help="jobs, or series with --scaling")
    parser.add_argument("--measures", nargs="+", default=["first", "train", "predict", "one"])
    parser.add_argument("--scaling", action="store_true", help="training steps of series of jobs")
    parser.add_argument("--step-memory", action="store_true", help="what `step_memory` finds")
    arguments = parser.parse_args()

    os.environ.setdefault("KERAS_BACKEND", KERAS_BACKEND[arguments.framework])
    keras, milliseconds = imported(arguments.framework)
    from jobs import JOBS, SCALES

    found = {}
    for name in arguments.names:
        if arguments.scaling:
            for size, job in SCALES[name].items():
                found[f"{name}={size}"] = {"train": training_step(job.build(keras), keras, job)}
        elif arguments.step_memory:
            found[name] = step_memory(keras, JOBS[name])
        else:
            found[name] = measure(keras, JOBS[name], arguments.measures)
            found[name]["import"] = milliseconds
    print(json.dumps(found))


def imported(framework):
    """`minikeras`, or `keras` on the backend that the environment names; how long that took.

    All peers stand in one environment. Keras, and what stands beneath it, imports some of those
    which it does not compute with, so they are hidden.
    """

    class Finder(importlib.machinery.PathFinder):
        @classmethod
        def find_spec(cls, name, path=None, target=None):
            is_hidden = name in PEERS and name != framework
            return None if is_hidden else super().find_spec(name, path, target)

    usual = importlib.machinery.PathFinder
    sys.meta_path[:] = [Finder if finder is usual else finder for finder in sys.meta_path]
    start = time.perf_counter()
    keras = importlib.import_module("minikeras" if framework == "minikeras" else "keras")
    return keras, (time.perf_counter() - start) * 1000


def measure(keras, job, wanted):
    """The measures of one job, in milliseconds and megabytes."""
    found = {}
    model = job.build(keras)
    if not {"first", "train", "memory"}.isdisjoint(wanted):
        found["first"] = first_call(model, job)
        others = []
        found["train"] = training_step(model, keras, job, others)
        found["memory"] = peak_megabytes() + max(others)
    if "predict" in wanted:
        found["predict"] = prediction_step(model, job)
    if "one" in wanted:
        found["one"] = one_sample(model, job)
    return found


def timed(function):
    """How many milliseconds a call takes."""
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) * 1000


def first_call(model, job):
    """From a compiled model to the end of its first step."""
    x, y = job.data(job.batch)
    return timed(lambda: model.fit(x, y, batch_size=job.batch, verbose=0))


def training_step(model, keras, job, others=None):
    """An epoch of `fit` divided by its steps; the median of several, after one that warms up.

    ``others``, a list, takes the memory of other processes that train, at the end of each epoch.
    """
    x, y = job.data(job.batch * job.steps)
    times = []

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            times.append(time.perf_counter())

        def on_epoch_end(self, epoch, logs=None):
            times[-1] = (time.perf_counter() - times[-1]) * 1000
            if others is not None:
                others.append(children_megabytes())

    model.fit(x, y, batch_size=job.batch, epochs=EPOCHS + 1, verbose=0, callbacks=[Clock()])
    return statistics.median(times[1:]) / job.steps


def prediction_step(model, job):
    """`predict` over many batches, divided by their number."""
    x, _ = job.data(job.batch * job.steps)
    predict = lambda: model.predict(x, batch_size=job.batch, verbose=0)
    return statistics.median([timed(predict) for _ in range(EPOCHS + 1)][1:]) / job.steps


def one_sample(model, job):
    """A call of `predict` with one sample."""
    x, _ = job.data(1)
    predict = lambda: model.predict(x, verbose=0)
    return statistics.median([timed(predict) for _ in range(PREDICTIONS + 2)][2:])


def peak_megabytes():
    """The most memory that the process has had resident so far."""
    if STATUS.exists():  # that of this program alone; `getrusage` includes what forked it
        return int(STATUS.read_text().split("VmHWM:")[1].split()[0]) / 2**10
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset / 2**20
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def children_megabytes():
    """The memory that processes started by this one have for themselves."""
    import multiprocessing

    found = 0
    for child in multiprocessing.active_children():
        rollup = pathlib.Path(f"/proc/{child.pid}/smaps_rollup")
        lines = rollup.read_text().splitlines() if rollup.exists() else []
        found += sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
    return found / 2**10


def step_memory(keras, job):
    """What a training step holds at its peak beside what it must hold; growth over 1,000 steps.

    The peak is that of arrays made since before the model was: parameters, optimizer state, the
    batch, outputs of layers, gradients, scratch memory, everything in between; the data that `fit`
    is given stands apart.
    Growth is measured with few samples a batch, as what leaks does so per step.
    """
    import tracemalloc

    import numpy as np
    from memory import megabytes

    batch = 2
    x, y = job.data(batch * 100)
    model = job.build(keras)
    train = lambda epochs: model.fit(x, y, batch_size=batch, epochs=epochs, verbose=0)
    train(5)
    before = megabytes()
    train(10)
    growth = megabytes() - before
    del model

    x, y = job.data(job.batch * 4)
    domain = tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)
    tracemalloc.start()
    model = job.build(keras)
    for _ in range(2):
        tracemalloc.reset_peak()
        model.fit(x, y, batch_size=job.batch, verbose=0)
    traced, peak = tracemalloc.get_traced_memory()
    arrays = tracemalloc.take_snapshot().filter_traces([domain])
    tracemalloc.stop()
    # Objects of Python are traced as well: those that are there after the step are taken off.
    objects = traced - sum(trace.size for trace in arrays.traces)
    return {
        "activations": activation_bytes(model) * job.batch / 2**20,
        "parameters": sum(v.value.nbytes for v in model.weights) / 2**20,
        "optimizer": sum(v.value.nbytes for v in model.optimizer.variables) / 2**20,
        "peak": (peak - objects) / 2**20,
        "growth": growth,
    }


def flat_layers(model):
    """The layers of a model, those of models inside it among them."""
    for layer in model.layers:
        yield from flat_layers(layer) if hasattr(layer, "layers") else [layer]


# What recurrent layers compute of each unit at each step and need again on the way back: their
# gates and states, and of a GRU what its state adds to n before it is reset.
PER_STEP = {"SimpleRNN": 1, "GRU": 5, "LSTM": 6}


def activation_bytes(model):
    """Bytes of what the way back needs of one sample: inputs, outputs of layers, some insides."""
    import numpy as np

    total = sum(tensor_bytes(tensor) for tensor in model.inputs)
    for layer in flat_layers(model):
        if type(layer).__name__ == "InputLayer":
            continue
        total += tensor_bytes(layer.output)
        total += values_inside(layer) * np.dtype(layer.output.dtype).itemsize
    return total


def tensor_bytes(tensor):
    """Bytes of one sample of a symbolic tensor."""
    import math

    import numpy as np

    return math.prod(tensor.shape[1:]) * np.dtype(tensor.dtype).itemsize


def values_inside(layer):
    """How many numbers a layer computes of one sample besides its output, in its definition."""
    first = layer.input[0] if isinstance(layer.input, list) else layer.input
    if type(layer).__name__ == "MultiHeadAttention":  # queries, keys, values, weights, their sums
        length, width = first.shape[1], 2 * layer.key_dim + 2 * layer.value_dim
        return layer.num_heads * length * (width + length)
    parts = [getattr(layer, f"{way}_layer", None) for way in ("forward", "backward")]
    parts = parts if all(parts) else [layer]  # Bidirectional has two
    units = sum(PER_STEP.get(type(part).__name__, 0) * getattr(part, "units", 0) for part in parts)
    return units and units * first.shape[1]


if __name__ == "__main__":
    main()

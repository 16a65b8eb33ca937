"""``bench``: how fast this machine trains some small models, and predicts with them."""

import argparse
import json
import os
import platform
import statistics
import time

HELP = """Measure steps of training and predictions of small models on this machine.

Times are medians over repetitions, after the steps have been recorded. KERAS_BACKEND=cupy measures
on the GPU."""


def _dense():
    from minikeras import layers

    return [_input((784,)), layers.Dense(512, "relu"), layers.Dense(512, "relu"), layers.Dense(10)]


def _tiny():
    from minikeras import layers

    return [_input((10,)), layers.Dense(20, "relu"), layers.Dense(10)]


def _convolutional():
    from minikeras import layers

    return [
        _input((28, 28, 1)),
        layers.Conv2D(32, 5, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 5, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(256, "relu"),
        layers.Dense(10),
    ]


def _recurrent():
    from minikeras import layers

    return [_input((40, 32)), layers.LSTM(64), layers.Dense(10)]


def _input(shape):
    from minikeras import layers

    return layers.Input(shape)


# The layers, and how many samples are in a batch.
MODELS = {
    "dense 10-20-10": (_tiny, 32),
    "dense 784-512-512-10": (_dense, 128),
    "LeNet 28x28": (_convolutional, 32),
    "LSTM 64, 40 steps": (_recurrent, 64),
}
_LEAST_RUNS = 5


def add_arguments(parser):
    """The arguments of the command."""
    parser.add_argument(
        "--seconds", type=_seconds, default=1.0, help="for each measurement; default: 1"
    )
    parser.add_argument("--json", action="store_true", help="print numbers for programs to read")


def run(options):
    """Carry the command out."""
    place = machine()
    if not options.json:
        print("\n".join(f"{name}: {value}" for name, value in place.items()), end="\n\n")
        columns = "batch", "training", "samples/s", "predict", "predict one"
        print(f"{'model':22}" + "".join(f"{column:>13}" for column in columns), flush=True)
    rows = []
    for name in MODELS:
        row = {"model": name, **measured(*MODELS[name], options.seconds)}
        rows.append(row)
        if not options.json:
            times = [row[f"{what}_ms"] for what in ("train", "predict", "predict_one")]
            cells = [str(row["batch"]), _shown(times[0]), f"{row['samples_per_second']:,.0f}"]
            cells += map(_shown, times[1:])
            print(f"{name:22}" + "".join(f"{cell:>13}" for cell in cells), flush=True)
    if options.json:
        print(json.dumps({"machine": place, "models": rows}, indent=2))


def machine():
    """What the numbers hold for: versions, the processor, and where arrays lie."""
    from minikeras import config
    from minikeras.backend.xp import np
    from minikeras.version import __version__

    cores = os.cpu_count()
    if hasattr(os, "sched_getaffinity"):
        cores = f"{len(os.sched_getaffinity(0))} of {cores}"
    return {
        "minikeras": f"{__version__}, backend {config.backend()}, {config.floatx()}",
        "Python": f"{platform.python_version()}, NumPy {np.__version__}",
        "machine": f"{platform.system()}, {_processor()}, {cores} cores",
    }


def _processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":", 1)[1].strip() for line in file if line[:10] == "model name"]
    except OSError:  # not on Linux
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def measured(build, batch, seconds):
    """The milliseconds of a training step and of predictions, as a dict."""
    from minikeras import losses, models
    from minikeras.backend.xp import np

    model = models.Sequential(build())
    model.compile("adam", losses.SparseCategoricalCrossentropy(from_logits=True))
    draw = np.random.default_rng(0)
    x = draw.normal(size=(batch, *model.input_shape[1:])).astype("float32")
    y = draw.integers(0, 10, batch)
    train = _milliseconds(lambda: model.train_on_batch(x, y), seconds)
    return {
        "batch": batch,
        "train_ms": train,
        "samples_per_second": 1e3 * batch / train,
        "predict_ms": _milliseconds(lambda: model.predict_on_batch(x), seconds),
        "predict_one_ms": _milliseconds(lambda: model.predict_on_batch(x[:1]), seconds),
    }


def _milliseconds(step, seconds):
    """The median of a step's times, once it is recorded."""
    for _ in range(3):
        step()
    found, end = [], time.perf_counter() + seconds
    while len(found) < _LEAST_RUNS or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        found.append(1e3 * (time.perf_counter() - start))
    return statistics.median(found)


def _shown(milliseconds):
    return f"{milliseconds:.3g} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.3g} s"


def _seconds(text):
    """A length of time from the command line."""
    number = float(text)
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"must be 0 or more, not {text}")
    return number

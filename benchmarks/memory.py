"""Whether memory stays flat: over 10,000 calls of `predict`, and over models made and dropped.

Exit code 1 if the process, after a warm-up, grows by more than 1 MB in either.
"""

import argparse
import gc
import os
import pathlib
import sys
import tracemalloc

import numpy as np

import minikeras as keras

LIMIT = 1.0  # megabytes
STATUS = pathlib.Path("/proc/self/statm")


def megabytes():
    """Resident memory of the process; what Python holds where there is no /proc."""
    gc.collect()
    if STATUS.exists():
        pages = int(STATUS.read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    return tracemalloc.get_traced_memory()[0] / 2**20


def build():
    """A small model, compiled."""
    model = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(1),
        ]
    )
    model.compile("adam", "mse", metrics=["mae"])
    return model


def measure(name, function, warm_up, count):
    """Call ``function`` again and again; the growth after ``warm_up`` calls, in megabytes."""
    for _ in range(warm_up):
        function()
    before = megabytes()
    for _ in range(count):
        function()
    after = megabytes()
    print(f"{name}: {before:.2f} MB before, {after:.2f} MB after, growth {after - before:+.2f} MB")
    return after - before


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--predictions", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=200)
    arguments = parser.parse_args()
    if not STATUS.exists():
        tracemalloc.start()

    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, 8)).astype("float32")
    y = rng.normal(size=(32, 1)).astype("float32")
    model = build()

    def make_and_drop():
        build().fit(x, y, batch_size=16, epochs=2, verbose=0)

    growth = [
        measure(
            f"{arguments.predictions} calls of predict",
            lambda: model.predict(x, verbose=0),
            arguments.predictions // 20,
            arguments.predictions,
        ),
        measure(
            f"{arguments.rounds} models built, fitted, deleted",
            make_and_drop,
            arguments.rounds // 4,
            arguments.rounds,
        ),
    ]
    return int(max(growth) > LIMIT)


if __name__ == "__main__":
    sys.exit(main())

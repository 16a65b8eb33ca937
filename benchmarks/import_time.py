"""How long `import minikeras` takes beyond `import numpy`, each in a fresh process.

Exit code 1 if it takes more than 25 ms longer, or if it imports SciPy or h5py.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys

LIMIT = 25  # milliseconds beyond `import numpy`
LAZY = ("scipy", "h5py")
PROGRAM = """
import sys, time
start, busy = time.perf_counter(), time.process_time()
import {module}
busy = time.process_time() - busy
print((time.perf_counter() - start) * 1000, busy * 1000, *{lazy}, sep="\\n")
"""


def run(module):
    """Milliseconds that the import takes, also in processor time; what of LAZY came with it."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    root = str(pathlib.Path(__file__).resolve().parent.parent)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [root, environment.get("PYTHONPATH")]))
    program = PROGRAM.format(module=module, lazy=f"[m for m in {LAZY} if m in sys.modules]")
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"`import {module}` failed:\n{done.stderr}")
    elapsed, busy, *found = done.stdout.split()
    return (float(elapsed), float(busy)), found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="processes per module")
    arguments = parser.parse_args()

    times = {"numpy": [], "minikeras": []}
    for module in times:  # writes the bytecode and fills the disk cache
        _, found = run(module)
    for _ in range(arguments.runs):  # in turns, so that a busy machine slows both
        for module, list_of_times in times.items():
            list_of_times.append(run(module)[0])
    medians = {}
    for module, values in times.items():
        elapsed, busy = medians[module] = [statistics.median(column) for column in zip(*values)]
        print(f"import {module + ':':11} median {elapsed:6.1f} ms, processor time {busy:6.1f} ms")
    difference, busy = (a - b for a, b in zip(medians["minikeras"], medians["numpy"]))
    print(f"difference:               {difference:6.1f} ms, processor time {busy:6.1f} ms")
    print(f"limit:                    {LIMIT:6.1f} ms; hold the machine idle, or it says little")
    print(f"imported with it:  {', '.join(found) or 'neither SciPy nor h5py'}")
    return int(difference > LIMIT or bool(found))


if __name__ == "__main__":
    sys.exit(main())

"""How long `import minikeras` takes beyond `import numpy`, each in a fresh process.

Exit code 1 if it takes more than 150 ms longer, or if it imports SciPy or h5py.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys

LIMIT = 150  # milliseconds beyond `import numpy`
LAZY = ("scipy", "h5py")
PROGRAM = """
import sys, time
start = time.perf_counter()
import {module}
print((time.perf_counter() - start) * 1000, *{lazy}, sep="\\n")
"""


def run(module):
    """Milliseconds that a fresh process takes to import ``module``; what else it imported."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    root = str(pathlib.Path(__file__).resolve().parent.parent)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [root, environment.get("PYTHONPATH")]))
    program = PROGRAM.format(module=module, lazy=f"[m for m in {LAZY} if m in sys.modules]")
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"`import {module}` failed:\n{done.stderr}")
    milliseconds, *found = done.stdout.split()
    return float(milliseconds), found


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
    medians = {module: statistics.median(values) for module, values in times.items()}
    for module, values in times.items():
        print(
            f"import {module + ':':11} median {medians[module]:6.1f} ms, least {min(values):6.1f}"
        )
    difference = medians["minikeras"] - medians["numpy"]
    print(f"difference:        median {difference:6.1f} ms (limit {LIMIT} ms)")
    print(f"imported with it:  {', '.join(found) or 'neither SciPy nor h5py'}")
    return int(difference > LIMIT or bool(found))


if __name__ == "__main__":
    sys.exit(main())

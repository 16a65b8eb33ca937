"""Minikeras beside real Keras on TensorFlow, JAX and torch: time, memory and size.

Each job runs on each framework in a process of its own, in turns, for several rounds; see README.md
for what is measured. Exit code 1 if a ratio of minikeras to the best peer is over its limit.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import report
from jobs import JOBS, SCALES
from worker import KERAS_BACKEND

HERE = pathlib.Path(__file__).resolve().parent
TIMEOUT = 1800  # seconds that one process may take


def parsed():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--jobs", nargs="+", choices=JOBS, default=list(JOBS), metavar="JOB", help=", ".join(JOBS))
    add("--frameworks", nargs="+", choices=KERAS_BACKEND, default=list(KERAS_BACKEND))
    add("--measures", nargs="+", choices=report.MEASURES, default=list(report.MEASURES))
    add("--rounds", type=int, default=5)
    add(
        "--scaling",
        nargs="*",
        choices=SCALES,
        metavar="SERIES",
        help=f"instead of the jobs, how cost grows: {', '.join(SCALES)} (default: all)",
    )
    add("--python", default=sys.executable, help="what runs minikeras; the peers run on this one")
    add("--no-step-memory", action="store_true", help="leave out the memory of a training step")
    add("--results", type=pathlib.Path, help="file that keeps results; rounds in it count as done")
    add("--markdown", type=pathlib.Path, help="file to write the tables to, for a document")
    arguments = parser.parse_args()
    arguments.scaling = list(SCALES) if arguments.scaling == [] else arguments.scaling
    return arguments


def available(frameworks):
    """Those that are installed, in the order of `KERAS_BACKEND`; says which are missing."""
    found = []
    for name in KERAS_BACKEND:
        needed = ["minikeras"] if name == report.MINE else ["keras", name]
        missing = [module for module in needed if importlib.util.find_spec(module) is None]
        if name in frameworks and not missing:
            found.append(name)
        elif name in frameworks:
            print(f"{name} is left out: {', '.join(missing)} cannot be imported", file=sys.stderr)
    return found


def run(framework, options, home, python):
    """What one process of `worker.py` prints; an empty dictionary, and a word, if it fails.

    ``python`` is the interpreter for minikeras.
    """
    environment = {
        k: v
        for k, v in os.environ.items()
        # NumPy's products run as they come, as those of the peers do, which have none of OpenBLAS.
        if k != "PYTHONDONTWRITEBYTECODE" and not k.startswith("OPENBLAS_")
    }
    environment |= {
        "KERAS_BACKEND": KERAS_BACKEND[framework],
        "KERAS_HOME": home,  # so that no settings of the user count
        "PYTHONPATH": str(HERE.parent),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    start = time.perf_counter()
    interpreter = python if framework == report.MINE else sys.executable
    command = [interpreter, str(HERE / "worker.py"), framework, *options]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=TIMEOUT
        )
        problem = done.stderr.strip() if done.returncode else ""
    except subprocess.TimeoutExpired:
        problem = f"it took longer than {TIMEOUT} s"
    seconds = time.perf_counter() - start
    words = f"failed:\n{problem}" if problem else f"{seconds:.1f} s"
    print(f"{framework} {options[0]}: {words}", file=sys.stderr, flush=True)
    return {} if problem else json.loads(done.stdout.splitlines()[-1])


def collect(arguments, plan, results):
    """Run all of ``plan``, rounds outermost and frameworks innermost, in turns.

    ``plan`` is a list of options of `worker.py` with the frameworks to run and a number of rounds.
    Returns whether all went well.
    """
    done, failures = set(), 0
    path = arguments.results
    for line in path.read_text().splitlines() if path and path.exists() else []:
        number, framework, options, found = json.loads(line)
        results.add(number, framework, found)
        done.add((number, framework, *options))
    with tempfile.TemporaryDirectory() as home:
        for number in range(arguments.rounds):
            for options, members, rounds in plan:
                for i in range(len(members)):  # a different one begins each round
                    framework = members[(i + number) % len(members)]
                    if number >= rounds or (number, framework, *options) in done:
                        continue
                    print(f"round {number + 1} of {rounds}, ", end="", file=sys.stderr)
                    found = run(framework, options, home, arguments.python)
                    results.add(number, framework, found)
                    failures += not found
                    if path and found:
                        with path.open("a") as file:
                            print(json.dumps([number, framework, options, found]), file=file)
    return not failures


def planned(arguments, frameworks):
    """What `collect` is to run."""
    rounds = arguments.rounds
    if arguments.scaling:
        return [([name, "--scaling"], frameworks, rounds) for name in arguments.scaling]
    plan = []
    for job in arguments.jobs:
        measures = [name for name in arguments.measures if name != "size"]
        if measures:
            plan.append(([job, "--measures", *measures], frameworks, rounds))
        if report.MINE in frameworks and not arguments.no_step_memory:
            plan.append(([job, "--step-memory"], [report.MINE], 1))
    return plan


def per_framework(results, frameworks, names):
    """Bring import and installed size, which no job changes, into the form of the others."""
    for framework in frameworks:
        if "size" in names:
            size = report.installed_megabytes(framework)
            results.add(0, framework, {"size": {"size": size}} if size else {})
        if "import" in names:
            imports = [
                (job, number, value)
                for (who, job, name), values in results.values.items()
                if (who, name) == (framework, "import") and job in JOBS
                for number, value in values.items()
            ]
            for job, number, value in imports:
                results.add((job, number), framework, {"import": {"import": value}})


def version_of(python):
    """The version of an interpreter and how it was built, as it says itself."""
    asked = [python, "-c", "import sys; print(sys.version.replace(chr(10), ' '))"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def write(arguments, frameworks, results, markdown):
    """All tables as text, and whether a limit is broken."""
    jobs = {name: JOBS[name] for name in arguments.jobs}
    tables = report.Report(results, frameworks, jobs, arguments.measures, markdown)
    parts = [report.conditions(frameworks, results.counted())]
    if arguments.python != sys.executable:
        parts.append(f"Python of minikeras: {version_of(arguments.python)}")
    if arguments.scaling:
        parts.append(tables.scaling({name: SCALES[name] for name in arguments.scaling}))
    else:
        parts += [tables.summary(), *map(tables.details, arguments.measures)]
        if report.MINE in frameworks and not arguments.no_step_memory:
            parts.append(tables.step_memory())
    return "\n\n".join(parts), tables.missed


def main():
    arguments = parsed()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # `timeout` as well ends with tables
    frameworks = available(arguments.frameworks)
    results, is_whole = report.Results(), False
    try:
        is_whole = collect(arguments, planned(arguments, frameworks), results)
    except KeyboardInterrupt:
        print("\nstopped; what there is so far:", file=sys.stderr)
    if not arguments.scaling:
        per_framework(results, frameworks, arguments.measures)
    text, missed = write(arguments, frameworks, results, markdown=False)
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(write(arguments, frameworks, results, True)[0] + "\n")
    return int(missed or not is_whole)


if __name__ == "__main__":
    sys.exit(main())

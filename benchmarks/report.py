"""What the benchmarks found, as tables: medians, ratios, limits; and on what machine."""

import datetime
import functools
import importlib.metadata
import importlib.util
import math
import os
import pathlib
import platform
import statistics
import sys
from dataclasses import dataclass

MINE = "minikeras"
DISTRIBUTIONS = {
    "minikeras": ("keras-on-numpy",),
    "tensorflow": ("keras", "tensorflow-cpu", "tensorflow"),
    "jax": ("keras", "jax"),
    "torch": ("keras", "torch"),
}


@dataclass(frozen=True)
class Measure:
    """Something measured: its title, its unit, and the most it may be relative to the best peer."""

    title: str
    unit: str
    limit: float | None = None

    def limit_of(self, job):
        """The limit for one job; that of a training step depends on it."""
        return job.limit if self is MEASURES["train"] else self.limit


# Those per job; the last ones are per framework.
MEASURES = {
    "train": Measure("training step", "ms"),
    "predict": Measure("prediction step", "ms"),
    "one": Measure("one-sample predict", "ms", 0.25),
    "first": Measure("first call", "ms", 0.3),
    "memory": Measure("peak memory", "MB", 0.35),
    "import": Measure("import", "ms", 0.1),
    "size": Measure("installed size", "MB"),
}
PER_FRAMEWORK = ("import", "size")
STEP_MEMORY_LIMIT = 1.3  # times activations, parameters and optimizer state
LEAST_STEP_MEMORY = 1.0  # megabytes of these, below which the ratio says nothing
GROWTH_LIMIT = 1.0  # megabytes over 1,000 steps


def table(head, rows, markdown=False):
    """Rows of cells as lines of text, the first column to the left, the others to the right."""
    cells = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    lines = [
        [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
        for row in cells
    ]
    if not markdown:
        return "\n".join("  ".join(line).rstrip() for line in lines)
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join("| " + " | ".join(line) + " |" for line in [lines[0], rule, *lines[1:]])


def figure(x):
    """A number to three digits."""
    if x is None or not math.isfinite(x):
        return "-"
    digits = max(0, 2 - math.floor(math.log10(abs(x)))) if x else 0
    return f"{x:.{min(digits, 3)}f}"


class Results:
    """What was measured, by framework, job and measure; and by round."""

    def __init__(self):
        self.values = {}  # (framework, job, measure) -> {round: number}

    def add(self, number, framework, found):
        """Note what one process printed in one round: per job, its measures."""
        for job, measures in found.items():
            for name, value in measures.items():
                self.values.setdefault((framework, job, name), {})[number] = value

    def rounds(self, framework, job, name):
        return self.values.get((framework, job, name), {})

    def counted(self):
        """How many rounds there are, as text: a run may have been stopped."""
        names = MEASURES.keys() - PER_FRAMEWORK
        counts = {len(found) for (_, _, name), found in self.values.items() if name in names}
        least, most = min(counts, default=0), max(counts, default=0)
        count = f"{least}" if least == most else f"{least} to {most}"
        return f"{count} round{'' if most == 1 else 's'}"

    def median(self, framework, job, name):
        values = self.rounds(framework, job, name).values()
        return statistics.median(values) if values else None

    def ratio(self, job, name, peers):
        """Minikeras relative to the best peer, and that peer; (None, "") if one is missing.

        Per peer, the median over the rounds of the ratio within a round, as only times taken close
        together compare. The best peer is the one with the largest.
        """
        found = []
        mine = self.rounds(MINE, job, name)
        for peer in peers:
            theirs = self.rounds(peer, job, name)
            ratios = [mine[n] / theirs[n] for n in mine.keys() & theirs.keys()]
            if ratios:
                found.append((statistics.median(ratios), peer))
        return max(found, default=(None, ""))


class Report:
    """The tables of one run.

    Args:
        results: `Results`.
        frameworks: names, minikeras first.
        jobs: names of jobs with the `Job`s.
        names: keys of `MEASURES`.
        markdown: whether tables are for a document rather than a terminal.
    """

    def __init__(self, results, frameworks, jobs, names, markdown=False):
        self.results = results
        self.frameworks = frameworks
        self.peers = [name for name in frameworks if name != MINE]
        self.jobs = jobs
        self.names = names
        self.table = functools.partial(table, markdown=markdown)
        self.heading = "### {}\n\n{}" if markdown else "{}\n{}"
        self.missed = False

    def judged(self, value, limit):
        """A number as text, with a mark and a note in `missed` if it is over its limit."""
        is_over = value is not None and limit is not None and value > limit
        self.missed |= is_over
        return figure(value) + (" !" if is_over else "  ")

    def summary(self):
        """The ratios of all jobs."""
        names = [name for name in self.names if name not in PER_FRAMEWORK]
        rows = []
        for key, job in self.jobs.items():
            row = [key]
            for name in names:
                ratio, _ = self.results.ratio(key, name, self.peers)
                row.append(self.judged(ratio, MEASURES[name].limit_of(job)))
            rows.append(row)
        head = ["minikeras / best peer", *(MEASURES[name].title for name in names)]
        return self.heading.format("Ratios; ! marks those over their limit", self.table(head, rows))

    def details(self, name):
        """One measure: medians of all frameworks, the ratio, the best peer, the limit."""
        measure = MEASURES[name]
        jobs = {name: None} if name in PER_FRAMEWORK else self.jobs
        rows = []
        for key, job in jobs.items():
            ratio, best = self.results.ratio(key, name, self.peers)
            limit = measure.limit if job is None else measure.limit_of(job)
            medians = [figure(self.results.median(f, key, name)) for f in self.frameworks]
            rows.append([key, *medians, self.judged(ratio, limit), best, figure(limit)])
        head = [measure.unit, *self.frameworks, "ratio", "best peer", "limit"]
        return self.heading.format(measure.title.capitalize(), self.table(head, rows))

    def scaling(self, series):
        """The cost of a training step, and of an epoch, as one quantity grows."""
        parts = []
        for kind, jobs in series.items():
            rows = []
            for size, job in jobs.items():
                key = f"{kind}={size}"
                scale = job.steps if kind == "samples" else 1
                medians = [self.results.median(f, key, "train") for f in self.frameworks]
                ratio, best = self.results.ratio(key, "train", self.peers)
                costs = [figure(None if m is None else m * scale) for m in medians]
                rows.append([str(size), *costs, figure(ratio), best])
            unit = "ms an epoch" if kind == "samples" else "ms a training step"
            head = [kind, *self.frameworks, "ratio", "best peer"]
            parts.append(self.heading.format(f"By {kind}: {unit}", self.table(head, rows)))
        return "\n\n".join(parts)

    def step_memory(self):
        """Minikeras's own: the peak of a step beside what it must hold, growth over 1,000 steps."""
        names = ("activations", "parameters", "optimizer", "peak", "growth")
        rows = []
        for key in self.jobs:
            values = {name: self.results.median(MINE, key, name) for name in names}
            if values["peak"] is None:
                continue
            needed = values["activations"] + values["parameters"] + values["optimizer"]
            limit = STEP_MEMORY_LIMIT if needed >= LEAST_STEP_MEMORY else None
            ratio = self.judged(values["peak"] / needed, limit)
            growth = self.judged(values["growth"], GROWTH_LIMIT)
            rows.append([key, *(figure(values[name]) for name in names[:-1]), ratio, growth])
        head = ["MB", *names[:-1], "ratio", "growth over 1,000 steps"]
        title = f"Memory of a training step of minikeras, limit {STEP_MEMORY_LIMIT}"
        return self.heading.format(title, self.table(head, rows))


def conditions(frameworks, rounds):
    """Date, versions and machine, in two lines."""
    import numpy as np

    packages = {"keras-on-numpy": "minikeras", "keras": "Keras", "numpy": "NumPy"}
    packages |= {name: name for f in frameworks for name in DISTRIBUTIONS[f][1:]}
    versions = [f"Python {platform.python_version()}"]
    for package, title in packages.items():
        if is_installed(package):
            versions.append(f"{title} {importlib.metadata.version(package)}")
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]
    memory = f", {memory_gigabytes():.0f} GB" if hasattr(os, "sysconf") else ""
    cores = os.cpu_count()
    if hasattr(os, "sched_getaffinity"):  # what `taskset` leaves
        cores = f"{len(os.sched_getaffinity(0))} of {cores}"
    return (
        f"{datetime.date.today().isoformat()}, {', '.join(versions)} ({blas}), "
        f"medians over {rounds}.\n"
        f"{platform.system()}, {cores} cores of {processor()}{memory}."
    )


def processor():
    """The name of the processor."""
    path = pathlib.Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def memory_gigabytes():
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30


def is_installed(distribution):
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def installed_megabytes(framework):
    """The files of a framework and of all that it requires, as they lie on the disk.

    None if it is not installed, but found in the checkout.
    """
    needed = [name for name in DISTRIBUTIONS[framework] if is_installed(name)]
    if not needed:
        return None
    paths = set()
    for name in required(needed):
        paths |= {file.locate() for file in importlib.metadata.files(name) or []}
    if framework == MINE:  # which may be installed as a link to its checkout
        paths |= set(pathlib.Path(importlib.util.find_spec(MINE).origin).parent.rglob("*"))
    tag = sys.implementation.cache_tag
    sizes = (
        os.path.getsize(path)
        for path in {os.path.realpath(path) for path in paths}
        if os.path.isfile(path) and ("__pycache__" not in path or path.endswith(f"{tag}.pyc"))
    )
    return sum(sizes) / 2**20


def required(names):
    """The names of distributions, and of all that they require, without extras."""
    from packaging.requirements import Requirement

    found, left = set(), list(names)
    while left:
        name = left.pop()
        if name in found or not is_installed(name):
            continue
        found.add(name)
        for text in importlib.metadata.requires(name) or []:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                left.append(requirement.name)
    return found

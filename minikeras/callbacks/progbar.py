"""Progbar: a line that shows how far a loop has come, how long it takes, and its figures."""

import os
import shutil
import time

import numpy as np

from minikeras.console import can_rewrite_line, show

_BOLD, _GREEN, _GREY, _RESET = "\x1b[1m", "\x1b[32m", "\x1b[37m", "\x1b[0m"


class Progbar:
    """A progress bar on standard output.

    On a terminal the line is written over at each update; elsewhere (a file, a pipe) only the last
    line is written.

    Args:
        target: the number of steps, or None where it is unknown.
        width: the length of the bar in characters.
        verbose: 0 for silence, 1 for a bar, 2 for a line at the end.
        interval: the least time between two updates, in seconds.
        stateful_metrics: names of the figures shown as they are; others are averaged over steps.
        stateless_metrics: instead: names of the figures that are averaged; others are shown as they
            are.
        unit_name: what a step is called.

    >>> import minikeras as keras
    >>> bar = keras.utils.Progbar(3, verbose=0)
    >>> for step in range(3):
    ...     bar.add(1, [("loss", 0.5)])
    """

    def __init__(
        self,
        target,
        width=20,
        verbose=1,
        interval=0.05,
        stateful_metrics=None,
        stateless_metrics=None,
        unit_name="step",
    ):
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Pass stateful_metrics (all others are averaged) or stateless_metrics (all others "
                "are shown as they are), not both"
            )
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        self.stateful_metrics = (
            None if stateless_metrics is not None else set(stateful_metrics or ())
        )
        self._rewrites = can_rewrite_line()
        self._is_coloured = self._rewrites and "NO_COLOR" not in os.environ
        self._seen = 0
        self._figures = {}  # name -> (sum of values, number of steps)
        self._start = time.perf_counter()
        self._last_shown = None
        self._after_first_step = None
        self._previous_width = 0

    def is_due(self, current):
        """Whether an update that is not the last would show anything now.

        Args:
            current: the number of steps done.
        """
        now = time.perf_counter()
        if current == 1 and self._after_first_step is None:
            self._after_first_step = now
        if self.verbose != 1 or not self._rewrites:
            return False
        return self._last_shown is None or now - self._last_shown >= self.interval

    def update(self, current, values=None, finalize=None):
        """Move the bar.

        Args:
            current: the number of steps done.
            values: pairs of a name and the figure of the last step.
            finalize: whether this is the last update; by default, whether ``current`` has reached
                the target.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        for name, value in values or ():
            self._note(name, value, current, finalize)
        self._seen = current
        is_due = self.is_due(current)
        if self.verbose == 1 and (finalize or is_due):
            self._draw(current, finalize)
        elif self.verbose == 2 and finalize and self.target:
            now = time.perf_counter()
            count = f"{current:{len(str(self.target))}d}/{self.target}"
            show(
                f"{count} - {now - self._start:.0f}s - {self._pace(current, now)}{self._listing()}"
            )

    def add(self, n, values=None):
        """Move the bar by ``n`` steps; ``values`` as in `update`."""
        self.update(self._seen + n, values)

    def _note(self, name, value, current, finalize):
        if self.stateful_metrics is not None:
            is_averaged = name not in self.stateful_metrics
        else:
            is_averaged = name in self.stateless_metrics
        if not is_averaged or finalize:
            self._figures[name] = (value, 1)
            return
        steps = max(current - self._seen, 1)
        total, count = self._figures.get(name, (0, 0))
        self._figures[name] = (total + value * steps, count + steps)

    def _draw(self, current, finalize):
        now = time.perf_counter()
        count, bar = self._bar(current)
        if self.target and not finalize:
            left = self._seconds_a_step(current, now) * (self.target - current)
            clock = _duration(left)
        else:
            clock = f"{now - self._start:.0f}s"
        tail = f" {self._pace(current, now)}{self._listing()}"
        width = len(count) + len(bar) + len(clock) + len(tail) + (2 if bar else 1)
        if self._rewrites and not finalize:
            # A line that wraps cannot be written over.
            room = shutil.get_terminal_size().columns - 1
            if width > room:
                tail = tail[: max(0, len(tail) - (width - room))]
                width = min(width, room)
        line = self._coloured(current, count, bar, clock) + tail
        if self._rewrites:
            line = "\r" + line + " " * max(0, self._previous_width - width)
        show(line, line_break=finalize)
        self._previous_width = width
        self._last_shown = now

    def _bar(self, current):
        if not self.target:
            return f"{current:7d}/Unknown", ""
        return f"{current:{len(str(self.target))}d}/{self.target}", "━" * self.width

    def _coloured(self, current, count, bar, clock):
        if not self._is_coloured:
            if bar:
                # Without colours, what is still to come stays empty.
                done = self._done(current)
                bar = "━" * done + " " * (self.width - done)
            return " ".join(part for part in (count, bar, clock) if part)
        if bar:
            done = self._done(current)
            rest = self.width - done
            bar = f"{_GREEN}{'━' * done}{_RESET}" if done else ""
            bar += f"{_GREY}{'━' * rest}{_RESET}" if rest else ""
        parts = (f"{_BOLD}{count}{_RESET}", bar, f"{_BOLD}{clock}{_RESET}")
        return " ".join(part for part in parts if part)

    def _done(self, current):
        return min(self.width, int(self.width * current / self.target))

    def _seconds_a_step(self, current, now):
        """The time of a step; the first one, which is seldom typical, is left out if possible."""
        if not current:
            return 0.0
        if self._after_first_step is not None and current > 1:
            return (now - self._after_first_step) / (current - 1)
        return (now - self._start) / current

    def _pace(self, current, now):
        seconds = self._seconds_a_step(current, now)
        if seconds >= 1 or seconds == 0:
            return f"{seconds:.0f}s/{self.unit_name}"
        if seconds >= 1e-3:
            return f"{seconds * 1e3:.0f}ms/{self.unit_name}"
        return f"{seconds * 1e6:.0f}us/{self.unit_name}"

    def _listing(self):
        parts = []
        for name, (total, count) in self._figures.items():
            if isinstance(total, str):
                parts.append(f" - {name}: {total}")
                continue
            mean = float(np.mean(total)) / max(1, count)
            parts.append(f" - {name}: {mean:.4f}" if abs(mean) > 1e-3 else f" - {name}: {mean:.4e}")
        return "".join(parts)


def _duration(seconds):
    """A time left, as hours:minutes:seconds."""
    seconds = int(seconds)
    if seconds > 3600:
        return f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
    if seconds > 60:
        return f"{seconds // 60}:{seconds % 60:02d}"
    return f"{seconds}s"

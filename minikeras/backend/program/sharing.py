"""Sharing: which steps are shared out among processes, and from when on.

A step is shared out once it has been replayed for longer than it takes to fork processes and to
make a program for them. After how many steps that is follows from the program alone, so that the
same training gives the same numbers. The processes end with the context `SharedSteps`.
"""

import math
import sys
import threading

from minikeras import config
from minikeras.backend.program.data_parallel import of_replica
from minikeras.backend.program.passes import arranged
from minikeras.backend.program.replay import Replay
from minikeras.backend.program.samples import batch_of
from minikeras.backend.program.simplify import simplify
from minikeras.backend.program.work import work_of
from minikeras.backend.xp import ON_GPU

# Work (`work`) of a step from which it is shared out, and of all steps before: 5 ms, and 0.2 s,
# as it costs to start processes and to have them touch their memory for the first time.
_LEAST = 1 << 23
_LEAST_BEFORE = 1 << 28
# Work that it takes to add up an element of all processes.
_OF_SUM = 8
# The part of its work that a step of two processes may have at most: threads save the rest.
_MOST_LEFT = 0.83
_LEAST_SAMPLES = 4  # of a process


class SharedSteps:
    """A context in which this thread shares out steps where that pays."""

    def __enter__(self):
        self._outer, _state.steps = _state.steps, self
        self._courses = {}  # plan -> `_Course`

    def __exit__(self, *_):
        _state.steps = self._outer
        for course in self._courses.values():
            course.end()

    def course_of(self, plan):
        """How the steps of a plan are made."""
        course = self._courses.get(plan)
        if course is None or course.alone is not plan.replay:
            if course is not None:
                course.end()
            course = self._courses[plan] = _Course(plan)
        return course


class _State(threading.local):
    steps = None


_state = _State()


def replay_of(plan):
    """What to make the next step of a plan with: its replay, or several processes."""
    return plan.replay if _state.steps is None else _state.steps.course_of(plan).next()


class _Course:
    """A plan whose steps are made by one process for some time, then by several if that pays."""

    def __init__(self, plan):
        self.plan = plan
        self.alone = self.chosen = plan.replay
        self.left = _steps_alone(plan)
        plan.sharing = None

    def next(self):
        """What to make the next step with."""
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                self.chosen = _replicas(self.plan) or self.alone
                if self.chosen is not self.alone:
                    self._start()
        if self.chosen is not self.alone and self.chosen.is_closed:  # a step of theirs has failed
            self.chosen = self.alone
        return self.chosen

    def _start(self):
        """Start the processes; an interrupt finds them among what is to be ended."""
        try:
            self.chosen.start()
        except OSError:
            self.chosen.close()
            return
        self.plan.sharing = (
            f"shared out in `fit` after {_steps_alone(self.plan)} steps, among "
            f"{self.chosen.count} processes that meet {len(self.chosen.meetings)} times a step"
        )

    def end(self):
        """Let the processes end."""
        if self.chosen is not self.alone:
            self.chosen.close()
            self.chosen = self.alone


def _steps_alone(plan):
    """How many steps to make before they are shared out; None for all."""
    if ON_GPU or sys.platform != "linux" or config.num_processes() < 2:
        return None
    if plan.work is None:
        plan.work = _work(plan.trusted)
    return None if plan.work < _LEAST else math.ceil(_LEAST_BEFORE / plan.work)


def _work(program):
    return sum(work_of(program, call) for call in program.calls)


def _replicas(plan):
    """Processes for the steps of a plan, to be started, or None."""
    # It takes 10 ms to import what most programs never need.
    import multiprocessing

    from minikeras.backend.program.replicas import Replicas

    program = simplify(plan.trusted.copy())
    samples = batch_of(program) or 1
    most = min(config.num_processes(), samples // _LEAST_SAMPLES)
    count = max((n for n in range(1, most + 1) if samples % n == 0), default=1)
    if count < 2 or not _is_plain(program):
        return None
    if multiprocessing.current_process().daemon:  # which may have no children
        return None
    replicas = Replicas([program.traits[slot][:2] for slot in program.inputs], count)
    part = of_replica(program, replicas)
    if part is None or not _pays(program, part, count):
        return None
    replicas.replay = Replay(arranged(part))
    return replicas


def _is_plain(program):
    """Whether inputs and variables are numbers, which can lie in shared memory."""
    slots = (*program.inputs, *(s for _, s in program.reads), *(s for _, s in program.writes))
    return all(program.traits[slot][1].kind in "biufc" for slot in slots)


def _pays(program, part, count):
    """Whether processes save more than threads do, for all that they must add up."""
    summed = sum(
        math.prod(part.traits[slot][0])
        for call in part.calls
        if call.name == "all_reduce"
        for slot in call.uses()
    )
    return _work(part) + _OF_SUM * (count - 1) * summed < _MOST_LEFT * _work(program)

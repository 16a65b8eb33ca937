"""Step: a function that is recorded at its first calls and replayed from then on."""

import threading

from minikeras import config, tree
from minikeras.backend import autodiff, threads
from minikeras.backend.autodiff import Tracer
from minikeras.backend.program import changes, sharing
from minikeras.backend.program.explain import explain_plan
from minikeras.backend.program.passes import optimised
from minikeras.backend.program.process import while_recording
from minikeras.backend.program.recording import Recording
from minikeras.backend.program.replay import Replay
from minikeras.backend.variables import in_stateless_scope, reading_dtype
from minikeras.backend.xp import ARRAY_TYPES

# So many runs are recorded, until two in a row agree or the step stays eager.
_ATTEMPTS = 4
# Signatures that are remembered; where each call has another, none is worth keeping for long.
_MOST_PLANS = 64
_NOTHING = object()


class _Switch(threading.local):
    is_off = False


_switch = _Switch()


class eagerly:
    """A context in which every step runs as it is: nothing is recorded or replayed."""

    def __enter__(self):
        self._outer, _switch.is_off = _switch.is_off, True

    def __exit__(self, *_):
        _switch.is_off = self._outer


class Step:
    """Runs a function as it is, or replays what it did before on arguments of the same kind.

    A program is kept per signature: the structure of the arguments, the shapes and dtypes of their
    arrays, the values of all else. It is trusted once two runs, on different batches as a rule,
    were recorded to be the same but for the inputs and the variables.
    """

    def __init__(self):
        self._plans = {}
        self._lock = threading.Lock()  # for whoever changes the plans

    def __call__(self, function, *args):
        """What ``function(*args)`` returns."""
        with threads.single_threaded_blas:
            return self._run(function, args)

    def _run(self, function, args):
        if _switch.is_off or in_stateless_scope() or not autodiff.is_untouched():
            return function(*args)
        key = (config.floatx(), reading_dtype(), *map(_signature, args))
        try:
            plan = self._plans.get(key)
        except TypeError:  # an argument is no array, and cannot be told from others of its kind
            return function(*args)
        if plan is None:
            with self._lock:
                while len(self._plans) >= _MOST_PLANS:
                    self._plans.pop(next(iter(self._plans)))
                plan = self._plans.setdefault(key, _Plan())
        if plan.replay is not None and plan.stamp is changes.latest():
            return plan.replayed(function, args)
        if plan.reason is not None and plan.stamp is changes.latest():
            return function(*args)
        return plan.recorded(function, args)

    def plans(self):
        """What was recorded: pairs of a signature and its `_Plan`."""
        return list(self._plans.items())

    def explain(self, listing=False):
        """A text on what was recorded for each signature; with ``listing`` the calls too."""
        lines = [line for item in self.plans() for line in explain_plan(*item, listing)]
        return "\n".join(lines) or "Nothing was recorded yet."

    def __deepcopy__(self, memo):
        return Step()

    def __reduce__(self):
        return (Step, ())


class _Plan:
    """What is known of a step for one signature: its program, or why it stays eager."""

    def __init__(self):
        self.program = None  # what the last run did
        self.trusted = None  # what two runs in a row did
        self.replay = None
        self.work = None  # that of `trusted`, once somebody has asked for it
        self.sharing = None  # how steps were shared out among processes, in words
        self.reason = None
        self.attempts = 0
        self.stamp = None  # the latest change when it was recorded
        self.structure = None  # that of the results
        self.names = None  # if that is a dict: its keys, and where the result of each stands
        self.lock = threading.Lock()

    def replayed(self, function, args):
        """Replay the step; run it as it is where another thread replays or records it now."""
        if not self.lock.acquire(blocking=False):
            return function(*args)
        try:
            replay, names, structure = self.replay, self.names, self.structure
            if replay is not None:
                replay = sharing.replay_of(self)
            results = None if replay is None else replay(_arrays(args))
        finally:
            self.lock.release()
        if results is None:  # another thread has found meanwhile that it cannot be replayed
            return function(*args)
        if names is not None:
            return {name: results[place] for name, place in names}
        return tree.pack_sequence_as(structure, results)

    def recorded(self, function, args):
        """Run the step for real and note what it does, unless another thread is about that."""
        found = _NOTHING
        if self.lock.acquire(blocking=False):
            try:
                with while_recording:
                    found = self._recorded(function, args)
            finally:
                self.lock.release()
        return function(*args) if found is _NOTHING else found

    def _recorded(self, function, args):
        """What the step returns, or nothing if it cannot be recorded and is to be run as it is."""
        if self.stamp is not changes.latest():
            self.attempts, self.reason = min(self.attempts, 1), None
        self.attempts += 1
        recording = Recording()
        has_failed = False
        try:
            with recording:
                traced = tree.map_structure(
                    lambda x: recording.input(x) if isinstance(x, ARRAY_TYPES) else x, args
                )
                outputs = function(*traced)
        except Exception:
            has_failed = True
        if has_failed:
            # Was it the recording, or would it have happened anyway? The run as it is will tell.
            recording.undo()
            self.reason = "it raised an exception while it was recorded"
            self.stamp = changes.latest()
            return _NOTHING
        self._learn(recording, outputs)
        self.stamp = changes.latest()
        return tree.map_structure(lambda x: x.value if type(x) is Tracer else x, outputs)

    def _learn(self, recording, outputs):
        found = None
        difference = recording.reason
        if difference is None:
            found = recording.program(tree.flatten(outputs))
            difference = (
                "it was recorded once" if self.program is None else (found.difference(self.program))
            )
            self.structure = tree.map_structure(lambda x: None, outputs)
            self.names = _names_of(self.structure)
        if difference is None:
            if self.replay is None or found.difference(self.trusted) is not None:
                self.trusted = found
                self.replay, self.work = Replay(optimised(found.copy())), None
        else:
            self.replay = None
            if self.attempts >= _ATTEMPTS or (recording.reason and self.attempts >= 2):
                self.reason = difference
        self.program = found


def _signature(x):
    if isinstance(x, ARRAY_TYPES):
        # The width of an array of strings, which is part of its dtype, does not tell steps apart.
        return x.shape, "string" if x.dtype.kind in "US" else x.dtype
    if isinstance(x, dict):
        return (dict, *((k, _signature(x[k])) for k in x))
    if isinstance(x, (list, tuple)):
        return (type(x), *map(_signature, x))
    return type(x), x


def _names_of(structure):
    """For each key of a plain dict without further structures its place among the leaves."""
    if type(structure) is not dict or any(map(tree.is_nested, structure.values())):
        return None
    numbered = {key: place for place, key in enumerate(structure)}
    places = tree.flatten(numbered)
    return [(key, places.index(place)) for key, place in numbered.items()]


def _arrays(args):
    """The arrays in a tuple of arguments, in the order of `tree.flatten`."""
    found = []
    for x in args:
        if type(x) is tuple:
            found += _arrays(x)
        elif isinstance(x, ARRAY_TYPES):
            found.append(x)
        elif x is not None:
            found += (leaf for leaf in tree.flatten(x) if isinstance(leaf, ARRAY_TYPES))
    return found

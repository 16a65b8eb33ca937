"""What a layer owns: variables, layers, metrics and random generators set as its attributes."""

from minikeras.backend.program import changes
from minikeras.backend.variables import Variable
from minikeras.metrics.metric import Metric
from minikeras.random import SeedGenerator

# A container is searched for what it holds whenever that is asked for, so later appends count.
_CONTAINERS = (list, tuple, dict, set)
# What training sets and no step reads from an earlier one.
_BESIDE_STEPS = {"history", "_losses"}
# Attributes that hold what belongs to others.
_PASSED_OVER = {
    "_inbound_nodes",
    "_outbound_nodes",
    "_losses",
    "_constructor_call",
    "_build_shapes",
}


class Tracked:
    """A mixin that remembers, in order, what is assigned to the attributes of an object.

    Lists, tuples and dicts that are assigned are searched too.
    """

    def __setattr__(self, name, value):
        held = self.__dict__.get("_tracked")
        if held is None:
            held = self.__dict__["_tracked"] = {}
        if name in held:
            del held[name]
        is_trackable = isinstance(value, (Variable, Tracked, Metric, SeedGenerator, *_CONTAINERS))
        if is_trackable and name not in _PASSED_OVER:
            held[name] = value
        if name not in _BESIDE_STEPS:
            changes.note(self, name, value)
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        tracked = self.__dict__.get("_tracked", {})
        value = tracked.pop(name, None)
        # A weight is noted when it is made, too; deleting its attribute gives it up.
        for key in [k for k, held in tracked.items() if held is value and k.startswith("add_")]:
            del tracked[key]
        object.__delattr__(self, name)

    def untrack(self, name):
        """Keep the attribute ``name`` but no longer count what it holds as owned."""
        self._tracked.pop(name, None)

    def owned(self, kind):
        """What of a kind this object owns directly, each once, in order of assignment."""
        found, seen = [], set()

        def visit(value, depth):
            if isinstance(value, kind):
                if id(value) not in seen:
                    seen.add(id(value))
                    found.append(value)
            elif isinstance(value, _CONTAINERS) and depth < 8:
                for item in value.values() if isinstance(value, dict) else value:
                    visit(item, depth + 1)

        for value in self._tracked.values():
            visit(value, 0)
        return found


def unique(items):
    """``items`` without repetition, told apart by identity."""
    return list({id(item): item for item in items}.values())

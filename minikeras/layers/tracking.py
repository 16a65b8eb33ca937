"""What a layer owns: variables, layers, metrics and random generators set as its attributes."""

import itertools

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
_serials = itertools.count()


class Tracked:
    """A mixin that remembers, in order, what is assigned to the attributes of an object.

    Lists, tuples and dicts that are assigned are searched too. What is appended to them later
    counts from then on: it comes behind what was assigned or appended before.
    """

    def __setattr__(self, name, value):
        held = self.__dict__.get("_tracked")
        if held is None:
            held = self.__dict__["_tracked"] = {}
            self.__dict__["_arrived"] = []
            self.__dict__["_serial"] = next(_serials)
        old = held.pop(name, None)
        is_trackable = isinstance(value, (Variable, Tracked, Metric, SeedGenerator, *_CONTAINERS))
        is_held = is_trackable and name not in _PASSED_OVER
        if is_held or old is not None:
            self._note_arrivals(value if is_held else (), old)
        if is_held:
            held[name] = value
        if name not in _BESIDE_STEPS:
            changes.note(self, name, value)
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        tracked = self.__dict__.get("_tracked", {})
        value = tracked.pop(name, None)
        if value is not None:
            self._note_arrivals(old=value)
        # A weight is noted when it is made, too; deleting its attribute gives it up.
        for key in [k for k, held in tracked.items() if held is value and k.startswith("add_")]:
            del tracked[key]
        object.__delattr__(self, name)

    def untrack(self, name):
        """Keep the attribute ``name`` but no longer count what it holds as owned."""
        self._note_arrivals(old=self._tracked.pop(name, None))

    def owned(self, kind):
        """What of a kind this object owns directly, each once, in the order in which it came."""
        found = unique(_within(self._tracked.values(), kind))
        has_containers = any(isinstance(value, _CONTAINERS) for value in self._tracked.values())
        return self._in_order_of_arrival(found) if has_containers else found

    def _in_order_of_arrival(self, found):
        self._note_arrivals()
        places = {id(item): i for i, item in enumerate(self._arrived)}
        return sorted(found, key=lambda item: places.get(id(item), len(places)))

    def _note_arrivals(self, value=(), old=None):
        """Note the objects appended to containers since the last time, then those of ``value``.

        When each was appended is not known. Those of a container came in its order; those of
        several containers are taken in the order in which they were made.

        Args:
            value: what is about to be assigned to an attribute.
            old: what the attribute held before.
        """
        arrived = self._arrived
        if old is not None and old is not value:
            gone = {id(item) for item in _within([old], Tracked)}
            arrived[:] = [item for item in arrived if id(item) not in gone]
        known, late = set(map(id, arrived)), []
        for container in self._tracked.values():
            if not isinstance(container, _CONTAINERS):
                continue
            made = -1
            for item in _within([container], Tracked):
                if id(item) not in known:
                    known.add(id(item))
                    made = max(made, item._serial)
                    late.append((made, len(late), item))
        arrived += [item for *_, item in sorted(late)]
        arrived += [item for item in _within([value], Tracked) if id(item) not in known]


def _within(values, kind, depth=0):
    """The objects of a kind among ``values`` and in the containers among them."""
    for value in values:
        if isinstance(value, kind):
            yield value
        elif isinstance(value, _CONTAINERS) and depth < 8:
            yield from _within(
                value.values() if isinstance(value, dict) else value, kind, depth + 1
            )


def unique(items):
    """``items`` without repetition, told apart by identity."""
    return list({id(item): item for item in items}.values())

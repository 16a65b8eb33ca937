"""Layers of a drawing: the rank of each item, the order within a rank, and positions across.

The steps are those of Sugiyama, Tagawa and Toda (1981), "Methods for visual understanding of
hierarchical system structures": turn what runs against the direction, give ranks, bend lines
that pass ranks, order each rank by the ranks beside it, then move items towards their neighbours.
"Along" is the direction in which the lines run, "across" the other one.
"""

import bisect
from dataclasses import dataclass, field
from itertools import pairwise

_SWEEPS = 12
_BEND_BREADTH = 6.0


@dataclass(eq=False)
class Item:
    """What has a place in a rank.

    Attributes:
        breadth, depth: its size across and along.
        pinned: -1 for what stands before all ranks, 1 for what stands after them.
        is_bend: whether a line only passes here.
        rank: from 0.
        across: where its middle is.
        along: where it begins.
    """

    breadth: float
    depth: float = 0.0
    pinned: int = 0
    is_bend: bool = False
    rank: int = 0
    across: float = 0.0
    along: float = 0.0


@dataclass(eq=False)
class Link:
    """A line from an item to one of a higher rank.

    Attributes:
        upper, lower: the items.
        upper_offset, lower_offset: how far from their middles it is attached, across.
        bends: the items of ranks between, in which it passes.
    """

    upper: Item
    lower: Item
    upper_offset: float = 0.0
    lower_offset: float = 0.0
    bends: list = field(default_factory=list)

    def steps(self):
        """The parts from rank to rank: item, offset, item, offset."""
        stops = [(self.upper, self.upper_offset), *((b, 0.0) for b in self.bends)]
        stops.append((self.lower, self.lower_offset))
        return [(*a, *b) for a, b in pairwise(stops)]


def turned(count, pairs):
    """Which of the pairs ``(from, to)`` of numbers below ``count`` close a cycle, by position."""
    following = [[] for _ in range(count)]
    for position, (source, target) in enumerate(pairs):
        following[source].append((position, target))
    found, state = set(), [0] * count  # not seen yet, on the way, done
    for root in range(count):
        stack = [] if state[root] else [(root, iter(following[root]))]
        while stack:
            node, rest = stack[-1]
            state[node] = 1
            position, target = next(rest, (None, None))
            if position is None:
                state[node] = 2
                stack.pop()
            elif state[target] == 1:
                found.add(position)
            elif not state[target]:
                stack.append((target, iter(following[target])))
    return found


def arranged(items, links):
    """Give items their ranks and their positions across, and links their bends.

    Args:
        items: a list of `Item`, in about the order in which they are to stand.
        links: a list of `Link` between them, without cycles.

    Returns:
        For each rank the list of its items from left to right, bends included.
    """
    _rank(items, links)
    for link in links:
        link.bends = [
            Item(_BEND_BREADTH, is_bend=True, rank=rank)
            for rank in range(link.upper.rank + 1, link.lower.rank)
        ]
    steps = [step for link in links for step in link.steps()]
    above, below = {}, {}
    for upper, upper_offset, lower, lower_offset in steps:
        below.setdefault(upper, []).append((lower, upper_offset, lower_offset))
        above.setdefault(lower, []).append((upper, lower_offset, upper_offset))
    ranks = _ordered(_first_order(items, below), above, below)
    _position(ranks, above, below)
    return ranks


def _rank(items, links):
    above, below = ({item: [] for item in items} for _ in range(2))
    for link in links:
        above[link.lower].append(link.upper)
        below[link.upper].append(link.lower)
    order = _sorted_by_links(items, above, below)
    for item in order:
        item.rank = max((other.rank + 1 for other in above[item]), default=0)
    # What feeds no fewer lines than it is fed by comes close to what it feeds.
    for item in reversed(order):
        if below[item] and len(below[item]) >= len(above[item]):
            item.rank = min(other.rank for other in below[item]) - 1
    free = [item.rank for item in items if not item.pinned] or [0]
    first, last = min(free), max(free)
    for item in items:
        if item.pinned:
            item.rank = first - 1 if item.pinned < 0 else last + 1
    lowest = min(item.rank for item in items)
    for item in items:
        item.rank -= lowest


def _sorted_by_links(items, above, below):
    waiting = {item: len(above[item]) for item in items}
    order = [item for item in items if not waiting[item]]
    for item in order:  # which grows meanwhile
        for other in below[item]:
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    return order


def _first_order(items, below):
    """Items by rank, in the order of a walk from the first one that goes deep first."""
    ranks = [[] for _ in range(1 + max(item.rank for item in items))]
    seen = set()
    for start in sorted(items, key=lambda item: item.rank):
        stack = [start]
        while stack:
            item = stack.pop()
            if item not in seen:
                seen.add(item)
                ranks[item.rank].append(item)
                stack.extend(other for other, _, _ in reversed(below.get(item, [])))
    return ranks


def _ordered(ranks, above, below):
    """The order with the fewest crossings of those that sweeps down and up come upon."""
    best, fewest = ranks, _crossings(ranks, below)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        going_down = sweep % 2 == 0
        ranks = _swept(ranks, above if going_down else below, going_down)
        crossings = _crossings(ranks, below)
        if crossings < fewest:
            best, fewest = ranks, crossings
    return best


def _swept(ranks, beside, going_down):
    ranks = [list(rank) for rank in ranks]
    places = {}
    for rank in ranks if going_down else reversed(ranks):
        wanted = {}
        for i, item in enumerate(rank):
            ends = [places[other] + far / other.breadth for other, _, far in beside.get(item, ())]
            wanted[item] = sum(ends) / len(ends) if ends else float(i)
        rank.sort(key=wanted.get)
        places.update((item, i) for i, item in enumerate(rank))
    return ranks


def _crossings(ranks, below):
    count = 0
    places = {item: i for rank in ranks for i, item in enumerate(rank)}
    for rank in ranks:
        ends = sorted(
            (i + near / item.breadth, places[other] + far / other.breadth)
            for i, item in enumerate(rank)
            for other, near, far in below.get(item, ())
        )
        passed = []
        for _, end in ends:
            count += len(passed) - bisect.bisect_right(passed, end)
            bisect.insort(passed, end)
    return count


def _position(ranks, above, below):
    for rank in ranks:
        end = 0.0
        for item in rank:
            item.across = end + item.breadth / 2
            end += item.breadth + distance(item, item)
        for item in rank:
            item.across -= end / 2
    for _ in range(_SWEEPS):
        for beside, way in ((above, ranks), (below, ranks[::-1])):
            for rank in way:
                _move(rank, beside)
    for rank in ranks:
        _move(rank, above)


def _move(rank, beside):
    """Move the items of a rank to where their neighbours on one side are, as near as they fit."""
    wanted = [_middle(item, beside.get(item)) for item in rank]
    rooms = [(a.breadth + b.breadth) / 2 + distance(a, b) for a, b in pairwise(rank)]
    for item, place in zip(rank, fitted(wanted, [_weight(item) for item in rank], rooms)):
        item.across = place


def _middle(item, neighbours):
    if not neighbours:
        return item.across
    return weighted_median([(n.across + far - near, _weight(n)) for n, near, far in neighbours])


def _weight(item):
    return 1.0 if item.is_bend else 4.0


def distance(one, other):
    """The room between two neighbours."""
    return 10.0 if one.is_bend and other.is_bend else 22.0


def fitted(wanted, weights, rooms):
    """Places in order, each ``rooms`` away from the one before, near to those wanted.

    The sum of the weighted distances is the least: blocks of places that touch are pooled, and
    stand at their weighted median.

    >>> fitted([0.0, 0.0], [3.0, 1.0], [5.0]), fitted([0.0, 9.0], [1.0, 1.0], [5.0])
    ([0.0, 5.0], [0.0, 9.0])
    """
    starts = [0.0]
    for room in rooms:
        starts.append(starts[-1] + room)
    blocks = []
    for place, weight, start in zip(wanted, weights, starts):
        members = [(place - start, weight)]
        while blocks and blocks[-1][1] > weighted_median(members):
            members = blocks.pop()[0] + members
        blocks.append((members, weighted_median(members)))
    shifts = [median for members, median in blocks for _ in members]
    return [shift + start for shift, start in zip(shifts, starts)]


def weighted_median(pairs):
    """The value with half of the weight on either side; midway between two if both have it.

    >>> weighted_median([(1.0, 1.0), (4.0, 1.0)]), weighted_median([(1.0, 1.0), (4.0, 3.0)])
    (2.5, 4.0)
    """
    pairs = sorted(pairs)
    half, seen = sum(weight for _, weight in pairs) / 2, 0.0
    for i, (value, weight) in enumerate(pairs):
        seen += weight
        if seen == half and i + 1 < len(pairs):
            return (value + pairs[i + 1][0]) / 2
        if seen >= half:
            return value
    raise ValueError("a median of nothing")

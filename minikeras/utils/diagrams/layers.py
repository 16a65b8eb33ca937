"""Layers of a drawing: the rank of each item, the order within a rank, and positions across.

The steps are those of Sugiyama, Tagawa and Toda (1981), "Methods for visual understanding of
hierarchical system structures": turn what runs against the direction, give ranks, bend lines
that pass ranks, order each rank by the ranks beside it, then move items towards their neighbours.
"Along" is the direction in which the lines run, "across" the other one.
"""

import bisect
import math
import statistics
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
        order: its number in its rank.
        across: where its middle is.
        along: where it begins.
    """

    breadth: float
    depth: float = 0.0
    pinned: int = 0
    is_bend: bool = False
    rank: int = 0
    order: int = 0
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
    for rank in ranks:
        for i, item in enumerate(rank):
            item.order = i
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
    """Give all items their places across.

    Items that are to stand one below another form a block with one place. Blocks keep their order
    and distance in each rank, and otherwise move to the median of what they are linked to. They
    start once from the far left and once from the far right; the means of both are kept to.
    """
    blocks, shifts = _blocks(ranks, above, below)
    before, after = ([[] for _ in range(1 + max(blocks.values()))] for _ in range(2))
    for rank in ranks:
        for a, b in pairwise(rank):
            room = (a.breadth + b.breadth) / 2 + distance(a, b) + shifts[a] - shifts[b]
            before[blocks[b]].append((blocks[a], room))
            after[blocks[a]].append((blocks[b], room))
    pulls = _pulls(below, blocks, shifts)
    order = _sorted_blocks(before, after)
    means = None
    for sign, near, way in ((1, before, order), (-1, after, order[::-1])):
        places = [0.0] * len(order)
        for i in way:
            ends = [sign * places[other] + room for other, room in near[i]]
            places[i] = sign * max(ends, default=0.0)
        for _ in range(_SWEEPS):
            for ordered in (way[::-1], way):
                _sweep(places, ordered, before, after, pulls)
        means = places if means is None else [(a + b) / 2 for a, b in zip(means, places)]
    hubs = [i for i in order if len(pulls[i]) > 2]  # in the middle of what they are linked to
    for ordered in (order, order[::-1], hubs):
        _sweep(means, ordered, before, after, pulls)
    for item, block in blocks.items():
        item.across = means[block] + shifts[item]


def _sweep(places, order, before, after, pulls):
    """Move each block to where it is pulled, as far as its neighbours let it."""
    for i in order:
        if pulls[i]:
            wanted = statistics.median(places[other] + shift for other, shift in pulls[i])
            low = max((places[other] + room for other, room in before[i]), default=-math.inf)
            high = min((places[other] - room for other, room in after[i]), default=math.inf)
            places[i] = min(max(wanted, low), high)


def _blocks(ranks, above, below):
    """The number of the block of each item, and how far from the block's place it stands."""
    blocks, shifts = {}, {}
    count = 0
    for rank in ranks:
        joined = _straight_links(rank, above, below)
        for item in rank:
            if item in joined:
                upper, shift = joined[item]
                blocks[item], shifts[item] = blocks[upper], shifts[upper] + shift
            else:
                blocks[item], shifts[item] = count, 0.0
                count += 1
    return blocks, shifts


def _straight_links(rank, above, below):
    """For items of a rank the item above that they are to stand below, and how far beside it.

    No two of these links cross, so that blocks have the same order in all ranks (Brandes and Köpf
    2001, "Fast and simple horizontal coordinate assignment").
    """
    places = {}
    for i, item in enumerate(rank):
        for upper, near, far in above.get(item, ()):
            is_wanted = upper is _partner(above[item]) and item is _partner(below[upper])
            if is_wanted:
                places[item] = i, upper, far - near
    chosen = []
    for item, (i, upper, shift) in sorted(
        places.items(), key=lambda pair: not (pair[0].is_bend and pair[1][1].is_bend)
    ):
        if all((i - j) * (upper.order - other.order) > 0 for _, j, other, _ in chosen):
            chosen.append((item, i, upper, shift))
    return {item: (upper, shift) for item, _, upper, shift in chosen}


def _partner(links):
    """Of the items linked to on one side, the one to stand in line with, or None."""
    boxes = [other for other, _, _ in links if not other.is_bend]
    if len(links) <= 3 and len(boxes) == 1:
        return boxes[0]
    if len(links) % 2 == 0:
        return None
    return sorted((other for other, _, _ in links), key=lambda other: other.order)[len(links) // 2]


def _pulls(below, blocks, shifts):
    """For each block the other blocks it is linked to, and where it would be straight."""
    found = [[] for _ in range(1 + max(blocks.values()))]
    for upper, links in below.items():
        for lower, near, far in links:
            i, j = blocks[upper], blocks[lower]
            if i != j:
                straight = shifts[upper] + near - shifts[lower] - far
                found[j].append((i, straight))
                found[i].append((j, -straight))
    return found


def _sorted_blocks(before, after):
    """The blocks from left to right."""
    waiting = [len(others) for others in before]
    order = [i for i, count in enumerate(waiting) if not count]
    for i in order:  # which grows meanwhile
        for other, _ in after[i]:
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    return order


def distance(one, other):
    """The room between two neighbours."""
    return 10.0 if one.is_bend and other.is_bend else 22.0

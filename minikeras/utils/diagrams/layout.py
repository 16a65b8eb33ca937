"""Where the boxes, groups and lines of a diagram are.

Each group is laid out on its own, those within before it, and is then one item among others. Where
lines pass its border it has ports: items before its first or after its last rank.
"""

from dataclasses import dataclass, field
from itertools import pairwise

from minikeras.utils.diagrams import routes
from minikeras.utils.diagrams.layers import Item, Link, arranged, turned
from minikeras.utils.diagrams.model_graph import Box

DIRECTIONS = ("TB", "BT", "LR", "RL")
_PADDING = 14.0
_LOOP = 12.0
_BORDER = None  # in the place of a box: the line comes from or goes to the outside


@dataclass(frozen=True)
class Picture:
    """Places in pixels, from the upper left corner.

    Attributes:
        width, height: of the whole.
        boxes, groups: pairs of a box or group and its ``(x, y, width, height)``, groups before
            those within.
        lines: lists of points, from the source to the target of each edge.
    """

    width: float
    height: float
    boxes: list
    groups: list
    lines: list


@dataclass(eq=False)
class _Level:
    """The inside of a group.

    Attributes:
        group: the group.
        wires: for each pair of an upper and a lower box, the members that hold them.
        loops: the boxes with a line to themselves.
        items: those of the members.
        ports: items by side, -1 or 1, and box.
        points: of the lines, by pairs as in ``wires``; those of a loop by the box alone.
        breadth, depth: the size across and along.
    """

    group: object
    wires: dict = field(default_factory=dict)
    loops: list = field(default_factory=list)
    items: dict = field(default_factory=dict)
    ports: dict = field(default_factory=dict)
    points: dict = field(default_factory=dict)
    breadth: float = 0.0
    depth: float = 0.0


def laid_out(diagram, sizes, title_size, rankdir="TB", splines="ortho"):
    """The places of all parts of a diagram.

    Args:
        diagram: a `Group` or a `Box`.
        sizes: a function from a box to its width and height.
        title_size: a function from a group to the width and height of its title.
        rankdir: the direction of the lines: ``"TB"`` from top to bottom, and so on.
        splines: how the lines run, one of `routes.STYLES`.

    Returns:
        A `Picture`.
    """
    if isinstance(diagram, Box):
        width, height = sizes(diagram)
        return Picture(width, height, [(diagram, (0.0, 0.0, width, height))], [], [])
    layout = _Layout(diagram, sizes, title_size, rankdir, splines)
    layout.lay(layout.levels[diagram])
    return layout.picture()


class _Layout:
    def __init__(self, diagram, sizes, title_size, rankdir, splines):
        self.root = diagram
        self.sizes, self.title_size = sizes, title_size
        self.rankdir, self.splines = rankdir, splines
        self.is_sideways = rankdir in ("LR", "RL")
        self.levels, self.chains = {}, {}
        self._find(diagram, ())
        # For each edge the levels that its line passes, each with the key of its points there,
        # and whether it runs upwards.
        self.ways = self._plan()

    def _find(self, group, outer):
        self.levels[group] = _Level(group)
        for member in group.members:
            if isinstance(member, Box):
                self.chains[member] = (*outer, group, member)
            else:
                self._find(member, (*outer, group))

    def _plan(self):
        """Tell each level of its lines; lines that would close a cycle run upwards."""
        meetings = {}
        for group in self.levels:
            for source, target in group.edges:
                chains = self.chains[source], self.chains[target]
                place = sum(a is b for a, b in zip(*chains)) - 1
                if source is target:
                    self.levels[chains[0][-2]].loops.append(source)
                    continue
                meetings.setdefault(chains[0][place], []).append((source, target, place + 1))
        ways = []
        for group, edges in meetings.items():
            number = {member: i for i, member in enumerate(group.members)}
            pairs = [
                (number[self.chains[s][place]], number[self.chains[t][place]])
                for s, t, place in edges
            ]
            upwards = turned(len(number), pairs)
            for i, (source, target, place) in enumerate(edges):
                upper, lower = (target, source) if i in upwards else (source, target)
                ways.append((self._wire(group, upper, lower, place), i in upwards))
        for level in self.levels.values():
            ways += [([(level, box)], False) for box in level.loops]
        return ways

    def _wire(self, group, upper, lower, place):
        """Lead a line from the upper box out of its groups and into those of the lower box."""
        way = []
        out, into = self.chains[upper][place:], self.chains[lower][place:]
        for inner, member in reversed(list(pairwise(out))):
            way.append((inner, (upper, _BORDER), (member, _BORDER)))
        way.append((group, (upper, lower), (out[0], into[0])))
        for inner, member in pairwise(into):
            way.append((inner, (_BORDER, lower), (_BORDER, member)))
        for inner, key, members in way:
            self.levels[inner].wires[key] = members
        return [(self.levels[inner], key) for inner, key, _ in way]

    def lay(self, level):
        """Give all within a level its place in it, and the level its size."""
        for member in level.group.members:
            if isinstance(member, Box):
                size = self.sizes(member)
                level.items[member] = Item(*(size[::-1] if self.is_sideways else size))
            else:
                inner = self.levels[member]
                self.lay(inner)
                level.items[member] = Item(inner.breadth, inner.depth)
        for box in level.loops:
            level.items[box].breadth += 2 * _LOOP
        links = {key: self._link(level, key, ends) for key, ends in level.wires.items()}
        items = [*level.items.values(), *level.ports.values()]
        ranks = arranged(items, list(links.values()))
        self._shift_across(level, ranks)
        bands = self._stack(level, ranks, links)
        for key, link in links.items():
            level.points[key] = self._points(level, link, bands)
        for box in level.loops:
            item = level.items[box]
            level.points[box] = routes.loop(
                item.across,
                item.along,
                item.along + item.depth,
                item.across + item.breadth / 2,
            )

    def _link(self, level, key, ends):
        (upper, lower), (upper_member, lower_member) = key, ends
        return Link(
            self._end(level, upper_member, -1, lower),
            self._end(level, lower_member, 1, upper),
            self._offset(upper_member, 1, upper),
            self._offset(lower_member, -1, lower),
        )

    def _end(self, level, member, side, box):
        if member is not _BORDER:
            return level.items[member]
        return level.ports.setdefault((side, box), Item(4.0, pinned=side))

    def _offset(self, member, side, box):
        """How far from the middle of a member the line to a box within it is attached."""
        if member is _BORDER or isinstance(member, Box):
            return 0.0
        inner = self.levels[member]
        return inner.ports[side, box].across - inner.breadth / 2

    def _margins(self, level):
        """The room inside the border: before and after all along, before all across."""
        if level.group is self.root:
            return 0.0, 0.0, 0.0
        title = _PADDING + self.title_size(level.group)[1]
        if self.is_sideways:
            return _PADDING, _PADDING, title
        return (title, _PADDING, _PADDING) if self.rankdir == "TB" else (_PADDING, title, _PADDING)

    def _shift_across(self, level, ranks):
        left = min(item.across - item.breadth / 2 for rank in ranks for item in rank)
        right = max(item.across + item.breadth / 2 for rank in ranks for item in rank)
        before = self._margins(level)[2]
        after = _PADDING if before else 0.0
        level.breadth = before + right - left + after
        start = before - left
        if before and not self.is_sideways:
            missing = self.title_size(level.group)[0] + 2 * _PADDING - level.breadth
            if missing > 0:
                level.breadth += missing
                start += missing / 2
        for rank in ranks:
            for item in rank:
                item.across += start

    def _stack(self, level, ranks, links):
        """Place the ranks along. Returns where each begins and ends, and the lanes of its steps."""
        before, after, _ = self._margins(level)
        steps = [[] for _ in ranks]
        for link in links.values():
            for step in link.steps():
                steps[step[0].rank].append(step)
        along = before
        bands = []
        for rank, own in zip(ranks, steps):
            is_border = bool(rank) and rank[0].pinned
            if is_border and along == before:
                along -= _PADDING
            depth = max(item.depth for item in rank)
            for item in rank:
                item.along = along + (depth - item.depth) / 2
            lanes, count = routes.tracks([_ends(step) for step in own])
            gap = routes.gap_for(count)
            start = along + depth
            places = {
                _ends(step): routes.lane_at(lane, count, start, gap)
                for step, lane in zip(own, lanes)
            }
            bands.append((along, start, places))
            along = start + gap
        level.depth = bands[-1][1] + (after - _PADDING if ranks[-1][0].pinned else after)
        if self.is_sideways and level.group is not self.root:
            level.depth = max(level.depth, self.title_size(level.group)[0] + 2 * _PADDING)
        return bands

    def _points(self, level, link, bands):
        points = [(link.upper.across, 0.0)] if link.upper.pinned else []
        for upper, upper_offset, lower, lower_offset in link.steps():
            step = upper, upper_offset, lower, lower_offset
            start, end = _ends(step)
            points.append((start, bands[upper.rank][1] if upper.is_bend else _end_of(upper)))
            if self.splines == "ortho" and abs(start - end) >= 1:
                lane = bands[upper.rank][2][start, end]
                points += [(start, lane), (end, lane)]
            points.append((end, bands[lower.rank][0] if lower.is_bend else lower.along))
        if link.lower.pinned:
            points.append((link.lower.across, level.depth))
        return points

    def picture(self):
        """All places, turned into the direction that is wanted."""
        boxes, groups, origins = [], [], {}
        open_levels = [(self.levels[self.root], 0.0, 0.0)]
        while open_levels:
            level, x, y = open_levels.pop()
            origins[level] = x, y
            for member, item in level.items.items():
                left, top = x + item.across - item.breadth / 2, y + item.along
                if isinstance(member, Box):
                    loop = _LOOP if member in level.loops else 0.0
                    place = left + loop, top, item.breadth - 2 * loop, item.depth
                    boxes.append((member, self._rectangle(*place)))
                else:
                    place = left, top, item.breadth, item.depth
                    groups.append((member, self._rectangle(*place)))
                    open_levels.append((self.levels[member], left, top))
        lines = []
        for way, is_upwards in self.ways:
            points = [
                self._point(origins[level][0] + x, origins[level][1] + y)
                for level, key in way
                for x, y in level.points[key]
            ]
            lines.append(points[::-1] if is_upwards else points)
        if self.splines == "line":
            lines = [p if p[0][0] == p[-1][0] else [p[0], p[-1]] for p in lines]
        root = self.levels[self.root]
        size = (root.depth, root.breadth) if self.is_sideways else (root.breadth, root.depth)
        return Picture(*size, boxes, groups, lines)

    def _point(self, across, along):
        if self.rankdir in ("BT", "RL"):
            along = self.levels[self.root].depth - along
        return (along, across) if self.is_sideways else (across, along)

    def _rectangle(self, across, along, breadth, depth):
        x, y = self._point(across, along)
        x_end, y_end = self._point(across + breadth, along + depth)
        return min(x, x_end), min(y, y_end), abs(x_end - x), abs(y_end - y)


def _ends(step):
    """Where a step from rank to rank comes from and goes to, across."""
    upper, upper_offset, lower, lower_offset = step
    return round(upper.across + upper_offset, 2), round(lower.across + lower_offset, 2)


def _end_of(item):
    return item.along + item.depth

"""Lines between ranks: where they turn, and the ways in which they may be drawn."""

STYLES = ("ortho", "polyline", "line", "spline", "curved")
TRACK = 9.0  # between lines that run across side by side
GAP = 34.0  # between ranks
_CLEAR = 12.0  # from a box to the first track, and from the last track to an arrow


def tracks(steps):
    """The lanes in which steps run across, so that steps that overlap have lanes of their own.

    Steps from one place in one direction share a lane. Of those to the right the rightmost one
    turns first, of those to the left the leftmost: so lines side by side do not cross.

    Args:
        steps: pairs of positions across, where a line comes from and goes to.

    Returns:
        The number of the lane of each step, from 0, and the number of lanes.
    """
    spans = {}
    for start, end in steps:
        if start != end:
            low, high = spans.get((start, end > start), (start, start))
            spans[start, end > start] = min(low, end), max(high, end)
    order = sorted(spans, key=lambda key: (key[1], -key[0] if key[1] else key[0]))
    lanes = {}
    for key in order:
        low, high = spans[key]
        beside = [
            lanes[other] for other in lanes if spans[other][0] <= high and low <= spans[other][1]
        ]
        lanes[key] = 1 + max(beside, default=-1)
    found = [lanes.get((start, end > start), 0) for start, end in steps]
    return found, 1 + max(lanes.values(), default=-1)


def gap_for(count):
    """The room between two ranks with so many lanes."""
    return max(GAP, 2 * _CLEAR + 10 + (count - 1) * TRACK)


def lane_at(lane, count, start, gap):
    """Where a lane is, along."""
    free = gap - 10 - (count - 1) * TRACK  # an arrow is about 10 long
    return start + free / 2 + lane * TRACK


def loop(across, start, end, side):
    """From the end of an item back to its beginning, around its side."""
    reach = 9.0
    return [
        (across, end),
        (across, end + reach),
        (side, end + reach),
        (side, start - reach - 6),
        (across, start - reach - 6),
        (across, start),
    ]

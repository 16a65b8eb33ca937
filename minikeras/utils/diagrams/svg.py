"""Diagrams as SVG, with colors that can be read on light and on dark pages."""

from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from minikeras.utils.diagrams.layout import laid_out

_MARGIN = 12.0
_FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
_TITLE_SIZE, _TEXT_SIZE = 14.0, 12.0
_TITLE_HEIGHT, _ROW_HEIGHT = 28.0, 26.0
_SIDE = 12.0  # free at the sides of a text
_CORNER = 6.0
_ARROW = 8.0
_GROUP_TITLE_HEIGHT = 22.0
# Lines are of a gray in the middle; all else brings its own background.
_LINE = "#7d8590"
_TITLE_BACK, _TITLE_TEXT = "#2f4b66", "#ffffff"
_BACK, _LABEL, _VALUE = "#f4f6f8", "#59636e", "#1b1f24"
_GROUP_BACK = "#7d8590"
_TRAINED = {None: (_BACK, _VALUE), True: ("#1f7a3d", "#ffffff"), False: ("#a83232", "#ffffff")}
# Widths of characters in units of the font size, as in the widest of the fonts.
_NARROW, _WIDE, _CAPITAL, _OTHER = 0.37, 0.92, 0.7, 0.61


def svg_of(diagram, rankdir="TB", splines="ortho", scale=1.0):
    """A picture of a diagram.

    Args:
        diagram: a `Group` or a `Box` of `model_graph`.
        rankdir, splines: as for `layout.laid_out`.
        scale: the size that is stated, as a multiple of that for texts of 12 to 14 pixels.

    Returns:
        The text of an SVG file.
    """
    picture = laid_out(diagram, _box_size, _group_title_size, rankdir, splines)
    width, height = picture.width + 2 * _MARGIN, picture.height + 2 * _MARGIN
    name = getattr(diagram, "name", None) or getattr(diagram, "kind", "")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_number(width * scale)}" '
        f'height="{_number(height * scale)}" viewBox="0 0 {_number(width)} {_number(height)}" '
        f'role="img" font-family={quoteattr(_FONT)} font-size="{_number(_TEXT_SIZE)}">',
        f"<title>{escape(name)}</title>",
        f'<g transform="translate({_number(_MARGIN)} {_number(_MARGIN)})">',
    ]
    for group, place in picture.groups:
        parts += _group(group, *place)
    parts += _lines(picture.lines, splines, rankdir)
    for group, place in picture.groups:
        parts += _group_title(group, *place)
    for box, place in picture.boxes:
        parts += _box(box, *place)
    return "\n".join([*parts, "</g>", "</svg>", ""])


def text_width(text, size, is_bold=False):
    """About how wide a text is, rather more than less, in pixels."""
    total = 0.0
    for character in text:
        if character in "ijlIft.,:;'|!()[]{}/ ":
            total += _NARROW
        elif character in "mwMW@%":
            total += _WIDE
        elif ord(character) > 0x2E7F:  # of East Asia
            total += 1.05
        else:
            total += _CAPITAL if character.isupper() else _OTHER
    return total * size * (1.07 if is_bold else 1.0)


def _title(box):
    return box.kind if box.name is None else f"{box.name} ({box.kind})"


def _cell_width(cell):
    value = text_width(cell.value, _TEXT_SIZE, is_bold=True)
    return _label_width(cell) + value + 2 * _SIDE


def _label_width(cell):
    return text_width(f"{cell.label}: ", _TEXT_SIZE) if cell.label else 0.0


def _box_size(box):
    widths = [sum(_cell_width(cell) for cell in row) for row in box.rows]
    title = text_width(_title(box), _TITLE_SIZE, is_bold=True) + 2 * _SIDE
    return max(60.0, title, *widths), _TITLE_HEIGHT + _ROW_HEIGHT * len(box.rows)


def _group_title_size(group):
    return text_width(group.name, _TEXT_SIZE, is_bold=True) + 2 * _SIDE, _GROUP_TITLE_HEIGHT


def _number(value):
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _rectangle(x, y, width, height, rest):
    return (
        f'<rect x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" '
        f'height="{_number(height)}" {rest}/>'
    )


def _text(x, y, size, content, color, is_bold=False, anchor="middle"):
    weight = ' font-weight="bold"' if is_bold else ""
    return (
        f'<text x="{_number(x)}" y="{_number(y + 0.35 * size)}" font-size="{_number(size)}" '
        f'text-anchor="{anchor}" fill="{color}"{weight}>{content}</text>'
    )


def _box(box, x, y, width, height):
    yield "<g>"
    yield f"<title>{escape(f'{box.operation.name} ({box.kind})')}</title>"
    if box.rows:
        yield _rectangle(x, y, width, height, f'rx="4" fill="{_BACK}"')
        yield (  # round above only
            f'<path d="M{_number(x)} {_number(y + 4)}a4 4 0 0 1 4 -4h{_number(width - 8)}'
            f'a4 4 0 0 1 4 4v{_number(_TITLE_HEIGHT - 4)}h{_number(-width)}z" '
            f'fill="{_TITLE_BACK}"/>'
        )
    else:
        yield _rectangle(x, y, width, height, f'rx="4" fill="{_TITLE_BACK}"')
    middle = x + width / 2
    yield _text(
        middle, y + _TITLE_HEIGHT / 2, _TITLE_SIZE, escape(_title(box)), _TITLE_TEXT, is_bold=True
    )
    for i, row in enumerate(box.rows):
        yield from _row(row, x, y + _TITLE_HEIGHT + i * _ROW_HEIGHT, width, i > 0)
    yield _rectangle(x, y, width, height, f'rx="4" fill="none" stroke="{_TITLE_BACK}"')
    yield "</g>"


def _row(row, x, y, width, has_rule):
    """The cells of a row, which share what is left of the width."""
    rest = (width - sum(map(_cell_width, row))) / len(row)
    if has_rule:
        yield _stroke(f"M{_number(x)} {_number(y)}h{_number(width)}")
    for i, cell in enumerate(row):
        own = _cell_width(cell) + rest
        back, color = _TRAINED[cell.trained]
        if cell.trained is not None:
            yield _rectangle(x + 4, y + 4, own - 8, _ROW_HEIGHT - 8, f'rx="3" fill="{back}"')
        if i:
            yield _stroke(f"M{_number(x)} {_number(y)}v{_number(_ROW_HEIGHT)}")
        # Two texts that meet at one point stay apart whatever the font.
        label = _label_width(cell)
        meeting = x + (own - _cell_width(cell)) / 2 + _SIDE + label
        y_middle = y + _ROW_HEIGHT / 2
        if label:
            text = escape(cell.label) + ":"
            yield _text(meeting - 5, y_middle, _TEXT_SIZE, text, _LABEL, anchor="end")
            anchor = "start"
        else:
            meeting, anchor = x + own / 2, "middle"
        yield _text(meeting, y_middle, _TEXT_SIZE, escape(cell.value), color, True, anchor)
        x += own


def _stroke(path):
    return f'<path d="{path}" stroke="#c4ccd4" fill="none"/>'


def _group(group, x, y, width, height):
    yield _rectangle(
        x,
        y,
        width,
        height,
        f'rx="6" fill="{_GROUP_BACK}" fill-opacity="0.12" stroke="{_LINE}" stroke-dasharray="5 4"',
    )


def _group_title(group, x, y, width, height):
    own, _ = _group_title_size(group)
    yield _rectangle(x, y, own, _GROUP_TITLE_HEIGHT, f'rx="6" fill="{_LABEL}"')
    yield _text(
        x + own / 2, y + _GROUP_TITLE_HEIGHT / 2, _TEXT_SIZE, escape(group.name), "#fff", True
    )


def _lines(lines, splines, rankdir):
    draw = {"ortho": _with_round_corners, "spline": _as_spline, "curved": _as_curve}.get(
        splines, _as_polyline
    )
    is_sideways = rankdir in ("LR", "RL")
    for points in lines:
        points = _without_repetition(points)
        (x, y), (to_x, to_y) = _direction_at_end(points, splines, is_sideways), points[-1]
        base = to_x - _ARROW * x, to_y - _ARROW * y
        shortened = [*points[:-1], (to_x - 0.8 * _ARROW * x, to_y - 0.8 * _ARROW * y)]
        yield (
            f'<path d="{draw(shortened, is_sideways)}" fill="none" stroke="{_LINE}" '
            'stroke-width="1.6"/>'
        )
        side_x, side_y = -0.45 * _ARROW * y, 0.45 * _ARROW * x
        corners = (
            (to_x, to_y),
            (base[0] + side_x, base[1] + side_y),
            (base[0] - side_x, base[1] - side_y),
        )
        yield f'<path d="M{"L".join(_pair(c) for c in corners)}z" fill="{_LINE}"/>'


def _without_repetition(points):
    kept = points[:1]
    for point in points[1:]:
        if max(abs(point[0] - kept[-1][0]), abs(point[1] - kept[-1][1])) > 0.01:
            kept.append(point)
    return kept


def _direction_at_end(points, splines, is_sideways):
    (x, y), (to_x, to_y) = points[-2:]
    dx, dy = to_x - x, to_y - y
    if splines == "spline":  # it ends as straight as it begins
        dx, dy = (dx, 0.0) if is_sideways else (0.0, dy)
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    return dx / length, dy / length


def _pair(point):
    return f"{_number(point[0])} {_number(point[1])}"


def _as_polyline(points, is_sideways):
    return "M" + "L".join(map(_pair, points))


def _with_round_corners(points, is_sideways):
    parts = ["M" + _pair(points[0])]
    for before, corner, after in zip(points, points[1:], points[2:]):
        radius = min(_CORNER, _distance(before, corner) / 2, _distance(corner, after) / 2)
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        parts.append(f"L{_pair(start)}Q{_pair(corner)} {_pair(end)}")
    return "".join([*parts, "L" + _pair(points[-1])])


def _as_spline(points, is_sideways):
    """Curves that leave and reach each point in the direction in which all lines run."""
    parts = ["M" + _pair(points[0])]
    for (x, y), (to_x, to_y) in pairwise(points):
        if is_sideways:
            controls = ((x + to_x) / 2, y), ((x + to_x) / 2, to_y)
        else:
            controls = (x, (y + to_y) / 2), (to_x, (y + to_y) / 2)
        parts.append(f"C{_pair(controls[0])} {_pair(controls[1])} {_pair((to_x, to_y))}")
    return "".join(parts)


def _as_curve(points, is_sideways):
    """Curves from midpoint to midpoint, which the points draw to themselves."""
    parts = ["M" + _pair(points[0])]
    for corner, after in pairwise(points[1:]):
        middle = (corner[0] + after[0]) / 2, (corner[1] + after[1]) / 2
        parts.append(f"Q{_pair(corner)} {_pair(middle)}")
    return "".join([*parts, "L" + _pair(points[-1])])


def _distance(one, other):
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(point, other, length):
    """The point at a distance from ``point`` on the way to ``other``."""
    whole = ((other[0] - point[0]) ** 2 + (other[1] - point[1]) ** 2) ** 0.5 or 1.0
    share = length / whole
    return point[0] + share * (other[0] - point[0]), point[1] + share * (other[1] - point[1])

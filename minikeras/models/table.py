"""Text tables drawn with lines, as wide as they are told to be."""

import re


class Table:
    """A table with a header, lines between all rows, and cells of several lines.

    Args:
        header: the titles of the columns.
        widths: the widths of the columns in characters, the space around the text included.
        alignment: ``"left"``, ``"right"`` or ``"center"`` for each column.

    >>> table = Table(["name", "size"], [8, 8], ["left", "right"])
    >>> table.add_row("a", "1")
    >>> print(table.draw())
    ┏━━━━━━━━┳━━━━━━━━┓
    ┃ name   ┃   size ┃
    ┡━━━━━━━━╇━━━━━━━━┩
    │ a      │      1 │
    └────────┴────────┘
    """

    def __init__(self, header, widths, alignment):
        self._header = header
        self._widths = widths
        self._alignment = alignment
        self._rows = []

    def add_row(self, *cells):
        """Add a row of texts."""
        self._rows.append(cells)

    def draw(self):
        """The table as one string of several lines."""
        lines = [self._rule("┏━┳┓"), *self._lines(self._header, "┃"), self._rule("┡━╇┩")]
        for i, row in enumerate(self._rows):
            if i:
                lines.append(self._rule("├─┼┤"))
            lines.extend(self._lines(row, "│"))
        lines.append(self._rule("└─┴┘"))
        return "\n".join(lines)

    def _rule(self, characters):
        left, line, joint, right = characters
        return left + joint.join(line * width for width in self._widths) + right

    def _lines(self, cells, border):
        """The lines of a row, as many as its tallest cell has."""
        columns = [wrapped(text, width - 2) for text, width in zip(cells, self._widths)]
        height = max(map(len, columns))
        for i in range(height):
            parts = [
                _aligned(column[i] if i < len(column) else "", width - 2, alignment)
                for column, width, alignment in zip(columns, self._widths, self._alignment)
            ]
            yield border + border.join(f" {part} " for part in parts) + border


def wrapped(text, width):
    """``text`` in lines of at most ``width`` characters, broken at spaces.

    A word that is longer than a line ends in an ellipsis. Leading spaces are kept.

    >>> wrapped("a_name_too_long (Dense)", 10)
    ['a_name_to…', '(Dense)']
    """
    lines = [""]
    for word in re.findall(r"\s*\S+\s*", text):
        if lines[-1] and len(lines[-1]) + len(word.rstrip()) > width:
            lines.append("")
        lines[-1] += word
    lines = [line.rstrip() for line in lines]
    return [line if len(line) <= width else line[: max(0, width - 1)] + "…" for line in lines]


def _aligned(text, width, alignment):
    if alignment == "right":
        return text.rjust(width)
    if alignment == "left":
        return text.ljust(width)
    left = (width - len(text)) // 2
    return " " * left + text.ljust(width - left)

"""Every place in a picture of a network, computed by hand: columns of units, and lanes for what is written on edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tracer.explain.diagram_content import BIAS, MORE, Cell, Content, Edge, Line, Node
from tracer.explain.drawing import Box, Label, Stroke, rounded
from tracer.explain.drawn_text import BOLD, Text, words

TYPE, SMALL = 13.0, 12.0  # sizes of type: in cells, around them
MARGIN, LINE = 14.0, 17.0
CELL, HEAD, APART = 28.0, 18.0, 16.0  # heights: of a cell, of what stands over it, between two units
RAIL = 10.0  # the room of a line that runs down beside a column
BARE_EDGE = 12.0  # the room between two edges with nothing on them
MOST_ABREAST = 340.0  # all columns together, before the cells of a unit stand one below the other
MOST_BELOW = 12  # edges of a layer whose lines stand one below the other then


class Layout:
    """Places everything: columns from left to right, nodes evenly from top to bottom, and between two columns a lane
    in which every edge has a slot of its own, so that no two labels can meet.

    A page shrinks a picture that is wider than it, and its type with it. So where the units would be wide, it is laid
    out `tall`: their cells stand one below the other, and so do the numbers on an edge.
    """

    def __init__(self, what: Content) -> None:
        self._what = what
        self.strokes: list[Stroke] = []
        self.boxes: list[Box] = []
        self.labels: list[Label] = []
        self._tops = [[0.0] * len(column) for column in what.columns]
        self._tall = sum(max(_node_width(node, False) for node in column) for column in what.columns) > MOST_ABREAST
        few = (self._tall and len(edges) <= MOST_BELOW for edges in what.edges)
        self._in_line = [short and not below for short, below in zip(what.short, few, strict=True)]

    def draw(self) -> None:
        what = self._what
        lanes = [
            sum(_slot(edge, short) for edge in edges) for edges, short in zip(what.edges, self._in_line, strict=True)
        ]
        tallest = max(self._height(column) for column in what.columns[:-1])
        last = self._height(what.columns[-1]) + _error_height(what)
        inside = max(tallest, last, *lanes)
        self._bend = min(max(inside / 6, 34.0), 54.0)  # how wide an edge is before and behind what is written on it
        self.height = rounded(MARGIN + inside + 2)
        x = MARGIN
        ends: list[float] = []
        for layer, column in enumerate(what.columns):
            if layer:
                lane = max((_edge_width(edge, self._in_line[layer]) for edge in what.edges[layer]), default=0)
                gap = 2 * self._bend + lane
                middle = x + gap / 2
                x += gap
            width = max(_node_width(node, self._tall) for node in column)
            if layer == len(what.columns) - 1:
                width = max(width, _cell_width(what.error.head, what.error.line) if what.error else 0)
            extra = _error_height(what) if layer == len(what.columns) - 1 else 0
            self._column(layer, x, width, inside - extra)
            if layer:
                self._edges(layer, ends, x, width, middle, lane, inside)
            ends = [x + (width + _box_width(node, self._tall)) / 2 for node in column]
            x += width
        self._error(x - width / 2, MARGIN + inside)
        right = x + self._ways_to_error(ends, x, x - width / 2, MARGIN + inside - CELL / 2)
        self.width = rounded(right + MARGIN)

    # -- columns

    def _height(self, column: Sequence[Node]) -> float:
        return sum(_node_height(node, self._tall) for node in column)

    def _column(self, layer: int, x: float, width: float, height: float) -> None:
        column = self._what.columns[layer]
        spare = (height - self._height(column)) / len(column)
        y = MARGIN + spare / 2
        for row, node in enumerate(column):
            self._tops[layer][row] = y + _head(node)
            self._node(node, x + width / 2, y + _head(node))
            y += _node_height(node, self._tall) + spare

    def _node(self, node: Node, middle: float, top: float) -> None:
        if node.place == MORE:
            self._label(middle, top + 14, replace(node.below[0], text=words("⋮")), TYPE)
            self._label(middle, top + 14 + LINE, node.below[0], SMALL)
            return
        x = middle - _box_width(node, self._tall) / 2
        y = top
        for place, cell in enumerate(node.cells):
            width = _box_width(node, True) if self._tall else _cell_width(cell.head, cell.line)
            self._cell(cell, x, y, width, CELL / 2 if node.place == BIAS else 3, under=self._tall and place > 0)
            x, y = (x, y + CELL) if self._tall else (x + width, y)
        y = top + _cells_height(node, self._tall) + LINE - 2
        for line in node.below:
            if line.shown:
                self._label(middle, y, line, SMALL)
            y += LINE

    def _cell(self, cell: Cell, x: float, top: float, width: float, corner: float, under: bool = False) -> None:
        lit = cell.line.current and cell.line.role != "note"
        role = "backward" if cell.way else cell.line.role if lit else "value"
        self.boxes.append(_box((x, top, width, CELL), corner, role, lit, cell.line.pale))
        if cell.head is not None:
            head = (rounded(x + width / 2), rounded(top + CELL + LINE - 2 if under else top - 6))
            self.labels.append(Label(*head, cell.head, SMALL, "middle", "note", False, cell.line.pale))
        if cell.line.shown:
            self._label(x + width / 2, top + CELL / 2 + 4.5, cell.line, SMALL if cell.line.role == "note" else TYPE)

    def _label(self, x: float, y: float, line: Line, size: float, anchor: str = "middle") -> None:
        self.labels.append(Label(rounded(x), rounded(y), line.text, size, anchor, line.role, line.current, line.pale))

    def _error(self, middle: float, bottom: float) -> None:
        if self._what.error is None:
            return
        cell = self._what.error
        width = _cell_width(cell.head, cell.line)
        self._cell(cell, middle - width / 2, bottom - CELL, width, 10)

    def _ways_to_error(self, starts: list[float], x: float, middle: float, down: float) -> float:
        """Lines from outputs round the right side of their column to the error, and the room that they take."""
        if self._what.error is None or not self._what.to_error:
            return 0.0
        end = middle + _cell_width(self._what.error.head, self._what.error.line) / 2
        for number, row in enumerate(reversed(self._what.to_error), 1):
            last = CELL * (len(self._what.columns[-1][row].cells) - 1) if self._tall else 0
            y, turn = self._tops[-1][row] + last + CELL / 2, x + RAIL * number
            points = ((starts[row], y), (turn, y), (turn, down), (end, down))
            placed = tuple((rounded(across), rounded(below)) for across, below in points)
            self.strokes.append(Stroke(placed, False, "backward", True))
        return RAIL * len(self._what.to_error)

    # -- edges

    def _edges(
        self, layer: int, starts: list[float], x: float, width: float, middle: float, lane: float, inside: float
    ) -> None:
        edges, short = self._what.edges[layer], self._in_line[layer]
        column = self._what.columns[layer]
        slots = [_slot(edge, short) for edge in edges]
        spare = (inside - sum(slots)) / max(len(slots), 1)
        y = MARGIN
        for edge, slot in zip(edges, slots, strict=True):
            centre = y + (slot + spare) / 2
            source = self._what.columns[layer - 1][edge.source]  # an edge leaves the last cell and enters the first
            last = CELL * (len(source.cells) - 1) if self._tall and source.cells else 0
            start = (starts[edge.source], self._tops[layer - 1][edge.source] + last + CELL / 2)
            box = _box_width(column[edge.target], self._tall)
            end = (x + (width - box) / 2, self._tops[layer][edge.target] + CELL / 2)
            left, right = middle - lane / 2, middle + lane / 2
            bend = self._bend * 0.75
            points = (
                start,
                (start[0] + bend, start[1]),
                (left - bend, centre),
                (left, centre),
                (left, centre),
                (right, centre),
                (right, centre),
                (right + bend, centre),
                (end[0] - bend, end[1]),
                end,
            )
            placed = tuple((rounded(across), rounded(down)) for across, down in points)
            self.strokes.append(Stroke(placed, True, edge.role, edge.current, edge.pale))
            self._on_edge(edge, short, middle, centre)
            y += slot + spare

    def _on_edge(self, edge: Edge, short: bool, middle: float, centre: float) -> None:
        if short:
            x = middle - _edge_width(edge, short) / 2
            for line in edge.lines:
                width = _wide(line)
                if line.shown:
                    self._label(x + width / 2, centre + 4.2, line, SMALL)
                x += width + 10
            return
        y = centre - (len(edge.lines) - 1) * LINE / 2 + 4.2
        for line in edge.lines:
            if line.shown:
                self._label(middle, y, line, SMALL)
            y += LINE


def _box(place: tuple[float, float, float, float], corner: float, role: str, current: bool, pale: bool = False) -> Box:
    x, y, width, height = map(rounded, place)
    return Box(x, y, width, height, corner, role, current, pale)


# -- sizes: of what will be shown at the end, so that all pictures of a step are laid out alike


def _wide(line: Line, size: float = SMALL) -> float:
    return line.text.width(size) * BOLD


def _cell_width(head: Text | None, line: Line) -> float:
    inner = _wide(line, SMALL if line.role == "note" else TYPE) + 14
    over = head.width(SMALL) + 8 if head else 0
    return max(inner, over, 32.0)


def _box_width(node: Node, tall: bool) -> float:
    widths = [_cell_width(cell.head, cell.line) for cell in node.cells] or [24.0]
    return max(widths) if tall else sum(widths)


def _node_width(node: Node, tall: bool) -> float:
    return max(_box_width(node, tall), *(_wide(line) for line in node.below), 0)


def _head(node: Node) -> float:
    return (HEAD if any(cell.head for cell in node.cells) else 4) + APART / 2


def _cells_height(node: Node, tall: bool) -> float:
    """Of the cells of a unit, with what stands under the last of them."""
    return CELL * len(node.cells) + (HEAD if len(node.cells) > 1 else 0) if tall else CELL


def _node_height(node: Node, tall: bool) -> float:
    if node.place == MORE:
        return 2 * LINE + APART
    return _head(node) + _cells_height(node, tall) + len(node.below) * LINE + APART / 2


def _error_height(what: Content) -> float:
    return HEAD + CELL + APART if what.error else 0.0


def _slot(edge: Edge, short: bool) -> float:
    if not edge.lines:
        return BARE_EDGE
    return (1 if short else len(edge.lines)) * LINE + 6


def _edge_width(edge: Edge, short: bool) -> float:
    if not edge.lines:
        return 0.0
    widths = [_wide(line) for line in edge.lines]
    return sum(widths) + 10 * (len(widths) - 1) if short else max(widths)

r"""Formulas that are too wide for a line into the same formulas on several lines, as print breaks them: before a
relation, else before a plus or minus, else before a sign of multiplication, else inside brackets; a line that goes on
begins with its sign and is indented.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tracer.errors import TracerError
from tracer.publish.formula_width import (
    DISPLAY,
    QUAD,
    TEXT,
    Extent,
    bracket_size,
    extent,
    of_node,
    resolved,
    space_between,
    width,
)
from tracer.read.formula import Command, Fenced, Group, Node, Script, Symbol, Table, Words, read_formula, written

_INDENT = Symbol(r"\quad")
_SURE = 0.985  # the widths are estimates
_TABLE = 0.2  # what aligned adds to its columns
_LEFT_AT_MOST = 0.4  # of the line; a longer left side gets a line of its own
_LONG_IN_A_SENTENCE = 110.0  # points
_SIZES = ("", "big", "Big", "bigg", "Bigg")
#: what a line costs, and a break before a sign; in brackets it costs more, in brackets in brackets much more
_LINE, _IN_BRACKETS = 60.0, 45.0
_BREAKS = {"rel": 0.0, "plus": 10.0, "times": 60.0, "comma": 20.0}
_STUCK_OUT = 1000.0  # for each point


def broken(tex: str, room: float) -> str:
    r"""A display into one whose lines are no wider than `room` points; as it is where it fits, or is no formula.

    What cannot be broken, as a wide matrix, is made smaller by \narrowed.

    >>> print(broken("a = b + c + d", 40))
    \begin{aligned}
    a &= b \\
    &\quad + c \\
    &\quad + d
    \end{aligned}
    """
    try:
        parts = read_formula(tex)
    except TracerError:
        return tex
    quads = room / QUAD * _SURE
    if extent(parts).width <= quads:
        return tex
    table = parts[0] if len(parts) == 1 else None
    if isinstance(table, Table) and table.environment == "aligned":
        rows = table.rows
    else:
        rows = (_cut_at_relation(parts),)
    if any(len(row) > 2 for row in rows):
        return _narrowed(tex)
    made = Table("aligned", "", tuple(_rows(rows, quads - _TABLE)))
    text = re.sub(r"(?<=\n) (?=& )", "", written((made,)))
    text = re.sub(r"& (?=\\q?quad|\\approx|[=<>])", "&", text)
    return text if extent((made,)).width <= quads else _narrowed(text)


def breakable(tex: str) -> str:
    r"""A formula in a sentence into one that TeX can break: a long one gets brackets that are not one block, and may be
    broken after commas.

    >>> breakable(r"x = \left(a + b\right)")
    'x = \\left(a + b\\right)'
    """
    try:
        parts = read_formula(tex)
    except TracerError:
        return tex
    if width(parts, TEXT) <= _LONG_IN_A_SENTENCE:
        return tex
    found: list[Node] = []
    for item in _items(parts, TEXT):
        found += [item.node, Symbol(r"\allowbreak")] if item.node == Symbol(",") and not item.depth else [item.node]
    return tex if found == list(parts) else written(found)


def _narrowed(tex: str) -> str:
    return f"\\narrowed{{{tex}}}"


def _cut_at_relation(parts: tuple[Node, ...]) -> tuple[tuple[Node, ...], ...]:
    """A formula as the two cells of a row: what stands before its first relation, and the rest."""
    kinds = [piece.kind for piece in resolved([of_node(part) for part in parts])]
    first = kinds.index("rel") if "rel" in kinds else 0
    return parts[:first], parts[first:]


def _rows(rows: Sequence[tuple[tuple[Node, ...], ...]], room: float) -> list[tuple[tuple[Node, ...], ...]]:
    """Rows of one or two cells into rows that fit."""
    whole = [row if len(row) == 2 else (row[0], ()) for row in rows]
    left = max(extent(cell).width for cell, _ in whole)
    hanging = left > _LEFT_AT_MOST * room and any(right for _, right in whole)
    if hanging and max(_right_width(right) for _, right in whole) + left <= room:
        hanging = False
    made: list[tuple[tuple[Node, ...], ...]] = []
    for start, right in whole:
        if hanging and start:
            made += [((), line) for line in _lines(start, room)]
            made += [((), line) for line in _lines((_INDENT, *right), room)] if right else []
        elif hanging:
            made += [((), line) for line in _lines((_INDENT, *right) if _begins_with_relation(right) else right, room)]
        else:
            first, *others = _lines(right, room - left)
            made += [(start, first), *(((), line) for line in others)]
    return made


def _right_width(parts: tuple[Node, ...]) -> float:
    return sum(item.width for item in _items(parts))


def _begins_with_relation(parts: tuple[Node, ...]) -> bool:
    return bool(parts) and of_node(parts[0]).kind == "rel"


# ---------------------------------------------------------------------------------------------- items of a line


@dataclass(frozen=True)
class _Item:
    """A part that is not cut: how wide it is with the space before it, in how many brackets it stands, what a break
    before it costs; on an opening bracket also the whole pair and the place of the closing one."""

    node: Node
    width: float
    depth: int
    cost: float | None = None
    whole: Node | None = None
    last: int = 0


def _items(parts: Sequence[Node], style: int = DISPLAY) -> list[_Item]:
    """Parts with the brackets among them opened, where there is something to break in them."""
    found: list[_Item] = []
    _add_items(found, parts, style, 0, "ord")
    return found


def _add_items(found: list[_Item], parts: Sequence[Node], style: int, depth: int, before: str) -> None:
    pieces = resolved([of_node(part, style) for part in parts], before)
    for place, (part, piece) in enumerate(zip(parts, pieces, strict=True)):
        fenced = part.base if isinstance(part, Script) else part
        cost = _cost(part, piece, parts[place - 1] if place else None, depth) if found else None
        space = 0.0 if piece.kind == "space" else space_between(before, piece.kind, style)
        if isinstance(fenced, Fenced) and _can_open(fenced, style):
            size = bracket_size(extent(fenced.parts, style).reach)
            opening, closing = _bracket(fenced.left, "l", size), _bracket(fenced.right, "r", size)
            end: Node = replace(part, base=closing) if isinstance(part, Script) else closing
            here = len(found)
            start = _Item(opening, of_node(opening, style).width + space, depth, cost, part)
            found.append(start)
            _add_items(found, fenced.parts, style, depth + 1, "open")
            found.append(_Item(end, of_node(end, style).width, depth + 1))
            found[here] = replace(start, last=len(found) - 1)
        else:
            found.append(_Item(part, piece.width + space, depth, cost))
        before = before if piece.kind == "space" else piece.kind


def _cost(part: Node, piece: Extent, previous: Node | None, depth: int) -> float | None:
    """What a break before a part costs; nothing where there can be none."""
    name = part.tex if isinstance(part, Symbol) else ""
    if piece.kind == "rel":
        kind = "rel"
    elif piece.kind == "bin":
        kind = "plus" if name in ("+", "-", r"\pm", r"\mp") else "times"
    elif isinstance(previous, Symbol) and previous.tex in (",", r"\quad", r"\qquad") and piece.kind != "space":
        kind = "comma"
    else:
        return None
    return _BREAKS[kind] + _IN_BRACKETS * depth * (depth + 1)


def _can_open(fenced: Fenced, style: int) -> bool:
    kinds = {piece.kind for piece in resolved([of_node(part, style) for part in fenced.parts])}
    inside = any(isinstance(part, Fenced) and _can_open(part, style) for part in fenced.parts)
    return inside or bool(kinds & {"bin", "rel", "punct"})


def _bracket(mark: str, side: str, size: int) -> Symbol:
    if mark == ".":
        return Symbol("{}")
    return Symbol(f"\\{_SIZES[min(size, 4)]}{side}{mark}") if size else Symbol(mark)


# ---------------------------------------------------------------------------------------------- lines


def _lines(parts: tuple[Node, ...], room: float) -> list[tuple[Node, ...]]:
    """Parts into lines of at most `room` quads, the first as it is, the others indented."""
    lead = 0
    while lead < len(parts) and parts[lead] == _INDENT:
        lead += 1
    fitting = tuple(_fitted(part, room - lead - 1) for part in parts)
    items = _items(fitting)
    if sum(item.width for item in items) <= room:
        return [_closed(items, 0, len(items))]
    places = [0, *(place for place, item in enumerate(items) if item.cost is not None and place > lead), len(items)]
    ends = [0.0]
    for item in items:
        ends.append(ends[-1] + item.width)
    # the cheapest way to each place where a line may end
    best: list[tuple[float, int]] = [(0.0, 0)]
    for number in range(1, len(places)):
        end, ways = places[number], []
        for start in range(number):
            begin = places[start]
            indent = lead + 1.0 + min(items[begin].depth, 2) if begin else 0.0
            long = ends[end] - ends[begin] + indent
            cost = best[start][0] + _LINE + _STUCK_OUT * QUAD * max(0.0, long - room)
            if end < len(items):
                # a line that is nearly empty looks like a mistake
                cost += (items[end].cost or 0.0) + 20 * max(0.0, 1 - long / room) ** 2
            ways.append((cost, start))
        best.append(min(ways))
    cuts, number = [len(items)], len(places) - 1
    while number:
        number = best[number][1]
        cuts.insert(0, places[number])
    made = []
    for begin, end in pairwise(cuts):
        line = _closed(items, begin, end)
        indent = lead + 1 + min(items[begin].depth, 2) if begin else 0
        made.append((*[Symbol(r"\qquad")] * (indent // 2), *[_INDENT] * (indent % 2), *line))
    return made


def _closed(items: Sequence[_Item], begin: int, end: int) -> tuple[Node, ...]:
    """Items of a line as parts again; brackets that open and close in it are one block as before."""
    parts: list[Node] = []
    place = begin
    while place < end:
        item = items[place]
        if item.whole is not None and item.last < end:
            parts.append(item.whole)
            place = item.last + 1
        else:
            parts.append(item.node)
            place += 1
    return tuple(parts)


def _fitted(node: Node, room: float) -> Node:
    """A part that is wider than a line and has no break in it: what stands in it gets lines of its own."""
    if of_node(node).width <= room:
        return node
    match node:
        case Command("frac" | "dfrac" | "sqrt", arguments, option):
            # in a fraction the formula is set smaller; on lines of its own it is not
            return Command(node.name, tuple(_stacked(argument, room - 1.2 - _TABLE) for argument in arguments), option)
        case Command("role" | "textcolor" as name, (word, Group((one,)))):
            return Command(name, (word, Group((_fitted(one, room),))))
        case Script(Fenced(left, parts, right) as base, below, above):
            return Script(replace(base, parts=tuple(_fitted(part, room - 1) for part in parts)), below, above)
        case Fenced(left, parts, right):
            return Fenced(left, tuple(_fitted(part, room - 1) for part in parts), right)
        case Table("pmatrix" | "bmatrix" as name, columns, rows):
            left, right = ("(", ")") if name == "pmatrix" else ("[", "]")
            return Fenced(left, (Table("smallmatrix", columns, rows),), right)
    return node


def _stacked(argument: Words | Group, room: float) -> Words | Group:
    """What is too wide inside a fraction or a root, on several lines."""
    if isinstance(argument, Words) or extent(argument.parts, TEXT).width <= room:
        return argument
    rows = tuple(((), line) for line in _lines(argument.parts, room))
    return Group((Table("aligned", "", rows),))

"""A lesson to a picture of its network: at a moment of the schedule, or with every way from one weight to the error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tracer.calculus.expression import Number, Ref
from tracer.errors import TracerError, shortened, suggest
from tracer.explain.diagram_content import Cell, Content, Edge, Line, Node, content
from tracer.explain.diagram_layout import MARGIN, Layout
from tracer.explain.diagram_legend import legend
from tracer.explain.drawing import Drawing, rounded
from tracer.explain.drawn_text import Text, drawn, joined, words
from tracer.explain.language import Language, sentence
from tracer.explain.moment import AGAIN, END, START, Moment, moment
from tracer.explain.names import canonical
from tracer.explain.plain_text import plain
from tracer.explain.reading import Reading
from tracer.run.names import parse_address

if TYPE_CHECKING:
    from tracer.explain.lesson_problem import ProblemTold


def diagram(lesson: ProblemTold, reading: Reading, until: str = START) -> Drawing:
    """The network with all that is computed until a moment (see `moment`); what its step computes is marked.

    Raises TracerError T301 for a moment there is not, and where there are no layers to draw.
    """
    _has_layers(lesson)
    now = moment(reading, until)
    if now.again:
        reading = replace(reading, step=reading.step + 1)
    return _drawn(
        lesson, content(lesson, reading, now), now, f"network-{until or START}", _title(until, now, lesson.language)
    )


def ways(lesson: ProblemTold, reading: Reading, weight: str) -> Drawing:
    """The network with every way lit on which a weight or bias reaches the error, and all else pale.

    Raises TracerError T301 for a name of no weight, and for one of a unit that is not drawn.
    """
    _has_layers(lesson)
    network = reading.network
    ref = parse_address(weight, network, reading.names).single
    layer = network.roles[ref.name].layer if ref else 0
    known = [name for name in (*network.parameters, *network.given) if network.roles[name].base in ("w", "b")]
    if ref is None or ref.name not in known:
        raise TracerError("T301", shortened(weight), "this is no weight and no bias.", suggest(weight, known))
    places = tuple(int(index.value) for index in ref.indices if isinstance(index, Number))
    if len(places) != len(network.shapes[ref.name]) or not places:
        raise TracerError("T301", shortened(weight), "this is no single weight.", f"Expected one such as {_one(ref)}.")
    before = frozenset(entry.name for entry in network.schedule if entry.phase != "update")
    now = Moment("backward", before)
    what = content(lesson, reading, now)
    first = next((edge for edge in what.edges[layer] if (edge.name, edge.places) == (ref.name, places)), None)
    if first is None:
        raise TracerError("T301", shortened(weight), "it belongs to a unit that is left out of the picture.")
    symbol = reading.names.symbol(ref)
    told = reading.language.told("every way from {weight} to the error", weight=plain(symbol))
    before_it, _, after_it = reading.language.told("every way from {weight} to the error", weight="\0").partition("\0")
    way = joined(*(words(text) for text in [before_it] if text), drawn(symbol), words(after_it))
    return _drawn(lesson, _lit(what, layer, first), now, f"ways-{canonical(ref, network)}", told, way)


def _one(ref: Ref) -> str:
    return f"{ref.name}[1,2]" if ref.name.startswith("w") else f"{ref.name}[1]"


def _has_layers(lesson: ProblemTold) -> None:
    if lesson.bare:
        raise TracerError("T301", "diagram", "there are equations alone, and no layers to draw.")


def _drawn(lesson: ProblemTold, what: Content, now: Moment, name: str, title: str, way: Text | None = None) -> Drawing:
    """The contents of a picture at their places."""
    layout = Layout(what)
    layout.draw()
    example = lesson.example if lesson.examples > 1 else 0
    below = legend(what, now, layout.height + 6, MARGIN, layout.width, way, lesson.language, example)
    told, head = lesson.language.told, f"{lesson.title}: {title}"
    if example:
        head = told("{title} (example {example})", title=head, example=example)
    return Drawing(
        name,
        head,
        _description(what, lesson.language),
        layout.width,
        rounded(layout.height + below.height),
        (*layout.strokes, *below.strokes),
        tuple(layout.boxes),
        (*layout.labels, *below.labels),
    )


_PHASES = {
    "forward": sentence("the network in the forward pass"),
    "backward": sentence("the network in the backward pass"),
    "update": sentence("the network in the update"),
}


def _title(until: str, now: Moment, language: Language) -> str:
    if until == AGAIN:
        return language.told("the network in the forward pass after the update")
    if until in ("", START):
        return language.told("the network and its weights")
    if until == END:
        return language.told("the network with everything that the step computed")
    return language.told(_PHASES[now.phase])


def _description(what: Content, language: Language) -> str:
    """What this step computes, in words; else all that is shown."""
    lines = [line for line in _lines(what) if line.shown and line.role != "note" and not line.pale]
    now = [line for line in lines if line.current]
    shown = "; ".join(dict.fromkeys(_typed(line.text) for line in now or lines))
    if now and len(now) < len(lines):
        return language.told("Marked: {shown}.", shown=shown)
    return language.told("Shown: {shown}.", shown=shown)


def _lines(what: Content) -> list[Line]:
    """All lines with their names: those of cells with what stands over them."""
    made: list[Line] = []
    for node in (node for column in what.columns for node in column):
        made += [*_said(node.cells), *node.below]
    made += _said([what.error] if what.error else [])
    for edges in what.edges:
        for edge in edges:
            made += [replace(line, text=words(line.says)) for line in edge.lines]
    return made


def _said(cells: Sequence[Cell]) -> list[Line]:
    """The lines of cells, each with what stands over it."""
    told = [(cell.head, cell.line) for cell in cells if cell.head is not None]
    return [replace(line, text=words(f"{_typed(head)}: {line.text.plain}")) for head, line in told]


def _typed(text: Text) -> str:
    """A text as letters in one line: net_h1 for the h1 below it."""
    return plain(text.tex) if text.tex else text.plain


# -- the ways of one weight


def _lit(what: Content, layer: int, first: Edge) -> Content:
    """Contents in which an edge and all that it reaches is marked, and the rest is pale."""
    reached = {first.target}
    columns, edges = [*what.columns], [*what.edges]
    for number in range(len(columns)):
        if number < layer:
            edges[number] = tuple(_pale_edge(edge) for edge in edges[number])
            sources = {first.source} if number == layer - 1 else set()
            columns[number] = tuple(_node(node, row in sources, False) for row, node in enumerate(columns[number]))
            continue
        if number == layer:
            on = {(first.source, first.target)}
        else:
            on = {(edge.source, edge.target) for edge in edges[number] if edge.source in reached}
            reached = {target for _, target in on}
        edges[number] = tuple(
            _bright_edge(edge, edge is first) if (edge.source, edge.target) in on else _pale_edge(edge)
            for edge in edges[number]
        )
        columns[number] = tuple(_node(node, row in reached, True) for row, node in enumerate(columns[number]))
    error = what.error and replace(what.error, line=replace(what.error.line, current=True), way=True)
    rows = tuple(sorted(reached)) if error else ()
    return replace(what, columns=tuple(columns), edges=tuple(edges), error=error, to_error=rows)


def _bright_edge(edge: Edge, first: bool) -> Edge:
    """An edge of a way; beside the weight itself only that of the first one shows its gradient, which is asked for."""
    lines = tuple(
        replace(line, current=first, shown=line.shown and (first or place == 0))
        for place, line in enumerate(edge.lines)
    )
    return replace(edge, lines=lines, role="backward", current=True)


def _pale_edge(edge: Edge) -> Edge:
    lines = tuple(replace(line, pale=True, shown=line.shown and place == 0) for place, line in enumerate(edge.lines))
    return replace(edge, lines=lines, role="value", current=False, pale=True)


def _node(node: Node, on: bool, marked: bool) -> Node:
    """A node of the way, or a pale one. The one a way begins at gives its value; its delta is no part of it."""

    def line(of: Line) -> Line:
        if not on or (not marked and of.role == "backward"):
            return replace(of, pale=True)
        return replace(of, role="backward", current=True) if marked and of.role != "note" else of

    cells = tuple(Cell(cell.head, line(cell.line)) for cell in node.cells)
    return replace(node, cells=cells, below=tuple(map(line, node.below)))

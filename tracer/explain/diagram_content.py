"""What stands in a picture of a network: the units of each layer with their values, and the edges with theirs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tracer.calculus.expression import Ref
from tracer.explain.drawn_text import Text, drawn, words
from tracer.explain.moment import Moment
from tracer.explain.names import whole_number
from tracer.explain.plain_text import plain
from tracer.explain.reading import Reading
from tracer.explain.relations import ABOUT, EQUAL
from tracer.explain.roles import in_role

if TYPE_CHECKING:
    from tracer.explain.lesson_problem import ProblemTold

MOST_UNITS = 6  # of a wider layer the first two and the last are drawn
MOST_NAMED = 6  # edges of a layer that carry the names of their weights too
BIAS, MORE = -1, 0  # places of what is no unit: the bias, and the dots for the units that are left out


@dataclass(frozen=True)
class Line:
    """A line of text that is `shown` by now or will be (its room is kept). `role` is what it is: value, forward,
    backward, update, note; `current` whether this step computes it, `pale` whether it is not the subject.
    `says` is the whole of it in words, where it is drawn as a number alone."""

    text: Text
    role: str = "value"
    shown: bool = True
    current: bool = False
    pale: bool = False
    says: str = ""


@dataclass(frozen=True)
class Cell:
    """A cell of a unit: what stands over it, and in it; `way` where its box is lit and its number keeps its colour."""

    head: Text | None
    line: Line
    way: bool = False


@dataclass(frozen=True)
class Node:
    """A unit (`place` from 1), the bias of the layer above, or dots; `below` are the lines under it."""

    place: int
    cells: tuple[Cell, ...] = ()
    below: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Edge:
    """A connection from a row of the layer below to a row of a layer, and what is written on it."""

    source: int
    target: int
    lines: tuple[Line, ...] = ()
    role: str = "value"
    current: bool = False
    pale: bool = False
    name: str = ""
    places: tuple[int, ...] = ()


@dataclass(frozen=True)
class Content:
    """The columns of nodes from the input up, the edges into each of them, and the error; `to_error` are the rows of
    the last column from which a way to the error is drawn."""

    columns: tuple[tuple[Node, ...], ...]
    edges: tuple[tuple[Edge, ...], ...]
    error: Cell | None
    short: tuple[bool, ...] = field(default=())  # of which layers the edges carry numbers alone
    to_error: tuple[int, ...] = ()


def content(lesson: ProblemTold, reading: Reading, now: Moment) -> Content:
    """All that a picture of this moment shows."""
    made = _Content(lesson, reading, now)
    layers = range(len(lesson.layers))
    columns = tuple(made.column(layer) for layer in layers)
    edges: list[tuple[Edge, ...]] = [()]
    short = [False]
    for layer in layers[1:]:
        inner = [(row, node) for row, node in enumerate(columns[layer]) if node.place > 0]
        outer = [(row, node) for row, node in enumerate(columns[layer - 1]) if node.place != MORE]
        short.append(len(inner) * len(outer) > MOST_NAMED)
        edges.append(
            tuple(
                made.edge(layer, (row, node.place), (to, target.place), short[-1])
                for row, node in outer
                for to, target in inner
            )
        )
    return Content(columns, tuple(edges), made.error(), tuple(short))


class _Content:
    def __init__(self, lesson: ProblemTold, reading: Reading, now: Moment) -> None:
        self._lesson, self._reading, self._now = lesson, reading, now
        self._network = reading.network
        self._gradients = {
            entry.of: entry.name
            for entry in self._network.phase("backward")
            if self._network.roles[entry.name].kind == "gradient"
        }

    # -- texts

    def _number(self, name: str, places: tuple[int, ...]) -> Text:
        return drawn(self._reading.marked(name, self._reading.printed(name, places)[1]))

    def symbol(self, name: str, places: tuple[int, ...]) -> Text:
        """The symbol of an element."""
        return drawn(self._reading.names.symbol(Ref(name, tuple(map(whole_number, places)))))

    def _named(self, name: str, places: tuple[int, ...]) -> Text:
        number = self._reading.printed(name, places)[1]
        symbol = self._reading.names.symbol(Ref(name, tuple(map(whole_number, places))))
        return drawn(f"{symbol} {ABOUT if number.shortened else EQUAL} {self._reading.marked(name, number)}")

    # -- units

    def column(self, layer: int) -> tuple[Node, ...]:
        """The nodes of a layer from the top, and at the end the bias of the layer above it."""
        units = self._lesson.layers[layer].units
        places = list(range(1, units + 1)) if units <= MOST_UNITS else [1, 2, MORE, units]
        nodes = [self._unit(layer, place) if place else self._dots(units) for place in places]
        above = self._lesson.layers[layer + 1] if layer + 1 < len(self._lesson.layers) else None
        if above and above.has_bias and f"b{layer + 1}" in self._network.shapes:
            shared = () if self._network.shapes[f"b{layer + 1}"] else self._parameter(f"b{layer + 1}", (), False)
            nodes.append(Node(BIAS, (Cell(None, Line(drawn("1"))),), shared))
        return tuple(nodes)

    def _dots(self, units: int) -> Node:
        return Node(MORE, (), (Line(words(self._reading.language.told("{units} units in all", units=units)), "note"),))

    def _unit(self, layer: int, place: int) -> Node:
        result = self._network.result_of(layer)
        if layer == 0:
            return Node(place, (self._cell("x", place),))
        z = f"z{layer}" if f"z{layer}" in self._network.shapes else result
        cells = [self._cell(z, place)]
        if result != z:
            activation = Line(words(self._lesson.layers[layer].activation), "note", True, self._lit(result, place))
            cells += [Cell(None, activation), self._cell(result, place)]
        below = []
        if layer == len(self._lesson.layers) - 1 and "t" in self._network.given:
            below.append(Line(self._named("t", self._places("t", place)), "note"))
        delta = self._gradients.get(z)
        if delta and not self._now.again:
            text = self._named(delta, self._places(delta, place))
            below.append(Line(text, "backward", self._now.knows(delta, place), self._lit(delta, place)))
        return Node(place, tuple(cells), tuple(below))

    def _lit(self, name: str, place: int = 0) -> bool:
        return self._now.computes(name, place)

    def _places(self, name: str, place: int) -> tuple[int, ...]:
        axes = self._network.axes[name]
        example = (self._lesson.example,) if axes and axes[0].axis == "n" else ()
        return (*example, place)[: len(self._network.shapes[name])]

    def _cell(self, name: str, place: int) -> Cell:
        places = self._places(name, place)
        known = name in self._network.given or self._now.knows(name, place)
        lit = self._lit(name, place)
        line = Line(self._number(name, places), "forward" if lit else "value", known, lit)
        return Cell(self.symbol(name, places), line)

    # -- edges

    def edge(self, layer: int, source: tuple[int, int], target: tuple[int, int], short: bool) -> Edge:
        """The connection between two nodes, each given by its row and its place."""
        name = f"w{layer}" if source[1] > 0 else f"b{layer}"
        places: tuple[int, ...] = (source[1], target[1]) if source[1] > 0 else (target[1],)
        shape = self._network.shapes.get(name)
        if shape is None or len(shape) != len(places):  # a layer with equations of its own, a bias that is shared
            places = ()
        z = f"z{layer}" if f"z{layer}" in self._network.shapes else self._network.result_of(layer)
        lines = self._parameter(name, places, short) if places else ()
        role, current = next(((line.role, True) for line in reversed(lines) if line.current), ("value", False))
        if self._lit(z, target[1]):
            role, current = "forward", True
        if not current and source[1] > 0:
            below = f"z{layer - 1}" if f"z{layer - 1}" in self._network.shapes else self._network.result_of(layer - 1)
            if self._lit(self._gradients.get(below, ""), source[1]):  # a delta is made of those above it
                role, current = "backward", True
        return Edge(source[0], target[0], lines, role, current, False, name, places)

    def _parameter(self, name: str, places: tuple[int, ...], short: bool) -> tuple[Line, ...]:
        """A weight or bias, its gradient and its new value; the two have a sign that the legend explains."""
        says = plain(self._named(name, places).tex)
        made = [Line(self._number(name, places) if short else self._named(name, places), says=says)]
        gradient, new = self._gradients.get(name), f"{name}_new"
        if self._now.again:
            return tuple(made)
        sign = "-" if self._reading.notation.error_sign < 0 else ""
        for other, role, head in ((gradient, "backward", sign + r"\partial\, "), (new, "update", r"\to\, ")):
            if other in self._network.shapes and other is not None:
                number = self._reading.printed(other, places)[1].tex(self._reading.notation.decimal)
                marked = in_role(self._reading.names.role(other), head + number)
                says = plain(self._named(other, places).tex)
                made.append(Line(drawn(marked), role, self._now.knows(other), self._lit(other), says=says))
        return tuple(made)

    # -- the error

    def error(self) -> Cell | None:
        """The error, where there is one."""
        if "E" not in self._network.shapes:
            return None
        lit = self._lit("E")
        line = Line(self._number("E", ()), "forward" if lit else "value", self._now.knows("E"), lit)
        return Cell(self.symbol("E", ()), line)

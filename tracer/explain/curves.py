"""Curves of a lesson: an activation with its slope; the error, the metrics and weights over the steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracer.calculus.chain_rule import paths
from tracer.calculus.expression import Ref
from tracer.errors import TracerError, shortened, suggest
from tracer.explain.chart import Chart, Series, chart_drawing
from tracer.explain.drawing import Drawing
from tracer.explain.drawn_text import drawn, words
from tracer.explain.names import whole_number
from tracer.explain.numbers import printed
from tracer.explain.plain_text import plain
from tracer.explain.reading import Reading
from tracer.explain.tables import DASH, Table
from tracer.explain.training import MOST_SERIES
from tracer.ops.catalogue import ACTIVATIONS
from tracer.run.names import evaluate

if TYPE_CHECKING:
    from tracer.explain.lesson_training import TrainingTold

MOST_POINTS = 240
TABLE_AT = (-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0)  # net inputs
REACH = 6.0


def curve(lesson: TrainingTold, reading: Reading, what: str) -> Drawing:
    """The curve of an activation (`sigmoid`), of the error or a metric over the steps (`E`, `accuracy`), or of the
    elements of a parameter over them (`w2`).

    Raises TracerError T301 for what there is no curve of, and where there are fewer than two points.
    """
    network = reading.network
    if what in drawable_activations():
        return _activation(lesson, what)
    numbers = [name for name in ("E", *network.metrics) if (name == "E" and "E" in network.shapes) or name != "E"]
    if what not in (*numbers, *network.parameters):
        known = [*drawable_activations(), *numbers, *network.parameters]
        raise TracerError("T301", shortened(what), "there is no curve of this.", suggest(what, known))
    series = _over_steps(reading, what) if what in numbers else _weights(reading, what)
    if len(series[0].points) < 2:
        raise TracerError(
            "T301", shortened(what), "a curve over the steps needs at least two steps that were kept.",
            remedy="Run more steps, and record them.",
        )  # fmt: skip
    told = reading.language.told
    if what == "E":
        title = told("{title}: the error over the steps", title=lesson.title)
    elif what in numbers:
        title = told("{title}: the metric {name} over the steps", title=lesson.title, name=what)
    else:
        title = told("{title}: the parameters {name} over the steps", title=lesson.title, name=what)
    ends = [
        told(
            "At step {step}: {values}.",
            step=f"{series[0].points[end][0]:.0f}",
            values="; ".join(
                f"{each.name.plain} {_said(lesson, reading, what, number, int(each.points[end][0]))}"
                for number, each in enumerate(series)
            ),
        )
        for end in (0, -1)
    ]
    return chart_drawing(
        Chart(
            f"curve-{what}",
            title,
            " ".join(ends),
            told("step"),
            tuple(series),
            reading.notation.decimal,
        )
    )


def _said(lesson: TrainingTold, reading: Reading, name: str, number: int, step: int) -> str:
    """A point of a series as the tables of a page print it: with the digits that survive so many steps."""
    if name in reading.network.parameters:
        return plain(lesson.element_at(name, list(reading.elements(name))[number], step)) or DASH
    return plain(lesson.at_step(name, step)) or DASH


def _over_steps(reading: Reading, what: str) -> list[Series]:
    """The error of all steps, and of the pass after the last; a metric at the steps that were kept."""
    trace = reading.trace
    if what == "E":
        steps: Sequence[int] = range(1, trace.count + 1)
        values = {step: float(trace.losses[step - 1]) for step in _few(steps)}
        if trace.after and "E" in trace.after:
            values[trace.count + 1] = float(trace.after["E"])
    else:
        values = {step: float(trace.value(what, step)) for step in _few(trace.kept)}
    return [Series(drawn(reading.names.unmarked(Ref(what))), tuple((float(step), at) for step, at in values.items()))]


def _weights(reading: Reading, what: str) -> list[Series]:
    """The first elements of a parameter at the steps that were kept, and after the last."""
    trace = reading.trace
    made = []
    for places in list(reading.elements(what))[:MOST_SERIES]:
        at = tuple(place - 1 for place in places)
        points = [(float(step), float(trace.value(what, step)[at])) for step in _few(trace.kept)]
        name = reading.names.unmarked(Ref(what, tuple(map(whole_number, places))))
        made.append(Series(drawn(name), tuple(points)))
    return made


def _few(steps: Sequence[int]) -> Sequence[int]:
    """At most some hundred of the steps, the last one among them."""
    every = -(-len(steps) // MOST_POINTS)
    return steps if every == 1 else [*steps[:-1:every], steps[-1]]


# -- activations


def drawable_activations() -> list[str]:
    """The activations that are functions of one number."""
    return [name for name, op in ACTIVATIONS.items() if not any(item.left.indices for item in op.equations)]


def _points(lesson: TrainingTold, name: str, places: Sequence[float]) -> list[tuple[float, float]]:
    """An activation and its slope at some net inputs, with the options that the problem gives it."""
    op = ACTIVATIONS[name]
    used = next((layer.options for layer in lesson.problem.layers if layer.activation == name), {})
    values = {option.name: used.get(option.name, option.value) for option in op.options}
    way = paths(op.equations[-1], op.input)[0].coefficient
    made = []
    for place in places:
        known = {**values, op.input: place}
        for item in op.equations:
            known[item.left.name] = float(evaluate(item.right, lambda ref: known[ref.name], {}))  # noqa: B023
        made.append((known[op.equations[-1].left.name], float(evaluate(way, lambda ref: known[ref.name], {}))))  # noqa: B023
    return made


def _activation(lesson: TrainingTold, name: str) -> Drawing:
    places = [REACH * (2 * number / MOST_POINTS - 1) for number in range(MOST_POINTS + 1)]
    found = _points(lesson, name, places)
    values = tuple((z, a) for z, (a, _) in zip(places, found, strict=True))
    slopes = tuple((z, slope) for z, (_, slope) in zip(places, found, strict=True))
    table = activation_table(lesson, name)
    told = lesson.language.told
    points = (map(plain, _bare(row)) for row in table.rows)
    rows = "; ".join(told("at {z} {a} and {slope}", z=z, a=a, slope=slope) for z, a, slope in points)
    chart = Chart(
        f"curve-{name}",
        told("{name} and its slope", name=name),
        told("The activation {name} and its slope: {rows}.", name=name, rows=rows),
        told("net input"),
        (Series(words(name), values, jump=0.4), Series(words(told("its slope")), slopes, jump=0.4)),
        lesson.notation.decimal,
        logarithmic=False,
    )
    return chart_drawing(chart)


def _bare(row: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(cell.strip("$") for cell in row)


def activation_table(lesson: TrainingTold, name: str) -> Table:
    """An activation and its slope at seven net inputs."""
    digits, decimal = lesson.digits, lesson.notation.decimal
    rows = []
    for place, found in zip(TABLE_AT, _points(lesson, name, TABLE_AT), strict=True):
        rows.append(tuple(f"${printed(value, digits).tex(decimal)}$" for value in (place, *found)))
    return Table((lesson.language.told("net input"), name, lesson.language.told("slope")), tuple(rows))

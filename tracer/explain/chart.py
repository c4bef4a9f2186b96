"""Series of points to a drawing with axes: ticks at 1, 2, 5 times a power of ten, or powers of ten where that helps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tracer.explain.drawing import Drawing, Label, Point, Stroke, rounded
from tracer.explain.drawn_text import Text, drawn, words

TYPE, LINE, MARGIN = 12.0, 17.0, 14.0
WIDTH, HEIGHT = 520.0, 250.0  # of the field inside the axes
SAMPLE = 28.0
DECADES = 2  # values that span more are drawn on a scale of powers of ten
_STROKES = [("forward", True), ("backward", True), ("update", True), ("forward", False), ("backward", False),
            ("update", False)]  # fmt: skip


@dataclass(frozen=True)
class Series:
    """A line through points with a name; it is broken where it jumps by more than `jump`."""

    name: Text
    points: tuple[Point, ...]
    jump: float = math.inf


@dataclass(frozen=True)
class Axis:
    """An axis from `low` to `high` with ticks; `log` for powers of ten."""

    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def place(self, value: float) -> float:
        """Where a value stands, from 0 at the low end to 1."""
        if self.log:
            return (math.log10(value) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Chart:
    """What a chart shows; `x` is what its lower axis says, `decimal` the decimal sign."""

    name: str
    title: str
    description: str
    x: str
    series: tuple[Series, ...]
    decimal: str = "."
    logarithmic: bool = True  # where the values span many powers of ten


def axis(values: Sequence[float], log: bool = False, tight: bool = False) -> Axis:
    """An axis for values: powers of ten if they are positive, span more than two of them and `log` allows it. It ends
    at ticks, or, if it is `tight`, with the values, and has ticks at whole numbers alone where all of those are whole.

    >>> axis([0.0, 9.5]).ticks
    (0.0, 2.0, 4.0, 6.0, 8.0, 10.0)
    >>> axis([0.002, 0.9], log=True).ticks
    (0.001, 0.01, 0.1, 1.0)
    """
    low, high = min(values), max(values)
    if log and low > 0 and high / low > 10**DECADES:
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        every = -(-(last - first) // 8)
        powers = tuple(10.0**power for power in range(first, last + 1, every))
        return Axis(10.0**first, 10.0**last, powers, True)
    if high - low <= 1e-12 * max(abs(low), abs(high)):  # a constant gets room above and below
        room = abs(high) / 2 or 1.0
        low, high = low - room, high + room
    step = _round_step((high - low) / (7 if tight else 5))
    if tight:
        step = max(step, 1.0) if all(float(value).is_integer() for value in values) else step
        inside = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
        return Axis(low, high, tuple(float(f"{place * step:.12g}") for place in inside))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(float(f"{place * step:.12g}") for place in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks)


def _round_step(rough: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9)) * power


def chart_drawing(chart: Chart) -> Drawing:
    """A chart at its places."""
    across = axis([x for series in chart.series for x, _ in series.points], tight=True)
    up = axis([y for series in chart.series for _, y in series.points], log=chart.logarithmic)
    marks = [_tick(tick, up, chart.decimal) for tick in up.ticks]
    left = rounded(MARGIN + max(mark.width(TYPE) for mark in marks) + 8)
    top = MARGIN + 4
    bottom, right = top + HEIGHT, left + WIDTH
    strokes: list[Stroke] = []
    labels: list[Label] = []
    for tick, mark in zip(up.ticks, marks, strict=True):
        y = rounded(bottom - up.place(tick) * HEIGHT)
        strokes.append(Stroke(((left, y), (right, y)), role="grid"))
        labels.append(Label(left - 8, rounded(y + 4), mark, TYPE, "end", "note"))
    for tick in across.ticks:
        x = rounded(left + across.place(tick) * WIDTH)
        strokes.append(Stroke(((x, bottom), (x, bottom + 5)), role="axis"))
        labels.append(Label(x, bottom + 20, _tick(tick, across, chart.decimal), TYPE, "middle", "note"))
    strokes.append(Stroke(((left, top), (left, bottom), (right, bottom)), role="axis"))
    labels.append(Label(rounded(left + WIDTH / 2), bottom + 20 + LINE, words(chart.x), TYPE, "middle", "note"))
    x, y = left, bottom + 20 + 2 * LINE + 4
    for series, (role, current) in zip(chart.series, _STROKES, strict=False):
        for points in _pieces(series):
            placed = [(left + across.place(a) * WIDTH, bottom - up.place(b) * HEIGHT) for a, b in points]
            strokes.append(Stroke(tuple((rounded(a), rounded(b)) for a, b in placed), role=role, current=current))
        wide = SAMPLE + 8 + series.name.width(TYPE)
        if x > left and x + wide > right:
            x, y = left, y + LINE
        sample = ((rounded(x), rounded(y - 4)), (rounded(x + SAMPLE), rounded(y - 4)))
        strokes.append(Stroke(sample, role=role, current=current))
        labels.append(Label(rounded(x + SAMPLE + 8), rounded(y), series.name, TYPE, "start"))
        x += wide + 24
    size = rounded(right + MARGIN + 10), rounded(y + 12)
    return Drawing(chart.name, chart.title, chart.description, *size, tuple(strokes), (), tuple(labels))


def _pieces(series: Series) -> list[list[Point]]:
    made: list[list[Point]] = [[]]
    for point in series.points:
        if made[-1] and abs(point[1] - made[-1][-1][1]) > series.jump:
            made.append([])
        made[-1].append(point)
    return [piece for piece in made if len(piece) > 1]


def _tick(value: float, of: Axis, decimal: str) -> Text:
    """A tick in as few digits as tell it from its neighbours."""
    if of.log:
        return drawn(f"10^{{{round(math.log10(value))}}}")
    text = f"{value:.12g}"
    if "e" in text:
        mantissa, _, power = text.partition("e")
        text = rf"{mantissa} \times 10^{{{int(power)}}}"
    return drawn(text.replace(".", f"{{{decimal}}}") if decimal != "." else text)

"""Tables of training: the error and the metrics of the recorded steps, and what a step changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracer.calculus.expression import Ref
from tracer.explain.names import whole_number
from tracer.explain.numbers import printed
from tracer.explain.reading import Reading
from tracer.explain.summary import spread
from tracer.explain.tables import DASH, Table

if TYPE_CHECKING:
    from tracer.explain.lesson_training import TrainingTold

MOST_ROWS = 41  # 4,000 steps, every hundredth, and the first
MOST_CHANGES = 24
FEWEST_STEPS = 5  # recorded, for curves of weights
MOST_WEIGHT_ROWS, MOST_LAYERS = 10, 3
MOST_SERIES = 6  # elements of a parameter in one curve


def training_table(lesson: TrainingTold, reading: Reading) -> Table | None:
    """The error and the metrics at the recorded steps (at most 41); None where there are fewer than two, or every
    step was recorded and nothing but the error is to be told."""
    network, trace = reading.network, reading.trace
    metrics = [name for name in network.parts if network.roles[name].kind == "metric"]
    kept = trace.kept
    if len(kept) < 2 or "E" not in network.shapes or (len(kept) == trace.count and not metrics):
        return None
    chosen = kept if len(kept) <= MOST_ROWS else kept[:: -(-len(kept) // MOST_ROWS)]
    symbols = [reading.names.symbol(Ref(name)) for name in ("E", *metrics)]
    rows = []
    for step in chosen:
        cells = [lesson.at_step(name, step) for name in ("E", *metrics)]
        rows.append((str(step), *(f"${cell}$" if cell else DASH for cell in cells)))
    return Table((reading.language.told("step"), *(f"${symbol}$" for symbol in symbols)), tuple(rows))


@dataclass(frozen=True)
class WeightsOverSteps:
    """The weights of a layer (`symbol`, TeX) at some recorded steps: the address of their curve, a table of its points;
    where the layer has more weights than are shown, how many it has (`of`), else 0."""

    layer: int
    symbol: str
    address: str
    table: Table
    of: int


def weights_over_steps(lesson: TrainingTold, reading: Reading) -> tuple[WeightsOverSteps, ...]:
    """The weights of each layer at some of the recorded steps; () where few were recorded, or nothing is trained."""
    network, kept = reading.network, reading.trace.kept
    if len(kept) < FEWEST_STEPS or not network.updated:
        return ()
    chosen = spread(kept, MOST_WEIGHT_ROWS)
    made = []
    for name in network.parameters:
        role = network.roles[name]
        if role.base != "w" or name not in network.updated:
            continue
        places = list(reading.elements(name))
        shown = places[:MOST_SERIES]
        symbols = [reading.names.symbol(Ref(name, tuple(map(whole_number, place)))) for place in shown]
        cells = ((step, [lesson.element_at(name, place, step) for place in shown]) for step in chosen)
        rows = tuple((str(step), *(f"${cell}$" if cell else DASH for cell in row)) for step, row in cells)
        table = Table((reading.language.told("step"), *(f"${symbol}$" for symbol in symbols)), rows)
        more = len(places) if len(places) > len(shown) else 0
        made.append(WeightsOverSteps(role.layer, reading.names.symbol(Ref(name)), f"trace:curve/{name}", table, more))
    return tuple(made[:MOST_LAYERS])


def changes(reading: Reading) -> Table | None:
    """What a step made of each parameter: before, after, difference (at most 24); None where nothing was updated."""
    network = reading.network
    rows: list[tuple[str, ...]] = []
    for name in network.updated:
        for places in reading.elements(name):
            if len(rows) == MOST_CHANGES:
                break
            at = tuple(whole_number(place) for place in places)
            old, new = Ref(name, at), Ref(f"{name}_new", at)
            before, after = reading.number(old), reading.number(new)
            change = printed(float(after.value - before.value), reading.digits)  # of the numbers beside it
            cells = (
                reading.marked(name, before),
                reading.marked(new.name, after),
                change.tex(reading.notation.decimal),
            )
            rows.append((f"${reading.names.symbol(old)}$", *(f"${cell}$" for cell in cells)))
    told = reading.language.told
    header = (told("parameter"), told("before"), told("after"), told("difference"))
    return Table(header, tuple(rows)) if rows else None

"""Tables of a whole run and of all examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracer.calculus.expression import Index, Ref
from tracer.explain.names import whole_number
from tracer.explain.reading import Reading

if TYPE_CHECKING:
    from tracer.explain.lesson_problem import ProblemTold
    from tracer.explain.lesson_training import TrainingTold

MOST_ROWS = 20
MOST_COLUMNS = 12
DASH = "–"  # in place of a number of which no digit survives


@dataclass(frozen=True)
class Table:
    """A table of finished cells (TeX or text)."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def history(lesson: TrainingTold, reading: Reading) -> Table | None:
    """The error of at most 20 steps of the run, the first, the last and round numbers; None for a single step."""
    network = reading.network
    count = reading.trace.count
    if count == 1 or "E" not in network.shapes:
        return None
    last = count + 1 if reading.trace.after else count
    chosen = sorted({1, *range(_between(last), last, _between(last)), last})
    symbol = reading.names.symbol(Ref("E"))
    errors = ((step, lesson.at_step("E", step)) for step in chosen)
    rows = tuple((str(step), f"${error}$" if error else DASH) for step, error in errors)
    return Table((reading.language.told("forward pass"), f"${symbol}$"), rows)


def _between(last: int) -> int:
    """How far apart rows stand: 1 while all have room, else 1, 2 or 5 times a power of ten."""
    step = 1
    while last > MOST_ROWS and last / step > MOST_ROWS - 2:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return step


def example_table(lesson: ProblemTold, reading: Reading) -> Table | None:
    """Inputs, outputs and targets of every example (at most 20), at this step; None for a single example."""
    if lesson.bare or lesson.examples == 1:
        return None
    network = reading.network
    names = ["x", *(network.result_of(number) for number in range(1, network.layers + 1))]
    names += ["t"] if "t" in network.given else []
    return _of_all_examples(reading, names)


def all_elements(reading: Reading, name: str) -> Table | None:
    """All elements of a value that has a row for each example; None where there is one element, or too many."""
    network = reading.network
    if network.extents["n"] > 1:
        return _of_all_examples(reading, [name])
    places = list(reading.elements(name))
    if not 1 < len(places) <= MOST_ROWS:
        return None
    refs = [Ref(name, tuple(map(whole_number, place))) for place in places]
    rows = ((reading.names.symbol(ref), reading.tex(ref)) for ref in refs)
    header = (reading.language.told("quantity"), reading.language.told("value"))
    return Table(header, tuple((f"${symbol}$", f"${number}$") for symbol, number in rows))


def _of_all_examples(reading: Reading, names: list[str]) -> Table | None:
    network = reading.network
    columns = [(name, place) for name in names for place in range(1, network.shapes[name][1] + 1)]
    if len(columns) > MOST_COLUMNS:
        return None
    header = [reading.language.told("example")]
    for name, place in columns:
        symbol = reading.names.symbol(Ref(name, (Index("n", "n"), whole_number(place))))
        header.append(f"${symbol}$")
    rows = []
    for example in range(1, min(network.extents["n"], MOST_ROWS) + 1):
        cells = [str(example)]
        for name, place in columns:
            cells.append(f"${reading.tex(Ref(name, (whole_number(example), whole_number(place))))}$")
        rows.append(tuple(cells))
    return Table(tuple(header), tuple(rows))

"""One weight told completely: its gradient by every way of the chain rule, its delta, its update, and the others of
its layer in a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracer.calculus.expression import Expr, Index, Number, Ref
from tracer.explain.part import MOST_UNITS, Part, Table, whole_number
from tracer.explain.reading import Line, Reading
from tracer.explain.worked import Factor, aligned, worked_element

if TYPE_CHECKING:
    from tracer.explain.lesson import Lesson

MOST_TOLD = 4  # ways that are told factor by factor


@dataclass(frozen=True)
class Way:
    """One way of the chain rule: a sentence, the product of symbols (`product[0].tex`), the factors, the `result`."""

    sentence: str
    product: tuple[Line, ...]
    factors: tuple[Factor, ...]
    result: str


@dataclass(frozen=True)
class Focus:
    """A weight in the middle of a story. All TeX: `parameter`, the `symbol` of its gradient, `tex` (the gradient by its
    own equation), `delta` (of the unit it leads to), `before_delta` (what it reads that is rounded on the way),
    `total_tex` (the ways added up), `update`; `inexact` says why it is no derivative, "" where it is one."""

    parameter: str
    symbol: str
    layer_title: str
    exact: bool
    inexact: str
    paths: tuple[Way, ...]
    tex: str
    total_tex: str
    before_delta: tuple[str, ...]
    delta: str
    update: str
    others: Table | None


def focus_weight(lesson: Lesson, reading: Reading, ref: Ref) -> Focus:
    """The gradient of one weight (`ref` names the gradient), told completely."""
    network = reading.network
    entry = network.entry(ref.name)
    assert entry is not None
    made = worked_element(reading, ref)
    parameter = Ref(entry.of, ref.indices)
    symbol = reading.names.symbol(ref)
    exact_symbol = symbol.removeprefix("-") if reading.notation.error_sign < 0 else symbol
    told = made.paths if made.complete and len(made.paths) <= MOST_TOLD else ()
    ways = tuple(
        Way(path.sentence, path.product, path.factors, aligned(path.product[0].tex, path.product[1:])) for path in told
    )
    total = ""
    if made.total and len(told) > 1 and reading.notation.error_sign > 0:
        total = aligned(exact_symbol, made.total)
    layer = network.roles[ref.name].layer
    delta = network.entry(f"delta{layer}")
    delta_tex, before = "", tuple[str, ...]()
    if delta is not None and delta.exact:
        part = lesson.part(delta.name)
        place = (*_example(lesson, network.axes[delta.name]), ref.indices[-1])
        delta_tex = _of_unit(reading, part.merged, place)
        before = tuple(_of_unit(reading, inner, place) for inner in part.read_first)
    new = Ref(f"{entry.of}_new", ref.indices)
    update = worked_element(reading, new).tex() if new.name in network.shapes else ""
    return Focus(
        parameter=reading.names.symbol(parameter),
        symbol=symbol,
        layer_title=lesson.layer_title(layer),
        exact=entry.exact,
        inexact=lesson.part(entry.name).inexact,
        paths=ways,
        tex=made.tex(),
        total_tex=total,
        before_delta=before,
        delta=delta_tex,
        update=update,
        others=_others(reading, layer, entry.exact),
    )


def _of_unit(reading: Reading, part: Part, place: tuple[Expr, ...]) -> str:
    """One element of a part, worked out; "" where it is not among those of the told example."""
    symbol = reading.names.symbol(Ref(part.name, place))
    return next((unit.tex for unit in part.units if unit.symbol == symbol), "")


def _example(lesson: Lesson, axes: tuple[Index, ...]) -> tuple[Number, ...]:
    return (whole_number(lesson.example),) if len(axes) > 1 else ()


def _others(reading: Reading, layer: int, exact: bool) -> Table | None:
    """All parameters of a layer with their gradients and new values."""
    network = reading.network
    rows: list[tuple[str, ...]] = []
    for entry in network.phase("backward"):
        role = network.roles[entry.name]
        if role.kind != "gradient" or role.layer != layer or entry.of not in network.parameters:
            continue
        for places in reading.elements(entry.name):
            if len(rows) == MOST_UNITS:
                break
            at = tuple(whole_number(place) for place in places)
            cells = [Ref(entry.of, at), Ref(entry.name, at)]
            new = Ref(f"{entry.of}_new", at)
            shown = [reading.number(cell).tex(reading.notation.decimal) for cell in cells]
            row = [f"${reading.names.symbol(cells[0])}$", f"${shown[0]}$", f"${shown[1]}$"]
            if new.name in network.shapes:
                row.append(f"${reading.number(new).tex(reading.notation.decimal)}$")
            rows.append(tuple(row))
    if len(rows) < 2:
        return None
    gradient = "gradient" if reading.notation.error_sign > 0 else "negative gradient"
    gradient = gradient if exact else f"in place of the {gradient}"
    header = ("parameter", "value", gradient, "new value")[: len(rows[0])]
    return Table(header, tuple(rows))

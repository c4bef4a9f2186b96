"""One parameter told completely: its gradient by every way of the chain rule, its delta, its update, and the others of
its layer in a table."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from tracer.calculus.expression import Expr, Index, Number, Ref
from tracer.errors import TracerError, shortened
from tracer.explain.names import canonical, whole_number
from tracer.explain.part import MOST_UNITS, Part
from tracer.explain.pictured import ways_of
from tracer.explain.reading import Line, Reading
from tracer.explain.tables import Table, all_elements
from tracer.explain.update_steps import UpdateOf, update_of
from tracer.explain.worked import Factor, aligned, anchor, worked_element

if TYPE_CHECKING:
    from tracer.explain.lesson_step import StepTold

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
    """A parameter in the middle of a story. All TeX: `parameter`, the `symbol` of its gradient, `derivative` (what the
    ways add up to: in every notation dE/d...), `tex` (the gradient by its own equation), `delta` (of the unit it leads
    to; `delta_part` is the whole line), `before_delta` (what that reads that is rounded on the way), `between` (where
    the layer has no deltas: what comes back to its own equations), `total_tex` (the ways added up), `update`
    (`update_steps` is all of it where it takes more than one line). `deltas` are all deltas of the layer, `others` all
    its parameters, of which a bias may be kept; `picture` is the address of a picture of its ways; `inexact` says why
    it is no derivative, "" where it is one. `anchor`, `delta_anchor` and `new_anchor` are link targets for the
    gradient, the delta and the new value."""

    parameter: str
    symbol: str
    derivative: str
    layer_title: str
    exact: bool
    inexact: str
    paths: tuple[Way, ...]
    tex: str
    total_tex: str
    before_delta: tuple[str, ...]
    delta: str
    delta_part: Part | None
    between: tuple[str, ...]
    deltas: Table | None
    update: str
    update_steps: UpdateOf | None
    others: Table | None
    bias_kept: bool
    picture: str = ""
    anchor: str = ""
    delta_anchor: str = ""
    new_anchor: str = ""


def focus_on_layers(lesson: StepTold, reading: Reading) -> tuple[Focus, ...]:
    """The first parameter of each layer told completely, output layer first; layers without parameters are left out."""
    network = reading.network
    first: dict[int, Ref] = {}
    for name in network.parameters:
        gradient = next((entry for entry in network.phase("backward") if entry.of == name), None)
        if gradient is not None and network.roles[name].layer:
            one = whole_number(1)
            first.setdefault(network.roles[name].layer, Ref(gradient.name, (one,) * len(network.shapes[name])))
    return tuple(focus_weight(lesson, reading, first[layer]) for layer in sorted(first, reverse=True))


def focus_on(lesson: StepTold, reading: Reading, text: str) -> Focus:
    """A parameter by its name or address (`w5`, `w1[1,2]`), told completely. Raises TracerError T301."""
    network, found = reading.network, reading.trace.address(text).single
    entry = next((entry for entry in network.phase("backward") if found is not None and entry.of == found.name), None)
    told = "No layer learns it." if found is not None else "Expected a weight or a bias."
    if found is None or entry is None or not network.roles[found.name].layer or found.name not in network.parameters:
        raise TracerError("T301", f"'{shortened(text)}'", "this is no weight that a layer learns.", told)
    if len(found.indices) != len(network.shapes[found.name]):
        refs = (Ref(found.name, tuple(map(whole_number, places))) for places in reading.elements(found.name))
        known = ", ".join(reading.names.spell(ref) for ref in islice(refs, 6))
        raise TracerError("T302", f"'{shortened(text)}'", "these are several weights.", f"Say which one: {known}, ...")
    return focus_weight(lesson, reading, Ref(entry.name, found.indices))


def focus_weight(lesson: StepTold, reading: Reading, ref: Ref) -> Focus:
    """The gradient of one parameter (`ref` names the gradient), told completely."""
    network = reading.network
    entry = network.entry(ref.name)
    assert entry is not None
    made = worked_element(reading, ref)
    told = made.paths if made.complete and len(made.paths) <= MOST_TOLD else ()
    ways = tuple(
        Way(path.sentence, path.product, path.factors, aligned(path.product[0].tex, path.product[1:])) for path in told
    )
    layer = network.roles[ref.name].layer
    delta = network.entry(f"delta{layer}")
    delta_tex, delta_anchor, before = "", "", tuple[str, ...]()
    part = None if delta is None else lesson.part(delta.name)
    if delta is not None and part is not None:
        place = (*_example(lesson, network.axes[delta.name]), ref.indices[-1])
        delta_tex = _of_unit(reading, part.merged, place)
        delta_anchor = anchor(canonical(Ref(delta.name, place), network))
        before = tuple(_of_unit(reading, inner, place) for inner in part.read_first)
    new = Ref(f"{entry.of}_new", ref.indices)
    problem = network.problem.layers[layer - 1]
    return Focus(
        parameter=reading.names.symbol(Ref(entry.of, ref.indices)),
        symbol=made.symbol,
        derivative=made.derivative,
        layer_title=lesson.layer_title(layer),
        exact=entry.exact,
        inexact=lesson.part(entry.name).inexact,
        paths=ways,
        tex=made.tex(),
        total_tex=aligned(made.derivative, made.total) if made.total and len(told) > 1 else "",
        before_delta=before,
        delta=delta_tex,
        delta_part=part,
        between=() if delta is not None else _between(lesson, layer),
        deltas=None if delta is None else all_elements(reading, delta.name),
        update=worked_element(reading, new).tex() if new.name in network.shapes else "",
        update_steps=update_of(reading, new),
        others=_others(reading, layer),
        bias_kept=problem.bias is not None and not problem.bias_updated,
        picture=ways_of(lesson, network, Ref(entry.of, ref.indices)),
        anchor=anchor(canonical(ref, network)),
        delta_anchor=delta_anchor,
        new_anchor=anchor(canonical(new, network)) if new.name in network.shapes else "",
    )


def _of_unit(reading: Reading, part: Part, place: tuple[Expr, ...]) -> str:
    """One element of a part, worked out; "" where it is not among those of the told example."""
    symbol = reading.names.symbol(Ref(part.name, place))
    return next((unit.tex for unit in part.units if unit.symbol == symbol), "")


def _between(lesson: StepTold, layer: int) -> tuple[str, ...]:
    """What comes back to a layer's own equations: the first element of each gradient that is no parameter's."""
    parts = [part for part in lesson.backward if part.layer == layer and part.kind == "gradient"]
    return tuple(part.units[0].tex for part in parts if part.units and not part.of_parameter)


def _example(lesson: StepTold, axes: tuple[Index, ...]) -> tuple[Number, ...]:
    return (whole_number(lesson.example),) if len(axes) > 1 else ()


def _others(reading: Reading, layer: int) -> Table | None:
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
            shown = [reading.tex(cell) for cell in cells]
            row = [f"${reading.names.symbol(cells[0])}$", f"${shown[0]}$", f"${shown[1]}$"]
            if new.name in network.shapes:
                row.append(f"${reading.tex(new)}$")
            rows.append(tuple(row))
    if len(rows) < 2:
        return None
    exact = all(entry.exact for entry in network.phase("backward") if network.roles[entry.name].layer == layer)
    told = reading.language.told
    gradient = told("gradient") if reading.notation.error_sign > 0 else told("negative gradient")
    third = gradient if exact else told("stand-in for the gradient")
    header = (told("parameter"), told("value"), third, told("new value"))[: len(rows[0])]
    return Table(header, tuple(rows))

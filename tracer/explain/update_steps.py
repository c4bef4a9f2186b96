"""How one parameter is replaced: every line of its update in order, and what is carried to the next step."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.calculus.expression import Expr, Number, Ref, names
from tracer.explain.part import is_wide, short
from tracer.explain.reading import Line, Reading
from tracer.explain.tables import Table
from tracer.explain.worked import aligned
from tracer.ops import OPTIMIZERS
from tracer.run.network import Entry, Network


@dataclass(frozen=True)
class UpdateStep:
    """One line of an update: what it `says`, and symbol = formula = numbers = result."""

    says: str
    symbol: str
    lines: tuple[Line, ...]
    tex: str


@dataclass(frozen=True)
class UpdateOf:
    """The update of one parameter: what the optimizer does in words, its `steps` (the rate of this step and clipped
    gradients among them, the new parameter last), and the `state` before and after, None where nothing is carried."""

    optimizer: str
    steps: tuple[UpdateStep, ...]
    state: Table | None


def update_of(reading: Reading, ref: Ref) -> UpdateOf | None:
    """What makes a new parameter (`ref` names it: w1_new[1,1]), line by line; None where a single line does."""
    network = reading.network
    name = ref.name.removesuffix("_new")
    if ref.name == name or name not in network.updated or reading.step > reading.trace.count:
        return None
    read = update_lines(network, ref.name)
    state = _state(reading, read, ref.indices)
    if len(read) == 1 and state is None:
        return None
    steps = tuple(_step(reading, entry, ref) for entry in read)
    return UpdateOf(reading.language.of(OPTIMIZERS[network.problem.optimizer.name].says), steps, state)


def update_at(reading: Reading, text: str) -> UpdateOf | None:
    """The same for what a person typed; None where that is no element of a new parameter."""
    address = reading.trace.address(text)
    ref = address.single
    if ref is None or len(ref.indices) != len(reading.network.axes.get(ref.name, ())):
        return None
    if address.step is not None:
        reading = Reading(reading.trace, reading.notation, reading.digits, address.step)
    return update_of(reading, ref)


def update_lines(network: Network, name: str) -> tuple[Entry, ...]:
    """The lines of the update that a line needs, in the order of the schedule, itself last."""
    entries = {entry.name: entry for entry in network.phase("update")}
    needed, waiting = {name}, [name]
    while waiting:
        found = (names(entries[waiting.pop()].equation.right) & entries.keys()) - needed
        needed |= found
        waiting += found
    return tuple(entry for entry in entries.values() if entry.name in needed)


def _step(reading: Reading, entry: Entry, ref: Ref) -> UpdateStep:
    """A line at the element of the parameter, or as it is where it is one number for all of them."""
    indices = ref.indices if reading.network.axes[entry.name] else ()
    one = Ref(entry.name, indices)
    symbol, says = reading.names.symbol(one), reading.language.said(entry.equation.says)
    if is_wide(entry.equation, reading.network.extents):
        tex = short(reading, one)
        number = reading.number(one)
        relation = tex.removeprefix(symbol).split()[0]
        return UpdateStep(says, symbol, (Line(relation, reading.marked(one.name, number)),), tex)
    lines = tuple(reading.element_steps(entry.equation, _places(indices), reading.number(one)))
    return UpdateStep(says, symbol, lines, aligned(symbol, lines))


def _places(indices: tuple[Expr, ...]) -> tuple[int, ...]:
    return tuple(int(index.value) for index in indices if isinstance(index, Number))


def _state(reading: Reading, read: tuple[Entry, ...], indices: tuple[Expr, ...]) -> Table | None:
    """What the step found of the optimizer's state, and what it leaves; the number of the step where it is read."""
    network = reading.network
    used = {part for entry in read for part in names(entry.equation.right)}
    rows = []
    for carried in network.state:
        if carried not in used:
            continue
        at = indices if network.axes[carried] else ()
        before, after = (reading.number(Ref(each, at)) for each in (carried, f"{carried}_new"))
        symbol = reading.names.symbol(Ref(carried, at))
        rows.append((f"${symbol}$", *(f"${number.tex(reading.notation.decimal)}$" for number in (before, after))))
    told = reading.language.told
    return Table((told("state"), told("before"), told("after")), tuple(rows)) if rows else None

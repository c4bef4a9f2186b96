"""How far a trace has come in a picture: which values are computed by now, and which of them in this step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracer.calculus.expression import Number
from tracer.errors import TracerError, shortened, suggest
from tracer.explain.reading import Reading
from tracer.run.names import parse_address

if TYPE_CHECKING:
    from tracer.run.network import Network

START, AGAIN, END = "start", "again", "end"


@dataclass(frozen=True)
class Moment:
    """A place in the schedule. `phase` is the one of this step ("" for none); `now` are the names it computes, of all
    units or of `unit` alone (1-based, 0 for all); `again` is the forward pass after the update."""

    phase: str
    known: frozenset[str]
    now: frozenset[str] = frozenset()
    unit: int = 0
    again: bool = False

    def knows(self, name: str, unit: int = 0) -> bool:
        """Whether a value (of one unit) is computed by now."""
        return name in self.known and not (self.unit and name in self.now and unit > self.unit)

    def computes(self, name: str, unit: int = 0) -> bool:
        """Whether a value (of one unit) is computed in this step."""
        return name in self.now and (not self.unit or unit == self.unit)


def moment(reading: Reading, text: str) -> Moment:
    """`start`, `end`, `again`, or the names that a step computes, joined by plus, and a unit: `z1/2`, `z2+a2+E`.

    A name is canonical or one of the notation. Raises TracerError T301 for what the schedule does not compute.
    """
    network = reading.network
    order = [entry.name for entry in network.schedule]
    if text in ("", START):
        return Moment("", frozenset())
    if text == END:
        return Moment("", frozenset(order))
    if text == AGAIN:
        if not reading.trace.after:
            raise TracerError("T301", "again", "nothing is updated, so there is no second forward pass.")
        forward = frozenset(entry.name for entry in network.schedule if entry.phase in ("forward", "loss"))
        return Moment("forward", forward, forward, again=True)
    names, _, number = text.partition("/")
    found = [_computed(name, reading) for name in names.split("+")]
    unit = found[0][1] if len(found) == 1 else 0
    if number:
        sizes = [network.shapes[name][-1] if network.shapes[name] else 1 for name, _ in found]
        if not number.isdecimal() or len(number) > 9 or not 1 <= int(number) <= min(sizes):
            raise TracerError("T301", shortened(text), f"there is no unit '{number}'.", f"Expected 1 to {min(sizes)}.")
        unit = int(number)
    last = max(order.index(name) for name, _ in found)
    phase = network.schedule[last].phase
    return Moment(
        "forward" if phase == "loss" else phase,
        frozenset(order[: last + 1]),
        frozenset(name for name, _ in found),
        unit,
    )


def _computed(name: str, reading: Reading) -> tuple[str, int]:
    """A line of the schedule and the unit that a name stands for (0: all)."""
    network: Network = reading.network
    if network.entry(name) is not None:
        return name, 0
    ref = parse_address(name, network, reading.names).single
    if ref is None or network.entry(ref.name) is None:
        known = [entry.name for entry in network.schedule]
        raise TracerError("T301", shortened(name), "no step computes this.", suggest(name, known))
    last = ref.indices[-1] if ref.indices else None
    per_unit = ref.name not in network.parameters and len(ref.indices) == 2 and network.axes[ref.name][0].axis == "n"
    return ref.name, int(last.value) if per_unit and isinstance(last, Number) else 0

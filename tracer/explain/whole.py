"""A whole value: its general formula and all its elements, each with its numbers."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.calculus.expression import Ref
from tracer.explain.cancellation import Cancellation, cancellation
from tracer.explain.names import whole_number
from tracer.explain.part import MOST_UNITS
from tracer.explain.reading import Reading
from tracer.explain.titles import title_of
from tracer.explain.worked import Worked, anchor, worked_element
from tracer.run.shown import Shown


@dataclass(frozen=True)
class Whole(Shown):
    """A value as a whole: its canonical `name`, what it `says`, the general `formula` (TeX; "" for a given value), and
    its `elements`, at most 48 of `size`. `cancels` tells the delta of an output layer short, where it gets short."""

    name: str
    says: str
    formula: str
    elements: tuple[Worked, ...]
    size: int
    cancels: Cancellation | None = None

    @property
    def anchor(self) -> str:
        """A link target that stays the same."""
        return anchor(self.name)

    def __str__(self) -> str:
        from tracer.explain.plain_text import plain_whole

        return plain_whole(self)


def whole(reading: Reading, text: str) -> Whole | None:
    """What a name or address stands for, if that is a value with more than one element; else None."""
    address = reading.trace.address(text)
    ref = address.single
    if address.step is not None:
        reading = Reading(reading.trace, reading.notation, reading.digits, address.step)
    if ref is None or ref.indices or not reading.trace.value(ref.name, reading.step).shape:
        return None
    places = list(reading.elements(ref.name))
    refs = [Ref(ref.name, tuple(map(whole_number, place))) for place in places[:MOST_UNITS]]
    entry = reading.network.entry(ref.name)
    part = reading.network.parts.get(ref.name)
    item = entry.equation if entry else part
    language = reading.language
    says = language.said(part.says) if part else language.told("given")
    says = title_of(reading.network, entry, language) if entry else says
    elements = tuple(worked_element(reading, ref) for ref in refs)
    cancels = cancellation(reading, ref.name, places)
    return Whole(ref.name, says, reading.general(item) if item else "", elements, len(places), cancels)

"""The mistakes that a problem can show: the deviations of the engine, each with the right sides that it changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from tracer.calculus.expression import Expr, Ref, walk
from tracer.calculus.expression import replace as replaced
from tracer.check.conventions import Convention
from tracer.check.digits import Known
from tracer.check.hand_forms import flat
from tracer.check.intervals import number_of
from tracer.check.questions import givens
from tracer.check.right_sides import RightSides
from tracer.check.side_by_side import by_form
from tracer.check.verdicts import reads
from tracer.errors import TracerError
from tracer.run.building import build
from tracer.run.deviation import Deviation
from tracer.run.deviations import DEVIATIONS, deviate, in_layer, with_deviations
from tracer.run.network import Network

#: why a mistake is unseen that could be made, and with these questions shows nowhere
CHANGES_NOTHING = "it changes nothing that is asked for here."
#: why one is unseen that changes an equation, such as a rate that is forgotten where it is 1
SAME_HERE = "with the numbers that are given here it comes to the same."


@dataclass(frozen=True, eq=False)
class Mistake:
    """A deviation that this problem can show: the right sides that it changes, and the given numbers that it reads
    otherwise, under names of their own."""

    record: Deviation
    forms: Mapping[Ref, Expr]
    given: Mapping[Ref, Known]
    also: Deviation | None = None  # of two mistakes that are made together, the second

    @cached_property
    def by_form(self) -> tuple[tuple[tuple[Ref, tuple[Ref, ...]], ...], ...]:
        """What it changes, values of one form together, each with what that reads."""
        return by_form(self.forms)

    def is_in(self, convention: Convention, own: RightSides) -> bool:
        """Whether a convention does the same, so that it is no mistake."""
        if not convention.kind or convention.sign < 0 or convention.rows or self.given:
            return False
        lines = convention.sides.lines
        if {value for value, line in lines.items() if line != own.lines[value]} != self.forms.keys():
            return False
        random = np.random.default_rng(1)
        for value, form in self.forms.items():
            refs = {part for one in (form, lines[value]) for part in walk(one) if isinstance(part, Ref)}
            known = {ref: Known(random.uniform(0.1, 0.9, 3)) for ref in sorted(refs, key=str)}
            if not np.allclose(number_of(form, known), number_of(lines[value], known), rtol=1e-9):
                return False
        return True


class Unseen(NamedTuple):
    """A deviation that nothing on a sheet of this problem would show, and why."""

    record: Deviation
    why: str


def mistakes(
    sides: RightSides, records: Iterable[Deviation] = tuple(DEVIATIONS.values())
) -> tuple[tuple[Mistake, ...], tuple[Unseen, ...]]:
    """The mistakes that can be made in what is asked, and those that cannot, or that would change nothing."""
    found: list[Mistake] = []
    unseen: list[Unseen] = []
    right = givens(sides.network)
    for record in records:
        try:
            changed, read = _changed(sides, right, record)
        except TracerError as error:
            unseen.append(Unseen(record, error.found))
            continue
        seen = {value: form for value, form in changed.items() if _shows(form, sides.lines[value], {**right, **read})}
        if seen:
            found.append(Mistake(record, seen, read))
        elif changed:
            unseen.append(Unseen(record, SAME_HERE))
        else:
            unseen.append(Unseen(record, CHANGES_NOTHING))
    return tuple(found), tuple(unseen)


def in_layers(sides: RightSides, made: Iterable[Mistake]) -> tuple[Mistake, ...]:
    """The same mistakes made in one layer alone, where that is none of them again."""
    layers = range(1, sides.network.layers + 1)
    made = tuple(made)
    records = [in_layer(one.record, layer) for one in made if one.record.places == ("layer",) for layer in layers]
    known = [_does(one) for one in made]
    found: list[Mistake] = []
    for one in mistakes(sides, records)[0]:
        if (does := _does(one)) not in known:
            known.append(does)
            found.append(one)
    return tuple(found)


def _does(mistake: Mistake) -> tuple[dict[Ref, Expr], set[Ref]]:
    """What a mistake changes and reads otherwise, without its name."""

    def own(ref: Ref) -> Ref:
        return Ref(ref.name.rpartition("/")[2], ref.indices)

    return {value: replaced(form, own) for value, form in mistake.forms.items()}, {own(ref) for ref in mistake.given}


def together(sides: RightSides, one: Mistake, other: Mistake) -> Mistake | None:
    """Two mistakes made at once, where they change the same value and that is neither's alone; else None."""
    shared = one.forms.keys() & other.forms.keys()
    if (one.given and other.given) or not shared:
        return None  # two ways of reading the given numbers are not tried
    if one.given or other.given:
        made = _read_in(one, other, sides) if one.given else _read_in(other, one, sides)
    else:
        made = _in_turn(sides, one, other) or _in_turn(sides, other, one)
    new = made and any(made.forms.get(value) not in (one.forms[value], other.forms[value], None) for value in shared)
    return made if new else None


def _in_turn(sides: RightSides, one: Mistake, other: Mistake) -> Mistake | None:
    """Two mistakes, the lines of one changed before those of the other."""
    try:
        forms, _ = _changed(sides, givens(sides.network), one.record, other.record)
    except TracerError:
        return None
    return Mistake(one.record, forms, {}, other.record)


def _read_in(reading: Mistake, other: Mistake, sides: RightSides) -> Mistake | None:
    """A mistake made with given numbers that are read as another mistake reads them."""
    name = reading.record.name
    read = {ref for value in sides.lines for ref in reads([sides.lines[value]]) if _as_read(ref, name) in reading.given}
    if any(form != flat(_read_as(sides.lines[value], read, name)) for value, form in reading.forms.items()):
        return None
    lines = {**{value: sides.lines[value] for value in reading.forms}, **other.forms}
    return Mistake(reading.record, {value: flat(_read_as(form, read, name)) for value, form in lines.items()},
                   reading.given, other.record)  # fmt: skip


def _changed(
    sides: RightSides, right: Mapping[Ref, Known], *records: Deviation
) -> tuple[dict[Ref, Expr], dict[Ref, Known]]:
    """The right sides that are others with some deviations, and the given numbers that these read otherwise. Raises
    TracerError T108 where one of them finds nothing to change."""
    deviating = deviated(sides.network, *records)
    other = {ref: known for ref, known in givens(deviating).items() if ref in right and known != right[ref]}
    made = dict(sides.of(deviating))
    if other:
        made = {value: made.get(value, line) for value, line in sides.lines.items()}
    reader = records[0].name
    forms = {value: flat(_read_as(form, other, reader)) for value, form in made.items()}
    read = {_as_read(ref, reader): known for ref, known in other.items()}
    return {value: form for value, form in forms.items() if form not in sides.forms[value]}, read


def _shows(form: Expr, line: Expr, given: Mapping[Ref, Known]) -> bool:
    """Whether a changed right side gives other numbers than the right one, whatever was computed before: a rate of 1
    that is forgotten does not, nor does a bias of 0."""
    random = np.random.default_rng(1)
    refs = {part for one in (form, line) for part in walk(one) if isinstance(part, Ref)}
    # of both signs, and as shares are: no logarithm of the outputs of a softmax is taken of a number below 0
    known = {
        ref: given.get(ref) or Known(np.concatenate([random.uniform(-0.9, 0.9, 8), random.uniform(0.1, 0.9, 8)]))
        for ref in sorted(refs, key=str)
    }
    with np.errstate(all="ignore"):
        one, other = number_of(form, known), number_of(line, known)
    return not np.allclose(one, other, rtol=1e-9, atol=1e-12, equal_nan=True)


def deviated(network: Network, *records: Deviation) -> Network:
    """A network with deviations. Raises TracerError T108 where one finds nothing to change."""
    problem = with_deviations(network.problem, [record.name for record in records])
    if any(record.reads for record in records):
        return build(problem)
    return deviate(replace(network, problem=problem, memo={}), network)


def _as_read(ref: Ref, reader: str) -> Ref:
    return Ref(f"{reader}/{ref.name}", ref.indices)


def _read_as(form: Expr, other: Collection[Ref], reader: str) -> Expr:
    """A right side that reads some of the given numbers as a deviation reads them."""
    return replaced(form, lambda ref: _as_read(ref, reader) if ref in other else ref) if other else form

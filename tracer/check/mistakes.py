"""The mistakes that a problem can show: the deviations of the engine, each with the right sides that it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from tracer.calculus.expression import Expr, Ref, walk
from tracer.calculus.expression import replace as replaced
from tracer.check.conventions import ORDER, Convention
from tracer.check.digits import Known
from tracer.check.hand_forms import flat
from tracer.check.intervals import number_of
from tracer.check.questions import givens
from tracer.check.right_sides import RightSides
from tracer.errors import TracerError
from tracer.run.building import build
from tracer.run.deviation import Deviation
from tracer.run.deviations import DEVIATIONS, deviate, with_deviations
from tracer.run.network import Network


@dataclass(frozen=True, eq=False)
class Mistake:
    """A deviation that this problem can show: the right sides that it changes, and the given numbers that it reads
    otherwise, under names of their own."""

    record: Deviation
    forms: Mapping[Ref, Expr]
    given: Mapping[Ref, Known]

    def is_in(self, convention: Convention, own: RightSides) -> bool:
        """Whether a convention does the same, so that it is no mistake; the order of updating is one all the same."""
        if convention.kind in ("", ORDER) or convention.sign < 0 or convention.rows or self.given:
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


def mistakes(sides: RightSides) -> tuple[tuple[Mistake, ...], tuple[Unseen, ...]]:
    """The mistakes that can be made in what is asked, and those that cannot, or that would change nothing."""
    found: list[Mistake] = []
    unseen: list[Unseen] = []
    right = givens(sides.network)
    for record in DEVIATIONS.values():
        try:
            deviating = deviated(sides.network, record)
        except TracerError as error:
            unseen.append(Unseen(record, error.found))
            continue
        other = {ref: known for ref, known in givens(deviating).items() if ref in right and known != right[ref]}
        made = dict(sides.of(deviating))
        if other:
            made = {value: made.get(value, line) for value, line in sides.lines.items()}
        forms = {value: flat(_read_as(form, other, record)) for value, form in made.items()}
        changed = {value: form for value, form in forms.items() if form not in sides.forms[value]}
        if changed:
            found.append(Mistake(record, changed, {_as_read(ref, record): known for ref, known in other.items()}))
        else:
            unseen.append(Unseen(record, "it changes nothing that is asked for here."))
    return tuple(found), tuple(unseen)


def deviated(network: Network, record: Deviation) -> Network:
    """A network with one deviation. Raises TracerError T108 where it finds nothing to change."""
    problem = with_deviations(network.problem, [record.name])
    if record.reads:
        return build(problem)
    return deviate(replace(network, problem=problem, memo={}), network)


def _as_read(ref: Ref, record: Deviation) -> Ref:
    return Ref(f"{record.name}/{ref.name}", ref.indices)


def _read_as(form: Expr, other: Mapping[Ref, Known], record: Deviation) -> Expr:
    """A right side that reads some of the given numbers as a deviation reads them."""
    return replaced(form, lambda ref: _as_read(ref, record) if ref in other else ref) if other else form

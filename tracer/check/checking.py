"""All sheets of a class checked against one problem, as arrays: conventions first, then verdicts, then causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.calculus.expression import Expr, Ref
from tracer.check.causes import Cause as Cause
from tracer.check.causes import causes_of
from tracer.check.conventions import ORDER, Convention, conventions, turned
from tracer.check.digits import Known
from tracer.check.grades import Verdict
from tracer.check.habits import Asked
from tracer.check.mistakes import Mistake, Unseen, mistakes
from tracer.check.questions import Question, givens, questions
from tracer.check.right_sides import Forms, RightSides
from tracer.check.sheets import Flags, Floats, Sheets
from tracer.check.verdicts import Judged, judge
from tracer.run.building import build
from tracer.run.network import Network
from tracer.run.problem import Problem

ENOUGH = 2  # right answers more than in the problem's own convention that make another one the sheet's


@dataclass(frozen=True, eq=False)
class Plan:
    """What checking needs to know of a problem, worked out once for a class: what is asked, the right sides by which it
    is computed, the given numbers, the conventions, and the mistakes it can show and cannot."""

    problem: Problem
    network: Network
    asked: tuple[Question, ...]
    forms: Mapping[Ref, tuple[Expr, ...]]
    given: Mapping[Ref, Known]
    conventions: tuple[Convention, ...]
    mistakes: tuple[Mistake, ...]
    unseen: tuple[Unseen, ...]
    _made: dict[object, object] = field(default_factory=dict, repr=False)

    def mistakes_in(self, convention: Convention) -> tuple[Mistake, ...]:
        """The mistakes that can be made in a convention; worked out when a sheet is in it."""
        sides = convention.sides
        if sides is self.conventions[0].sides:
            return self.mistakes
        if sides not in self._made:
            self._made[sides] = mistakes(sides)[0]
        return self._made[sides]  # type: ignore[return-value]

    def turned_in(self, convention: Convention) -> Forms:
        """The right sides of a convention in which gradients are passed back negated, where those are others."""
        key = ("turned", convention.sides)
        if key not in self._made:
            self._made[key] = turned(convention.sides)
        return self._made[key]  # type: ignore[return-value]


def plan(problem: Problem, asked: Sequence[str] | None = None, steps: int = 1) -> Plan:
    """A problem to what checking it needs. `asked` are the addresses that sheets answer; None for all that a person
    would write down."""
    network = build(problem)
    every = questions(network, steps)
    chosen = tuple(one for one in every if (one.address in asked if asked is not None else _told(network, one)))
    sides = RightSides(network, chosen)
    made, unseen = mistakes(sides)
    return Plan(problem, network, chosen, sides.forms, givens(network), conventions(sides), made, unseen)


def _told(network: Network, question: Question) -> bool:
    """Whether a person writes a value down: not the gradient of what an activation gives, which is only a step."""
    role = network.roles[question.name]
    return not (role.kind == "gradient" and role.base == "a") and role.kind != "option"


class Checked(NamedTuple):
    """A class checked, arrays [question, sheet] as in `Judged`; `convention` is the place of each sheet's in the plan's
    conventions, `causes` are for each sheet sets of names of mistakes, each with how many answers speak for it.
    `credited`: right, and what the key says, or `informative`: at the numbers it reads neither a zero nor a copy of one
    of them would have been right. With digits asked for, too few of them earn nothing."""

    verdicts: NDArray[np.int8]
    repaired: Flags
    expected: Floats
    low: Floats
    high: Floats
    informative: Flags
    credited: Flags
    convention: NDArray[np.intp]
    causes: tuple[tuple[Cause, ...], ...]


def check_sheets(plan: Plan, sheets: Sheets, asked: Asked, fixed: bool = False) -> Checked:
    """Every sheet of a class: its convention (the problem's own if `fixed`), its verdicts, and their causes."""
    own = plan.conventions[0]
    judged = judged_in(plan, sheets, asked, own)
    convention = np.zeros(sheets.numbers.shape[1], dtype=np.intp)
    causes: list[tuple[Cause, ...]] = [()] * convention.size
    wrong = (judged.verdicts == Verdict.WRONG).sum(axis=0)
    open_ = np.flatnonzero(wrong)
    for sheet, found in zip(open_, causes_of(plan.mistakes, plan.asked, judged, open_), strict=True):
        causes[sheet] = found
    if not fixed and open_.size:
        # one mistake that explains everything is a simpler story than another convention that does not
        simple = np.array([len(causes[sheet]) == 1 and causes[sheet][0].answers == wrong[sheet] for sheet in open_])
        convention[open_] = _conventions(plan, sheets.of(open_), asked.of(open_), wrong[open_], simple)
    for place in np.unique(convention[convention > 0]):
        group, chosen = np.flatnonzero(convention == place), plan.conventions[place]
        one = judged_in(plan, sheets.of(group), asked.of(group), chosen)
        found_in = causes_of(plan.mistakes_in(chosen), plan.asked, one, np.arange(group.size))
        back = np.argsort(chosen.rows) if chosen.rows else slice(None)
        sign = _signs(plan, chosen)[:, None]
        # expected numbers as they stand on the sheet
        low, high = one.low * sign, one.high * sign
        one = one._replace(expected=one.expected * sign, low=np.fmin(low, high), high=np.fmax(low, high))
        mine: NDArray[Any]
        for mine, theirs in zip(judged.arrays, one.arrays, strict=True):
            mine[:, group] = theirs[back]
        for sheet, found in zip(group, found_in, strict=True):
            causes[sheet] = found
    return Checked(*judged.arrays, convention, tuple(causes))


def _conventions(plan: Plan, sheets: Sheets, asked: Asked, before: NDArray[np.intp], simple: Flags) -> NDArray[np.intp]:
    """The convention of each sheet: the problem's own, in which so many answers are wrong, unless another one leaves
    fewer, by enough, or none at all. Where one mistake explains everything (`simple`), only one that leaves none."""
    chosen = np.zeros(before.size, dtype=np.intp)
    fewest = np.where(simple, 1, np.maximum(before - ENOUGH + 1, 1))
    own = None
    for place, convention in enumerate(plan.conventions[1:], 1):
        changed = _changed(plan, convention)
        here = sheets.ordered(list(convention.rows)) if convention.rows else sheets
        forms = {**plan.forms, **changed}
        only = None if convention.rows else set(changed)
        found = judge(plan.asked, forms, plan.given, here, asked, only).verdicts == Verdict.WRONG
        if only is not None:
            if own is None:
                own = judge(plan.asked, plan.forms, plan.given, sheets, asked).verdicts == Verdict.WRONG
            rest = [at for at, question in enumerate(plan.asked) if question.value not in only]
            found[rest] = own[rest]
        wrong = found.sum(axis=0)
        better = (wrong < fewest) & ~(simple & (convention.kind == ORDER))
        chosen = np.where(better, place, chosen)
        fewest = np.where(better, wrong, fewest)
    return chosen


def _changed(plan: Plan, convention: Convention) -> Forms:
    """The right sides of a convention that are others than the problem's own, in terms of what stands on a sheet."""
    sides = convention.sides
    found = {value: forms for value, forms in sides.forms.items() if forms != plan.forms[value]}
    return {**found, **plan.turned_in(convention)} if convention.sign < 0 else found


def _signs(plan: Plan, convention: Convention) -> Floats:
    kinds = [plan.network.roles[question.name].kind for question in plan.asked]
    return np.array([float(convention.sign) if kind == "gradient" else 1.0 for kind in kinds])


def judged_in(plan: Plan, sheets: Sheets, asked: Asked, convention: Convention) -> Judged:
    """The sheets judged in one convention, in canonical signs and layout."""
    if convention.rows:
        sheets = sheets.ordered(list(convention.rows))
    if convention.sign < 0:
        sheets = sheets._replace(numbers=sheets.numbers * _signs(plan, convention)[:, None])
    return judge(plan.asked, convention.sides.forms, plan.given, sheets, asked)

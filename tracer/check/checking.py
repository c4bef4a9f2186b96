"""All sheets of a class checked against one problem, as arrays: conventions first, then verdicts, then causes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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

ENOUGH = (
    2  # right answers more than in the problem's own convention that make another one worth a try, if some are left
)
#: what a cause counts as wrong answers left unexplained, and another convention that leaves none; else it is a cause
CAUSE, CONVENTION = 1.0, 0.5


Places = NDArray[np.intp]
InConvention = tuple[int, Places, Judged, list[tuple[Cause, ...]]]


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
        if sides not in self._made:
            own = sides is self.conventions[0].sides
            made = self.mistakes if own else mistakes(sides)[0]
            first = self.conventions[0].sides
            self._made[sides] = tuple(
                one for one in made if not any(one.is_in(other, first) for other in self.conventions)
            )
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
    judged = judged_in(plan, sheets, asked, plan.conventions[0])
    convention = np.zeros(sheets.numbers.shape[1], dtype=np.intp)
    causes: list[tuple[Cause, ...]] = [()] * convention.size
    open_ = np.flatnonzero((judged.verdicts == Verdict.WRONG).any(axis=0))
    known = plan.mistakes if fixed else plan.mistakes_in(plan.conventions[0])
    for sheet, found in zip(open_, causes_of(known, plan.asked, judged, open_), strict=True):
        causes[sheet] = found
    if open_.size and not fixed:
        for place, group, one, found_in in _in_conventions(plan, sheets, asked, judged, causes, open_):
            convention[group] = place
            _take_over(plan, judged, group, one, plan.conventions[place])
            for sheet, found in zip(group, found_in, strict=True):
                causes[sheet] = found
    return Checked(*judged.arrays, convention, tuple(causes))


def _in_conventions(
    plan: Plan,
    sheets: Sheets,
    asked: Asked,
    judged: Judged,
    causes: Sequence[tuple[Cause, ...]],
    open_: Places,
) -> Iterator[InConvention]:
    """The sheets that are in another convention: in it less is left to explain than in the problem's own."""
    own = judged.verdicts[:, open_] == Verdict.WRONG
    before = own.sum(axis=0)
    least = _left(before, [causes[sheet] for sheet in open_])
    wrong = _wrong_in(plan, sheets.of(open_), asked.of(open_), own)
    chosen = np.zeros(open_.size, dtype=np.intp)
    found: dict[int, tuple[Places, Judged, list[tuple[Cause, ...]]]] = {}
    for place in np.argsort([(one == 0).sum() for one in wrong], kind="stable")[::-1]:
        convention = plan.conventions[place]
        none = wrong[place] == 0
        price = np.where(none, CONVENTION, CAUSE) * _changes(convention)
        worth = (none | ((wrong[place] < before) & (price < least - CAUSE / 2))) & (price < least)
        worth &= place > 0
        if not worth.any():
            continue
        group = np.flatnonzero(worth)
        one = judged_in(plan, sheets.of(open_[group]), asked.of(open_[group]), convention)
        left = (one.verdicts == Verdict.WRONG).sum(axis=0)
        made = causes_of(plan.mistakes_in(convention), plan.asked, one, np.arange(group.size))
        costs = _left(left, made) + price[group]
        better = costs < least[group]
        least[group[better]], chosen[group[better]] = costs[better], place
        found[int(place)] = group, one, made
    for place, (group, one, made) in found.items():
        mine = np.flatnonzero(chosen[group] == place)
        if mine.size:
            yield place, open_[group[mine]], one.of(mine), [made[at] for at in mine]


def _changes(convention: Convention) -> int:
    """How much a convention changes; the order of updating as much as a mistake, because it mostly is one."""
    return (3 if convention.kind == ORDER else bool(convention.kind)) + (convention.sign < 0)


def _left(wrong: Places, causes: Sequence[tuple[Cause, ...]]) -> Floats:
    """What is left to explain: wrong answers without a cause, and the causes themselves."""
    explained = [sum(cause.wrong - CAUSE for cause in found) for found in causes]
    made: Floats = wrong - np.array(explained, dtype=float)
    return made


def _wrong_in(plan: Plan, sheets: Sheets, asked: Asked, own: Flags) -> list[Places]:
    """How many answers are wrong in each convention. On a sheet on which nothing is missing only what a convention
    changes is judged anew."""
    before = own.sum(axis=0)
    full = ~np.isnan(sheets.numbers).any(axis=0)
    counts = [before]
    for convention in plan.conventions[1:]:
        changed = _changed(plan, convention)
        forms = {**plan.forms, **changed}
        wrong = np.zeros_like(before)
        for part, only in ((full, None if convention.rows else set(changed)), (~full, None)):
            at = np.flatnonzero(part)
            if not at.size:
                continue
            here = sheets.of(at)
            here = here.ordered(list(convention.rows)) if convention.rows else here
            judged = judge(plan.asked, forms, plan.given, here, asked.of(at), only, convention.sides.rare)
            found = judged.verdicts == Verdict.WRONG
            if only is not None:
                rest = [place for place, question in enumerate(plan.asked) if question.value not in only]
                found[rest] = own[:, at][rest]
            wrong[at] = found.sum(axis=0)
        counts.append(wrong)
    return counts


def _take_over(plan: Plan, judged: Judged, group: Places, one: Judged, convention: Convention) -> None:
    """What was judged in a convention, with the expected numbers as they stand on the sheet."""
    back = np.argsort(convention.rows) if convention.rows else slice(None)
    sign = _signs(plan, convention)[:, None]
    low, high = one.low * sign, one.high * sign
    one = one._replace(expected=one.expected * sign, low=np.fmin(low, high), high=np.fmax(low, high))
    arrays: list[tuple[Any, Any]] = list(zip(judged.arrays, one.arrays, strict=True))
    for mine, theirs in arrays:
        mine[:, group] = theirs[back]


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
    sides = convention.sides
    return judge(plan.asked, sides.forms, plan.given, sheets, asked, rare=sides.rare)

"""All sheets of a class checked against one problem, as arrays: conventions first, then verdicts, then causes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.calculus.expression import Expr, Ref
from tracer.check.alike import alike
from tracer.check.causes import Cause as Cause
from tracer.check.causes import causes_of
from tracer.check.conventions import Convention, conventions, turned
from tracer.check.digits import Known
from tracer.check.grades import Verdict, Verdicts, graded
from tracer.check.habits import Asked, habits_of
from tracer.check.intervals import enclose
from tracer.check.mistakes import Mistake, Unseen, in_layers, mistakes, together
from tracer.check.pairs import Together, with_pairs
from tracer.check.questions import Question, givens, questions
from tracer.check.right_sides import Forms, RightSides
from tracer.check.sheets import Flags, Floats, Sheets
from tracer.check.side_by_side import Alike, side_by_side
from tracer.check.verdicts import Judged, in_order, judge, reads
from tracer.run.building import build
from tracer.run.network import Network
from tracer.run.problem import Problem

ENOUGH = (
    2  # right answers more than in the problem's own convention that make another one worth a try, if some are left
)
BLOCK = 20_000  # sheets that are checked at once
#: what a cause counts as wrong answers left unexplained, and another convention that leaves none; else it is a cause
CAUSE, CONVENTION = 1.0, 0.5
#: the sign where something stays wrong: less than the mistake in updating that looks the same
SIGN = 0.9
#: in a convention of the sign each of these is the other one of the problem's own convention
TURNS = ("sign-of-error", "update-adds")


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
    layers: bool = True  # whether a mistake made in one layer alone is looked for too
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
        found: tuple[Mistake, ...] = self._made[sides]  # type: ignore[assignment]
        if convention.sign < 0:
            found = tuple(one for one in found if one.record.name not in TURNS)
        return found

    def in_own(self) -> Plan:
        """The same with the problem's own conventions alone."""
        return replace(self, conventions=self.conventions[:1], _made={})

    def looked_for(self, convention: Convention) -> tuple[Mistake, ...]:
        """The mistakes that sheets in a convention are searched for: those that can be made in it, and each in one
        layer alone."""
        made = self.mistakes_in(convention)
        key = ("layers", convention.sides)
        if self.layers and key not in self._made:
            self._made[key] = in_layers(convention.sides, made)
        alone: tuple[Mistake, ...] = self._made[key] if self.layers else ()  # type: ignore[assignment]
        return made + alone

    def together_in(self, convention: Convention) -> Together:
        """What two mistakes are when both are made in one equation, in a convention; worked out when asked for."""
        sides = convention.sides

        def of(one: Mistake, other: Mistake) -> Mistake | None:
            key = (sides, one, other)
            if key not in self._made:
                self._made[key] = together(sides, one, other)
            return self._made[key]  # type: ignore[return-value]

        return of

    def beside(self, convention: Convention) -> tuple[Alike, ...]:
        """The questions in a convention, those of one form side by side."""
        sides = convention.sides
        key = ("beside", sides)
        if key not in self._made:
            order = in_order(self.asked, sides.forms)
            self._made[key] = side_by_side(self.asked, sides.forms, sides.rare, order)
        return self._made[key]  # type: ignore[return-value]

    def turned_in(self, convention: Convention) -> Forms:
        """The right sides of a convention in which gradients are passed back negated, where those are others."""
        key = ("turned", convention.sides)
        if key not in self._made:
            self._made[key] = turned(convention.sides)
        return self._made[key]  # type: ignore[return-value]


def plan(problem: Problem, asked: Sequence[str] | None = None, steps: int = 1, fixed: Collection[str] = ()) -> Plan:
    """A problem to what checking it needs. `asked` are the addresses that sheets answer; None for all that a person
    would write down. Conventions of the kinds that are `fixed` are the problem's own."""
    network = build(problem)
    every = questions(network, steps)
    chosen = tuple(one for one in every if (one.address in asked if asked is not None else _told(network, one)))
    sides = RightSides(network, chosen)
    made, unseen = mistakes(sides)
    return Plan(problem, network, chosen, sides.forms, givens(network), conventions(sides, fixed), made, unseen)


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


def check_sheets(plan: Plan, sheets: Sheets, asked: Asked) -> Checked:
    """Every sheet of a class: its convention, its verdicts, and their causes."""
    own = any(np.ndim(known.number) for known in plan.given.values())  # each sheet has given numbers of its own
    if own or not sheets.numbers.size:
        return _checked(plan, sheets, asked)
    first, kind = alike(sheets, asked)
    blocks = [first[start : start + BLOCK] for start in range(0, first.size, BLOCK)]
    parts = [_checked(plan, sheets.of(block), asked.of(block)) for block in blocks]
    arrays: list[Any] = [np.concatenate(one, axis=-1) for one in zip(*(part[:-1] for part in parts), strict=True)]
    causes = list(chain(*(part.causes for part in parts)))
    made: Checked = Checked._make(
        [*(np.take(one, kind, axis=-1) for one in arrays), tuple(causes[one] for one in kind.tolist())]
    )
    return made


def _checked(plan: Plan, sheets: Sheets, asked: Asked) -> Checked:
    """A block of sheets, as many as the memory near the processor holds."""
    judged = judged_in(plan, sheets, asked, plan.conventions[0])
    convention = np.zeros(sheets.numbers.shape[1], dtype=np.intp)
    causes: list[tuple[Cause, ...]] = [()] * convention.size
    wrong = (judged.verdicts == Verdict.WRONG).any(axis=0)
    open_ = np.flatnonzero(wrong | (judged.verdicts == Verdict.UNSURE).any(axis=0))
    known = plan.looked_for(plan.conventions[0])
    made = causes_of(known, plan.asked, judged, open_)
    made = with_pairs(known, plan.asked, judged, open_, made, plan.together_in(plan.conventions[0]))
    for sheet, found in zip(open_, made, strict=True):
        causes[sheet] = found
    open_ = open_[wrong[open_]]
    if open_.size and len(plan.conventions) > 1:
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
    before = (judged.verdicts[:, open_] == Verdict.WRONG).sum(axis=0)
    least = _left(before, [causes[sheet] for sheet in open_])
    explained = [_explained(plan, convention, judged, open_) for convention in plan.conventions[1:]]

    def tried(place: int) -> Flags:
        # what leaves something wrong costs a cause more
        stays = _price(plan.conventions[place], np.zeros(1, dtype=bool)) + CAUSE
        found: Flags = (least > CONVENTION) & (explained[place - 1] >= np.where(least > stays, 1, before))
        return found

    #: those of the same right sides and sign are judged in one pass, which costs little more for many sheets
    alike_sides: dict[tuple[RightSides, int], dict[int, Places]] = {}
    for place, convention in enumerate(plan.conventions[1:], 1):
        if (at := np.flatnonzero(tried(place))).size:
            alike_sides.setdefault((convention.sides, convention.sign), {})[place] = at
    found: dict[int, _Tried] = {}
    for by_place in alike_sides.values():
        found |= _judged_together(plan, sheets, asked, judged, open_, by_place, least)
    chosen = np.zeros(open_.size, dtype=np.intp)
    for place, one in sorted(found.items()):
        better = tried(place) & (one.costs < least)
        least[better], chosen[better] = one.costs[better], place
    for place, one in found.items():
        mine = np.flatnonzero(chosen == place)
        if mine.size:
            columns = one.columns[mine]
            known, together = plan.looked_for(plan.conventions[place]), plan.together_in(plan.conventions[place])
            made = [one.causes[at] for at in columns.tolist()]
            made = with_pairs(known, plan.asked, one.judged, columns, made, together)
            yield place, open_[mine], one.judged.of(columns), made


class _Tried(NamedTuple):
    """Open sheets in one convention: what each costs there (inf where it is not worth it), its column in what was
    judged together, and the causes by column."""

    costs: Floats
    columns: Places
    judged: Judged
    causes: Mapping[int, tuple[Cause, ...]]


def _judged_together(
    plan: Plan,
    sheets: Sheets,
    asked: Asked,
    before: Judged,
    open_: Places,
    by_place: Mapping[int, Places],
    least: Floats,
) -> dict[int, _Tried]:
    """Open sheets by the conventions that they are tried in, all of the same right sides and sign, judged in one pass;
    `before` is what was said of them in the problem's own."""
    first = plan.conventions[next(iter(by_place))]
    parts = [_as_read(plan, sheets.of(open_[at]), plan.conventions[place]) for place, at in by_place.items()]
    every = np.concatenate([*by_place.values()])
    ends = np.cumsum([at.size for at in by_place.values()])
    columns = dict(zip(by_place, np.split(np.arange(every.size), ends[:-1]), strict=True))
    together = Sheets(*(np.concatenate(one, axis=1) for one in zip(*parts, strict=True)))
    one = _judged(plan, together, asked.of(open_[every]), first)
    wrong = (one.verdicts == Verdict.WRONG).sum(axis=0)
    price = np.concatenate(
        [
            _price(plan.conventions[place], wrong[at] == 0)
            + _contradicted(plan, plan.conventions[place], before, one.verdicts[:, at], open_[by_place[place]])
            for place, at in columns.items()
        ]
    )
    worth = np.flatnonzero(price + CAUSE * (wrong > 0) < least[every])
    made = causes_of(plan.looked_for(first), plan.asked, one, worth)
    costs = np.full(every.size, np.inf)
    costs[worth] = _left(wrong[worth], made) + price[worth]
    causes = dict(zip(worth.tolist(), made, strict=True))
    found = {}
    for place, at in by_place.items():
        mine, column = np.full(open_.size, np.inf), np.zeros(open_.size, dtype=np.intp)
        mine[at], column[at] = costs[columns[place]], columns[place]
        found[place] = _Tried(mine, column, one, causes)
    return found


def _explained(plan: Plan, convention: Convention, judged: Judged, sheets: Places) -> Places:
    """How many of the wrong answers of some sheets a convention makes right. On a sheet with gaps it may be all: what
    is worked out for a gap is another number in it."""
    wrong = judged.verdicts[:, sheets] == Verdict.WRONG
    gaps = np.isnan(judged.numbers[:, sheets]).any(axis=0)
    count: Places = np.where(gaps, wrong.sum(axis=0), 0)
    changed = _changed(plan, convention)
    with np.errstate(all="ignore"):
        for place, question in enumerate(plan.asked):
            row = convention.rows[place] if convention.rows else place
            if row == place and question.value not in changed:
                continue
            at = np.flatnonzero(wrong[row] & ~gaps)
            if at.size:
                form = changed.get(question.value, plan.forms[question.value])[0]
                known = {ref: judged.known[ref].at(sheets[at]) for ref in reads([form])}
                habit = judged.habits[row].at(sheets[at])
                grade = graded(judged.numbers[row, sheets[at]], enclose(form, known, habit.digits), habit)
                count[at] += grade < Verdict.WRONG
    return count


def _price(convention: Convention, none: Flags) -> Floats:
    """What a convention counts, where it leaves nothing wrong and elsewhere: the sign, which one mistake in updating
    looks like, hardly less than that."""
    changes = CONVENTION * bool(convention.kind)
    return changes + np.where(none, CONVENTION, SIGN) * (convention.sign < 0)


def _contradicted(plan: Plan, convention: Convention, judged: Judged, verdicts: Verdicts, sheets: Places) -> Floats:
    """What it counts that the error on a sheet is right in the problem's own convention of the error, and wrong in
    another one: the sheet says itself that this is not its convention."""
    places = [place for place, question in enumerate(plan.asked) if question.name == "E"]
    if convention.kind != "error" or not places:
        return np.zeros(sheets.size)
    right = judged.verdicts[places][:, sheets] <= Verdict.TRUNCATED
    return np.where((right & (verdicts[places] == Verdict.WRONG)).any(axis=0), np.inf, 0.0)


def _left(wrong: Places, causes: Sequence[tuple[Cause, ...]]) -> Floats:
    """What is left to explain: wrong answers without a cause, and the causes themselves."""
    explained = [sum(max(cause.wrong - CAUSE, 0) for cause in found) for found in causes]
    made: Floats = wrong - np.array(explained, dtype=float)
    return made


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
    return _judged(plan, _as_read(plan, sheets, convention), asked, convention)


def _judged(plan: Plan, sheets: Sheets, asked: Asked, convention: Convention) -> Judged:
    """Sheets in canonical signs and layout judged by the right sides of a convention."""
    habits = habits_of(plan.asked, sheets, asked)
    return judge(plan.beside(convention), plan.given, sheets, habits, asked)


def _as_read(plan: Plan, sheets: Sheets, convention: Convention) -> Sheets:
    """The sheets in canonical signs and layout."""
    if convention.rows:
        sheets = sheets.ordered(list(convention.rows))
    if convention.sign < 0:
        sheets = sheets._replace(numbers=sheets.numbers * _signs(plan, convention)[:, None])
    return sheets

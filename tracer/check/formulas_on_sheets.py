"""Formulas that stand on sheets in the place of numbers: what is said of each, and what follows from it.

A right formula is right whatever the numbers are. For what comes after it the checker works its number out, as it does
for a gap. A wrong one is wrong even where its number happens to be right; what comes after it is judged from the number
it has with the sheet's own numbers, and that number is looked at for causes like any other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from tracer.calculus.expression import Expr, Neg, Number, Ref, replace
from tracer.check.bounded_points import Points, TooMuch, Work
from tracer.check.causes import Cause
from tracer.check.checking import Checked, Plan, check_sheets
from tracer.check.conventions import Convention
from tracer.check.formula_answers import FormulaVerdict, Same, compare_formula, meant_by
from tracer.check.habits import Asked
from tracer.check.outcomes import Outcome
from tracer.check.sheets import Sheets
from tracer.check.verdicts import Verdict
from tracer.errors import TracerError
from tracer.read.resolved import Quantity, Resolved, Vocabulary
from tracer.read.typed_answer import Typed

DECIMALS = 6  # of the number of a formula, on a sheet that has no other numbers


class Place(NamedTuple):
    """Where a formula stands: the question, and the sheet."""

    question: int
    sheet: int


class Found(NamedTuple):
    """What is said of a formula on a sheet: how it compares (None: its names mean nothing, for a `reason`), whether it
    counts as right, and the formula in canonical names."""

    compared: FormulaVerdict | None
    right: bool
    reason: str
    meaning: Expr | None

    @property
    def wrong(self) -> bool:
        """Whether it is proved to be another formula."""
        return self.compared is not None and self.compared.same is Same.DIFFERENT and not self.right

    @property
    def counts_as(self) -> tuple[Verdict, Outcome]:
        """The verdict and the outcome of its answer."""
        if self.right:
            return Verdict.EXACT, Outcome.RIGHT
        # what cannot be compared is no answer, and earns nothing: NAME*1 would be one everywhere
        return (Verdict.WRONG, Outcome.WRONG) if self.wrong else (Verdict.UNREADABLE, Outcome.UNREADABLE)


def typed_on(places: Mapping[Quantity, int], answers: Sequence[Resolved]) -> dict[Place, tuple[Typed, int]]:
    """Where formulas stand, each with the sign of its name."""
    return {
        Place(places[quantity], sheet): (given.answer, given.sign)
        for sheet, one in enumerate(answers)
        for quantity, given in one.answers.items()
        if isinstance(given.answer, Typed) and quantity in places
    }


def check_typed(
    plan: Plan,
    vocabulary: Vocabulary,
    typed: Mapping[Place, tuple[Typed, int]],
    sheets: Sheets,
    asked: Asked,
) -> tuple[Checked, Mapping[Place, Found]]:
    """Sheets with formulas, checked: what is said of every answer, and of each formula. The verdicts of formulas are
    those of `Found.counts_as`. A wrong one gets its number in `sheets`, a right one is a gap there."""
    for place in typed:
        sheets.unreadable[place] = False
    checked = check_sheets(plan, sheets, asked)
    found = _compared(plan, vocabulary, typed, checked)
    again = sorted({place.sheet for place, one in found.items() if one.wrong})
    if again:
        for place, one in found.items():
            if one.wrong and one.meaning is not None:
                convention = plan.conventions[checked.convention[place.sheet]]
                number = _number(plan, convention, place, one.meaning, sheets, checked)
                _put(sheets, place, number, asked)
        checked = _taken(checked, check_sheets(plan, sheets.of(again), asked.of(again)), again)
        found = _compared(plan, vocabulary, typed, checked)  # the numbers may be of another convention
    for place, one in found.items():
        checked.verdicts[place] = one.counts_as[0]
        checked.credited[place] = one.counts_as[0] < Verdict.WRONG
    return checked._replace(causes=_with_formulas(checked.causes, found)), found


def _compared(
    plan: Plan,
    vocabulary: Vocabulary,
    typed: Mapping[Place, tuple[Typed, int]],
    checked: Checked,
) -> dict[Place, Found]:
    """Each formula compared in the convention of its sheet; the same formula only once for a class."""
    known: dict[tuple[str, int, int, int], Found] = {}
    found = {}
    for place, (answer, sign) in typed.items():
        convention = _without_layout(plan, int(checked.convention[place.sheet]))
        key = (answer.text, place.question, sign, convention)
        if key not in known:
            known[key] = _one(plan, vocabulary, answer, place.question, sign, convention)
        found[place] = known[key]
    return found


def _one(plan: Plan, vocabulary: Vocabulary, answer: Typed, place: int, sign: int, convention: int) -> Found:
    question = plan.asked[place]
    try:
        meaning = meant_by(answer, question, plan.network, vocabulary, sign)
        compared = compare_formula(answer, question, plan, vocabulary, sign=sign, convention=convention)
    except TracerError as error:
        return Found(None, False, error.found, None)
    return Found(compared, compared.right or bool(compared.conventions), compared.reason, meaning)


def _without_layout(plan: Plan, place: int) -> int:
    """A convention as formulas see it: they name their values, so it is all one how matrices are written."""
    mine = plan.conventions[place]
    if not mine.rows:
        return place
    same = (at for at, one in enumerate(plan.conventions) if not one.rows and _like(one, mine))
    return next(same, 0)


def _like(one: Convention, other: Convention) -> bool:
    return one.sides is other.sides and one.sign == other.sign


# -- the number of a wrong formula


def _number(plan: Plan, convention: Convention, place: Place, meaning: Expr, sheets: Sheets, checked: Checked) -> float:
    """A formula with the numbers of its sheet; nan where it has none. What the sheet does not say is worked out."""
    own: dict[Ref, Expr] = {}
    for at, question in enumerate(plan.asked):
        number = sheets.numbers[at, place.sheet]
        value = float(number if np.isfinite(number) else checked.expected[at, place.sheet])
        if math.isfinite(value):
            own[question.value] = Number(Fraction(value))
    roles = plan.network.roles

    def meant(ref: Ref) -> Expr:
        if ref in own:
            return own[ref]
        turned = convention.sign < 0 and roles[ref.name.rpartition(":")[2]].kind == "gradient"
        return Neg(ref) if turned else ref

    sides = convention.sides
    points = Points(sides.change(sides.declared), plan.given, frozenset(plan.given), Work())
    try:
        low, high = points.range_of(replace(meaning, meant))
    except (TooMuch, KeyError):
        return math.nan
    return float(low[0] + high[0]) / 2


def _put(sheets: Sheets, place: Place, number: float, asked: Asked) -> None:
    """A number into the answers of a sheet, with as many digits as were asked for, or as the sheet has elsewhere."""
    figures = _wanted(asked.figures, place)
    if not math.isfinite(number):
        return
    if figures:
        number = float(f"{number:.{figures - 1}e}")
        decimals = max(0, figures - 1 - math.floor(math.log10(abs(number)))) if number else figures
    else:
        there = ~np.isnan(sheets.numbers[:, place.sheet]) & ~sheets.exact[:, place.sheet]
        most = sheets.decimals[there, place.sheet].max(initial=-1)
        decimals = (
            _wanted(asked.decimals, place) if asked.decimals is not None else int(most if most >= 0 else DECIMALS)
        )
        number = round(number, decimals)
        figures = len(str(abs(round(number * 10.0**decimals))).lstrip("0"))
    sheets.numbers[place], sheets.decimals[place], sheets.figures[place] = number, decimals, figures


def _wanted(digits: Any, place: Place) -> int:
    return int(digits[place] if isinstance(digits, np.ndarray) and digits.ndim == 2 else digits or 0)


# -- what was found before


def _taken(checked: Checked, again: Checked, sheets: Sequence[int]) -> Checked:
    """What was said of some sheets anew, in the place of what was said before."""
    arrays: list[tuple[Any, Any]] = list(zip(checked[:-1], again[:-1], strict=True))
    for mine, theirs in arrays:
        mine[..., sheets] = theirs
    made = dict(zip(sheets, again.causes, strict=True))
    return checked._replace(causes=tuple(made.get(sheet, one) for sheet, one in enumerate(checked.causes)))


def _with_formulas(causes: Sequence[tuple[Cause, ...]], found: Mapping[Place, Found]) -> tuple[tuple[Cause, ...], ...]:
    """Causes of the numbers, and those that formulas name: a formula that a mistake makes is proof enough."""
    made = [list(one) for one in causes]
    for sheet, names in _named(found):
        known = {name for cause in made[sheet] for name in cause.names}
        if not known & set(names):
            made[sheet].append(Cause(names, 1, 1, alone=True))
    return tuple(map(tuple, made))


def _named(found: Mapping[Place, Found]) -> Iterator[tuple[int, tuple[str, ...]]]:
    for place, one in found.items():
        if one.wrong and one.compared is not None and one.compared.mistakes:
            yield place.sheet, one.compared.mistakes

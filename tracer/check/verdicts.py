"""Each answer of each sheet judged from the student's own numbers: right, right after an earlier slip, or wrong.

An answer is right when it lies where the result of its step can lie (`intervals`), given what the same sheet says of
the values before it. A value that is wrong is followed as it was written, and also as it should have been: somebody may
have miscopied it and gone on with the right one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.calculus.expression import Expr, Ref, walk
from tracer.check.intervals import LOST, Digits, Enclosure, Known, enclose
from tracer.check.questions import Question
from tracer.check.sheets import Flags as Flags
from tracer.check.sheets import Floats as Floats
from tracer.check.sheets import Sheets as Sheets


class Verdict(IntEnum):
    """What is said of one answer; the first three are right, from the tightest reason to the widest."""

    EXACT = 0  # what comes out of the numbers on the sheet, rounded to the last digit
    ROUNDED = 1  # what comes out when the numbers before it had more digits, or results on the way were rounded
    TRUNCATED = 2  # only if digits were cut off somewhere
    FEW_DIGITS = 3  # as far as it goes, it is right
    UNSURE = 4  # these digits cannot tell a right step from a wrong one
    WRONG = 5
    UNREADABLE = 6
    MISSING = 7


@dataclass(frozen=True)
class Asked:
    """How many digits the sheet asks for: `decimals`, or `figures` where that is not 0; None and 0 for as many as the
    student writes."""

    decimals: int | None = None
    figures: int = 0


Said = tuple[NDArray[np.int8], Flags, Floats, Floats, Floats, Flags, Flags]


class Judged(NamedTuple):
    """The verdicts [question, sheet], whether a right answer follows from a repaired value alone, the expected number
    and the range of right answers from the numbers that were followed, whether a step says anything at those numbers,
    and whether it earns credit; the sheets' numbers, what they say of each value, and how each question is answered."""

    verdicts: NDArray[np.int8]
    repaired: Flags
    expected: Floats
    low: Floats
    high: Floats
    informative: Flags
    credited: Flags
    numbers: Floats
    known: Mapping[Ref, Known]
    habits: Sequence[Habit]

    @property
    def arrays(self) -> Said:
        """What is said of each answer, from the verdicts to whether it earns credit."""
        return self[:7]

    def of(self, places: Any) -> Judged:
        """Some of the sheets."""
        return Judged(
            self.verdicts[:, places],
            self.repaired[:, places],
            self.expected[:, places],
            self.low[:, places],
            self.high[:, places],
            self.informative[:, places],
            self.credited[:, places],
            self.numbers[:, places],
            {ref: taken(known, places) for ref, known in self.known.items()},
            [habit.at(places) for habit in self.habits],
        )


def judge(
    questions: Sequence[Question],
    forms: Mapping[Ref, Sequence[Expr]],
    given: Mapping[Ref, Known],
    sheets: Sheets,
    asked: Asked,
) -> Judged:
    """Every answer of every sheet to its verdict. `forms` are the right sides by which each element can be computed."""
    return _Judge(questions, forms, given, sheets, asked).all()


class _Judge:
    def __init__(
        self,
        questions: Sequence[Question],
        forms: Mapping[Ref, Sequence[Expr]],
        given: Mapping[Ref, Known],
        sheets: Sheets,
        asked: Asked,
    ) -> None:
        self.questions, self.forms, self.sheets = questions, forms, sheets
        self.count = sheets.numbers.shape[1]
        #: each value as the sheets have it, and as it is where what is wrong is put right
        self.own: dict[Ref, Known] = dict(given)
        self.right: dict[Ref, Known] = dict(given)
        self.wrong: dict[Ref, Flags] = {}
        #: whether an error stands behind a value as it is written, and behind it as it is put right
        self.behind: dict[Ref, tuple[Flags, Flags]] = {}
        self.free = asked.decimals is None and not asked.figures
        self.habits = digits_of(questions, sheets, asked)
        shape = sheets.numbers.shape
        self.made = Judged(
            np.full(shape, Verdict.MISSING, dtype=np.int8),
            np.zeros(shape, dtype=bool),
            np.full(shape, np.nan),
            np.full(shape, np.nan),
            np.full(shape, np.nan),
            np.zeros(shape, dtype=bool),
            np.zeros(shape, dtype=bool),
            sheets.numbers,
            self.own,
            self.habits,
        )

    def all(self) -> Judged:
        for place in in_order(self.questions, self.forms):
            self.one(place, self.questions[place])
        return self.made

    def one(self, place: int, question: Question) -> None:
        """One question, on every sheet."""
        number = self.sheets.numbers[place]
        written = ~np.isnan(number)
        habit = self.habits[place]
        found = self.enclosed(question, self.own, habit.digits)
        verdict = graded(number, found, habit)
        parents = [ref for ref in reads(self.forms[question.value]) if ref in self.wrong and self.wrong[ref].any()]
        open_ = written & (verdict == Verdict.WRONG)
        if parents and open_.any():
            verdict, found = self.repaired(place, question, parents, verdict, found, open_)
        verdict = np.where(
            written, verdict, np.where(self.sheets.unreadable[place], Verdict.UNREADABLE, Verdict.MISSING)
        )
        self.made.verdicts[place] = verdict
        self.made.expected[place], self.made.low[place], self.made.high[place] = (
            np.broadcast_to(end, number.shape) for end in (found.number, found.low, found.high)
        )
        self.keep(question, number, verdict, found, habit)
        self.credit(place, question, verdict, found, habit)

    def credit(self, place: int, question: Question, verdict: Any, found: Enclosure, habit: Habit) -> None:
        """Whether the step earns credit: it is right, and either no error stands behind it, so that it is what the key
        says, or at the numbers it reads it could not have been answered by a zero or by copying one of them."""
        repaired = self.made.repaired[place]
        read = reads(self.forms[question.value])
        apart = np.abs(found.number)
        for ref in read:
            mine = self.own[ref].number
            apart = np.minimum(apart, np.abs(found.number - np.where(repaired, self.right[ref].number, mine)))
        informative = np.broadcast_to(apart > habit.unit, repaired.shape)
        behind = np.zeros((2, self.count), dtype=bool)
        for ref in read:
            if ref in self.behind:
                behind |= self.behind[ref]
        after = np.where(repaired, behind[1], behind[0])
        wrong = verdict == Verdict.WRONG
        self.behind[question.value] = (after | wrong | (verdict == Verdict.UNREADABLE), after)
        right = (verdict <= Verdict.TRUNCATED) | (verdict == Verdict.UNSURE)
        right |= (verdict == Verdict.FEW_DIGITS) & self.free
        self.made.informative[place] = informative
        self.made.credited[place] = right & (informative | ~after)

    def enclosed(self, question: Question, known: Mapping[Ref, Known], digits: Digits) -> Enclosure:
        """Where the result can lie, whichever of the forms was used."""
        made = [enclose(form, known, digits) for form in self.forms[question.value]]
        found = made[0]
        for other in made[1:]:
            found = Enclosure(found.number, np.minimum(found.low, other.low), np.maximum(found.high, other.high),
                              np.maximum(found.half, other.half))  # fmt: skip
        return found

    def repaired(
        self, place: int, question: Question, parents: list[Ref], verdict: Any, found: Enclosure, open_: Flags
    ) -> Any:
        """The wrong answers once more, with wrong values before them put right: all of them, or one."""
        at = np.flatnonzero(open_ & np.any([self.wrong[ref] for ref in parents], axis=0))
        if not at.size:
            return verdict, found
        verdict = verdict.copy()
        found = Enclosure(*(np.array(np.broadcast_to(end, (self.count,))) for end in found))
        habit = self.habits[place].at(at)
        ways = [set(parents)] + ([{ref} for ref in parents] if len(parents) > 1 else [])
        for way in ways:
            known = {
                ref: taken(self.right[ref] if ref in way else self.own[ref], at)
                for ref in reads(self.forms[question.value])
            }
            again = self.enclosed(question, known, habit.digits)
            grade = graded(self.sheets.numbers[place][at], again, habit)
            better = (grade < Verdict.WRONG) & (verdict[at] == Verdict.WRONG)
            hits = at[better]
            verdict[hits] = grade[better]
            self.made.repaired[place][hits] = True
            for end, new in zip(found, again, strict=True):
                end[hits] = np.broadcast_to(new, at.shape)[better]
        return verdict, found

    def keep(self, question: Question, number: Floats, verdict: Any, found: Enclosure, habit: Habit) -> None:
        """What the steps after this one know of it."""
        spread = np.maximum(found.high - found.number, found.number - found.low)
        computed = Known(found.number, spread + habit.digits.unit(np.abs(found.number)), np.inf)
        there = verdict <= Verdict.WRONG
        unit = np.where(verdict == Verdict.FEW_DIGITS, habit.written, habit.unit)
        self.own[question.value] = Known(
            np.where(there, number, computed.number),
            np.where(there, np.where(habit.exact, 0.0, unit), computed.width),
            np.where(there, habit.decimals, np.inf),
        )
        wrong = verdict == Verdict.WRONG
        self.wrong[question.value] = wrong
        own = self.own[question.value]
        self.right[question.value] = (
            own
            if not wrong.any()
            else Known(*(np.where(wrong, right, mine) for right, mine in zip(computed, own, strict=True)))
        )


def in_order(questions: Sequence[Question], forms: Mapping[Ref, Sequence[Expr]]) -> list[int]:
    """The places of the questions so that each comes after what it reads; otherwise as they stand."""
    places = {question.value: place for place, question in enumerate(questions)}
    found: dict[int, None] = {}

    def visit(place: int) -> None:
        for ref in reads(forms[questions[place].value]):
            if ref in places and places[ref] not in found:
                visit(places[ref])
        found.setdefault(place)

    for place in range(len(questions)):
        visit(place)
    return list(found)


def taken(known: Known, at: Any) -> Known:
    """A known value on some of the sheets alone."""
    return Known(*(field[at] if np.ndim(field) else field for field in known))


def reads(forms: Sequence[Expr]) -> list[Ref]:
    """The values that any of some expressions read."""
    return list(dict.fromkeys(part for form in forms for part in walk(form) if isinstance(part, Ref)))


class Habit(NamedTuple):
    """How one question is answered on each sheet: the digits that operations are rounded to; the unit of the answer if
    zeros at its end were left out, and the unit of the digits that are there; its decimals; whether it is exact, and
    whether its column has fewer digits than were asked for."""

    digits: Digits
    unit: Floats
    written: Floats
    decimals: Floats
    exact: Flags
    few: Flags

    def at(self, places: Any) -> Habit:
        """The same on some of the sheets."""
        digits = Digits(*(field[places] if np.ndim(field) else field for field in self.digits))
        return Habit(digits, *(field[places] for field in self[1:]))


def digits_of(questions: Sequence[Question], sheets: Sheets, asked: Asked) -> list[Habit]:
    """How each question is answered, from what is asked for and what stands in its column: the values of one name."""
    columns: dict[str, list[int]] = {}
    for place, question in enumerate(questions):
        columns.setdefault(question.name.rstrip("0123456789"), []).append(place)
    habits: dict[int, Habit] = {}
    with np.errstate(all="ignore"):
        for places in columns.values():
            most = np.nanmax(np.where(np.isnan(sheets.numbers[places]), -1, sheets.decimals[places]), axis=0)
            figures = np.nanmax(np.where(np.isnan(sheets.numbers[places]), 0, sheets.figures[places]), axis=0)
            for place in places:
                habits[place] = _habit(sheets, place, asked, most, figures)
    return [habits[place] for place in range(len(questions))]


def _habit(sheets: Sheets, place: int, asked: Asked, most: Floats, most_figures: Floats) -> Habit:
    number, decimals = sheets.numbers[place], sheets.decimals[place]
    written = 10.0**-decimals
    if asked.figures:
        figures = np.minimum(most_figures, asked.figures)
        digits = Digits(0, np.maximum(figures, 1))
        unit = np.where(
            number == 0, written, Digits(0, np.maximum(figures, sheets.figures[place])).unit(np.abs(number))
        )
        few = figures < asked.figures
    else:
        wanted = most if asked.decimals is None else np.minimum(most, asked.decimals)
        digits = Digits(np.maximum(wanted, 0))
        unit = 10.0 ** -np.maximum(decimals, wanted)
        few = wanted < (asked.decimals or 0)
    return Habit(digits, np.minimum(unit, written), written, decimals, sheets.exact[place], few)


def graded(number: Floats, found: Enclosure, habit: Habit) -> Any:
    """The verdict on numbers where the result can lie in `found`: the tightest that explains them."""
    with np.errstate(invalid="ignore"):
        off = np.abs(number - found.number)
        slack = LOST * (1 + np.abs(number))
        unit = np.where(habit.exact, 0.0, habit.unit)
        inside = (number >= found.low - unit - slack) & (number <= found.high + unit + slack)
        rounded = inside & (off <= found.half + unit / 2 + slack)
        exact = off <= unit / 2 + slack
        coarse = (number >= found.low - habit.written - slack) & (number <= found.high + habit.written + slack)
        right = np.where(exact, Verdict.EXACT, np.where(rounded, Verdict.ROUNDED, Verdict.TRUNCATED))
        verdict = np.where(inside, right, np.where(coarse & ~habit.exact, Verdict.FEW_DIGITS, Verdict.WRONG))
        unknown = ~np.isfinite(found.low) & ~np.isfinite(found.high)
        verdict = np.where(unknown, Verdict.UNSURE, verdict)
    return np.where(habit.few & (verdict <= Verdict.TRUNCATED), Verdict.FEW_DIGITS, verdict).astype(np.int8)

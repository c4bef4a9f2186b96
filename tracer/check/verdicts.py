"""Each answer of each sheet judged from the student's own numbers: right, right after an earlier slip, or wrong.

An answer is right when it lies where the result of its step can lie (`intervals`), given what the same sheet says of
the values before it. A value that is wrong is followed as it was written, and also as it should have been: somebody may
have miscopied it and gone on with the right one. Most answers are what comes out of the numbers on the sheet; only for
the others is it worked out where the result can lie.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tracer.calculus.expression import Expr, Ref
from tracer.check.digits import Digits, Known
from tracer.check.grades import Verdict as Verdict
from tracer.check.grades import exactly, graded
from tracer.check.habits import Asked as Asked
from tracer.check.habits import Habit, habits_of
from tracer.check.intervals import Enclosure, enclose, number_of
from tracer.check.judged import Forms
from tracer.check.judged import Judged as Judged
from tracer.check.questions import Question
from tracer.check.ranges import nodes
from tracer.check.sheets import Flags, Floats
from tracer.check.sheets import Sheets as Sheets

FAR = 10  # times the range of the usual form: no other form reaches so far


def judge(
    questions: Sequence[Question],
    forms: Forms,
    given: Mapping[Ref, Known],
    sheets: Sheets,
    asked: Asked,
    rare: Forms | None = None,
) -> Judged:
    """Every answer of every sheet to its verdict. `forms` are the right sides by which each element is computed; what
    only one of the `rare` ones explains is neither called right nor wrong."""
    with np.errstate(all="ignore"):
        return _Judge(questions, forms, given, sheets, asked, rare or {}).all()


class _Judge:
    def __init__(
        self,
        questions: Sequence[Question],
        forms: Forms,
        given: Mapping[Ref, Known],
        sheets: Sheets,
        asked: Asked,
        rare: Forms,
    ) -> None:
        self.questions, self.forms, self.sheets, self.free = questions, forms, sheets, asked.free
        self.rare = rare
        self.count = sheets.numbers.shape[1]
        #: each value as the sheets have it, and as it is where what is wrong is put right
        self.own: dict[Ref, Known] = dict(given)
        self.right: dict[Ref, Known] = dict(given)
        self.wrong: dict[Ref, Flags] = {}
        #: whether an error stands behind a value as it is written, and behind it as it is put right
        self.behind: dict[Ref, tuple[Flags, Flags]] = {}
        self.habits = habits_of(questions, sheets, asked)
        shape = sheets.numbers.shape
        verdicts = np.full(shape, Verdict.MISSING, dtype=np.int8)
        repaired, informative, credited = np.zeros((3, *shape), dtype=bool)
        expected, low, high = np.full((3, *shape), np.nan)
        self.made = Judged(
            verdicts, repaired, expected, low, high, informative, credited, sheets.numbers, self.own, self.habits
        )

    def all(self) -> Judged:
        for place in in_order(self.questions, self.forms):
            self.one(place, self.questions[place])
        return self.made

    def written(self, place: int, habit: Habit) -> Known:
        return Known(self.sheets.numbers[place], np.where(habit.exact, 0.0, habit.unit), habit.decimals)

    def one(self, place: int, question: Question) -> None:
        """One question, on every sheet."""
        made, number, habit = self.made, self.sheets.numbers[place], self.habits[place]
        forms = self.forms[question.value]
        read = reads(forms)
        verdict, expected = made.verdicts[place], made.expected[place]
        expected[:] = number_of(forms[0], self.own)
        there = ~np.isnan(number)
        hits = exactly(number, expected, habit)
        for form in forms[1:]:
            hits |= exactly(number, number_of(form, self.own), habit)
        verdict[hits] = Verdict.EXACT
        made.low[place] = made.high[place] = expected
        verdict[~there & self.sheets.unreadable[place]] = Verdict.UNREADABLE
        known = self.written(place, habit)
        left = np.flatnonzero(~hits)
        if left.size:
            mine = {ref: self.own[ref].at(left) for ref in read}
            grade, found = self.graded(question.value, number[left], mine, habit.at(left))
            verdict[left] = np.where(there[left], grade, verdict[left])
            made.low[place, left], made.high[place, left] = found.low, found.high
            computed = self.computed(
                question.value, mine, habit.digits.at(left), found, ~there[left] | (grade == Verdict.WRONG)
            )
            fewer = there[left] & (verdict[left] == Verdict.FEW_DIGITS)
            known.width[left[fewer]] = habit.written[left[fewer]]
            known = _put(known, left, computed, ~there[left])
            if self.wrong and (verdict[left] == Verdict.WRONG).any():
                self.repair(place, question.value, read)
            right = _put(known, left, computed, verdict[left] == Verdict.WRONG)
        else:
            right = known
        self.own[question.value], self.right[question.value] = known, right
        wrong = verdict == Verdict.WRONG
        if wrong.any():
            self.wrong[question.value] = wrong
        self.credit(place, question.value, read)

    def graded(
        self, value: Ref, number: Floats, known: Mapping[Ref, Known], habit: Habit
    ) -> tuple[NDArray[np.int8], Enclosure]:
        """Numbers to verdicts, by the form that explains each best, and where the result of the usual form can lie;
        where a column has fewer digits than were asked for, as far as those go."""
        forms = self.forms[value]
        usual = enclose(forms[0], known, habit.digits)
        verdict = graded(number, usual, habit)
        every = np.ones(number.shape, dtype=bool)
        ways = [(form, habit.digits, habit, Verdict.EXACT, every) for form in forms[1:]]
        if habit.few.any():
            wider = habit._replace(unit=habit.written)
            ways += [(form, habit.coarse, wider, Verdict.FEW_DIGITS, habit.few) for form in forms]
        ways += [(form, habit.digits, habit, Verdict.UNSURE, every) for form in self.rare.get(value, ())]
        for form, digits, own, best, where in ways:
            at = np.flatnonzero(~np.isnan(number) & (verdict > max(best, Verdict.TRUNCATED)) & where)
            if at.size:
                found = enclose(form, {ref: one.at(at) for ref, one in known.items()}, digits.at(at))
                verdict[at] = np.minimum(verdict[at], np.maximum(graded(number[at], found, own.at(at)), best))
        # only what comes out of the numbers on the sheet can be short because zeros at its end were left out
        short = habit.few & (habit.written > habit.unit) & ~habit.exact
        verdict[short & ((verdict == Verdict.ROUNDED) | (verdict == Verdict.TRUNCATED))] = Verdict.FEW_DIGITS
        return verdict, usual

    def computed(self, value: Ref, known: Mapping[Ref, Known], digits: Digits, usual: Enclosure, where: Flags) -> Known:
        """A value that is not on the sheet, or not as it should be, as its step gives it: in whichever form."""
        unit = digits.unit(np.abs(usual.number))
        # of what reads given numbers alone there is one number for all sheets
        number = np.broadcast_to(usual.number, where.shape)
        far = np.broadcast_to(FAR * (usual.high - usual.low + unit), where.shape)
        carried, paper = (np.array(np.broadcast_to(one, where.shape)) for one in (usual.carried, usual.paper))
        at = np.flatnonzero(where)
        for form in self.forms[value][1:] if at.size else ():
            found = enclose(form, {ref: one.at(at) for ref, one in known.items()}, digits.at(at))
            apart = np.abs(found.number - number[at])
            # a delta that is worked out again, past one that is wrong, is another number, and no wider range
            apart[apart > far[at]] = np.nan
            carried[at] = np.fmax(carried[at], found.carried + apart)
            paper[at] = np.fmax(paper[at], found.paper + apart)
        return Known(usual.number, carried + unit, np.inf, paper + unit)

    def repair(self, place: int, value: Ref, read: Sequence[Ref]) -> None:
        """The wrong answers once more, with wrong values before them put right: all of them, or one."""
        made, parents = self.made, [ref for ref in read if ref in self.wrong]
        if not parents:
            return
        several = np.sum([self.wrong[ref] for ref in parents], axis=0) > 1
        for way in [parents] + ([[ref] for ref in parents] if several.any() else []):
            open_ = made.verdicts[place] == Verdict.WRONG
            if way is not parents:
                open_ &= several
            at = np.flatnonzero(open_ & np.any([self.wrong[ref] for ref in way], axis=0))
            if not at.size:
                continue
            known = {ref: (self.right if ref in way else self.own)[ref].at(at) for ref in read}
            grade, found = self.graded(value, self.sheets.numbers[place][at], known, self.habits[place].at(at))
            better = grade < Verdict.WRONG
            hits = at[better]
            made.verdicts[place, hits] = grade[better]
            made.repaired[place, hits] = True
            for array, new in ((made.expected, found.number), (made.low, found.low), (made.high, found.high)):
                array[place, hits] = np.broadcast_to(new, at.shape)[better]

    def credit(self, place: int, value: Ref, read: Sequence[Ref]) -> None:
        """Whether the step earns credit: it is right, and either no error stands behind it, so that it is what the key
        says, or at the numbers it reads it could not have been answered by a zero or by copying one of them."""
        made, repaired, verdict = self.made, self.made.repaired[place], self.made.verdicts[place]
        expected = made.expected[place]
        apart = np.abs(expected)
        for ref in read:
            same = self.right[ref] is self.own[ref] or not repaired.any()
            number = self.own[ref].number if same else np.where(repaired, self.right[ref].number, self.own[ref].number)
            np.minimum(apart, np.abs(expected - number), out=apart)
        informative = made.informative[place]
        np.greater(apart, np.fmin(self.habits[place].unit, self.habits[place].written), out=informative)
        right = (verdict <= Verdict.TRUNCATED) | (verdict == Verdict.UNSURE)
        if self.free:
            right |= verdict == Verdict.FEW_DIGITS
        before = [self.behind[ref] for ref in read if ref in self.behind]
        bad = (verdict == Verdict.WRONG) | (verdict == Verdict.UNREADABLE)
        if before:
            own, put_right = (np.any(found, axis=0) for found in zip(*before, strict=True))
            after = np.where(repaired, put_right, own)
            self.behind[value] = (after | bad, after)
            right &= informative | ~after
        elif bad.any():
            self.behind[value] = (bad, np.zeros_like(bad))
        made.credited[place] = right


def _put(known: Known, at: NDArray[np.intp], other: Known, where: Flags) -> Known:
    """A value with what stands on some of the sheets replaced by another."""
    if not where.any():
        return known
    places = at[where]
    made = [np.array(np.broadcast_to(field, np.shape(known.number)), dtype=float) for field in known]
    for array, new in zip(made, other, strict=True):
        array[places] = np.broadcast_to(new, at.shape)[where]
    return Known(*made)


def in_order(questions: Sequence[Question], forms: Forms) -> list[int]:
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


def reads(forms: Sequence[Expr]) -> list[Ref]:
    """The values that any of some expressions read."""
    return list(dict.fromkeys(part for form in forms for part, _ in nodes(form) if isinstance(part, Ref)))

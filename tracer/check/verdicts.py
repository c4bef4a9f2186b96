"""Each answer of each sheet judged from the student's own numbers: right, right after an earlier slip, or wrong.

An answer is right when it lies where the result of its step can lie (`intervals`), given what the same sheet says of
the values before it. A value that is wrong is followed as it was written, and also as it should have been: somebody may
have miscopied it and gone on with the right one. Most answers are what comes out of the numbers on the sheet; only for
the others is it worked out where the result can lie.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.calculus.expression import Expr, Ref
from tracer.check.digits import Digits, Known
from tracer.check.grades import Verdict as Verdict
from tracer.check.grades import exactly, graded
from tracer.check.habits import Asked as Asked
from tracer.check.habits import Habit
from tracer.check.intervals import Enclosure, enclose, number_of
from tracer.check.judged import Forms
from tracer.check.judged import Judged as Judged
from tracer.check.questions import Question
from tracer.check.ranges import nodes
from tracer.check.sheets import Flags, Floats
from tracer.check.sheets import Sheets as Sheets
from tracer.check.side_by_side import Alike, apart, beside, habit_beside, known_beside

FAR = 10  # times the range of the usual form: no other form reaches so far


def judge(
    groups: Sequence[Alike], given: Mapping[Ref, Known], sheets: Sheets, habits: Sequence[Habit], asked: Asked
) -> Judged:
    """Every answer of every sheet to its verdict. `groups` are the questions in the order of the computation, those of
    one form side by side, each with the right sides by which it is computed; what only one of the `rare` ones explains
    is neither called right nor wrong."""
    shape = sheets.numbers.shape
    own = dict(given)
    verdicts = np.full(shape, Verdict.MISSING, dtype=np.int8)
    repaired, informative, credited = np.zeros((3, *shape), dtype=bool)
    expected, low, high = np.full((3, *shape), np.nan)
    made = Judged(verdicts, repaired, expected, low, high, informative, credited, sheets.numbers, own, habits)
    class_ = _Class(made, sheets, dict(given), {}, {}, asked.free)
    with np.errstate(all="ignore"):
        for group in groups:
            _Group(group, class_).judge()
    return made


class _Class(NamedTuple):
    """What is known of a class so far, by value: what the sheets have (`made.known`), what it is where wrong ones are
    put right, where it is wrong, and whether an error stands behind it as it is written, and as it is put right."""

    made: Judged
    sheets: Sheets
    right: dict[Ref, Known]
    wrong: dict[Ref, Flags]
    behind: dict[Ref, tuple[Flags, Flags]]
    free: bool


class _Group:
    """Questions of one form side by side, on every sheet: arrays that are as long as all of them together."""

    def __init__(self, group: Alike, class_: _Class) -> None:
        self.group, self.class_ = group, class_
        places, reads = list(group.places), list(zip(*group.reads, strict=True))
        self.count = class_.sheets.numbers.shape[1]
        counts = [self.count] * len(places)
        self.reads = group.reads[0]
        own, right, none = class_.made.known, class_.right, np.zeros(self.count, dtype=bool)
        self.own = {refs[0]: known_beside([own[ref] for ref in refs], counts) for refs in reads}
        self.right = {
            refs[0]: self.own[refs[0]] if all(right[ref] is own[ref] for ref in refs)
            else known_beside([right[ref] for ref in refs], counts)
            for refs in reads
        }  # fmt: skip
        self.wrong = {
            refs[0]: beside([class_.wrong.get(ref, none) for ref in refs], counts)
            for refs in reads if any(ref in class_.wrong for ref in refs)
        }  # fmt: skip
        self.behind = [
            tuple(beside([class_.behind.get(ref, (none, none))[kind] for ref in refs], counts) for kind in (0, 1))
            for refs in reads if any(ref in class_.behind for ref in refs)
        ]  # fmt: skip
        self.habit = habit_beside([class_.made.habits[place] for place in places], counts)
        self.number = class_.sheets.numbers[places].ravel()
        self.unreadable = class_.sheets.unreadable[places].ravel()
        shape = self.number.shape
        self.verdicts = np.full(shape, Verdict.MISSING, dtype=np.int8)
        self.repaired, self.informative, self.credited = np.zeros((3, *shape), dtype=bool)
        self.expected, self.low, self.high = np.full((3, *shape), np.nan)
        self.after: tuple[Flags, Flags] | None = None  # whether an error stands behind what comes after it

    def written(self) -> Known:
        habit = self.habit
        return Known(self.number, np.where(habit.exact, 0.0, habit.unit), habit.decimals)

    def judge(self) -> None:
        """What is said of every answer, put back where it belongs."""
        forms, number, habit, verdict = self.group.forms, self.number, self.habit, self.verdicts
        self.expected[:] = number_of(forms[0], self.own)
        there = ~np.isnan(number)
        hits = exactly(number, self.expected, habit)
        for form in forms[1:]:
            hits |= exactly(number, number_of(form, self.own), habit)
        verdict[hits] = Verdict.EXACT
        self.low[:] = self.high[:] = self.expected
        verdict[~there & self.unreadable] = Verdict.UNREADABLE
        known = self.written()
        left = np.flatnonzero(~hits)
        if left.size:
            mine = {ref: self.own[ref].at(left) for ref in self.reads}
            grade, found = self.graded(number[left], mine, habit.at(left))
            verdict[left] = np.where(there[left], grade, verdict[left])
            self.low[left], self.high[left] = found.low, found.high
            computed = self.computed(mine, habit.digits.at(left), found, ~there[left] | (grade == Verdict.WRONG))
            fewer = there[left] & (verdict[left] == Verdict.FEW_DIGITS)
            known.width[left[fewer]] = habit.written[left[fewer]]
            known = _put(known, left, computed, ~there[left])
            if self.wrong and (verdict[left] == Verdict.WRONG).any():
                self.repair()
            right = _put(known, left, computed, verdict[left] == Verdict.WRONG)
        else:
            right = known
        self.credit()
        self.put_back(known, right)

    def put_back(self, known: Known, right: Known) -> None:
        """What was found, to the questions one by one."""
        class_, wrong = self.class_, self.verdicts == Verdict.WRONG
        places, shape = list(self.group.places), (len(self.group.places), self.count)
        mine = (self.verdicts, self.repaired, self.expected, self.low, self.high, self.informative, self.credited)
        arrays: list[tuple[Any, Any]] = list(zip(class_.made.arrays, mine, strict=True))
        for array, part in arrays:
            array[places] = part.reshape(shape)
        for place, value in enumerate(self.group.values):
            here = slice(place * self.count, (place + 1) * self.count)
            own = apart(known, place, self.count)
            class_.made.known[value] = own  # type: ignore[index]
            class_.right[value] = own if right is known else apart(right, place, self.count)
            if wrong[here].any():
                class_.wrong[value] = wrong[here]
            if self.after is not None and (self.after[0][here].any() or self.after[1][here].any()):
                class_.behind[value] = (self.after[0][here], self.after[1][here])

    def graded(self, number: Floats, known: Mapping[Ref, Known], habit: Habit) -> tuple[NDArray[np.int8], Enclosure]:
        """Numbers to verdicts, by the form that explains each best, and where the result of the usual form can lie;
        where a column has fewer digits than were asked for, as far as those go."""
        forms = self.group.forms
        usual = enclose(forms[0], known, habit.digits)
        verdict = graded(number, usual, habit)
        every = np.ones(number.shape, dtype=bool)
        ways = [(form, habit.digits, habit, Verdict.EXACT, every) for form in forms[1:]]
        if habit.few.any():
            wider = habit._replace(unit=habit.written)
            ways += [(form, habit.coarse, wider, Verdict.FEW_DIGITS, habit.few) for form in forms]
        ways += [(form, habit.digits, habit, Verdict.UNSURE, every) for form in self.group.rare]
        for form, digits, own, best, where in ways:
            at = np.flatnonzero(~np.isnan(number) & (verdict > max(best, Verdict.TRUNCATED)) & where)
            if at.size:
                found = enclose(form, {ref: one.at(at) for ref, one in known.items()}, digits.at(at))
                verdict[at] = np.minimum(verdict[at], np.maximum(graded(number[at], found, own.at(at)), best))
        # only what comes out of the numbers on the sheet can be short because zeros at its end were left out
        short = habit.few & (habit.written > habit.unit) & ~habit.exact
        verdict[short & ((verdict == Verdict.ROUNDED) | (verdict == Verdict.TRUNCATED))] = Verdict.FEW_DIGITS
        return verdict, usual

    def computed(self, known: Mapping[Ref, Known], digits: Digits, usual: Enclosure, where: Flags) -> Known:
        """A value that is not on the sheet, or not as it should be, as its step gives it: in whichever form."""
        unit = digits.unit(np.abs(usual.number))
        # of what reads given numbers alone there is one number for all sheets
        number = np.broadcast_to(usual.number, where.shape)
        far = np.broadcast_to(FAR * (usual.high - usual.low + unit), where.shape)
        carried, paper = (np.array(np.broadcast_to(one, where.shape)) for one in (usual.carried, usual.paper))
        at = np.flatnonzero(where)
        for form in self.group.forms[1:] if at.size else ():
            found = enclose(form, {ref: one.at(at) for ref, one in known.items()}, digits.at(at))
            apart = np.abs(found.number - number[at])
            # a delta that is worked out again, past one that is wrong, is another number, and no wider range
            apart[apart > far[at]] = np.nan
            carried[at] = np.fmax(carried[at], found.carried + apart)
            paper[at] = np.fmax(paper[at], found.paper + apart)
        return Known(usual.number, carried + unit, np.inf, paper + unit)

    def repair(self) -> None:
        """The wrong answers once more, with wrong values before them put right: all of them, or one."""
        parents = list(self.wrong)
        several = np.sum([self.wrong[ref] for ref in parents], axis=0) > 1
        for way in [parents] + ([[ref] for ref in parents] if several.any() else []):
            open_ = self.verdicts == Verdict.WRONG
            if way is not parents:
                open_ &= several
            at = np.flatnonzero(open_ & np.any([self.wrong[ref] for ref in way], axis=0))
            if not at.size:
                continue
            known = {ref: (self.right if ref in way else self.own)[ref].at(at) for ref in self.reads}
            grade, found = self.graded(self.number[at], known, self.habit.at(at))
            better = grade < Verdict.WRONG
            hits = at[better]
            self.verdicts[hits] = grade[better]
            self.repaired[hits] = True
            for array, new in ((self.expected, found.number), (self.low, found.low), (self.high, found.high)):
                array[hits] = np.broadcast_to(new, at.shape)[better]

    def credit(self) -> None:
        """Whether the step earns credit: it is right, and either no error and no coarse number stands behind it, so
        that it is what the key says, or at the numbers it reads it could not have been answered by a zero or by copying
        one of them."""
        verdict, repaired, expected = self.verdicts, self.repaired, self.expected
        distance = np.abs(expected)
        for ref in self.reads:
            same = self.right[ref] is self.own[ref] or not repaired.any()
            number = self.own[ref].number if same else np.where(repaired, self.right[ref].number, self.own[ref].number)
            np.minimum(distance, np.abs(expected - number), out=distance)
        np.greater(distance, np.fmin(self.habit.unit, self.habit.written), out=self.informative)
        right = (verdict <= Verdict.TRUNCATED) | (verdict == Verdict.UNSURE)
        if self.class_.free:
            right |= verdict == Verdict.FEW_DIGITS
        bad = (verdict == Verdict.WRONG) | (verdict == Verdict.UNREADABLE)
        if not self.class_.free:  # what follows from a coarse number need not be what the key says
            bad |= verdict == Verdict.FEW_DIGITS
        if self.behind:
            own, put_right = (np.any(found, axis=0) for found in zip(*self.behind, strict=True))
            after = np.where(repaired, put_right, own)
            self.after = (after | bad, after)
            right &= self.informative | ~after
        elif bad.any():
            self.after = (bad, np.zeros_like(bad))
        self.credited[:] = right


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

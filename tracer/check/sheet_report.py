"""A column of the results of a class to the report of one sheet."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np

from tracer.calculus.expression import Ref
from tracer.check.causes import ENOUGH, Cause
from tracer.check.formulas_on_sheets import Place
from tracer.check.grading import Course, Results
from tracer.check.habits import Asked
from tracer.check.mistake_titles import title
from tracer.check.outcomes import Outcome
from tracer.check.own_numbers import as_written, usual, worked_step
from tracer.check.report import OUTCOMES, Finding, FirstError, LikelyCause, Mistaken, Report
from tracer.check.slips import Kind, Slip, Wrong, slips
from tracer.check.verdicts import Verdict, reads
from tracer.check.worksheet import digits_told
from tracer.errors import clean_text
from tracer.explain.language import Language, sentence
from tracer.explain.numbers import Digits, Printed, printed
from tracer.explain.worked import Worked
from tracer.read.answers import Answer
from tracer.read.number import Unreadable, Written
from tracer.read.resolved import Given
from tracer.read.variants import called
from tracer.run.deviations import deviation

VERDICTS = tuple(Verdict)


def report_of(results: Results, sheet: int, hidden: bool = False, hint: bool = False) -> Report:
    """One sheet of a class to its report."""
    return _Sheet(results, sheet, hidden or hint).report(hint)


#: what is said of a slip at the answer, and of the first error
_SHORT = {
    Kind.EXCHANGED: sentence("two answers exchanged"),
    Kind.DIGITS: sentence("two digits exchanged"),
    Kind.POINT: sentence("its point is misplaced"),
    Kind.SIGN: sentence("its sign is turned"),
    Kind.COPIED: sentence("miscopied, it seems"),
}
_SAYS = {
    Kind.EXCHANGED: sentence("It is what {other} should be, and the other way round: the two answers are exchanged."),
    Kind.DIGITS: sentence("With two neighbouring digits the other way round it would be right."),
    Kind.POINT: sentence("Its digits are right; only the point stands in the wrong place."),
    Kind.SIGN: sentence("With the other sign it would be right."),
    Kind.COPIED: sentence("What follows from it goes on with the right number, so it seems to be miscopied."),
}


class _Sheet:
    """One column of the results of a class."""

    def __init__(self, results: Results, sheet: int, hidden: bool) -> None:
        self.results, self.sheet, self.hidden = results, sheet, hidden
        self.course: Course = results.course
        self.convention = int(results.checked.convention[sheet])
        self.answers: dict[int, Given] = {}
        for quantity, given in results.answers[sheet].answers.items():
            place = self.course.places.get(quantity)
            if place is not None:
                self.answers[place] = given
        checked = results.checked
        self.verdicts: list[int] = checked.verdicts[:, sheet].tolist()
        self.outcomes: list[int] = results.outcomes[:, sheet].tolist()
        self.expected: list[float] = checked.expected[:, sheet].tolist()
        self.low: list[float] = checked.low[:, sheet].tolist()
        self.high: list[float] = checked.high[:, sheet].tolist()
        self.units: list[float] = results.units[:, sheet].tolist()
        self.credited: list[bool] = checked.credited[:, sheet].tolist()
        #: where answers stand on the sheet, and what they answer
        self.stands, self.answers_to = self.course.layout(self.convention)

    def report(self, hint: bool) -> Report:
        course, results = self.course, self.results
        handed_in = results.handed_in[self.sheet]
        self.slips = self.found_slips() if Verdict.WRONG in self.verdicts else {}
        findings = tuple(map(self.finding, course.order))
        first = self.first(findings)
        place = next((at for at, one in zip(course.order, findings, strict=True) if one.wrong), None)
        causes = sorted(self.causes(place), key=lambda one: not one.of_first)
        notation = course.task.notation
        return Report(
            course.task.problem.title or course.task.problem.where, called(handed_in.student, handed_in.name),
            handed_in.signed, handed_in.source, findings, first,
            tuple(one for one in causes if one.of_first or not hint),
            self.said_of_convention(), self.cuts(), results.problems(self.sheet),
            results.marks[self.sheet], course.worth.total, self.hidden, hint, notation.language, notation.decimal,
        )  # fmt: skip

    def cuts(self) -> bool:
        """Whether digits were cut off by habit, not by chance in some places."""
        cut, rounded = self.verdicts.count(Verdict.TRUNCATED), self.verdicts.count(Verdict.ROUNDED)
        return cut > max(ENOUGH, rounded, self.verdicts.count(Verdict.WRONG))

    def said_of_convention(self) -> str:
        return self.course.task.notation.language.of(self.course.plan.conventions[self.convention].says)

    def finding(self, place: int) -> Finding:
        """One answer."""
        known, outcome = self.course.told[place], self.outcomes[place]
        given = self.answers.get(place)
        worth = self.course.worth
        name, text, why, sign = known.name, "", "", known.sign
        formula = self.results.formulas.get(Place(place, self.sheet))
        if given is not None:
            name, text, sign = given.typed, written_text(given.answer.text), given.sign
            if formula is not None:
                why = self.course.task.notation.language.of(formula.reason)
            elif outcome == Outcome.UNREADABLE:
                why = reason(given.answer, self.course.task.notation.language)
        says, slip, told = known.says[outcome], "", self.course.task.notation.language.told
        if place in self.slips:
            slip = told(_SHORT[self.slips[place].kind])
            says = told("not right: {slip}", slip=slip)
        elif outcome == Outcome.FEW_DIGITS and (digits := self.digits(place)):
            says = told("right so far, but more digits are needed: {digits}", digits=digits)
        unit = self.units[place]
        expected = low = high = None
        if not self.hidden and formula is None:
            expected, low, high = self.expected[place], self.low[place] - unit, self.high[place] + unit
            if sign < 0:
                expected, low, high = -expected, -high, -low
        return Finding(
            name, known.symbol, known.address, known.step, known.phase, text, why, VERDICTS[self.verdicts[place]],
            OUTCOMES[outcome], says, self.credited[place], worth.earns[place][outcome],
            worth.questions[place], expected, low, high, decimals_of(unit), slip,
        )  # fmt: skip

    def digits(self, place: int) -> str:
        """How many digits an answer was asked for with, in words; "" where nothing was said."""
        asked = self.course.task.asked
        decimals, figures = (
            int(one[place, self.sheet] if isinstance(one, np.ndarray) else one or 0)
            for one in (asked.decimals, asked.figures)
        )
        told = Asked(None, figures) if figures else Asked(decimals)
        return "" if asked.free else digits_told(told, self.course.task.notation.language)

    # -- the first error

    def first(self, findings: Iterable[Finding]) -> FirstError | None:
        """The first wrong answer, its step worked out."""
        before = 0
        for place, finding in zip(self.course.order, findings, strict=True):
            if finding.wrong:
                worked = self.worked(place)
                if self.hidden and Place(place, self.sheet) in self.results.formulas:
                    worked = replace(worked, lines=())  # the right formula would be the answer
                return FirstError(finding, worked, before, self.says_of_slip(place))
            before += finding.outcome <= Outcome.REPAIRED
        return None

    def worked(self, place: int) -> Worked:
        """A step with the numbers of this sheet."""
        plan = self.course.plan
        question, convention = plan.asked[self.answers_to[place]], plan.conventions[self.convention]
        base = self.course.readings[convention.sign]
        base = replace(base, digits=Digits(max(decimals_of(self.units[place]), 2)))

        def on_sheet(ref: Ref, sign: int) -> tuple[float, Printed, bool] | None:
            asked = self.course.values.get(ref)
            if asked is None:
                return None
            at = self.stands[asked]
            turned = sign * self.course.sign(plan.asked[asked], self.convention)
            given = self.answers.get(at)
            if given is not None and isinstance(given.answer, Written) and self.verdicts[at] <= Verdict.WRONG:
                turned *= given.sign
                return turned * float(given.answer.value), as_written(given.answer, turned), True
            number = turned * self.expected[at]
            return number, printed(number, base.digits) if math.isfinite(number) else Printed("0", True), False

        result = base.sign(question.name) * self.course.sign(question, self.convention) * self.expected[place]
        return worked_step(base, question, usual(convention.sides.forms[question.value]), on_sheet, result, self.hidden)

    # -- slips of the pen

    def found_slips(self) -> Mapping[int, Slip]:
        """What is behind wrong answers if not a mistake, by place."""
        asked = self.course.plan.asked
        wrong = [
            Wrong(place, given.answer, given.sign, asked[self.answers_to[place]].value.name, self.accepts(place))
            for place, given in self.answers.items()
            if self.verdicts[place] == Verdict.WRONG and isinstance(given.answer, Written) and not self.named(place)
        ]
        return slips(wrong, self.gone_on())

    def accepts(self, place: int) -> Callable[[float], bool]:
        """Whether a number would be accepted at a place."""
        low, high = self.low[place] - self.units[place], self.high[place] + self.units[place]
        return lambda number: low <= number <= high

    def gone_on(self) -> set[int]:
        """The wrong answers that others read, and are right by what should stand there."""
        plan = self.course.plan
        forms = plan.conventions[self.convention].sides.forms
        found = set()
        for place in range(len(plan.asked)):
            if self.outcomes[place] == Outcome.REPAIRED:
                for ref in reads(forms[plan.asked[self.answers_to[place]].value]):
                    asked = self.course.values.get(ref)
                    at = -1 if asked is None else self.stands[asked]
                    if at >= 0 and self.verdicts[at] == Verdict.WRONG and not self.named(at):
                        found.add(at)
        return found

    def says_of_slip(self, place: int) -> str:
        """What is said of a slip of the pen at a place."""
        if place not in self.slips:
            return ""
        slip = self.slips[place]
        other = f"${self.course.told[slip.other].symbol}$" if slip.other >= 0 else ""
        return self.course.task.notation.language.told(_SAYS[slip.kind], other=other)

    # -- causes

    def causes(self, first: int | None) -> list[LikelyCause]:
        """What explains the wrong answers, the first of which stands at a place."""
        return [self.cause(cause, first) for cause in self.results.checked.causes[self.sheet]]

    def cause(self, cause: Cause, first: int | None) -> LikelyCause:
        language, layers = self.course.task.notation.language, self.course.plan.network.layers
        of = language.of
        records = [deviation(name) for name in cause.names]
        one_of = tuple(Mistaken(one.name, title(one, layers, language), of(one.why), of(one.remedy)) for one in records)
        telling = self.telling(cause.names) if len(one_of) > 1 else ()
        return LikelyCause(one_of, cause.answers, telling, first is None or self.acts(cause.names, first))

    def named(self, place: int) -> bool:
        """Whether a mistake that was named changes what is asked for at a place."""
        return any(self.acts(cause.names, place) for cause in self.results.checked.causes[self.sheet])

    def acts(self, names: tuple[str, ...], place: int) -> bool:
        """Whether some mistake changes what is asked for at a place."""
        plan = self.course.plan
        here = plan.looked_for(plan.conventions[self.convention])
        value = plan.asked[self.answers_to[place]].value
        formula = self.results.formulas.get(Place(place, self.sheet))
        named = formula.compared.mistakes if formula is not None and formula.compared is not None else ()
        return any(one.record.name in names and value in one.forms for one in here) or bool({*names} & {*named})

    def telling(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The symbols of what this sheet does not answer, and these mistakes would make differ."""
        plan = self.course.plan
        here = plan.looked_for(plan.conventions[self.convention])
        found = [mistake.forms for mistake in here if mistake.record.name in names]
        return tuple(
            self.course.told[place].symbol
            for place in range(len(plan.asked))
            if self.verdicts[place] >= Verdict.UNREADABLE
            and len({forms.get(plan.asked[self.answers_to[place]].value) for forms in found}) > 1
        )


@lru_cache(maxsize=2**14)  # a class writes the same numbers again and again
def written_text(text: str) -> str:
    """An answer as it was written, on one line."""
    return clean_text(text).strip()


@lru_cache(maxsize=256)
def decimals_of(unit: float) -> int:
    """With how many decimals an answer is told, by what its last digit is worth."""
    return min(max(round(-math.log10(unit)), 0), 12) if unit > 0 else 6


def reason(answer: Answer, language: Language) -> str:
    """Why an answer is not judged."""
    if isinstance(answer, Unreadable):
        return answer.reason
    if isinstance(answer, Written):
        return language.told("its comma may group thousands, or be a decimal comma")
    return language.told("this is a formula; write its number")

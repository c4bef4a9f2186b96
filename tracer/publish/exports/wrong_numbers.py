"""The numbers that named mistakes lead to, for platforms that can tell a student what a wrong number comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from tracer.calculus.expression import Expr, Ref
from tracer.check.digits import Digits
from tracer.check.grading import Course
from tracer.check.mistakes import Mistake
from tracer.check.questions import Question
from tracer.explain.language import Language
from tracer.publish.exports.tolerances import Reach, off_by, reach_of, shown, tolerance

MOST_NAMES = 3  # mistakes that one wrong number is explained by


@dataclass(frozen=True)
class Wrong:
    """A wrong number that named mistakes lead to, all to the same one: each with its title and its remedy."""

    names: tuple[str, ...]
    told: tuple[tuple[str, str], ...]
    value: float
    text: str
    tolerance: str


class WrongNumbers:
    """The mistakes of a problem, each tried at every step with right numbers before it."""

    def __init__(self, course: Course, key: Mapping[Ref, float], reaches: Mapping[Ref, Reach], digits: Digits) -> None:
        self.course, self.key, self.reaches, self.digits = course, key, reaches, digits
        self.off = off_by(course.plan, key, reaches)
        self.language = course.task.notation.language

    def of(self, question: Question, sign: int, key: float) -> Iterator[Wrong]:
        """The wrong numbers of a question that can be told from its key. What cannot be told apart is one of them, and
        between two of them each reaches half the way."""
        reach = self.reaches[question.value]
        found = []
        for mistake in self.course.plan.mistakes:
            form = mistake.forms.get(question.value)
            if form is None:
                continue
            value, off = self._mistaken(mistake, form, reach)
            if np.isfinite(value) and abs(value - self.key[question.value]) > reach.whole + reach.unit:
                found.append((sign * value, off, mistake))
        groups: list[list[tuple[float, float, Mistake]]] = []
        for one in sorted(found, key=lambda one: one[0]):
            if groups and one[0] - groups[-1][-1][0] <= 2 * reach.unit:
                groups[-1].append(one)
            else:
                groups.append([one])
        centres = [sum(one[0] for one in group) / len(group) for group in groups]
        for place, group in enumerate(groups):
            if len(group) <= MOST_NAMES:
                others = [key, *centres[:place], *centres[place + 1 :]]
                yield self._wrong(group, centres[place], others, reach.unit)

    def _wrong(
        self, group: list[tuple[float, float, Mistake]], value: float, others: list[float], unit: float
    ) -> Wrong:
        of = self.language.of
        records = [mistake.record for _, _, mistake in group]
        spread = max(abs(one - value) + off for one, off, _ in group)
        free = min(abs(value - other) for other in others)
        text = shown(value, unit)
        return Wrong(tuple(one.name for one in records), tuple((of(one.title), of(one.remedy)) for one in records),
                     value, text, tolerance(min(spread, 0.49 * free), value, text))  # fmt: skip

    def _mistaken(self, mistake: Mistake, form: Expr, reach: Reach) -> tuple[float, float]:
        """What a mistaken line gives at the right values, and how far its roundings reach."""
        with np.errstate(all="ignore"):
            return reach_of(form, {**self.off, **mistake.given}, self.digits, reach.unit)


def told_causes(wrong: Wrong, language: Language) -> str:
    """What is said to who writes a wrong number: the mistake and what to do, or several that lead there. One number
    proves nothing, so it is called a way to it, not the cause."""
    made = [f"{title}. {remedy}" for title, remedy in wrong.told]
    if len(made) == 1:
        return language.told("A way to this number: {mistake}", mistake=made[0])
    numbered = " ".join(f"({number}) {one}" for number, one in enumerate(made, 1))
    return language.told("Ways to this number: {mistakes}", mistakes=numbered)

"""The answers of a class as arrays: what was read on each sheet, question by question.

A number keeps how many digits it was written with, because they are evidence; what is no number is unreadable or
missing, never zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.check.questions import Question
from tracer.read.number import Written
from tracer.read.resolved import Quantity, Resolved

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Sheets(NamedTuple):
    """The answers of a class, arrays [question, sheet]: the numbers (nan where there is none), how many digits after
    the point and how many figures they are written with, whether they are exact (1/3), and whether one that is no
    number was unreadable."""

    numbers: Floats
    decimals: Floats
    figures: Floats
    exact: Flags
    unreadable: Flags

    def of(self, places: Any) -> Sheets:
        """Some of the sheets."""
        return Sheets(
            self.numbers[:, places],
            self.decimals[:, places],
            self.figures[:, places],
            self.exact[:, places],
            self.unreadable[:, places],
        )

    def ordered(self, rows: Any) -> Sheets:
        """The answers to other questions: where matrices are written the other way round."""
        return Sheets(
            self.numbers[rows], self.decimals[rows], self.figures[rows], self.exact[rows], self.unreadable[rows]
        )


def sheets_of(asked: Sequence[Question], answers: Sequence[Resolved]) -> Sheets:
    """Resolved sheets to the arrays that `check_sheets` takes: a row for each question, a column for each sheet.

    A name that means the negative (target minus output in some notations) is turned. A formula in place of a number
    counts as unreadable here; a decimal point that moved out of float64's reach does too.
    """
    shape = (len(asked), len(answers))
    made = Sheets(
        np.full(shape, np.nan), np.zeros(shape), np.zeros(shape), np.zeros(shape, bool), np.zeros(shape, bool)
    )
    places = {quantity_of(question): place for place, question in enumerate(asked)}
    steps = {question.step for question in asked}
    only = steps.pop() if len(steps) == 1 else None
    for sheet, resolved in enumerate(answers):
        for quantity, given in resolved.answers.items():
            place = places.get(quantity if quantity.step is not None or only is None else quantity._replace(step=only))
            if place is None:
                continue
            answer = given.answer
            number = float(answer.value) * given.sign if isinstance(answer, Written) else np.nan
            if not isinstance(answer, Written) or not np.isfinite(number) or _in_thousands(answer):
                made.unreadable[place, sheet] = True
                continue
            made.numbers[place, sheet] = number
            digits = digits_written(answer)
            if digits is None:
                made.exact[place, sheet] = True
            else:
                made.decimals[place, sheet], made.figures[place, sheet] = digits
    return made


def _in_thousands(answer: Written) -> bool:
    """Whether a comma was read as one that groups thousands: on this sheet it may be a decimal comma all the same."""
    return "," in answer.text and answer.decimals == 0 and abs(answer.value) >= 1000


def digits_written(answer: Written) -> tuple[int, int] | None:
    """The decimals and figures of a number; None for a fraction that has no end in decimals, which nobody rounded.

    >>> from tracer.read.number import read_number
    >>> digits_written(read_number("11/10")), digits_written(read_number("1/3"))
    ((1, 2), None)
    """
    if not answer.exact and answer.decimals is not None:
        return answer.decimals, answer.figures or 0
    # 11/10 may be a rounded 1.10 in other words
    rest = answer.value.denominator
    decimals = 0
    while rest % 10 == 0 or rest % 5 == 0 or rest % 2 == 0:
        rest = rest // 10 if rest % 10 == 0 else rest // 5 if rest % 5 == 0 else rest // 2
        decimals += 1
    return None if rest != 1 else (decimals, len(str(abs(int(answer.value * 10**decimals))).lstrip("0")))


def quantity_of(question: Question) -> Quantity:
    """What a question asks for, as the names on a sheet are resolved.

    >>> from tracer.calculus.expression import Ref
    >>> quantity_of(Question(Ref("E"), "E", 1, "E", ()))
    Quantity(name='E', indices=(), step=1)
    """
    return Quantity(question.name, question.places, question.step)


def not_asked(asked: Sequence[Question], answers: Resolved) -> tuple[str, ...]:
    """The names on a sheet that are known, and answer nothing that is asked for."""
    steps = {question.step for question in asked}
    known = {quantity_of(question) for question in asked}
    known |= {quantity._replace(step=None) for quantity in known} if len(steps) == 1 else set()
    return tuple(given.typed for quantity, given in answers.answers.items() if quantity not in known)

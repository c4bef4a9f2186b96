"""The answers of a class as arrays: what was read on each sheet, question by question.

A number keeps how many digits it was written with, because they are evidence; what is no number is unreadable or
missing, never zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.check.digits import decimals_in_full
from tracer.check.questions import Question
from tracer.read.answers import Answer
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
    counts as unreadable here, for `formulas_on_sheets` to look at; a decimal point that moved out of float64's reach
    does too.
    """
    many = len(asked)
    places = {quantity_of(question): place for place, question in enumerate(asked)}
    if len({question.step for question in asked}) == 1:
        places |= {quantity._replace(step=None): place for quantity, place in places.items()}
    # a class writes the same numbers again and again: each is read once, and a sheet is a row of places among them
    read: list[tuple[float, int, int, bool] | None] = [(math.nan, 0, 0, False)]  # at 0 what is not answered
    known: tuple[dict[int, int], dict[int, int]] = ({}, {})  # by identity: as they are, and turned
    rows: list[list[int]] = []
    for resolved in answers:
        row = [0] * many
        for quantity, given in resolved.answers.items():
            place = places.get(quantity)
            if place is None:
                continue
            seen, key = known[given.sign < 0], id(given.answer)
            code = seen.get(key)
            if code is None:
                code = seen[key] = len(read)
                read.append(_read(given.answer, given.sign))
            row[place] = code
        rows.append(row)
    codes = np.array(rows, dtype=np.intp).reshape(len(answers), many).T  # the shape also where there are no sheets
    numbers, decimals, figures, exact = zip(*(one or read[0] for one in read), strict=True)
    unreadable = [one is None for one in read]
    floats = (np.array(one, dtype=float)[codes] for one in (numbers, decimals, figures))
    flags = (np.array(one, dtype=bool)[codes] for one in (exact, unreadable))
    return Sheets(*floats, *flags)


def _read(answer: Answer, sign: int) -> tuple[float, int, int, bool] | None:
    """A number, its decimals and figures, and whether it is exact; None for what is no number to judge."""
    if not isinstance(answer, Written) or _in_thousands(answer):
        return None
    number = sign * float(answer.value)
    digits = digits_written(answer)
    if not math.isfinite(number):
        return None
    return (number, 0, 0, True) if digits is None else (number, *digits, False)


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
    decimals = decimals_in_full(answer.value)  # 11/10 may be a rounded 1.10 in other words
    if math.isinf(decimals):
        return None
    return int(decimals), len(str(abs(int(answer.value * 10 ** int(decimals)))).lstrip("0"))


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

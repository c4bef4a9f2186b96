"""What is said of one answer: numbers and where the result of their step can lie, to verdicts."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracer.check.habits import Habit
from tracer.check.intervals import LOST, Enclosure


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


Verdicts = NDArray[np.int8]


def exactly(number: Any, value: Any, habit: Habit) -> Any:
    """Whether numbers are what comes out of the numbers on the sheet, rounded once at the end."""
    unit = np.where(habit.exact, 0.0, habit.unit)
    return np.abs(number - value) <= unit / 2 + LOST * (1 + np.abs(number))


def graded(number: Any, found: Enclosure, habit: Habit) -> Verdicts:
    """The verdict on numbers where the result can lie in `found`: the tightest that explains them.

    Who rounds on paper and also carries more digits is nobody we know of, but might be somebody: what only both
    together explain is neither called right nor wrong.
    """
    with np.errstate(invalid="ignore"):
        off = np.abs(number - found.number)
        slack = LOST * (1 + np.abs(number))
        unit = np.where(habit.exact, 0.0, habit.unit)
        written = np.where(habit.exact, 0.0, habit.written)
        radius = np.maximum(found.paper, found.carried)
        low, high = found.low - slack, found.high + slack
        both = (number >= low - unit) & (number <= high + unit)
        # with fewer digits: rounded, or cut off, which takes a number nearer to zero
        cut = np.abs(number) <= np.abs(found.number) + radius + slack
        coarse = off <= radius + np.where(cut, written, written / 2) + slack
        coarse &= (number >= low - written) & (number <= high + written)
        verdict = np.full(np.shape(off), Verdict.WRONG, dtype=np.int8)
        verdict[coarse] = Verdict.FEW_DIGITS
        verdict[both & ~coarse] = Verdict.UNSURE
        verdict[both & (off <= radius + unit + slack)] = Verdict.TRUNCATED
        verdict[both & (off <= (radius + unit) / 2 + slack)] = Verdict.ROUNDED
        verdict[both & ~np.isfinite(radius)] = Verdict.UNSURE
        verdict[off <= unit / 2 + slack] = Verdict.EXACT
    return verdict

"""What an answer counts as: its verdict, and where the numbers came from that it is right by.

A verdict says whether a step was done rightly. Marks also ask whether it is right by the key or only from the student's
own numbers, and whether anything could have gone wrong at all.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from tracer.check.checking import Checked, Plan
from tracer.check.habits import Asked
from tracer.check.sheets import Sheets
from tracer.check.verdicts import Verdict, in_order, reads
from tracer.explain.language import sentence

FIGURES = 3  # significant figures that are enough where none were asked for
#: units of its last digit, and parts of the number, that a right answer may be off by where no digits were asked for
FAR = 10


class Outcome(IntEnum):
    """What one answer counts as. All before WRONG are no mistake."""

    RIGHT = 0
    OWN = 1  # right from the student's own numbers, after a slip before it
    REPAIRED = 2  # right, if a number before it that is wrong on the sheet is put right
    EMPTY = 3  # right, but at these numbers nearly anything would have been
    FEW_DIGITS = 4
    UNSURE = 5
    WRONG = 6
    UNREADABLE = 7
    MISSING = 8


#: how a scheme of marks calls them, and what a page says
NAMES = (
    "right", "own-numbers", "put-right", "empty", "few-digits", "cannot-tell", "wrong", "unreadable", "missing",
)  # fmt: skip
SAYS = (
    sentence("right"),
    sentence("right from your own numbers"),
    sentence("right, if a number before it is put right"),
    sentence("earns nothing: a zero or a copied number would be right too"),
    sentence("right so far, but more digits are needed"),
    sentence("cannot be told from these digits"),
    sentence("not right"),
    sentence("could not be read"),
    sentence("not answered"),
)


def outcomes(plan: Plan, checked: Checked, sheets: Sheets, asked: Asked) -> NDArray[np.int8]:
    """What every answer counts as, an array [question, sheet] of `Outcome`."""
    verdicts = checked.verdicts
    slipped = after_a_slip(plan, checked)
    right = verdicts <= Verdict.TRUNCATED
    if asked.free:  # nobody said how many digits; a last one left out is nothing
        right |= (verdicts == Verdict.FEW_DIGITS) & (sheets.figures >= FIGURES)
    found = np.array(_OF_VERDICT, dtype=np.int8)[verdicts]
    found[right] = Outcome.RIGHT
    found[right & slipped] = Outcome.OWN
    found[right & checked.repaired] = Outcome.REPAIRED
    if asked.free:  # two decimals all the way from the inputs to the error: nearly any number can come out
        apart = np.abs(sheets.numbers - checked.expected)
        apart[(sheets.numbers < checked.low) | (sheets.numbers > checked.high)] = 0  # right by another of its formulas
        far = (apart > FAR * 10.0**-sheets.decimals) & (apart > np.abs(checked.expected) / FAR)
        found[right & far] = Outcome.UNSURE
    found[(right | (verdicts == Verdict.UNSURE)) & ~checked.credited] = Outcome.EMPTY
    # a coarse answer has to say something to be worth a part of a mark: with so few digits a zero must not do as well
    coarse = found == Outcome.FEW_DIGITS
    nothing = (sheets.numbers == 0) | (np.abs(checked.expected) <= 10.0**-sheets.decimals)
    found[coarse & (nothing | (slipped & ~checked.informative))] = Outcome.EMPTY
    return found


#: outcomes in the order of the verdicts
_OF_VERDICT = (
    Outcome.RIGHT, Outcome.RIGHT, Outcome.RIGHT, Outcome.FEW_DIGITS, Outcome.UNSURE, Outcome.WRONG, Outcome.UNREADABLE,
    Outcome.MISSING,
)  # fmt: skip


def after_a_slip(plan: Plan, checked: Checked) -> NDArray[np.bool_]:
    """Which answers come after a wrong one that they were computed from: an array [question, sheet]."""
    wrong = checked.verdicts == Verdict.WRONG
    found = np.zeros(wrong.shape, dtype=bool)
    for place in np.unique(checked.convention[wrong.any(axis=0)]):
        sheets = np.flatnonzero((checked.convention == place) & wrong.any(axis=0))
        rows = list(plan.conventions[place].rows or range(len(plan.asked)))
        after = _after(plan, wrong[:, sheets][rows], checked.repaired[:, sheets][rows])
        found[np.ix_(rows, sheets)] = after
    return found


def _after(plan: Plan, wrong: NDArray[np.bool_], repaired: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The same for sheets whose answers stand in the layout of the problem."""
    places = {question.value: place for place, question in enumerate(plan.asked)}
    found = np.zeros(wrong.shape, dtype=bool)
    for place in in_order(plan.asked, plan.forms):
        before = [places[ref] for ref in reads(plan.forms[plan.asked[place].value]) if ref in places]
        if before:
            found[place] = (wrong[before] | found[before]).any(axis=0) & ~repaired[place]
    return found

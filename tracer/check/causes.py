"""Which named mistake explains the wrong answers of a sheet: each mistake tried at every step that it changes.

At the student's own numbers a changed equation gives another range. An answer that is wrong and lies in it speaks for
the mistake, an answer that is right and lies outside of it against. One answer proves little: a cause is named where
two speak for it, or where the sheet asks for no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.check.grades import Verdict, graded
from tracer.check.intervals import enclose
from tracer.check.mistakes import Mistake
from tracer.check.questions import Question
from tracer.check.sheets import Flags
from tracer.check.verdicts import Judged, reads

Places = NDArray[np.intp]
MOST_CAUSES = 2  # mistakes that one sheet is explained by
ENOUGH = 2  # answers that speak for a mistake before it is named
AGAINST = 3  # answers that must speak for it for each that speaks against it


class Cause(NamedTuple):
    """What explains wrong answers of a sheet: the names of mistakes that do so equally well, and how many answers speak
    for them: `wrong` ones, and accepted ones that the mistake explains better. `alone` where it is one answer, and
    the sheet has no other in which the mistake would show."""

    names: tuple[str, ...]
    answers: int
    wrong: int
    alone: bool = False


def causes_of(
    found: Sequence[Mistake], asked: Sequence[Question], judged: Judged, sheets: Places
) -> list[tuple[Cause, ...]]:
    """For each of some sheets the fewest mistakes (at most two) that explain its wrong answers, the strongest first."""
    if not found or not sheets.size:
        return [()] * sheets.size
    wrong = judged.verdicts[:, sheets] == Verdict.WRONG
    with np.errstate(all="ignore"):
        speaks = np.stack([_speaks(mistake, asked, judged, sheets, wrong) for mistake in found])
        likely = np.asarray(speaks.any(axis=1))  # [mistake, sheet]
        counts = [_others(mistake, asked, judged, sheets, likely[place]) for place, mistake in enumerate(found)]
    against, better, could = (np.stack(one) for one in zip(*counts, strict=True))
    result: list[list[Cause]] = [[] for _ in range(sheets.size)]
    left = wrong
    for _ in range(MOST_CAUSES):
        gain = (speaks & left).sum(axis=1)
        alone = (gain == 1) & (could == 1)
        enough = (gain > 0) & ((gain + better >= ENOUGH) | alone) & (gain + better >= AGAINST * against)
        score = np.where(enough, gain + better / 2 - against, 0)
        best = score.max(axis=0)
        winners = (score == best) & (best > 0)
        for sheet in np.flatnonzero(best > 0):
            chosen = np.flatnonzero(winners[:, sheet])
            names = tuple(found[int(one)].record.name for one in chosen)
            first = chosen[0], sheet
            result[sheet].append(Cause(names, int(gain[first] + better[first]), int(gain[first]), bool(alone[first])))
        left = left & ~(speaks & winners[:, None, :]).any(axis=0)
    return [tuple(one) for one in result]


def _speaks(mistake: Mistake, asked: Sequence[Question], judged: Judged, sheets: Places, wrong: Flags) -> Flags:
    """The wrong answers that a mistake would have given: an array [question, sheet]."""
    found = np.zeros_like(wrong)
    for place, question in enumerate(asked):
        if question.value in mistake.forms and wrong[place].any():
            at = np.flatnonzero(wrong[place])
            found[place, at] = _grades(mistake, place, question, judged, sheets[at]) < Verdict.FEW_DIGITS
    return found


def _others(
    mistake: Mistake, asked: Sequence[Question], judged: Judged, sheets: Places, likely: Flags
) -> tuple[Places, Places, Places]:
    """How many accepted answers would have been others with a mistake, how many of them it explains more tightly than
    the right way does, and how many answers there are in which it could show."""
    against, better, could = np.zeros((3, sheets.size), dtype=np.intp)
    for place, question in enumerate(asked):
        if question.value not in mistake.forms or not likely.any():
            continue
        verdict = judged.verdicts[place, sheets]
        could[likely] += verdict[likely] <= Verdict.WRONG
        at = np.flatnonzero(likely & (verdict < Verdict.WRONG))
        if at.size:
            grade, verdict = _grades(mistake, place, question, judged, sheets[at]), verdict[at]
            against[at] += (grade > Verdict.FEW_DIGITS) & (verdict < Verdict.UNSURE)
            better[at] += (grade <= Verdict.ROUNDED) & (verdict > grade) & (verdict != Verdict.FEW_DIGITS)
    return against, better, could


def _grades(mistake: Mistake, place: int, question: Question, judged: Judged, sheets: Places) -> NDArray[np.int8]:
    """How well answers are what a mistake gives at the student's own numbers."""
    form = mistake.forms[question.value]
    known = {ref: mistake.given.get(ref) or judged.known[ref].at(sheets) for ref in reads([form])}
    habit = judged.habits[place].at(sheets)
    return graded(judged.numbers[place, sheets], enclose(form, known, habit.digits), habit)

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

MOST_CAUSES = 2  # mistakes that one sheet is explained by
ENOUGH = 2  # answers that speak for a mistake before it is named


class Cause(NamedTuple):
    """What explains wrong answers of a sheet: the names of mistakes that do so equally well, and how many answers speak
    for them; `alone` where it is one answer, and the sheet has no other that could."""

    names: tuple[str, ...]
    answers: int
    alone: bool = False


def causes_of(
    found: Sequence[Mistake], asked: Sequence[Question], judged: Judged, sheets: NDArray[np.intp]
) -> list[tuple[Cause, ...]]:
    """For each of some sheets the fewest mistakes (at most two) that explain its wrong answers, the strongest first."""
    if not found or not sheets.size:
        return [()] * sheets.size
    wrong = judged.verdicts[:, sheets] == Verdict.WRONG
    with np.errstate(all="ignore"):
        speaks = np.stack([_speaks(mistake, asked, judged, sheets, wrong) for mistake in found])
        likely = np.asarray(speaks.any(axis=1))  # [mistake, sheet]
        counts = [_against(mistake, asked, judged, sheets, at) for mistake, at in zip(found, likely, strict=True)]
    against, could = (np.stack(one) for one in zip(*counts, strict=True))
    result: list[list[Cause]] = [[] for _ in range(sheets.size)]
    left = wrong
    for _ in range(MOST_CAUSES):
        gain = (speaks & left).sum(axis=1)
        alone = (gain == 1) & (could == 1)
        score = np.where((gain >= ENOUGH) | alone, gain - against, 0)
        best = score.max(axis=0)
        winners = (score == best) & (best > 0)
        for sheet in np.flatnonzero(best > 0):
            chosen = np.flatnonzero(winners[:, sheet])
            names = tuple(found[int(one)].record.name for one in chosen)
            result[sheet].append(Cause(names, int(gain[chosen[0], sheet]), bool(alone[chosen[0], sheet])))
        left = left & ~(speaks & winners[:, None, :]).any(axis=0)
    return [tuple(one) for one in result]


def _speaks(
    mistake: Mistake, asked: Sequence[Question], judged: Judged, sheets: NDArray[np.intp], wrong: Flags
) -> Flags:
    """The wrong answers that a mistake would have given: an array [question, sheet]."""
    found = np.zeros_like(wrong)
    for place, question in enumerate(asked):
        if question.value in mistake.forms and wrong[place].any():
            at = np.flatnonzero(wrong[place])
            found[place, at] = _fits(mistake, place, question, judged, sheets[at])
    return found


def _against(
    mistake: Mistake, asked: Sequence[Question], judged: Judged, sheets: NDArray[np.intp], likely: Flags
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """How many right answers would have been others with a mistake, and how many answers it could show in."""
    against, could = np.zeros((2, sheets.size), dtype=np.intp)
    for place, question in enumerate(asked):
        if question.value not in mistake.forms or not likely.any():
            continue
        at = np.flatnonzero(likely & (judged.verdicts[place, sheets] < Verdict.UNSURE))
        if at.size:
            against[at] += ~_fits(mistake, place, question, judged, sheets[at])
        could[likely] += judged.verdicts[place, sheets[likely]] <= Verdict.WRONG
    return against, could


def _fits(mistake: Mistake, place: int, question: Question, judged: Judged, sheets: NDArray[np.intp]) -> Flags:
    """Whether answers are what a mistake gives at the student's own numbers."""
    form = mistake.forms[question.value]
    known = {ref: mistake.given.get(ref) or judged.known[ref].at(sheets) for ref in reads([form])}
    habit = judged.habits[place].at(sheets)
    fits: Flags = graded(judged.numbers[place, sheets], enclose(form, known, habit.digits), habit) < Verdict.UNSURE
    return fits

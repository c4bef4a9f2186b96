"""Which named mistake explains the wrong answers of a sheet: each mistake tried at every step that it changes.

At the student's own numbers a changed equation gives another range. An answer that is wrong and lies in it speaks for
the mistake, an answer that is right and lies outside of it against. One answer proves little: a cause is named where
two speak for it, or where the sheet asks for no more. Where nothing is wrong, two answers of which the digits cannot
tell, or which are right at a stretch, may speak for one together, if none speaks against it.
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
SAYS_ENOUGH = 100  # times the place of its last digit: so large is an answer with few digits that can speak for one
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
    found: Sequence[Mistake],
    asked: Sequence[Question],
    judged: Judged,
    sheets: Places,
) -> list[tuple[Cause, ...]]:
    """For each of some sheets the fewest mistakes (at most two) that explain its wrong answers, the strongest first."""
    if not found or not sheets.size:
        return [()] * sheets.size
    wrong = judged.verdicts[:, sheets] == Verdict.WRONG
    #: answers of which the digits cannot tell, on sheets where nothing is wrong or missing
    full = ~np.isnan(judged.numbers[:, sheets]).any(axis=0)
    open_ = (judged.verdicts[:, sheets] == Verdict.UNSURE) & full & ~wrong.any(axis=0)
    with np.errstate(all="ignore"):
        explains = np.stack([speaks(mistake, asked, judged, sheets, wrong) for mistake in found])
        hints = [speaks(mistake, asked, judged, sheets, open_, Verdict.ROUNDED).any(axis=0) for mistake in found]
        likely = explains.any(axis=1) | np.stack(hints)  # [mistake, sheet]
        counts = [others(mistake, asked, judged, sheets, likely[place]) for place, mistake in enumerate(found)]
    against, better, could = (np.stack(one) for one in zip(*counts, strict=True))
    changes = np.stack([changed(mistake, asked) for mistake in found])
    strays = (changes[:, :, None] & wrong & ~explains).sum(axis=1)
    #: in one layer alone a mistake fits more easily: it has to explain all that is wrong there
    strict = np.array([bool(mistake.record.layer) for mistake in found])[:, None]
    result: list[list[Cause]] = [[] for _ in range(sheets.size)]
    left = wrong
    for turn in range(MOST_CAUSES):
        gain = (explains & left).sum(axis=1)
        missed = (changes[:, :, None] & left).sum(axis=1) - gain
        alone = (gain == 1) & (could == 1)
        enough = (gain > 0) & ((gain + better >= ENOUGH) | alone) & (gain + better >= AGAINST * against)
        enough &= np.where(strict, missed == 0, gain + better >= missed)
        if turn == 0:
            enough |= np.stack(hints) & (better >= ENOUGH) & (against == 0)
        score = np.where(enough, gain + better / 2 - against, 0)
        best = score.max(axis=0)
        first = score.argmax(axis=0)
        mine = (explains & left)[first, :, np.arange(sheets.size)].T  # what the first of them explains
        winners = (score == best) & (best > 0) & ((explains & left) == mine).all(axis=1)
        #: of those the ones that contradict fewest wrong answers
        winners &= strays == np.where(winners, strays, wrong.size).min(axis=0)
        first = winners.argmax(axis=0)
        for sheet in np.flatnonzero(best > 0):
            names = _names([found[int(one)] for one in np.flatnonzero(winners[:, sheet])])
            at = first[sheet], sheet
            result[sheet].append(Cause(names, int(gain[at] + better[at]), int(gain[at]), bool(alone[at])))
        left = left & ~(mine & (best > 0))
    return [tuple(one) for one in result]


def _names(found: Sequence[Mistake]) -> tuple[str, ...]:
    """The names of mistakes; one in a single layer is not said beside the same one in all layers."""
    everywhere = {one.record.name for one in found if not one.record.layer}
    return tuple(one.record.name for one in found if not one.record.layer
                 or one.record.name.partition(" ")[0] not in everywhere)  # fmt: skip


def changed(mistake: Mistake, asked: Sequence[Question]) -> Flags:
    """The questions whose answers are others with a mistake; of one in a layer alone, all elements of their values."""
    if mistake.record.layer:
        names = {value.name for value in mistake.forms}
        return np.array([question.value.name in names for question in asked], dtype=bool)
    return np.array([question.value in mistake.forms for question in asked], dtype=bool)


def speaks(
    mistake: Mistake,
    asked: Sequence[Question],
    judged: Judged,
    sheets: Places,
    answers: Flags,
    best: Verdict = Verdict.TRUNCATED,
) -> Flags:
    """Those of some answers [question, sheet] that a mistake would have given, at least as well as `best` says."""
    found = np.zeros_like(answers)
    zero = judged.numbers[:, sheets] == 0
    # on a sheet that is mostly zeros they follow from each other whatever was done, and are no evidence
    answers = answers & ~(zero & (2 * zero.sum(axis=0) > (~np.isnan(judged.numbers[:, sheets])).sum(axis=0)))
    for place, question in enumerate(asked):
        if question.value in mistake.forms and answers[place].any():
            at = np.flatnonzero(answers[place])
            found[place, at] = _grades(mistake, place, question, judged, sheets[at]) <= best
    return found


def others(
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
    known = {ref: (mistake.given.get(ref) or judged.known[ref]).at(sheets) for ref in reads([form])}
    habit = judged.habits[place].at(sheets)
    number = judged.numbers[place, sheets]
    found = graded(number, enclose(form, known, habit.digits), habit)
    #: with fewer digits than its column has an answer says less, but some say enough
    found[(found == Verdict.FEW_DIGITS) & (np.abs(number) >= SAYS_ENOUGH * habit.written)] = Verdict.TRUNCATED
    return found

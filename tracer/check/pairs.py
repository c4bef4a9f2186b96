"""Two mistakes in one equation: a sign and a slope in the same delta, which neither of them explains alone.

They are tried where answers are left that no mistake explains. Two mistakes fit more easily than one, so that they have
to explain more than two answers, of which two are ones that only both together explain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.check.causes import AGAINST, ENOUGH, MOST_CAUSES, Cause, changed, evidence, others, speaks
from tracer.check.grades import Verdict
from tracer.check.intervals import number_of
from tracer.check.mistakes import Mistake
from tracer.check.questions import Question
from tracer.check.sheets import Flags
from tracer.check.verdicts import Judged, reads

Places = NDArray[np.intp]
#: two mistakes to what they are when both are made in one equation; None where they never are
Together = Callable[[Mistake, Mistake], Mistake | None]
NEAR = 5  # times the range of the right way: no further from what a pair gives is tried


class _Pair(NamedTuple):
    """What two of the mistakes would leave wrong on a sheet, both counted, how many accepted answers speak against
    them, and how many answers for them."""

    cost: int
    against: int
    one: int
    other: int
    answers: int


def with_pairs(
    found: Sequence[Mistake],
    asked: Sequence[Question],
    judged: Judged,
    sheets: Places,
    causes: Sequence[tuple[Cause, ...]],
    together: Together,
) -> list[tuple[Cause, ...]]:
    """The causes of some sheets, with two in one equation in their place where those explain more."""
    made = list(causes)
    wrong = judged.verdicts[:, sheets] == Verdict.WRONG
    count = wrong.sum(axis=0)
    least = count - np.array([sum(cause.wrong for cause in one) for one in causes], dtype=np.intp)
    tried = np.flatnonzero((least >= ENOUGH) & (count > MOST_CAUSES))
    if not tried.size:
        return made
    sheets, wrong, causes = sheets[tried], wrong[:, tried], [causes[sheet] for sheet in tried.tolist()]
    least = least[tried] + np.array([len(one) for one in causes], dtype=np.intp)
    with np.errstate(all="ignore"):
        left = _left(found, asked, judged, sheets, causes, wrong)
        for sheet, pairs in _found(found, asked, judged, sheets, wrong, left, least, together).items():
            lowest, against = min((pair.cost, pair.against) for pair in pairs)
            best = [pair for pair in pairs if pair[:2] == (lowest, against)]
            shared = set.intersection(*({pair.one, pair.other} for pair in best))
            if not shared:
                continue  # no set of two: many pairs of which it could be any
            first = min(shared)
            seconds = sorted({pair.one + pair.other - first for pair in best})
            explained = int(wrong[:, sheet].sum()) - lowest + MOST_CAUSES
            names = tuple(found[place].record.name for place in seconds)
            made[int(tried[sheet])] = (Cause((found[first].record.name,), best[0].answers, explained - 1),
                           Cause(names, best[0].answers, 1))  # fmt: skip
    return made


def _left(
    found: Sequence[Mistake],
    asked: Sequence[Question],
    judged: Judged,
    sheets: Places,
    causes: Sequence[tuple[Cause, ...]],
    wrong: Flags,
) -> Flags:
    """The wrong answers that the causes do not explain."""
    left = wrong.copy()
    named: dict[str, list[int]] = {}
    for sheet, one in enumerate(causes):
        for cause in one:
            named.setdefault(cause.names[0], []).append(sheet)
    for mistake in found:
        if at := named.get(mistake.record.name):
            left[:, at] &= ~speaks(mistake, asked, judged, sheets[at], evidence(judged, sheets[at], wrong[:, at]))
    return left


def _found(
    found: Sequence[Mistake],
    asked: Sequence[Question],
    judged: Judged,
    sheets: Places,
    wrong: Flags,
    left: Flags,
    least: Places,
    together: Together,
) -> dict[int, list[_Pair]]:
    """For each sheet the pairs that leave no more to explain than its causes do."""
    made: dict[int, list[_Pair]] = {}
    changes = [changed(mistake, asked)[:, None] for mistake in found]
    everywhere = [place for place, mistake in enumerate(found) if not mistake.record.layer]
    for one, other in combinations(everywhere, 2):
        shared = changes[one] & changes[other]
        at = np.flatnonzero((left & shared).sum(axis=0) >= ENOUGH) if shared.sum() >= ENOUGH else np.empty(0, np.intp)
        pair = together(found[one], found[other]) if at.size else None
        if pair is not None:
            at = at[_near(pair, asked, judged, sheets[at], left[:, at] & shared) >= ENOUGH]
        if pair is None or not at.size:
            continue
        mine = wrong[:, at]
        explains = speaks(pair, asked, judged, sheets[at], evidence(judged, sheets[at], mine))
        both = (explains & left[:, at] & shared).sum(axis=0)
        against, better, _ = others(pair, asked, judged, sheets[at], both >= ENOUGH)
        gain = explains.sum(axis=0)
        missed = (mine & changed(pair, asked)[:, None]).sum(axis=0) - gain
        cost = mine.sum(axis=0) - gain + MOST_CAUSES
        sure = (both >= ENOUGH) & (gain + better >= np.maximum(AGAINST * against, missed))
        sure &= (cost < least[at]) | ((cost == least[at]) & (gain + better > MOST_CAUSES))
        for place in np.flatnonzero(sure):
            answers = int(gain[place] + better[place])
            pair_at = _Pair(int(cost[place]), int(against[place]), one, other, answers)
            made.setdefault(int(at[place]), []).append(pair_at)
    return made


def _near(pair: Mistake, asked: Sequence[Question], judged: Judged, sheets: Places, answers: Flags) -> Places:
    """How many of some answers are roughly what a pair of mistakes gives; bounds are worked out for no others."""
    count = np.zeros(sheets.size, dtype=np.intp)
    for place, question in enumerate(asked):
        if question.value in pair.forms and answers[place].any():
            form = pair.forms[question.value]
            known = {ref: (pair.given.get(ref) or judged.known[ref]).at(sheets) for ref in reads([form])}
            wide = judged.high[place, sheets] - judged.low[place, sheets] + judged.habits[place].unit[sheets]
            count += answers[place] & (np.abs(number_of(form, known) - judged.numbers[place, sheets]) <= NEAR * wide)
    return count

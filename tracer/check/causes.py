"""Which named mistake explains the wrong answers of a sheet: each mistake tried at every step that it changes.

At the student's own numbers a changed equation gives another range. An answer that is wrong and lies in it speaks for
the mistake, an answer that is right and lies outside of it against. One answer proves little: a cause is named where
two speak for it, or where the sheet asks for no more. Where nothing is wrong, two answers of which the digits cannot
tell, or which are right at a stretch, may speak for one together, if none speaks against it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.check.grades import Verdict, graded
from tracer.check.intervals import enclose
from tracer.check.mistakes import Mistake
from tracer.check.questions import Question
from tracer.check.sheets import Flags
from tracer.check.side_by_side import beside, habit_beside, known_beside
from tracer.check.verdicts import Judged

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
        says, hinted = evidence(judged, sheets, wrong), evidence(judged, sheets, open_)
        explains = np.stack([speaks(mistake, asked, judged, sheets, says) for mistake in found])
        hints = [speaks(mistake, asked, judged, sheets, hinted, Verdict.ROUNDED).any(axis=0) for mistake in found]
        likely = explains.any(axis=1) | np.stack(hints)  # [mistake, sheet]
        counts = [others(mistake, asked, judged, sheets, likely[place]) for place, mistake in enumerate(found)]
    against, better, could = (np.stack(one) for one in zip(*counts, strict=True))
    changes = np.stack([changed(mistake, asked) for mistake in found])
    strays = (changes[:, :, None] & wrong & ~explains).sum(axis=1)
    #: in one layer alone a mistake fits more easily: it has to explain all that is wrong there
    strict = np.array([bool(mistake.record.layer) for mistake in found])[:, None]
    result: list[list[Cause]] = [[] for _ in range(sheets.size)]
    known: dict[bytes, tuple[str, ...]] = {}
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
            names = _names(found, winners[:, sheet], known)
            at = first[sheet], sheet
            result[sheet].append(Cause(names, int(gain[at] + better[at]), int(gain[at]), bool(alone[at])))
        left = left & ~(mine & (best > 0))
    return [tuple(one) for one in result]


def _names(found: Sequence[Mistake], chosen: Flags, known: dict[bytes, tuple[str, ...]]) -> tuple[str, ...]:
    """The names of the chosen mistakes; one in a single layer is not said beside the same one in all layers. Most
    sheets of a class have the causes of others, which are `known`."""
    key = chosen.tobytes()
    if key not in known:
        records = [found[int(place)].record for place in np.flatnonzero(chosen)]
        everywhere = {one.name for one in records if not one.layer}
        here = [one.name for one in records if not one.layer or one.name.partition(" ")[0] not in everywhere]
        known[key] = tuple(here)
    return known[key]


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
    """Those of some answers [question, sheet] that a mistake would have given, at least as well as `best` says; of the
    answers that can say something (`evidence`)."""
    found = np.zeros_like(answers)
    picked = {
        place: np.flatnonzero(answers[place]) for place, question in enumerate(asked) if question.value in mistake.forms
    }
    grades = _grades(mistake, asked, judged, {place: sheets[at] for place, at in picked.items() if at.size})
    for place, grade in grades.items():
        found[place, picked[place]] = grade <= best
    return found


def evidence(judged: Judged, sheets: Places, answers: Flags) -> Flags:
    """Some answers without the zeros of a sheet that is mostly zeros: they follow from each other whatever was done."""
    numbers = judged.numbers[:, sheets]
    zero = numbers == 0
    made: Flags = answers & ~(zero & (2 * zero.sum(axis=0) > (~np.isnan(numbers)).sum(axis=0)))
    return made


def others(
    mistake: Mistake, asked: Sequence[Question], judged: Judged, sheets: Places, likely: Flags
) -> tuple[Places, Places, Places]:
    """How many accepted answers would have been others with a mistake, how many of them it explains more tightly than
    the right way does, and how many answers there are in which it could show."""
    against, better, could = np.zeros((3, sheets.size), dtype=np.intp)
    if not likely.any():
        return against, better, could
    picked = {}
    for place, question in enumerate(asked):
        if question.value in mistake.forms:
            verdict = judged.verdicts[place, sheets]
            could[likely] += verdict[likely] <= Verdict.WRONG
            picked[place] = np.flatnonzero(likely & (verdict < Verdict.WRONG))
    grades = _grades(mistake, asked, judged, {place: sheets[at] for place, at in picked.items() if at.size})
    for place, grade in grades.items():
        at, verdict = picked[place], judged.verdicts[place, sheets[picked[place]]]
        against[at] += (grade > Verdict.FEW_DIGITS) & (verdict < Verdict.UNSURE)
        better[at] += (grade <= Verdict.ROUNDED) & (verdict > grade) & (verdict != Verdict.FEW_DIGITS)
    return against, better, could


def _grades(
    mistake: Mistake, asked: Sequence[Question], judged: Judged, picked: Mapping[int, Places]
) -> dict[int, NDArray[np.int8]]:
    """How well answers, on some sheets for each of some questions, are what a mistake gives at the student's own
    numbers: those of one form side by side."""
    places = {asked[place].value: place for place in picked}
    found = {}
    for group in mistake.by_form:
        members = [(places[value], reads) for value, reads in group if value in places]
        if not members:
            continue
        chosen = [picked[place] for place, _ in members]
        counts = [one.size for one in chosen]
        known = {
            refs[0]: known_beside(
                [(mistake.given.get(ref) or judged.known[ref]).at(at) for ref, at in zip(refs, chosen, strict=True)],
                counts,
            )
            for refs in zip(*(reads for _, reads in members), strict=True)
        }
        first = members[0][0]
        habit = habit_beside(
            [judged.habits[place].at(at) for (place, _), at in zip(members, chosen, strict=True)], counts
        )
        number = beside([judged.numbers[place, at] for (place, _), at in zip(members, chosen, strict=True)], counts)
        grade = graded(number, enclose(mistake.forms[asked[first].value], known, habit.digits), habit)
        #: with fewer digits than its column has an answer says less, but some say enough
        grade[(grade == Verdict.FEW_DIGITS) & (np.abs(number) >= SAYS_ENOUGH * habit.written)] = Verdict.TRUNCATED
        for (place, _), part in zip(members, np.split(grade, np.cumsum(counts)[:-1]), strict=True):
            found[place] = part
    return found

"""Which named mistake explains the wrong answers of a sheet: the deviations of the engine, each tried at every step.

A mistake changes the equations of some values. At the student's own numbers the changed equation gives another range;
an answer that is wrong and lies in it speaks for the mistake, an answer that is right and lies outside it against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.calculus.expression import Expr, Ref, replace
from tracer.check.intervals import Known, enclose
from tracer.check.questions import Question, equations, givens, questions, written_out
from tracer.check.verdicts import Judged, Verdict, graded, reads
from tracer.errors import TracerError
from tracer.run.building import build
from tracer.run.deviation import Deviation
from tracer.run.deviations import DEVIATIONS, with_deviations
from tracer.run.network import Network
from tracer.run.problem import Problem

Flags = NDArray[np.bool_]
MOST_CAUSES = 2  # mistakes that one sheet is explained by


@dataclass(frozen=True)
class Mistake:
    """A deviation that this problem can show: the right sides that it changes, and the given numbers that it reads
    otherwise, under names of their own."""

    record: Deviation
    forms: Mapping[Ref, Expr]
    given: Mapping[Ref, Known]


class Unseen(NamedTuple):
    """A deviation that nothing on a sheet of this problem would show, and why."""

    record: Deviation
    why: str


def mistakes(
    problem: Problem, network: Network, asked: Sequence[Question], forms: Mapping[Ref, Sequence[Expr]]
) -> tuple[tuple[Mistake, ...], tuple[Unseen, ...]]:
    """The mistakes that can be made in what is asked, and those that cannot, or that would change nothing."""
    found: list[Mistake] = []
    unseen: list[Unseen] = []
    values = {question.value for question in asked}
    steps = max((question.step for question in asked), default=1)
    right = givens(network)
    for record in DEVIATIONS.values():
        try:
            deviating = build(with_deviations(problem, [record.name]))
        except TracerError as error:
            unseen.append(Unseen(record, error.found))
            continue
        lines = equations(deviating, questions(deviating, steps))
        other = {ref: known for ref, known in givens(deviating).items() if ref in right and known != right[ref]}
        shown = {value: written_out(lines[value], lines, values) for value in values & lines.keys()}
        made = {value: _read_as(form, other, record) for value, form in shown.items()}
        changed = {value: form for value, form in made.items() if form not in forms[value]}
        if changed:
            found.append(Mistake(record, changed, {_as_read(ref, record): known for ref, known in other.items()}))
        else:
            unseen.append(Unseen(record, "it changes nothing that is asked for here."))
    return tuple(found), tuple(unseen)


def _as_read(ref: Ref, record: Deviation) -> Ref:
    return Ref(f"{record.name}/{ref.name}", ref.indices)


def _read_as(form: Expr, other: Mapping[Ref, Known], record: Deviation) -> Expr:
    """A right side that reads some of the given numbers as a deviation reads them."""
    return replace(form, lambda ref: _as_read(ref, record) if ref in other else ref)


class Cause(NamedTuple):
    """What explains wrong answers of a sheet: the names of mistakes that do so equally well, and how many answers speak
    for them."""

    names: tuple[str, ...]
    answers: int


def causes_of(found: Sequence[Mistake], asked: Sequence[Question], judged: Judged) -> list[tuple[Cause, ...]]:
    """For each sheet the fewest mistakes (at most two) that explain its wrong answers, the strongest first."""
    wrong = judged.verdicts == Verdict.WRONG
    if not found:
        return [()] * wrong.shape[1]
    evidence = [_evidence(mistake, asked, judged) for mistake in found]
    speaks = np.stack([one for one, _ in evidence])  # [mistake, question, sheet]
    against = np.stack([other for _, other in evidence]).sum(axis=1)
    result: list[list[Cause]] = [[] for _ in range(wrong.shape[1])]
    left = wrong
    for _ in range(MOST_CAUSES):
        gain = (speaks & left).sum(axis=1)
        score = np.where(gain > 0, gain - against, 0)
        best = score.max(axis=0)
        winners = (score == best) & (best > 0)
        for sheet in np.flatnonzero(best > 0):
            chosen = np.flatnonzero(winners[:, sheet])
            names = tuple(found[int(one)].record.name for one in chosen)
            result[sheet].append(Cause(names, int(gain[chosen[0], sheet])))
        left = left & ~(speaks & winners[:, None, :]).any(axis=0)
    return [tuple(one) for one in result]


def _evidence(mistake: Mistake, asked: Sequence[Question], judged: Judged) -> tuple[Flags, Flags]:
    """What speaks for a mistake, and which right answers speak against it: arrays [question, sheet]."""
    speaks = np.zeros(judged.verdicts.shape, dtype=bool)
    against = np.zeros_like(speaks)
    for place, question in enumerate(asked):
        form = mistake.forms.get(question.value)
        if form is None:
            continue
        verdict, habit = judged.verdicts[place], judged.habits[place]
        known = {ref: mistake.given.get(ref) or judged.known[ref] for ref in reads([form])}
        fits = graded(judged.numbers[place], enclose(form, known, habit.digits), habit) < Verdict.UNSURE
        speaks[place] = fits & (verdict == Verdict.WRONG)
        against[place] = ~fits & (verdict < Verdict.UNSURE)
    return speaks, against

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
from tracer.check.verdicts import Habit, Verdict, graded, reads, taken
from tracer.errors import TracerError
from tracer.run.building import build
from tracer.run.deviation import Deviation
from tracer.run.deviations import DEVIATIONS, with_deviations
from tracer.run.network import Network
from tracer.run.problem import Problem

Flags = NDArray[np.bool_]


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
        read = {Ref(f"{record.name}/{ref.name}", ref.indices): (ref, known)
                for ref, known in givens(deviating).items() if ref in right and known.number != right[ref].number}  # fmt: skip
        renamed = {old: new for new, (old, _) in read.items()}
        changed = {}
        for value in values & lines.keys():
            form = replace(written_out(lines[value], lines, values), lambda ref: renamed.get(ref, ref))
            if form not in forms[value]:
                changed[value] = form
        if changed:
            found.append(Mistake(record, changed, {new: known for new, (_, known) in read.items()}))
        else:
            unseen.append(Unseen(record, "it changes nothing that is asked for here."))
    return tuple(found), tuple(unseen)


class Evidence(NamedTuple):
    """What speaks for a mistake and against it, arrays [question, sheet]."""

    speaks: Flags
    against: Flags


def evidence(
    mistake: Mistake,
    asked: Sequence[Question],
    numbers: NDArray[np.float64],
    verdicts: NDArray[np.int8],
    known: Mapping[Ref, Known],
    habits: Sequence[Habit],
    at: NDArray[np.intp],
) -> Evidence:
    """What the answers say of one mistake, on the sheets `at`."""
    speaks = np.zeros((len(asked), at.size), dtype=bool)
    against = np.zeros_like(speaks)
    for place, question in enumerate(asked):
        form = mistake.forms.get(question.value)
        if form is None:
            continue
        verdict = verdicts[place, at]
        here = {ref: taken(mistake.given.get(ref) or known[ref], at) for ref in reads([form])}
        habit = habits[place].at(at)
        fits = graded(numbers[place, at], enclose(form, here, habit.digits), habit) < Verdict.UNSURE
        speaks[place] = fits & (verdict == Verdict.WRONG)
        against[place] = ~fits & (verdict <= Verdict.WRONG)
    return Evidence(speaks, against)


class Causes(NamedTuple):
    """The mistakes that explain each sheet: for each sheet a tuple of sets (as tuples), one set a mistake; the members
    of a set explain the same answers equally well."""

    names: tuple[tuple[tuple[str, ...], ...], ...]


def causes(found: Mapping[str, Evidence], wrong: Flags) -> list[list[tuple[tuple[str, ...], int]]]:
    """For each sheet the fewest mistakes that explain its wrong answers, as sets of equally good ones, each with how
    many answers speak for it."""
    order = list(found)
    if not order:
        return [[] for _ in range(wrong.shape[1])]
    speaks = np.stack([found[name].speaks for name in order])  # [mistake, question, sheet]
    against = np.stack([found[name].against for name in order])
    # a wrong answer that another mistake explains is not held against this one
    left = wrong.copy()
    result: list[list[tuple[tuple[str, ...], int]]] = [[] for _ in range(wrong.shape[1])]
    unexplained = np.ones(wrong.shape[1], dtype=bool)
    for _ in range(2):
        gain = (speaks & left).sum(axis=1)  # [mistake, sheet]
        contrary = (against & ~wrong).sum(axis=1)
        score = np.where(gain > 0, gain - contrary, -1000)
        best = score.max(axis=0)
        winners = (score == best) & (best > 0)
        for sheet in np.flatnonzero(unexplained & (best > 0)):
            chosen = np.flatnonzero(winners[:, sheet])
            result[sheet].append((tuple(order[one] for one in chosen), int(gain[chosen[0], sheet])))
        explained = np.where(winners.any(axis=0), (speaks * winners[:, None, :]).any(axis=0), False)
        left &= ~explained
        unexplained = left.any(axis=0)
    return result

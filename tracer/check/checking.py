"""All sheets of a class checked against one problem, as arrays: conventions first, then verdicts, then causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.calculus.expression import Add, Call, Expr, Neg, Ref, rebuild
from tracer.check.conventions import Convention, conventions
from tracer.check.intervals import Known
from tracer.check.mistakes import Cause, Mistake, Unseen, causes_of, mistakes
from tracer.check.questions import Question, equations, givens, questions, written_out
from tracer.check.verdicts import Asked, Judged, Sheets, Verdict, judge
from tracer.run.building import build
from tracer.run.network import Network
from tracer.run.problem import Problem

ENOUGH = 2  # right answers more than in the problem's own convention that make another one the sheet's


@dataclass(frozen=True)
class Plan:
    """What checking needs to know of a problem, worked out once for a class: what is asked, the right sides by which it
    is computed, the given numbers, the conventions, and the mistakes it can show and cannot."""

    problem: Problem
    network: Network
    asked: tuple[Question, ...]
    forms: Mapping[Ref, tuple[Expr, ...]]
    given: Mapping[Ref, Known]
    conventions: tuple[Convention, ...]
    mistakes: tuple[Mistake, ...]
    unseen: tuple[Unseen, ...]


def plan(problem: Problem, asked: Sequence[str] | None = None, steps: int = 1) -> Plan:
    """A problem to what checking it needs. `asked` are the addresses that sheets answer; None for all that a person
    would write down."""
    network = build(problem)
    every = questions(network, steps)
    chosen = tuple(one for one in every if (one.address in asked if asked is not None else _told(network, one)))
    lines = equations(network, every)
    values = {one.value for one in chosen}
    forms = {value: _forms(written_out(lines[value], lines, values)) for value in values}
    made, unseen = mistakes(problem, network, chosen, forms)
    return Plan(
        problem, network, chosen, forms, givens(network), conventions(problem, network, chosen, forms), made, unseen
    )


def _told(network: Network, question: Question) -> bool:
    """Whether a person writes a value down: not the gradient of what an activation gives, which is only a step."""
    role = network.roles[question.name]
    return not (role.kind == "gradient" and role.base == "a") and role.kind != "option"


def _forms(right: Expr) -> tuple[Expr, ...]:
    """The ways in which an equation is computed by hand: as it stands, and without the largest value that a softmax
    takes off for the computer's sake alone."""
    plain = _unshifted(right)
    return (right,) if plain == right else (right, plain)


def _unshifted(node: Expr) -> Expr:
    """An expression in which what is taken off every exponent is nothing."""
    if isinstance(node, Call) and node.function == "exp":
        (inner,) = node.arguments
        if isinstance(inner, Add) and isinstance(inner.terms[-1], Neg) and _is_largest(inner.terms[-1].operand):
            rest = inner.terms[:-1]
            return Call("exp", (rest[0] if len(rest) == 1 else Add(rest),))
    return rebuild(node, _unshifted)


def _is_largest(node: Expr) -> bool:
    return isinstance(node, Call) and node.function == "max" and all(isinstance(one, Ref) for one in node.arguments)


class Checked(NamedTuple):
    """A class checked, arrays [question, sheet] as in `Judged`; `convention` is the place of each sheet's in the plan's
    conventions, `causes` are for each sheet sets of names of mistakes, each with how many answers speak for it.
    `credited`: right, and what the key says, or `informative`: at the numbers it reads neither a zero nor a copy of one
    of them would have been right. With digits asked for, too few of them earn nothing."""

    verdicts: NDArray[np.int8]
    repaired: NDArray[np.bool_]
    expected: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    informative: NDArray[np.bool_]
    credited: NDArray[np.bool_]
    convention: NDArray[np.intp]
    causes: tuple[tuple[Cause, ...], ...]


def check_sheets(plan: Plan, sheets: Sheets, asked: Asked, fixed: bool = False) -> Checked:
    """Every sheet of a class: its convention (the problem's own if `fixed`), its verdicts, and their causes."""
    own = plan.conventions[0]
    judged = _judged(plan, sheets, asked, own)
    convention = np.zeros(sheets.numbers.shape[1], dtype=np.intp)
    causes: list[tuple[Cause, ...]] = [()] * convention.size
    open_ = np.flatnonzero((judged.verdicts == Verdict.WRONG).any(axis=0))
    if not open_.size:
        return Checked(*judged.arrays, convention, tuple(causes))
    for sheet, found in zip(open_, causes_of(plan.mistakes, plan.asked, judged.of(open_)), strict=True):
        causes[sheet] = found
    # one mistake that explains everything is a simpler story than another convention
    wrong = (judged.verdicts == Verdict.WRONG).sum(axis=0)
    simple = np.array([len(found) == 1 and found[0].answers == wrong[sheet] for sheet, found in enumerate(causes)])
    left = np.flatnonzero((wrong >= ENOUGH) & ~simple)
    if fixed or not left.size:
        return Checked(*judged.arrays, convention, tuple(causes))
    convention[left] = _conventions(plan, sheets.of(left), asked, wrong[left])
    for place in np.unique(convention[convention > 0]):
        group = np.flatnonzero(convention == place)
        one = _judged(plan, sheets.of(group), asked, plan.conventions[place])
        for mine, theirs in zip(judged.arrays, one.arrays, strict=True):
            mine[:, group] = theirs
        for sheet, found in zip(group, causes_of(plan.mistakes, plan.asked, one), strict=True):
            causes[sheet] = found
    return Checked(*judged.arrays, convention, tuple(causes))


def _conventions(plan: Plan, sheets: Sheets, asked: Asked, before: NDArray[np.intp]) -> NDArray[np.intp]:
    """The convention of each sheet: the problem's own, in which so many answers are wrong, unless another one leaves
    fewer, by enough."""
    chosen = np.zeros(before.size, dtype=np.intp)
    fewest = before - ENOUGH + 1
    for place, convention in enumerate(plan.conventions[1:], 1):
        wrong = (_judged(plan, sheets, asked, convention).verdicts == Verdict.WRONG).sum(axis=0)
        chosen = np.where(wrong < fewest, place, chosen)
        fewest = np.minimum(wrong, fewest)
    return chosen


def _judged(plan: Plan, sheets: Sheets, asked: Asked, convention: Convention) -> Judged:
    """The sheets judged in one convention, in canonical signs."""
    if convention.sign < 0:
        kinds = [plan.network.roles[question.name].kind for question in plan.asked]
        signs = np.array([-1.0 if kind == "gradient" else 1.0 for kind in kinds])
        sheets = sheets._replace(numbers=sheets.numbers * signs[:, None])
    return judge(plan.asked, {**plan.forms, **convention.forms}, plan.given, sheets, asked)

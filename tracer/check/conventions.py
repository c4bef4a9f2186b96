"""What a class may do otherwise without being wrong: the sign that is passed back, the factor of the error, the order
of updating. A sheet is read in the convention in which most of it is right; that is said, and not counted as errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracer.calculus.expression import Expr, Ref
from tracer.check.intervals import Digits, Known, enclose
from tracer.check.questions import Question, equations, questions, written_out
from tracer.check.verdicts import reads
from tracer.errors import TracerError
from tracer.ops.catalogue import LOSSES
from tracer.run.building import build
from tracer.run.network import Network
from tracer.run.problem import Problem

CLOSE = 1e-12  # two errors whose ratio differs by less are the same but for a factor


@dataclass(frozen=True)
class Convention:
    """One way of doing it: `says` is the sentence of a report; `sign` is -1 where gradients are passed back negated;
    `forms` are the right sides that it changes."""

    name: str
    says: str
    sign: int
    forms: Mapping[Ref, tuple[Expr, ...]]


def conventions(
    problem: Problem, network: Network, asked: Sequence[Question], forms: Mapping[Ref, tuple[Expr, ...]]
) -> tuple[Convention, ...]:
    """The conventions in which the same problem could be answered, its own (with no name) first."""
    made = [Convention("", "", 1, {})]
    for name, says, other in _others(problem, network):
        changed = _changed(other, asked, forms)
        if changed and all(changed != one.forms for one in made):
            made.append(Convention(name, says, 1, changed))
    if any(network.roles[question.name].kind == "gradient" for question in asked):
        turned = "What is passed back is target minus output, and updates add it."
        made += [
            replace(one, name=f"{one.name} target-minus-output".strip(), says=f"{one.says} {turned}".strip(), sign=-1)
            for one in made
        ]
    return tuple(made)


def _changed(
    other: Problem, asked: Sequence[Question], forms: Mapping[Ref, tuple[Expr, ...]]
) -> dict[Ref, tuple[Expr, ...]]:
    """The right sides in another convention, where they are others."""
    network = build(other)
    steps = max((question.step for question in asked), default=1)
    lines = equations(network, questions(network, steps))
    values = {question.value for question in asked}
    found = {value: written_out(lines[value], lines, values) for value in values & lines.keys()}
    return {value: (form,) for value, form in found.items() if form not in forms[value]}


def _others(problem: Problem, network: Network) -> list[tuple[str, str, Problem]]:
    """The same problem in other conventions: a name, a sentence, and the problem."""
    found: list[tuple[str, str, Problem]] = []
    if isinstance(problem.loss, str) and problem.loss:
        own = LOSSES[problem.loss]
        for name, loss in LOSSES.items():
            if loss.options:
                continue
            factor = _factor(problem, network, name)
            if name != problem.loss and factor is not None and abs(factor - 1) > CLOSE:
                found.append(
                    (f"loss {name}", f"The error is the {loss.says}, not the {own.says}.", replace(problem, loss=name))
                )
    if network.updated:
        if problem.update_order == "one-by-one":
            found.append(("all at once", "All gradients are computed before a parameter is replaced.",
                          replace(problem, update_order="together")))  # fmt: skip
        else:
            found.append(("one by one", "Each layer is updated before the gradients below it are computed.",
                          replace(problem, update_order="one-by-one")))  # fmt: skip
    return found


def _factor(problem: Problem, network: Network, loss: str) -> float | None:
    """By what another loss is larger for whatever outputs and targets; None where it is not the same but for a factor,
    or does not fit these data."""
    try:
        other = build(replace(problem, loss=loss, loss_options={}))
    except TracerError:
        return None
    errors = [equations(one, questions(one))[Ref("E")] for one in (network, other)]
    random = np.random.default_rng(1)
    known = {ref: Known(random.uniform(0.1, 0.9, 3)) for ref in reads(errors)}
    mine, theirs = (enclose(error, known, Digits(0)).number for error in errors)
    ratios = theirs / mine
    return float(ratios[0]) if np.ptp(ratios) < CLOSE * abs(ratios[0]) else None

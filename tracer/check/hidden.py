"""Why a mistake does not show: it cannot be made here, these numbers hide it, or it is a twin of another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.check.checking import Plan
from tracer.check.mistakes import CHANGES_NOTHING, SAME_HERE, mistakes
from tracer.check.questions import givens
from tracer.check.right_sides import RightSides
from tracer.check.telling import Telling, computed
from tracer.errors import TracerError
from tracer.explain.language import sentence
from tracer.run.building import build
from tracer.run.deviation import Deviation
from tracer.run.problem import Array, Layer, Problem

#: two numbers that differ by less are the same, computed in two ways
SAME = 1e-9
NOT_ASKED = sentence("It changes no equation of a number that is asked for.")
SAME_NUMBERS = sentence("It gives the same numbers, also with all other values that were tried.")


class Hidden(NamedTuple):
    """A mistake that shows in no number that is asked for, with these values, and why."""

    record: Deviation
    why: str


class Twins(NamedTuple):
    """Mistakes that cannot be told from each other on a sheet, and why."""

    records: tuple[Deviation, ...]
    why: str


def impossible(plan: Plan) -> tuple[Hidden, ...]:
    """The mistakes that there is no place for in such a problem."""
    return tuple(Hidden(one.record, one.why) for one in plan.unseen if one.why not in (CHANGES_NOTHING, SAME_HERE))


def hidden(plan: Plan, made: Telling) -> tuple[Hidden, ...]:
    """The mistakes that could be made, and that no number asked for shows however many digits it has."""
    silent = [one.record for one, wrong in zip(made.mistakes, made.wrong[-1, :, 0], strict=True) if not wrong]
    silent += [one.record for one in plan.unseen if one.why == SAME_HERE]
    unread = [one.record for one in plan.unseen if one.why == CHANGES_NOTHING]
    silent += [record for record in unread if record.reads]  # what else changes lines does so whatever the values
    reasons: dict[str, str] = {}
    for problem, why in _other_values(plan.problem):
        open_ = [record for record in silent if record.name not in reasons]
        reasons |= dict.fromkeys(_showing(problem, plan, open_), why) if open_ else {}
    told = [
        Hidden(record, reasons.get(record.name) or (NOT_ASKED if record in unread else SAME_NUMBERS))
        for record in silent
    ]
    return (*told, *(Hidden(record, NOT_ASKED) for record in unread if not record.reads))


def twins(found: Telling, place: int) -> tuple[Twins, ...]:
    """The mistakes that come under the same names with the digits at a place."""
    records = {one.record.name: one.record for one in found.mistakes}
    forms = {one.record.name: one.forms for one in found.mistakes}
    sets: dict[frozenset[str], None] = {}
    for one, names in zip(found.mistakes, found.named[place, :, 0], strict=True):
        if names and names != (one.record.name,):
            sets.setdefault(frozenset({one.record.name, *names}))
    made = []
    for group in sets:
        ordered = [name for name in records if name in group]
        same = all(forms[name] == forms[ordered[0]] for name in ordered)
        by_values = any(frozenset({one.record.name, *names}) == group
                        for one, names in zip(found.mistakes, found.named[-1, :, 0], strict=True))  # fmt: skip
        why = sentence("With so many digits rounding hides the difference.")
        if same:
            why = sentence("They change the same lines in the same way.")
        elif by_values:
            why = sentence("With these values both give the same numbers.")
        made.append(Twins(tuple(records[name] for name in ordered), why))
    return tuple(made)


# -- what other values would show


def _showing(problem: Problem, plan: Plan, records: Sequence[Deviation]) -> Iterator[str]:
    """Those mistakes that change some number that is asked for, with other values."""
    try:
        network = build(problem)
        sides = RightSides(network, plan.asked)
        made, _ = mistakes(sides, records)
        given = givens(network)
        right = computed(sides, None, given)
        for one in made:
            wrong = computed(sides, one, given)
            if np.any(np.abs(wrong - right) > SAME):
                yield one.record.name
    except TracerError:
        return


def _other_values(problem: Problem) -> Iterator[tuple[Problem, str]]:
    """The problem with one kind of given numbers replaced, and what is to be said if that shows a mistake."""
    random = np.random.default_rng(1)

    def other(array: Array) -> Array:
        return np.asarray(random.uniform(0.1, 0.9, np.shape(array)) * random.choice([-1.0, 1.0], np.shape(array)))

    if problem.rate is not None:
        one = sentence("The learning rate is 1. Another one would show it.")
        yield (
            replace(problem, rate=0.37),
            one if problem.rate == 1 else sentence("Another learning rate would show it."),
        )
    biases = [layer.bias for layer in problem.layers if layer.bias is not None]
    if biases:
        none = sentence("All biases are 0. Others would show it.")
        yield (
            _with_layers(problem, lambda layer: replace(layer, bias=None if layer.bias is None else other(layer.bias))),
            sentence("Other biases would show it.") if any(np.any(bias) for bias in biases) else none,
        )
    weights = [layer.weights for layer in problem.layers if layer.weights is not None]
    if weights:
        yield (
            _with_layers(
                problem, lambda layer: replace(layer, weights=None if layer.weights is None else other(layer.weights))
            ),
            _of_weights(weights),
        )
    if problem.inputs is not None:
        first = problem.inputs[:, :2]
        same = first.shape[1] == 2 and np.array_equal(first[:, 0], first[:, 1])
        equal = sentence("The first two inputs are equal. Others would show it.")
        yield (
            replace(problem, inputs=other(problem.inputs)),
            equal if same else sentence("Other inputs would show it."),
        )
    if problem.targets is not None:
        yield replace(problem, targets=np.abs(other(problem.targets))), sentence("Other targets would show it.")
    if problem.layers and problem.inputs is not None:
        everything = _with_layers(
            problem,
            lambda layer: replace(
                layer,
                weights=None if layer.weights is None else other(layer.weights),
                bias=None if layer.bias is None else other(layer.bias),
            ),
        )
        yield (
            replace(everything, inputs=other(problem.inputs)),
            sentence("Other inputs and weights would show it."),
        )


def _with_layers(problem: Problem, change: Callable[[Layer], Layer]) -> Problem:
    return replace(problem, layers=tuple(map(change, problem.layers)))


def _of_weights(weights: list[NDArray[np.float64]]) -> str:
    if all(np.ptp(one) == 0 for one in weights):
        return sentence("The weights of each layer are all equal. Others would show it.")
    square = [one for one in weights if one.shape[0] == one.shape[1] > 1]
    if square and all(np.array_equal(one, one.T) for one in square):
        return sentence("The square matrices of weights are symmetric. Others would show it.")
    return sentence("Other weights would show it.")

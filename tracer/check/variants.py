"""A problem and a student into an exercise of the student's own: other numbers, as easy and as telling.

Many sets of numbers are drawn from a seed and the student's label, and the best of them is taken: first one on whose
sheet the mistakes show and are told apart, then one without numbers that are nearly 0, units that are off or saturated,
or results that lie half-way between two roundings.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.calculus.expression import Ref
from tracer.check.checking import Plan, plan
from tracer.check.digits import Known
from tracer.check.given_slots import Keys, Slot, choices, drawn, plain_keys, slots, with_numbers
from tracer.check.habits import Asked
from tracer.check.mistakes import Mistake
from tracer.check.questions import Question, decimals_of
from tracer.check.sheets import Floats
from tracer.check.telling import ENOUGH, Telling, computed, telling
from tracer.errors import TracerError
from tracer.run.given_problem import from_keys
from tracer.run.problem import Problem

DRAWS = 128  # sets of numbers that are looked at for a student
TRIED, TOGETHER = 12, 4  # of them, those with the fewest blemishes, on which every mistake is tried, so many at once
CLOSE = 0.02  # so near to half a unit a result is rounded up by one person and down by the next
FLAT = 0.05  # a sigmoid nearer than this to an end, or a tanh, has next to no slope
BOUNDED = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}


class Quality(NamedTuple):
    """How telling a set of numbers is: how many of the mistakes show, how many are told from all others, and the share
    of (answer, mistake) pairs that come out wrong; and its blemishes: numbers with fewer than two digits, units off or
    saturated, and results that lie half-way."""

    seen: int
    told: int
    share: float
    small: int
    flat: int
    halfway: int

    @property
    def blemishes(self) -> int:
        """How many there are of any kind."""
        return self.small + self.flat + self.halfway

    @property
    def order(self) -> tuple[float, ...]:
        """What is better comes first."""
        return (-self.seen, -self.told, self.small + self.flat, self.halfway, -self.share)


@dataclass(frozen=True)
class Variant:
    """An exercise of one student's own: the keys of its problem file, and how telling it is."""

    keys: Keys
    quality: Quality


@dataclass(frozen=True, eq=False)
class Original:
    """A problem as the source of variants: what is asked of it, with how many digits. Its plan has a number of its own
    in every slot, so that it is known where each of them is read."""

    problem: Problem
    asked: tuple[str, ...]
    digits: Asked
    keys: Keys = field(init=False)
    slots: tuple[Slot, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", plain_keys(self.problem))
        object.__setattr__(self, "slots", slots(self.keys))
        if not any(choice.counts for choice in choices(self.slots).values()):
            found = "no number of this problem can be another one: all are 0, or data of 0 and 1."
            raise TracerError("T107", self.problem.where, found, "", "Give it weights or inputs of its own.")

    @cached_property
    def marks(self) -> Floats:
        """A number for each slot that no other one has."""
        return np.array([0.1 + 0.8 * ((place + 1) * 0.6180339887498949 % 1) for place in range(len(self.slots))])

    @cached_property
    def plan(self) -> Plan:
        """The plan of the problem with its slots marked."""
        return plan(
            from_keys(copy.deepcopy(with_numbers(self.keys, self.slots, self.marks.tolist())), self.problem.where),
            self.asked,
        )

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """The mistakes that can be made in such a problem, and are no conventions."""
        return self.plan.mistakes_in(self.plan.conventions[0])

    @cached_property
    def own(self) -> Quality:
        """How telling the problem is with its own numbers."""
        numbers = np.array([[slot.value] for slot in self.slots])
        return qualities(self, numbers, self.flaws(numbers))[0]

    def is_enough(self, quality: Quality) -> bool:
        """Whether there is nothing to be gained: as many mistakes show and are told apart as with any numbers that were
        tried, in as many answers as with the original's own, and there is no blemish."""
        best, share = self.ceiling, min(self.own.share, self.ceiling.share)
        return (
            quality.seen >= best.seen and quality.told >= best.told and quality.share >= share and not quality.blemishes
        )

    @cached_property
    def ceiling(self) -> Quality:
        """The best of some sets of numbers that nobody gets: what such a problem can show at all."""
        numbers = drawn(self.slots, choices(self.slots), b"ceiling", TRIED)
        return min(qualities(self, numbers, self.flaws(numbers)), key=lambda one: one.order)

    def given(self, numbers: Floats) -> dict[Ref, Known]:
        """What is given in each of several exercises, from their numbers [slot, exercise]; also what mistakes read."""
        places = {mark: place for place, mark in enumerate(self.marks.tolist())}
        found = dict(self.plan.given)
        for mistake in self.plan.mistakes:
            found |= mistake.given
        decimals = [max(decimals_of(float(number)) for number in row) for row in numbers]
        for ref, known in found.items():
            place = places.get(float(known.number))
            if place is not None:
                found[ref] = Known(numbers[place], 0.0, decimals[place])
        return found

    def flaws(self, numbers: Floats) -> NDArray[np.intp]:
        """Blemishes of several exercises, an array [small, flat and half-way, exercise]."""
        count = numbers.shape[1]
        right = computed(self.plan, None, self.given(numbers), count)
        size = np.abs(right)
        figures = int(self.digits.figures)
        leading = np.floor(np.log10(np.where(size > 0, size, 1.0)))
        unit = (
            10.0 ** (leading + 1 - figures)
            if figures
            else np.full(size.shape, 10.0 ** -float(self.digits.decimals or 0))
        )
        off = np.zeros(size.shape, dtype=bool)
        for place, question in enumerate(self.plan.asked):
            low, high = self._bounds(question)
            off[place] = (right[place] < low + FLAT * (high - low)) | (right[place] > high - FLAT * (high - low))
            if self.plan.network.roles[question.name].base == "a" and question.name[:1] != "d":
                off[place] |= right[place] == 0
        rest = np.abs(size / unit - np.floor(size / unit) - 0.5)
        broken = ~np.isfinite(right)
        return np.stack([
            ((size < 10 * unit) & (size > 0)).sum(axis=0) * (figures == 0) + 1000 * broken.sum(axis=0),
            off.sum(axis=0),
            ((rest < CLOSE) & (size > 0)).sum(axis=0),
        ])  # fmt: skip

    def _bounds(self, question: Question) -> tuple[float, float]:
        """Between which ends a unit's output lies, where it has ends."""
        role = self.plan.network.roles[question.name]
        output = role.base == "a" and role.kind == "value" and role.layer
        activation = self.problem.layers[role.layer - 1].activation if output else ""
        return BOUNDED.get(activation, (-np.inf, np.inf))


def variant(original: Original, seed: str, label: str) -> Variant:
    """A problem to the exercise of one student: the same for the same seed and label, whoever else is in the class."""
    source = b"\0".join((b"tracer variants 1", seed.encode(), label.encode("utf-8", "surrogatepass")))
    numbers = drawn(original.slots, choices(original.slots), source, DRAWS)
    blemished = original.flaws(numbers)
    order = np.lexsort((np.arange(DRAWS), blemished[2], blemished[0] + blemished[1]))[:TRIED]
    tried, flaws = np.ascontiguousarray(numbers[:, order]), blemished[:, order]
    found: list[Quality] = []
    for first in range(0, TRIED, TOGETHER):
        some = slice(first, first + TOGETHER)
        found += qualities(original, tried[:, some], flaws[:, some])
        best = min(range(len(found)), key=lambda place: (found[place].order, place))
        if original.is_enough(found[best]):
            break
    return Variant(
        with_numbers(original.keys, original.slots, _as_written(original.slots, tried[:, best])), found[best]
    )


def qualities(original: Original, numbers: Floats, flaws: NDArray[np.intp]) -> list[Quality]:
    """How telling several exercises are, with the digits that are asked for."""
    count = numbers.shape[1]
    made = telling(original.plan, (original.digits,), original.given(numbers), count)
    pairs = _pairs(made, original.plan.asked)
    found = []
    for place in range(count):
        wrong = made.wrong[0, :, place]
        seen = wrong >= np.minimum(pairs, ENOUGH)
        told = seen & made.told[0, :, place]
        share = float(wrong.sum() / max(1, pairs.sum()))
        small, flat, halfway = (int(flaw) for flaw in flaws[:, place])
        found.append(Quality(int(seen.sum()), int(told.sum()), share, small, flat, halfway))
    return found


def _pairs(made: Telling, asked: Sequence[Question]) -> NDArray[np.intp]:
    """On how many answers each mistake could show."""
    values = {question.value for question in asked}
    return np.array([len(values & one.forms.keys()) for one in made.mistakes], dtype=np.intp)


def _as_written(places: Sequence[Slot], numbers: Floats) -> list[float]:
    """Numbers as the file writes them: whole where they were and still are."""
    return [
        int(number) if isinstance(slot.value, int) and float(number).is_integer() else float(number)
        for slot, number in zip(places, numbers, strict=True)
    ]


def problem_of(keys: Mapping[str, object], where: str) -> Problem:
    """The problem that a variant's keys say."""
    return from_keys(copy.deepcopy(dict(keys)), where)

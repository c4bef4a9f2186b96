"""The values of a network at random points, each between two bounds, so that a difference that is seen is proved.

What is given is drawn anew at each point, and everything computed follows from it by the network's own lines. Bounds
are float64's: after every operation they are widened by more than it can have lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from tracer.calculus.expression import Add, Call, Compare, Expr, Number, Ref, walk
from tracer.check.digits import Array, Known
from tracer.check.ranges import Range, decided, nodes, range_of

POINTS = 24
MOST_OPERATIONS = 30_000  # at all points at once, for one answer
#: more than an operation of float64 loses, as a share of what it takes or gives
LOST = 2.0**-48


class TooMuch(Exception):
    """More operations than are done for one answer."""


class Work:
    """How many operations may still be done."""

    def __init__(self, left: int = MOST_OPERATIONS) -> None:
        self.left = left

    def done(self, operations: int) -> None:
        """Count operations. Raises TooMuch."""
        self.left -= operations
        if self.left < 0:
            raise TooMuch


class Points:
    """A network at points: `lines` are those of its elements, `given` its given numbers. What is `fixed` has its own
    value at each point, everything else is drawn."""

    def __init__(
        self, lines: Mapping[Ref, Expr], given: Mapping[Ref, Known], fixed: frozenset[Ref], work: Work
    ) -> None:
        self.lines, self.work = lines, work
        self.known: dict[Ref, Range] = {}
        random = np.random.default_rng(1)
        for ref, known in given.items():
            drawn = _drawn(float(known.number), random)
            number = np.full(POINTS, float(known.number)) if ref in fixed else drawn
            self.known[ref] = number, number

    def range_of(self, expression: Expr) -> Range:
        """An expression at every point. Raises TooMuch, and KeyError for what the network does not have."""
        for ref in self._in_order(_refs(expression)):
            self.known[ref] = self._bounds(self.lines[ref])
        low, high = self._bounds(expression)
        return np.broadcast_to(low, POINTS), np.broadcast_to(high, POINTS)

    def reads(self, expression: Expr) -> set[Ref]:
        """Every value that an expression hangs on, near and far."""
        found: set[Ref] = set()
        left = list(_refs(expression))
        while left:
            ref = left.pop()
            if ref not in found:
                found.add(ref)
                left += _refs(self.lines[ref]) if ref in self.lines else ()
        return found

    def _in_order(self, wanted: Iterable[Ref]) -> Iterator[Ref]:
        """The lines that are still to be evaluated, each after those that it reads."""
        left = [(ref, False) for ref in wanted]
        done: set[Ref] = set()
        while left:
            ref, ready = left.pop()
            if ref in self.known or ref in done:
                continue
            if ready:
                done.add(ref)
                yield ref
                continue
            left.append((ref, True))
            left += [(other, False) for other in _refs(self.lines[ref])]

    def _bounds(self, expression: Expr) -> Range:
        found: list[Range] = []
        parts = nodes(expression)
        self.work.done(len(parts))
        with np.errstate(all="ignore"):
            for part, takes in parts:
                found.append(self._one(part, [found[place] for place in takes]))
        return found[-1]

    def _one(self, part: Expr, takes: list[Range]) -> Range:
        if isinstance(part, Ref):
            return self.known[part]
        if isinstance(part, Number):
            return _widened(range_of(part, []))  # a third has no end in float64
        if isinstance(part, Compare):
            yes, no = decided(part, *takes)
            return np.where(yes, 1.0, 0.0), np.where(no, 0.0, 1.0)
        if isinstance(part, Call) and part.function == "where":
            chosen, first, second = takes
            ends = [np.where(chosen[0] == 1, one, np.where(chosen[1] == 0, other, both(one, other)))
                    for one, other, both in zip(first, second, (np.minimum, np.maximum), strict=True)]  # fmt: skip
            return ends[0], ends[1]
        low, high = range_of(part, takes)
        lost: Array = LOST * np.maximum(np.abs(low), np.abs(high))
        if isinstance(part, Add):
            lost = LOST * sum(np.maximum(np.abs(one), np.abs(other)) for one, other in takes)
        return low - lost - 1e-300, high + lost + 1e-300


def _refs(expression: Expr) -> list[Ref]:
    return [part for part in walk(expression) if isinstance(part, Ref)]


def _widened(one: Range) -> Range:
    lost = LOST * abs(one[0])
    return one[0] - lost, one[1] + lost


def _drawn(value: float, random: np.random.Generator) -> Array:
    """Numbers like a value: half of them near it, with its sign, half anywhere around it."""
    near = value * random.uniform(0.5, 1.5, POINTS) if value else random.uniform(0.1, 0.6, POINTS)
    wide = value + max(abs(value), 1.0) * random.uniform(-1.0, 1.0, POINTS)
    return np.where(np.arange(POINTS) % 2 == 0, near, wide)

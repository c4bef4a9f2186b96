"""The record of one operation."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.calculus.equation import Equation


@dataclass(frozen=True)
class Option:
    """A constant of an operation that a problem may set: its value unless it does, and the range it lies in.

    `low` and `high` are allowed themselves unless `open_low` or `open_high` says that they are not.
    """

    name: str
    value: float
    says: str
    low: float = float("-inf")
    high: float = float("inf")
    open_low: bool = False
    open_high: bool = False

    def allows(self, value: float) -> bool:
        """Whether a value lies in the range.

        >>> Option("beta", 0.9, "decay", 0, 1, open_high=True).allows(1.0)
        False
        """
        above = value > self.low if self.open_low else value >= self.low
        below = value < self.high if self.open_high else value <= self.high
        return above and below

    @property
    def range(self) -> str:
        """The range in words."""
        low = "" if self.low == float("-inf") else f"{'above' if self.open_low else 'at least'} {self.low:g}"
        high = "" if self.high == float("inf") else f"{'below' if self.open_high else 'at most'} {self.high:g}"
        return " and ".join(filter(None, [low, high])) or "a number"


@dataclass(frozen=True)
class Op:
    """One operation: its equations, and what a reader should know about it.

    `equations` are in index notation (`n` is the example) or scalar forms that are lifted to any shape. The operation
    reads `input` and, for a loss, `target`; its result is the left side of the last equation. `parameters` are the
    names it owns, `options` constants with a value of their own, `state` what an optimizer carries from step to step
    (`v` becomes `v_new`; it begins as zeros). `parts` are subterms with a name of their own (the error of one output):
    evaluated when asked for, never part of the gradient.

    `outputs` are the bounds of what an activation gives and of what a loss takes, `targets` the smallest and the
    largest target of a loss, `target_values` its only ones, `units` the smallest number of units that makes sense;
    `one_hot` says that targets are 1 for the class of an example and 0 for the others.
    `note` states a convention (the slope at a kink, sum or mean); `source` is where the mathematics is from.
    """

    kind: str
    name: str
    says: str
    equations: tuple[Equation, ...]
    source: str
    input: str = "x"
    target: str = ""
    parameters: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    state: tuple[str, ...] = ()
    parts: tuple[Equation, ...] = ()
    outputs: tuple[float, float] = (float("-inf"), float("inf"))
    targets: tuple[float, float] = (float("-inf"), float("inf"))
    target_values: tuple[float, ...] = ()
    units: int = 1
    one_hot: bool = False
    note: str = ""

    @property
    def output(self) -> str:
        """The name of the result."""
        return self.equations[-1].left.name

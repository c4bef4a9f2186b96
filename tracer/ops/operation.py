"""The record of one operation."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.calculus.equation import Equation


@dataclass(frozen=True)
class Op:
    """One operation: its equations, and what a reader should know about it.

    `equations` are in index notation (`n` is the example) or scalar forms that are lifted to any shape. The operation
    reads `input` and, for a loss, `target`; its result is the left side of the last equation. `parameters` are the
    names it owns. `parts` are subterms with a name of their own (the error of one output): evaluated when asked for,
    never part of the gradient. `note` states a convention (the slope at a kink, sum or mean); `source` is where the
    mathematics is from.
    """

    kind: str
    name: str
    says: str
    equations: tuple[Equation, ...]
    source: str
    input: str = "x"
    target: str = ""
    parameters: tuple[str, ...] = ()
    parts: tuple[Equation, ...] = ()
    note: str = ""

    @property
    def output(self) -> str:
        """The name of the result."""
        return self.equations[-1].left.name

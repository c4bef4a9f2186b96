"""The right sides by which each asked value is computed: as the network declares it, in a convention, with a mistake.

A network gives one line for each element. What is not asked for is written out in the lines that read it. A convention
changes lines before that; a mistake changes lines of the network, and only those are made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from tracer.calculus.expression import Expr, Ref
from tracer.check.hand_forms import hand_forms, path_by_path
from tracer.check.questions import Question, equations, inlined, questions, written_out
from tracer.errors import TracerError
from tracer.run.network import Network

Lines = Mapping[Ref, Expr]
Forms = Mapping[Ref, tuple[Expr, ...]]


def as_it_is(lines: Lines) -> Lines:
    """The lines as they are."""
    return lines


@dataclass(frozen=True, eq=False)
class RightSides:
    """The lines of a network for what is asked of it, changed as a convention changes them."""

    network: Network
    asked: tuple[Question, ...]
    change: Callable[[Lines], Lines] = as_it_is

    @cached_property
    def declared(self) -> dict[Ref, Expr]:
        """The line of every element, as the network declares it."""
        return equations(self.network, self.every)

    @cached_property
    def every(self) -> tuple[Question, ...]:
        return questions(self.network, max((question.step for question in self.asked), default=1))

    @cached_property
    def values(self) -> set[Ref]:
        return {question.value for question in self.asked}

    @cached_property
    def lines(self) -> dict[Ref, Expr]:
        """The line of every asked value, in terms of what is asked and given. Raises TracerError T402 for one that too
        much lies behind of what nobody is asked."""
        changed = self.change(self.declared)
        found = {}
        for value in sorted(self.values & changed.keys(), key=str):
            line = written_out(changed[value], changed, self.values)
            if line is None:
                address = next(question.address for question in self.asked if question.value == value)
                said = f"too many numbers that are not asked for lie behind {address}."
                remedy = "Ask for some of them too, such as the deltas: --ask delta,w_new."
                raise TracerError("T402", "--ask", said, "", remedy)
            found[value] = line
        return found

    @cached_property
    def forms(self) -> dict[Ref, tuple[Expr, ...]]:
        """All the ways in which people compute each asked value, the usual one first."""
        lines = self.lines
        return {value: hand_forms(value, line, lines, self.network) for value, line in lines.items()}

    @cached_property
    def rare(self) -> dict[Ref, tuple[Expr, ...]]:
        """Ways that are less common, where there are any."""
        found = {value: (path_by_path(forms[0]),) for value, forms in self.forms.items()}
        return {value: rare for value, rare in found.items() if rare[0] not in self.forms[value]}

    @cached_property
    def reads(self) -> dict[Ref, set[str]]:
        """The names of what goes into the line of each asked value: its own, and those that are written out in it."""
        return {value: inlined(value, self.declared, self.values) for value in self.values & self.declared.keys()}

    def of(self, other: Network) -> dict[Ref, Expr]:
        """The lines that are others in a network in which some were changed."""
        usual = self.lines
        before = {entry.name: entry.equation.right for entry in self.network.schedule}
        names = {entry.name for entry in other.schedule if before.get(entry.name) != entry.equation.right}
        touched = [question for question in self.every if question.name in names]
        lines = self.change({**self.declared, **equations(other, touched)})
        found = {}
        for value in self.values & self.declared.keys():
            if self.reads[value] & names:
                form = written_out(lines[value], lines, self.values)
                if form is not None and form != usual[value]:
                    found[value] = form
        return found

    def changed_by(self, change: Callable[[Lines], Lines]) -> RightSides:
        """The same with every line changed once more."""
        before = self.change
        return replace(self, change=lambda lines: change(before(lines)))

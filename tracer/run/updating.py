"""The last lines of a schedule: the rate of the step, clipped gradients, and what an optimizer makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from tracer.calculus.equation import Equation, lifted, renamed
from tracer.calculus.expression import Add, Expr, Index, Number, Pow, Ref, Sum, names
from tracer.calculus.language import parse_equation
from tracer.errors import TracerError, shortened, suggest
from tracer.ops import CLIPPINGS, OPTIMIZERS, SCHEDULES, Op
from tracer.run.binding import Binding
from tracer.run.choices import Choice
from tracer.run.given_numbers import frozen
from tracer.run.network import Entry, Role
from tracer.run.problem import Array, Problem

COUNT = "step = step + 1"  # the number of the step, where an equation reads it


class Updating:
    """Makes the update entries of a network and notes shapes, roles and what is carried in `values` and `state`."""

    def __init__(
        self,
        problem: Problem,
        values: Binding,
        roles: dict[str, Role],
        operations: dict[str, Op],
        gradients: Mapping[str, str],
    ) -> None:
        self.problem, self.values, self.roles, self.operations = problem, values, roles, operations
        self.gradients = dict(gradients)  # parameter -> the name of its gradient, later of its clipped one
        self.op = OPTIMIZERS[problem.optimizer.name]
        self.given: dict[str, Array] = {}
        self.state: dict[str, Array] = {}
        if problem.rate is not None:
            self.constants()

    # -- given numbers

    def constants(self) -> None:
        """The rate and the options of what is used; `step` where something reads it."""
        schedule = self.problem.schedule
        assert self.problem.rate is not None
        self.give("eta0" if schedule else "eta", self.problem.rate, Role("eta0" if schedule else "eta"))
        if isinstance(schedule, Choice):
            for name, value in schedule.options.items():
                self.give(name, value, Role(name, 0, "option"))
        for name, value in self.problem.optimizer.options.items():
            self.give(name, value, Role(name, 0, "option"))
        if self.problem.clip is not None:
            self.give("longest", self.problem.clip, Role("longest", 0, "option"))
        equations = [*self.op.equations, *([self.scheduled()] if schedule else [])]
        if any("step" in names(item.right) for item in equations):
            self.free("step")
            self.state["step"] = frozen(np.array(1.0))
            self.note("step", (), Role("step", 0, "state"))

    def give(self, name: str, value: float, role: Role) -> None:
        self.free(name)
        self.given[name] = frozen(np.array(float(value)))
        self.note(name, (), role)

    def free(self, name: str) -> None:
        """Refuse a name that something of the problem has already."""
        if name in self.values.shapes:
            found = f"the name '{name}' is one the engine gives itself."
            raise TracerError("T204", "", found, "", "Choose another name for what the problem gives.")

    def note(self, name: str, axes: tuple[Index, ...], role: Role) -> None:
        self.values.axes[name], self.roles[name] = axes, role
        self.values.shapes[name] = tuple(self.values.extents[index.axis] for index in axes)

    # -- the entries

    def scheduled(self) -> Equation:
        schedule = self.problem.schedule
        if isinstance(schedule, Equation):
            if unknown := sorted(names(schedule.right) - {"eta0", "step"}):
                found = f"'{unknown[0]}' is not known here."
                expected = "A schedule reads eta0, the rate that is given, and step, the number of the step."
                raise TracerError("T204", "[training], schedule", found, expected)
            return schedule
        return SCHEDULES[schedule.name].equations[-1]

    def first(self) -> list[Entry]:
        """The learning rate of this step, and the clipped gradients."""
        if not self.gradients:
            return []
        made: list[Entry] = []
        if self.problem.schedule:
            item = self.scheduled()
            self.free("eta")
            self.note("eta", (), Role("eta"))
            if isinstance(self.problem.schedule, Choice):
                self.operations["eta"] = SCHEDULES[self.problem.schedule.name]
            made.append(Entry("update", "eta", item))
        return made + (self.clipped() if self.problem.clip is not None else [])

    def clipped(self) -> list[Entry]:
        """The length of all gradients together, and the gradients made shorter where it is too large."""
        op = CLIPPINGS["by-norm"]
        norm, factor, clip = op.equations
        total: list[Expr] = []
        for name, gradient in self.gradients.items():
            axes = self.values.axes[name]
            square: Expr = Pow(Ref(gradient, axes), Number(Fraction(2)))
            total.append(Sum(axes, square) if axes else square)
        squares: Expr = Add(tuple(total)) if len(total) > 1 else total[0]
        made = []
        for item in (Equation(Ref("squares"), squares, "sum of the squares of all gradients"), norm, factor):
            self.free(item.left.name)
            self.note(item.left.name, (), Role(item.left.name))
            self.operations[item.left.name] = op
            made.append(Entry("update", item.left.name, item))
        for name, gradient in list(self.gradients.items()):
            own = f"c{name}"
            made.append(self.lifted(clip, {"dw": gradient, "c": own}, name, Role("c", 0, "value", name), op))
            self.gradients[name] = own
        return made

    def update(self, name: str) -> list[Entry]:
        """What the optimizer computes for one parameter, its replacement last."""
        gradient = self.gradients[name]
        role = self.roles[name]
        spelt = {"w": name, "dw": gradient, "w_new": f"{name}_new"}
        for letter in self.op.state:
            own = f"{letter}{name}"
            self.free(own)
            start = self.problem.state.get(own, np.zeros(self.values.shapes[name]))
            if start.shape != self.values.shapes[name]:
                found = f"{own} has shape {start.shape}, but {name} has {self.values.shapes[name]}."
                raise TracerError("T104", "[state]", found)
            self.state[own] = frozen(np.array(start))
            self.note(own, self.values.axes[name], Role(letter, role.layer, "state", name))
            spelt |= {letter: own, f"{letter}_new": f"{own}_new"}
        made = []
        for item in self.op.equations:
            left = item.left.name
            if left not in spelt:  # mhat: of this step alone
                spelt[left] = f"{left}{name}"
            base = left.removesuffix("_new")
            kind = "new" if left.endswith("_new") else "value"
            own_role = Role(role.base, role.layer, "new") if base == "w" else Role(base, role.layer, kind, name)
            made.append(self.lifted(item, spelt, name, own_role, self.op))
        return made

    def lifted(self, item: Equation, spelt: dict[str, str], name: str, role: Role, op: Op) -> Entry:
        """A scalar form at every element of a parameter."""
        axes = self.values.axes[name]
        own = spelt[item.left.name]
        self.free(own)
        renamed_item = renamed(item, spelt, {})
        scalars = {part: self.values.axes[part] for part in names(renamed_item.right)}
        made = lifted(renamed_item, scalars, axes)
        self.note(own, axes, role)
        self.operations[own] = op
        return Entry("update", own, made, name)

    def last(self) -> list[Entry]:
        """The count of steps goes on."""
        unknown = [name for name in self.problem.state if name not in self.state or name == "step"]
        if unknown:
            found = f"'{shortened(unknown[0])}' is nothing that is carried from step to step."
            raise TracerError("T204", "[state]", found, suggest(unknown[0], [n for n in self.state if n != "step"]))
        if "step" not in self.state:
            return []
        _, right = parse_equation(COUNT)
        self.note("step_new", (), Role("step", 0, "new"))
        return [Entry("update", "step_new", Equation(Ref("step_new"), right, "number of the next step"), "step")]

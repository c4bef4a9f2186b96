"""A network as a short NumPy program that a reader can paste and run, and what it will print.

The lines are the instructions the engine itself runs, printed to be read; what is printed is rounded with NumPy, so
the text can be predicted from the trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from tracer.calculus.compiling import compile_equations
from tracer.calculus.equation import Equation
from tracer.calculus.instructions import Program
from tracer.calculus.numpy_code import BY_HAND, by_hand, python_name, readable
from tracer.calculus.rounding import round_number, rounded
from tracer.explain.batches_told import next_is_another
from tracer.explain.by_hand import printed_by
from tracer.explain.language import sentence
from tracer.explain.numbers import Digits, printed
from tracer.explain.reading import Reading
from tracer.run.network import Entry, Network
from tracer.run.problem import Array
from tracer.run.rounding import Rule, rules_of

MOST_NUMBERS = 3000  # of data and parameters, in the text of a program


@dataclass(frozen=True)
class Listing:
    """Python source, and the text it prints."""

    code: str
    output: str


def too_large(reading: Reading) -> bool:
    """Whether the numbers that a program begins with would fill pages."""
    network = reading.network
    data = [network.problem.inputs, network.problem.targets] if reading.trace.rows is not None else []
    values = [*network.given.values(), *network.parameters.values(), *(array for array in data if array is not None)]
    return sum(value.size for value in values) > MOST_NUMBERS


def script(reading: Reading) -> Listing:
    """The network as a plain script: data, the step (in a loop where there are several), the forward pass again."""
    if too_large(reading):
        return Listing("", "")
    writer = _Writer(reading)
    network = reading.network
    told = reading.language.told
    lines = [*writer.imports(), *writer.helpers(), "", *writer.data(), ""]
    step: list[str] = writer.examples("step" if reading.trace.count > 1 else "0")
    for title, entries in _parts(network):
        step += [f"# {told(title)}", *writer.body(entries), ""]
    count = reading.trace.count
    if count > 1:
        replaced = [f"{python_name(name)} = {python_name(new)}" for name, new in network.carried.items()]
        lines += [
            f"for step in range({count}):",
            *("    " + line if line else "" for line in [*step[:-1], *replaced]),
            "",
        ]
    else:
        lines += step
    shown = [entry.name for entry in network.schedule]
    if count > 1:
        shown = [name for name in shown if network.roles[name].kind == "value"]
    if count not in reading.trace.kept:  # of a long run only the error is there for every step
        shown = [name for name in shown if name == network.output]
    found = [(name, reading.trace.value(name, count)) for name in shown]
    labels = {
        name: told("{name} in step {step} =", name=name, step=count) if count > 1 else f"{name} =" for name in shown
    }
    lines += [writer.print_line(name, labels[name]) for name, _ in found]
    output = [writer.output_line(labels[name], value, name) for name, value in found]
    if reading.trace.after:
        again = [*network.phase("forward"), *network.phase("loss")]
        other = next_is_another(reading.trace, count)
        first = sentence("the forward pass of the next batch, with the new parameters")
        again_title = first if other else sentence("the forward pass again, with the new parameters")
        lines += ["", f"# {told(again_title)}"]
        if count == 1:
            lines += [f"{python_name(name)} = {python_name(name)}_new" for name in network.updated]
        lines += [*writer.examples(str(count)), *writer.body(again, after=True)]
        last = again[-1].name
        label = told("{name} with the new parameters =", name=last)
        label = told("{name} of the next batch with the new parameters =", name=last) if other else label
        lines.append(writer.print_line(last, label, after=True))
        output.append(writer.output_line(label, reading.trace.after[last], last, after=True))
    return Listing("\n".join(lines) + "\n", "\n".join(output) + "\n")


def network_class(reading: Reading) -> Listing:
    """The network as a short class with `forward` and `backward`, and one training step that uses it; as a script where
    the forward pass after the update is rounded another way than the first one."""
    if too_large(reading) or rules_of(reading.network).changed() or not _one_line_each(reading.network):
        return script(reading)
    writer = _Writer(reading)
    network, trace = reading.network, reading.trace
    forward, backward = (
        network.phase("forward"),
        [entry for entry in network.schedule if entry.phase in ("backward", "update")],
    )
    spelt = {name: f"self.{name}" for name in [*network.parameters, *(entry.name for entry in forward)]}
    spelt |= {name: f"self.{name}" for name in network.given if name not in ("x", "t", "eta")}
    held = [name for name in [*network.given, *network.parameters] if name not in ("x", "t", "eta")]
    lines = [
        *writer.imports(),
        *writer.helpers(),
        "",
        "",
        "class Network:",
        f"    def __init__(self, {', '.join(held)}):",
    ]
    lines += [f"        self.{name} = {name}" for name in held]
    lines += ["", "    def forward(self, x):"]
    lines += [f"        {line}" for line in writer.body(forward, spelt)]
    output_name = network.result_of(network.layers)
    lines += [f"        return self.{output_name}", ""]
    if network.phase("loss"):
        lines += ["    def loss(self, t):", f"        return {writer.right(network.phase('loss')[-1], spelt)}", ""]
    updates = [entry for entry in backward if entry.phase == "update"]
    if updates:
        lines += ["    def backward(self, x, t, eta):"]
        lines += [f"        {line}" for line in writer.body(backward, spelt)]
        lines += [f"        self.{entry.of} = {entry.name}" for entry in updates]
        lines.append("")
    lines += ["", *writer.data(), "", f"network = Network({', '.join(held)})"]
    output: list[str] = []

    told = reading.language.told

    def show(label: str, expression: str, value: Array, of: str) -> None:
        lines.append(writer.print_line(expression, f"{label}:", of))
        output.append(writer.output_line(f"{label}:", value, of))

    if 1 in trace.kept:
        show(told("prediction"), "network.forward(x)", trace.value(output_name, 1), output_name)
        if network.phase("loss"):
            show(told("loss"), "network.loss(t)", trace.value("E", 1), "E")
    if updates:
        if trace.count == 1:
            lines.append("network.backward(x, t, eta)")
        else:
            lines += [f"for step in range({trace.count}):", "    network.forward(x)", "    network.backward(x, t, eta)"]
        for entry in updates:
            after = told("{name} after {steps} steps", name=entry.of, steps=trace.count) if trace.count > 1 else ""
            show(after or entry.name, f"network.{entry.of}", trace.after[entry.of], entry.name)
        show(told("prediction"), "network.forward(x)", trace.after[output_name], output_name)
        show(told("loss"), "network.loss(t)", trace.after["E"], "E")
    return Listing("\n".join(lines) + "\n", "\n".join(output) + "\n")


def _one_line_each(network: Network) -> bool:
    """Whether a class with a line for the loss and a line for each parameter holds the whole step."""
    updates = {entry.name for entry in network.phase("update")}
    plain = updates == {f"{name}_new" for name in network.updated} and network.problem.batches is None
    return plain and len(network.phase("loss")) <= 1


def _parts(network: Network) -> list[tuple[str, list[Entry]]]:
    """The schedule under titles; updates that happen inside the backward pass stay where they happen."""
    schedule = list(network.schedule)
    last = max((place for place, entry in enumerate(schedule) if entry.phase == "backward"), default=len(schedule) - 1)
    middle = [entry for entry in schedule[: last + 1] if entry.phase in ("backward", "update")]
    inside = any(entry.phase == "update" for entry in middle)
    inner = sentence("backward pass, each parameter replaced at once")
    parts = [
        (sentence("forward pass"), list(network.phase("forward"))),
        (sentence("loss"), list(network.phase("loss"))),
        (inner if inside else sentence("backward pass"), middle),
        (sentence("update"), [entry for entry in schedule[last + 1 :] if entry.phase == "update"]),
    ]
    return [(title, entries) for title, entries in parts if entries]


class _Writer:
    def __init__(self, reading: Reading) -> None:
        self.network: Network = reading.network
        self.rows = reading.trace.rows
        equations = [entry.equation for entry in self.network.schedule]
        self.rules = rules_of(self.network)
        self.programs = [self.compiled(equations, after) for after in (False, True)]
        self.ruled = {False: self._ruled(reading, after=False), True: self._ruled(reading, after=True)}
        self.decimals = self._decimals(reading)

    def _values(self, reading: Reading, name: str, after: bool) -> list[float]:
        """All the numbers a listing may print of a value."""
        trace = reading.trace
        steps = {1, trace.count} & set(trace.kept)
        arrays = [trace.after[name]] if after else [trace.value(name, step) for step in steps]
        return [float(value) for array in arrays for value in np.ravel(array)]

    def _ruled(self, reading: Reading, after: bool) -> dict[str, Rule]:
        """The values that are printed by their rule of rounding: not where that makes zero of what is not, because the
        page then has more digits."""
        rules = self.rules.after if after and reading.trace.after else {} if after else self.rules.steps
        return {
            name: rule
            for name, rule in rules.items()
            if rule.carried
            or all(
                round_number(value, rule.rounding) == float(printed_by(value, rule).text)
                for value in self._values(reading, name, after)
            )
        }

    def compiled(self, equations: Sequence[Equation], after: bool) -> Program:
        return compile_equations(equations, self.network.extents, self.network.shapes, self.rules.carried(after))

    def _decimals(self, reading: Reading) -> int | None:
        """As many decimals as the page, and more where NumPy's rounding would say something else than the page does (a
        value would become zero, or is cut at an exact half); None where 12 decimals are not enough."""
        names = [(entry.name, False) for entry in self.network.schedule]
        names += [(name, True) for name in reading.trace.after]
        shown = [self._values(reading, name, after) for name, after in names if name not in self.ruled[after]]
        values = {value for values in shown for value in values}
        wanted = max(reading.digits.count + (2 if reading.digits.significant else 0), reading.digits.enough)
        for decimals in range(min(wanted, 12), 13):
            if all(_same_on_the_page(value, decimals) for value in values):
                return decimals
        return None

    def imports(self) -> list[str]:
        """The modules a listing needs."""
        return [*["import decimal", ""] * bool(self.rules.steps or self.rules.after), "import numpy as np"]

    def helpers(self) -> list[str]:
        """What NumPy lacks."""
        lines = []
        if any(made.op == "erf" for made in self.programs[0].instructions):
            lines += ["from math import erf as erf_of_one", "", "erf = np.vectorize(erf_of_one, otypes=[float])"]
        if self.decimals is None:
            lines += ["", "rounded = np.vectorize(lambda value: float(f'{value:.6g}'), otypes=[float])"]
        if self.rules.steps or self.rules.after:
            lines += ["", "", *BY_HAND.splitlines(), ""]
        return lines

    def data(self) -> list[str]:
        """The given values and the parameters as they are at the start."""
        network, problem = self.network, self.network.problem
        values = {**network.given, **network.parameters, **network.state}
        if self.rows is not None:  # the examples of each step are taken from all of them
            values = {name: value for name, value in values.items() if name not in ("x", "t")}
            data = {"inputs": problem.inputs, "targets": problem.targets, "order": self.rows}
            values |= {name: array for name, array in data.items() if array is not None}
        lines = []
        for name, value in values.items():
            text = repr(float(value)) if not value.ndim else f"np.array({value.tolist()})"
            lines.append(f"{python_name(name)} = {text}")
        return lines

    def examples(self, step: str) -> list[str]:
        """The examples of a step (a Python expression, from 0); nothing where all steps use the same."""
        if self.rows is None:
            return []
        targets = [f"t = targets[order[{step}]]"] if "t" in self.network.given else []
        return [f"x = inputs[order[{step}]]", *targets]

    def right(self, entry: Entry, spelt: dict[str, str] | None = None, after: bool = False) -> str:
        return readable(self.programs[after], [entry.name], spelt)[entry.name]

    def body(self, entries: Sequence[Entry], spelt: dict[str, str] | None = None, after: bool = False) -> list[str]:
        """One line an equation; `after`: in the forward pass after the last update."""
        names = spelt or {}
        return [
            f"{names.get(entry.name) or python_name(entry.name)} = {self.right(entry, spelt, after)}"
            for entry in entries
        ]

    def print_line(self, expression: str, label: str, of: str = "", after: bool = False) -> str:
        """A print statement whose text `output_line` predicts. `of`: the value it is, where that is not its name."""
        name, rule = python_name(expression), self.ruled[after].get(of or expression)
        if rule is not None:
            shown = name if rule.carried else by_hand(name, rule.rounding)
        else:
            shown = f"rounded({name})" if self.decimals is None else f"np.round({name}, {self.decimals})"
        return f"print({label!r}, {shown}.tolist())"

    def output_line(self, label: str, value: Array, of: str, after: bool = False) -> str:
        """What `print_line` prints for this value."""
        rule = self.ruled[after].get(of)
        if rule is not None:
            how = rule.rounding
            return f"{label} {np.asarray(rounded(value, how.count, how.significant, how.mode)).tolist()}"
        if self.decimals is None:
            return f"{label} {np.vectorize(lambda one: float(f'{one:.6g}'), otypes=[float])(value).tolist()}"
        return f"{label} {_np_round(value, self.decimals).tolist()}"


def _same_on_the_page(value: float, decimals: int) -> bool:
    """Whether NumPy rounds a value to what the page prints with so many decimals."""
    text = repr(float(_np_round(value, decimals)))
    return text != "inf" and Fraction(text) == printed(value, Digits(decimals)).value


def _np_round(value: Array | float, decimals: int) -> Array:
    """What the listing's own call gives, infinite near the end of the range."""
    with np.errstate(over="ignore"):
        return np.asarray(np.round(value, decimals))

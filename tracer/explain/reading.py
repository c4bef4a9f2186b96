"""A trace read in one notation, at one step, with so many digits: symbols, numbers, general formulas, single lines.

Law 1 is built in here: a relation is `=` only where it holds exactly for the numbers as printed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from tracer.calculus.chain_rule import Path, gradient_term
from tracer.calculus.equation import Equation
from tracer.calculus.expression import (
    Add,
    Call,
    Div,
    Expr,
    Index,
    Mul,
    Neg,
    Number,
    Pow,
    Ref,
    Sum,
    names,
    negated,
    put,
    rebuild,
    total,
    walk,
)
from tracer.explain.by_hand import before_rounding, in_full, printed_by
from tracer.explain.instantiate import element, single_example
from tracer.explain.language import Language
from tracer.explain.names import Names, for_formula, names_of
from tracer.explain.notation import Notation
from tracer.explain.numbers import Digits, Printed, given, printed, rounded
from tracer.explain.relations import ABOUT, EQUAL, exact_row, gives, same_value
from tracer.explain.roles import in_role
from tracer.explain.skeleton import Skeleton, skeleton
from tracer.explain.tex import Printer, ordered
from tracer.run.names import evaluate
from tracer.run.network import Entry, Network
from tracer.run.problem import Array
from tracer.run.rounding import Rule, Rules, rules_of
from tracer.run.trace import Trace


@dataclass(frozen=True)
class Line:
    """One member of a chain: the relation to the member before it, and its TeX."""

    relation: str
    tex: str


@dataclass(frozen=True)
class Reading:
    """A trace at `step` (1-based; count + 1 is the forward pass after the last update) in a notation."""

    trace: Trace
    notation: Notation
    digits: Digits
    step: int = 1

    @property
    def network(self) -> Network:
        """The network that was run."""
        return self.trace.network

    @cached_property
    def names(self) -> Names:
        """The symbols."""
        return names_of(self.network, self.notation)

    @property
    def language(self) -> Language:
        """The language of the sentences."""
        return self.notation.language

    # -- values and numbers

    def sign(self, name: str) -> int:
        """-1 for gradients in a notation that passes back t - o."""
        return self.notation.error_sign if self.network.roles[name].kind == "gradient" else 1

    def value(self, node: Expr) -> float:
        """The recorded value of an element, or of an expression of elements, in canonical signs."""
        return float(evaluate(node, self._read, self.network.extents))

    @cached_property
    def _columns(self) -> dict[str, tuple[Array, int, bool, Rule | None]]:
        return {}

    def _column(self, name: str) -> tuple[Array, int, bool, Rule | None]:
        """The array of a value, its sign in this notation, whether it is given, and its rule of rounding; looked up
        once."""
        if name not in self._columns:
            value = self.trace.value(name, self.step)
            self._columns[name] = (value, self.sign(name), self.is_given(name), self.rule(name))
        return self._columns[name]

    @cached_property
    def _rules(self) -> Rules:
        return rules_of(self.network)

    def rule(self, name: str) -> Rule | None:
        """How a value is rounded by hand, None where it is not; a parameter as the step before made it."""
        if name in self.network.parameters and self.step > 1:
            name = f"{name}_new"
            return self._rules.of(name)
        return self._rules.of(name, after=self.step > self.trace.count)

    def as_printed(self, name: str, value: float) -> Printed:
        """A computed value as it is printed: by its rule of rounding, or with the digits the reader asked for."""
        rule = self.rule(name)
        return printed(value, self.digits) if rule is None else printed_by(value, rule)

    def _read(self, ref: Ref) -> float:
        return float(
            self._column(ref.name)[0].item(
                *(int(index.value) - 1 for index in ref.indices if isinstance(index, Number))
            )
        )

    def number(self, ref: Ref) -> Printed:
        """An element as it is printed: given values with all their digits, others as the reader asked."""
        return self.printed(ref.name, tuple(int(index.value) for index in ref.indices if isinstance(index, Number)))[1]

    def printed(self, name: str, places: tuple[int, ...]) -> tuple[float, Printed]:
        """An element (1-based places) in the notation's sign: as recorded, and as printed."""
        array, sign, is_given, rule = self._column(name)
        value = array.item(*[place - 1 for place in places]) * sign
        if rule is not None and not is_given:
            return value, printed_by(value, rule)
        return value, given(value) if is_given else printed(value, self.digits)

    def tex(self, ref: Ref) -> str:
        """An element as it is printed, as TeX marked with the role of the value."""
        return self.marked(ref.name, self.number(ref))

    def marked(self, name: str, number: Printed) -> str:
        """A number that stands for a value, as TeX marked with the role of the value."""
        return in_role(self.names.role(name), number.tex(self.notation.decimal))

    def is_given(self, name: str) -> bool:
        """Whether a value stands in the problem file as it is (not drawn, not computed)."""
        network = self.network
        first = name in network.parameters and (self.step == 1 or f"{name}_new" not in network.shapes)
        return (name in network.given or first) and not (
            self.trace.problem.drawn and network.roles[name].base in ("w", "b")
        )

    # -- printing

    def printer(self, symbols: Names | None = None, numbers: bool = False) -> Printer:
        """The TeX printer for symbols, or for the numbers in their place."""
        shown = symbols or self.names

        def symbol(ref: Ref) -> tuple[str, bool]:
            if ref.name.startswith("@"):
                return self._local(ref, shown), False
            text = shown.unmarked(ref)
            return in_role(shown.role(ref.name), text), text.startswith("-")

        def number(ref: Ref) -> tuple[str, bool]:
            value = self.number(ref)
            return value.tex(self.notation.decimal), value.value < 0

        return Printer(
            number if numbers else symbol, shown.index, self._size, self.notation.times, self.notation.decimal,
            self.language,
        )  # fmt: skip

    def _size(self, axis: str) -> str:
        return str(self.network.extents[axis])

    def kind(self, name: str) -> str:
        """The role of a value in a product: parameter, gradient or value."""
        if name.startswith("@"):
            return "value"
        role = self.network.roles[name]
        if role.base == "eta":
            return "number"  # the learning rate scales, like a constant
        if role.kind == "gradient":
            return "gradient"
        return (
            "parameter" if role.kind == "new" or name in self.network.parameters or role.base in ("w", "b") else "value"
        )

    def shown(self, item: Equation) -> Equation:
        """An equation as this notation prints it: no index for one example, factors in order, its signs."""
        made = self.flipped(item, single_example(item.right, self.network.extents))
        role = self.network.roles.get(item.left.name)
        kind = role.kind if role else "value"
        order = self.notation.order_forward if kind == "value" else self.notation.order_backward
        return Equation(item.left, ordered(made.right, order, self.kind), item.says, item.padded)

    def flipped(self, item: Equation, right: Expr) -> Equation:
        """The same equation in terms of what the notation passes back: dE/d..., or its negative."""
        role = self.network.roles.get(item.left.name)
        kind = role.kind if role else "value"
        if self.notation.error_sign < 0:
            gradients = {name for name in names(right) if self.network.roles[name].kind == "gradient"}
            if kind == "gradient":
                right = _passed_back(right, gradients)
            elif gradients:
                right = _flipped(right, gradients)
        return Equation(item.left, right, item.says, item.padded)

    def shown_unordered(self, item: Equation) -> Equation:
        """An equation in this notation's signs with factors and sums as declared (for matrices)."""
        return self.flipped(item, item.right)

    def general(self, item: Equation) -> str:
        """An equation in index letters: left = right."""
        made = self.shown(item)
        symbols = for_formula(self.names, made.left)
        printer = self.printer(symbols)
        return f"{symbols.symbol(made.left)} = {printer.tex(made.right)}"

    def chain(self, entry: Entry) -> str:
        """The chain rule for a gradient in index letters, before the local derivatives are worked out; "" where the
        loss itself is differentiated."""
        target = tuple(index for index in entry.equation.left.indices if isinstance(index, Index))
        waiting = tuple(Index(f"@{place}", "@") for place in range(len(target)))
        terms = []
        ways = self._distinct(entry)
        if all(self._outer(item) is None for item, _ in ways):
            return ""
        for item, path in ways:
            outer = self._outer(item)
            # What is read is the target itself; its letters wait under other names while the equation's are renamed.
            local = Ref(f"@{item.left.name}|{entry.of}", (*item.left.indices, *waiting))
            term = gradient_term(item, Path(path.name, local, path.bound, path.indices), target, outer)
            terms.append(negated(term) if outer is None and self.notation.error_sign < 0 else term)
        back: dict[Index, Expr] = dict(zip(waiting, target, strict=True))
        right = single_example(put(total(terms), back), self.network.extents)
        symbols = for_formula(self.names, entry.equation.left)
        return f"{symbols.symbol(entry.equation.left)} = {self.printer(symbols).tex(right)}"

    def _distinct(self, entry: Entry) -> list[tuple[Equation, Path]]:
        """One way through each reader and each place it reads; two paths through one place are one derivative."""
        seen = set()
        found = []
        for item, path in entry.ways:
            key = (item.left.name, path.indices)
            if key not in seen:
                seen.add(key)
                found.append((item, path))
        return found

    def _outer(self, item: Equation) -> Ref | None:
        """The gradient of an equation's left side, None where it is what is minimised."""
        for entry in self.network.phase("backward"):
            if entry.of == item.left.name and self.network.roles[entry.name].kind == "gradient":
                return Ref(entry.name, item.left.indices)
        return None

    def _local(self, ref: Ref, symbols: Names) -> str:
        of, by = ref.name[1:].split("|")
        rank = len(self.network.shapes[of])
        return symbols.derivative(Ref(of, ref.indices[:rank]), Ref(by, ref.indices[rank:]))

    # -- one element

    def at(self, item: Equation, places: tuple[int, ...]) -> Expr:
        """The right side of an equation, as this notation prints it, at one element (1-based places)."""
        made = self.shown(item)
        indices = [index for index in made.left.indices if isinstance(index, Index)]
        here = dict(zip(indices, places, strict=True))
        return element(made.right, here, self.network.extents, self.network.shapes, self.value)

    def signed(self, node: Expr) -> float:
        """The value of an expression whose gradients are read in the notation's sign."""
        return float(evaluate(node, lambda ref: self._read(ref) * self.sign(ref.name), self.network.extents))

    def steps(self, right: Expr, result: Printed, role: str = "") -> list[Line]:
        """symbols, numbers in place, parts evaluated, result (which has the `role`): each with its relation to the one
        before."""
        return self.filled(skeleton(right, self.printer(), self.names.role), result, role)

    def element_steps(self, item: Equation, places: tuple[int, ...], result: Printed) -> list[Line]:
        """The chain of one element of an equation. Its skeleton is kept for the next time it is printed, unless the
        numbers themselves decide what is written (a branch, a look-up)."""
        kept = self.network.memo.setdefault(self.notation, {})
        key = (item.left.name, id(item.right), places)
        if key not in kept:
            free = not _decided_by_numbers(item.right)
            # The expression is kept too: while it lives, no other one can have its id.
            made = skeleton(self.at(item, places), self.printer(), self.names.role) if free else None
            kept[key] = (made, item.right)
        form: Skeleton | None = kept[key][0]
        role = self.names.role(item.left.name)
        return self.steps(self.at(item, places), result, role) if form is None else self.filled(form, result, role)

    def filled(self, form: Skeleton, result: Printed, role: str = "") -> list[Line]:
        """A skeleton with the numbers of this reading; the result has a role. Lines are compared as they are without
        marks, so that a page is the same with them."""
        decimal = self.notation.decimal
        shown = result.tex(decimal)
        if form.symbols == shown:
            return [Line(EQUAL, in_role(role, shown))]
        lines = [Line(EQUAL, form.marked)]
        found = [self.printed(name, places) for name, places in form.reads]
        values, numbers = [value for value, _ in found], [number for _, number in found]
        if isinstance(form.numbers.expression, Ref):
            source = numbers[0]
            if result.rounding is not None and (source.shortened or source.value != result.value):
                whole, shown = source.tex(decimal), replace(result, text=in_full(result)).tex(decimal)
                whole_marked = in_role(self.names.role(form.reads[0][0]), whole)
                lines += [Line(ABOUT if source.shortened else EQUAL, whole_marked)] if whole != shown else []
                return [*lines, Line(ABOUT, in_role(role, shown))]
            return [*lines, Line(ABOUT if result.shortened else EQUAL, in_role(role, shown))]
        shortened = any(number.shortened for number in numbers)
        text, marked = form.numbers.fill(numbers, decimal)
        row, seen = form.numbers, {shown, form.symbols}
        floats = [float(number.text) for number in numbers]
        if text not in seen:
            lines.append(Line(ABOUT if shortened else EQUAL, marked))
            seen.add(text)
        evaluated = [part(values) for part in form.parts]
        # A part beyond float64 (e^{900} in a sigmoid) has no number to print; the result may still have one.
        if form.reduced is not None and all(map(math.isfinite, evaluated)):
            parts = [
                rounded(value, self.digits) if unsure else printed(value, self.digits)
                for value, unsure in zip(evaluated, form.unsure, strict=True)
            ]
            every = [*numbers, *parts]
            text, marked = form.reduced.fill(every, decimal)
            if text not in seen:
                floats += [float(number.text) for number in parts]
                lines.append(Line(EQUAL if same_value(row, form.reduced, every, floats) else ABOUT, marked))
                row, numbers = form.reduced, every
        if len(lines) == 1:  # the number follows the symbols directly
            relation = ABOUT if shortened or result.shortened or exact_row(row, numbers) is None else EQUAL
        else:
            relation = EQUAL if gives(row, numbers, floats, result) else ABOUT
        if relation == ABOUT and result.rounding is not None:
            if all(line.relation == EQUAL for line in lines):
                exact = before_rounding(exact_row(row, numbers), result)
                lines += [Line(EQUAL, in_role(role, exact.tex(decimal)))] if exact else []
            shown = replace(result, text=in_full(result)).tex(decimal)
        lines.append(Line(relation, in_role(role, shown)))
        return lines

    def elements(self, name: str) -> Iterable[tuple[int, ...]]:
        """The places of all elements of a value, unit by unit within each example (weights: by receiving unit)."""
        shape = self.network.shapes.get(name, ())
        ranges = [range(1, size + 1) for size in shape]
        if self.network.roles[name].base == "w" and len(shape) == 2:
            return ((i, j) for j in ranges[1] for i in ranges[0])
        return itertools.product(*ranges)


def _decided_by_numbers(node: Expr) -> bool:
    """Whether what is written depends on the values: a branch of a choice, a place that is looked up."""
    for part in walk(node):
        if isinstance(part, Call) and part.function == "where":
            return True
        if isinstance(part, Ref) and any(isinstance(inner, Ref) for index in part.indices for inner in walk(index)):
            return True
    return False


def _passed_back(node: Expr, gradients: set[str]) -> Expr:
    """A gradient in negative gradients: what is linear in them keeps its form, what reads none (t - o) is turned."""
    if isinstance(node, Add) and gradients:
        return Add(tuple(term if names(term) & gradients else negated(term) for term in node.terms))
    return node if gradients else negated(node)


def _flipped(node: Expr, gradients: set[str]) -> Expr:
    """An update in terms of the negative gradients: what was subtracted is added, a square stays."""
    turned, sign = _sign_out(node, gradients)
    return turned if sign > 0 else Neg(turned) if isinstance(turned, Mul) else negated(turned)


def _sign_out(node: Expr, gradients: set[str]) -> tuple[Expr, int]:
    """An expression as (another, its sign), the gradients in it read as their negatives."""
    if not names(node) & gradients:
        return node, 1
    match node:
        case Ref():
            return node, -1
        case Neg(operand):
            turned, sign = _sign_out(operand, gradients)
            return turned, -sign
        case Mul(factors):
            parts = [_sign_out(factor, gradients) for factor in factors]
            return Mul(tuple(part for part, _ in parts)), math.prod(sign for _, sign in parts)
        case Div(top, bottom):
            (above, first), (below, second) = _sign_out(top, gradients), _sign_out(bottom, gradients)
            return Div(above, below), first * second
        case Sum(indices, body):
            turned, sign = _sign_out(body, gradients)
            return Sum(indices, turned), sign
        case Pow(base, Number(exponent)) if exponent.denominator == 1:
            turned, sign = _sign_out(base, gradients)
            return Pow(turned, Number(exponent)), sign if exponent.numerator % 2 else 1
        case Call("abs", (argument,)):
            return Call("abs", (_sign_out(argument, gradients)[0],)), 1
        case Add(terms):
            signed = [_flipped(term, gradients) for term in terms]
            return Add(tuple(sorted(signed, key=lambda term: isinstance(term, Neg)))), 1
    return rebuild(node, lambda part: _flipped(part, gradients)), 1

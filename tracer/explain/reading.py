"""A trace read in one notation, at one step, with so many digits: symbols, numbers, general formulas, single lines.

Law 1 is built in here: a relation is `=` only where it holds exactly for the numbers as printed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from tracer.calculus.chain_rule import Path, gradient_term
from tracer.calculus.equation import Equation
from tracer.calculus.expression import (
    Add,
    Call,
    Compare,
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
    replace,
    total,
    walk,
)
from tracer.explain.instantiate import element, single_example
from tracer.explain.names import Names, for_formula, names_of
from tracer.explain.notation import Notation
from tracer.explain.numbers import Digits, Printed, given, printed
from tracer.explain.tex import Printer, ordered
from tracer.run.names import evaluate
from tracer.run.network import Entry, Network
from tracer.run.trace import Trace

EQUAL, ABOUT = "=", r"\approx"


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

    # -- values and numbers

    def sign(self, name: str) -> int:
        """-1 for gradients in a notation that passes back t - o."""
        return self.notation.error_sign if self.network.roles[name].kind == "gradient" else 1

    def value(self, node: Expr) -> float:
        """The recorded value of an element, or of an expression of elements, in canonical signs."""
        return float(evaluate(node, self._read, self.network.extents))

    def _read(self, ref: Ref) -> float:
        array = self.trace.value(ref.name, self.step)
        places = tuple(int(index.value) - 1 for index in ref.indices if isinstance(index, Number))
        return float(array[places])

    def number(self, ref: Ref) -> Printed:
        """An element as it is printed: given values with all their digits, others as the reader asked."""
        value = self._read(ref) * self.sign(ref.name)
        return given(value) if self.is_given(ref.name) else printed(value, self.digits)

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
            text = shown.symbol(ref)
            return text, text.startswith("-")

        def number(ref: Ref) -> tuple[str, bool]:
            value = self.number(ref)
            return value.tex(self.notation.decimal), value.value < 0

        return Printer(
            number if numbers else symbol, shown.index, self._size, self.notation.times, self.notation.decimal
        )

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
        """An equation as this notation prints it: one example without its index, factors in order, sign of the error."""
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
            if kind == "gradient" and not gradients:
                right = negated(right)  # the first one: t - o; the later ones are linear in it and keep their form
            elif kind == "new":
                right = _flipped(right, gradients)
        return Equation(item.left, right, item.says, item.padded)

    def shown_unordered(self, item: Equation) -> Equation:
        """An equation in this notation's signs with its factors and its sum over examples as declared (for matrices)."""
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
        terms = []
        for item, path in self._distinct(entry):
            outer = self._outer(item)
            if outer is None:
                return ""
            local = Ref(f"@{item.left.name}|{entry.of}", (*item.left.indices, *path.indices))
            terms.append(gradient_term(item, Path(path.name, local, path.bound, path.indices), target, outer))
        right = single_example(total(terms), self.network.extents)
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

    def steps(self, right: Expr, result: Printed) -> list[Line]:
        """symbols, numbers in place, terms evaluated, result: each with its relation to the one before."""
        symbols = self.printer().tex(right)
        if symbols == result.tex(self.notation.decimal):
            return [Line(EQUAL, symbols)]
        return [Line(EQUAL, symbols), *self.numeric(right, result, symbols)]

    def numeric(self, right: Expr, result: Printed, symbols: str = "") -> list[Line]:
        """The numeric part of a chain; the first relation tells whether the operands were printed in full."""
        decimal = self.notation.decimal
        lines: list[Line] = []
        numbers = replace(right, lambda ref: _number(self.number(ref)))
        operands = [self.number(part) for part in walk(right) if isinstance(part, Ref)]
        before = exact(numbers)
        seen = {result.tex(decimal), symbols}
        if isinstance(right, Ref):
            return [Line(ABOUT if result.shortened else EQUAL, result.tex(decimal))]
        text = self.printer(numbers=True).tex(right)
        shortened = any(operand.shortened for operand in operands)
        if text not in seen:
            lines.append(Line(ABOUT if shortened else EQUAL, text))
            seen.add(text)
        reduced = self.reduced(right)
        if reduced is not None:
            text = self.printer(numbers=True).tex(reduced)
            if text not in seen:
                value = exact(replace(reduced, lambda ref: _number(self.number(ref))))
                lines.append(Line(EQUAL if before is not None and before == value else ABOUT, text))
                before = value
        if lines:
            relation = EQUAL if before is not None and before == result.value else ABOUT
        else:  # the number follows the symbols directly
            relation = ABOUT if shortened or result.shortened or before is None else EQUAL
        lines.append(Line(relation, result.tex(decimal)))
        return lines

    def reduced(self, node: Expr) -> Expr | None:
        """The same expression with each compound part replaced by its number; None where nothing is gained."""

        def short(part: Expr) -> Expr:
            match part:
                case Number() | Ref():
                    return part
                case Neg(operand):
                    return Neg(short(operand))
            return _number(printed(self.signed(part), self.digits))

        match node:
            case Add(terms) if any(not isinstance(term, Number | Ref) for term in terms):
                return Add(tuple(short(term) for term in terms))
            case Mul(factors) if any(not isinstance(factor, Number | Ref) for factor in factors):
                return Mul(tuple(short(factor) for factor in factors))
            case Div(top, bottom) if not (isinstance(top, Number | Ref) and isinstance(bottom, Number | Ref)):
                return Div(short(top), short(bottom))
            case Pow(base, exponent) if not isinstance(base, Number | Ref):
                return Pow(short(base), exponent)
        return None

    def elements(self, name: str) -> Iterable[tuple[int, ...]]:
        """The places of all elements of a value, unit by unit within each example (weights: by receiving unit)."""
        shape = self.network.shapes.get(name, ())
        ranges = [range(1, size + 1) for size in shape]
        if self.network.roles[name].base == "w" and len(shape) == 2:
            return ((i, j) for j in ranges[1] for i in ranges[0])
        return itertools.product(*ranges)


def _number(value: Printed) -> Expr:
    return Number(value.value, value.text)


def _flipped(node: Expr, gradients: set[str]) -> Expr:
    """An update in terms of the negative gradient: what was subtracted is added."""
    if isinstance(node, Add):
        terms: list[Expr] = []
        for term in node.terms:
            inside = term.operand if isinstance(term, Neg) else term
            if names(inside) & gradients:
                terms.append(inside if isinstance(term, Neg) else Neg(term))
            else:
                terms.append(term)
        return Add(tuple(terms))
    return node


def exact(node: Expr) -> Fraction | None:
    """The exact value of an expression of printed numbers; None where it has none that can be written down.

    >>> exact(Add((Number(Fraction(1, 10)), Number(Fraction(2, 10)))))
    Fraction(3, 10)
    """
    match node:
        case Number(value):
            return value
        case Neg(operand):
            inside = exact(operand)
            return None if inside is None else -inside
        case Compare() | Sum():
            return None
    parts = [exact(part) for part in _parts(node)]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    match node:
        case Add():
            return sum(known, Fraction(0))
        case Mul():
            return math.prod(known, start=Fraction(1))
        case Div():
            return known[0] / known[1] if known[1] else None
        case Pow():
            base, power = known
            if power.denominator != 1 or abs(power) > 64 or (base == 0 and power < 0):
                return None
            return base ** int(power)
        case Call(function, _):
            return _exact_call(function, known)
    return None


def _parts(node: Expr) -> tuple[Expr, ...]:
    match node:
        case Add(parts) | Mul(parts) | Call(_, parts):
            return parts
        case Div(left, right) | Pow(left, right):
            return (left, right)
    return ()


def _exact_call(function: str, values: list[Fraction]) -> Fraction | None:
    match function:
        case "max":
            return max(values)
        case "min":
            return min(values)
        case "abs":
            return abs(values[0])
        case "sign":
            return Fraction(int(np.sign(float(values[0]))))
        case "exp" if values[0] == 0:
            return Fraction(1)
        case "log" if values[0] == 1:
            return Fraction(0)
        case "tanh" | "erf" if values[0] == 0:
            return Fraction(0)
        case "sqrt" if values[0] >= 0:
            top, bottom = math.isqrt(values[0].numerator), math.isqrt(values[0].denominator)
            root = Fraction(top, bottom)
            return root if root * root == values[0] else None
    return None

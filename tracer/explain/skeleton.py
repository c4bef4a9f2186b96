"""An equation at one element as a skeleton: the symbols are printed once, the numbers are filled in.

A page prints the same few formulas again and again with other numbers. What does not depend on the numbers (the
symbols, where the numbers stand, where a negative one needs brackets, how each compound part is evaluated) is worked
out once; filling it in is a matter of microseconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation

from tracer.calculus.expression import Add, Call, Div, Expr, Mul, Neg, Number, Pow, Ref, replace, walk
from tracer.calculus.numpy_code import erf
from tracer.explain.numbers import Printed
from tracer.explain.roles import in_role, unmarked
from tracer.explain.tex import Printer

Evaluate = Callable[[Sequence[float]], float]
InDecimals = Callable[[Sequence[Decimal]], Decimal]

#: functions whose values can hardly ever be written down
ROUNDED = ("exp", "log", "sqrt", "tanh", "erf")
#: decimal arithmetic that says so when a result is not exact
EXACT = Context(prec=400, traps=[Inexact, DivisionByZero, InvalidOperation])


@dataclass(frozen=True)
class Row:
    """One row of numbers: TeX `pieces` with a slot between each two. A slot is (number, how tightly it is bound);
    `marked` are the pieces with the roles of the values whose numbers fill the slots;
    `expression` is the same row as a tree of `Ref("#k")`; `evaluate` gives its value from the numbers, `in_decimals`
    its exact one (raises decimal.Inexact where a division does not come out; None where there is a function)."""

    pieces: tuple[str, ...]
    marked: tuple[str, ...]
    slots: tuple[tuple[int, float], ...]
    expression: Expr
    evaluate: Evaluate
    in_decimals: InDecimals | None

    def fill(self, numbers: Sequence[Printed], decimal: str) -> tuple[str, str]:
        """The TeX with the numbers in place, plain and with marks; a negative number in brackets where it is bound to
        something."""
        texts = []
        for slot, bound in self.slots:
            text = numbers[slot].tex(decimal)
            negative = text[0] == "-"
            if (negative and bound > 1) or (bound > 2 and "^" in text):
                text = rf"\left({text}\right)"
            texts.append(text)
        plain = _between(self.pieces, texts)
        return plain, plain if self.marked is self.pieces else _between(self.marked, texts)


def _between(pieces: Sequence[str], texts: Sequence[str]) -> str:
    made = [pieces[0]]
    for text, piece in zip(texts, pieces[1:], strict=True):
        made += (text, piece)
    return "".join(made)


@dataclass(frozen=True)
class Skeleton:
    """The right side of an equation at one element: its `symbols` (and with the roles of values `marked`), the values
    it `reads` in order (name and places), the row of their numbers, and the row in which each compound part
    (`parts`) has become one number (None where nothing is gained). A part is
    `unsure` where a function in it can only be rounded: 1 + e^{-44} is not 1, whatever float64 says.
    Numbers are counted through: first those of `reads`, then those of `parts`."""

    symbols: str
    marked: str
    reads: tuple[tuple[str, tuple[int, ...]], ...]
    numbers: Row
    parts: tuple[Evaluate, ...]
    unsure: tuple[bool, ...]
    reduced: Row | None


def skeleton(right: Expr, symbols: Printer, role: Callable[[str], str]) -> Skeleton:
    """An expression of fixed elements to its skeleton; `role` tells that of a value, "" for none."""
    places: dict[Ref, int] = {}
    for part in walk(right):
        if isinstance(part, Ref):
            places.setdefault(part, len(places))
    parts: list[Evaluate] = []
    unsure: list[bool] = []

    def short(part: Expr) -> Expr:
        match part:
            case Number() | Ref():
                return part
            case Neg(operand):
                return Neg(short(operand))
        parts.append(_closure(part, places))
        unsure.append(any(isinstance(inner, Call) and inner.function in ROUNDED for inner in walk(part)))
        return Ref(f"#{len(places) + len(parts) - 1}")

    reduced = _reduced(right, short)
    slotted = replace(right, lambda ref: Ref(f"#{places[ref]}"))
    roles = [role(ref.name) for ref in places]
    row = None if reduced is None else _row(replace(reduced, lambda ref: _slot(ref, places)), symbols, roles)
    reads = tuple(
        (ref.name, tuple(int(index.value) for index in ref.indices if isinstance(index, Number))) for ref in places
    )
    marked = symbols.tex(right)
    numbers = _row(slotted, symbols, roles)
    return Skeleton(unmarked(marked), marked, reads, numbers, tuple(parts), tuple(unsure), row)


def _slot(ref: Ref, places: dict[Ref, int]) -> Ref:
    return ref if ref.name.startswith("#") else Ref(f"#{places[ref]}")


def _reduced(node: Expr, short: Callable[[Expr], Expr]) -> Expr | None:
    """The expression with each compound part shortened; None where all parts are single numbers already."""

    def compound(part: Expr) -> bool:
        return not isinstance(part.operand if isinstance(part, Neg) else part, Number | Ref)

    match node:
        case Add(terms) if any(map(compound, terms)):
            return Add(tuple(map(short, terms)))
        case Mul(factors) if any(map(compound, factors)):
            return Mul(tuple(map(short, factors)))
        case Div(top, bottom) if compound(top) or compound(bottom):
            return Div(short(top), short(bottom))
        case Pow(base, exponent) if compound(base):
            return Pow(short(base), exponent)
        case Neg(operand):
            inner = _reduced(operand, short)
            return None if inner is None else Neg(inner)
    return None


def _row(expression: Expr, symbols: Printer, roles: Sequence[str]) -> Row:
    """A tree of slots to TeX pieces; the first slots have roles."""

    class Slotted(Printer):
        def put(self, node: Expr, outer: float) -> str:
            if isinstance(node, Ref):
                return f"\0{node.name[1:]};{outer}\0"
            return super().put(node, outer)

    text = Slotted(symbols.atom, symbols.index, symbols.size, symbols.times, symbols.decimal).tex(expression)
    pieces = text.split("\0")
    slots = tuple((int(slot.split(";")[0]), float(slot.split(";")[1])) for slot in pieces[1::2])
    plain = marked = tuple(pieces[0::2])
    if any(roles):
        made = [pieces[0]]
        for (slot, _), piece in zip(slots, plain[1:], strict=True):
            before, after = in_role(roles[slot] if slot < len(roles) else "", "\0").split("\0")
            made[-1] += before
            made.append(after + piece)
        marked = tuple(made)
    return Row(plain, marked, slots, expression, _closure(expression, {}), _decimal(expression))


def _closure(node: Expr, places: dict[Ref, int]) -> Evaluate:
    """An expression to a function of the list of its numbers, left to right as it is written."""
    match node:
        case Number(value):
            constant = float(value)
            return lambda _: constant
        case Ref():
            place = int(node.name[1:]) if node.name.startswith("#") else places[node]
            return lambda numbers: numbers[place]
        case Neg(operand):
            inside = _closure(operand, places)
            return lambda numbers: -inside(numbers)
        case Add(parts) | Mul(parts):
            functions = [_closure(part, places) for part in parts]
            return _summing(functions) if isinstance(node, Add) else _multiplying(functions)
        case Div(top, bottom):
            above, below = _closure(top, places), _closure(bottom, places)
            return lambda numbers: _divide(above(numbers), below(numbers))
        case Pow(base, exponent):
            root, power = _closure(base, places), _closure(exponent, places)
            return lambda numbers: _guarded(math.pow, root(numbers), power(numbers))
        case Call(function, arguments):
            call = _FUNCTIONS[function]
            given = [_closure(argument, places) for argument in arguments]
            return lambda numbers: _guarded(call, *(argument(numbers) for argument in given))
    raise AssertionError(node)


def _decimal(node: Expr) -> InDecimals | None:
    """The same in exact decimal arithmetic; None for what is more than + - * / and whole powers."""
    match node:
        case Number(value):
            power = value.denominator
            while power % 10 == 0:
                power //= 10
            if power not in (1, 2, 4, 5, 8, 16, 25, 125, 625):
                return None
            constant = EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
            return lambda _: constant
        case Ref(name):
            place = int(name[1:])
            return lambda numbers: numbers[place]
        case Neg(operand):
            inside = _decimal(operand)
            return None if inside is None else lambda numbers: EXACT.minus(inside(numbers))
        case Add(parts) | Mul(parts):
            return _folded(EXACT.add if isinstance(node, Add) else EXACT.multiply, [_decimal(part) for part in parts])
        case Div(top, bottom):
            return _folded(EXACT.divide, [_decimal(top), _decimal(bottom)])
        case Pow(base, Number(value)) if value.denominator == 1 and 2 <= value <= 8:
            return _folded(EXACT.multiply, [_decimal(base)] * int(value))
    return None


def _folded(operation: Callable[[Decimal, Decimal], Decimal], parts: Sequence[InDecimals | None]) -> InDecimals | None:
    functions = [part for part in parts if part is not None]
    if len(functions) < len(parts):
        return None

    def result(numbers: Sequence[Decimal]) -> Decimal:
        value = functions[0](numbers)
        for function in functions[1:]:
            value = operation(value, function(numbers))
        return value

    return result


def _summing(functions: list[Evaluate]) -> Evaluate:
    def result(numbers: Sequence[float]) -> float:
        value = functions[0](numbers)
        for function in functions[1:]:
            value += function(numbers)
        return value

    return result


def _multiplying(functions: list[Evaluate]) -> Evaluate:
    def result(numbers: Sequence[float]) -> float:
        value = functions[0](numbers)
        for function in functions[1:]:
            value *= function(numbers)
        return value

    return result


def _divide(above: float, below: float) -> float:
    return above / below if below else math.copysign(math.inf, above) if above else math.nan


def _guarded(function: Callable[..., float], *arguments: float) -> float:
    try:
        return float(function(*arguments))
    except OverflowError:
        return math.inf
    except (ValueError, ZeroDivisionError):
        return math.nan


_FUNCTIONS: dict[str, Callable[..., float]] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "abs": abs,
    "tanh": math.tanh,
    "erf": lambda value: float(erf(value)),
    "max": max,
    "min": min,
    "sign": lambda value: float((value > 0) - (value < 0)),
}

"""Signs, numbers and fractions put together, in the order an author wrote them.

This is what a person does to -1/u**2 * e * (-1) without a second thought: one sign, one number, one fraction bar, equal
factors as a power. Nothing is multiplied out and nothing is sorted; SymPy does both, and its forms surprise a reader.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from tracer.calculus.expression import ONE, ZERO, Add, Call, Div, Expr, Mul, Neg, Number, Pow, Sum, negated, rebuild

#: the constant in the slope of erf: a letter to a reader, not a number to multiply with
PI = Number(Fraction("3.141592653589793"), "3.141592653589793")
#: a number longer than this stays a product or a power, as it was written
MOST_DECIMALS, MOST_BITS = 12, 200


def without_ones(node: Expr) -> Expr:
    """One node without + 0, times 1 and times 0, and without a sum right inside a sum or a product inside a product.

    >>> from tracer.calculus.expression_text import to_text
    >>> from tracer.calculus.language import parse_expression
    >>> to_text(without_ones(parse_expression("1*x*(y*2)")))
    'x*y*2'
    """
    match node:
        case Neg(operand) if operand == ZERO:
            return ZERO
        case Add(terms):
            flat = [part for term in terms for part in (term.terms if isinstance(term, Add) else (term,))]
            kept = tuple(term for term in flat if term not in (ZERO, Neg(ZERO)))
            return ZERO if not kept else kept[0] if len(kept) == 1 else Add(kept)
        case Mul(factors):
            flat = [part for factor in factors for part in (factor.factors if isinstance(factor, Mul) else (factor,))]
            if ZERO in flat:
                return ZERO
            kept = tuple(factor for factor in flat if factor != ONE)
            return ONE if not kept else kept[0] if len(kept) == 1 else Mul(kept)
        case Div(top, bottom) if bottom == ONE or (top == ZERO and bottom != ZERO):
            return top
        case Pow(base, exponent) if exponent == ONE:
            return base
        case Sum(_, body) if body == ZERO:
            return ZERO
    return node


def gathered(node: Expr) -> Expr:
    """An expression with every product as one number over one fraction bar, and equal terms of a sum counted.

    >>> from tracer.calculus.expression_text import to_text
    >>> from tracer.calculus.language import parse_expression
    >>> to_text(gathered(parse_expression("1/2 * 2 * (a - t) * (-1)")))
    't - a'
    >>> to_text(gathered(parse_expression("-1/(1 + u)**2 * u * (-1)")))
    'u/(1 + u)**2'
    """
    node = rebuild(node, gathered)
    match node:
        case Add(terms):
            return _sum(terms)
        case Neg() | Mul() | Div() | Pow():
            return _product(node).spelt()
        case Call("where", (_, first, second)) if first == second:
            return first
    return node


@dataclass
class _Product:
    """number * base**power * ... collected factor by factor in the order they stand."""

    number: Fraction = Fraction(1)
    decimal: bool = False  # whether the author wrote numbers with a point
    powers: dict[Expr, int] = field(default_factory=dict)

    def take(self, node: Expr, power: int) -> None:
        """Multiply by node**power."""
        match node:
            case Number(value, text) if node != PI and _affordable(value, power):
                self.number *= value**power
                self.decimal |= value.denominator != 1 or "." in text
            case Neg(operand):
                self.number *= (-1) ** power
                self.take(operand, power)
            case Mul(factors):
                for factor in factors:
                    self.take(factor, power)
            case Div(top, bottom):
                self.take(top, power)
                self.take(bottom, -power)
            case Pow(base, exponent) if (count := whole(exponent)) is not None and abs(count * power) <= 64:
                self.take(base, count * power)
            case _:
                self.powers[node] = self.powers.get(node, 0) + power

    def spelt(self) -> Expr:
        """The product as one fraction, its number first."""
        if self.number == 0 and ZERO not in self.powers:  # 0/0 is no zero
            return ZERO
        above, below = _fraction(abs(self.number), self.decimal)
        tops = [_power(base, power) for base, power in self.powers.items() if power > 0]
        bottoms = [_power(base, -power) for base, power in self.powers.items() if power < 0]
        top = _row([above, *tops] if above != ONE else tops)
        bottom = _row([below, *bottoms] if below != ONE else bottoms)
        if bottom == ONE:
            result = top
        elif _has_fractions(top):  # no fraction bar over others
            result = Mul((Div(ONE, bottom), top))
        else:
            result = Div(top, bottom)
        if self.number >= 0:
            return result
        return negated(result) if isinstance(result, Add) else Neg(result)


def _has_fractions(node: Expr) -> bool:
    return isinstance(node, Add) and any(isinstance(_unsigned(term), Div) for term in node.terms)


def _unsigned(term: Expr) -> Expr:
    return term.operand if isinstance(term, Neg) else term


def multiplied_out(node: Expr) -> Expr | None:
    """One over a number times a sum with fractions in it as a sum of single fractions; None for anything else.

    >>> from tracer.calculus.expression_text import to_text
    >>> from tracer.calculus.language import parse_expression
    >>> to_text(multiplied_out(parse_expression("1/2*(1 + x + 2*y/z)")))
    '(1 + x)/2 + y/z'
    """
    match node:
        case Mul((Div(one, Number() as bottom) as factor, Add(terms) as inner)) if one == ONE and _has_fractions(inner):
            single = [term for term in terms if isinstance(_unsigned(term), Div)]
            others = tuple(term for term in terms if term not in single)
            first = [Div(_total(others), bottom)] if others else []
            return _sum((*first, *(gathered(Mul((factor, term))) for term in single)))
    return None


def _product(node: Expr) -> _Product:
    made = _Product()
    made.take(node, 1)
    for base, power in list(made.powers.items()):
        if isinstance(base, Call) and base.function == "sqrt" and power % 2 == 0:
            del made.powers[base]
            made.take(base.arguments[0], power // 2)
    made.powers = {base: power for base, power in made.powers.items() if power}
    return made


def _affordable(value: Fraction, power: int) -> bool:
    bits = (value.numerator.bit_length() + value.denominator.bit_length()) * abs(power)
    return bits <= MOST_BITS and not (value == 0 and power < 0)


def whole(node: Expr) -> int | None:
    """A whole number as it stands in an exponent, with its sign; None for anything else."""
    match node:
        case Number(value) if value.denominator == 1:
            return int(value)
        case Neg(Number(value)) if value.denominator == 1:
            return -int(value)
    return None


def _power(base: Expr, power: int) -> Expr:
    return base if power == 1 else Pow(base, Number(Fraction(power)))


def _total(terms: tuple[Expr, ...]) -> Expr:
    return terms[0] if len(terms) == 1 else Add(terms)


def _row(factors: list[Expr]) -> Expr:
    return ONE if not factors else factors[0] if len(factors) == 1 else Mul(tuple(factors))


def _fraction(value: Fraction, decimal: bool) -> tuple[Number, Number]:
    """A positive number as numerator and denominator; with a point where the author wrote one and it comes out."""
    if not decimal:
        return Number(Fraction(value.numerator)), Number(Fraction(value.denominator))
    below = value.denominator
    for prime in (2, 5):
        while below % prime == 0:
            below //= prime
    above = value * below
    scaled = above * 10**MOST_DECIMALS
    if scaled.denominator != 1:  # more decimals than anybody wants to read
        return _fraction(value, False)
    digits = str(scaled.numerator).rjust(MOST_DECIMALS + 1, "0")
    text = f"{digits[:-MOST_DECIMALS]}.{digits[-MOST_DECIMALS:]}".rstrip("0").rstrip(".")
    return Number(above, text), Number(Fraction(below))


def _sum(terms: tuple[Expr, ...]) -> Expr:
    """Equal terms counted, positive ones first."""
    counted: dict[frozenset[tuple[Expr, int]], _Product] = {}
    for term in terms:
        for part in term.terms if isinstance(term, Add) else (term,):
            made = _product(part)
            same = counted.setdefault(frozenset(made.powers.items()), made)
            if same is not made:
                same.number += made.number
                same.decimal |= made.decimal
    parts = [made.spelt() for made in counted.values() if made.number]
    parts.sort(key=lambda part: isinstance(part, Neg))
    return _total(tuple(parts)) if parts else ZERO

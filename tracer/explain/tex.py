"""Expression trees to TeX: one printer for general formulas, for single elements, and with the numbers in place.

Factors are ordered by role (parameter, value, gradient), as the notation wants; brackets are set by binding strength,
and a negative number in a product is always in brackets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from tracer.calculus.expression import (
    Add,
    Call,
    Compare,
    Delta,
    Div,
    Expr,
    Index,
    Largest,
    Mul,
    Neg,
    Number,
    Pow,
    Ref,
    Size,
    Sum,
    Within,
    put,
    rebuild,
    walk,
)
from tracer.calculus.functions import FUNCTIONS
from tracer.explain.language import ENGLISH, Language

COMPARISON_TEX = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "==": "="}


@dataclass(frozen=True)
class Printer:
    """How the leaves are printed: `atom` gives the TeX of a named value and whether it needs brackets in a product
    (a negative number); `index` prints an index; `size` an extent; `times` stands between factors."""

    atom: Callable[[Ref], tuple[str, bool]]
    index: Callable[[Expr], str]
    size: Callable[[str], str]
    times: str = r"\cdot"
    decimal: str = "."
    language: Language = ENGLISH

    def tex(self, node: Expr) -> str:
        """The TeX of an expression."""
        return self.put(node, 0)

    def put(self, node: Expr, outer: float) -> str:
        """TeX, in brackets where the surrounding binds tighter: 1 sum, 2 product, 3 power."""
        text, level = self._tex(node)
        return rf"\left({text}\right)" if level < outer else text

    def _tex(self, node: Expr) -> tuple[str, float]:
        match node:
            case Number(value, text):
                return self._number(value, text)
            case Ref():
                symbol, negative = self.atom(node)
                return symbol, 1 if negative else 2.5 if "^{" in symbol or "'" in symbol else 3
            case Index():
                return self.index(node), 3
            case Size(axis):
                return self.size(axis), 3
            case Neg(operand):
                return f"-{self.put(operand, 2)}", 1
            case Add(terms):
                return self._sum(terms), 1
            case Mul(factors):
                *first, last = self._runs(factors)
                # The last factor may be a sum sign: nothing follows that it could swallow.
                return f" {self.times} ".join(
                    [*(self.put(factor, 2) for factor in first), self.put(last, 1.4 if isinstance(last, Sum) else 2)]
                ), 2
            case Div(Sum() as top, bottom):
                return rf"\frac{{1}}{{{self.put(bottom, 0)}}} {self.put(top, 1.4)}", 1.5
            case Div(top, bottom):
                return rf"\frac{{{self.put(top, 0)}}}{{{self.put(bottom, 0)}}}", 2.6
            case Pow(base, exponent):
                return f"{self.put(base, 3)}^{{{self.put(exponent, 0)}}}", 2.5
            case Call(function, arguments):
                return self._call(function, arguments)
            case Compare(operator, left, right):
                return f"{self.put(left, 1)} {COMPARISON_TEX[operator]} {self.put(right, 1)}", 0
            case Sum(indices, body):
                moving = [index for index in indices if self._shows(index, body)]
                if not moving:
                    return self._tex(body)
                letters = ", ".join(self.index(index) for index in moving)
                sign = r"\max" if isinstance(node, Largest) else r"\sum"
                return rf"{sign}_{{{letters}}} {self.put(body, 2)}", 1.5
            case Delta(left, right):
                return rf"\left[{self.index(left)} = {self.index(right)}\right]", 3
            case Within(index, axis):
                return rf"\left[1 \le {self.index(index)} \le {self.size(axis)}\right]", 3
        raise AssertionError(node)

    def _shows(self, index: Index, body: Expr) -> bool:
        """Whether an index can be seen in what is summed: a notation may leave out the unit of a layer that has one."""
        other = {index: Index("?", "?")}
        return any(self.atom(part) != self.atom(Ref(part.name, tuple(put(place, other) for place in part.indices)))
                   for part in walk(body) if isinstance(part, Ref))  # fmt: skip

    def _number(self, value: Fraction, text: str) -> tuple[str, float]:
        shown = text or (str(value) if value.denominator == 1 else repr(float(value)))
        if "e" in shown.lower():
            mantissa, _, exponent = shown.lower().partition("e")
            return rf"{mantissa.replace('.', self._point())} \times 10^{{{int(exponent)}}}", 1 if value < 0 else 2
        return shown.replace(".", self._point()), 1 if value < 0 else 3

    def _point(self) -> str:
        return "." if self.decimal == "." else f"{{{self.decimal}}}"

    def _sum(self, terms: tuple[Expr, ...]) -> str:
        result = self.put(terms[0], 1)
        for term in terms[1:]:
            if isinstance(term, Neg):
                result += f" - {self.put(term.operand, 1.7)}"
            else:
                result += f" + {self.put(term, 1.2)}"
        return result

    def _runs(self, factors: tuple[Expr, ...]) -> tuple[Expr, ...]:
        """A sum sign swallows what follows it: it goes last."""
        sums = tuple(factor for factor in factors if isinstance(factor, Sum))
        return (*(factor for factor in factors if not isinstance(factor, Sum)), *sums)

    def _call(self, function: str, arguments: tuple[Expr, ...]) -> tuple[str, float]:
        shown = [self.put(argument, 0) for argument in arguments]
        match function:
            case "exp":
                return f"e^{{{shown[0]}}}", 2.5
            case "sqrt":
                return rf"\sqrt{{{shown[0]}}}", 3
            case "abs":
                return rf"\left\lvert {shown[0]} \right\rvert", 3
            case "where":
                one, other = self.language.told("if"), self.language.told("otherwise")
                return (
                    rf"\begin{{cases}} {shown[1]} & \text{{{one} }} {shown[0]} \\ "
                    rf"{shown[2]} & \text{{{other}}} \end{{cases}}",
                    3,
                )
        return rf"{FUNCTIONS[function].tex}\left({', '.join(shown)}\right)", 3


# -- the order of factors


def role_of(node: Expr, kind: Callable[[str], str]) -> str:
    """The role of a factor: number, parameter, value or gradient; of a compound the strongest one inside."""
    if isinstance(node, Number | Size):
        return "number"
    kinds = {kind(part.name) for part in walk(node) if isinstance(part, Ref)}
    return next((role for role in ("gradient", "parameter", "value", "number") if role in kinds), "value")


def ordered(node: Expr, order: tuple[str, ...], kind: Callable[[str], str]) -> Expr:
    """The same expression with the factors of every product in the order of their roles (otherwise as they stand)."""
    node = rebuild(node, lambda part: ordered(part, order, kind))
    if isinstance(node, Mul):
        return Mul(tuple(sorted(node.factors, key=lambda factor: order.index(role_of(factor, kind)))))
    return node

"""Text of the equation language to expression trees.

    z[n,j] = sum(i, x[n,i] * w[i,j]) + b[j]
    a      = 1 / (1 + exp(-z))

A recursive-descent parser over `tokens`: nothing is ever evaluated as code, and text that is too long, too deep or
too large is refused before it can cost anything. Indices count from 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

from tracer.calculus.constants import bits, constant
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
)
from tracer.calculus.functions import COMPARISONS, FUNCTIONS
from tracer.calculus.tokens import Token, TokenReader
from tracer.errors import suggest

DEEPEST, LARGEST_EXPONENT, LARGEST_NUMBER, MOST_BITS = 40, 64, 1e15, 20_000

#: what begins with index letters of its own
BINDING: dict[str, type[Sum]] = {"sum": Sum, "largest": Largest}
#: words that no value can be called
RESERVED = (*FUNCTIONS, *BINDING, "size")


def parse_equation(text: str, where: str = "") -> tuple[Ref, Expr]:
    """One equation to its two sides; the left side is a name, whole or at index letters.

    Raises TracerError T201 (syntax), T202 (an index unknown or used twice), T203 (too long, deep or large), each
    with line and column.

    >>> from tracer.calculus.expression_text import to_text
    >>> left, right = parse_equation("z[n,j] = sum(i, x[n,i] * w[i,j]) + b[j]")
    >>> to_text(left), to_text(right)
    ('z[n,j]', 'sum(i, x[n,i]*w[i,j]) + b[j]')
    """
    return _Parser(text, where).equation()


def parse_expression(text: str, where: str = "", *, fixed: bool = False, letters: Iterable[str] = ()) -> Expr:
    """The text of one expression to its tree; `letters` are the index letters in force around it. With `fixed`,
    letters are not indices: only numbers are (addresses)."""
    parser = _Parser(text, where, fixed=fixed)
    parser.known.update(letters)
    return parser.to_the_end()


class _Parser(TokenReader):
    """The grammar, one method a rule."""

    def __init__(self, text: str, where: str, *, fixed: bool = False) -> None:
        super().__init__(text, where)
        self.fixed = fixed
        self.depth = 0
        self.known: set[str] = set()  # index letters in force

    def to_the_end(self) -> Expr:
        """One expression, and nothing after it."""
        result = self.expression()
        self.expect("end")
        if bits(result) > MOST_BITS:  # small on paper and huge in exact arithmetic, as ((1/3)**64)**64 is to SymPy
            found = "its constants have too many digits to be exact."
            raise self.fail(found, "Split it into several equations.", "T203", self.tokens[0])
        return result

    def equation(self) -> tuple[Ref, Expr]:
        name = self.expect("name")
        if name.text in RESERVED:
            raise self.fail(f"'{name.text}' is a function; a value needs another name.", "", "T204", name)
        indices: list[Expr] = []
        if self.accept("["):
            while True:
                letter = self.expect("name")
                if letter.text in self.known:
                    raise self.fail(f"index '{letter.text}' stands twice on the left side.", "", "T202", letter)
                self.known.add(letter.text)
                indices.append(Index(letter.text, letter.text))
                if not self.accept(","):
                    break
            self.expect("]")
        self.expect("=")
        return Ref(name.text, tuple(indices)), self.to_the_end()

    def expression(self) -> Expr:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.fail(
                f"brackets are nested more than {DEEPEST} deep.", "Split it into several equations.", "T203"
            )
        terms = [self.term()]
        while sign := self.accept("+", "-"):
            term = self.term()
            terms.append(Neg(term) if sign == "-" else term)
        self.depth -= 1
        return terms[0] if len(terms) == 1 else Add(tuple(terms))

    def term(self) -> Expr:
        result = self.unary()
        divisions = 0
        while sign := self.accept("*", "/"):
            right = self.unary()
            divisions += sign == "/"
            if divisions > DEEPEST:
                raise self.fail(f"more than {DEEPEST} divisions in a row.", "Split it into several equations.", "T203")
            if sign == "/":
                result = Div(result, right)
            else:
                result = Mul((*(result.factors if isinstance(result, Mul) else (result,)), right))
        return result

    def unary(self) -> Expr:
        if self.accept("-"):
            self.depth += 1
            if self.depth > DEEPEST:
                raise self.fail("too many signs in a row.", "", "T203")
            operand = self.unary()
            self.depth -= 1
            return Neg(operand)
        return self.power()

    def power(self) -> Expr:
        base = self.atom()
        sign = self.token
        if not self.accept("**"):
            return base
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.fail("too many powers in a row.", "", "T203")
        exponent = self.unary()
        self.depth -= 1
        value = constant(exponent)
        if value is not None and not (abs(value) <= LARGEST_EXPONENT):
            raise self.fail(
                f"the exponent is {value:.12g}.",
                f"A constant exponent lies between -{LARGEST_EXPONENT} and {LARGEST_EXPONENT}.",
                "T203",
                sign,
            )
        result = Pow(base, exponent)
        self.limited(result, sign)
        return result

    def limited(self, result: Expr, token: Token) -> None:
        value = constant(result)
        if value is not None and not abs(value) <= LARGEST_NUMBER:
            raise self.fail("a constant is too large or not a number.", f"At most {LARGEST_NUMBER:.0e}.", "T203", token)

    def atom(self) -> Expr:
        token = self.token
        if token.kind == "number":
            self.position += 1
            if (
                len(token.text) > 40
                or not math.isfinite(float(token.text))
                or not abs(float(token.text)) <= LARGEST_NUMBER
            ):
                raise self.fail("a number is too long or too large.", "", "T203", token)
            if "e" in token.text.lower() and abs(int(token.text.lower().split("e")[1])) > 300:
                raise self.fail("a number is too small.", "", "T203", token)
            return Number(Fraction(token.text), token.text)
        if self.accept("("):
            inside = self.expression()
            self.expect(")")
            return inside
        if token.kind != "name":
            raise self.misplaced("a name, a number or '('")
        self.position += 1
        if self.accept("("):
            return self.call(token)
        if token.text in RESERVED:
            raise self.fail(f"'{token.text}' is a function and needs brackets.", "", token=token)
        if self.accept("["):
            indices = [self.index()]
            while self.accept(","):
                indices.append(self.index())
            self.expect("]")
            return Ref(token.text, tuple(indices))
        return Ref(token.text)

    def call(self, name: Token) -> Expr:
        if name.text == "size":
            axis = self.expect("name")
            self.expect(")")
            return Size(axis.text)
        if name.text in BINDING:
            return self.sum(name)
        if name.text == "delta":
            left = self.index()
            self.expect(",")
            right = self.index()
            self.expect(")")
            return Delta(left, right)
        function = FUNCTIONS.get(name.text)
        if function is None:
            raise self.fail(f"there is no function '{name.text}'.", suggest(name.text, RESERVED), "T204", name)
        arguments = [self.condition() if function.name == "where" else self.expression()]
        while self.accept(","):
            arguments.append(self.expression())
        self.expect(")")
        if len(arguments) != len(function.arguments):
            count = f"{len(arguments)} argument{'s' if len(arguments) > 1 else ''}"
            raise self.fail(f"{name.text} has {count}.", f"It takes {len(function.arguments)}.", token=name)
        return Call(name.text, tuple(arguments))

    def condition(self) -> Expr:
        left = self.expression()
        token = self.token
        operator = self.accept(*COMPARISONS)
        if not operator:
            raise self.fail("where(...) begins with a condition.", "For example where(z > 0, z, 0).", token=token)
        return Compare(operator, left, self.expression())

    def sum(self, name: Token) -> Expr:
        bound: list[Index] = []
        while self.token.kind == "name" and self.tokens[self.position + 1].text == ",":
            letter = self.expect("name")
            if letter.text in self.known:
                raise self.fail(
                    f"index '{letter.text}' is in use here already.", "A sum needs a letter of its own.", "T202", letter
                )
            self.known.add(letter.text)
            bound.append(Index(letter.text, letter.text))
            self.expect(",")
        if not bound:
            found = f"{name.text}(...) begins with its index letters."
            raise self.fail(found, f"For example {name.text}(i, x[i]*w[i]).", token=name)
        body = self.expression()
        self.expect(")")
        self.known -= {index.name for index in bound}
        return BINDING[name.text](tuple(bound), body)

    def index(self) -> Expr:
        """An index: whole numbers, letters, +, -, *, and whole-number values looked up, as in w[ids[t], d]."""
        start = self.token
        result = self.expression()
        return self.as_index(result, start)

    def as_index(self, node: Expr, start: Token) -> Expr:
        match node:
            case Number(value) if value.denominator == 1:
                return node
            case Ref(name, ()):
                if name not in self.known or self.fixed:
                    raise self.fail(
                        f"'{name}' is not an index here.",
                        "Known: "
                        + (", ".join(sorted(self.known)) or "none, only numbers")
                        + "; the left side and sum(...) bring letters.",
                        "T202",
                        start,
                    )
                return Index(name, name)
            case Ref():
                return node
            case Add(terms):
                return Add(tuple(self.as_index(term, start) for term in terms))
            case Neg(operand):
                return Neg(self.as_index(operand, start))
            case Mul(factors):
                return Mul(tuple(self.as_index(factor, start) for factor in factors))
            case Size() | Index():
                return node
        raise self.fail("an index is made of letters, whole numbers, +, - and *.", "", "T202", start)

"""Text of the equation language to expression trees, and back.

    z[n,j] = sum(i, x[n,i] * w[i,j]) + b[j]
    a      = 1 / (1 + exp(-z))

A hand-written tokenizer and a recursive-descent parser: nothing is ever evaluated as code, and text that is too
long, too deep or too large is refused before it can cost anything. Indices count from 1.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
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
    children,
)
from tracer.calculus.functions import COMPARISONS, FUNCTIONS
from tracer.errors import TracerError, shortened, suggest

LONGEST, DEEPEST, LARGEST_EXPONENT, LARGEST_NUMBER, MOST_BITS = 2_000, 40, 64, 1e15, 20_000

#: what begins with index letters of its own
BINDING: dict[str, type[Sum]] = {"sum": Sum, "largest": Largest}
#: words that no value can be called
RESERVED = (*FUNCTIONS, *BINDING, "size")

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z_0-9]*)|(?P<sign>\*\*|<=|>=|==|[-+*/()\[\],=<>]))"
)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int


def _tokens(text: str, where: str) -> list[_Token]:
    if len(text) > LONGEST:
        raise TracerError("T203", where, f"the equation has {len(text)} characters.", f"At most {LONGEST} are read.")
    found, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            hint = (
                "A power is written with **." if text[start] == "^" else "Write it with names, numbers and + - * / **."
            )
            raise TracerError(
                "T201", _place(text, start, where), f"'{shortened(text[start])}' cannot stand in an equation.", hint
            )
        kind = match.lastgroup or ""
        found.append(_Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return [*found, _Token("end", "", end)]


def _place(text: str, at: int, where: str) -> str:
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    place = f"line {line}, column {column} of '{shortened(text)}'"
    return f"{where}, {place}" if where else place


def parse_equation(text: str, where: str = "") -> tuple[Ref, Expr]:
    """One equation to its two sides; the left side is a name, whole or at index letters.

    Raises TracerError T201 (syntax), T202 (an index unknown or used twice), T203 (too long, deep or large), each
    with line and column.

    >>> left, right = parse_equation("z[n,j] = sum(i, x[n,i] * w[i,j]) + b[j]")
    >>> to_text(left), to_text(right)
    ('z[n,j]', 'sum(i, x[n,i]*w[i,j]) + b[j]')
    """
    parser = _Parser(text, where)
    left, right = parser.equation()
    return left, right


def parse_expression(text: str, where: str = "", *, fixed: bool = False, letters: Iterable[str] = ()) -> Expr:
    """The text of one expression to its tree; `letters` are the index letters in force around it. With `fixed`,
    letters are not indices: only numbers are (addresses)."""
    parser = _Parser(text, where, fixed=fixed)
    parser.known.update(letters)
    result = parser.expression()
    parser.expect("end")
    parser.affordable(result)
    return result


class _Parser:
    def __init__(self, text: str, where: str, *, fixed: bool = False) -> None:
        self.text, self.where, self.fixed = text, where, fixed
        self.tokens = _tokens(text, where)
        self.position = 0
        self.depth = 0
        self.known: set[str] = set()  # index letters in force

    # -- reading tokens

    @property
    def token(self) -> _Token:
        return self.tokens[self.position]

    def fail(self, found: str, expected: str = "", code: str = "T201", token: _Token | None = None) -> TracerError:
        return TracerError(code, _place(self.text, (token or self.token).start, self.where), found, expected)

    def expect(self, wanted: str) -> _Token:
        token = self.token
        if token.text == wanted or token.kind == wanted:
            self.position += 1
            return token
        found = f"found '{token.text}'" if token.text else "the equation ends"
        name = {"end": "the end of the equation", "name": "a name"}.get(wanted, f"'{wanted}'")
        raise self.fail(f"{found} where {name} should stand.", _hint(wanted, token))

    def accept(self, *wanted: str) -> str:
        if self.token.kind == "sign" and self.token.text in wanted:
            self.position += 1
            return self.tokens[self.position - 1].text
        return ""

    # -- the grammar, one method a rule

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
        right = self.expression()
        self.expect("end")
        self.affordable(right)
        return Ref(name.text, tuple(indices)), right

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
        value = _constant(exponent)
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

    def affordable(self, result: Expr) -> None:
        """Refuse what is small on paper and huge in exact arithmetic, as ((1/3)**64)**64 is to SymPy."""
        if _bits(result) > MOST_BITS:
            found = "its constants have too many digits to be exact."
            raise self.fail(found, "Split it into several equations.", "T203", self.tokens[0])

    def limited(self, result: Expr, token: _Token) -> None:
        value = _constant(result)
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
            found = f"found '{token.text}'" if token.text else "the equation ends"
            raise self.fail(f"{found} where a name, a number or '(' should stand.", _hint("atom", token))
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

    def call(self, name: _Token) -> Expr:
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

    def sum(self, name: _Token) -> Expr:
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

    def as_index(self, node: Expr, start: _Token) -> Expr:
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


def _hint(wanted: str, token: _Token) -> str:
    if token.text == "=":
        return "An equation has one '='; equality in a condition is '=='."
    if wanted == "end" and token.kind in ("name", "number"):
        return "A product needs its sign: write 2*x, not 2 x."
    return ""


def _bits(node: Expr) -> float:
    """How long the numbers of an expression are at most in exact arithmetic, however it is multiplied out."""
    if isinstance(node, Number):
        return node.value.numerator.bit_length() + node.value.denominator.bit_length()
    if isinstance(node, Pow):
        power = _constant(node.exponent)
        return _bits(node.base) + _bits(node.exponent) if power is None else _bits(node.base) * max(abs(power), 1)
    return sum(_bits(part) for part in children(node))


def _constant(node: Expr) -> float | None:
    """The value of an expression without names, None if it has any; NaN where there is no finite value."""
    match node:
        case Number(number):
            return float(number)
        case Neg(operand):
            value = _constant(operand)
            return None if value is None else -value
        case Ref() | Index() | Size():
            return None
    parts = [_constant(part) for part in children(node)]
    if any(part is None for part in parts):
        return None
    numbers = [part for part in parts if part is not None]
    try:
        match node:
            case Add():
                return math.fsum(numbers)
            case Mul():
                return math.prod(numbers)
            case Div():
                return numbers[0] / numbers[1]
            case Pow():
                power = numbers[0] ** numbers[1]
                return power if isinstance(power, float) else math.nan
    except (OverflowError, ZeroDivisionError):
        return math.nan
    return 1.0  # a function of constants: bounded by the limits on its arguments


# -- and back to text

_LEVELS = {Add: 1, Neg: 1, Mul: 2, Div: 2, Pow: 4}


def to_text(node: Expr) -> str:
    """The tree as text of the equation language; parsing it again gives the same tree.

    >>> to_text(parse_expression("a*(1 - a)/2"))
    'a*(1 - a)/2'
    """
    return _text(node, 0)


def _text(node: Expr, outer: int) -> str:
    match node:
        case Number(value, text):
            result = text or (str(value) if value.denominator == 1 else repr(float(value)))
            return f"({result})" if value < 0 and outer > 1 else result
        case Index(name, _) | Size(name):
            return name if isinstance(node, Index) else f"size({name})"
        case Ref(name, indices):
            return name + ("[" + ",".join(_text(index, 0) for index in indices) + "]" if indices else "")
        case Call(function, arguments):
            return f"{function}({', '.join(_text(argument, 0) for argument in arguments)})"
        case Compare(operator, left, right):
            return f"{_text(left, 0)} {operator} {_text(right, 0)}"
        case Sum(indices, body):
            word = "largest" if isinstance(node, Largest) else "sum"
            return f"{word}({', '.join(index.name for index in indices)}, {_text(body, 0)})"
        case Delta(left, right):
            return f"delta({_text(left, 0)}, {_text(right, 0)})"
        case Within(index, axis):
            return f"within({_text(index, 0)}, {axis})"
        case Neg(operand):
            result = "-" + _text(operand, 3)
        case Add(terms):
            result = _text(terms[0], 2 if isinstance(terms[0], Add) else 1)  # (a + b) + c keeps its brackets
            for term in terms[1:]:
                result += f" - {_text(term.operand, 2)}" if isinstance(term, Neg) else f" + {_text(term, 2)}"
        case Mul(factors):
            result = "*".join(_text(factor, 3 if place else 2) for place, factor in enumerate(factors))
        case Div(top, bottom):
            result = f"{_text(top, 2)}/{_text(bottom, 3)}"
        case Pow(base, exponent):
            result = f"{_text(base, 5)}**{_text(exponent, 4)}"
    return f"({result})" if _LEVELS[type(node)] < outer else result

"""The TeX of a derivation: equations in plain letters, open derivatives, the general statements of rules.

The symbols are those of the equation, without layers: z and a, whatever a notation calls them in a network.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tracer.calculus.equation import Equation
from tracer.calculus.expression import Add, Expr, Index, Mul, Neg, Number, Ref, names, rebuild
from tracer.calculus.gathering import PI
from tracer.calculus.rule import OPEN, Z
from tracer.explain.names import own_letters
from tracer.explain.notation import Notation
from tracer.explain.tex import Printer


@dataclass(frozen=True)
class Letters(Printer):
    """The printer of equations, and what only a derivation has: open derivatives, general functions, the letter pi.

    `letter` is what the chain rule calls the argument of the outer function, `short` a part of the formula that is
    printed as the letter `short_letter`."""

    variable: Ref = Z
    letter: str = "u"
    short: Expr | None = None
    short_letter: str = "s"

    def tex(self, node: Expr) -> str:
        """The TeX of an expression, with the abbreviation in its place."""
        if self.short is not None:
            # like u and v of a general statement it is a function of the variable whose formula is left open
            node = _put(node, self.short, Ref(self.short_letter, (Ref(self.variable.name),)))
        return super().tex(node)

    def in_full(self, node: Expr) -> str:
        """The TeX of an expression without the abbreviation."""
        return super().tex(node)

    def slope(self, of: str, by: Expr) -> str:
        """The symbol of a derivative; `of` may be empty, for the operator alone."""
        sign = r"\partial " if isinstance(by, Ref) and by.indices and not _is_general(by) else "d"
        return rf"\frac{{{sign}{of}}}{{{sign}{self.tex(by)}}}".replace(r"\partial }", r"\partial}")

    def _call(self, function: str, arguments: tuple[Expr, ...]) -> tuple[str, float]:
        if function == OPEN:
            return self._open(*arguments), 3
        if function == "f":
            return rf"f\left({self.tex(arguments[0])}\right)", 3
        return super()._call(function, arguments)

    def _open(self, by: Expr, formula: Expr) -> str:
        if _is_general(formula):
            return self.slope(self.tex(formula), by)
        if by != self.variable and not _is_general(by) and by != Z:
            letter = Ref(self.letter)
            formula, by = _put(formula, by, letter), letter
        return rf"{self.slope('', by)}\left[{self.tex(formula)}\right]"

    def _number(self, value: Fraction, text: str) -> tuple[str, float]:
        return (r"\pi", 3) if value == PI.value else super()._number(value, text)


def _is_general(node: Expr) -> bool:
    """Whether this is u or v of a general statement: a function whose formula is left open."""
    match node:
        case Ref(_, (Ref(_, ()),)):
            return True
    return False


def _put(node: Expr, old: Expr, new: Expr) -> Expr:
    """An expression with one part put in the place of another."""
    return new if node == old else rebuild(node, lambda part: _put(part, old, new))


def letters_for(item: Equation, variable: Ref, how: Notation) -> Letters:
    """The printer for one equation, its derivative by one variable, and the signs of a notation."""
    taken = names(item.right) | {item.left.name}
    letter, *_ = [letter for letter in "uvwxyz" if letter not in taken] or ["u"]
    short, *_ = [letter for letter in "sqrhg" if letter not in taken] or ["s"]

    signs = (how.times, how.decimal, how.language)
    return Letters(_atom, _index, lambda axis: axis.upper(), *signs, variable, letter, None, short)


def _atom(ref: Ref) -> tuple[str, bool]:
    if _is_general(ref):
        return ref.name, False
    stem, digits = own_letters(ref.name)
    places = [_index(place) for place in ref.indices]
    below = ("," if any(len(place.rstrip("'")) > 1 for place in places) else "").join(places)
    inside = ",".join(filter(None, [digits, below]))
    return stem + (f"_{{{inside}}}" if inside else ""), False


def _index(node: Expr) -> str:
    match node:
        case Index(name, _):
            return name
        case Number(value):
            return str(value)
        case Neg(operand):
            return f"-{_index(operand)}"
        case Add(terms):
            return "".join(
                part if place == 0 or part.startswith("-") else f"+{part}"
                for place, part in enumerate(_index(term) for term in terms)
            )
        case Mul(factors):
            return " ".join(map(_index, factors))
        case Ref():
            return _atom(node)[0]
    return "?"

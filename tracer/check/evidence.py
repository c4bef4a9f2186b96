"""What a page says of its own numbers: which of them it has got by rounding, and with how many decimals it rounds."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from tracer.check.printed_value import NEAREST, NoValue, Range, Rounding, decimals_of, unit_of, value_of
from tracer.read.relations import Side, tree_of

SURE_FIGURES = 5  # a number with so many is taken to be a rounded one
OFTEN = 2  # times that a page rounds to so many decimals, before its other numbers with as many are taken to be rounded


class Evidence:
    """What the page says of its own numbers: which it has got by rounding, which exactly, and with how many decimals it
    rounds."""

    def __init__(self) -> None:
        self.rounded: set[str] = set()
        self.exact: set[str] = set()
        self.meant: dict[str, Range] = {}  # where the values lie that were rounded to it
        self.decimals: Counter[int] = Counter()

    def learn(self, left: Side, sign: str, right: Side) -> None:
        """One relation whose right side is a number."""
        literal = right.literal.removeprefix("-")
        if not literal:
            return
        try:
            value = value_of(tree_of(left), left.numbers)
        except NoValue:
            return
        number = Fraction(right.literal)
        if value.low == value.high == number and sign == "=":
            if all(figures_of(one) < SURE_FIGURES and one not in self.rounded for one in left.numbers.values()):
                self.exact.add(literal)
        elif "." in literal and _rounds_to(value.middle, number, unit_of(literal)):
            self.rounded.add(literal)
            self.keep(literal, left, abs(value.middle))
            self.decimals[decimals_of(literal)] += 1

    def keep(self, literal: str, left: Side, value: Fraction) -> None:
        """One more value that a number was rounded from, as far as its own numbers are known."""
        decimals = max(map(decimals_of, left.numbers.values()), default=0)
        try:
            found = value_of(tree_of(left), left.numbers, self.is_rounded, Rounding(decimals, *NEAREST))
        except NoValue:
            found = Range(value, value)
        low, high = sorted(map(abs, (found.low, found.high)))
        before = self.meant.get(literal, Range(low, high))
        self.meant[literal] = Range(min(low, value, before.low), max(high, value, before.high))

    def is_rounded(self, literal: str) -> bool:
        """Whether a number has so many figures, or is the result of a rounding."""
        return figures_of(literal) >= SURE_FIGURES or literal in self.rounded

    def sure(self, literal: str, result: int) -> bool | Range:
        """Whether a printed number may well be a rounded one, next to a result with so many decimals. One of which no
        more is known than that an equal one was rounded elsewhere on the page is a value that was rounded there."""
        decimals = decimals_of(literal)
        if not decimals or (literal in self.exact and literal not in self.rounded):
            return False
        habit = max(self.decimals[decimals], self.decimals[decimals + 1]) >= OFTEN and decimals >= max(result - 1, 2)
        return habit or figures_of(literal) >= SURE_FIGURES or self.meant.get(literal, False)

    def perhaps(self, literal: str, result: int) -> bool | Range:
        """Whether it may be one if somebody says so."""
        decimals, figures = decimals_of(literal), figures_of(literal)
        short = figures >= 2 and decimals >= max(result, 2)
        return short or (decimals > 0 and figures >= 3 and decimals >= result - 1) or self.sure(literal, result)


def _rounds_to(value: Fraction, number: Fraction, unit: Fraction) -> bool:
    """Whether a number is a value rounded, or cut off, to its digits."""
    return abs(value - number) <= unit / 2 or (abs(value - number) < unit and abs(number) < abs(value))


def figures_of(literal: str) -> int:
    """How many significant figures a printed number has."""
    return len(literal.replace(".", "").lstrip("-0"))

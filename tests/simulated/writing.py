"""Numbers as people write them: a decimal number to the string that stands on the sheet."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from random import Random

HABITS = (
    "plain",
    "no zero before the point",
    "zeros at the end dropped",
    "bare",  # both: 0.50 is .5
    "powers of ten",
    "comma",
    "minus sign",
    "unit",
    "fraction",
    "approximately",
    "mixed",
)


def written(plain: str, habit: str, exact: bool, random: Random) -> str:
    """The plain number as the habit writes it; `exact` says that no digit was rounded away.

    >>> [written("-0.50", habit, True, Random(1)) for habit in HABITS[:10]]
    ['-0.50', '-.50', '-0.5', '-.5', '-5.0e-1', '-0,50', '−0.50', '-0.50 units', '-1/2', '≈ -0.50']
    """
    if habit == "mixed":
        habit = random.choice(HABITS[:-1])
    match habit:
        case "no zero before the point":
            return _bare(plain)
        case "zeros at the end dropped":
            return _short(plain)
        case "bare":
            return _bare(_short(plain))
        case "powers of ten":
            return _power(plain)
        case "comma":
            return plain.replace(".", ",")
        case "minus sign":
            return plain.replace("-", "−")
        case "unit":
            return f"{plain} {random.choice(('units', 'units', 'u'))}"
        case "fraction":
            value = Fraction(plain)
            small = exact and 1 < value.denominator <= 40
            return f"{value.numerator}/{value.denominator}" if small else plain
        case "approximately":
            return f"≈ {plain}"
    return plain


def _bare(plain: str) -> str:
    return plain.replace("0.", ".", 1) if plain.lstrip("-").startswith("0.") and Decimal(plain) else plain


def _short(plain: str) -> str:
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _power(plain: str) -> str:
    value = Decimal(plain)
    if not value:
        return plain
    exponent = value.adjusted()
    mantissa = value.scaleb(-exponent)
    return f"{mantissa:f}e{exponent}" if exponent else plain

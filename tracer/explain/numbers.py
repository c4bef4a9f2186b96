"""Numbers as they are printed: decimals or significant figures, and whether anything was cut off.

A value is first taken at 12 significant figures, which is what survives every processor and every BLAS; if it then
needs no more digits than asked for it is printed as it is, without trailing zeros. A non-zero value never becomes
zero: it keeps at least two significant figures. Digits that are `adaptive` print a value whole where nine decimals
suffice for it. `by_hand.py` prints what is rounded by a stated rule.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import lru_cache

from tracer.calculus.rounding import Rounding
from tracer.errors import TracerError
from tracer.run.problem import Problem

SURE = Context(prec=12, rounding=ROUND_HALF_EVEN)
ADAPTIVE = 9  # decimals
LONGEST_FRACTION = 12  # more decimals than this are written with a power of ten


@dataclass(frozen=True)
class Digits:
    """How many: `count` decimals, or `count` significant figures; a value for which `enough` decimals suffice is
    printed whole. Where `most` is not 0, no value gets more significant figures than that."""

    count: int
    significant: bool = False
    enough: int = 0
    most: int = 0

    def decimals(self, leading: int) -> tuple[int, int]:
        """For a value whose first digit stands at 10**leading: how many decimals it keeps when it is shortened, and how
        many it may have to be printed whole."""
        kept = self.count - 1 - leading if self.significant else max(self.count, 1 - leading)
        whole = max(kept, self.enough)
        most = self.most - 1 - leading
        return (min(kept, most), min(whole, most)) if self.most else (kept, whole)


@dataclass(frozen=True)
class Printed:
    """A number as printed: plain `text` with a decimal point, and whether digits were cut off; `rounding` is how its
    value was rounded before it was carried on, None where it was not."""

    text: str
    shortened: bool
    rounding: Rounding | None = None

    @property
    def value(self) -> Fraction:
        """What the text says, exactly."""
        return _fraction(self.text)

    @property
    def decimal(self) -> Decimal:
        """What the text says, as a decimal."""
        return Decimal(self.text)

    def tex(self, decimal: str = ".") -> str:
        """The number in TeX, with the wanted decimal sign; a power of ten as a product."""
        text = self.text
        if "e" in text:
            mantissa, _, exponent = text.partition("e")
            text = rf"{mantissa} \times 10^{{{int(exponent)}}}"
        return text.replace(".", f"{{{decimal}}}") if decimal != "." else text


@lru_cache(maxsize=4096)
def _fraction(text: str) -> Fraction:
    return Fraction(text)


def digits(wanted: int | str | Digits) -> Digits:
    """6 -> six decimals; "4sf" -> four significant figures; "adaptive" -> whole where nine decimals suffice, else six;
    "4 adaptive" -> else four. Raises TracerError T504.

    >>> digits("4sf")
    Digits(count=4, significant=True, enough=0, most=0)
    """
    if isinstance(wanted, Digits):
        return wanted
    text = str(wanted).strip()
    match = re.fullmatch(r"(\d{1,3})(sf)?(?: +(adaptive))?", "6 adaptive" if text == "adaptive" else text)
    if match is None or not 1 <= int(match[1]) <= 12:
        raise TracerError(
            "T504",
            "digits",
            f"'{wanted}' is no number of digits.",
            "Expected 1 to 12 decimals (4), or significant figures (4sf), or adaptive.",
        )
    return Digits(int(match[1]), bool(match[2]), ADAPTIVE if match[3] else 0)


def digits_for(problem: Problem, wanted: int | str | Digits = "") -> Digits:
    """The digits that are asked for, or else the problem's own; an error about those names the file."""
    if wanted != "":
        return digits(wanted)
    try:
        own = digits(problem.digits)
        return replace(own, enough=ADAPTIVE) if problem.arithmetic.adaptive else own
    except TracerError as error:
        raise error.at(problem.where) from None


def printed(value: float, wanted: Digits) -> Printed:
    """A recorded value as it is printed. Raises TracerError T105 for what is no finite number.

    >>> printed(0.37750000000000006, Digits(9)).text, printed(0.0004385677, Digits(3)).text
    ('0.3775', '0.00044')
    """
    if not math.isfinite(value):
        # no run records one, but an expression of recorded numbers may overflow, in a forged trace for one
        raise TracerError("T105", "", f"{value} cannot be printed.", "Expected a finite number.")
    return _printed(value, wanted.count, wanted.significant, wanted.enough, wanted.most)


def rounded(value: float, wanted: Digits) -> Printed:
    """A value that cannot be exact: a whole number gets its decimals, so that it does not look like a count. Zero is
    zero: what is not is never printed as it.

    >>> rounded(1.0, Digits(4)).text, rounded(-0.0, Digits(4)).text
    ('1.0000', '0')
    """
    value += 0.0  # zero has no sign on paper
    shown = printed(value, wanted)
    if value == 0:
        return shown
    if shown.shortened or "e" in shown.text:
        return shown
    whole = shown.text.partition(".")[0].lstrip("-")
    decimals = max(wanted.count - len(whole), 1) if wanted.significant else wanted.count
    if wanted.most:
        if wanted.most <= len(whole):
            return Printed(with_power(Decimal(shown.text), wanted.most - 1), True)
        decimals = min(decimals, wanted.most - len(whole))
    return Printed(f"{value:.{decimals}f}", True) if "." not in shown.text else shown


@lru_cache(maxsize=65536)
def _printed(value: float, count: int, significant: bool, enough: int, most: int) -> Printed:
    if value == 0:
        return Printed("0", False)
    wanted = Digits(count, significant, enough, most)
    return _common(value, wanted) or _any(value, wanted)


def _common(value: float, wanted: Digits) -> Printed | None:
    """The usual case without decimals: what is cut off is no exact half, and nothing is very large or small."""
    digits, _, exponent = f"{value:.11e}".partition("e")
    leading = int(exponent)
    if not -4 <= leading <= 9:
        return None
    kept, enough = wanted.decimals(leading)
    if not 1 <= kept <= LONGEST_FRACTION:
        return None
    significant = digits.replace(".", "").lstrip("-").rstrip("0")
    decimals = len(significant) - 1 - leading
    if decimals > enough:
        cut = significant[kept - decimals :]
        return None if cut == "5" else Printed(f"{value:.{kept}f}", True)
    return Printed(f"{value:.{max(decimals, 0)}f}", False)


def _any(value: float, wanted: Digits) -> Printed:
    exact = SURE.create_decimal(repr(float(value)))
    leading = exact.adjusted()  # exponent of the first digit
    kept, enough = wanted.decimals(leading)
    decimals = -exponent_of(exact)
    rounded = exact
    if decimals > enough:
        rounded = exact.quantize(Decimal(1).scaleb(-kept), ROUND_HALF_EVEN, Context(prec=60))
    shortened = rounded != exact
    if not shortened:
        rounded = exact.normalize()
    whole = shortened and exponent_of(rounded) >= 0  # 167 for 166.6 would look like an exact count
    return Printed(with_power(rounded, kept + leading) if whole else plain_text(rounded), shortened)


def exponent_of(value: Decimal) -> int:
    """The power of ten of a finite decimal's last digit."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent


@lru_cache(maxsize=4096)
def given(value: float) -> Printed:
    """A given value: all its digits, as short as float64 allows."""
    exact = Decimal(repr(float(value)))
    return Printed(plain_text(exact.normalize() if exact else Decimal(0)), False)


def with_power(value: Decimal, decimals: int) -> str:
    """A mantissa with so many decimals, and a power of ten: 1.67e2."""
    mantissa = value.scaleb(-value.adjusted(), Context(prec=60))
    return f"{mantissa:.{max(decimals, 0)}f}e{value.adjusted()}"


def plain_text(value: Decimal) -> str:
    """A decimal as printed; with a power of ten where it is very large or small."""
    exponent = exponent_of(value)
    if (-exponent > LONGEST_FRACTION + 3 and value.adjusted() < -4) or value.adjusted() >= 15:
        mantissa = value.scaleb(-value.adjusted(), Context(prec=60))
        return f"{mantissa.normalize() if value.adjusted() >= 15 else mantissa:f}e{value.adjusted()}"
    return f"{value:f}"

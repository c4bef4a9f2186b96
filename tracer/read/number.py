"""A number as a person wrote it into its exact value and the digits it was written with.

The digits are evidence: 0.50 says more than 0.5. What can be read in two ways is not guessed but `Unreadable`, with
both readings. Nothing is computed: a cell with `0.15*0.05` in it is a calculation, not a number. What people put
round a number is taken away by `around_number.py`; why a text is no number is said by `not_a_number.py`. The table
of all cases is tests/answers/numbers.toml.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from tracer.errors import clean_text
from tracer.read.around_number import alone
from tracer.read.not_a_number import why_not

#: how the reason begins where a number could be read in two ways
AMBIGUOUS = "it can be read as"
LONGEST, MOST_DIGITS, LARGEST_EXPONENT = 200, 60, 300


class Written(NamedTuple):
    """A number and how it was written. (A tuple, because a class hands in some hundred thousand of them.)

    The last digit written stands at 10**-decimals: 0.50 has 2 decimals, 5e-1 has 1, 1.20e3 has -1. `figures` counts
    the digits from the first that is not 0, none for 0.00. A fraction (1/3, ½) is `exact`, and has neither. `cut` is
    true where dots say that more digits follow (0.333...). `label` is the name in front of it, as in "z1 = 0.59".
    """

    text: str
    value: Fraction
    decimals: int | None
    figures: int | None
    exact: bool = False
    cut: bool = False
    label: str = ""


class Unreadable(NamedTuple):
    """What was written where an answer should stand, and why it is not read, for the person who wrote it."""

    text: str
    reason: str


def read_number(text: str, decimal: str = "") -> Written | Unreadable | None:
    """What stands in a cell into a number; None where nothing was filled in (empty, -, ____, ?).

    `decimal` is the decimal sign of the sheet, "." or ",", "" where it is not known. It decides only what could be
    read in two ways: 1,234 is one and a bit, or more than a thousand.

    >>> read_number("0.50")
    Written(text='0.50', value=Fraction(1, 2), decimals=2, figures=2, exact=False, cut=False, label='')
    >>> read_number("1,234").reason
    'it can be read as 1.234 and as 1234; write it with a decimal point, or without a separator'
    """
    if len(text) <= 40:
        return _short(text, decimal)
    if len(text) > LONGEST:
        return Unreadable(clean_text(text[: LONGEST - 3]) + "...", f"longer than {LONGEST} characters")
    return _carefully(text, decimal)


_PLAIN = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?").fullmatch


@lru_cache(maxsize=2**14)  # a class writes the same numbers again and again
def _short(text: str, decimal: str) -> Written | Unreadable | None:
    plain = _PLAIN(text)
    if plain is not None and decimal != ",":
        sign, whole, part = plain.groups("")
        if whole or part:
            return _written(text, sign, whole, part)
    return _carefully(text, decimal)


_TENS = tuple(10**power for power in range(MOST_DIGITS + 1))


def _written(
    text: str, sign: str, whole: str, part: str, exponent: int = 0, cut: bool = False, label: str = ""
) -> Written:
    """The parts of a number into its value; they are checked before."""
    digits = whole + part
    number = int(digits)
    if sign == "-":
        number = -number
    decimals = len(part) - exponent
    if decimals < 0:
        value = Fraction(number * 10**-decimals)
    else:
        value = Fraction(number, _TENS[decimals] if decimals <= MOST_DIGITS else 10**decimals)
    return Written(text, value, decimals, len(digits.lstrip("0")), False, cut, label)


_EXPONENT = r"(?:\{\ ?(?P<braces>[+-]?\ ?[0-9]+)\ ?\}|\((?P<round>[+-]?[0-9]+)\)|(?P<bare>[+-]?[0-9]+))"
_POWER = rf"10(?:(?:\^|\*\*)\ ?{_EXPONENT}|(?P<raised>[⁺⁻]?[⁰¹²³⁴-⁹]+))"
_DECIMAL = re.compile(
    rf"(?P<sign>[+-]?)\ ?(?P<digits>[0-9.,'\u00a0]+)(?P<cut>…?)"
    rf"(?:[eE](?P<e>[+-]?[0-9]+)|\ ?[*·×⋅∙xX]\ ?{_POWER})?"
)
_POWER_ALONE = re.compile(rf"(?P<sign>[+-]?)\ ?{_POWER}")
_FRACTION = re.compile(
    r"(?P<sign>[+-]?)\ ?(?:(?P<top>[0-9]+)\ ?[/⁄∕]\ ?(?P<bottom>[0-9]+)"
    r"|\\[dt]?frac\ ?(?:\{\ ?(?P<tex>[0-9]+)\ ?\}\{\ ?(?P<over>[0-9]+)\ ?\}|(?P<one>[0-9])(?P<other>[0-9]))"
    r"|(?P<whole>[0-9]*)(?P<vulgar>[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒]))"
)
_RAISED = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789", " ")
_VULGAR = dict(
    zip(
        "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒",
        map(Fraction, "1/2 1/3 2/3 1/4 3/4 1/5 2/5 3/5 4/5 1/6 5/6 1/7 1/8 3/8 5/8 7/8 1/9 1/10".split()),
        strict=True,
    )
)


_NOTHING_ROUND_IT = re.compile(r"[+-]?[0-9.,]*[0-9](?:[eE][+-]?[0-9]+)?").fullmatch


def _carefully(text: str, decimal: str) -> Written | Unreadable | None:
    """Any short text into a number, with all that people put round it and all ways to write it."""
    label, bare, reason = "", text.replace("\u2212", "-"), ""
    if _NOTHING_ROUND_IT(bare) is None:
        label, bare, reason = alone(text)
    if reason:
        return Unreadable(clean_text(text), reason)
    if not bare:
        return None
    if len(bare) > MOST_DIGITS and sum(map(str.isdigit, bare)) > MOST_DIGITS:
        return Unreadable(clean_text(text), f"more than {MOST_DIGITS} digits")
    if match := _DECIMAL.fullmatch(bare):
        sign, digits, dots, *powers = match.groups("")
        parts = _split(digits, decimal)
        if isinstance(parts, str):
            return Unreadable(clean_text(text), parts)
    elif match := _POWER_ALONE.fullmatch(bare):
        sign, *powers = match.groups("")
        parts, dots = ("1", ""), ""
    elif match := _FRACTION.fullmatch(bare):
        return _fraction(text, match, label)
    else:
        return Unreadable(clean_text(text), why_not(bare))
    exponent = "".join(powers).translate(_RAISED)  # at most one of them is there
    if len(exponent.lstrip("+-0")) > 3 or abs(power := int(exponent or "0")) > LARGEST_EXPONENT:
        return Unreadable(clean_text(text), f"an exponent beyond {LARGEST_EXPONENT}")
    return _written(text, sign, *parts, power, bool(dots), label)


def _fraction(text: str, match: re.Match[str], label: str) -> Written | Unreadable:
    if vulgar := match["vulgar"]:
        value = _VULGAR[vulgar] + int(match["whole"] or "0")
    else:
        top = match["top"] or match["tex"] or match["one"]
        bottom = int(match["bottom"] or match["over"] or match["other"])
        if not bottom:
            return Unreadable(clean_text(text), "a division by zero")
        value = Fraction(int(top), bottom)
    return Written(text, -value if match["sign"] == "-" else value, None, None, True, False, label)


_GROUPED = {sign: re.compile(rf"[1-9][0-9]{{0,2}}(?:{re.escape(sign)}[0-9]{{3}})+") for sign in ",.'\u00a0"}


def _split(digits: str, decimal: str) -> tuple[str, str] | str:
    """Digits with points, commas and gaps into those before and behind the decimal sign; or why that cannot be told."""
    grouping = {sign for sign in "'\u00a0" if sign in digits}
    last = max(digits.rfind("."), digits.rfind(","))
    if grouping:
        whole, part = (digits[:last], digits[last + 1 :]) if last >= 0 else (digits, "")
        sign = grouping.pop()
        if grouping or not _GROUPED[sign].fullmatch(whole) or not (part.isdigit() or last < 0):
            return "its digits are not grouped in threes"
        return whole.replace(sign, ""), part
    if last < 0:
        return digits, ""
    mark = digits[last]
    other = "," if mark == "." else "."
    whole, part = digits[:last], digits[last + 1 :]
    if other in whole:  # 1,234.5: the last one is the decimal sign, the others group
        if mark in whole or not _GROUPED[other].fullmatch(whole) or not part:
            return "points and commas are mixed"
        return whole.replace(other, ""), part
    if mark in whole:
        grouped = _GROUPED[mark].fullmatch(digits)
        return (digits.replace(mark, ""), "") if grouped else f"two decimal {'points' if mark == '.' else 'commas'}"
    if not (whole or part) or (mark == "," and not part):
        return f"a {'point' if mark == '.' else 'comma'} with nothing behind it"
    if mark != (decimal or ".") and _GROUPED[mark].fullmatch(digits):
        if decimal == ".":
            return whole + part, ""
        advice = "a decimal point, or without a separator" if mark == "," else "a decimal comma"
        return f"{AMBIGUOUS} {whole}.{part} and as {whole}{part}; write it with {advice}"
    return whole, part

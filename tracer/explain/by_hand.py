"""Numbers that are rounded by a stated rule: carried on so, or only printed so."""

from __future__ import annotations

from decimal import Context, Decimal
from functools import lru_cache

from tracer.calculus.rounding import MODES, Rounding, in_decimal, round_decimal
from tracer.explain.numbers import SURE, Printed, exponent_of, plain_text, with_power
from tracer.run.rounding import Rule

MOST_DECIMALS = 12  # a result with more is not written out before it is rounded
ROOMY = Context(prec=60)


@lru_cache(maxsize=65536)
def printed_by(value: float, rule: Rule) -> Printed:
    """A recorded value as a rule prints it: a carried one as it stands, another rounded now.

    >>> printed_by(0.074, Rule(Rounding(3))).text, printed_by(0.07489, Rule(Rounding(3, mode="truncate"), False)).text
    ('0.074', '0.074')
    """
    return _carried(value, rule.rounding) if rule.carried else _rounded(value, rule.rounding)


def _carried(value: float, how: Rounding) -> Printed:
    """All the digits that it has; 1230 of three figures with a power of ten, because it is no count."""
    exact = in_decimal(value).normalize() if value else Decimal(0)
    large = bool(value) and how.significant and exact.adjusted() >= how.count
    return Printed(with_power(exact, how.count - 1) if large else plain_text(exact), False, how)


def _rounded(value: float, how: Rounding) -> Printed:
    """Rounded for the page alone: what is not zero keeps two figures at least, as every printed number does."""
    if not value:
        return Printed("0", False)
    exact = SURE.create_decimal(repr(float(value)))
    leading = exact.adjusted()
    kept = how.count - 1 - leading if how.significant else max(how.count, 1 - leading)
    if -exponent_of(exact.normalize()) <= kept:
        return Printed(plain_text(exact.normalize()), False)
    made = exact.quantize(Decimal(1).scaleb(-kept), MODES[how.mode], ROOMY)
    return Printed(with_power(made, kept + leading) if exponent_of(made) >= 0 else plain_text(made), True)


def in_full(result: Printed) -> str:
    """A carried result where it is made: with the zeros at its end, which are digits it was rounded to."""
    how = result.rounding
    if how is None or "e" in result.text:
        return result.text
    value = result.decimal
    return f"{round_decimal(value, how):f}" if value or not how.significant else result.text


def before_rounding(exact: object, result: Printed) -> Printed | None:
    """The exact value of a line whose result is rounded and carried on, as it is written before the result; None
    where it is the result, or too long, or would not be rounded to it (float64 saw no tie where there is one)."""
    if result.rounding is None or not isinstance(exact, Decimal) or exact == result.decimal:
        return None
    short = exact.normalize(ROOMY)
    if short != exact or -exponent_of(short) > MOST_DECIMALS or round_decimal(exact, result.rounding) != result.decimal:
        return None
    return Printed(plain_text(short), False)

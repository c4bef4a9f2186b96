"""Slips of the pen: a number to the number that stands there instead."""

from __future__ import annotations

from itertools import pairwise
from random import Random

SHAPES = ("digit typo", "point shift", "transposed digits")


def miswritten(text: str, shape: str, random: Random) -> str:
    """The text of a number with one slip in it; always another number.

    >>> miswritten("0.593", "transposed digits", Random(5)), miswritten("0.593", "point shift", Random(5))
    ('0.539', '0.0593')
    """
    if shape == "point shift" and any(digit in text for digit in "123456789"):
        return _shifted(text, random.random() < 0.5)
    places = [at for at, character in enumerate(text) if character.isdigit()]
    if shape == "transposed digits":
        pairs = [(one, other) for one, other in pairwise(places) if text[one] != text[other]]
        if pairs:
            one, other = random.choice(pairs)
            found = list(text)
            found[one], found[other] = found[other], found[one]
            return "".join(found)
    at = random.choice(places)
    digit = random.choice([digit for digit in "0123456789" if digit != text[at]])
    return text[:at] + digit + text[at + 1 :]


def _shifted(text: str, right: bool) -> str:
    sign, body = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, _, part = body.partition(".")
    if right:
        whole, part = whole + (part[:1] or "0"), part[1:]
    else:
        whole, part = whole[:-1], whole[-1] + part
    whole = whole.lstrip("0") or "0"
    return f"{sign}{whole}.{part}" if part else f"{sign}{whole}"

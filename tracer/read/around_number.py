"""A cell into the number that stands in it alone: without quotes, dollar signs, a name, an approximation sign, a unit.

Only what cannot change the value is taken away: of the units those that scale nothing, of invisible characters those
that do not turn the direction of reading.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Alone(NamedTuple):
    """The name that stood in front, what is left ("" for a blank), and what forbids to read it ("" if nothing does)."""

    label: str
    bare: str
    reason: str = ""


#: signs that look alike, to the one of them that is read; what has no width goes
_ALIKE = {
    **dict.fromkeys(map(ord, "\u2212\u2013\u2012\u2010\u2011\ufe63\uff0d"), "-"),
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), ""),
    **dict.fromkeys(map(ord, "\u202f\u2007\u2009"), "\u00a0"),  # spaces that may group digits
    **dict.fromkeys([*map(ord, "\t\n\r\u3000\u205f"), *range(0x2000, 0x2007), 0x2008, 0x200A], " "),
    **dict.fromkeys(map(ord, "≃≅∼≐≒～"), "≈"),
    **{0xFF10 + digit: str(digit) for digit in range(10)},  # full-width, as Japanese keyboards write them
    **{0xFF0E: ".", 0xFF0C: ",", 0xFF0B: "+", 0xFF0F: "/", 0xFF1D: "=", 0xFF25: "E", 0xFF45: "e", 0x2019: "'"},
}
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_PAIRS = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "'", "«": "»", "»": "«", "`": "`", "$": "$"}
_LONGER_PAIRS = (("**", "**"), ("\\(", "\\)"), ("\\[", "\\]"), ("\\boxed{", "}"))
_BLANK = re.compile(r"[-—_?.…\s\u00a0]*|n/a|na|n\.a\.|none|null", re.IGNORECASE)
_TEX = (
    ("{,}", ","),
    ("\\,", "\u00a0"),
    ("\\;", " "),
    ("\\:", " "),
    ("\\ ", " "),
    ("\\!", ""),
    ("\\cdot", "*"),
    ("\\times", "*"),
    ("\\approx", "≈"),
    ("\\simeq", "≈"),
    ("\\sim", "≈"),
    ("\\ldots", "…"),
    ("\\dots", "…"),
    ("\\left(", "("),
    ("\\right)", ")"),
)
_BEFORE = re.compile(r"(?:=|:=|≈|~|ca\.?|approx\.?|approximately|about) *", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_]|[\\∂∇]")
_IN_A_NAME = re.compile(r"(?:[^\W_]|[_ \[\],{}()^+'.\\∂∇/])*")
#: what may follow: units that scale nothing (no V with an m in front), and words on how it was rounded
_AFTER = re.compile(
    r"(?:\\(?:text|mathrm)\{ ?)?(?:V|A|W|N|Pa|s|Hz|rad|units?|u|nats?|bits?)\}?"
    r"|\(?(?:rounded|approx\.?|gerundet|[1-9] ?(?:dp|d\.p\.|sf|s\.f\.|decimals|figures|digits))\)?"
)


def alone(text: str) -> Alone:
    r"""What stands in a cell into its bare number, still as text.

    >>> alone("$w_5 \\approx 0{,}36$")
    Alone(label='w_5', bare='0,36', reason='')
    """
    bare = plain_signs(text).strip(" \u00a0\u200e\u200f")
    if _TURNS.search(bare):
        return Alone("", "", "invisible characters turn the direction of reading; type it anew")
    bare = unwrapped(bare)
    if "\\" in bare or "{" in bare:
        for tex, plain in _TEX:
            bare = bare.replace(tex, plain)
    bare = bare.replace("...", "…").strip(" \u00a0")
    if _BLANK.fullmatch(bare):
        return Alone("", "")
    label, bare = without_name(bare)
    for _ in range(3):
        if not (before := _BEFORE.match(bare)):
            break
        bare = bare[before.end() :]
    bare = unwrapped(bare.strip(" \u00a0"))
    if _BLANK.fullmatch(bare):
        return Alone(label, "")
    bare = _without_unit(bare)
    if bare[:2] in ("(-", "(+") and bare[-1] == ")":
        bare = bare[1:-1].strip(" \u00a0")
    return Alone(label, bare)


def plain_signs(text: str) -> str:
    """Text with one sign for each of those that look alike, and without characters that have no width."""
    return text.translate(_ALIKE)


def unwrapped(text: str) -> str:
    """Text without pairs of quotes, dollars and marks of emphasis round it, and without a spreadsheet's quote."""
    for _ in range(4):
        for left, right in _LONGER_PAIRS:
            if text.startswith(left) and text.endswith(right) and len(text) >= len(left) + len(right):
                text = text[len(left) : len(text) - len(right)]
                break
        else:
            if len(text) >= 2 and _PAIRS.get(text[0]) == text[-1]:
                text = text[1:-1]
            elif text[:1] == "'" and "'" not in text[1:]:  # what keeps a spreadsheet from computing it
                text = text[1:]
            else:
                return text
        text = text.strip(" \u00a0")
    return text


def without_name(text: str) -> tuple[str, str]:
    """The name in front of the last sign of equality, and what follows it."""
    at = max(text.rfind("="), text.rfind("≈"))
    if at > 0 and _NAME.match(text) and _IN_A_NAME.fullmatch(name := text[:at].rstrip(" \u00a0=≈")):
        return name, text[at + 1 :]
    return "", text


def _without_unit(text: str) -> str:
    """A number without the harmless words behind it."""
    at = len(text)
    while at and text[at - 1] not in "0123456789…½⅓⅔¼¾":
        at -= 1
    bracket = text.rfind("(")
    for end in (at, bracket):
        if 0 < end < len(text) and _AFTER.fullmatch(text[end:].strip(" \u00a0~")):
            return text[:end].rstrip(" \u00a0~")
    return text

"""What a comma in a formula stands for: a point, thousands, or the end of a relation."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: marks between digits: of thousands where three digits follow each, of decimals where there is one of them
_COMMAS = re.compile(r"(?<![\d.}])([1-9]\d{0,2}|0|\d{4,})((?:\{,\}\d+)+)(\.\d+)?(?![\d.])")
#: a comma and a space between relations; "0, 5" may be one number
_SPACED_COMMA = re.compile(r"[{}()\[\]]|,(?:\s|\\[ ;,:])+")
_WHOLE_ENDS, _WHOLE_BEGINS = re.compile(r"(?<![0-9.])[0-9]{1,20}\Z"), re.compile(r"[0-9]{1,20}(?![0-9.])")


def without_commas(tex: str, comma: str) -> str:
    """A formula with its numbers as the formula reader knows them; `comma` is "." or nothing."""
    return _COMMAS.sub(lambda match: match[1] + match[2].replace("{,}", comma) + (match[3] or ""), tex)


def can_be_both(tex: str) -> bool:
    """Whether a number in a formula can be one of thousands as well as one of decimals: 1{,}000."""
    return any(_is_both(match) for match in _COMMAS.finditer(tex))


def _is_both(number: re.Match[str]) -> bool:
    return number[1] != "0" and len(number[1]) < 4 and number[3] is None and len(number[2]) == len("{,}000")


def comma_on(formulas: Iterable[str]) -> str | None:
    r"""What {,} stands for in the formulas of a page: "." for a point, "" for thousands; None where nobody can tell.

    >>> comma_on(["0{,}5 + 1{,}000"]), comma_on(["1{,}000{,}000"]), comma_on(["1{,}000 = 10^3"])
    ('.', '', None)
    """
    points = thousands = False
    for tex in formulas:
        for match in _COMMAS.finditer(tex):
            groups = match[2].split("{,}")[1:]
            plain = match[1] == "0" or len(match[1]) > 3 or any(len(group) != 3 for group in groups)
            points |= plain and len(groups) == 1
            thousands |= not plain and (len(groups) > 1 or match[3] is not None)
        thousands |= "{,}" in tex and re.search(r"\d\.\d", tex) is not None
    return None if points == thousands else "." if points else ""


def with_wide_commas(tex: str) -> str:
    """A formula with a wide space after every comma that parts relations: outside of brackets, with a space after it,
    not between two whole numbers (0, 5 may be one number)."""
    depth, parts, done = 0, [], 0
    for match in _SPACED_COMMA.finditer(tex):
        if match[0][0] != ",":
            depth += 1 if match[0] in "{([" else -1
        elif depth == 0:
            start, end = match.span()
            if not (_WHOLE_ENDS.search(tex[max(start - 21, 0) : start]) and _WHOLE_BEGINS.match(tex, end)):
                parts.append(f"{tex[done:start]},\\quad ")
                done = end
    return "".join(parts) + tex[done:]

"""Why a text is no number, said to the person who wrote it: the first reason that applies."""

from __future__ import annotations

import re

from tracer.errors import shortened

CALCULATION = "a calculation; write its result alone"
_FORMULA, _NO_NUMBER = "a formula; write its result alone", "not a number"
#: what is said of anything that looks like no number at all
ANYTHING = (_FORMULA, _NO_NUMBER)
_REASONS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), reason)
    for pattern, reason in (
        (r"[+-]? ?(?:nan|inf|infinity|∞|\\infty)", "it is not a finite number"),
        (r".*(?:%|‰|percent|prozent).*", "a percent sign; write the number itself, such as 0.5 for 50%"),
        (r".*(?:±|\\pm|\+/-|\+-).*", "an error bar; write one number"),
        (r"[+-]*0[xob][0-9a-f]*", "not a decimal number"),
        (r"[+-]? ?[0-9.]+_[0-9_.]*", "digits are joined with _; write them without"),
        (r"[+-]{2,}.*", "two signs in front of it"),
        (r"[+-]?[0-9.,]+ ?(?:-|…|\.\.|\bto\b|\bbis\b) ?[+-]?[0-9.,]+", "a range or a difference; write one number"),
        (r"[1-9][0-9]{0,2}(?: [0-9]{3})+(?:[.,][0-9]+)?", "one number with gaps, or several; write it without gaps"),
        (r"[+-]?[0-9.,]+(?:[;|&\s]+(?:(?:and|or|und)\s+)?[+-]?[0-9.,]+)+", "several numbers; write one"),
        (r"\([0-9.,]+\)", "brackets round a number make it negative in some tables; write it without"),
        (r"[0-9.,]+ ?-", "a sign behind it; write it in front"),
        (r".*\\overline.*|[0-9.,]+\([0-9]+\)|.*[0-9]\u0305.*", "a digit that repeats for ever; write a fraction"),
        (r".*[=≈].*", "more than a name and one number; write the number alone"),
        (r"[-+*/^()\s0-9.,e·×⋅∙:]*", "a calculation or a list; write its result alone"),
        (r"[-+@]*[a-z.]+ ?\(.*|.*\|.*!.*", _FORMULA),
    )
)
_WORDS = re.compile(r"[+-]? ?[0-9.,]+(?:[eE][+-]?[0-9]+)?[\s~]*([^\W\d_].*)")


def why_not(bare: str) -> str:
    """A text that is no number into the reason, to be read after the text.

    >>> why_not("0.1-0.9")
    'a range or a difference; write one number'
    """
    if any(character.isdigit() and character not in "0123456789¹²³⁰⁴⁵⁶⁷⁸⁹" for character in bare):
        return "digits of another script; write 0 to 9"
    for pattern, reason in _REASONS:
        if pattern.fullmatch(bare):
            return reason
    if words := _WORDS.fullmatch(bare):
        return f"'{shortened(words[1], 20)}' stands behind it; write the number alone"
    return _NO_NUMBER

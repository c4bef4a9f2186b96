"""Text into string literals of Typst, in which nothing acts."""

from __future__ import annotations

import re
import unicodedata

from tracer.errors import CONTROL

#: what the fonts in Typst have letters for, as far as people write it (tests/test_typst.py asks Typst itself)
_LETTERS = re.compile(
    "[ -~\xa0-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u04ff\u05d0-\u05ea\u10d0-\u10ff\u1d00-\u1f15"
    "\u2000-\u2040\u2042\u2044-\u2052\u2070\u2071\u2074-\u208e\u2090-\u209c\u20a0-\u20c0\u2100-\u211e\u2122\u2124"
    "\u2126-\u2151\u2153-\u2184\u2190-\u23ff\u2460-\u2606\u270c-\u2714\u2717-\u2726\u2794\u2798-\u27af\u27b1-\u2b73"
    "\ufb00-\ufb06\ufffd\U0001d552-\U0001d6a5]|[\n\r\t]"
)


def literal(text: str) -> str:
    r"""Text into a string of Typst that is that text.

    >>> print(literal('a "b" \\ #c'))
    "a \"b\" \\ #c"
    """
    clean = re.sub(r'[\\"]', r"\\\g<0>", CONTROL.sub("\ufffd", text))
    return '"' + clean.replace("\n", r"\n").replace("\t", r"\t").replace("\r", r"\r") + '"'


def string(text: str) -> str:
    """Text that is to be seen into a string of Typst, with [U+4E2D] for a letter that its fonts have not.

    >>> print(string("α中"))
    "α[U+4E2D]"
    """
    return literal("".join(map(_shown, unicodedata.normalize("NFC", text))))


def _shown(character: str) -> str:
    if unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f":
        return ""  # joiners, marks of direction, variants: invisible by themselves
    known = _LETTERS.fullmatch(character) or CONTROL.fullmatch(character)
    return character if known else f"[U+{ord(character):04X}]"

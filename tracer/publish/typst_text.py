"""Text into string literals of Typst, in which nothing acts."""

from __future__ import annotations

import re

from tracer.errors import CONTROL

#: what the fonts of Typst have a letter for (see tests/test_typst.py); every other character is printed as its number
_KNOWN = "placeholder"


def string(text: str) -> str:
    r"""Text into a string of Typst that is that text, with [U+4E2D] for a letter that its fonts have not.

    >>> print(string('a "b" \\ #c'))
    "a \"b\" \\ #c"
    """
    clean = CONTROL.sub("\ufffd", text)
    return '"' + re.sub(r'[\\"]', r"\\\g<0>", clean).replace("\n", r"\n").replace("\t", r"\t").replace("\r", r"\r") + '"'

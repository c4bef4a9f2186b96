"""Random bytes into the readers of answers for as long as one likes, guided by atheris where that is installed.

    python tests/fuzz_answers.py [-max_total_time=600] [folder of found inputs]

The first byte picks the format. Whatever is not read has to end in SheetError; anything else is a fault.
"""

from __future__ import annotations

import sys
from contextlib import suppress

import atheris

with atheris.instrument_imports(include=["tracer.read"]):
    from tracer.read.answers import FORMATS, sheets_in
    from tracer.read.handed_in import SheetError
    from tracer.read.number import read_number
    from tracer.read.typed_answer import read_typed_answer

ENDINGS = sorted(FORMATS)


def one_input(content: bytes) -> None:
    """One file, and the same bytes as a number and as a formula."""
    if not content:
        return
    with suppress(SheetError):
        list(sheets_in("a" + ENDINGS[content[0] % len(ENDINGS)], content[1:]))
    text = content[1:600].decode("utf-8", "replace")
    read_number(text)
    read_typed_answer(text)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()

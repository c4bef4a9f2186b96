r"""What a story of one's own may hold: formulas that every format can show, and pictures that there are.

The formulas of a story reach TeX as they stand. So one is refused that has a command which is no mathematics: \input
reads a file, \def changes what another command does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from markdown_it.token import Token

from tracer.errors import TracerError, clean_text, shortened
from tracer.explain.lesson import Lesson
from tracer.publish.colour import check_roles
from tracer.publish.files import readable
from tracer.publish.mathml import mathml
from tracer.publish.pictures import asking, drawing_for

#: commands by which TeX gives another one a new meaning, and what begins a comment, which would swallow what follows
_DEFINES = re.compile(
    r"\\(?:[gex]?def|let|global|(?:re)?newcommand|providecommand|(?:re)?newenvironment|DeclareMathOperator)(?![A-Za-z])"
)
_COMMENT = re.compile(r"(?<!\\)(?:\\\\)*%")


def check_story(lesson: Lesson, tokens: Sequence[Token], folder: Path) -> None:
    """Tokens of a story from a folder. Raises TracerError T502 for a formula that is none, T301 for a picture that
    there is not; each says the file and the line of the folder that has it, if one has."""
    for tex in formulas(tokens):
        try:
            _check_formula(tex)
        except TracerError as error:
            raise _at(error, folder, tex.partition("\n")[0]) from None
    for token in asking(tokens):
        address = str(token.attrs["src"])
        try:
            drawing_for(lesson, address)
        except TracerError as error:
            raise _at(error, folder, address) from None


def formulas(tokens: Sequence[Token]) -> Iterator[str]:
    """The formulas of a story, in order."""
    for token in tokens:
        if token.type.startswith("math"):
            yield token.content
        yield from formulas(token.children or [])


def _check_formula(tex: str) -> None:
    if found := _DEFINES.search(tex):
        raise _refused(tex, f"{found[0]} gives a command a new meaning")
    if _COMMENT.search(tex):
        raise _refused(tex, "% begins a comment; write \\%")
    check_roles(tex)
    mathml(tex)


def _refused(tex: str, why: str) -> TracerError:
    found = f"{why}, in the formula {shortened(tex)}."
    return TracerError("T502", "a formula", found, "", "Write it in the TeX that amsmath knows.")


def _at(error: TracerError, folder: Path, piece: str) -> TracerError:
    """An error with the file and line in which a piece of a story stands as it is."""
    for path in sorted(folder.rglob("*.j2")):
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if piece and piece in clean_text(line):
                return error.at(f"{readable(path)}, line {number}")
    return error

"""What a format hands over: the cells of one student's sheet as text, with the line each stands in.

The readers of formats know names and texts; `answers.py` makes numbers of the texts. Everything here is bounded: how
large a file may be, how many lines and answers it may have, how long a name.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tracer.errors import TracerError, clean_text, shortened

LARGEST_SHEET, LARGEST_CLASS_FILE = 5_000_000, 10_000_000  # bytes
MOST_LINES, MOST_ANSWERS, LONGEST_NAME = 200_000, 10_000, 100
#: words for the column or line that says who it is, from the surest to the vaguest
STUDENT = (
    "student", "student id", "student_id", "id", "id number", "matriculation number", "matrikelnummer", "username",
    "login", "email", "e-mail", "email address", "full name", "name", "first name", "last name", "surname",
)  # fmt: skip


class SheetError(TracerError):
    """A sheet that cannot be read, and the line (0: none in particular)."""

    line = 0


def refused(found: str, expected: str = "", line: int = 0, code: str = "T702", remedy: str = "") -> SheetError:
    """The error for a sheet; its place is added where it is known."""
    error = SheetError(code, f"line {line}" if line else "", found, expected, remedy)
    error.line = line
    return error


@dataclass
class Form:
    """One student's sheet as text: cells (name, text, line), what was left out and why. With `error` it is no sheet.
    `student` is what the sheet itself says, "" where it says nothing, and `name` what a list says beside it. `arrays`:
    the name of the array of each cell that stood in one."""

    student: str = ""
    cells: list[tuple[str, str, int]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    arrays: dict[str, str] = field(default_factory=dict)
    error: SheetError | None = None
    name: str = ""

    def leave_out(self, line: int, text: object, why: str) -> None:
        """Say what is not read; of very many only the first."""
        if len(self.problems) < 20:
            place = f"line {line}: " if line else ""
            self.problems.append(f"{place}'{shortened(text)}' {why}")
        elif len(self.problems) == 20:
            self.problems.append("and more of the same")


def file_content(path: Path, largest: int = LARGEST_CLASS_FILE) -> bytes:
    """The bytes of an ordinary file. Raises T701, also for devices and pipes, which might never end."""
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            raise refused("this is a folder.", "Expected a file.", code="T701")
        if not stat.S_ISREG(about.st_mode):
            raise refused("this is no ordinary file.", "Expected a file of answers.", code="T701")
        check_size(about.st_size, largest)
        with path.open("rb") as file:
            content = file.read(about.st_size + 1)
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the path
        reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
        raise refused(f"the file cannot be read: {reason}.", code="T701") from None
    return content


def check_size(size: int, largest: int) -> None:
    """T701 for what is too large to be a sheet."""
    if size > largest:
        raise refused("the file is too large.", f"Expected at most {largest:,} bytes.", code="T701")


def decoded(content: bytes, form: Form | None = None) -> str:
    """Bytes as text with \\n for line breaks: UTF-8, or UTF-16 with its mark; if a `form` is given to say so, also the
    code of Windows. Raises T701 for what is not text."""
    try:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            text = content.decode("utf-16")
        else:
            text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        if form is None or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise refused("this is not UTF-8.", "Save it as UTF-8 text.", line, "T701") from None
        try:
            text = content.decode("cp1252")
        except UnicodeDecodeError:
            raise refused("this is not text.", "Save it as UTF-8 text.", line, "T701") from None
        form.leave_out(line, "its code", "is not UTF-8; read as Windows-1252")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise refused("this is not text.", "Save it as UTF-8 text.", line, "T701")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") > MOST_LINES:
        raise refused("there are too many lines.", f"Expected at most {MOST_LINES:,}.", code="T701")
    return text


@lru_cache(maxsize=2**12)  # a class types the same names again and again
def tidy_name(name: str) -> str:
    """A name as it was typed, without what only surrounds it; shortened where it cannot be a name."""
    name = name.strip()
    while len(name) > 1 and name[0] == name[-1] and name[0] in "`$\"'*":
        name = name[1:-1].strip()
    if len(name) > LONGEST_NAME or not name.isprintable():
        return shortened(clean_text(name), LONGEST_NAME)
    return name


@lru_cache(maxsize=2**12)
def says_who(word: str) -> bool:
    """Whether a heading or a name stands for the student, not for an answer."""
    return word.strip(" *`:\"'").lower() in STUDENT


def most_certain(words: Iterable[str]) -> int | None:
    """Which of several headings says best who the student is; None where none does."""
    tidy = [word.strip(" *`:\"'").lower() for word in words]
    return next((tidy.index(word) for word in STUDENT if word in tidy), None)

"""The sheets of a class, from a folder, a zip archive, or one file with all of them, in an order that never changes.

A folder has one file for each student, or one folder for each, as Moodle and Gradescope hand them out. The label of a
student is the name of that file or folder. What cannot be read becomes a `BadSheet`, and the others go on.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from os.path import splitext
from pathlib import Path

from tracer.errors import clean_text, shortened
from tracer.read.answers import FORMATS, SPREADSHEETS, BadSheet, Sheet, sheets_in
from tracer.read.archive import opened_archive
from tracer.read.handed_in import SheetError, file_content, refused

MOST_FILES, DEEPEST = 50_000, 8
#: what systems leave in folders
_LEFT_BEHIND = re.compile(r"\.(?!\.(?:/|$))|__MACOSX$|thumbs\.db$|desktop\.ini$|~\$|.*~$", re.IGNORECASE)
#: what Moodle appends to the name and number of a student
_MOODLE = re.compile(r"(.+_[0-9]+)_assignsubmission_(?:file|onlinetext)_?(.*)")


@dataclass(frozen=True)
class Member:
    """A file of a class: its path inside, and how to get its bytes (raises SheetError)."""

    parts: tuple[str, ...]
    content: Callable[[], bytes]


def read_class(source: str | Path, decimal: str = "") -> Iterator[Sheet | BadSheet]:
    """A folder, a zip archive or a file with a whole class into its sheets, sorted by student; a file keeps its order.

    Raises TracerError T701 to T704 at once where nothing of it can be read.
    """
    path = Path(source)
    shown = shortened(path.name or path, 200)
    try:
        if path.is_dir():
            return _read(_by_student(_files(path)), decimal)
        if path.suffix.lower() == ".zip":
            return _of_archive(path, decimal)
        return iter(list(sheets_in(shown, file_content(path), "", decimal)))
    except SheetError as error:
        raise error.at(shown) from None
    except (OSError, ValueError) as problem:
        raise refused(f"it cannot be read: {problem}.", code="T704").at(shown) from None


def _of_archive(path: Path, decimal: str) -> Iterator[Sheet | BadSheet]:
    archive, inside = opened_archive(path)
    try:
        students = _by_student(_without_outer_folder([Member(parts, content) for parts, content in inside]))
        sheets = _read(students, decimal)
    except BaseException:
        archive.close()
        raise
    return _and_then(sheets, archive.close)


def _and_then(sheets: Iterator[Sheet | BadSheet], close: Callable[[], None]) -> Iterator[Sheet | BadSheet]:
    try:
        yield from sheets
    finally:
        close()


def _read(students: dict[str, list[Member]], decimal: str) -> Iterator[Sheet | BadSheet]:
    if not students:
        expected = "Expected a file or a folder for each student."
        raise refused("there are no sheets in it.", expected, code="T704")
    return chain.from_iterable(_of_student(student, members, decimal) for student, members in students.items())


def _of_student(student: str, members: list[Member], decimal: str) -> Iterator[Sheet | BadSheet]:
    label = shortened(clean_text(student), 100)
    chosen = _sheet_among(members)
    if not isinstance(chosen, Member):
        yield BadSheet(label, _shown(members[0].parts), 0, chosen)
        return
    source = _shown(chosen.parts)
    try:  # a file with a whole class, alone in a folder, names its students itself
        found = list(sheets_in(chosen.parts[-1], chosen.content(), "", decimal))
    except SheetError as error:
        yield BadSheet(label, source, error.line, " ".join(filter(None, (error.found, error.expected))))
        return
    for sheet in found:
        yield _from(sheet, label if len(found) == 1 else sheet.student, source)


def _from(sheet: Sheet | BadSheet, student: str, source: str) -> Sheet | BadSheet:
    if isinstance(sheet, BadSheet):
        return BadSheet(student, source, sheet.line, sheet.reason)
    signed = sheet.signed or (
        sheet.student if sheet.student not in (student, splitext(source.rpartition("/")[2])[0]) else ""
    )
    return Sheet(student, source, sheet.answers, sheet.problems, signed)


def _sheet_among(members: list[Member]) -> Member | str:
    """The file with the answers among those of one student, or why there is none."""
    readable = [member for member in members if _ending(member) in FORMATS]
    named = [member for member in readable if splitext(member.parts[-1])[0].lower() == "answers"]
    chosen = named if len(named) == 1 else readable
    if len(chosen) == 1:
        return chosen[0]
    if not chosen:
        shown = ", ".join(shortened(member.parts[-1], 40) for member in members[:3])
        nested = any(_ending(member) == ".zip" for member in members)
        if nested:
            return "an archive in an archive is not opened."
        remedy = " Save the table as CSV." if any(_ending(member) in SPREADSHEETS for member in members) else ""
        return f"no file of answers, only {shown}.{remedy}"
    shown = " and ".join(shortened(member.parts[-1], 40) for member in chosen[:3])
    return f"several files of answers, {shown}; nobody knows which counts."


def _ending(member: Member) -> str:
    return splitext(member.parts[-1])[1].lower()


def _shown(parts: tuple[str, ...]) -> str:
    return shortened(clean_text(parts[0] if "/" in parts[0] else "/".join(parts)), 200)


def _by_student(members: Iterable[Member]) -> dict[str, list[Member]]:
    """Files by the label of the student, in the order of the labels."""
    students: dict[str, list[Member]] = {}
    for member in sorted(members, key=lambda member: member.parts):
        if any(_LEFT_BEHIND.match(part) for part in member.parts):
            continue
        label = member.parts[0] if len(member.parts) > 1 else splitext(member.parts[0])[0]
        moodle = _MOODLE.fullmatch(label)
        students.setdefault(moodle[1] if moodle else label, []).append(member)
    return dict(sorted(students.items()))


def _files(folder: Path, inside: tuple[str, ...] = ()) -> Iterator[Member]:
    """All files of a folder; links are named, not followed."""
    count = 0
    waiting: list[tuple[Path, tuple[str, ...]]] = [(folder, inside)]
    while waiting:
        place, parts = waiting.pop()
        with os.scandir(place) as entries:
            for entry in entries:
                count += 1
                if count > MOST_FILES:
                    raise refused(f"there are more than {MOST_FILES:,} files in it.", code="T704")
                here = (*parts, entry.name)
                if entry.is_dir(follow_symlinks=False):
                    if len(here) > DEEPEST:
                        raise refused(f"its folders are more than {DEEPEST} deep.", code="T704")
                    waiting.append((Path(entry.path), here))
                else:
                    yield Member(here, _reader(Path(entry.path), entry.is_symlink()))


def _reader(path: Path, link: bool) -> Callable[[], bytes]:
    def content() -> bytes:
        if link:
            raise refused("this is a link to another place.", "Expected a file.", code="T701")
        return file_content(path)

    return content


def _without_outer_folder(members: list[Member]) -> list[Member]:
    """The files of an archive in which everything lies in one folder: that folder is the class, unless it holds a
    single sheet and so is a student's."""
    kept = [member for member in members if not any(_LEFT_BEHIND.match(part) for part in member.parts)]
    while kept and len({member.parts[0] for member in kept}) == 1 and all(len(member.parts) > 1 for member in kept):
        if sum(_ending(member) in FORMATS for member in kept) < 2:
            break
        kept = [Member(member.parts[1:], member.content) for member in kept]
    return kept

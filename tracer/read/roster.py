"""The list of a class into labels of students: a name or an id on each line, or a CSV file with a heading."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from tracer.errors import TracerError, clean_text, shortened
from tracer.read.handed_in import Form, SheetError, decoded, file_content, most_certain, says_who

MOST_STUDENTS, LONGEST_LABEL = 5_000, 100
#: headings that are only half of a name, and are put together
_HALVES = ("first name", "last name", "surname")
#: headings of what a person is called
_NAMES = ("name", "student", "full name", *_HALVES)


def read_roster(path: str | Path) -> dict[str, str]:
    """A file to the labels of its students, in its order, and the name of each where the label is another column (""
    where it is not). A first line of headings (name, id, e-mail ...) says which column is the label; without it all
    cells of a line are.

    Raises TracerError T701 for a file that cannot be read, T706 for one without students or with one of them twice.
    """
    path = Path(path)
    where = shortened(path.name, 200)
    try:
        text = decoded(file_content(path), Form())  # also the code of Windows, in which spreadsheets save
    except SheetError as error:
        raise error.at(where) from None
    return roster(text, where)


def roster(text: str, where: str = "roster") -> dict[str, str]:
    """The text of a roster to its labels, with names.

    >>> roster("id;name\\n17;Anna\\n18;Ben\\n"), roster("Müller, Anna\\nBen\\n")
    ({'17': 'Anna', '18': 'Ben'}, {'Müller, Anna': '', 'Ben': ''})
    """
    lines = text.split("\n")
    first = next((line for line in lines if line.strip()), "")
    sign = next((sign for sign in "\t;," if sign in first), ",")
    try:
        rows = [(number, row) for number, row in _rows(lines, sign) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise _refused(where, f"it cannot be read as a table: {error}.") from None
    columns: tuple[int, ...] = ()
    names: tuple[int, ...] = ()
    by_name = True
    if rows and _is_heading(rows[0][1]):
        head = rows.pop(0)[1]
        columns = _columns(head)
        by_name = all(_tidy(head)[place] in _NAMES for place in columns)
        names = tuple(place for place, word in enumerate(_tidy(head)) if word in _NAMES and place not in columns)
    if not rows:
        raise _refused(where, "there are no students in it.", "Expected a name or an id on each line.")
    if len(rows) > MOST_STUDENTS:
        raise _refused(where, f"there are {len(rows):,} students.", f"Expected at most {MOST_STUDENTS:,}.")
    found: dict[str, int] = {}
    made: dict[str, str] = {}
    for number, row in rows:
        label = _label(row, columns)
        if not label:
            raise _refused(f"{where}, line {number}", "there is no name here.", "Expected one, or an empty line.")
        if label in found:
            said = f"'{shortened(label)}' stands in line {found[label]} already."
            remedy = "Put an id beside the name." if by_name else "Each student needs an id of their own."
            raise _refused(f"{where}, line {number}", said, "Expected every student once.", remedy)
        found[label] = number
        made[label] = _label(row, names) if names else ""
    return made


def _rows(lines: Sequence[str], sign: str) -> list[tuple[int, list[str]]]:
    made = []
    reader = csv.reader(lines, delimiter=sign)
    for row in reader:
        made.append((reader.line_num, row))
    return made


def _is_heading(row: Sequence[str]) -> bool:
    """Whether a first line names columns: all of its cells that are known words, or one of several."""
    known = [says_who(cell) for cell in row if cell.strip()]
    return all(known) or (len(known) > 1 and any(known))


def _columns(head: Sequence[str]) -> tuple[int, ...]:
    best = most_certain(head)
    assert best is not None
    tidy = _tidy(head)
    return tuple(place for place, word in enumerate(tidy) if word in _HALVES) if tidy[best] in _HALVES else (best,)


def _tidy(head: Sequence[str]) -> list[str]:
    return [cell.strip(" *`:\"'").lower() for cell in head]


def _label(row: Sequence[str], columns: tuple[int, ...]) -> str:
    cells = [row[place] for place in columns if place < len(row)] if columns else list(row)
    told = (" " if columns else ", ").join(filter(None, (" ".join(clean_text(cell).split()) for cell in cells)))
    return shortened(told, LONGEST_LABEL)


def _refused(where: str, found: str, expected: str = "", remedy: str = "") -> TracerError:
    return TracerError("T706", where, found, expected, remedy)

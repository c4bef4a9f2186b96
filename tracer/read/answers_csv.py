"""Answers as a table of text: a line for each answer, or a line for each student.

    name,value             student;z1;a1;E            student,name,value       z1,a1,E
    z1,0.59                anna;0,59;0,643;0,12       anna,z1,0.59             0.59,0.643,0.12
    "w1[1,2]",0.1497       ben;0,59;0,64;             ben,z1,0.6

A line `student,Anna` in the first form says who it is. The separator is a semicolon, a tab or a comma, told by the
first line; the first form needs no heading, and the last is one student's. A number with a decimal comma needs quotes
where the separator is a comma; a name like w1[1,2] does not.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from tracer.errors import shortened
from tracer.read.handed_in import MOST_ANSWERS, Form, decoded, most_certain, refused, says_who, tidy_name

NAME = ("name", "quantity", "symbol", "variable", "grösse", "größe")
VALUE = ("value", "your value", "answer", "your answer", "result", "wert", "ihr wert", "dein wert", "ergebnis")
PERSON = ("full name", "name", "first name", "last name", "surname")
_SIGNS = {"\t": "tab", ";": "semicolon", ",": "comma"}
Row = tuple[int, Sequence[str]]
_NAMED, _NUMBERED = re.compile(r"[\"`$]*[^\W\d]|[\"`$]*\\"), re.compile(r"[\"`$]*[-+\u2212]?[.,]?[0-9]")
COMMA = "is several cells; write a point, put the number in quotes, or put semicolons between cells"


def csv_forms(content: bytes) -> Iterator[Form]:
    """A CSV file into sheets, one after another. Raises T701 and T702."""
    form = Form()
    text = decoded(content, form)
    separator, rows = _rows(text)
    first = next(rows, None)
    if first is None:
        raise refused("the file is empty.", "Expected lines like  z1,0.59")
    head = [cell.strip().strip('"').strip().lower() for cell in first[1]]
    value = next((head.index(word) for word in VALUE if word in head), None)
    name = next((head.index(word) for word in NAME if word in head), None)
    if value is not None and name is not None:
        student = most_certain("" if place in (name, value) else word for place, word in enumerate(head))
        return _a_line_for_each_answer(rows, form, separator, name, value, student)
    who = most_certain(head)
    if who is not None and (len(head) > 2 or head[0] not in ("student", "name")):  # student,Anna says who it is
        return _a_line_for_each_student(rows, [tidy_name(cell) for cell in first[1]], who, form)
    second = next(rows, None)
    if _names_stand_in_line(first, second):
        return iter([_one_line(first, second, rows, form)])
    return _a_line_for_each_answer(_again(first, _again(second, rows)), form, separator, 0, 1, None)


def _names_stand_in_line(first: Row, second: Row | None) -> bool:
    """Whether the names stand side by side and the values under them: no number above, one below."""
    if second is None or len(first[1]) < 2 or not all(_NAMED.match(cell.strip()) for cell in first[1]):
        return False
    return _NUMBERED.match(next(filter(None, map(str.strip, second[1])), "")) is not None


def _one_line(first: Row, second: Row | None, rows: Iterator[Row], form: Form) -> Form:
    """One line of values, whose student nothing says; of several lines nobody knows whose they are."""
    more = next(rows, None)
    if second is None or more is not None:
        found = "there are several lines of values, and no column says whose they are."
        form.error = refused(found, "Expected a column with the heading student.", more[0] if more else 0)
    elif any(cell.strip() for cell in second[1][len(first[1]) :]):
        found = f"there are {len(second[1])} cells, but {len(first[1])} headings."
        form.error = refused(found, "A number with a comma stands in quotes.", second[0])
    else:
        form.cells = [(name, text, second[0]) for name, text in zip(first[1], second[1], strict=False)]
    return form


def _again(first: Row | None, rows: Iterator[Row]) -> Iterator[Row]:
    if first is not None:
        yield first
    yield from rows


def _rows(text: str) -> tuple[str, Iterator[Row]]:
    """The separator, and the rows that are not empty with their line numbers."""
    lines = text.split("\n")
    start = next((place for place, line in enumerate(lines) if line.strip()), 0)
    first = lines[start]
    if first.lower().startswith("sep=") and first[4:] in _SIGNS:  # a line for spreadsheets
        separator, start = first[4], start + 1
    else:
        separator = next((sign for sign in _SIGNS if sign in first), "")
    if not separator and first.strip():
        found = f"there is no comma, semicolon or tab in '{shortened(first)}'."
        raise refused(found, "Expected lines like  z1,0.59", start + 1)
    if '"' in text:
        return separator, _quoted_rows(lines, start, separator)
    return separator, _plain_rows(lines, start, separator)


def _plain_rows(lines: list[str], start: int, separator: str) -> Iterator[Row]:
    for number in range(start, len(lines)):
        line = lines[number]
        if line and not line.isspace():
            cells = line.split(separator, MOST_ANSWERS)
            yield number + 1, _rejoined(cells, separator, number + 1) if "[" in line or len(cells) > 100 else cells


def _quoted_rows(lines: list[str], start: int, separator: str) -> Iterator[Row]:
    reader = csv.reader(
        (line + "\n" for line in lines[start:]), delimiter=separator, strict=True, skipinitialspace=True
    )
    number = start + 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield number, _rejoined(cells, separator, number)
            number = start + reader.line_num + 1
    except csv.Error as problem:
        raise refused(f"the quotes or the length of a cell are wrong: {problem}.", line=number) from None


def _rejoined(cells: list[str], separator: str, line: int) -> list[str]:
    """The cells of a row; a name that a comma in its brackets has cut is whole again."""
    if len(cells) > MOST_ANSWERS:
        raise refused("there are too many cells.", f"Expected at most {MOST_ANSWERS:,} in a line.", line)
    if separator != "," or not any("[" in cell for cell in cells):
        return cells
    whole: list[str] = []
    for cell in cells:
        if whole and whole[-1].rfind("[") > whole[-1].rfind("]") and len(whole[-1]) < 40:
            whole[-1] += f",{cell}"
        else:
            whole.append(cell)
    return whole


def _a_line_for_each_answer(
    rows: Iterator[Row], first: Form, separator: str, name: int, value: int, student: int | None
) -> Iterator[Form]:
    needed = max(name, value) + 1
    last = max(name, value, student or 0) + 1
    forms: dict[str, Form] = {}
    form = first
    for line, cells in rows:
        if len(cells) < needed:
            form.leave_out(
                line, separator.join(cells), f"has no {_SIGNS[separator]}" if len(cells) == 1 else "has no value"
            )
            continue
        if student is not None:
            who = cells[student].strip() if student < len(cells) else ""
            if who not in forms:
                forms[who] = Form(who, problems=list(first.problems))
            form = forms[who]
        text = cells[value]
        if len(cells) > last and any(cell.strip() for cell in cells[last:]):
            text = _with_the_rest(form, line, text, [cell.strip() for cell in cells[last:]], separator)
        if student is None and says_who(cells[name]):
            form.student = form.student or text.strip()
            continue
        form.cells.append((cells[name], text, line))
    if student is None:
        yield form
    for who, form in forms.items():
        if not who:
            form.error = refused("there is no student in this line.", line=form.cells[0][2] if form.cells else 0)
        yield form


def _with_the_rest(form: Form, line: int, text: str, rest: list[str], separator: str) -> str:
    """A value in a row with too many cells: not read if the comma may be its decimal comma."""
    said = separator.join(filter(None, rest))
    if any(cell[:1].isdigit() for cell in rest):
        form.leave_out(line, f"{text}{separator}{said}", COMMA)
        return f"{text} {separator} {said}"
    form.leave_out(line, said, "is left out")
    return text


def _a_line_for_each_student(rows: Iterator[Row], head: list[str], who: int, first: Form) -> Iterator[Form]:
    names = [(place, name) for place, name in enumerate(head) if name and not says_who(name)]
    #: the columns that say more of the person: the name beside an id
    called = [place for place, name in enumerate(head) if place != who and name.strip(" *`:\"'").lower() in PERSON]
    students: dict[str, list[Row]] = {}
    for line, cells in rows:
        if any(cell.strip() for cell in cells):
            students.setdefault(cells[who].strip() if who < len(cells) else "", []).append((line, cells))
    for student, lines in students.items():
        line, cells = lines[0]
        form = Form(student, problems=list(first.problems))
        if not student:
            form.error = refused("there is no student in this line.", line=line)
        elif len(lines) > 1:
            others = ", ".join(str(other) for other, _ in lines[1:4])
            form.error = refused(f"this student stands in line {others} too; nobody knows which counts.", line=line)
        elif any(cell.strip() for cell in cells[len(head) :]):
            found = f"there are {len(cells)} cells, but {len(head)} headings."
            form.error = refused(found, "A number with a comma stands in quotes.", line)
        else:
            form.cells = [(name, cells[place], line) for place, name in names if place < len(cells)]
            form.name = " ".join(filter(None, (cells[place].strip() for place in called if place < len(cells))))
        yield form

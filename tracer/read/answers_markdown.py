"""The filled-in worksheet in Markdown: tables with a column of names and a column for the student's values.

    Name: Anna

    | name      | what                   | your value |
    |-----------|------------------------|------------|
    | `z1`      | net input of unit 1    | 0.59       |

The columns are found by their headings: "name" (or quantity, symbol), and "your value" (or value, answer, result). A
table without these two is passed over, as is everything between fences. The student is named by a line `Name: ...` or
`Student: ...` before the first table, or by the same in a heading between `---`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracer.read.answers_csv import NAME, VALUE
from tracer.read.handed_in import Form, decoded, refused

_RULE = re.compile(r"\|?(?: *:?-+:? *\|)+(?: *:?-+:? *)?|\|? *:?-+:? *\|?")
_WHO = re.compile(r"(?:#+ *|> *|[-*] +)?[*_]{0,2}(?:student|name)(?: *:[*_]{0,2}|[*_]{0,2} *:) *(.*)", re.IGNORECASE)
_CODE = re.compile(r"`+ *([^`]+?) *`+")


def markdown_forms(content: bytes) -> Iterator[Form]:
    """A worksheet in Markdown into one sheet. Raises T701, and T702 where it has no table of answers."""
    form = Form()
    read_tables(decoded(content, form), form)
    if not form.cells:
        raise refused("there is no table with answers.", 'Expected a table with the columns "name" and "your value".')
    yield form


def read_tables(text: str, form: Form, start: int = 1) -> None:
    """The tables of a page into the cells of a form."""
    fence = ""
    columns: tuple[int, int] | None = None  # of the table at hand: names, values
    before = ""
    for number, line in enumerate(text.split("\n"), start):
        line = line.strip()
        if fence or line.startswith(("```", "~~~")):
            if not fence:
                fence = line[:3]
            elif line.startswith(fence):
                fence = ""
            before, columns = "", None
            continue
        if "|" not in line:
            columns = None
            if not form.cells and not form.student and (who := _WHO.fullmatch(line)):
                form.student = who[1].strip(" *_.")
        elif columns is not None:
            _add_row(form, columns, line, number)
        elif _RULE.fullmatch(line):
            columns = _columns(before)
        before = line


def _cells(line: str) -> list[str]:
    """The cells of a row; a bar with a backslash, and one in code, belongs to its cell."""
    line = line.removeprefix("|").removesuffix("|") if not line.endswith("\\|") else line.removeprefix("|")
    if "\\|" in line or "`" in line:
        line = re.sub(r"`[^`]*`", lambda code: code[0].replace("|", "\0"), line.replace("\\|", "\0"))
        return [cell.replace("\0", "|").strip() for cell in line.split("|")]
    return [cell.strip() for cell in line.split("|")]


def _columns(heading: str) -> tuple[int, int] | None:
    head = [cell.strip(" *_`").lower() for cell in _cells(heading)] if "|" in heading else []
    name = next((head.index(word) for word in NAME if word in head), None)
    value = next((head.index(word) for word in ("your value", "your answer", *VALUE) if word in head), None)
    return None if name is None or value is None else (name, value)


def _add_row(form: Form, columns: tuple[int, int], line: str, number: int) -> None:
    cells = _cells(line)
    if len(cells) <= max(columns):
        if any(cells):
            form.leave_out(number, line, "has too few cells")
        return
    name = cells[columns[0]]
    code = _CODE.search(name)
    name = code[1] if code else name.strip("*")
    if name:
        form.cells.append((name, cells[columns[1]].strip("_ "), number))  # a line to write on may be left beside it
    elif cells[columns[1]]:
        form.leave_out(number, line, "has no name")

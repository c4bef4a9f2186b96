"""Answers in a notebook, which is never run: the cells with the tag `answers`, as they were saved.

A Markdown cell is read as a worksheet (tables). Of a code cell the saved text output is read, where it has lines
`name = value`; else its source, where only such lines count: what would have to be computed is no answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from tracer.read.answers_json import Pairs, read_json
from tracer.read.answers_lines import read_lines
from tracer.read.answers_markdown import read_tables
from tracer.read.handed_in import LARGEST_SHEET, Form, check_size, decoded, refused

TAG = "answers"


def notebook_forms(content: bytes) -> Iterator[Form]:
    """A notebook into one sheet. Raises T701 and T702."""
    check_size(len(content), LARGEST_SHEET)
    data = read_json(decoded(content))
    cells = _get(data, "cells")
    if not isinstance(cells, list):
        raise refused("this is no notebook: it has no list of cells.")
    form = Form()
    tagged = [cell for cell in cells if TAG in _tags(cell)]
    if not tagged:
        raise refused(f"no cell has the tag '{TAG}'.", f"Give the tag '{TAG}' to the cells with the answers.")
    for cell in tagged:
        source = _text(_get(cell, "source"))
        if _get(cell, "cell_type") == "code":
            _read_code(cell, source, form)
        else:
            before = len(form.cells)
            read_tables(source, form)
            if len(form.cells) == before:
                read_lines(source, form)
    yield form


def _read_code(cell: object, source: str, form: Form) -> None:
    printed = Form()
    outputs = _get(cell, "outputs")
    for output in outputs if isinstance(outputs, list) else ():
        read_lines(_text(_get(output, "text")) or _text(_get(_get(output, "data"), "text/plain")), printed)
    if printed.cells:
        form.cells += printed.cells
        form.student = form.student or printed.student
        for problem in printed.problems:
            form.problems.append(problem)
    else:
        read_lines(source, form)


def _get(item: object, name: str) -> object:
    """The value of a name in an object, the last one as every reader takes it; None where there is none."""
    return next((value for key, value in reversed(item) if key == name), None) if isinstance(item, Pairs) else None


def _tags(cell: object) -> list[object]:
    tags = _get(_get(cell, "metadata"), "tags")
    return tags if isinstance(tags, list) else []


def _text(value: object) -> str:
    """The text of a source or output, which may be a list of lines."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""

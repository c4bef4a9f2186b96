"""Answers as JSON; numbers are kept as they are written, since 0.50 says more than 0.5.

{"student": "anna", "answers": {"z1": 0.59, "w1[1,2]": "0,1497"}}        or a list of these
{"z1": 0.59, "a1": [0.643, 0.5], "w1": [[0.1, 0.2], [0.3, 0.4]]}
[{"name": "z1", "value": 0.59}, {"name": "a1[1]", "value": 0.643}]
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tracer.read.handed_in import LARGEST_SHEET, Form, check_size, decoded, refused, says_who


class Pairs(tuple[tuple[str, object], ...]):
    """An object as it is written: a name may come twice."""

    __slots__ = ()


def json_forms(content: bytes) -> Iterator[Form]:
    """A JSON file into sheets. Raises T701 and T702."""
    check_size(len(content), LARGEST_SHEET)
    data = read_json(decoded(content))
    if isinstance(data, list) and data and all(map(_is_a_row, data)):
        data = Pairs((str(row["name"]), row["value"]) for row in map(dict, data))
    for item in data if isinstance(data, list) else [data]:
        yield _form(item)


def _is_a_row(item: object) -> bool:
    """Whether an object is one answer: {"name": "z1", "value": 0.59}."""
    return isinstance(item, Pairs) and {"name", "value"} == {key for key, _ in item}


def read_json(text: str) -> object:
    """JSON with numbers as text and objects as pairs. Raises T702; NaN and Infinity stay words."""
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=Pairs)
    except RecursionError:
        raise refused("brackets are nested too deep.") from None
    except json.JSONDecodeError as problem:
        raise refused(f"this is not JSON: {problem.msg}.", line=problem.lineno) from None


def _form(item: object) -> Form:
    form = Form()
    if not isinstance(item, Pairs):
        form.error = refused("this is no object with names and values.", 'Expected  {"z1": 0.59, ...}')
        return form
    inner = [value for name, value in item if name == "answers"]
    if len(inner) > 1 or (inner and not isinstance(inner[0], Pairs)):
        form.error = refused("'answers' is not one object with names and values.", 'Expected  {"z1": 0.59, ...}')
        return form
    for name, value in item:
        if name == "answers":
            continue
        if (says_who(name) if inner else name.lower() == "student") and isinstance(value, str):
            form.student = form.student or value
        elif inner:
            form.leave_out(0, name, "is left out; answers stand in 'answers'")
        else:
            add_value(form, name, value)
    for name, value in inner[0] if inner and isinstance(inner[0], Pairs) else ():
        add_value(form, name, value)
    return form


def _elements(value: object) -> Iterator[tuple[str, object]]:
    """The elements of a list of numbers, or of a list of such lists, with their places from 1; none for anything else.

    >>> list(_elements([["0.1", "0.2"], ["0.3", "0.4"]]))[1:3]
    [('1,2', '0.2'), ('2,1', '0.3')]
    """
    if not isinstance(value, list):
        return
    if value and all(isinstance(one, list) and one for one in value):
        rows = [list(_elements(one)) for one in value]
        if all(places.isdigit() for row in rows for places, _ in row) and all(rows):
            for first, row in enumerate(rows, 1):
                yield from ((f"{first},{places}", element) for places, element in row)
    elif not any(isinstance(one, list | dict | Pairs) for one in value):
        yield from ((str(place), element) for place, element in enumerate(value, 1))


def add_value(form: Form, name: str, value: object, line: int = 0) -> None:
    """One name and its value into a form: text and null as they are, anything else as something unreadable."""
    if elements := list(_elements(value)):
        for places, element in elements:
            form.arrays[f"{name}[{places}]"] = name
            add_value(form, f"{name}[{places}]", element, line)
        return
    if value is None:
        value = ""
    elif isinstance(value, list | dict | Pairs):
        form.leave_out(line, name, "has several values; write one value for each name")
        value = "[several values]"
    form.cells.append((name, value if isinstance(value, str) else str(value).lower(), line))

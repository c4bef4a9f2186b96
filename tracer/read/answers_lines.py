"""Answers as lines `name = value`: in a text file, a TOML file, or a notebook.

    student = "Anna"
    [answers]
    z1 = 0.59          # a remark
    w1[1,2] = 0,1497

What stands behind the sign is kept as it is written. TOML that is more than such lines is read as TOML.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from tracer.errors import shortened
from tracer.read.answers_json import add_value
from tracer.read.handed_in import Form, check_size, decoded, refused, says_who

#: characters that Python's reader of TOML gets: a name of n parts costs it n*n, in time and in memory
LARGEST_TOML = 10_000
_NAME = re.compile(r"(?:[^\W\d]|[\\∂∇])[^=≈#\"]{0,99}")
_SECTION = re.compile(r"\[ *([A-Za-z_]+) *\]")
#: numbers that TOML reads and a person at school does not
_OTHER_NUMBERS = re.compile(r"[=,\[]\s*[+-]?(?:0[xob]|[0-9]+_)")


def text_forms(content: bytes) -> Iterator[Form]:
    """A text file into one sheet. Raises T701, and T702 where no line is an answer."""
    form = Form()
    read_lines(decoded(content, form), form)
    if not form.cells:
        raise refused("there is no line with an answer.", "Expected lines like  z1 = 0.59")
    yield form


def toml_forms(content: bytes) -> Iterator[Form]:
    """A TOML file into one sheet. Raises T701 and T702."""
    form = Form()
    text = decoded(content, form)
    if read_lines(text, form) and not form.problems:
        yield form
        return
    check_size(len(text), LARGEST_TOML)
    if _OTHER_NUMBERS.search(text):
        raise refused("a number is written with 0x, 0o, 0b or _.", "Expected decimal numbers.")
    try:
        data = tomllib.loads(text, parse_float=str)
    except RecursionError:
        raise refused("brackets are nested too deep.") from None
    except ValueError as problem:  # also for whole numbers with thousands of digits
        place = re.search(r"\(at line (\d+)", str(problem))
        said = shortened(str(problem).partition(" (at ")[0], 80)
        if form.cells:  # lines of answers, and others
            yield form
            return
        raise refused(
            f"this is neither TOML nor lines of answers: {said}.", line=int(place[1]) if place else 0
        ) from None
    yield _from_tables(data)


def _from_tables(data: dict[str, object]) -> Form:
    form = Form()
    inner = data.get("answers")
    for name, value in data.items():
        if isinstance(value, str) and (says_who(name) if isinstance(inner, dict) else name.lower() == "student"):
            form.student = form.student or value
        elif not isinstance(inner, dict):
            add_value(form, name, value)
        elif name != "answers":
            form.leave_out(0, name, "is left out; answers stand in [answers]")
    for name, value in inner.items() if isinstance(inner, dict) else ():
        add_value(form, name, value)
    return form


def read_lines(text: str, form: Form, start: int = 1) -> bool:
    """Lines into the cells of a form; whether they all are answers, remarks or headings.

    >>> form = Form()
    >>> read_lines("z1 = 0.50  # rounded", form), form.cells
    (True, [('z1', '0.50', 1)])
    """
    simple = True
    inside = ""
    for number, line in enumerate(text.split("\n"), start):
        line = line.strip()
        if not line or line[0] == "#":
            continue
        if section := _SECTION.fullmatch(line):
            inside = section[1].lower()
            continue
        name, sign, value = _parts(line)
        if not sign or not _NAME.fullmatch(name) or inside not in ("", "answers", "student"):
            form.leave_out(number, line, "is no answer like  z1 = 0.59")
            continue
        if value.startswith(("[", "{", '"""', "'''")):
            simple = False
        if inside == "student" or name.lower() in ("student", "student id", "student name"):
            form.student = form.student or value.strip(" *_")  # what is left of a line to write on
        else:
            form.cells.append((name, value, number))
    return simple


def _parts(line: str) -> tuple[str, str, str]:
    """The name, the sign and the value of a line, without a remark behind it and without quotes."""
    if line[0] in "\"'" and line.find(line[0], 1) > 0:
        name, _, rest = line[1:].partition(line[0])
        rest = rest.lstrip()
        sign, value = rest[:1], rest[1:]
    else:
        places = [at for at in map(line.find, "=≈:") if at > 0]
        at = min(places) if places else len(line)
        name, sign, value = line[:at], line[at : at + 1], line[at + 1 :]
    value = value.strip()
    if value[:1] in ("'", '"') and (end := value.find(value[0], 1)) > 0:
        rest = value[end + 1 :].strip()
        if not rest or rest[0] == "#":
            return name.strip(), sign if sign in "=≈:" else "", value[1:end]
    at = value.find("#")
    return name.strip(), sign if sign in "=≈:" else "", (value if at < 0 else value[:at]).strip()

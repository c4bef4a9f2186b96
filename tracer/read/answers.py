"""Files of answers into sheets: one file at a time, each answer a number, a formula, or unreadable with its reason.

Names stay as the student typed them; `resolved.py` tells which quantities they mean. `class_of_sheets.py` reads the
sheets of a class. What a file looks like is said in answers_csv.py and its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from os.path import splitext
from pathlib import Path

from tracer.calculus.expression import names
from tracer.errors import clean_text, shortened
from tracer.read.answers_csv import csv_forms
from tracer.read.answers_json import json_forms
from tracer.read.answers_lines import text_forms, toml_forms
from tracer.read.answers_markdown import markdown_forms
from tracer.read.answers_notebook import notebook_forms
from tracer.read.handed_in import LARGEST_CLASS_FILE as LARGEST
from tracer.read.handed_in import MOST_ANSWERS, Form, SheetError, check_size, file_content, refused, tidy_name
from tracer.read.not_a_number import ANYTHING, CALCULATION
from tracer.read.number import AMBIGUOUS, Unreadable, Written, read_number
from tracer.read.typed_answer import Typed, read_typed_answer

Answer = Written | Unreadable | Typed

#: endings of what people hand in, and has to be saved as something else
SPREADSHEETS = (".xlsx", ".xls", ".ods", ".numbers")
CLASS = "For a whole class there is  tracer grade PROBLEM FOLDER -o report"
#: endings of files, and what reads them
FORMATS: dict[str, Callable[[bytes], Iterator[Form]]] = {
    ".csv": csv_forms,
    ".tsv": csv_forms,
    ".json": json_forms,
    ".toml": toml_forms,
    ".txt": text_forms,
    ".md": markdown_forms,
    ".markdown": markdown_forms,
    ".ipynb": notebook_forms,
}


@dataclass(frozen=True)
class Sheet:
    """One student's answers by the names that were typed; what was left blank is not among them.

    `student` is a label and never a path, `name` what the student is called besides; `signed` is what the sheet itself
    says, where that is something else. `remarks` are sentences for the teacher about whose sheet it is.
    `problems` are sentences about what was not read. `arrays`: the name of the array that an answer stood in, where
    it did; its elements are counted from 1.
    """

    student: str
    source: str
    answers: Mapping[str, Answer]
    problems: tuple[str, ...] = ()
    signed: str = ""
    arrays: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class BadSheet:
    """A sheet that cannot be read, the line (0: none in particular) and the reason."""

    student: str
    source: str
    line: int
    reason: str
    name: str = ""


def read_sheet(path: str | Path, decimal: str = "") -> Sheet:
    """A file into the one sheet in it. `decimal` is the decimal sign, "." or ",", where it is known.

    Raises TracerError T701 for a file that cannot be read or is too large, T702 for one whose form is not understood or
    that holds several sheets, T703 for a kind of file that is not read.
    """
    path = Path(path)
    source = shortened(path.name, 200)
    try:
        if path.is_dir():
            raise refused("this is a folder.", "Expected the file of one student.", code="T701", remedy=CLASS)
        found = list(sheets_in(source, file_content(path), "", decimal))
        if len(found) != 1:
            raise refused(f"there are the answers of {len(found)} students.", "Expected one sheet.", remedy=CLASS)
        if isinstance(found[0], BadSheet):
            raise refused(found[0].reason, line=found[0].line)
    except SheetError as error:
        raise error.at(source) from None
    return found[0]


def sheets_in(source: str, content: bytes, student: str = "", decimal: str = "") -> Iterator[Sheet | BadSheet]:
    """The content of a file into its sheets; `source` is its name, `student` who it is from, where that is known.

    Raises SheetError (T701 to T703) where nothing in the file can be read; else what cannot is a `BadSheet`.
    """
    stem, ending = splitext(source)
    ending = ending.lower()
    if ending not in FORMATS:
        known = ", ".join(FORMATS)
        remedy = "Save the table as CSV." if ending in SPREADSHEETS else ""
        found = f"files ending in '{shortened(ending, 20)}' are not read." if ending else "its name has no ending."
        raise refused(found, f"Known: {known}.", code="T703", remedy=remedy)
    check_size(len(content), LARGEST)
    for form in FORMATS[ending](content):
        signed = shortened(clean_text(form.student.strip()), 100) if form.student else ""
        label = student or signed or stem
        if form.error is not None:
            error = form.error
            yield BadSheet(label, source, error.line, " ".join(filter(None, (error.found, error.expected))))
        else:
            yield _sheet(form, label, source, decimal, signed if signed != label else "")


def _sheet(form: Form, student: str, source: str, decimal: str, signed: str) -> Sheet | BadSheet:
    if len(form.cells) > MOST_ANSWERS:
        return BadSheet(student, source, 0, f"there are more than {MOST_ANSWERS:,} answers.")
    answers: dict[str, Answer] = {}
    problems = form.problems
    unclear = False
    for name, text, line in form.cells:
        number = read_number(text, decimal)
        if number is None:
            continue
        name = tidy_name(name)
        if not name:
            form.leave_out(line, text, "has no name")
            continue
        answer: Answer = number
        if isinstance(number, Unreadable):
            answer = _formula(text, number)
            unclear = unclear or number.reason.startswith(AMBIGUOUS)
        elif number.label and _bare(number.label) != _bare(name):
            form.leave_out(line, text, f"stands at {shortened(name)}, but names another")
        if name in answers and answers[name] != answer:
            answer = Unreadable(f"{answers[name].text} | {answer.text}"[:200], "answered twice, differently")
        answers[name] = answer
    if unclear and not decimal and (mark := _decimal_of(answers)):
        again = {
            name: read_answer(answer.text, mark) or answer
            for name, answer in answers.items()
            if isinstance(answer, Unreadable) and answer.reason.startswith(AMBIGUOUS)
        }
        answers |= again
    named = shortened(clean_text(form.name.strip()), 100) if form.name else ""
    return Sheet(student, source, answers, tuple(problems), signed, form.arrays, named)


def read_answer(text: str, decimal: str = "") -> Answer | None:
    """What stands in a cell into a number, or else a formula with names in it; None for a blank.

    >>> read_answer("(a1 - t)*x1").text
    '(a1 - t)*x1'
    >>> read_answer("0.1-0.9").reason
    'a range or a difference; write one number'
    """
    answer = read_number(text, decimal)
    return _formula(text, answer) if isinstance(answer, Unreadable) else answer


def _formula(text: str, number: Unreadable) -> Answer:
    """A text that is no number: a formula, if there is a sign of calculation and a name in it; else the reason."""
    if not any(map(text.__contains__, "+-*/^(\u00b7\u2212\\")):
        return number
    typed = read_typed_answer(text)
    clear = number.reason not in ANYTHING  # what is known of it as a number says more
    if isinstance(typed, Unreadable):
        return number if clear else Unreadable(number.text, f"as a formula: {typed.reason}")
    found = names(typed.expression)
    if not found:
        return number if clear else Unreadable(number.text, CALCULATION)
    return number if {"nan", "inf", "infinity"} & set(map(str.lower, found)) else typed


def _decimal_of(answers: Mapping[str, Answer]) -> str:
    """The decimal sign that the clear numbers of a sheet use, "" where they use both or none."""
    texts = [answer.text for answer in answers.values() if isinstance(answer, Written)]
    point, comma = any("." in text for text in texts), any("," in text for text in texts)
    return "" if point == comma else "." if point else ","


def _bare(name: str) -> str:
    """A name without signs, to see whether two are the same."""
    return "".join(filter(str.isalnum, name)).lower()

"""A problem to a worksheet with blanks, in any format of pages, and to its answer key: a page and a file of answers."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from tracer.check.checking import Plan, plan
from tracer.check.habits import Asked
from tracer.check.shown import Shows, shows
from tracer.check.worksheet import (
    Row,
    Section,
    Wire,
    asked_digits,
    asked_for,
    check_size,
    digits_told,
    names_of,
    sections,
    typed_name,
    wires,
)
from tracer.errors import TracerError
from tracer.explain.lesson import Lesson
from tracer.explain.names import with_names
from tracer.explain.notation import Notation, in_language, notation_for
from tracer.explain.numbers import digits_for
from tracer.explain.reading import Reading
from tracer.ops.catalogue import LOSSES, OPTIMIZERS
from tracer.publish.blanks import with_blanks
from tracer.publish.catalogue import complete, language_of
from tracer.publish.colour import in_colour
from tracer.publish.environment import told_by
from tracer.publish.files import readable
from tracer.publish.formats import WRITERS, format_of, write_page
from tracer.publish.pictures import as_data, as_files, draw, in_place, left_out, taken_back, write_pictures
from tracer.publish.story import read_story
from tracer.run.files import check_other_file, check_writable, write_pieces
from tracer.run.loading import load
from tracer.run.problem import Problem
from tracer.run.rounding import FULL_PRECISION
from tracer.run.trace import Trace
from tracer.run.trace_file import trace_of

SUCH_AS = "123456789"
FEW = 24  # parameters that are given one by one; more of them as matrices


@dataclass(frozen=True)
class SheetTold:
    """What the templates of a worksheet see beside the lesson: `digits` in words and a number with so many (`such_as`),
    the phases with their rows, how many rows there are, and the loss and the update in words; whether the given weights
    are few enough to be told one by one, and where they lead; the name of a row of the second example ("" where there
    is only one), and whether deltas are asked for."""

    sections: tuple[Section, ...]
    rows: int
    digits: str
    such_as: str
    loss: str
    update: str
    by_unit: bool
    wires: tuple[Wire, ...]
    second: str
    deltas: bool


@dataclass(frozen=True, eq=False)
class Worksheet:
    """One exercise: what is asked of a problem, with how many digits, where they are stated (`wanted`), and for which
    `student`."""

    trace: Trace
    notation: Notation
    checked: Plan
    wanted: Asked | None
    formulas: bool = False
    templates: Path | None = None
    student: str = ""

    @cached_property
    def table(self) -> Shows:
        """What the sheet can show of a student, and what it cannot."""
        return shows(self.checked, self.wanted, self._names, self.notation.language)

    @property
    def asked(self) -> Asked:
        """How many digits the sheet asks for."""
        return self.wanted or self.table.asked

    @cached_property
    def _names(self) -> dict[str, str]:
        reading, names = self._reading, names_of(self.trace.network, self.notation)
        return {one.address: typed_name(reading, names, one) for one in self.checked.asked}

    @cached_property
    def _reading(self) -> Reading:
        return Reading(with_names(self.trace, self.notation), self.notation, digits_for(self.trace.problem))

    @cached_property
    def lesson(self) -> Lesson:
        """The problem, told."""
        return Lesson(self.trace, self.notation, digits_for(self.trace.problem))

    @cached_property
    def told(self) -> SheetTold:
        """The sheet, told."""
        asked = self.checked.asked
        made = sections(self.lesson, self._reading, asked, self.asked, self.formulas)
        language, problem, sign = self.notation.language, self.trace.problem, self.notation.decimal
        zeros = "0.00" if self.asked.figures else "0."
        example = zeros + SUCH_AS[: self.asked.figures or self.asked.decimals]
        loss = LOSSES[problem.loss].says if isinstance(problem.loss, str) and problem.loss in LOSSES else ""
        update = OPTIMIZERS[problem.optimizer.name].says if problem.rate is not None else ""
        by_unit = not problem.bare and sum(one.size for one in self.trace.network.parameters.values()) <= FEW
        return SheetTold(
            made,
            sum(len(section.rows) for section in made),
            digits_told(self.asked, language),
            example.replace(".", sign),
            language.of(loss) if loss else "",
            language.of(update) if update else "",
            by_unit,
            wires(self.lesson, self._reading) if by_unit else (),
            self._second(made),
            any(self.trace.network.roles[one.name].base == "z" and one.name.startswith("delta") for one in asked),
        )

    def _second(self, made: Sequence[Section]) -> str:
        """The name of a number of the second example."""
        network = self.trace.network
        of_examples = {name for name, axes in network.axes.items() if axes and axes[0].axis == "n"}
        if network.extents.get("n", 1) < 2:
            return ""
        rows = (row for section in made for row in section.rows)
        return next((row.name for row, one in zip(rows, self.checked.asked, strict=True)
                     if one.name in of_examples and one.places[0] == 2), "")  # fmt: skip

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, in order."""
        return tuple(row for section in self.told.sections for row in section.rows)

    def page(self, format: str, key: bool = False, images: Path | None = None, beside: Path = Path("page")) -> Page:
        """The sheet or its key as the text of a page in a format, and the pictures that go into the folder `images`."""
        title = f"{'Answer key' if key else 'Worksheet'}: {self.lesson.title}"
        context: dict[str, Any] = {"lesson": self.lesson, "sheet": self.told, "student": self.student}
        if key:  # what the exercises of a class show stands in one table for all of them
            context["shows"] = None if self.student else self.table
        name = "key" if key else "sheet"
        tokens = in_colour(read_story(told_by(f"worksheet/{name}.md.j2", context, self.templates)), format)
        with_blanks(tokens)
        files: dict[Path, str] = {}
        if format == "latex":
            in_place(self.lesson, tokens)
        elif format in ("html", "stepper", "typst", "pdf"):
            draw(self.lesson, tokens)
        elif format == "notebook":
            as_data(self.lesson, tokens)
        elif images is not None:
            files = as_files(self.lesson, tokens, images, beside)
        else:
            tokens = left_out(tokens)
        language = self.notation.language
        text = WRITERS[format](tokens, title, language)
        complete(language)
        return Page(text, files)

    def key_table(self) -> str:
        """The key as the file of answers that `tracer check` reads."""
        return answers_table([(row.name, row.number.replace(",", ".")) for row in self.rows], self.student)


@dataclass(frozen=True)
class Page:
    """The text of a page, and the texts of the pictures beside it."""

    text: str
    files: Mapping[Path, str]


def answers_table(answers: Sequence[tuple[str, str]], student: str = "") -> str:
    """Names and numbers as a CSV file of answers.

    >>> answers_table([("w1[1,2]", "0.5")])
    'name,value\\n"w1[1,2]",0.5\\n'
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("name", "value"))
    if student:
        writer.writerow(("student", student))
    writer.writerows(answers)
    return text.getvalue()


def worksheet(
    problem: str | Path | Mapping[str, Any] | Problem,
    ask: Sequence[str] | None = None,
    digits: str = "",
    *,
    notation_name: str = "",
    decimal: str = "",
    formulas: bool = False,
    templates: str | Path | None = None,
    coloured: bool = False,
) -> Worksheet:
    """A problem to its worksheet. `ask` are names (`z`, `delta`, `w5_new`), None for all that a person would write
    down; `digits` as `4` or `4sf`, "" for the fewest with which the mistakes can be told apart.

    Raises TracerError as `load` does, T301 and T504 for what is asked, T402 for too much of it.

    >>> made = worksheet("mazur", ["E", "delta"], "5")
    >>> [row.name for row in made.rows], made.rows[0].number
    (['E_total', 'delta_o1', 'delta_o2', 'delta_h1', 'delta_h2'], '0.29837')
    """
    wanted = asked_digits(digits) if digits else None
    source = as_asked(problem if isinstance(problem, Problem) else load(problem))
    folder = None if templates is None else Path(templates)
    language = language_of(folder)
    how = in_language(
        notation_for(source, notation_name, decimal=decimal or language.decimal, coloured=coloured), language
    )
    trace = trace_of(source, steps=1)
    chosen = None
    if ask is not None:
        chosen = asked_for(trace.network, names_of(trace.network, how), ask)
        check_size(chosen)
    made = plan(source, chosen)
    check_size(made.asked)
    if not made.asked:
        raise TracerError("T504", source.where, "there is nothing to compute.")
    return Worksheet(trace, how, made, wanted, formulas, folder)


def as_asked(problem: Problem) -> Problem:
    """A problem without the mistakes and roundings that its file asks for: a key has the right numbers."""
    return replace(problem, deviations=(), arithmetic=FULL_PRECISION)


def worksheet_to(
    path: Path, made: Worksheet, format: str = "", key: Path | None = None, images: Path | None = None
) -> tuple[Path, ...]:
    """A sheet, its key, and the key as a file of answers, into files; all of them are there in the end, or none.

    The format follows from the suffix; a key has that of its own. Gives the files that were written.
    """
    key = key_beside(path) if key is None else key
    table = key.with_suffix(".csv")
    check_apart(path, key, table)
    chosen, chosen_key = format_of(path, format), format_of(key)
    sheet = made.page(chosen, images=images, beside=path)
    answers = made.page(chosen_key, key=True)
    for file in (path, key, table):
        check_writable(file)
    new = [file for file in (path, key, table) if not file.exists()]
    try:
        with taken_back(images or path.parent, sheet.files):
            if images is not None:
                write_pictures(images, dict(sheet.files))
            write_page(path, chosen, sheet.text)
            write_page(key, chosen_key, answers.text)
            write_pieces(table, [made.key_table().encode("utf-8")])
    except BaseException:
        for file in new:
            file.unlink(missing_ok=True)
        raise
    return (path, key, table, *sheet.files)


def key_beside(path: Path) -> Path:
    """Where the key of a sheet goes unless it is named: `mazur-key.md` beside `mazur.md`."""
    return path.with_name(f"{path.stem}-key{path.suffix}")


def check_apart(*paths: Path) -> None:
    """T501 for two outputs of one name."""
    for place, path in enumerate(paths):
        for other in paths[:place]:
            check_other_file(path, other)
            if path == other:
                found = "the sheet and its key would be one file."
                raise TracerError("T501", readable(path), found, "", "Name another with --key.")

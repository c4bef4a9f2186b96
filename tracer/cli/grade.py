"""`tracer grade`: a class, with a page for each student, one for the teacher, and the marks."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from tracer.cli.application import app, interrupted, say
from tracer.cli.check import (
    Ask,
    Colour,
    Fixed,
    Format,
    Formulas,
    HideKey,
    Marks,
    SheetDigits,
    SheetSteps,
    Templates,
)
from tracer.cli.options import Decimal, Notation, Problem, decimal_sign


@app.command()
def grade(
    problem: Problem,
    sheets: Annotated[
        Path,
        typer.Argument(
            metavar="CLASS", help="A folder or a .zip with a file or a folder for each student, or a file with all."
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FOLDER", help="Where to write; an earlier report there is replaced."),
    ],
    format: Format = "markdown",
    gradescope: Annotated[
        bool, typer.Option("--gradescope", help="Also a results.json of Gradescope for each student.")
    ] = False,
    hide_key: HideKey = False,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", metavar="N", min=1, max=256, help="Processes that write pages.")
    ] = 1,
    digits: SheetDigits = "",
    ask: Ask = "",
    steps: SheetSteps = 1,
    notation: Notation = "",
    decimal: Decimal = "",
    marks: Marks = None,
    fixed: Fixed = "",
    formulas: Formulas = True,
    templates: Templates = None,
    colour: Colour = None,
) -> None:
    """Grade a class: a page for each student, one for the class, and marks.csv; all of it or nothing is written.

    A sheet that cannot be read is named with its line and the reason; the others are graded. Exit status: 0 if all
    sheets could be read, 1 if some could not, 2 if nothing could be graded.

    Examples:

    - `tracer grade mazur handed-in -o report` (report/class.md, report/marks.csv, report/students/*.md)

    - `tracer grade mazur submissions.zip -o report --format html --jobs 4 --hide-key`

    - `tracer grade xor.toml class.csv -o report --ask forward,delta,w_new --digits 4 --marks marks.toml`

    - `tracer grade mazur handed-in -o report --gradescope` (report/gradescope/*.json)

    - `tracer grade week3/variants.toml handed-in -o report` (each by the exercise that `tracer variants` made)
    """
    from tracer.publish.colour import COLOURED
    from tracer.publish.files import readable
    from tracer.publish.formats import format_named
    from tracer.publish.homework import course_for
    from tracer.publish.own_exercises import OwnExercises, exercises_at
    from tracer.publish.progress import progress_bar
    from tracer.publish.report_folder import Pages, check_folder
    from tracer.publish.report_folder import grade as make
    from tracer.read.variants import called

    chosen = format_named(format)
    check_folder(output)
    exercises = exercises_at(problem)
    with interrupted(), ExitStack() as stack:
        course_of = partial(
            course_for,
            notation_name=notation or (exercises.notation if exercises else ""),
            asked=ask or (",".join(exercises.asked) if exercises else ""),
            steps=steps,
            digits=digits or (exercises.digits if exercises else ""),
            decimal=decimal_sign(decimal),
            scheme=marks,
            fixed=fixed,
            formulas=formulas,
            templates=templates,
            coloured=chosen in COLOURED if colour is None else colour,
        )
        course = course_of(exercises.problem(next(iter(exercises.files))) if exercises else problem)
        made = make(
            course,
            sheets,
            output,
            Pages(chosen, hide_key, gradescope, templates),
            decimal=decimal,
            jobs=jobs,
            progress=lambda total: stack.enter_context(progress_bar(total, "sheets")),
            own=OwnExercises(exercises, course_of) if exercises else None,
        )
    report = made.report
    count = len(report.students)
    sheets_told = "1 sheet" if count == 1 else f"{count} sheets" if count else "no sheet could be read"
    average = f", {report.mean} of {report.out_of} on average" * bool(count)
    say(f"wrote {readable(output)}: {sheets_told}{average}")
    if report.absent:
        more = f", and {len(report.absent) - 10} more" if len(report.absent) > 10 else ""
        say(f"nothing handed in by {'; '.join(report.absent[:10])}{more}")
    for student in report.remarks[:10]:
        say(f"look at: {student.name} ({student.row.source}): {' '.join(student.row.remarks)}")
    for sheet in report.unreadable[:10]:
        line = f", line {sheet.line}" if sheet.line else ""
        say(f"not read: {called(sheet.student, sheet.name)} ({sheet.source}{line}): {sheet.reason}")
    if len(report.unreadable) > 10:
        say(f"and {len(report.unreadable) - 10} more, which stand in {readable(output / 'marks.csv')}")
    if report.unreadable:
        raise typer.Exit(1)

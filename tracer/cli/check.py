"""`tracer check`: one student's answers, what is right, and where the first error is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracer.cli.application import app, interrupted, print_text, say
from tracer.cli.options import Decimal, Notation, Problem, decimal_sign

Ask = Annotated[
    str,
    typer.Option(
        "--ask",
        metavar="WORDS",
        help="What was asked for: phases (forward), kinds (z,a,delta,dw,w_new), names (w2_new), elements (w5). "
        "Default: all that a person would write down.",
    ),
]
SheetSteps = Annotated[int, typer.Option("--steps", "-s", metavar="N", help="Training steps that a sheet has.")]
SheetDigits = Annotated[
    str,
    typer.Option(
        "--digits",
        "-d",
        metavar="N",
        help="Decimals (4) or significant figures (4sf) that were asked for; fewer are 'too few', never wrong. "
        "Default: as many as the student writes.",
    ),
]
Marks = Annotated[
    Path | None,
    typer.Option(
        "--marks",
        metavar="FILE",
        help="How marks are given: weights and credit, in TOML. Default: a mark for each right answer.",
    ),
]
Fixed = Annotated[
    str,
    typer.Option(
        "--fixed",
        metavar="WORDS",
        help="Conventions that a sheet has to share with the problem (sign, error, biases, order, layout, or all); "
        "in another one its answers are errors.",
    ),
]
Formulas = Annotated[
    bool,
    typer.Option(
        "--formulas/--no-formulas", help="Whether a formula may stand in the place of a number; it is compared as one."
    ),
]
HideKey = Annotated[
    bool, typer.Option("--hide-key", help="Show no number that the student has not written: no result, no range.")
]
Templates = Annotated[
    Path | None,
    typer.Option("--templates", metavar="FOLDER", help="Stories of your own, as FOLDER/report/student.md.j2."),
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        metavar="NAME",
        help="markdown (Pandoc's), github, kramdown, island, latex, html, stepper, notebook, typst, pdf.",
    ),
]
Colour = Annotated[
    bool | None, typer.Option("--colour/--no-colour", help="One colour for each kind of value, as `tracer render`.")
]


@app.command()
def check(
    problem: Problem,
    answers: Annotated[
        Path,
        typer.Argument(metavar="ANSWERS", help="A sheet: .csv, .json, .toml, .txt, .md or .ipynb (never executed)."),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="A page in place of the short report; the suffix (.md, .tex, .html, .pdf, .ipynb) says the format.",
        ),
    ] = None,
    format: Format = "",
    hint: Annotated[bool, typer.Option("--hint", help="The first wrong step alone, and no number of the key.")] = False,
    hide_key: HideKey = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")] = False,
    gradescope: Annotated[
        bool, typer.Option("--gradescope", help="Print the results.json of a Gradescope autograder.")
    ] = False,
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
    """Check one student's answers: what is right, also from their own numbers, where the first error is, and why.

    Exit status: 0 if every answer is right, 1 if something is wrong or missing, 2 for a sheet or a problem that cannot
    be read.

    Examples:

    - `tracer check mazur anna.csv` (a short report)

    - `tracer check mazur anna.csv --hint` (for the student: the first wrong step, and no key)

    - `tracer check mazur anna.csv -o anna.html` (a page, in every format of `tracer render`)

    - `tracer check mazur anna.md --ask z,a,delta,w_new --digits 4` (what the worksheet asked for)

    - `tracer check mazur anna.csv --json` (for other programs)

    - `tracer check mazur answers.csv --gradescope --hide-key > /autograder/results/results.json`
    """
    from tracer.check.plain_report import plain_report
    from tracer.check.report_json import gradescope_json, report_json
    from tracer.publish.colour import COLOURED
    from tracer.publish.files import readable
    from tracer.publish.formats import format_named, format_of, text_format, write_page
    from tracer.publish.homework import checked_sheet, course_for
    from tracer.publish.report_page import student_page
    from tracer.run.files import check_other_file, check_writable

    chosen = ""
    if output is not None:
        check_other_file(output, answers)
        check_other_file(output, problem)
        chosen = format_of(output, format)
        check_writable(output)
    elif format:
        chosen = text_format(format_named(format))
    with interrupted():
        course = course_for(
            problem,
            notation_name=notation,
            asked=ask,
            steps=steps,
            digits=digits,
            decimal=decimal_sign(decimal),
            scheme=marks,
            fixed=fixed,
            formulas=formulas,
            templates=templates,
            coloured=bool(chosen) and (chosen in COLOURED if colour is None else colour),
        )
        report = checked_sheet(course, answers, hidden=hide_key, hint=hint, decimal=decimal)
        page = student_page(report, chosen, templates) if chosen else ""
        if output is not None:
            write_page(output, chosen, page)
    if output is not None:
        say(f"wrote {readable(output)}")
    if json:
        print_text(report_json(report))
    elif gradescope:
        print_text(gradescope_json(report))
    elif output is None:
        print_text(page or plain_report(report))
    if not report.all_right:
        raise typer.Exit(1)

"""`tracer worksheet`: a sheet with blanks, and its answer key."""

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
        metavar="NAMES",
        help="What is asked for, with commas between: z, a, E, delta, dw, db, w_new, b_new for all of them; z1 for "
        "those of a layer; w5_new or dw1[1,2] for one number; forward, loss, backward, update for a phase. Default: "
        "all that a person writes down in one step.",
    ),
]
SheetDigits = Annotated[
    str,
    typer.Option(
        "--digits",
        "-d",
        metavar="N",
        help="Decimals (5) or significant figures (4sf) that the sheet asks for. Default: the fewest with which the "
        "mistakes can be told apart.",
    ),
]
WithFormulas = Annotated[bool, typer.Option("--with-formulas", help="The sheet also has the equations.")]
Templates = Annotated[
    Path | None,
    typer.Option(
        "--templates", metavar="FOLDER", help="Templates of your own (worksheet/sheet.md.j2, worksheet/key.md.j2)."
    ),
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        metavar="NAME",
        help="markdown (Pandoc's), github, kramdown, island, latex, html, notebook, typst, pdf. Default: what the "
        "suffix of FILE says.",
    ),
]


@app.command()
def worksheet(
    problem: Problem,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write; the suffix (.md, .tex, .html, .pdf, .ipynb) says the format. Default: Markdown on "
            "screen, without a key.",
        ),
    ] = None,
    ask: Ask = "",
    digits: SheetDigits = "",
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", help="Where the answer key goes. Default: mazur-key.md beside mazur.md."),
    ] = None,
    with_formulas: WithFormulas = False,
    notation: Notation = "",
    decimal: Decimal = "",
    templates: Templates = None,
    images: Annotated[
        Path | None,
        typer.Option(
            "--images",
            metavar="FOLDER",
            help="Where the picture of the network goes that a Markdown sheet has; without it there is none. Other "
            "formats hold theirs.",
        ),
    ] = None,
    format: Format = "",
) -> None:
    """Write a sheet with blanks for the numbers of one training step, and its answer key.

    A blank is filled in on paper, in a Markdown file, in the tagged cells of a notebook, or in an HTML page that saves
    its answers; `tracer check` reads the last three. The key also says which mistakes the sheet shows with so many
    digits, and which it cannot and why. Beside it stands the same key as a CSV file of answers.

    Examples:

    - `tracer worksheet mazur` (Markdown on the screen)

    - `tracer worksheet mazur -o mazur.pdf` (and `mazur-key.pdf`, `mazur-key.csv`)

    - `tracer worksheet mazur -o mazur.ipynb --key teacher.md`

    - `tracer worksheet mazur --ask a,E,delta,dw -o mazur.html --with-formulas`

    - `tracer worksheet xor.toml --digits 3 -o xor.md` (the key then says what three decimals lose)
    """
    from tracer.check.worksheet import words_of
    from tracer.publish.files import readable
    from tracer.publish.formats import text_format
    from tracer.publish.worksheet import worksheet as make
    from tracer.publish.worksheet import worksheet_to

    with interrupted():
        made = make(
            problem,
            words_of(ask) if ask else None,
            digits,
            notation_name=notation,
            decimal=decimal_sign(decimal),
            formulas=with_formulas,
            templates=templates,
        )
        if output is None:
            text = made.page(text_format(format or "markdown")).text
        else:
            files = worksheet_to(output, made, format, key, images)
    if output is None:
        print_text(text)
        return
    say(f"wrote {readable(files[0])}, its key {readable(files[1])} and {readable(files[2])}")
    if made.table.possible:
        table = made.table
        mistakes = "1 mistake shows" if table.possible == 1 else f"{table.possible} mistakes show"
        are = "is" if table.told == 1 else "are"
        say(f"{made.told.digits}: {table.seen} of {mistakes}, {table.told} {are} told apart")

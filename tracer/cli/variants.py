"""`tracer variants`: an exercise of their own for every student."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from tracer.cli.application import app, interrupted, say
from tracer.cli.options import Decimal, Notation, Problem, decimal_sign
from tracer.cli.worksheet import Ask, Format, SheetDigits, Templates, WithFormulas


@app.command()
def variants(
    problem: Problem,
    roster: Annotated[
        Path,
        typer.Option(
            "--roster",
            "-r",
            metavar="FILE",
            help="The class: a name or an id on each line, or a CSV file with a heading (name, id, e-mail).",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FOLDER", help="Where to write; a new folder, or an empty one."),
    ] = Path("variants"),
    seed: Annotated[
        str,
        typer.Option(
            "--seed",
            metavar="TEXT",
            help="Makes the exercises of an earlier time again (variants.toml has its seed). Default: one that nobody "
            "can guess.",
        ),
    ] = "",
    ask: Ask = "",
    digits: SheetDigits = "",
    with_formulas: WithFormulas = False,
    notation: Notation = "",
    decimal: Decimal = "",
    templates: Templates = None,
    format: Format = "markdown",
) -> None:
    """Make an exercise for each student of a class: other numbers, as easy and as telling, and its key.

    Numbers keep their signs and their decimals. Of many sets the one is taken on whose sheet most mistakes show and are
    told apart, without numbers that nearly vanish, units that are off, or results half-way between two roundings. A
    student's exercise depends on the seed and the label alone, so students can be added later.

    Examples:

    - `tracer variants mazur --roster roster.csv` (variants/worksheets/*.md, variants/keys, variants/problems)

    - `tracer variants mazur --roster roster.csv -o week3 --format pdf --with-formulas`

    - `tracer variants xor.toml -r names.txt -o again --seed 5c0ffee... --ask a,E,delta,dw --digits 4`
    """
    from tracer.check.worksheet import words_of
    from tracer.publish.files import readable
    from tracer.publish.formats import format_named
    from tracer.publish.progress import progress_bar
    from tracer.publish.variants import check_folder, variants_to
    from tracer.publish.worksheet import worksheet
    from tracer.read.roster import read_roster

    format = format_named(format)
    students = read_roster(roster)
    check_folder(output)
    with interrupted(), progress_bar(len(students), "exercises") as told:
        source = worksheet(
            problem,
            words_of(ask) if ask else None,
            digits,
            notation_name=notation,
            decimal=decimal_sign(decimal),
            formulas=with_formulas,
            templates=templates,
        )
        begun = time.monotonic()
        made = variants_to(output, source, students, seed=seed, format=format, progress=told)
    rate = made.count / max(time.monotonic() - begun, 0.001)
    say(f"wrote {readable(output)}: {made.count} exercise{'s' * (made.count != 1)}, {rate:.1f} a second")
    if made.possible:
        told_mistakes = "1 mistake is" if made.possible == 1 else f"{made.possible} mistakes are"
        say(
            f"{source.told.digits}: {made.weakest.told} of {told_mistakes} told apart in the weakest of "
            f"them, {made.own.told} in the original"
        )
    say(f"keep {readable(output / 'variants.toml')} to yourself: it has the seed")

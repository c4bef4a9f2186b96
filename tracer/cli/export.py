"""`tracer export`: an exercise for a learning platform."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tracer.cli.application import app, interrupted, say
from tracer.cli.check import SheetSteps
from tracer.cli.options import Decimal, Notation, Problem, decimal_sign

MOST_NAMED, MORE = 8, "More digits help (--digits)."


@app.command()
def export(
    problem: Problem,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="PLATFORM",
            help="moodle (one cloze question), moodle-numerical, qti (2.1, with follow-through), prairielearn (calls "
            "the checker), gift.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to write: .xml, .zip, .gift; for prairielearn a new folder."
        ),
    ],
    ask: Annotated[
        str,
        typer.Option(
            "--ask",
            metavar="WORDS",
            help="What is asked for: phases (forward), kinds (z,a,delta,dw,w_new), names (w2_new), elements (w5). "
            "Default: all that a person would write down.",
        ),
    ] = "",
    digits: Annotated[
        str,
        typer.Option(
            "--digits",
            "-d",
            metavar="N",
            help="Decimals (4) or significant figures (4sf) to be written. Default: as many as `tracer worksheet` "
            "asks for, or more where that is needed to tell every answer from 0.",
        ),
    ] = "",
    steps: SheetSteps = 1,
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="Default: the problem's own.")] = "",
    notation: Notation = "",
    decimal: Decimal = "",
    templates: Annotated[
        Path | None,
        typer.Option(
            "--templates",
            metavar="FOLDER",
            help="A folder with a language.toml: the sentences of the exercise in another language.",
        ),
    ] = None,
) -> None:
    """Write an exercise for a learning platform, with a field for each step.

    Each platform keeps what it can: QTI and PrairieLearn follow through from a student's own earlier answers; Moodle
    and GIFT compare with one number, and tell which mistake leads to a wrong one.

    Examples:

    - `tracer export mazur --to moodle -o mazur.xml`

    - `tracer export mazur --to qti --ask z,a,delta,w_new --digits 5 -o mazur.zip`

    - `tracer export xor.toml --to prairielearn -o xor-question`

    - `tracer export mazur --to gift -o mazur.gift`
    """
    from tracer.publish.exports.platforms import export_to
    from tracer.publish.files import readable

    with interrupted():
        done = export_to(
            output,
            problem,
            to,
            ask=ask,
            title=title,
            digits=digits,
            steps=steps,
            notation_name=notation,
            decimal=decimal_sign(decimal),
            templates=templates,
        )
    numbers = f"{done.wrong} wrong number{'s' * (done.wrong != 1)} with a known cause"
    say(f"wrote {readable(output)}: {done.fields} field{'s' * (done.fields != 1)}, {done.digits}, {numbers}")
    if done.zeros:
        say(f"With these digits 0 would be accepted for {_some(done.zeros)}. {MORE}")
    if done.unchanged:
        say(f"With these digits the value before the step would be accepted for {_some(done.unchanged)}. {MORE}")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")

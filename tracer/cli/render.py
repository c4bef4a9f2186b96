"""`tracer render`: the worked example of a problem as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tracer.cli.application import app, interrupted, print_text, say
from tracer.cli.completion import named
from tracer.cli.options import (
    Arithmetic,
    Decimal,
    Deviations,
    Digits,
    Notation,
    Source,
    Steps,
    decimal_sign,
    times_sign,
)


@app.command()
def render(
    problem: Source,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write; the suffix (.md, .tex, .html, .pdf, .ipynb) says the format. Default: Markdown on "
            "screen.",
        ),
    ] = None,
    style: Annotated[
        str,
        typer.Option(
            "--style",
            metavar="NAME",
            help="How the story is told (see `tracer list styles`). Default: the problem's own.",
            autocompletion=named("styles"),
        ),
    ] = "",
    notation: Notation = "",
    digits: Digits = "",
    arithmetic: Arithmetic = "",
    deviation: Deviations = None,
    steps: Steps = None,
    decimal: Decimal = "",
    times: Annotated[str, typer.Option("--times", metavar="SIGN", help="Sign of multiplication: dot or cross.")] = "",
    step: Annotated[
        int | None, typer.Option("--step", metavar="N", help="The step that is told. Default: the first that was kept.")
    ] = None,
    templates: Annotated[
        Path | None,
        typer.Option(
            "--templates",
            metavar="FOLDER",
            help="Stories of your own; they stand before those of the package (see `tracer template copy`).",
        ),
    ] = None,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="NAME",
            help="markdown (Pandoc's; also called pandoc), github, kramdown, island (MathML in Markdown), latex, html, "
            "stepper (HTML, one section at a time), notebook, typst, pdf. Default: what the suffix of FILE says.",
        ),
    ] = "",
    images: Annotated[
        Path | None,
        typer.Option(
            "--images",
            metavar="FOLDER",
            help="Where the pictures of a Markdown page go; made if there is none. Default: a folder named after the "
            "page, as in mazur-images; on standard output no pictures.",
        ),
    ] = None,
    colour: Annotated[
        bool | None,
        typer.Option(
            "--colour/--no-colour",
            help="One colour for each kind of value (inputs, weights, gradients ...) in formulas, tables and pictures. "
            "Default: in every format but markdown, because Pandoc prints no formula that has a colour.",
        ),
    ] = None,
) -> None:
    """Write a worked example of a problem.

    Examples:

    - `tracer render mazur` (Markdown on the screen)

    - `tracer render mazur -o mazur.md`

    - `tracer render mazur -o mazur.html` (one file that needs no network; `--format stepper` goes section by section)

    - `tracer render mazur -o mazur.pdf` (without TeX; needs `pip install 'backprop-tracer[pdf]'`)

    - `tracer render mazur -o mazur.md --format kramdown` (for a blog made by Jekyll)

    - `tracer render gokadin -o page.md --images pictures` (with a picture at each of its steps)

    - `tracer render xor.toml -o xor.tex --style gokadin --notation nielsen --digits 4`

    - `tracer render mazur --steps 3 --step 2` (the second of three steps; of a trace file any step it has)

    - `tracer render mazur --deviation one-by-one` (with a named mistake, and the correct figures beside it)
    """
    from tracer.publish.files import readable
    from tracer.publish.render import render as make
    from tracer.publish.render import render_to

    how: dict[str, Any] = {
        "style": style,
        "notation_name": notation,
        "digits": digits,
        "steps": steps,
        "decimal": decimal_sign(decimal),
        "times": times_sign(times),
        "arithmetic": arithmetic,
        "step": step,
        "deviations": deviation,
        "templates": templates,
        "images": images,
        "colour": colour,
    }
    if output is None:
        with interrupted():
            page = make(problem, format=format or "markdown", **how)
        print_text(page)
        return
    with interrupted():
        _, *pictures = render_to(output, problem, format=format, **how)
    beside = (
        f" and {len(pictures)} picture{'s' * (len(pictures) > 1)} in {readable(pictures[0].parent)}" if pictures else ""
    )
    say(f"wrote {readable(output)}{beside}")

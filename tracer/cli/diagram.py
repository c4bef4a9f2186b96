"""`tracer diagram`: the picture of a network, or a curve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tracer.cli.application import app, interrupted, print_text, say
from tracer.cli.options import Arithmetic, Decimal, Deviations, Digits, Notation, Source, Steps, decimal_sign


@app.command()
def diagram(
    problem: Source,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write the SVG. Default: to standard output."),
    ] = None,
    until: Annotated[
        str,
        typer.Option(
            "--until",
            metavar="NAME",
            help="What is computed in this picture, and all before it: a1, delta2, z1/2 (of unit 2), z2+a2+E; "
            "again (the forward pass after the update); end (everything). Default: the weights alone.",
        ),
    ] = "",
    weight: Annotated[
        str, typer.Option("--weight", metavar="NAME", help="Light every way from a weight or bias to the error: w5.")
    ] = "",
    curve: Annotated[
        str,
        typer.Option(
            "--curve",
            metavar="NAME",
            help="A curve instead of the network: an activation, E or a metric over the steps, a parameter such as w1.",
        ),
    ] = "",
    notation: Notation = "",
    digits: Digits = "",
    arithmetic: Arithmetic = "",
    deviation: Deviations = None,
    steps: Steps = None,
    decimal: Decimal = "",
    step: Annotated[
        int | None,
        typer.Option("--step", metavar="N", help="The step that is shown. Default: the first that was kept."),
    ] = None,
    colour: Annotated[
        bool, typer.Option("--colour/--no-colour", help="One colour for each kind of value, as on a page.")
    ] = True,
) -> None:
    """Draw the network of a problem with its numbers, or a curve, as SVG.

    Examples:

    - `tracer diagram mazur -o net.svg` (the network with its weights)

    - `tracer diagram mazur --until delta2 -o net.svg` (and all that is computed up to these deltas)

    - `tracer diagram mazur --weight w5 -o net.svg` (the ways of one weight to the error)

    - `tracer diagram trask-3-4-1 --curve E --steps 500 -o error.svg` (the error over the steps)
    """
    from tracer.publish.files import readable
    from tracer.publish.picture import diagram as draw
    from tracer.publish.picture import diagram_to

    how: dict[str, Any] = {
        "until": until,
        "weight": weight,
        "curve": curve,
        "notation_name": notation,
        "digits": digits,
        "arithmetic": arithmetic,
        "deviations": deviation,
        "steps": steps,
        "decimal": decimal_sign(decimal),
        "step": step,
        "colour": colour,
    }
    if output is None:
        with interrupted():
            picture = draw(problem, **how)
        print_text(picture)
        return
    with interrupted():
        diagram_to(output, problem, **how)
    say(f"wrote {readable(output)}")

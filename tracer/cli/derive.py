"""`tracer derive`: a derivation by named rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracer.cli.application import app, interrupted, print_text, say


@app.command()
def derive(
    formula: Annotated[
        str,
        typer.Argument(
            metavar="NAME_OR_FORMULA",
            help='An activation or loss (see `tracer list ops`), or text such as "a = 1/(1 + exp(-z))".',
        ),
    ],
    by: Annotated[
        str,
        typer.Option("--by", metavar="VARIABLE", help="What to derive by. Default: z, x, or the only one there is."),
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write; the suffix says the format (.md, .tex, .html, .pdf). Default: plain lines to "
            "standard output.",
        ),
    ] = None,
) -> None:
    """Derive the slope of an activation, a loss or a formula, one named rule a line.

    Examples:

    - `tracer derive sigmoid` (from the definition to the textbook form)

    - `tracer derive half-squared-error -o loss.md`

    - `tracer derive "z / (1 + exp(-z))"`

    - `tracer derive "a = where(z > 0, z, alpha*(exp(z) - 1))" --by alpha -o elu.tex`
    """
    from tracer.explain.typed_formula import derivations_for
    from tracer.publish.derivation import derive_to

    if output is None:
        print_text("\n\n".join(map(str, derivations_for(formula, by))) + "\n")
    else:
        with interrupted():
            derive_to(output, formula, by)
        say(f"wrote {output}")

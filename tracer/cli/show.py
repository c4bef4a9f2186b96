"""`tracer show`: one quantity worked out in the terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from tracer.cli.application import app, print_text
from tracer.cli.options import Arithmetic, Decimal, Deviations, Digits, Notation, Source, Steps, decimal_sign


@app.command()
def show(
    problem: Source,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="A quantity: w5, net_h1, dw1[1,2], 2:E, all of delta1, or an expression such as eta*dw1[1,2].",
        ),
    ] = None,
    gradient_check: Annotated[
        bool, typer.Option("--gradient-check", help="Compare all gradients with central differences of the error.")
    ] = False,
    notation: Notation = "",
    digits: Digits = "",
    arithmetic: Arithmetic = "",
    deviation: Deviations = None,
    steps: Steps = None,
    decimal: Decimal = "",
) -> None:
    """Work out one quantity in the terminal, with every path of its chain rule, or check the gradients.

    Without a name all numbers of the step are listed, each under the names that it has.

    Examples:

    - `tracer show mazur` (all names and numbers)

    - `tracer show mazur dw5` (a gradient, factor by factor)

    - `tracer show mazur "dw1[1,2]" --notation plain`

    - `tracer show mazur 2:E` (the error after the update)

    - `tracer show mazur w5+ --arithmetic "3 half-up"` (with three decimals, as by hand)

    - `tracer show mazur --gradient-check` (each gradient beside a central difference)
    """
    from tracer.explain.lesson import lesson
    from tracer.explain.notation import notation_for
    from tracer.run.trace import Trace
    from tracer.run.trace_file import named

    source = named(problem, steps=steps, arithmetic=arithmetic, deviations=deviation)
    checked = source.problem if isinstance(source, Trace) else source
    how = notation_for(checked, notation, decimal=decimal_sign(decimal))
    made = lesson(source, notation_name=how, shown=digits, steps=steps)
    if name is not None:
        print_text(f"{made.quantity(name)}\n")
    elif not gradient_check:
        print_text(f"{made.all_names()}\n")
    if gradient_check:
        print_text("\n" * (name is not None) + f"{made.whole_gradient_check() or 'There is no gradient to check.'}\n")

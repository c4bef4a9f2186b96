"""`tracer run`: a run, its trace file, its summary."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracer.cli.application import app, print_text, say
from tracer.cli.options import Arithmetic, Deviations, Source, Steps


@app.command()
def run(
    problem: Source,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write: FILE.trace keeps the trace, FILE.jsonl (.ndjson, .json) is JSON. "
            "Default: a summary to standard output.",
        ),
    ] = None,
    steps: Steps = None,
    record: Annotated[
        str,
        typer.Option(
            "--record",
            "-r",
            metavar="STEPS",
            help="The steps that are kept: everything, loss, first-and-last, every:100, or 1,2,100. "
            "Default: the problem's own.",
        ),
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Write JSON, one step a line.")] = False,
    stability: Annotated[
        bool,
        typer.Option(
            "--stability", help="Repeat the run with the parameters moved by the last bit: how many digits survive?"
        ),
    ] = False,
    arithmetic: Arithmetic = "",
    deviation: Deviations = None,
) -> None:
    """Run a problem and keep its trace, or summarise it.

    Examples:

    - `tracer run mazur --steps 1000` (the error of some steps, and where they lead)

    - `tracer run trask-3-4-1 --steps 2000 --record every:100 -o run.trace`

    - `tracer render run.trace --step 1901` (the walkthrough of one of its steps)

    - `tracer run mazur --json` (for other programs)

    - `tracer run gokadin-xor --steps 500 --record loss --stability`

    - `tracer run mazur --deviation one-by-one` (with a named mistake)
    """
    from tracer.publish.running import Asked, carried_out

    asked = Asked(problem, output, steps, record, json, stability, arithmetic, deviation)
    done = carried_out(asked, print_text)
    for line in done.said:
        say(line)
    if done.interrupted:
        raise typer.Exit(130)

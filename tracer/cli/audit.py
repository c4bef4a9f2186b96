"""`tracer audit`: a page that somebody has written, checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracer.cli.application import app, interrupted, print_text, say
from tracer.cli.options import Notation


@app.command()
def audit(
    page: Annotated[
        Path, typer.Argument(metavar="PAGE", help="A page in Markdown (.md), LaTeX (.tex) or HTML (.html).")
    ],
    problem: Annotated[
        str,
        typer.Option(
            "--problem",
            "-p",
            metavar="PROBLEM",
            help="The problem that the page works out: a file, or a built-in one (see `tracer list problems`).",
        ),
    ] = "",
    notation: Notation = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Report an = that holds only after rounding, and count it as false.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write the report; the suffix says the format (.md, .tex, .html, .pdf). Default: plain lines "
            "to standard output.",
        ),
    ] = None,
) -> None:
    """Check the arithmetic on a page that somebody has written, and its numbers against a problem.

    Every relation between numbers alone is read and computed. Without a problem, relations with letters are left alone.
    Exit status 0: nothing is false. 1: something is. 2: the page or the problem cannot be read.

    Examples:

    - `tracer audit mazur.md` (is every = true as printed?)

    - `tracer audit mazur.html --problem mazur` (which numbers differ, and which mistake explains them)

    - `tracer audit xor.tex --problem xor.toml --notation nielsen -o report.html`

    - `tracer audit mazur.md --json --strict` (for programs; also what only rounding makes true)
    """
    from json import dumps

    from tracer.check.audit import audit_page
    from tracer.check.audit_problem import audit_against
    from tracer.check.audit_told import as_json, told
    from tracer.explain.notation import notation_for
    from tracer.publish.audit import audit_text, audit_to
    from tracer.read.page import read_page
    from tracer.run.files import check_other_file, check_writable
    from tracer.run.loading import load

    if json and output is not None:
        raise typer.BadParameter("--json prints; leave out --output.", param_hint="--json")
    if output is not None:
        check_other_file(output, page)
        check_other_file(output, problem)
        check_writable(output)
    with interrupted():
        read = read_page(page)
        found = audit_page(read)
        against = None
        if problem:
            loaded = load(problem)
            against = audit_against(loaded, notation_for(loaded, notation), read, found)
        made = told(found, against, problem, strict)
        if output is not None:
            audit_to(output, made)
            say(f"wrote {output}")
        elif json:
            print_text(dumps(as_json(found, against), indent=1, ensure_ascii=False) + "\n")
        else:
            print_text(audit_text(made))
    if not made.clean or made.rounded:
        raise typer.Exit(1)

"""`tracer new`: a first problem file."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from tracer.cli.application import app, say


@app.command()
def new(file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make; it must not exist yet.")]) -> None:
    """Make a commented problem file that runs as it is.

    Example: `tracer new xor.toml`, then `tracer render xor.toml -o xor.md`
    """
    from tracer.publish.files import readable
    from tracer.publish.new_problem import write_new_problem

    write_new_problem(file)
    name = readable(file)
    page = shlex.quote(readable(file.with_suffix(".md")))
    say(f"wrote {name}. Next: tracer render {shlex.quote(name)} -o {page}")

"""`tracer schema`: the keys of a problem file, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracer.cli.application import app, print_text, say


@app.command()
def schema(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write. Default: standard output.")
    ] = None,
) -> None:
    """Write the JSON Schema of problem files, with which an editor completes keys and names and marks unknown ones.

    In VS Code (Even Better TOML), Zed and other editors that know Taplo, a problem file that begins with the line
    `#:schema problem.schema.json` is read with it.

    Examples:

    - `tracer schema`

    - `tracer schema -o problem.schema.json`
    """
    from tracer.publish.files import readable, write_whole
    from tracer.publish.schema import schema as made

    if output is None:
        print_text(made())
    else:
        write_whole(output, made())
        say(f"wrote {readable(output)}")

"""`tracer list`: what there is."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from tracer.cli.application import app, print_text


class What(StrEnum):
    """What `tracer list` can list."""

    problems = "problems"
    notations = "notations"
    ops = "ops"
    styles = "styles"
    deviations = "deviations"
    all = "all"


@app.command("list")
def list_names(
    what: Annotated[
        What, typer.Argument(metavar="[problems|notations|ops|styles|deviations]", help="What to list.")
    ] = What.all,
) -> None:
    """List what there is: built-in problems, notations, operations, styles, deviations.

    Examples:

    - `tracer list` (everything)

    - `tracer list problems`
    """
    from tracer.publish.inventory import inventory

    print_text(inventory("" if what is What.all else what.value))

"""The reference page of the command line: what every command prints about itself."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from unittest.mock import patch

HEAD = """\
# Command line

What `--help` prints. `python -m tracer` is the same program, `tracer --install-completion` teaches a shell to complete
its commands and names. The exit status is 0 where all is well, 2 where something is [wrong](errors.md) and nothing was
written, 130 after Ctrl-C; `tracer audit` and `tracer weave --check` end with 1 where they find something.
"""
#: how wide a terminal is
WIDE = 96


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for words, text in _helps():
        parts.append(f"\n## {' '.join(words)}\n\n<!-- not run -->\n```text\n{text}\n```\n")
    return "".join(parts)


def _helps() -> Iterator[tuple[tuple[str, ...], str]]:
    """Every command with its help, the program itself first."""
    with warnings.catch_warnings(), patch.dict(os.environ, {"COLUMNS": str(WIDE), "NO_COLOR": "1", "TERM": "dumb"}):
        warnings.simplefilter("ignore", DeprecationWarning)  # typer 0.24 imports names that click 8.5 is going to drop
        import typer.rich_utils
        from typer.main import get_command
        from typer.testing import CliRunner

        from tracer.cli import app

        program = get_command(app)
        runner = CliRunner()
        for words in _commands(program, ()):
            with (
                patch.object(typer.rich_utils, "MAX_WIDTH", WIDE),
                patch.object(typer.rich_utils, "FORCE_TERMINAL", False),
            ):
                done = runner.invoke(app, [*words, "--help"], prog_name="tracer", color=False)
            assert done.exit_code == 0, done.output
            lines = [line.rstrip() for line in done.output.strip("\n").splitlines()]
            yield ("tracer", *words), re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _commands(group: object, before: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield before
    for name, command in getattr(group, "commands", {}).items():
        yield from _commands(command, (*before, name))

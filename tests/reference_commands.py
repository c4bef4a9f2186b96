"""The reference page of the command line: what every command prints about itself."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

from test_docs import ROOT, run_tracer

HEAD = """\
# Command line

What `--help` prints. `python -m tracer` is the same program, `tracer --install-completion` teaches a shell to complete
its commands and names. The exit status is 0 where all is well, 2 where something is [wrong](errors.md) and nothing was
written, 130 after Ctrl-C; `tracer audit` and `tracer weave --check` end with 1 where they find something.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for words, text in _helps():
        parts.append(f"\n## {' '.join(words)}\n\n<!-- not run -->\n```text\n{text}\n```\n")
    return "".join(parts)


def _helps() -> Iterator[tuple[tuple[str, ...], str]]:
    """Every command with its help, the program itself first."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # typer 0.24 imports names that click 8.5 is going to drop
        from typer.main import get_command

        from tracer.cli import app

        program = get_command(app)
    for words in _commands(program, ()):
        done = run_tracer(["tracer", *words, "--help"], ROOT)
        assert done.returncode == 0, done.stdout
        lines = [line.rstrip() for line in done.stdout.strip("\n").splitlines()]
        yield ("tracer", *words), re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _commands(group: object, before: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield before
    for name, command in getattr(group, "commands", {}).items():
        yield from _commands(command, (*before, name))

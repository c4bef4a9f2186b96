"""The command line as a whole: its name, what it prints, and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from tracer.errors import TracerError
from tracer.publish.standard_output import harmless, print_no_more, printed, use_utf8

app = typer.Typer(
    name="tracer",
    help="Worked examples of how a neural network learns: every number computed, every formula derived.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    from importlib.metadata import version

    if wanted:
        print_text(f"tracer {version('backprop-tracer')}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@contextmanager
def interrupted() -> Iterator[None]:
    """Ctrl-C in the middle of a page: said, with exit status 130."""
    try:
        yield
    except KeyboardInterrupt:
        say("interrupted; nothing was written")
        raise typer.Exit(130) from None


def print_text(text: str) -> None:
    """Text to standard output, to its end; silent where the reader has gone."""
    if not printed(text):
        raise typer.Exit


def say(text: str) -> None:
    """A line to standard error."""
    typer.echo(harmless(text), err=True)


def main() -> None:
    """Run the command line; anything a person can put right is one message and exit status 2."""
    use_utf8()
    try:
        app(prog_name="tracer")
    except KeyboardInterrupt:
        sys.exit(130)
    except TracerError as error:
        say(f"tracer: {error}")
        sys.exit(2)
    except OSError as error:  # the engine's own have become TracerErrors
        print_no_more()
        say(f"tracer: standard output cannot be written: {error.strerror}.   [T501]")
        sys.exit(2)
    except RuntimeError as error:  # what Python makes of Ctrl-C in the body of a class
        if not isinstance(error.__cause__ or error.__context__, KeyboardInterrupt):
            raise
        sys.exit(130)
    except MemoryError:
        say("tracer: there is not enough memory.\nTake fewer steps or examples.   [T402]")
        sys.exit(2)

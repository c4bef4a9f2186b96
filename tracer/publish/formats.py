"""The formats of pages: a writer for each, and the suffixes that ask for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from markdown_it.token import Token

from tracer.errors import TracerError, suggest
from tracer.publish.files import readable
from tracer.publish.html import write_html
from tracer.publish.latex import write_latex
from tracer.publish.markdown import write_markdown

#: format -> from the tokens of a story and its title to the text of the page
WRITERS: Mapping[str, Callable[[Sequence[Token], str], str]] = {
    "markdown": lambda tokens, _: write_markdown(tokens),
    "latex": lambda tokens, title: write_latex(tokens, title=title),
    "html": lambda tokens, title: write_html(tokens, title=title),
    "stepper": lambda tokens, title: write_html(tokens, title=title, stepper=True),
}
SUFFIXES = {".md": "markdown", ".markdown": "markdown", ".tex": "latex", ".html": "html", ".htm": "html"}


def format_named(name: str) -> str:
    """A format by its name or its suffix ("md", "tex"). Raises TracerError T503.

    >>> format_named("tex")
    'latex'
    """
    found = SUFFIXES.get(f".{name}", name)
    if found not in WRITERS:
        raise TracerError("T503", "format", f"there is no format '{name}'.", suggest(name, WRITERS))
    return found


def format_of(path: Path, stepper: bool = False) -> str:
    """The format a file's suffix asks for; a stepper is an HTML file. Raises TracerError T503."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        found = f"nobody knows the format of '{path.suffix or path.name}'."
        raise TracerError("T503", readable(path), found, f"Known suffixes: {known}.")
    if not stepper:
        return SUFFIXES[suffix]
    if SUFFIXES[suffix] != "html":
        raise TracerError("T503", readable(path), f"there is no stepper in {suffix}.", "Expected a name in .html.")
    return "stepper"

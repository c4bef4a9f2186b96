"""A fence as a cell of a notebook: `%load_ext tracer`, and `%%trace` in the first line of a cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tracer.errors import TracerError
from tracer.publish.embed.expand import expand
from tracer.publish.embed.page import Page
from tracer.publish.embed.shown import texts


def add_magic(shell: Any) -> None:
    """Give a shell of IPython the magic of cells."""
    shell.register_magic_function(trace_magic(shell), "cell", "trace")


def trace_magic(shell: Any) -> Callable[[str, str], None]:
    """The magic `%%trace`. Files are seen from the folder that the notebook runs in."""

    def trace(line: str, cell: str) -> None:
        """Show what a fence asks for: lines such as  problem = "mazur"  and  show = "weight w5"."""
        try:
            if line.strip():
                raise TracerError("T802", "%%trace", "something stands behind it.", "Expected it alone on its line.")
            page = Page(Path("cell"))
            pages = {"html": page, "markdown": Page(page.file, lessons=page.lessons)}
            made = texts(lambda dialect: expand(cell, dialect, page=pages[dialect], line=2))
        except TracerError as error:
            # IPython asks an error how it wants to be seen: the lines of a traceback would say nothing more.
            said = [str(error)]
            error._render_traceback_ = lambda: said  # type: ignore[attr-defined]
            raise
        shell.display_pub.publish(made)

    return trace

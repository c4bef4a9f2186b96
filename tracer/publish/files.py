"""Text into files that are written whole or not at all, and the names of files as text."""

from __future__ import annotations

import os
from pathlib import Path

from tracer.run.files import write_pieces


def write_whole(path: Path, text: str) -> None:
    """Text into the file at `path`, as UTF-8 with LF; the old file stays as it was until the new one is complete.

    Raises T501 for what cannot be written; see `tracer.run.files.write_pieces`.
    """
    write_pieces(path, [encoded(text)])


def encoded(text: str) -> bytes:
    """Text as the bytes of a file."""
    # A lone half of a surrogate pair has no UTF-8; a mark in one place is better than no file.
    return text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")


def readable(path: Path) -> str:
    """The name of a file as its letters, also where the locale has no letters beyond ASCII."""
    return os.fsencode(path).decode("utf-8", "replace")

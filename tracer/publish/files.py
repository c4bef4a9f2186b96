"""Text into files that are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from tracer.run.files import write_pieces


def write_whole(path: Path, text: str) -> None:
    """Text into the file at `path`, as UTF-8 with LF; the old file stays as it was until the new one is complete.

    Raises T501 for what cannot be written; see `tracer.run.files.write_pieces`.
    """
    # A lone half of a surrogate pair has no UTF-8; a mark in one place is better than no file.
    write_pieces(path, [text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")])

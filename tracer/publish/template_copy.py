"""A style's template into a folder of one's own, to be changed there."""

from __future__ import annotations

import os
from pathlib import Path

from tracer.errors import TracerError, shortened, suggest
from tracer.publish.environment import FOLDER, NOT_STYLES, package_folder, styles
from tracer.publish.files import readable, write_whole


def copy_template(style: str, folder: Path) -> Path:
    """The template of a style (or "parts", the pieces that all styles share) into `folder`; the file that was written.

    Raises TracerError T106 for a style that there is not, T501 for a file that exists or cannot be written.
    """
    known = [*styles(), *sorted(NOT_STYLES)]
    if style not in known:
        raise TracerError("T106", "style", f"there is no style '{shortened(style)}'.", suggest(style, known))
    name = f"{FOLDER}/{style}.md.j2"
    path = folder / name
    if os.path.lexists(path):
        remedy = "Name another folder, or remove the file first."
        raise TracerError("T501", readable(path), "this file exists already.", "", remedy)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TracerError("T501", readable(folder), f"{error.strerror}.", "Expected a folder.") from None
    write_whole(path, (package_folder() / name).read_text(encoding="utf-8"))
    return path

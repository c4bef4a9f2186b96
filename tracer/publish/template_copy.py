"""A style's template into a folder of one's own, to be changed there, or to be told in another language."""

from __future__ import annotations

import os
from pathlib import Path

from tracer.errors import TracerError, shortened, suggest
from tracer.publish.catalogue import NAME, empty_catalogue
from tracer.publish.environment import FOLDER, NOT_STYLES, package_folder, styles
from tracer.publish.files import readable, write_whole


def copy_template(style: str, folder: Path) -> Path:
    """The template of a style (or "parts", the pieces that all styles share) into `folder`; the file that was written.

    Raises TracerError T106 for a style that there is not, T501 for a file that exists or cannot be written.
    """
    name = _template(style)
    (path,) = _written(folder, {name: (package_folder() / name).read_text(encoding="utf-8")})
    return path


def copy_for_translation(style: str, folder: Path, language: str) -> tuple[Path, ...]:
    """All that is told in a language into `folder`: the template of a style, the pieces it is made of, and the empty
    catalogue of the engine's sentences; the files that were written.

    Raises TracerError T505 for a tag of no language, and what `copy_template` raises.
    """
    names = dict.fromkeys((_template(style), *map(_template, sorted(NOT_STYLES))))
    texts = {name: (package_folder() / name).read_text(encoding="utf-8") for name in names}
    return _written(folder, {**texts, NAME: empty_catalogue(language)})


def _template(style: str) -> str:
    known = [*styles(), *sorted(NOT_STYLES)]
    if style not in known:
        raise TracerError("T106", "style", f"there is no style '{shortened(style)}'.", suggest(style, known))
    return f"{FOLDER}/{style}.md.j2"


def _written(folder: Path, texts: dict[str, str]) -> tuple[Path, ...]:
    """Texts into files of a folder, all or none."""
    for name in texts:
        if os.path.lexists(folder / name):
            remedy = "Name another folder, or remove the file first."
            raise TracerError("T501", readable(folder / name), "this file exists already.", "", remedy)
    try:
        for name in texts:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TracerError("T501", readable(folder), f"{error.strerror}.", "Expected a folder.") from None
    for name, text in texts.items():
        write_whole(folder / name, text)
    return tuple(folder / name for name in texts)

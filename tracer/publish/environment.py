"""The stories there are, told: templates of the package, and those of a folder of one's own in front of them."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from tracer.errors import TracerError, shortened, suggest
from tracer.explain.lesson import Lesson
from tracer.publish.files import readable
from tracer.publish.sandbox import Sandbox, block_in, told_in
from tracer.publish.story import escape_markdown

FOLDER = "walkthrough"
NOT_STYLES = {"parts"}
_ENDING = ".md.j2"


def package_folder() -> Path:
    """Where the templates of the package stand."""
    return Path(str(resources.files("tracer.templates")))


def environment(folder: Path | None = None) -> Sandbox:
    """Templates of the package, and before them those of a folder; users' text goes through the `text` filter.

    Raises TracerError T101 for a folder that is none.
    """
    if folder is not None and not folder.is_dir():
        raise TracerError("T101", readable(folder), "there is no such folder of templates.", "", "Check the name.")
    return _environment(folder)


def _escaped(text: str) -> str:
    """A user's text into story Markdown; the pages of a class say the same again and again."""
    return _escaped_before(text) if type(text) is str else escape_markdown(text)


_escaped_before = lru_cache(maxsize=2**12)(escape_markdown)


@lru_cache(maxsize=4)
def _environment(folder: Path | None) -> Sandbox:
    made = Sandbox(_loader(folder))  # what is written is Markdown, so nothing is escaped as HTML
    made.filters["text"] = _escaped
    made.filters["capitalize_first"] = lambda text: str(text)[:1].upper() + str(text)[1:]
    return made


@lru_cache(maxsize=4)
def page_environment(folder: Path | None = None) -> Sandbox:
    """Templates of HTML pages: whatever is put into them is escaped, unless it is HTML already."""
    return Sandbox(_loader(folder), escapes=True)


def _loader(folder: Path | None) -> jinja2.BaseLoader:
    """Files below the folder or the package; a link that leads out of a folder is not followed. One of a folder that
    was changed, or has come into it, is read again."""
    folders = [package_folder()] if folder is None else [folder, package_folder()]

    def found(name: str) -> Path | None:
        for place in folders:
            path = place.joinpath(*jinja2.loaders.split_template_path(name))
            if path.is_file() and path.resolve().is_relative_to(place.resolve()):
                return path
        return None

    def load(name: str) -> tuple[str, str, Callable[[], bool] | None] | None:
        path = found(name)
        if path is None:
            return None
        stamp = _stamp(path)
        same = None if folder is None else lambda: found(name) == path and _stamp(path) == stamp
        return path.read_text(encoding="utf-8"), str(path), same

    return jinja2.FunctionLoader(load)


def _stamp(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_mtime_ns, about.st_size


def styles(folder: Path | None = None) -> list[str]:
    """The names of all walkthrough styles."""
    return list(styles_told(folder))


def styles_told(folder: Path | None = None) -> dict[str, str]:
    """All walkthrough styles, each with what the comment in the first line of its template says of it."""
    found: dict[str, Path] = {}
    for place in (package_folder(), folder):
        if place is not None:
            found |= {path.name.removesuffix(_ENDING): path for path in (place / FOLDER).glob(f"*{_ENDING}")}
    first = {name: found[name].read_text(encoding="utf-8").partition("\n")[0] for name in sorted(found)}
    comments = {name: re.fullmatch(r"\{# (.*) #\}", line) for name, line in first.items() if name not in NOT_STYLES}
    return {name: comment[1] if comment else "" for name, comment in comments.items()}


#: what a story that asks for the wrong thing ends in
_WRONG = (
    jinja2.TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,  # RecursionError among them
    TypeError,
    ValueError,
)


def tell(lesson: Lesson, style: str = "", folder: Path | None = None) -> str:
    """A lesson in a style, the problem's own unless named, as story Markdown; `folder` holds templates of one's own.

    Raises TracerError T101, T106 and T502.
    """
    return told_by(_story_of(lesson, style, folder), {"lesson": lesson}, folder)


def _story_of(lesson: Lesson, style: str, folder: Path | None) -> str:
    """The template of a style, the problem's own unless named."""
    environment(folder)  # a folder that is none is said first
    known = styles(folder)
    where = "style" if style else f"{lesson.problem.where}, style"
    style = style or lesson.problem.style
    if style not in known:
        raise TracerError("T106", where, f"there is no style '{shortened(style)}'.", suggest(style, known))
    return f"{FOLDER}/{style}{_ENDING}"


def tell_block(lesson: Lesson, block: str, style: str, folder: Path | None = None, turn: int = 1) -> str:
    """A block of a style (`{% block forward %}`) as story Markdown, as it is told the `turn`th time; "" where the style
    has no such block, or leaves it out for this lesson. Raises what `tell` raises."""
    return told_by(_story_of(lesson, style, folder), {"lesson": lesson}, folder, block, turn)


def told_by(name: str, values: Mapping[str, Any], folder: Path | None = None, block: str = "", turn: int = 1) -> str:
    """A template, or a block of it, with what it tells about, as story Markdown; `folder` holds templates of one's own.

    Raises TracerError T101 and T502.
    """
    try:
        template = environment(folder).get_template(name)
        return (block_in(template, values.items(), block, turn) or "") if block else told_in(template, values.items())
    except TracerError:
        raise
    except _WRONG as error:
        raise TracerError("T502", _place(error, name), *_what(error)) from None


def _what(error: Exception) -> tuple[str, str]:
    """What is wrong with a story, and what was expected."""
    if isinstance(error, RecursionError):
        return "this story calls itself without end.", ""
    text = str(error).strip().rstrip(".") or type(error).__name__
    if isinstance(error, (jinja2.UndefinedError, AttributeError)):
        text = re.sub(r"'tracer[\w.]*\.(\w+) object'", r"a \1", text)
        return f"{text}.", "The names a story can use are those of a lesson."
    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no template '{shortened(text)}'.", "Expected a file of the folder or of the package."
    return f"{text}.", ""


def _place(error: Exception, name: str) -> str:
    """The file and the line of a story where an error was noticed."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"{_short(error.filename or error.name or name)}, line {error.lineno}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
    return f"{_short(frames[-1].filename)}, line {frames[-1].lineno}" if frames else name


def _short(path: str) -> str:
    """A template's file as a person named it, one of the package without the way to it."""
    own = package_folder()
    made = Path(path)
    return made.relative_to(own).as_posix() if made.is_relative_to(own) else readable(made)

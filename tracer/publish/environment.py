"""The Jinja environment in which stories are written, and how a broken story is reported."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from pathlib import Path

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from tracer.errors import TracerError, shortened, suggest
from tracer.explain.lesson import Lesson
from tracer.publish.story import escape_markdown

FOLDER = "walkthrough"
NOT_STYLES = {"parts"}


@lru_cache(maxsize=1)
def environment() -> SandboxedEnvironment:
    """Templates from the package; undefined names are errors; text goes through the `text` filter."""
    folder = Path(str(resources.files("tracer.templates")))
    made = SandboxedEnvironment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # what is written is Markdown; users' text is escaped by the `text` filter
    )
    made.filters["text"] = escape_markdown
    made.filters["capitalize_first"] = lambda text: str(text)[:1].upper() + str(text)[1:]
    return made


def styles() -> list[str]:
    """The names of all walkthrough styles."""
    folder = resources.files("tracer.templates") / FOLDER
    names = (item.name.removesuffix(".md.j2") for item in folder.iterdir() if item.name.endswith(".md.j2"))
    return sorted(name for name in names if name not in NOT_STYLES)


def tell(lesson: Lesson, style: str = "") -> str:
    """A lesson in a style, the problem's own unless named, as story Markdown. Raises TracerError T106 and T502."""
    where = "style" if style else f"{lesson.problem.where}, style"
    style = style or lesson.problem.style
    if style not in styles():
        raise TracerError("T106", where, f"there is no style '{shortened(style)}'.", suggest(style, styles()))
    try:
        return environment().get_template(f"{FOLDER}/{style}.md.j2").render(lesson=lesson)
    except jinja2.TemplateSyntaxError as error:
        raise TracerError("T502", f"{error.name}, line {error.lineno}", f"{error.message}") from None
    except jinja2.UndefinedError as error:
        raise TracerError(
            "T502", f"style {style}", f"{error.message}.", "The names a story can use are those of a lesson."
        ) from None

"""The Jinja environment in which stories are written, and how a broken story is reported."""

from __future__ import annotations

import re
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


@lru_cache(maxsize=1)
def page_environment() -> SandboxedEnvironment:
    """Templates of HTML pages: whatever is put into them is escaped, unless it is HTML already."""
    folder = Path(str(resources.files("tracer.templates")))
    return SandboxedEnvironment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=True,
    )


def styles() -> list[str]:
    """The names of all walkthrough styles."""
    return list(styles_told())


def styles_told() -> dict[str, str]:
    """All walkthrough styles, each with what the comment in the first line of its template says of it."""
    folder = resources.files("tracer.templates") / FOLDER
    found = {item.name.removesuffix(".md.j2"): item for item in folder.iterdir() if item.name.endswith(".md.j2")}
    first = {name: found[name].read_text(encoding="utf-8").partition("\n")[0] for name in sorted(found)}
    comments = {name: re.fullmatch(r"\{# (.*) #\}", line) for name, line in first.items() if name not in NOT_STYLES}
    return {name: comment[1] if comment else "" for name, comment in comments.items()}


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

"""A problem to a finished page: lesson, story, tokens, pictures, writer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tracer.explain.lesson import lesson
from tracer.explain.notation import in_language, notation_for
from tracer.explain.numbers import digits_for
from tracer.publish.anchors import anchored
from tracer.publish.catalogue import complete, language_of
from tracer.publish.colour import COLOURED, in_colour
from tracer.publish.dialect import DIALECTS
from tracer.publish.environment import tell
from tracer.publish.formats import WRITERS, format_named, format_of, text_format, write_page
from tracer.publish.own_story import check_story
from tracer.publish.pictures import (
    as_data,
    as_files,
    draw,
    folder_of,
    in_place,
    left_out,
    remove_old,
    taken_back,
    write_pictures,
)
from tracer.publish.story import read_story
from tracer.run.files import check_other_file, check_writable
from tracer.run.problem import Problem
from tracer.run.trace import Trace
from tracer.run.trace_file import named


def render(problem: str | Path | Mapping[str, Any] | Problem | Trace, *, format: str = "markdown", **how: Any) -> str:
    """A problem, a trace of it or a trace file to the text of a page. What is not given is as the problem file says.

    `format` is "markdown", "github", "kramdown", "island", "latex", "html", "stepper", "typst" or "notebook" (or a
    suffix: "md", "tex"), `style` a walkthrough style, `notation_name` a notation, `digits` decimals or significant
    figures ("4sf"), `steps` the number of training steps, `arithmetic` how results are rounded by hand ("3", "3sf
    truncate", "3 half-up printed", "adaptive", "exact"), `step` the one that is told (the first, or the first that a
    trace kept), `deviations` the named mistakes that the run makes (["slope-dropped"]; [] for none), `templates` a
    folder whose templates stand before those of the package, and whose `language.toml` says the engine's sentences in
    another language, `colour` whether each kind of value has a colour of its own (where it is not said: in every
    format but Markdown as Pandoc reads it).

    Pictures are part of a notebook and of a page in HTML, LaTeX or Typst; other pages have them only where `images`
    names a folder, to which they are written. Raises TracerError for anything wrong.

    >>> page = render("mazur", digits=4)
    >>> page.splitlines()[0]
    '# A 2-2-2 network, one step of gradient descent'
    """
    format, images = text_format(format), how.get("images")
    text, files = page(problem, format, **how)
    if images is not None:
        with taken_back(Path(images), files):
            write_pictures(Path(images), files)
    return text


def page(
    problem: str | Path | Mapping[str, Any] | Problem | Trace,
    format: str,
    *,
    style: str = "",
    notation_name: str = "",
    digits: int | str = "",
    steps: int | None = None,
    decimal: str = "",
    times: str = "",
    arithmetic: int | str = "",
    step: int | None = None,
    deviations: Iterable[Any] | None = None,
    templates: str | Path | None = None,
    images: str | Path | None = None,
    colour: bool | None = None,
    beside: Path = Path("page"),
) -> tuple[str, dict[Path, str]]:
    """A page, and the pictures that belong into the folder `images`, still to be written; links to them are as seen
    from the folder of `beside`. Otherwise as `render`."""
    format = format_named(format)
    source = named(problem, steps=steps, arithmetic=arithmetic, deviations=deviations)
    checked = source.problem if isinstance(source, Trace) else source
    folder = None if templates is None else Path(templates)
    language = language_of(folder)
    how = in_language(
        notation_for(
            checked,
            notation_name,
            decimal=decimal or language.decimal,
            times=times,
            coloured=format in COLOURED if colour is None else colour,
        ),
        language,
    )
    made = lesson(source, notation_name=how, shown=digits_for(checked, digits), steps=steps, step=step)
    story = read_story(tell(made, style, folder))
    if folder is not None:
        check_story(made, story, folder)
    if format in ("html", "stepper"):
        anchored(story, made)
    tokens = in_colour(story, format)
    files: dict[Path, str] = {}
    if format == "latex":
        in_place(made, tokens)
    elif format in ("html", "stepper", "typst", "pdf"):
        draw(made, tokens)
    elif format == "notebook":
        as_data(made, tokens)
    elif images is not None:
        files = as_files(made, tokens, Path(images), beside)
    else:
        tokens = left_out(tokens)
    text = WRITERS[format](tokens, made.title, language)
    complete(language)
    return text, files


def render_to(
    path: Path,
    problem: str | Path | Problem | Trace,
    images: str | Path | None = None,
    *,
    format: str = "",
    **how: Any,
) -> tuple[Path, ...]:
    """A problem to a page in a file, written whole or not at all; the suffix says the format unless it is named.

    Pictures that are no part of the page go into the folder `images`, `NAME-images` beside `NAME.md` unless named; the
    page is written after them, and what an earlier page left in that folder is removed. Gives the files that were
    written.
    """
    check_other_file(path, problem)
    folder = folder_of(path) if images is None else Path(images)
    chosen = format_of(path, format)
    text, files = page(problem, chosen, images=folder, beside=path, **how)
    if files:
        check_writable(path)
    with taken_back(folder, files):
        write_pictures(folder, files)
        write_page(path, chosen, text)
    if images is None and chosen in DIALECTS:
        remove_old(folder, files)
    return (path, *files)

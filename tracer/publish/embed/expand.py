"""A fence to what stands in its place: Markdown in a dialect, or HTML. Every host is a few lines around `expand`."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from markdown_it.token import Token

from tracer.errors import TracerError, shortened, suggest
from tracer.explain.drawing import Drawing
from tracer.explain.language import Language
from tracer.explain.lesson import Lesson, lesson
from tracer.explain.notation import in_language, notation_for
from tracer.explain.numbers import digits_for
from tracer.explain.typed_formula import derivations_for
from tracer.publish.catalogue import complete, language_of
from tracer.publish.colour import in_colour
from tracer.publish.dialect import DIALECTS
from tracer.publish.embed.fence import Fence, read_fence
from tracer.publish.embed.fragment import anchored, labelled_apart, ranked, without_title
from tracer.publish.embed.showing import Showing, showing_of
from tracer.publish.environment import styles, tell, tell_block, told_by
from tracer.publish.files import readable
from tracer.publish.formats import ALSO
from tracer.publish.homework import checked_sheet, course_for
from tracer.publish.html import write_fragment
from tracer.publish.markdown import write_markdown
from tracer.publish.own_story import check_story
from tracer.publish.picture_text import identifier
from tracer.publish.pictures import Picture, asking, drawing_for, hold
from tracer.publish.report_page import student_story
from tracer.publish.story import read_story
from tracer.run.loading import built_in
from tracer.run.problem import Problem
from tracer.run.trace import Trace
from tracer.run.trace_file import named

HTML = "html"


@dataclass
class Page:
    """The page of somebody else that pieces are put into, one after the other.

    `file` is its path: what a fence names is seen from there, and errors name it. Pictures become part of the page,
    where no folder `images` is named; else they are `pictures`, texts of files still to be written, and are linked to
    as seen from the page, or below the address `images_at`. `anchors` are the link targets that the page has.
    """

    file: Path = Path("page")
    images: Path | None = None
    images_at: str = ""
    prefix: str = ""
    anchors: set[str] = field(default_factory=set)
    pictures: dict[Path, str] = field(default_factory=dict)
    _drawn: dict[str, Drawing] = field(default_factory=dict)

    def named(self, drawing: Drawing, of: str) -> str:
        """The name of a picture on this page: the same drawing has the same one, another has another."""
        wanted = name = identifier(f"{self.prefix}{of}-{drawing.name}")[:80]
        number = 1
        while name in self._drawn and self._drawn[name] != drawing:
            number += 1
            name = f"{wanted}--{number}"
        self._drawn[name] = drawing
        return name

    def beside(self, name: str) -> Path:
        """A file that a fence names, as seen from this page."""
        return self.file.parent / name


def expand(block: str | Fence, dialect: str = "markdown", *, page: Page | None = None, line: int = 1) -> str:
    """The text of a fence, or what it asks for, to what stands in its place.

    `dialect` is one of Markdown ("markdown", which is Pandoc's, "github", "kramdown", "island"), or "html" for a part of
    an HTML page. `page` is where it goes, and is told of it: pass the same one for all fences of a page. `line` is the
    line of the page on which the text begins.

    Raises TracerError T801 to T804 for what is wrong with the fence, and all that `tracer.render` raises; each error
    names file and line.

    >>> print(expand('problem = "mazur"\\nshow = "value out_o1"\\ndigits = 4', "github"), end="")
    <a id="a2-1"></a>
    <BLANKLINE>
    ```math
    \\mathrm{out}_{o1} = \\frac{1}{1 + e^{-\\mathrm{net}_{o1}}} \\approx \\frac{1}{1 + e^{-1.1059}} \\approx 0.7514
    ```
    """
    page = Page() if page is None else page
    file = readable(page.file) if page.file != Page.file else ""
    fence = read_fence(block, file, line) if isinstance(block, str) else block
    showing, what = showing_of(fence)
    try:
        dialect = dialect_named(fence.dialect or dialect)
        return _written(fence, _told(fence, showing, what, page, dialect), page, dialect)
    except TracerError as error:
        raise (error if error.where == fence.where else error.at(fence.where)) from None


def refused(error: TracerError, dialect: str = "markdown") -> str:
    """What stands in the place of a fence that is wrong, where a host goes on: the message, for all to see."""
    if dialect == HTML or dialect == "island":
        said = html.escape(str(error)).replace("\n", "<br>")
        return f'<div class="trace-error" role="alert" style="border: 2px solid #c00; padding: 0.5em">{said}</div>\n'
    return f"```text\ntracer: {error}\n```\n"


def dialect_named(name: str) -> str:
    """A dialect of Markdown by its name, or "html". Raises TracerError T503."""
    found = ALSO.get(name, name)
    if found not in (*DIALECTS, HTML):
        known = suggest(name, [*DIALECTS, HTML])
        raise TracerError("T503", "dialect", f"there is no dialect '{shortened(name)}'.", known)
    return found


# -- telling


class _Told(NamedTuple):
    """Story tokens; the lesson they tell, which draws their pictures (None where they have none); their language."""

    tokens: list[Token]
    lesson: Lesson | None
    language: Language


def _told(fence: Fence, showing: Showing, what: str, page: Page, dialect: str) -> _Told:
    folder = page.beside(fence.templates) if fence.templates else None
    language = language_of(folder)
    if showing.word == "derive":
        made = derivations_for(what)
        story = told_by("derivation/page.md.j2", {"derivations": made, "title": made[0].title}, folder)
        return _Told(without_title(read_story(story)), None, language)
    if showing.word == "check":
        course = course_for(
            _source(fence, page),
            notation_name=fence.notation,
            asked=fence.ask,
            steps=fence.steps or 1,
            digits=fence.digits,
            decimal=fence.decimal,
            templates=folder,
            coloured=fence.colour,
        )
        report = checked_sheet(course, page.beside(what), hint=fence.hint, decimal=fence.decimal)
        return _Told(without_title(read_story(student_story(report, folder))), None, report.language)
    told = _lesson(fence, page, language)
    if showing.word == "weight":
        told = told.about(what)
    story = _story(fence, showing, what, told, folder)
    if not story.strip():
        raise TracerError("T804", fence.where, f"there is nothing to show as '{shortened(fence.show)}' here.")
    tokens = read_story(story)
    if folder is not None:
        check_story(told, tokens, folder)
    tokens = without_title(tokens)
    anchored(tokens, told)
    return _Told(tokens, told, language)


def _lesson(fence: Fence, page: Page, language: Language) -> Lesson:
    steps = fence.steps
    source = named(_source(fence, page), arithmetic=fence.arithmetic, deviations=fence.deviations)
    problem = source.problem if isinstance(source, Trace) else source
    times = {"": "", "dot": r"\cdot", "cross": r"\times"}
    if fence.times not in times:
        raise TracerError("T504", "times", f"'{fence.times}' is no sign of multiplication.", "Expected dot or cross.")
    if fence.decimal not in ("", ".", ","):
        raise TracerError("T504", "decimal", f"'{fence.decimal}' is no decimal sign.", "Expected . or ,")
    notation = notation_for(
        problem,
        fence.notation,
        decimal=fence.decimal or language.decimal,
        times=times[fence.times],
        coloured=fence.colour,
    )
    if isinstance(source, Problem) and fence.step is not None and steps is None:
        steps = max(problem.steps, fence.step)  # to tell the third step, three are taken
    digits = digits_for(problem, fence.digits)
    return lesson(source, notation_name=in_language(notation, language), shown=digits, steps=steps, step=fence.step)


def _source(fence: Fence, page: Page) -> str | Path:
    """What a fence names: a file as seen from its page, else a built-in problem. Raises TracerError T101."""
    path = page.beside(fence.problem)
    try:
        there = path.exists()
    except (OSError, ValueError):  # a name that no file can have
        there = False
    if there:
        return path
    if fence.problem in built_in():
        return fence.problem
    found = f"there is no such file beside this page, and no built-in problem of this name: {shortened(fence.problem)}."
    raise TracerError("T101", "problem", found, suggest(fence.problem, built_in()))


def _story(fence: Fence, showing: Showing, what: str, told: Lesson, folder: Path | None) -> str:
    """What is shown as story Markdown; "" where there is nothing."""
    match showing.word:
        case "all":
            return tell(told, fence.style, folder)
        case "diagram":
            return _picture(told, f"trace:diagram/{what or 'start'}", folder)
        case "curve":
            return _picture(told, f"trace:curve/{'E' if what == 'loss' else what}", folder)
        case "step" if what:
            return _block(fence, showing, told, folder, _stage(fence, told, what))
        case "step":
            return _block(fence, STEP, told, folder)
    if showing.block:
        return _block(fence, showing, told, folder)
    return told_by(f"embed/{showing.word}.md.j2", {"lesson": told, "what": what}, folder)


#: one training step whole, where no step of the story is named
STEP = Showing("step", "", "", "", "step")


def _picture(told: Lesson, address: str, folder: Path | None) -> str:
    address = f"trace:{quote(address.removeprefix('trace:'))}"
    caption = drawing_for(told, address).title
    return told_by("embed/picture.md.j2", {"lesson": told, "caption": caption, "address": address}, folder)


def _block(fence: Fence, showing: Showing, told: Lesson, folder: Path | None, turn: int = 1) -> str:
    """A block of the style that is asked for; else of the problem's own, or of the first that has it."""
    if fence.style:
        story = tell_block(told, showing.block, fence.style, folder, turn)
        if not story.strip():
            having = [style for style in styles(folder) if tell_block(told, showing.block, style, folder, turn).strip()]
            found = f"the style '{shortened(fence.style)}' tells no '{showing.word}' of its own here."
            raise TracerError("T804", "style", found, f"Known: {', '.join(having)}." if having else "")
        return story
    for style in dict.fromkeys(("", *showing.styles)):
        story = tell_block(told, showing.block, style, folder, turn)
        if story.strip():
            return story
    return ""


def _stage(fence: Fence, told: Lesson, what: str) -> int:
    """The number of a step of the story, by its number or by the name of what it computes. Raises TracerError T301."""
    stages = () if told.bare else told.stages
    if what.isdecimal() and len(what) < 9 and 1 <= int(what) <= len(stages):
        return int(what)
    for number, stage in enumerate(stages, 1):
        for part in stage.parts:
            units = part.units[stage.first : stage.last]
            if what == part.name or any(what in (unit.anchor, unit.name) for unit in units):
                return number
    titles = "; ".join(f"{number} {stage.title}" for number, stage in enumerate(stages[:12], 1))
    expected = f"Known: {titles}{', ...' if len(stages) > 12 else '.'}" if stages else "It has no layers."
    raise TracerError("T301", "show", f"the story has no step '{shortened(what)}'.", expected)


# -- writing


def _written(fence: Fence, told: _Told, page: Page, dialect: str) -> str:
    tokens = told.tokens
    ranked(tokens, fence.level)
    tokens = in_colour(labelled_apart(tokens, fence.anchors, page.anchors), dialect)
    if told.lesson is not None:
        _draw(fence, told.lesson, tokens, page, dialect)
    if dialect == HTML:
        text = write_fragment(tokens, told.language) + "\n"
    else:
        text = write_markdown(tokens, DIALECTS[dialect])
    complete(told.language)
    return text


def _draw(fence: Fence, told: Lesson, tokens: Sequence[Token], page: Page, dialect: str) -> None:
    """Pictures into the page, or into its folder."""
    of = re.sub(r"\.(toml|trace)$", "", Path(fence.problem).name)
    for token in asking(tokens):
        drawing = drawing_for(told, str(token.attrs["src"]))
        token.meta["picture"] = picture = Picture(page.named(drawing, of), drawing, told.coloured)
        if page.images is not None and dialect != HTML:
            path = page.images / f"{picture.name}.svg"
            page.pictures[path] = picture.svg
            token.attrs["src"] = f"{_way(page)}/{path.name}"
    if dialect != HTML and page.images is None:
        hold(tokens)


def _way(page: Page) -> str:
    """How a page's links reach its pictures."""
    assert page.images is not None
    if page.images_at:
        return page.images_at.rstrip("/")
    return quote(os.fsencode(Path(os.path.relpath(page.images, page.file.parent)).as_posix()))

"""What a fence asks for to story tokens: the stories that there are, or blocks of them, are told."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from markdown_it.token import Token

from tracer.errors import TracerError, shortened, suggest
from tracer.explain.language import ENGLISH, Language
from tracer.explain.lesson import Lesson, lesson
from tracer.explain.notation import in_language, notation_for
from tracer.explain.numbers import digits_for
from tracer.explain.stages import Stage
from tracer.explain.typed_formula import derivations_for
from tracer.publish.anchors import anchored
from tracer.publish.catalogue import language_of
from tracer.publish.embed.fence import Fence
from tracer.publish.embed.fragment import without_title
from tracer.publish.embed.page import Page
from tracer.publish.embed.showing import OF_A_RUN, Showing, showing_of
from tracer.publish.environment import styles, tell, tell_block, told_by
from tracer.publish.homework import checked_sheet, course_for
from tracer.publish.own_story import check_story
from tracer.publish.pictures import drawing_for
from tracer.publish.report_page import student_story
from tracer.publish.story import read_story
from tracer.run.loading import built_in
from tracer.run.problem import Problem
from tracer.run.trace import Trace
from tracer.run.trace_file import named


class Told(NamedTuple):
    """Story tokens; the lesson they tell, which draws their pictures (None where they have none); their language."""

    tokens: list[Token]
    lesson: Lesson | None
    language: Language


def told(fence: Fence, page: Page) -> Told:
    """What a fence asks for to the tokens of its story, without a title. Raises TracerError."""
    showing, what = showing_of(fence)
    folder = page.beside(fence.templates) if fence.templates else None
    language = language_of(folder)
    if showing.word == "derive":
        if fence.problem:
            _source(fence, page)  # a derivation needs none, but one that is named is there
        try:
            derived = derivations_for(what)
        except TracerError as error:
            if error.where != "--by":  # an option of the command line
                raise
            expected = "Expected one variable; write numbers for the others."
            raise TracerError("T803", fence.show_at, error.found, expected) from None
        story = told_by("derivation/page.md.j2", {"derivations": derived, "title": derived[0].title}, folder)
        return Told(without_title(read_story(story)), None, language)
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
        return Told(without_title(read_story(student_story(report, folder))), None, report.language)
    run = Fence(**{key: getattr(fence, key) for key in OF_A_RUN})
    made = page.lessons.get(run) or page.lessons.setdefault(run, _lesson(run, page, language))
    if showing.word == "weight":
        made = made.about(what)
    story = _story(fence, showing, what, made, folder)
    if not story.strip():
        raise TracerError("T804", fence.show_at, f"there is nothing to show as '{shortened(fence.show)}' here.")
    tokens = read_story(story)
    if folder is not None:
        check_story(made, tokens, folder)
    tokens = without_title(tokens)
    anchored(tokens, made)
    return Told(tokens, made, language)


def _lesson(fence: Fence, page: Page, language: Language) -> Lesson:
    steps = fence.steps
    source = named(_source(fence, page), steps=steps, arithmetic=fence.arithmetic, deviations=fence.deviations)
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
        there = path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        there = False
    if there:
        return path
    if fence.problem in built_in():
        return fence.problem
    found = f"there is no such file beside this page, and no built-in problem of this name: {shortened(fence.problem)}."
    raise TracerError("T101", "problem", found, suggest(fence.problem, built_in()))


def _story(fence: Fence, showing: Showing, what: str, made: Lesson, folder: Path | None) -> str:
    """What is shown as story Markdown; "" where there is nothing."""
    match showing.word:
        case "all":
            return tell(made, fence.style, folder)
        case "diagram":
            return _picture(made, f"trace:diagram/{what or 'start'}", folder)
        case "curve":
            return _picture(made, f"trace:curve/{'E' if what == 'loss' else what}", folder)
        case "step" if what:
            number = _stage(made, what)
            story = _block(fence, showing, made, folder, number)
            return _formulas(made.stages[number - 1]) + story if story.strip() else ""
        case "step":
            return _block(fence, STEP, made, folder)
    if showing.block:
        return _block(fence, showing, made, folder)
    return told_by(f"embed/{showing.word}.md.j2", {"lesson": made, "what": what}, folder)


#: one training step whole, where no step of the story is named
STEP = Showing("step", "", "", "", "step")


def _picture(made: Lesson, address: str, folder: Path | None) -> str:
    address = f"trace:{quote(address.removeprefix('trace:'))}"
    caption = drawing_for(made, address).title
    return told_by("embed/picture.md.j2", {"lesson": made, "caption": caption, "address": address}, folder)


def _block(fence: Fence, showing: Showing, made: Lesson, folder: Path | None, turn: int = 1) -> str:
    """A block of the style that is asked for; else of the problem's own, or of the first that has it."""
    if fence.style:
        story = tell_block(made, showing.block, fence.style, folder, turn)
        if not story.strip():
            having = [style for style in styles(folder) if tell_block(made, showing.block, style, folder, turn).strip()]
            found = f"the style '{shortened(fence.style)}' tells no '{showing.word}' of its own here."
            raise TracerError("T804", "style", found, f"Known: {', '.join(having)}." if having else "")
        return story
    others = showing.styles if made.language is ENGLISH else ()  # these speak English
    for style in dict.fromkeys(("", *others)):
        story = tell_block(made, showing.block, style, folder, turn)
        if story.strip():
            return story
    return ""


def _formulas(stage: Stage) -> str:
    """The formulas that a step of the story puts its numbers into; the whole story has told them before."""
    parts = (part for part in stage.parts if not part.repeats)
    return "".join(f"$$\n{part.formula}\n$$ (eq-{part.anchor})\n\n" for part in parts)


def _stage(made: Lesson, what: str) -> int:
    """The number of a step of the story, by its number or by the name of what it computes. Raises TracerError T301."""
    stages = () if made.bare else made.stages
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

"""A record of the engine to what a notebook shows of it: HTML that needs nothing, Markdown, and plain text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tracer.check.plain_report import plain_report
from tracer.check.report import Report
from tracer.errors import TracerError
from tracer.explain.language import ENGLISH, Language
from tracer.explain.lesson import lesson, told_step
from tracer.explain.notation import notation_for
from tracer.explain.numbers import digits_for
from tracer.explain.reading import Reading
from tracer.explain.whole import Whole, whole
from tracer.explain.worked import Worked, worked
from tracer.publish.embed.expand import HTML, expand, written
from tracer.publish.embed.fence import Fence
from tracer.publish.embed.page import Page
from tracer.publish.embed.telling import Told
from tracer.publish.environment import told_by
from tracer.publish.report_page import student_story
from tracer.publish.story import read_story
from tracer.run.problem import Problem
from tracer.run.shown import Shown
from tracer.run.trace import Step, Trace

_PICTURE = re.compile(r'<img alt="([^"]*)"[^>]*>')


def shown(record: Shown) -> dict[str, str]:
    """A record to its texts by their kinds. What cannot be told, such as a run that was stopped, is plain text alone.

    >>> import tracer
    >>> sorted(shown(tracer.trace("hmkcode").worked("h1")))
    ['text/html', 'text/markdown', 'text/plain']
    """
    plain = _plain(record)
    try:
        return texts(lambda dialect: _told(record, dialect), plain)
    except TracerError:
        return {"text/plain": plain}


def texts(tell: Callable[[str], str], plain: str = "") -> dict[str, str]:
    """The same in every kind of text that notebooks take; `plain` of Markdown without pictures unless given."""
    markdown = tell("markdown")
    plain = plain or _PICTURE.sub(r"[\1]", markdown)
    return {"text/html": tell(HTML), "text/markdown": markdown, "text/plain": plain}


def _plain(record: Shown) -> str:
    match record:
        case Problem():
            return f"Problem({record.name!r}): {record.title}"
        case Step():
            return f"{record.name} ({record.phase})\n{record.value}"
        case Report():
            return plain_report(record)
    return str(record)


def _told(record: Shown, dialect: str) -> str:
    match record:
        case Problem():
            return _shows(record, ["network"], dialect)
        case Trace():
            curve = ["curve loss"] if record.count > 1 else []
            return _shows(record, ["diagram after end", "table", *curve], dialect)
        case Step():
            return _value(_quantity(record), dialect)
        case Worked() | Whole():
            return _value(record, dialect)
        case Report():
            return _story(student_story(record), dialect, record.language)
    raise TypeError(f"nothing is shown of {type(record).__name__}")


def _shows(source: Problem | Trace, shows: Sequence[str], dialect: str) -> str:
    made = lesson(source)
    fence = Fence(problem=made.problem.name)
    page = Page(lessons={fence: made})
    return "\n".join(expand(replace(fence, show=show), dialect, page=page) for show in shows)


@dataclass(frozen=True)
class _Known:
    """What the template of a quantity asks for, which is here already."""

    made: Worked | Whole

    def quantity(self, _: str) -> Worked | Whole:
        return self.made


def _value(made: Worked | Whole, dialect: str) -> str:
    return _story(told_by("embed/value.md.j2", {"lesson": _Known(made), "what": ""}, None), dialect)


def _quantity(step: Step) -> Worked | Whole:
    """The value of a step, under its canonical name, which may be another one in the notation of its problem."""
    assert step.trace is not None
    trace = replace(step.trace, spellings=None)
    reading = Reading(trace, notation_for(trace.problem, ""), digits_for(trace.problem, ""), told_step(trace, step.at))
    return whole(reading, step.name) or worked(reading, step.name)


def _story(story: str, dialect: str, language: Language = ENGLISH) -> str:
    return written(Fence(), Told(read_story(story), None, language), Page(), dialect)

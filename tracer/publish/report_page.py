"""A report to a page; the stories are `templates/report/student.md.j2` and `class.md.j2`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tracer.check.report import Report
from tracer.explain.language import Language
from tracer.publish.catalogue import complete
from tracer.publish.colour import in_colour
from tracer.publish.environment import environment, told
from tracer.publish.formats import WRITERS
from tracer.publish.story import read_story


def student_page(report: Report, format: str, folder: Path | None = None) -> str:
    """A report to the text of a page; `folder` holds templates of one's own. Raises TracerError T101, T502, T505."""
    return story_page(student_story(report, folder), f"{report.title}: {report.student}", format, report.language)


def student_story(report: Report, folder: Path | None = None) -> str:
    """A report as story Markdown."""
    return told("report/student.md.j2", {"report": report}, folder)


def story_page(story: str, title: str, format: str, language: Language) -> str:
    """A story to the text of a page."""
    text = WRITERS[format](in_colour(read_story(story), format), title, language)
    complete(language)
    return text

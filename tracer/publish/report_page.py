"""A report to a page; the stories are `templates/report/student.md.j2` and `class.md.j2`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path

from tracer.check.class_report import ClassReport, Student
from tracer.check.report import Finding, Report
from tracer.explain.language import Language
from tracer.publish.catalogue import complete
from tracer.publish.colour import in_colour
from tracer.publish.dialect import DIALECTS
from tracer.publish.environment import told_by
from tracer.publish.formats import WRITERS
from tracer.publish.repeated_markdown import repeated_markdown
from tracer.publish.story import escape_markdown, read_story
from tracer.read.variants import called

MOST_NOTES = 500  # sheets of which a page says what was not read


def student_page(report: Report, format: str, folder: Path | None = None) -> str:
    """A report to the text of a page; `folder` holds templates of one's own. Raises TracerError T101, T502, T505."""
    return story_page(student_story(report, folder), f"{report.title}: {report.student}", format, report.language)


def class_page(report: ClassReport, format: str, folder: Path | None = None) -> str:
    """The report of a class to the text of a page. Raises TracerError T101, T502, T505."""
    values = {
        "report": report,
        "students": "\n".join(map(_student, report.students)),
        "remarks": "\n".join(_notes(report, [(one.name, one.row.remarks) for one in report.remarks])),
        "notes": "\n".join(_notes(report, [(one.name, one.row.problems) for one in report.notes])),
        "unreadable": "\n".join(_unreadable(report)),
    }
    return story_page(told_by("report/class.md.j2", values, folder), report.title, format, report.language)


def _student(student: Student) -> str:
    """A row of the table of a class."""
    symbol = f"${student.first}$" if student.first else ""
    cause = _escaped(student.cause)
    return f"| [{_escaped(student.name)}]({student.page}) | {student.marks} | {student.right} | {symbol} | {cause} |"


def _notes(report: ClassReport, said: Sequence[tuple[str, Sequence[str]]]) -> Iterator[str]:
    for name, sentences in said[:MOST_NOTES]:
        yield f"- {_escaped(name)}: {_escaped('; '.join(sentences))}"
    if len(said) > MOST_NOTES:
        yield f"- {_escaped(report.language.told('and more, which stand in marks.csv'))}"


def _unreadable(report: ClassReport) -> Iterator[str]:
    told = report.language.told
    for sheet in report.unreadable[:MOST_NOTES]:
        line = told("line {number}", number=sheet.line) + ", " if sheet.line else ""
        name = _escaped(called(sheet.student, sheet.name))
        yield f"- {name} ({_escaped(sheet.source)}): {_escaped(line + sheet.reason)}"
    if len(report.unreadable) > MOST_NOTES:
        yield f"- {_escaped(told('and more, which stand in marks.csv'))}"


def student_story(report: Report, folder: Path | None = None) -> str:
    """A report as story Markdown."""
    return told_by("report/student.md.j2", {"report": report, "rows": partial(rows, report.language)}, folder)


def story_page(story: str, title: str, format: str, language: Language) -> str:
    """A story to the text of a page."""
    if format in DIALECTS and r"\role" not in story:
        text = repeated_markdown(story, format)
    else:
        text = WRITERS[format](in_colour(read_story(story), format), title, language)
    complete(language)
    return text


def rows(language: Language, findings: Sequence[Finding], short: bool) -> str:
    """The rows of the table of answers, `short` without what would be right; a class has very many of them."""
    found = []
    for one in findings:
        reason = f": {_escaped(one.reason)}" if one.reason else ""
        says = f"**{_escaped(one.says)}**" if one.wrong else _escaped(one.says)
        row = f"| ${one.symbol}$ | {_escaped(one.given) or '–'} | {says}{reason} |"
        if not short:
            row += f" {_range(language, one)} |" if one.wrong and one.ranged else " |"
        found.append(row)
    return "\n".join(found) + "\n"


def _range(language: Language, finding: Finding) -> str:
    first, last = finding.accepted
    return first if first == last else language.told("{first} to {last}", first=first, last=last)


@lru_cache(maxsize=2**14)
def _escaped(text: str) -> str:
    return escape_markdown(text)

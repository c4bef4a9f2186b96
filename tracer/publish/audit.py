"""An audit to text for a terminal, or to a page; the page's story is `templates/audit/page.md.j2`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap

from tracer.check.audit_told import Remark, Told
from tracer.publish.environment import environment
from tracer.publish.formats import WRITERS, format_of, write_page
from tracer.publish.sandbox import told_in
from tracer.publish.story import read_story

WIDE = 100  # characters of a line in a terminal


def audit_text(told: Told) -> str:
    """An audit to lines of plain text."""
    return "\n".join(_lines(told)) + "\n"


def _lines(told: Told) -> Iterator[str]:
    yield f"{told.source}: {told.verdict}"
    yield from (
        line
        for sentence in told.summary
        for line in wrap(sentence, WIDE, initial_indent="    ", subsequent_indent="    ")
    )
    yield from _part("", told.false)
    yield from _part("Cannot be told:", told.unsure)
    yield from _part("After rounding:", told.rounded)
    if told.unread:
        yield ""
        yield "Could not be read:"
        yield from (f"    line {remark.line}: {remark.printed}" for remark in told.unread)
        if told.more_unread:
            yield f"    and {told.more_unread} more"
    if told.against:
        yield ""
        yield from wrap(" ".join(told.against), WIDE)
    yield from _part("", told.differs)
    yield from _part("Printed twice, differently:", told.twice)


def _part(heading: str, remarks: Sequence[Remark]) -> Iterator[str]:
    if not remarks:
        return
    if heading:
        yield ""
        yield heading
    for remark in remarks:
        yield ""
        yield f"line {remark.line}: {remark.printed}"
        for sentence in remark.says:
            yield from wrap(
                sentence,
                WIDE,
                initial_indent="    ",
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )


def audit_page_text(told: Told, format: str = "markdown") -> str:
    """An audit to the text of a page."""
    title = f"Audit of {told.source}"
    template = environment().get_template("audit/page.md.j2")
    return WRITERS[format](read_story(told_in(template, {"told": told, "title": title}.items())), title)


def audit_to(path: Path, told: Told) -> None:
    """An audit to a page in a file, written whole or not at all; the format follows from the suffix.

    Raises TracerError T503 for a suffix nobody knows, and what `write_page` raises.
    """
    format = format_of(path)
    write_page(path, format, audit_page_text(told, format))

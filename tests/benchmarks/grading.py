"""A class of 10,000 sheets from its CSV files: to marks, and to a page of Markdown for each; against reading alone."""

from __future__ import annotations

import sys
import tempfile
from collections import deque
from itertools import islice
from pathlib import Path

from compare import Row, by_turns, progress, seconds

from tracer.check.class_report import Row as Line
from tracer.check.class_report import rows_of
from tracer.check.grading import Course, results_of
from tracer.check.marks_csv import marks_csv
from tracer.publish.homework import course_for
from tracer.publish.report_folder import MOST_TOGETHER, grade, page_names
from tracer.read.answers import Sheet
from tracer.read.class_of_sheets import read_class

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from simulated import sheets as simulated

SHEETS, PAIRS = 10_000, 3


def rows() -> list[Row]:
    """To marks, and to pages."""
    progress(f"{SHEETS:,} simulated sheets are written")
    course = course_for("mazur")
    with tempfile.TemporaryDirectory() as name:
        folder, output = Path(name, "class"), Path(name, "report")
        folder.mkdir()
        for sheet in simulated("mazur", SHEETS, 1):
            lines = (f'"{name}","{text}"' for name, text in sheet.answers().items())
            (folder / f"{sheet.id}.csv").write_text("\n".join(["name,value", *lines]), encoding="utf-8")
        reading = f"reading {SHEETS:,} CSV files alone"
        found = []
        for what, ours, aim in (
            ("to marks.csv", lambda: _marks(course, folder), 3.0),
            ("to pages in Markdown", lambda: grade(course, folder, output), 10.0),
        ):
            progress(what)
            times = by_turns(PAIRS, lambda _, call=ours: seconds(call), lambda _: seconds(lambda: _read(folder)))  # type: ignore[misc]
            found.append(Row(f"{SHEETS:,} sheets {what}", reading, "s", *times, aim))
        return found


def _read(folder: Path) -> None:
    deque(read_class(folder), maxlen=0)


def _marks(course: Course, folder: Path) -> None:
    """All sheets to the lines of `marks.csv`."""
    sheets = (sheet for sheet in read_class(folder) if isinstance(sheet, Sheet))
    lines: list[Line] = []
    while some := list(islice(sheets, MOST_TOGETHER)):
        lines += rows_of(results_of(course, some))
    deque(marks_csv(course, lines, page_names(line.student for line in lines), ()), maxlen=0)

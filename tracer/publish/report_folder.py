"""A class to a folder: a page for each student and one for the class, `marks.csv`, and what Gradescope reads.

The folder is made beside its place and put there when it is complete. An older one is replaced only if nothing stands
in it but what was written here.
"""

from __future__ import annotations

import gc
import os
import secrets
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from tracer.check.class_report import ClassReport, Row, class_report, rows_of
from tracer.check.grading import Course, Results, results_of
from tracer.check.marks_csv import MARK, marks_csv
from tracer.check.report import Report
from tracer.check.report_json import gradescope_json
from tracer.check.sheet_report import report_of
from tracer.errors import TracerError, shortened
from tracer.publish.dialect import DIALECTS
from tracer.publish.formats import SUFFIXES, format_named, page_bytes
from tracer.publish.own_exercises import OwnExercises
from tracer.publish.pdf import check_pdf
from tracer.publish.report_page import class_page, student_page
from tracer.read.answers import BadSheet, Sheet
from tracer.read.class_of_sheets import read_class
from tracer.read.file_labels import file_labels
from tracer.read.whose_sheets import with_remarks
from tracer.run.run import Progress

CELLS, MOST_TOGETHER = 300_000, 10_000  # answers, and sheets, that are judged together
AHEAD = 16  # tasks that an executor is given before the first result is taken
T = TypeVar("T")
STUDENTS, GRADESCOPE, MARKS, CLASS = "students", "gradescope", "marks.csv", "class"


@dataclass(frozen=True)
class Pages:
    """What a folder is to hold: pages in a format ("" for none), the key hidden or not, files for Gradescope, and a
    folder with templates of one's own."""

    format: str = "markdown"
    hidden: bool = False
    gradescope: bool = False
    templates: Path | None = None

    @property
    def suffix(self) -> str:
        """How the names of pages end."""
        return next(suffix for suffix, formats in SUFFIXES.items() if self.format in formats)


@dataclass(frozen=True)
class Graded:
    """What became of a class: its report, and how many files were written."""

    report: ClassReport
    files: int


def grade(
    course: Course,
    source: str | Path,
    output: Path,
    pages: Pages | None = None,
    *,
    decimal: str = "",
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Callable[[int], Progress | None] | None = None,
    own: OwnExercises | None = None,
) -> Graded:
    """A folder, an archive or a file with a class to a folder of reports, written whole or not at all.

    Pages are made by an `executor` (a pool of processes or threads, Dask's `Client.get_executor()`), or by `jobs`
    processes of its own; the same bytes come out of all. With `own` every student has an exercise of their own, with
    the questions of `course`. `progress` gets the number of sheets, and gives what is told how many are done. Raises
    TracerError T501 for the folder, T503, T506 for the format, T701 to T704 where nothing of the class can be read.
    """
    pages = pages or Pages()
    if format_named(pages.format) == "pdf":
        check_pdf()
    check_folder(output)
    handed_in = list(read_class(source, decimal))
    unreadable = [sheet for sheet in handed_in if isinstance(sheet, BadSheet)]
    sheets = [sheet for sheet in handed_in if isinstance(sheet, Sheet)]
    if own is None:
        sheets = with_remarks(sheets)
    else:
        sheets, strangers = own.parted(sheets)
        unreadable = [*map(own.unread, unreadable), *strangers]
    names = page_names([sheet.student for sheet in sheets])
    told = progress(len(sheets)) if progress else None
    rows: list[Row] = []
    with _folder(output) as place, _kept(), ExitStack() as stack:
        if executor is None and jobs > 1:
            executor = stack.enter_context(_processes(jobs))
        (place / STUDENTS).mkdir()
        if pages.gradescope:
            (place / GRADESCOPE).mkdir()
        for results in _judged(course, sheets) if own is None else _each(own, sheets):
            gc.freeze()
            rows += rows_of(results)
            first = len(rows) - len(results.handed_in)
            for at, (page, tests) in enumerate(_written(results, pages, executor), first):
                (place / STUDENTS / f"{names[at]}{pages.suffix}").write_bytes(page)
                if tests:
                    (place / GRADESCOPE / f"{names[at]}.json").write_bytes(tests)
                if told:
                    told(at + 1)
        links = [f"{STUDENTS}/{name}{pages.suffix}" for name in names]
        absent = own.absent([*sheets, *unreadable]) if own else []
        report = class_report(course, rows, unreadable, links, absent)
        text = class_page(report, pages.format, pages.templates)
        (place / f"{CLASS}{pages.suffix}").write_bytes(page_bytes(pages.format, text))
        with (place / MARKS).open("w", encoding="utf-8", newline="\n", errors="replace") as file:
            file.writelines(marks_csv(course, rows, links, unreadable))
    return Graded(report, len(names) * (1 + pages.gradescope) + 2)


def _judged(course: Course, sheets: Sequence[Sheet]) -> Iterator[Results]:
    """The sheets judged, as many together as memory is there for."""
    together = min(MOST_TOGETHER, max(50, CELLS // len(course.plan.asked)))
    for some in _groups(sheets, together):
        yield results_of(course, some)


def _each(own: OwnExercises, sheets: Sequence[Sheet]) -> Iterator[Results]:
    """The sheets judged one by one, each by its own exercise."""
    for sheet in sheets:
        yield results_of(own.course(sheet), [sheet])


def _groups(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Items in groups of a size, the last one smaller."""
    left = iter(items)
    while some := tuple(islice(left, size)):
        yield some


def page_names(students: Iterable[str]) -> list[str]:
    """Labels of students to names of files, also where two sheets have one label.

    >>> page_names(["anna", "../x", "anna", "anna 2"])
    ['anna', 'x', 'anna-2', 'anna-2-2']
    """
    seen: dict[str, int] = {}
    keys = []
    for student in students:
        seen[student] = seen.get(student, 0) + 1
        plain = student.replace("\0", "\ufffd")  # no label has one, so that a NUL can tell the second of a name
        keys.append(plain if seen[student] == 1 else f"{plain}\0{seen[student]}")
    labels = file_labels(keys)
    return [labels[key] for key in keys]


# -- pages, here or elsewhere

Made = tuple[bytes, bytes]


def _written(results: Results, pages: Pages, executor: Executor | None) -> Iterator[Made]:
    """The pages of sheets that were judged, in their order."""
    reports = (report_of(results, sheet, pages.hidden) for sheet in range(len(results.handed_in)))
    if executor is None:
        for report in reports:
            yield _page(report, pages)
        return
    waiting: deque[Future[list[Made]]] = deque()
    try:
        for some in _groups(reports, 200 if pages.format in DIALECTS else 10):
            waiting.append(executor.submit(_some_pages, some, pages))
            if len(waiting) >= AHEAD:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _some_pages(reports: Sequence[Report], pages: Pages) -> list[Made]:
    return [_page(report, pages) for report in reports]


def _page(report: Report, pages: Pages) -> Made:
    page = page_bytes(pages.format, student_page(report, pages.format, pages.templates))
    return page, gradescope_json(report).encode("utf-8", "replace") if pages.gradescope else b""


@contextmanager
def _processes(jobs: int) -> Iterator[Executor]:
    pool = ProcessPoolExecutor(jobs)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _kept() -> Iterator[None]:
    """What was read stays to the end: the collector of garbage need not go through it again and again."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


# -- the folder


@contextmanager
def _folder(output: Path) -> Iterator[Path]:
    """A new folder to write into, which becomes `output` at the end; nothing is left of it if anything fails."""
    target = Path(os.path.realpath(output))
    beside = target.with_name(f".tracer-{secrets.token_hex(8)}.part")
    old = target.with_name(f".tracer-{secrets.token_hex(8)}.old")
    with _refusing(output):
        beside.mkdir()
    try:
        with _refusing(output):
            yield beside
            check_folder(output)
            if target.exists():
                target.rename(old)
            beside.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _refusing(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise _refused(output, f"cannot be written: {problem.strerror or problem}.") from problem


def check_folder(output: Path) -> None:
    """Refuse a folder that must not be replaced: a file, or one in which anything else stands. Raises T501."""
    where = shortened(output.parent, 200)
    try:
        if not output.parent.is_dir():
            raise _refused(output, f"the folder {where} does not exist.", "", "Make it first, or write elsewhere.")
        if not os.access(output.parent, os.W_OK | os.X_OK):
            raise _refused(output, f"the folder {where} is not writable.", "", "Write to another folder.")
        if not os.path.lexists(output):
            return
        if not output.is_dir():
            raise _refused(output, "this is a file.", "Expected the name of a folder.", "Choose another name.")
        foreign = _foreign(output)
    except (OSError, ValueError) as problem:
        raise _refused(output, f"cannot be written: {problem}.") from None
    if foreign:
        found = f"there is something else in this folder: {shortened(foreign)}."
        raise _refused(
            output, found, "Expected a new folder, or the report of an earlier time.", "Choose another name."
        )


def _foreign(folder: Path) -> str:
    """The name of something that stands in a folder and in no folder of reports; "" for none."""
    entries = sorted(os.listdir(folder))
    if not entries:
        return ""
    if MARKS not in entries or not _is_ours(folder / MARKS):
        return entries[0]
    suffixes = {*SUFFIXES, ".json"}
    for name in entries:
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            if name not in (STUDENTS, GRADESCOPE):
                return name
            for inner in sorted(os.listdir(path)):
                if (path / inner).is_dir() or (path / inner).is_symlink() or Path(inner).suffix not in suffixes:
                    return f"{name}/{inner}"
        elif path.is_symlink() or (name != MARKS and not (path.stem == CLASS and path.suffix in suffixes)):
            return name
    return ""


def _is_ours(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(20).startswith((f'{MARK}"student",'.encode(), f'{MARK}"student";'.encode()))


def _refused(path: Path, found: str, expected: str = "", remedy: str = "") -> TracerError:
    return TracerError("T501", shortened(path, 200), found, expected, remedy)

"""A problem and a class to a folder with an exercise for each student: problem file, sheet, key, and what it shows.

FOLDER/variants.toml     who has which exercise, and the seed; for `tracer grade`, and for the teacher's eyes alone
FOLDER/variants.md .csv  how telling each exercise is
FOLDER/problems/         a problem file for each student
FOLDER/worksheets/       a sheet for each student, to be handed out
FOLDER/keys/             a key for each student, as a page and as a file of answers
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tracer.check.marks_csv import cell
from tracer.check.variants import Original, Quality, Variant, problem_of, variant
from tracer.check.worksheet import digits_text
from tracer.errors import TracerError, shortened
from tracer.explain.notation import Notation
from tracer.publish.environment import told_by
from tracer.publish.formats import SUFFIXES, format_named, page_bytes
from tracer.publish.markdown import write_markdown
from tracer.publish.pdf import check_pdf
from tracer.publish.story import read_story
from tracer.publish.worksheet import Worksheet
from tracer.read.file_labels import file_labels
from tracer.read.variants import NAME, VERSION, called
from tracer.run.problem_text import problem_text, text_value
from tracer.run.run import Progress
from tracer.run.trace_file import trace_of

PROBLEMS, SHEETS, KEYS, TABLE = "problems", "worksheets", "keys", "variants"
SEED_BYTES, LONGEST_SEED = 16, 200
COMMENT = "A personal exercise: the numbers are those of one student."


@dataclass(frozen=True)
class Told:
    """One exercise in the class's table; `label` is the student, or the original."""

    label: str
    seen: int
    told: int
    share: str
    small: int
    flat: int
    halfway: int


@dataclass(frozen=True)
class Made:
    """What was written: how many exercises and mistakes there are, how telling the original and the weakest are."""

    count: int
    possible: int
    own: Quality
    weakest: Quality


def variants_to(
    folder: Path,
    source: Worksheet,
    students: Sequence[str] | Mapping[str, str],
    *,
    seed: str = "",
    format: str = "markdown",
    progress: Progress | None = None,
) -> Made:
    """The exercises of a class into a new folder, which is there whole in the end, or not at all.

    `students` are labels, each with a name to stand beside it on the sheet if there is one. `source` is the worksheet
    of the original: its questions and digits are those of all. The same `seed` and student give the same exercise,
    whoever else is in the class; "" draws a seed that nobody can guess. Raises TracerError T501
    for the folder, T503 for the format, T506 where nothing is installed that makes it, T107 where no number can be
    another one.
    """
    format = format_named(format)
    if format == "pdf":
        check_pdf()
    check_seed(seed)
    check_folder(folder)
    seed = seed or secrets.token_hex(SEED_BYTES)
    asked = tuple(question.address for question in source.checked.asked)
    original = Original(source.trace.problem, asked, source.asked)
    students = students if isinstance(students, Mapping) else dict.fromkeys(students, "")
    files = file_labels(tuple(students))
    suffix = next(suffix for suffix, formats in SUFFIXES.items() if format in formats)
    made: list[tuple[str, Quality]] = []
    with new_folder(folder) as place:
        for name in (PROBLEMS, SHEETS, KEYS):
            (place / name).mkdir()
        for done, student in enumerate(students, 1):
            one = variant(original, seed, student)
            _write(place, files[student], suffix, _sheet(source, one, called(student, students[student])), one, format)
            made.append((student, one.quality))
            if progress:
                progress(done)
        _put(place / NAME, _list(source, seed, asked, students, files, suffix))
        _put(place / f"{TABLE}.csv", _table_csv(original.own, made))
        _put(place / f"{TABLE}.md", _table(source, original, made))
    weakest = max((quality for _, quality in made), key=lambda quality: quality.order)
    return Made(len(made), len(original.mistakes), original.own, weakest)


def _sheet(source: Worksheet, one: Variant, student: str) -> Worksheet:
    """The worksheet of one student: the questions of the original, the numbers of the student."""
    problem = problem_of(one.keys, source.trace.problem.where)
    return Worksheet(
        trace_of(problem, steps=1),
        source.notation,
        source.checked,
        source.asked,
        source.formulas,
        source.templates,
        student,
    )


def _write(place: Path, file: str, suffix: str, made: Worksheet, one: Variant, format: str) -> None:
    _put(place / PROBLEMS / f"{file}.toml", problem_text(one.keys, COMMENT))
    for folder, key in ((SHEETS, False), (KEYS, True)):
        (place / folder / f"{file}{suffix}").write_bytes(page_bytes(format, made.page(format, key=key).text))
    _put(place / KEYS / f"{file}.csv", made.key_table())


def _put(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "replace"))


def _list(
    source: Worksheet, seed: str, asked: Sequence[str], students: Mapping[str, str], files: dict[str, str], suffix: str
) -> str:
    """`variants.toml`."""
    notation: Notation = source.notation
    head = [
        "# Who has which exercise. With the seed anybody can make every key: keep this file to yourself.",
        "# The same command with --seed makes the same exercises again; students can be added at the end of the list.",
        f"version = {VERSION}",
        f"title = {text_value(source.trace.problem.title)}",
        f"seed = {text_value(seed)}",
        f"digits = {text_value(digits_text(source.asked))}",
        f"notation = {text_value(notation.name)}",
        f"ask = [{', '.join(map(text_value, asked))}]",
    ]
    rows = [
        f"[[students]]\nstudent = {text_value(student)}\n{_name_line(students[student])}"
        f"problem = {text_value(f'{PROBLEMS}/{files[student]}.toml')}\n"
        f"worksheet = {text_value(f'{SHEETS}/{files[student]}{suffix}')}\n"
        f"key = {text_value(f'{KEYS}/{files[student]}.csv')}"
        for student in students
    ]
    return "\n".join(head) + "\n\n" + "\n\n".join(rows) + "\n"


def _name_line(name: str) -> str:
    return f"name = {text_value(name)}\n" if name else ""


def _told(label: str, quality: Quality) -> Told:
    return Told(label, quality.seen, quality.told, f"{quality.share:.2f}", quality.small, quality.flat, quality.halfway)


def _table_csv(own: Quality, made: Sequence[tuple[str, Quality]]) -> str:
    head = (
        "student,mistakes that show,told apart,share of telling answers,fewer than two digits,off or saturated,half-way"
    )
    rows = [_told(label, quality) for label, quality in (("(the original)", own), *made)]
    lines = [
        f"{cell(one.label)},{one.seen},{one.told},{one.share},{one.small},{one.flat},{one.halfway}" for one in rows
    ]
    return "\n".join([head, *lines]) + "\n"


def _table(source: Worksheet, original: Original, made: Sequence[tuple[str, Quality]]) -> str:
    values = {
        "title": source.lesson.title,
        "rows": source.told.rows,
        "digits": source.told.digits,
        "possible": len(original.mistakes),
        "exercises": [_told("the original", original.own), *(_told(label, quality) for label, quality in made)],
    }
    return write_markdown(read_story(told_by("worksheet/variants.md.j2", values, source.templates)))


def check_seed(seed: str) -> None:
    """T504 for a seed that is too long to be one."""
    if len(seed) > LONGEST_SEED:
        raise TracerError("T504", "--seed", "the seed is too long.", f"Expected at most {LONGEST_SEED} characters.")


# -- the folder


def check_folder(folder: Path) -> None:
    """Refuse a folder in which anything stands, or that cannot be made. Raises T501."""
    above = shortened(folder.parent, 200)
    try:
        if not folder.parent.is_dir():
            raise _refused(folder, f"the folder {above} does not exist.", "Make it first, or write elsewhere.")
        if not os.access(folder.parent, os.W_OK | os.X_OK):
            raise _refused(folder, f"the folder {above} is not writable.", "Write to another folder.")
        if os.path.lexists(folder) and not folder.is_dir():
            raise _refused(folder, "this is a file.", "Name a folder that is not there yet.")
        if folder.is_dir() and any(folder.iterdir()):
            raise _refused(folder, "this folder is not empty.", "Name a folder that is not there yet.")
    except (OSError, ValueError) as problem:
        raise _refused(folder, f"it cannot be written: {problem}.") from None


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into, which becomes `folder` at the end; nothing is left of it if anything fails."""
    target = Path(os.path.realpath(folder))
    beside = target.with_name(f".tracer-{secrets.token_hex(8)}.part")
    try:
        try:
            beside.mkdir()
            yield beside
            check_folder(folder)
            if target.exists():
                target.rmdir()
            beside.rename(target)
        except OSError as problem:
            raise _refused(folder, f"it cannot be written: {problem.strerror or problem}.") from problem
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _refused(path: Path, found: str, remedy: str = "") -> TracerError:
    return TracerError("T501", shortened(path, 200), found, "", remedy)

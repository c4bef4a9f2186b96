"""The platforms there are, and an exercise written for one of them. To add one, add a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracer.check.worksheet import digits_told
from tracer.errors import TracerError, shortened, suggest
from tracer.explain.language import ENGLISH
from tracer.publish.catalogue import complete
from tracer.publish.exports.exercise import Exercise, exercise
from tracer.publish.exports.gift import gift
from tracer.publish.exports.moodle import moodle_cloze, moodle_numerical
from tracer.publish.exports.prairielearn import FILES, prairielearn_question
from tracer.publish.exports.qti_package import qti_package
from tracer.publish.exports.whole_folder import check_new_folder, write_folder
from tracer.publish.files import readable
from tracer.publish.homework import course_for
from tracer.run.files import check_other_file, check_writable, write_pieces
from tracer.run.problem import Problem
from tracer.run.trace import Trace

Files = Mapping[str, str]


@dataclass(frozen=True)
class Platform:
    """One kind of export: `makes` gives a text, bytes, or the files of a folder; `suffixes` are those of its file,
    none for a folder. `says` what it keeps."""

    name: str
    says: str
    suffixes: tuple[str, ...]
    makes: Callable[[Exercise], str | bytes | Files]


PLATFORMS: Mapping[str, Platform] = {
    one.name: one
    for one in (
        Platform("moodle", "one cloze question; named mistakes get feedback", (".xml",), moodle_cloze),
        Platform("moodle-numerical", "a numerical question for each step", (".xml",), moodle_numerical),
        Platform("qti", "QTI 2.1 package; follows through", (".zip",), qti_package),
        Platform("prairielearn", "question folder that calls the checker", (), prairielearn_question),
        Platform("gift", "a numerical question for each step, as text", (".gift", ".txt"), gift),
    )
}


@dataclass(frozen=True)
class Exported:
    """What was written: how many fields, how many wrong numbers that named mistakes lead to, the digits that are asked
    for in words, the fields that would accept 0, and those that would accept a parameter as it was before the step."""

    fields: int
    wrong: int
    digits: str
    zeros: tuple[str, ...]
    unchanged: tuple[str, ...]


def export_to(
    path: Path,
    problem: str | Path | Mapping[str, Any] | Problem | Trace,
    platform: str,
    *,
    ask: str = "",
    title: str = "",
    **how: Any,
) -> Exported:
    """A problem to an exercise for a platform, in a file or a folder that is written whole or not at all.

    `ask` are words between commas (z, delta, w_new), as `course_for` takes them, and so is the rest: `digits`, `steps`,
    `notation_name`. Raises TracerError T503 for a platform that is not known and a suffix that is not its own, T402 for
    too many fields, T501 for what cannot be written, and what `course_for` raises.
    """
    if platform not in PLATFORMS:
        raise TracerError("T503", "--to", f"there is no platform '{shortened(platform)}'.",
                          suggest(platform, PLATFORMS))  # fmt: skip
    chosen = PLATFORMS[platform]
    check_other_file(path, problem)
    if chosen.suffixes and path.suffix.lower() not in chosen.suffixes:
        found = f"an exercise for {platform} is no '{readable(Path(path.suffix or path.name))}' file."
        raise TracerError("T503", readable(path), found, f"Expected {' or '.join(chosen.suffixes)}.")
    if chosen.suffixes:
        check_writable(path)
    else:
        check_new_folder(path, FILES)
    made = exercise(course_for(problem, asked=ask, **how), title)
    written = chosen.makes(made)
    complete(made.language)
    if isinstance(written, Mapping):
        write_folder(path, {name: text.encode("utf-8", "replace") for name, text in written.items()})
    else:
        write_pieces(path, [written if isinstance(written, bytes) else written.encode("utf-8", "replace")])
    asked = made.asked
    digits = digits_told(asked, ENGLISH)
    return Exported(len(made.fields), sum(len(one.wrong) for one in made.fields), digits, made.zeros, made.unchanged)

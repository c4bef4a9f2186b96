"""The list of personal exercises, `variants.toml`, into the problem of each student, for those who grade them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tracer.errors import TracerError, shortened, suggest
from tracer.read.handed_in import SheetError, decoded, file_content
from tracer.run.loading import parse, read
from tracer.run.problem import Problem

NAME, VERSION = "variants.toml", 1


@dataclass(frozen=True)
class Exercises:
    """Who has which exercise: `files` from labels of students to problem files. All have the same questions (`asked`,
    addresses) with the same `digits` (as `--digits` has them), in the same notation."""

    where: str
    asked: tuple[str, ...]
    digits: str
    notation: str
    files: Mapping[str, Path]
    names: Mapping[str, str] = field(default_factory=dict)  # of those who have one beside their label

    def student(self, label: str, signed: str = "") -> str:
        """Whose sheet it is: by the label of who handed it in, by what the sheet says, or by the name of its file.

        Raises TracerError T707 for one who has no exercise.
        """
        files = {path.stem: student for student, path in self.files.items()}
        found = self.labelled(label) or files.get(label, "") or self.labelled(signed)
        if not found:
            said = f"there is no exercise of '{shortened(label)}'."
            raise TracerError("T707", self.where, said, suggest(label, self.files))
        return found

    def labelled(self, text: str) -> str:
        """The label of a student from what stands on a sheet: the label, the name if it is one student's, or both; ""
        for nobody's."""
        if text in self.files:
            return text
        found = [label for label in self.files if text and text in (self.names.get(label), self.called(label))]
        return found[0] if len(found) == 1 else ""

    def called(self, label: str) -> str:
        """A student as a page names them."""
        return called(label, self.names.get(label, ""))

    def problem(self, student: str) -> Problem:
        """The exercise of one student. Raises TracerError T707 for one who has none, and what `load` raises."""
        if student not in self.files:
            found = f"there is no exercise of '{shortened(student)}'."
            raise TracerError("T707", self.where, found, suggest(student, self.files))
        path = self.files[student]
        return parse(read(path), shortened(path.name, 200))


def read_exercises(path: str | Path) -> Exercises:
    """`variants.toml`, or the folder that it stands in, to the exercises of a class.

    Raises TracerError T701 for a file that cannot be read, T707 for one that is no such list.
    """
    path = Path(path)
    path = path / NAME if path.is_dir() else path
    where = shortened(path.name, 200)
    try:
        data = tomllib.loads(decoded(file_content(path)))
    except SheetError as error:
        raise error.at(where) from None
    except (ValueError, RecursionError) as error:
        raise _refused(where, f"this is not TOML: {shortened(error, 120)}.") from None
    return _exercises(data, path, where)


def _exercises(data: Mapping[str, Any], path: Path, where: str) -> Exercises:
    if data.get("version") != VERSION or not isinstance(data.get("students"), list):
        raise _refused(where, "this is no list of personal exercises.", "Expected what `tracer variants` has written.")
    asked, digits, notation = data.get("ask", []), data.get("digits", ""), data.get("notation", "")
    texts = isinstance(digits, str) and isinstance(notation, str)
    if not (texts and isinstance(asked, list) and all(isinstance(one, str) for one in asked) and data["students"]):
        raise _refused(where, "ask, digits or notation are not as `tracer variants` writes them.")
    files: dict[str, Path] = {}
    names: dict[str, str] = {}
    for number, student in enumerate(data["students"], 1):
        label = student.get("student") if isinstance(student, Mapping) else None
        file = student.get("problem") if isinstance(student, Mapping) else None
        if not (isinstance(label, str) and isinstance(file, str)) or label in files:
            raise _refused(where, f"student {number} has no name or no problem, or stands there twice.")
        place = (path.parent / file).resolve()
        if not place.is_relative_to(path.parent.resolve()):
            raise _refused(where, f"the problem of student {number} lies outside of this folder.")
        files[label] = place
        if isinstance(name := student.get("name"), str):
            names[label] = name
    return Exercises(where, tuple(asked), digits, notation, files, names)


def called(label: str, name: str) -> str:
    """A student by label and name, as in "17, Anna"."""
    return f"{label}, {name}" if name and name != label else label


def _refused(where: str, found: str, expected: str = "") -> TracerError:
    return TracerError("T707", where, found, expected)

"""Where every student has an exercise of their own: the course that each sheet is checked by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tracer.check.grading import Course
from tracer.errors import TracerError
from tracer.read.answers import BadSheet, Sheet
from tracer.read.variants import NAME, Exercises, read_exercises
from tracer.run.problem import Problem


@dataclass(frozen=True)
class OwnExercises:
    """The exercises of a class, and how one of them becomes a course; that takes a moment for each."""

    exercises: Exercises
    make: Callable[[Problem], Course]

    def course(self, sheet: Sheet) -> Course:
        """The course of a sheet. Raises TracerError T707 for one of somebody without an exercise."""
        return self.make(self.exercises.problem(self.exercises.student(sheet.student, sheet.signed)))

    def parted(self, sheets: Sequence[Sheet]) -> tuple[list[Sheet], list[BadSheet]]:
        """The sheets of those who have an exercise, in the order and under the names of the list, and the others with
        the reason. What is odd about a sheet is said: somebody else signed it, or the same student has another one."""
        known: list[tuple[str, Sheet]] = []
        strangers: list[BadSheet] = []
        for sheet in sheets:
            try:
                known.append((self.exercises.student(sheet.student, sheet.signed), sheet))
            except TracerError as error:
                reason = " ".join(filter(None, (error.found, error.expected)))
                strangers.append(BadSheet(sheet.student, sheet.source, 0, reason))
        places = {label: place for place, label in enumerate(self.exercises.files)}
        known.sort(key=lambda one: places[one[0]])
        count = Counter(label for label, _ in known)
        return [self._listed(label, sheet, count[label]) for label, sheet in known], strangers

    def absent(self, handed_in: Iterable[Sheet | BadSheet]) -> list[str]:
        """Those of the list of whom there is no sheet, in its order."""
        there = {sheet.student for sheet in handed_in}
        return [self.exercises.called(label) for label in self.exercises.files if label not in there]

    def unread(self, sheet: BadSheet) -> BadSheet:
        """A sheet that could not be read, with the name of the list."""
        try:
            label = self.exercises.student(sheet.student)
        except TracerError:
            return sheet
        return replace(sheet, student=label, name=self.exercises.names.get(label, ""))

    def _listed(self, label: str, sheet: Sheet, count: int) -> Sheet:
        signed, said = sheet.signed, []
        if signed and self.exercises.labelled(signed) == label:
            signed = ""
        elif signed:
            said.append(f"It is signed '{signed}', and checked by the exercise of {self.exercises.called(label)}.")
        if count > 1:
            said.append(f"There are {count} sheets of this student; this one is {sheet.source}.")
        name = self.exercises.names.get(label, "")
        return replace(sheet, student=label, name=name, signed=signed, remarks=tuple(said))


def exercises_at(problem: str) -> Exercises | None:
    """What `tracer variants` wrote, where a person names that in place of a problem; None for anything else."""
    path = Path(problem)
    listed = path.name == NAME and path.is_file()
    return read_exercises(path) if listed or (path / NAME).is_file() else None

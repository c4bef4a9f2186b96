"""A PrairieLearn question: a folder whose `server.py` gives what a student entered to Tracer's checker.

So nothing of the checker is lost: intervals in place of tolerances, follow-through, conventions, causes. Only
`exercise.json` differs from question to question; `server.py` is the same for all.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import numpy as np

from tracer.errors import TracerError, clean_text
from tracer.publish.exports.body import html, questions, statement
from tracer.publish.exports.exercise import Exercise, Field

FILES = ("exercise.json", "info.json", "question.html", "server.py")


def prairielearn_question(exercise: Exercise) -> dict[str, str]:
    """An exercise as the files of a question folder, by their names."""
    stored = _dumped(_stored(exercise))
    info = {
        # the same exercise keeps its identity when it is exported again
        "uuid": str(uuid5(NAMESPACE_URL, f"tracer exercise {stored}")),
        "title": clean_text(exercise.title),
        "topic": exercise.language.told("Neural networks"),
        "tags": ["backpropagation"],
        "type": "v3",
        "singleVariant": True,
        "partialCredit": True,
    }
    server = resources.files("tracer.publish.exports").joinpath("prairielearn_server.py").read_text(encoding="utf-8")
    made = (stored, _dumped(info), _question(exercise), server)
    return dict(zip(FILES, made, strict=True))


def _stored(exercise: Exercise) -> dict[str, Any]:
    """What the checker needs to know of an exercise, as plain data."""
    task = exercise.course.task
    if not task.problem.keys:
        found = "this problem was not read from a file."
        raise TracerError("T503", task.problem.where, found, "Expected a problem file.", "Write it into one first.")
    asked = exercise.asked
    several = len({field.question.step for field in exercise.fields}) > 1
    return {
        "problem": dict(task.problem.keys),
        "notation": task.notation.name,
        "asked": list(task.words),
        "steps": task.steps,
        "digits": f"{asked.figures}sf" if asked.figures else str(asked.decimals),
        "hide_key": True,
        "answers": {
            field.identifier: [f"{field.question.step}:{field.name}" if several else field.name, field.question.address]
            for field in exercise.fields
        },
        "key": {field.identifier: float(field.text) for field in exercise.fields},
    }


def _question(exercise: Exercise) -> str:
    """The text of the question; braces in it are no tags of mustache, in which PrairieLearn reads it."""
    note = exercise.language.told("Go on with your own results; what follows rightly from them counts.")
    asked = exercise.asked
    digits = f'comparison="{"sigfig" if asked.figures else "decdig"}" digits="{asked.figures or asked.decimals}"'

    def place(field: Field) -> str:
        return (
            f'<pl-number-input answers-name="{field.identifier}" {digits} allow-blank="true" size="14" '
            'show-help-text="false" show-placeholder="false"></pl-number-input>'
        )

    return (
        f"<pl-question-panel>\n{html(statement(exercise, note), place)}\n</pl-question-panel>\n\n"
        f"{html(questions(exercise), place)}\n\n"
        "<pl-submission-panel>\n{{#feedback.tracer}}<p>{{.}}</p>\n{{/feedback.tracer}}</pl-submission-panel>\n"
    )


def _dumped(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, allow_nan=False, indent=2, default=_listed) + "\n"


def _listed(value: object) -> object:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(type(value).__name__)

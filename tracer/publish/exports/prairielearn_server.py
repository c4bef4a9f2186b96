"""Gives what a student entered to Tracer's checker (the package backprop-tracer).

Tracer has to be installed where PrairieLearn grades this course; everything about this question is in exercise.json.
"""

import json
from pathlib import Path
from typing import Any


def _exercise(data: dict[str, Any]) -> dict[str, Any]:
    folder = Path(data["options"]["question_path"])
    found: dict[str, Any] = json.loads((folder / "exercise.json").read_text(encoding="utf-8"))
    return found


def generate(data: dict[str, Any]) -> None:
    """The key, which PrairieLearn shows when it shows correct answers."""
    data["correct_answers"].update(_exercise(data)["key"])


def grade(data: dict[str, Any]) -> None:
    """The score and the feedback of each answer, from the student's own earlier answers, and the likely causes."""
    from tracer.publish.exports.submitted import judged

    found = judged(_exercise(data), data["raw_submitted_answers"])
    for name, answer in found.answers.items():
        data["partial_scores"][name] = {"score": answer.score, "weight": answer.weight, "feedback": answer.says}
    data["score"] = found.score
    data["feedback"]["tracer"] = list(found.says)

"""Which steps of a run are kept, as a person writes it on the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tracer.errors import TracerError
from tracer.run.problem import Problem
from tracer.run.wording import shown

WORDS = ("everything", "loss", "first-and-last")


def with_record(problem: Problem, text: str, steps: int | None = None) -> Problem:
    """The problem that keeps other steps: `everything`, `loss`, `first-and-last`, `every:100` or `1,2,100`; "" is as it
    says. `steps` is how many are run, by default as many as it says.

    Raises TracerError T504.

    >>> from tracer.run.loading import load
    >>> with_record(load("trask-3-4-1"), "1,5", steps=5).record
    (1, 5)
    """
    if not text:
        return problem
    count = problem.steps if steps is None else steps
    record, written = _read(text.replace(" ", ""), count)
    keys: Mapping[str, Any] = problem.keys.get("training", {})
    return replace(problem, record=record, keys={**problem.keys, "training": {**keys, "record": written}})


def _read(text: str, count: int) -> tuple[str | int | tuple[int, ...], Any]:
    """What a problem keeps, and how its file says it."""
    if text in WORDS:
        return text, text
    if every := re.fullmatch(r"every:([0-9]{1,8})", text):
        if int(every[1]) >= 1:
            return int(every[1]), {"every": int(every[1])}
    elif re.fullmatch(r"[0-9]{1,8}(,[0-9]{1,8})*", text):
        chosen = tuple(sorted({int(word) for word in text.split(",")}))
        wrong = [step for step in chosen if not 1 <= step <= count]
        if not wrong:
            return chosen, list(chosen)
        found = f"there is no step {wrong[0]:,}."
        raise TracerError("T504", "--record", found, f"Expected 1 to {count:,}.", "--steps says how many are run.")
    expected = "Expected everything, loss, first-and-last, every:100 or a list of steps, 1,2,100."
    raise TracerError("T504", "--record", f"{shown(text)} does not say which steps to keep.", expected)

"""[training] of a problem file, one key after another: loss, batches, penalties, metrics, schedule, record."""

from __future__ import annotations

import math

from tracer.calculus.equation import Equation
from tracer.errors import TracerError, shortened, suggest
from tracer.ops import LOSSES, METRICS, PENALTIES, SCHEDULES
from tracer.run.choices import Choice, choice
from tracer.run.drawing import Batches, Drawing
from tracer.run.given_equations import equation_for
from tracer.run.keys import ProblemKeys, Record, Training
from tracer.run.problem import Array
from tracer.run.wording import either, shown, there_are

MOST_STEPS = 10_000_000


def loss(keys: ProblemKeys, where: str) -> tuple[str | Equation, dict[str, float]]:
    """The loss, by its name ("" for none) or as an equation of one's own, and the options it has."""
    value, place = keys.training.loss, f"{where}, [training]"
    made: str | Equation
    if isinstance(value, str) and "=" in value:
        made, options = equation_for("E", value, "loss", "loss", place), {}
    else:
        chosen = choice(value, LOSSES, "loss", place)
        made, options = chosen.name, dict(chosen.options)
    if made and keys.data and not _has_targets(keys):
        remedy = "Add targets, or leave the loss out."
        raise TracerError("T107", f"{where}, [data]", "a loss needs targets.", "", remedy)
    return made, options


def _has_targets(keys: ProblemKeys) -> bool:
    return keys.data is not None and bool(keys.data.targets or keys.data.labels)


def batches(keys: ProblemKeys, inputs: Array | None, drawing: Drawing, where: str) -> tuple[Batches | None, int]:
    """Which examples each step uses, and how many steps there are."""
    training, place = keys.training, f"{where}, [training]"
    check_steps(training.steps, place)
    if inputs is None:
        for key in ("batch", "epochs", "shuffle", "drop_last"):
            if getattr(training, key):
                found = f"bare equations have no examples, so no {key}."
                raise TracerError("T107", place, found, "", "Leave it out.")
        return None, training.steps
    examples = len(inputs)
    size = examples if training.batch is None else training.batch
    if not 1 <= size <= examples:
        found = f"batch is {shown(size)}, but {there_are(examples, 'example')}."
        raise TracerError("T104", place, found, f"Expected 1 to {examples}.")
    if examples % size and not training.drop_last:
        found = f"{examples} examples do not make batches of {size}."
        even = either([str(one) for one in range(1, examples + 1) if examples % one == 0][:12])
        remedy = f"Set drop_last = true to leave {examples % size} of them out of each epoch."
        raise TracerError("T104", place, found, f"Expected {even}.", remedy)
    made = Batches(examples, size, drawing.for_orders() if training.shuffle else None)
    steps = training.steps
    if training.epochs is not None:
        if steps != 1:
            raise TracerError("T107", place, "both steps and epochs are given.", "", "Leave one of them out.")
        if not 1 <= training.epochs <= MOST_STEPS:
            raise TracerError("T504", place, f"epochs is {shown(training.epochs)}.", "Expected at least 1.")
        steps = check_steps(training.epochs * made.in_epoch, place)
    return (None if made.whole else made), steps


def penalties(keys: ProblemKeys, where: str) -> tuple[Choice, ...]:
    """What is added to the loss, by name and options."""
    value, place = keys.training.penalty, f"{where}, [training]"
    wanted = value if isinstance(value, list) else [value]
    found = tuple(choice(one, PENALTIES, "penalty", place) for one in wanted if one)
    outputs = [PENALTIES[one.name].output for one in found]
    if len(set(outputs)) < len(outputs):
        raise TracerError("T107", place, "two penalties of one kind are given.", "", "Leave one of them out.")
    if found and (not keys.training.loss or keys.equations):
        raise TracerError("T107", place, "a penalty is added to a loss, and there is none.", "", "Name a loss.")
    return found


def metrics(keys: ProblemKeys, where: str) -> tuple[str, ...]:
    """The names of the metrics, each once."""
    wanted = keys.training.metrics
    for name in wanted:
        if name not in METRICS:
            found = f"there is no metric '{shortened(name)}'."
            raise TracerError("T106", f"{where}, [training]", found, suggest(name, METRICS))
    if wanted and not _has_targets(keys):
        found = "metrics compare outputs with targets, and there are none."
        raise TracerError("T107", f"{where}, [data]", found, "", "Add targets.")
    return tuple(dict.fromkeys(wanted))


def schedule(training: Training, where: str) -> Choice | Equation:
    """How the learning rate changes, by name and options or as an equation of one's own."""
    value, place = training.schedule, f"{where}, [training]"
    if value and training.rate is None:
        raise TracerError("T107", place, "there is a schedule, but no rate.", "", "Give the rate it begins with.")
    if isinstance(value, str) and "=" in value:
        return equation_for("eta", value, "learning rate", "schedule", place)
    return choice(value, SCHEDULES, "schedule", place)


def clip(training: Training, where: str) -> float | None:
    """The longest gradient, None for any."""
    value = training.clip
    if value is not None and not 0 < value < math.inf:
        raise TracerError("T105", f"{where}, [training]", f"clip is {value}.", "Expected a number above 0.")
    return value


def record(training: Training, steps: int, where: str) -> str | int | tuple[int, ...]:
    """Which of so many steps are kept: a word, every k-th, or a list."""
    value, place = training.record, f"{where}, [training]"
    if isinstance(value, Record):
        if value.every < 1:
            raise TracerError("T504", place, f"every is {shown(value.every)}.", "Expected at least 1.")
        return value.every
    if isinstance(value, list):
        if not value:
            expected = 'Expected at least one step, or "loss" to keep the error alone.'
            raise TracerError("T105", place, "record is an empty list.", expected)
        for step in value:
            if not 1 <= step <= steps:
                raise TracerError("T504", place, f"record has step {shown(step)}.", f"Expected 1 to {steps}.")
        return tuple(value)
    return value


def check_steps(steps: object, where: str) -> int:
    """A number of training steps, checked. Raises TracerError T504."""
    if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= MOST_STEPS:
        raise TracerError("T504", where, f"steps is {shown(steps)}.", f"Expected a whole number, 1 to {MOST_STEPS:,}.")
    return steps

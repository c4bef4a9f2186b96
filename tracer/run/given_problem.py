"""The keys of a problem file to a checked `Problem`, part by part."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from msgspec import to_builtins

from tracer.errors import TracerError, shortened
from tracer.ops import OPTIMIZERS
from tracer.run import given_training
from tracer.run.choices import choice
from tracer.run.deviations import deviations_named
from tracer.run.drawing import Drawing
from tracer.run.given_data import examples
from tracer.run.given_equations import equations, named
from tracer.run.given_layers import layers
from tracer.run.given_numbers import check_size
from tracer.run.key_check import checked
from tracer.run.keys import ProblemKeys
from tracer.run.long_lists import with_arrays
from tracer.run.problem import Problem
from tracer.run.rounding import arithmetic
from tracer.run.wording import shown


def from_keys(keys: Mapping[str, Any], where: str) -> Problem:
    """The `keys` of a problem to the same `Problem`; `where` names it in errors. Raises TracerError."""
    try:
        return _problem(checked(keys, where), where)
    except RecursionError:
        raise TracerError(
            "T103", where, "lists or tables are nested too deep.", "Expected at most a list of matrices."
        ) from None


def _problem(keys: ProblemKeys, where: str) -> Problem:
    """Checked keys to a `Problem`. What is wrong in two places is told in the order of these lines."""
    _check_parts(keys, where)
    training, place, drawing = keys.training, f"{where}, [training]", Drawing(keys.random, where)
    inputs, targets = examples(keys, where)
    made = layers(keys, inputs, drawing, where)
    rate = training.rate
    if rate is not None and not math.isfinite(rate):
        raise TracerError("T105", place, f"rate is {rate}.", "Expected a finite number.")
    optimizer = choice(training.optimizer, OPTIMIZERS, "optimizer", place)
    loss, loss_options = given_training.loss(keys, where)
    batches, steps = given_training.batches(keys, inputs, drawing, where)
    for axis, size in keys.sizes.items():
        check_size(size, shortened(axis), f"{where}, [sizes]")
    return Problem(
        name=where.removesuffix(".toml"),
        where=where,
        title=keys.title or where.removesuffix(".toml"),
        source=keys.source,
        note=keys.note,
        notation=keys.notation,
        style=keys.style,
        digits=keys.digits,
        weights_layout=keys.weights_layout,
        inputs=inputs,
        targets=targets,
        layers=made,
        values=named(keys.values, f"{where}, [values]"),
        parameters=named(keys.parameters, f"{where}, [parameters]"),
        equations=equations(keys.equations, f"{where}, equation"),
        sizes=dict(keys.sizes),
        loss=loss,
        loss_options=loss_options,
        penalties=given_training.penalties(keys, where),
        metrics=given_training.metrics(keys, where),
        rate=rate,
        schedule=given_training.schedule(training, where),
        steps=steps,
        batches=batches,
        optimizer=optimizer,
        clip=given_training.clip(training, where),
        state=named(keys.state, f"{where}, [state]"),
        update_order=training.update_order,
        record=given_training.record(training, steps, where),
        drawn=drawing.said,
        arithmetic=arithmetic(keys.arithmetic, f"{where}, [arithmetic]"),
        keys=with_arrays(to_builtins(keys)),
        deviations=deviations_named(keys.deviations, f"{where}, deviations"),
    )


def _check_parts(keys: ProblemKeys, where: str) -> None:
    """Refuse parts of a file that are missing or exclude each other."""
    training = keys.training

    def refused(found: str, remedy: str, place: str = "") -> TracerError:
        return TracerError("T107", f"{where}, {place}" if place else where, found, "", remedy)

    if keys.layers and keys.equations:
        remedy = "A layer's own equations stand inside its [[layers]] table."
        raise refused("both [[layers]] and equations are given.", remedy)
    if not keys.layers and not keys.equations:
        remedy = "Give one of them; 'tracer new FILE' makes an example."
        raise refused("neither [[layers]] nor equations are given.", remedy)
    if keys.layers and keys.data is None:
        raise refused("there is no [data] table.", "Layers need inputs, and targets for a loss.")
    if keys.equations and keys.data is not None:
        raise refused("bare equations have no [data].", "Give their values under [values].")
    if keys.layers and (keys.values or keys.parameters):
        remedy = "Inputs stand under [data], a layer's own parameters inside its [[layers]] table."
        raise refused("[values] and [parameters] belong to bare equations.", remedy)
    if keys.equations and training.loss:
        remedy = "The last equation is the one that is minimised; leave loss out."
        raise refused("bare equations have no loss.", remedy, "[training]")
    if keys.layers and training.rate is not None and not training.loss:
        remedy = "Name a loss, or leave the rate out."
        raise refused("there is a rate, but no loss to minimise.", remedy, "[training]")
    if (training.steps > 1 or training.epochs) and training.rate is None:
        word, count = ("epochs", training.epochs) if training.epochs else ("steps", training.steps)
        remedy = f"Without a rate nothing is updated; give one, or leave {word} out."
        raise refused(f"{word} is {shown(count)}, but there is no rate.", remedy, "[training]")

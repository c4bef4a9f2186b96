"""The simulator's own formulas and problem files against Tracer: every quantity of every network, with all digits.

This is the one place where the two meet; the simulator itself never imports Tracer (`test_simulated.py`).
"""

from __future__ import annotations

import numpy as np
import pytest
from simulated.formulas import Plan
from simulated.misconceptions import ALL, CALCULATOR, UNKNOWN
from simulated.nets import SHAPES, Exercise, exercise, label_of, mistakes, problem_file, program
from simulated.student import worked_in_full

import tracer
from tracer.run.deviations import DEVIATIONS, with_deviations
from tracer.run.loading import load
from tracer.run.run import run

CLOSE = 1e-12
#: mistakes of the simulator by names of Tracer, where Tracer means the same
SAME = [name for name in ALL if name not in UNKNOWN]


def _traced(made: Exercise, folder, deviation: str | None = None):
    path = folder / "problem.toml"
    path.write_text(problem_file(made), encoding="utf-8")
    problem = load(str(path))
    return run(with_deviations(problem, [deviation]) if deviation else problem)


@pytest.mark.parametrize("net", SHAPES)
def test_every_quantity_agrees(net: str, tmp_path) -> None:
    made = exercise(net, "1")
    trace, values = _traced(made, tmp_path), worked_in_full(made)
    names = [step.name for step in program(net, label=label_of(made))]
    assert len(names) == len(set(names)) > 20
    for name in names:
        assert float(values[name]) == pytest.approx(float(trace[name]), abs=CLOSE, rel=CLOSE), name
    # they stand in the order of the trace: what is the first wrong step depends on it
    schedule = [entry.name for entry in trace.network.schedule]
    places = [schedule.index(name.split(":")[-1].split("[")[0]) for name in names if not name.startswith("2:")]
    assert places == sorted(places)


@pytest.mark.parametrize("name", SAME)
def test_a_mistake_is_the_deviation_of_that_name(name: str, tmp_path) -> None:
    assert name in DEVIATIONS
    net = next(net for net in ("random-2-2-2", "softmax-2-3-3", "batch-2-2-2") if name in mistakes(net))
    made = exercise(net, "1")
    values = worked_in_full(made, Plan("house", frozenset({name})))
    trace = _traced(made, tmp_path, name)
    for step in program(net, label=label_of(made)):
        ours, theirs = float(values[step.name]), float(np.asarray(trace[step.name]))
        assert ours == pytest.approx(theirs, abs=CLOSE, rel=CLOSE), step.name


def test_names_of_ones_own_are_not_tracers() -> None:
    assert not set(UNKNOWN) & set(DEVIATIONS)
    assert {"sign-in-exponent", "common-logarithm"} <= set(CALCULATOR) & set(DEVIATIONS)
    assert tracer.__name__ == "tracer"

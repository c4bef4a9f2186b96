"""1,000 mini-batch steps of a 784-128-10 network against the loop people write, with every hundredth step or everything
kept. The data are random: what is measured is time."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import pairwise

import numpy as np
from compare import Arrays, Row, by_turns, memory, progress, same_numbers, seconds

from tracer.run.loading import load
from tracer.run.problem import Problem
from tracer.run.run import run

PAIRS, LEAST, SECONDS = 7, 3, 60
STEPS, EVERY = 1_000, 100
EXAMPLES, BATCH, RATE = 6_400, 64, 0.1
UNITS = (784, 128, 10)


def rows() -> list[Row]:
    """Seconds for 1,000 steps from the same weights, and megabytes."""
    sparse = range(1, STEPS + 1, EVERY)
    return [
        _row("784-128-10, every 100th kept", sparse, EVERY),
        _row("784-128-10, everything kept", "everything", 1),
        memory("  memory, everything kept", lambda: run(problem(), steps=STEPS, keep="everything")),
    ]


def _row(what: str, keep: str | Iterable[int], every: int) -> Row:
    progress(what)
    same_numbers(run(problem(), steps=STEPS, keep=keep), loop(STEPS, every), 1e-9)

    def ours(_: int) -> float:
        return seconds(lambda: run(problem(), steps=STEPS, keep=keep))

    def theirs(_: int) -> float:
        return seconds(lambda: loop(STEPS, every))

    return Row(what, "loop storing the same arrays", "s", *by_turns(PAIRS, ours, theirs, LEAST, SECONDS), 1.05)


@cache
def data() -> tuple[Arrays, Arrays]:
    """Inputs and labels, and the weights to begin with, drawn as the problem draws them."""
    chance = np.random.default_rng(0)
    examples = {"inputs": chance.random((EXAMPLES, UNITS[0])), "labels": chance.integers(0, UNITS[2], EXAMPLES)}
    chance = np.random.default_rng(1)
    w1, w2 = (np.sqrt(2 / below) * chance.standard_normal((below, units)) for below, units in pairwise(UNITS))
    epochs = -(-(STEPS + 1) * BATCH // EXAMPLES)
    orders = np.concatenate([chance.permutation(EXAMPLES) for _ in range(epochs)]).reshape(-1, BATCH)
    return examples, {"w1": w1, "w2": w2, "orders": orders}


@cache
def problem() -> Problem:
    """The problem, read once: reading so many inputs takes a while, and is not what is measured."""
    progress("784-128-10: reading the problem")
    layers = [
        {"units": UNITS[1], "activation": "relu", "weights": {"draw": "he"}, "bias": {"draw": "zeros"}},
        {"units": UNITS[2], "weights": {"draw": "he"}, "bias": {"draw": "zeros"}},
    ]
    training = {"loss": "softmax-cross-entropy-mean", "rate": RATE, "batch": BATCH, "shuffle": True, "steps": STEPS}
    return load({"data": data()[0], "layers": layers, "training": training, "random": {"seed": 1}})


def loop(steps: int, every: int) -> Arrays:
    """A training loop that keeps every loss, and every intermediate of every `every`-th step. Of all steps the weights
    have one row more, as in a trace; of some steps the new weights are kept beside them."""
    examples, start = data()
    inputs, orders = examples["inputs"], start["orders"]
    targets = np.zeros((EXAMPLES, UNITS[2]))
    targets[np.arange(EXAMPLES), examples["labels"]] = 1
    w1, w2 = start["w1"], start["w2"]
    b1, b2 = np.zeros(UNITS[1]), np.zeros(UNITS[2])
    below, hidden, classes = UNITS
    shapes = {
        "z1": (BATCH, hidden), "a1": (BATCH, hidden), "z2": (BATCH, classes), "m": (BATCH,), "lse": (BATCH,),
        "dlse": (BATCH,), "delta2": (BATCH, classes), "dw2": (hidden, classes), "db2": (classes,),
        "da1": (BATCH, hidden), "delta1": (BATCH, hidden), "dw1": (below, hidden), "db1": (hidden,),
    }  # fmt: skip
    weights = {"w1": (below, hidden), "b1": (hidden,), "w2": (hidden, classes), "b2": (classes,)}
    rows = len(range(0, steps, every))
    kept = {name: np.empty((rows, *shape)) for name, shape in shapes.items()}
    kept |= {name: np.empty((rows + (every == 1), *shape)) for name, shape in weights.items()}
    if every > 1:
        kept |= {f"{name}_new": np.empty((rows, *shape)) for name, shape in weights.items()}
    losses = np.empty(steps)
    for step in range(steps):
        chosen = orders[step]
        x, t = inputs[chosen], targets[chosen]
        z1 = x @ w1 + b1
        a1 = np.maximum(z1, 0)
        z2 = a1 @ w2 + b2
        m = z2.max(axis=1)
        lse = m + np.log(np.exp(z2 - m[:, None]).sum(axis=1))
        losses[step] = np.sum(t * (lse[:, None] - z2)) / BATCH
        dlse = t.sum(axis=1) / BATCH
        delta2 = dlse[:, None] * np.exp(z2 - lse[:, None]) - t / BATCH
        dw2 = a1.T @ delta2
        db2 = delta2.sum(axis=0)
        da1 = delta2 @ w2.T
        delta1 = da1 * (z1 > 0)
        dw1 = x.T @ delta1
        db1 = delta1.sum(axis=0)
        old = w1, b1, w2, b2
        w1, b1, w2, b2 = w1 - RATE * dw1, b1 - RATE * db1, w2 - RATE * dw2, b2 - RATE * db2
        if step % every == 0:
            row = step // every
            kept["z1"][row], kept["a1"][row], kept["z2"][row], kept["m"][row] = z1, a1, z2, m
            kept["lse"][row], kept["dlse"][row], kept["delta2"][row] = lse, dlse, delta2
            kept["dw2"][row], kept["db2"][row], kept["da1"][row] = dw2, db2, da1
            kept["delta1"][row], kept["dw1"][row], kept["db1"][row] = delta1, dw1, db1
            kept["w1"][row], kept["b1"][row], kept["w2"][row], kept["b2"][row] = old
            if every > 1:
                kept["w1_new"][row], kept["b1_new"][row], kept["w2_new"][row], kept["b2_new"][row] = w1, b1, w2, b2
    if every == 1:
        kept["w1"][-1], kept["b1"][-1], kept["w2"][-1], kept["b2"][-1] = w1, b1, w2, b2
    return {"E": losses, **kept}

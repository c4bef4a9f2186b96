"""80,000 training steps of cavar-3-4-1 against the loop people write: with every loss, with everything, with every
hundredth step kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from compare import Arrays, Row, by_turns, memory, progress, same_numbers, seconds

from tracer.run.run import run

PAIRS, LEAST, SECONDS = 9, 5, 25
STEPS, EVERY = 80_000, 100
NAME = "cavar-3-4-1"


def rows() -> list[Row]:
    """Seconds for 80,000 steps, and megabytes; both sides begin with the drawing of the weights and must end with the
    same ones."""
    sparse = range(1, STEPS + 1, EVERY)
    return [
        _row("80,000 steps, every loss kept", "tutorial loop with loss", 0.7, "loss", tutorial_loop),
        _row("80,000 steps, everything kept", "loop storing the same arrays", 0.6, "everything", storing_loop),
        _row("80,000 steps, every 100th kept", "loop storing the same arrays", 0.7, sparse, sparse_loop),
        memory("  memory, everything kept", lambda: run(NAME, steps=STEPS, keep="everything")),
    ]


def _row(what: str, other: str, aim: float, keep: str | Iterable[int], loop: Callable[[int], Arrays]) -> Row:
    progress(what)
    same_numbers(run(NAME, steps=STEPS, keep=keep), loop(STEPS))

    def ours(_: int) -> float:
        return seconds(lambda: run(NAME, steps=STEPS, keep=keep))

    def theirs(_: int) -> float:
        return seconds(lambda: loop(STEPS))

    return Row(what, other, "s", *by_turns(PAIRS, ours, theirs, LEAST, SECONDS), aim)


def tutorial_loop(steps: int) -> Arrays:
    """The source's eleven lines and a loss. (Floats from the start, which is faster than the
    source's integers; three factors are multiplied from the left, as we do, for equal bits.)"""
    X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=float)
    y = np.array([[0, 1, 1, 0]], dtype=float).T
    np.random.seed(1)
    syn0 = 2 * np.random.random((3, 4)) - 1
    syn1 = 2 * np.random.random((4, 1)) - 1
    losses = []
    for _ in range(steps):
        l1 = 1 / (1 + np.exp(-(np.dot(X, syn0))))
        l2 = 1 / (1 + np.exp(-(np.dot(l1, syn1))))
        l2_error = y - l2
        losses.append(np.sum(l2_error**2) / 2)
        l2_delta = l2_error * l2 * (1 - l2)
        l1_delta = l2_delta.dot(syn1.T) * l1 * (1 - l1)
        syn1 += l1.T.dot(l2_delta)
        syn0 += X.T.dot(l1_delta)
    return {"E": np.array(losses), "w1": syn0, "w2": syn1}


def storing_loop(steps: int) -> Arrays:
    """The same network in a loop that keeps every intermediate of every step in arrays made beforehand."""
    x = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=float)
    t = np.array([[0, 1, 1, 0]], dtype=float).T
    np.random.seed(1)
    w1 = 2 * np.random.random((3, 4)) - 1
    w2 = 2 * np.random.random((4, 1)) - 1
    eta = 1.0
    all_w1, all_w2 = np.empty((steps + 1, 3, 4)), np.empty((steps + 1, 4, 1))
    all_z1, all_a1, all_da1, all_delta1 = (np.empty((steps, 4, 4)) for _ in range(4))
    all_z2, all_a2, all_da2, all_delta2 = (np.empty((steps, 4, 1)) for _ in range(4))
    all_dw1, all_dw2, losses = np.empty((steps, 3, 4)), np.empty((steps, 4, 1)), np.empty(steps)
    all_w1[0], all_w2[0] = w1, w2
    for step in range(steps):
        all_z1[step] = z1 = x.dot(w1)
        all_a1[step] = a1 = 1 / (1 + np.exp(-z1))
        all_z2[step] = z2 = a1.dot(w2)
        all_a2[step] = a2 = 1 / (1 + np.exp(-z2))
        all_da2[step] = da2 = a2 - t
        losses[step] = np.sum(da2**2) / 2
        all_delta2[step] = delta2 = da2 * a2 * (1 - a2)
        all_dw2[step] = dw2 = a1.T.dot(delta2)
        all_da1[step] = da1 = delta2.dot(w2.T)
        all_delta1[step] = delta1 = da1 * a1 * (1 - a1)
        all_dw1[step] = dw1 = x.T.dot(delta1)
        all_w1[step + 1] = w1 = w1 - eta * dw1
        all_w2[step + 1] = w2 = w2 - eta * dw2
    return {
        "z1": all_z1, "a1": all_a1, "z2": all_z2, "a2": all_a2, "E": losses, "da2": all_da2, "delta2": all_delta2,
        "dw2": all_dw2, "da1": all_da1, "delta1": all_delta1, "dw1": all_dw1, "w1": all_w1, "w2": all_w2,
    }  # fmt: skip


def sparse_loop(steps: int) -> Arrays:
    """The same network in a loop that keeps every loss, and every intermediate of every hundredth step."""
    x = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=float)
    t = np.array([[0, 1, 1, 0]], dtype=float).T
    np.random.seed(1)
    w1 = 2 * np.random.random((3, 4)) - 1
    w2 = 2 * np.random.random((4, 1)) - 1
    eta = 1.0
    rows = len(range(0, steps, EVERY))
    kept = {name: np.empty((rows, 4, 4)) for name in ("z1", "a1", "da1", "delta1")}
    kept |= {name: np.empty((rows, 4, 1)) for name in ("z2", "a2", "da2", "delta2", "dw2", "w2", "w2_new")}
    kept |= {name: np.empty((rows, 3, 4)) for name in ("dw1", "w1", "w1_new")}
    losses = np.empty(steps)
    for step in range(steps):
        z1 = x.dot(w1)
        a1 = 1 / (1 + np.exp(-z1))
        z2 = a1.dot(w2)
        a2 = 1 / (1 + np.exp(-z2))
        da2 = a2 - t
        losses[step] = np.sum(da2**2) / 2
        delta2 = da2 * a2 * (1 - a2)
        dw2 = a1.T.dot(delta2)
        da1 = delta2.dot(w2.T)
        delta1 = da1 * a1 * (1 - a1)
        dw1 = x.T.dot(delta1)
        w1_new = w1 - eta * dw1
        w2_new = w2 - eta * dw2
        if step % EVERY == 0:
            row = step // EVERY
            kept["z1"][row], kept["a1"][row], kept["z2"][row], kept["a2"][row] = z1, a1, z2, a2
            kept["da2"][row], kept["delta2"][row], kept["dw2"][row] = da2, delta2, dw2
            kept["da1"][row], kept["delta1"][row], kept["dw1"][row] = da1, delta1, dw1
            kept["w1"][row], kept["w2"][row], kept["w1_new"][row], kept["w2_new"][row] = w1, w2, w1_new, w2_new
        w1, w2 = w1_new, w2_new
    return {"E": losses, **kept}

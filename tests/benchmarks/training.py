"""80,000 training steps of trask-3-4-1 against the loop people write, with every loss and with everything kept."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import numpy as np
from compare import Row, by_turns, progress
from numpy.typing import NDArray

from tracer.run.run import run
from tracer.run.trace import Trace

PAIRS, LEAST, SECONDS = 9, 5, 25
STEPS = 80_000
Arrays = dict[str, NDArray[Any]]


def rows() -> list[Row]:
    """Seconds for 80,000 steps; both sides begin with the drawing of the weights and must end with the same ones."""
    return [
        _row("80,000 steps, every loss kept", "tutorial loop with loss", 0.7, "loss", tutorial_loop),
        _row("80,000 steps, everything kept", "loop storing the same arrays", 0.6, "everything", storing_loop),
    ]


def _row(what: str, other: str, aim: float, keep: str, loop: Any) -> Row:
    progress(what)
    _check(run("trask-3-4-1", steps=STEPS, keep=keep), loop(STEPS))

    def ours(_: int) -> float:
        start = perf_counter()
        run("trask-3-4-1", steps=STEPS, keep=keep)
        return perf_counter() - start

    def theirs(_: int) -> float:
        start = perf_counter()
        loop(STEPS)
        return perf_counter() - start

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


def _check(trace: Trace, found: Mapping[str, NDArray[Any]]) -> None:
    """End the benchmark unless both computed the same: weights and losses to 12 digits, and all that both kept."""
    pairs = {"losses": (trace.losses, found["E"])}
    for name in ("w1", "w2"):
        last = found[name][-1] if found[name].ndim == 3 else found[name]
        pairs[f"final {name}"] = (trace.value(name, STEPS + 1), last)
    for segment in trace.segments:
        if missing := set(segment.arrays) ^ set(found):
            raise SystemExit(f"the loop and the trace do not keep the same arrays: {', '.join(sorted(missing))}")
        pairs |= {name: (segment.arrays[name], found[name]) for name in found}
    for name, (ours, theirs) in pairs.items():
        if not np.allclose(ours, theirs, rtol=1e-12, atol=1e-12 if name not in ("final w1", "final w2") else 0):
            raise SystemExit(f"not the same computation: {name} differs by up to {np.max(np.abs(ours - theirs)):.3g}")
    same = all(np.array_equal(ours, theirs) for ours, theirs in pairs.values())
    progress(f"the same numbers in {', '.join(pairs)}" + (", bit for bit" if same else ", to 12 digits"))

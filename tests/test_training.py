"""Training as the tutorials do it, against loops written here by hand: batches, optimizers, what is recorded."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import tracer
from tracer.errors import TracerError
from tracer.run.drawing import Batches
from tracer.run.run import run
from tracer.run.trace import Trace

Array = np.ndarray[Any, np.dtype[Any]]
CLOSE = 1e-12

DATA = np.random.default_rng(3)
INPUTS, TARGETS = DATA.uniform(-1, 1, (6, 3)), DATA.uniform(0, 1, (6, 2))
W1, W2, B1 = DATA.uniform(-1, 1, (3, 4)), DATA.uniform(-1, 1, (4, 2)), DATA.uniform(-1, 1, 4)


def problem(**training: Any) -> dict[str, Any]:
    """A 3-4-2 network of tanh and sigmoid units."""
    return {
        "data": {"inputs": INPUTS, "targets": TARGETS},
        "layers": [
            {"weights": W1, "bias": B1, "activation": "tanh"},
            {"weights": W2, "activation": "sigmoid"},
        ],
        "training": {"loss": "half-squared-error", "rate": 0.1, **training},
    }


def step(rows: list[int] | Array, w1: Array, b1: Array, w2: Array) -> tuple[float, dict[str, Array]]:
    """The loss and the gradients of one step, written by hand."""
    x, t = INPUTS[rows], TARGETS[rows]
    a1 = np.tanh(x @ w1 + b1)
    a2 = 1 / (1 + np.exp(-(a1 @ w2)))
    delta2 = (a2 - t) * a2 * (1 - a2)
    delta1 = delta2 @ w2.T * (1 - a1**2)
    gradients = {"w1": x.T @ delta1, "b1": delta1.sum(axis=0), "w2": a1.T @ delta2}
    return float(((a2 - t) ** 2).sum() / 2), gradients


Rule = Callable[[Array, Array, dict[str, Any], int], Array]


def by_hand(order: list[list[int]], rule: Rule) -> tuple[list[float], dict[str, Array]]:
    """Losses and final parameters of a loop that uses the examples of `order`, step by step."""
    values, memory, losses = {"w1": W1.copy(), "b1": B1.copy(), "w2": W2.copy()}, {}, []
    for number, rows in enumerate(order, 1):
        loss, gradients = step(rows, **values)
        losses.append(loss)
        for name, gradient in gradients.items():
            values[name] = rule(values[name], gradient, memory.setdefault(name, {}), number)
    return losses, values


def check(trace: Trace, losses: list[float], values: dict[str, Array]) -> None:
    np.testing.assert_allclose(trace.losses, losses, rtol=CLOSE)
    for name, value in values.items():
        np.testing.assert_allclose(trace.after[name], value, rtol=1e-10, atol=CLOSE)


def plain(w: Array, dw: Array, *_: Any) -> Array:
    return w - 0.1 * dw


ALL = [0, 1, 2, 3, 4, 5]


# -- which examples a step uses


@pytest.mark.parametrize("keep", ["everything", "loss", "first-and-last", range(1, 8, 3)])
def test_batches_in_order(keep: Any) -> None:
    order = list(itertools.islice(itertools.cycle([[0, 1], [2, 3], [4, 5]]), 7))
    trace = run(problem(batch=2, steps=7), keep=keep)
    check(trace, *by_hand(order, plain))
    for number in trace.kept:
        np.testing.assert_array_equal(trace.value("x", number), INPUTS[order[number - 1]])
        np.testing.assert_array_equal(trace.value("t", number), TARGETS[order[number - 1]])
    np.testing.assert_array_equal(trace.value("x", 8), INPUTS[[2, 3]])  # of the forward pass after the last update


def test_one_example_at_a_time() -> None:
    check(run(problem(batch=1, epochs=2)), *by_hand([[row] for row in ALL * 2], plain))


def test_examples_that_do_not_fill_a_batch_are_left_out() -> None:
    check(run(problem(batch=4, drop_last=True, epochs=3)), *by_hand([[0, 1, 2, 3]] * 3, plain))


@pytest.mark.parametrize("generator", ["modern", "legacy"])
def test_shuffled_batches(generator: str) -> None:
    """A new order in each epoch, drawn where the last draw ended."""
    made = problem(batch=3, shuffle=True, epochs=3) | {"random": {"seed": 5, "generator": generator}}
    random: Any = np.random.RandomState(5) if generator == "legacy" else np.random.default_rng(5)
    orders = [random.permutation(6) for _ in range(3)]
    order = [list(part) for whole in orders for part in (whole[:3], whole[3:])]
    trace = run(made)
    check(trace, *by_hand(order, plain))
    assert (run(made).losses == trace.losses).all()
    assert len({tuple(whole) for whole in orders}) == 3


def test_orders_come_after_the_weights() -> None:
    made = problem(batch=3, shuffle=True) | {"random": {"seed": 5}}
    made["layers"][0] = {"units": 4, "weights": {"draw": "uniform"}, "activation": "tanh"}
    random = np.random.default_rng(5)
    weights = -1 + 2 * random.random((3, 4))
    trace = run(made)
    np.testing.assert_array_equal(trace["w1"], weights)
    np.testing.assert_array_equal(trace.value("x", 1), INPUTS[random.permutation(6)[:3]])


def test_gradients_of_a_batch_are_checked_with_its_examples() -> None:
    trace = run(problem(batch=2, shuffle=True, steps=5))
    for number in (1, 4):
        assert max(item.difference for item in tracer.gradient_check(trace, number)) < 1e-8


def test_rows_of_whole_epochs_hold_every_example_once() -> None:
    rows = Batches(6, 2, np.random.default_rng(1)).rows(9).reshape(3, 6)
    assert all(sorted(row) == ALL for row in rows)


# -- optimizers


def momentum(w: Array, dw: Array, kept: dict[str, Any], _: int) -> Array:
    kept["v"] = 0.9 * kept.get("v", 0) + dw
    return w - 0.1 * kept["v"]


def momentum_rate_inside(w: Array, dw: Array, kept: dict[str, Any], _: int) -> Array:
    kept["v"] = 0.9 * kept.get("v", 0) - 0.1 * dw
    return w + kept["v"]


def nesterov(w: Array, dw: Array, kept: dict[str, Any], _: int) -> Array:
    kept["v"] = 0.9 * kept.get("v", 0) + dw
    return w - 0.1 * (dw + 0.9 * kept["v"])


def adagrad(w: Array, dw: Array, kept: dict[str, Any], _: int) -> Array:
    kept["s"] = kept.get("s", 0) + dw**2
    return w - 0.1 * dw / (np.sqrt(kept["s"]) + 1e-8)


def rmsprop(w: Array, dw: Array, kept: dict[str, Any], _: int) -> Array:
    kept["s"] = 0.9 * kept.get("s", 0) + 0.1 * dw**2
    return w - 0.1 * dw / (np.sqrt(kept["s"]) + 1e-8)


def adam(w: Array, dw: Array, kept: dict[str, Any], number: int, decay: float = 0.0) -> Array:
    kept["m"] = 0.9 * kept.get("m", 0) + 0.1 * dw
    kept["v"] = 0.999 * kept.get("v", 0) + 0.001 * dw**2
    m, v = kept["m"] / (1 - 0.9**number), kept["v"] / (1 - 0.999**number)
    return w - 0.1 * (m / (np.sqrt(v) + 1e-8) + decay * w)


def adamw(w: Array, dw: Array, kept: dict[str, Any], number: int) -> Array:
    return adam(w, dw, kept, number, 0.01)


def adamax(w: Array, dw: Array, kept: dict[str, Any], number: int) -> Array:
    kept["m"] = 0.9 * kept.get("m", 0) + 0.1 * dw
    kept["u"] = np.maximum(0.999 * kept.get("u", 0), np.abs(dw))
    return w - 0.1 * (kept["m"] / (1 - 0.9**number)) / (kept["u"] + 1e-8)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("momentum", momentum),
        ("momentum-rate-inside", momentum_rate_inside),
        ("nesterov", nesterov),
        ("adagrad", adagrad),
        ("rmsprop", rmsprop),
        ("adam", adam),
        ("adamw", adamw),
        ("adamax", adamax),
    ],
)
@pytest.mark.parametrize("keep", ["everything", "loss"])
def test_optimizer(name: str, rule: Rule, keep: str) -> None:
    check(run(problem(optimizer=name, steps=20), keep=keep), *by_hand([ALL] * 20, rule))


def test_state_may_be_given() -> None:
    made = problem(optimizer="momentum") | {"state": {"vw2": np.ones((4, 2))}}
    trace = run(made)
    np.testing.assert_allclose(trace["vw2_new"], 0.9 + trace["dw2"], rtol=CLOSE)
    assert not trace["vw1"].any()


def test_clipping() -> None:
    """All gradients together are no longer than the clip, and only their length changes."""
    _, gradients = step(ALL, W1, B1, W2)
    norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients.values()))
    for clip, factor in ((norm / 2, 0.5), (norm * 2, 1.0)):
        trace = run(problem(clip=float(clip)))
        assert trace["norm"] == pytest.approx(norm, rel=CLOSE)
        for name, gradient in gradients.items():
            np.testing.assert_allclose(trace[f"c{name}"], factor * gradient, rtol=1e-10)
            np.testing.assert_allclose(trace[f"{name}_new"], trace[name] - 0.1 * trace[f"c{name}"], rtol=1e-10)


@pytest.mark.parametrize(
    ("schedule", "rate"),
    [
        ({"name": "exponential", "gamma": 0.5}, lambda number: 0.1 * 0.5 ** (number - 1)),
        ({"name": "inverse-time", "gamma": 2.0}, lambda number: 0.1 / (1 + 2 * (number - 1))),
        ({"name": "warm-up", "warm": 4}, lambda number: 0.1 * min(1, number / 4)),
        ("eta = eta0 / sqrt(step)", lambda number: 0.1 / np.sqrt(number)),
    ],
)
def test_schedule(schedule: Any, rate: Callable[[int], float]) -> None:
    trace = run(problem(schedule=schedule, steps=6))
    check(trace, *by_hand([ALL] * 6, lambda w, dw, _, number: w - rate(number) * dw))
    assert trace["3:eta"] == pytest.approx(rate(3), rel=CLOSE)


def test_penalties_are_added_to_the_error() -> None:
    trace = run(problem(penalty=[{"name": "l2", "lambda2": 0.1}, {"name": "half-l1", "lambda1": 0.2}]))
    loss, gradients = step(ALL, W1, B1, W2)
    added = sum(0.1 * (w**2).sum() + 0.2 * np.abs(w).sum() / 2 for w in (W1, W2))
    assert trace["D"] == pytest.approx(loss, rel=CLOSE)
    assert trace["E"] == pytest.approx(loss + added, rel=CLOSE)
    np.testing.assert_allclose(trace["dw1"], gradients["w1"] + 0.2 * W1 + 0.1 * np.sign(W1), rtol=1e-10)
    np.testing.assert_allclose(trace["db1"], gradients["b1"], rtol=1e-10)


# -- losses of classes


def classes(**training: Any) -> dict[str, Any]:
    return {
        "data": {"inputs": INPUTS, "labels": [0, 1, 2, 2, 1, 0]},
        "layers": [{"units": 3, "weights": {"draw": "xavier"}, "activation": "softmax"}],
        "training": {"loss": "cross-entropy", "rate": 0.1, **training},
    }


def test_labels_are_rows_of_targets() -> None:
    assert run(classes())["t"].tolist() == np.eye(3)[[0, 1, 2, 2, 1, 0]].tolist()
    shifted = classes()
    shifted["data"] |= {"labels": [1, 2, 3, 3, 2, 1], "first_label": 1}
    assert (run(shifted)["t"] == run(classes())["t"]).all()


def test_softmax_with_cross_entropy_both_ways() -> None:
    """Through the Jacobian and from the net inputs: the same delta, outputs minus targets."""
    through = run(classes())
    direct = classes(loss="softmax-cross-entropy")
    direct["layers"][0]["activation"] = ""
    at_once = run(direct)
    assert through["E"] == pytest.approx(at_once["E"], rel=CLOSE)
    np.testing.assert_allclose(through["delta1"], through["a1"] - through["t"], rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(at_once["delta1"], through["a1"] - through["t"], rtol=1e-10, atol=1e-14)


def test_no_exponential_is_too_large() -> None:
    large = classes(loss="softmax-cross-entropy")
    large["layers"] = [{"weights": (1000 * np.eye(3)).tolist()}]
    trace = run(large)
    z = INPUTS * 1000
    expected = (np.max(z, axis=1) - z[np.arange(6), [0, 1, 2, 2, 1, 0]]).sum()
    assert trace["E"] == pytest.approx(expected, rel=1e-6)
    large["layers"][0]["activation"] = "softmax"
    large["training"] = {}
    del large["data"]["labels"]
    np.testing.assert_allclose(run(large)["a1"].sum(axis=1), 1.0, rtol=CLOSE)


def test_metrics_are_looked_at() -> None:
    trace = run(classes(metrics=["accuracy", "mean-absolute-error"], steps=3))
    for number in (1, 3, 4):
        outputs, targets = trace.value("a1", number), trace.value("t", number)
        assert float(trace.value("acc", number)) == np.mean(np.argmax(outputs, 1) == np.argmax(targets, 1))
        assert float(trace.value("mae", number)) == pytest.approx(np.mean(np.abs(outputs - targets)), rel=CLOSE)


def test_the_perceptron_rule() -> None:
    """Rosenblatt's rule, one example at a time, written by hand."""
    inputs = np.array([[0.0, 0, -1], [0, 1, -1], [1, 0, -1], [1, 1, -1]])
    targets = np.array([0.0, 1, 1, 1])
    made = {
        "data": {"inputs": inputs, "targets": targets.tolist()},
        "layers": [{"weights": [[0.0], [0.0], [0.0]], "activation": "step"}],
        "training": {"loss": "perceptron-criterion", "rate": 0.5, "batch": 1, "epochs": 3},
    }
    trace, w = run(made), np.zeros(3)
    for number, row in enumerate([0, 1, 2, 3] * 3, 1):
        fires = float(w @ inputs[row] >= 0)
        assert trace[f"{number}:a1[1,1]"] == fires
        w = w + 0.5 * (targets[row] - fires) * inputs[row]
        assert trace[f"{number}:w1_new"].ravel().tolist() == w.tolist()


# -- what is recorded


RECORDS: list[Any] = ["everything", "loss", "first-and-last", {"every": 4}, [2, 3, 9]]


@pytest.mark.parametrize("record", RECORDS, ids=str)
def test_what_is_recorded_has_the_same_bits(record: Any) -> None:
    training = {"optimizer": "adam", "batch": 3, "shuffle": True, "steps": 10, "schedule": "exponential"}
    full = run(problem(**training))
    trace = run(problem(**training, record=record))
    wanted = {"everything": range(1, 11), "loss": [], "first-and-last": [1, 10], "{'every': 4}": [1, 5, 9]}
    assert list(trace.kept) == list(wanted.get(str(record), record))
    assert (trace.losses == full.losses).all()
    for name in full.after:
        assert (trace.after[name] == full.after[name]).all()
    for number, name in itertools.product(trace.kept, full.names()):
        assert (trace.value(name, number) == full.value(name, number)).all(), (number, name)
    with pytest.raises(TracerError, match=r"was not kept|there is no step"):
        trace.value("w1", 4 if 4 not in trace.kept else 99)


def test_progress_is_told() -> None:
    seen: list[int] = []
    run(problem(steps=9000), keep="loss", progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 9000
    assert len(seen) > 1


@pytest.mark.parametrize("keep", ["everything", "loss", range(1, 9001, 100)])
def test_what_was_recorded_before_an_interruption_stays(keep: Any) -> None:
    def stop(done: int) -> Iterator[None]:
        if done >= 4096:
            raise KeyboardInterrupt
        return iter(())

    trace = run(problem(steps=9000), keep=keep, progress=stop)  # type: ignore[arg-type]
    whole = run(problem(steps=trace.count))
    assert trace.interrupted
    assert 4096 <= trace.count < 9000
    assert (trace.losses == whole.losses).all()
    assert (trace.after["w1"] == whole.after["w1"]).all()
    for number in trace.kept[-2:]:
        assert (trace.value("w1_new", number) == whole.value("w1_new", number)).all()


# -- numbers that are drawn


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        ({"draw": "uniform", "low": 0, "high": 2}, lambda r: 2 * r.random((100, 50))),
        ({"draw": "normal", "mean": 1, "deviation": 0.5}, lambda r: 1 + 0.5 * r.standard_normal((100, 50))),
        ({"draw": "zeros"}, lambda r: np.zeros((100, 50))),
        ({"draw": "fan-in"}, lambda r: (2 * r.random((100, 50)) - 1) / 10),
        ({"draw": "xavier"}, lambda r: (2 * r.random((100, 50)) - 1) * np.sqrt(6 / 150)),
        ({"draw": "xavier-normal"}, lambda r: r.standard_normal((100, 50)) * np.sqrt(2 / 150)),
        ({"draw": "he"}, lambda r: r.standard_normal((100, 50)) * np.sqrt(2 / 100)),
        ({"draw": "he-uniform"}, lambda r: (2 * r.random((100, 50)) - 1) * np.sqrt(6 / 100)),
    ],
    ids=lambda value: value["draw"] if isinstance(value, dict) else "",
)
def test_initial_weights(draw: dict[str, Any], expected: Callable[[Any], Array]) -> None:
    made = {
        "data": {"inputs": [[0.0] * 100]},
        "layers": [{"units": 50, "weights": draw}],
        "random": {"seed": 4},
    }
    np.testing.assert_allclose(run(made)["w1"], expected(np.random.default_rng(4)), rtol=1e-12, atol=1e-15)

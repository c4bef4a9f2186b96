"""Every value of every step of cavar-3-4-1 against PyTorch with hooks that copy the same values."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
from compare import Arrays, Row, by_turns, progress, same_numbers, seconds
from training import NAME, STEPS

from tracer.run.loading import load
from tracer.run.run import run

PAIRS = 7
THEIR_STEPS = 2_000  # PyTorch's time a step does not depend on how many there are


def rows() -> list[Row]:
    """Microseconds a step."""
    if importlib.util.find_spec("torch") is None:
        progress("PyTorch with hooks: left out, torch is not installed (python -m pip install torch==2.13.0)")
        return []
    what = "a step, everything kept"
    progress(f"{what}, against PyTorch with hooks")
    same_numbers(run(NAME, steps=THEIR_STEPS), hooked(THEIR_STEPS))

    def ours(_: int) -> float:
        return seconds(lambda: run(NAME, steps=STEPS)) * 1e6 / STEPS

    def theirs(_: int) -> float:
        return seconds(lambda: hooked(THEIR_STEPS)) * 1e6 / THEIR_STEPS

    return [Row(what, "PyTorch with hooks", "us/step", *by_turns(PAIRS, ours, theirs), 15, True)]


def hooked(steps: int) -> Arrays:
    """The same network as PyTorch modules; hooks copy outputs and their gradients into arrays made beforehand."""
    import torch

    problem = load(NAME)
    assert problem.inputs is not None and problem.targets is not None
    x, t = torch.tensor(problem.inputs), torch.tensor(problem.targets)
    net = torch.nn.Sequential(
        torch.nn.Linear(3, 4, bias=False), torch.nn.Sigmoid(), torch.nn.Linear(4, 1, bias=False), torch.nn.Sigmoid()
    ).double()
    linear = {"w1": net[0].weight, "w2": net[2].weight}
    with torch.no_grad():
        for weight, layer in zip(linear.values(), problem.layers, strict=True):
            weight.copy_(torch.tensor(np.array(layer.weights).T))
    kept: Arrays = {name: np.empty((steps, 4, 4)) for name in ("z1", "a1", "da1", "delta1")}
    kept |= {name: np.empty((steps, 4, 1)) for name in ("z2", "a2", "da2", "delta2", "dw2")}
    kept |= {"dw1": np.empty((steps, 3, 4)), "E": np.empty(steps)}
    kept |= {"w1": np.empty((steps + 1, 3, 4)), "w2": np.empty((steps + 1, 4, 1))}
    step = 0

    def hook(value: str, gradient: str) -> Any:
        def copy_gradient(found: Any) -> None:
            kept[gradient][step] = found.numpy()

        def copy_value(_module: Any, _inputs: Any, output: Any) -> None:
            kept[value][step] = output.detach().numpy()
            output.register_hook(copy_gradient)

        return copy_value

    names = [("z1", "delta1"), ("a1", "da1"), ("z2", "delta2"), ("a2", "da2")]
    for module, (value, gradient) in zip(net, names, strict=True):
        module.register_forward_hook(hook(value, gradient))
    optimizer = torch.optim.SGD(net.parameters(), lr=problem.rate)
    for step in range(steps):
        for name, weight in linear.items():
            kept[name][step] = weight.detach().numpy().T
        optimizer.zero_grad()
        loss = ((net(x) - t) ** 2).sum() / 2
        kept["E"][step] = loss.item()
        loss.backward()
        for name, weight in linear.items():
            kept[f"d{name}"][step] = weight.grad.numpy().T
        optimizer.step()
    for name, weight in linear.items():
        kept[name][steps] = weight.detach().numpy().T
    return kept

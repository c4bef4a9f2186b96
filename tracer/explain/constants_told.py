"""What the constants of operations are: those of an optimizer, a schedule, a penalty, a loss, an activation."""

from __future__ import annotations

from collections.abc import Iterator

from tracer.calculus.equation import Equation
from tracer.explain.language import ENGLISH, Language
from tracer.ops import ACTIVATIONS, CLIPPINGS, LOSSES, OPTIMIZERS, PENALTIES, SCHEDULES, Op
from tracer.run.network import Network


def constant_says(network: Network, name: str, language: Language = ENGLISH) -> str:
    """A given constant in words: "a constant of adam: how much of the mean gradient is kept"; "" where the operation it
    belongs to does not say."""
    role = network.roles[name]
    for op in _used(network, role.layer):
        for option in op.options:
            if option.name == role.base:
                return language.told("a constant of {name}: {says}", name=op.name, says=language.of(option.says))
    return ""


def drawn_says(drawn: str, language: Language) -> str:
    """How parameters were drawn, as the problem says it (`drawn uniformly with numpy...`), in a language."""
    if not drawn:
        return ""
    how, _, call = drawn.removeprefix("drawn ").partition(" with ")
    return language.told("drawn {how} with {call}", how=language.of(how), call=call)


def _used(network: Network, layer: int) -> Iterator[Op]:
    """The operations of the problem that may have constants: those of a layer, or those of training."""
    problem = network.problem
    if layer:
        yield from (ACTIVATIONS[name] for name in [problem.layers[layer - 1].activation] if name in ACTIVATIONS)
        return
    if isinstance(problem.loss, str) and problem.loss in LOSSES:
        yield LOSSES[problem.loss]
    yield from (PENALTIES[chosen.name] for chosen in problem.penalties)
    if not isinstance(problem.schedule, Equation) and problem.schedule:
        yield SCHEDULES[problem.schedule.name]
    if problem.clip is not None:
        yield from CLIPPINGS.values()
    if problem.optimizer:
        yield OPTIMIZERS[problem.optimizer.name]

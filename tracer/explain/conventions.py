"""What is agreed where a slope does not exist: the kinks of a network, in words."""

from __future__ import annotations

from tracer.calculus.expression import Call, walk
from tracer.calculus.functions import FUNCTIONS
from tracer.explain.language import ENGLISH, Language
from tracer.run.network import Network


def is_convention(note: str) -> bool:
    """Whether the note of an operation is about a slope that does not exist, and not about its formula."""
    return "does not exist" in note


def conventions(network: Network, language: Language = ENGLISH) -> tuple[tuple[str, str], ...]:
    """The operations and functions with a kink that gradients pass, each with what holds at it."""
    found: dict[str, str] = {}
    for entry in network.phase("forward") + network.phase("loss"):
        op = network.operations.get(entry.name)
        if op is not None:
            found |= {op.name: language.of(op.note)} if op.kind == "activation" and is_convention(op.note) else {}
            continue
        called = [part.function for part in walk(entry.equation.right) if isinstance(part, Call)]
        bent = [name for name in called if FUNCTIONS[name].convention]
        found |= {name: f"{language.of(FUNCTIONS[name].convention)}." for name in bent}
    return tuple(found.items()) if network.phase("backward") else ()
